//! Where the bytes of a block lie in a file: HDF5 has allocated the data set whole, so every rank can write its blocks with
//! plain `pwrite`, in any order, without HDF5, MPI-IO or a lock.
//!
//! A data set is one tile, or a grid of tiles (HDF5 chunks) of one shape, each contiguous at an address of its own. Tiles
//! at the far edges are stored whole, the surplus is padding that nobody reads.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.i, data layout message: unfiltered chunks are stored whole.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The tiles of a data set and their addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// Shape of the data set.
    shape: Vec<usize>,
    /// Shape of a tile.
    tile: Vec<usize>,
    /// First byte of every tile, in C order.
    addresses: Vec<u64>,
    /// Bytes of an element.
    element_bytes: usize,
}

/// A stretch of a block that is contiguous in the file too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// First byte in the file.
    pub at: u64,
    /// Its bytes in the block.
    pub bytes: Range<usize>,
}

impl Placement {
    /// A data set of `shape` in tiles of `tile`; one tile of its whole shape is contiguous storage.
    ///
    /// # Errors
    /// Addresses that do not fit the grid, as found in a file.
    pub fn new(
        shape: &[usize],
        tile: &[usize],
        addresses: Vec<u64>,
        element_bytes: usize,
    ) -> Result<Placement, String> {
        let placement = Placement {
            shape: shape.to_vec(),
            tile: tile.to_vec(),
            addresses,
            element_bytes,
        };
        let n_tiles: usize = placement.grid().iter().product();
        if placement.addresses.len() != n_tiles {
            return Err(format!(
                "{} tiles have an address; expected {n_tiles}",
                placement.addresses.len()
            ));
        }
        Ok(placement)
    }

    /// Whether tiles have this shape.
    pub fn is_in_tiles_of(&self, tile: &[usize]) -> bool {
        self.tile == tile
    }

    /// First byte and bytes of every tile.
    pub fn ranges(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let bytes = self.tile.iter().product::<usize>() as u64 * self.element_bytes as u64;
        self.addresses.iter().map(move |&at| (at, bytes))
    }

    /// The stretches of padding in the tiles at the far edges, `(first byte, bytes)`, in ascending order within each tile.
    pub fn padding(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.addresses
            .iter()
            .enumerate()
            .flat_map(move |(number, &at)| {
                let padding = padding_of_tile(&self.shape, &self.tile, number, self.element_bytes);
                padding
                    .into_iter()
                    .map(move |(begin, bytes)| (at + begin, bytes))
            })
    }

    /// Bytes of an element.
    pub fn element_bytes(&self) -> usize {
        self.element_bytes
    }

    /// Tiles along every axis.
    fn grid(&self) -> Vec<usize> {
        grid(&self.shape, &self.tile)
    }

    /// How far a block that ends at the far edge of `axis` may reach into the padding of its tiles, in elements; the rest of
    /// its row is written with it, in one piece.
    pub fn padded(&self, axis: usize, range: Range<usize>) -> usize {
        let tile = self.tile[axis];
        if range.end == self.shape[axis] && range.start.is_multiple_of(tile) {
            range.len().next_multiple_of(tile)
        } else {
            range.len()
        }
    }

    /// The runs of the block of `shape` at `start`, in the order of the file's tiles.
    ///
    /// # Panics
    /// If the block reaches beyond the tiles: one byte too many would be a byte of HDF5's own.
    pub fn runs(&self, start: &[usize], shape: &[usize]) -> Vec<Run> {
        let n = shape.len();
        let grid = self.grid();
        let mut runs: Vec<Run> = Vec::new();
        if shape.contains(&0) {
            return runs;
        }
        let first: Vec<usize> = (0..n).map(|axis| start[axis] / self.tile[axis]).collect();
        let last: Vec<usize> = (0..n)
            .map(|axis| (start[axis] + shape[axis] - 1) / self.tile[axis])
            .collect();
        assert!(
            last.iter().zip(&grid).all(|(last, n)| last < n),
            "a block lies in its data set"
        );
        let tiles: Vec<Range<usize>> = (0..n).map(|axis| first[axis]..last[axis] + 1).collect();
        for tile in points(&tiles) {
            let number = tile.iter().zip(&grid).fold(0, |sum, (i, n)| sum * n + i);
            let origin: Vec<usize> = tile.iter().zip(&self.tile).map(|(i, n)| i * n).collect();
            // what block and tile share, in places of the whole data set
            let common: Vec<Range<usize>> = (0..n)
                .map(|axis| {
                    start[axis].max(origin[axis])
                        ..(start[axis] + shape[axis]).min(origin[axis] + self.tile[axis])
                })
                .collect();
            // the axes from here on are full in both, so that they are contiguous in both
            let full = |axis: usize| {
                common[axis].len() == self.tile[axis] && common[axis].len() == shape[axis]
            };
            let mut inner = n - 1;
            while inner > 0 && full(inner) {
                inner -= 1;
            }
            let len: usize = common[inner..].iter().map(Range::len).product();
            let mut outer = common.clone();
            for (axis, range) in outer.iter_mut().enumerate().skip(inner) {
                *range = common[axis].start..common[axis].start + 1;
            }
            for point in points(&outer) {
                let place = |origin: &[usize], shape: &[usize]| {
                    (0..n).fold(0, |sum, axis| {
                        sum * shape[axis] + point[axis] - origin[axis]
                    })
                };
                let in_file = place(&origin, &self.tile) as u64 * self.element_bytes as u64;
                let in_block = place(start, shape) * self.element_bytes;
                runs.push(Run {
                    at: self.addresses[number] + in_file,
                    bytes: in_block..in_block + len * self.element_bytes,
                });
            }
        }
        runs
    }
}

