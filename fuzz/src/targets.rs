//! What the fuzz targets do with an input, and what must hold whatever it is: no panic, and errors that are one short
//! line which cannot steer a terminal. Shared by the fuzz targets and by the test that replays their corpus.

use std::path::Path;
use std::sync::OnceLock;

use hdf5::types::{EnumMember, EnumType, FloatSize, IntSize, TypeDescriptor};
use hdf5::{Datatype, Extents};
use slepian::config::Config;
use slepian::described::Described;
use slepian::error::Error;
use slepian::input::{self, Samples};
use slepian::plan::{Bytes, Cut, Plan};
use slepian::recording::{Channel, Recording, Trial};
use slepian::select::select;

#[path = "signals.rs"]
mod signals;

pub use signals::{brainvision, edf};

#[path = "matlab.rs"]
mod matlab;

pub use matlab::{eeglab, fieldtrip};

#[path = "recordings.rs"]
mod recordings;

pub use recordings::{nwb, raw_recording};

#[path = "results.rs"]
mod results;

pub use results::{part, result};

/// Characters of an error at most.
const MAX_ERROR: usize = 2000;
/// What a rank may take unless the config says otherwise.
const MEMORY: u64 = 1 << 30;
/// Samples that are read at most: more would only be more of the same.
const MAX_READ: usize = 1 << 18;

/// The text of a config, and values of `--set` behind zero bytes.
pub fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('\0');
    let text = parts.next().unwrap_or_default();
    let sets: Vec<String> = parts.map(str::to_owned).collect();
    match Config::parse(text, Path::new("study.toml"), &sets) {
        Ok(config) => {
            if let Err(error) = settle(&config, &recording()) {
                assert_clear(&error);
            }
        }
        Err(refusal) => assert_clear(&refusal.into()),
    }
}

/// The `.info` file of a sound recording.
pub fn info(bytes: &[u8]) {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let path = folder.path().join("x.analog");
    let data = SOUND.get_or_init(|| {
        let file = hdf5::File::create(&path).expect("a file that was not there");
        let samples = ndarray::Array2::<f32>::ones((64, 2));
        let set = file.new_dataset_builder().with_data(&samples);
        set.create("data").expect("a data set");
        let trials = ndarray::arr2(&[[0.0, 32.0, -8.0, 1.0], [32.0, 64.0, -8.0, 2.0]]);
        let set = file.new_dataset_builder().with_data(&trials);
        set.create("trialdefinition").expect("a data set");
        file.close().expect("a whole file");
        std::fs::read(&path).expect("what was just written")
    });
    std::fs::write(&path, data).expect("room for a small file");
    std::fs::write(folder.path().join("x.analog.info"), bytes).expect("room for a small file");
    run_study(&path, &[]);
}

/// A container as the bytes choose it: shapes, types, layouts, trial definition, `.info`, and where it is cut off.
pub fn container(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let path = folder.path().join("x.analog");
    let Some(shape) = write_file(&path, &mut choices) else {
        return;
    };
    let sets = study(&mut choices);
    let info = choices.info(&shape);
    std::fs::write(folder.path().join("x.analog.info"), info).expect("room for a small file");
    run_study(&path, &sets);
}

