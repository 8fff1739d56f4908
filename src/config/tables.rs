//! The keys of every table but those of a method, which stand with the method.

use crate::setting::Key;

/// `[input]`
pub const INPUT: &[Key] = &[Key {
    name: "path",
    default: "",
    unit: "",
    legal: "a Syncopy container, its data file or its .info file",
    about: "the recording; relative to this file",
}];

/// `[select]`
pub const SELECT: &[Key] = &[
    Key {
        name: "trials",
        default: "\"all\"",
        unit: "",
        legal: "\"all\", a number or a list of numbers, counted from 0",
        about: "trials to analyse, in this order",
    },
    Key {
        name: "channel",
        default: "\"all\"",
        unit: "",
        legal: "\"all\", a name or a number (from 0), or a list of them",
        about: "channels to analyse, in this order",
    },
    Key {
        name: "latency",
        default: "\"none\"",
        unit: "s",
        legal: "\"none\" or [begin, end], both ends included",
        about: "time window of every trial, relative to its trigger",
    },
];

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
];
