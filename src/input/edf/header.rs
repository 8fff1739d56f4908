//! The header: fields of characters at fixed places, 256 bytes for the file and 256 for every signal.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::records::Records;
use crate::error::{Error, IoContext, Result};
use crate::input::{check_label, require_regular};
use crate::phrase::shorten;

/// Bytes of the header for the file, and for each signal.
const HEADER: usize = 256;
/// How EDF begins: version 0 in eight characters.
const EDF: &[u8] = b"0       ";
/// How BDF begins.
const BDF: &[u8] = b"\xffBIOSEMI";
/// Labels of signals that hold annotations.
const ANNOTATIONS: &[&str] = &["EDF Annotations", "BDF Annotations"];
/// Characters that are shown of what was found.
const SHOWN: usize = 40;

/// What a header says.
pub struct Header {
    /// Whether samples have three bytes.
    pub is_bdf: bool,
    /// Whether time may be missing between records.
    pub is_discontinuous: bool,
    /// Seconds of a record.
    pub record_s: f64,
    /// All signals, in the order of the file.
    pub signals: Vec<Signal>,
}

/// What a header says of a signal.
pub struct Signal {
    pub label: String,
    pub kind: Kind,
    /// Its physical dimension; empty where it has no physical range.
    pub unit: String,
    /// Gain and offset.
    pub calibration: (f64, f64),
    /// Samples of a record.
    pub n_samples: u64,
    /// Where they are in a record.
    pub bytes: Range<u64>,
}

/// What a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Samples.
    Ordinary,
    /// Text.
    Annotations,
    /// BioSemi's triggers and flags.
    Status,
}

/// Whether a file that begins like this is of these formats.
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(EDF) || bytes.starts_with(BDF)
}

/// Reads the header of the file `path`, and finds its records.
pub fn read(path: &Path) -> Result<(Header, Records)> {
    const DOING: &str = "read the header of this file";
    require_regular(path, DOING)?;
    let file = File::open(path).at(path, DOING)?;
    let length = file.metadata().at(path, DOING)?.len();
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let cut_off = |expected: usize| {
        wrong(format!(
            "this file is cut off: it has {length} bytes; expected at least {expected}, a header"
        ))
    };
    let mut start = [0; HEADER];
    if length < HEADER as u64 {
        return Err(cut_off(HEADER));
    }
    file.read_exact_at(&mut start, 0).at(path, DOING)?;
    let main = Main::parse(&start).map_err(wrong)?;
    let n_bytes = HEADER * (1 + main.n_signals);
    if length < n_bytes as u64 {
        return Err(cut_off(n_bytes));
    }
    let mut fields = vec![0; n_bytes - HEADER];
    file.read_exact_at(&mut fields, HEADER as u64)
        .at(path, DOING)?;
    let signals = main
        .signals(&Table(&fields, main.n_signals))
        .map_err(wrong)?;
    let record_bytes = signals.last().map_or(0, |signal| signal.bytes.end);
    let n = n_records(length - n_bytes as u64, record_bytes, main.n_records).map_err(wrong)?;
    let header = Header {
        is_bdf: main.is_bdf,
        is_discontinuous: main.is_discontinuous,
        record_s: main.record_s,
        signals,
    };
    let records = Records {
        path: path.to_owned(),
        file,
        offset: n_bytes as u64,
        bytes: record_bytes,
        n,
    };
    Ok((header, records))
}

/// The records in `available` bytes, of which the header `claims` some, or -1 while it is written.
///
/// What is left of a record that was never finished does not count.
fn n_records(available: u64, record_bytes: u64, claims: Option<u64>) -> Result<u64, String> {
    let there = available / record_bytes;
    match claims {
        Some(0) | None if there == 0 => Err(format!(
            "{available} bytes behind the header; expected at least one record, which has {record_bytes}"
        )),
        None => Ok(there),
        Some(claims) if there < claims => Err(format!(
            "this file is cut off: it has {available} bytes behind the header; expected {}, {claims} records of \
             {record_bytes}",
            u128::from(claims) * u128::from(record_bytes)
        )),
        Some(claims) if there > claims => Err(format!(
            "the header claims {claims} records, but {there} are there; expected as many, or -1 in the header for all"
        )),
        Some(claims) => Ok(claims),
    }
}

/// The first 256 bytes.
struct Main {
    is_bdf: bool,
    is_discontinuous: bool,
    n_records: Option<u64>,
    record_s: f64,
    n_signals: usize,
}

