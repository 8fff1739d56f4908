//! References to objects of the file: which object, and the name that a reader opens it by.

use std::collections::HashMap;
use std::path::Path;

use hdf5::types::{Reference, TypeDescriptor};
use hdf5::{ObjectReference1, ReferencedObject};

use super::{hard_links, wrong};
use crate::error::{Hdf5Context, Result};
use crate::input::matlab::MAX_VALUES;

/// Where MATLAB puts what is referred to.
const REFS: &str = "#refs#";

/// The objects of `#refs#` by their addresses. HDF5 itself would search the whole file for the name of each.
pub struct Names(HashMap<String, String>);

impl Names {
    /// The names of all that is in the file's `#refs#`.
    pub fn of(path: &Path, file: &hdf5::File) -> Result<Names> {
        let mut names = HashMap::new();
        if let Ok(refs) = file.group(REFS) {
            for name in hard_links(path, &refs)? {
                let found = refs.loc_info_by_name(&name);
                let found = found.at(path, format!("open {REFS}/{name}"))?;
                names.insert(address(&found), format!("/{REFS}/{name}"));
            }
        }
        Ok(Names(names))
    }

    /// The name of the object that a reference in `from` is to.
    pub fn name(
        &self,
        path: &Path,
        file: &hdf5::File,
        reference: &ObjectReference1,
        from: &str,
    ) -> Result<String> {
        let doing = || format!("follow a reference of {from}");
        let found = file.dereference(reference).at(path, doing())?;
        let object: &hdf5::Location = match &found {
            ReferencedObject::Group(group) => group,
            ReferencedObject::Dataset(set) => set,
            ReferencedObject::Datatype(_) => {
                let what = format!("a reference of {from} is to a type; expected an array");
                return Err(wrong(path, what));
            }
        };
        let address = address(&object.loc_info().at(path, doing())?);
        let name = self.0.get(&address).cloned();
        name.ok_or_else(|| {
            let what = format!("a reference of {from} is to something else than what is in {REFS}");
            wrong(path, format!("{what}; expected what MATLAB writes: save the variable again, with MATLAB or hdf5storage"))
        })
    }
}

/// Addresses can be compared and printed, and nothing else.
fn address(found: &hdf5::LocationInfo) -> String {
    format!("{:?}", found.token)
}

/// Whether a data set holds references to objects.
pub fn holds_references(set: &hdf5::Dataset) -> bool {
    let descriptor = set.dtype().and_then(|dtype| dtype.to_descriptor());
    matches!(descriptor, Ok(TypeDescriptor::Reference(Reference::Object)))
}

/// The references that a data set holds, in the order of MATLAB.
pub fn references(path: &Path, set: &hdf5::Dataset, name: &str) -> Result<Vec<ObjectReference1>> {
    let n = set
        .shape()
        .iter()
        .try_fold(1_usize, |n, &k| n.checked_mul(k));
    let what = match n {
        Some(n) if n <= MAX_VALUES && set.storage_size() > 0 => {
            return set
                .read_raw::<ObjectReference1>()
                .at(path, format!("read the references of {name}"));
        }
        Some(0) => return Ok(Vec::new()),
        Some(n) if n <= MAX_VALUES => {
            format!(
                "{name} claims {n} values, but none was ever written; expected them: save the variable again"
            )
        }
        _ => format!("{name} holds more values than there may be; expected at most {MAX_VALUES}"),
    };
    Err(wrong(path, what))
}
