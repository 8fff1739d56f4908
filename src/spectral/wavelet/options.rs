//! The keys of wavelet.

use serde_json::{Value as Json, json};

use super::{Design, Mother, Wavelet};
use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting};
use crate::spectral::bank::{self, Filter};
use crate::spectral::cfg::plain;
use crate::spectral::compat::Compat;
use crate::spectral::needed::lacks;
use crate::spectral::remark::Remark;

/// Syncopy's names of the second derivative.
const SECOND: &[&str] = &["Ricker", "Marr", "Mexican_hat"];
/// Orders at most: beyond, factorials leave the range of doubles, and wavelets oscillate faster than they are sampled.
const MAX_ORDER: u64 = 80;

/// What the config asks of wavelet.
#[derive(Clone, Debug)]
pub struct Options {
    bank: bank::Options,
    name: &'static str,
    mother: Mother,
    width: f64,
    order: Option<u64>,
}

impl Options {
    /// Reads the keys of wavelet.
    ///
    /// # Errors
    /// Values that no recording makes legal.
    pub fn from_section(
        section: &Section,
        compat: Compat,
        warnings: &mut Vec<String>,
    ) -> Result<Options, Refusal> {
        let bank = bank::Options::from_section(section, compat, warnings)?;
        let names = ["Morlet", "Paul", "DOG", SECOND[0], SECOND[1], SECOND[2]];
        let name = section.word("wavelet", &names)?;
        let name = name.unwrap_or_else(|| Setting::default_of("freqanalysis", "wavelet", "Morlet"));
        let width = section.number("width")?;
        if let Some(width) = width
            .as_ref()
            .filter(|width| !(1.0..=1e6).contains(&width.value))
        {
            return Err(width.refuse("expected a number from 1 to a million"));
        }
        let least = if name.value == "Paul" { 4 } else { 1 };
        let order = match name.value {
            "Paul" | "DOG" => {
                let Some(order) = section.count("order", least)? else {
                    let what = format!(
                        "order, a whole number from {least} up, beside {}",
                        name.found
                    );
                    return Err(lacks_or_name(section, &name, &what));
                };
                if order.value > MAX_ORDER {
                    return Err(order.refuse(format!("expected at most {MAX_ORDER}")));
                }
                Some(order.value)
            }
            _ => {
                if let Some(order) = section
                    .raw("order")
                    .filter(|raw| raw.value.as_str() != Some("none"))
                {
                    warnings.push(
                        order
                            .refuse(format!("no effect for {}", name.value))
                            .to_string(),
                    );
                }
                None
            }
        };
        if name.value != "Morlet"
            && let Some(width) = width.as_ref().filter(|width| width.value != 6.0)
        {
            warnings.push(
                width
                    .refuse(format!("no effect for {}", name.value))
                    .to_string(),
            );
        }
        let width = width.map_or(6.0, |width| width.value);
        let of_order = |order: Option<u64>| order.unwrap_or(2) as u32;
        Ok(Options {
            mother: match name.value {
                "Morlet" => Mother::Morlet { omega: width },
                "Paul" => Mother::Paul {
                    order: of_order(order),
                },
                _ => Mother::Dog {
                    order: of_order(order),
                },
            },
            name: name.value,
            bank,
            width,
            order,
        })
    }

    /// Checks the options against the recording.
    ///
    /// # Errors
    /// Frequencies and times that the recording does not allow.
    pub fn design(&self, recording: &Recording) -> Result<Design, Refusal> {
        let mother = self.mother;
        let hz_of_scale = |scale: f64| 1.0 / mother.period(scale);
        let frequencies =
            self.bank
                .frequencies(recording, |period| mother.scale(period), hz_of_scale)?;
        let filter = |&hz: &f64| {
            let scale_s = mother.scale(1.0 / hz);
            Filter {
                hz: hz_of_scale(scale_s),
                kernels: vec![(Wavelet { mother, scale_s }, 1.0)],
            }
        };
        let make = |frequencies: &[f64]| frequencies.iter().map(filter).collect();
        let filters = self.bank.fitting(recording, frequencies, make)?;
        let mut remarks = Vec::new();
        if mother.is_real() {
            remarks.push(Remark::Warning(format!(
                "{} is a real wavelet, of which coefficients say where peaks are, but neither their phase nor their amplitude",
                self.name
            )));
        }
        Design::new(&self.bank, filters, recording, remarks)
    }

    /// Syncopy's keys with the values that are in effect, `None` as null.
    pub fn cfg(&self) -> Vec<(&'static str, Json)> {
        let mut cfg = self.bank.cfg("wavelet");
        cfg.push(("wavelet", json!(self.name)));
        cfg.push(("width", plain(self.width)));
        cfg.push(("order", json!(self.order)));
        cfg
    }
}

/// The refusal of a wavelet that lacks `what`.
fn lacks_or_name(section: &Section, name: &Setting<&'static str>, what: &str) -> Refusal {
    if name.is_written() {
        name.refuse(format!("this wavelet needs {what}"))
    } else {
        lacks(section, what)
    }
}
