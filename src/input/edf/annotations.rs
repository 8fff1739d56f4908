//! Signals of annotations: in every record time-stamped annotation lists (TALs), the first of which says when the record
//! begins.
//!
//! Source: EDF+, section 2.2 (www.edfplus.info/specs/edfplus.html).

use super::header::{Header, Kind, Signal, text};
use super::records::Records;
use crate::error::Result;
use crate::phrase::{printable, shorten};

/// Annotations at most.
const MOST: usize = 1 << 20;
/// Records at most of which it is asked when they begin.
const MAX_RECORDS: u64 = 1 << 24;
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

/// Something that the file says of a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// Seconds since the start of the file, as its header has it.
    pub onset_s: f64,
    /// How long it lasts, where the file says so.
    pub duration_s: Option<f64>,
    /// What it is.
    pub text: String,
}

/// A time-stamped annotation list.
#[derive(Debug, PartialEq)]
struct Tal<'a> {
    onset_s: f64,
    duration_s: Option<f64>,
    /// Annotations, each behind the byte that ends what comes before it.
    texts: &'a [u8],
}

fn signals(header: &Header) -> impl Iterator<Item = &Signal> {
    let signals = header.signals.iter();
    signals.filter(|signal| signal.kind == Kind::Annotations)
}

/// When each record begins, in seconds.
///
/// # Errors
/// A record that does not say so.
pub fn starts(header: &Header, records: &Records) -> Result<Vec<f64>> {
    let Some(signal) = signals(header).next() else {
        return Err(records.wrong(
            "time may be missing between its records, but it has no annotations; expected them to say when each begins"
                .into(),
        ));
    };
    if records.n > MAX_RECORDS {
        return Err(records.wrong(format!(
            "time may be missing between its {} records; expected at most {MAX_RECORDS} of them",
            records.n
        )));
    }
    let mut starts_s = Vec::new();
    records.each(&signal.bytes, |_, bytes| {
        match start(bytes)? {
            Some(start_s) => starts_s.push(start_s),
            None => return Err("it does not say when it begins; expected a time first".into()),
        }
        Ok(())
    })?;
    Ok(starts_s)
}

/// When the file begins, in seconds behind the full one of its header.
///
/// # Errors
/// The file cannot be read.
pub fn first_start(header: &Header, records: &Records) -> Result<f64> {
    let Some(signal) = signals(header).next() else {
        return Ok(0.0);
    };
    let first = records.first(&signal.bytes)?;
    let start_s = start(&first).map_err(|what| records.wrong(format!("record 0: {what}")))?;
    Ok(start_s.unwrap_or(0.0))
}

/// When a record begins: its first list has an empty annotation first.
fn start(bytes: &[u8]) -> Result<Option<f64>, String> {
    let first = lists(bytes).next().transpose()?;
    let first = first.filter(|tal| matches!(tal.texts, [END] | [END, END, ..]));
    Ok(first.map(|tal| tal.onset_s))
}

/// All annotations, signal by signal.
///
/// # Errors
/// What is no annotation, or too many of them.
pub fn read(header: &Header, records: &Records) -> Result<Vec<Annotation>> {
    let mut found = Vec::new();
    let mut n_bytes = 0;
    for signal in signals(header) {
        records.each(&signal.bytes, |_, bytes| {
            for tal in lists(bytes) {
                let tal = tal?;
                for part in tal.texts.split(|&b| b == END).filter(|part| !part.is_empty()) {
                    n_bytes += part.len();
                    if found.len() == MOST || n_bytes > MAX_BYTES {
                        return Err(format!(
                            "more than {MOST} annotations before it, or more than {MAX_BYTES} bytes of them; expected fewer"
                        ));
                    }
                    found.push(Annotation {
                        onset_s: tal.onset_s,
                        duration_s: tal.duration_s,
                        text: text(part),
                    });
                }
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The lists in a record; each ends with a zero byte, more of which fill it.
fn lists(bytes: &[u8]) -> impl Iterator<Item = Result<Tal<'_>, String>> {
    let lists = bytes.split(|&b| b == 0).filter(|list| !list.is_empty());
    lists.map(|list| {
        tal(list).ok_or_else(|| {
            let list: String = list.iter().take(SHOWN).map(|&b| char::from(b)).collect();
            format!(
                "annotations hold \"{}\"; expected a time with its sign, as +1.5, and texts, each behind a byte 20",
                shorten(&printable(&list), SHOWN)
            )
        })
    })
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
        Some(duration) => Some(seconds(duration).filter(|s| *s >= 0.0)?),
    };
    Some(Tal {
        onset_s: seconds(onset)?,
        duration_s,
        texts,
    })
}

/// A number of seconds, written with digits and a point.
fn seconds(bytes: &[u8]) -> Option<f64> {
    let is_plain = |b: &u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.');
    if !bytes.iter().all(is_plain) {
        return None;
    }
    let seconds: f64 = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    (seconds.abs() <= MAX_S).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_those_of_the_standard() {
        // the examples of the standard, section 2.2.2
        let bytes =
            b"+0\x14\x14\0+180\x14Lights off\x14Close door\x14\0+1800.2\x1525.5\x14Apnea\x14\0\0\0";
        let found: Vec<Tal> = lists(bytes).map(Result::unwrap).collect();
        let want = |onset_s, duration_s, texts| Tal {
            onset_s,
            duration_s,
            texts,
        };
        assert_eq!(
            found,
            [
                want(0.0, None, b"\x14\x14"),
                want(180.0, None, b"\x14Lights off\x14Close door\x14"),
                want(1800.2, Some(25.5), b"\x14Apnea\x14"),
            ]
        );
        assert_eq!(start(b"+567\x14\x14\0"), Ok(Some(567.0)));
        assert_eq!(start(b"+567\x14\x14R\x14\0"), Ok(Some(567.0)));
        assert_eq!(start(b"-0.065\x14\x14\0"), Ok(Some(-0.065)));
        assert_eq!(start(b"+567\x14Lights\x14\0"), Ok(None));
        assert_eq!(start(b"\0\0\0\0"), Ok(None));
    }

    #[test]
    fn what_is_no_list_is_refused_as_it_was_found() {
        for list in [
            &b"567\x14\x14"[..],
            b"+567",
            b"+\x14x\x14",
            b"+1e3\x14x\x14",
            b"+nan\x14\x14",
            b"+1\x15-1\x14x\x14",
            b"+1\x15x\x14x\x14",
            b"\x1b[2J",
        ] {
            let error = lists(list).next().unwrap().unwrap_err();
            assert!(error.contains("annotations hold \""), "{error}");
            assert!(!error.contains('\x1b'), "{error:?}");
        }
    }
}
