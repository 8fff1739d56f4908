//! A folder of one test, removed when the test ends.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Launch;

/// A folder of one test.
pub struct Folder {
    place: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Folder {
        let place = tempfile::Builder::new()
            .prefix("test-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .expect("the build folder can be written");
        Folder { place }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is inside of the folder")).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// `study.toml`, from `recording.spy` to `spectra.spy`, with more tables.
    pub fn study(&self, tables: &str) {
        let text = format!(
            "[input]\npath = \"recording.spy\"\n\n[output]\npath = \"spectra.spy\"\n\n{tables}"
        );
        self.write("study.toml", text);
    }

    /// Removes a container or a file, if it is there.
    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            let _ = std::fs::remove_file(path);
        }
    }

    /// `study.toml` run without a launcher, to `undisturbed.spy`.
    pub fn undisturbed(&self, sets: &[&str]) -> super::Spectra {
        self.remove("undisturbed.spy");
        self.slepian(&["run", "study.toml", "--quiet"])
            .sets(sets)
            .sets(&["output.path=undisturbed.spy"])
            .succeeds();
        super::Spectra::read(&self.path("undisturbed.spy"))
    }

    /// What `slepian status --json` says of `spectra.spy`.
    pub fn status(&self) -> serde_json::Value {
        let status = self
            .slepian(&["status", "spectra.spy", "--json"])
            .succeeds();
        serde_json::from_str(&status.stdout).expect("one line of JSON")
    }

    /// The program in this folder.
    pub fn slepian(&self, args: &[&str]) -> Launch {
        Launch::of(env!("CARGO_BIN_EXE_slepian"), self.place.path()).args(args)
    }

    /// Makes `recording.spy`; `words` are arguments of `slepian synth`.
    pub fn synth(&self, words: &str) {
        let words: Vec<&str> = words.split_whitespace().collect();
        self.slepian(&["synth"])
            .args(&words)
            .args(&["-o", "recording.spy"])
            .succeeds();
    }

    /// Every file below this folder with its content.
    pub fn content(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut content = BTreeMap::new();
        let mut folders = vec![self.place.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    content.insert(path.clone(), Vec::new());
                    folders.push(path);
                } else {
                    content.insert(path.clone(), std::fs::read(&path).unwrap_or_default());
                }
            }
        }
        content
    }

    /// Whether nothing of `spectra.spy` is there that could be taken for a result, finished or not.
    pub fn has_no_trace_of_a_result(&self) -> bool {
        !self.has("spectra.spy")
    }

    pub fn as_path(&self) -> &Path {
        self.place.path()
    }
}
