//! Types of Neuropixels probes: where the `.meta` file has their gains, and the range of their converters.
//!
//! A type is SpikeGLX's number (`imDatPrb_type`) or the number of the part (`NP2013`): files have either.
//! Sources: Bill Karsh, SpikeGLX, "Metadata" of 2018 (3B2), 2020 (2.0), 2023 and 2025 (3.0): the rules for `Imax` and gains;
//! `IMROTbl::pnToType` of SpikeGLX b3b77f5 (2026): types of part numbers; its ProbeTable 1.8: bits and gains of the parts.

/// Where the gains of a probe are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gains {
    /// In `imroTbl`, for each channel.
    PerChannel,
    /// In the head of `imroTbl`, for all channels.
    InHead,
    /// The same for every such probe; `imChan0apGain` has it since April 2023.
    Fixed(f64),
    /// In `imChan0apGain`, which every SpikeGLX that knows the probe writes. The number is that of its data sheet.
    InMeta(f64),
}

/// Largest number of a converter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxInt {
    /// `imMaxInt`, or this where the file is without it: so the description of older files says.
    OrElse(f64),
    /// `imMaxInt`, which every SpikeGLX that knows the probe writes. The number is that of its data sheet.
    InMeta(f64),
}

/// Probes with the same rules.
#[derive(Debug, PartialEq)]
pub struct Probe {
    /// SpikeGLX's types and the part numbers.
    types: &'static [u32],
    /// Where their gains are.
    pub gains: Gains,
    /// Where the range of their converters is.
    pub max_int: MaxInt,
}

/// All probes that are known.
pub const PROBES: &[Probe] = &[
    // Neuropixels 1.0 and those with its chip: NHP, ultra high density 1 and 3, passive probes, optical; 10 bits
    Probe {
        types: &[
            0, 1000, 1001, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1017, 1020, 1021, 1022, 1030,
            1031, 1032, 1033, 1040, 1041, 1042, 1050, 1051, 1100, 1120, 1121, 1122, 1123, 1200,
            1210, 1221, 1300, 1400, 3000,
        ],
        gains: Gains::PerChannel,
        max_int: MaxInt::OrElse(512.0),
    },
    // ultra high density 2; 10 bits
    Probe {
        types: &[1110],
        gains: Gains::InHead,
        max_int: MaxInt::OrElse(512.0),
    },
    // Neuropixels 2.0, first phase: one shank (21) and four (24); 14 bits
    Probe {
        types: &[21, 24, 2000, 2010],
        gains: Gains::Fixed(80.0),
        max_int: MaxInt::OrElse(8192.0),
    },
    // Neuropixels 2.0, phase 2B, known to SpikeGLX a week before it wrote imChan0apGain; 12 bits
    Probe {
        types: &[2003, 2004, 2013, 2014],
        gains: Gains::Fixed(100.0),
        max_int: MaxInt::InMeta(2048.0),
    },
    // later probes of 2.0: NHP, quad base, optical, and NXT; 12 bits
    Probe {
        types: &[
            2005, 2006, 2020, 2021, 2022, 2300, 3010, 3011, 3012, 3020, 3021, 3022, 3023, 3024,
        ],
        gains: Gains::InMeta(100.0),
        max_int: MaxInt::InMeta(2048.0),
    },
];

impl Gains {
    /// The gain that all such probes have.
    fn common(self) -> Option<f64> {
        match self {
            Gains::Fixed(gain) | Gains::InMeta(gain) => Some(gain),
            Gains::PerChannel | Gains::InHead => None,
        }
    }
}

impl Probe {
    /// Whether samples of both are scaled in the same way: NP2005 is of the type 2003.
    pub fn is_scaled_as(&self, other: &Probe) -> bool {
        let common = self.gains.common();
        self.gains == other.gains || common.is_some() && common == other.gains.common()
    }

    /// The probes of a type or part number.
    pub fn of_type(number: u32) -> Option<&'static Probe> {
        PROBES.iter().find(|probe| probe.types.contains(&number))
    }

    /// The probes with a part number as `NP2013`, or as the first ones have it: `PRB_1_4_0480_1`, `PRB2_1_2_0640_0`.
    pub fn of_part(name: &str) -> Option<&'static Probe> {
        let old = [
            ("PRB_1_2", 0),
            ("PRB_1_4", 0),
            ("PRB2_1", 21),
            ("PRB2_4", 24),
        ];
        if let Some((_, number)) = old.iter().find(|(begin, _)| name.starts_with(begin)) {
            return Probe::of_type(*number);
        }
        Probe::of_type(name.strip_prefix("NP")?.parse().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_row() {
        let mut types: Vec<u32> = PROBES
            .iter()
            .flat_map(|probe| probe.types)
            .copied()
            .collect();
        let n = types.len();
        types.sort_unstable();
        types.dedup();
        assert_eq!(types.len(), n);
    }

    #[test]
    fn part_numbers_name_the_probes_of_their_type() {
        for (name, number) in [
            ("NP1010", 0),
            ("NP1032", 1030),
            ("NP1110", 1110),
            ("NP3000", 1200),
            ("PRB_1_4_0480_1_C", 0),
            ("PRB_1_2_0480_2", 0),
            ("PRB2_1_2_0640_0", 21),
            ("PRB2_4_2_0640_0", 24),
            ("NP2000", 21),
            ("NP2010", 24),
            ("NP2014", 2013),
            ("NP2021", 2020),
            ("NP3024", 3020),
        ] {
            let probe = Probe::of_part(name);
            assert!(probe.is_some() && probe == Probe::of_type(number), "{name}");
        }
        for name in [
            "",
            "NP",
            "NP9999",
            "2013",
            "PRB3_1",
            "NP-1",
            "NP99999999999",
        ] {
            assert_eq!(Probe::of_part(name), None, "{name}");
        }
    }
}