/// The stretches of padding in tile number `number` of a data set, `(first byte of the tile, bytes)`, in ascending order.
pub fn padding_of_tile(
    shape: &[usize],
    tile: &[usize],
    number: usize,
    element_bytes: usize,
) -> Vec<(u64, u64)> {
    let grid = grid(shape, tile);
    let mut left = number;
    let mut extent = vec![0; grid.len()];
    for axis in (0..grid.len()).rev() {
        let origin = left % grid[axis] * tile[axis];
        extent[axis] = tile[axis].min(shape[axis] - origin);
        left /= grid[axis];
    }
    let mut found = Vec::new();
    add_padding(&extent, tile, 0, element_bytes as u64, &mut found);
    found
}

/// Adds the padding of what lies at `at` of a tile of which only this `extent` is used, along the last axes.
fn add_padding(
    extent: &[usize],
    tile: &[usize],
    at: u64,
    element_bytes: u64,
    to: &mut Vec<(u64, u64)>,
) {
    if extent == tile {
        return;
    }
    let stride = tile[1..].iter().product::<usize>() as u64 * element_bytes;
    let used = extent[0] as u64;
    for place in 0..used {
        add_padding(
            &extent[1..],
            &tile[1..],
            at + place * stride,
            element_bytes,
            to,
        );
    }
    let surplus = tile[0] as u64 - used;
    if surplus > 0 {
        to.push((at + used * stride, surplus * stride));
    }
}

/// Tiles along every axis.
pub fn grid(shape: &[usize], tile: &[usize]) -> Vec<usize> {
    shape
        .iter()
        .zip(tile)
        .map(|(n, t)| n.div_ceil(*t))
        .collect()
}

/// All points of a box, in C order.
pub fn points(ranges: &[Range<usize>]) -> impl Iterator<Item = Vec<usize>> + '_ {
    let first = ranges.iter().map(|range| range.start).collect();
    let is_empty = ranges.iter().any(Range::is_empty);
    std::iter::successors((!is_empty).then_some(first), move |point: &Vec<usize>| {
        let mut next = point.clone();
        for axis in (0..next.len()).rev() {
            next[axis] += 1;
            if next[axis] < ranges[axis].end {
                return Some(next);
            }
            next[axis] = ranges[axis].start;
        }
        None
    })
}

