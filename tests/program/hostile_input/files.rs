//! What lies in the place of files: links, folders, pipes, devices, and names that are no text.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::{limited, make_fifo, recording_is_refused, refused, sound};
use crate::support::{Folder, Launch};

/// The words before a program that is bound by permissions: none for most users, for root those that take its privilege
/// away; nothing where that is not possible.
fn bound_by_permissions(folder: &Folder) -> Option<&'static [&'static str]> {
    const UNPRIVILEGED: &[&str] = &[
        "setpriv",
        "--bounding-set",
        "-dac_override,-dac_read_search",
    ];
    let secret = folder.write("secret", "");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
    let reads = |prefix: &[&str]| {
        let words: Vec<&str> = prefix.iter().copied().chain(["cat", "secret"]).collect();
        let launch = Launch::of(words[0], folder.as_path()).args(&words[1..]);
        launch.ends().status.success()
    };
    let is_there = [
        "sh",
        "-c",
        "command -v setpriv && setpriv --bounding-set -dac_override true",
    ];
    let has_setpriv = Launch::of(is_there[0], folder.as_path()).args(&is_there[1..]);
    let found = if !reads(&[]) {
        Some(&[][..])
    } else if has_setpriv.ends().status.success() && !reads(UNPRIVILEGED) {
        Some(UNPRIVILEGED)
    } else {
        None
    };
    std::fs::remove_file(&secret).unwrap();
    found
}

#[test]
fn links_that_lead_nowhere_or_in_circles_are_refused() {
    for (to, words) in [
        (
            "recording.spy",
            [
                "Too many levels of symbolic links",
                "expected the path of a recording",
            ],
        ),
        (
            "nowhere",
            [
                "this is a link to nowhere, which does not exist",
                "expected a link to a file that exists",
            ],
        ),
    ] {
        let folder = Folder::new();
        symlink(to, folder.path("recording.spy")).unwrap();
        folder.study("");
        let launch = limited(&folder, &["run", "study.toml"]);
        refused(&folder, launch, 2, "study.toml:2:1: input.path", &words);
    }
    for name in ["recording.analog", "recording.analog.info"] {
        let folder = sound();
        let path = format!("recording.spy/{name}");
        std::fs::remove_file(folder.path(&path)).unwrap();
        symlink(name, folder.path(&path)).unwrap();
        recording_is_refused(&folder, &format!("{path}: "), &["symbolic links"]);
    }
}

#[test]
fn folders_and_devices_and_pipes_in_the_place_of_files_are_refused() {
    for name in ["recording.analog", "recording.analog.info"] {
        let path = format!("recording.spy/{name}");
        let folder = sound();
        let sets = format!("input.path={path}");
        let run = || limited(&folder, &["run", "study.toml", "--set", &sets]);
        for kind in ["folder", "FIFO", "device"] {
            std::fs::remove_file(folder.path(&path)).unwrap();
            match kind {
                "folder" => std::fs::create_dir(folder.path(&path)).unwrap(),
                "FIFO" => make_fifo(&folder.path(&path)),
                _ => symlink("/dev/zero", folder.path(&path)).unwrap(),
            }
            // a folder that is named is searched for recordings
            let (code, words) = match kind {
                "folder" => (2, ["no recording in this folder", "expected the path"]),
                kind => (1, [kind, "expected a regular file"]),
            };
            refused(&folder, run(), code, &path, &words);
            if kind == "folder" {
                std::fs::remove_dir(folder.path(&path)).unwrap();
                folder.write(&path, "");
            }
        }
    }
}

#[test]
fn files_that_may_not_be_read_are_refused() {
    let folder = sound();
    let Some(prefix) = bound_by_permissions(&folder) else {
        println!("skipped: permissions do not bind this user");
        return;
    };
    let mode = |name: &str, mode: u32| {
        std::fs::set_permissions(folder.path(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    for (name, code, words) in [
        (
            "recording.spy/recording.analog",
            1,
            ["cannot open this file as HDF5", "ermission denied"],
        ),
        (
            "recording.spy/recording.analog.info",
            1,
            ["cannot open the .info file", "ermission denied"],
        ),
        (
            "recording.spy",
            1,
            ["cannot list this folder", "ermission denied"],
        ),
        (
            "study.toml",
            2,
            ["cannot read this config", "ermission denied"],
        ),
    ] {
        mode(name, 0o000);
        let launch = folder.slepian(&["run", "study.toml"]).through(prefix);
        let outcome = std::panic::catch_unwind(|| refused(&folder, launch, code, name, &words));
        mode(name, 0o755);
        assert!(outcome.is_ok(), "{name}: see above");
    }
    // what lies in a folder that may not be entered
    mode("recording.spy", 0o000);
    let set = "input.path=recording.spy/recording.analog";
    let launch = folder.slepian(&["run", "study.toml", "--set", set]);
    let launch = launch.through(prefix);
    let words = ["ermission denied", "expected the path of a recording"];
    let outcome = std::panic::catch_unwind(|| refused(&folder, launch, 2, "input.path", &words));
    mode("recording.spy", 0o755);
    assert!(outcome.is_ok(), "see above");
}

#[test]
fn names_that_are_not_utf8_are_refused() {
    let folder = sound();
    let name = |name: &[u8]| OsString::from_vec(name.to_vec());
    for (from, to) in [
        ("recording.analog", &b"re\xffcording.analog"[..]),
        ("recording.analog.info", b"re\xffcording.analog.info"),
    ] {
        let container = folder.path("recording.spy");
        std::fs::rename(container.join(from), container.join(name(to))).unwrap();
    }
    recording_is_refused(&folder, "recording.spy/re", &["not UTF-8; expected"]);

    let folder = sound();
    let inner = folder.path("x").with_file_name(name(b"in\xffner"));
    std::fs::create_dir(&inner).unwrap();
    let study = folder.path("study.toml").display().to_string();
    let recording = folder.path("recording.spy");
    std::fs::rename(recording, inner.join("recording.spy")).unwrap();
    let launch = Launch::of(env!("CARGO_BIN_EXE_slepian"), &inner).args(&[
        "run",
        &study,
        "--set",
        "input.path=recording.spy",
    ]);
    refused(
        &folder,
        launch,
        1,
        "recording.spy/recording.analog: ",
        &["not UTF-8; expected"],
    );
}
