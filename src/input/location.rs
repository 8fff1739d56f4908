//! Where samples lie and how they are stored: all that a rank needs to read them, found by rank 0 and shared with all.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::READ_STAGING;
use super::deflated::Deflated;
use super::flat::Flat;
use super::hdf5_data::DataSet;
use crate::phrase::number;

/// The numbers of a recording on their way from a file to samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The file that holds them.
    pub path: PathBuf,
    /// Where in it.
    pub layout: Layout,
    /// What makes samples of the numbers; absent where they are samples already.
    pub calibration: Option<Calibration>,
}

impl Location {
    /// The same samples in a file of another name.
    pub fn at(&self, path: &Path) -> Location {
        Location {
            path: path.to_owned(),
            ..self.clone()
        }
    }

    /// Whether samples need double precision to be what the file says: doubles, and integers of 32 and 64 bits.
    pub fn is_double(&self) -> bool {
        self.layout.is_double()
    }

    /// Whether single precision may round different samples to the same number.
    pub fn exceeds_single(&self) -> bool {
        let has_offset = |calibration: &Calibration| calibration.offset.iter().any(|&x| x != 0.0);
        self.is_double() || self.calibration.as_ref().is_some_and(has_offset)
    }

    /// Whether samples are whole numbers that doubles may not hold.
    pub fn exceeds_double(&self) -> bool {
        self.calibration.is_none() && matches!(self.layout.sample(), Sample::I64 | Sample::U64)
    }

    /// Bytes that a reader holds at most beside the samples.
    pub fn reader_bytes(&self) -> u64 {
        let calibrating = if self.calibration.is_some() {
            READ_STAGING as u64
        } else {
            0
        };
        self.layout.reader_bytes() + calibrating
    }
}

/// How numbers lie in a file. Time is one axis; trials of a file that has such an axis are stacked along it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Layout {
    /// Numbers at places that can be computed: read without a library.
    Flat(Flat),
    /// A data set that HDF5 has to read.
    Hdf5(DataSet),
    /// Stretches of the time axis, one after the other, with the row each begins at.
    Pieces(Vec<(u64, Layout)>),
    /// Numbers in a compressed stream.
    Deflated(Deflated),
    /// Doubles that are stored as narrower numbers, which hold them exactly.
    Doubles(Box<Layout>),
}

impl Layout {
    /// The numbers as stored; of pieces the widest.
    pub fn sample(&self) -> Sample {
        match self {
            Layout::Flat(flat) => flat.sample,
            Layout::Hdf5(set) => set.sample,
            Layout::Pieces(pieces) => {
                let samples = pieces.iter().map(|(_, piece)| piece.sample());
                samples.max_by_key(Sample::width).unwrap_or(Sample::F64)
            }
            Layout::Deflated(deflated) => deflated.sample(),
            Layout::Doubles(layout) => layout.sample(),
        }
    }

    fn is_double(&self) -> bool {
        match self {
            Layout::Doubles(_) => true,
            layout => !layout.sample().fits_single(),
        }
    }

    fn reader_bytes(&self) -> u64 {
        match self {
            Layout::Flat(_) => READ_STAGING as u64,
            Layout::Hdf5(set) => set.held_bytes(),
            Layout::Pieces(pieces) => {
                let held = pieces.iter().map(|(_, piece)| piece.reader_bytes());
                held.max().unwrap_or(0)
            }
            Layout::Deflated(deflated) => deflated.held_bytes(),
            Layout::Doubles(layout) => layout.reader_bytes(),
        }
    }
}

/// `sample = number · gain + offset`, computed in double precision, channel by channel of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Units of the recording per unit of the numbers.
    pub gain: Vec<f64>,
    /// In units of the recording.
    pub offset: Vec<f64>,
}

