//! A tile as HDF5 stores it compressed: the bytes of its numbers sorted by their place, deflated, and a checksum of the
//! result, which HDF5 compares before it inflates a tile, so that no flipped bit of a compressed file goes unseen.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.l, filters 2, 1 and 3; RFC 1950.

use std::io::Write;

use flate2::write::ZlibEncoder;

use super::Compression;

/// Words that are added before the sums are folded, at most: no more keep them within 32 bits.
const WORDS: usize = 360;

/// The bytes of a whole tile of numbers of `element_bytes` each, as they are stored.
///
/// # Errors
/// None that the memory they go to could give.
pub fn encode(
    numbers: &[u8],
    element_bytes: usize,
    compression: Compression,
) -> std::io::Result<Vec<u8>> {
    let level = flate2::Compression::new(u32::from(compression.level));
    let mut deflating = ZlibEncoder::new(Vec::new(), level);
    if compression.shuffle {
        deflating.write_all(&shuffled(numbers, element_bytes))?;
    } else {
        deflating.write_all(numbers)?;
    }
    let mut bytes = deflating.finish()?;
    let sum = fletcher32(&bytes);
    bytes.extend(sum.to_le_bytes());
    Ok(bytes)
}

/// The first bytes of all numbers, then the second ones, and so on.
fn shuffled(numbers: &[u8], element_bytes: usize) -> Vec<u8> {
    let mut sorted = Vec::with_capacity(numbers.len());
    for place in 0..element_bytes {
        sorted.extend(numbers[place..].iter().step_by(element_bytes));
    }
    sorted
}

/// Fletcher's checksum of 16-bit words, whose first byte is the high one; a last byte alone is the high one of its word.
///
/// Source: Fletcher, IEEE Trans. Commun. 30 (1982), 247; HDF5 File Format Specification 3.0, filter 3.
fn fletcher32(bytes: &[u8]) -> u32 {
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (mut first, mut second) = (0_u32, 0_u32);
    for words in bytes.chunks(2 * WORDS) {
        for word in words.chunks(2) {
            let low = word.get(1).copied().unwrap_or(0);
            first += u32::from(word[0]) << 8 | u32::from(low);
            second += first;
        }
        (first, second) = (fold(first), fold(second));
    }
    fold(second) << 16 | fold(first)
}

#[cfg(test)]
mod tests {
    use super::super::super::calls::write_tile;
    use super::*;
    use crate::output::packing::filters;
    use proptest::prelude::*;

    /// What HDF5 reads of tiles that were encoded here.
    fn read_by_hdf5(numbers: &[f32], compression: Compression) -> Vec<f32> {
        let folder = tempfile::tempdir().unwrap();
        let file = hdf5::File::create(folder.path().join("x")).unwrap();
        let n = numbers.len();
        let builder = file.new_dataset::<f32>().shape([n]).chunk([n]);
        let set = builder
            .with_dcpl(|builder| filters(builder, compression))
            .create("data")
            .unwrap();
        let bytes = encode(bytemuck::cast_slice(numbers), 4, compression).unwrap();
        write_tile(&set, &[0], &bytes).unwrap();
        set.read_raw::<f32>().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn hdf5_reads_what_was_encoded(
            numbers in prop::collection::vec(any::<f32>(), 1..3000), level in 1_u8..10, shuffle: bool
        ) {
            let read = read_by_hdf5(&numbers, Compression { level, shuffle });
            let bits = |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&read), bits(&numbers));
        }
    }

    #[test]
    fn the_checksum_is_fletchers() {
        assert_eq!(fletcher32(b"abcdef"), words(&[0x6162, 0x6364, 0x6566]));
        assert_eq!(fletcher32(b"abc"), words(&[0x6162, 0x6300]));
        assert_eq!(fletcher32(&[0xff; 4000]), words(&[0xffff; 2000]));
    }

    /// From the definition, with the remainder after each word; this sum is never 0 where a word is not.
    fn words(words: &[u64]) -> u32 {
        let reduce = |sum: u64| if sum == 0 { 0 } else { (sum - 1) % 65535 + 1 };
        let (mut first, mut second) = (0, 0);
        for word in words {
            first = reduce(first + word);
            second = reduce(second + first);
        }
        (second << 16 | first) as u32
    }
}