impl Main {
    fn parse(bytes: &[u8; HEADER]) -> Result<Main, String> {
        if !begins(bytes) {
            return Err(format!(
                "this file begins with \"{}\"; expected 0 or \\xffBIOSEMI, as EDF and BDF",
                shorten(&text(&bytes[..8]), SHOWN)
            ));
        }
        let n_signals = whole("number of signals", &bytes[252..])? as usize;
        if n_signals == 0 {
            return Err("the header says that there are 0 signals; expected at least 1".into());
        }
        let header_bytes = whole("size of the header", &bytes[184..192])?;
        let expected = HEADER * (1 + n_signals);
        if header_bytes != expected as u64 {
            return Err(format!(
                "a header of {header_bytes} bytes for {n_signals} signals; expected {expected}"
            ));
        }
        let n_records = match text(&bytes[236..244]).as_str() {
            "-1" => None,
            _ => Some(whole("number of records", &bytes[236..244])?),
        };
        let record_s = float("duration of a record", &bytes[244..252])?;
        if record_s <= 0.0 {
            return Err(format!(
                "records of {record_s} s, as of a file that holds annotations only; expected records of samples"
            ));
        }
        let reserved = text(&bytes[192..236]);
        Ok(Main {
            is_bdf: bytes.starts_with(BDF),
            is_discontinuous: reserved.starts_with("EDF+D") || reserved.starts_with("BDF+D"),
            n_records,
            record_s,
            n_signals,
        })
    }

    fn signals(&self, table: &Table) -> Result<Vec<Signal>, String> {
        let width = if self.is_bdf { 3 } else { 2 };
        let mut begin = 0;
        let mut signals = Vec::with_capacity(self.n_signals);
        for k in 0..self.n_signals {
            let of_signal = |what: String| format!("signal {k}: {what}");
            let mut signal = self.signal(table, k).map_err(of_signal)?;
            let bytes = signal.n_samples * width;
            signal.bytes = begin..begin + bytes;
            begin += bytes;
            signals.push(signal);
        }
        Ok(signals)
    }

    /// The signal numbered `k`, wherever its samples are.
    fn signal(&self, table: &Table, k: usize) -> Result<Signal, String> {
        let label = text(table.field(k, 0, 16));
        check_label(&label)
            .map_err(|expected| format!("its label is {label:?}; expected {expected}"))?;
        let kind = if ANNOTATIONS.contains(&label.as_str()) {
            Kind::Annotations
        } else if self.is_bdf && label.eq_ignore_ascii_case("Status") {
            Kind::Status
        } else {
            Kind::Ordinary
        };
        let n_samples = whole("number of samples in a record", table.field(k, 216, 8))?;
        if n_samples == 0 {
            return Err("it has 0 samples in a record; expected at least 1".into());
        }
        let calibration = match kind {
            Kind::Ordinary => calibration(table, k)?,
            Kind::Annotations | Kind::Status => None,
        };
        let unit = calibration.map(|_| text(table.field(k, 96, 8)));
        Ok(Signal {
            label,
            kind,
            unit: unit.unwrap_or_default(),
            calibration: calibration.unwrap_or((1.0, 0.0)),
            n_samples,
            bytes: 0..0,
        })
    }
}

/// Gain and offset of a signal, in the order of operations of others that read such files, whose samples are then the
/// same to the last bit; nothing where its physical or digital range is empty, as that of a channel that was not connected:
/// its samples are the numbers as stored.
fn calibration(table: &Table, k: usize) -> Result<Option<(f64, f64)>, String> {
    let low = float("physical minimum", table.field(k, 104, 8))?;
    let high = float("physical maximum", table.field(k, 112, 8))?;
    let digital_low = float("digital minimum", table.field(k, 120, 8))?;
    let digital_high = float("digital maximum", table.field(k, 128, 8))?;
    if low == high || digital_low == digital_high {
        return Ok(None);
    }
    let gain = (high - low) / (digital_high - digital_low);
    let offset = low - digital_low * gain;
    if gain.is_finite() && offset.is_finite() {
        return Ok(Some((gain, offset)));
    }
    Err(format!(
        "its range from {low} to {high} for numbers from {digital_low} to {digital_high} overflows; expected a smaller one"
    ))
}

/// Fields of the signals: one kind of all signals, then the next.
struct Table<'a>(&'a [u8], usize);

impl Table<'_> {
    /// The field of signal `k` that begins `at` bytes behind the label, were they one signal's.
    fn field(&self, k: usize, at: usize, length: usize) -> &[u8] {
        let first = at * self.1 + k * length;
        &self.0[first..first + length]
    }
}

/// Characters as text, without what surrounds them. The standard has ASCII, files have UTF-8 or Latin-1 too.
pub fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    let bytes = bytes[..end].trim_ascii();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

fn whole(what: &str, bytes: &[u8]) -> Result<u64, String> {
    let text = text(bytes);
    text.parse().map_err(|_| {
        format!(
            "its {what} is \"{}\"; expected a whole number from 0 up",
            shorten(&text, SHOWN)
        )
    })
}

/// A number, whose decimal separator may be a comma.
fn float(what: &str, bytes: &[u8]) -> Result<f64, String> {
    let text = text(bytes);
    let number = text.replace(',', ".").parse::<f64>().ok();
    number.filter(|number| number.is_finite()).ok_or_else(|| {
        format!(
            "its {what} is \"{}\"; expected a number",
            shorten(&text, SHOWN)
        )
    })
}
