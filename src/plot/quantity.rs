//! What the numbers of a result are called, and their unit, for labels.

use super::source::Source;
use crate::unit::displayed;

/// A quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// What it is called.
    pub name: &'static str,
    /// Its unit as it is written: "µV²/Hz"; empty where the result does not say.
    pub unit: String,
    /// Decibels of a factor of ten; none of what has no logarithm.
    pub decibels: Option<f64>,
    /// Whether it spans so much that its axis is logarithmic unasked.
    pub is_wide: bool,
    /// Whether it is an angle.
    pub is_angle: bool,
}

impl Quantity {
    /// That of a result of a recording in this unit.
    pub fn of(source: &Source, recording: Option<&str>) -> Quantity {
        of(&source.output, source.is_complex, &source.unit, recording)
    }
}

fn of(output: &str, is_complex: bool, unit: &str, recording: Option<&str>) -> Quantity {
    let (name, decibels) = match output {
        _ if is_complex => ("magnitude", Some(20.0)),
        "abs" => ("magnitude", Some(20.0)),
        "real" => ("real part", None),
        "imag" => ("imaginary part", None),
        "absreal" => ("size of the real part", Some(20.0)),
        "absimag" => ("size of the imaginary part", Some(20.0)),
        "angle" => ("phase", None),
        "fooof" => ("power of the model", Some(10.0)),
        "fooof_aperiodic" => ("aperiodic power", Some(10.0)),
        "fooof_peaks" => ("power of peaks", Some(10.0)),
        _ => ("power", Some(10.0)),
    };
    let is_density = unit.contains("/Hz");
    let name = match name {
        "power" if is_density => "power density",
        other => other,
    };
    let unit = displayed(&unit.replace("unit", recording.unwrap_or("unit")))
        .replace("/Hz^0.5", "/√Hz")
        .replace("^2", "²");
    Quantity {
        name,
        unit,
        decibels,
        // what peaks add to the rest is nothing between them
        is_wide: decibels.is_some() && output != "fooof_peaks",
        is_angle: output == "angle" && !is_complex,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_the_recording() {
        let unit = |unit, recording| of("pow", false, unit, recording).unit;
        assert_eq!(unit("unit^2/Hz", Some("µV")), "µV²/Hz");
        assert_eq!(unit("unit^2/Hz", Some("uV")), "µV²/Hz");
        assert_eq!(unit("uV^2", None), "µV²");
        assert_eq!(unit("unit/Hz^0.5", Some("fT")), "fT/√Hz");
        assert_eq!(unit("unit^2", None), "unit²");
        assert_eq!(unit("", Some("µV")), "");
        assert_eq!(of("pow", false, "unit^2/Hz", None).name, "power density");
    }
}
