//! The command line: subcommands and flags, nothing else.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Tapered-FFT spectra of electrophysiology recordings, on any number of MPI ranks, into one HDF5 file.
#[derive(Debug, Parser)]
#[command(
    name = "slepian",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compute the spectra that a config asks for
    #[command(
        after_help = "Examples:\n  slepian run study.toml\n  mpirun -n 64 slepian run study.toml\n  \
        slepian run study.toml --ranks 4 --set freqanalysis.tapsmofrq=10 --set output.path=smooth.spy"
    )]
    Run(RunArgs),
    /// Queue a run on a cluster, wait for it and follow it to its end
    #[command(
        after_help = "Examples:\n  slepian submit study.toml --partition 16GBXL --n-jobs 10\n  \
        slepian submit study.toml --n-jobs 64 --time 1:00:00 --detach\n  \
        slepian submit study.toml --each 'sub-*/recording.spy' --set 'output.path=spectra/{stem}.spy'"
    )]
    Submit(Box<SubmitArgs>),
    /// Say what a run will compute, write and take, from metadata alone
    #[command(after_help = "Example:\n  slepian plan study.toml --ranks 64")]
    Plan(PlanArgs),
    /// Print a commented config with every key of a method
    #[command(after_help = "Example:\n  slepian defaults mtmfft > study.toml")]
    Defaults {
        /// The method
        #[arg(default_value = "mtmfft")]
        method: String,
    },
    /// Make a recording of known content
    #[command(
        after_help = "Examples:\n  slepian synth harmonics --trials 20 --channels 8 --seconds 2 --sample-rate 1000 \
        --seed 7 -o recording.spy\n  slepian synth red_noise --alpha 0.9 --trials 50 --channels 4 --samples 2000 -o red.spy\n  \
        slepian synth events --times 0,0.4 --freq 40 --noise 0.5 --offset -1 --trials 20 --channels 4 --seconds 2 \
        -o bursts.spy"
    )]
    Synth(Box<SynthArgs>),
    /// Say how far a job is, while it runs or afterwards, by reading its files
    #[command(
        after_help = "Examples:\n  slepian status spectra.spy --watch\n  slepian status study.toml --exit-code"
    )]
    Status(StatusArgs),
    /// Compare a result with the checksums of its ledger, and unmark what is hurt
    #[command(after_help = "Example:\n  slepian verify spectra.spy")]
    Verify {
        /// A result, finished or not: the container, the data file or its .info file
        path: PathBuf,
    },
    /// Draw a result: into a file, or in characters on the terminal
    #[command(
        after_help = "Examples:\n  slepian plot spectra.spy\n  slepian plot spectra.spy --channel Oz,Cz --freq 2-60 \
        -o spectra.png\n  slepian plot spectra.spy --band 8-12 --trial 0,3 --db -o alpha.svg"
    )]
    Plot(PlotArgs),
    /// Show what a recording or a result holds
    #[command(after_help = "Examples:\n  slepian info spectra.spy\n  slepian info recording.edf")]
    Info(InfoArgs),
    /// List the trials that a config defines and selects
    #[command(after_help = "Examples:\n  slepian trials study.toml\n  \
        slepian trials recording.edf --set definetrial.length=2 --set definetrial.overlap=0.5")]
    Trials(TrialsArgs),
    /// Write a recording, or the part of it that a config names, as a Syncopy container
    #[command(
        after_help = "Examples:\n  slepian convert recording.edf recording.spy\n  \
        slepian convert study.toml trials.spy --ranks 4\n  \
        slepian convert lfp.dat lfp.spy --set input.dtype=int16 --set input.n_channels=64 --set input.samplerate=1000"
    )]
    Convert(ConvertArgs),
}

/// `slepian info`
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// A container, a data file or its .info file, a recording of another format, or a config (.toml)
    pub path: PathBuf,
    /// Set a value of the config, as input.samplerate=1000
    #[arg(long, value_name = "TABLE.KEY=VALUE")]
    pub set: Vec<String>,
}

