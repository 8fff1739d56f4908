//! `.info` files: numbers, labels and axes that fit nothing, and files that would take all memory.

use std::os::unix::fs::symlink;

use ndarray::Array2;

use super::{
    INFO, container, limited, make_fifo, recording_is_refused, refused, sound, sparse, write_trials,
};

fn info_is_refused(text: impl AsRef<[u8]>, words: &[&str]) {
    let folder = sound();
    folder.write("recording.spy/recording.analog.info", text);
    recording_is_refused(&folder, "recording.analog.info: ", words);
}

#[test]
fn sample_rates_that_are_no_numbers_of_hz_are_refused() {
    for rate in [
        "NaN",
        "Infinity",
        "-Infinity",
        "0",
        "-0.0",
        "-500",
        "1e-300",
        "1e300",
        "\"500\"",
        "null",
        "[500]",
        "true",
        "{}",
    ] {
        let text = INFO.replace("500.0", rate);
        info_is_refused(
            text,
            &[
                "samplerate is ",
                "expected a number of Hz from 1e-6 to 1e12",
            ],
        );
    }
    info_is_refused(INFO.replace("500.0", "1e999"), &["not JSON"]);
    info_is_refused(
        INFO.replace("500.0", &"9".repeat(1_000_000)),
        &["not JSON: number out of range"],
    );
    info_is_refused(
        "{\"dimord\": [\"time\", \"channel\"]}",
        &["samplerate is missing; expected"],
    );
}

#[test]
fn labels_that_do_not_match_the_channels_are_refused() {
    let labels = |labels: &str| {
        INFO.replace(
            "\"samplerate\"",
            &format!("\"channel\": {labels}, \"samplerate\""),
        )
    };
    let million = format!("[{}\"last\"]", "\"Cz\",".repeat(1_000_000));
    for (list, words) in [
        ("[]", &["has 0 labels; expected 2"][..]),
        ("[\"a\"]", &["has 1 labels; expected 2"]),
        ("[\"a\", \"b\", \"c\"]", &["has 3 labels; expected 2"]),
        (&million, &["has 1000001 labels; expected 2"]),
        (
            "[\"a\", 2]",
            &["the label 2 for channel 1; expected a string"],
        ),
        ("[\"a\", [[\"b\"]]]", &["for channel 1; expected a string"]),
        (
            "[\"a\\u0000b\", \"c\"]",
            &["for channel 0; expected a string"],
        ),
        (
            "{\"a\": \"b\"}",
            &["channel is {\"a\":\"b\"}; expected a list"],
        ),
        ("\"\\u001b[2J\"", &["expected a list of strings or null"]),
    ] {
        info_is_refused(labels(list), words);
    }
    let long = format!("[\"a\", \"{}\"]", "b".repeat(2_000_000));
    info_is_refused(
        labels(&long),
        &["for channel 1; expected a string of at most 1000"],
    );
    let wrong = format!("\"{}\"", "\\u001b]0;title".repeat(100_000));
    info_is_refused(labels(&wrong), &["expected a list of strings or null"]);
}

#[test]
fn axes_and_classes_of_other_objects_are_refused() {
    for axes in [
        "[]",
        "null",
        "7",
        "[\"time\"]",
        "[\"channel\", \"channel\"]",
        "[\"time\", 1, \"channel\", []]x",
        "[\"time\", \"taper\", \"freq\", \"channel\"]",
    ] {
        let text = INFO.replace("[\"time\", \"channel\"]", axes);
        info_is_refused(
            text,
            &[if axes.ends_with('x') {
                "not JSON"
            } else {
                "expected [\"time\", \"channel\"]"
            }],
        );
    }
    let class = format!("{{\"dataclass\": \"{}\",", "SpikeData".repeat(10_000));
    info_is_refused(
        INFO.replace('{', &class),
        &["this object is \"Spike", "expected AnalogData"],
    );
}

#[test]
fn info_files_that_are_no_json_objects_are_refused() {
    for (text, word) in [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "this file holds []; expected a JSON object"),
        ("NaN", "this file holds null; expected a JSON object"),
        ("{\"a\": 1}}", "not JSON: trailing characters"),
        ("{\"a\": \"\\ud800\"}", "not JSON"),
        ("\u{feff}{}", "not JSON"),
    ] {
        info_is_refused(text, &[word]);
    }
    info_is_refused(b"{\"a\": \"\xff\"}", &["read this file as text"]);
    info_is_refused([0; 100], &["not JSON"]);
}

