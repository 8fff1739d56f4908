//! Messages on stderr: plain on a terminal, with date and time in a log file. Rank 0 alone has any.

use std::io::{IsTerminal, Write};
use std::sync::Once;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::error::{IoContext, Result};
use crate::phrase::printable;
use crate::spectral::Remark;
use crate::stderr::{Stderr, eprint, has_reader};

struct Line {
    with_time: bool,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        if self.with_time {
            write!(to, "{} ", jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S"))?;
        }
        match *event.metadata().level() {
            Level::ERROR => write!(to, "error: ")?,
            Level::WARN => write!(to, "warning: ")?,
            Level::INFO => {}
            _ => write!(to, "debug: ")?,
        }
        context.format_fields(to.by_ref(), event)?;
        writeln!(to)
    }
}

/// Prints what was asked for on stdout, with what could steer a terminal escaped; a reader that has seen enough, such as `head`, is no error.
///
/// # Errors
/// stdout cannot be written.
pub fn print(text: &str) -> Result<()> {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    let text = lines.join("\n");
    if !has_reader(1) {
        return Ok(());
    }
    match std::io::stdout()
        .write_all(text.as_bytes())
        .and_then(|()| std::io::stdout().flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).at("stdout", "write")
        }
        _ => Ok(()),
    }
}

/// Prints the report of work that is done: a stdout that cannot be written is one warning, and the work counts.
pub fn print_report(text: &str) {
    static WARNING: Once = Once::new();
    if let Err(error) = print(text) {
        WARNING.call_once(|| eprint(&format!("warning: {}\n", error.one_line())));
    }
}

/// Says what the user should know, with what could steer a terminal escaped.
pub fn say(remarks: impl IntoIterator<Item = Remark>) {
    for remark in remarks {
        match remark {
            Remark::Note(text) => tracing::info!("{}", printable(&text)),
            Remark::Warning(text) => tracing::warn!("{}", printable(&text)),
        }
    }
}

/// Shows messages from now on: errors only when `quiet`, details when `verbose`.
pub fn start(quiet: bool, verbose: bool) {
    let level = match (quiet, verbose) {
        (true, _) => Level::ERROR,
        (_, true) => Level::DEBUG,
        _ => Level::INFO,
    };
    let line = Line {
        with_time: !std::io::stderr().is_terminal(),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        // else it reports a failed write by eprintln!, which panics
        .log_internal_errors(false)
        .with_writer(|| Stderr)
        .event_format(line)
        .finish();
    // a second start, as in tests, keeps the first
    let _ = tracing::subscriber::set_global_default(subscriber);
}
