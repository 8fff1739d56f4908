//! Files that HDF5 reads for ever: they are read in a process of their own, which ends with the job.

use std::str::FromStr;

use hdf5::File;
use hdf5::types::VarLenUnicode;
use ndarray::Array2;
use rustix::process::Signal;

use super::{refused, sound};
use crate::support::{Folder, send, this_program, wait_until_gone, with_files};

/// A shell that gives a program two seconds of computing in place of twenty.
const LITTLE_TIME: &[&str] = &["sh", "-c", "ulimit -S -t 2; exec \"$@\"", "sh"];
/// The same for rank 0; the others compute while they wait for it.
const LITTLE_TIME_ON_RANK_0: &[&str] = &[
    "sh",
    "-c",
    "[ \"${OMPI_COMM_WORLD_RANK:-$PMI_RANK}\" = 0 ] && ulimit -S -t 2; exec \"$@\"",
    "sh",
];
/// What is said of such a file.
const WORDS: &[&str] = &[
    "HDF5 did not come to an end of reading it in 2 s",
    "damaged or hostile",
    "copy or download it again",
];

/// How HDF5 marks a collection of its global heap, where texts of any length lie.
const COLLECTION: &[u8] = b"GCOL";
/// Bytes of a collection's header, and of an object's.
const HEADER: usize = 16;

fn number(bytes: &[u8]) -> usize {
    u64::from_le_bytes(bytes.try_into().unwrap()) as usize
}

/// Makes the free space of the first collection an object of no bytes: HDF5 1.10.8 goes from it to itself.
///
/// Source: HDF5 File Format Specification 3.0, III.E; H5HG__cache_heap_deserialize.
fn make_endless(bytes: &mut [u8]) {
    let found = bytes
        .windows(COLLECTION.len())
        .position(|w| w == COLLECTION);
    let begin = found.expect("texts of any length lie in the global heap");
    let end = begin + number(&bytes[begin + 8..begin + 16]);
    let mut at = begin + HEADER;
    while at < end {
        let index = u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let size = at + 8..at + HEADER;
        if index == 0 {
            bytes[size].fill(0);
            return;
        }
        at += HEADER + number(&bytes[size]).next_multiple_of(8);
    }
    panic!("no free space in the collection");
}

fn text(of: &hdf5::Location, name: &str, text: &str) {
    let text = VarLenUnicode::from_str(text).unwrap();
    let attribute = of.new_attr::<VarLenUnicode>().create(name).unwrap();
    attribute.write_scalar(&text).unwrap();
}

/// A folder with `x.nwb`, sound but for its heap, and `study.toml` of it.
fn endless() -> Folder {
    let folder = sound();
    folder.write(
        "study.toml",
        "[input]\npath = \"x.nwb\"\n[output]\npath = \"spectra.spy\"\n",
    );
    let path = folder.path("x.nwb");
    with_files(|| {
        let file = File::create(&path).unwrap();
        text(&file, "neurodata_type", "NWBFile");
        text(&file, "nwb_version", "2.7.0");
        let series = file.create_group("acquisition/lfp").unwrap();
        text(&series, "neurodata_type", "ElectricalSeries");
        let data = Array2::<f32>::ones((100, 2));
        let set = series.new_dataset_builder().with_data(&data);
        set.create("data").unwrap();
        let time = series.new_dataset::<f64>().create("starting_time").unwrap();
        time.write_scalar(&0.0).unwrap();
        let rate = time.new_attr::<f64>().create("rate").unwrap();
        rate.write_scalar(&500.0).unwrap();
        file.close().unwrap();
    });
    folder
}

fn damage(folder: &Folder, name: &str) {
    let mut bytes = std::fs::read(folder.path(name)).unwrap();
    make_endless(&mut bytes);
    std::fs::write(folder.path(name), bytes).unwrap();
}

#[test]
fn a_file_that_hdf5_reads_for_ever_is_refused_by_every_command() {
    let folder = endless();
    let page = folder.slepian(&["info", "x.nwb"]).succeeds().stdout;
    assert!(page.contains("1 trial of 100 samples"), "{page}");
    damage(&folder, "x.nwb");
    std::fs::copy(folder.path("x.nwb"), folder.path("x.h5")).unwrap();
    for args in [
        &["run", "study.toml"][..],
        &["plan", "study.toml"],
        &["info", "x.nwb"],
        &["trials", "x.h5"],
        &["convert", "x.nwb", "y.spy"],
    ] {
        let launch = folder.slepian(args).through(LITTLE_TIME);
        refused(
            &folder,
            launch,
            1,
            args[1].trim_start_matches("study.toml"),
            WORDS,
        );
    }
    let launch = folder.slepian(&["run", "study.toml"]).ranks(2);
    let launch = launch.through(LITTLE_TIME_ON_RANK_0);
    refused(&folder, launch, 1, "x.nwb: ", WORDS);
}

#[test]
fn a_container_that_hdf5_reads_for_ever_is_refused_by_info_as_well() {
    let folder = sound();
    let data = folder.path("recording.spy/recording.analog");
    with_files(|| {
        let file = File::open_rw(&data).unwrap();
        let names = file.create_group("trial_label").unwrap();
        let set = names.new_dataset::<VarLenUnicode>().shape(1);
        let set = set.create("condition").unwrap();
        set.write(&[VarLenUnicode::from_str("left").unwrap()])
            .unwrap();
        file.close().unwrap();
    });
    let info = || folder.slepian(&["info", "recording.spy"]);
    info().succeeds();
    damage(&folder, "recording.spy/recording.analog");
    refused(
        &folder,
        info().through(LITTLE_TIME),
        1,
        "recording.analog: ",
        WORDS,
    );
    let run = folder.slepian(&["run", "study.toml"]).through(LITTLE_TIME);
    refused(&folder, run, 1, "recording.analog: ", WORDS);
}

#[test]
fn the_process_that_reads_ends_with_its_job() {
    let folder = endless();
    damage(&folder, "x.nwb");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_slepian"));
    assert_ne!(program, this_program());
    // what the job itself is asked by
    for (args, signal) in [
        (["info", "x.nwb"], Signal::KILL),
        (["plan", "study.toml"], Signal::TERM),
        (["run", "study.toml"], Signal::TERM),
        (["run", "study.toml"], Signal::USR1),
    ] {
        let mut running = folder.slepian(&args).starts();
        running.wait_until("it reads", |running| !running.ranks(program).is_empty());
        let readers = running.ranks(program);
        // it listens before it reads
        send(running.number(), signal);
        let outcome = running.ends();
        wait_until_gone(&readers);
        if args[0] == "run" {
            let error = outcome.only_error();
            assert!(error.contains("stopped by SIG"), "{error}");
            assert_eq!(outcome.status.code(), Some(1), "{outcome}");
        }
    }
}

#[test]
fn the_process_that_reads_is_for_the_program_alone() {
    let folder = sound();
    let help = folder.slepian(&["--help"]).succeeds().stdout;
    assert!(!help.contains("hdf5-metadata"), "{help}");
    let error = folder.slepian(&["read-hdf5-metadata", "1"]).fails_with(2);
    assert!(error.contains("see slepian --help"), "{error}");
}
