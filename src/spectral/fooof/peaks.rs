//! Peaks above the aperiodic part: where a fit of Gaussians begins, and the fit.
//!
//! Source: Donoghue et al. (2020), Nature Neuroscience 23, 1655–1665, methods; the rules of the search are fooof 1.1's.

use nalgebra::DMatrix;

use super::least_squares::Curve;
use super::settings::Settings;
use super::trust_region::bounded;

/// Widths of a Gaussian at half its height per standard deviation: 2 √(2 ln 2).
const WIDTHS_PER_DEVIATION: f64 = 2.354_820_045_030_949_3;
/// Standard deviations from the ends of the range that a peak has to stay away: fooof's.
const FROM_THE_EDGE: f64 = 1.0;
/// Standard deviations within which two peaks are one: fooof's.
const OVERLAP: f64 = 0.75;
/// Standard deviations that a fit may move a peak: fooof's.
const REACH: f64 = 3.0;

/// A Gaussian over frequencies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    /// Its centre in Hz.
    pub centre: f64,
    /// Its height in decades of power.
    pub height: f64,
    /// Its standard deviation in Hz.
    pub deviation: f64,
}

impl Gaussian {
    fn at(&self, hz: f64) -> f64 {
        let z = (hz - self.centre) / self.deviation;
        self.height * libm::exp(-0.5 * z * z)
    }
}

/// A sum of Gaussians; its parameters are centre, height and deviation of each.
struct Gaussians<'a>(&'a [f64]);

impl Curve for Gaussians<'_> {
    fn values(&self, parameters: &[f64]) -> Vec<f64> {
        sum(&gaussians(parameters), self.0)
    }

    fn slopes(&self, parameters: &[f64]) -> DMatrix<f64> {
        let mut slopes = DMatrix::zeros(self.0.len(), parameters.len());
        for (k, peak) in gaussians(parameters).iter().enumerate() {
            for (i, hz) in self.0.iter().enumerate() {
                let z = (hz - peak.centre) / peak.deviation;
                let shape = libm::exp(-0.5 * z * z);
                let by_centre = peak.height * shape * z / peak.deviation;
                slopes[(i, 3 * k)] = by_centre;
                slopes[(i, 3 * k + 1)] = shape;
                slopes[(i, 3 * k + 2)] = by_centre * z;
            }
        }
        slopes
    }
}

fn gaussians(parameters: &[f64]) -> Vec<Gaussian> {
    let (triples, _) = parameters.as_chunks::<3>();
    let gaussian = |&[centre, height, deviation]: &[f64; 3]| Gaussian {
        centre,
        height,
        deviation,
    };
    triples.iter().map(gaussian).collect()
}

/// The sum of `peaks` at every frequency.
pub fn sum(peaks: &[Gaussian], hz: &[f64]) -> Vec<f64> {
    let at = |hz: &f64| peaks.iter().map(|peak| peak.at(*hz)).sum();
    hz.iter().map(at).collect()
}

/// Finds the peaks of `flat`, which is free of the aperiodic part, and fits them together, by rising centre; none if the fit
/// does not end.
pub fn find(settings: &Settings, hz: &[f64], flat: &[f64]) -> Option<Vec<Gaussian>> {
    let guesses = search(settings, hz, flat);
    let guesses = without_overlap(away_from_the_ends(guesses, hz));
    if guesses.is_empty() {
        return Some(guesses);
    }
    let (first, last) = (hz[0], hz[hz.len() - 1]);
    let [narrowest, widest] = settings.deviations();
    let (mut start, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new());
    for peak in &guesses {
        let reach = REACH * peak.deviation;
        start.extend([peak.centre, peak.height, peak.deviation]);
        lower.extend([(peak.centre - reach).max(first), 0.0, narrowest]);
        upper.extend([(peak.centre + reach).min(last), f64::INFINITY, widest]);
    }
    let fitted = bounded(&Gaussians(hz), flat, &start, &lower, &upper)?;
    let mut peaks = gaussians(&fitted);
    peaks.sort_by(|a, b| a.centre.total_cmp(&b.centre));
    Some(peaks)
}

/// Takes the highest point as a peak as long as it stands out, and takes the peak away.
fn search(settings: &Settings, hz: &[f64], flat: &[f64]) -> Vec<Gaussian> {
    let mut flat = flat.to_vec();
    let step = hz[1] - hz[0];
    let [narrowest, widest] = settings.deviations();
    let mut guesses = Vec::new();
    while guesses.len() < settings.max_n_peaks {
        let top = highest(&flat);
        let height = flat[top];
        let stands_out = height > settings.peak_threshold * deviation(&flat);
        if !(stands_out && height > settings.min_peak_height) {
            break;
        }
        let half = |i: &usize| flat[*i] <= 0.5 * height;
        let left = (1..top).rev().find(half).map(|i| top - i);
        let right = (top + 1..flat.len()).find(half).map(|i| i - top);
        let side = match (left, right) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        let of_side = |side| 2.0 * side as f64 * step / WIDTHS_PER_DEVIATION;
        let [least, most] = settings.peak_width_limits;
        let found = side.map_or(0.5 * (least + most), of_side);
        let peak = Gaussian {
            centre: hz[top],
            height,
            deviation: found.clamp(narrowest, widest),
        };
        flat.iter_mut()
            .zip(hz)
            .for_each(|(p, hz)| *p -= peak.at(*hz));
        guesses.push(peak);
    }
    guesses
}

/// Place of the first of the highest values.
fn highest(values: &[f64]) -> usize {
    let higher = |best: usize, i: usize| if values[i] > values[best] { i } else { best };
    (1..values.len()).fold(0, higher)
}

/// Standard deviation about the mean.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    (squares / n).sqrt()
}

fn away_from_the_ends(guesses: Vec<Gaussian>, hz: &[f64]) -> Vec<Gaussian> {
    let is_away = |peak: &Gaussian| {
        let far = |end: f64| (peak.centre - end).abs() > FROM_THE_EDGE * peak.deviation;
        far(hz[0]) && far(hz[hz.len() - 1])
    };
    guesses.into_iter().filter(is_away).collect()
}

/// Of neighbours that overlap, the higher one stays.
fn without_overlap(mut guesses: Vec<Gaussian>) -> Vec<Gaussian> {
    guesses.sort_by(|a, b| a.centre.total_cmp(&b.centre));
    let mut stays = vec![true; guesses.len()];
    for (i, pair) in guesses.windows(2).enumerate() {
        let (low, high) = (pair[0], pair[1]);
        let touches = low.centre + OVERLAP * low.deviation > high.centre - OVERLAP * high.deviation;
        if touches {
            let lower = if low.height <= high.height { i } else { i + 1 };
            stays[lower] = false;
        }
    }
    let mut stays = stays.into_iter();
    guesses.retain(|_| stays.next().unwrap_or(true));
    guesses
}
