//! Recordings in every way that HDF5 can store them, written without the program.

use std::path::Path;

use hdf5::datatype::Datatype;
use hdf5::types::{FloatSize, IntSize, TypeDescriptor};
use hdf5_sys::h5t::{H5T_order_t, H5Tset_order};
use ndarray::Array2;

use super::with_files;

/// A number in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    F32,
    F64,
    I16,
    I32,
    U8,
}

/// How a data set lies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    Contiguous,
    /// Rows and columns of a chunk, the last ones cut off.
    Chunked(usize, usize),
    /// The same, compressed.
    Gzip(usize, usize),
}

/// How a recording is stored.
#[derive(Clone, Copy, Debug)]
pub struct Storage {
    pub number: Number,
    pub big_endian: bool,
    pub layout: Layout,
    pub channel_first: bool,
    /// The text of `channel` in `.info`; left out when absent.
    pub labels: Option<&'static str>,
    /// More text for `.info`, as `"key": value,`.
    pub more_info: &'static str,
}

impl Storage {
    /// As `slepian synth` and Syncopy store by default.
    pub fn plain(number: Number) -> Storage {
        Storage {
            number,
            big_endian: false,
            layout: Layout::Contiguous,
            channel_first: false,
            labels: None,
            more_info: "",
        }
    }
}

/// Samples `(time, channel)` and the rows of the trial definition.
#[derive(Clone)]
pub struct Recording {
    pub samples: Array2<f64>,
    pub trials: Vec<Vec<f64>>,
    pub sample_rate_hz: f64,
}

impl Recording {
    /// Whole numbers from 1 to 200 that look like noise: every number type holds them.
    pub fn of_whole_numbers(n_rows: usize, n_channels: usize) -> Recording {
        let samples = Array2::from_shape_fn((n_rows, n_channels), |(t, c)| {
            (1 + scramble((t * n_channels + c) as u64) % 200) as f64
        });
        Recording {
            samples,
            trials: vec![vec![0.0, n_rows as f64, 0.0]],
            sample_rate_hz: 500.0,
        }
    }

    /// Numbers that use all digits of a double.
    pub fn of_noise(n_rows: usize, n_channels: usize) -> Recording {
        let samples = Array2::from_shape_fn((n_rows, n_channels), |(t, c)| {
            scramble((t * n_channels + c) as u64) as f64 / u64::MAX as f64 - 0.5
        });
        Recording {
            samples,
            ..Recording::of_whole_numbers(n_rows, n_channels)
        }
    }

    /// With trials from, to and offset, and columns of the user's.
    pub fn with_trials(mut self, trials: &[&[f64]]) -> Recording {
        self.trials = trials.iter().map(|row| row.to_vec()).collect();
        self
    }

    /// Writes the container `<base>.spy` with one recording of the same name.
    pub fn write(&self, container: &Path, storage: Storage) {
        let base = container.file_stem().unwrap().to_str().unwrap();
        self.write_object(container, base, storage);
    }

    /// Writes one recording into a container that may hold others.
    pub fn write_object(&self, container: &Path, name: &str, storage: Storage) {
        with_files(|| self.write_files(container, name, storage));
    }

    fn write_files(&self, container: &Path, name: &str, storage: Storage) {
        std::fs::create_dir_all(container).unwrap();
        let data = container.join(format!("{name}.analog"));
        let file = hdf5::File::create(&data).unwrap();
        match storage.number {
            Number::F32 => self.write_data::<f32>(&file, storage, |x| x as f32),
            Number::F64 => self.write_data::<f64>(&file, storage, |x| x),
            Number::I16 => self.write_data::<i16>(&file, storage, |x| x as i16),
            Number::I32 => self.write_data::<i32>(&file, storage, |x| x as i32),
            Number::U8 => self.write_data::<u8>(&file, storage, |x| x as u8),
        }
        let n_columns = self.trials[0].len();
        let trials = Array2::from_shape_vec((self.trials.len(), n_columns), self.trials.concat())
            .expect("all rows have the same length");
        file.new_dataset_builder()
            .with_data(&trials)
            .create("trialdefinition")
            .unwrap();
        file.close().unwrap();
        let dimord = if storage.channel_first {
            "[\"channel\", \"time\"]"
        } else {
            "[\"time\", \"channel\"]"
        };
        let labels = storage
            .labels
            .map_or(String::new(), |labels| format!("\"channel\": {labels},\n"));
        let info = format!(
            "{{\n\"dataclass\": \"AnalogData\",\n\"dimord\": {dimord},\n{labels}{}\n\"samplerate\": {:?}\n}}\n",
            storage.more_info, self.sample_rate_hz
        );
        std::fs::write(container.join(format!("{name}.analog.info")), info).unwrap();
    }

    fn write_data<T: hdf5::H5Type + Clone>(
        &self,
        file: &hdf5::File,
        storage: Storage,
        to: impl Fn(f64) -> T,
    ) {
        let samples = if storage.channel_first {
            self.samples.t().to_owned()
        } else {
            self.samples.clone()
        };
        let samples = samples.mapv(to).as_standard_layout().to_owned();
        let datatype = datatype(storage);
        let builder = file
            .new_dataset_builder()
            .empty_as(&datatype)
            .shape(samples.dim());
        let chunk = |rows, columns| {
            if storage.channel_first {
                (columns, rows)
            } else {
                (rows, columns)
            }
        };
        let data = match storage.layout {
            Layout::Contiguous => builder.no_chunk().create("data"),
            Layout::Chunked(rows, columns) => builder.chunk(chunk(rows, columns)).create("data"),
            Layout::Gzip(rows, columns) => builder
                .chunk(chunk(rows, columns))
                .deflate(6)
                .create("data"),
        };
        data.unwrap().write(&samples).unwrap();
    }
}

fn datatype(storage: Storage) -> Datatype {
    let descriptor = match storage.number {
        Number::F32 => TypeDescriptor::Float(FloatSize::U4),
        Number::F64 => TypeDescriptor::Float(FloatSize::U8),
        Number::I16 => TypeDescriptor::Integer(IntSize::U2),
        Number::I32 => TypeDescriptor::Integer(IntSize::U4),
        Number::U8 => TypeDescriptor::Unsigned(IntSize::U1),
    };
    let datatype = Datatype::from_descriptor(&descriptor).unwrap();
    if storage.big_endian {
        // SAFETY: the handle is valid while `datatype` lives, and HDF5's lock is held.
        let status =
            hdf5::sync::sync(|| unsafe { H5Tset_order(datatype.id(), H5T_order_t::H5T_ORDER_BE) });
        assert!(status >= 0, "a copy of a number type can be changed");
    }
    datatype
}

fn scramble(n: u64) -> u64 {
    super::random::scramble(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
