//! Recordings in files of MATLAB: whatever version wrote them, spectra are those of the same samples in a container.

use std::path::Path;

use hdf5::types::FixedAscii;
use hdf5::{H5Type, ObjectReference1};
use ndarray::{Array2, ArrayView2};

use crate::support::matlab::{How, Mat};
use crate::support::{Folder, Number, Recording, Spectra, Storage, with_files};

const N_CHANNELS: usize = 3;
/// Samples of the trials, and the sample number that each begins with.
const TRIALS: [(usize, i32); 3] = [(150, -50), (100, -100), (170, 30)];
const LABELS: &str = "[\"Cz\", \"Pz\", \"µ\"]";

/// What all files of these tests hold.
fn recording(of: fn(usize, usize) -> Recording) -> Recording {
    let mut start = 0;
    let mut trials: Vec<Vec<f64>> = Vec::new();
    for (k, (n, offset)) in TRIALS.into_iter().enumerate() {
        let row = [start, start + n].map(|row| row as f64);
        trials.push([&row[..], &[f64::from(offset), k as f64, 7.5]].concat());
        start += n;
    }
    let trials: Vec<&[f64]> = trials.iter().map(Vec::as_slice).collect();
    of(start, N_CHANNELS).with_trials(&trials)
}

/// The samples of every trial, and its times.
fn trials(recording: &Recording) -> Vec<(ArrayView2<'_, f64>, Vec<f64>)> {
    let trial = |row: &Vec<f64>| {
        let (start, end) = (row[0] as usize, row[1] as usize);
        let time = |k: usize| (row[2] + k as f64) / recording.sample_rate_hz;
        let times = (0..end - start).map(time).collect();
        (recording.samples.slice(ndarray::s![start..end, ..]), times)
    };
    recording.trials.iter().map(trial).collect()
}

/// The same as a variable; the numbers of the trials numbered `narrow` as integers of two bytes.
fn raw(recording: &Recording, narrow: &[usize]) -> Mat {
    let trials = trials(recording);
    let matrix = |(k, (samples, _)): (usize, &(ArrayView2<f64>, Vec<f64>))| {
        let shape = vec![N_CHANNELS as u32, samples.nrows() as u32];
        // time × channel is MATLAB's channel × time
        let numbers: Vec<f64> = samples.iter().copied().collect();
        match narrow.contains(&k) {
            true => Mat::Narrowed(shape, numbers.iter().map(|&x| x as i16).collect()),
            false => Mat::Doubles(shape, numbers),
        }
    };
    let info = [0, 1].map(|column| recording.trials.iter().map(move |row| row[3 + column]));
    let info: Vec<f64> = info.into_iter().flatten().collect();
    Mat::fields(&[
        ("hdr", Mat::fields(&[("label", Mat::text("no"))])),
        (
            "label",
            Mat::Cells(["Cz", "Pz", "µ"].map(Mat::text).to_vec()),
        ),
        (
            "trial",
            Mat::Cells(trials.iter().enumerate().map(matrix).collect()),
        ),
        (
            "time",
            Mat::Cells(trials.iter().map(|(_, times)| Mat::row(times)).collect()),
        ),
        ("cfg", Mat::fields(&[("previous", Mat::Opaque)])),
        ("fsample", Mat::number(recording.sample_rate_hz)),
        (
            "trialinfo",
            Mat::Doubles(vec![TRIALS.len() as u32, 2], info),
        ),
    ])
}

fn study(folder: &Folder) {
    folder.study("[freqanalysis]\noutput = \"fourier\"\n");
}

fn spectra_of(folder: &Folder, path: &Path, sets: &[&str], ranks: usize) -> Spectra {
    let input = format!("input.path={}", path.display());
    folder
        .slepian(&["run", "study.toml", "--quiet", "--overwrite"])
        .ranks(ranks)
        .sets(&[&input])
        .sets(sets)
        .succeeds();
    Spectra::read(&folder.path("spectra.spy"))
}

/// The spectra of the same samples in a container.
fn wanted(folder: &Folder, recording: &Recording, number: Number) -> Spectra {
    let storage = Storage {
        labels: Some(LABELS),
        ..Storage::plain(number)
    };
    recording.write(&folder.path("recording.spy"), storage);
    spectra_of(folder, &folder.path("recording.spy"), &[], 1)
}

