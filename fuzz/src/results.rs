//! Results, finished or not, that are damaged where the bytes say so: nothing of it is taken for what was written, and nothing
//! crashes.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use slepian::comm::World;
use slepian::output::{Intent, check_intact, unmark};
use slepian::request::Request;
use slepian::run::run;
use slepian::{status, verify};

use super::{Choices, assert_clear};

/// The files of a container, by name.
type Files = Vec<(String, Vec<u8>)>;

const DATA: &str = "s.spectral";
const INFO: &str = "s.spectral.info";
const PART: &str = "s.spectral.part";
const SEAL: &str = "s.spectral.part.seal";

/// What there is to damage.
struct Sound {
    result: Files,
    part: Files,
    recording: Vec<u8>,
    numbers: Vec<f32>,
}

fn sound() -> &'static Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    SOUND.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder for the recording");
        let path = folder.path().join("x.analog");
        let file = hdf5::File::create(&path).expect("a file that was not there");
        let samples = ndarray::Array2::from_shape_fn((192, 3), |(i, j)| (i * 7 % 11 + j) as f32);
        let set = file.new_dataset_builder().with_data(&samples);
        set.create("data").expect("a data set");
        let trials = ndarray::arr2(&[[0.0, 64.0, 0.0], [64.0, 128.0, 0.0], [128.0, 192.0, 0.0]]);
        let set = file.new_dataset_builder().with_data(&trials);
        set.create("trialdefinition").expect("a data set");
        file.close().expect("a whole file");
        let recording = std::fs::read(&path).expect("what was just written");
        let study = Study::new(&folder, &recording);
        study.run(Intent::Anew).expect("a sound recording");
        let result = files(&study.container);
        let data = study.container.join(DATA);
        let numbers = numbers(&data);
        // a part file is a result before its last chunks are marked
        unmark(&data, &[1, 2]).expect("a ledger");
        let info = std::fs::read_to_string(study.container.join(INFO)).expect("an .info file");
        let seal = info.split_once("\"seal\": ").expect("a seal").1;
        let seal = serde_json::Deserializer::from_str(seal).into_iter::<serde_json::Value>();
        let seal = { seal }.next().expect("a seal").expect("JSON");
        let data = std::fs::read(&data).expect("a data file");
        let seal = format!("{seal}\n").into_bytes();
        Sound {
            result,
            part: vec![(PART.into(), data), (SEAL.into(), seal)],
            recording,
            numbers,
        }
    })
}

/// A recording and the container of its result.
struct Study {
    request: Request,
    container: PathBuf,
}

impl Study {
    fn new(folder: &tempfile::TempDir, recording: &[u8]) -> Study {
        let folder = folder.path();
        let write = |name: &str, bytes: &[u8]| {
            std::fs::write(folder.join(name), bytes).expect("room for a small file");
        };
        write("x.analog", recording);
        write(
            "x.analog.info",
            br#"{"dimord": ["time", "channel"], "samplerate": 100, "channel": ["a", "b", "c"]}"#,
        );
        let config = folder.join("study.toml");
        write(
            "study.toml",
            b"[input]\npath = \"x.analog\"\n[freqanalysis]\nchan_per_worker = 2\n[output]\npath = \"s.spy\"\nchecksum = false\n",
        );
        Study {
            request: Request {
                config,
                sets: Vec::new(),
                intent: Intent::Resume,
                quiet: true,
            },
            container: folder.join("s.spy"),
        }
    }

    fn run(&self, intent: Intent) -> slepian::error::Result<()> {
        let request = Request {
            intent,
            ..self.request.clone()
        };
        run(&request, None, World::serial()).map(drop)
    }
}

fn files(container: &Path) -> Files {
    let entries = std::fs::read_dir(container).expect("a container");
    let paths = entries.map(|entry| entry.expect("a file").path());
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        (name.into_owned(), std::fs::read(&path).expect("a file"))
    };
    let mut files: Files = paths.map(read).collect();
    files.sort();
    files
}

fn numbers(data: &Path) -> Vec<f32> {
    let file = hdf5::File::open(data).expect("a result");
    let set = file.dataset("data").expect("spectra");
    set.read_raw().expect("numbers")
}

/// Writes the files with a few bytes changed where the bytes say so; whether any is.
fn damage(files: &Files, container: &Path, choices: &mut Choices) -> bool {
    std::fs::create_dir_all(container).expect("a container");
    let mut damaged = files.clone();
    for _ in 0..1 + choices.below(4) {
        let file = choices.below(damaged.len());
        let bytes = &mut damaged[file].1;
        let at = choices.below(bytes.len());
        bytes[at] ^= choices.below(256) as u8;
    }
    for (name, bytes) in &damaged {
        std::fs::write(container.join(name), bytes).expect("room for a small file");
    }
    damaged != *files
}

/// A finished result: `verify` sees every change.
pub fn result(bytes: &[u8]) {
    let sound = sound();
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let study = Study::new(&folder, &sound.recording);
    let is_damaged = damage(&sound.result, &study.container, &mut Choices(bytes));
    let _ = status::chunks_done(&study.container);
    let _ = check_intact(&study.container.join(DATA));
    let verified = verify::verify(&study.container);
    assert_eq!(verified.is_err(), is_damaged);
    if let Err(error) = verified {
        assert_clear(&error);
    }
    resume(&study, sound);
}

/// A partial result: none but the right numbers are published.
pub fn part(bytes: &[u8]) {
    let sound = sound();
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let study = Study::new(&folder, &sound.recording);
    let is_damaged = damage(&sound.part, &study.container, &mut Choices(bytes));
    let _ = status::chunks_done(&study.container);
    if let Err(error) = verify::verify(&study.container) {
        assert!(is_damaged, "{}", error.one_line());
        assert_clear(&error);
    }
    assert!(resume(&study, sound) || is_damaged);
}

/// Goes on with what is there; whether the right numbers were published.
fn resume(study: &Study, sound: &Sound) -> bool {
    match study.run(Intent::Resume) {
        Ok(()) => {
            let data = study.container.join(DATA);
            assert_eq!(numbers(&data), sound.numbers);
            true
        }
        Err(error) => {
            assert_clear(&error);
            false
        }
    }
}
