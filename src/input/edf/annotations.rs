//! Signals of annotations: in every record time-stamped annotation lists (TALs), the first of which gives the record's start.
//! Lists that cannot be read are left out and counted: the samples are not to blame.
//!
//! Source: EDF+, section 2.2 (www.edfplus.info/specs/edfplus.html).

use super::fields::text;
use super::header::{Header, Signal, SignalKind};
use super::records::Records;
use super::starts::Starts;
use crate::error::Result;
use crate::phrase::{count, printable, shorten};

/// Annotations at most.
const MAX_ANNOTATIONS: usize = 1 << 20;
/// Records at most whose starts are kept.
pub const MAX_RECORDS: u64 = 1 << 24;
/// Seconds that are believed.
const MAX_S: f64 = 1e12;
/// Bytes of annotations at most.
const MAX_BYTES: usize = 256 << 20;
/// Ends an onset, a duration and every annotation.
const END: u8 = 20;
/// Precedes a duration.
const DURATION: u8 = 21;
/// Characters that are shown of what was found.
const SHOWN: usize = 40;

/// Something that happened at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// Seconds since the start of the file that its header gives.
    pub onset_s: f64,
    /// Duration, if the file gives one.
    pub duration_s: Option<f64>,
    /// Description.
    pub text: String,
}

/// A time, as a list gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    /// Seconds since the start of the file that its header gives.
    pub seconds: f64,
    /// Digits after the point.
    pub n_decimals: u32,
}

/// All annotations of a file.
#[derive(Debug, Default)]
pub struct Annotations {
    /// In the order of the file; empty unless requested.
    pub found: Vec<Annotation>,
    /// The start of each record. Empty if there are more than [`MAX_RECORDS`].
    pub starts: Starts,
    malformed: Malformed,
}

/// Lists that cannot be read.
#[derive(Debug, Default)]
struct Malformed {
    n: u64,
    /// The record of the first one, and its text.
    first: Option<(u64, String)>,
}

/// A time-stamped annotation list.
#[derive(Debug, PartialEq)]
struct Tal<'a> {
    onset: Time,
    duration_s: Option<f64>,
    /// Annotations, each behind the byte that ends what comes before it.
    texts: &'a [u8],
}

/// The signals that hold annotations.
pub fn signals(header: &Header) -> impl Iterator<Item = &Signal> {
    let signals = header.signals.iter();
    signals.filter(|signal| signal.kind == SignalKind::Annotations && signal.n_samples > 0)
}

/// Reads the annotations of all records, signal by signal; `keeps_texts`: not only the starts of records.
///
/// # Errors
/// Too many annotations, or a file that cannot be read.
pub fn read(header: &Header, records: &Records, keeps_texts: bool) -> Result<Annotations> {
    let mut annotations = Annotations::default();
    let mut n_bytes = 0;
    for (k, signal) in signals(header).enumerate() {
        records.each(&signal.bytes, |record, bytes| {
            if k == 0 && records.n <= MAX_RECORDS {
                annotations.starts.push(start(bytes));
            }
            for list in lists(bytes) {
                let Some(tal) = tal(list) else {
                    annotations.malformed.add(record, list);
                    continue;
                };
                if !keeps_texts {
                    continue;
                }
                for part in tal
                    .texts
                    .split(|&b| b == END)
                    .filter(|part| !part.is_empty())
                {
                    n_bytes += part.len();
                    if annotations.found.len() == MAX_ANNOTATIONS || n_bytes > MAX_BYTES {
                        return Err(too_many());
                    }
                    annotations.found.push(Annotation {
                        onset_s: tal.onset.seconds,
                        duration_s: tal.duration_s,
                        text: text(part),
                    });
                }
            }
            Ok(())
        })?;
    }
    Ok(annotations)
}

fn too_many() -> String {
    format!(
        "more than {MAX_ANNOTATIONS} annotations before it, or more than {MAX_BYTES} bytes of them; expected fewer: cut \
         trials without events, or export fewer annotations"
    )
}

/// The start of `record`, if it gives one.
///
/// # Errors
/// The file cannot be read.
pub fn start_of(signal: &Signal, records: &Records, record: u64) -> Result<Option<Time>> {
    let mut bytes = vec![0; records.bytes_of(&signal.bytes)? as usize];
    records.read(&signal.bytes, record, &mut bytes)?;
    Ok(start(&bytes))
}

impl Annotations {
    /// A notice if some annotations could not be read.
    pub fn notice(&self) -> Option<String> {
        let Malformed { n, first } = &self.malformed;
        let (record, list) = first.as_ref()?;
        let (n, verb) = (count(*n, "annotation"), if *n == 1 { "is" } else { "are" });
        Some(format!(
            "{n} cannot be read and {verb} left out, the first in record {record}: \"{list}\"; expected a time with its \
             sign and a point, as +1.5, and texts, each behind a byte 20"
        ))
    }
}

