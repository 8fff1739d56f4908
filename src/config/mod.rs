//! The config: the TOML as written, unknown keys refused, becomes a checked [`Config`]. Nothing past this module sees
//! an unchecked value; what needs the recording keeps its line number for the check that comes later.

mod cluster;
mod container;
mod defaults;
mod document;
mod no_config;
mod output;
mod tables;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use jiff::SignedDuration;

pub use cluster::{Cluster, Scheduler, TimeLimit};
pub use container::container;
pub use defaults::defaults;

use crate::comm::{Hints, STEP_TIMEOUT};
use crate::definetrial;
use crate::error::{Error, Result};
use crate::input::{self, require_regular};
use crate::output::{Checksum, Compression, Driver};
use crate::phrase::shorten;
use crate::schedule::Policy;
use crate::select::{self, Select, Selected};
use crate::setting::{Place, Refusal, Section, Setting, nearest, refuse_unexpanded, relative};
use crate::spectral;
use document::Document;

/// Tables of Syncopy's other functions: refused by name, not as typing errors.
const NOT_THERE_YET: &[&str] = &[
    "connectivityanalysis",
    "preprocessing",
    "resampledata",
    "timelockanalysis",
    "spike_psth",
    "selectdata",
    "redefinetrial",
];
/// Bytes of a config at most: every channel of the widest arrays fits by name.
const LARGEST: u64 = 4 << 20;
const TABLES: &[&str] = &[
    "input",
    "definetrial",
    "select",
    "freqanalysis",
    "parallel",
    "output",
    "cluster",
];

/// As `[output] checkpoint_every` says when it is absent.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);
/// Busy hosts keep a process waiting for seconds.
const MIN_TIMEOUT_S: f64 = 5.0;
/// A month is longer than any job.
const MAX_S: f64 = 31.0 * 86_400.0;

/// A recording, its trials, and what part of them is wanted: of `[input]`, `[definetrial]` and `[select]`.
#[derive(Clone, Debug)]
pub struct Data {
    /// The recording.
    pub input: input::Options,
    /// What its trials are; those of its file when absent.
    pub definetrial: Option<definetrial::Options>,
    /// What part of it is wanted.
    pub select: Select,
}

/// A checked config.
#[derive(Clone, Debug)]
pub struct Config {
    /// The recording and what of it is analysed.
    pub data: Data,
    /// What is computed.
    pub analysis: spectral::Options,
    /// Batches on request, or fixed from the start.
    pub schedule: Policy,
    /// Limit for samples and spectra of one rank, in bytes.
    pub memory_per_rank: Option<Setting<u64>>,
    /// The container of the result, relative to the current folder.
    pub output: Setting<PathBuf>,
    /// Whether the SHA-1 of the result is stored.
    pub checksum: Checksum,
    /// How often a rank brings its work to disk.
    pub checkpoint_every: Duration,
    /// How the result is compressed, if it is.
    pub compression: Option<Compression>,
    /// What MPI should know when it makes or opens files of the result.
    pub mpi_hints: Hints,
    /// How the files of the result are written.
    pub driver: Driver,
    /// A rank that gives no sign of life for this long ends the job.
    pub peer_timeout: Option<Duration>,
    /// A job in which no rank gets any further for this long ends.
    pub step_timeout: Option<Duration>,
    /// What `slepian submit` asks the batch system for.
    pub cluster: Cluster,
    /// What the user should know, though nothing is wrong.
    pub warnings: Vec<String>,
    /// The text of the config file, for the result's record.
    pub text: String,
    /// The values of `--set`, for the result's record.
    pub sets: Vec<String>,
}

impl Data {
    /// Checks what the text of a config file and the values of `--set` say about the recording, whatever they say about
    /// the analysis.
    ///
    /// # Errors
    /// The first value that is not legal, with its line.
    pub fn parse(text: &str, path: &Path, sets: &[String]) -> Result<Data, Refusal> {
        Data::take(&mut checked(text, path, sets)?, path)
    }

