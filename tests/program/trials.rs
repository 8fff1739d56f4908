//! Trials that a config defines: around events, of a fixed length, or everything; and what is selected of them.

use crate::support::{Folder, Number, Recording, Spectra, Storage, data_file};

const EVENTS: &str = "onset\tduration\ttrial_type\tresponse_time\tsample\n\
    0.2\t0.1\ttarget\t0.4\t100\n\
    0.4\t0.2\tother\tn/a\t200\n\
    0.602\t0.1\ttarget\t0.31\t301\n\
    0.998\t0.1\ttarget\t0.5\t499\n";

/// A folder with a recording of 500 samples at 500 Hz, events and a study.
fn folder(tables: &str) -> Folder {
    let folder = Folder::new();
    let recording = Recording::of_noise(500, 3);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.write("events.tsv", EVENTS);
    folder.study(tables);
    folder
}

/// Trial, first sample, number of samples, offset in s and info of every line.
fn listed(folder: &Folder, sets: &[&str]) -> Vec<[String; 4]> {
    let listing = folder
        .slepian(&["trials", "study.toml"])
        .sets(sets)
        .succeeds();
    let lines = listing.stdout.lines().skip(1);
    let fields = lines.map(|line| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    fields
        .map(|f| [f[3].clone(), f[4].clone(), f[5].clone(), f[6..].join(" ")])
        .collect()
}

fn rows(rows: &[[&str; 4]]) -> Vec<[String; 4]> {
    rows.iter().map(|row| row.map(str::to_owned)).collect()
}

#[test]
fn trials_lie_around_the_events_that_count_and_those_past_the_edges_are_counted() {
    let folder = folder(
        "[definetrial]\nevents = \"events.tsv\"\nwhere = 'trial_type == \"target\" and response_time > 0.3'\n\
         pre = 0.1\npost = 0.1\ntrialinfo = [\"response_time\"]\n",
    );
    let want = rows(&[
        ["50", "100", "-0.1", "0 0.4"],
        ["251", "100", "-0.1", "2 0.31"],
    ]);
    assert_eq!(listed(&folder, &[]), want);
    let run = folder.slepian(&["run", "study.toml"]).succeeds();
    assert!(
        run.stderr
            .contains("1 trial left out: past the edges of the recording, or across a gap"),
        "{}",
        run.stderr
    );
    // the same stretches as trials of a container
    let trials: [&[f64]; 2] = [
        &[50.0, 150.0, -50.0, 0.0, 0.4],
        &[251.0, 351.0, -50.0, 2.0, 0.31],
    ];
    let cut = Recording::of_noise(500, 3).with_trials(&trials);
    cut.write(&folder.path("cut.spy"), Storage::plain(Number::F32));
    let defined = Spectra::read(&folder.path("spectra.spy"));
    folder.write(
        "cut.toml",
        "[input]\npath = \"cut.spy\"\n[output]\npath = \"of_cut.spy\"\n",
    );
    folder.slepian(&["run", "cut.toml"]).succeeds();
    let columns = |name: &str| {
        let file = hdf5::File::open(data_file(&folder.path(name))).unwrap();
        let columns = file.dataset("trialdefinition_column").unwrap();
        let columns = columns.read_1d::<hdf5::types::VarLenUnicode>().unwrap();
        columns.iter().map(|c| c.to_string()).collect::<Vec<_>>()[3..].join(" ")
    };
    assert_eq!(columns("spectra.spy"), "event response_time");
    assert_eq!(columns("of_cut.spy"), "info1 info2");
    // a mean lies around no event
    let mean = folder
        .slepian(&["run", "study.toml", "--overwrite"])
        .sets(&[
            "freqanalysis.method=mtmconvol",
            "freqanalysis.t_ftimwin=0.1",
            "freqanalysis.toi=0.5",
            "freqanalysis.keeptrials=false",
        ]);
    mean.succeeds();
    assert_eq!(columns("spectra.spy"), "");
    defined.assert_same_as(
        &Spectra::read(&folder.path("of_cut.spy")),
        "trials of a container",
    );
}

#[test]
fn trials_at_the_edges_are_left_out_cut_short_or_refused() {
    let folder = folder("[definetrial]\nevents = \"events.tsv\"\npre = 0.3\npost = 0.1\n");
    let whole = rows(&[["50", "200", "-0.3", "1"], ["151", "200", "-0.3", "2"]]);
    assert_eq!(listed(&folder, &[]), whole);
    let clipped = rows(&[
        ["0", "150", "-0.2", "0"],
        ["50", "200", "-0.3", "1"],
        ["151", "200", "-0.3", "2"],
        ["349", "151", "-0.3", "3"],
    ]);
    assert_eq!(listed(&folder, &["definetrial.clip_edges=true"]), clipped);
    let refused = folder.slepian(&["trials", "study.toml"]);
    let error = refused
        .sets(&["definetrial.clip_edges=false"])
        .fails_with(2);
    assert!(
        error.contains("the trial of event 0, from -0.1 to 0.3 s, is not in the recording"),
        "{error}"
    );
    let none = folder.slepian(&["trials", "study.toml"]);
    let error = none.sets(&["definetrial.post=10"]).fails_with(2);
    assert!(
        error.contains("none of the trials around 4 events lies in the recording"),
        "{error}"
    );
}

#[test]
fn events_in_samples_with_durations_and_between_commas_are_understood() {
    let folder =
        folder("[definetrial]\nevents = \"events.tsv\"\nsample = \"sample\"\npost = 0.002\n");
    let want = rows(&[
        ["100", "1", "0", "0"],
        ["200", "1", "0", "1"],
        ["301", "1", "0", "2"],
        ["499", "1", "0", "3"],
    ]);
    assert_eq!(listed(&folder, &[]), want);
    // without post a trial lasts as long as its event; BOM, blanks and quotes are no part of names
    folder.write(
        "events.csv",
        "\u{feff}onset, duration ,\"a, b\"\r\n0.2,0.1,1\r\n0.4,0.2,\"2\"\r\n",
    );
    folder.study("[definetrial]\nevents = \"events.csv\"\nwhere = '`a, b` < 3'\n");
    let want = rows(&[["100", "50", "0", "0"], ["200", "100", "0", "1"]]);
    assert_eq!(listed(&folder, &[]), want);
}

#[test]
fn trials_of_a_fixed_length_overlap_as_asked_and_all_is_one() {
    let folder = folder("[definetrial]\nlength = 0.4\n");
    let want = rows(&[["0", "200", "0", ""], ["200", "200", "0", ""]]);
    assert_eq!(listed(&folder, &[]), want);
    let want = rows(&[
        ["0", "200", "0", ""],
        ["100", "200", "0", ""],
        ["200", "200", "0", ""],
        ["300", "200", "0", ""],
    ]);
    assert_eq!(listed(&folder, &["definetrial.overlap=0.5"]), want);
    let want = rows(&[["0", "500", "0", ""]]);
    assert_eq!(listed(&folder, &["definetrial.length=all"]), want);
    let want = rows(&[["200", "51", "0", ""]]);
    assert_eq!(
        listed(
            &folder,
            &["select.latency=[0, 0.1]", "select.trials=\"1:\""]
        ),
        want
    );
}

#[test]
fn what_says_nothing_about_trials_or_nothing_that_is_there_is_refused() {
    let folder = folder("");
    folder.write("empty.tsv", "");
    folder.write("ragged.tsv", "onset\tx\n1\t2\t3\n");
    folder.write("word.tsv", "onset\tx\nsoon\t2\n");
    folder.write("names.tsv", "time\tx\n1\t2\n");
    folder.write("bytes.tsv", [0xff, 0xfe, 0x00, b'\n', 0x01]);
    let events = |name: &str| format!("definetrial.events={}", folder.path(name).display());
    folder.write("quote.tsv", "onset\tx\n0.1\t\"go\n0.2\tx\n0.3\ty\n");
    folder.write("twice.tsv", "onset\tx\tx\n0.1\t1\t2\n");
    folder.write("rows.tsv", "onset\tx\n");
    folder.write("impulse.tsv", "onset\tduration\n0.1\t0\n");
    let tsv = events("events.tsv");
    for (sets, code, part) in [
        (
            vec!["definetrial.pre=1"],
            2,
            "expected events or length beside it",
        ),
        (
            vec!["definetrial.length=1", &tsv],
            2,
            "expected either events or length",
        ),
        (
            vec!["definetrial.length=1", "definetrial.post=1"],
            2,
            "expected no such key beside length",
        ),
        (
            vec!["definetrial.length=10"],
            2,
            "longer than the recording, in which at most 1 s",
        ),
        (
            vec!["definetrial.length=1e-9"],
            2,
            "shorter than a sample; expected at least 0.002 s",
        ),
        (
            vec!["definetrial.length=-1"],
            2,
            "expected a number of seconds above 0",
        ),
        (
            vec!["definetrial.length=0.1", "definetrial.overlap=1"],
            2,
            "from 0 to below 1",
        ),
        (
            vec!["definetrial.events=markers", "definetrial.post=1"],
            2,
            "the recording's file has no markers",
        ),
        (
            vec![&tsv, "definetrial.pre=-1", "definetrial.post=1"],
            2,
            "would end before it begins",
        ),
        (
            vec![&tsv, "definetrial.post=1e300"],
            2,
            "expected seconds from",
        ),
        (
            vec![
                &tsv,
                "definetrial.post=0.1",
                "definetrial.where=tral_type == \"x\"",
            ],
            2,
            "did you mean trial_type?",
        ),
        (
            vec![
                &tsv,
                "definetrial.post=0.1",
                "definetrial.where=trial_type == \"x\"",
            ],
            2,
            "holds for none of 4 events",
        ),
        (
            vec![
                &tsv,
                "definetrial.post=0.1",
                "definetrial.where=trial_type = 1",
            ],
            2,
            "expected ==",
        ),
        (
            vec![
                &tsv,
                "definetrial.post=0.1",
                "definetrial.trialinfo=[\"x\"]",
            ],
            2,
            "events have no column x",
        ),
        (
            vec![&tsv, "definetrial.post=0.1", "definetrial.onset=x"],
            1,
            "no column x",
        ),
        (
            vec![&events("nowhere.tsv"), "definetrial.post=1"],
            1,
            "read this table of events: No such file",
        ),
        (
            vec![&events("empty.tsv"), "definetrial.post=1"],
            1,
            "no column onset",
        ),
        (
            vec![&events("ragged.tsv"), "definetrial.post=1"],
            1,
            "this is no table",
        ),
        (
            vec![&events("word.tsv"), "definetrial.post=1"],
            1,
            "line 2: onset is \"soon\"; expected seconds",
        ),
        (
            vec![&events("names.tsv"), "definetrial.post=1"],
            1,
            "no column onset",
        ),
        (
            vec![&events("bytes.tsv"), "definetrial.post=1"],
            1,
            "this is no table",
        ),
        (
            // 0.4 of a sample, and 0.4
            vec![&tsv, "definetrial.pre=0.0008", "definetrial.post=0.0008"],
            2,
            "shorter than a sample; expected at least 0.002 s",
        ),
        (
            vec![&tsv, "definetrial.post=0.0001"],
            2,
            "shorter than a sample; expected at least 0.002 s",
        ),
        (
            vec![&events("quote.tsv"), "definetrial.post=0.1"],
            1,
            "goes over the end of its line",
        ),
        (
            vec![
                &events("twice.tsv"),
                "definetrial.post=0.1",
                "definetrial.trialinfo=[\"x\"]",
            ],
            1,
            "two columns are called x",
        ),
        (
            vec![&events("rows.tsv"), "definetrial.post=0.1"],
            1,
            "this table has no rows",
        ),
        (
            vec![&events("impulse.tsv")],
            2,
            "since the event lasts 0 s; expected definetrial.post",
        ),
        (
            vec!["select.trials=\"5:\""],
            2,
            "names none of the 1 trials",
        ),
        (vec!["select.channel=\"EEG*\""], 2, "EEG* finds no channel"),
    ] {
        let error = folder
            .slepian(&["trials", "study.toml"])
            .sets(&sets)
            .fails_with(code);
        assert!(error.contains(part), "{sets:?}: {error}");
    }
}

#[test]
fn ranks_agree_on_trials_that_rank_0_has_found() {
    let folder = folder("[definetrial]\nevents = \"events.tsv\"\npost = 0.1\n");
    folder.slepian(&["run", "study.toml"]).succeeds();
    let one = Spectra::read(&folder.path("spectra.spy"));
    let three = folder
        .slepian(&["run", "study.toml", "--overwrite"])
        .ranks(3);
    three.succeeds();
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&one, "3 ranks");
    // other events are another recording to a job that goes on
    folder.write("events.tsv", EVENTS.replace("0.602", "0.604"));
    let error = folder
        .slepian(&["run", "study.toml", "--resume"])
        .fails_with(2);
    assert!(
        error.contains("channels, trials, sample rate or storage are other ones"),
        "{error}"
    );
}

