//! Whole recordings in memory through the estimator: no file is read or written while the clock runs.
//!
//! A competitor of `benches/run.py`. The argument is a job in JSON; for every line on stdin the job is computed once, and
//! a line of JSON on stdout says how long it took.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;
use std::time::Instant;

use ndarray::ArrayView2;
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;

use slepian::recording::{Channel, Recording, Trial};
use slepian::setting::{Entry, Place};
use slepian::spectral::tapers::dpss;
use slepian::spectral::{
    Design, Element, Estimator, InstructionSet, Options, Piece, Real, Scratch,
};

/// What is computed, and where the recording lies.
#[derive(Deserialize)]
struct Job {
    /// A file that holds the samples as `float32`, `(trials × samples, channels)` in C order.
    file: String,
    /// Its bytes before the first sample.
    offset: u64,
    n_trials: usize,
    n_samples: usize,
    n_channels: usize,
    sample_rate_hz: f64,
    workers: usize,
    double: bool,
    /// The table `[freqanalysis]`.
    freqanalysis: BTreeMap<String, toml::Value>,
    /// Where the power of the first trial goes, `(frequency, channel)` as doubles: to compare competitors.
    check: Option<String>,
    /// Where the tapers go, as doubles, for competitors that have none.
    tapers: Option<Tapers>,
}

#[derive(Deserialize)]
struct Tapers {
    file: String,
    nw: f64,
    count: usize,
}

impl Job {
    fn design(&self) -> Design {
        let channels = (0..self.n_channels).map(|column| Channel {
            label: column.to_string(),
            column,
            unit: String::new(),
        });
        let trials = (0..self.n_trials).map(|number| Trial {
            number,
            start: (number * self.n_samples) as u64,
            n_samples: self.n_samples,
            offset: 0.0,
            info: vec![],
            labels: Vec::new(),
        });
        let recording = Recording {
            sample_rate_hz: self.sample_rate_hz,
            channels: channels.collect(),
            trials: trials.collect(),
            is_double: self.double,
            trialinfo: Vec::new(),
            trial_labels: Vec::new(),
        };
        let entry = |value: &toml::Value| Entry::new(value.clone(), Place::CommandLine);
        let entries = self
            .freqanalysis
            .iter()
            .map(|(key, value)| (key.clone(), entry(value)))
            .collect();
        let options = Options::parse(&entries, &mut Vec::new()).expect("legal options");
        options
            .design(&recording)
            .expect("options that suit the recording")
    }

    fn read<T: Real>(&self) -> Result<Vec<T>, Box<dyn Error>> {
        let len = self.n_trials * self.n_samples * self.n_channels;
        let mut stored = vec![0_f32; len];
        let mut file = File::open(&self.file)?;
        file.seek(SeekFrom::Start(self.offset))?;
        file.read_exact(bytemuck::cast_slice_mut(&mut stored))?;
        Ok(stored
            .into_iter()
            .map(|x| T::from_double(f64::from(x)))
            .collect())
    }
}

/// Computes the spectra of all trials, each into its own part of `spectra`, on one thread per scratch memory.
fn compute<T: Real>(
    job: &Job,
    estimator: &dyn Estimator<T>,
    scratches: &mut [Scratch<T>],
    samples: &[T],
    spectra: &mut [T],
) {
    let of_trial = job.n_samples * job.n_channels;
    let len = spectra.len() / job.n_trials;
    let work = Mutex::new(samples.chunks(of_trial).zip(spectra.chunks_mut(len)));
    let worker = |scratch: &mut Scratch<T>| {
        loop {
            let next = work.lock().expect("no worker panics").next();
            let Some((samples, block)) = next else { break };
            let shape = (job.n_samples, job.n_channels);
            let view = ArrayView2::from_shape(shape, samples).expect("one trial");
            estimator.estimate(Piece::whole(view), scratch, block);
        }
    };
    match scratches {
        [scratch] => worker(scratch),
        _ => std::thread::scope(|scope| {
            for scratch in scratches {
                scope.spawn(|| worker(scratch));
            }
        }),
    }
}

/// Power of one trial, averaged over tapers: `(frequency, channel)`.
fn power<T: Real>(design: &Design, n_channels: usize, block: &[T]) -> Vec<f64> {
    let layout = design.block_layout();
    let [_, n_tapers, n_freqs, _] = layout.shape(1, n_channels)[..] else {
        panic!("a block of spectra has four axes");
    };
    let n_parts = layout.element.n_parts();
    let is_complex = layout.element == Element::Complex;
    let mut power = vec![0.0; n_freqs * n_channels];
    for of_taper in block.chunks(n_freqs * n_channels * n_parts) {
        for (sum, number) in power.iter_mut().zip(of_taper.chunks(n_parts)) {
            *sum += if is_complex {
                number.iter().map(|x| x.to_double().powi(2)).sum()
            } else {
                number[0].to_double()
            };
        }
    }
    power.iter_mut().for_each(|sum| *sum /= n_tapers as f64);
    power
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn serve<T: Real>(job: &Job) -> Result<(), Box<dyn Error>> {
    let design = job.design();
    let samples = job.read::<T>()?;
    let layout = design.block_layout();
    let len = layout.shape(1, job.n_channels).iter().product::<usize>() * layout.element.n_parts();
    let mut spectra = vec![T::zero(); len * job.n_trials];
    let instructions = InstructionSet::detect();
    let estimator = design.estimator::<T>(instructions);
    let mut scratches: Vec<_> = (0..job.workers).map(|_| estimator.scratch()).collect();
    // the tapers are made by the first trial of each worker
    compute(job, &*estimator, &mut scratches, &samples, &mut spectra);
    if let Some(check) = &job.check {
        let power = power(&design, job.n_channels, &spectra[..len]);
        std::fs::write(check, bytemuck::cast_slice(&power))?;
    }
    println!(
        r#"{{"versions": {{"Slepian": "{} ({instructions:?})"}}}}"#,
        env!("CARGO_PKG_VERSION")
    );
    for line in std::io::stdin().lock().lines() {
        line?;
        let (start, cpu) = (Instant::now(), cpu_seconds());
        compute(job, &*estimator, &mut scratches, &samples, &mut spectra);
        let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        println!(r#"{{"seconds": {seconds}, "cpu": {cpu}}}"#);
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let job = std::env::args().nth(1).ok_or("expected a job in JSON")?;
    let job: Job = serde_json::from_str(&job)?;
    if let Some(Tapers { file, nw, count }) = &job.tapers {
        let tapers = dpss(job.n_samples, *nw, *count).concat();
        std::fs::write(file, bytemuck::cast_slice(&tapers))?;
        return Ok(());
    }
    if job.double {
        serve::<f64>(&job)
    } else {
        serve::<f32>(&job)
    }
}
