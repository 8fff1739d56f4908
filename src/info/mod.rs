//! `slepian info`: what a recording or a result holds.

mod averages;
mod peaks;
mod recording;
mod tally;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use serde_json::{Map, Value};

use crate::cli::InfoArgs;
use crate::config::Data;
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::hdf5_process::Reading;
use crate::input::Format;
use crate::input::syncopy::{MAX_TRIALDEFINITION, read_info, trial_labels, trialinfo, with_spy};
use crate::input::{data_set, open_hdf5};
use crate::output::{MARK, check_intact};
use crate::phrase::{count, hz, number, printable, shorten, size};
use crate::recording::TRIAL_COLUMNS;
use tally::tally;

/// Numbers of one spectrum at most, frequencies × channels, whose peaks are looked for: sums are kept for each, and a
/// sparse file may claim any number of them.
const MAX_SPECTRUM: usize = 1 << 24;
/// HDF5 chunks of one row of spectra at most: HDF5 takes about a kilobyte for each, whatever it holds.
const MAX_CHUNKS: usize = 1 << 16;
/// Numbers read at most for one line: some seconds.
const MAX_READ: usize = 1 << 28;
/// Numbers read at once, some megabytes.
const PIECE: usize = 1 << 20;
/// Characters of a line at most.
const MAX_LINE: usize = 300;
/// Channels that are listed one by one, at most.
const MAX_LINES: usize = 32;

/// Prints what is at the path: a container, a data file or its `.info`, or a recording of another format, of which a config or
/// values of `--set` may say more. Of several objects all that can be read are printed before the first that cannot ends it.
///
/// # Errors
/// Nothing there, or nothing that can be read.
pub fn show(args: &InfoArgs) -> Result<()> {
    match recording_of(args)? {
        Some(data) => {
            crate::logging::start(false, false);
            crate::logging::print(&(recording::page(&data)? + "\n"))
        }
        None => show_objects(&args.path),
    }
}

/// Prints the objects of Syncopy's at `path`.
fn show_objects(path: &Path) -> Result<()> {
    let mut first_error = Ok(());
    for info_path in objects(path)? {
        let data = info_path.with_extension("");
        match PAGE.ask(&data, &info_path, || page(&info_path)) {
            Ok(text) => crate::logging::print(&(text + "\n"))?,
            Err(error) => first_error = first_error.and(Err(error)),
        }
    }
    first_error
}

/// The recording that is named, if it is none of Syncopy's: those show their history as well, and results are like them.
fn recording_of(args: &InfoArgs) -> Result<Option<Data>> {
    let data = Data::of(&args.path, &args.set)?;
    let is_config = data.input.path.value != args.path;
    match Format::find(&data.input) {
        Ok((Format::Syncopy, _)) if !is_config => Ok(None),
        Ok(_) => Ok(Some(data)),
        // results are no recordings, but have a file that describes them too
        Err(_) if !is_config && is_result(&args.path) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a path names a file with an `.info` file beside it, or a container of such.
fn is_result(path: &Path) -> bool {
    let path = with_spy(path);
    let is_container = path.is_dir() && path.extension().is_some_and(|e| e == "spy");
    let is_info = path.extension().is_some_and(|e| e == "info");
    is_container || is_info || path.with_added_extension("info").is_file()
}

/// Making the page of an object in a process of its own; the question is its `.info` file.
pub const PAGE: Reading = Reading {
    name: "page",
    perform: |question| Reading::answer(question, |info_path: PathBuf| page(&info_path)),
};

/// What is printed of the object with this `.info` file.
///
/// # Errors
/// Files that cannot be read, or not as what they should be.
pub fn page(info_path: &Path) -> Result<String> {
    let info = read_info(info_path)?;
    describe(&info_path.with_extension(""), &info)
}

/// The `.info` files that `path` names.
fn objects(path: &Path) -> Result<Vec<PathBuf>> {
    let wrong = |what: &str| Error::Recording {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    let is_info = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "info")
    };
    let path = with_spy(path);
    if path.is_dir() {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&path).at(&path, "list this folder")? {
            let path = entry.at(&path, "list this folder")?.path();
            if is_info(&path) {
                found.push(path);
            }
        }
        found.sort();
        return match (found.is_empty(), unfinished(&path)) {
            (false, _) => Ok(found),
            (true, Some(part)) => Err(wrong(&format!(
                "not finished: a job writes {}, or was killed; expected a finished result (slepian status says how \
                 far it is)",
                part.display()
            ))),
            (true, None) => Err(wrong(
                "no .info file in this folder; expected a finished container",
            )),
        };
    }
    if !path.exists() {
        return Err(wrong(
            "no such file or folder; expected the path of a recording or of a result",
        ));
    }
    if is_info(&path) {
        return Ok(vec![path]);
    }
    let mut info: OsString = path.clone().into_os_string();
    info.push(".info");
    Ok(vec![info.into()])
}

