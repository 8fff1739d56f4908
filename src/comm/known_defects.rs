//! Versions of MPI libraries that are known to write wrong data, which matters to compressed results alone, or not to end.

use super::{is_mpich, library_version};

/// What is wrong with the library in use, and how to avoid it; nothing when it is avoided already.
///
/// Source: open-mpi/ompi#12718 (fcoll/vulcan, which 4.0 and later choose by default; labelled for 4.1 and 5.0) and
/// open-mpi/ompi#6285 (all before).
pub fn known_defects(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let version = library_version();
    if is_mpich() || !is_affected(&version) {
        return None;
    }
    let chosen = variable("OMPI_MCA_fcoll").unwrap_or_default();
    let excludes = chosen.starts_with('^') && chosen.contains("vulcan");
    let avoids =
        excludes || !chosen.is_empty() && !chosen.starts_with('^') && !chosen.contains("vulcan");
    let other_io =
        variable("OMPI_MCA_io").is_some_and(|io| io.starts_with("romio") || io == "^ompio");
    (!avoids && !other_io).then(|| {
        format!(
            "{version} can write wrong data in parallel (open-mpi/ompi#12718); OMPI_MCA_fcoll=dynamic_gen2 in the \
             environment avoids it; the compressed copy is read back and compared before it becomes the result"
        )
    })
}

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

/// Whether a version is from before the repairs: 4.1.7 and 5.0.6.
fn is_affected(version: &str) -> bool {
    match number(version) {
        (0, ..) => false,
        (1..=3, ..) | (4, 0, _) => true,
        (4, 1, patch) => patch < 7,
        (5, 0, patch) => patch < 6,
        _ => false,
    }
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
    fn versions_before_the_repair_are_known() {
        for (version, affected) in [
            ("Open MPI v4.1.4", true),
            ("Open MPI v4.1.7", false),
            ("Open MPI v5.0.5", true),
            ("Open MPI v5.0.6", false),
            ("Open MPI v5.0.0rc12", true),
            ("Open MPI v3.1.3", true),
            ("Open MPI v6.0.0", false),
            ("Open MPI", false),
        ] {
            assert_eq!(is_affected(version), affected, "{version}");
        }
    }

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

    #[test]
    fn the_settings_that_avoid_the_defect_silence_the_warning() {
        let with = |name: &'static str, value: &'static str| {
            known_defects(move |asked| (asked == name).then(|| value.to_owned()))
        };
        let is_relevant = !is_mpich() && is_affected(&library_version());
        assert_eq!(with("", "").is_some(), is_relevant);
        assert_eq!(with("OMPI_MCA_fcoll", "vulcan").is_some(), is_relevant);
        assert_eq!(with("OMPI_MCA_fcoll", "^dynamic").is_some(), is_relevant);
        for (name, value) in [
            ("OMPI_MCA_fcoll", "dynamic_gen2"),
            ("OMPI_MCA_fcoll", "^vulcan"),
            ("OMPI_MCA_io", "romio321"),
        ] {
            assert_eq!(with(name, value), None, "{name}={value}");
        }
    }
}
