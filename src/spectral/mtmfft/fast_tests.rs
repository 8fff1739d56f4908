//! The fast estimate against the exact one, in double precision, and its bound.

use ndarray::Array2;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use super::fast::Fast;
use super::form::Form;
use super::tests::{design, estimate, recording};
use super::transition::{ERROR_OF_LEVEL, ERROR_OF_POWER, Transition};
use crate::spectral::lanes::Width;
use crate::spectral::{Design, Estimator, InstructionSet, Piece, Real};

/// Rounding of both estimates in double precision, relative to the level of white noise; 3e-14 was the worst seen.
const ROUNDING_OF_LEVEL: f64 = 1e-13;
/// The same relative to power itself.
const ROUNDING_OF_POWER: f64 = 1e-12;

/// White noise; a walk, whose power falls with 1/f²; a strong line in weak noise; a step.
fn signals(n_samples: usize) -> Array2<f64> {
    let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(2022);
    let mut noise = || -> f64 { StandardNormal.sample(&mut generator) };
    let mut samples = Array2::zeros((n_samples, 4));
    let mut walk = 0.0;
    for t in 0..n_samples {
        walk += noise();
        samples[[t, 0]] = 30.0 * noise();
        samples[[t, 1]] = walk;
        samples[[t, 2]] = 1e3 * (0.2345 * t as f64).sin() + 1e-3 * noise();
        samples[[t, 3]] = if 3 * t < n_samples { 5.0 } else { -1.0 };
    }
    samples
}

fn assert_within_bound(n: usize, config: &str) {
    let recording = recording(&[n], 4);
    let of = |estimate: &str| design(&format!("{config}estimate = \"{estimate}\"\n"), &recording);
    let (exact, fast) = (of("exact").expect("exact"), of("fast").expect("fast"));
    let Design::Mtmfft(design) = &fast else {
        unreachable!("mtmfft is the default")
    };
    let transition = design.fast.as_ref().expect("it was asked for").of(n);
    let in_band = (2.0 * transition.nw / transition.n_tapers as f64).max(1.0);
    let samples = signals(n);
    let (want, got) = (estimate(&exact, &samples), estimate(&fast, &samples));
    let means = samples.mean_axis(ndarray::Axis(0)).expect("samples");
    for (i, (want, got)) in want.iter().zip(&got).enumerate() {
        let c = i % 4;
        let energy: f64 = samples
            .column(c)
            .iter()
            .map(|x| (x - means[c]).powi(2))
            .sum();
        let level = 2.0 * energy / (n as f64).powi(2);
        let error = got - want;
        let most = ERROR_OF_LEVEL * level;
        let least = -ERROR_OF_POWER * want;
        // the form's rounding is that of all tapers in the band
        let rounding = in_band * ROUNDING_OF_LEVEL * level + ROUNDING_OF_POWER * want;
        assert!(
            least - rounding <= error && error <= most + rounding,
            "{n} samples, {config}channel {c}, bin {}: {got:e} for {want:e}, level {level:e}, {:e} of it",
            i / 4,
            error / level,
        );
    }
}

#[test]
fn the_fast_estimate_keeps_its_bound_for_odd_and_even_lengths_padded_or_not() {
    for (n, config) in [
        (1000, "tapsmofrq = 20\n"),
        (1001, "tapsmofrq = 20\n"),
        (997, "tapsmofrq = 20\npad = \"nextpow2\"\n"),
        (600, "tapsmofrq = 20\npad = 2.502\n"),
        (601, "tapsmofrq = 8\npad = 1.37\npolyremoval = 0\n"),
        (256, "tapsmofrq = 4\n"),
        (64, "tapsmofrq = 20\n"),
        (50, "tapsmofrq = 245\n"),
        (800, "tapsmofrq = 200\n"),
        // of many short transforms
        (4375, "tapsmofrq = 4\npad = \"nextpow2\"\n"),
        (5000, "tapsmofrq = 4\nfoilim = [3, 71]\n"),
    ] {
        assert_within_bound(n, config);
    }
}

#[test]
fn the_fast_estimate_keeps_its_bound_for_many_tapers() {
    assert_within_bound(4096, "tapsmofrq = 12.20703125\n");
    assert_within_bound(2500, "tapsmofrq = 20\npad = 5.002\n");
}

#[test]
fn the_fast_estimate_keeps_its_bound_for_other_numbers_of_tapers() {
    for n_taper in [1, 10, 60, 79, 80, 81, 120] {
        assert_within_bound(1000, &format!("tapsmofrq = 20\nnTaper = {n_taper}\n"));
    }
}

