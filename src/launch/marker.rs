//! How a job script tells a launch that failed from a program that failed: a file that the script makes, and that is removed
//! when the ranks have started. What leaves it there has computed nothing, and may be launched once more.

use std::path::Path;

/// Removes the marker of the script, if there is one.
pub fn note_start(marker: Option<&Path>) {
    let Some(path) = marker else { return };
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!("{}: cannot remove this file: {error}", path.display());
    }
}
