//! The header file.

use std::path::Path;

use super::Sample;
use super::ini::{self, SHOWN, Sections, numbered, split_fields};
use crate::error::{Error, Result};
use crate::input::location::Calibration;
use crate::input::{MAX_CHANNELS, check_label, check_sample_rate, written};
use crate::phrase::shorten;

/// The unit of channels whose header names none, by the specification; spelled as in results.
const DEFAULT_UNIT: &str = "uV";

/// The contents of a header.
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
    /// Samples, if the header gives their number.
    pub n_rows: Option<u64>,
    /// Samples of a segment, if the recording is cut into segments of equal length.
    pub segment_rows: Option<u64>,
    pub sample_rate_hz: f64,
    pub channels: Vec<Channel>,
}

/// A channel of a header.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its key in the header, `Ch1` for the first.
    pub key: String,
    pub label: String,
    /// Units per number.
    pub resolution: f64,
    pub unit: String,
}

/// Reads the header file `path`.
///
/// # Errors
/// Path, key, found, expected, and what to do about it.
pub fn read(path: &Path) -> Result<Header> {
    let advice = "name the .vhdr file of a BrainVision recording, or put this line first";
    let text = ini::read(path, "Header", advice)?;
    parse(&text, path).map_err(|what| Error::Recording {
        path: path.to_owned(),
        what,
    })
}

fn parse(text: &str, path: &Path) -> Result<Header, String> {
    let sections = Sections::of(text);
    let get = |name: &str, key: &str| {
        let mut pairs = sections.pairs(name);
        let found = pairs.find(|(known, _)| known.eq_ignore_ascii_case(key));
        found
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
    };
    let common = |key: &str| get("Common Infos", key);
    let keyword =
        |key: &'static str, default, words| keyword_index(key, common(key), default, words);
    keyword("DataFormat", Some("BINARY"), &["BINARY"]).map_err(|what| {
        format!("{what}: export the recording with binary numbers, from BrainVision Analyzer or with pybv")
    })?;
    keyword("DataType", Some("TIMEDOMAIN"), &["TIMEDOMAIN"])
        .map_err(|what| format!("{what}: export the recording before it is transformed"))?;
    let orientation = keyword("DataOrientation", None, &["MULTIPLEXED", "VECTORIZED"])
        .map_err(|what| format!("{what}: write the order of the samples in the header"))?;
    let samples = [Sample::I16, Sample::U16, Sample::I32, Sample::F32];
    let sample = keyword_index(
        "BinaryFormat",
        get("Binary Infos", "BinaryFormat"),
        None,
        &["INT_16", "UINT_16", "INT_32", "IEEE_FLOAT_32"],
    );
    let sample = samples[sample.map_err(|what| {
        format!("{what}: write the type of the numbers in the section [Binary Infos] of the header")
    })?];
    let order = get("Binary Infos", "UseBigEndianOrder");
    let order = keyword_index("UseBigEndianOrder", order, Some("NO"), &["NO", "YES"])
        .map_err(|what| format!("{what}: correct the header"))?;
    let segmentation = keyword(
        "SegmentationType",
        Some("NOTSEGMENTED"),
        &["NOTSEGMENTED", "MARKERBASED", "FIXTIME"],
    )
    .map_err(|what| format!("{what}: delete this line to read all samples as one recording"))?;
    // BrainVision Analyzer writes 0 for segments that differ in length
    let segment_rows = common("SegmentDataPoints").filter(|written| *written != "0");
    let segment_rows = match (segmentation, segment_rows) {
        (0, _) | (_, None) => None,
        (_, written) => Some(count("SegmentDataPoints", written)?),
    };
    let n_channels = count("NumberOfChannels", common("NumberOfChannels"))?;
    if n_channels > MAX_CHANNELS as u64 {
        return Err(format!(
            "NumberOfChannels is {n_channels}; expected at most {MAX_CHANNELS}: correct the header"
        ));
    }
    let n_rows = common("DataPoints").map(|written| count("DataPoints", Some(written)));
    Ok(Header {
        data_file: file_name("DataFile", common("DataFile"), path)?.ok_or(
            "DataFile is missing; expected the name of the file of samples: add the line DataFile= to the header",
        )?,
        marker_file: file_name("MarkerFile", common("MarkerFile"), path)?,
        sample,
        big_endian: order == 1,
        is_vectorized: orientation == 1,
        n_rows: n_rows.transpose()?,
        segment_rows,
        sample_rate_hz: sample_rate(common("SamplingInterval"))?,
        channels: channels(&sections, n_channels as usize, sample)?,
    })
}

