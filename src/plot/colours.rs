//! Colours of lines and maps.
//!
//! Viridis and twilight are those of Matplotlib (CC0; Smith & van der Walt 2015, and Bechtold 2018), every eighth and
//! every sixteenth colour with straight lines in between; lines have the ten colours of its `tab10`, which are Tableau's.

/// Red, green, blue.
pub type Colour = [u8; 3];

/// Text and frames.
pub const INK: Colour = [38, 38, 38];
/// Behind everything.
pub const PAPER: Colour = [255, 255, 255];
/// Lines that help the eye.
pub const GRID: Colour = [225, 225, 225];
/// Where a map has no number: no colour of the maps is like it.
pub const NOTHING: Colour = [190, 190, 190];

/// What a shade lays over a map: no colour of the maps is like it.
pub const SHADE: Colour = [128, 128, 128];
/// How much of it, from 0 to 1: numbers below it can still be told apart.
pub const SHADE_OPACITY: f64 = 0.45;

const LINES: [u32; 10] = [
    0x1f77b4, 0xff7f0e, 0x2ca02c, 0xd62728, 0x9467bd, 0x8c564b, 0xe377c2, 0x7f7f7f, 0xbcbd22,
    0x17becf,
];

const VIRIDIS: [u32; 33] = [
    0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453781, 0x424086, 0x3e4989, 0x3b528b,
    0x375b8d, 0x33638d, 0x2f6b8e, 0x2c728e, 0x297a8e, 0x26828e, 0x23898e, 0x21918c, 0x1f988b,
    0x1fa088, 0x22a785, 0x28ae80, 0x32b67a, 0x3fbc73, 0x4ec36b, 0x5ec962, 0x70cf57, 0x84d44b,
    0x98d83e, 0xaddc30, 0xc2df23, 0xd8e219, 0xece51b, 0xfde725,
];

const TWILIGHT: [u32; 33] = [
    0xe2d9e2, 0xd7d7dd, 0xc4ced4, 0xacc2cc, 0x95b5c7, 0x81a6c3, 0x7297c1, 0x6887be, 0x6276ba,
    0x5f64b5, 0x5e51ad, 0x5d3da1, 0x592a8f, 0x511b77, 0x45135c, 0x381145, 0x2f1436, 0x3a113a,
    0x4a1342, 0x5f174a, 0x741e4f, 0x872750, 0x983550, 0xa64550, 0xb25652, 0xbb6958, 0xc27c63,
    0xc89073, 0xcca389, 0xd1b6a3, 0xd8c7be, 0xdfd4d6, 0xe2d9e2,
];

/// The colours of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// Dark to bright, for amounts.
    Viridis,
    /// The same at both ends, for angles.
    Twilight,
}

impl Colours {
    /// The colour at a fraction from 0 to 1; beyond the ends that of the end.
    pub fn at(self, fraction: f64) -> Colour {
        let table = match self {
            Colours::Viridis => &VIRIDIS,
            Colours::Twilight => &TWILIGHT,
        };
        if fraction.is_nan() {
            return NOTHING;
        }
        let place = fraction.clamp(0.0, 1.0) * (table.len() - 1) as f64;
        let before = (place as usize).min(table.len() - 2);
        let (a, b) = (parts(table[before]), parts(table[before + 1]));
        let share = place - before as f64;
        std::array::from_fn(|i| {
            (f64::from(a[i]) * (1.0 - share) + f64::from(b[i]) * share).round() as u8
        })
    }
}

/// A colour below the shade.
pub fn shaded(colour: Colour) -> Colour {
    let mixed = |below: u8, above: u8| {
        f64::from(below) * (1.0 - SHADE_OPACITY) + f64::from(above) * SHADE_OPACITY
    };
    std::array::from_fn(|i| mixed(colour[i], SHADE[i]).round() as u8)
}

/// The colour of a line.
pub fn of_line(number: usize) -> Colour {
    parts(LINES[number % LINES.len()])
}

fn parts(colour: u32) -> Colour {
    let [_, red, green, blue] = colour.to_be_bytes();
    [red, green, blue]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_go_from_end_to_end_and_angles_come_back() {
        assert_eq!(Colours::Viridis.at(0.0), [0x44, 0x01, 0x54]);
        assert_eq!(Colours::Viridis.at(1.0), [0xfd, 0xe7, 0x25]);
        assert_eq!(Colours::Viridis.at(7.0), Colours::Viridis.at(1.0));
        assert_eq!(Colours::Twilight.at(0.0), Colours::Twilight.at(1.0));
        assert_eq!(Colours::Viridis.at(f64::NAN), NOTHING);
    }
}