#[test]
fn the_transition_holds_every_taper_that_matters() {
    for n in [8_usize, 50, 101, 512, 2000, 9001] {
        for share in [0.002, 0.01, 0.1, 0.5, 0.9, 0.99] {
            let nw = share * n as f64 / 2.0;
            if nw < 0.6 {
                continue;
            }
            let transition = Transition {
                nw,
                n_tapers: ((2.0 * nw) as usize).saturating_sub(1).max(1),
                most: usize::MAX,
            };
            let form = Form::new(n, nw, InstructionSet::detect());
            let all = transition.indices(n);
            // the ends alone: they panic when there is more
            let ends = if all.len() > 1 {
                vec![all.start, all.end - 1]
            } else {
                vec![all.start]
            };
            let mut n_made = 0;
            transition.weighted_halves(&form, &ends, |_, _| n_made += 1);
            assert_eq!(n_made, ends.len());
            assert!(all.len() < 60, "{n} {nw}: {all:?}");
        }
    }
}

#[test]
fn a_channel_has_the_same_bits_among_others_in_either_precision_and_layout() {
    fn check<T: Real>(design: &Design, samples: &Array2<T>) {
        let all = estimate(design, samples);
        let turned = samples.t().as_standard_layout().to_owned().reversed_axes();
        let bits = |x: &T| x.to_double().to_bits();
        assert!(
            all.iter()
                .map(bits)
                .eq(estimate(design, &turned).iter().map(bits))
        );
        for c in 0..samples.ncols() {
            let alone = estimate(design, &samples.slice(ndarray::s![.., c..c + 1]).to_owned());
            for (i, x) in alone.iter().enumerate() {
                assert_eq!(bits(x), bits(&all[i * samples.ncols() + c]));
            }
        }
    }
    for n in [700, 4375] {
        let config = "tapsmofrq = 5\nestimate = \"fast\"\n";
        let design = design(config, &recording(&[n], 4)).unwrap();
        check(&design, &signals(n));
        check(&design, &signals(n).mapv(|x| x as f32));
    }
}

#[test]
fn every_width_of_vectors_gives_a_channel_the_same_bits() {
    for (n, config) in [(4375, "nTaper = 40\n"), (5000, "foilim = [3, 71]\n")] {
        let config = format!("tapsmofrq = 4\nestimate = \"fast\"\n{config}");
        let Design::Mtmfft(design) = design(&config, &recording(&[n], 4)).unwrap() else {
            unreachable!("mtmfft is the default")
        };
        let transition = design.fast.clone().expect("it was asked for");
        let samples = signals(n);
        let run = |width: Width| {
            let set = InstructionSet::detect();
            let method = Fast::new(design.clone(), transition.clone(), set, width);
            let mut scratch = Estimator::<f64>::scratch(&method);
            let mut block = vec![f64::NAN; design.grid.len() * 4];
            method.estimate(Piece::whole(samples.view()), &mut scratch, &mut block);
            Vec::from_iter(block.into_iter().map(f64::to_bits))
        };
        let scalar = run(Width::all()[0]);
        for width in Width::all() {
            assert_eq!(run(width), scalar, "{width:?}, {n} samples");
        }
    }
}

#[test]
fn a_channel_that_is_not_finite_is_nan_and_counted_and_silence_has_no_power() {
    let design = design(
        "tapsmofrq = 30\nestimate = \"fast\"\n",
        &recording(&[700], 4),
    )
    .unwrap();
    let mut samples = signals(700);
    samples[[7, 1]] = f64::NAN;
    samples[[699, 2]] = f64::INFINITY;
    samples.column_mut(3).fill(4.0);
    let estimator = design.estimator::<f64>(InstructionSet::detect());
    let mut block = vec![0.5; 351 * 4];
    let n_bad = estimator.estimate(
        Piece::whole(samples.view()),
        &mut estimator.scratch(),
        &mut block,
    );
    assert_eq!(n_bad, 2);
    for (i, x) in block.iter().enumerate() {
        match i % 4 {
            0 => assert!(*x > 0.0),
            3 => assert_eq!(*x, 0.0),
            _ => assert!(x.is_nan()),
        }
    }
}

#[test]
fn trials_of_several_lengths_have_their_own_transitions_and_one_choice() {
    let recording = recording(&[700, 900], 4);
    let of = |estimate: &str| {
        design(
            &format!("tapsmofrq = 30\nestimate = \"{estimate}\"\n"),
            &recording,
        )
    };
    for n in [700, 900] {
        let (want, got) = (
            estimate(&of("exact").unwrap(), &signals(n)),
            estimate(&of("fast").unwrap(), &signals(n)),
        );
        let largest = want.iter().fold(0.0_f64, |m, x| m.max(*x));
        for (want, got) in want.iter().zip(&got) {
            assert!((want - got).abs() <= ERROR_OF_POWER * want + 1e-12 * largest);
        }
    }
}

