//! The `.info` file of a result: Syncopy's keys in Syncopy's order; what Syncopy does not know stands under `info`.

use std::hash::Hasher;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use serde_json::{Map, Value, json};
use twox_hash::XxHash3_64;

use super::MARK;
use super::Outline;
use super::Target;
use super::seal::{Digest, Seal};
use crate::error::{Error, IoContext, Result};
use crate::input::{History, require_regular};
use crate::spectral::Coordinates;

/// What the version of every `.info` file of this program begins with.
pub const WRITTEN_BY: &str = "slepian ";
/// The key of the checksum of the `.info` file itself, and its value before it is known.
const CHECKSUM: &str = "xxh3_of_this_file";
const UNKNOWN: &str = "0000000000000000";
/// Bytes of a `.info` file at most.
const MAX_INFO: u64 = 256 << 20;

/// How a result came to be.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// What was done to the recording before.
    pub history: History,
    /// Syncopy's parameters of this analysis.
    pub cfg: Map<String, Value>,
    /// What this program adds: versions, ranks, hosts, the config as written.
    pub details: Map<String, Value>,
    /// `user@host: date`, as Syncopy heads its log entries.
    pub signature: String,
}

/// The content of the `.info` file. `data_offset` is the first byte of contiguous data, `checksum` the SHA-1 of the file, `seal`
/// what is known of the bytes that HDF5 interprets.
pub fn info_json(
    target: &Target,
    outline: Outline,
    provenance: &Provenance,
    data_offset: Option<u64>,
    checksum: Option<&str>,
    seal: &Seal,
) -> Map<String, Value> {
    let trialdefinition = outline.trialdefinition();
    let mut cfg = provenance.history.cfg.clone();
    cfg.insert("freqanalysis".into(), Value::Object(provenance.cfg.clone()));
    let mut info = Map::new();
    let mut put = |key: &str, value: Value| info.insert(key.to_owned(), value);
    put(
        "filename",
        json!(
            target
                .data
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
        ),
    );
    put("dataclass", json!(outline.layout.dataclass));
    put("data_dtype", json!(outline.numbers().numpy_name()));
    put("data_shape", json!(outline.plan.output_shape));
    put("data_offset", json!(data_offset));
    put("trl_dtype", json!("float64"));
    put("trl_shape", json!(trialdefinition.shape()));
    put("trl_offset", Value::Null);
    put("file_checksum", json!(checksum));
    put("order", json!("C"));
    put("checksum_algorithm", json!("openssl_sha1"));
    put(
        "dimord",
        outline.layout.axes.iter().map(|axis| axis.name).collect(),
    );
    put(
        "_version",
        json!(format!("{WRITTEN_BY}{}", env!("CARGO_PKG_VERSION"))),
    );
    put("_log", json!(log(provenance)));
    put("cfg", Value::Object(cfg));
    let mut details = provenance.details.clone();
    details.insert("seal".into(), json!(seal));
    details.insert(CHECKSUM.into(), json!(UNKNOWN));
    put("info", json!({ MARK: details }));
    put("samplerate", json!(outline.layout.times().sample_rate_hz()));
    for axis in &outline.layout.axes {
        match &axis.coordinates {
            Coordinates::Stacked(_) => None,
            Coordinates::Labels(labels) => put(axis.name, json!(labels)),
            Coordinates::Frequencies(frequencies) => put(axis.name, json!(frequencies.hz())),
            Coordinates::Channels => {
                let labels: Vec<&str> = outline
                    .recording
                    .channels
                    .iter()
                    .map(|c| c.label.as_str())
                    .collect();
                put(axis.name, json!(labels))
            }
        };
    }
    put("_hdfFileDatasetProperties", json!(["data"]));
    info
}

/// Puts the checksum of a `.info` file into its text, where there is a place for it: that of the text with zeros there.
pub fn with_checksum(mut text: Vec<u8>) -> Vec<u8> {
    if let Some(place) = place_of_checksum(&text) {
        text[place.clone()].copy_from_slice(UNKNOWN.as_bytes());
        let digest = digest_of(&text);
        text[place].copy_from_slice(digest.digits().as_bytes());
    }
    text
}

/// Whether the file at `path` is a `.info` file of this program, be it damaged: no single flip takes both of its marks.
pub fn is_sealed_info(path: &Path) -> bool {
    let is_ours = |text: Vec<u8>| {
        place_of_checksum(&text).is_some() || memmem(&text, b"\"seal\": {").is_some()
    };
    read(path).is_ok_and(is_ours)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    require_regular(path, "open this file")?;
    let file = std::fs::File::open(path).at(path, "open this file")?;
    let mut text = Vec::new();
    file.take(MAX_INFO + 1)
        .read_to_end(&mut text)
        .at(path, "read this file")?;
    Ok(text)
}

/// Refuses a `.info` file that is not what was written.
///
/// # Errors
/// It is damaged, or has no checksum.
pub fn check_info(path: &Path) -> Result<()> {
    let damaged = |what: &str| {
        Err(Error::Damaged {
            path: path.to_owned(),
            what: what.into(),
        })
    };
    let mut text = read(path)?;
    let Some(place) = place_of_checksum(&text) else {
        return damaged(
            "this file is damaged, or another program has written it: it has no checksum",
        );
    };
    let written = text[place.clone()].to_vec();
    text[place].copy_from_slice(UNKNOWN.as_bytes());
    if written != digest_of(&text).digits().as_bytes() {
        return damaged("this file is damaged, or another program has changed it");
    }
    Ok(())
}

/// The bytes of the checksum in the text of a `.info` file. No text within the file looks like its key: there quotes are escaped.
fn place_of_checksum(text: &[u8]) -> Option<Range<usize>> {
    let key = format!("\"{CHECKSUM}\": \"");
    let at = memmem(text, key.as_bytes())? + key.len();
    let place = at..at + UNKNOWN.len();
    (text.get(place.end) == Some(&b'"')).then_some(place)
}

fn memmem(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|here| here == wanted)
}

fn digest_of(text: &[u8]) -> Digest {
    let mut hash = XxHash3_64::new();
    hash.write(text);
    Digest::of(&hash)
}

/// The recording's log with one entry more, in Syncopy's format.
fn log(provenance: &Provenance) -> String {
    let settings: String = provenance
        .cfg
        .iter()
        .map(|(key, value)| format!("\n\t{key} = {value}"))
        .collect();
    format!(
        "{}\n\n|=== {} ===|\n\n\tfreqanalysis: computed by slepian {} with settings{settings}\n",
        provenance.history.log,
        provenance.signature,
        env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_of_an_info_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.info");
        let text = serde_json::to_vec_pretty(&json!({
            "_log": format!("\"{CHECKSUM}\": \"{UNKNOWN}\""),
            "info": { MARK: { CHECKSUM: UNKNOWN } },
            "channel": ["a"],
        }));
        let text = with_checksum(text.unwrap());
        std::fs::write(&path, &text).unwrap();
        check_info(&path).unwrap();
        for bit in 0..text.len() * 8 {
            let mut damaged = text.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, damaged).unwrap();
            assert!(check_info(&path).is_err(), "bit {bit}");
        }
        std::fs::write(&path, "{}").unwrap();
        let refusal = check_info(&path).unwrap_err().to_string();
        assert!(refusal.contains("it has no checksum"), "{refusal}");
    }
}
