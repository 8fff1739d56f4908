//! Least squares within bounds: steps in a region of trust, reflected where they meet a bound.
//!
//! A sum of Gaussians has many minima next to each other; which of them is found depends on the path. This is the path of
//! SciPy's `curve_fit`, so that peaks are those of fooof.
//!
//! Source: Branch, Coleman & Li (1999), A subspace, interior, and conjugate gradient method for large-scale bound-constrained
//! minimization problems, SIAM J. Sci. Comput. 21, 1–23; Moré & Sorensen (1983), Computing a trust region step, SIAM J. Sci.
//! Stat. Comput. 4, 553–572; rules that the papers leave open (radius, reflection, ends) are SciPy's.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::least_squares::{Curve, TOLERANCE};

/// Evaluations of a fit that does not end by itself; those that do take some dozens.
const MAX_EVALUATIONS: usize = 1000;
/// Distance from the bounds at which a fit begins, relative to them.
const FROM_THE_BOUNDS: f64 = 1e-10;
/// How well a step fills the region of trust.
const RADIUS_ERROR: f64 = 0.01;
/// Searches for the damping that fills the region.
const MAX_DAMPINGS: usize = 10;

type Vector = DVector<f64>;

/// The parameters within bounds with the least squares of the curve's distance to `data`, next to `start`; none if the fit
/// does not end.
pub fn bounded(
    curve: &impl Curve,
    data: &[f64],
    start: &[f64],
    lower: &[f64],
    upper: &[f64],
) -> Option<Vec<f64>> {
    let data = Vector::from_column_slice(data);
    let bounds = Bounds {
        lower: Vector::from_column_slice(lower),
        upper: Vector::from_column_slice(upper),
    };
    let distances = |x: &Vector| Vector::from_vec(curve.values(x.as_slice())) - &data;
    let mut x = bounds.inside(start);
    let mut distance = distances(&x);
    let mut cost = 0.5 * distance.norm_squared();
    let mut n_evaluations = 1;
    let mut radius = None;
    let mut damping = 0.0;
    loop {
        let model = Model::new(&x, &distance, curve.slopes(x.as_slice()), &bounds)?;
        let optimality = model.optimality;
        if optimality < TOLERANCE {
            return Some(x.as_slice().to_vec());
        }
        let mut trusted = *radius.get_or_insert_with(|| model.first_radius(&x));
        let theta = (1.0 - optimality).max(0.995);
        loop {
            if n_evaluations == MAX_EVALUATIONS {
                return None;
            }
            let (region, new_damping) = model.step_within(trusted, damping)?;
            damping = new_damping;
            let scaled = model.feasible(&x, &region, trusted, theta, &bounds);
            let predicted = -model.change(&scaled);
            let step = model.scale.component_mul(&scaled);
            let next = bounds.strictly(&(&x + &step));
            let next_distance = distances(&next);
            n_evaluations += 1;
            let length = scaled.norm();
            if next_distance.iter().any(|r| !r.is_finite()) {
                trusted = 0.25 * length;
                continue;
            }
            let next_cost = 0.5 * next_distance.norm_squared();
            let actual = cost - next_cost;
            let ratio = if predicted > 0.0 {
                actual / predicted
            } else {
                f64::from(predicted == 0.0 && actual == 0.0)
            };
            let is_small = step.norm() < TOLERANCE * (TOLERANCE + x.norm());
            let is_end = is_small || (actual < TOLERANCE * cost && ratio > 0.25);
            let before = trusted;
            if ratio < 0.25 {
                trusted = 0.25 * length;
            } else if ratio > 0.75 && length > 0.95 * trusted {
                trusted *= 2.0;
            }
            if !is_end {
                damping *= before / trusted;
            }
            let is_better = actual > 0.0;
            if is_better {
                (x, distance, cost) = (next, next_distance, next_cost);
            }
            if is_end {
                return Some(x.as_slice().to_vec());
            }
            if is_better {
                radius = Some(trusted);
                break;
            }
        }
    }
}

struct Bounds {
    lower: Vector,
    upper: Vector,
}

impl Bounds {
    /// A start that keeps away from the bounds.
    fn inside(&self, start: &[f64]) -> Vector {
        let away = |bound: f64| FROM_THE_BOUNDS * bound.abs().max(1.0);
        self.moved(start, |x, low, high| {
            let (to_low, to_high) = (x - low, high - x);
            if to_low <= to_high.min(away(low)) {
                low + away(low)
            } else if to_high <= to_low.min(away(high)) {
                high - away(high)
            } else {
                x
            }
        })
    }

