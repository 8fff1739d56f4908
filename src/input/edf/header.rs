//! The header: fields of characters at fixed places, 256 bytes for the file and 256 for every signal.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::fields::{SHOWN, parse_f64, parse_u64, text};
use super::ranges::SignalRange;
use super::records::Records;
use crate::error::{Error, IoContext, Result};
use crate::input::{check_label, require_regular, written};
use crate::phrase::{count, printable, shorten};

/// Bytes of the header for the file, and for each signal.
const HEADER: usize = 256;
/// How EDF begins: version 0 in eight characters.
const EDF: &[u8] = b"0       ";
/// How BDF begins.
const BDF: &[u8] = b"\xffBIOSEMI";
/// Labels of signals that hold annotations.
const ANNOTATIONS: &[&str] = &["EDF Annotations", "BDF Annotations"];
/// Characters of a duration from which on it may lack digits: the field has room for eight, C programs leave one of them
/// for a zero byte.
const MIN_FULL_DURATION: usize = 7;

/// The contents of a header.
pub struct Header {
    /// Whether samples have three bytes.
    pub is_bdf: bool,
    /// Whether the header says that time may be missing between records.
    pub is_discontinuous: bool,
    /// Seconds of a record, as the header gives them.
    pub record_s: f64,
    record_text: String,
    /// All signals, in the order of the file.
    pub signals: Vec<Signal>,
}

impl Header {
    /// The sample rate of signals that have `n_samples` in each record.
    pub fn rate_hz(&self, n_samples: u64) -> f64 {
        let n_samples = n_samples as f64;
        if self.record_text.len() < MIN_FULL_DURATION {
            return n_samples / self.record_s;
        }
        written::rate(n_samples, self.record_s, &self.record_text)
    }
}

/// The header of one signal.
pub struct Signal {
    pub label: String,
    pub kind: SignalKind,
    /// Its physical dimension.
    pub unit: String,
    pub range: SignalRange,
    /// Samples of a record.
    pub n_samples: u64,
    /// Its bytes in a record.
    pub bytes: Range<u64>,
}

/// The contents of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// Samples.
    Data,
    /// Text.
    Annotations,
    /// BioSemi's triggers and flags.
    Status,
}

/// Whether a file with these first bytes is one of these formats.
pub fn has_edf_magic(bytes: &[u8]) -> bool {
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
            "this file is cut off: it has {length} bytes; expected a header of {expected} bytes at least: copy the file \
             again"
        ))
    };
    let mut start = [0; HEADER];
    if length < HEADER as u64 {
        return Err(cut_off(HEADER));
    }
    file.read_exact_at(&mut start, 0).at(path, DOING)?;
    let file_header = FileHeader::parse(&start).map_err(wrong)?;
    let n_bytes = HEADER * (1 + file_header.n_signals);
    if length < n_bytes as u64 {
        return Err(cut_off(n_bytes));
    }
    let mut fields = vec![0; n_bytes - HEADER];
    file.read_exact_at(&mut fields, HEADER as u64)
        .at(path, DOING)?;
    let signals = file_header
        .signals(&SignalFields(&fields, file_header.n_signals))
        .map_err(wrong)?;
    let record_bytes = signals.last().map_or(0, |signal| signal.bytes.end);
    if record_bytes == 0 {
        return Err(wrong(
            "no signal has samples; expected at least 1 in a record: export the recording again"
                .into(),
        ));
    }
    let available = length - n_bytes as u64;
    let n = n_records(available, record_bytes, file_header.n_records).map_err(wrong)?;
    let header = Header {
        is_bdf: file_header.is_bdf,
        is_discontinuous: file_header.is_discontinuous,
        record_s: file_header.record_s,
        record_text: file_header.record_text,
        signals,
    };
    let records = Records {
        path: path.to_owned(),
        file,
        offset: n_bytes as u64,
        bytes: record_bytes,
        n,
        n_rest: available - n * record_bytes,
    };
    Ok((header, records))
}

/// Number of complete records in `available` bytes. `claims` is the count in the header; `None` stands for −1 (recording
/// in progress).
fn n_records(available: u64, record_bytes: u64, claims: Option<u64>) -> Result<u64, String> {
    /// Where the header gives the number of records.
    const PLACE: &str = "bytes 236 to 243 of the file";
    let there = available / record_bytes;
    match claims {
        _ if there == 0 => Err(format!(
            "this file is cut off: it has {available} bytes after the header; expected at least {} of {record_bytes} bytes: \
             copy or export the file again",
            count(claims.unwrap_or(1).max(1), "record")
        )),
        None => Ok(there),
        Some(claims) if there < claims => Err(format!(
            "this file is cut off: it has {available} bytes after the header; expected {}, {claims} records of \
             {record_bytes}: copy the file again, or write -1 in the header ({PLACE}) to read what is there, {}",
            u128::from(claims) * u128::from(record_bytes),
            count(there, "whole record")
        )),
        Some(claims) if there > claims => Err(format!(
            "the header claims {}, but {there} are there; expected as many: write {there}, or -1 for all, in the header \
             ({PLACE})",
            count(claims, "record")
        )),
        Some(claims) => Ok(claims),
    }
}

