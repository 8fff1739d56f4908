//! Numbers of the models that a method fits to its spectra: the same few for every row and channel, stored beside them.

/// What they are. Plan and output read this and know no method.
#[derive(Clone, Debug, PartialEq)]
pub struct FitNumbers {
    /// A name for every number; the first is 0 where there is no model, else 1.
    pub columns: Vec<String>,
    /// What they say.
    pub about: &'static str,
}

impl FitNumbers {
    /// Bytes of one row and channel.
    pub fn bytes(&self) -> usize {
        self.columns.len() * size_of::<f32>()
    }
}
