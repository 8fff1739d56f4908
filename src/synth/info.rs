//! What the `.info` of a recording says of what it was made of.

use serde_json::{Map, Value, json};

use super::Content;
use super::flags::name;
use super::signal::members;

/// What stands under our mark: the seed and, of kinds with parameters, what is known of the signal.
pub fn mark(content: &Content) -> Map<String, Value> {
    let seed = content.sizes.seed;
    let mut mark = members(json!({ "version": env!("CARGO_PKG_VERSION"), "seed": seed }));
    if let Some(known) = known(content) {
        mark.insert("synth".into(), known);
    }
    mark
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
