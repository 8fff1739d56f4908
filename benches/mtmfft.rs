//! One trial of 64 channels × 2000 samples at 1 kHz: what a rank does between reading and writing.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;

use slepian::recording::{Channel, Recording, Trial};
use slepian::setting::{Entry, Place};
use slepian::spectral::tapers::dpss;
use slepian::spectral::{Design, InstructionSet, Options, Piece, Real};

const N_SAMPLES: usize = 2000;
const N_CHANNELS: usize = 64;

fn design(config: &str) -> Design {
    let recording = Recording {
        sample_rate_hz: 1000.0,
        channels: (0..N_CHANNELS)
            .map(|column| Channel {
                label: column.to_string(),
                column,
                unit: String::new(),
            })
            .collect(),
        trials: vec![Trial {
            number: 0,
            start: 0,
            n_samples: N_SAMPLES,
            offset: 0.0,
            info: vec![],
            labels: Vec::new(),
        }],
        is_double: false,
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    let table: toml::Table = toml::from_str(config).expect("TOML");
    let entry = |value| Entry::new(value, Place::CommandLine);
    let entries: BTreeMap<String, Entry> = table
        .into_iter()
        .map(|(key, value)| (key, entry(value)))
        .collect();
    let options = Options::parse(&entries, &mut Vec::new()).expect("legal options");
    options
        .design(&recording)
        .expect("options that suit the recording")
}

fn trial<T: Real>(criterion: &mut Criterion, name: &str, config: &str) {
    let design = design(config);
    let estimator = design.estimator::<T>(InstructionSet::detect());
    let mut scratch = estimator.scratch();
    let samples = Array2::from_shape_fn((N_SAMPLES, N_CHANNELS), |(t, c)| {
        T::from_double((0.37 * t as f64 + c as f64).sin())
    });
    let layout = design.block_layout();
    let len = layout.shape(1, N_CHANNELS).iter().product::<usize>() * layout.element.n_parts();
    let mut block = vec![T::zero(); len];
    let mut group = criterion.benchmark_group("mtmfft");
    group.throughput(Throughput::Elements((N_SAMPLES * N_CHANNELS) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            estimator.estimate(
                Piece::whole(black_box(samples.view())),
                &mut scratch,
                &mut block,
            )
        });
    });
    group.finish();
}

fn trials(criterion: &mut Criterion) {
    const DPSS: &str = "tapsmofrq = 4\nfoilim = [1, 150]\n";
    trial::<f32>(criterion, "power, 15 tapers, single", DPSS);
    trial::<f64>(criterion, "power, 15 tapers, double", DPSS);
    let kept = format!("{DPSS}output = \"fourier\"\nkeeptapers = true\n");
    trial::<f32>(criterion, "coefficients of 15 tapers, single", &kept);
    trial::<f32>(criterion, "power, hann, single", "foilim = [1, 150]\n");
}

fn tapers(criterion: &mut Criterion) {
    criterion.bench_function("15 tapers of 2000 samples", |bencher| {
        bencher.iter(|| dpss(black_box(N_SAMPLES), 8.0, 15));
    });
}

criterion_group!(benches, trials, tapers);
criterion_main!(benches);
