//! No byte of a result changes unseen, and no damage to a partial result is published: bits are flipped everywhere, and every command
//! looks at what is left. `SLEPIAN_FLIPS` and `SLEPIAN_FLIPS_OF_PARTS` say how many; `make flips` flips thousands.

use std::path::{Path, PathBuf};

use crate::support::{Folder, Random, Spectra, with_files};

/// Results of every kind, with and without the SHA-1 of the whole file, which sees every flip alone.
const KINDS: &[&[&str]] = &[
    &[],
    &["output.checksum=false"],
    &["output.checksum=false", "freqanalysis.chan_per_worker=2"],
    &["output.checksum=false", "freqanalysis.keeptrials=false"],
    &[
        "output.checksum=false",
        "freqanalysis.keeptrials=false",
        "freqanalysis.chan_per_worker=3",
    ],
    &["output.checksum=false", "output.compression=gzip"],
    &[
        "output.checksum=false",
        "output.compression=gzip",
        "freqanalysis.keeptrials=false",
    ],
    &[
        "output.checksum=false",
        "freqanalysis.method=welch",
        "freqanalysis.t_ftimwin=0.1",
        "freqanalysis.toi=0.5",
    ],
    &[
        "output.checksum=false",
        "freqanalysis.method=mtmconvol",
        "freqanalysis.t_ftimwin=0.1",
        "freqanalysis.foi=[40, 80]",
        "freqanalysis.toi=all",
        "freqanalysis.chan_per_worker=2",
    ],
    &[
        "output.checksum=false",
        "freqanalysis.method=wavelet",
        "freqanalysis.tapsmofrq=none",
        "freqanalysis.foi=[100, 150]",
    ],
    &[
        "output.checksum=false",
        "freqanalysis.method=superlet",
        "freqanalysis.order_max=3",
        "freqanalysis.tapsmofrq=none",
        "freqanalysis.foi=[100, 150]",
        "freqanalysis.keeptrials=false",
    ],
    &[
        "output.checksum=false",
        "freqanalysis.output=fooof",
        "freqanalysis.tapsmofrq=none",
        "freqanalysis.foilim=[10, 200]",
    ],
];

/// Partial results: how they are computed, and where the job is killed.
const PARTS: &[(&[&str], &str)] = &[
    (&[], "mark:0:4:kill"),
    (&["freqanalysis.chan_per_worker=2"], "mark:0:5:kill"),
    (&["freqanalysis.keeptrials=false"], "mark:0:3:kill"),
    (
        &[
            "freqanalysis.keeptrials=false",
            "freqanalysis.chan_per_worker=3",
        ],
        "add:0:1:kill",
    ),
    (&[], "rename:0:0:kill"),
    (&["freqanalysis.chan_per_worker=2"], "commit:0:0:kill"),
    (&["output.compression=gzip"], "commit:0:0:kill"),
];

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| {
        text.parse().expect("a number of flips is a number")
    })
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 7 --channels 5 --samples 200 --unequal 0.2 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 20\n");
    folder
}