    /// The same point, next to a bound instead of on it.
    fn strictly(&self, x: &Vector) -> Vector {
        self.moved(x.as_slice(), |x, low, high| {
            if x <= low {
                low.next_up()
            } else if x >= high {
                high.next_down()
            } else {
                x
            }
        })
    }

    fn moved(&self, x: &[f64], place: impl Fn(f64, f64, f64) -> f64) -> Vector {
        Vector::from_fn(x.len(), |i, _| {
            let (low, high) = (self.lower[i], self.upper[i]);
            let moved = place(x[i], low, high);
            if moved > low && moved < high {
                moved
            } else {
                0.5 * (low + high)
            }
        })
    }

    /// Steps of this direction until the first bound, and the parameters that meet it.
    fn steps_to(&self, x: &Vector, direction: &Vector) -> (f64, Vec<bool>) {
        let steps = |i: usize| match direction[i] {
            d if d > 0.0 => (self.upper[i] - x[i]) / d,
            d if d < 0.0 => (self.lower[i] - x[i]) / d,
            _ => f64::INFINITY,
        };
        let steps: Vec<f64> = (0..x.len()).map(steps).collect();
        let least = steps.iter().copied().fold(f64::INFINITY, f64::min);
        (least, steps.iter().map(|&n| n == least).collect())
    }
}

/// The squares around a point, as a quadratic function of a step that is scaled by the distances to the bounds.
struct Model {
    /// What a scaled step is multiplied with: roots of the distances.
    scale: Vector,
    /// Slopes by the scaled step.
    gradient: Vector,
    /// Second derivatives by the scaled step.
    curvature: DMatrix<f64>,
    /// The largest slope, weighted with the distance to the bound it leads to.
    optimality: f64,
}

impl Model {
    fn new(x: &Vector, distance: &Vector, slopes: DMatrix<f64>, bounds: &Bounds) -> Option<Model> {
        let n = x.len();
        let slope = slopes.tr_mul(distance);
        let mut room = Vector::repeat(n, 1.0);
        let mut bend = Vector::zeros(n);
        for i in 0..n {
            let to_bound = match slope[i] {
                g if g < 0.0 => bounds.upper[i] - x[i],
                g if g > 0.0 => x[i] - bounds.lower[i],
                _ => f64::INFINITY,
            };
            if to_bound.is_finite() {
                room[i] = to_bound;
                bend[i] = slope[i].abs();
            }
        }
        let scale = room.map(f64::sqrt);
        let mut scaled = slopes;
        for (mut column, scale) in scaled.column_iter_mut().zip(scale.iter()) {
            column *= *scale;
        }
        let mut curvature = DMatrix::zeros(n, n);
        for i in 0..n {
            for j in 0..=i {
                let product = scaled.column(i).dot(&scaled.column(j));
                (curvature[(i, j)], curvature[(j, i)]) = (product, product);
            }
            curvature[(i, i)] += bend[i];
        }
        let optimality = slope.component_mul(&room).amax();
        let is_finite = optimality.is_finite() && curvature.iter().all(|c| c.is_finite());
        is_finite.then(|| Model {
            gradient: slope.component_mul(&scale),
            scale,
            curvature,
            optimality,
        })
    }

    fn first_radius(&self, x: &Vector) -> f64 {
        match x.component_div(&self.scale).norm() {
            0.0 => 1.0,
            radius => radius,
        }
    }

    /// How much the squares change with a scaled step.
    fn change(&self, step: &Vector) -> f64 {
        self.gradient.dot(step) + 0.5 * step.dot(&(&self.curvature * step))
    }

    /// The best scaled step no longer than `radius`, and the damping that makes it so.
    fn step_within(&self, radius: f64, damping: f64) -> Option<(Vector, f64)> {
        let mut least = 0.0;
        let undamped = self.damped(0.0);
        if let Some((step, slope)) = &undamped {
            let length = step.norm();
            if length <= radius {
                return Some((step.clone(), 0.0));
            }
            least = (radius - length) / slope;
        }
        let mut most = self.gradient.norm() / radius;
        let between = |least: f64, most: f64| (0.001 * most).max((least * most).sqrt());
        let mut damping = damping;
        if undamped.is_none() && damping == 0.0 {
            damping = between(least, most);
        }
        for _ in 0..MAX_DAMPINGS {
            if !(least..=most).contains(&damping) {
                damping = between(least, most);
            }
            let (step, slope) = self.damped(damping)?;
            let length = step.norm();
            let excess = length - radius;
            if excess < 0.0 {
                most = damping;
            }
            let ratio = excess / slope;
            least = least.max(damping - ratio);
            damping -= length * ratio / radius;
            if excess.abs() < RADIUS_ERROR * radius {
                break;
            }
        }
        let (mut step, _) = self.damped(damping)?;
        step *= radius / step.norm();
        Some((step, damping))
    }