/// A table of events behind a line that is a condition on it, over a flat binary file.
pub fn events(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let (condition, table) = match bytes.iter().position(|&b| b == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    let (path, events) = (folder.path().join("x.dat"), folder.path().join("x.tsv"));
    std::fs::write(&path, [1; 4000]).expect("room for a small file");
    std::fs::write(&events, table).expect("room for a small file");
    let mut sets: Vec<String> = [
        "input.dtype=int16",
        "input.n_channels=2",
        "input.samplerate=100",
        "definetrial.pre=0.1",
        "definetrial.trialinfo=[\"duration\"]",
    ]
    .map(str::to_owned)
    .to_vec();
    sets.push(format!("definetrial.events={}", events.display()));
    if let Some(text) = std::str::from_utf8(condition)
        .ok()
        .filter(|text| !text.is_empty())
    {
        sets.push(format!("definetrial.where={text}"));
    }
    run_recording(&path, &sets);
}

/// A container is shown, and read.
fn run_study(path: &Path, sets: &[String]) {
    match slepian::info::page(&path.with_added_extension("info")) {
        Ok(page) => assert!(!page.contains(|c: char| c.is_control() && c != '\n')),
        Err(error) => assert_clear(&error),
    }
    run_recording(path, sets);
}

/// Everything that happens to a recording of any format before the first spectrum, and the first samples.
fn run_recording(path: &Path, sets: &[String]) {
    let paths = [
        format!("input.path={}", path.display()),
        "output.path=y".into(),
    ];
    let sets: Vec<String> = paths.iter().chain(sets).cloned().collect();
    let config = match Config::parse("", Path::new("study.toml"), &sets) {
        Ok(config) => config,
        Err(refusal) => return assert_clear(&refusal.into()),
    };
    let described = match Described::of(&config.data) {
        Ok((described, _)) => described,
        Err(error) => return assert_clear(&error),
    };
    for trial in &described.recording.trials {
        assert!(trial.n_samples > 0 && trial.offset.is_finite());
    }
    let selected = match settle(&config, &described.recording) {
        Ok((selected, _)) => selected,
        Err(error) => return assert_clear(&error),
    };
    let mut reader = match input::open(&described.location) {
        Ok(reader) => reader,
        Err(error) => return assert_clear(&error),
    };
    let columns: Vec<usize> = selected.channels.iter().map(|c| c.column).collect();
    let trial = &selected.trials[0];
    let rows = trial.start..trial.start + trial.n_samples as u64;
    if trial.n_samples.saturating_mul(columns.len()) <= MAX_READ {
        let mut samples = vec![0.0_f32; trial.n_samples * columns.len()];
        if let Err(error) = reader.read(rows, &columns, Samples::Single(&mut samples)) {
            assert_clear(&error);
        }
    }
}

/// The selected recording and the plan for it, which must cover it within its limits.
pub fn settle(config: &Config, whole: &Recording) -> Result<(Recording, Plan), Error> {
    let selected = select(whole, &config.data.select)?;
    let design = config.analysis.design(&selected.recording)?;
    // what a design has refused has no parameters to tell
    config.cfg(&selected);
    let recording = selected.recording;
    let precision = config.analysis.precision;
    let width = |double| if double { 8 } else { 4 };
    let bytes = Bytes {
        computed: width(precision.computes_double(recording.is_double)),
        stored: width(precision.stores_double()),
        reader: 0,
    };
    let limit = config.memory_per_rank.as_ref().map_or(MEMORY, |m| m.value);
    let asked = config.analysis.chan_per_worker.as_ref();
    let asked = asked.map_or(Cut::ForRanks(3), Cut::AtMost);
    let plan = Plan::new(&recording, &design, bytes, asked, limit)
        .map_err(|too_large| Error::Usage(too_large.to_string()))?;
    assert!(plan.rank_bytes <= u128::from(limit), "{plan:?}");
    let last = plan.channel_blocks.last().expect("there are channels");
    assert_eq!(last.end, recording.channels.len());
    let last = plan.units.last().expect("there are trials");
    assert_eq!(last.trials.end, recording.trials.len());
    let n = plan.output_shape.iter().map(|&n| n as u128);
    assert!(n.product::<u128>() * bytes.stored as u128 <= plan.output_bytes);
    plan.advice(7);
    Ok((recording, plan))
}

/// An error must be one short line that shows what it says and does nothing else to a terminal.
pub fn assert_clear(error: &Error) {
    let line = error.one_line();
    assert!(line.chars().count() <= MAX_ERROR, "{line}");
    assert!(!line.chars().any(char::is_control), "{line:?}");
}

/// Three trials of two lengths, three channels.
fn recording() -> Recording {
    let trial = |(number, n_samples): (usize, usize)| Trial {
        number,
        start: number as u64 * 1000,
        n_samples,
        offset: -250.0,
        info: vec![1.0],
        labels: Vec::new(),
    };
    Recording {
        sample_rate_hz: 500.0,
        channels: Channel::of(["Cz", "Pz", "Oz"].map(String::from).to_vec()),
        trials: [1000, 600, 1000]
            .into_iter()
            .enumerate()
            .map(trial)
            .collect(),
        is_double: false,
        trialinfo: vec!["info1".into()],
        trial_labels: Vec::new(),
    }
}

/// Sizes at which arithmetic breaks.
const SIZES: &[usize] = &[
    0,
    1,
    2,
    3,
    5,
    16,
    64,
    1 << 20,
    (1 << 20) + 1,
    1 << 31,
    1 << 32,
    1 << 40,
    (1 << 40) + 1,
    1 << 53,
    1 << 62,
    usize::MAX,
];
/// The same for numbers.
const NUMBERS: &[f64] = &[
    0.0,
    1.0,
    2.0,
    3.0,
    16.0,
    64.0,
    0.5,
    -1.0,
    1000.0,
    1e-300,
    1e300,
    -1e300,
    1e-6,
    1e12,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1_099_511_627_776.0,
    9_007_199_254_740_992.0,
    18_446_744_073_709_551_616.0,
];

/// Bytes taken one after the other; zero when there are none left.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        first
    }

    fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    fn size(&mut self) -> usize {
        let n = SIZES.len();
        match self.below(n + 8) {
            k if k < n => SIZES[k],
            _ => usize::from(self.byte()),
        }
    }

    fn number(&mut self) -> f64 {
        let n = NUMBERS.len();
        match self.below(n + 12) {
            k if k < n => NUMBERS[k],
            k if k < n + 2 => f64::from_le_bytes(std::array::from_fn(|_| self.byte())),
            _ => f64::from(self.byte()),
        }
    }

    /// A number as JSON, TOML or neither.
    fn written(&mut self) -> String {
        match self.below(8) {
            0 => "\"none\"".into(),
            1 => "null".into(),
            2 => "[1, 2]".into(),
            _ => format!("{:?}", self.number()).replace("inf", "Infinity"),
        }
    }

    fn info(&mut self, shape: &[usize]) -> Vec<u8> {
        let n = shape.get(1).copied().unwrap_or(0).min(100);
        let labels = |n: usize| (0..n).map(|k| format!("\"c{k}\"")).collect::<Vec<_>>();
        let channel = match self.below(8) {
            0 => "null".into(),
            1 => format!("[{}]", labels(n + 1).join(",")),
            2 => format!("[{}]", vec!["\"\\u001b[2J\\u0000\""; n].join(",")),
            3 => "[1, null]".into(),
            4 => format!("\"{}\"", "x".repeat(self.size().min(100_000))),
            _ => format!("[{}]", labels(n).join(",")),
        };
        let dimord = match self.below(6) {
            0 => "[\"channel\", \"time\"]",
            1 => "[\"time\", \"taper\", \"freq\", \"channel\"]",
            2 => "7",
            _ => "[\"time\", \"channel\"]",
        };
        let rate = match self.below(4) {
            0 => self.written(),
            _ => "500".into(),
        };
        let start =
            format!("{{\"samplerate\": {rate}, \"dimord\": {dimord}, \"channel\": {channel}");
        let mut info = start.into_bytes();
        if !self.0.is_empty() {
            info.extend_from_slice(b", \"freq\": ");
            info.extend_from_slice(self.0);
        }
        info.push(b'}');
        info
    }
}

