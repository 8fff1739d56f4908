//! Recordings of other programs as the bytes choose them: HDF5 files that are almost NWB, and raw numbers with metadata
//! beside them that are as they are given, or almost right.

use std::path::Path;

use hdf5::types::VarLenUnicode;

use super::{Choices, run_recording, write_object};

/// What trials are made of.
const TRIALS: &[&[&str]] = &[
    &[],
    &["definetrial.events=markers", "definetrial.post=0.01"],
    &["definetrial.events=markers", "definetrial.clip_edges=true"],
    &["definetrial.length=all"],
];

fn sets(choices: &mut Choices) -> Vec<String> {
    let sets = TRIALS[choices.below(TRIALS.len())].iter();
    sets.map(|set| set.to_string()).collect()
}

/// An HDF5 file: behind an odd byte one of NWB, behind an even one any other.
pub fn nwb(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let is_nwb = choices.below(2) == 1;
    let path = folder.path().join(if is_nwb { "x.nwb" } else { "x.h5" });
    let mut sets = sets(&mut choices);
    if write_hdf5(&path, is_nwb, &mut choices).is_none() {
        return;
    }
    if choices.below(3) == 0 {
        let names = [
            "acquisition/raw",
            "acquisition/raw/data",
            "acquisition",
            "x",
            "/",
            "intervals/trials/kind",
        ];
        sets.push(format!(
            "input.dataset={}",
            names[choices.below(names.len())]
        ));
    }
    if !is_nwb {
        sets.push("input.samplerate=500".into());
        let dimords = [
            "[\"time\"]",
            "[\"channel\", \"time\"]",
            "[\"trial\", \"time\", \"channel\"]",
        ];
        if let Some(dimord) = dimords.get(choices.below(6)) {
            sets.push(format!("input.dimord={dimord}"));
        }
    }
    run_recording(&path, &sets);
}

fn write_hdf5(path: &Path, is_nwb: bool, choices: &mut Choices) -> Option<()> {
    let file = hdf5::File::create(path).ok()?;
    if is_nwb {
        text(&file, "nwb_version", "2.7.0")?;
    }
    let series = file.create_group("acquisition/raw").ok()?;
    text(&series, "neurodata_type", "ElectricalSeries")?;
    let mut shape = write_object(&file, "acquisition/raw/data", choices)?;
    if let Ok(data) = file.dataset("acquisition/raw/data") {
        for name in ["conversion", "offset"] {
            if choices.below(2) == 1 {
                let factor = data.new_attr::<f64>().create(name).ok()?;
                factor.write_scalar(&choices.number()).ok()?;
            }
        }
        text(&data, "unit", ["volts", "\u{1b}[2J", ""][choices.below(3)])?;
    }
    shape.truncate(2);
    match choices.below(4) {
        0 => {
            write_object(&file, "acquisition/raw/timestamps", choices)?;
        }
        1 => {
            let n = shape.first().copied().unwrap_or(0).min(4096);
            let rate = choices.number();
            let mut times = ndarray::Array1::from_iter((0..n).map(|k| k as f64 / rate));
            // a single time that is off, or a gap before all that follow
            let row = choices.below(64);
            let n_changed = if row.is_multiple_of(2) { 1 } else { n };
            if row < n {
                let jump = choices.number();
                let changed = times.iter_mut().skip(row).take(n_changed);
                changed.for_each(|time| *time += jump);
            }
            let set = series.new_dataset_builder().with_data(&times);
            set.create("timestamps").ok()?;
        }
        _ => {
            let start = series.new_dataset::<f64>().create("starting_time").ok()?;
            start.write_scalar(&choices.number()).ok()?;
            let rate = start.new_attr::<f64>().create("rate").ok()?;
            rate.write_scalar(&choices.number()).ok()?;
        }
    }
    for name in [
        "acquisition/raw/electrodes",
        "acquisition/raw/channel_conversion",
        "general/extracellular_ephys/electrodes/id",
        "general/extracellular_ephys/electrodes/label",
        "intervals/trials/start_time",
        "intervals/trials/stop_time",
        "intervals/trials/kind",
    ] {
        let (group, own) = name.rsplit_once('/')?;
        match choices.below(6) {
            0 => continue,
            1 => {
                // what was there, or was not created
                let _ = file
                    .group(group)
                    .or_else(|_| file.create_group(group))
                    .ok()?;
                write_object(&file, name, choices)?;
            }
            2 => {
                let group = file
                    .group(group)
                    .or_else(|_| file.create_group(group))
                    .ok()?;
                let target = [
                    "/acquisition/raw/data",
                    "/intervals/trials/start_time",
                    name,
                    "nowhere",
                ];
                group
                    .link_soft(target[choices.below(target.len())], own)
                    .ok()?;
            }
            _ => {
                let group = file
                    .group(group)
                    .or_else(|_| file.create_group(group))
                    .ok()?;
                let n = [shape.get(1).copied().unwrap_or(1).min(64), choices.below(8)]
                    [choices.below(2)];
                if own == "kind" || own == "label" {
                    let texts: Vec<VarLenUnicode> = (0..n)
                        .map(|_| ["a", "", "\u{1b}[2J", "long long long"][choices.below(4)])
                        .filter_map(|text| text.parse().ok())
                        .collect();
                    let texts = ndarray::Array1::from(texts);
                    group
                        .new_dataset_builder()
                        .with_data(&texts)
                        .create(own)
                        .ok()?;
                } else {
                    let numbers: Vec<f64> = (0..n).map(|_| choices.number()).collect();
                    let numbers = ndarray::Array1::from(numbers);
                    group
                        .new_dataset_builder()
                        .with_data(&numbers)
                        .create(own)
                        .ok()?;
                }
            }
        }
    }
    file.close().ok()
}

