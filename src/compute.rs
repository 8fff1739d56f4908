//! The loop of a rank: next batch, read, estimate, write; now and then what was written is made to last.

use std::ops::Range;
use std::time::{Duration, Instant};

use ndarray::{ArrayView2, s};
use serde::{Deserialize, Serialize};

use crate::comm::{World, computing};
use crate::error::{IoContext, Result};
use crate::faults::{Point, strike};
use crate::input::{Reader, Samples, Watch};
use crate::lost::{Finder, Lost};
use crate::output::{Block, Claim, Estimated, Sink};
use crate::plan::parts;
use crate::quality::{Assessment, Flags};
use crate::recording::Trial;
use crate::schedule::Schedule;
use crate::spectral::{Estimator, Piece, Real};
use crate::study::Study;

/// Whole numbers below this are doubles: 2⁵³.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
/// How long to wait before a read that failed is tried once more: network file systems recover.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(200);
/// Samples that are looked at once more at a time.
const LOOKED_AT_ONCE: usize = 1 << 16;

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
    /// Time until this rank had no more work.
    pub seconds: f64,
    /// Numbers that are stored in single precision and not held by it.
    pub lost: Lost,
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

/// What a rank works with.
pub struct Tools<'a> {
    /// Reads samples.
    pub reader: &'a mut dyn Reader,
    /// Takes spectra.
    pub sink: &'a mut dyn Sink,
    /// Notices when the recording changes.
    pub watch: &'a Watch,
    /// Notices when the result is another job's to write.
    pub claim: &'a Claim,
    /// How often what was written is made to last.
    pub checkpoint_every: Duration,
}

/// Does this rank's share of the work, until it is done or the job is asked to stop. What was done is on disk and marked
/// then.
///
/// # Errors
/// Samples that cannot be read, spectra that cannot be written. What was done before is on disk and marked where that is
/// possible.
pub fn compute<T: Precise>(
    study: &Study,
    estimator: &dyn Estimator<T>,
    schedule: Schedule,
    tools: &mut Tools,
    world: &World,
) -> Result<Tally> {
    let start = Instant::now();
    let mut tally = Tally::default();
    let done = batches(study, estimator, schedule, tools, world, &mut tally);
    let kept = checkpoint(tools);
    done.and(kept)?;
    tally.bytes_read = tally.n_samples * study.location.layout.sample().bytes() as u64;
    tally.bytes_written = tools.sink.bytes_written();
    tally.seconds = start.elapsed().as_secs_f64();
    Ok(tally)
}

/// Brings what was written to disk, makes sure that it was computed from the recording that the job began with and that the
/// result is still this job's, and marks it as done, in this order. A rank that lives on after its job, as on a host that
/// was cut off, ends here once the job has started again elsewhere: its marks would change a file whose SHA-1 is taken.
fn checkpoint(tools: &mut Tools) -> Result<()> {
    tools.sink.sync()?;
    tools.watch.check()?;
    let claim = tools.claim;
    tools.sink.mark(&|| claim.check_owner())
}

