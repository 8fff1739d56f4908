//! The `.info` file of a result: Syncopy's keys in Syncopy's order; what Syncopy does not know stands under `info`.

use serde_json::{Map, Value, json};

use super::MARK;
use super::Outline;
use super::Target;
use crate::input::History;
use crate::spectral::Coordinates;

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

/// The content of the `.info` file. `data_offset` is the first byte of contiguous data, `checksum` the SHA-1 of the file.
pub fn info_json(
    target: &Target,
    outline: Outline,
    provenance: &Provenance,
    data_offset: Option<u64>,
    checksum: Option<&str>,
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
        json!(concat!("slepian ", env!("CARGO_PKG_VERSION"))),
    );
    put("_log", json!(log(provenance)));
    put("cfg", Value::Object(cfg));
    put("info", json!({ MARK: provenance.details }));
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