#[test]
fn raw_data_of_fieldtrip_give_the_spectra_of_their_samples() {
    let folder = Folder::new();
    study(&folder);
    let noise = recording(Recording::of_noise);
    let want = wanted(&folder, &noise, Number::F64);
    for compressed in [false, true] {
        for big_endian in [false, true] {
            let how = How {
                compressed,
                big_endian,
            };
            let path = folder.write("raw.mat", how.file(&[("data", raw(&noise, &[]))]));
            for (sets, ranks) in [
                (&[][..], 1),
                (&["freqanalysis.chan_per_worker=1"][..], 1),
                (&["freqanalysis.chan_per_worker=2"][..], 3),
            ] {
                let found = spectra_of(&folder, &path, sets, ranks);
                found.assert_same_as(&want, &format!("{how:?} {sets:?} {ranks}"));
            }
        }
    }
}

#[test]
fn doubles_that_are_stored_as_integers_are_computed_as_doubles() {
    let folder = Folder::new();
    study(&folder);
    let whole = recording(Recording::of_whole_numbers);
    let want = wanted(&folder, &whole, Number::F64);
    for compressed in [false, true] {
        let how = How {
            compressed,
            big_endian: false,
        };
        for narrow in [&[1][..], &[0, 1, 2]] {
            let path = folder.write("raw.mat", how.file(&[("data", raw(&whole, narrow))]));
            let found = spectra_of(&folder, &path, &[], 1);
            found.assert_same_as(&want, &format!("{how:?} {narrow:?}"));
        }
    }
}

/// Writes what MATLAB writes with -v7.3.
struct Hdf5<'a> {
    file: &'a hdf5::File,
    gzip: bool,
    n_refs: usize,
}

impl Hdf5<'_> {
    fn class(object: &hdf5::Location, class: &str) {
        let text = FixedAscii::<16>::from_ascii(class.as_bytes()).unwrap();
        let attribute = object.new_attr::<FixedAscii<16>>().create("MATLAB_class");
        attribute.unwrap().write_scalar(&text).unwrap();
    }

    fn array<T: H5Type + Clone>(&self, name: &str, class: &str, data: &Array2<T>) {
        let builder = self.file.new_dataset_builder().with_data(data);
        let (rows, columns) = data.dim();
        let set = match self.gzip && rows * columns > 100 {
            true => builder
                .chunk((rows.min(70), columns.min(2)))
                .deflate(3)
                .create(name),
            false => builder.create(name),
        };
        Hdf5::class(&set.unwrap(), class);
    }

    fn text(&mut self, text: &str) -> String {
        let units: Vec<u16> = text.encode_utf16().collect();
        let name = self.next();
        let n = units.len();
        self.array(
            &name,
            "char",
            &Array2::from_shape_vec((n, 1), units).unwrap(),
        );
        name
    }

    fn next(&mut self) -> String {
        self.n_refs += 1;
        format!("#refs#/{}", self.n_refs)
    }

    fn cells(&self, name: &str, objects: &[String]) {
        let references: Vec<ObjectReference1> = objects
            .iter()
            .map(|object| self.file.reference(object).unwrap())
            .collect();
        let set = self.file.new_dataset::<ObjectReference1>();
        let set = set.shape((references.len(), 1)).create(name).unwrap();
        set.write_raw(&references).unwrap();
        Hdf5::class(&set, "cell");
    }

    fn raw(&mut self, recording: &Recording) {
        self.file.create_group("#refs#").unwrap();
        let group = self.file.create_group("data").unwrap();
        Hdf5::class(&group, "struct");
        let labels = ["Cz", "Pz", "µ"].map(|label| self.text(label));
        self.cells("data/label", &labels);
        let (mut matrices, mut vectors) = (Vec::new(), Vec::new());
        for (samples, times) in trials(recording) {
            let (matrix, vector) = (self.next(), self.next());
            self.array(&matrix, "double", &samples.to_owned());
            let n = times.len();
            self.array(
                &vector,
                "double",
                &Array2::from_shape_vec((n, 1), times).unwrap(),
            );
            matrices.push(matrix);
            vectors.push(vector);
        }
        self.cells("data/trial", &matrices);
        self.cells("data/time", &vectors);
        let info = Array2::from_shape_fn((2, TRIALS.len()), |(c, t)| recording.trials[t][3 + c]);
        self.array("data/trialinfo", "double", &info);
        let rate = Array2::from_elem((1, 1), recording.sample_rate_hz);
        self.array("data/fsample", "double", &rate);
    }
}

#[test]
fn raw_data_of_version_73_give_the_same_spectra() {
    let folder = Folder::new();
    study(&folder);
    let noise = recording(Recording::of_noise);
    let want = wanted(&folder, &noise, Number::F64);
    for gzip in [false, true] {
        let path = folder.path("raw.mat");
        with_files(|| {
            let mut builder = hdf5::File::with_options();
            builder.with_fcpl(|plist| plist.userblock(512));
            let file = builder.create(&path).unwrap();
            Hdf5 {
                file: &file,
                gzip,
                n_refs: 0,
            }
            .raw(&noise);
            file.close().unwrap();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, b"MATLAB 7.3 MAT-file", 0).unwrap();
        });
        for ranks in [1, 2] {
            let found = spectra_of(&folder, &path, &[], ranks);
            found.assert_same_as(&want, &format!("gzip: {gzip}, {ranks} ranks"));
        }
    }
}