    /// What a path of the command line names: a config (.toml), or a recording, of which values of `--set` may say more.
    ///
    /// # Errors
    /// A config that cannot be read, or the first value that is not legal.
    pub fn of(path: &Path, sets: &[String]) -> Result<Data> {
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            return Ok(Data::parse(&Config::read(path)?, path, sets)?);
        }
        let Some(name) = path.to_str() else {
            let what =
                "this path is not UTF-8; expected one that is: rename the file or its folder";
            return Err(Error::Usage(format!("{}: {what}", path.display())));
        };
        let sets: Vec<String> = std::iter::once(format!("input.path={name}"))
            .chain(sets.iter().cloned())
            .collect();
        let mut data = Data::parse("", Path::new(""), &sets)?;
        data.input.path.found = name.to_owned();
        data.input.path.place = Place::Default;
        Ok(data)
    }

    fn take(document: &mut Document, path: &Path) -> Result<Data, Refusal> {
        let mut entries = |table: &str| document.take(table);
        let (input, select) = (entries("input"), entries("select"));
        let definetrial = entries("definetrial");
        let input = Section::new("input", input::KEYS, &input)?;
        let recording = located(&input, "path", "input", path)?;
        let definetrial = Section::new("definetrial", definetrial::KEYS, &definetrial)?;
        Ok(Data {
            input: input::Options::parse(&input, recording)?,
            definetrial: definetrial::Options::parse(&definetrial, path)?,
            select: select::parse(&Section::new("select", select::KEYS, &select)?)?,
        })
    }
}

/// The tables of a config, all of which are known.
fn checked(text: &str, path: &Path, sets: &[String]) -> Result<Document, Refusal> {
    let document = Document::parse(text, path, sets)?;
    for (name, table) in &document.tables {
        let refuse = |what: String| {
            Err(Refusal {
                place: table.place.clone(),
                found: format!("[{}]", shorten(name, 60)),
                what: format!(": {what}"),
            })
        };
        if NOT_THERE_YET.contains(&name.as_str()) {
            return refuse(
                "this function of Syncopy is not available yet; expected freqanalysis: run the others in Syncopy".into(),
            );
        }
        if !TABLES.contains(&name.as_str()) {
            return refuse(format!(
                "no such table; {}",
                nearest(name, TABLES.iter().copied())
            ));
        }
    }
    Ok(document)
}

impl Config {
    /// Checks the text of a config file and the values of `--set`.
    ///
    /// # Errors
    /// The first value that is not legal, with its line.
    pub fn parse(text: &str, path: &Path, sets: &[String]) -> Result<Config, Refusal> {
        let mut document = checked(text, path, sets)?;
        let data = Data::take(&mut document, path)?;
        let mut entries = |table: &str| document.take(table);
        let freqanalysis = entries("freqanalysis");
        let (parallel, output) = (entries("parallel"), entries("output"));
        let cluster = entries("cluster");

        let mut warnings = Vec::new();
        let parallel = Section::new("parallel", tables::PARALLEL, &parallel)?;
        let output = Section::new("output", tables::OUTPUT, &output)?;
        if let Some(path) = output.path("path")? {
            refuse_unexpanded(&path, Path::new(&path.value))?;
        }
        Ok(Config {
            data,
            analysis: spectral::Options::parse(&freqanalysis, &mut warnings)?,
            schedule: match parallel.word("schedule", &["dynamic", "static"])? {
                Some(word) if word.value == "static" => Policy::Static,
                _ => Policy::Dynamic,
            },
            memory_per_rank: memory(&parallel)?,
            output: located(&output, "path", "output", path)?.try_map(|path| container(path))?,
            checksum: output::checksum(&output)?,
            checkpoint_every: time(&output, "checkpoint_every", 0.0)?.unwrap_or(CHECKPOINT_EVERY),
            compression: output::compression(&output)?,
            mpi_hints: output::mpi_hints(&output)?,
            driver: match output.word("driver", &["posix", "mpio"])? {
                Some(word) if word.value == "mpio" => Driver::Mpio,
                _ => Driver::Posix,
            },
            peer_timeout: time(&parallel, "peer_timeout", MIN_TIMEOUT_S)?,
            step_timeout: match parallel.raw("step_timeout") {
                None => Some(STEP_TIMEOUT),
                Some(_) => time(&parallel, "step_timeout", MIN_TIMEOUT_S)?,
            },
            cluster: cluster::parse(&Section::new("cluster", cluster::CLUSTER, &cluster)?, path)?,
            warnings,
            text: text.to_owned(),
            sets: sets.to_vec(),
        })
    }

