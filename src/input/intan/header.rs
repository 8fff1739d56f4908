//! The header of an `.rhd` file: numbers and texts one after the other, of which some are there since some version.

use std::path::Path;

use crate::error::{Error, IoContext, Result};
use crate::input::{MAX_CHANNELS, check_label, check_sample_rate, require_regular};
use crate::phrase::{number, shorten};

/// How an `.rhd` file begins, and an `.rhs` file.
const RHD: u32 = 0xC691_2702;
const RHS: u32 = 0xD691_27AC;
/// Bytes that are read of a file: thousands of channels take some 100 kB.
const MAX_BYTES: u64 = 16 << 20;
/// What is wrong with a file that ends too early.
const CUT_OFF: &str = "this file is cut off: it ends within its header; expected the whole of it: copy it from the recording \
                       computer again";
/// How to read what this program does not.
pub const WITH_PYTHON: &str = "convert it with Python and Neo (docs/python.md)";
/// The type of signal of an electrode.
const AMPLIFIER: i16 = 0;
/// Characters that are shown of what was found.
const SHOWN: usize = 80;

/// The header of an `.rhd` file, as far as it is about electrodes.
#[derive(Debug, PartialEq)]
pub struct Header {
    /// In Hz.
    pub sample_rate_hz: f64,
    /// Names of the electrodes, in the order of the data.
    pub amplifier: Vec<String>,
    /// Whether data follow in the same file.
    pub has_data: bool,
}

impl Header {
    /// Reads the header of the file `path`.
    ///
    /// # Errors
    /// No such file, or another kind of file: path, found, expected.
    pub fn read(path: &Path) -> Result<Header> {
        const DOING: &str = "read this header";
        require_regular(path, DOING)?;
        let file = std::fs::File::open(path).at(path, DOING)?;
        let mut bytes = Vec::new();
        let mut head = std::io::Read::take(file, MAX_BYTES);
        std::io::Read::read_to_end(&mut head, &mut bytes).at(path, DOING)?;
        Header::parse(&bytes).map_err(|what| Error::Recording {
            path: path.to_owned(),
            what,
        })
    }

    /// What these bytes say, or what is wrong with them.
    fn parse(bytes: &[u8]) -> Result<Header, String> {
        let mut left = Left(bytes);
        match left.u32()? {
            RHD => {}
            RHS => {
                return Err(format!(
                    "is an .rhs file of an RHS stimulation system; expected info.rhd of an RHD system: {WITH_PYTHON}, or read \
                     amplifier.dat with input.format = \"binary\", dtype = \"int16\", n_channels, samplerate and \
                     scale = 0.195 (microvolts)"
                ));
            }
            other => {
                return Err(format!(
                    "begins with {other:08x}; expected {RHD:08x}, as .rhd files do: copy it from the recording computer \
                     again"
                ));
            }
        }
        let version = (left.i16()?, left.i16()?);
        let sample_rate_hz = f64::from(left.f32()?);
        check_sample_rate(sample_rate_hz).map_err(|expected| {
            format!(
                "the sample rate is {}; expected {expected}",
                number(sample_rate_hz)
            )
        })?;
        // filters and impedance tests, then three notes
        left.skip(2 + 6 * 4 + 2 + 2 * 4)?;
        for _ in 0..3 {
            left.text()?;
        }
        if version >= (1, 1) {
            left.i16()?; // temperature sensors
        }
        if version >= (1, 3) {
            left.i16()?; // mode of the board
        }
        if version >= (2, 0) {
            left.text()?; // reference
        }
        let n_groups = left.i16()?;
        let mut amplifier = Vec::new();
        for _ in 0..n_groups {
            left.text()?;
            left.text()?;
            let (is_enabled, n_channels) = (left.i16()? != 0, left.i16()?);
            left.i16()?; // electrodes among them
            if !is_enabled {
                continue;
            }
            for _ in 0..n_channels {
                if let Some(name) = left.electrode()? {
                    amplifier.push(name);
                }
            }
        }
        if amplifier.is_empty() || amplifier.len() > MAX_CHANNELS {
            return Err(format!(
                "names {} electrodes that are enabled; expected 1 to {MAX_CHANNELS}: other signals than electrodes are not read here, {WITH_PYTHON}",
                amplifier.len()
            ));
        }
        Ok(Header {
            sample_rate_hz,
            amplifier,
            has_data: !left.0.is_empty(),
        })
    }
}

/// The bytes that are not read yet.
struct Left<'a>(&'a [u8]);