/// The files of a container with their bytes.
fn files(container: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(container).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn put_back(container: &Path, files: &[(PathBuf, Vec<u8>)]) {
    std::fs::remove_dir_all(container).unwrap();
    std::fs::create_dir(container).unwrap();
    for (path, bytes) in files {
        std::fs::write(path, bytes).unwrap();
    }
}

/// Flips a bit of one of these files, each of which is as likely as any; what was flipped.
fn flip(files: &[(PathBuf, Vec<u8>)], random: &mut Random) -> String {
    let (path, bytes) = random.one_of(files);
    let bit = random.below(bytes.len() as u64 * 8) as usize;
    let mut bytes = bytes.clone();
    bytes[bit / 8] ^= 1 << (bit % 8);
    std::fs::write(path, bytes).unwrap();
    format!("bit {bit} of {}", path.display())
}

/// Commands end with an exit code and one line of an error, never by a signal.
fn assert_ends(folder: &Folder, args: &[&str], sets: &[&str], how: &str) -> bool {
    let outcome = folder.slepian(args).sets(sets).ends();
    match outcome.status.code() {
        Some(0) => true,
        Some(1 | 2) => {
            outcome.only_error();
            false
        }
        _ => panic!("{how}: {args:?}: {outcome}"),
    }
}

const RESUME: [&str; 4] = ["run", "study.toml", "--quiet", "--resume"];

#[test]
fn every_flipped_bit_of_a_result_is_found_and_crashes_nothing() {
    let n = number("SLEPIAN_FLIPS", 60).div_ceil(KINDS.len());
    let mut random = Random::new(11);
    let folder = folder();
    let container = folder.path("spectra.spy");
    let mut n_flips = 0;
    for kind in KINDS {
        folder.remove("spectra.spy");
        folder.slepian(&RESUME).sets(kind).succeeds();
        let whole = Spectra::read(&container);
        let files = files(&container);
        assert_eq!(files.len(), 2, "{kind:?}: data and .info");
        folder.slepian(&["verify", "spectra.spy"]).succeeds();
        for _ in 0..n {
            put_back(&container, &files);
            let how = format!("{kind:?}: {}", flip(&files, &mut random));
            for args in [
                &["info", "spectra.spy"][..],
                &["status", "spectra.spy"],
                &["plot", "spectra.spy"],
            ] {
                assert_ends(&folder, args, &[], &how);
            }
            let is_good = assert_ends(&folder, &["verify", "spectra.spy"], &[], &how);
            assert!(!is_good, "{how}: missed");
            // what is hurt is computed again, or refused
            if assert_ends(&folder, &RESUME, kind, &how) {
                Spectra::read(&container).assert_same_as(&whole, &how);
            } else {
                let overwrite = ["run", "study.toml", "--quiet", "--overwrite"];
                assert!(assert_ends(&folder, &overwrite, kind, &how), "{how}: kept");
            }
            folder.slepian(&["verify", "spectra.spy"]).succeeds();
            n_flips += 1;
        }
    }
    println!("{n_flips} flips of results, none missed");
}

#[test]
fn no_flipped_bit_of_a_partial_result_is_ever_published() {
    let n = number("SLEPIAN_FLIPS_OF_PARTS", 28).div_ceil(PARTS.len());
    let mut random = Random::new(12);
    let folder = folder();
    let container = folder.path("spectra.spy");
    let (mut n_flips, mut n_mended) = (0, 0);
    for (kind, fault) in PARTS {
        let kind = [*kind, &["output.checkpoint_every=0"]].concat();
        let undisturbed = folder.undisturbed(&kind);
        folder.remove("spectra.spy");
        let launch = folder.slepian(&RESUME).sets(&kind);
        let outcome = launch.variable("SLEPIAN_FAULT", fault).ends();
        assert!(!outcome.status.success(), "{fault} is never come to");
        let left = files(&container);
        let holds_bytes = |(path, bytes): &&(PathBuf, Vec<u8>)| {
            !bytes.is_empty() && !path.to_string_lossy().ends_with(".lock")
        };
        let targets: Vec<_> = left.iter().filter(holds_bytes).cloned().collect();
        for _ in 0..n {
            put_back(&container, &left);
            let how = format!("{kind:?} {fault}: {}", flip(&targets, &mut random));
            for command in ["status", "info", "verify"] {
                assert_ends(&folder, &[command, "spectra.spy"], &[], &how);
            }
            if assert_ends(&folder, &RESUME, &kind, &how) {
                Spectra::read(&container).assert_same_as(&undisturbed, &how);
                folder.slepian(&["verify", "spectra.spy"]).succeeds();
                assert_eq!(files(&container).len(), 2, "{how}");
                n_mended += 1;
            }
            n_flips += 1;
        }
    }
    println!("{n_flips} flips of partial results, {n_mended} of them mended, none published");
}

/// The last byte of the last tile of `data`, which is padding where the last block has fewer channels.
fn flip_padding(path: &Path) {
    let at = with_files(|| {
        let file = hdf5::File::open(path).unwrap();
        let set = file.dataset("data").unwrap();
        let last = set.chunk_info(set.num_chunks().unwrap() - 1).unwrap();
        last.addr + last.size - 1
    });
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at as usize] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn padding_that_is_hurt_is_found_and_never_published() {
    let folder = folder();
    let sets = ["freqanalysis.chan_per_worker=3", "output.checksum=false"];
    let undisturbed = folder.undisturbed(&sets);
    let run = |fault: &str| {
        let launch = folder.slepian(&RESUME).sets(&sets);
        launch.variable("SLEPIAN_FAULT", fault)
    };
    for (fault, file) in [
        ("rename:0:0:kill", "spectra.spectral.part"),
        ("commit:0:0:kill", "spectra.spectral"),
        ("", "spectra.spectral"),
    ] {
        folder.remove("spectra.spy");
        assert_eq!(run(fault).ends().status.success(), fault.is_empty());
        flip_padding(&folder.path("spectra.spy").join(file));
        folder.slepian(&["verify", "spectra.spy"]).fails_with(1);
        run("").succeeds();
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, fault);
        folder.slepian(&["verify", "spectra.spy"]).succeeds();
    }
}

#[test]
fn labels_of_data_whose_info_is_gone_come_from_the_recording() {
    let folder = folder();
    folder.slepian(&RESUME).succeeds();
    let whole = Spectra::read(&folder.path("spectra.spy"));
    let data = folder.path("spectra.spy/spectra.spectral");
    let text = b"channel2";
    let mut bytes = std::fs::read(&data).unwrap();
    let places: Vec<usize> = (0..bytes.len() - text.len())
        .filter(|&at| bytes[at..].starts_with(text))
        .collect();
    for at in places {
        bytes[at + text.len() - 1] = b'6';
    }
    std::fs::write(&data, bytes).unwrap();
    std::fs::remove_file(folder.path("spectra.spy/spectra.spectral.info")).unwrap();
    let outcome = folder.slepian(&RESUME).ends();
    // the identity may hold the names too: then the file is refused
    if outcome.status.success() {
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&whole, "labels");
        folder.slepian(&["verify", "spectra.spy"]).succeeds();
    } else {
        outcome.only_error();
    }
}
