//! What is said of values of `[freqanalysis]` that are legal but often mean something else than what was wanted. Only what is known
//! without the recording; nothing is changed.

use super::keys::KEYS;
use super::remark::Remark;
use crate::setting::{Section, number};

/// Windows whose power Syncopy's scaling gets right, by design or as far as they are none.
const EXACT: [&str; 3] = ["hann", "boxcar", "none"];
/// Outputs whose mean over trials says how far phases agree, and little of their size.
const WITH_PHASE: [&str; 4] = ["fourier", "complex", "real", "imag"];

/// What the user of `method` should know.
pub fn advice(section: &Section, method: &str) -> Vec<Remark> {
    let known = [
        overlap(section, method),
        mean_of_phases(section, method),
        level(section, method),
    ];
    known.into_iter().flatten().collect()
}

/// A number where other programs take a time.
fn overlap(section: &Section, method: &str) -> Option<Remark> {
    let toi = section.raw("toi").filter(|_| method == "mtmconvol")?;
    let value = number(toi.value)?;
    let what = format!(
        "an overlap of neighbouring windows, not a time; a time is written as a list, toi = [{value}]"
    );
    Some(Remark::Note(toi.refuse(what).to_string()))
}

fn mean_of_phases(section: &Section, method: &str) -> Option<Remark> {
    let output = section.raw("output")?;
    let keeps = section.raw("keeptrials")?.value.as_bool()?;
    (!keeps && WITH_PHASE.contains(&word(section, method, "output").as_str())).then(|| {
        let what = "keeptrials = false gives the mean of complex coefficients, which vanishes unless phases are locked to time 0; \
                    that of \"pow\" or \"abs\" does not";
        Remark::Warning(output.refuse(what).to_string())
    })
}

/// What power depends on beside the signal.
fn level(section: &Section, method: &str) -> Option<Remark> {
    if word(section, method, "scaling") != "spectrum" || word(section, method, "output") == "angle"
    {
        return None;
    }
    if matches!(method, "wavelet" | "superlet") {
        return Some(Remark::Note(
            "power depends on the sample rate, as in Syncopy; with scaling = \"amplitude\" a sine of amplitude A has A²"
                .into(),
        ));
    }
    let taper = section.raw("taper")?;
    let is_exact = taper
        .value
        .as_str()
        .is_none_or(|name| EXACT.contains(&name));
    (!is_exact).then(|| {
        let what = "levels of power are exact for hann only, as in Syncopy; with scaling = \"density\" they are for all windows";
        Remark::Note(taper.refuse(what).to_string())
    })
}

/// The word that is written for a key, or its default.
fn word(section: &Section, method: &str, key: &str) -> String {
    let written = section.raw(key);
    let written = written.and_then(|raw| raw.value.as_str().map(str::to_owned));
    let of_method = |known: &&super::MethodKey| known.key.name == key && known.is_used_by(method);
    let default = || {
        let known = KEYS.iter().find(of_method);
        known
            .map_or("", |known| known.key.default.trim_matches('"'))
            .to_owned()
    };
    written.unwrap_or_else(default)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::setting::{Entry, Place};
    use crate::spectral::Options;

    /// What is said of these lines, and how often that is a warning.
    fn said(written: &str) -> (Vec<String>, usize) {
        let table: toml::Table = toml::from_str(written).unwrap();
        let entry = |value| Entry::new(value, Place::Default);
        let entries: BTreeMap<String, Entry> = table
            .into_iter()
            .map(|(key, value)| (key, entry(value)))
            .collect();
        let advice = Options::parse(&entries, &mut Vec::new())
            .expect(written)
            .advice;
        let is_warning = |remark: &&Remark| matches!(remark, Remark::Warning(_));
        let n_warnings = advice.iter().filter(is_warning).count();
        (advice.iter().map(Remark::to_string).collect(), n_warnings)
    }

    #[test]
    fn an_overlap_is_said_to_be_no_time() {
        let windows = "method = \"mtmconvol\"\nt_ftimwin = 0.5\n";
        let (texts, n_warnings) = said(&format!("{windows}toi = 0.5\n"));
        assert_eq!((texts.len(), n_warnings), (1, 0));
        assert!(
            texts[0].ends_with("written as a list, toi = [0.5]"),
            "{texts:?}"
        );
        assert!(said(&format!("{windows}toi = [0.5]\n")).0.is_empty());
        assert!(
            said("method = \"welch\"\nt_ftimwin = 0.5\ntoi = 0.5\n")
                .0
                .is_empty()
        );
    }

    #[test]
    fn a_mean_of_complex_numbers_gives_a_warning() {
        for output in ["fourier", "complex", "real", "imag"] {
            let (texts, n_warnings) = said(&format!("output = \"{output}\"\nkeeptrials = false\n"));
            assert_eq!((texts.len(), n_warnings), (1, 1), "{texts:?}");
            assert!(texts[0].contains("locked to time 0"), "{texts:?}");
            assert!(said(&format!("output = \"{output}\"\n")).0.is_empty());
        }
        assert!(said("output = \"abs\"\nkeeptrials = false\n").0.is_empty());
    }

    #[test]
    fn what_power_depends_on_is_said_once_and_of_exact_levels_nothing() {
        for quiet in [
            "",
            "taper = \"hann\"\n",
            "taper = \"boxcar\"\n",
            "taper = \"none\"\n",
            "tapsmofrq = 5\n",
            "taper = \"hamming\"\nscaling = \"density\"\n",
            "taper = \"hamming\"\noutput = \"angle\"\n",
            "method = \"wavelet\"\nscaling = \"amplitude\"\n",
            "method = \"wavelet\"\noutput = \"angle\"\n",
        ] {
            assert!(said(quiet).0.is_empty(), "{quiet}");
        }
        for (written, part) in [
            ("taper = \"hamming\"\n", "exact for hann only"),
            (
                "method = \"welch\"\nt_ftimwin = 1\ntoi = 0\ntaper = \"cosine\"\n",
                "\"density\"",
            ),
            ("method = \"wavelet\"\n", "\"amplitude\""),
            ("method = \"superlet\"\norder_max = 2\n", "\"amplitude\""),
        ] {
            let (texts, n_warnings) = said(written);
            assert_eq!((texts.len(), n_warnings), (1, 0), "{texts:?}");
            assert!(texts[0].contains(part), "{texts:?}");
        }
    }
}
