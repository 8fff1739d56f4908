//! Files of MATLAB as the bytes choose them: as they are, or variables of FieldTrip and EEGLAB that are almost right.

use super::{Choices, run_recording};

// the tests of the program, which replay the corpus, have it as well
#[allow(dead_code, clippy::duplicate_mod)]
#[path = "../../tests/support/matlab.rs"]
mod writing;

use writing::{How, Mat};

/// What is asked of a recording.
const SETS: &[&[&str]] = &[
    &[],
    &["definetrial.events=markers", "definetrial.post=1"],
    &["definetrial.length=0.5"],
    &["input.dataset=data"],
    &["input.dataset=s.data"],
];

/// FieldTrip's raw data: behind a first byte that is even the file as it is, behind an odd one fields that the bytes
/// choose.
pub fn fieldtrip(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let is_written = choices.below(2) == 0;
    let sets = SETS[choices.below(SETS.len())];
    let file = match is_written {
        true => choices.0.to_vec(),
        false => {
            let how = choices.how();
            let data = raw(&mut choices);
            how.file(&[("n", choices.value(3)), ("data", data)])
        }
    };
    run("x.mat", &[("x.mat", &file)], sets);
}

/// EEGLAB's datasets, chosen likewise; a file of samples lies beside.
pub fn eeglab(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let is_written = choices.below(2) == 0;
    let sets = SETS[choices.below(3)];
    let n_samples = choices.below(64);
    let file = match is_written {
        true => choices.0.to_vec(),
        false => {
            let how = choices.how();
            let fields = eeg(&mut choices);
            match choices.below(2) {
                0 => how.file(&[("EEG", Mat::fields(&fields))]),
                _ => how.file(&fields),
            }
        }
    };
    let samples = vec![0x3f; 8 * n_samples];
    run("x.set", &[("x.set", &file), ("x.fdt", &samples)], sets);
}

fn run(name: &str, files: &[(&str, &[u8])], sets: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder for the recording");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("room for a small file");
    }
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    run_recording(&folder.path().join(name), &sets);
}

fn raw(choices: &mut Choices) -> Mat {
    let n_trials = choices.below(4);
    let n_channels = choices.below(4);
    let n_samples: Vec<usize> = (0..n_trials).map(|_| choices.below(40)).collect();
    let cells = |choices: &mut Choices, cell: &dyn Fn(&mut Choices, usize) -> Mat, n: usize| {
        let cells = (0..n).map(|k| cell(choices, k)).collect();
        choices.or(Mat::Cells(cells))
    };
    let trial = |choices: &mut Choices, k: usize| choices.matrix(n_channels, n_samples[k]);
    let time = |choices: &mut Choices, k: usize| {
        let first = choices.below(3) as f64 - 1.0;
        let times: Vec<f64> = (0..n_samples[k])
            .map(|t| first + t as f64 / 100.0)
            .collect();
        choices.or(Mat::row(&times))
    };
    let label = |choices: &mut Choices, _: usize| choices.text();
    let info = choices.matrix(n_trials, 2);
    let fields = [
        ("trial", cells(choices, &trial, n_trials)),
        ("time", cells(choices, &time, n_trials)),
        ("label", cells(choices, &label, n_channels)),
        ("fsample", choices.or(Mat::number(100.0))),
        ("trialinfo", choices.or(info)),
        ("cfg", choices.value(4)),
    ];
    Mat::fields(&fields)
}

fn eeg(choices: &mut Choices) -> Vec<(&'static str, Mat)> {
    let (n_channels, n_samples, n_epochs) = (
        1 + choices.below(3),
        1 + choices.below(30),
        1 + choices.below(3),
    );
    let number = |choices: &mut Choices, n: usize| choices.or(Mat::number(n as f64));
    let data = match choices.below(3) {
        0 => Mat::text(["x.fdt", "y.fdt", "../x.fdt", "", "x.dat"][choices.below(5)]),
        _ => choices.matrix(n_channels, n_samples * n_epochs),
    };
    let n_events = choices.below(4);
    let field = |choices: &mut Choices, value: &dyn Fn(&mut Choices) -> Mat| {
        (0..n_events).map(|_| value(choices)).collect()
    };
    let event = Mat::Structs(vec![
        ("type".into(), field(choices, &|c| c.text())),
        (
            "latency".into(),
            field(choices, &|c| Mat::number(c.number())),
        ),
        ("duration".into(), field(choices, &|c| c.value(2))),
    ]);
    let labels = (0..n_channels).map(|_| choices.text()).collect();
    let places = Mat::Structs(vec![("labels".into(), labels)]);
    vec![
        ("nbchan", number(choices, n_channels)),
        ("pnts", number(choices, n_samples)),
        ("trials", number(choices, n_epochs)),
        ("srate", number(choices, 100)),
        ("xmin", number(choices, 0)),
        ("data", data),
        ("chanlocs", choices.or(places)),
        ("event", choices.or(event)),
    ]
}

impl Choices<'_> {
    fn how(&mut self) -> How {
        let how = self.below(4);
        How {
            compressed: how & 1 != 0,
            big_endian: how & 2 != 0,
        }
    }

    /// Now and then something else.
    fn or(&mut self, value: Mat) -> Mat {
        match self.below(12) {
            0 => self.value(3),
            _ => value,
        }
    }

    fn text(&mut self) -> Mat {
        match self.below(8) {
            0 => self.value(2),
            1 => Mat::text("boundary"),
            2 => Mat::text("a\0\u{1b}[2J"),
            k => Mat::Text(format!("c{k}")),
        }
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Mat {
        let n = rows * columns;
        let shape = match self.below(12) {
            0 => vec![self.size() as u32, self.size() as u32],
            1 => vec![rows as u32],
            2 => vec![1, rows as u32, columns as u32],
            _ => vec![rows as u32, columns as u32],
        };
        match self.below(6) {
            0 => Mat::Narrowed(shape, vec![3; n]),
            1 => Mat::Singles(shape, vec![0.5; n]),
            2 => self.or(Mat::Doubles(shape, vec![0.25; n])),
            _ => Mat::Doubles(shape, vec![0.25; n]),
        }
    }

    /// Anything.
    fn value(&mut self, depth: usize) -> Mat {
        let n = self.below(3);
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Mat::number(self.number()),
            1 => self.matrix(n, 2),
            2 => Mat::text("x"),
            3 => Mat::Opaque,
            4 => {
                let n = self.below(32).min(self.0.len());
                let (bytes, rest) = self.0.split_at(n);
                self.0 = rest;
                Mat::Raw(bytes.to_vec())
            }
            5 => Mat::row(&[]),
            6 => Mat::Cells((0..n).map(|_| self.value(depth - 1)).collect()),
            7 => Mat::fields(&[("trial", self.value(depth - 1))]),
            _ => {
                let values = (0..n).map(|_| self.value(depth - 1)).collect();
                Mat::Structs(vec![("labels".into(), values)])
            }
        }
    }
}
