//! `[definetrial]`: what the trials of a recording are. Those of its file; stretches around events of a table or of the file
//! itself; epochs of a fixed length; or everything at once.

mod columns;
mod condition;
mod define;
mod options;
mod table;

pub use condition::Condition;
pub use define::{Defined, define};
pub use options::{ClipEdges, KEYS, Length, Options};
