//! Whole numbers in a file, one after the other, least significant byte first.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};

/// Numbers that are in memory at once: 2 MiB of the widest.
const PIECE: usize = 1 << 18;
const DOING: &str = "read these whole numbers";

/// A list of whole numbers in a file.
pub struct Integers {
    /// The file.
    pub path: PathBuf,
    /// How many numbers there are.
    pub n: u64,
    file: File,
    offset: u64,
    width: Width,
}

/// Bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// 16 bits.
    Two = 2,
    /// 32 bits.
    Four = 4,
    /// 64 bits.
    Eight = 8,
}

impl Integers {
    /// `n` numbers after the first `offset` bytes of a file, which has to be long enough.
    pub fn new(path: &Path, file: File, offset: u64, width: Width, n: u64) -> Integers {
        Integers {
            path: path.to_owned(),
            n,
            file,
            offset,
            width,
        }
    }

    /// Reads all numbers, `max` at most.
    ///
    /// # Errors
    /// There are more, or they cannot be read.
    pub fn read_all(&self, max: u64) -> Result<Vec<i64>> {
        if self.n > max {
            return Err(self.wrong(format!("holds {} numbers; expected at most {max}", self.n)));
        }
        let mut all = Vec::with_capacity(self.n as usize);
        self.for_each_piece(|piece| {
            all.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(all)
    }

    /// Reads all numbers from the first to the last, some 100,000 at a time.
    ///
    /// # Errors
    /// They cannot be read, or `use_piece` says what is wrong with them.
    pub fn for_each_piece(
        &self,
        mut use_piece: impl FnMut(&[i64]) -> Result<(), String>,
    ) -> Result<()> {
        let width = self.width as usize;
        let n_at_once = self.n.min(PIECE as u64) as usize;
        let mut bytes = vec![0; n_at_once * width];
        let mut numbers = vec![0; n_at_once];
        let mut n_read = 0;
        while n_read < self.n {
            let n = (self.n - n_read).min(PIECE as u64) as usize;
            let (bytes, numbers) = (&mut bytes[..n * width], &mut numbers[..n]);
            let at = self.offset + n_read * width as u64;
            self.file.read_exact_at(bytes, at).at(&self.path, DOING)?;
            decode(bytes, self.width, numbers);
            use_piece(numbers).map_err(|what| self.wrong(what))?;
            n_read += n as u64;
        }
        Ok(())
    }

    fn wrong(&self, what: String) -> Error {
        Error::Recording {
            path: self.path.clone(),
            what,
        }
    }
}

fn decode(bytes: &[u8], width: Width, numbers: &mut [i64]) {
    match width {
        Width::Two => decode_each(bytes, numbers, |bytes| i16::from_le_bytes(bytes).into()),
        Width::Four => decode_each(bytes, numbers, |bytes| i32::from_le_bytes(bytes).into()),
        Width::Eight => decode_each(bytes, numbers, i64::from_le_bytes),
    }
}

fn decode_each<const N: usize>(bytes: &[u8], numbers: &mut [i64], number: impl Fn([u8; N]) -> i64) {
    for (to, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *to = number(*bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8], width: Width) -> Integers {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &[&[9; 3], bytes].concat()).unwrap();
        let n = bytes.len() / width as usize;
        Integers::new(Path::new("x"), file, 3, width, n as u64)
    }

    #[test]
    fn numbers_of_any_width_are_read() {
        let numbers = [-3_i16, 7, i16::MIN, i16::MAX];
        let two: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        let four = numbers.iter().flat_map(|&x| i32::from(x).to_le_bytes());
        let eight = numbers.iter().flat_map(|&x| i64::from(x).to_le_bytes());
        for (bytes, width) in [
            (two, Width::Two),
            (four.collect(), Width::Four),
            (eight.collect(), Width::Eight),
        ] {
            let read = written(&bytes, width).read_all(4).unwrap();
            assert_eq!(read, numbers.map(i64::from), "{width:?}");
            assert!(written(&bytes, width).read_all(3).is_err());
        }
    }

    #[test]
    fn pieces_follow_each_other_without_a_seam() {
        let n = 2 * PIECE as i64 + 5;
        let bytes: Vec<u8> = (0..n).flat_map(|x| (x as i32).to_le_bytes()).collect();
        let all = written(&bytes, Width::Four).read_all(n as u64).unwrap();
        assert!(all.into_iter().eq(0..n));
        let mut n_pieces = 0;
        let error = written(&bytes, Width::Four)
            .for_each_piece(|piece| {
                n_pieces += 1;
                if piece[0] == 0 {
                    Ok(())
                } else {
                    Err("enough".into())
                }
            })
            .unwrap_err();
        assert!(
            error.one_line().ends_with("x: enough"),
            "{}",
            error.one_line()
        );
        assert_eq!(n_pieces, 2);
    }
}
