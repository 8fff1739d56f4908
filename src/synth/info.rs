//! The `.info` of a recording: Syncopy's keys, and what it was made of.

use serde_json::{Map, Value, json};

use super::Content;
use super::flags::name;
use super::signal::members;
use crate::output::{MARK, Target};
use crate::recording::Recording;

/// The keys of Syncopy's format; under our mark the seed and, of kinds with parameters, what is known of the signal.
pub fn info(
    content: &Content,
    target: &Target,
    offset: Option<u64>,
    trl_shape: &[usize],
) -> Map<String, Value> {
    let sizes = &content.sizes;
    let mut mark = members(json!({ "version": env!("CARGO_PKG_VERSION"), "seed": sizes.seed }));
    if let Some(known) = known(content) {
        mark.insert("synth".into(), known);
    }
    members(json!({
        "filename": target.data.file_name().unwrap_or_default().to_string_lossy(),
        "dataclass": "AnalogData",
        "data_dtype": "float32",
        "data_shape": [sizes.n_rows(), sizes.n_channels as u64],
        "data_offset": offset,
        "trl_dtype": "float64",
        "trl_shape": trl_shape,
        "trl_offset": null,
        "file_checksum": null,
        "order": "C",
        "checksum_algorithm": "openssl_sha1",
        "dimord": ["time", "channel"],
        "_version": concat!("slepian ", env!("CARGO_PKG_VERSION")),
        "_log": "",
        "cfg": {},
        "info": { MARK: mark },
        "samplerate": sizes.sample_rate_hz,
        "channel": Recording::default_labels(sizes.n_channels),
        "_hdfFileDatasetProperties": ["data"],
    }))
}

/// Kind, noise, parameters and theory; nothing of the kinds that have none, unless their noise was asked for.
fn known(content: &Content) -> Option<Value> {
    let known = content.signal.known(&content.sizes);
    if known.is_empty() && content.noise.is_none() {
        return None;
    }
    let mut all = members(json!({ "kind": name(content.kind), "noise": content.noise_level }));
    all.extend(known);
    Some(Value::Object(all))
}
