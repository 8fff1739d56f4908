//! Configs and settings that are no configs.

use std::os::unix::fs::symlink;

use super::{limited, make_fifo, refused, sound};

#[test]
fn configs_that_are_deep_long_or_no_text_are_refused_in_one_short_line() {
    let folder = sound();
    let run = || limited(&folder, &["run", "study.toml"]);
    let tables = |text: &str| {
        format!("[input]\npath = \"recording.spy\"\n[output]\npath = \"spectra.spy\"\n{text}")
    };
    let long = "x".repeat(1_000_000);
    for (text, words) in [
        (
            format!("[select]\ntrials = {}", "[".repeat(100_000)),
            &["study.toml:6:", "not TOML"][..],
        ),
        (
            format!(
                "[select]\ntrials = {}1{}",
                "[".repeat(1000),
                "]".repeat(1000)
            ),
            &["study.toml:6:", "not TOML"],
        ),
        (
            format!("[{}]", vec!["a"; 10_000].join(".")),
            &["study.toml:1:1", "too deep in each other"],
        ),
        (
            format!("[freqanalysis]\npad = {}", "9".repeat(100_000)),
            &["study.toml:6:", "not TOML"],
        ),
        ("[freqanalysis]\npad = 1e999".into(), &["study.toml:6:"]),
        (
            format!("[freqanalysis]\n{long} = 1"),
            &["study.toml:6:1: freqanalysis.xxx", "no such key"],
        ),
        (format!("[{long}]"), &["study.toml:5:", "no such table"]),
        (
            format!("[freqanalysis]\ntaper = \"{long}\""),
            &["study.toml:6:1: freqanalysis.taper = \"xxx"],
        ),
        (
            format!("[freqanalysis]\nfoi = [{}]", "1e300,".repeat(100_000)),
            &[
                "study.toml:6:1: freqanalysis.foi = [1e300",
                "half the sample rate",
            ],
        ),
        (
            "[freqanalysis]\n\"\\u001b[2J\" = 1".into(),
            &["study.toml:6:1: freqanalysis.\\u{1b}[2J: no such key"],
        ),
        (
            "[freqanalysis]\ntaper = \"\\u001b[2J\"".into(),
            &["study.toml:6:1: freqanalysis.taper = "],
        ),
        (
            "[freqanalysis]\nfoilim = [nan, inf]".into(),
            &["study.toml:6:1: freqanalysis.foilim = [nan, inf]"],
        ),
        (
            "[freqanalysis]\npad = 1\npad = 1".into(),
            &["study.toml:7:1: this is not TOML: duplicate key"],
        ),
        (
            format!(
                "[select]\n{}",
                (0..200_000)
                    .map(|n| format!("k{n}=1\n"))
                    .collect::<String>()
            ),
            &["select.k", "no such key"],
        ),
    ] {
        folder.write("study.toml", tables(&text));
        refused(&folder, run(), 2, "study.toml", words);
    }
    folder.write("study.toml", b"[input]\npath = \"\xff\"\n");
    refused(
        &folder,
        run(),
        2,
        "study.toml: ",
        &["cannot read this config"],
    );
    folder.write("study.toml", [0; 1000]);
    refused(&folder, run(), 2, "study.toml:1:", &["not TOML"]);
}

#[test]
fn configs_that_are_pipes_devices_folders_or_huge_are_refused() {
    let folder = sound();
    std::fs::remove_file(folder.path("study.toml")).unwrap();
    make_fifo(&folder.path("FIFO"));
    symlink("/dev/zero", folder.path("device")).unwrap();
    symlink("loop", folder.path("loop")).unwrap();
    let huge = std::fs::File::create(folder.path("huge")).unwrap();
    huge.set_len(1 << 40).unwrap();
    for (config, words) in [
        ("FIFO", &["this is a FIFO; expected a regular file"][..]),
        ("device", &["this is a device; expected a regular file"]),
        ("recording.spy", &["this is a recording; expected a config"]),
        ("loop", &["cannot read this config", "symbolic links"]),
        (
            "huge",
            &["has 1099511627776 bytes; expected at most 4194304"],
        ),
        ("nowhere", &["cannot read this config: No such file"]),
    ] {
        for command in ["run", "plan"] {
            refused(
                &folder,
                limited(&folder, &[command, config]),
                2,
                config,
                words,
            );
        }
    }
}

#[test]
fn paths_and_settings_with_zero_bytes_or_of_any_length_are_refused() {
    let folder = sound();
    let long = "x".repeat(100_000);
    for (set, code, words) in [
        (
            "input.path=\"a\\u0000b\"".to_owned(),
            2,
            &["NUL byte; expected the path of a recording"][..],
        ),
        ("output.path=\"a\\u0000b\"".to_owned(), 1, &["cannot"]),
        (
            format!("input.path={long}"),
            2,
            &["expected the path of a recording"],
        ),
        (format!("output.path={long}"), 1, &["too long"]),
        (long.clone(), 2, &["expected table.key=value"]),
        (format!("freqanalysis.{long}=1"), 2, &["no such key"]),
        (
            format!("freqanalysis.pad={long}"),
            2,
            &["expected \"maxperlen\""],
        ),
    ] {
        let launch = limited(&folder, &["run", "study.toml", "--set", &set]);
        refused(&folder, launch, code, "", words);
    }
}
