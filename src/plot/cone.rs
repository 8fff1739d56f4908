//! The cone of influence: for each frequency the seconds by which a kernel reaches beyond a time, and from when to when
//! every trial lasts. What is not as it should be is taken as not there: a picture without a shade is still true.

use std::path::Path;

use hdf5::types::TypeDescriptor;
use hdf5::{Dataset, File};

use super::bins::NOWHERE;
use crate::input::data_set;
use crate::output::{CONE, SPAN};

/// Seconds that a result may claim, thirty years: no recording is longer.
const MAX_S: f64 = 1e9;
/// Numbers of a stored chunk at most, some megabytes: HDF5 may unpack all of one for the smallest part.
const MAX_CHUNK: usize = 1 << 19;

/// From when to when kernels lie within a trial, in s. Where the first is after the second they never do.
pub type Inside = (f64, f64);

/// How far kernels reach, and the trials that they reach out of.
#[derive(Clone, Debug, PartialEq)]
pub struct Cone {
    /// Seconds before and after a time, for each frequency of the result.
    reach_s: Vec<f64>,
    /// Begin and end of every trial.
    spans_s: Vec<(f64, f64)>,
}

impl Cone {
    /// That of a result of so many frequencies and trials, where it has one.
    pub fn read(path: &Path, file: &File, n_freqs: usize, n_trials: usize) -> Option<Cone> {
        let reach_s = numbers(&data_set(path, file, CONE).ok()?, &[n_freqs])?;
        let spans = numbers(&data_set(path, file, SPAN).ok()?, &[n_trials, 2])?;
        Cone::of(
            reach_s,
            spans.chunks_exact(2).map(|ends| (ends[0], ends[1])),
        )
    }

    fn of(reach_s: Vec<f64>, spans_s: impl Iterator<Item = (f64, f64)>) -> Option<Cone> {
        let spans_s: Vec<(f64, f64)> = spans_s.collect();
        let is_reach = |s: &f64| (0.0..=MAX_S).contains(s);
        let is_span = |&(begin, end): &(f64, f64)| -MAX_S <= begin && begin <= end && end <= MAX_S;
        let is_right = reach_s.iter().all(is_reach) && spans_s.iter().all(is_span);
        is_right.then_some(Cone { reach_s, spans_s })
    }

    /// When kernels lie within each of these trials, for each of `n_places` places along the frequencies. Where
    /// frequencies share a place the longest kernel counts.
    pub fn inside(&self, trials: &[usize], freq_places: &[u32], n_places: usize) -> Vec<Inside> {
        let spans = trials.iter().map(|&trial| self.spans_s[trial]);
        let (begin, end) = spans
            .reduce(|all, span| (all.0.max(span.0), all.1.min(span.1)))
            .expect("a trial is chosen");
        let mut reach_s = vec![0.0_f64; n_places];
        for (&place, &s) in freq_places.iter().zip(&self.reach_s) {
            if place != NOWHERE {
                let longest = &mut reach_s[place as usize];
                *longest = longest.max(s);
            }
        }
        let inside = reach_s.into_iter().map(|s| (begin + s, end - s));
        inside.collect()
    }
}

/// The numbers of a small data set of floats of this shape.
fn numbers(set: &Dataset, shape: &[usize]) -> Option<Vec<f64>> {
    let chunk = set.chunk().unwrap_or_default();
    let per_chunk = chunk.iter().fold(1, |all: usize, &n| all.saturating_mul(n));
    let dtype = set.dtype().ok()?.to_descriptor().ok()?;
    let is_right =
        set.shape() == shape && per_chunk <= MAX_CHUNK && matches!(dtype, TypeDescriptor::Float(_));
    is_right.then(|| set.read_raw().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a cone of three frequencies and two trials that `write` makes.
    fn read(write: impl FnOnce(&File)) -> Option<Cone> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.spectral");
        write(&File::create(&path).unwrap());
        Cone::read(&path, &File::open(&path).unwrap(), 3, 2)
    }

    fn write(file: &File, name: &str, numbers: &[f64], shape: &[usize]) {
        let builder = file.new_dataset::<f64>().shape(shape.to_vec());
        builder.create(name).unwrap().write_raw(numbers).unwrap();
    }

    #[test]
    fn several_trials_have_their_common_inside_and_the_longest_kernel_of_a_place_counts() {
        let spans = [(-1.0, 2.0), (-0.5, 3.0), (-9.0, 9.0)];
        let cone = Cone::of(vec![0.5, 0.25, 0.125, 2.0], spans.into_iter()).unwrap();
        let places = [1, 0, 0, NOWHERE];
        assert_eq!(
            cone.inside(&[0, 1], &places, 2),
            [(-0.25, 1.75), (0.0, 1.5)]
        );
        assert_eq!(cone.inside(&[2], &places, 2), [(-8.75, 8.75), (-8.5, 8.5)]);
    }

    #[test]
    fn a_cone_is_read_with_the_spans_of_the_trials() {
        let cone = read(|file| {
            write(file, CONE, &[0.5, 0.25, 0.125], &[3]);
            write(file, SPAN, &[0.0, 1.0, -1.0, 2.0], &[2, 2]);
        });
        let spans = [(0.0, 1.0), (-1.0, 2.0)];
        assert_eq!(cone, Cone::of(vec![0.5, 0.25, 0.125], spans.into_iter()));
    }

    #[test]
    fn a_cone_that_is_no_cone_is_not_there() {
        const RIGHT: [f64; 4] = [0.0, 1.0, 0.0, 1.0];
        for reach in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            let found = read(|file| {
                write(file, CONE, &[0.5, reach, 0.1], &[3]);
                write(file, SPAN, &RIGHT, &[2, 2]);
            });
            assert_eq!(found, None, "{reach}");
        }
        for end in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            let found = read(|file| {
                write(file, CONE, &[0.5; 3], &[3]);
                write(file, SPAN, &[0.0, 1.0, 0.0, end], &[2, 2]);
            });
            assert_eq!(found, None, "{end}");
        }
        for (reach, spans) in [
            (&[2][..], &[2, 2][..]),
            (&[3, 1], &[2, 2]),
            (&[3], &[4]),
            (&[3], &[1, 2]),
            (&[1 << 40], &[2, 2]),
            (&[3], &[1 << 40, 2]),
        ] {
            let found = read(|file| {
                for (name, shape) in [(CONE, reach), (SPAN, spans)] {
                    let builder = file.new_dataset::<f64>().shape(shape.to_vec());
                    builder.create(name).unwrap();
                }
            });
            assert_eq!(found, None, "{reach:?} {spans:?}");
        }
        assert_eq!(read(|file| write(file, CONE, &[0.5; 3], &[3])), None);
        assert_eq!(read(|file| write(file, SPAN, &RIGHT, &[2, 2])), None);
    }

    #[test]
    fn a_cone_of_another_type_or_in_a_vast_chunk_is_not_there() {
        const RIGHT: [f64; 4] = [0.0, 1.0, 0.0, 1.0];
        let found = read(|file| {
            let builder = file.new_dataset::<hdf5::types::VarLenUnicode>();
            builder.shape([3]).create(CONE).unwrap();
            write(file, SPAN, &RIGHT, &[2, 2]);
        });
        assert_eq!(found, None);
        let found = read(|file| {
            let builder = file.new_dataset::<f64>().chunk([1 << 20]).deflate(9);
            let set = builder.shape(3..).create(CONE).unwrap();
            set.write_raw(&[0.5; 3]).unwrap();
            write(file, SPAN, &RIGHT, &[2, 2]);
        });
        assert_eq!(found, None);
    }
}
