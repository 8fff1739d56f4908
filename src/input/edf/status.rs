//! BioSemi's Status: the low 16 of its 24 bits are the trigger inputs, the others flags of the amplifier.
//!
//! Source: BioSemi, "How do I use the trigger inputs" (www.biosemi.com/faq/trigger_signals.htm).

use super::header::Signal;
use super::records::Records;
use crate::error::Result;

/// Triggers at most.
const MAX_TRIGGERS: usize = 1 << 20;

/// A trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The sample of this signal at which it begins.
    pub sample: u64,
    /// The trigger inputs.
    pub value: u16,
}

/// Where the trigger inputs rise: from zero, or to a larger value. What the first sample has did not begin there.
///
/// # Errors
/// Too many of them, or a file that cannot be read.
pub fn triggers(signal: &Signal, records: &Records) -> Result<Vec<Trigger>> {
    let mut found = Vec::new();
    let mut before = u16::MAX;
    records.each(&signal.bytes, |record, bytes| {
        let first = record * signal.n_samples;
        for (sample, [low, high, _]) in (first..).zip(bytes.as_chunks::<3>().0) {
            let value = u16::from_le_bytes([*low, *high]);
            if value > before {
                if found.len() == MAX_TRIGGERS {
                    return Err(format!(
                        "more than {MAX_TRIGGERS} triggers before it; expected fewer: cut trials without events"
                    ));
                }
                found.push(Trigger { sample, value });
            }
            before = value;
        }
        Ok(())
    })?;
    Ok(found)
}
