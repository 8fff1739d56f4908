//! Every key of `[freqanalysis]`: name, default, unit, legal values, and which methods use it. Syncopy's keys come
//! first, in Syncopy's order, which the `cfg` of a result repeats; the last ones are ours or steer the machine.

use crate::setting::Key;

/// A key of `[freqanalysis]` and the methods that use it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MethodKey {
    /// The key.
    pub key: Key,
    /// The methods it has an effect on; empty for all.
    pub methods: &'static [&'static str],
}

impl MethodKey {
    /// Whether the key has an effect on `method`.
    pub fn is_used_by(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.contains(&method)
    }
}

const fn key(
    name: &'static str,
    default: &'static str,
    unit: &'static str,
    methods: &'static [&'static str],
    legal: &'static str,
    about: &'static str,
) -> MethodKey {
    MethodKey {
        key: Key {
            name,
            default,
            unit,
            legal,
            about,
        },
        methods,
    }
}

const FFT: &[&str] = &["mtmfft"];
const CONVOL: &[&str] = &["mtmconvol"];
const WELCH: &[&str] = &["welch"];
const WAVELETS: &[&str] = &["wavelet", "superlet"];
const MTM: &[&str] = &["mtmfft", "mtmconvol", "welch"];
const WINDOWED: &[&str] = &["mtmconvol", "welch"];
const OVER_TIME: &[&str] = &["mtmconvol", "wavelet", "superlet"];
const WAVELET: &[&str] = &["wavelet"];
const SUPERLET: &[&str] = &["superlet"];

/// How many of [`KEYS`], from the first on, are Syncopy's own and belong into the `cfg` of a result.
pub const N_SYNCOPY: usize = 32;

