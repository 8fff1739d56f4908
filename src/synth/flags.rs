//! Which flag is of which kind of signal, and the checks that they share.

use clap::ValueEnum;

use crate::cli::{Kind, SignalArgs};
use crate::error::{Error, Result};
use crate::phrase::number;

/// Larger numbers would be infinite once squared in single precision.
const LARGEST: f64 = 1e18;

/// The flags of a kind, in the order of its help.
fn of_kind(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::WhiteNoise | Kind::Harmonics | Kind::LinearTrend => &[],
        Kind::Sine => &["--freq", "--amplitude", "--phase"],
        Kind::PhaseDiffusion => &["--freq", "--eps", "--rand_ini"],
        Kind::RedNoise => &["--alpha"],
        Kind::Ar2Network => &["--alphas", "--AdjMat"],
        Kind::Events => &["--times", "--freq", "--amplitude", "--envelope", "--width"],
    }
}

/// The flags that are there.
fn given(args: &SignalArgs) -> impl Iterator<Item = &'static str> {
    let flags = [
        ("--freq", args.freq.is_some()),
        ("--amplitude", args.amplitude.is_some()),
        ("--phase", args.phase.is_some()),
        ("--eps", args.eps.is_some()),
        ("--rand_ini", args.rand_ini),
        ("--alpha", args.alpha.is_some()),
        ("--alphas", args.alphas.is_some()),
        ("--AdjMat", args.adj_mat.is_some()),
        ("--times", args.times.is_some()),
        ("--envelope", args.envelope.is_some()),
        ("--width", args.width.is_some()),
    ];
    flags
        .into_iter()
        .filter_map(|(flag, is_there)| is_there.then_some(flag))
}

/// Refuses the flags of other kinds, which would say something that is not so.
pub fn check_kind(kind: Kind, args: &SignalArgs) -> Result<()> {
    let of_kind = of_kind(kind);
    let Some(foreign) = given(args).find(|flag| !of_kind.contains(flag)) else {
        return Ok(());
    };
    let name = name(kind);
    refuse(match of_kind {
        [] => format!("{foreign}: {name} takes no parameters"),
        flags => format!("{foreign}: {name} takes {}", flags.join(", ")),
    })
}

/// A value as it is typed.
pub fn name(value: impl ValueEnum) -> String {
    let value = value.to_possible_value().expect("no value is hidden");
    value.get_name().to_owned()
}

/// Ends with a message about the flags.
pub fn refuse<T>(what: String) -> Result<T> {
    Err(Error::Usage(what))
}

/// A flag that a kind cannot do without.
pub fn required<T>(kind: Kind, flag: &str, value: Option<T>) -> Result<T> {
    match value {
        Some(value) => Ok(value),
        None => refuse(format!("{}: expected {flag}", name(kind))),
    }
}

/// A frequency in Hz that samples at this rate can hold.
pub fn frequency(freq: f64, sample_rate_hz: f64) -> Result<f64> {
    let nyquist = sample_rate_hz / 2.0;
    if freq > 0.0 && freq < nyquist {
        return Ok(freq);
    }
    refuse(format!(
        "--freq {}: expected Hz above 0 and below {nyquist}, half the sample rate",
        number(freq)
    ))
}

/// A number of any sign that samples can hold.
pub fn moderate(flag: &str, x: f64) -> Result<f64> {
    if x.abs() <= LARGEST {
        return Ok(x);
    }
    refuse(format!(
        "{flag} {}: expected a number from {:e} to {LARGEST:e}",
        number(x),
        -LARGEST
    ))
}

/// A number that samples can hold, not below zero.
pub fn not_negative(flag: &str, x: f64) -> Result<f64> {
    if (0.0..=LARGEST).contains(&x) {
        return Ok(x);
    }
    refuse(format!(
        "{flag} {}: expected a number from 0 to {LARGEST:e}",
        number(x)
    ))
}
