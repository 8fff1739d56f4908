//! The windows' names and their parameters: what each takes, its default, its legal values.
//!
//! Names, order and defaults are those of `scipy.signal.windows` 1.10, as far as Syncopy accepts them. The legal values are
//! ours: SciPy answers a standard deviation of 0 with NaN.

use std::fmt;

/// The windows that can be chosen by name.
pub const NAMES: &[&str] = &[
    "boxcar",
    "triang",
    "parzen",
    "bohman",
    "blackman",
    "nuttall",
    "blackmanharris",
    "flattop",
    "bartlett",
    "barthann",
    "hamming",
    "kaiser",
    "kaiser_bessel_derived",
    "gaussian",
    "general_gaussian",
    "general_cosine",
    "general_hamming",
    "chebwin",
    "cosine",
    "hann",
    "tukey",
    "taylor",
    "lanczos",
];

/// Kaiser's β beyond which the first sample of his window would no longer be a positive number.
const MAX_BETA: f64 = 700.0;

/// Far below what float64 resolves (320 dB), and far from overflow.
const MAX_ATTENUATION_DB: f64 = 1000.0;

/// Terms of a sum that is computed for every sample; useful are fewer than ten.
const MAX_TERMS: usize = 1000;

/// Longer lists are not repeated in a message.
const MAX_SHOWN: usize = 10;

/// The value of a window's parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number; whole numbers too.
    Number(f64),
    /// A list of numbers.
    List(Vec<f64>),
    /// Yes or no.
    Flag(bool),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::List(numbers) if numbers.len() > MAX_SHOWN => {
                write!(f, "a list of {} numbers", numbers.len())
            }
            Self::List(numbers) => write!(f, "{numbers:?}"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// The values a parameter may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Legal {
    /// Any finite number above zero, up to a largest one.
    Positive {
        /// Largest legal number.
        max: f64,
    },
    /// A number from zero to a largest one.
    NotNegative {
        /// Largest legal number.
        max: f64,
    },
    /// A whole number from one to a largest one.
    Count {
        /// Largest legal number.
        max: usize,
    },
    /// Finite numbers, at least one.
    List {
        /// Largest legal length.
        max_len: usize,
    },
    /// Yes or no.
    Flag,
}