fn batches<T: Precise>(
    study: &Study,
    estimator: &dyn Estimator<T>,
    schedule: Schedule,
    tools: &mut Tools,
    world: &World,
    tally: &mut Tally,
) -> Result<()> {
    let (plan, recording) = (&study.plan, &study.recording);
    let times = study.layout.times();
    let n_parts = study.layout.element.n_parts();
    let finder = Finder::new(&study.layout, study.bytes.stored == 8);
    let mut scratch = estimator.scratch();
    estimator.prepare(&mut scratch, world);
    let (mut samples, mut block) = (Vec::<T>::new(), Vec::<T>::new());
    // exactly what the plan counted: a vector that grows takes up to twice its length
    let most_rows = plan.rows_per_unit.min(times.most_rows());
    let most_samples = study
        .design
        .most_samples(recording.longest_trial(), most_rows);
    samples.reserve_exact(most_samples * plan.most_channels());
    let largest_block = study.layout.shape(most_rows, plan.channel_blocks[0].len());
    block.reserve_exact(largest_block.iter().product::<usize>() * n_parts);
    // all ranks begin together, but need not come to the disk together; an interval of a month may reach back before this
    // host's start
    let early = tools
        .checkpoint_every
        .mul_f64(world.rank() as f64 / world.size() as f64);
    let began = Instant::now();
    let mut last_checkpoint = began.checked_sub(early).unwrap_or(began);
    for batch in schedule {
        if world.is_stopping() {
            break;
        }
        let began = Instant::now();
        let channels = plan.channels(&batch.blocks);
        let columns: Vec<usize> = recording.channels[channels.clone()]
            .iter()
            .map(|c| c.column)
            .collect();
        let unit = &plan.units[batch.unit];
        for number in unit.trials.clone() {
            let trial = &recording.trials[number];
            // of trials that are averaged all rows
            let rows = if plan.averages() {
                0..times.rows(number).len()
            } else {
                unit.rows.clone()
            };
            let wanted = study.samples(number, &rows);
            read(study, trial, &wanted, &columns, tools, &mut samples)?;
            let view = ArrayView2::from_shape((wanted.len(), columns.len()), &samples)
                .expect("one place per sample");
            let is_whole = wanted.len() == trial.n_samples;
            let mut looks = Assessment::<T>::new(columns.len());
            if is_whole || finder.is_some() {
                looks.add(&samples);
            }
            let extents = looks.extents();
            for number_of_block in batch.blocks.clone() {
                let of_block = &plan.channel_blocks[number_of_block];
                let local = of_block.start - channels.start..of_block.end - channels.start;
                let shape = study.layout.shape(rows.len(), local.len());
                block.resize(shape.iter().product::<usize>() * n_parts, T::zero());
                let piece = Piece::of(number, rows.clone(), view.slice(s![.., local.clone()]));
                computing(|| estimator.estimate(piece, &mut scratch, &mut block));
                if let Some(finder) = &finder {
                    let lost = finder.count(&extents[local], &block);
                    tally.lost = tally.lost.and(lost);
                }
                strike(Point::Compute).at(&study.location.path, "go on")?;
                tools.sink.write(&Estimated {
                    unit: batch.unit,
                    channel_block: number_of_block,
                    trial: number,
                    block: T::block(&block),
                    fits: scratch.fits(),
                })?;
            }
            let n_samples = samples.len() as u64;
            // the first part of a trial looks at all of it
            if unit.rows.start == 0 {
                if !is_whole {
                    looks = Assessment::new(columns.len());
                    for part in parts(0..trial.n_samples, most_samples.max(1)) {
                        read(study, trial, &part, &columns, tools, &mut samples)?;
                        looks.add(&samples);
                    }
                }
                let mut flags = looks.flags();
                if study.location.exceeds_double() {
                    for (flag, extent) in flags.iter_mut().zip(looks.extents()) {
                        let is_exact = extent.highest.abs() < MAX_EXACT;
                        if *flag == Flags::FLAT && !is_exact {
                            *flag = Flags::FLAT_BY_ROUNDING;
                        }
                    }
                }
                if study.bytes.computed == 4 && study.location.exceeds_single() {
                    look_again(study, trial, &columns, tools, &mut flags)?;
                }
                let flags: Vec<u8> = flags.into_iter().map(Flags::bits).collect();
                tools
                    .sink
                    .write_quality(number, batch.blocks.start, &flags)?;
            }
            tally.n_samples += n_samples;
            world.add_done(n_samples);
        }
        tools.sink.complete(&batch, began.elapsed().as_secs_f64())?;
        tally.n_items += batch.blocks.len() as u64;
        if last_checkpoint.elapsed() >= tools.checkpoint_every {
            checkpoint(tools)?;
            last_checkpoint = Instant::now();
        }
    }
    Ok(())
}

/// Looks at channels that are flat in single precision as they are stored, and says of which that is not so.
fn look_again(
    study: &Study,
    trial: &Trial,
    columns: &[usize],
    tools: &mut Tools,
    flags: &mut [Flags],
) -> Result<()> {
    let is_flat = |channel: &usize| flags[*channel] == Flags::FLAT;
    let flat: Vec<usize> = (0..flags.len()).filter(is_flat).collect();
    if flat.is_empty() {
        return Ok(());
    }
    let columns: Vec<usize> = flat.iter().map(|&channel| columns[channel]).collect();
    let mut looks = Assessment::<f64>::new(columns.len());
    let mut samples = Vec::new();
    let n_rows = (LOOKED_AT_ONCE / columns.len()).max(1);
    for part in parts(0..trial.n_samples, n_rows) {
        read(study, trial, &part, &columns, tools, &mut samples)?;
        looks.add(&samples);
    }
    for (&channel, found) in flat.iter().zip(looks.flags()) {
        if found != Flags::FLAT {
            flags[channel] = Flags::FLAT_BY_ROUNDING;
        }
    }
    Ok(())
}

/// Reads samples of some channels of a trial, once more when that fails.
fn read<T: Precise>(
    study: &Study,
    trial: &Trial,
    wanted: &Range<usize>,
    columns: &[usize],
    tools: &mut Tools,
    samples: &mut Vec<T>,
) -> Result<()> {
    samples.resize(wanted.len() * columns.len(), T::zero());
    if wanted.is_empty() {
        return Ok(());
    }
    let rows = trial.start + wanted.start as u64..trial.start + wanted.end as u64;
    let mut read = || {
        strike(Point::Read).at(&study.location.path, "read samples")?;
        tools
            .reader
            .read(rows.clone(), columns, T::samples(samples))
    };
    let mut done = read();
    if done.is_err() {
        std::thread::sleep(TRY_AGAIN_AFTER);
        done = read();
    }
    done.map_err(|error| error.in_trial(trial.number))
}
