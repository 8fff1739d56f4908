//! Text in HDF5 files: names along axes, and attributes.

use std::str::FromStr;

use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File};

/// Writes labels.
pub fn strings<'a>(
    file: &File,
    name: &str,
    labels: impl Iterator<Item = &'a str>,
) -> hdf5::Result<Dataset> {
    let labels: Vec<VarLenUnicode> = labels.map(text).collect();
    file.new_dataset_builder().with_data(&labels).create(name)
}

/// Gives a data set an attribute.
pub fn set_text(set: &Dataset, name: &str, value: &str) -> hdf5::Result<()> {
    set.new_attr::<VarLenUnicode>()
        .create(name)?
        .write_scalar(&text(value))
}

/// HDF5's variable-length UTF-8, which ends at a zero byte.
pub fn text(label: &str) -> VarLenUnicode {
    VarLenUnicode::from_str(&label.replace('\0', "")).expect("zero bytes were removed")
}
