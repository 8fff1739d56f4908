//! Lists of numbers as NumPy stores them: a header, then the numbers one after the other. One axis, whole numbers, least
//! significant byte first.
//!
//! Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::integers::{Integers, Width};
use super::require_regular;
use crate::error::{Error, IoContext, Result};
use crate::phrase::shorten;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Bytes of a header at most.
const MAX_HEADER: usize = 1 << 16;
/// Characters that are shown of what was found.
const SHOWN: usize = 80;
const DOING: &str = "read this list of numbers";

/// Opens a file with a list of whole numbers.
///
/// # Errors
/// No such file, or none with a list of whole numbers: path, found, expected.
pub fn open_npy(path: &Path) -> Result<Integers> {
    require_regular(path, DOING)?;
    let file = File::open(path).at(path, DOING)?;
    let length = file.metadata().at(path, DOING)?.len();
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let mut head = [0; 12];
    let n_head = head.len().min(length as usize);
    file.read_exact_at(&mut head[..n_head], 0).at(path, DOING)?;
    if !head.starts_with(MAGIC) || n_head < head.len() {
        return Err(wrong(
            "is no .npy file; expected one of NumPy's lists of numbers".into(),
        ));
    }
    // the first version has two bytes for the length of what follows
    let (begin, n_header) = match head[6] {
        1 => (10, usize::from(u16::from_le_bytes([head[8], head[9]]))),
        _ => (
            12,
            u32::from_le_bytes([head[8], head[9], head[10], head[11]]) as usize,
        ),
    };
    if n_header > MAX_HEADER || (begin + n_header) as u64 > length {
        return Err(wrong(format!(
            "has a header of {n_header} bytes in a file of {length}; expected at most {MAX_HEADER}, all of them there"
        )));
    }
    let mut header = vec![0; n_header];
    file.read_exact_at(&mut header, begin as u64)
        .at(path, DOING)?;
    let header = String::from_utf8_lossy(&header);
    let offset = (begin + n_header) as u64;
    let Some((width, n)) = parse_header(&header) else {
        return Err(wrong(format!(
            "holds {}; expected a list of signed whole numbers of 2, 4 or 8 bytes, the least significant one first ('<i2', \
             '<i4', '<i8')",
            shorten(header.trim(), SHOWN)
        )));
    };
    let end = u128::from(n) * width as u128 + u128::from(offset);
    if u128::from(length) < end {
        return Err(wrong(format!(
            "this file is cut off: it has {length} bytes; expected {end}"
        )));
    }
    Ok(Integers::new(path, file, offset, width, n))
}

/// Bytes of a number and how many there are, as `{'descr': '<i8', 'fortran_order': False, 'shape': (5,), }` says.
fn parse_header(header: &str) -> Option<(Width, u64)> {
    let after = |key: &str| {
        let (_, value) = header.split_once(key)?;
        Some(value.trim_start().strip_prefix(':')?.trim_start())
    };
    let width = match after("'descr'")?.get(..5)? {
        "'<i2'" => Width::Two,
        "'<i4'" => Width::Four,
        "'<i8'" => Width::Eight,
        _ => return None,
    };
    let shape = after("'shape'")?.strip_prefix('(')?.split_once(')')?.0;
    let n = shape.trim().trim_end_matches(',').trim().parse().ok()?;
    Some((width, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(descr: &str, shape: &str, numbers: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes()].concat();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(numbers);
        bytes
    }

    fn opened(bytes: &[u8]) -> Result<Integers> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        std::fs::write(&path, bytes).unwrap();
        open_npy(&path)
    }

    #[test]
    fn numbers_of_any_width_are_read() {
        for (descr, bytes) in [
            (
                "<i2",
                [-3_i16, 7].map(|x| x.to_le_bytes().to_vec()).concat(),
            ),
            (
                "<i4",
                [-3_i32, 7].map(|x| x.to_le_bytes().to_vec()).concat(),
            ),
            (
                "<i8",
                [-3_i64, 7].map(|x| x.to_le_bytes().to_vec()).concat(),
            ),
        ] {
            let npy = opened(&npy(descr, "(2,)", &bytes)).unwrap();
            assert_eq!(npy.read_all(2).unwrap(), [-3, 7], "{descr}");
        }
    }

    #[test]
    fn what_is_no_list_of_whole_numbers_or_less_than_it_claims_is_refused() {
        for bytes in [
            b"".to_vec(),
            b"\x93NUMPY\x01\x00\xff\xff{".to_vec(),
            b"\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr".to_vec(),
            npy("<f8", "(2,)", &[0; 16]),
            npy("<i8", "(2, 2)", &[0; 32]),
            npy("<i8", "()", &[0; 8]),
            npy("<i8", "(3,)", &[0; 16]),
            npy("<i8", "(18446744073709551615,)", &[0; 16]),
        ] {
            let line = opened(&bytes).err().unwrap().one_line();
            assert!(line.contains("; expected"), "{line}");
        }
        for descr in ["<u8", ">i8"] {
            let line = opened(&npy(descr, "(2,)", &[0; 16])).err().unwrap();
            let line = line.one_line();
            assert!(
                line.contains("expected a list of signed") && line.contains("'<i8'"),
                "{line}"
            );
        }
    }
}
