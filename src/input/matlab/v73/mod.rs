//! Files that `save -v7.3` writes: HDF5, where structs are groups, and cells and arrays of structs are references to what
//! lies in the group `#refs#`. Only hard links are followed, as MATLAB writes no others.

mod attributes;
mod references;

use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5::{Hyperslab, LinkType, LocationType, Selection};

use super::value::{Numbers, Place, Structs, Value};
use super::{
    Budget, FEW, FieldFilter, LISTED_LEVELS, MAX_DEPTH, MAX_LISTED, NamedStruct, text, wrong,
};
use crate::error::{Hdf5Context, Result};
use crate::input::hdf5_data::{self, Axes, data_set, missing, open_hdf5};
use crate::input::location::{Layout, Sample};
use attributes::{class, is_marked};
use references::{Names, holds_references, references};

/// Characters of a text at most.
const MAX_TEXT: usize = 1 << 16;
/// Numbers that are read at once: HDF5 holds a kilobyte for every chunk that a read touches, and a chunk may hold one.
const NUMBERS: u64 = 1 << 15;
/// What MATLAB's own groups begin with.
const OWN: char = '#';

/// An open file.
pub struct File {
    path: PathBuf,
    file: hdf5::File,
    variables: Vec<String>,
    names: Option<Names>,
}

impl File {
    /// Finds the variables of a file.
    ///
    /// # Errors
    /// HDF5 cannot read it.
    pub fn open(path: &Path) -> Result<File> {
        let file = open_hdf5(path, |_| ())?;
        let mut variables = hard_links(path, &file)?;
        variables.retain(|name| !name.starts_with(OWN));
        Ok(File {
            path: path.to_owned(),
            file,
            variables,
            names: None,
        })
    }

    /// The names of the variables.
    pub fn names(&self) -> Vec<&str> {
        self.variables.iter().map(String::as_str).collect()
    }

    /// The fields of a variable that is a struct.
    pub fn fields(&self, name: &str) -> Result<Vec<String>> {
        match self.file.loc_type_by_name(name) {
            Ok(LocationType::Group) => hard_links(&self.path, &self.group(name)?),
            _ => Ok(Vec::new()),
        }
    }

    /// The structs of a variable.
    pub fn structs(&self, name: &str) -> Result<Vec<NamedStruct>> {
        let mut found = Vec::new();
        self.add_structs(name, LISTED_LEVELS, &mut found)?;
        for (name, _) in &mut found {
            *name = name.replace('/', ".");
        }
        Ok(found)
    }

    fn add_structs(&self, name: &str, levels: usize, found: &mut Vec<NamedStruct>) -> Result<()> {
        let is_group = matches!(self.file.loc_type_by_name(name), Ok(LocationType::Group));
        if !is_group || found.len() >= MAX_LISTED {
            return Ok(());
        }
        let fields = self.fields(name)?;
        found.push((name.to_owned(), fields.clone()));
        for field in fields.iter().filter(|_| levels > 0) {
            self.add_structs(&format!("{name}/{field}"), levels - 1, found)?;
        }
        Ok(())
    }

    /// What a variable holds of what is wanted.
    pub fn load(&mut self, name: &str, wanted: FieldFilter) -> Result<Value> {
        if !self.variables.iter().any(|known| known == name) {
            return Err(wrong(
                &self.path,
                format!("holds no variable {name}; expected it"),
            ));
        }
        let mut loader = Loader {
            budget: Budget::new(),
            file: self,
            wanted,
        };
        loader.object(name, 0, wanted.whole.contains(&name))
    }

    /// Some numbers of a data set, in the order of the file.
    pub fn read(&self, name: &str, some: Range<u64>) -> Result<Vec<f64>> {
        let set = data_set(&self.path, &self.file, name)?;
        let shape = set.shape();
        let &[n_columns, n_rows] = &shape[..] else {
            let what = format!("{name} has {} axes; expected 2", shape.len());
            return Err(wrong(&self.path, what));
        };
        // of columns the first axis of HDF5 is the long one, else the last
        let long = if n_rows == 1 { n_columns } else { n_rows } as u64;
        let mut numbers = Vec::new();
        let mut at = some.start;
        while at < some.end {
            let (k, first) = ((at / long) as usize, at % long);
            let end = long.min(first + NUMBERS).min(first + some.end - at);
            at += end - first;
            let (k, part) = (k..k + 1, first as usize..end as usize);
            let slab = if n_rows == 1 { (part, 0..1) } else { (k, part) };
            let part = set
                .read_slice_2d::<f64, _>(Selection::from(Hyperslab::from(slab)))
                .at(&self.path, format!("read {name}"))?;
            numbers.extend(part.iter());
        }
        Ok(numbers)
    }

