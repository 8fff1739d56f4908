//! Fourier transforms of many channels at once: a vector holds one point of 8 or 16 neighbouring channels, and every step
//! of a transform is done for all of them. Recordings are stored that way, so nothing is shuffled.
//!
//! Lengths are products of 2, 3, 5 and 7. The same bits come out whatever the width of the vectors.

mod butterfly;
mod memory;
mod passes;
mod plan;
#[cfg(test)]
mod tests;
mod transpose;
mod vector;
mod widen;
mod width;

pub use memory::{Aligned, WIDEST};
pub use passes::{Load, Put};
pub use plan::{LaneFft, UNWANTED, factors};
pub use vector::{Arithmetic, Vectors, Z};
pub use width::{Width, Widths};