#[test]
fn json_bombs_are_refused_before_they_take_memory() {
    let words = ["lie in each other; expected fewer"];
    info_is_refused("[".repeat(1_000_000), &words);
    info_is_refused("{\"a\":".repeat(1_000_000), &words);
    let words = ["more than 8388608 values; expected fewer"];
    info_is_refused(format!("[{}0]", "0,".repeat(9_000_000)), &words);
    info_is_refused(format!("[{}0]", "[[]],".repeat(9_000_000)), &words);
    // a large file without a byte on disk
    let folder = sound();
    let path = folder.path("recording.spy/recording.analog.info");
    let file = std::fs::File::create(path).unwrap();
    file.set_len(1 << 40).unwrap();
    let words = ["larger than 268435456 bytes; expected a small JSON file"];
    recording_is_refused(&folder, "recording.analog.info: ", &words);
}

#[test]
fn a_million_labels_twice_the_same_and_unreadable_ones_are_taken_as_they_are() {
    let folder = sound();
    let labels = INFO.replace("{", "{\"channel\": [\"\\u001b[2J\", \"\\u001b[2J\"],");
    folder.write("recording.spy/recording.analog.info", labels);
    let run = folder.slepian(&["run", "study.toml"]).succeeds();
    assert!(
        !run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'),
        "{run}"
    );
    for path in ["recording.spy", "spectra.spy"] {
        let page = folder.slepian(&["info", path]).succeeds();
        assert!(
            page.stdout.contains("\\u{1b}[2J") && !page.stdout.contains('\u{1b}'),
            "{page}"
        );
    }
    let text = "select.channel=\"\\u001b[2J\"";
    let launch = limited(&folder, &["plan", "study.toml", "--set", text]);
    let error = launch.fails_with(2);
    assert!(
        error.contains("channels 0 and 1 are both called"),
        "{error}"
    );
    assert!(!error.contains('\u{1b}'), "{error:?}");
}

#[test]
fn a_channel_that_is_not_among_very_many_is_refused_in_one_short_line() {
    let n = 1 << 20;
    let folder = container(|file| {
        let data = Array2::<u8>::ones((8, n));
        let set = file.new_dataset_builder().with_data(&data);
        set.create("data").unwrap();
        write_trials(file, &[[0.0, 8.0, 0.0]]);
    });
    let select = |name: &str| {
        let set = format!("select.channel={name}");
        limited(&folder, &["plan", "study.toml", "--set", &set])
    };
    let words = ["does not exist; known are channel0000001", "more"];
    refused(
        &folder,
        select("\"zzz\""),
        2,
        "--set select.channel",
        &words,
    );
    let long = format!("\"{}\"", "channel".repeat(10_000));
    refused(
        &folder,
        select(&long),
        2,
        "--set select.channel",
        &["does not exist"],
    );
    let words = ["channel 1048576 does not exist; expected 0 to 1048575"];
    refused(
        &folder,
        select("1048576"),
        2,
        "--set select.channel",
        &words,
    );
}

#[test]
fn info_refuses_what_it_cannot_show_and_takes_little_memory() {
    let folder = sound();
    let info = "recording.spy/recording.analog.info";
    let show = |path: &str| limited(&folder, &["info", path]);
    for (text, word) in [
        ("[".repeat(1_000_000), "lie in each other"),
        (
            format!("[{}0]", "0,".repeat(9_000_000)),
            "more than 8388608 values",
        ),
    ] {
        folder.write(info, text);
        refused(&folder, show("recording.spy"), 1, info, &[word]);
    }
    std::fs::remove_file(folder.path(info)).unwrap();
    make_fifo(&folder.path(info));
    refused(&folder, show("recording.spy"), 1, info, &["this is a FIFO"]);
    symlink("loop", folder.path("loop")).unwrap();
    refused(
        &folder,
        show("loop"),
        1,
        "loop: ",
        &["Too many levels of symbolic links", "expected the path"],
    );

    // claims of any size are shown as claims, with a page of some lines
    let folder = container(|file| {
        sparse(file, "data", (1 << 40, 1 << 22), 1_u8);
        sparse(file, "trialdefinition", (1 << 40, 1 << 20), 0.0);
    });
    let words = format!(
        "{{\"dimord\": [\"time\", \"{0}\"], \"dataclass\": \"{0}\", \"samplerate\": [{1}0], \"channel\": [\"{0}\"], \
         \"freq\": [1e308]}}",
        "long".repeat(100_000),
        "1,".repeat(100_000)
    );
    folder.write(info, words);
    let page = limited(&folder, &["info", "recording.spy"])
        .succeeds()
        .stdout;
    assert!(
        page.contains("1099511627776 time") && page.len() < 3000,
        "{page}"
    );
}
