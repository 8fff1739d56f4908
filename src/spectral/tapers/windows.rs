//! Windows chosen by name: every symmetric window of `scipy.signal.windows` that Syncopy accepts.
//!
//! Here is the choice. Names and parameters are in `window_parameters`, formulas in `window_formulas`, `kaiser` and
//! `chebyshev`. Slepian tapers are not chosen by name; they are in `dpss`.

use std::collections::BTreeMap;

use super::window_error::WindowError;
use super::window_parameters::{Parameter, Value, parameters};
use super::{chebyshev, kaiser, window_formulas as formulas};

/// A window with the values of its parameters, all checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// All ones.
    Boxcar,
    /// A triangle whose ends are above zero.
    Triang,
    /// A piecewise cubic.
    Parzen,
    /// A half cosine convolved with itself.
    Bohman,
    /// Three cosine terms.
    Blackman,
    /// Four cosine terms, as given by Nuttall.
    Nuttall,
    /// Four cosine terms, as given by Harris.
    BlackmanHarris,
    /// Five cosine terms with a flat main lobe.
    FlatTop,
    /// A triangle that ends with zeros.
    Bartlett,
    /// A triangle and a cosine.
    BartHann,
    /// A cosine on a pedestal.
    Hamming,
    /// Kaiser's approximation to the first Slepian taper.
    Kaiser {
        /// Shape.
        beta: f64,
    },
    /// Root of a running sum over a Kaiser window; for even lengths.
    KaiserBesselDerived {
        /// Shape.
        beta: f64,
    },
    /// A Gaussian.
    Gaussian {
        /// Standard deviation in samples.
        std: f64,
    },
    /// A Gaussian with another exponent.
    GeneralGaussian {
        /// Half the exponent.
        p: f64,
        /// Standard deviation in samples.
        sig: f64,
    },
    /// A sum of cosines.
    GeneralCosine {
        /// Weights, from the constant term on.
        a: Vec<f64>,
    },
    /// A cosine on a pedestal of any height.
    GeneralHamming {
        /// Weight of the constant term.
        alpha: f64,
    },
    /// Dolph's window: the narrowest main lobe for its side lobes.
    ChebWin {
        /// Attenuation of the side lobes in dB.
        at: f64,
    },
    /// Half a period of a sine.
    Cosine,
    /// A raised cosine that ends with zeros.
    Hann,
    /// A plateau with cosine flanks.
    Tukey {
        /// Share of the window inside the flanks.
        alpha: f64,
    },
    /// Taylor's window: a few nearly equal side lobes, then falling ones.
    Taylor {
        /// Number of nearly equal side lobes.
        nbar: usize,
        /// Their attenuation in dB.
        sll: f64,
        /// Whether the centre is scaled to 1.
        norm: bool,
    },
    /// The main lobe of a sinc function.
    Lanczos,
}

impl Window {
    /// Chooses a window by SciPy's name and the values of its parameters.
    ///
    /// Parameters with a default may be left out; no options and an empty map are the same.
    ///
    /// # Errors
    /// If the name is unknown, or "dpss", or "exponential", which Syncopy does not take; if an option is missing, unknown
    /// or has an illegal value.
    pub fn from_name(
        name: &str,
        options: Option<&BTreeMap<String, Value>>,
    ) -> Result<Self, WindowError> {
        let parameters = match (name, parameters(name)) {
            (_, Some(parameters)) => parameters,
            ("dpss", None) => return Err(WindowError::Dpss),
            (_, None) => return Err(WindowError::UnknownName { name: name.into() }),
        };
        let values = checked_values(name, parameters, options)?;
        Ok(match (name, values.as_slice()) {
            ("boxcar", []) => Self::Boxcar,
            ("triang", []) => Self::Triang,
            ("parzen", []) => Self::Parzen,
            ("bohman", []) => Self::Bohman,
            ("blackman", []) => Self::Blackman,
            ("nuttall", []) => Self::Nuttall,
            ("blackmanharris", []) => Self::BlackmanHarris,
            ("flattop", []) => Self::FlatTop,
            ("bartlett", []) => Self::Bartlett,
            ("barthann", []) => Self::BartHann,
            ("hamming", []) => Self::Hamming,
            ("kaiser", &[Value::Number(beta)]) => Self::Kaiser { beta },
            ("kaiser_bessel_derived", &[Value::Number(beta)]) => Self::KaiserBesselDerived { beta },
            ("gaussian", &[Value::Number(std)]) => Self::Gaussian { std },
            ("general_gaussian", &[Value::Number(p), Value::Number(sig)]) => {
                Self::GeneralGaussian { p, sig }
            }
            ("general_cosine", [Value::List(a)]) => Self::GeneralCosine { a: a.clone() },
            ("general_hamming", &[Value::Number(alpha)]) => Self::GeneralHamming { alpha },
            ("chebwin", &[Value::Number(at)]) => Self::ChebWin { at },
            ("cosine", []) => Self::Cosine,
            ("hann", []) => Self::Hann,
            ("tukey", &[Value::Number(alpha)]) => Self::Tukey { alpha },
            ("taylor", &[Value::Number(nbar), Value::Number(sll), Value::Flag(norm)]) => {
                let nbar = nbar as usize;
                Self::Taylor { nbar, sll, norm }
            }
            ("lanczos", []) => Self::Lanczos,
            _ => unreachable!("every name has its variant, every legal value its kind"),
        })
    }

