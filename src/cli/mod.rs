//! The command line: subcommands and flags, nothing else.

mod plot;
mod synth;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use plot::PlotArgs;
pub use synth::{Envelope, Kind, SignalArgs, SynthArgs};

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

/// A study: a config, and what is changed of it.
#[derive(Debug, Args)]
pub struct StudyArgs {
    /// The config file
    pub config: PathBuf,
    /// Set a value of the config, as freqanalysis.tapsmofrq=10; paths are relative to the current folder
    #[arg(long, value_name = "TABLE.KEY=VALUE")]
    pub set: Vec<String>,
}

/// `slepian run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The study
    #[command(flatten)]
    pub study: StudyArgs,
    /// Start this many ranks: through srun inside a Slurm allocation, else through mpiexec
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub ranks: Option<u32>,
    /// Compute with one process, also inside a Slurm allocation
    #[arg(long)]
    pub serial: bool,
    /// Remove this file when the ranks have started: job scripts know by it whether the launch failed
    #[arg(long, value_name = "FILE", hide = true)]
    pub launch_marker: Option<PathBuf>,
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
    /// The study
    #[command(flatten)]
    pub study: StudyArgs,
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
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show more
    #[arg(short, long)]
    pub verbose: bool,
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
    /// The study
    #[command(flatten)]
    pub study: StudyArgs,
    /// For this many ranks on one host; all its cores when absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub ranks: Option<u32>,
    /// Do not compute a part of the work to say how long all of it takes
    #[arg(long)]
    pub no_timing: bool,
}
