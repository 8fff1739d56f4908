//! What users often write and do not mean: each gives one line that says so, and the run goes on, or does not begin.

use crate::support::{Folder, Spectra};

/// Four trials from -0.5 to 1.498 s at 500 Hz.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth(
        "harmonics --trials 4 --channels 3 --seconds 2 --sample-rate 500 --offset -0.5 --seed 1",
    );
    folder
}

/// Lines of stderr of a run that warn, and those that contain `part`.
fn said(folder: &Folder, tables: &str, part: &str) -> (usize, usize) {
    folder.study(tables);
    let outcome = folder
        .slepian(&["run", "study.toml", "--overwrite"])
        .succeeds();
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let count = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    (count("warning: "), count(part))
}

#[test]
fn one_warning_says_what_was_probably_not_meant() {
    let folder = folder();
    for (tables, part) in [
        (
            "[freqanalysis]\nfoi = [10.3, 10.4, 11.24]\n",
            "10.3 Hz is 10.5 Hz, 10.4 Hz is 10.5 Hz, 11.24 Hz is 11 Hz",
        ),
        (
            "[freqanalysis]\nmethod = \"mtmconvol\"\nt_ftimwin = 0.5\nfoi = [11]\ntoi = [0.5]\n",
            "11 Hz is 12 Hz",
        ),
        (
            "[freqanalysis]\npad = 50\n",
            "were samples or milliseconds meant?",
        ),
        (
            "[select]\nlatency = [-200, 800]\n",
            "trials last from -0.5 to 1.498 s",
        ),
        (
            "[select]\nlatency = [1, 0]\n",
            "taken as from the lower to the higher",
        ),
        (
            "[freqanalysis]\nfoilim = [60, 2]\n",
            "taken as from the lower to the higher",
        ),
        (
            "[freqanalysis]\noutput = \"fooof\"\nfoilim = [2, 60]\nfooof_opt = { peak_width_limits = [12, 2] }\n",
            "peak_width_limits: taken as from the lower to the higher",
        ),
        (
            "[freqanalysis]\noutput = \"fourier\"\nkeeptrials = false\n",
            "unless phases are locked to time 0",
        ),
        (
            "[freqanalysis]\noutput = \"fooof\"\nfoilim = [10, 12]\n",
            "no model is fitted, spectra are NaN: there are 5",
        ),
        (
            "[freqanalysis]\ntoi = 0.5\n",
            "which is taken since method is missing; it is a key of mtmconvol, welch",
        ),
    ] {
        assert_eq!(said(&folder, tables, part), (1, 1), "{tables}");
    }
}

#[test]
fn one_note_says_what_may_surprise() {
    let folder = folder();
    for (tables, part) in [
        (
            "[definetrial]\nlength = 0.3333\n",
            "trials have 167 samples, 0.334 s",
        ),
        (
            "[freqanalysis]\nmethod = \"mtmconvol\"\nt_ftimwin = 0.5\ntoi = 0.5\n",
            "a time is written as a list, toi = [0.5]",
        ),
        (
            "[freqanalysis]\ntaper = \"hamming\"\n",
            "exact for hann only",
        ),
        (
            "[freqanalysis]\nmethod = \"wavelet\"\nfoi = [40]\ntoi = [0.5]\n",
            "depends on the sample rate",
        ),
    ] {
        assert_eq!(said(&folder, tables, part), (0, 1), "{tables}");
    }
    // one second is a whole number of samples
    assert_eq!(
        said(&folder, "[definetrial]\nlength = 1\n", "samples, "),
        (0, 0)
    );
}

#[test]
fn a_window_that_surrounds_all_trials_cuts_nothing_and_a_reversed_one_is_the_straight_one() {
    let folder = folder();
    let run = |latency: &str| {
        folder.study(&format!("[select]\nlatency = {latency}\n"));
        folder
            .slepian(&["run", "study.toml", "--overwrite", "--quiet"])
            .succeeds();
        Spectra::read(&folder.path("spectra.spy"))
    };
    let straight = run("[0, 1]");
    run("[1, 0]").assert_same_as(&straight, "reversed");
    assert_eq!(run("[-200, 800]").freq_hz().len(), 501);
    folder.study("[select]\nlatency = [100, 500]\n");
    let error = folder.slepian(&["run", "study.toml"]).fails_with(2);
    assert!(error.contains("were milliseconds meant?"), "{error}");
}

#[test]
fn a_path_that_a_shell_would_expand_is_refused_with_what_it_stands_for() {
    let folder = folder();
    folder.study("[freqanalysis]\n");
    for (set, expanded) in [
        ("input.path=~/rec.spy", "/home/eva/rec.spy"),
        ("input.path=$HOME/rec.spy", "/home/eva/rec.spy"),
        ("output.path=~/out.spy", "/home/eva/out.spy"),
        ("output.path=${HOME}/out.spy", "/home/eva/out.spy"),
        ("definetrial.events=~/events.tsv", "/home/eva/events.tsv"),
        ("cluster.workdir=~/jobs", "/home/eva/jobs"),
    ] {
        let post = ["definetrial.post=1"];
        let more = if set.starts_with("definetrial") {
            &post[..]
        } else {
            &[]
        };
        let run = folder
            .slepian(&["run", "study.toml"])
            .sets(&[set])
            .sets(more);
        let error = run.variable("HOME", "/home/eva").fails_with(2);
        assert!(
            error.contains(&format!("did you mean \"{expanded}\"?")),
            "{error}"
        );
    }
    assert!(folder.has_no_trace_of_a_result() && !folder.has("~"));
}

#[test]
fn a_recording_in_place_of_a_config_is_answered_with_the_config() {
    let folder = folder();
    for given in [
        "recording.spy",
        "recording",
        "recording.spy/recording.analog",
    ] {
        let error = folder.slepian(&["run", given]).fails_with(2);
        let example = format!(
            "'[input]', 'path = \"{given}\"', '[output]', 'path = \"recording_power.spy\"'"
        );
        assert!(
            error.contains("this is a recording; expected a config"),
            "{error}"
        );
        assert!(error.ends_with(&example), "{error}");
    }
    let error = folder.slepian(&["plan", "."]).fails_with(2);
    assert!(
        error.contains("this is a folder; expected a config"),
        "{error}"
    );
}

#[test]
fn limits_of_a_picture_come_in_either_order() {
    let folder = folder();
    folder.study("[freqanalysis]\n");
    folder.slepian(&["run", "study.toml", "--quiet"]).succeeds();
    for [straight, reversed] in [
        [["--band", "8-12"], ["--band", "12-8"]],
        [["--freq", "8-40"], ["--freq", "40-8"]],
        [["--trial", "1-2"], ["--trial", "2-1"]],
    ] {
        let plot = |limits: [&str; 2]| {
            folder
                .slepian(&["plot", "spectra.spy", limits[0], limits[1]])
                .succeeds()
        };
        let (straight, reversed) = (plot(straight), plot(reversed));
        assert_eq!(straight.stdout, reversed.stdout);
        assert!(!straight.stderr.contains("warning"), "{straight}");
        let warnings = reversed
            .stderr
            .matches("taken as from the lower to the higher");
        assert_eq!(warnings.count(), 1, "{reversed}");
    }
}
