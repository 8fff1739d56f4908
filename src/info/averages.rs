//! Of how many trials an average is: near the ends of trials of fewer. The counts are read piece by piece; what is not as it
//! should be is taken as not there.

use std::path::Path;

use hdf5::types::TypeDescriptor;
use hdf5::{Dataset, File, Hyperslab, Selection};

use super::{MAX_CHUNKS, MAX_READ, PIECE};
use crate::input::data_set;
use crate::output::N;
use crate::phrase::count;

/// Of how many trials the averages in `data` of this shape are, in words, where the file counts them.
pub fn averages(path: &Path, file: &File, data: &[usize]) -> Option<String> {
    let set = data_set(path, file, N).ok()?;
    let &[n_rows, _, n_freqs, n_channels] = data else {
        return None;
    };
    let (least, most) = range(&set, [n_rows, n_freqs, n_channels])?;
    let range = if least == most {
        count(most, "trial")
    } else {
        format!("{least} to {}", count(most, "trial"))
    };
    let of_rows = if n_rows > 1 { " at each time" } else { "" };
    Some(format!("of {range}{of_rows}"))
}

/// The least and the largest of counts of this shape.
fn range(set: &Dataset, shape: [usize; 3]) -> Option<(u64, u64)> {
    let n = shape.iter().fold(1, |n: usize, &of| n.saturating_mul(of));
    let dtype = set.dtype().ok()?.to_descriptor().ok()?;
    let is_whole = matches!(
        dtype,
        TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_)
    );
    let chunk = set.chunk().unwrap_or_else(|| vec![1; 3]);
    let per_chunk = chunk.iter().fold(1, |n: usize, &of| n.saturating_mul(of));
    if set.shape() != shape || !is_whole || n == 0 || n > MAX_READ || per_chunk > PIECE {
        return None;
    }
    let chunks = shape.iter().zip(&chunk).map(|(n, of)| n.div_ceil(*of));
    if set.chunk().is_some() && chunks.fold(1, usize::saturating_mul) > MAX_CHUNKS {
        return None;
    }
    let [_, n_freqs, n_channels] = shape;
    let channels_at_once = n_channels.min(PIECE);
    let freqs_at_once = n_freqs.min(PIECE / channels_at_once);
    let rows_at_once = PIECE / (channels_at_once * freqs_at_once);
    let (mut least, mut most) = (u64::MAX, 0);
    for rows in pieces(shape[0], rows_at_once) {
        for freqs in pieces(n_freqs, freqs_at_once) {
            for channels in pieces(n_channels, channels_at_once) {
                let place = vec![rows.clone().into(), freqs.clone().into(), channels.into()];
                let place = Selection::from(Hyperslab::from(place));
                for x in set.read_slice::<i64, _, ndarray::Ix3>(place).ok()? {
                    let x = u64::try_from(x).ok()?;
                    (least, most) = (least.min(x), most.max(x));
                }
            }
        }
    }
    Some((least, most))
}

fn pieces(n: usize, at_once: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let firsts = (0..n).step_by(at_once);
    firsts.map(move |first| first..n.min(first + at_once))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: [usize; 4] = [4, 1, 3, 2];

    /// What is said of data of this shape in a file that `write` makes.
    fn said(data: &[usize], write: impl FnOnce(&File)) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.spectral");
        write(&File::create(&path).unwrap());
        averages(&path, &File::open(&path).unwrap(), data)
    }

    fn counts(numbers: [i32; 24]) -> impl FnOnce(&File) {
        move |file| {
            let set = file.new_dataset::<i32>().shape([4, 3, 2]).create(N);
            set.unwrap().write_raw(&numbers).unwrap();
        }
    }

    #[test]
    fn averages_are_told_by_the_range_of_their_counts() {
        let mut numbers = [3; 24];
        let text = said(&DATA, counts(numbers));
        assert_eq!(text.as_deref(), Some("of 3 trials at each time"));
        numbers[5] = 2;
        let text = said(&DATA, counts(numbers));
        assert_eq!(text.as_deref(), Some("of 2 to 3 trials at each time"));
        let one_row = |file: &File| {
            let set = file.new_dataset::<u8>().shape([1, 3, 2]).create(N);
            set.unwrap().write_raw(&[1_u8; 6]).unwrap();
        };
        assert_eq!(said(&[1, 1, 3, 2], one_row).as_deref(), Some("of 1 trial"));
    }

    #[test]
    fn many_counts_are_read_in_pieces() {
        let shape = [3, 1, 1000, 700];
        let text = said(&shape, |file| {
            let set = file.new_dataset::<u16>().shape([3, 1000, 700]);
            let set = set.create(N).unwrap();
            let mut numbers = vec![7_u16; 3 * 1000 * 700];
            numbers[2_000_000] = 9;
            set.write_raw(&numbers).unwrap();
        });
        assert_eq!(text.as_deref(), Some("of 7 to 9 trials at each time"));
    }

    #[test]
    fn counts_that_are_none_are_not_there() {
        assert_eq!(said(&DATA, |_| ()), None);
        assert_eq!(said(&DATA, counts([-1; 24])), None);
        assert_eq!(said(&[4, 1, 2, 3], counts([1; 24])), None);
        assert_eq!(said(&[24], counts([1; 24])), None);
        let of_floats = |file: &File| {
            let set = file.new_dataset::<f64>().shape([4, 3, 2]);
            set.create(N).unwrap();
        };
        assert_eq!(said(&DATA, of_floats), None);
        let vast = |file: &File| {
            let set = file.new_dataset::<i32>().shape([1 << 40, 3, 2]);
            set.create(N).unwrap();
        };
        assert_eq!(said(&[1 << 40, 1, 3, 2], vast), None);
    }
}
