//! The header file.

use std::path::Path;

use super::Sample;
use super::ini::{self, SHOWN, numbered, parts, section};
use crate::error::{Error, Result};
use crate::input::{MAX_CHANNELS, check_label, check_sample_rate};
use crate::phrase::shorten;

/// The unit of channels whose header names none, by the specification.
const DEFAULT_UNIT: &str = "µV";

/// What a header says.
#[derive(Debug)]
pub struct Header {
    /// The file of numbers, relative to the header.
    pub data_file: String,
    /// The file of markers, relative to the header.
    pub marker_file: Option<String>,
    pub sample: Sample,
    pub big_endian: bool,
    /// Whether all samples of a channel come before those of the next.
    pub is_vectorized: bool,
    /// Samples, where the header says so.
    pub n_rows: Option<u64>,
    /// Samples of a segment, of files that were cut into segments.
    pub segment_rows: Option<u64>,
    pub sample_rate_hz: f64,
    pub channels: Vec<Channel>,
}

/// What a header says of a channel.
#[derive(Clone, Debug)]
pub struct Channel {
    pub label: String,
    /// Units per number.
    pub resolution: f64,
    pub unit: String,
}

/// Reads the header file `path`.
///
/// # Errors
/// What is wrong with it: path, key, found, expected.
pub fn read(path: &Path) -> Result<Header> {
    let text = ini::read(path, "Header")?;
    parse(&text, path).map_err(|what| Error::Recording {
        path: path.to_owned(),
        what,
    })
}

fn parse(text: &str, path: &Path) -> Result<Header, String> {
    let get = |name: &str, key: &str| {
        let found = section(text, name).find(|(known, _)| known.eq_ignore_ascii_case(key));
        found
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    };
    let common = |key: &str| get("Common Infos", key);
    one_of(
        "DataFormat",
        common("DataFormat"),
        Some("BINARY"),
        &["BINARY"],
    )?;
    one_of(
        "DataType",
        common("DataType"),
        Some("TIMEDOMAIN"),
        &["TIMEDOMAIN"],
    )?;
    let orientation = one_of(
        "DataOrientation",
        common("DataOrientation"),
        None,
        &["MULTIPLEXED", "VECTORIZED"],
    )?;
    let samples = [Sample::I16, Sample::U16, Sample::I32, Sample::F32];
    let number = one_of(
        "BinaryFormat",
        get("Binary Infos", "BinaryFormat"),
        None,
        &["INT_16", "UINT_16", "INT_32", "IEEE_FLOAT_32"],
    )?;
    let order = get("Binary Infos", "UseBigEndianOrder");
    let order = one_of("UseBigEndianOrder", order, Some("NO"), &["NO", "YES"])?;
    let segmentation = one_of(
        "SegmentationType",
        common("SegmentationType"),
        Some("NOTSEGMENTED"),
        &["NOTSEGMENTED", "MARKERBASED", "FIXTIME"],
    )?;
    let segment_rows = match (segmentation, common("SegmentDataPoints")) {
        (0, _) | (_, None) => None,
        (_, written) => Some(count("SegmentDataPoints", written)?),
    };
    let n_channels = count("NumberOfChannels", common("NumberOfChannels"))?;
    if n_channels > MAX_CHANNELS as u64 {
        return Err(format!(
            "NumberOfChannels is {n_channels}; expected at most {MAX_CHANNELS}"
        ));
    }
    let n_rows = common("DataPoints").map(|written| count("DataPoints", Some(written)));
    Ok(Header {
        data_file: file_name("DataFile", common("DataFile"), path)?
            .ok_or("DataFile is missing; expected the name of the file of samples")?,
        marker_file: file_name("MarkerFile", common("MarkerFile"), path)?,
        sample: samples[number],
        big_endian: order == 1,
        is_vectorized: orientation == 1,
        n_rows: n_rows.transpose()?,
        segment_rows,
        sample_rate_hz: sample_rate(common("SamplingInterval"))?,
        channels: channels(text, n_channels as usize)?,
    })
}

