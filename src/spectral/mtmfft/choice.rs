//! `estimate`: whether power is averaged over all tapers one by one (exact), or by way of those of the transition (fast).

use serde_json::{Map, Value, json};

use super::design::MAX_BY_LANES;
use super::transition::{ERROR_OF_LEVEL, ERROR_OF_POWER, Transitions};
use crate::setting::{Refusal, Section};
use crate::spectral::remark::Remark;
use crate::spectral::tapering::Tapers;

/// FFTs of two tapers that the quadratic form costs, in tapers.
pub(super) const FORM_TAPERS: usize = 5;

/// Tapers one by one, in single precision, that take the time of one of the transition, in double precision and for one
/// channel at a time: more where many channels are transformed at once and stay in the cache. On one core of a Zen 4
/// processor both took the same time at 7 for 8,000 and 20,000 samples, 3.6 for 65,536 and 2.2 for 100,000.
fn times_slower(n_samples: usize) -> usize {
    match n_samples {
        0..=0x8000 => 8,
        0x8001..=MAX_BY_LANES => 4,
        _ => 3,
    }
}

/// What the config asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Fast where that is faster and the error is below that of single precision.
    Auto,
    /// One by one.
    Exact,
    /// By way of the transition.
    Fast,
}

impl Choice {
    /// Reads `estimate`. `obstacle` says what else in the config the fast estimate cannot do, and what it can.
    ///
    /// # Errors
    /// An unknown word, or fast beside an obstacle.
    pub fn from_section(section: &Section, obstacle: Option<&str>) -> Result<Choice, Refusal> {
        let Some(word) = section.word("estimate", &["auto", "exact", "fast"])? else {
            return Ok(Choice::Auto);
        };
        match (word.value, obstacle) {
            ("fast", Some(obstacle)) => Err(word.refuse(format!(
                "{obstacle}; expected \"auto\" or \"exact\" here, \"fast\" for power averaged over dpss tapers"
            ))),
            ("fast", None) => Ok(Choice::Fast),
            ("exact", _) => Ok(Choice::Exact),
            _ => Ok(Choice::Auto),
        }
    }

    /// The transition by way of which power is averaged, if it is; `applies` says whether it can be. A function of the longest
    /// trial, the tapers and the precision alone, so that every job of this config and recording comes to the same.
    pub fn settle(
        self,
        tapers: &Tapers,
        longest: usize,
        applies: bool,
        computes_double: bool,
    ) -> Option<Transitions> {
        let Tapers::Dpss(prolate) = tapers else {
            return None;
        };
        let transitions = Transitions {
            prolate: prolate.clone(),
            most: usize::MAX,
        };
        let made = transitions.indices(longest).len();
        let work = (made + FORM_TAPERS).saturating_mul(times_slower(longest));
        let is_fast = match self {
            Choice::Exact => false,
            Choice::Fast => true,
            Choice::Auto => !computes_double && work <= prolate.count(longest),
        };
        (applies && is_fast).then_some(transitions)
    }
}

/// What the user should know of the choice.
pub(super) fn remark(transitions: &Transitions, longest: usize) -> Remark {
    Remark::Note(format!(
        "the fast estimate: {} of {} tapers are made, power errs by at most {ERROR_OF_POWER:.1e} of itself and \
         {ERROR_OF_LEVEL:.1e} of the level of white noise of the same energy; estimate = \"exact\" makes all",
        transitions.indices(longest).len(),
        transitions.prolate.count(longest),
    ))
}

/// The choice for the record.
pub(super) fn record(transitions: Option<&Transitions>) -> Map<String, Value> {
    let mut record = Map::new();
    let word = if transitions.is_some() {
        "fast"
    } else {
        "exact"
    };
    record.insert("estimate".into(), json!(word));
    if transitions.is_some() {
        record.insert(
            "estimate_error_bound".into(),
            json!({ "of_power": ERROR_OF_POWER, "of_white_level": ERROR_OF_LEVEL }),
        );
    }
    record
}
