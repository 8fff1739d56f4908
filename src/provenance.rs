//! What goes into a result about how it came to be.

use serde_json::{Value, json};

use crate::comm::{self, World};
use crate::input::History;
use crate::output::{Provenance, hdf5_version};
use crate::schedule::Policy;
use crate::spectral::InstructionSet;
use crate::study::Study;

/// The record of this job. Collective.
pub fn provenance(
    study: &Study,
    history: History,
    policy: Policy,
    instructions: InstructionSet,
    world: &World,
) -> Provenance {
    let mut hosts = world.hosts();
    hosts.sort();
    hosts.dedup();
    let config = &study.config;
    let Value::Object(mut details) = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "mpi": comm::library_version(),
        "hdf5": hdf5_version(),
        "ranks": world.size(),
        "hosts": hosts,
        "schedule": match policy { Policy::Dynamic => "dynamic", Policy::Static => "static" },
        "instruction_set": instructions.name(),
        "computed_in": if study.bytes.computed == 8 { "float64" } else { "float32" },
        "channels_per_block": study.plan.blocks().channels,
        "rows_per_block": study.plan.blocks().rows,
        "input": study.location.path.display().to_string(),
        "folder": std::env::current_dir().unwrap_or_default().display().to_string(),
        "config": config.text,
        "set": config.sets,
        "trials": study.recording.trials.len(),
        "trials_covered_partly": study.n_partly,
        "trials_left_out": study.defined.n_dropped,
        "trials_cut_short": study.defined.n_clipped,
    }) else {
        unreachable!("the macro makes an object")
    };
    details.extend(study.design.choices());
    let user = std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        .unwrap_or_else(|_| "unknown".into());
    let host = hostname::get()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let date = jiff::Zoned::now().strftime("%a %b %e %H:%M:%S %Y");
    Provenance {
        history,
        cfg: study.cfg.clone(),
        details,
        signature: format!("{user}@{host}: {date}"),
    }
}
