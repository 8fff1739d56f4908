//! `[freqanalysis]`: the method, and what all methods share.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::advice::advice;
use super::compat::Compat;
use super::remark::Remark;
use super::{KEYS, MethodKey, N_SYNCOPY, keys, mtmconvol, mtmfft, superlet, wavelet, welch};
use crate::recording::Recording;
use crate::setting::{Entry, Key, Refusal, Section, Setting};

/// The methods there are.
pub const METHODS: &[&str] = &["mtmfft", "mtmconvol", "welch", "wavelet", "superlet"];

/// What `[freqanalysis]` asks for, checked as far as that is possible without the recording.
#[derive(Clone, Debug)]
pub struct Options {
    /// The method with its own options.
    pub(super) method: Method,
    /// Start on all cores; `None` leaves it to where the program runs.
    pub parallel: Option<bool>,
    /// Channels of one piece of work at most; whole trials, or what fits, when absent.
    pub chan_per_worker: Option<Setting<u64>>,
    /// Numbers to compute with.
    pub precision: Precision,
    /// What the user should know of values that often mean something else.
    pub advice: Vec<Remark>,
}

/// A method with its options.
#[derive(Clone, Debug)]
pub enum Method {
    /// Tapered FFT of whole trials.
    Mtmfft(mtmfft::Options),
    /// Tapered FFTs of sliding windows.
    Mtmconvol(mtmconvol::Options),
    /// Power averaged over windows.
    Welch(welch::Options),
    /// Continuous wavelet transform.
    Wavelet(wavelet::Options),
    /// Geometric means of wavelets.
    Superlet(superlet::Options),
}

/// Floating-point numbers to compute with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Double for recordings that need it, single for all others; stored single.
    Auto,
    /// Single.
    Single,
    /// Double, stored double.
    Double,
}

impl Precision {
    /// Whether spectra are computed in double precision.
    pub fn computes_double(self, recording_is_double: bool) -> bool {
        match self {
            Precision::Auto => recording_is_double,
            Precision::Single => false,
            Precision::Double => true,
        }
    }

    /// Whether spectra are stored in double precision.
    pub fn stores_double(self) -> bool {
        self == Precision::Double
    }
}

impl Options {
    /// Checks the entries of `[freqanalysis]`; keys of another method give a warning.
    ///
    /// # Errors
    /// Unknown keys and methods, and values that no recording makes legal.
    pub fn parse(
        entries: &BTreeMap<String, Entry>,
        warnings: &mut Vec<String>,
    ) -> Result<Options, Refusal> {
        let section = Section::unchecked("freqanalysis", &keys::PLAIN, entries);
        let method = match section.text("method")? {
            None => METHODS[0],
            Some(name) => name.try_map(|name| check_method(name))?.value,
        };
        let is_used = |name: &str| {
            KEYS.iter()
                .any(|key| key.key.name == name && key.is_used_by(method))
        };
        section.refuse_unknown(is_used)?;
        let is_missing = section.raw("method").is_none();
        for name in entries.keys().filter(|name| !is_used(name)) {
            if is_missing || is_changed(&section, name) {
                let place = &section.raw(name).expect("it was written").place;
                let taken = if is_missing {
                    ", which is taken since method is missing"
                } else {
                    ""
                };
                warnings.push(format!(
                    "{place}freqanalysis.{name} has no effect for {method}{taken}{}",
                    belongs(name)
                ));
            }
        }
        let compat = Compat::from_section(&section)?;
        Ok(Options {
            method: match method {
                "mtmconvol" => {
                    let windowed = mtmconvol::Windowed {
                        edges: &[
                            ("zero", mtmconvol::Edges::Zero),
                            ("drop", mtmconvol::Edges::Drop),
                            ("nan", mtmconvol::Edges::Nan),
                        ],
                        default: mtmconvol::Edges::Nan,
                        is_padded: false,
                    };
                    let options =
                        mtmconvol::Options::from_section(&section, windowed, compat, warnings)?;
                    Method::Mtmconvol(options)
                }
                "welch" => Method::Welch(welch::Options::from_section(&section, compat, warnings)?),
                "wavelet" => {
                    Method::Wavelet(wavelet::Options::from_section(&section, compat, warnings)?)
                }
                "superlet" => {
                    Method::Superlet(superlet::Options::from_section(&section, compat, warnings)?)
                }
                _ => Method::Mtmfft(mtmfft::Options::from_section(&section, compat, warnings)?),
            },
            parallel: section.flag("parallel")?.map(|parallel| parallel.value),
            chan_per_worker: section.count("chan_per_worker", 1)?,
            precision: match section
                .word("precision", &["auto", "single", "double"])?
                .map(|word| word.value)
            {
                Some("single") => Precision::Single,
                Some("double") => Precision::Double,
                _ => Precision::Auto,
            },
            advice: advice(&section, method),
        })
    }