    /// Matrices of channels × samples (× trials), one after the other on the time axis.
    pub fn samples(&self, matrices: &[&Numbers]) -> Result<Layout> {
        let mut pieces = Vec::new();
        let mut row = 0;
        for matrix in matrices {
            let Place::DataSet(name) = &matrix.place else {
                unreachable!("matrices of this file are data sets");
            };
            // HDF5's axes are MATLAB's in reverse
            let axes = match matrix.shape.len() {
                3 => Axes::TrialTimeChannel,
                _ => Axes::TimeChannel,
            };
            let found = hdf5_data::find(&self.path, &self.file, name, axes)?;
            pieces.push((row, found.layout));
            row += (found.n_samples * found.n_trials) as u64;
        }
        match pieces.len() {
            1 => Ok(pieces.remove(0).1),
            _ => Ok(Layout::Pieces(pieces)),
        }
    }

    fn group(&self, name: &str) -> Result<hdf5::Group> {
        self.file
            .group(name)
            .at(&self.path, format!("open the struct {name}"))
    }
}

/// The names of a group's hard links.
fn hard_links(path: &Path, group: &hdf5::Group) -> Result<Vec<String>> {
    let links = group.links(Default::default(), Default::default());
    let links = links.at(path, "read the names of variables")?;
    let hard = links
        .into_iter()
        .filter(|(_, info)| info.link_type == LinkType::Hard);
    Ok(hard.map(|(name, _)| name).collect())
}

/// Loads what is wanted of a variable.
struct Loader<'a> {
    file: &'a mut File,
    budget: Budget,
    wanted: FieldFilter<'a>,
}

