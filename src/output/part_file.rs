//! The files of a result, made whole before the first spectrum, by rank 0 alone.
//!
//! HDF5 makes them: labels, room for all numbers, an empty ledger. Then it closes them, and all ranks write their blocks to
//! where it has put them ([`Placement`]). Nothing is ever written through MPI-IO while spectra are computed: its locks, its
//! collective calls and its known defects have no part in what the result holds, and no metadata are ever in flight.

use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use hdf5::dataset::{AllocTime, FillTime};
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, H5Type};
use ndarray::Array2;
use rustix::fs::{FallocateFlags, OFlags, fallocate, ftruncate};
use rustix::io::Errno;

use super::MARK;
use super::calls::{attach_scale, make_scale};
use super::cone;
use super::disk::sync_folder;
use super::fits::FITS;
use super::identity::Identity;
use super::numbers::with_stored_type;
use super::numbers_of_trials::{N, NumbersOfTrials};
use super::places::{self, Places, Shape};
use super::seal::{self, Seal};
use super::text::{set_text, strings, text};
use super::{Outline, Target, ledger, rows};
use crate::comm::Hints;
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::faults::{Point, strike};
use crate::input::open_hdf5;
use crate::spectral::Coordinates;

/// The units of the recording's channels, where they differ.
pub const CHANNEL_UNIT: &str = "channel_unit";
/// Where data sets begin: no entry of a ledger lies in two sectors of a disk.
pub const ALIGNMENT: u64 = 64;
/// HDF5 keeps so many bytes together for what describes tiles, so that the tiles lie in few stretches.
const METADATA: u64 = 32 << 10;

impl Outline<'_> {
    /// The rows of the result's trial definition: start, stop and offset of every trial in rows of the result, and the user's
    /// columns. Of averages over trials Syncopy has the first trial's, where rows are times, and no columns where they are not;
    /// a mean lies around no event, so that of trials around events it has none either.
    pub fn trialdefinition(&self) -> Array2<f64> {
        let times = self.layout.times();
        if self.plan.averages() && times.are_whole() {
            return Array2::from_shape_vec((1, 3), vec![0.0, 1.0, 0.0]).expect("three numbers");
        }
        let n_trials = if self.plan.averages() {
            1
        } else {
            self.recording.trials.len()
        };
        let is_mean_of_events = self.plan.averages() && self.recording.names_events();
        let n_info = if times.are_averaged() || is_mean_of_events {
            0
        } else {
            self.recording.trialinfo.len()
        };
        let mut table = Array2::zeros((n_trials, 3 + n_info));
        for (k, mut row) in table.rows_mut().into_iter().enumerate() {
            let trial = &self.recording.trials[k];
            let (rows, offset) = if self.plan.averages() {
                (0..times.n_average_rows(), times.average_offset(trial))
            } else {
                (times.rows(k), times.offset(trial, k))
            };
            let fixed = [rows.start as f64, rows.end as f64, offset];
            for (place, value) in row.iter_mut().zip(fixed.iter().chain(&trial.info)) {
                *place = *value;
            }
        }
        table
    }
}

/// Makes the files of a job that begins, while `check` says that the result is its to write, and has the part file filled with
/// what is there already. It gets its name last, so that it is whole whenever it is there. Where everything lies in it, and in the
/// file of sums of averages.
///
/// # Errors
/// The files cannot be made, or there is not enough room for them.
pub fn create(
    target: &Target,
    outline: Outline,
    identity: &Identity,
    check: &dyn Fn() -> Result<()>,
    fill: &dyn Fn(&Path, &Places) -> Result<()>,
) -> Result<(Places, Option<Places>)> {
    check()?;
    let path = &target.new_part;
    let file = new_file(path, outline.mpi_hints)?;
    labels(&file, outline).at(path, "write the labels of the axes")?;
    let shape = Shape::of_result(outline);
    let data = data_set(&file, "data", &shape).at(path, "make room for the spectra")?;
    attach_all(&file, &data, outline).at(path, "attach the axes to data")?;
    drop(data);
    if let Some(n) = NumbersOfTrials::of(outline) {
        n.create(&file, outline)
            .at(path, "make room for the numbers of trials")?;
    }
    if let Some(fits) = &shape.fits {
        fits.create(&file)
            .at(path, "make room for the models of spectra")?;
    }
    let identity = serde_json::to_string(identity).expect("an identity is JSON");
    ledger::create(&file, shape.n_units, shape.n_blocks)
        .and_then(|()| {
            let recording = outline.recording;
            let (n_trials, n_channels) = (recording.trials.len(), recording.channels.len());
            ledger::create_records(&file, [n_trials, n_channels, shape.n_blocks], &identity)
        })
        .at(path, "write the ledger")?;
    let places = finish(file, path, "data", &shape)?;
    fill(path, &places)?;
    let sums = match outline.plan.averages() {
        true => Some(create_sums(target, outline)?),
        false => None,
    };
    strike(Point::Create).at(path, "create this file")?;
    check()?;
    // what was there was cleared: what is there now is another start's of this job
    let there = target.part.symlink_metadata().is_ok();
    if there {
        return Err(Error::Output {
            path: target.part.clone(),
            what: "another job has made this file meanwhile".into(),
        });
    }
    std::fs::rename(path, &target.part).at(&target.part, "rename the file that is ready")?;
    let (seal, its) = (seal::beside(path), seal::beside(&target.part));
    std::fs::rename(&seal, &its).at(&its, "rename the seal that is ready")?;
    sync_folder(&target.container)?;
    Ok((places, sums))
}

