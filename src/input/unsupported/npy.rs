//! Arrays of NumPy's are binary files behind a header: their refusal gives the keys that read them.
//!
//! Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a header at most.
const MAX_HEADER: u64 = 1 << 16;

/// The keys of a config that read the array of two axes in this file, as text: "expected …".
pub fn instead(path: &Path) -> String {
    let keys = read_header(path).and_then(|(header, offset)| binary_keys(&header, offset));
    match keys {
        Some(keys) => format!("expected, if the longer axis is time, {keys} and samplerate in [input]"),
        None => "expected format = \"binary\" with input.header_bytes, dtype, n_channels and samplerate, or a container: \
                 open the file in Python with numpy.load and write it with from_array, see docs/python.md"
            .into(),
    }
}

/// The longer axis is taken for time.
fn binary_keys(header: &str, offset: u64) -> Option<String> {
    let descr = value_of(header, "'descr'")?.strip_prefix('\'')?;
    let descr = descr.split_once('\'')?.0;
    let (order, kind) = descr.split_at_checked(1)?;
    let dtype = match kind {
        "i1" => "int8",
        "u1" => "uint8",
        "i2" => "int16",
        "u2" => "uint16",
        "i4" => "int32",
        "u4" => "uint32",
        "i8" => "int64",
        "u8" => "uint64",
        "f4" => "float32",
        "f8" => "float64",
        _ => return None,
    };
    let shape = value_of(header, "'shape'")?.strip_prefix('(')?;
    let shape: Option<Vec<u64>> = shape
        .split_once(')')?
        .0
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(|n| n.parse().ok())
        .collect();
    // the axis that varies fastest is the last one
    let is_fortran = value_of(header, "'fortran_order'")?.starts_with("True");
    let (slow, fast) = match shape?[..] {
        [n] => (n, 1),
        [a, b] if is_fortran => (b, a),
        [a, b] => (a, b),
        _ => return None,
    };
    let is_vectorized = fast > slow;
    let byte_order = if order == ">" {
        ", byte_order = \"big\""
    } else {
        ""
    };
    let dimord = if is_vectorized {
        ", dimord = [\"channel\", \"time\"]"
    } else {
        ""
    };
    Some(format!(
        "format = \"binary\", header_bytes = {offset}, dtype = \"{dtype}\"{byte_order}, n_channels = {}{dimord}",
        slow.min(fast)
    ))
}

/// The header from the value of this key on.
fn value_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, value) = header.split_once(key)?;
    Some(value.trim_start().strip_prefix(':')?.trim_start())
}

/// The header, and how many bytes come before the numbers.
fn read_header(path: &Path) -> Option<(String, u64)> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MAX_HEADER).read_to_end(&mut bytes).ok()?;
    let after = bytes.strip_prefix(b"\x93NUMPY")?;
    // the first version has two bytes for the length of what follows
    let (begin, length) = match *after {
        [1, _, a, b, ..] => (10, u32::from(u16::from_le_bytes([a, b]))),
        [_, _, a, b, c, d, ..] => (12, u32::from_le_bytes([a, b, c, d])),
        _ => return None,
    };
    let end = begin + length as usize;
    let header = String::from_utf8_lossy(bytes.get(begin..end)?);
    Some((header.into_owned(), end as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_two_axes_are_offered_as_binary_files() {
        let header = |descr: &str, order: &str, shape: &str| {
            format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}")
        };
        for (descr, order, shape, keys) in [
            (
                "<i2",
                "False",
                "(900, 4)",
                "dtype = \"int16\", n_channels = 4",
            ),
            (
                "|u1",
                "False",
                "(900,)",
                "dtype = \"uint8\", n_channels = 1",
            ),
            (
                ">f8",
                "False",
                "(4, 900)",
                "dtype = \"float64\", byte_order = \"big\", n_channels = 4, dimord = [\"channel\", \"time\"]",
            ),
            (
                "<f4",
                "True",
                "(900, 4)",
                "dtype = \"float32\", n_channels = 4, dimord = [\"channel\", \"time\"]",
            ),
        ] {
            let found = binary_keys(&header(descr, order, shape), 128).unwrap();
            let want = format!("format = \"binary\", header_bytes = 128, {keys}");
            assert_eq!(found, want, "{shape}");
        }
        for header in [
            header("<c8", "False", "(900, 4)"),
            header("<f4", "False", "(3, 900, 4)"),
            header("<f4", "False", "()"),
            header("", "False", "(9, 4)"),
            header("µ2", "False", "(9, 4)"),
            "{'descr': [('a', '<i2')], 'shape': (4,)}".into(),
            String::new(),
        ] {
            assert_eq!(binary_keys(&header, 128), None, "{header}");
        }
    }

    #[test]
    fn what_is_no_array_is_refused_without_its_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        let header = "{'descr': '<i2', 'fortran_order': False, 'shape': (900, 4), }\n";
        let length = (header.len() as u16).to_le_bytes();
        let npy = [b"\x93NUMPY\x01\0", &length[..], header.as_bytes()].concat();
        std::fs::write(&path, &npy).unwrap();
        let keys = format!(
            "header_bytes = {}, dtype = \"int16\", n_channels = 4",
            npy.len()
        );
        assert!(instead(&path).contains(&keys));
        for bytes in [
            &npy[..npy.len() - 1],
            b"",
            b"\x93NUMPY",
            b"\x93NUMPY\x02\0\xff\xff\xff\xff",
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert!(instead(&path).contains("numpy.load"));
        }
    }
}
