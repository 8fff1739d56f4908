//! Broken and hostile input, from outside: each is refused with one line that says where, what was found and what was
//! expected; nothing is left behind, and no launch may take much memory, whatever a file claims.

mod config;
mod data;
mod endless;
mod files;
mod info;
mod trials;

use std::path::Path;

use hdf5::{File, H5Type, Hyperslab, Selection};
use ndarray::{Array2, arr2};

use crate::support::{
    Folder, Launch, Number, Recording, Storage, is_under_another_program, with_files,
};

/// A shell that gives a program 4 GB of address space: what wants more ends with another exit code.
const LITTLE_MEMORY: &[&str] = &["sh", "-c", "ulimit -v 4000000; exec \"$@\"", "sh"];
/// Bytes of an error line at most.
const MAX_ERROR: usize = 2000;
/// An `.info` file for two channels.
const INFO: &str = "{\"dimord\": [\"time\", \"channel\"], \"samplerate\": 500.0}";

fn limited(folder: &Folder, args: &[&str]) -> Launch {
    let launch = folder.slepian(args);
    match is_under_another_program() {
        // valgrind takes more memory than any file claims
        true => launch,
        false => launch.through(LITTLE_MEMORY),
    }
}

/// The one line that a launch is refused with, which must name `path` and hold all `words`; nothing changes on disk.
fn refused(folder: &Folder, launch: Launch, code: i32, path: &str, words: &[&str]) -> String {
    let names = |folder: &Folder| {
        let mut names: Vec<_> = std::fs::read_dir(folder.as_path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let before = names(folder);
    let error = launch.fails_with(code);
    assert_eq!(names(folder), before, "{error}");
    assert!(folder.has_no_trace_of_a_result(), "{error}");
    assert!(error.contains(path), "{error:?} does not name {path}");
    for word in words {
        assert!(error.contains(word), "{error:?} does not say {word}");
    }
    assert!(error.len() <= MAX_ERROR, "{} bytes", error.len());
    assert!(!error.contains(char::is_control), "{error:?}");
    error
}

/// `study.toml` is refused for its recording, by `run` and by `plan` alike.
fn recording_is_refused(folder: &Folder, path: &str, words: &[&str]) {
    if !folder.has("study.toml") {
        folder.study("");
    }
    for command in ["run", "plan"] {
        let launch = limited(folder, &[command, "study.toml"]);
        refused(folder, launch, 1, path, words);
    }
}

/// A folder with a sound recording of 100 samples of two channels.
fn sound() -> Folder {
    let folder = Folder::new();
    Recording::of_noise(100, 2).write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.study("");
    folder
}

/// A folder whose recording has an HDF5 file of this content.
fn container(write: impl FnOnce(&File)) -> Folder {
    let folder = Folder::new();
    folder.study("");
    let path = folder.write("recording.spy/recording.analog.info", INFO);
    with_files(|| {
        let file = File::create(path.with_extension("")).unwrap();
        write(&file);
        file.close().unwrap();
    });
    folder
}

/// 100 samples of two channels.
fn sound_data(file: &File) {
    let data = Array2::<f32>::ones((100, 2));
    let set = file.new_dataset_builder().with_data(&data);
    set.create("data").unwrap();
}

fn write_trials(file: &File, rows: &[[f64; 3]]) {
    let rows = arr2(rows);
    let set = file.new_dataset_builder().with_data(&rows);
    set.create("trialdefinition").unwrap();
}

/// A data set that claims `shape` and holds one number.
fn sparse<T: H5Type + Clone>(file: &File, name: &str, shape: (usize, usize), number: T) {
    let chunk = (shape.0.min(8), shape.1.min(2));
    let set = file.new_dataset::<T>().chunk(chunk).shape(shape);
    let set = set.create(name).unwrap();
    let corner = Selection::from(Hyperslab::from((0..1, 0..1)));
    set.write_slice(&arr2(&[[number]]), corner).unwrap();
}

fn make_fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}
