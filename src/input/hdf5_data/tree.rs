//! The objects of an HDF5 file, as far as hard links lead: other links lead to what is found elsewhere as well, or out of
//! the file.

use std::path::Path;

use hdf5::{Group, IndexType, IterationOrder, LinkType, LocationToken, LocationType};

use super::links::resolve;
use crate::error::{Error, Hdf5Context, Result};

/// Objects at most that are looked at.
const MAX_OBJECTS: usize = 1 << 14;
/// Groups within each other at most.
const MAX_DEPTH: usize = 32;

/// The paths of all groups and of all data sets in the group `below`, in the order of their names; none where there is
/// no such group.
///
/// # Errors
/// A file that HDF5 cannot read, or too many objects: path, found, expected.
pub fn objects(path: &Path, file: &hdf5::File, below: &str) -> Result<Vec<(String, LocationType)>> {
    let mut tree = Tree {
        path,
        seen: Vec::new(),
        found: Vec::new(),
    };
    if let Some(name) = resolve(path, file, below)?
        && let Ok(group) = file.group(&format!("/{name}"))
    {
        let prefix = match name.as_str() {
            "" => name,
            name => format!("{name}/"),
        };
        tree.visit(&group, &prefix, 0)?;
    }
    Ok(tree.found)
}

/// The names of what is in a group behind hard links, in their order; at most as many as are looked at.
///
/// # Errors
/// A group that HDF5 cannot read.
pub fn members(path: &Path, group: &Group) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let visit = |name: &str, info: hdf5::LinkInfo| {
        if info.link_type == LinkType::Hard {
            names.push(name.to_owned());
        }
        // something ends the visit
        Ok((names.len() > MAX_OBJECTS).then_some(()))
    };
    group
        .find_link(IndexType::Name, IterationOrder::Increasing, visit)
        .at(path, format!("list the group {}", group.name()))?;
    Ok(names)
}

struct Tree<'a> {
    path: &'a Path,
    /// Groups that were visited: hard links may lead back to them.
    seen: Vec<LocationToken>,
    found: Vec<(String, LocationType)>,
}

impl Tree<'_> {
    fn visit(&mut self, group: &Group, prefix: &str, depth: usize) -> Result<()> {
        for name in members(self.path, group)? {
            let place = format!("{prefix}{name}");
            // what cannot be read is nothing that could be meant
            let Ok(info) = group.loc_info_by_name(&name) else {
                continue;
            };
            if self.found.len() == MAX_OBJECTS {
                return Err(Error::Recording {
                    path: self.path.to_owned(),
                    what: format!(
                        "more than {MAX_OBJECTS} objects; expected input.dataset to say which of them is the recording"
                    ),
                });
            }
            self.found.push((place.clone(), info.loc_type));
            if info.loc_type == LocationType::Group
                && depth < MAX_DEPTH
                && !self.seen.contains(&info.token)
                && let Ok(next) = group.group(&name)
            {
                self.seen.push(info.token);
                self.visit(&next, &format!("{place}/"), depth + 1)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_groups_hold_each_other_is_listed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        let file = hdf5::File::create(&path).unwrap();
        let inner = file.create_group("a/b").unwrap();
        inner.new_dataset::<f32>().shape(1).create("data").unwrap();
        inner.link_hard("/a", "up").unwrap();
        inner.link_soft("/a", "soft").unwrap();
        inner.link_external("/dev/zero", "x", "outside").unwrap();
        let names = |below: &str| -> Vec<String> {
            let found = objects(&path, &file, below).unwrap();
            found.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("/"), ["a", "a/b", "a/b/data", "a/b/up"]);
        assert_eq!(names("a/b")[..2], ["a/b/data", "a/b/up"]);
        assert!(names("nothing").is_empty());
    }
}
