//! `slepian synth`: recordings of known content, written trial by trial, so that they may be larger than memory. A trial
//! depends on the seed and its number alone, not on how many others there are.

use std::f64::consts::TAU;
use std::str::FromStr;

use hdf5::dataset::FillTime;
use hdf5::types::VarLenUnicode;
use ndarray::{Array2, s};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};
use serde_json::{Map, json};

use crate::cli::{Kind, SynthArgs};
use crate::config;
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::output::{self, Claim, Intent, MARK, Target};
use crate::phrase::size;
use crate::recording::Recording;

/// Numbers made before they are written.
const SLAB: usize = 1 << 20;
/// The sine of channel 0 in Hz, and what every further channel adds.
const BASE_HZ: f64 = 10.0;
const STEP_HZ: f64 = 5.0;
/// Samples of one channel at most, so that bytes fit 64 bits.
const LONGEST: u64 = 1 << 40;

/// What will be made.
struct Content {
    kind: Kind,
    n_channels: usize,
    sample_rate_hz: f64,
    seed: u64,
    lengths: Vec<usize>,
}

/// Makes a recording.
///
/// # Errors
/// Sizes that are not possible, a container that exists, a disk without room.
pub fn synth(args: &SynthArgs) -> Result<()> {
    let content = Content::new(args)?;
    let container = config::container(&args.output)
        .map_err(|what| Error::Usage(format!("{}: {what}", args.output.display())))?;
    let target = Target::new(&container, "analog");
    let bytes = content.n_rows() as u128 * content.n_channels as u128 * 4;
    if let Some(free) = output::free_space(&container).filter(|&free| bytes > u128::from(free)) {
        return Err(Error::Output {
            path: container,
            what: format!(
                "the recording takes {}, this disk has {} left",
                size(bytes),
                size(free)
            ),
        });
    }
    let intent = match args.overwrite {
        true => Intent::Overwrite,
        false => Intent::Anew,
    };
    let (mut claim, _) = Claim::take(&target, std::path::Path::new(""), intent)?;
    claim.clear()?;
    std::fs::File::create_new(&target.part).at(&target.part, "create this file")?;
    claim.own(&[&target.part])?;
    let written = write(&content, &target);
    if written.is_err() {
        claim.discard();
    }
    written?;
    crate::logging::print(&format!(
        "{}: {} trials × {} channels, {}
",
        container.display(),
        args.trials,
        args.channels,
        size(bytes)
    ))
}

impl Content {
    fn new(args: &SynthArgs) -> Result<Content> {
        let refuse = |what: String| Err(Error::Usage(what));
        let fs = args.sample_rate;
        if !(fs.is_finite() && fs > 0.0) {
            return refuse(format!(
                "--sample-rate {fs}: expected a number of Hz above 0"
            ));
        }
        if !(0.0..1.0).contains(&args.unequal) {
            return refuse(format!(
                "--unequal {}: expected a fraction from 0 to below 1",
                args.unequal
            ));
        }
        let n_samples = match (args.samples, args.seconds) {
            (Some(samples), _) => samples,
            (None, Some(seconds)) => {
                let n = (seconds * fs).round();
                if !(1.0..=LONGEST as f64).contains(&n) {
                    return refuse(format!(
                        "--seconds {seconds}: expected a trial of 1 to {LONGEST} samples"
                    ));
                }
                n as u64
            }
            (None, None) => return refuse("expected --samples or --seconds".into()),
        };
        let shortened = |trial: u64| {
            let u: f64 = StandardUniform.sample(&mut generator(args.seed, trial, Stream::Length));
            ((n_samples as f64 * (1.0 - args.unequal * u)).round() as usize).max(1)
        };
        if n_samples
            .checked_mul(args.trials)
            .is_none_or(|n| n > LONGEST)
        {
            return refuse(format!(
                "{} trials of {n_samples} samples: expected at most {LONGEST} samples",
                args.trials
            ));
        }
        Ok(Content {
            kind: args.kind,
            n_channels: args.channels as usize,
            sample_rate_hz: fs,
            seed: args.seed,
            lengths: (0..args.trials).map(shortened).collect(),
        })
    }

    fn n_rows(&self) -> u64 {
        self.lengths.iter().map(|&n| n as u64).sum()
    }