impl Legal {
    /// Tells whether `value` is one of these.
    pub fn allows(&self, value: &Value) -> bool {
        match (*self, value) {
            (Self::Positive { max }, Value::Number(x)) => 0.0 < *x && *x <= max,
            (Self::NotNegative { max }, Value::Number(x)) => 0.0 <= *x && *x <= max,
            (Self::Count { max }, Value::Number(x)) => {
                1.0 <= *x && *x <= max as f64 && x.fract() == 0.0
            }
            (Self::List { max_len }, Value::List(list)) => {
                (1..=max_len).contains(&list.len()) && list.iter().all(|x| x.is_finite())
            }
            (Self::Flag, Value::Flag(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Legal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Positive { max: f64::MAX } => write!(f, "a finite number above 0"),
            Self::Positive { max } => write!(f, "a number above 0, at most {max}"),
            Self::NotNegative { max } => write!(f, "a number from 0 to {max}"),
            Self::Count { max } => write!(f, "a whole number from 1 to {max}"),
            Self::List { max_len } => write!(f, "a list of 1 to {max_len} finite numbers"),
            Self::Flag => write!(f, "true or false"),
        }
    }
}

/// A parameter of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// SciPy's name for it.
    pub name: &'static str,
    /// The value if none is given; without it the parameter must be given.
    pub default: Option<Value>,
    /// The values it may have.
    pub legal: Legal,
    /// What it is, in a few words, with its unit.
    pub about: &'static str,
}

static BETA: [Parameter; 1] = [Parameter {
    name: "beta",
    default: None,
    legal: Legal::NotNegative { max: MAX_BETA },
    about: "shape: 0 is a boxcar, 14 has side lobes near -100 dB",
}];

static STD: [Parameter; 1] = [Parameter {
    name: "std",
    default: None,
    legal: Legal::Positive { max: f64::MAX },
    about: "standard deviation in samples",
}];

static P_SIG: [Parameter; 2] = [
    Parameter {
        name: "p",
        default: None,
        legal: Legal::Positive { max: f64::MAX },
        about: "shape: 1 is a Gaussian, 0.5 a Laplace distribution",
    },
    Parameter {
        name: "sig",
        default: None,
        legal: Legal::Positive { max: f64::MAX },
        about: "standard deviation in samples",
    },
];

static WEIGHTS: [Parameter; 1] = [Parameter {
    name: "a",
    default: None,
    legal: Legal::List { max_len: MAX_TERMS },
    about: "weights of the cosines, from the constant term on",
}];

static HAMMING_ALPHA: [Parameter; 1] = [Parameter {
    name: "alpha",
    default: None,
    legal: Legal::NotNegative { max: 1.0 },
    about: "weight of the constant term: 0.5 is hann, 0.54 is hamming",
}];

static AT: [Parameter; 1] = [Parameter {
    name: "at",
    default: None,
    legal: Legal::Positive {
        max: MAX_ATTENUATION_DB,
    },
    about: "attenuation of the side lobes in dB; below 45 dB unfit for spectra",
}];

static TUKEY_ALPHA: [Parameter; 1] = [Parameter {
    name: "alpha",
    default: Some(Value::Number(0.5)),
    legal: Legal::NotNegative { max: 1.0 },
    about: "share of the window inside the two cosine flanks",
}];

static TAYLOR: [Parameter; 3] = [
    Parameter {
        name: "nbar",
        default: Some(Value::Number(4.0)),
        legal: Legal::Count { max: MAX_TERMS },
        about: "number of nearly equal side lobes next to the main lobe, which counts as one",
    },
    Parameter {
        name: "sll",
        default: Some(Value::Number(30.0)),
        legal: Legal::Positive {
            max: MAX_ATTENUATION_DB,
        },
        about: "attenuation of these side lobes in dB",
    },
    Parameter {
        name: "norm",
        default: Some(Value::Flag(true)),
        legal: Legal::Flag,
        about: "whether the centre of the window is scaled to 1",
    },
];

/// Returns the parameters of a window in SciPy's order, or `None` for an unknown name.
pub fn parameters(name: &str) -> Option<&'static [Parameter]> {
    if !NAMES.contains(&name) {
        return None;
    }
    Some(match name {
        "kaiser" | "kaiser_bessel_derived" => &BETA,
        "gaussian" => &STD,
        "general_gaussian" => &P_SIG,
        "general_cosine" => &WEIGHTS,
        "general_hamming" => &HAMMING_ALPHA,
        "chebwin" => &AT,
        "tukey" => &TUKEY_ALPHA,
        "taylor" => &TAYLOR,
        _ => &[],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_in_the_list_have_parameters() {
        assert!(NAMES.iter().all(|name| parameters(name).is_some()));
        for name in ["foo", "dpss", "exponential", "Hann", ""] {
            assert_eq!(parameters(name), None, "{name}");
        }
    }

    #[test]
    fn every_default_is_legal() {
        for parameter in NAMES.iter().filter_map(|name| parameters(name)).flatten() {
            if let Some(default) = &parameter.default {
                assert!(parameter.legal.allows(default), "{}", parameter.name);
            }
        }
    }

    #[test]
    fn numbers_that_are_not_finite_are_never_legal() {
        let all = [
            Legal::Positive { max: f64::MAX },
            Legal::NotNegative { max: f64::MAX },
            Legal::Count { max: usize::MAX },
            Legal::List { max_len: 2 },
            Legal::Flag,
        ];
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for legal in all {
                assert!(!legal.allows(&Value::Number(number)), "{legal}: {number}");
                assert!(!legal.allows(&Value::List(vec![1.0, number])), "{legal}");
            }
        }
    }

    #[test]
    fn a_value_of_another_kind_is_not_legal() {
        let flag = Value::Flag(true);
        assert!(!Legal::Count { max: 4 }.allows(&flag));
        assert!(!Legal::Flag.allows(&Value::Number(1.0)));
        assert!(!Legal::List { max_len: 4 }.allows(&Value::Number(1.0)));
    }
}
