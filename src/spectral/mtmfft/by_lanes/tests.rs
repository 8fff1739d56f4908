//! A channel has the bits it has alone, in every vector.

use ndarray::{ArrayView2, s};

use super::super::tests::{design, estimate, recording, samples};
use super::ByLanes;
use crate::spectral::lanes::{Width, Widths};
use crate::spectral::{Describe, Design, Estimator, Piece, Real};

/// Every width of vectors on 21 channels, against one number at a time, and every channel alone.
fn assert_lanes_are_alone<T: Real>(config: &str, n: usize) {
    let n_channels = 21;
    let Design::Mtmfft(design) = design(config, &recording(&[n], n_channels)).unwrap() else {
        unreachable!("mtmfft is the default")
    };
    assert!(design.is_by_lanes());
    let samples = samples::<T>(n, n_channels);
    let run = |width: Width, samples: ArrayView2<T>| {
        let method = ByLanes::<T>::new(design.clone(), Widths::only(width));
        let layout = design.block_layout();
        let rows = layout.shape(1, 1).iter().product::<usize>();
        let n_parts = layout.element.n_parts();
        let mut block = vec![T::nan(); rows * n_parts * samples.ncols()];
        let mut scratch = Estimator::scratch(&method);
        method.estimate(Piece::whole(samples), &mut scratch, &mut block);
        (block, n_parts)
    };
    let (scalar, n_parts) = run(Width::all()[0], samples.view());
    for width in Width::all() {
        let (block, _) = run(width, samples.view());
        assert_eq!(block, scalar, "{width:?}: {config}");
        for c in [0, 7, 8, 15, 16, 20] {
            let (alone, _) = run(width, samples.slice(s![.., c..c + 1]));
            let of_channel = scalar.chunks(n_parts).skip(c).step_by(n_channels).flatten();
            assert!(
                alone.iter().eq(of_channel),
                "{width:?}, channel {c}: {config}"
            );
        }
    }
}

#[test]
fn every_width_of_vectors_and_every_block_give_a_channel_the_same_bits() {
    for config in [
        "tapsmofrq = 20\nfoilim = [5, 120]\n",
        "tapsmofrq = 20\nnTaper = 4\noutput = \"fourier\"\nkeeptapers = true\n",
        "taper = \"hamming\"\npolyremoval = 1\npad = \"nextpow2\"\noutput = \"abs\"\n",
        "tapsmofrq = 20\ndemean_taper = true\npolyremoval = \"none\"\n",
    ] {
        for n in [100, 105] {
            assert_lanes_are_alone::<f32>(config, n);
            assert_lanes_are_alone::<f64>(config, n);
        }
    }
}

#[test]
fn rounding_hardly_grows_with_the_number_of_tapers() {
    let recording = recording(&[2000], 1);
    let n = samples::<f64>(2000, 1);
    let config = "tapsmofrq = 120\nestimate = \"exact\"\n";
    let design = design(config, &recording).unwrap();
    let want = estimate(&design, &n);
    let got = estimate(&design, &n.mapv(|x| x as f32));
    let floor = want.iter().fold(0.0_f64, |most, x| most.max(*x)) * 1e-3;
    let errors = got.iter().zip(&want).filter(|(_, want)| **want > floor);
    let worst = errors
        .map(|(got, want)| (f64::from(*got) / want - 1.0).abs())
        .fold(0.0, f64::max);
    // 2.5e-7 was seen, and 8.0e-7 with all 479 pairs in one sum
    assert!(worst < 4.0 * f64::from(f32::EPSILON), "{worst:e}");
}