#[test]
fn datasets_of_eeglab_give_the_spectra_of_their_samples() {
    let folder = Folder::new();
    study(&folder);
    let n_epochs = 4;
    let n_samples = 100;
    let rows: Vec<Vec<f64>> = (0..n_epochs)
        .map(|k| vec![(k * n_samples) as f64, ((k + 1) * n_samples) as f64, -50.0])
        .collect();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let noise = Recording::of_noise(n_epochs * n_samples, N_CHANNELS).with_trials(&rows);
    let want = wanted(&folder, &noise, Number::F32);
    let numbers: Vec<f32> = noise.samples.iter().map(|&x| x as f32).collect();
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    folder.write("eeg.fdt", bytes);
    let labels = ["Cz", "Pz", "µ"].map(Mat::text).to_vec();
    let shape = [N_CHANNELS, n_samples, n_epochs].map(|n| n as u32).to_vec();
    for data in [
        Mat::text("before it was renamed.fdt"),
        Mat::Singles(shape, numbers),
    ] {
        for compressed in [false, true] {
            let fields = [
                ("nbchan", Mat::number(N_CHANNELS as f64)),
                ("trials", Mat::number(n_epochs as f64)),
                ("pnts", Mat::number(n_samples as f64)),
                ("srate", Mat::number(noise.sample_rate_hz)),
                ("xmin", Mat::number(-0.1)),
                ("data", data.clone()),
                (
                    "chanlocs",
                    Mat::Structs(vec![("labels".into(), labels.clone())]),
                ),
            ];
            let how = How {
                compressed,
                big_endian: false,
            };
            let path = folder.write("eeg.set", how.file(&[("EEG", Mat::fields(&fields))]));
            for path in [path, folder.path("eeg.fdt")] {
                let found = spectra_of(&folder, &path, &[], 1);
                // the file says its unit, the container does not
                assert_eq!((&found.bits, &found.channel), (&want.bits, &want.channel));
                assert_eq!(found.trialdefinition_bits, want.trialdefinition_bits);
            }
        }
    }
}

#[test]
fn events_of_eeglab_are_markers_that_trials_lie_around() {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/eeglab_data.set");
    if !real.exists() {
        eprintln!("skipped: {} is not here", real.display());
        return;
    }
    let folder = Folder::new();
    folder.study(
        "[definetrial]\nevents = \"markers\"\nwhere = 'type == \"square\"'\npre = 1\npost = 2\n",
    );
    let found = spectra_of(&folder, &real, &["definetrial.clip_edges=\"drop\""], 1);
    // 80 squares in 238 s, each a second after the begin of its trial
    assert_eq!((found.shape[0], found.channel.len()), (80, 32));
    assert_eq!(found.trialdefinition_shape[0], 80);
}

#[test]
fn recordings_that_are_no_such_files_end_with_one_line() {
    let folder = Folder::new();
    study(&folder);
    let noise = recording(Recording::of_noise);
    let two = [("a", raw(&noise, &[])), ("b", raw(&noise, &[]))];
    for (name, bytes, says) in [
        ("empty.mat", vec![], "this file is empty"),
        (
            "text.set",
            b"EEG".to_vec(),
            "does not begin as a file of MATLAB",
        ),
        (
            "two.mat",
            How::default().file(&two),
            "expected input.dataset in the config, one of them",
        ),
        (
            "cut.mat",
            How::default().file(&two)[..9000].to_vec(),
            "does not end before byte 9000",
        ),
    ] {
        let path = folder.write(name, bytes);
        let input = format!("input.path={}", path.display());
        let launch = folder.slepian(&["run", "study.toml"]).sets(&[&input]);
        let line = launch.fails_with(1);
        assert!(line.contains(says), "{line}");
    }
    // the config names a file that is not a recording by itself
    let path = folder.write("alone.fdt", vec![0; 400]);
    let input = format!("input.path={}", path.display());
    let launch = folder.slepian(&["run", "study.toml"]).sets(&[&input]);
    let line = launch.fails_with(2);
    assert!(
        line.contains("without its .set file; expected alone.set beside it"),
        "{line}"
    );
    let path = folder.write("two.mat", How::default().file(&two));
    let found = spectra_of(&folder, &path, &["input.dataset=b"], 1);
    assert_eq!(found.channel, ["Cz", "Pz", "µ"]);
}
