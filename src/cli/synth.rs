//! The flags of `slepian synth`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What a synthetic recording holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// Normal noise of standard deviation 1, independent in every channel
    WhiteNoise,
    /// In channel c a sine of 10 + 5 c Hz and its double at half the amplitude, in noise
    Harmonics,
    /// A straight line from 0 to 1 over every trial, with noise
    LinearTrend,
    /// amplitude · cos(2π freq t + phase), t seconds after the trigger
    Sine,
    /// cos(2π freq t + W), W a random walk: a peak that is eps · freq Hz wide
    PhaseDiffusion,
    /// x(t) = alpha x(t−1) + ε(t), ε normal of variance 1
    RedNoise,
    /// x(t) = (alpha1 + AdjMatᵀ) x(t−1) + alpha2 x(t−2) + ε(t), ε normal of variance 1
    Ar2Network,
    /// Bursts of an oscillation at known times
    Events,
}

/// The shape of a burst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Envelope {
    /// Without an end, but cut three widths from its centre
    #[default]
    Gaussian,
    /// As long as two widths
    Hann,
}

/// The flags of single kinds of `slepian synth`, with Syncopy's names where Syncopy has them.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Parameters of kinds")]
pub struct SignalArgs {
    /// sine, phase_diffusion, events: frequency
    #[arg(long, value_name = "HZ", allow_negative_numbers = true)]
    pub freq: Option<f64>,
    /// sine, events: height [default: 1]
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    pub amplitude: Option<f64>,
    /// sine: angle at the trigger, in radians [default: 0]
    #[arg(long, value_name = "RAD", allow_negative_numbers = true)]
    pub phase: Option<f64>,
    /// phase_diffusion: width of the peak over its frequency [default: 0.1]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub eps: Option<f64>,
    /// phase_diffusion: every channel begins with a phase of its own
    #[arg(long = "rand_ini")]
    pub rand_ini: bool,
    /// red_noise: what of a sample is in the next
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub alpha: Option<f64>,
    /// ar2_network: what of a sample is in the next, and in the one after it [default: 0.55,-0.8]
    #[arg(
        long,
        value_name = "A1,A2",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub alphas: Option<Vec<f64>>,
    /// ar2_network: strengths from channel i to channel j in row i, as "0,0;0.25,0" [default: 0.25 from the second to the
    /// first channel]
    #[arg(long = "AdjMat", value_name = "ROW;ROW", allow_hyphen_values = true)]
    pub adj_mat: Option<String>,
    /// events: times in seconds after the trigger
    #[arg(
        long,
        value_name = "S,S",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub times: Option<Vec<f64>>,
    /// events: the shape of a burst [default: gaussian]
    #[arg(long)]
    pub envelope: Option<Envelope>,
    /// events: seconds for which a burst is higher than half its height [default: 0.1]
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub width: Option<f64>,
}

/// `slepian synth`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("length").required(true).args(["samples", "seconds"]))]
pub struct SynthArgs {
    /// What it holds
    pub kind: Kind,
    /// Number of trials
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub trials: u64,
    /// Number of channels
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub channels: u64,
    /// Samples of a trial
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    pub samples: Option<u64>,
    /// Seconds of a trial
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub seconds: Option<f64>,
    /// Samples per second
    #[arg(
        long,
        value_name = "HZ",
        default_value_t = 1000.0,
        allow_negative_numbers = true
    )]
    pub sample_rate: f64,
    /// Trials of different lengths: shorter by up to this fraction
    #[arg(long, value_name = "FRACTION", default_value_t = 0.0)]
    pub unequal: f64,
    /// Time of the first sample in seconds, negative when a trial begins before its trigger
    #[arg(
        long,
        value_name = "S",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    pub offset: f64,
    /// Standard deviation of white noise over it; 1 with white_noise, harmonics and linear_trend, else 0 when absent
    #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
    pub noise: Option<f64>,
    /// Another seed gives other noise
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The container to write
    #[arg(short, long, value_name = "PATH")]
    pub output: PathBuf,
    /// Replace an earlier container of slepian
    #[arg(long)]
    pub overwrite: bool,
    /// Of single kinds
    #[command(flatten)]
    pub signal: SignalArgs,
}