    /// The text of the config file at `path`, small enough to be one.
    ///
    /// # Errors
    /// No such file, none that is regular, too large a file, or no text in it: path, found, expected.
    pub fn read(path: &Path) -> Result<String> {
        const DOING: &str = "read this config";
        let wrong = |what: String| Error::Usage(format!("{}: {what}", path.display()));
        let unreadable = |error: std::io::Error| {
            let advice = match error.kind() {
                std::io::ErrorKind::NotFound => "; \"slepian defaults\" prints one to start from",
                _ => "",
            };
            wrong(format!("cannot {DOING}: {error}{advice}"))
        };
        if let Some(what) = no_config::what_is_wrong(path) {
            return Err(wrong(what));
        }
        let found = std::fs::metadata(path).map_err(unreadable)?;
        require_regular(path, DOING).map_err(|error| Error::Usage(error.to_string()))?;
        if found.len() > LARGEST {
            return Err(wrong(format!(
                "this config has {} bytes; expected at most {LARGEST}",
                found.len()
            )));
        }
        std::fs::read_to_string(path).map_err(unreadable)
    }

    /// Syncopy's `cfg` of this analysis of the `selected` recording, so that
    /// `spy.freqanalysis(recording, cfg=result.cfg)` repeats it.
    ///
    /// # Panics
    /// If the analysis has refused the recording.
    pub fn cfg(&self, selected: &Selected) -> serde_json::Map<String, serde_json::Value> {
        let mut cfg = self.analysis.cfg(&selected.recording);
        if let Some(select) = select::cfg(&self.data.select, selected) {
            cfg.insert("select".into(), select);
        }
        cfg
    }
}

/// A path that must be given: relative to the config file, or to the current folder when `--set`.
fn located(
    section: &Section,
    key: &str,
    table: &str,
    config: &Path,
) -> Result<Setting<PathBuf>, Refusal> {
    let Some(path) = section.path(key)? else {
        return Err(Refusal {
            place: Place::File {
                path: config.to_owned(),
                line: 1,
                column: 1,
            },
            found: format!("{table}.{key}"),
            what: format!(" is missing; expected this key, such as {key} = \"{table}.spy\""),
        });
    };
    if path.value.is_empty() {
        return Err(path.refuse("expected a path"));
    }
    Ok(relative(config, path))
}

fn memory(section: &Section) -> Result<Option<Setting<u64>>, Refusal> {
    section
        .raw("memory_per_rank")
        .map(|raw| bytes(&raw))
        .transpose()
}

/// A size such as "2 GiB", or a number of bytes.
fn bytes(raw: &Setting<&toml::Value>) -> Result<Setting<u64>, Refusal> {
    let bytes = match raw.value {
        toml::Value::Integer(bytes) => u64::try_from(*bytes).ok(),
        // too large a float becomes the largest number
        toml::Value::Float(bytes) => Some(*bytes as u64),
        toml::Value::String(text) => ByteSize::from_str(text.trim())
            .ok()
            .map(|size| size.as_u64()),
        _ => None,
    };
    // so does too large a size
    match bytes.filter(|&bytes| bytes > 0 && bytes < u64::MAX) {
        Some(bytes) => Ok(raw.clone().map(|_| bytes)),
        None => {
            Err(raw.refuse("expected a size such as \"2 GiB\" or \"500 MB\", or a number of bytes"))
        }
    }
}

/// A time such as "30 s", or a number of seconds, of at least `least_s`; "none" counts as absent.
fn time(section: &Section, key: &str, least_s: f64) -> Result<Option<Duration>, Refusal> {
    let Some(raw) = section.raw(key) else {
        return Ok(None);
    };
    let seconds = match raw.value {
        toml::Value::String(word) if word == "none" => return Ok(None),
        toml::Value::Integer(seconds) => Some(*seconds as f64),
        toml::Value::Float(seconds) => Some(*seconds),
        // a flag of the command line hands a bare number over as text
        toml::Value::String(text) => text.trim().parse().ok().or_else(|| {
            let time = SignedDuration::from_str(text.trim()).ok()?;
            Some(time.as_secs_f64())
        }),
        _ => None,
    };
    match seconds.filter(|seconds| (least_s..=MAX_S).contains(seconds)) {
        Some(seconds) => Ok(Some(Duration::from_secs_f64(seconds))),
        None => Err(raw.refuse(format!(
            "expected a time such as \"30 s\" or \"5 min\", or seconds, from {least_s} s to {} days",
            MAX_S / 86_400.0
        ))),
    }
}

#[cfg(test)]
mod tests;
