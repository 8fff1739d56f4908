//! Numbers that a method stores beside its spectra: the same few for every row and channel.

/// What they are. Plan and output read this and know no method.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// The group of the file they lie in.
    pub group: &'static str,
    /// A name for every number; the first is 0 where there is nothing to say, else 1.
    pub columns: Vec<String>,
    /// What they say.
    pub about: &'static str,
}

impl Beside {
    /// Bytes of one row and channel.
    pub fn bytes(&self) -> usize {
        self.columns.len() * size_of::<f32>()
    }
}
