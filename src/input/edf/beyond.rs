//! Numbers beyond the digital range of their channel: the range or the numbers are wrong, and so are the samples.
//! A few records are looked at.

use super::header::Signal;
use super::records::Records;
use crate::error::Result;
use crate::input::location::Sample;
use crate::phrase::{count, listed};

/// Records that are looked at, spread over the file.
const MAX_RECORDS: u64 = 8;
/// Bytes of each of them that are looked at.
const MAX_RECORD_BYTES: u64 = 4 << 20;
/// Channels that the notice lists at most.
const MAX_LISTED: usize = 8;
/// Characters of a channel in the notice.
const SHOWN: usize = 60;

/// A channel whose digital range is narrower than what the format stores.
struct Narrow<'a> {
    signal: &'a Signal,
    limits: (f64, f64),
    /// The first number beyond the limits.
    beyond: Option<i32>,
}

/// A notice if some of these signals have numbers beyond their digital range.
///
/// # Errors
/// The file cannot be read.
pub fn notice(signals: &[&Signal], records: &Records, sample: Sample) -> Result<Option<String>> {
    let narrow = signals.iter().filter_map(|signal| {
        let limits = signal.range.digital_limits(sample)?;
        Some(Narrow {
            signal,
            limits,
            beyond: None,
        })
    });
    let mut narrow: Vec<Narrow> = narrow.collect();
    let Some(end) = narrow.iter().map(|channel| channel.signal.bytes.end).max() else {
        return Ok(None);
    };
    let part = 0..end.min(MAX_RECORD_BYTES);
    let n_looked_at = MAX_RECORDS.min(records.n);
    let mut bytes = vec![0; part.end as usize];
    for k in 0..n_looked_at {
        let record = k * (records.n - 1) / (n_looked_at - 1).max(1);
        records.read(&part, record, &mut bytes)?;
        narrow
            .iter_mut()
            .for_each(|channel| channel.look(&bytes, sample));
    }
    let names = narrow.iter().filter_map(|channel| {
        let (low, high) = channel.limits;
        let label = &channel.signal.label;
        Some(format!("{label} ({} of {low} to {high})", channel.beyond?))
    });
    let names: Vec<String> = names.collect();
    Ok((!names.is_empty()).then(|| {
        format!(
            "{} with numbers beyond the digital range of the header, in {} looked at; check their amplitude: {}",
            count(names.len() as u64, "channel"),
            count(n_looked_at, "record"),
            listed(&names, MAX_LISTED, SHOWN)
        )
    }))
}

impl Narrow<'_> {
    fn look(&mut self, record: &[u8], sample: Sample) {
        let end = self.signal.bytes.end.min(record.len() as u64);
        let first = self.signal.bytes.start.min(end);
        let (low, high) = self.limits;
        let numbers = record[first as usize..end as usize].chunks_exact(sample.bytes());
        let mut beyond = numbers
            .map(little_endian)
            .filter(|&x| f64::from(x) < low || f64::from(x) > high);
        self.beyond = self.beyond.or_else(|| beyond.next());
    }
}

/// A signed integer of two or three bytes.
fn little_endian(bytes: &[u8]) -> i32 {
    let unused = 8 * (4 - bytes.len());
    let unsigned = bytes
        .iter()
        .rev()
        .fold(0_u32, |x, &b| (x << 8) | u32::from(b));
    ((unsigned << unused) as i32) >> unused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_keep_their_sign() {
        assert_eq!(little_endian(&(-5_i16).to_le_bytes()), -5);
        assert_eq!(little_endian(&32767_i16.to_le_bytes()), 32767);
        assert_eq!(
            little_endian(&(-8_388_608_i32).to_le_bytes()[..3]),
            -8_388_608
        );
        assert_eq!(little_endian(&[0xff, 0xff, 0x7f]), 8_388_607);
    }
}