impl Left<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (first, rest) = self.0.split_first_chunk().ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(*first)
    }

    fn skip(&mut self, n: usize) -> Result<&[u8], String> {
        let (first, rest) = self.0.split_at_checked(n).ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(first)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.take().map(u32::from_le_bytes)
    }

    fn i16(&mut self) -> Result<i16, String> {
        self.take().map(i16::from_le_bytes)
    }

    fn f32(&mut self) -> Result<f32, String> {
        self.take().map(f32::from_le_bytes)
    }

    /// A text of Qt: its bytes, all of them set for none, then UTF-16.
    fn text(&mut self) -> Result<String, String> {
        let n = match self.u32()? {
            u32::MAX => 0,
            n => n as usize,
        };
        let bytes = self.skip(n)?;
        let (units, _) = bytes.as_chunks::<2>();
        let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        Ok(String::from_utf16_lossy(&units))
    }

    /// A channel; its name if it is an electrode that was recorded.
    fn electrode(&mut self) -> Result<Option<String>, String> {
        let (native, custom) = (self.text()?, self.text()?);
        // its place among the others
        self.skip(2 * 2)?;
        let (kind, is_enabled) = (self.i16()?, self.i16()? != 0);
        // where it is connected, triggers, impedance
        self.skip(2 * 2 + 4 * 2 + 2 * 4)?;
        if kind != AMPLIFIER || !is_enabled {
            return Ok(None);
        }
        let name = if custom.is_empty() { native } else { custom };
        check_label(&name).map_err(|expected| {
            format!(
                "has the channel {:?}; expected {expected}",
                shorten(&name, SHOWN)
            )
        })?;
        Ok(Some(name))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&(units.len() as u32).to_le_bytes()[..], &units].concat()
    }

    fn shorts(numbers: &[i16]) -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect()
    }

    /// The bytes of a header with channels of these names, types and states, in one group.
    pub fn header(version: [i16; 2], rate: f32, channels: &[(&str, i16, i16)]) -> Vec<u8> {
        let mut bytes = [
            &RHD.to_le_bytes()[..],
            &shorts(&version),
            &rate.to_le_bytes(),
        ]
        .concat();
        bytes.extend([0; 36]);
        bytes.extend([text("note"), u32::MAX.to_le_bytes().to_vec(), text("")].concat());
        bytes.extend(shorts(&[0, 0]));
        if version >= [2, 0] {
            bytes.extend(text("n/a"));
        }
        bytes.extend(shorts(&[2]));
        // a group that is not there has no channels
        bytes.extend([text("Port A"), text("A"), shorts(&[0, 7, 7])].concat());
        let n = channels.len() as i16;
        bytes.extend([text("Port B"), text("B"), shorts(&[1, n, n])].concat());
        for (name, kind, is_enabled) in channels {
            bytes.extend(
                [
                    text("B-000"),
                    text(name),
                    shorts(&[0, 0, *kind, *is_enabled]),
                ]
                .concat(),
            );
            bytes.extend([0; 20]);
        }
        bytes
    }

    #[test]
    fn electrodes_that_were_recorded_are_the_channels() {
        let channels = [("µ1", 0, 1), ("aux", 1, 1), ("off", 0, 0), ("", 0, 1)];
        for version in [[1, 3], [2, 0], [3, 1]] {
            let found = Header::parse(&header(version, 20_000.0, &channels)).unwrap();
            assert_eq!(found.amplifier, ["µ1", "B-000"], "{version:?}");
            assert_eq!(found.sample_rate_hz, 20_000.0);
        }
    }

    #[test]
    fn every_cut_and_every_absurd_number_is_refused() {
        let whole = header([3, 1], 20_000.0, &[("a", 0, 1)]);
        for n in 0..whole.len() {
            assert!(
                Header::parse(&whole[..n]).unwrap_err().contains("cut off"),
                "{n}"
            );
        }
        for rate in [0.0, f32::NAN, -1.0, f32::INFINITY] {
            let error = Header::parse(&header([3, 1], rate, &[("a", 0, 1)])).unwrap_err();
            assert!(error.contains("the sample rate is"), "{error}");
        }
        let error = Header::parse(&header([3, 1], 1e3, &[("off", 0, 0)])).unwrap_err();
        assert!(error.contains("names 0 electrodes"), "{error}");
        let error = Header::parse(&RHS.to_le_bytes()).unwrap_err();
        assert!(error.contains("is an .rhs file"), "{error}");
        assert!(
            error.contains("Python") && error.contains("scale = 0.195"),
            "{error}"
        );
        let mut huge = whole.clone();
        huge[48..52].copy_from_slice(&0xFFFF_FFFE_u32.to_le_bytes());
        assert!(Header::parse(&huge).is_err());
    }
}
