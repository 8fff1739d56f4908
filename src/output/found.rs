//! What a job finds where its result should go, and whether it may go on, replace it, or must leave it alone.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::container::{Target, in_the_way};
use super::{ledger, places};
use crate::error::Result;

/// What is to be done with what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Nothing is there.
    Anew,
    /// Go on with it.
    Resume,
    /// Replace it.
    Overwrite,
}

/// What is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// Nothing to go on with.
    Nothing,
    /// A part file.
    Part,
    /// A data file that got its name, but no `.info`.
    Unpublished,
    /// A result.
    Result,
}

/// What is here for a job of that intent. Over an earlier result nothing is written but when asked to, and only when
/// this program wrote it; work that is done is not thrown away but when asked to.
///
/// # Errors
/// What is in the way, and how to go on.
pub fn look(target: &Target, intent: Intent) -> Result<Found> {
    // a broken link counts as a file in the way
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let results = [&target.data, &target.info];
    for path in results.into_iter().filter(|path| is_there(path)) {
        if intent == Intent::Anew {
            let how = match is_there(&target.info) {
                true => "this result exists; expected --overwrite, or another output.path",
                false if target.is_recording() => {
                    "this recording was not published; expected --overwrite to replace it, or another output"
                }
                false => {
                    "this result was not published; expected --resume to do that, --overwrite to replace it, or another \
                     output.path"
                }
            };
            return in_the_way(path, how);
        }
        if !target.is_ours(path) {
            return in_the_way(
                path,
                "this file was not written by slepian and is not replaced; expected another output.path",
            );
        }
    }
    let is_plain = |path: &Path| {
        path.symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file())
    };
    let is_empty = |path: &Path| {
        path.symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0)
    };
    match intent {
        Intent::Anew if target.is_recording() => {
            let part = &target.part;
            if is_there(part) && !is_empty(part) && !target.is_ours(part) {
                in_the_way(
                    part,
                    "this file was not written by slepian, or not to its end; expected --overwrite to remove it, or another \
                     output",
                )
            } else {
                Ok(Found::Nothing)
            }
        }
        Intent::Anew if has_progress(&target.part) || has_progress(&target.sums) => in_the_way(
            &target.part,
            "a job was interrupted here; expected --resume to go on with it, --overwrite to begin anew, or another \
             output.path",
        ),
        Intent::Anew | Intent::Overwrite => Ok(Found::Nothing),
        Intent::Resume if is_plain(&target.part) => Ok(Found::Part),
        Intent::Resume if is_there(&target.part) => in_the_way(
            &target.part,
            "this is no regular file; expected a part file, or --overwrite",
        ),
        Intent::Resume => match (is_there(&target.data), is_there(&target.info)) {
            (true, true) => Ok(Found::Result),
            (true, false) => Ok(Found::Unpublished),
            (false, true) => in_the_way(
                &target.info,
                "this .info file has no data beside it; expected --overwrite to compute them anew",
            ),
            (false, false) => Ok(Found::Nothing),
        },
    }
}

/// Whether some block of the file is marked as done. What cannot be read may hold anything.
pub fn has_progress(path: &Path) -> bool {
    if path.symlink_metadata().is_err() {
        return false;
    }
    let marks = places::open(path).map(|file| ledger::marks(&file));
    match marks {
        Ok(Ok((marks, _))) => marks.iter().any(|mark| mark.is_done()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::MARK;

    #[test]
    fn what_a_killed_job_left_of_a_recording_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(&folder.path().join("r.spy"), "analog");
        target.make_container().unwrap();
        let assert_can_be_overwritten_only = || {
            let refusal = look(&target, Intent::Anew)
                .expect_err("refused")
                .to_string();
            assert!(
                refusal.contains("--overwrite") && !refusal.contains("--resume"),
                "{refusal}"
            );
        };
        std::fs::write(&target.part, "").unwrap();
        assert!(look(&target, Intent::Anew).is_ok());
        std::fs::write(&target.part, "precious").unwrap();
        assert_can_be_overwritten_only();
        let file = hdf5::File::create(&target.part).unwrap();
        file.new_attr::<f64>().create(MARK).unwrap();
        file.close().unwrap();
        assert!(look(&target, Intent::Anew).is_ok());
        std::fs::rename(&target.part, &target.data).unwrap();
        assert_can_be_overwritten_only();
    }

    #[test]
    fn only_what_slepian_wrote_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(&folder.path().join("s.spy"), "spectral");
        let refusal = |intent| look(&target, intent).expect_err("refused").to_string();
        use Intent::{Anew, Overwrite};
        assert!(look(&target, Anew).is_ok());
        target.make_container().unwrap();
        std::fs::write(&target.data, "precious").unwrap();
        assert!(refusal(Anew).contains("--overwrite"));
        assert!(refusal(Overwrite).contains("not written by slepian"));
        // the mark of a .info alone is not enough
        std::fs::write(&target.info, r#"{"info": {"slepian": {}}}"#).unwrap();
        assert!(refusal(Overwrite).contains("not written by slepian"));
        let file = hdf5::File::create(&target.data).unwrap();
        file.new_attr::<f64>().create(MARK).unwrap();
        file.close().unwrap();
        assert!(look(&target, Overwrite).is_ok());
        std::fs::write(&target.info, "{}").unwrap();
        assert!(refusal(Overwrite).contains("not written by slepian"));
    }
}
