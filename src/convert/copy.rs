//! A rank's share of the samples, from the recording to their place in the container.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::not_finite::NotFinite;
use crate::comm::note_progress;
use crate::error::{Error, IoContext, Result};
use crate::faults::{Point, strike};
use crate::input::{Reader, Samples};
use crate::output::room_left;
use crate::recording::Recording;

/// Bytes that are read and written at once.
const PIECE: usize = 4 << 20;

/// Where the samples go.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The file.
    pub path: &'a Path,
    /// Byte of its first sample.
    pub offset: u64,
}

/// Numbers of a container.
pub trait Number: bytemuck::Pod + num_traits::Float + Default {
    /// Room for them.
    fn samples(to: &mut [Self]) -> Samples<'_>;
}

impl Number for f32 {
    fn samples(to: &mut [f32]) -> Samples<'_> {
        Samples::Single(to)
    }
}

impl Number for f64 {
    fn samples(to: &mut [f64]) -> Samples<'_> {
        Samples::Double(to)
    }
}

/// The rows of `0..n_rows` that rank `rank` of `size` copies.
pub fn share(n_rows: u64, rank: usize, size: usize) -> Range<u64> {
    let bound = |rank: usize| (u128::from(n_rows) * rank as u128 / size as u128) as u64;
    bound(rank)..bound(rank + 1)
}

/// Copies the rows `share` of all trials, stacked, syncs them to disk, and returns how many samples are NaN or infinite;
/// `None` if the job was asked to stop before the end.
///
/// # Errors
/// Samples that cannot be read, or not written.
pub fn copy<T: Number>(
    reader: &mut dyn Reader,
    recording: &Recording,
    share: Range<u64>,
    place: Place,
    done: &AtomicU64,
    is_stopping: &dyn Fn() -> bool,
) -> Result<Option<NotFinite>> {
    let columns: Vec<usize> = recording
        .channels
        .iter()
        .map(|channel| channel.column)
        .collect();
    let row_bytes = columns.len() * size_of::<T>();
    let rows_at_once = (PIECE / row_bytes).max(1) as u64;
    let file = File::options().write(true).open(place.path);
    let file = file.at(place.path, "open this file")?;
    let mut samples: Vec<T> = Vec::new();
    let mut not_finite = NotFinite::new(columns.len());
    let mut stacked = 0;
    for trial in &recording.trials {
        let rows = stacked..stacked + trial.n_samples as u64;
        stacked = rows.end;
        let mut row = rows.start.max(share.start);
        let end = rows.end.min(share.end);
        while row < end {
            if is_stopping() {
                return Ok(None);
            }
            let n = rows_at_once.min(end - row);
            samples.resize(n as usize * columns.len(), T::default());
            let from = trial.start + (row - rows.start);
            reader.read(from..from + n, &columns, T::samples(&mut samples))?;
            not_finite.add(&samples);
            let at = place.offset + row * row_bytes as u64;
            strike(Point::Write)
                .and_then(|()| file.write_all_at(bytemuck::cast_slice(&samples), at))
                .map_err(|error| not_written(place.path, error))?;
            note_progress();
            done.fetch_add(n * columns.len() as u64, Ordering::Relaxed);
            row += n;
        }
    }
    file.sync_data().at(place.path, "sync this file to disk")?;
    Ok(Some(not_finite))
}

fn not_written(path: &Path, error: std::io::Error) -> Error {
    Error::Output {
        path: path.to_owned(),
        what: format!("cannot write samples: {error}{}", room_left(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_every_row_once() {
        for (n_rows, size) in [(0, 3), (1, 4), (10, 3), (1 << 40, 7)] {
            let mut next = 0;
            for rank in 0..size {
                let rows = share(n_rows, rank, size);
                assert_eq!(rows.start, next);
                next = rows.end;
            }
            assert_eq!(next, n_rows);
        }
    }
}