/// Returns the index in `words` of the value (case-insensitive), or of `default` if the key is missing.
fn keyword_index(
    key: &str,
    found: Option<&str>,
    default: Option<&str>,
    words: &[&str],
) -> Result<usize, String> {
    let index = |found: &str| {
        words
            .iter()
            .position(|word| word.eq_ignore_ascii_case(found))
    };
    found
        .or(default)
        .and_then(index)
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
            "{key} is {}; expected a whole number from 1 up: correct the header",
            shown(found)
        )
    })
}

/// From microseconds between samples.
fn sample_rate(found: Option<&str>) -> Result<f64, String> {
    /// Microseconds in a second.
    const SECOND_US: f64 = 1e6;
    let interval_us = found.and_then(written::float).unwrap_or(f64::NAN);
    let rate_hz = written::rate(SECOND_US, interval_us, found.unwrap_or_default());
    check_sample_rate(rate_hz)
        .map(|()| rate_hz)
        .map_err(|expected| {
            format!(
                "SamplingInterval is {}; expected microseconds, of a rate that is {expected}: correct the header",
                shown(found)
            )
        })
}

/// A file name; `$b` is replaced by the header's file stem.
fn file_name(key: &str, found: Option<&str>, path: &Path) -> Result<Option<String>, String> {
    let Some(found) = found else {
        return Ok(None);
    };
    let base = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = found.replace("$b", &base);
    check_label(&name).map_err(|_| {
        format!(
            "{key} is \"{}\"; expected the name of a file: correct the header",
            shorten(&name, SHOWN)
        )
    })?;
    Ok(Some(name))
}

fn channels(
    sections: &Sections,
    n_channels: usize,
    sample: Sample,
) -> Result<Vec<Channel>, String> {
    const ADVICE: &str =
        "correct the section, or NumberOfChannels if the samples of the data file fit it";
    let mut channels: Vec<Option<Channel>> = vec![None; n_channels];
    for (key, value) in sections.pairs("Channel Infos") {
        let number = numbered(key, "Ch").and_then(|number| number.checked_sub(1));
        let place = number.and_then(|k| channels.get_mut(usize::try_from(k).ok()?));
        let Some(place) = place else {
            return Err(format!(
                "[Channel Infos] has a line {}; expected Ch1 to Ch{n_channels}, NumberOfChannels: {ADVICE}",
                shorten(key, SHOWN)
            ));
        };
        *place = Some(channel(key, value, sample)?);
    }
    let numbered = (1..).zip(channels);
    let found = numbered.map(|(k, channel)| channel.ok_or(k));
    found.collect::<Result<_, usize>>().map_err(|k| {
        format!(
            "[Channel Infos] has no Ch{k}; expected {n_channels} lines, NumberOfChannels: {ADVICE}"
        )
    })
}

/// `<name>,<reference>,<resolution>,<unit>`, of which the last three may be missing.
fn channel(key: &str, value: &str, sample: Sample) -> Result<Channel, String> {
    let mut fields = split_fields(value);
    let label = fields.next().unwrap_or_default();
    check_label(&label).map_err(|expected| {
        format!(
            "{key} is called \"{}\"; expected {expected}: correct the header",
            shorten(&label, SHOWN)
        )
    })?;
    let resolution = fields.nth(1).unwrap_or_default();
    let resolution = resolution_of(&resolution, sample).map_err(|expected| {
        format!(
            "{key} ({}) has the resolution {}; expected {expected}: correct it, or leave it empty for 1",
            shorten(&label, SHOWN),
            shown(Some(&resolution))
        )
    })?;
    let unit = fields.next().unwrap_or_default();
    let unit = if unit.is_empty() {
        DEFAULT_UNIT.to_owned()
    } else {
        unit
    };
    check_label(&unit).map_err(|expected| {
        format!(
            "{key} ({}) has the unit \"{}\"; expected {expected}: correct the header",
            shorten(&label, SHOWN),
            shorten(&unit, SHOWN)
        )
    })?;
    Ok(Channel {
        key: key.to_owned(),
        label,
        resolution,
        unit,
    })
}

/// Units per number, 1 if the header gives none.
///
/// # Errors
/// The expected value.
fn resolution_of(text: &str, sample: Sample) -> Result<f64, String> {
    if text.is_empty() {
        return Ok(1.0);
    }
    let resolution = written::float(text).ok_or("a number")?;
    let calibration = Calibration::of(sample, vec![resolution], vec![0.0]);
    calibration.map(|_| resolution).map_err(|what| {
        let expected = what.split_once("; expected ");
        expected
            .map_or(what.as_str(), |(_, expected)| expected)
            .to_owned()
    })
}