#[test]
fn the_choice_follows_from_tapers_length_and_precision() {
    let mut recording = recording(&[20_000], 1);
    let mut choice = |config: &str, is_double: bool| {
        recording.is_double = is_double;
        let design = design(config, &recording).unwrap();
        design.choices()["estimate"].as_str() == Some("fast")
    };
    let many = "tapsmofrq = 10\n";
    assert!(choice(many, false));
    assert!(!choice(many, true));
    assert!(choice(&format!("{many}estimate = \"fast\"\n"), true));
    assert!(!choice(&format!("{many}estimate = \"exact\"\n"), false));
    assert!(!choice(&format!("{many}precision = \"double\"\n"), false));
    assert!(!choice("tapsmofrq = 0.4\n", false));
    for other in ["keeptapers = true\n", "demean_taper = true\n"] {
        assert!(!choice(&format!("{many}{other}"), false));
    }
}

#[test]
fn ten_minutes_take_a_tenth_of_the_memory_and_the_work_and_all_memory_is_counted() {
    let mut recording = recording(&[600_000], 1);
    (recording.sample_rate_hz, recording.is_double) = (1000.0, false);
    let of = |word: &str| {
        let config = format!("tapsmofrq = 1\nestimate = \"{word}\"\n");
        design(&config, &recording).unwrap()
    };
    let (exact, fast) = (of("exact"), of("fast"));
    assert_eq!(of("auto"), fast);
    assert!(fast.fixed_bytes(4) < exact.fixed_bytes(4) / 7);
    assert!(fast.cost(600_000, 1) < exact.cost(600_000, 1) / 10);
    assert_eq!(fast.n_tapers(), 1199);
    let Design::Mtmfft(of_mtmfft) = &fast else {
        unreachable!("mtmfft is the default")
    };
    let few = of_mtmfft.with_fewer_tapers(100);
    let few = few.fast.expect("it stays fast").indices(600_000);
    assert!(few.len() <= 6 && few.contains(&1199));
    // beyond all memory, and refused only when a rank's is known
    recording.trials[0].n_samples = 1 << 39;
    let config = "tapsmofrq = 2e-9\nestimate = \"fast\"\n";
    assert!(design(config, &recording).unwrap().fixed_bytes(4) > 1 << 43);
}

#[test]
fn a_part_of_the_transition_lies_within_it_for_any_bandwidth() {
    for (n, below) in [(110_000, 1.0), (110_000, 40.0), (3000, 1.0), (3000, 1400.0)] {
        let nw = n as f64 / 2.0 - below / 2.0;
        let of = |most: usize| {
            let n_tapers = (2.0 * nw - 1.0) as usize;
            Transition { nw, n_tapers, most }.indices(n)
        };
        let all = of(usize::MAX);
        for most in 2..=all.len() {
            let part = of(most);
            assert_eq!(part.len(), most);
            assert!(all.start <= part.start && part.end <= all.end, "{n} {most}");
        }
    }
}

#[test]
fn fast_is_refused_where_every_taper_is_needed() {
    let recording = recording(&[1000], 1);
    for (config, what) in [
        ("", "without tapsmofrq"),
        ("tapsmofrq = 20\nkeeptapers = true\n", "keeptapers = true"),
        (
            "tapsmofrq = 20\nkeeptapers = true\noutput = \"fourier\"\n",
            "only power",
        ),
        (
            "tapsmofrq = 20\ndemean_taper = true\n",
            "demean_taper = true",
        ),
    ] {
        let refusal = design(&format!("{config}estimate = \"fast\"\n"), &recording)
            .expect_err(config)
            .to_string();
        assert!(
            refusal.contains(what) && refusal.contains("expected"),
            "{refusal}"
        );
    }
    assert!(design("estimate = \"slow\"\n", &recording).is_err());
}

#[test]
fn the_estimate_follows_the_level_that_theory_says() {
    let n = 2000;
    let design = design(
        "tapsmofrq = 20\nestimate = \"fast\"\nft_compat = true\npad = 8\n",
        &recording(&[n], 4),
    )
    .unwrap();
    let power = estimate(&design, &signals(n));
    let n_freqs = power.len() / 4;
    let mean = power.iter().step_by(4).sum::<f64>() / n_freqs as f64;
    // padded to twice the length; 79 tapers × 25 bands: a standard error of two per cent
    let want = 2.0 * 900.0 / n as f64 / 2.0;
    assert!((mean / want - 1.0).abs() < 0.1, "{mean} is not {want}");
}
