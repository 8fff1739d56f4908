//! Where the samples of a dataset are: in its file, or in one beside it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Dataset, Sizes};
use crate::error::{Error, IoContext, Result};
use crate::input::flat::{Flat, Order};
use crate::input::location::{Layout, Sample};
use crate::input::matlab::{MatFile, Value};
use crate::input::placeholder::{has_entry, what_is_missing};
use crate::input::require_regular;
use crate::phrase::shorten;

/// Extension of files in which all channels of a sample follow each other.
const MULTIPLEXED: &str = "fdt";
/// Extension of files in which all samples of a channel follow each other.
const VECTORIZED: &str = "dat";
/// Characters that are shown of a file's name.
const MAX_SHOWN: usize = 100;

/// Where the samples of a dataset are.
pub(super) struct Samples {
    /// The file that holds them.
    pub path: PathBuf,
    /// Where in it.
    pub layout: Layout,
    /// What the user should know about the choice of that file.
    pub notice: Option<String>,
}

impl Dataset<'_> {
    /// The file that holds the samples, and where in it.
    pub(super) fn samples(&self, file: &MatFile, sizes: &Sizes) -> Result<Samples> {
        let (n_channels, n_samples, n_epochs) = (sizes.n_channels, sizes.n_samples, sizes.n_epochs);
        match self.eeg.value("data") {
            Some(Value::Text(name)) => {
                let (path, notice) = self.beside(name, sizes)?;
                let layout = self.flat(&path, sizes)?;
                Ok(Samples {
                    path,
                    layout,
                    notice,
                })
            }
            Some(Value::Numbers(matrix)) => {
                let is_right = match matrix.shape[..] {
                    [channels, rows] => channels == n_channels && rows == sizes.n_rows(),
                    [channels, samples, epochs] => {
                        [channels, samples, epochs] == [n_channels, n_samples, n_epochs]
                    }
                    _ => false,
                };
                if is_right {
                    return Ok(Samples {
                        path: self.path.to_owned(),
                        layout: file.samples(&[matrix])?,
                        notice: None,
                    });
                }
                Err(self.wrong(format!(
                    "EEG.data is {}; expected {n_channels} × {n_samples} × {n_epochs}, EEG.nbchan × EEG.pnts × EEG.trials: \
                     eeg_checkset sets these sizes, then save the dataset again",
                    self.found("data")
                )))
            }
            _ => Err(self.wrong(format!(
                "EEG.data is {}; expected real numbers, or the name of a .fdt file: save the dataset again with pop_saveset",
                self.found("data")
            ))),
        }
    }

    /// The file beside this one that holds the samples, and what the user should know about the choice.
    ///
    /// Datasets are renamed, and what they say about themselves stays: a file of the dataset's own name comes first, as in
    /// EEGLAB, since that of the old name may be another dataset's by now.
    fn beside(&self, said: &str, sizes: &Sizes) -> Result<(PathBuf, Option<String>)> {
        let named = [
            Some(said),
            self.eeg.value("datfile").and_then(Value::as_text),
        ];
        let named: Vec<PathBuf> = named
            .into_iter()
            .flatten()
            .filter_map(|name| self.sibling(name))
            .collect();
        let own = self.own(said, sizes);
        // a name may hold what no path can
        let other = named
            .iter()
            .find(|path| has_entry(path) && *path != self.path);
        let is_another = |a: &Path, b: &Path| !is_same_file(a, b);
        match (own, other) {
            (Some(own), Some(other)) if is_another(&own, other) => {
                self.check_fit(&own, other, sizes)?;
                let notice = format!(
                    "samples are read from {}, which has the name of the .set file; {}, which the .set file names, is not \
                     read",
                    shown(&own),
                    shown(other)
                );
                Ok((own, Some(notice)))
            }
            (Some(own), _) => Ok((own, None)),
            (None, Some(other)) => {
                let notice = (!is_called_as(other, self.path)).then(|| {
                    format!(
                        "samples are read from {}, which the .set file names; it is not called as the .set file is, so \
                         make sure that it belongs to it",
                        shown(other)
                    )
                });
                Ok((other.clone(), notice))
            }
            (None, None) => {
                let name = shorten(said, MAX_SHOWN);
                let own = self.path.with_extension("fdt");
                Err(self.wrong(format!(
                    "its samples are in \"{name}\", which does not exist; expected that file beside this one, or {}: copy it \
                     there, or save the dataset again as one file",
                    shown(&own)
                )))
            }
        }
    }

    /// The file of this name beside the dataset, whatever folder it had on the machine that wrote it.
    fn sibling(&self, name: &str) -> Option<PathBuf> {
        let name = name.rsplit(['/', '\\']).next()?;
        let is_a_name = !name.is_empty() && name != "." && name != "..";
        is_a_name.then(|| self.path.with_file_name(name))
    }

    /// The file of samples with the dataset's own name. One of the other kind than the dataset says may be anything, unless
    /// it is as long as it should be; one whose contents are elsewhere is there too.
    fn own(&self, said: &str, sizes: &Sizes) -> Option<PathBuf> {
        let [as_said, others] = self.own_names(said);
        let fits = |path: &&PathBuf| length(path) == Some(sizes.bytes());
        let own = as_said.iter().find(|path| has_entry(path));
        own.or_else(|| others.iter().find(fits)).cloned()
    }

    /// Names of files of samples that the dataset's own would have: of the kind that it says, and of the other one.
    fn own_names(&self, said: &str) -> [Vec<PathBuf>; 2] {
        let said = said.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_vectorized = said.eq_ignore_ascii_case(VECTORIZED);
        let kinds = if is_vectorized {
            [VECTORIZED, MULTIPLEXED]
        } else {
            [MULTIPLEXED, VECTORIZED]
        };
        kinds.map(|kind| {
            // as it is written, such as .Fdt
            let written = kind.eq_ignore_ascii_case(said).then(|| said.to_owned());
            let usual = [kind.to_owned(), kind.to_uppercase()];
            let extensions = written.into_iter().chain(usual);
            extensions
                .map(|extension| self.path.with_extension(extension))
                .collect()
        })
    }

    /// Refuses a file of the dataset's own name whose contents are not here, or that is not as long as it should be where
    /// the other one is.
    fn check_fit(&self, own: &Path, other: &Path, sizes: &Sizes) -> Result<()> {
        if let Some(what) = what_is_missing(own) {
            return Err(Error::Recording {
                path: own.to_owned(),
                what,
            });
        }
        let expected = sizes.bytes();
        let fits = |path: &Path| length(path) == Some(expected);
        if fits(own) || !fits(other) {
            return Ok(());
        }
        Err(self.wrong(format!(
            "{} has the name of this file but not the {expected} bytes that it describes; {}, which this file names, has \
             them: expected one of both, remove or rename the other",
            shown(own),
            shown(other)
        )))
    }

    /// 32-bit floats, all channels of a sample one after the other; in `.dat` files all samples of a channel.
    fn flat(&self, path: &Path, sizes: &Sizes) -> Result<Layout> {
        require_regular(path, "open this file")?;
        let length = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        let sample = Sample::F32;
        let n_rows = sizes.n_rows();
        let expected = sizes.bytes();
        if u128::from(length) != expected {
            return Err(Error::Recording {
                path: path.to_owned(),
                what: format!(
                    "this file has {length} bytes; expected {expected}, {} channels of {} × {} samples of 4 bytes, as its \
                     .set file says: copy it again, or save the dataset again",
                    sizes.n_channels, sizes.n_epochs, sizes.n_samples
                ),
            });
        }
        let is_vectorized = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case(VECTORIZED));
        let n_columns = sizes.n_channels as usize;
        Ok(Layout::Flat(Flat {
            offset: 0,
            sample,
            big_endian: false,
            order: if is_vectorized {
                Order::vectorized(n_rows, n_columns, sample)
            } else {
                Order::Multiplexed
            },
            n_rows,
            n_columns,
        }))
    }
}

/// Bytes of a regular file that is there.
fn length(path: &Path) -> Option<u128> {
    let file = std::fs::metadata(path).ok().filter(|file| file.is_file())?;
    Some(u128::from(file.len()))
}

/// Whether both paths lead to one file, as links and file systems without upper case do.
fn is_same_file(a: &Path, b: &Path) -> bool {
    let id = |path: &Path| std::fs::metadata(path).map(|file| (file.dev(), file.ino()));
    matches!((id(a), id(b)), (Ok(a), Ok(b)) if a == b)
}

/// Whether a file has the name of another, up to the extension and to upper case.
fn is_called_as(path: &Path, other: &Path) -> bool {
    let stem = |path: &Path| {
        path.file_stem()
            .map(|stem| stem.to_string_lossy().to_lowercase())
    };
    stem(path) == stem(other)
}

/// The name of a file, for messages.
fn shown(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    shorten(&name, MAX_SHOWN)
}
