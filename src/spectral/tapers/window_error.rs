//! Why a window cannot be had: at fault is its name, its options, or the length.

use super::window_parameters::{Legal, NAMES, Value, parameters};

/// Why there is no such window.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WindowError {
    /// No window has this name.
    #[error("unknown window \"{name}\"; known are {}", NAMES.join(", "))]
    UnknownName {
        /// The name found.
        name: String,
    },
    /// Slepian tapers are asked for by their bandwidth.
    #[error("window \"dpss\" is not chosen by name; set tapsmofrq to use Slepian tapers")]
    Dpss,
    /// An option the window does not have.
    #[error(
        "window \"{window}\" has no option \"{option}\"; {}",
        known_options(window)
    )]
    UnknownOption {
        /// The window.
        window: String,
        /// The option found.
        option: String,
    },
    /// An option without default is missing.
    #[error("window \"{window}\" needs the option \"{option}\" ({about})")]
    MissingOption {
        /// The window.
        window: String,
        /// The option.
        option: &'static str,
        /// What it is.
        about: &'static str,
    },
    /// An option has a value it must not have.
    #[error("option \"{option}\" of window \"{window}\" must be {legal}, found {found}")]
    IllegalValue {
        /// The window.
        window: String,
        /// The option.
        option: &'static str,
        /// Its legal values.
        legal: Legal,
        /// The value found.
        found: Value,
    },
    /// The window exists for even lengths only.
    #[error("window \"kaiser_bessel_derived\" needs an even number of samples, found {n_samples}")]
    OddLength {
        /// The length found.
        n_samples: usize,
    },
}

impl WindowError {
    /// Tells whether the options are at fault, rather than the name or the length.
    pub fn concerns_options(&self) -> bool {
        match self {
            Self::UnknownName { .. } | Self::Dpss | Self::OddLength { .. } => false,
            Self::UnknownOption { .. } | Self::MissingOption { .. } | Self::IllegalValue { .. } => {
                true
            }
        }
    }
}

fn known_options(window: &str) -> String {
    let names: Vec<_> = parameters(window)
        .into_iter()
        .flatten()
        .map(|parameter| parameter.name)
        .collect();
    if names.is_empty() {
        "it takes none".into()
    } else {
        format!("it takes {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::windows::Window;
    use super::*;

    fn refusal<const N: usize>(name: &str, given: [(&str, Value); N]) -> WindowError {
        let options = given.map(|(name, value)| (name.to_string(), value)).into();
        Window::from_name(name, Some(&options)).expect_err("the options are wrong")
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        for name in ["foo", "exponential", "", "Hann"] {
            let error = Window::from_name(name, None).expect_err("not a window");
            let start = format!("unknown window \"{name}\"; known are boxcar, triang, parzen");
            assert!(error.to_string().starts_with(&start), "{error}");
            assert!(!error.concerns_options());
        }
    }

    #[test]
    fn dpss_is_refused_with_a_hint_at_tapsmofrq() {
        let error = Window::from_name("dpss", None).expect_err("not chosen by name");
        assert!(error.to_string().contains("set tapsmofrq"), "{error}");
        assert!(!error.concerns_options());
    }

    #[test]
    fn missing_options_are_named() {
        let error = Window::from_name("kaiser", None).expect_err("beta is missing");
        let text = "window \"kaiser\" needs the option \"beta\"";
        assert!(error.to_string().starts_with(text), "{error}");
        assert!(error.concerns_options());
        let error = refusal("general_gaussian", [("p", Value::Number(1.0))]);
        assert!(error.to_string().contains("\"sig\""), "{error}");
    }

    #[test]
    fn unknown_options_are_refused() {
        let error = refusal("taylor", [("foo", Value::Flag(true))]);
        let text = "window \"taylor\" has no option \"foo\"; it takes nbar, sll, norm";
        assert_eq!(error.to_string(), text);
        let error = refusal("hann", [("beta", Value::Number(1.0))]);
        let text = "window \"hann\" has no option \"beta\"; it takes none";
        assert_eq!(error.to_string(), text);
        assert!(error.concerns_options());
    }

    #[test]
    fn illegal_values_are_refused() {
        let numbers = [
            ("kaiser", "beta", -1.0),
            ("kaiser", "beta", f64::NAN),
            ("kaiser_bessel_derived", "beta", 1e6),
            ("gaussian", "std", 0.0),
            ("gaussian", "std", -2.0),
            ("gaussian", "std", f64::INFINITY),
            ("tukey", "alpha", 1.5),
            ("tukey", "alpha", -0.1),
            ("general_hamming", "alpha", 2.0),
            ("chebwin", "at", 0.0),
            ("chebwin", "at", 1e5),
            ("taylor", "nbar", 0.0),
            ("taylor", "nbar", 2.5),
            ("taylor", "nbar", 1e12),
            ("taylor", "sll", -30.0),
            ("taylor", "norm", 1.0),
            ("general_cosine", "a", 0.5),
        ];
        for (name, option, number) in numbers {
            let error = refusal(name, [(option, Value::Number(number))]);
            assert!(
                matches!(error, WindowError::IllegalValue { .. }),
                "{name} {number}"
            );
            assert!(error.concerns_options());
        }
        for list in [vec![], vec![1.0, f64::NAN], vec![0.0; 100_000]] {
            let error = refusal("general_cosine", [("a", Value::List(list))]);
            assert!(matches!(error, WindowError::IllegalValue { .. }));
        }
        let error = refusal("tukey", [("alpha", Value::Number(1.5))]);
        let text = "option \"alpha\" of window \"tukey\" must be a number from 0 to 1, found 1.5";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn long_lists_are_not_repeated_in_the_text() {
        let error = refusal("general_cosine", [("a", Value::List(vec![0.0; 5000]))]);
        assert!(
            error.to_string().ends_with("found a list of 5000 numbers"),
            "{error}"
        );
    }
}