    /// Doubles that are held at most while [`Window::sample`] computes the window, itself among them.
    pub fn making(&self, n_samples: usize) -> usize {
        match self {
            // half a window and its running sum
            Self::KaiserBesselDerived { .. } => 2 * n_samples + 2,
            Self::ChebWin { .. } => n_samples + chebyshev::making(n_samples),
            _ => n_samples,
        }
    }

    /// Computes the window, symmetric about its centre: `n_samples` values without unit, the largest about 1.
    ///
    /// A single sample is 1 for every window, as in SciPy. Two samples of a window that ends with zeros are both zero:
    /// whoever divides by the sum must look.
    ///
    /// # Errors
    /// If `n_samples` is odd and the window is `KaiserBesselDerived`.
    pub fn sample(&self, n_samples: usize) -> Result<Vec<f64>, WindowError> {
        let n = n_samples;
        if matches!(self, Self::KaiserBesselDerived { .. }) && !n.is_multiple_of(2) {
            return Err(WindowError::OddLength { n_samples });
        }
        if n <= 1 {
            return Ok(vec![1.0; n]);
        }
        Ok(match *self {
            Self::Boxcar => vec![1.0; n],
            Self::Triang => formulas::triang(n),
            Self::Parzen => formulas::parzen(n),
            Self::Bohman => formulas::bohman(n),
            Self::Blackman => formulas::sum_of_cosines(n, &formulas::BLACKMAN),
            Self::Nuttall => formulas::sum_of_cosines(n, &formulas::NUTTALL),
            Self::BlackmanHarris => formulas::sum_of_cosines(n, &formulas::BLACKMAN_HARRIS),
            Self::FlatTop => formulas::sum_of_cosines(n, &formulas::FLAT_TOP),
            Self::Bartlett => formulas::bartlett(n),
            Self::BartHann => formulas::barthann(n),
            Self::Hamming => formulas::sum_of_cosines(n, &formulas::HAMMING),
            Self::Kaiser { beta } => kaiser::kaiser(n, beta),
            Self::KaiserBesselDerived { beta } => kaiser::kaiser_bessel_derived(n, beta),
            Self::Gaussian { std } => formulas::general_gaussian(n, 1.0, std),
            Self::GeneralGaussian { p, sig } => formulas::general_gaussian(n, p, sig),
            Self::GeneralCosine { ref a } => formulas::sum_of_cosines(n, a),
            Self::GeneralHamming { alpha } => formulas::sum_of_cosines(n, &[alpha, 1.0 - alpha]),
            Self::ChebWin { at } => chebyshev::chebwin(n, at),
            Self::Cosine => formulas::cosine(n),
            Self::Hann => formulas::sum_of_cosines(n, &formulas::HANN),
            Self::Tukey { alpha } => formulas::tukey(n, alpha),
            Self::Taylor { nbar, sll, norm } => formulas::taylor(n, nbar, sll, norm),
            Self::Lanczos => formulas::lanczos(n),
        })
    }
}