impl Loader<'_> {
    /// The object of this name, `depth` structs and cells deep, within a field that is wanted as a whole or not.
    fn object(&mut self, name: &str, depth: usize, within: bool) -> Result<Value> {
        self.budget.take(&self.file.path, 1, name.len())?;
        if depth > MAX_DEPTH {
            return Ok(Value::Other("structs and cells in each other, too deep"));
        }
        let kind = self.file.file.loc_type_by_name(name);
        match kind.at(&self.file.path, format!("open {name}"))? {
            LocationType::Group => self.structs(name, depth, within),
            LocationType::Dataset => self.array(name, depth, within),
            _ => Ok(Value::Other("a named type")),
        }
    }

    fn structs(&mut self, name: &str, depth: usize, within: bool) -> Result<Value> {
        let group = self.file.group(name)?;
        match class(&group).as_deref() {
            None | Some("struct") if !is_marked(&group, "MATLAB_sparse") => {}
            Some("function_handle") => return Ok(Value::Other("a function")),
            _ => return Ok(Value::Other("an object, or a sparse matrix")),
        }
        let mut structs = Structs {
            n: 1,
            ..Structs::default()
        };
        let mut fields = Vec::new();
        for field in hard_links(&self.file.path, &group)? {
            let Some(within) = self.wanted.takes(&field, within) else {
                continue;
            };
            let values = self.field(&format!("{name}/{field}"), depth, within)?;
            structs.n = values.len();
            fields.push((field, values));
        }
        if fields.iter().any(|(_, values)| values.len() != structs.n) {
            return Ok(Value::Other("structs with fields of different lengths"));
        }
        structs.fields = fields;
        Ok(Value::Structs(structs))
    }

    /// The values of a field: one, or of arrays of structs one for each.
    fn field(&mut self, name: &str, depth: usize, within: bool) -> Result<Vec<Value>> {
        let kind = self.file.file.loc_type_by_name(name);
        if kind.is_ok_and(|kind| kind == LocationType::Dataset) {
            let set = data_set(&self.file.path, &self.file.file, name)?;
            // cells say that they are; the fields of arrays of structs say nothing
            if class(&set).is_none() && holds_references(&set) {
                return self.referenced(&set, name, depth, within);
            }
        }
        Ok(vec![self.object(name, depth + 1, within)?])
    }

    fn referenced(
        &mut self,
        set: &hdf5::Dataset,
        name: &str,
        depth: usize,
        within: bool,
    ) -> Result<Vec<Value>> {
        let references = references(&self.file.path, set, name)?;
        let mut values = Vec::new();
        for reference in &references {
            if self.file.names.is_none() {
                self.file.names = Some(Names::of(&self.file.path, &self.file.file)?);
            }
            let names = self.file.names.as_ref().expect("just made");
            let of = names.name(&self.file.path, &self.file.file, reference, name)?;
            values.push(self.object(&of, depth + 1, within)?);
        }
        Ok(values)
    }

    fn array(&mut self, name: &str, depth: usize, within: bool) -> Result<Value> {
        let path = &self.file.path;
        let set = data_set(path, &self.file.file, name)?;
        let class = class(&set);
        let class = class.as_deref();
        let shape: Vec<u64> = set.shape().iter().rev().map(|&n| n as u64).collect();
        let empty = is_marked(&set, "MATLAB_empty");
        let count = shape.iter().try_fold(1_u64, |n, &k| n.checked_mul(k));
        let Some(count) = count.filter(|_| shape.len() <= 32) else {
            return Ok(Value::Other("an array of impossible axes"));
        };
        let dtype = set.dtype().at(path, format!("read the type of {name}"))?;
        match class {
            Some("cell") | None if holds_references(&set) => {
                if empty {
                    return Ok(Value::Cells(Vec::new()));
                }
                Ok(Value::Cells(self.referenced(&set, name, depth, within)?))
            }
            Some("cell") if empty => Ok(Value::Cells(Vec::new())),
            Some("struct") if empty => Ok(Value::Structs(Structs::default())),
            Some("char") if empty => Ok(Value::Text(String::new())),
            _ if empty => Ok(Value::nothing()),
            Some("char") => self.characters(&set, name, &shape, count),
            Some(
                "double" | "single" | "logical" | "int8" | "uint8" | "int16" | "uint16" | "int32"
                | "uint32" | "int64" | "uint64",
            )
            | None => match hdf5_data::number(&dtype) {
                Some((sample, _)) => self.numbers(&set, name, shape, count, sample),
                None => Ok(Value::Other(hdf5_data::kind(&dtype))),
            },
            Some("function_handle") => Ok(Value::Other("a function")),
            Some(class) => Ok(Value::object(class)),
        }
    }

    /// Whether a small data set can be read at once: its bytes are here and not in other files.
    fn check_small(&self, set: &hdf5::Dataset, name: &str, bytes: u128) -> Result<()> {
        if set.layout() == hdf5::dataset::Layout::Virtual {
            let what = format!(
                "{name} is put together from other files; expected it in this file: save the variable again"
            );
            return Err(wrong(&self.file.path, what));
        }
        match missing(&self.file.path, set, bytes)? {
            Some(what) => Err(wrong(&self.file.path, what)),
            None => Ok(()),
        }
    }

    fn characters(
        &mut self,
        set: &hdf5::Dataset,
        name: &str,
        shape: &[u64],
        count: u64,
    ) -> Result<Value> {
        if shape.first() != Some(&1) {
            return Ok(Value::Other("rows of characters"));
        }
        if count > MAX_TEXT as u64 {
            return Ok(Value::Other("a text of more than 65536 characters"));
        }
        self.check_small(set, name, u128::from(count) * 2)?;
        self.budget.take(&self.file.path, 0, count as usize * 2)?;
        let units = set.read_raw::<u16>();
        let units = units.at(&self.file.path, format!("read the text {name}"))?;
        Ok(Value::Text(text::utf16(units.into_iter())))
    }

    fn numbers(
        &mut self,
        set: &hdf5::Dataset,
        name: &str,
        shape: Vec<u64>,
        count: u64,
        sample: Sample,
    ) -> Result<Value> {
        self.check_small(set, name, u128::from(count) * sample.bytes() as u128)?;
        let few = match count {
            0..=FEW => set
                .read_raw::<f64>()
                .at(&self.file.path, format!("read {name}"))?,
            _ => Vec::new(),
        };
        Ok(Value::Numbers(Numbers {
            shape,
            is_double: sample == Sample::F64,
            place: Place::DataSet(name.to_owned()),
            few,
        }))
    }
}
