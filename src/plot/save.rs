//! Writes a picture: under another name first, so that under its own it is whole.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::figure::Figure;
use super::layout::draw;
use crate::cli::PlotArgs;
use crate::error::{Error, Result};
use crate::output::room_left;
use crate::phrase::shorten;

/// Pixels of a picture's side at least: below, labels are in each other's way.
const LEAST: u32 = 320;
/// Pixels of a picture's side at most: 64 MB.
const MOST: u32 = 4000;

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Png,
    Svg,
}

/// A picture to be written.
#[derive(Debug)]
pub struct Picture {
    path: PathBuf,
    format: Format,
    size: (u32, u32),
    overwrite: bool,
}

impl Picture {
    /// The picture that the flags ask for; none where characters are wanted.
    ///
    /// # Errors
    /// An extension or a size that is none, a file that is there already, a folder that is not.
    pub fn from_args(args: &PlotArgs) -> Result<Option<Picture>> {
        let size = size(&args.size)?;
        let Some(path) = &args.output else {
            return Ok(None);
        };
        let extension = path
            .extension()
            .map(|extension| extension.to_ascii_lowercase());
        let format = match extension
            .as_deref()
            .and_then(|extension| extension.to_str())
        {
            Some("png") => Format::Png,
            Some("svg") => Format::Svg,
            _ => return Err(refusal(path, "the name of a picture ends in .png or .svg")),
        };
        let picture = Picture {
            path: path.clone(),
            format,
            size,
            overwrite: args.overwrite,
        };
        picture.check()?;
        let folder = picture.folder();
        if !folder.is_dir() {
            return Err(refusal(
                path,
                &format!("there is no folder {}", folder.display()),
            ));
        }
        Ok(Some(picture))
    }

    /// Refuses to take the place of anything but an earlier picture that may go.
    fn check(&self) -> Result<()> {
        match self.path.symlink_metadata() {
            Err(_) => Ok(()),
            Ok(there) if !there.is_file() => Err(refusal(
                &self.path,
                "this is no regular file; expected a new name, or a picture",
            )),
            Ok(_) if !self.overwrite => Err(refusal(
                &self.path,
                "there is a file of this name; --overwrite replaces it",
            )),
            Ok(_) => Ok(()),
        }
    }

    fn folder(&self) -> &Path {
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }

    /// Draws it and writes it.
    ///
    /// # Errors
    /// The file system's.
    pub fn save(&self, figure: &Figure) -> Result<()> {
        let drawn = draw(figure, self.size).and_then(|drawing| match self.format {
            Format::Png => drawing.png(),
            Format::Svg => Ok(drawing.svg().into_bytes()),
        });
        let bytes = drawn.map_err(|what| Error::Output {
            path: self.path.clone(),
            what: format!("cannot draw this picture: {what}"),
        })?;
        let ending = format!("{}.part", std::process::id());
        let part = self.path.with_added_extension(ending);
        let written = self.write(&part, &bytes);
        if written.is_err() {
            // what is left is of no use; that it could not be removed either says nothing new
            let _ = std::fs::remove_file(&part);
        }
        written.map_err(|source| Error::Output {
            path: self.path.clone(),
            what: format!(
                "cannot write this picture: {source}{}",
                room_left(&self.path)
            ),
        })
    }

    fn write(&self, part: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let mut file = std::fs::File::create_new(part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        match self.overwrite {
            true => std::fs::rename(part, &self.path),
            // unlike a rename this never replaces what has come meanwhile
            false => match std::fs::hard_link(part, &self.path) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    std::fs::rename(part, &self.path)
                }
                linked => linked.and_then(|()| std::fs::remove_file(part)),
            },
        }
    }
}

fn refusal(path: &Path, what: &str) -> Error {
    Error::Usage(format!("{}: {what}", path.display()))
}

/// "1000x700".
fn size(text: &str) -> Result<(u32, u32)> {
    let number = |text: &str| text.parse().ok().filter(|n| (LEAST..=MOST).contains(n));
    let parsed = text
        .split_once(['x', '×'])
        .and_then(|(width, height)| Some((number(width)?, number(height)?)));
    parsed.ok_or_else(|| {
        Error::Usage(format!(
            "--size {}: expected pixels across and down, as 1000x700, from {LEAST} to {MOST}",
            shorten(text, 60)
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_sides_within_limits() {
        assert_eq!(size("1000x700").unwrap(), (1000, 700));
        assert_eq!(size("4000×320").unwrap(), (4000, 320));
        for text in [
            "",
            "x",
            "1000",
            "0x700",
            "1000x99999999999",
            "-1x700",
            "5000x700",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