impl Calibration {
    /// The calibration of these channels of numbers stored as `sample`, or none where it would change nothing.
    ///
    /// # Errors
    /// A gain or an offset that is no number, or leaves nothing of the largest numbers: channel, counted from 0, found,
    /// expected.
    pub fn of(
        sample: Sample,
        gain: Vec<f64>,
        offset: Vec<f64>,
    ) -> Result<Option<Calibration>, String> {
        for (channel, (&gain, &offset)) in gain.iter().zip(&offset).enumerate() {
            let wrong = |what: &str, value: f64, expected: &str| {
                let value = number(value);
                Err(format!(
                    "channel {channel} has the {what} {value}; expected {expected}"
                ))
            };
            if gain == 0.0 || !gain.is_finite() {
                return wrong("gain", gain, "a finite number other than 0");
            }
            if !offset.is_finite() {
                return wrong("offset", offset, "a finite number");
            }
            let largest = sample.largest();
            if !sample.holds(offset) {
                return wrong("offset", offset, "one at which samples are finite");
            }
            if !sample.holds(largest * gain) || !sample.holds(largest * gain.abs() + offset.abs()) {
                return wrong("gain", gain, "one at which samples are finite");
            }
            if !sample.distinguishes(largest * gain) {
                return wrong("gain", gain, "one that leaves more than zeros");
            }
        }
        let is_needed = gain.iter().any(|&gain| gain != 1.0) || offset.iter().any(|&x| x != 0.0);
        Ok(is_needed.then_some(Calibration { gain, offset }))
    }
}

/// A number as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sample {
    /// Floats of two bytes; HDF5 reads them.
    F16,
    /// IEEE single.
    F32,
    /// IEEE double.
    F64,
    /// Signed integers.
    I8,
    /// Two bytes.
    I16,
    /// Three bytes.
    I24,
    /// Four bytes.
    I32,
    /// Eight bytes.
    I64,
    /// Unsigned integers.
    U8,
    /// Two bytes.
    U16,
    /// Four bytes.
    U32,
    /// Eight bytes.
    U64,
}

impl Sample {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Sample::I8 | Sample::U8 => 1,
            Sample::F16 | Sample::I16 | Sample::U16 => 2,
            Sample::I24 => 3,
            Sample::F32 | Sample::I32 | Sample::U32 => 4,
            Sample::F64 | Sample::I64 | Sample::U64 => 8,
        }
    }

    /// Orders numbers by what it takes to hold them: of as many bytes, those that single precision does not hold and
    /// doubles come last.
    pub fn width(&self) -> (usize, bool, bool) {
        (self.bytes(), !self.fits_single(), *self == Sample::F64)
    }

    /// Whether single precision holds every such number.
    pub fn fits_single(self) -> bool {
        match self {
            Sample::F16 | Sample::F32 => true,
            Sample::I8 | Sample::U8 | Sample::I16 | Sample::U16 | Sample::I24 => true,
            Sample::F64 | Sample::I32 | Sample::I64 | Sample::U32 | Sample::U64 => false,
        }
    }
    /// The largest number that is stored so, where it is an integer; 1 of floats, which may be of any size.
    fn largest(self) -> f64 {
        let bits = 8 * self.bytes() as i32;
        match self {
            Sample::F16 | Sample::F32 | Sample::F64 => 1.0,
            Sample::I8 | Sample::I16 | Sample::I24 | Sample::I32 | Sample::I64 => {
                2_f64.powi(bits - 1)
            }
            Sample::U8 | Sample::U16 | Sample::U32 | Sample::U64 => 2_f64.powi(bits),
        }
    }

    /// Whether a sample of such numbers is finite in the precision that it is read in.
    fn holds(self, sample: f64) -> bool {
        if self.fits_single() {
            (sample as f32).is_finite()
        } else {
            sample.is_finite()
        }
    }

    /// Whether that precision tells a sample of such numbers from zero, with all its digits.
    fn distinguishes(self, sample: f64) -> bool {
        if self.fits_single() {
            (sample as f32).is_normal()
        } else {
            sample.is_normal()
        }
    }
}