/// `slepian trials`
#[derive(Debug, Args)]
pub struct TrialsArgs {
    /// A config (.toml), or a recording
    pub input: PathBuf,
    /// Set a value of the config, as definetrial.length=2; paths are relative to the current folder
    #[arg(long, value_name = "TABLE.KEY=VALUE")]
    pub set: Vec<String>,
}

/// `slepian convert`
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// A recording, or a config (.toml) that names one, its trials and what is selected of them
    pub input: PathBuf,
    /// The container to write
    pub output: PathBuf,
    /// Set a value of the config, as input.samplerate=1000; paths are relative to the current folder
    #[arg(long, value_name = "TABLE.KEY=VALUE")]
    pub set: Vec<String>,
    /// Start this many ranks: through srun inside a Slurm allocation, else through mpiexec
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub ranks: Option<u32>,
    /// Replace an earlier container of slepian
    #[arg(long)]
    pub overwrite: bool,
    /// Show nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// `slepian run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The config file
    pub config: PathBuf,
    /// Set a value of the config, as freqanalysis.tapsmofrq=10; paths are relative to the current folder
    #[arg(long, value_name = "TABLE.KEY=VALUE")]
    pub set: Vec<String>,
    /// Start this many ranks: through srun inside a Slurm allocation, else through mpiexec
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub ranks: Option<u32>,
    /// Compute with one process, also inside a Slurm allocation
    #[arg(long)]
    pub serial: bool,
    /// Go on where an earlier job was interrupted; begin when there was none
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
    /// Replace an earlier result of slepian, once the new one is whole
    #[arg(long)]
    pub overwrite: bool,
    /// Show nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show more
    #[arg(short, long)]
    pub verbose: bool,
}

/// `slepian submit`: every flag of a batch system is a key of the config's table `[cluster]`.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// The config file
    pub config: PathBuf,
    /// Set a value of the config, as freqanalysis.tapsmofrq=10; paths are relative to the current folder
    #[arg(long, value_name = "TABLE.KEY=VALUE")]
    pub set: Vec<String>,
    /// slurm; or script, pbs, lsf: write the job script and submit nothing
    #[arg(long, value_name = "NAME")]
    pub scheduler: Option<String>,
    /// Partition, or queue
    #[arg(short, long, visible_alias = "queue", value_name = "NAME")]
    pub partition: Option<String>,
    /// MPI ranks of the job
    #[arg(short, long, value_name = "N")]
    pub n_jobs: Option<String>,
    /// Memory of one rank, as 16GB; what the partition gives when absent
    #[arg(long, value_name = "SIZE")]
    pub mem_per_job: Option<String>,
    /// Cores of one rank
    #[arg(long, value_name = "N")]
    pub cores_per_job: Option<String>,
    /// Ranks on each node
    #[arg(long, value_name = "N")]
    pub processes: Option<String>,
    /// Nodes of the job
    #[arg(long, value_name = "N")]
    pub nodes: Option<String>,
    /// Time limit of one start, as Slurm writes it; a job that does not end within goes back into the queue
    #[arg(short, long, value_name = "LIMIT")]
    pub time: Option<String>,
    /// Account that is charged
    #[arg(short = 'A', long, value_name = "NAME")]
    pub account: Option<String>,
    /// Quality of service
    #[arg(long, value_name = "NAME")]
    pub qos: Option<String>,
    /// Where job scripts and logs go
    #[arg(long, value_name = "DIR")]
    pub workdir: Option<String>,
    /// Further options for sbatch, as "--constraint=avx512 --exclusive"
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub sbatch: Option<String>,
    /// Cancel the job when it has not started after this, as "10 min"
    #[arg(long, value_name = "TIME")]
    pub timeout: Option<String>,
    /// How often the job goes back into the queue at most
    #[arg(long, value_name = "N")]
    pub max_restarts: Option<String>,
    /// Start when this job has ended well
    #[arg(long, value_name = "JOB")]
    pub after: Option<u64>,
    /// A task of a job array for each recording that matches; output.path contains {stem}
    #[arg(long, value_name = "PATTERN")]
    pub each: Option<String>,
    /// Print the job's number and follow nothing
    #[arg(long)]
    pub detach: bool,
    /// Show the plan and the job script, and submit nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Show nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