/// The first 256 bytes, the header of the file.
struct FileHeader {
    is_bdf: bool,
    is_discontinuous: bool,
    n_records: Option<u64>,
    record_s: f64,
    record_text: String,
    n_signals: usize,
}

impl FileHeader {
    fn parse(bytes: &[u8; HEADER]) -> Result<FileHeader, String> {
        if !has_edf_magic(bytes) {
            return Err(format!(
                "this file begins with \"{}\"; expected 0 or \\xffBIOSEMI, as EDF and BDF: export the recording as EDF+ or \
                 BDF",
                shorten(&printable(&text(&bytes[..8])), SHOWN)
            ));
        }
        let n_signals = parse_u64("number of signals (bytes 252 to 255)", &bytes[252..])? as usize;
        if n_signals == 0 {
            return Err(
                "the header says that there are 0 signals; expected at least 1: export the recording again"
                    .into(),
            );
        }
        let header_bytes = parse_u64("size of the header (bytes 184 to 191)", &bytes[184..192])?;
        let expected = HEADER * (1 + n_signals);
        if header_bytes != expected as u64 {
            return Err(format!(
                "a header of {header_bytes} bytes for {}; expected {expected}: correct the size (bytes 184 to 191 of the \
                 file) or the number of signals (bytes 252 to 255)",
                count(n_signals as u64, "signal")
            ));
        }
        let n_records = match text(&bytes[236..244]).as_str() {
            "-1" => None,
            _ => Some(parse_u64(
                "number of records (bytes 236 to 243; -1 for all that are there)",
                &bytes[236..244],
            )?),
        };
        let record_s = parse_f64("duration of a record (bytes 244 to 251)", &bytes[244..252])?;
        if record_s <= 0.0 {
            return Err(format!(
                "records of {record_s} s, as in a file that holds annotations only; expected records of samples: if it has \
                 samples, write the seconds of a record in the header (bytes 244 to 251 of the file)"
            ));
        }
        let reserved = text(&bytes[192..236]);
        Ok(FileHeader {
            is_bdf: bytes.starts_with(BDF),
            is_discontinuous: reserved.starts_with("EDF+D") || reserved.starts_with("BDF+D"),
            n_records,
            record_s,
            record_text: text(&bytes[244..252]),
            n_signals,
        })
    }

    fn signals(&self, fields: &SignalFields) -> Result<Vec<Signal>, String> {
        let width = if self.is_bdf { 3 } else { 2 };
        let mut begin = 0;
        let mut signals = Vec::with_capacity(self.n_signals);
        for index in 0..self.n_signals {
            let mut signal = self.signal(fields, index)?;
            let bytes = signal.n_samples * width;
            signal.bytes = begin..begin + bytes;
            begin += bytes;
            signals.push(signal);
        }
        Ok(signals)
    }

    /// The signal numbered `index`, before its place in a record is known.
    fn signal(&self, fields: &SignalFields, index: usize) -> Result<Signal, String> {
        let label = text(fields.field(index, 0, 16));
        let of_signal = |what: String| {
            let label = shorten(&printable(&label), SHOWN);
            format!("signal {index} ({label}): {what}")
        };
        check_label(&label).map_err(|expected| {
            of_signal(format!(
                "its label cannot be used; expected {expected}: correct the header"
            ))
        })?;
        let is_annotations = |name: &&str| label.eq_ignore_ascii_case(name);
        let kind = if ANNOTATIONS.iter().any(is_annotations) {
            SignalKind::Annotations
        } else if self.is_bdf && label.eq_ignore_ascii_case("Status") {
            SignalKind::Status
        } else {
            SignalKind::Data
        };
        let n_samples = parse_u64("number of samples in a record", fields.field(index, 216, 8))
            .map_err(of_signal)?;
        Ok(Signal {
            kind,
            unit: text(fields.field(index, 96, 8)),
            range: SignalRange::parse([104, 112, 120, 128].map(|at| fields.field(index, at, 8))),
            n_samples,
            bytes: 0..0,
            label,
        })
    }
}

/// The headers of all signals: one field of all signals, then the next.
struct SignalFields<'a>(&'a [u8], usize);

impl SignalFields<'_> {
    /// The field of signal `index` at byte offset `at` of a single signal's 256-byte header.
    fn field(&self, index: usize, at: usize, length: usize) -> &[u8] {
        let first = at * self.1 + index * length;
        &self.0[first..first + length]
    }
}