/// A box in boxes of about `most` elements, in C order: runs of the axis before the last, one place of those before it.
pub fn pieces(start: &[usize], shape: &[usize], most: usize) -> Vec<(Vec<usize>, Vec<usize>)> {
    let last = shape.len() - 1;
    let run_axis = last.saturating_sub(1);
    let lines_at_once = (most / shape[last]).max(1);
    let mut outer: Vec<_> = shape.iter().map(|&n| 0..n).collect();
    outer[last] = 0..1;
    outer[run_axis] = 0..shape[run_axis].div_ceil(lines_at_once);
    points(&outer)
        .map(|point| {
            let (mut begin, mut extent) = (start.to_vec(), vec![1; shape.len()]);
            for axis in 0..run_axis {
                begin[axis] += point[axis];
            }
            extent[last] = shape[last];
            let first = point[run_axis] * lines_at_once;
            begin[run_axis] += first;
            extent[run_axis] = lines_at_once.min(shape[run_axis] - first);
            (begin, extent)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A placement whose tiles lie behind each other in reverse order.
    fn placement(shape: &[usize], tile: &[usize], element_bytes: usize) -> Placement {
        let n_tiles: usize = grid(shape, tile).iter().product();
        let tile_bytes = (tile.iter().product::<usize>() * element_bytes) as u64;
        let addresses = (0..n_tiles as u64)
            .rev()
            .map(|k| 64 + k * tile_bytes)
            .collect();
        Placement::new(shape, tile, addresses, element_bytes).unwrap()
    }

    /// The byte where one element lies, from the definition.
    fn byte_of(placement: &Placement, point: &[usize]) -> u64 {
        let grid = placement.grid();
        let tile = point.iter().zip(&placement.tile);
        let number = tile.zip(&grid).fold(0, |sum, ((p, t), n)| sum * n + p / t);
        let tile = point.iter().zip(&placement.tile);
        let within = tile.fold(0, |sum, (p, t)| sum * t + p % t);
        placement.addresses[number] + (within * placement.element_bytes) as u64
    }

    proptest! {
        #[test]
        fn padding_is_what_no_element_has(
            shape in prop::collection::vec(1_usize..6, 3), tile in prop::collection::vec(1_usize..4, 3)
        ) {
            let tile: Vec<usize> = tile.iter().zip(&shape).map(|(t, n)| *t.min(n)).collect();
            let placement = placement(&shape, &tile, 2);
            let mut is_free: std::collections::BTreeSet<u64> =
                placement.ranges().flat_map(|(at, bytes)| at..at + bytes).collect();
            let all: Vec<_> = shape.iter().map(|&n| 0..n).collect();
            for point in points(&all) {
                let at = byte_of(&placement, &point);
                is_free.remove(&at);
                is_free.remove(&(at + 1));
            }
            let padding: Vec<u64> = placement.padding().flat_map(|(at, bytes)| at..at + bytes).collect();
            prop_assert_eq!(padding.len(), is_free.len());
            prop_assert_eq!(padding.into_iter().collect::<std::collections::BTreeSet<_>>(), is_free);
        }

        #[test]
        fn pieces_cover_a_box_in_order(
            start in prop::collection::vec(0_usize..5, 4), shape in prop::collection::vec(1_usize..6, 4),
            most in 1_usize..40
        ) {
            let mut places = Vec::new();
            for (begin, extent) in pieces(&start, &shape, most) {
                prop_assert!(extent.iter().product::<usize>() <= most.max(shape[3]));
                let ranges: Vec<_> = begin.iter().zip(&extent).map(|(b, n)| *b..b + n).collect();
                places.extend(points(&ranges));
            }
            let ranges: Vec<_> = start.iter().zip(&shape).map(|(b, n)| *b..b + n).collect();
            let want: Vec<_> = points(&ranges).collect();
            prop_assert_eq!(places, want);
        }

        #[test]
        fn runs_put_every_element_of_a_block_where_its_tile_has_it(
            axes in prop::collection::vec((1_usize..7, 1_usize..7, 0_usize..7, 1_usize..7), 1..5),
            element_bytes in 1_usize..5
        ) {
            let shape: Vec<usize> = axes.iter().map(|axis| axis.0).collect();
            let tile: Vec<usize> = axes.iter().map(|axis| axis.1.min(axis.0)).collect();
            let start: Vec<usize> = axes.iter().map(|axis| axis.2 % axis.0).collect();
            let block: Vec<usize> =
                axes.iter().zip(&start).map(|(axis, start)| axis.3.min(axis.0 - start)).collect();
            let placement = placement(&shape, &tile, element_bytes);
            let mut at = vec![None; block.iter().product::<usize>() * element_bytes];
            for run in placement.runs(&start, &block) {
                for (k, byte) in run.bytes.enumerate() {
                    prop_assert_eq!(at[byte], None);
                    at[byte] = Some(run.at + k as u64);
                }
            }
            let ranges: Vec<Range<usize>> = start.iter().zip(&block).map(|(s, n)| *s..s + n).collect();
            for (k, point) in points(&ranges).enumerate() {
                for byte in 0..element_bytes {
                    prop_assert_eq!(
                        at[k * element_bytes + byte], Some(byte_of(&placement, &point) + byte as u64)
                    );
                }
            }
        }
    }

    #[test]
    fn whole_trials_and_whole_tiles_are_one_run() {
        let contiguous = placement(&[10, 1, 5, 8], &[10, 1, 5, 8], 4);
        assert_eq!(contiguous.runs(&[3, 0, 0, 0], &[1, 1, 5, 8]).len(), 1);
        let tiled = placement(&[10, 1, 5, 8], &[1, 1, 5, 3], 4);
        assert_eq!(tiled.runs(&[3, 0, 0, 3], &[1, 1, 5, 3]).len(), 1);
        // the last block of channels fills its tile with padding
        assert_eq!(tiled.padded(3, 6..8), 3);
        assert_eq!(tiled.padded(3, 3..6), 3);
        assert_eq!(tiled.runs(&[3, 0, 0, 6], &[1, 1, 5, 3]).len(), 1);
        assert_eq!(contiguous.padded(3, 6..8), 2);
    }

    #[test]
    #[should_panic(expected = "a block lies in its data set")]
    fn a_block_beyond_the_last_tile_is_a_bug() {
        placement(&[4, 4], &[2, 2], 4).runs(&[2, 2], &[2, 3]);
    }
}