impl SubmitArgs {
    /// The flags as values of the config.
    pub fn cluster_sets(&self) -> Vec<String> {
        let words = [
            ("scheduler", &self.scheduler),
            ("partition", &self.partition),
            ("mem_per_job", &self.mem_per_job),
            ("time", &self.time),
            ("account", &self.account),
            ("qos", &self.qos),
            ("workdir", &self.workdir),
            ("sbatch", &self.sbatch),
            ("timeout", &self.timeout),
        ];
        let numbers = [
            ("n_jobs", &self.n_jobs),
            ("cores_per_job", &self.cores_per_job),
            ("processes", &self.processes),
            ("nodes", &self.nodes),
            ("max_restarts", &self.max_restarts),
        ];
        let quoted = |text: &String| toml::Value::from(text.as_str()).to_string();
        let words = words.map(|(key, text)| (key, text.as_ref().map(quoted)));
        let numbers = numbers.map(|(key, text)| (key, text.clone()));
        let given = words.into_iter().chain(numbers);
        let given = given.filter_map(|(key, value)| Some(format!("cluster.{key}={}", value?)));
        given.collect()
    }
}

/// `slepian status`
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// A result, finished or not: the container, the data file or its .info file; or the config, a .toml file, that a job
    /// runs with
    pub path: PathBuf,
    /// With a config: the values that the job sets
    #[arg(long, value_name = "TABLE.KEY=VALUE")]
    pub set: Vec<String>,
    /// Look again every two seconds until the job has come to its end
    #[arg(long)]
    pub watch: bool,
    /// Print one JSON object, a line for each look
    #[arg(long)]
    pub json: bool,
    /// Exit with 75 while work is left
    #[arg(long)]
    pub exit_code: bool,
}

/// `slepian plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The config file
    pub config: PathBuf,
    /// Set a value of the config, as freqanalysis.tapsmofrq=10; paths are relative to the current folder
    #[arg(long, value_name = "TABLE.KEY=VALUE")]
    pub set: Vec<String>,
    /// For this many ranks on one host; all its cores when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub ranks: Option<u32>,
    /// Do not compute a part of the work to say how long all of it takes
    #[arg(long)]
    pub no_timing: bool,
}

/// `slepian plot`
#[derive(Debug, Args)]
pub struct PlotArgs {
    /// A result: the container, the data file or its .info file
    pub path: PathBuf,
    /// The picture to write, .png or .svg; without it characters are printed
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Channels, by name or number; all when absent
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    pub channel: Vec<String>,
    /// Single trials, by number, as 0,3,5-8; the mean over all trials when absent
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    pub trial: Vec<String>,
    /// The mean over the trials of --trial instead of each
    #[arg(long)]
    pub average: bool,
    /// In decibels
    #[arg(long)]
    pub db: bool,
    /// The mean over these frequencies in Hz, for each channel
    #[arg(long, value_name = "LOW-HIGH", conflicts_with = "freq")]
    pub band: Option<String>,
    /// Show these frequencies in Hz only
    #[arg(long, value_name = "LOW-HIGH")]
    pub freq: Option<String>,
    /// Show spectra of few channels too as a map of channels and frequencies
    #[arg(long, conflicts_with = "band")]
    pub map: bool,
    /// The recording's unit, as µV, for labels, where the result does not know it
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// Pixels of the picture
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1000x700")]
    pub size: String,
    /// Replace an earlier picture
    #[arg(long, requires = "output")]
    pub overwrite: bool,
}

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
