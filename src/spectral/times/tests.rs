//! Rows of kept and of averaged trials.

use super::*;

/// Rows that are counted from the first sample, as in Syncopy.
fn counted(lengths: &[usize], toi: Toi, step: usize, before: usize, behind: usize) -> Times {
    let steps = Steps {
        step,
        before,
        behind,
        from_zero: false,
    };
    Times::of(&recording(lengths), &toi, steps, Compat::Syncopy)
}

fn recording(lengths: &[usize]) -> Recording {
    let trial = |(number, &n_samples): (usize, &usize)| Trial {
        number,
        start: 0,
        n_samples,
        offset: -250.0,
        info: Vec::new(),
        labels: Vec::new(),
    };
    Recording {
        sample_rate_hz: 500.0,
        channels: Vec::new(),
        trials: lengths.iter().enumerate().map(trial).collect(),
        is_double: false,
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    }
}

fn trial(offset: f64) -> Trial {
    Trial {
        offset,
        ..recording(&[1]).trials.remove(0)
    }
}

/// Trials that begin at these samples from time 0, of these lengths.
fn begun(trials: &[(f64, usize)]) -> Recording {
    let lengths: Vec<usize> = trials.iter().map(|(_, n)| *n).collect();
    let mut all = recording(&lengths);
    let offsets = trials.iter().map(|(offset, _)| *offset);
    for (trial, offset) in all.trials.iter_mut().zip(offsets) {
        trial.offset = offset;
    }
    all
}

fn at_multiples(recording: &Recording, step: usize, before: usize, behind: usize) -> Times {
    let steps = Steps {
        step,
        before,
        behind,
        from_zero: true,
    };
    Times::of(recording, &Toi::Overlap(0.5), steps, Compat::None)
}

#[test]
fn rows_lie_at_multiples_of_the_step_from_time_zero_and_meet_in_averages() {
    let recording = begun(&[(-300.0, 600), (-250.0, 550), (-203.0, 700), (-7.0, 3)]);
    let times = at_multiples(&recording, 50, 0, 0);
    let seconds = |trial| Vec::from_iter((0..2).map(|row| times.second(trial, row)));
    assert_eq!(seconds(0), [-0.6, -0.5]);
    assert_eq!(
        (seconds(1), seconds(2)),
        (vec![-0.5, -0.4], vec![-0.4, -0.3])
    );
    let n_rows = Vec::from_iter((0..4).map(|trial| times.rows(trial).len()));
    // from -300 to 250, from -250 to 250, from -200 to 450; no multiple lies in the last
    assert_eq!(n_rows, [12, 11, 14, 0]);
    assert_eq!(
        [0, 1, 2, 3].map(|trial| times.average_row(trial)),
        [0, 1, 2, 0]
    );
    assert_eq!(times.n_average_rows(), 16);
    assert_eq!(
        (times.average_second(0), times.average_second(6)),
        (-0.6, 0.0)
    );
    assert_eq!(times.average_offset(&recording.trials[0]), -6.0);
    assert_eq!(times.centre(2, 0), 3);
}

#[test]
fn windows_that_have_to_lie_in_their_trial_leave_out_both_ends() {
    let times = at_multiples(&begun(&[(-100.0, 200)]), 50, 20, 19);
    // from -80 to 80
    assert_eq!(times.rows(0).len(), 3);
    assert_eq!((times.centre(0, 0), times.centre(0, 2)), (50, 150));
    let none = at_multiples(&begun(&[(10.0, 39)]), 50, 20, 19);
    assert_eq!((none.rows(0).len(), none.n_average_rows()), (0, 1));
}

#[test]
fn trials_whose_samples_miss_time_zero_by_half_a_sample_meet_at_the_next_and_far_ones_do_no_harm() {
    let times = at_multiples(&begun(&[(-100.5, 200), (-100.0, 200)]), 1, 0, 0);
    assert_eq!([0, 1].map(|trial| times.average_row(trial)), [0, 1]);
    assert_eq!((times.centre(0, 0), times.second(0, 0)), (0, -0.201));
    let far = at_multiples(&begun(&[(-1e300, 5), (1e300, 5)]), 3, 0, 0);
    assert!(far.n_average_rows() > 1 << 58);
}

