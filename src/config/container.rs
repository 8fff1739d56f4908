//! The one rule for names of containers, which Syncopy sets: it opens no folder with a second dot.

use std::path::{Path, PathBuf};

/// A container's path, with `.spy` added when it has no extension.
///
/// # Errors
/// A name that Syncopy does not open, with what is expected.
pub fn container(path: &Path) -> Result<PathBuf, &'static str> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or("expected a folder name in UTF-8")?;
    let base = name.strip_suffix(".spy").unwrap_or(name);
    if base.is_empty() || base.contains('.') {
        return Err(
            "expected a folder name with the one dot of .spy, as spectra.spy: Syncopy opens no other",
        );
    }
    Ok(path.with_file_name(format!("{base}.spy")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_has_the_one_dot_of_its_extension() {
        for written in ["dir.d/out", "dir.d/out.spy", "dir.d/out.spy/"] {
            let path = container(Path::new(written)).expect(written);
            assert_eq!(path, Path::new("dir.d/out.spy"));
        }
        for written in ["a.b", "a.b.spy", ".spy", "..", ""] {
            assert!(container(Path::new(written)).is_err(), "{written}");
        }
    }
}
