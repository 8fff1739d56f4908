//! Widths of vectors, and code compiled for each of them.

use pulp::{Scalar, Simd, WithSimd};

use super::memory::WIDEST;

/// Vectors this processor has; every one of them gives the same bits.
#[derive(Clone, Copy, Debug)]
pub enum Width {
    /// One number at a time.
    Scalar(Scalar),
    /// 16 bytes: NEON.
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// 32 bytes: AVX2 with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    /// 64 bytes: AVX-512.
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
}

impl Width {
    /// All that this processor has, the narrowest first.
    pub fn all() -> Vec<Width> {
        let mut all = vec![Width::Scalar(Scalar)];
        #[cfg(target_arch = "aarch64")]
        all.extend(pulp::aarch64::Neon::try_new().map(Width::Neon));
        #[cfg(target_arch = "x86_64")]
        all.extend(pulp::x86::V3::try_new().map(Width::Avx2));
        #[cfg(target_arch = "x86_64")]
        all.extend(pulp::x86::V4::try_new().map(Width::Avx512));
        all
    }

    /// Bytes of a vector; of one `number` without vectors.
    pub fn bytes(self, number: usize) -> usize {
        match self {
            Width::Scalar(_) => number,
            #[cfg(target_arch = "aarch64")]
            Width::Neon(_) => 16,
            #[cfg(target_arch = "x86_64")]
            Width::Avx2(_) => 32,
            #[cfg(target_arch = "x86_64")]
            Width::Avx512(_) => WIDEST,
        }
    }

    /// Runs `op` with code compiled for this width.
    pub fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        match self {
            Width::Scalar(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "aarch64")]
            Width::Neon(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "x86_64")]
            Width::Avx2(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "x86_64")]
            Width::Avx512(simd) => Simd::vectorize(simd, op),
        }
    }
}

/// The vectors to use for so many channels.
#[derive(Clone, Debug)]
pub struct Widths(Vec<Width>);

impl Widths {
    /// Those this processor has.
    pub fn detect() -> Widths {
        Widths(Width::all())
    }

    /// Only this one.
    #[cfg(test)]
    pub fn only(width: Width) -> Widths {
        Widths(vec![width])
    }

    /// The widest vector.
    pub fn widest(&self) -> Width {
        self.0[self.0.len() - 1]
    }

    /// The widest vector that `n_channels` fill, or the narrowest that they all fit into.
    pub fn of(&self, n_channels: usize, number: usize) -> Width {
        let holds_all = |width: &&Width| width.bytes(number) / number >= n_channels;
        // a narrow vector is hardly faster than a wide one: only all channels of the rest fitting makes it worth while
        let fitting = self.0[1.min(self.0.len() - 1)..].iter().find(holds_all);
        fitting.copied().unwrap_or(self.widest())
    }
}
