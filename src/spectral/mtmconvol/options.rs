//! The keys of methods with sliding windows, checked as far as that is possible without the recording.

use serde_json::{Value as Json, json};

use crate::setting::{Refusal, Section, Setting};
use crate::spectral::averaging::AverageKeys;
use crate::spectral::cfg::plain;
use crate::spectral::compat::Compat;
use crate::spectral::detrend::Detrend;
use crate::spectral::frequencies::Wanted;
use crate::spectral::mtmfft::Pad;
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
    pub(in crate::spectral) averages: AverageKeys,
    pub(super) wanted: Wanted,
    pub(super) detrend: Detrend,
    pub(in crate::spectral) tapering: Tapering,
    pub(super) level: Level,
    pub(in crate::spectral) toi: Setting<Toi>,
    pub(super) t_ftimwin: Setting<f64>,
    pub(super) edges: Setting<Edges>,
    pub(super) pad: Setting<Pad>,
    is_padded: bool,
    pub(in crate::spectral) compat: Compat,
}

/// What methods with sliding windows differ in.
#[derive(Clone, Copy, Debug)]
pub struct Windowed {
    /// The words that `edges` may have.
    pub edges: &'static [(&'static str, Edges)],
    /// What becomes of edges by default, unless Syncopy's conventions hold.
    pub default: Edges,
    /// Whether windows may be padded.
    pub is_padded: bool,
}

impl Options {
    /// Reads the keys of a method.
    ///
    /// # Errors
    /// Values that no recording makes legal; no length of windows.
    pub fn from_section(
        section: &Section,
        method: Windowed,
        compat: Compat,
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
        let words: Vec<&'static str> = method.edges.iter().map(|(word, _)| *word).collect();
        let of_word = |word| method.edges.iter().find(|(known, _)| *known == word);
        let default = match compat {
            Compat::Syncopy => Edges::Zero,
            Compat::None => method.default,
        };
        let edges = match section.word("edges", &words)? {
            Some(word) => word.map(|word| of_word(word).expect("a known word").1),
            None => Setting::default_of("freqanalysis", "edges", default),
        };
        Ok(Options {
            wanted: Wanted::from_section(section, warnings)?,
            detrend: Detrend::from_section(section)?,
            level: Level::from_section(section)?,
            toi: Toi::from_section(section)?,
            averages: AverageKeys::from_section(section, compat, warnings)?,
            pad: if method.is_padded {
                Pad::from_section(section)?
            } else {
                Setting::default_of("freqanalysis", "pad", Pad::Maxperlen)
            },
            is_padded: method.is_padded,
            compat,
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
            ("keeptrials", json!(self.averages.keeptrials.value)),
            ("polyremoval", self.detrend.cfg()),
            ("toi", self.toi.value.cfg()),
            ("t_ftimwin", plain(self.t_ftimwin.value)),
        ];
        if self.is_padded {
            cfg.push(("pad", self.pad.value.cfg()));
        }
        cfg.extend(self.wanted.cfg());
        cfg.extend(self.tapering.cfg());
        cfg
    }
}
