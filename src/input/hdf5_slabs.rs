//! Data that HDF5 has to read: chunked, compressed, virtual, external.

use std::ops::Range;

use hdf5::{H5Type, Hyperslab, Selection};

use super::syncopy::{Storage, open_hdf5};
use super::{Reader, Samples};
use crate::error::{Hdf5Context, Result};
use crate::plan::READ_STAGING;

/// Reads slabs of the data set, as large as the staging area allows.
pub struct Hdf5Slabs {
    storage: Storage,
    data: hdf5::Dataset,
}

impl Hdf5Slabs {
    /// Opens the data set.
    pub fn open(storage: &Storage) -> Result<Hdf5Slabs> {
        let path = &storage.path;
        let file = open_hdf5(path)?;
        let data = file.dataset("data").at(path, "open the data set data")?;
        Ok(Hdf5Slabs {
            storage: storage.clone(),
            data,
        })
    }

    fn read_into<T: H5Type + Copy>(
        &self,
        rows: Range<u64>,
        columns: &[usize],
        to: &mut [T],
    ) -> Result<()> {
        let n = (rows.end - rows.start) as usize;
        assert_eq!(to.len(), n * columns.len(), "one place per sample");
        if n == 0 || columns.is_empty() {
            return Ok(());
        }
        let low = columns.iter().copied().min().expect("there are columns");
        let high = columns.iter().copied().max().expect("there are columns") + 1;
        let channel_first = self.storage.channel_first;
        let rows_at_once = (READ_STAGING / ((high - low) * size_of::<T>())).clamp(1, n);
        for start in (0..n).step_by(rows_at_once) {
            let n_now = rows_at_once.min(n - start);
            let from = rows.start as usize + start;
            let (time, channel) = (from..from + n_now, low..high);
            let slab = if channel_first {
                vec![channel.into(), time.into()]
            } else {
                vec![time.into(), channel.into()]
            };
            let slab = self
                .data
                .read_slice_2d::<T, _>(Selection::from(Hyperslab::from(slab)))
                .at(&self.storage.path, "read samples")?;
            for (&column, to) in columns.iter().zip(to.chunks_mut(n)) {
                let lane = if channel_first {
                    slab.row(column - low)
                } else {
                    slab.column(column - low)
                };
                for (place, value) in to[start..start + n_now].iter_mut().zip(lane) {
                    *place = *value;
                }
            }
        }
        Ok(())
    }
}

impl Reader for Hdf5Slabs {
    fn read(&mut self, rows: Range<u64>, columns: &[usize], to: Samples) -> Result<()> {
        match to {
            Samples::Single(to) => self.read_into(rows, columns, to),
            Samples::Double(to) => self.read_into(rows, columns, to),
        }
    }
}