impl Malformed {
    fn add(&mut self, record: u64, list: &[u8]) {
        self.n += 1;
        self.first.get_or_insert_with(|| {
            let list: String = list
                .iter()
                .take(SHOWN)
                .map(|&b| match b {
                    END | DURATION => ' ',
                    other => char::from(other),
                })
                .collect();
            (record, shorten(&printable(list.trim_end()), SHOWN))
        });
    }
}

/// The start of a record: its first list has an empty annotation first.
fn start(bytes: &[u8]) -> Option<Time> {
    let tal = tal(lists(bytes).next()?)?;
    matches!(tal.texts, [END] | [END, END, ..]).then_some(tal.onset)
}

/// The lists in a record; each ends with a zero byte, more of which fill it. Some writers fill it with blanks.
fn lists(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|&b| b == 0)
        .filter(|list| !list.trim_ascii().is_empty())
}

fn tal(list: &[u8]) -> Option<Tal<'_>> {
    let end = list.iter().position(|&b| b == END)?;
    let (time, texts) = list.split_at(end);
    let mut parts = time.splitn(2, |&b| b == DURATION);
    let onset = parts.next()?;
    if !matches!(onset.first(), Some(b'+' | b'-')) {
        return None;
    }
    let duration_s = match parts.next() {
        None | Some([]) => None,
        Some(duration) => Some(seconds(duration).map(|found| found.seconds)?),
    };
    if duration_s.is_some_and(|duration_s| duration_s < 0.0) {
        return None;
    }
    Some(Tal {
        onset: seconds(onset)?,
        duration_s,
        texts,
    })
}

/// A number of seconds, written with digits and a point.
fn seconds(bytes: &[u8]) -> Option<Time> {
    let is_plain = |b: &u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.');
    if !bytes.iter().all(is_plain) {
        return None;
    }
    let seconds: f64 = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    let point = bytes.iter().position(|&b| b == b'.');
    let n_decimals = point.map_or(0, |point| (bytes.len() - point - 1) as u32);
    (seconds.abs() <= MAX_S).then_some(Time {
        seconds,
        n_decimals,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64, n_decimals: u32) -> Time {
        Time {
            seconds,
            n_decimals,
        }
    }

    #[test]
    fn lists_are_those_of_the_standard() {
        // the examples of the standard, section 2.2.2
        let bytes =
            b"+0\x14\x14\0+180\x14Lights off\x14Close door\x14\0+1800.2\x1525.5\x14Apnea\x14\0\0\0";
        let found: Vec<Tal> = lists(bytes).map(|list| tal(list).unwrap()).collect();
        let want = |onset, duration_s, texts| Tal {
            onset,
            duration_s,
            texts,
        };
        assert_eq!(
            found,
            [
                want(at(0.0, 0), None, b"\x14\x14"),
                want(at(180.0, 0), None, b"\x14Lights off\x14Close door\x14"),
                want(at(1800.2, 1), Some(25.5), b"\x14Apnea\x14"),
            ]
        );
        assert_eq!(start(b"+567\x14\x14\0"), Some(at(567.0, 0)));
        assert_eq!(start(b"+567\x14\x14R\x14\0"), Some(at(567.0, 0)));
        assert_eq!(start(b"-0.065\x14\x14\0"), Some(at(-0.065, 3)));
        assert_eq!(start(b"+567\x14Lights\x14\0"), None);
        assert_eq!(start(b"+0,5\x14\x14\0+1\x14\x14\0"), None);
        assert_eq!(start(b"\0\0\0\0"), None);
        assert_eq!(start(b"    "), None);
    }

    #[test]
    fn lists_that_cannot_be_read_are_counted_and_the_first_is_shown() {
        let bad = [
            &b"567\x14\x14"[..],
            b"+567",
            b"+\x14x\x14",
            b"+1,7\x14x\x14",
            b"+1e3\x14x\x14",
            b"+nan\x14\x14",
            b"+1.2.3\x14x\x14",
            b"+9999999999999\x14x\x14",
            b"+1\x15-1\x14x\x14",
            b"+1\x15x\x14x\x14",
            b"\x1b[2J",
        ];
        for list in bad {
            assert_eq!(tal(list), None, "{list:?}");
        }
        let mut annotations = Annotations::default();
        assert_eq!(annotations.notice(), None);
        annotations.malformed.add(7, b"\x1b+1,7\x14x\x14");
        let notice = annotations.notice().unwrap();
        let want =
            "1 annotation cannot be read and is left out, the first in record 7: \"\\u{1b}+1,7 x\"";
        assert!(notice.starts_with(want), "{notice}");
        annotations.malformed.add(9, b"x");
        let notice = annotations.notice().unwrap();
        assert!(
            notice.starts_with(
                "2 annotations cannot be read and are left out, the first in record 7"
            ),
            "{notice}"
        );
    }
}
