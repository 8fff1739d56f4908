//! Versions of MPI libraries that are known not to end.

use super::library_version;

/// Whether `MPI_Finalize` of the library in use may never return: a rank that waits for the others there no longer answers
/// those that say goodbye to it. Seen with 4.0.2 over UCX's TCP, in half of all jobs.
///
/// Source: pmodels/mpich#6596, merged after 4.1.2.
pub fn may_not_end() -> bool {
    let version = mpi::environment::library_version().unwrap_or_default();
    is_mpich_that_may_not_end(&library_version(), &version)
}

fn is_mpich_that_may_not_end(version: &str, all: &str) -> bool {
    version.starts_with("MPICH ") && number(version) < (4, 2, 0) && all.contains("ch4:ucx")
}

/// The three parts of a version's number; zeros for those that are not there.
fn number(version: &str) -> (u32, u32, u32) {
    let number = version
        .split_whitespace()
        .find(|word| word.starts_with(['v', '1', '2', '3', '4', '5']));
    let mut parts = number
        .unwrap_or_default()
        .trim_start_matches('v')
        .split(['.', 'a', 'r', '-']);
    let mut part = || {
        parts
            .next()
            .and_then(|part| part.parse::<u32>().ok())
            .unwrap_or(0)
    };
    (part(), part(), part())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mpich_that_may_not_end_is_known() {
        let ucx = "MPICH Version:\t4.0.2\nMPICH Device:\tch4:ucx\n";
        assert!(is_mpich_that_may_not_end("MPICH 4.0.2", ucx));
        assert!(!is_mpich_that_may_not_end("MPICH 4.2.0", ucx));
        assert!(!is_mpich_that_may_not_end(
            "MPICH 4.0.2",
            "MPICH Device:\tch4:ofi\n"
        ));
        assert!(!is_mpich_that_may_not_end("Open MPI v4.1.4", "ch4:ucx"));
    }
}
