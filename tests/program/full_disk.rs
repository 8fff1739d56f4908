//! A disk that fills up while a result is compressed: every rank ends, with one line, and the same disk does once there is room.

use crate::support::{Folder, Random, Spectra, is_mpich, launcher};

/// How many disks are tried: `SLEPIAN_FULL_DISKS`.
fn n_points() -> u64 {
    std::env::var("SLEPIAN_FULL_DISKS").map_or(6, |text| {
        text.parse().expect("a number of disks is a number")
    })
}

#[test]
fn a_disk_that_fills_up_while_ranks_compress_ends_the_job_and_serves_again() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 60 --channels 16 --samples 2000 --seed 3");
    folder.study("[freqanalysis]\noutput = \"pow\"\n");
    let gzip = &["output.compression=gzip"][..];
    let undisturbed = folder.undisturbed(gzip);
    let kib = |container: &str| {
        let file = folder.path(container).join("undisturbed.spectral");
        std::fs::metadata(file).unwrap().len() / 1024
    };
    let packed = kib("undisturbed.spy");
    folder.undisturbed(&[]);
    let plain = kib("undisturbed.spy");
    std::fs::create_dir(folder.path("disk")).unwrap();
    let mut random = Random::new(8);
    let mut n_full = 0;
    for point in 0..n_points() {
        let ranks = 1 + point as usize % 4;
        // a check before the job asks for 1 MiB beside the numbers
        let size = plain + 1100 + random.below(packed);
        let script = format!(
            "mount -t tmpfs -o size={size}k none disk || exit 99; \"$@\"; code=$?; ls -A disk/spectra.spy >left; \
             find disk -empty -type f >>left; mount -o remount,size=64m none disk; \"$@\" || exit 98; \
             cp -r disk/spectra.spy . || exit 97; exit $code"
        );
        let ranks_as_text = ranks.to_string();
        let launcher = launcher();
        let mut words = vec!["unshare", "-m", "sh", "-c", &script, "sh"];
        if ranks > 1 {
            words.extend(launcher.iter().map(String::as_str));
            words.extend(["-n", &ranks_as_text]);
        }
        folder.remove("spectra.spy");
        let mut launch = folder
            .slepian(&["run", "study.toml", "--quiet", "--resume"])
            .through(&words)
            .sets(gzip)
            .sets(&["output.path=disk/spectra.spy"]);
        if point % 2 == 1 && !is_mpich() {
            launch = launch.variable("OMPI_MCA_fcoll", "dynamic_gen2");
        }
        let outcome = launch.ends();
        let code = outcome.status.code();
        if code == Some(99) || outcome.stderr.contains("unshare") {
            println!("skipped: no disk can be mounted here");
            return;
        }
        let how = format!("{ranks} ranks on {size} KiB");
        let left = std::fs::read_to_string(folder.path("left")).unwrap();
        if code != Some(0) {
            n_full += 1;
            let error = outcome.only_error();
            // the seal and .info follow the tiles
            assert!(
                error.contains("disk/spectra.spy/") && error.contains("No space left on device"),
                "{how}: {error}"
            );
            assert!(
                error.contains("this disk has ") || !error.contains("compressed spectra"),
                "{how}: {error}"
            );
            assert!(
                error.contains("all chunks are done and kept"),
                "{how}: {error}"
            );
            assert!(!left.contains("packed"), "{how}: {left}");
            assert!(!left.contains("disk/"), "{how}: empty files: {left}");
        }
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, &how);
    }
    println!("{n_full} of {} disks filled up", n_points());
    assert!(n_full > 0, "no disk filled up");
}

#[test]
fn a_job_in_which_no_rank_gets_any_further_ends_with_one_line() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 6 --channels 4 --samples 500 --seed 3");
    folder.study("[freqanalysis]\n");
    // one rank waits for ever, the others for it
    for fault in ["pack:0:0:sleep", "create:0:0:sleep"] {
        folder.remove("spectra.spy");
        let error = folder
            .slepian(&["run", "study.toml", "--quiet"])
            .ranks(3)
            .sets(&["output.compression=gzip", "parallel.step_timeout=5 s"])
            .variable("SLEPIAN_FAULT", fault)
            .fails_with(1);
        assert!(
            error.contains("no rank has got any further for 5 s (parallel.step_timeout)"),
            "{fault}: {error}"
        );
    }
    folder
        .slepian(&["run", "study.toml", "--quiet", "--resume"])
        .succeeds();
}
