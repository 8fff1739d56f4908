//! Files whose contents are not on this machine: links and pointer files of git-annex (DataLad), pointers of Git LFS,
//! placeholders of iCloud, and links to nothing. A dataset that was cloned holds them until its contents are fetched.
//!
//! Source: git-annex, "pointer file" (git-annex.branchable.com/internals/pointer_file); Git LFS, docs/spec.md, "The pointer".

use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of a pointer file at most: git-annex's limit, above that of Git LFS.
const MAX_POINTER: u64 = 32 << 10;
/// Bytes that are read of a pointer file: more than the deepest path to an object's folder.
const MAX_READ: u64 = 1 << 10;
/// Links that are followed from one to the next.
const MAX_LINKS: usize = 8;
/// The folder of contents in a repository of git-annex.
const ANNEX: &str = "annex/objects/";
/// How a pointer of Git LFS begins; the older name of the same.
const LFS: [&[u8]; 2] = [
    b"version https://git-lfs.github.com/spec/",
    b"version https://hawser.github.com/spec/",
];

/// What is wrong with a path that exists but whose contents are elsewhere, and how to get them; `None` if they are here,
/// or if nothing is there.
pub fn what_is_missing(path: &Path) -> Option<String> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() && found.len() <= MAX_POINTER => pointer(path),
        Ok(_) => None,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            broken_link(path).or_else(|| in_icloud(path))
        }
        Err(_) => None,
    }
}

/// Whether a folder has an entry of this name; unlike `exists`, also if its contents are not here.
pub fn has_entry(path: &Path) -> bool {
    path.symlink_metadata().is_ok() || in_icloud(path).is_some()
}

fn pointer(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(MAX_READ).read_to_end(&mut bytes).ok()?;
    if LFS.iter().any(|begin| bytes.starts_with(begin)) {
        return Some(
            "this is a pointer of Git LFS, not the file itself; expected its contents: run \"git lfs pull\" in its folder"
                .into(),
        );
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().next().unwrap_or_default();
    // where links are not possible, git stores the target of a link as text
    let is_link = line.starts_with('.') && line.contains("/annex/objects/");
    (line.starts_with("/annex/objects/") || is_link).then(|| of_annex(path, "pointer"))
}

fn broken_link(path: &Path) -> Option<String> {
    let mut place = path.to_owned();
    let mut first = None;
    for _ in 0..MAX_LINKS {
        let Ok(target) = std::fs::read_link(&place) else {
            break;
        };
        if target.to_string_lossy().contains(ANNEX) {
            return Some(of_annex(path, "link"));
        }
        place = place.parent().unwrap_or(Path::new("")).join(&target);
        first.get_or_insert(target);
    }
    let target: PathBuf = first?;
    Some(format!(
        "this is a link to {}, which does not exist; expected a link to a file that exists: mount its file system, or \
         copy the file here",
        target.display()
    ))
}

fn of_annex(path: &Path, kind: &str) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!(
        "this is a git-annex {kind} whose contents are not on this machine; expected the contents: run \"git annex get \
         {name}\" or \"datalad get {name}\" in its folder"
    )
}

fn in_icloud(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    let placeholder = path.with_file_name(format!(".{name}.icloud"));
    placeholder.symlink_metadata().is_ok().then(|| {
        "iCloud has not downloaded this file; expected its contents on this machine: download it in the Finder".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::require_regular;
    use std::os::unix::fs::symlink;

    #[test]
    fn files_whose_contents_are_elsewhere_are_told_how_to_fetch_them() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let key = "MD5E-s1--0cc175b9c0f1b6a831c399e269772661.edf";
        symlink(
            format!("../.git/annex/objects/xW/v9/{key}/{key}"),
            at("a.edf"),
        )
        .unwrap();
        symlink("a.edf", at("link_to_link.edf")).unwrap();
        std::fs::write(at("b.edf"), format!("/annex/objects/{key}\n")).unwrap();
        std::fs::write(
            at("c.edf"),
            format!("../../.git/annex/objects/xW/v9/{key}/{key}"),
        )
        .unwrap();
        for name in ["a.edf", "link_to_link.edf", "b.edf", "c.edf"] {
            let error = require_regular(&at(name), "open this file").unwrap_err();
            let line = error.one_line();
            assert!(line.contains("this is a git-annex "), "{line}");
            let advice =
                format!("run \"git annex get {name}\" or \"datalad get {name}\" in its folder");
            assert!(line.ends_with(&advice), "{line}");
        }
        let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        std::fs::write(at("d.edf"), lfs).unwrap();
        let line = require_regular(&at("d.edf"), "open this file").unwrap_err();
        assert!(line.one_line().contains("run \"git lfs pull\""));
    }

    #[test]
    fn links_to_nothing_name_what_they_point_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("/store/rec.edf", at("x.edf")).unwrap();
        let what = what_is_missing(&at("x.edf")).unwrap();
        assert!(
            what.starts_with("this is a link to /store/rec.edf, which does not exist"),
            "{what}"
        );
        std::fs::write(at(".y.edf.icloud"), "bplist00").unwrap();
        let what = what_is_missing(&at("y.edf")).unwrap();
        assert!(what.starts_with("iCloud has not downloaded"), "{what}");
        assert!(has_entry(&at("y.edf")) && !has_entry(&at("z.edf")));
        // a circle is an error of the system's, with its own words
        symlink("z.edf", at("z.edf")).unwrap();
        for name in ["z.edf", "nothing.edf"] {
            assert_eq!(what_is_missing(&at(name)), None, "{name}");
        }
    }

    #[test]
    fn files_that_are_here_are_not_taken_for_pointers() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("here.edf"), "0       ").unwrap();
        std::fs::create_dir_all(at(".git/annex/objects/k")).unwrap();
        std::fs::write(at(".git/annex/objects/k/k"), "0       ").unwrap();
        symlink(".git/annex/objects/k/k", at("fetched.edf")).unwrap();
        std::fs::write(at("notes.txt"), "the folder .git/annex/objects/ is large").unwrap();
        let large = [
            b"version https://git-lfs.github.com/spec/v1\n",
            &[b'x'; 40_000][..],
        ]
        .concat();
        std::fs::write(at("large.dat"), large).unwrap();
        std::fs::write(at("empty"), "").unwrap();
        for name in ["here.edf", "fetched.edf", "notes.txt", "large.dat", "empty"] {
            require_regular(&at(name), "open this file").unwrap();
        }
        assert!(has_entry(&at("fetched.edf")) && !has_entry(&at("nothing")));
    }
}
