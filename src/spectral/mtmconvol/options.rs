//! The keys of methods with sliding windows, checked as far as that is possible without the recording.

use serde_json::{Value as Json, json};

use crate::setting::{Refusal, Section, Setting};
use crate::spectral::cfg::plain;
use crate::spectral::detrend::Detrend;
use crate::spectral::frequencies::Wanted;
use crate::spectral::needed::lacks;
use crate::spectral::quantity::Quantity;
use crate::spectral::tapering::{Level, Tapering};
use crate::spectral::toi::Toi;

/// What becomes of windows that reach beyond their trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// They hold zeros there.
    Zero,
    /// They are left out; the first window begins with the first sample.
    Drop,
    /// Their spectra are NaN.
    Nan,
}

/// What the config asks for.
#[derive(Clone, Debug)]
pub struct Options {
    pub(in crate::spectral) quantity: Setting<Quantity>,
    pub(in crate::spectral) keeptrials: Setting<bool>,
    pub(super) wanted: Wanted,
    pub(super) detrend: Detrend,
    pub(in crate::spectral) tapering: Tapering,
    pub(super) level: Level,
    pub(in crate::spectral) toi: Setting<Toi>,
    pub(super) t_ftimwin: Setting<f64>,
    pub(super) edges: Setting<Edges>,
}

impl Options {
    /// Reads the keys; `edges` are the words that the method knows.
    ///
    /// # Errors
    /// Values that no recording makes legal; no length of windows.
    pub fn from_section(
        section: &Section,
        edges: &[(&'static str, Edges)],
        warnings: &mut Vec<String>,
    ) -> Result<Options, Refusal> {
        let quantity = Quantity::from_section(section)?;
        let tapering = Tapering::from_section(section, &quantity, warnings)?;
        let Some(t_ftimwin) = section.number("t_ftimwin")? else {
            return Err(lacks(
                section,
                "t_ftimwin, the length of the sliding window in s",
            ));
        };
        let words: Vec<&'static str> = edges.iter().map(|(word, _)| *word).collect();
        let of_word = |word| edges.iter().find(|(known, _)| *known == word);
        let edges = match section.word("edges", &words)? {
            Some(word) => word.map(|word| of_word(word).expect("a known word").1),
            None => Setting::default_of("freqanalysis", "edges", Edges::Zero),
        };
        let keeptrials = section.flag("keeptrials")?;
        Ok(Options {
            wanted: Wanted::from_section(section, warnings)?,
            detrend: Detrend::from_section(section)?,
            level: Level::from_section(section)?,
            toi: Toi::from_section(section)?,
            keeptrials: keeptrials
                .unwrap_or_else(|| Setting::default_of("freqanalysis", "keeptrials", true)),
            quantity,
            tapering,
            t_ftimwin,
            edges,
        })
    }

    /// Syncopy's keys with the values that are in effect, `None` as null.
    pub fn cfg(&self, method: &str) -> Vec<(&'static str, Json)> {
        let mut cfg = vec![
            ("method", json!(method)),
            ("output", json!(self.quantity.value.word())),
            ("keeptrials", json!(self.keeptrials.value)),
            ("polyremoval", self.detrend.cfg()),
            ("toi", self.toi.value.cfg()),
            ("t_ftimwin", plain(self.t_ftimwin.value)),
        ];
        cfg.extend(self.wanted.cfg());
        cfg.extend(self.tapering.cfg());
        cfg
    }
}