/// Makes the file of sums, empty: one row for each group of trials; where everything lies in it.
///
/// # Errors
/// The file cannot be made, or there is not enough room for it.
pub fn create_sums(target: &Target, outline: Outline) -> Result<Places> {
    let path = &target.sums;
    let file = new_file(path, outline.mpi_hints)?;
    let shape = Shape::of_sums(outline);
    data_set(&file, "sums", &shape).at(path, "make room for the sums")?;
    ledger::create(&file, shape.n_units, shape.n_blocks).at(path, "write the ledger")?;
    finish(file, path, "sums", &shape)
}

/// Where everything lies in the part file and, for averages, in the file of sums.
///
/// # Errors
/// A file that is not what this job would have made.
pub fn find(target: &Target, outline: Outline) -> Result<(Places, Option<Places>)> {
    let result = places::find(&target.part, "data", &Shape::of_result(outline))?;
    let sums = if outline.plan.averages() {
        Some(places::find(
            &target.sums,
            "sums",
            &Shape::of_sums(outline),
        )?)
    } else {
        None
    };
    Ok((result, sums))
}

/// An empty file; what had its name is replaced, links are not followed. With hints it is made by MPI, where there is MPI.
pub fn new_file(path: &Path, hints: &Hints) -> Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).at(path, "remove what a killed job has left");
        }
        _ => {}
    }
    let mut options = File::with_options();
    let access = options.access_plist();
    access.alignment(1, ALIGNMENT).meta_block_size(METADATA);
    if hints.is_empty() || !hints.make_file(path)? {
        let made = options.create_excl(path).at(path, "create this file");
        if made.is_err() {
            // on a full disk an empty file would stay
            let _ = std::fs::remove_file(path);
        }
        return made;
    }
    // what MPI has made, and nothing that has come into its place: HDF5 opens it through this descriptor
    const DOING: &str = "open the file that MPI has made";
    let made = std::fs::File::options()
        .read(true)
        .write(true)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32)
        .open(path)
        .at(path, DOING)?;
    let found = made.metadata().at(path, DOING)?;
    if !found.is_file() || found.len() > 0 {
        let error = std::io::Error::other("another file has taken its place");
        return Err(error).at(path, DOING);
    }
    let name = format!("/proc/self/fd/{}", made.as_raw_fd());
    options.create(name).at(path, "create this file")
}

/// Closes the file, makes sure of its room, syncs it to disk and seals it; where everything lies in it.
fn finish(file: File, path: &Path, name: &str, shape: &Shape) -> Result<Places> {
    file.close().at(path, "close this file")?;
    reserve(path)?;
    let file = std::fs::File::open(path).at(path, "open this file")?;
    file.sync_all().at(path, "sync this file to disk")?;
    let places = places::find(path, name, shape)?;
    Seal::of(path, places.numbers(shape))?.write_beside(path)?;
    Ok(places)
}

/// The seal of the file at `path` as it is now.
///
/// # Errors
/// It is no file of ours, or cannot be read.
pub fn seal_of_file(path: &Path) -> Result<Seal> {
    let file = open_hdf5(path, |_| ())?;
    let names = ["data", "sums", N, FITS].into_iter().chain(ledger::SETS);
    let numbers = places::numbers(&file, &names.collect::<Vec<_>>());
    let numbers = numbers.at(path, "find the numbers")?;
    drop(file);
    Seal::of(path, numbers)
}