#[test]
fn averages_of_trials_that_miss_whole_samples_alike_have_their_times() {
    let same = at_multiples(&begun(&[(-100.4, 200), (-50.4, 200)]), 1, 0, 0);
    for (trial, row) in [(0, 0), (0, 7), (1, 3)] {
        let of_average = same.average_second(same.average_row(trial) + row);
        assert!((of_average - same.second(trial, row)).abs() < 1e-12);
    }
    let steps = Steps {
        step: 1,
        before: 0,
        behind: 0,
        from_zero: true,
    };
    let listed = Toi::At(vec![-0.1, 0.05]);
    let listed = Times::of(
        &begun(&[(-100.4, 200), (-50.4, 200)]),
        &listed,
        steps,
        Compat::None,
    );
    assert!((listed.average_second(1) - listed.second(1, 1)).abs() < 1e-12);
    let averaging = Averaging {
        nan: crate::spectral::Nan::Omit,
        min_trials: 1,
        of_directions: false,
        by_frequency: false,
    };
    assert_eq!(same.remark_of_fractions(Some(&averaging)), None);
    let other = at_multiples(&begun(&[(-100.4, 200), (-50.0, 200)]), 1, 0, 0);
    assert!(other.remark_of_fractions(Some(&averaging)).is_some());
}

#[test]
fn rows_that_are_listed_for_trials_far_away_lie_outside_of_them() {
    let steps = Steps {
        step: 1,
        before: 0,
        behind: 0,
        from_zero: true,
    };
    for offset in [1e19, -1e300, 1e300] {
        let times = Times::of(
            &begun(&[(offset, 20)]),
            &Toi::At(vec![0.1]),
            steps,
            Compat::None,
        );
        for times in [times.clone(), times.before()] {
            assert!(times.centre(0, 0).abs() >= 1 << 40, "{offset}");
        }
    }
}

#[test]
fn rows_of_unequal_trials_follow_each_other() {
    let times = counted(&[1000, 10, 101], Toi::Overlap(0.5), 50, 0, 0);
    let rows: Vec<_> = (0..3).map(|trial| times.rows(trial)).collect();
    assert_eq!(rows, [0..20, 20..21, 21..24]);
    assert_eq!(
        (times.n_rows(), times.most_rows(), times.fewest_rows()),
        (24, 20, 1)
    );
    assert_eq!(times.centre(2, 2), 100);
    assert_eq!(times.second(0, 5), 0.0);
    assert_eq!(
        (times.sample_rate_hz(), times.offset(&trial(-250.0), 0)),
        (10.0, -5.0)
    );
}

#[test]
fn rows_may_leave_out_samples_at_both_ends() {
    let times = counted(&[100, 60], Toi::All, 1, 25, 24);
    assert_eq!([times.rows(0), times.rows(1)], [0..51, 51..62]);
    assert_eq!((times.centre(0, 0), times.centre(0, 50)), (25, 75));
    assert_eq!(times.offset(&trial(-250.0), 0), -225.0);
}

#[test]
fn listed_times_are_the_nearest_samples_and_their_rate_is_told_when_they_have_one() {
    let even = Toi::At(vec![-0.2, 0.1, 0.4]);
    let times = counted(&[1000, 1000], even, 1, 0, 0);
    let centres: Vec<_> = (0..3).map(|row| times.centre(1, row)).collect();
    assert_eq!(centres, [150, 300, 450]);
    assert_eq!(times.rows(1), 3..6);
    assert_eq!((times.sample_rate_hz() * 3.0).round(), 10.0);
    assert!((times.offset(&trial(0.0), 0) + 2.0 / 3.0).abs() < 1e-12);
    assert!(are_even(&[-0.2, 0.1, 0.4], 500.0) && !are_even(&[0.0, 0.1, 0.7], 500.0));

    let uneven = counted(&[1000], Toi::At(vec![0.0, 0.1, 0.7]), 1, 0, 0);
    assert_eq!(uneven.sample_rate_hz(), 1.0);
    let single = counted(&[1000], Toi::At(vec![0.1]), 1, 0, 0);
    assert_eq!(
        (single.sample_rate_hz(), single.offset(&trial(0.0), 0)),
        (500.0, 50.0)
    );
}

#[test]
fn syncopys_wavelets_take_the_sample_before_also_of_a_time_that_misses_one_by_rounding() {
    let listed = Toi::At(vec![-0.4, -0.38, 0.0, 0.003]);
    let times = counted(&[1000], listed, 1, 0, 0);
    let centres = |times: &Times| (0..4).map(|row| times.centre(0, row)).collect::<Vec<_>>();
    assert_eq!(centres(&times), [50, 60, 250, 252]);
    // 500 · (-0.4 + 0.5) is below 50
    assert_eq!(centres(&times.before()), [49, 60, 250, 251]);
}

#[test]
fn a_trial_is_one_row_of_a_spectrum() {
    let times = Times::whole(&recording(&[10, 20]));
    assert_eq!(
        (times.rows(1), times.n_rows(), times.most_rows()),
        (1..2, 2, 1)
    );
    assert_eq!(times.offset(&trial(-250.0), 0), -250.0);
}
