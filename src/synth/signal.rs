//! What a recording can hold besides noise: one trait, one match, one file for each kind.

use serde_json::{Map, Value};

use super::ar2_network::Ar2Network;
use super::events::Events;
use super::flags::check_kind;
use super::harmonics::Harmonics;
use super::linear_trend::LinearTrend;
use super::phase_diffusion::PhaseDiffusion;
use super::silence::Silence;
use super::sine::Sine;
use super::sizes::{Sizes, Trial};
use crate::cli::{Kind, SignalArgs};
use crate::error::Result;

/// Fills the next row of a trial, one number per channel, from the first row on: what it needs of the rows before it
/// keeps, so that rows do not depend on how many are written at once.
pub type Rows<'a> = Box<dyn FnMut(&mut [f64]) + 'a>;

/// A signal of known content.
pub trait Signal {
    /// Begins a trial.
    fn rows<'a>(&'a self, trial: Trial<'a>) -> Rows<'a>;

    /// Its parameters, and under `theory` what follows from them; nothing for what has neither.
    fn known(&self, _sizes: &Sizes) -> Map<String, Value> {
        Map::new()
    }
}

/// The signal that the flags describe.
///
/// # Errors
/// Flags of other kinds, flags that are missing, values that are not possible.
pub fn signal(kind: Kind, args: &SignalArgs, sizes: &Sizes) -> Result<Box<dyn Signal>> {
    check_kind(kind, args)?;
    Ok(match kind {
        Kind::WhiteNoise => Box::new(Silence),
        Kind::Harmonics => Box::new(Harmonics),
        Kind::LinearTrend => Box::new(LinearTrend),
        Kind::Sine => Box::new(Sine::new(args, sizes)?),
        Kind::PhaseDiffusion => Box::new(PhaseDiffusion::new(args, sizes)?),
        Kind::RedNoise => Box::new(Ar2Network::red_noise(args)?),
        Kind::Ar2Network => Box::new(Ar2Network::new(args, sizes)?),
        Kind::Events => Box::new(Events::new(args, sizes)?),
    })
}

/// The members of a JSON object.
pub fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => unreachable!("{other} is no object"),
    }
}