/// A file in `folder` that a job has not finished.
fn unfinished(folder: &Path) -> Option<PathBuf> {
    let paths = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()));
    paths.into_iter().find(|path| {
        path.extension()
            .is_some_and(|extension| extension == "part")
    })
}

/// The trial definition, if it is one of a size that a file of this program may have.
fn trialdefinition(path: &Path, file: &hdf5::File) -> Option<Array2<f64>> {
    let set = data_set(path, file, "trialdefinition").ok()?;
    let is_table = matches!(
        set.shape()[..],
        [n_trials, n_columns]
            if n_trials > 0 && n_columns >= 2 && n_trials.saturating_mul(n_columns) <= MAX_TRIALDEFINITION
    );
    is_table.then(|| set.read_2d::<f64>().ok())?
}

/// Samples per trial, for objects whose trials have several.
fn trial_lengths(table: &Array2<f64>) -> String {
    let lengths: Vec<f64> = table
        .rows()
        .into_iter()
        .map(|row| row[1] - row[0])
        .collect();
    let (low, high) = lengths
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(l, h), n| (l.min(*n), h.max(*n)));
    let n = count(lengths.len() as u64, "trial");
    match (low, high) {
        (1.0, 1.0) => n,
        (low, high) if low == high => format!("{n} of {} samples", number(low)),
        (low, high) => format!("{n} of {} to {} samples", number(low), number(high)),
    }
}