    /// Syncopy's `cfg.freqanalysis`: every key of Syncopy's with the value in effect for the selected `recording`,
    /// Python's `None` as null. Keys that the method does not use hold their defaults.
    ///
    /// # Panics
    /// If [`Options::design`] refuses the recording.
    pub fn cfg(&self, recording: &Recording) -> Map<String, Value> {
        let mut cfg: Map<String, Value> = KEYS[..N_SYNCOPY]
            .iter()
            .map(|MethodKey { key, .. }| (key.name.to_owned(), to_json(&default_of(key))))
            .collect();
        let of_method = match &self.method {
            Method::Mtmfft(options) => options.cfg(recording),
            Method::Mtmconvol(options) => options.cfg("mtmconvol"),
            Method::Welch(options) => options.cfg(),
            Method::Wavelet(options) => options.cfg(),
            Method::Superlet(options) => options.cfg(),
        };
        for (name, value) in of_method {
            cfg[name] = value;
        }
        cfg.insert("parallel".into(), Value::from(self.parallel));
        cfg
    }
}

/// Whether the key has another value than its default, whichever method that is for.
fn is_changed(section: &Section, name: &str) -> bool {
    let mut known = KEYS.iter().filter(|known| known.key.name == name);
    let raw = section.raw(name);
    raw.is_some_and(|raw| known.all(|known| *raw.value != default_of(&known.key)))
}

/// The methods that a key is for, as they follow what is said of it; nothing where there are none.
fn belongs(name: &str) -> String {
    let is_for = |method: &&&str| {
        let mut known = KEYS.iter().filter(|known| known.key.name == name);
        known.any(|known| known.is_used_by(method))
    };
    let methods: Vec<&str> = METHODS.iter().filter(is_for).copied().collect();
    match methods.split_last() {
        None => String::new(),
        Some((last, [])) => format!("; it is a key of {last}"),
        Some((last, others)) => format!("; it is a key of {} and {last}", others.join(", ")),
    }
}

fn default_of(key: &Key) -> toml::Value {
    let table: toml::Table =
        toml::from_str(&format!("x = {}", key.default)).expect("defaults are TOML");
    table["x"].clone()
}

/// The method of that name.
///
/// # Errors
/// There is none.
pub fn check_method(name: &str) -> Result<&'static str, String> {
    let there = METHODS.join("\", \"");
    match METHODS.iter().find(|method| **method == name) {
        Some(method) => Ok(method),
        None => Err(format!("expected \"{there}\"")),
    }
}

fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(word) if word == "none" => Value::Null,
        other => serde_json::to_value(other).unwrap_or(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::recording::Trial;
    use crate::setting::Place;

    fn parse(written: &str) -> Result<(Options, Vec<String>), Refusal> {
        let table: toml::Table = toml::from_str(written).unwrap();
        let entry = |value| {
            Entry::new(
                value,
                Place::File {
                    path: "s.toml".into(),
                    line: 2,
                    column: 1,
                },
            )
        };
        let entries = table
            .into_iter()
            .map(|(key, value)| (key, entry(value)))
            .collect();
        let mut warnings = Vec::new();
        Ok((Options::parse(&entries, &mut warnings)?, warnings))
    }

    #[test]
    fn keys_of_another_method_give_a_warning_unless_they_hold_their_default_and_the_method_is_given()
     {
        let (_, warnings) = parse("t_ftimwin = 0.5\nwidth = 6\n").unwrap();
        let of = |key: &str, method: &str| {
            format!(
                "s.toml:2:1: freqanalysis.{key} has no effect for mtmfft, which is taken since method is missing; it is a key of \
                 {method}"
            )
        };
        let expected = [
            of("t_ftimwin", "mtmconvol and welch"),
            of("width", "wavelet"),
        ];
        assert_eq!(warnings, expected);
        let (_, warnings) = parse("method = \"mtmfft\"\nwidth = 6\n").unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        // a key has an entry for each of several methods, and one warning
        let (_, warnings) = parse("toi = 0.5\nedges = \"zero\"\nout = \"x\"\n").unwrap();
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        let (_, warnings) = parse("method = \"mtmfft\"\ntoi = 0.5\n").unwrap();
        assert_eq!(
            warnings,
            [
                "s.toml:2:1: freqanalysis.toi has no effect for mtmfft; it is a key of mtmconvol, welch, wavelet and superlet"
            ]
        );
    }

    #[test]
    fn an_unknown_key_lists_those_of_the_method_alone() {
        let refusal = parse("zzz = 1").expect_err("unknown").to_string();
        assert!(refusal.contains("known are method, output"), "{refusal}");
        for other in ["t_ftimwin", "wavelet", "order_max", " out,"] {
            assert!(!refusal.contains(other), "{refusal}");
        }
        let refusal = parse("t_ftimwn = 1").expect_err("misspelt").to_string();
        assert!(refusal.ends_with("did you mean t_ftimwin?"), "{refusal}");
    }

    #[test]
    fn an_unknown_method_lists_those_there_are() {
        let refusal = parse("method = \"foo\"").expect_err("unknown").to_string();
        assert!(
            refusal.contains("expected \"mtmfft\", \"mtmconvol\""),
            "{refusal}"
        );
    }

    fn recording() -> Recording {
        let trial = |number| Trial {
            number,
            start: 0,
            n_samples: 1000,
            offset: 0.0,
            info: Vec::new(),
            labels: Vec::new(),
        };
        Recording {
            sample_rate_hz: 1000.0,
            channels: Vec::new(),
            trials: (0..2).map(trial).collect(),
            is_double: false,
            trialinfo: Vec::new(),
            trial_labels: Vec::new(),
        }
    }

    fn cfg(written: &str) -> Map<String, Value> {
        parse(written).expect(written).0.cfg(&recording())
    }

    #[test]
    fn cfg_holds_syncopys_keys_with_none_as_null() {
        let cfg = cfg("taper = \"none\"\nfoilim = [150, 1.5]\nprecision = \"double\"\n");
        // a key has one value, however many entries; parallel is not among Syncopy's
        let names: std::collections::BTreeSet<&str> =
            KEYS[..N_SYNCOPY].iter().map(|key| key.key.name).collect();
        assert_eq!((names.len(), cfg.len()), (25, 26));
        assert_eq!(cfg["taper"], Value::Null);
        assert_eq!(cfg["foilim"], json!([1.5, 150]));
        assert_eq!(cfg["polyremoval"], json!(0));
        assert_eq!(cfg["foi"], Value::Null);
        assert_eq!(cfg["toi"], json!("all"));
        assert_eq!(cfg["parallel"], Value::Null);
        assert!(!cfg.contains_key("precision"));
    }

    #[test]
    fn cfg_holds_values_in_the_types_that_syncopy_takes() {
        let whole = cfg(
            "polyremoval = 1.0\ntapsmofrq = 3.0\nnTaper = 3.0\nfoi = \"all\"\nfoilim = \"all\"\n",
        );
        assert_eq!(whole["polyremoval"].to_string(), "1");
        assert_eq!(whole["tapsmofrq"].to_string(), "3");
        assert_eq!(whole["nTaper"].to_string(), "3");
        assert_eq!(
            (&whole["foi"], &whole["foilim"]),
            (&Value::Null, &Value::Null)
        );
        let window = cfg("taper = \"kaiser\"\ntaper_opt = { beta = 14.0 }\nnTaper = 3\n");
        assert_eq!(window["taper_opt"].to_string(), "{\"beta\":14}");
        assert_eq!(window["nTaper"], Value::Null);
        assert_eq!(cfg("output = \"complex\"")["output"], json!("fourier"));
        let others = cfg("width = \"wide\"\nout = \"x\"\n");
        assert_eq!(
            (&others["width"], &others["out"]),
            (&json!(6), &Value::Null)
        );
    }

    #[test]
    fn cfg_pads_to_our_number_of_samples_where_syncopy_cuts_off() {
        for (written, n) in [("1.0009", 1001.0), ("2", 2000.0), ("1.001", 1001.0)] {
            let pad = cfg(&format!("pad = {written}"))["pad"].as_f64().unwrap();
            assert_eq!((pad * 1000.0).trunc(), n, "{written}");
        }
    }
}
