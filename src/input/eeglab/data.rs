//! Where the samples of a dataset are: in its file, or in one beside it.

use std::path::{Path, PathBuf};

use super::{Dataset, Sizes};
use crate::error::{IoContext, Result};
use crate::input::flat::{Flat, Order};
use crate::input::location::{Layout, Sample};
use crate::input::matlab::{MatFile, Value};
use crate::input::placeholder::has_entry;
use crate::input::require_regular;

impl Dataset<'_> {
    /// The file that holds the samples, and where in it.
    pub(super) fn samples(&self, file: &MatFile, sizes: &Sizes) -> Result<(PathBuf, Layout)> {
        let (n_channels, n_samples, n_epochs) = (sizes.n_channels, sizes.n_samples, sizes.n_epochs);
        match self.eeg.value("data") {
            Some(Value::Text(name)) => {
                let path = self.beside(name)?;
                let layout = self.flat(&path, sizes)?;
                Ok((path, layout))
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
                    return Ok((self.path.to_owned(), file.samples(&[matrix])?));
                }
                Err(self.wrong(format!(
                    "EEG.data is {}; expected {n_channels} × {n_samples} × {n_epochs}, EEG.nbchan × EEG.pnts × EEG.trials",
                    self.found("data")
                )))
            }
            _ => Err(self.wrong(format!(
                "EEG.data is {}; expected samples, or the name of a .fdt file",
                self.found("data")
            ))),
        }
    }

    /// The file of samples of this name, or the one that is called as the `.set` file is: such files are renamed, and
    /// what is said in them stays.
    fn beside(&self, name: &str) -> Result<PathBuf> {
        // paths are those of the machine that wrote it
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let named = self
            .path
            .with_file_name(if name.is_empty() { "?" } else { name });
        let extension = named.extension().unwrap_or("fdt".as_ref());
        let renamed = self.path.with_extension(extension);
        let found = [named, renamed].into_iter().find(|path| {
            // a name may hold what no path can
            has_entry(path) && path != self.path
        });
        found.ok_or_else(|| {
            let name = crate::phrase::shorten(name, 100);
            self.wrong(format!(
                "its samples are in \"{name}\", which does not exist; expected that file beside this one, or one of this name"
            ))
        })
    }

    /// 32-bit floats, all channels of a sample one after the other; in `.dat` files all samples of a channel.
    fn flat(&self, path: &Path, sizes: &Sizes) -> Result<Layout> {
        require_regular(path, "open this file")?;
        let length = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        let sample = Sample::F32;
        let n_rows = sizes.n_rows();
        let expected = u128::from(n_rows) * u128::from(sizes.n_channels) * sample.bytes() as u128;
        if u128::from(length) != expected {
            return Err(crate::error::Error::Recording {
                path: path.to_owned(),
                what: format!(
                    "this file has {length} bytes; expected {expected}, {} channels of {} × {} samples of 4 bytes, as its \
                     .set file says",
                    sizes.n_channels, sizes.n_epochs, sizes.n_samples
                ),
            });
        }
        let is_vectorized = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("dat"));
        let n_columns = sizes.n_channels as usize;
        Ok(Layout::Flat(Flat {
            offset: 0,
            sample,
            big_endian: false,
            order: match is_vectorized {
                true => Order::vectorized(n_rows, n_columns, sample),
                false => Order::Multiplexed,
            },
            n_rows,
            n_columns,
        }))
    }
}
