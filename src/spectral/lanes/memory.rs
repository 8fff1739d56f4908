//! Memory that vectors of any width lie in without crossing cache lines.

use bytemuck::{Pod, Zeroable};

/// Bytes of the widest vector, and of a cache line.
pub const WIDEST: usize = 64;

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
struct CacheLine([u64; WIDEST / 8]);

/// Numbers or vectors, aligned to cache lines.
#[derive(Debug, Default)]
pub struct Aligned(Vec<CacheLine>);

impl Aligned {
    /// Room for `bytes`.
    pub fn new(bytes: usize) -> Aligned {
        Aligned(vec![CacheLine::zeroed(); bytes.div_ceil(WIDEST)])
    }

    /// The first `n` of what lies here.
    ///
    /// # Panics
    /// If there is no room for them.
    pub fn first<V: Pod>(&mut self, n: usize) -> &mut [V] {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.0);
        bytemuck::cast_slice_mut(&mut bytes[..n * size_of::<V>()])
    }

    /// How many bytes there is room for.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        size_of_val(&self.0[..])
    }

    /// Sets every byte.
    #[cfg(test)]
    pub fn fill(&mut self, byte: u8) {
        bytemuck::cast_slice_mut::<_, u8>(&mut self.0).fill(byte);
    }
}
