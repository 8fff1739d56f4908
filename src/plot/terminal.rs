//! A picture on stdout: as wide as the terminal and in its colours, or 80 plain columns where somebody reads it later.

use std::io::{IsTerminal, Write};

use super::characters::{Ink, text};
use super::figure::Figure;
use crate::error::{IoContext, Result};

/// Columns where there is no terminal.
const COLUMNS: usize = 80;
/// Columns of a picture at least and at most.
const LIMITS: (usize, usize) = (40, 200);

/// Prints a picture.
///
/// # Errors
/// stdout cannot be written.
pub fn show(figure: &Figure) -> Result<()> {
    let stdout = std::io::stdout();
    let (columns, ink) = if stdout.is_terminal() {
        (
            columns(),
            ink(|name| std::env::var(name).unwrap_or_default()),
        )
    } else {
        (COLUMNS, Ink::Plain)
    };
    // names were made harmless when the picture was composed: the escapes in here are ours
    let text = text(figure, columns, ink);
    match stdout
        .lock()
        .write_all(text.as_bytes())
        .and_then(|()| std::io::stdout().flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).at("stdout", "write")
        }
        _ => Ok(()),
    }
}

fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout());
    // terminals that do not know their size say 0
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    match columns {
        0 => COLUMNS,
        columns => columns.clamp(LIMITS.0, LIMITS.1),
    }
}

/// The colours of a terminal, from its environment.
///
/// Sources: <https://no-color.org>; `COLORTERM` as terminals set it.
fn ink(variable: impl Fn(&str) -> String) -> Ink {
    match variable("COLORTERM").as_str() {
        _ if !variable("NO_COLOR").is_empty() || variable("TERM") == "dumb" => Ink::Plain,
        "truecolor" | "24bit" => Ink::Full,
        _ => Ink::Cube,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_terminal_unless_nobody_wants_any() {
        let ink = |name: &'static str, value: &'static str| {
            ink(move |asked| {
                if asked == name {
                    value.to_owned()
                } else {
                    String::new()
                }
            })
        };
        assert_eq!(ink("NO_COLOR", "1"), Ink::Plain);
        assert_eq!(ink("TERM", "dumb"), Ink::Plain);
        assert_eq!(ink("COLORTERM", "truecolor"), Ink::Full);
        assert_eq!(ink("TERM", "xterm"), Ink::Cube);
    }
}