    /// The step against which `damping` works, and how fast its length falls with the damping.
    fn damped(&self, damping: f64) -> Option<(Vector, f64)> {
        let mut curvature = self.curvature.clone();
        for i in 0..curvature.nrows() {
            curvature[(i, i)] += damping;
        }
        let factor = Cholesky::new(curvature)?;
        let step = factor.solve(&-&self.gradient);
        let slope = -step.dot(&factor.solve(&step)) / step.norm();
        let is_finite = slope.is_finite() && step.iter().all(|s| s.is_finite());
        is_finite.then_some((step, slope))
    }

    /// A scaled step that stays within the bounds: as it is, or the best of cut short, reflected and straight downhill.
    fn feasible(
        &self,
        x: &Vector,
        step: &Vector,
        radius: f64,
        theta: f64,
        bounds: &Bounds,
    ) -> Vector {
        let (to_bound, meets) = bounds.steps_to(x, &self.scale.component_mul(step));
        if to_bound >= 1.0 {
            return step.clone();
        }
        let at_bound = step * to_bound;
        let mut mirrored = step.clone();
        for i in (0..step.len()).filter(|&i| meets[i]) {
            mirrored[i] = -mirrored[i];
        }
        let on_bound = x + self.scale.component_mul(&at_bound);
        let to_next = bounds
            .steps_to(&on_bound, &self.scale.component_mul(&mirrored))
            .0;
        let to_radius = steps_to_sphere(&at_bound, &mirrored, radius);
        let reach = to_next.min(to_radius);
        let mut candidates = vec![&at_bound * theta];
        if reach > 0.0 {
            let first = (1.0 - theta) * to_bound / reach;
            let last = if reach == to_next {
                theta * to_next
            } else {
                to_radius
            };
            if first <= last {
                candidates.push(self.best_between(&at_bound, &mirrored, first, last));
            }
        }
        let downhill = -&self.gradient;
        let to_radius = radius / downhill.norm();
        let to_bound = bounds.steps_to(x, &self.scale.component_mul(&downhill)).0;
        let last = if to_bound < to_radius {
            theta * to_bound
        } else {
            to_radius
        };
        let nowhere = Vector::zeros(step.len());
        candidates.push(self.best_between(&nowhere, &downhill, 0.0, last));
        let changes = candidates.iter().map(|step| self.change(step));
        let (mut best, mut least) = (0, f64::INFINITY);
        for (i, change) in changes.enumerate() {
            // among equals the last one, as straight downhill is the safest
            if change <= least {
                (best, least) = (i, change);
            }
        }
        candidates.swap_remove(best)
    }

    /// The best step on the line from `base`, between `first` and `last` times `direction`.
    fn best_between(&self, base: &Vector, direction: &Vector, first: f64, last: f64) -> Vector {
        let bent = &self.curvature * direction;
        let bend = 0.5 * direction.dot(&bent);
        let slope = self.gradient.dot(direction) + base.dot(&bent);
        let value = |t: &f64| *t * (bend * t + slope);
        let mut best = if value(&last) < value(&first) {
            last
        } else {
            first
        };
        if bend != 0.0 {
            let extremum = -0.5 * slope / bend;
            if first < extremum && extremum < last && value(&extremum) < value(&best) {
                best = extremum;
            }
        }
        base + direction * best
    }
}

/// Steps of `direction` from `base`, which lies in the sphere, to the sphere.
fn steps_to_sphere(base: &Vector, direction: &Vector, radius: f64) -> f64 {
    let a = direction.norm_squared();
    let b = base.dot(direction);
    let c = (base.norm_squared() - radius * radius).min(0.0);
    let root = (b * b - a * c).sqrt();
    // of the two ways to solve a quadratic equation the one that does not cancel
    let q = -(b + root.copysign(b));
    (q / a).max(c / q)
}