#[test]
fn a_window_that_was_recorded_counts_wherever_its_event_is() {
    let folder = folder("[definetrial]\nevents = \"events.tsv\"\npre = -0.3\npost = 0.6\n");
    folder.write("events.tsv", "onset\n-0.2\n0.5\n1.1\n");
    let want = rows(&[["50", "150", "0.3", "0"]]);
    assert_eq!(listed(&folder, &[]), want);
    // what reaches over the end is cut there
    let clipped = rows(&[["50", "150", "0.3", "0"], ["400", "100", "0.3", "1"]]);
    assert_eq!(listed(&folder, &["definetrial.clip_edges=true"]), clipped);
}

#[test]
fn no_trial_crosses_the_borders_of_trials_that_were_stored_one_after_the_other() {
    let folder = Folder::new();
    let trials: [&[f64]; 2] = [&[0.0, 250.0, -64.0], &[250.0, 500.0, -64.0]];
    let recording = Recording::of_noise(500, 2).with_trials(&trials);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.study("[definetrial]\nlength = 0.2\n");
    let starts: Vec<String> = listed(&folder, &[])
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(starts, ["0", "100", "250", "350"]);
    // defined on a recording that was not cut
    let trials: [&[f64]; 2] = [&[0.0, 250.0, -64.0], &[200.0, 450.0, -64.0]];
    let recording = Recording::of_noise(500, 2).with_trials(&trials);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    let starts: Vec<String> = listed(&folder, &[])
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(starts, ["0", "100", "200", "300", "400"]);
}