fn study(choices: &mut Choices) -> Vec<String> {
    const KEYS: &[&str] = &[
        "freqanalysis.pad",
        "freqanalysis.tapsmofrq",
        "freqanalysis.nTaper",
        "freqanalysis.foi",
        "freqanalysis.foilim",
        "freqanalysis.chan_per_worker",
        "parallel.memory_per_rank",
        "select.trials",
        "select.channel",
        "select.latency",
    ];
    const SWITCHES: &[&str] = &[
        "freqanalysis.keeptrials=false",
        "freqanalysis.keeptapers=true",
        "freqanalysis.taper=none",
        "freqanalysis.pad=nextpow2",
        "freqanalysis.output=fourier",
        "freqanalysis.precision=double",
    ];
    let mut sets = Vec::new();
    for _ in 0..choices.below(5) {
        let key = choices.below(KEYS.len() + SWITCHES.len());
        if key >= KEYS.len() {
            sets.push(SWITCHES[key - KEYS.len()].to_owned());
            continue;
        }
        let value = match choices.below(3) {
            0 => format!("[{:?}, {:?}]", choices.number(), choices.number()),
            1 => format!("{}", choices.size()),
            _ => format!("{:?}", choices.number()),
        };
        sets.push(format!("{}={value}", KEYS[key]));
    }
    sets
}

