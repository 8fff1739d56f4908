//! Versions of HDF5 that damaged files make loop, crash or write where they should not.

use std::sync::Once;

/// The first version without the defects that were known of the earlier ones.
///
/// Source: hdfgroup.org/2024/05/new-hdf5-cve-issues-fixed-in-1-14-4: 55 of them, in all versions before, CVE-2024-29157 of
/// the global heap among them.
const REPAIRED: (u8, u8, u8) = (1, 14, 4);

/// Tells those who ask for details, once: most systems have such a version, and files are read in a process of their own.
pub fn note() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Some(text) = known_defects(hdf5::library_version()) {
            tracing::debug!("{text}");
        }
    });
}

fn known_defects(version: (u8, u8, u8)) -> Option<String> {
    let (major, minor, release) = version;
    (version < REPAIRED).then(|| {
        format!(
            "HDF5 {major}.{minor}.{release} can loop or crash on damaged files (repaired in 1.14.4, CVE-2024-29157 and \
             others): their metadata are read in a process of its own"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_the_repair_are_known() {
        assert!(known_defects((1, 10, 8)).unwrap().contains("HDF5 1.10.8"));
        assert!(known_defects((1, 14, 3)).is_some());
        assert_eq!(known_defects((1, 14, 4)), None);
        assert_eq!(known_defects((2, 0, 0)), None);
    }
}
