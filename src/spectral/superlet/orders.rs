//! The keys of superlet, and which orders every frequency has.

use serde_json::{Value as Json, json};

use super::{Design, Morlet};
use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting};
use crate::spectral::bank::{self, Filter};
use crate::spectral::compat::Compat;
use crate::spectral::needed::lacks;
use crate::spectral::remark::Remark;

/// Orders and cycles at most: beyond any use, and small enough that their product is a number of samples.
const MOST: u64 = 1000;

/// What the config asks of superlet.
#[derive(Clone, Debug)]
pub struct Options {
    bank: bank::Options,
    order_min: u64,
    order_max: u64,
    c_1: u64,
    adaptive: Option<Setting<bool>>,
}

impl Options {
    /// Reads the keys of superlet.
    ///
    /// # Errors
    /// Values that no recording makes legal.
    pub fn from_section(
        section: &Section,
        compat: Compat,
        warnings: &mut Vec<String>,
    ) -> Result<Options, Refusal> {
        let bank = bank::Options::from_section(section, compat, warnings)?;
        let within = |setting: Setting<u64>| {
            if setting.value <= MOST {
                Ok(setting)
            } else {
                Err(setting.refuse(format!("expected at most {MOST}")))
            }
        };
        let count = |key| section.count(key, 1)?.map(within).transpose();
        let Some(order_max) = count("order_max")? else {
            return Err(lacks(section, "order_max, a whole number from 1 up"));
        };
        let order_min = count("order_min")?;
        if let Some(order_min) = order_min
            .as_ref()
            .filter(|least| least.value > order_max.value)
        {
            return Err(
                order_min.refuse(format!("expected at most order_max, {}", order_max.value))
            );
        }
        Ok(Options {
            bank,
            order_min: order_min.map_or(1, |order| order.value),
            order_max: order_max.value,
            c_1: count("c_1")?.map_or(3, |cycles| cycles.value),
            adaptive: section.flag("adaptive")?.filter(|adaptive| adaptive.value),
        })
    }

    /// Checks the options against the recording.
    ///
    /// # Errors
    /// Frequencies and times that the recording does not allow.
    pub fn design(&self, recording: &Recording) -> Result<Design, Refusal> {
        let mut remarks = Vec::new();
        let tau = std::f64::consts::TAU;
        let (scale, hz_of_scale) = (|period: f64| period / tau, |scale: f64| 1.0 / (tau * scale));
        let mut frequencies = self.bank.frequencies(recording, scale, hz_of_scale)?;
        if let Some(adaptive) = &self.adaptive {
            if frequencies.len() < 2 {
                let refuse = "one frequency has no range to adapt to; expected two or more in foi or foilim, or false";
                let place = self.bank.wanted.foi.as_ref();
                return Err(place.map_or_else(|| adaptive.refuse(refuse), |foi| foi.refuse(refuse)));
            }
            if frequencies.windows(2).any(|pair| pair[0] > pair[1]) {
                remarks.push(Remark::Warning(
                    "frequencies are sorted, from low to high, since orders rise with them".into(),
                ));
                frequencies.sort_by(f64::total_cmp);
            }
        }
        let filter = |hz: f64, range| {
            let scale_s = scale(1.0 / hz);
            let orders = match self.adaptive {
                None => multiplicative(self.order_min, self.order_max),
                Some(_) => fractional(self.order_min, self.order_max, part(hz, range)),
            };
            let kernel = |(order, weight)| {
                let cycles = (self.c_1 * order) as f64;
                (Morlet { cycles, scale_s }, weight)
            };
            Filter {
                hz: hz_of_scale(scale_s),
                kernels: orders.into_iter().map(kernel).collect(),
            }
        };
        let make = |frequencies: &[f64]| {
            let range = (frequencies[0], frequencies[frequencies.len() - 1]);
            frequencies.iter().map(|&hz| filter(hz, range)).collect()
        };
        let filters = self.bank.fitting(recording, frequencies, make)?;
        Design::new(&self.bank, filters, recording, remarks)
    }

    /// Syncopy's keys with the values that are in effect, `None` as null.
    pub fn cfg(&self) -> Vec<(&'static str, Json)> {
        let mut cfg = self.bank.cfg("superlet");
        cfg.push(("order_max", json!(self.order_max)));
        cfg.push(("order_min", json!(self.order_min)));
        cfg.push(("c_1", json!(self.c_1)));
        cfg.push(("adaptive", json!(self.adaptive.is_some())));
        cfg
    }
}

/// How far a frequency is on its way from the first to the last.
fn part(hz: f64, (first, last): (f64, f64)) -> f64 {
    if last > first {
        (hz - first) / (last - first)
    } else {
        0.0
    }
}

/// All orders with one weight.
fn multiplicative(least: u64, most: u64) -> Vec<(u64, f64)> {
    let weight = 1.0 / (most - least + 1) as f64;
    (least..=most).map(|order| (order, weight)).collect()
}

/// All whole orders up to the one that lies so far on the way, with one weight, and a fraction of it for the next.
fn fractional(least: u64, most: u64, part: f64) -> Vec<(u64, f64)> {
    let order = least as f64 + (most - least) as f64 * part;
    let whole = (order.floor() as u64).clamp(least, most);
    let fraction = order - whole as f64;
    let weight = 1.0 / (order - least as f64 + 1.0);
    let mut orders: Vec<(u64, f64)> = (least..=whole).map(|order| (order, weight)).collect();
    if fraction > 0.0 && whole < most {
        orders.push((whole + 1, fraction * weight));
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_to_one_and_orders_rise_with_the_frequency() {
        assert_eq!(multiplicative(2, 5).len(), 4);
        for part in [0.0, 0.1, 0.25, 0.5, 0.77, 1.0] {
            let orders = fractional(2, 12, part);
            let sum: f64 = orders.iter().map(|(_, weight)| weight).sum();
            assert!((sum - 1.0).abs() < 1e-15, "{part}: {orders:?}");
        }
        assert_eq!(fractional(1, 10, 0.0), [(1, 1.0)]);
        assert_eq!(fractional(1, 3, 0.25), [(1, 1.0 / 1.5), (2, 0.5 / 1.5)]);
        // every whole order counts, also where neighbouring frequencies lie orders apart
        let orders: Vec<u64> = fractional(2, 12, 1.0)
            .iter()
            .map(|(order, _)| *order)
            .collect();
        assert_eq!(orders, Vec::from_iter(2..=12));
    }
}