/// Which of the words that stands there.
fn one_of(
    key: &str,
    found: Option<&str>,
    default: Option<&str>,
    words: &[&str],
) -> Result<usize, String> {
    let is = |found: &str| {
        words
            .iter()
            .position(|word| word.eq_ignore_ascii_case(found))
    };
    found
        .or(default)
        .and_then(is)
        .ok_or_else(|| format!("{key} is {}; expected {}", shown(found), words.join(" or ")))
}

fn shown(found: Option<&str>) -> String {
    found.map_or("missing".into(), |found| {
        format!("\"{}\"", shorten(found, SHOWN))
    })
}

fn count(key: &str, found: Option<&str>) -> Result<u64, String> {
    let number = found.and_then(|found| found.parse().ok());
    number.filter(|n| *n > 0).ok_or_else(|| {
        format!(
            "{key} is {}; expected a whole number from 1 up",
            shown(found)
        )
    })
}

/// A finite number, whose decimal separator may be a comma.
fn float(found: &str) -> Option<f64> {
    let number = found.replace(',', ".").parse::<f64>().ok();
    number.filter(|number| number.is_finite())
}

/// From microseconds between samples.
fn sample_rate(found: Option<&str>) -> Result<f64, String> {
    let rate_hz = found.and_then(float).map_or(f64::NAN, |us| 1e6 / us);
    check_sample_rate(rate_hz)
        .map(|()| rate_hz)
        .map_err(|expected| {
            format!(
                "SamplingInterval is {}; expected microseconds, of a rate that is {expected}",
                shown(found)
            )
        })
}

/// A name in which `$b` stands for that of the header, without its extension.
fn file_name(key: &str, found: Option<&str>, path: &Path) -> Result<Option<String>, String> {
    let Some(found) = found else {
        return Ok(None);
    };
    let base = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = found.replace("$b", &base);
    check_label(&name).map_err(|_| {
        format!(
            "{key} is \"{}\"; expected the name of a file",
            shorten(&name, SHOWN)
        )
    })?;
    Ok(Some(name))
}

fn channels(text: &str, n_channels: usize) -> Result<Vec<Channel>, String> {
    let mut channels: Vec<Option<Channel>> = vec![None; n_channels];
    for (key, value) in section(text, "Channel Infos") {
        let number = numbered(key, "Ch").and_then(|number| number.checked_sub(1));
        let place = number.and_then(|k| channels.get_mut(usize::try_from(k).ok()?));
        let Some(place) = place else {
            return Err(format!(
                "[Channel Infos] has a line {}; expected Ch1 to Ch{n_channels}, NumberOfChannels",
                shorten(key, SHOWN)
            ));
        };
        *place = Some(channel(key, value)?);
    }
    let numbered = (1..).zip(channels);
    let found = numbered.map(|(k, channel)| channel.ok_or(k));
    found.collect::<Result<_, usize>>().map_err(|k| {
        format!("[Channel Infos] has no Ch{k}; expected {n_channels} lines, NumberOfChannels")
    })
}

/// `<name>,<reference>,<resolution>,<unit>`, of which the last three may be missing.
fn channel(key: &str, value: &str) -> Result<Channel, String> {
    let mut parts = parts(value);
    let label = parts.next().unwrap_or_default();
    check_label(&label).map_err(|expected| {
        format!(
            "{key} is called \"{}\"; expected {expected}",
            shorten(&label, SHOWN)
        )
    })?;
    let resolution = parts.nth(1).unwrap_or_default();
    let unit = parts.next().unwrap_or_default();
    let unit = if unit.is_empty() {
        DEFAULT_UNIT.to_owned()
    } else {
        unit
    };
    check_label(&unit).map_err(|expected| {
        format!(
            "{key} has the unit \"{}\"; expected {expected}",
            shorten(&unit, SHOWN)
        )
    })?;
    let written = if resolution.is_empty() {
        "1"
    } else {
        &resolution
    };
    match float(written) {
        Some(resolution) => Ok(Channel {
            label,
            resolution,
            unit,
        }),
        None => Err(format!(
            "{key} has the resolution {}; expected a number",
            shown(Some(written))
        )),
    }
}