/// Returns the values of a window's parameters, in their order.
fn checked_values(
    window: &str,
    parameters: &[Parameter],
    options: Option<&BTreeMap<String, Value>>,
) -> Result<Vec<Value>, WindowError> {
    let is_known = |option: &str| parameters.iter().any(|known| known.name == option);
    let mut given = options.into_iter().flatten();
    if let Some((option, _)) = given.find(|(option, _)| !is_known(option)) {
        return Err(WindowError::UnknownOption {
            window: window.into(),
            option: option.clone(),
        });
    }
    let value = |parameter: &Parameter| {
        let given = options.and_then(|options| options.get(parameter.name));
        let Some(value) = given.or(parameter.default.as_ref()) else {
            return Err(WindowError::MissingOption {
                window: window.into(),
                option: parameter.name,
                about: parameter.about,
            });
        };
        if !parameter.legal.allows(value) {
            return Err(WindowError::IllegalValue {
                window: window.into(),
                option: parameter.name,
                legal: parameter.legal,
                found: value.clone(),
            });
        }
        Ok(value.clone())
    };
    parameters.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::window_parameters::NAMES;
    use super::*;

    fn options<const N: usize>(given: [(&str, Value); N]) -> BTreeMap<String, Value> {
        given.map(|(name, value)| (name.to_string(), value)).into()
    }

    /// One window of every name, with options where they are needed.
    fn every_window() -> Vec<Window> {
        let required = |name: &str| match name {
            "kaiser" | "kaiser_bessel_derived" => options([("beta", Value::Number(8.6))]),
            "gaussian" => options([("std", Value::Number(3.0))]),
            "general_gaussian" => options([("p", Value::Number(1.5)), ("sig", Value::Number(2.0))]),
            "general_cosine" => options([("a", Value::List(vec![0.4, 0.5, 0.1]))]),
            "general_hamming" => options([("alpha", Value::Number(0.6))]),
            "chebwin" => options([("at", Value::Number(80.0))]),
            _ => options([]),
        };
        let named = |name: &&str| Window::from_name(name, Some(&required(name)));
        let windows: Result<_, _> = NAMES.iter().map(named).collect();
        windows.expect("every name is known and the options are right")
    }

    #[test]
    fn every_name_has_a_window_that_no_other_name_has() {
        let windows = every_window();
        for (i, window) in windows.iter().enumerate() {
            assert!(!windows[..i].contains(window), "{window:?}");
        }
    }

    #[test]
    fn windows_are_symmetric_to_the_bit_and_finite() {
        for window in every_window() {
            for n_samples in (1..40).chain([255, 256, 1000, 1001]) {
                let Ok(values) = window.sample(n_samples) else {
                    assert_eq!(window, Window::KaiserBesselDerived { beta: 8.6 });
                    continue;
                };
                assert_eq!(values.len(), n_samples);
                assert!(
                    values.iter().all(|value| value.is_finite()),
                    "{window:?} {n_samples}"
                );
                assert!(
                    values.iter().eq(values.iter().rev()),
                    "{window:?} {n_samples}"
                );
            }
        }
    }

    #[test]
    fn a_single_sample_is_one() {
        for window in every_window() {
            let derived = matches!(window, Window::KaiserBesselDerived { .. });
            assert!(derived || window.sample(1) == Ok(vec![1.0]), "{window:?}");
        }
    }

    #[test]
    fn the_derived_kaiser_window_refuses_odd_lengths() {
        let error = Window::KaiserBesselDerived { beta: 4.0 }.sample(9);
        assert_eq!(error, Err(WindowError::OddLength { n_samples: 9 }));
    }

    #[test]
    fn defaults_are_those_of_scipy() {
        let taylor = Window::Taylor {
            nbar: 4,
            sll: 30.0,
            norm: true,
        };
        assert_eq!(Window::from_name("taylor", None), Ok(taylor));
        let tukey = Window::Tukey { alpha: 0.5 };
        assert_eq!(Window::from_name("tukey", Some(&options([]))), Ok(tukey));
    }

    #[test]
    fn given_options_replace_defaults() {
        let given = options([("nbar", Value::Number(6.0)), ("norm", Value::Flag(false))]);
        let taylor = Window::Taylor {
            nbar: 6,
            sll: 30.0,
            norm: false,
        };
        assert_eq!(Window::from_name("taylor", Some(&given)), Ok(taylor));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn legal_options_give_finite_windows(
            n_samples in 0_usize..80,
            beta in 0.0..=700.0,
            exponent in -300.0..300.0,
            alpha in 0.0..=1.0,
            nbar in 1_usize..=1000,
            db in 1e-6..=1000.0,
            norm: bool,
        ) {
            let size = libm::exp10(exponent);
            for window in [
                Window::Kaiser { beta },
                Window::Gaussian { std: size },
                Window::GeneralGaussian { p: alpha + 1e-3, sig: size },
                Window::GeneralGaussian { p: size, sig: 2.0 },
                Window::GeneralHamming { alpha },
                Window::Tukey { alpha },
                Window::Tukey { alpha: size.min(1.0) },
                Window::ChebWin { at: db },
                Window::Taylor { nbar, sll: db, norm },
            ] {
                let values = window.sample(n_samples)?;
                prop_assert_eq!(values.len(), n_samples);
                prop_assert!(values.iter().all(|value| value.is_finite()), "{:?}", window);
            }
        }
    }
}