fn describe(data: &Path, info: &Map<String, Value>) -> Result<String> {
    let text = |key: &str| {
        info.get(key)
            .and_then(Value::as_str)
            .unwrap_or("unknown")
            .to_owned()
    };
    let list = |key: &str| {
        info.get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let words = |key: &str| {
        list(key)
            .iter()
            .map(|w| w.as_str().unwrap_or("?").to_owned())
            .collect::<Vec<_>>()
    };
    check_intact(data)?;
    let file = open_hdf5(data, |_| ())?;
    let set = data_set(data, &file, "data")?;
    let shape = set.shape();
    let bytes = std::fs::metadata(data)
        .at(data, "read the size of this file")?
        .len();
    let dimord = words("dimord");
    let axes: Vec<String> = shape
        .iter()
        .zip(&dimord)
        .map(|(n, name)| format!("{n} {name}"))
        .collect();

    let mut lines = vec![printable(&data.display().to_string())];
    let mut line = |name: &str, text: String| {
        lines.push(format!(
            "  {name:<12} {}",
            shorten(&printable(&text), MAX_LINE)
        ));
    };
    line("class", text("dataclass"));
    line(
        "data",
        format!(
            "{} ({}, {})",
            axes.join(" × "),
            text("data_dtype"),
            size(bytes)
        ),
    );
    let made = info.get("info").and_then(|info| info.get(MARK));
    let made_of = |key: &str| made.and_then(|made| made.get(key)).and_then(Value::as_u64);
    let n_rows = shape.first().copied().unwrap_or(0) as u64;
    let table = trialdefinition(data, &file);
    match made_of("trials").filter(|&n| n != n_rows && n_rows == 1) {
        Some(n) => line("trials", format!("the average of {n}")),
        None => line(
            "trials",
            table.as_ref().map_or("unknown".into(), trial_lengths),
        ),
    }
    if let Some(table) = &table {
        let n_info = table.ncols().saturating_sub(TRIAL_COLUMNS.len());
        let names = trialinfo(data, &file, n_info)?;
        if !names.is_empty() {
            line("trialinfo", names.join(", "));
        }
        for (name, texts) in trial_labels(data, &file, table.nrows())? {
            line(
                "trial_label",
                tally(&name, texts.iter().map(String::as_str)),
            );
        }
    }
    if let Some(text) = averages::averages(data, &file, &shape) {
        line("averages", text);
    }
    line(
        "sample rate",
        format!("{} Hz", info.get("samplerate").unwrap_or(&Value::Null)),
    );
    line("channels", ends(&words("channel")));
    let freq: Vec<f64> = list("freq").iter().filter_map(Value::as_f64).collect();
    if let (Some(first), Some(last)) = (freq.first(), freq.last()) {
        line("tapers", ends(&words("taper")));
        line(
            "frequencies",
            format!("{} from {} to {}", freq.len(), hz(*first), hz(*last)),
        );
    }
    if let Some(version) = made
        .and_then(|made| made.get("version"))
        .and_then(Value::as_str)
    {
        let ranks = made_of("ranks").map_or(String::new(), |n| format!(" on {}", count(n, "rank")));
        line("made by", format!("slepian {version}{ranks}"));
    }
    if dimord == ["time", "taper", "freq", "channel"] && shape.len() == 4 && freq.len() == shape[2]
    {
        let n = shape[2].saturating_mul(shape[3]);
        let chunk = set.chunk().unwrap_or_else(|| shape.clone());
        let across: usize = (1..4)
            .map(|axis| shape[axis].div_ceil(chunk[axis].max(1)))
            .fold(1, usize::saturating_mul);
        if across > MAX_CHUNKS {
            line(
                "peaks",
                format!(
                    "not looked for: a spectrum lies in {across} chunks, more than {MAX_CHUNKS}"
                ),
            );
            return Ok(lines.join("\n"));
        }
        if n > MAX_SPECTRUM {
            line(
                "peaks",
                format!("not looked for: {n} frequencies × channels, more than {MAX_SPECTRUM}"),
            );
            return Ok(lines.join("\n"));
        }
        let labels = words("channel");
        let peaks = peaks::peaks(&set, &shape, &freq).at(data, "read spectra")?;
        for (c, peak) in peaks.iter().enumerate().take(MAX_LINES) {
            let label = labels.get(c).map_or("?", String::as_str);
            line(
                if c == 0 { "peaks" } else { "" },
                peak.map_or(format!("{label}: none"), |peak| {
                    format!("{label}: {}", hz(peak))
                }),
            );
        }
        if peaks.len() > MAX_LINES {
            line(
                "",
                format!("… and {} channels more", peaks.len() - MAX_LINES),
            );
        }
    }
    Ok(lines.join("\n"))
}

fn ends(words: &[String]) -> String {
    match words {
        [] => "unnamed".into(),
        [one] => format!("1: {one}"),
        [first, .., last] => format!("{}: {first} … {last}", words.len()),
    }
}

#[cfg(test)]
mod tests {
    use hdf5::{Hyperslab, Selection};

    use super::*;

    const FREQ: [f64; 3] = [0.0, 10.0, 20.0];

    /// Describes spectra of `shape`, most of which is never written, with a peak at 20 Hz.
    fn described(shape: [usize; 4]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.spectral");
        let file = hdf5::File::create(&path).unwrap();
        let builder = file.new_dataset::<f32>().chunk([1, 1, 3, 1]).shape(shape);
        let set = builder.create("data").unwrap();
        let peak = ndarray::arr1(&[9.0_f32, 1.0, 2.0]);
        let place: Vec<hdf5::SliceOrIndex> = vec![0.into(), 0.into(), (..).into(), 0.into()];
        set.write_slice(&peak, Selection::from(Hyperslab::from(place)))
            .unwrap();
        drop(set);
        file.close().unwrap();
        let info = serde_json::json!({
            "dimord": ["time", "taper", "freq", "channel"],
            "freq": FREQ,
            "channel": ["a\u{1b}[2J", "b"],
        });
        describe(&path, info.as_object().unwrap()).unwrap()
    }

    #[test]
    fn peaks_are_those_of_the_channels_and_labels_do_not_steer_the_terminal() {
        let text = described([1, 1, 3, 2]);
        assert!(text.contains(r"a\u{1b}[2J: 20 Hz"), "{text}");
        assert!(text.contains("b: none"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn spectra_that_claim_more_than_memory_are_described_without_peaks() {
        let text = described([1, 1, 3, 1 << 38]);
        assert!(text.contains("not looked for"), "{text}");
    }

    #[test]
    fn a_bad_object_of_a_folder_ends_it_after_the_others() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.analog.info"), "bad").unwrap();
        std::fs::write(folder.path().join("b.analog.info"), "worse").unwrap();
        let error = show_objects(folder.path()).unwrap_err().to_string();
        assert!(error.contains("a.analog.info"), "{error}");
    }
}
