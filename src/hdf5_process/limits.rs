//! What the process may take. The limits grow with the file, so that a healthy one of any size is read.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// Seconds of computing, whatever the size: a small file takes some milliseconds, one chunk of the largest size that is
/// read, a gigabyte, takes a few seconds to unpack.
const MIN_CPU_S: u64 = 20;
/// Bytes of the file for each further second. A MATLAB 7.3 file with a variable for each of a million trials, the slowest
/// known, takes about 100 µs for each variable of a kilobyte and more.
const BYTES_PER_S: u64 = 1 << 20;
/// The process may wait for its file system this many times as long as it may compute.
const WAITING: u32 = 10;
/// Bytes of address space, whatever the size: two chunks of the largest size that is read, and this program.
const MIN_ADDRESS_SPACE: u64 = 4 << 30;
/// Bytes of address space for each byte of the file: texts and trials take more room in memory than in it.
const SPACE_PER_BYTE: u64 = 4;

/// Limits of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds of computing.
    pub cpu_s: u64,
    /// Bytes of address space.
    pub address_space: u64,
}

impl Limits {
    /// For a file of so many bytes.
    pub fn of(bytes: u64) -> Limits {
        Limits {
            cpu_s: MIN_CPU_S + bytes / BYTES_PER_S,
            address_space: MIN_ADDRESS_SPACE.saturating_add(bytes.saturating_mul(SPACE_PER_BYTE)),
        }
    }

    /// The same within the limits that this process has already.
    pub fn within_those_here(self) -> Limits {
        let here = |resource| getrlimit(resource).current.unwrap_or(u64::MAX);
        Limits {
            cpu_s: self.cpu_s.min(here(Resource::Cpu)),
            address_space: self.address_space.min(here(Resource::As)),
        }
    }

    /// How long to wait for the process.
    pub fn waiting_time(self) -> Duration {
        Duration::from_secs(self.cpu_s.saturating_mul(WAITING.into()))
    }

    /// Sets the limits of this process. One that cannot be set is not set: the parent watches the time as well.
    pub fn set(self) {
        // a file that ends the process is no reason to write its memory to disk
        for (resource, limit) in [
            (Resource::Core, 0),
            (Resource::Cpu, self.cpu_s),
            (Resource::As, self.address_space),
        ] {
            let maximum = getrlimit(resource).maximum;
            // at the maximum of time the process would be killed as for want of memory
            let most = maximum.map_or(u64::MAX, |most| match resource {
                Resource::Cpu => most.saturating_sub(1).max(1),
                _ => most,
            });
            let current = Some(limit.min(most));
            let _ = setrlimit(resource, Rlimit { current, maximum });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_grow_with_the_file_and_never_overflow() {
        let small = Limits::of(10_000);
        assert_eq!((small.cpu_s, small.address_space >> 30), (20, 4));
        let large = Limits::of(2 << 30);
        assert_eq!((large.cpu_s, large.address_space >> 30), (2068, 12));
        assert_eq!(Limits::of(u64::MAX).address_space, u64::MAX);
        assert!(Limits::of(u64::MAX).waiting_time() > large.waiting_time());
        assert!(small.within_those_here().cpu_s <= small.cpu_s);
    }
}
