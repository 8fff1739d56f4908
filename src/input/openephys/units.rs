//! Units of channels whose description names none, as in files of version 0.6.
//!
//! Sources: Open Ephys GUI documentation, "Binary format": `bit_volts` gives microvolts for headstage channels and volts for
//! ADC channels. `RHD2000Thread::getBitVolts` of the GUI (0.4 to 0.5.5): 0.0000374 for auxiliary inputs, which is the step
//! of Intan's chips in volts (RHD2000 data sheet: 37.4 µV).

/// The step of the auxiliary inputs of Intan's chips, in volts.
const AUX_STEP: f64 = 0.000_037_4;

/// The unit of a channel of this name; empty for names of the user's own.
pub fn default_unit(name: &str) -> &'static str {
    match kind(name) {
        // CH of headstages; AP and LFP of Neuropixels
        "CH" | "AP" | "LFP" => "uV",
        "AUX" | "ADC" => "V",
        _ => "",
    }
}

/// What the user should know about the unit that the file has.
pub fn doubt(name: &str, bit_volts: f64, unit: &str) -> Option<String> {
    let is_step = (bit_volts.abs() / AUX_STEP - 1.0).abs() < 1e-3;
    (kind(name) == "AUX" && unit == "mV" && is_step).then(|| {
        format!(
            "{name} has {} mV per number in this file, but the auxiliary inputs of Intan's chips have 0.0374 mV: \
             its samples are probably volts, as some versions of Open Ephys name the wrong unit",
            // the GUI keeps single precision
            bit_volts as f32
        )
    })
}

/// `CH` of `CH12` and of `A1_CH12`.
fn kind(name: &str) -> &str {
    let own = name.rsplit_once('_').map_or(name, |(_, own)| own);
    let kind = own.trim_end_matches(|c: char| c.is_ascii_digit());
    if kind.len() < own.len() { kind } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_gui_have_the_units_of_their_kind() {
        for (name, unit) in [
            ("CH1", "uV"),
            ("A1_CH32", "uV"),
            ("AP384", "uV"),
            ("LFP1", "uV"),
            ("AUX3", "V"),
            ("A_AUX1", "V"),
            ("ADC0", "V"),
            ("ADC_8", ""),
            ("CH", ""),
            ("mPFC3", ""),
            ("CHA1", ""),
            ("", ""),
            ("12", ""),
        ] {
            assert_eq!(default_unit(name), unit, "{name}");
        }
    }

    #[test]
    fn millivolts_with_the_step_in_volts_are_doubted() {
        let step = f64::from(0.000_037_4_f32);
        let doubted = doubt("AUX1", step, "mV").unwrap();
        assert!(doubted.contains("AUX1 has 0.0000374 mV"), "{doubted}");
        assert_eq!(doubt("AUX1", 0.0374, "mV"), None);
        assert_eq!(doubt("AUX1", step, "V"), None);
        assert_eq!(doubt("CH1", step, "mV"), None);
    }
}
