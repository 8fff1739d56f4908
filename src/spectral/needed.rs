//! Keys that a method cannot do without.

use crate::setting::{Refusal, Section, Setting};

/// The refusal of a method that lacks `what`.
pub fn lacks(section: &Section, what: &str) -> Refusal {
    let default = || Setting::default_of("freqanalysis", "method", String::new());
    let method = section.text("method").ok().flatten();
    method
        .unwrap_or_else(default)
        .refuse(format!("this method needs {what}"))
}