/// The shape of `data`, or nothing when HDF5 itself refuses to write this.
fn write_file(path: &Path, choices: &mut Choices) -> Option<Vec<usize>> {
    let file = hdf5::File::create(path).ok()?;
    let shape = write_object(&file, "data", choices)?;
    if choices.below(4) == 0 {
        write_object(&file, "trialdefinition", choices)?;
    } else {
        let n_trials = choices.below(5);
        let n_columns = 3 + choices.below(3);
        let n_rows = *shape.first().unwrap_or(&1) as f64;
        let value = |(trial, column): (usize, usize)| match choices.below(4) {
            0 => choices.number(),
            1 => n_rows,
            _ => (trial + column) as f64,
        };
        let table = ndarray::Array2::from_shape_fn((n_trials, n_columns), value);
        let set = file.new_dataset_builder().with_data(&table);
        set.create("trialdefinition").ok()?;
    }
    file.close().ok()?;
    if choices.below(8) == 0 {
        let whole = std::fs::metadata(path).ok()?.len();
        let cut = whole * u64::from(choices.byte()) / 256;
        std::fs::File::options()
            .write(true)
            .open(path)
            .ok()?
            .set_len(cut)
            .ok()?;
    }
    Some(shape)
}

/// Something of that name; its shape if it has one.
fn write_object(file: &hdf5::File, name: &str, choices: &mut Choices) -> Option<Vec<usize>> {
    match choices.below(24) {
        0 => {
            file.create_group(name).ok()?;
            return Some(Vec::new());
        }
        1 => return Some(Vec::new()),
        2 => {
            file.link_soft(name, name).ok()?;
            return Some(Vec::new());
        }
        3 => {
            file.link_external("missing.h5", "data", name).ok()?;
            return Some(Vec::new());
        }
        4 => {
            file.new_attr::<f64>().create(name).ok()?;
            return Some(Vec::new());
        }
        _ => {}
    }
    let rank = match choices.below(8) {
        0 => 0,
        1 => 1,
        2 => 3,
        _ => 2,
    };
    let shape: Vec<usize> = (0..rank).map(|_| choices.size()).collect();
    // the library that writes here, not the one that reads, breaks at larger products
    let n = shape
        .iter()
        .try_fold(1_usize, |n, &k| n.checked_mul(k.max(1)))?;
    let n = if shape.contains(&0) { 0 } else { n };
    let datatype = Datatype::from_descriptor(&descriptor(choices)).ok()?;
    let builder = file.new_dataset_builder().empty_as(&datatype);
    let extents = match rank {
        0 if choices.below(2) == 0 => Extents::Null,
        _ => Extents::from(shape.clone()),
    };
    let builder = builder.shape(extents);
    let layout = choices.below(6);
    let chunk: Vec<usize> = match layout {
        1..4 => shape.iter().map(|_| choices.size().max(1)).collect(),
        _ => Vec::new(),
    };
    // the same of chunks
    chunk.iter().try_fold(1_usize, |n, &k| n.checked_mul(k))?;
    let builder = match layout {
        1 => builder.chunk(chunk),
        2 => builder.chunk(chunk).deflate(1),
        3 => builder.chunk(chunk).shuffle(),
        4 => builder.external("missing.bin", 0, 1 << 20),
        5 => builder.no_chunk().layout(hdf5::dataset::Layout::Compact),
        _ => builder.no_chunk(),
    };
    let set = builder.create(name).ok()?;
    if n <= 4096 && layout != 4 && choices.below(8) != 0 {
        // types that no number becomes stay as they are
        let _ = set.write_raw(&vec![3_i16; n]);
    }
    Some(shape)
}

fn descriptor(choices: &mut Choices) -> TypeDescriptor {
    use TypeDescriptor as T;
    match choices.below(24) {
        0 => T::Boolean,
        1 => T::VarLenUnicode,
        2 => T::VarLenArray(Box::new(T::Float(FloatSize::U8))),
        3 => T::FixedAscii(1 + choices.size().min(1 << 20)),
        4 => T::FixedArray(Box::new(T::Float(FloatSize::U4)), 1 + choices.below(9)),
        5 => T::Enum(EnumType {
            size: IntSize::U1,
            signed: false,
            members: vec![EnumMember {
                name: "on".into(),
                value: 1,
            }],
        }),
        6 => T::Float(FloatSize::U4),
        7 => T::Integer(IntSize::U1),
        8 => T::Integer(IntSize::U8),
        9 => T::Unsigned(IntSize::U2),
        10 => T::Unsigned(IntSize::U8),
        11..17 => T::Integer(IntSize::U2),
        _ => T::Float(FloatSize::U8),
    }
}
