//! What a partial result was begun with: whatever goes on with it must give the same bits.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::input::Fingerprint;
use crate::plan::Blocks;

/// Program, processor, config and recording of a job, as far as they change numbers or their place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Version of the program.
    pub version: String,
    /// Name of the instruction set that all ranks use.
    pub instruction_set: String,
    /// How the result is cut.
    pub blocks: Blocks,
    /// Values in effect, by `table.key`.
    pub config: Map<String, Value>,
    /// The recording.
    pub recording: Fingerprint,
}

/// Characters of a value that a message shows at most.
const SHOWN: usize = 60;

impl Identity {
    /// Whether a job of identity `now` may go on with the partial result at `path`, which was begun with `self`: version,
    /// config and recording must be the same; instruction set and blocks are taken from the file.
    ///
    /// # Errors
    /// The key or the file that differs, with both values.
    pub fn check(&self, now: &Identity, path: &Path) -> Result<()> {
        let refuse = |what: String| Err(Error::Usage(format!("{}: {what}", path.display())));
        if self.version != now.version {
            return refuse(format!(
                "begun by slepian {}, this is {}; expected that version, or --overwrite to begin anew",
                self.version, now.version
            ));
        }
        let keys = now.config.keys().chain(self.config.keys());
        for key in keys {
            let (then, here) = (self.config.get(key), now.config.get(key));
            if then != here {
                return refuse(format!(
                    "begun with {key} = {}, the config has {}; expected the same, --overwrite to begin anew, or another \
                     output.path",
                    shown(then),
                    shown(here)
                ));
            }
        }
        self.recording.check(&now.recording)
    }
}

/// A value as messages show it.
fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => "\"none\"".to_owned(),
        Some(value) => value.to_string(),
    };
    if text.chars().count() <= SHOWN {
        return text;
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity() -> Identity {
        let Value::Object(config) = json!({"freqanalysis.tapsmofrq": 2, "select.trials": null})
        else {
            unreachable!("an object")
        };
        Identity {
            version: "1.2.3".into(),
            instruction_set: "scalar".into(),
            blocks: Blocks {
                channels: 4,
                rows: 1,
            },
            config,
            recording: Fingerprint {
                path: "a.analog".into(),
                bytes: 10,
                modified_ns: 0,
                metadata: 1,
                samples: 2,
            },
        }
    }

    fn refusal(change: impl Fn(&mut Identity)) -> String {
        let mut now = identity();
        change(&mut now);
        let checked = identity().check(&now, Path::new("s.part"));
        checked.map_or_else(|error| error.to_string(), |()| "fine".into())
    }

    #[test]
    fn what_changes_numbers_is_refused_by_name() {
        assert_eq!(refusal(|_| ()), "fine");
        let text = refusal(|now| now.version = "1.2.4".into());
        assert!(
            text.contains("begun by slepian 1.2.3, this is 1.2.4"),
            "{text}"
        );
        let text = refusal(|now| now.config["freqanalysis.tapsmofrq"] = json!(3));
        assert!(
            text.contains("begun with freqanalysis.tapsmofrq = 2, the config has 3"),
            "{text}"
        );
        let text = refusal(|now| now.config["select.trials"] = json!(vec![1; 1000]));
        assert!(
            text.contains("select.trials = \"none\"") && text.len() < 250,
            "{text}"
        );
        for text in [
            refusal(|now| now.recording.bytes = 11),
            refusal(|now| now.recording.modified_ns = 1),
            refusal(|now| now.recording.metadata = 0),
            refusal(|now| now.recording.samples = 0),
        ] {
            assert!(
                text.starts_with("a.analog: this recording is not the same"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_only_places_the_work_is_no_difference() {
        assert_eq!(refusal(|now| now.blocks.channels = 1), "fine");
        assert_eq!(refusal(|now| now.instruction_set = "other".into()), "fine");
        assert_eq!(
            refusal(|now| now.recording.path = "moved.analog".into()),
            "fine"
        );
    }
}
