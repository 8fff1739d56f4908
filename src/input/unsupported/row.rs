//! The rows of the table of formats that are recognised, and advice that several of them share.

use super::Instead::{Do, Reader};
use super::Unsupported;

/// A row of files that end so, whatever is in them.
pub const fn named(
    name: &'static str,
    endings: &'static [&'static str],
    reader: &'static str,
) -> Unsupported {
    Unsupported {
        name,
        endings,
        begins: &[],
        is_folder: false,
        tells: true,
        instead: Reader(reader),
    }
}

/// A row of files that are beside every recording: their name does not tell that they are one.
pub const fn any(row: Unsupported) -> Unsupported {
    Unsupported {
        tells: false,
        ..row
    }
}

/// A row of files that belong together in a folder, which is what the reader opens.
pub const fn folder(
    name: &'static str,
    endings: &'static [&'static str],
    reader: &'static str,
) -> Unsupported {
    Unsupported {
        is_folder: true,
        ..named(name, endings, reader)
    }
}

/// A row of files that end so and begin with one of some bytes; no endings: whatever they are called.
pub const fn begun(
    name: &'static str,
    endings: &'static [&'static str],
    begins: &'static [&'static [u8]],
    reader: &'static str,
) -> Unsupported {
    Unsupported {
        begins,
        ..named(name, endings, reader)
    }
}

/// The same formats without a reader in Python: what to do in place of that.
pub const fn but(row: Unsupported, what: &'static str) -> Unsupported {
    Unsupported {
        instead: Do(what),
        ..row
    }
}

/// For formats that only the program of their maker opens.
pub const EXPORT: &str = "expected EDF or BrainVision, to which the program of its maker exports";
/// For headerless files of NeuroScope.
pub const NEUROSCOPE: &str = "expected format = \"binary\" with input.dtype = \"int16\", n_channels and samplerate, which \
                          the .xml file beside it contains";
/// For numbers as text.
pub const TEXT: &str = "expected a container: read the numbers in Python with numpy.loadtxt or pandas.read_csv and write it \
                    with from_array, see docs/python.md";
