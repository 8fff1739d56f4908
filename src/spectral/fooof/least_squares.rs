//! Least squares without bounds: the crate `levenberg-marquardt`, a translation of MINPACK.
//!
//! Source: Moré (1978), The Levenberg–Marquardt algorithm, Lecture Notes in Mathematics 630, 105–116.

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::storage::Owned;
use nalgebra::{DMatrix, DVector, Dyn};

/// At which relative change of the squares or of the parameters, and at which slope, a fit ends: fooof's.
pub const TOLERANCE: f64 = 1e-5;
/// Evaluations of a fit per parameter; those that end take some dozens in all.
const PATIENCE: usize = 1000;
/// What stands for the distance to a curve that is not defined there: so far that no step leads to it.
const FAR: f64 = 1e10;

/// A curve over frequencies.
pub trait Curve {
    /// Its value at every frequency.
    fn values(&self, parameters: &[f64]) -> Vec<f64>;
    /// Its derivatives by the parameters, `(n_freqs, n_parameters)`.
    fn slopes(&self, parameters: &[f64]) -> DMatrix<f64>;
}

struct Fit<'a, C> {
    curve: &'a C,
    data: &'a [f64],
    parameters: DVector<f64>,
}

impl<C: Curve> LeastSquaresProblem<f64, Dyn, Dyn> for Fit<'_, C> {
    type ParameterStorage = Owned<f64, Dyn>;
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;

    fn set_params(&mut self, parameters: &DVector<f64>) {
        self.parameters.copy_from(parameters);
    }

    fn params(&self) -> DVector<f64> {
        self.parameters.clone()
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        let values = self.curve.values(self.parameters.as_slice());
        let distances = values.iter().zip(self.data).map(|(model, y)| model - y);
        let near = distances.map(|r| if r.is_finite() { r } else { FAR });
        Some(DVector::from_iterator(self.data.len(), near))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        let slopes = self.curve.slopes(self.parameters.as_slice());
        slopes
            .iter()
            .all(|slope| slope.is_finite())
            .then_some(slopes)
    }
}

/// The parameters with the least squares of the curve's distance to `data`, next to `start`; none if the fit does not end.
pub fn unbounded(curve: &impl Curve, data: &[f64], start: &[f64]) -> Option<Vec<f64>> {
    let parameters = DVector::from_column_slice(start);
    let fit = Fit {
        curve,
        data,
        parameters,
    };
    let solver = LevenbergMarquardt::new()
        .with_ftol(TOLERANCE)
        .with_xtol(TOLERANCE)
        .with_gtol(TOLERANCE)
        .with_patience(PATIENCE);
    let (fit, report) = solver.minimize(fit);
    let parameters = fit.parameters.as_slice().to_vec();
    let is_good = report.termination.was_successful() && parameters.iter().all(|p| p.is_finite());
    is_good.then_some(parameters)
}
