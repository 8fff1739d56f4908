use super::*;

#[test]
fn rank_0_hears_no_more_pulses_however_many_ranks_there_are() {
    assert_eq!(pulse_every(2), PULSE_EVERY);
    assert_eq!(pulse_every(2000), PULSE_EVERY);
    assert_eq!(pulse_every(10_000), Duration::from_secs(1));
    let per_second = |size: usize| size as f64 / pulse_every(size).as_secs_f64();
    assert!(
        (1..200_000)
            .step_by(997)
            .all(|size| per_second(size) <= 10_001.0)
    );
}

#[test]
fn a_silent_rank_is_named_and_one_that_has_left_is_not() {
    let timeout = Duration::from_millis(400);
    let mut peers = Peers::new(4);
    let ago = |ms| Instant::now().checked_sub(Duration::from_millis(ms));
    (peers.heard[1], peers.heard[2], peers.heard[3]) = (ago(300), ago(900), ago(900));
    assert_eq!(peers.silent_for(timeout), Some(2));
    peers.heard_of(2, true);
    assert_eq!(peers.silent_for(timeout), Some(3));
    peers.heard_of(3, false);
    assert_eq!(peers.silent_for(timeout), None);
    // a process that was stopped itself has heard nobody meanwhile
    (peers.heard[1], peers.pauses) = (ago(900), Pauses::since(ago(900).unwrap()));
    assert_eq!(peers.silent_for(timeout), None);
}