/// Asks the file system for the room of a file now: a disk that is full later would cost the work done until then.
///
/// # Errors
/// There is no room; the file system's.
pub fn reserve(path: &Path) -> Result<()> {
    if crate::faults::is_armed(Point::Reserve) {
        return Ok(());
    }
    let file = std::fs::File::options()
        .write(true)
        .open(path)
        .at(path, "open this file")?;
    let length = file
        .metadata()
        .at(path, "read the size of this file")?
        .len();
    // file systems that cannot reserve room say so in several ways; a size they can always be asked for
    let asked =
        fallocate(file.as_fd(), FallocateFlags::empty(), 0, length).or_else(|error| match error {
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Err(error),
            _ => ftruncate(&file, length),
        });
    let what = match asked {
        Err(Errno::NOSPC) => "there is no room for the result on this disk",
        Err(Errno::DQUOT) => "the result goes beyond this user's quota",
        Err(Errno::FBIG) => "the result is larger than a file may be here (see ulimit -f)",
        _ => return Ok(()),
    };
    let size = crate::phrase::size(length);
    Err(Error::Output {
        path: path.to_owned(),
        what: format!("{what}; it takes {size}"),
    })
}

/// A data set with all its room, of which nothing is written.
fn data_set(file: &File, name: &str, shape: &Shape) -> hdf5::Result<Dataset> {
    fn typed<T: H5Type>(file: &File, name: &str, shape: &Shape) -> hdf5::Result<Dataset> {
        let builder = file
            .new_dataset::<T>()
            .shape(&shape.data[..])
            .alloc_time(Some(AllocTime::Early))
            .fill_time(FillTime::Never);
        match &shape.tile {
            Some(tile) => builder.chunk(&tile[..]).create(name),
            None => builder.no_chunk().create(name),
        }
    }
    with_stored_type!(shape.numbers, T => typed::<T>(file, name, shape))
}

/// Writes the labels of all axes and the trial definition.
pub fn labels(file: &File, outline: Outline) -> hdf5::Result<()> {
    let recording = outline.recording;
    for axis in &outline.layout.axes {
        let name = axis.name;
        let coordinates = match &axis.coordinates {
            Coordinates::Stacked(times) => {
                rows::label(file, times, outline)?;
                continue;
            }
            Coordinates::Labels(labels) => strings(file, name, labels.iter().map(String::as_str))?,
            Coordinates::Frequencies(frequencies) => {
                let set = file
                    .new_dataset_builder()
                    .with_data(&frequencies.hz())
                    .create(name)?;
                set_text(&set, "units", "Hz")?;
                set
            }
            Coordinates::Channels => strings(
                file,
                name,
                recording
                    .channels
                    .iter()
                    .map(|channel| channel.label.as_str()),
            )?,
        };
        make_scale(&coordinates, name)?;
    }

    if let Some(units) = recording.differing_units() {
        let units = strings(file, CHANNEL_UNIT, units)?;
        attach_scale(&units, &file.dataset("channel")?, 0)?;
    }
    let times = outline.layout.times();
    rows::define_trials(file, &outline.trialdefinition(), times, outline)?;
    if let Some(seconds) = &outline.layout.cone_of_influence {
        cone::write(file, seconds, outline)?;
    }

    file.new_attr::<f64>()
        .create("samplerate")?
        .write_scalar(&outline.layout.times().sample_rate_hz())?;
    let dimord: Vec<VarLenUnicode> = outline
        .layout
        .axes
        .iter()
        .map(|axis| text(axis.name))
        .collect();
    file.new_attr_builder()
        .with_data(&dimord)
        .create("dimord")?;
    file.new_attr::<VarLenUnicode>()
        .create(MARK)?
        .write_scalar(&text(env!("CARGO_PKG_VERSION")))
}

/// Attaches all axes to the data set, and names the coordinates beside them, as the CF conventions do.
pub fn attach_all(file: &File, data: &Dataset, outline: Outline) -> hdf5::Result<()> {
    for (i, axis) in outline.layout.axes.iter().enumerate() {
        attach_scale(data, &file.dataset(rows::axis_name(axis))?, i)?;
    }
    let beside = [
        (!outline.layout.times().are_whole()).then_some("trial"),
        outline.recording.differing_units().map(|_| CHANNEL_UNIT),
    ];
    let beside: Vec<&str> = beside.into_iter().flatten().collect();
    if !beside.is_empty() {
        set_text(data, "coordinates", &beside.join(" "))?;
    }
    if let Some(words) = outline.layout.phase_reference {
        set_text(data, "phase_reference", words)?;
    }
    set_text(
        data,
        "units",
        &units(outline.layout.unit, outline.recording.unit()),
    )
}

/// Units of the numbers, which name those of the recording `unit`, in which channels are `of_channels`, where that is known.
fn units(units: &str, of_channels: Option<&str>) -> String {
    let Some(unit) = of_channels else {
        return units.to_owned();
    };
    let is_word = unit.chars().all(char::is_alphabetic);
    let unit = if is_word {
        unit.to_owned()
    } else {
        format!("({unit})")
    };
    units.replace("unit", &unit)
}
