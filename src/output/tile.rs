//! The tiles that packed results are stored in.

/// Bytes of a tile: HDF5's own cache for readers holds a megabyte.
const MAX_TILE: usize = 1 << 20;
/// Small trials share a tile of this size.
const MIN_TILE: usize = 1 << 18;

/// Whole trials, several of them when they are small, parts of them when they are large.
pub fn tile(shape: &[usize], element_bytes: usize) -> Vec<usize> {
    let mut tile = shape.to_vec();
    let row: usize = shape[1..].iter().product::<usize>() * element_bytes;
    tile[0] = (MIN_TILE / row.max(1)).clamp(1, shape[0]);
    for axis in 0..tile.len() {
        let bytes = tile.iter().product::<usize>() * element_bytes;
        if bytes > MAX_TILE {
            tile[axis] = (tile[axis] / bytes.div_ceil(MAX_TILE)).max(1);
        }
    }
    tile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_whole_trials_about_a_megabyte_large() {
        assert_eq!(tile(&[1000, 1, 100, 64], 4), [10, 1, 100, 64]);
        assert_eq!(tile(&[3, 1, 100, 64], 4), [3, 1, 100, 64]);
        assert_eq!(tile(&[3, 15, 1000, 64], 8), [1, 1, 1000, 64]);
        assert_eq!(tile(&[3, 1, 1_000_000, 64], 8), [1, 1, 2044, 64]);
        let bytes: usize = tile(&[1, 1, 1, 10_000_000], 8).iter().product();
        assert!(bytes * 8 <= MAX_TILE);
    }
}
