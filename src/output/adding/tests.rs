use super::*;

const NAN: f64 = f64::NAN;

fn adder(shape: [usize; 3], n_rows: usize, averaging: Averaging) -> Adder {
    let n_counts = if averaging.by_frequency { shape[1] } else { 1 };
    Adder {
        sums: Sums {
            n_rows,
            shape,
            n_counts,
            counts_per_place: 4,
        },
        averaging,
    }
}

fn omitting() -> Averaging {
    Averaging {
        nan: Nan::Omit,
        min_trials: 1,
        of_directions: false,
        by_frequency: false,
    }
}

/// Means and numbers of trials of blocks that begin at these rows, each a group for itself, or all in one.
fn average(adder: &Adder, n_channels: usize, trials: &[(usize, &[f64])]) -> (Vec<f64>, Vec<u32>) {
    let per_row = adder.sums.n_numbers() / adder.sums.shape[2] * n_channels;
    let per_row = per_row
        * if adder.averaging.of_directions {
            1
        } else {
            adder.sums.shape[2]
        };
    let has_number = |_: usize, _: usize| true;
    let of = |group_size: usize| {
        let mut total = Totals::new(&adder.sums, n_channels, None);
        // memory is used again and again
        let mut sums = RunningSums::new(&adder.sums, n_channels);
        for group in trials.chunks(group_size) {
            for (first_row, block) in group {
                let of_trial = OfTrial {
                    first_row: *first_row,
                    n_rows: block.len() / per_row,
                    has_number: &has_number,
                };
                adder.add(block, &of_trial, &mut sums);
            }
            let n_places = adder.sums.n_places();
            let packed = sums.packed(&adder.sums);
            for (row, places) in packed.chunks_exact(n_places * n_channels).enumerate() {
                // in two pieces
                let (front, rest) = places.split_at(n_channels);
                total.add(row, 0, front);
                total.add(row, 1, rest);
            }
        }
        total.means(&adder.averaging, |_| {})
    };
    let (means, n) = of(1);
    let (same, same_n) = of(trials.len());
    let bits = |means: &[f64]| means.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    // few trials of small whole numbers: sums are exact
    assert_eq!((bits(&means), &n), (bits(&same), &same_n));
    (means, n)
}

#[test]
fn trials_are_averaged_where_they_are() {
    let adder = adder([1, 1, 1], 4, omitting());
    let (means, n) = average(&adder, 1, &[(0, &[1.0, 2.0, 3.0]), (1, &[4.0, 5.0, 6.0])]);
    assert_eq!(means, [1.0, 3.0, 4.0, 6.0]);
    assert_eq!(n, [1, 2, 2, 1]);
}

#[test]
fn a_channel_that_is_nan_in_one_trial_is_the_mean_of_the_others() {
    // two frequencies and two channels
    let trials: [(usize, &[f64]); 2] = [(0, &[1.0, NAN, 2.0, NAN]), (0, &[3.0, 5.0, 4.0, 6.0])];
    let of = |averaging| average(&adder([1, 2, 1], 1, averaging), 2, &trials);
    assert_eq!(of(omitting()), (vec![2.0, 5.0, 3.0, 6.0], vec![2, 1, 2, 1]));
    let (means, n) = of(Averaging {
        min_trials: 2,
        ..omitting()
    });
    assert!(means[1].is_nan() && means[3].is_nan() && means[0] == 2.0);
    assert_eq!(n, [2, 1, 2, 1]);
    let (means, n) = of(Averaging {
        nan: Nan::Propagate,
        ..omitting()
    });
    assert!(means[1].is_nan() && means[3].is_nan() && means[2] == 3.0);
    assert_eq!(n, [2, 2, 2, 2]);
}

#[test]
fn a_trial_may_lack_some_frequencies_and_its_ends_propagate_nothing() {
    let averaging = Averaging {
        by_frequency: true,
        ..omitting()
    };
    let trials: [(usize, &[f64]); 2] = [(0, &[NAN, 2.0]), (0, &[3.0, 4.0])];
    let adder = adder([1, 2, 1], 1, averaging);
    assert_eq!(average(&adder, 1, &trials), (vec![3.0, 3.0], vec![1, 2]));
    let propagating = Adder {
        averaging: Averaging {
            nan: Nan::Propagate,
            ..adder.averaging.clone()
        },
        sums: adder.sums.clone(),
    };
    let mut sums = RunningSums::new(&propagating.sums, 1);
    for (first_row, block) in trials {
        let of_trial = OfTrial {
            first_row,
            n_rows: 1,
            // the first frequency reaches beyond the trial
            has_number: &|_, freq| freq > 0,
        };
        propagating.add(block, &of_trial, &mut sums);
    }
    let mut total = Totals::new(&propagating.sums, 1, None);
    total.add(0, 0, sums.packed(&propagating.sums));
    assert_eq!(
        total.means(&propagating.averaging, |_| {}),
        (vec![3.0, 3.0], vec![1, 2])
    );
}

#[test]
fn complex_numbers_keep_both_parts_and_angles_are_directions() {
    let complex = adder([1, 1, 2], 1, omitting());
    let trials: [(usize, &[f64]); 3] = [
        (0, &[1.0, 2.0, 5.0, 6.0]),
        (0, &[3.0, 4.0, 7.0, 8.0]),
        (0, &[NAN, NAN, 0.0, 1.0]),
    ];
    let (means, n) = average(&complex, 2, &trials);
    assert_eq!((means, n), (vec![2.0, 3.0, 4.0, 5.0], vec![2, 3]));

    let directions = Averaging {
        of_directions: true,
        ..omitting()
    };
    let directions = adder([1, 1, 2], 1, directions);
    let mut sums = RunningSums::new(&directions.sums, 1);
    for angle in [3.0, -3.0] {
        let of_trial = OfTrial {
            first_row: 0,
            n_rows: 1,
            has_number: &|_, _| true,
        };
        directions.add(&[angle], &of_trial, &mut sums);
    }
    let mut total = Totals::new(&directions.sums, 1, None);
    total.add(0, 0, sums.packed(&directions.sums));
    let (means, n) = total.means(&directions.averaging, |_| {});
    assert!((means[0].abs() - std::f64::consts::PI).abs() < 1e-12);
    assert_eq!((means.len(), n), (1, vec![2]));
}

#[test]
fn times_that_no_trial_has_are_nan() {
    let adder = adder([1, 1, 1], 3, omitting());
    let (means, n) = average(&adder, 1, &[(0, &[1.0]), (2, &[3.0])]);
    assert!(means[0] == 1.0 && means[1].is_nan() && means[2] == 3.0);
    assert_eq!(n, [1, 0, 1]);
}
