//! Where a path in an HDF5 file leads: links are followed here, one by one, since HDF5 would follow them into any other
//! file, a FIFO included, on which it waits for ever. What is found lies in this file, behind hard links only.

use std::collections::VecDeque;
use std::path::Path;

use super::calls::{Link, link};
use crate::error::{Error, Hdf5Context, Result};
use crate::phrase::shorten;

/// Links within each other at most: as many as HDF5 follows.
const MAX_LINKS: usize = 16;
/// Names in a path at most, with those that links add.
const MAX_NAMES: usize = 256;
/// Characters that are shown of what was found.
const MAX_SHOWN: usize = 200;

/// The path of what `name` leads to, in which no link is left; none where there is nothing.
///
/// # Errors
/// A link into another file, or links that lead nowhere: path, found, expected.
pub fn resolve(path: &Path, file: &hdf5::File, name: &str) -> Result<Option<String>> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let shown = || shorten(name, MAX_SHOWN);
    const DOING: &str = "look into this HDF5 file";
    let root = file.group("/").at(path, DOING)?;
    let mut left: VecDeque<String> = names(name);
    let mut done: Vec<String> = Vec::new();
    let mut group = root.clone();
    let mut n_links = 0;
    while let Some(part) = left.pop_front() {
        if done.len() + left.len() > MAX_NAMES {
            let what = "is a path of too many names; expected at most";
            return Err(wrong(format!("{} {what} {MAX_NAMES}", shown())));
        }
        match link(&group, &part) {
            Link::Nothing => return Ok(None),
            Link::Hard => {
                if !left.is_empty() {
                    // something that holds nothing, where more was to come
                    let Ok(next) = group.group(&part) else {
                        return Ok(None);
                    };
                    group = next;
                }
                done.push(part);
            }
            Link::Soft(target) => {
                n_links += 1;
                if n_links > MAX_LINKS {
                    return Err(wrong(format!(
                        "{} is a link behind more than {MAX_LINKS} others; expected input.dataset to name what they lead to",
                        shown()
                    )));
                }
                if target.starts_with('/') {
                    done.clear();
                    group = root.clone();
                }
                for part in names(&target).into_iter().rev() {
                    left.push_front(part);
                }
            }
            Link::Elsewhere(target, object) => {
                let object: Vec<String> = names(&object).into_iter().chain(left).collect();
                let object = object.join("/");
                return Err(wrong(format!(
                    "{} is a link into another file, {}; expected input.path to name that file and input.dataset = {:?} (of \
                     files without metadata also input.format = \"hdf5\"), or a copy of this file that holds what its links \
                     lead to: in Python, pynwb's export with write_args={{'link_data': False}}",
                    shown(),
                    shorten(&target, MAX_SHOWN),
                    shorten(&object, MAX_SHOWN)
                )));
            }
        }
    }
    Ok(Some(done.join("/")))
}

/// The names that a path is made of.
fn names(path: &str) -> VecDeque<String> {
    let parts = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_within_a_file_and_refused_out_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        let file = hdf5::File::create(&path).unwrap();
        let group = file.create_group("a/b").unwrap();
        group.new_dataset::<f32>().shape(3).create("data").unwrap();
        file.link_soft("/a/b", "soft").unwrap();
        group.link_soft("data", "beside").unwrap();
        file.link_soft("soft/beside", "twice").unwrap();
        file.link_soft("circle", "circle").unwrap();
        file.link_soft("nowhere", "broken").unwrap();
        file.link_external("/dev/zero", "data", "outside").unwrap();
        file.link_soft("outside", "disguised").unwrap();
        let to = |name: &str| resolve(&path, &file, name).unwrap();
        for name in [
            "a/b/data",
            "/a/b/./data",
            "soft/data",
            "a/b/beside",
            "twice",
            "//soft//beside",
        ] {
            assert_eq!(to(name).as_deref(), Some("a/b/data"), "{name}");
        }
        for name in ["a/c", "broken", "a/b/data/more", "x\0y"] {
            assert_eq!(to(name), None, "{name}");
        }
        assert_eq!(to("/").as_deref(), Some(""));
        let refused = |name: &str| resolve(&path, &file, name).unwrap_err().one_line();
        assert!(refused("circle").contains("behind more than 16 others"));
        for name in ["outside", "disguised", "outside/more"] {
            let text = refused(name);
            assert!(
                text.contains("is a link into another file, /dev/zero; expected"),
                "{text}"
            );
        }
    }
}