fn text(of: &hdf5::Location, name: &str, value: &str) -> Option<()> {
    let value: VarLenUnicode = value.parse().ok()?;
    let attribute = of.new_attr::<VarLenUnicode>().create(name).ok()?;
    attribute.write_scalar(&value).ok()
}

/// The numbers of a raw recording, and the bytes as its metadata: of SpikeGLX, Open Ephys or Intan, as the first byte says.
pub fn raw_recording(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let folder = folder.path();
    let kind = choices.below(3);
    let sets = sets(&mut choices);
    let n_numbers = choices.below(256) * 12;
    let numbers = vec![7; n_numbers];
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        let parent = path.parent().expect("a folder");
        std::fs::create_dir_all(parent).expect("a folder");
        std::fs::write(&path, bytes).expect("room for a small file");
        path
    };
    let path = match kind {
        0 => {
            write("x.meta", choices.0);
            write("x.bin", &numbers)
        }
        1 => {
            // lists for the numbers of samples, of changes and of states, each after a byte 0xff
            let mut parts = choices.0.splitn(4, |&byte| byte == 0xff);
            let structure = parts.next().unwrap_or_default();
            let lists = [
                "continuous/a/sample_numbers.npy",
                "events/a/TTL/states.npy",
                "events/a/TTL/sample_numbers.npy",
            ];
            for (name, numbers) in lists.iter().zip(parts) {
                write(name, &[b"\x93NUMPY", numbers].concat());
            }
            write("continuous/a/continuous.dat", &numbers);
            write("structure.oebin", structure)
        }
        _ => {
            write("amplifier.dat", &numbers);
            // a number for every sample of one channel or of two, with a jump to anywhere
            let n_times = choices.below(3) * n_numbers / 4;
            if n_times > 0 {
                let (at, jump) = (choices.below(n_times), choices.number() as i32);
                let number = |k: usize| (k as i32).wrapping_add(if k < at { 0 } else { jump });
                let times: Vec<u8> = (0..n_times).flat_map(|k| number(k).to_le_bytes()).collect();
                write("time.dat", &times);
            }
            write("info.rhd", choices.0)
        }
    };
    run_recording(&path, &sets);
}
