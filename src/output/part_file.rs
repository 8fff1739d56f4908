//! The file of a result, made whole before the first spectrum.
//!
//! Rank 0 writes what has variable length (HDF5 cannot do that in parallel) and closes; then all ranks open the file and
//! create `data` together, which a chunked data set needs (HDF5 1.10 allocates one that was made serially wrongly).

use std::os::fd::AsFd;
use std::path::Path;
use std::str::FromStr;

use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, FileBuilder};
use ndarray::Array2;
use rustix::fs::{FallocateFlags, fallocate, ftruncate};
use rustix::io::Errno;

use super::container::MARK;
use super::data_set::{DataSet, Numbers};
use super::scales::{attach_scale, make_scale};
use super::{Outline, Target};
use crate::comm::World;
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::spectral::Coordinates;

/// The open file and its data set; the file is closed last.
pub struct PartFile {
    /// The spectra.
    pub data: DataSet,
    /// The file they are in.
    pub file: File,
}

impl Outline<'_> {
    /// The numbers of the result.
    pub fn numbers(&self) -> Numbers {
        Numbers {
            element: self.layout.element,
            double: self.stores_double,
        }
    }

    /// The rows of the result's trial definition: one sample per trial, Syncopy's convention for spectra.
    pub fn trialdefinition(&self) -> Array2<f64> {
        if self.plan.averages {
            return Array2::from_shape_vec((1, 3), vec![0.0, 1.0, 0.0]).expect("three numbers");
        }
        let rows = self.layout.rows_per_trial() as f64;
        let mut table = Array2::zeros((self.recording.trials.len(), 3 + self.recording.n_info));
        for (k, (mut row, trial)) in table
            .rows_mut()
            .into_iter()
            .zip(&self.recording.trials)
            .enumerate()
        {
            let fixed = [k as f64 * rows, (k + 1) as f64 * rows, trial.offset];
            for (place, value) in row.iter_mut().zip(fixed.iter().chain(&trial.info)) {
                *place = *value;
            }
        }
        table
    }
}

/// Creates the file on rank 0 and `data` on all. Collective.
///
/// # Errors
/// The file cannot be created, or there is not enough room for it.
pub fn create(target: &Target, outline: Outline, world: &World) -> Result<PartFile> {
    let path = &target.part;
    world.on_root(|| write_labels(path, outline))?;

    // before HDF5 works on it together: a rank whose share of that fails would leave the others waiting
    world.on_root(|| reserve(path, outline.plan.output_bytes))?;
    let file = open_on_all_ranks(path, world)?;
    let plan = outline.plan;
    let tile = if plan.averages {
        None
    } else {
        plan.tile.as_deref()
    };
    let data = DataSet::create(
        &file,
        path,
        "data",
        &plan.output_shape,
        tile,
        outline.numbers(),
    );
    let data = world.agree(data)?;
    let attached = attach_all(&file, data.handle(), outline).and_then(|()| file.flush());
    world.agree(attached.at(path, "attach the axes to data"))?;
    Ok(PartFile { data, file })
}

/// Opens a file for writing on all ranks at once. Collective.
///
/// # Errors
/// A rank cannot open the file: it is found out before HDF5's collective call, which would wait for that rank for ever.
pub fn open_on_all_ranks(path: &Path, world: &World) -> Result<File> {
    let opened = std::fs::File::options().read(true).write(true).open(path);
    world.agree(opened.at(path, "open this file for writing"))?;
    world.agree(
        builder(world)
            .open_rw(path)
            .at(path, "open this file on all ranks"),
    )
}

/// HDF5's parallel driver when there are several ranks, else its default one.
fn builder(world: &World) -> FileBuilder {
    let mut builder = FileBuilder::new();
    if let Some(communicator) = world.communicator() {
        builder.with_fapl(|fapl| fapl.mpio(communicator, None));
    }
    builder
}

/// Asks the file system for the room now: a disk that is full later would cost the work done until then.
pub fn reserve(path: &Path, bytes: u128) -> Result<()> {
    let file = std::fs::File::options()
        .write(true)
        .open(path)
        .at(path, "open this file")?;
    let labels = file
        .metadata()
        .at(path, "read the size of this file")?
        .len();
    let length = u64::try_from(bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(labels);
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

/// The name of an axis for readers of the file: rows of spectra are trials.
fn axis_name(coordinates: &Coordinates, name: &'static str) -> &'static str {
    if matches!(coordinates, Coordinates::Stacked(_)) {
        "trial"
    } else {
        name
    }
}

fn write_labels(path: &Path, outline: Outline) -> Result<()> {
    let file = File::create(path).at(path, "create this file")?;
    labels(&file, outline).at(path, "write the labels of the axes")?;
    file.close().at(path, "close this file")?;
    let file = std::fs::File::open(path).at(path, "open this file")?;
    file.sync_all().at(path, "sync this file to disk")
}

fn labels(file: &File, outline: Outline) -> hdf5::Result<()> {
    let recording = outline.recording;
    for axis in &outline.layout.axes {
        let name = axis_name(&axis.coordinates, axis.name);
        let coordinates = match &axis.coordinates {
            Coordinates::Stacked(rows) => {
                let numbers: Vec<i64> = if outline.plan.averages {
                    vec![0; *rows]
                } else {
                    let of_trial =
                        |trial: &crate::recording::Trial| vec![trial.number as i64; *rows];
                    recording.trials.iter().flat_map(of_trial).collect()
                };
                file.new_dataset_builder()
                    .with_data(&numbers)
                    .create(name)?
            }
            Coordinates::Labels(labels) => strings(file, name, labels.iter().map(String::as_str))?,
            Coordinates::Frequencies(grid) => {
                let set = file
                    .new_dataset_builder()
                    .with_data(&grid.frequencies_hz())
                    .create(name)?;
                set.new_attr::<VarLenUnicode>()
                    .create("units")?
                    .write_scalar(&text("Hz"))?;
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

    let trialdefinition = outline.trialdefinition();
    let n_info = trialdefinition.ncols() - 3;
    let columns: Vec<String> = ["start", "stop", "offset"]
        .map(str::to_owned)
        .into_iter()
        .chain((1..=n_info).map(|number| format!("info{number}")))
        .collect();
    let columns = strings(
        file,
        "trialdefinition_column",
        columns.iter().map(String::as_str),
    )?;
    make_scale(&columns, "trialdefinition_column")?;
    let table = file
        .new_dataset_builder()
        .with_data(&trialdefinition)
        .create("trialdefinition")?;
    attach_scale(&table, &file.dataset("trial")?, 0)?;
    attach_scale(&table, &columns, 1)?;

    file.new_attr::<f64>()
        .create("samplerate")?
        .write_scalar(&recording.sample_rate_hz)?;
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

fn strings<'a>(
    file: &File,
    name: &str,
    labels: impl Iterator<Item = &'a str>,
) -> hdf5::Result<Dataset> {
    let labels: Vec<VarLenUnicode> = labels.map(text).collect();
    file.new_dataset_builder().with_data(&labels).create(name)
}

/// HDF5's variable-length UTF-8, which ends at a zero byte.
fn text(label: &str) -> VarLenUnicode {
    VarLenUnicode::from_str(&label.replace('\0', "")).expect("zero bytes were removed")
}

fn attach_all(file: &File, data: &Dataset, outline: Outline) -> hdf5::Result<()> {
    for (i, axis) in outline.layout.axes.iter().enumerate() {
        attach_scale(
            data,
            &file.dataset(axis_name(&axis.coordinates, axis.name))?,
            i,
        )?;
    }
    Ok(())
}
