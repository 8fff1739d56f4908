//! Reads that show whether HDF5 comes back from reading samples at all, before the job relies on it.

use std::path::Path;

use super::location::{Layout, Location};
use super::{Reader, Samples, open_layout};

/// Data sets at most that are tried, evenly spread, the first and the last among them: each may have to be unpacked.
const MAX_TRIED: usize = 64;

/// Reads the first and the last sample of the data sets that HDF5 has to read, in the way of the job. What comes of it does
/// not matter.
pub fn try_reading(location: &Location, n_rows: u64, n_columns: usize) {
    let path = &location.path;
    match &location.layout {
        Layout::Pieces(pieces) => {
            let step = pieces.len().div_ceil(MAX_TRIED).max(1);
            let spread = (0..pieces.len()).step_by(step);
            for k in spread.chain(pieces.len().checked_sub(1)) {
                let end = pieces.get(k + 1).map_or(n_rows, |(next, _)| *next);
                let (begin, layout) = &pieces[k];
                try_layout(path, layout, end.saturating_sub(*begin), n_columns);
            }
        }
        layout => try_layout(path, layout, n_rows, n_columns),
    }
}

fn try_layout(path: &Path, layout: &Layout, n_rows: u64, n_columns: usize) {
    let is_hdf5 = match layout {
        Layout::Hdf5(_) => true,
        Layout::Doubles(layout) => matches!(**layout, Layout::Hdf5(_)),
        _ => false,
    };
    if !is_hdf5 || n_rows == 0 || n_columns == 0 {
        return;
    }
    let Ok(mut reader) = open_layout(path, layout) else {
        return;
    };
    for (row, column) in [(0, 0), (n_rows - 1, n_columns - 1)] {
        let _ = read_one(&mut *reader, row, column);
    }
}

fn read_one(reader: &mut dyn Reader, row: u64, column: usize) -> crate::error::Result<()> {
    reader.read(row..row + 1, &[column], Samples::Double(&mut [0.0]))
}