/// All keys of `[freqanalysis]`.
#[rustfmt::skip]
pub const KEYS: &[MethodKey] = &[
    key("method", "\"mtmfft\"", "", &[], "\"mtmfft\", \"mtmconvol\", \"welch\", \"wavelet\" or \"superlet\"", "what is computed"),
    key("output", "\"pow\"", "", FFT,
        "\"pow\", \"abs\", \"fourier\", \"complex\", \"real\", \"imag\", \"angle\", \"absreal\", \"absimag\", \"fooof\", \"fooof_aperiodic\", \
         \"fooof_peaks\"",
        "what is stored of each coefficient; power is in the square of the recording's unit; or a model of the power, or part of it"),
    key("output", "\"pow\"", "", WELCH, "\"pow\"", "what is stored: power, in the square of the recording's unit"),
    key("output", "\"pow\"", "", OVER_TIME,
        "\"pow\", \"abs\", \"fourier\", \"complex\", \"real\", \"imag\", \"angle\", \"absreal\", \"absimag\"",
        "what is stored of each coefficient; power is in the square of the recording's unit"),
    key("keeptrials", "true", "", &[], "true or false", "one spectrum per trial, or their average"),
    key("foi", "\"none\"", "Hz", WAVELETS, "\"none\", \"all\" or a list above 0, up to half the sample rate",
        "frequencies of interest; without foi and foilim automatic scales, four per octave"),
    key("foi", "\"none\"", "Hz", MTM, "\"none\", \"all\" or a list from 0 to half the sample rate",
        "frequencies of interest; the nearest of the grid is taken"),
    key("foilim", "\"none\"", "Hz", WAVELETS, "\"none\", \"all\" or [lowest, highest]",
        "frequencies between two above 0 in steps of 1 Hz, from the lowest on"),
    key("foilim", "\"none\"", "Hz", MTM, "\"none\", \"all\" or [lowest, highest]",
        "all frequencies of the grid between two, both included"),
    key("pad", "\"maxperlen\"", "s", WELCH, "\"maxperlen\", \"nextpow2\" or the padded length in seconds",
        "length that zeros are added up to: that of the windows, the next power of two, or a time"),
    key("pad", "\"maxperlen\"", "s", FFT, "\"maxperlen\", \"nextpow2\" or the padded length in seconds",
        "length that zeros are added up to: the longest trial, the next power of two, or a time"),
    key("polyremoval", "0", "", &[], "0 (mean), 1 (straight line) or \"none\"", "what is subtracted from every trial and channel"),
    key("taper", "\"hann\"", "", MTM, "a window of scipy.signal.windows, or \"none\"",
        "the window every trial, or sliding window, is multiplied with; leave it out with tapsmofrq"),
    key("demean_taper", "false", "", FFT, "true or false", "subtract the mean once more, after the taper"),
    key("taper_opt", "\"none\"", "", MTM, "a table, as { beta = 14 }", "parameters of the window, for those that have any"),
    key("tapsmofrq", "\"none\"", "Hz", MTM, "\"none\" or a number from 1 / (length of the shortest trial or window) up",
        "smoothing: spectra are concentrated to plus and minus this, in every trial; switches multitapering on"),
    key("nTaper", "\"none\"", "", MTM, "\"none\" or a whole number from 1 up", "number of tapers, instead of the best one"),
    key("keeptapers", "false", "", WELCH, "false", "windows are averaged, and tapers with them"),
    key("keeptapers", "false", "", &["mtmfft", "mtmconvol"], "true or false", "one spectrum per taper, or their average"),
    key("toi", "\"all\"", "s", WAVELETS, "\"all\" or a list of times",
        "times of interest: every sample, or times from time 0 of every trial"),
    key("toi", "\"all\"", "s", WINDOWED, "\"all\", an overlap of neighbouring windows from 0 to 1, or a list of times",
        "times of interest: every sample, windows that overlap so far (all that welch takes), or times from time 0 of every trial"),
    key("t_ftimwin", "\"none\"", "s", WINDOWED, "a number from one sample to the longest trial", "length of the sliding window"),
    key("wavelet", "\"Morlet\"", "", WAVELET, "\"Morlet\", \"Paul\", \"DOG\", \"Ricker\", \"Marr\" or \"Mexican_hat\"",
        "the wavelet; the last three are DOG of order 2"),
    key("width", "6", "", WAVELET, "a number from 1 to a million", "the Morlet wavelet's frequency times its standard deviation, 2π f σ"),
    key("order", "\"none\"", "", WAVELET, "a whole number, from 4 up for Paul, from 1 up for DOG", "order of Paul's wavelet, or of the derivative"),
    key("order_max", "\"none\"", "", SUPERLET, "a whole number from 1 up", "highest order of the superlets"),
    key("order_min", "1", "", SUPERLET, "a whole number from 1 to order_max", "lowest order of the superlets"),
    key("c_1", "3", "", SUPERLET, "a whole number from 1 up", "cycles of the wavelet of order 1"),
    key("adaptive", "false", "", SUPERLET, "true or false", "let the order rise with the frequency, in fractions"),
    key("out", "\"none\"", "", &["none"], "\"none\"", "without effect, as in Syncopy"),
    key("fooof_opt", "\"none\"", "", FFT, "a table, as { aperiodic_mode = \"knee\", peak_width_limits = [1, 8] }",
        "settings of the model: peak_width_limits (Hz), max_n_peaks, min_peak_height, peak_threshold, aperiodic_mode"),
    key("ft_compat", "false", "", FFT, "true or false", "scale as FieldTrip does, by the padded length"),
    key("parallel", "\"none\"", "", &[], "true, false or \"none\" (only inside a Slurm allocation)",
        "start on all cores of this machine, or of the Slurm allocation"),
    key("chan_per_worker", "\"none\"", "", &[], "\"none\" (whole trials, or what fits) or a whole number from 1 up",
        "channels of one piece of work at most"),
    key("precision", "\"auto\"", "", &[],
        "\"auto\" (double for doubles and integers of 32 or 64 bits, else single), \"single\" or \"double\" (stored too)",
        "floating-point numbers to compute with"),
    key("scaling", "\"spectrum\"", "", MTM, "\"spectrum\" or \"density\"",
        "power as in Syncopy, in the square of the recording's unit, or its one-sided density, in that per Hz"),
    key("scaling", "\"spectrum\"", "", WAVELETS, "\"spectrum\" or \"amplitude\"",
        "coefficients as in Syncopy, or so that a sine of amplitude A has A at any sample rate"),
    key("edges", "\"nan\"", "", CONVOL, "\"nan\", \"drop\" or \"zero\"",
        "windows beyond the ends of a trial: their spectra are NaN, they are left out, or they hold zeros there"),
    key("edges", "\"drop\"", "", WELCH, "\"drop\" or \"zero\"",
        "windows beyond the ends of a trial: they are left out, as in the textbooks, or hold zeros there"),
    key("edges", "\"nan\"", "", WAVELETS, "\"nan\", \"trial\" or \"zero\"",
        "times within 3 standard deviations of a wavelet of the ends of a trial: NaN, or as if the trial were zero beyond them"),
    key("nan", "\"omit\"", "", &[], "\"omit\" or \"propagate\"",
        "what a trial with NaN in its samples does to averages: it is left out, and counted in n, or they are NaN"),
    key("min_trials", "1", "", &[], "a whole number from 1 up", "averages of fewer trials are NaN"),
    key("compat", "\"none\"", "", &[], "\"none\" or \"syncopy\"",
        "whose conventions hold where the config leaves a choice: those of textbooks, SciPy and FieldTrip, or Syncopy's"),
    key("average", "\"mean\"", "", WELCH, "\"mean\" or \"median\"", "what becomes of the windows of a trial"),
    key("estimate", "\"auto\"", "", FFT, "\"auto\" (fast where it pays), \"exact\" or \"fast\"",
        "mean power over all tapers one by one, or by way of few of them with an error below that of single precision"),
];

/// The same keys without their methods.
pub const PLAIN: [Key; KEYS.len()] = {
    let mut plain = [KEYS[0].key; KEYS.len()];
    let mut i = 0;
    while i < KEYS.len() {
        plain[i] = KEYS[i].key;
        i += 1;
    }
    plain
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectral::fooof;
    use crate::spectral::quantity::WORDS;

    #[test]
    fn the_legal_outputs_are_those_that_are_understood() {
        let legal = |method| {
            let output = |key: &&MethodKey| key.key.name == "output" && key.is_used_by(method);
            KEYS.iter().find(output).unwrap().key.legal
        };
        let quoted = |word: &str| format!("\"{word}\"");
        let words = WORDS.iter().map(|(word, _)| quoted(word));
        assert_eq!(
            legal("wavelet"),
            words.clone().collect::<Vec<_>>().join(", ")
        );
        assert_eq!(legal("welch"), "\"pow\"");
        let models = fooof::WORDS.iter().map(|(word, _)| quoted(word));
        let words: Vec<String> = words.chain(models).collect();
        assert_eq!(legal("mtmfft"), words.join(", "));
    }

    #[test]
    fn syncopys_keys_come_first_and_every_default_is_toml() {
        assert_eq!(KEYS[N_SYNCOPY - 1].key.name, "ft_compat");
        for MethodKey { key, .. } in KEYS {
            assert!(
                toml::from_str::<toml::Table>(&format!("x = {}", key.default)).is_ok(),
                "{}",
                key.name
            );
        }
    }
}