    /// The sample at time `t` of channel `c` in a trial of `n`, without noise.
    fn signal(&self, t: usize, c: usize, n: usize) -> f64 {
        match self.kind {
            Kind::WhiteNoise => 0.0,
            Kind::LinearTrend => t as f64 / n as f64,
            Kind::Harmonics => {
                // as many different channels as have their double below half the sample rate
                let n_fit = ((self.sample_rate_hz / 4.0 - BASE_HZ) / STEP_HZ)
                    .floor()
                    .max(1.0) as usize;
                let hz = BASE_HZ + STEP_HZ * (c % n_fit) as f64;
                let angle = TAU * (hz * t as f64 / self.sample_rate_hz).fract();
                libm::sin(angle) + 0.5 * libm::sin(2.0 * angle)
            }
        }
    }

    fn trialdefinition(&self) -> Array2<f64> {
        let mut table = Array2::zeros((self.lengths.len(), 3));
        let mut start = 0.0;
        for (mut row, &n) in table.rows_mut().into_iter().zip(&self.lengths) {
            row[0] = start;
            row[1] = start + n as f64;
            start = row[1];
        }
        table
    }
}

/// What random numbers of a trial are for: no two uses share a stream.
#[derive(Clone, Copy)]
enum Stream {
    Noise,
    Length,
}

fn generator(seed: u64, trial: u64, stream: Stream) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(2 * trial + stream as u64);
    generator
}

fn write(content: &Content, target: &Target) -> Result<()> {
    let part = &target.part;
    let file = hdf5::File::create(part).at(part, "create this file")?;
    let shape = (content.n_rows() as usize, content.n_channels);
    let data = file
        .new_dataset::<f32>()
        .shape(shape)
        .fill_time(FillTime::Never)
        .no_chunk()
        .create("data");
    let data = data.at(part, "create the data set data")?;
    let trialdefinition = content.trialdefinition();
    file.new_dataset_builder()
        .with_data(&trialdefinition)
        .create("trialdefinition")
        .at(part, "create the data set trialdefinition")?;

    file.new_attr::<VarLenUnicode>()
        .create(MARK)
        .and_then(|mark| {
            mark.write_scalar(
                &VarLenUnicode::from_str(env!("CARGO_PKG_VERSION")).expect("no zero byte"),
            )
        })
        .at(part, "mark this file")?;

    let rows_at_once = (SLAB / content.n_channels).max(1);
    let mut row = 0;
    for (trial, &n) in content.lengths.iter().enumerate() {
        let mut noise = generator(content.seed, trial as u64, Stream::Noise);
        for start in (0..n).step_by(rows_at_once) {
            let n_now = rows_at_once.min(n - start);
            let slab = Array2::from_shape_simple_fn((n_now, content.n_channels), || {
                let z: f64 = StandardNormal.sample(&mut noise);
                z as f32
            });
            let mut slab = slab;
            for ((t, c), x) in slab.indexed_iter_mut() {
                *x += content.signal(start + t, c, n) as f32;
            }
            data.write_slice(&slab, s![row..row + n_now, ..])
                .at(part, "write samples")?;
            row += n_now;
        }
    }
    let offset = data.offset();
    drop(data);
    file.close().at(part, "close this file")?;
    let info = info(content, target, offset, trialdefinition.shape());
    output::replace(target, part, &info, &|_| Ok(()), &|| ())
}

fn info(
    content: &Content,
    target: &Target,
    offset: Option<u64>,
    trl_shape: &[usize],
) -> Map<String, serde_json::Value> {
    let serde_json::Value::Object(info) = json!({
        "filename": target.data.file_name().unwrap_or_default().to_string_lossy(),
        "dataclass": "AnalogData",
        "data_dtype": "float32",
        "data_shape": [content.n_rows(), content.n_channels as u64],
        "data_offset": offset,
        "trl_dtype": "float64",
        "trl_shape": trl_shape,
        "trl_offset": null,
        "file_checksum": null,
        "order": "C",
        "checksum_algorithm": "openssl_sha1",
        "dimord": ["time", "channel"],
        "_version": concat!("slepian ", env!("CARGO_PKG_VERSION")),
        "_log": "",
        "cfg": {},
        "info": { MARK: { "version": env!("CARGO_PKG_VERSION"), "seed": content.seed } },
        "samplerate": content.sample_rate_hz,
        "channel": Recording::default_labels(content.n_channels),
        "_hdfFileDatasetProperties": ["data"],
    }) else {
        unreachable!("the macro makes an object")
    };
    info
}
