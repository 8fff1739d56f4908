//! The loop of a rank: next batch, read, estimate, write.

use std::time::{Duration, Instant};

use ndarray::{ArrayView2, ShapeBuilder, s};
use serde::{Deserialize, Serialize};

use crate::comm::World;
use crate::error::{Error, IoContext, Result};
use crate::faults::{Point, strike};
use crate::input::{Reader, Samples};
use crate::output::{Block, Sink};
use crate::schedule::Schedule;
use crate::spectral::{Estimator, Real};
use crate::study::Study;

/// How often a rank tells the others what it has done.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// What a rank has done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Blocks of one trial or group and one channel block.
    pub n_items: u64,
    /// Samples of all channels.
    pub n_samples: u64,
    /// Bytes of samples as stored.
    pub bytes_read: u64,
    /// Bytes of spectra and sums.
    pub bytes_written: u64,
    /// Channels of trials that held NaN or infinite samples.
    pub n_not_finite: u64,
    /// Time until this rank had no more work.
    pub seconds: f64,
}

/// Precisions that samples are read and blocks written in.
pub trait Precise: Real {
    /// A buffer for the reader.
    fn samples(buffer: &mut [Self]) -> Samples<'_>;
    /// A block for the sink.
    fn block(block: &[Self]) -> Block<'_>;
}

impl Precise for f32 {
    fn samples(buffer: &mut [f32]) -> Samples<'_> {
        Samples::Single(buffer)
    }
    fn block(block: &[f32]) -> Block<'_> {
        Block::Single(block)
    }
}

impl Precise for f64 {
    fn samples(buffer: &mut [f64]) -> Samples<'_> {
        Samples::Double(buffer)
    }
    fn block(block: &[f64]) -> Block<'_> {
        Block::Double(block)
    }
}

/// Does this rank's share of the work.
///
/// # Errors
/// Samples that cannot be read, spectra that cannot be written.
pub fn compute<T: Precise>(
    study: &Study,
    estimator: &dyn Estimator<T>,
    schedule: Schedule,
    reader: &mut dyn Reader,
    sink: &mut dyn Sink,
    world: &World,
) -> Result<Tally> {
    let start = Instant::now();
    let (plan, recording) = (&study.plan, &study.recording);
    let n_parts = study.layout.element.n_parts();
    let mut tally = Tally::default();
    let mut told = Told {
        pending: 0,
        at: start,
    };
    let mut scratch = estimator.scratch();
    let (mut samples, mut block) = (Vec::<T>::new(), Vec::<T>::new());
    // exactly what the plan counted: a vector that grows takes up to twice its length
    samples.reserve_exact(recording.longest_trial() * plan.most_channels());
    let largest_block = study.layout.shape(plan.channel_blocks[0].len());
    block.reserve_exact(largest_block.iter().product::<usize>() * n_parts);
    for batch in schedule {
        let channels = plan.channels(&batch.blocks);
        let columns: Vec<usize> = recording.channels[channels.clone()]
            .iter()
            .map(|c| c.column)
            .collect();
        for number in plan.units[batch.unit].clone() {
            let trial = &recording.trials[number];
            let n = trial.n_samples;
            samples.resize(n * columns.len(), T::zero());
            strike(Point::Read, world.rank()).at(study.location.path(), "read samples")?;
            reader.read(
                trial.start..trial.start + n as u64,
                &columns,
                T::samples(&mut samples),
            )?;
            let view = ArrayView2::from_shape((n, columns.len()).f(), &samples)
                .expect("one place per sample");
            for number_of_block in batch.blocks.clone() {
                let of_block = &plan.channel_blocks[number_of_block];
                let local = of_block.start - channels.start..of_block.end - channels.start;
                let len = study.layout.shape(local.len()).iter().product::<usize>() * n_parts;
                block.resize(len, T::zero());
                let n_bad = estimator.estimate(view.slice(s![.., local]), &mut scratch, &mut block);
                tally.n_not_finite += n_bad as u64;
                strike(Point::Panic, world.rank()).at(study.location.path(), "go on")?;
                strike(Point::Write, world.rank()).at(&study.target.part, "write spectra")?;
                sink.write(number, number_of_block, T::block(&block))
                    .map_err(|error| with_room(error, study))?;
            }
            tally.n_samples += samples.len() as u64;
            told.add(samples.len() as u64, world);
        }
        sink.complete(&batch)
            .map_err(|error| with_room(error, study))?;
        tally.n_items += batch.blocks.len() as u64;
    }
    world.add_done(told.pending);
    tally.bytes_read = tally.n_samples * study.location.sample_bytes() as u64;
    tally.seconds = start.elapsed().as_secs_f64();
    Ok(tally)
}

/// Work done that the other ranks do not know of yet.
struct Told {
    pending: u64,
    at: Instant,
}

impl Told {
    fn add(&mut self, n: u64, world: &World) {
        self.pending += n;
        if self.at.elapsed() >= TELL_EVERY {
            world.add_done(std::mem::take(&mut self.pending));
            self.at = Instant::now();
        }
    }
}

/// HDF5 says only that a write failed: what the disk says of its room tells more.
fn with_room(error: Error, study: &Study) -> Error {
    match (crate::output::free_space(&study.target.container), error) {
        (
            Some(free),
            Error::Hdf5 {
                path,
                doing,
                source,
            },
        ) => {
            let room = crate::phrase::size(free);
            Error::Hdf5 {
                path,
                doing: format!("{doing} ({room} left on this disk)"),
                source,
            }
        }
        (_, error) => error,
    }
}
