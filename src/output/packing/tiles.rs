//! The tiles that a rank compresses, one after the other.

use std::path::Path;

use super::encode::encode;
use super::{Compression, DOING};
use crate::comm::{self, World};
use crate::error::{IoContext, Result};
use crate::faults::{Point, strike};
use crate::output::Outline;
use crate::output::placement::{grid, points};
use crate::output::places::Shape;
use crate::output::stored_blocks::StoredBlocks;
use crate::output::tile::tile;

/// From so many ranks on rank 0 has enough to do with storing what the others compress.
const MANY_RANKS: usize = 16;

/// This rank's share of the tiles, compressed one after the other.
pub struct Tiles {
    source: StoredBlocks,
    compression: Compression,
    element_bytes: usize,
    shape: Vec<usize>,
    tile: Vec<usize>,
    numbers: std::iter::StepBy<std::ops::Range<usize>>,
    /// Whether the job was asked to stop before the last of them.
    pub were_left: bool,
}

impl Tiles {
    pub fn new(
        source: StoredBlocks,
        outline: Outline,
        compression: Compression,
        world: &World,
    ) -> Tiles {
        let shape = Shape::of_result(outline);
        let element_bytes = shape.numbers.bytes();
        let tile = tile(&shape.data, element_bytes);
        let n_tiles: usize = grid(&shape.data, &tile).iter().product();
        let (rank, size) = (world.rank(), world.size());
        let numbers = match (size < MANY_RANKS, rank) {
            (true, _) => (rank..n_tiles).step_by(size),
            (false, 0) => (0..0).step_by(1),
            (false, _) => (rank - 1..n_tiles).step_by(size - 1),
        };
        Tiles {
            source,
            compression,
            element_bytes,
            shape: shape.data,
            tile,
            numbers,
            were_left: false,
        }
    }

    /// The message of the next tile: its number and its bytes; none at the end, or when the job was asked to stop.
    pub fn next(&mut self, path: &Path, world: &World) -> Result<Option<Vec<u8>>> {
        if world.is_stopping() {
            self.were_left = true;
            return Ok(None);
        }
        let Some(number) = self.numbers.next() else {
            return Ok(None);
        };
        strike(Point::Pack).at(path, DOING)?;
        let numbers = self.read(number)?;
        let bytes = encode(&numbers, self.element_bytes, self.compression);
        comm::note_progress();
        let mut message = (number as u64).to_le_bytes().to_vec();
        message.extend(bytes.at(path, "compress spectra")?);
        Ok(Some(message))
    }

    /// The numbers of a tile, which at the far edges is filled up with zeros.
    fn read(&self, number: usize) -> Result<Vec<u8>> {
        let start = first_element(number, &self.shape, &self.tile);
        let ends = self.tile.iter().zip(&self.shape);
        let extent: Vec<usize> = start
            .iter()
            .zip(ends)
            .map(|(start, (tile, n))| (*tile).min(n - start))
            .collect();
        let mut bytes = vec![0; extent.iter().product::<usize>() * self.element_bytes];
        self.source.read(&start, &extent, &mut bytes)?;
        if extent == self.tile {
            return Ok(bytes);
        }
        let mut whole = vec![0; self.tile.iter().product::<usize>() * self.element_bytes];
        let row = extent[extent.len() - 1] * self.element_bytes;
        let lines: Vec<_> = extent[..extent.len() - 1].iter().map(|&n| 0..n).collect();
        for (line, place) in bytes.chunks(row).zip(points(&lines)) {
            let before = place
                .iter()
                .zip(&self.tile)
                .fold(0, |sum, (i, n)| sum * n + i);
            let at = before * self.tile[extent.len() - 1] * self.element_bytes;
            whole[at..at + row].copy_from_slice(line);
        }
        Ok(whole)
    }
}

/// Where a tile begins, counted in C order.
pub fn first_element(number: usize, shape: &[usize], tile: &[usize]) -> Vec<usize> {
    let mut left = number;
    let mut first: Vec<usize> = grid(shape, tile)
        .iter()
        .zip(tile)
        .rev()
        .map(|(n, tile)| {
            let place = left % n;
            left /= n;
            place * tile
        })
        .collect();
    first.reverse();
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_numbered_in_c_order() {
        let (shape, tile) = ([5, 7, 4], [2, 3, 4]);
        let tiles: Vec<_> = grid(&shape, &tile).into_iter().map(|n| 0..n).collect();
        for (number, point) in points(&tiles).enumerate() {
            let first: Vec<usize> = point.iter().zip(tile).map(|(i, n)| i * n).collect();
            assert_eq!(first_element(number, &shape, &tile), first);
        }
    }
}
