//! Filters of HDF5 that are not part of it: compressors that it loads as plugins.
//! Source: The HDF Group, Registered Filter Plugins, for the numbers.

use hdf5::Dataset;

/// Filters that recordings are compressed with.
const FILTERS: &[(i32, &str)] = &[
    (4, "szip"),
    (307, "bzip2"),
    (32000, "lzf"),
    (32001, "blosc"),
    (32004, "lz4"),
    (32008, "bitshuffle"),
    (32013, "zfp"),
    (32015, "zstd"),
    (32017, "sz"),
    (32018, "fcidecomp"),
    (32024, "sz3"),
    (32026, "blosc2"),
    (32028, "sperr"),
    (32033, "htj2k"),
];

/// What is said of the data set `name` if HDF5 cannot unpack it here.
pub fn unavailable(set: &Dataset, name: &str) -> Option<String> {
    let filters = set.filters();
    let missing = filters.iter().find(|filter| !filter.is_available())?;
    let id = missing.id();
    let known = FILTERS.iter().find(|(number, _)| *number == id);
    let filter = known.map_or("a filter", |(_, name)| name);
    Some(format!(
        "{name} is compressed with {filter} (HDF5's filter {id}), which is not installed here; expected a folder with its \
         plugin in HDF5_PLUGIN_PATH in the environment (pip install hdf5plugin has some, in hdf5plugin.PLUGIN_PATH), or a \
         copy that h5repack -f GZIP=4 has written where the plugin is"
    ))
}
