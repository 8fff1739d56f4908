//! The keys of every table but those of a method, which stand with the method.

use crate::setting::Key;

/// `[parallel]`
pub const PARALLEL: &[Key] = &[
    Key {
        name: "schedule",
        default: "\"dynamic\"",
        unit: "",
        legal: "\"dynamic\" or \"static\"",
        about: "ranks ask for their next batch, or have it from the start",
    },
    Key {
        name: "memory_per_rank",
        default: "",
        unit: "bytes",
        legal: "a size such as \"2 GiB\" or \"500 MB\"; absent: a share of the host's free memory",
        about: "no rank holds more than this for its samples and spectra",
    },
    Key {
        name: "peer_timeout",
        default: "\"none\"",
        unit: "s",
        legal: "\"none\", a time such as \"60 s\", or seconds, at least 5",
        about: "a rank that gives no sign of life for this long ends the job",
    },
    Key {
        name: "step_timeout",
        default: "\"10 min\"",
        unit: "s",
        legal: "\"none\", a time such as \"10 min\", or seconds, at least 5",
        about: "a job in which no rank gets any further for this long ends",
    },
];

/// `[output]`
pub const OUTPUT: &[Key] = &[
    Key {
        name: "path",
        default: "",
        unit: "",
        legal: "a folder name that ends in .spy",
        about: "the container of the result; relative to this file",
    },
    Key {
        name: "checksum",
        default: "\"auto\"",
        unit: "",
        legal: "\"auto\" (up to 4 GB), true or false",
        about: "store the SHA-1 of the result, which spy.load(checksum=True) verifies",
    },
    Key {
        name: "checkpoint_every",
        default: "\"30 s\"",
        unit: "s",
        legal: "a time such as \"30 s\" or \"5 min\", or seconds; 0 is after every batch",
        about: "how often a rank brings its work to disk, where --resume finds it",
    },
    Key {
        name: "compression",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" or \"gzip\"",
        about: "compress the result once it is whole",
    },
    Key {
        name: "compression_level",
        default: "4",
        unit: "",
        legal: "1 (fast) to 9 (small)",
        about: "how hard gzip tries",
    },
    Key {
        name: "shuffle",
        default: "true",
        unit: "",
        legal: "true or false",
        about: "sort the bytes of numbers before gzip, which makes floats smaller",
    },
    Key {
        name: "driver",
        default: "\"posix\"",
        unit: "",
        legal: "\"posix\" or \"mpio\"",
        about: "write with the system's calls, or through parallel HDF5 where only MPI-IO is coherent",
    },
    Key {
        name: "mpi_hints",
        default: "{}",
        unit: "",
        legal: "names and values of MPI-IO, as { striping_factor = 16, striping_unit = 4194304 }",
        about: "what MPI should know of the file system; see docs/administrators.md",
    },
];
