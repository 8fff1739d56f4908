//! The edges of what can be described: 64-bit arithmetic holds there, and what fits nowhere is refused with what it would
//! take and what there is. Nothing is read or computed.

use std::path::Path;

use proptest::prelude::*;
use slepian::config::Config;
use slepian::recording::{Channel, Recording, Trial};

use crate::corpus::targets::{assert_clear, settle};

/// Samples of a recording at most.
const MAX_SAMPLES: usize = 1 << 40;
/// Channels at most.
const MAX_CHANNELS: usize = 1 << 20;

fn recording(lengths: &[usize], n_channels: usize, offset: f64) -> Recording {
    let trial = |(number, &n_samples): (usize, &usize)| Trial {
        number,
        start: (MAX_SAMPLES - n_samples) as u64,
        n_samples,
        offset,
        info: Vec::new(),
        labels: Vec::new(),
    };
    Recording {
        sample_rate_hz: 1000.0,
        channels: Channel::of(vec![String::new(); n_channels]),
        trials: lengths.iter().enumerate().map(trial).collect(),
        is_double: false,
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    }
}

fn config(sets: &[&str]) -> Config {
    let paths = ["input.path=x", "output.path=y"];
    let sets: Vec<String> = paths.iter().chain(sets).map(|s| s.to_string()).collect();
    Config::parse("", Path::new("study.toml"), &sets).unwrap()
}

/// The message for these lengths of trials, channels and settings.
fn refusal(lengths: &[usize], n_channels: usize, sets: &[&str]) -> String {
    let error = settle(&config(sets), &recording(lengths, n_channels, 0.0)).unwrap_err();
    assert_clear(&error);
    error.one_line()
}

/// All the memory that can be asked for.
const BOUNDLESS: &str = "parallel.memory_per_rank=16000000 TiB";

#[test]
fn the_longest_trial_of_the_most_channels_is_planned_where_memory_would_hold_it() {
    let whole = recording(&[MAX_SAMPLES], MAX_CHANNELS, 0.0);
    let (_, plan) = settle(&config(&[BOUNDLESS]), &whole).unwrap();
    assert_eq!(plan.output_shape, [1, 1, MAX_SAMPLES / 2 + 1, MAX_CHANNELS]);
    assert_eq!(plan.output_bytes, (((1 << 39) + 1) << 20) * 4);
    let text = refusal(&[MAX_SAMPLES], MAX_CHANNELS, &[]);
    let words = "one channel of the longest trial takes ";
    assert!(
        text.starts_with(words) && text.contains("a rank may take 1.0 GiB"),
        "{text}"
    );
}

#[test]
fn results_that_no_file_holds_are_refused_with_their_size() {
    let text = refusal(&[MAX_SAMPLES; 8], MAX_CHANNELS, &[BOUNDLESS]);
    assert!(
        text.contains("would take 1.8e19 bytes, more than a file can hold"),
        "{text}"
    );
    // 2²⁰ trials × 2³⁹ frequencies × 2²⁰ channels, far beyond 64 bits
    let many = vec![MAX_SAMPLES; 1 << 20];
    let text = refusal(&many, MAX_CHANNELS, &[BOUNDLESS]);
    assert!(text.contains("would take 2.4e24 bytes"), "{text}");
    let average = [
        BOUNDLESS,
        "freqanalysis.keeptrials=false",
        "freqanalysis.foilim=[0, 1]",
    ];
    let whole = recording(&many, MAX_CHANNELS, 0.0);
    assert!(settle(&config(&average), &whole).is_ok());
}

#[test]
fn padding_ends_at_two_to_the_forty_samples() {
    for (length, pad) in [
        (MAX_SAMPLES, "nextpow2"),
        ((1 << 39) + 1, "nextpow2"),
        (1000, "1099511627.776"),
    ] {
        let set = format!("freqanalysis.pad={pad}");
        let whole = recording(&[length], 1, 0.0);
        let (_, plan) = settle(&config(&[&set, BOUNDLESS]), &whole).unwrap();
        assert_eq!(plan.output_shape[2], MAX_SAMPLES / 2 + 1, "{pad}");
    }
    let text = refusal(&[1000], 1, &["freqanalysis.pad=1099511627.777"]);
    assert!(
        text.contains("1099511627777 samples are more than the 1099511627776"),
        "{text}"
    );
    refusal(&[1000], 1, &["freqanalysis.pad=1e300"]);
    refusal(&[1000], 1, &["freqanalysis.pad=-1e300"]);
}

#[test]
fn more_tapers_than_memory_holds_are_refused() {
    let tapers = |set: &str| refusal(&[MAX_SAMPLES], 1, &[BOUNDLESS, set]);
    let text = tapers("freqanalysis.tapsmofrq=1e300");
    assert!(
        text.contains("tapers of 1099511627776 samples fit no memory"),
        "{text}"
    );
    let text = refusal(
        &[1000],
        1,
        &[
            "freqanalysis.tapsmofrq=5",
            "freqanalysis.nTaper=9007199254740992",
        ],
    );
    assert!(text.contains("expected less than 1000"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_recording_is_planned_or_refused_clearly(
        lengths in prop::collection::vec(
            prop_oneof![1..100_usize, Just(1 << 20), Just(MAX_SAMPLES), 1..MAX_SAMPLES], 1..6),
        n_channels in prop_oneof![Just(1_usize), 1..100_usize, Just(MAX_CHANNELS)],
        offset in prop_oneof![Just(0.0), Just(-9_007_199_254_740_992.0), Just(f64::MAX), any::<i32>().prop_map(f64::from)],
        set in prop::sample::select(vec![
            "freqanalysis.keeptrials=true", "freqanalysis.keeptrials=false", "freqanalysis.taper=none",
            "freqanalysis.tapsmofrq=0", "freqanalysis.tapsmofrq=5", "freqanalysis.tapsmofrq=1e300",
            "freqanalysis.pad=nextpow2", "freqanalysis.pad=1e9", "freqanalysis.foilim=[0, 500]",
            "select.latency=[-1e300, 1e300]", "select.latency=[0, 1]", "freqanalysis.foi=[0, 1, 500]",
        ]),
        other in prop::sample::select(vec![
            "freqanalysis.output=pow", "freqanalysis.output=fourier", "freqanalysis.precision=double",
            "freqanalysis.chan_per_worker=1", "freqanalysis.chan_per_worker=9007199254740992",
        ]),
        keeptapers in any::<bool>(),
        memory in prop::sample::select(vec!["1", "1 GiB", "1 TiB", "16000000 TiB"]),
    ) {
        let memory = format!("parallel.memory_per_rank=\"{memory}\"");
        let keep = format!("freqanalysis.keeptapers={keeptapers}");
        let paths = ["input.path=x", "output.path=y"];
        let sets: Vec<String> = paths.iter().chain(&[set, other, &memory, &keep]).map(|s| s.to_string()).collect();
        if let Ok(config) = Config::parse("", Path::new("study.toml"), &sets)
            && let Err(error) = settle(&config, &recording(&lengths, n_channels, offset))
        {
            assert_clear(&error);
        }
    }
}
