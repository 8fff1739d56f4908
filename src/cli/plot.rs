//! The flags of `slepian plot`.

use std::path::PathBuf;

use clap::Args;

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
