//! `slepian synth`: recordings of known content, written trial by trial, so that they may be larger than memory. A trial
//! depends on the seed and its number alone, not on how many others there are.

mod ar2_network;
mod couplings;
mod events;
mod flags;
mod harmonics;
mod info;
mod linear_trend;
mod phase_diffusion;
mod random;
mod signal;
mod silence;
mod sine;
mod sizes;
#[cfg(test)]
mod trials;
mod write;

use crate::cli::{Kind, SynthArgs};
use crate::config;
use crate::error::{Error, IoContext, Result};
use crate::output::{self, Claim, Intent, Target};
use crate::phrase::{count, size};

use signal::Signal;
use sizes::Sizes;

/// What will be made.
struct Content {
    kind: Kind,
    signal: Box<dyn Signal>,
    /// Standard deviation of white noise over it, as asked for and as it is.
    noise: Option<f64>,
    noise_level: f64,
    sizes: Sizes,
}

/// Makes a recording.
///
/// # Errors
/// Sizes or parameters that are not possible, a container that exists, a disk without room.
pub fn synth(args: &SynthArgs) -> Result<()> {
    let content = Content::new(args)?;
    let container = config::container(&args.output)
        .map_err(|what| Error::Usage(format!("{}: {what}", args.output.display())))?;
    let target = Target::new(&container, "analog");
    let bytes = content.sizes.n_rows() as u128 * content.sizes.n_channels as u128 * 4;
    output::check_room(&target, "the recording", bytes, bytes)?;
    let trialdefinition = content.sizes.trialdefinition();
    let analog = write::analog(&content, trialdefinition.view());
    let intent = if args.overwrite {
        Intent::Overwrite
    } else {
        Intent::Anew
    };
    let (mut claim, _) = Claim::take(&target, std::path::Path::new(""), intent)?;
    claim.clear()?;
    std::fs::File::create_new(&target.part).at(&target.part, "create this file")?;
    claim.own(&[&target.part])?;
    let written = write::write(&content, &analog, &target);
    if written.is_err() {
        claim.discard();
    }
    output::publish_recording(claim, &analog.info(&target, written?))?;
    crate::logging::print_report(&format!(
        "{}: {} × {}, {}\n",
        container.display(),
        count(args.trials, "trial"),
        count(args.channels, "channel"),
        size(bytes)
    ));
    Ok(())
}

impl Content {
    fn new(args: &SynthArgs) -> Result<Content> {
        let sizes = Sizes::new(args)?;
        let signal = signal::signal(args.kind, &args.signal, &sizes)?;
        let noise = args
            .noise
            .map(|level| flags::not_negative("--noise", level));
        let noise = noise.transpose()?;
        let unasked = match args.kind {
            Kind::WhiteNoise | Kind::Harmonics | Kind::LinearTrend => 1.0,
            Kind::Sine
            | Kind::PhaseDiffusion
            | Kind::RedNoise
            | Kind::Ar2Network
            | Kind::Events => 0.0,
        };
        Ok(Content {
            kind: args.kind,
            signal,
            noise,
            noise_level: noise.unwrap_or(unasked),
            sizes,
        })
    }
}
