//! Fourier transforms of one long signal by many short ones: the signal is a matrix, row after row, whose columns are
//! transformed, then turned, then its rows. A vector holds neighbouring columns, then neighbouring rows, so that every short
//! transform stays in the cache that a long one leaves.
//!
//! Lengths are products of 2, 3, 5 and 7. The same bits come out whatever the width of the vectors and whatever outputs are
//! wanted.
//!
//! Source: Bailey (1990), FFTs in external or hierarchical memory, J. Supercomputing 4, 23–35, the four-step method.

mod memory;
mod passes;
mod plan;
#[cfg(test)]
mod tests;

pub use memory::LongMemory;
pub use passes::{Points, PutRow};
pub use plan::{LongFft, is_long, long_bytes};
