//! A result read back: numbers as bits, so that NaN equals itself and no rounding hides.

use std::path::{Path, PathBuf};

use hdf5::types::{TypeDescriptor, VarLenUnicode};
use num_complex::Complex;
use serde_json::{Map, Value};

use super::with_files;

/// What must be the same however a result was computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectra {
    pub shape: Vec<usize>,
    pub is_complex: bool,
    pub is_double: bool,
    /// The numbers of `data` in the order of the file, real and imaginary parts one after the other.
    pub bits: Vec<u64>,
    pub freq_bits: Vec<u64>,
    pub channel: Vec<String>,
    pub taper: Vec<String>,
    pub trial: Vec<i64>,
    /// Times of the rows, of results that have several for a trial.
    pub time_bits: Vec<u64>,
    /// Models of the spectra, of results that have any.
    pub fits_bits: Vec<u64>,
    /// How many trials every number is the mean of, of averages.
    pub n: Vec<i32>,
    /// How far numbers depend on samples around them, and from when to when trials last, of methods with wavelets.
    pub cone_bits: Vec<u64>,
    pub span_bits: Vec<u64>,
    pub trialdefinition_shape: Vec<usize>,
    pub trialdefinition_bits: Vec<u64>,
    /// Keys of `.info` that do not tell how the result was computed.
    pub info: Map<String, Value>,
}

/// Keys of `.info` that say how, when and where: they differ from job to job.
const HOW: &[&str] = &[
    "filename",
    "_log",
    "cfg",
    "info",
    "file_checksum",
    "data_offset",
];

/// Takes a file of a result as it is for what was written, as somebody may who changes it on purpose: then other checks have to
/// find what is wrong with it.
pub fn seal_again(path: &Path) {
    let seal = with_files(|| slepian::output::seal_of_file(path)).unwrap();
    if path
        .extension()
        .is_some_and(|extension| extension == "part")
    {
        return seal.write_beside(path).unwrap();
    }
    let info = path.with_added_extension("info");
    let mut object: Map<String, Value> =
        serde_json::from_slice(&std::fs::read(&info).unwrap()).unwrap();
    object["info"]["slepian"]["seal"] = serde_json::to_value(seal).unwrap();
    let text = serde_json::to_vec_pretty(&object).unwrap();
    std::fs::write(&info, slepian::output::with_checksum(text)).unwrap();
}

impl Spectra {
    /// Reads the result in a container.
    pub fn read(container: &Path) -> Spectra {
        with_files(|| Spectra::read_files(container))
    }

    fn read_files(container: &Path) -> Spectra {
        let data = data_file(container);
        let file = hdf5::File::open(&data).unwrap();
        let set = file.dataset("data").unwrap();
        let (is_complex, is_double) = match set.dtype().unwrap().to_descriptor().unwrap() {
            TypeDescriptor::Float(size) => (false, size as usize == 8),
            TypeDescriptor::Compound(compound) => (true, compound.size == 16),
            other => panic!("{}: data holds {other}", data.display()),
        };
        let bits = match (is_complex, is_double) {
            (false, false) => single_bits(&set.read_raw::<f32>().unwrap()),
            (false, true) => double_bits(&set.read_raw::<f64>().unwrap()),
            (true, false) => single_bits(bytemuck::cast_slice(
                &set.read_raw::<Complex<f32>>().unwrap(),
            )),
            (true, true) => double_bits(bytemuck::cast_slice(
                &set.read_raw::<Complex<f64>>().unwrap(),
            )),
        };
        let table = file.dataset("trialdefinition").unwrap();
        let strings = |name: &str| -> Vec<String> {
            let strings = file
                .dataset(name)
                .unwrap()
                .read_raw::<VarLenUnicode>()
                .unwrap();
            strings.iter().map(|text| text.to_string()).collect()
        };
        let doubles = |name: &str| {
            let set = file.dataset(name);
            set.map_or(Vec::new(), |set| {
                double_bits(&set.read_raw::<f64>().unwrap())
            })
        };
        let mut info = info(container);
        for key in HOW {
            info.remove(*key);
        }
        Spectra {
            shape: set.shape(),
            is_complex,
            is_double,
            bits,
            freq_bits: double_bits(&file.dataset("freq").unwrap().read_raw::<f64>().unwrap()),
            channel: strings("channel"),
            taper: strings("taper"),
            trial: file.dataset("trial").unwrap().read_raw::<i64>().unwrap(),
            time_bits: doubles("time"),
            fits_bits: file.dataset("fooof/fits").map_or(Vec::new(), |fits| {
                single_bits(&fits.read_raw::<f32>().unwrap())
            }),
            n: file
                .dataset("n")
                .map_or(Vec::new(), |n| n.read_raw::<i32>().unwrap()),
            cone_bits: doubles("cone_of_influence"),
            span_bits: doubles("trial_span"),
            trialdefinition_shape: table.shape(),
            trialdefinition_bits: double_bits(&table.read_raw::<f64>().unwrap()),
            info,
        }
    }

    /// The numbers of `data`; of complex ones both parts, one after the other.
    pub fn numbers(&self) -> Vec<f64> {
        let number = |&bits: &u64| match self.is_double {
            true => f64::from_bits(bits),
            false => f64::from(f32::from_bits(bits as u32)),
        };
        self.bits.iter().map(number).collect()
    }

    pub fn times(&self) -> Vec<f64> {
        let bits = self.time_bits.iter();
        bits.map(|&bits| f64::from_bits(bits)).collect()
    }

    pub fn freq_hz(&self) -> Vec<f64> {
        self.freq_bits
            .iter()
            .map(|&bits| f64::from_bits(bits))
            .collect()
    }

    pub fn trialdefinition(&self) -> Vec<f64> {
        let bits = self.trialdefinition_bits.iter();
        bits.map(|&bits| f64::from_bits(bits)).collect()
    }

    /// Fails with the first difference, not with all numbers.
    pub fn assert_same_as(&self, other: &Spectra, how: &str) {
        assert_eq!(self.shape, other.shape, "{how}");
        let first = self.bits.iter().zip(&other.bits).position(|(a, b)| a != b);
        if let Some(at) = first {
            let n = self.bits.iter().zip(&other.bits).filter(|(a, b)| a != b);
            panic!(
                "{how}: {} of {} numbers differ, the first is number {at}: {} and {}",
                n.count(),
                self.bits.len(),
                self.numbers()[at],
                other.numbers()[at]
            );
        }
        // without the numbers, which are equal and many
        let bare = |spectra: &Spectra| Spectra {
            bits: Vec::new(),
            ..spectra.clone()
        };
        assert_eq!(bare(self), bare(other), "{how}");
    }
}

/// The one data file of a container.
pub fn data_file(container: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> = std::fs::read_dir(container)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|e| e != "info"))
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// The `.info` file of a result.
pub fn info(container: &Path) -> Map<String, Value> {
    let mut path = data_file(container).into_os_string();
    path.push(".info");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn single_bits(numbers: &[f32]) -> Vec<u64> {
    numbers.iter().map(|x| u64::from(x.to_bits())).collect()
}

fn double_bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}
