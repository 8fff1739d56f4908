//! How far the job is: a bar on a terminal, a line now and then in a log file. On rank 0, on a thread of its own.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::phrase::{rate, time};
use crate::thread;

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A line in a log file comes at every tenth of the work, or when this has passed.
const LOG_EVERY: Duration = Duration::from_secs(300);

/// The running display; it ends when dropped.
pub struct Progress {
    stop: Arc<AtomicBool>,
    is_whole: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows how much of `total` samples is done until dropped.
    pub fn start(total: u64, done: Arc<AtomicU64>) -> Progress {
        let stop = Arc::new(AtomicBool::new(false));
        let is_whole = Arc::new(AtomicBool::new(true));
        let on_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let thread = {
            let (stop, is_whole) = (stop.clone(), is_whole.clone());
            // a job without a display is still a job
            thread::spawn(move || {
                if on_terminal {
                    bar(total, &done, &stop, &is_whole)
                } else {
                    lines(total, &done, &stop)
                }
            })
            .ok()
        };
        Progress {
            stop,
            is_whole,
            thread,
        }
    }

    /// Ends it where it is: the work is not done.
    pub fn abandon(self) {
        self.is_whole.store(false, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // a display that failed is no reason to fail
            let _ = thread.join();
        }
    }
}

fn bar(total: u64, done: &AtomicU64, stop: &AtomicBool, is_whole: &AtomicBool) {
    let style = ProgressStyle::with_template(
        "[{bar:40}] | {percent}% Completed | {seconds} | {rate} | {left} left",
    )
    .expect("the template is legal")
    .with_key("seconds", |state: &ProgressState, to: &mut dyn Write| {
        let _ = write!(to, "{:.1}s", state.elapsed().as_secs_f64());
    })
    .with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
        let _ = write!(
            to,
            "{}",
            rate(state.pos() as f64 / state.elapsed().as_secs_f64().max(1e-3))
        );
    })
    .with_key("left", |state: &ProgressState, to: &mut dyn Write| {
        let _ = write!(to, "{}", time(state.eta().as_secs_f64()));
    })
    .progress_chars("# ");
    let bar = ProgressBar::new(total).with_style(style);
    while !stop.load(Ordering::Relaxed) {
        bar.set_position(done.load(Ordering::Relaxed));
        std::thread::park_timeout(LOOK_EVERY);
    }
    if is_whole.load(Ordering::Relaxed) {
        bar.set_position(total);
    }
    bar.abandon();
}

fn lines(total: u64, done: &AtomicU64, stop: &AtomicBool) {
    let start = Instant::now();
    let (mut last_tenth, mut last_line) = (0, start);
    while !stop.load(Ordering::Relaxed) {
        std::thread::park_timeout(LOOK_EVERY);
        let n = done.load(Ordering::Relaxed).min(total);
        let tenth = n as u128 * 10 / u128::from(total.max(1));
        // the last line is the report's
        if n > 0 && n < total && (tenth > last_tenth || last_line.elapsed() >= LOG_EVERY) {
            let seconds = start.elapsed().as_secs_f64();
            let per_second = n as f64 / seconds;
            let percent = n as u128 * 100 / u128::from(total);
            let left = time((total - n) as f64 / per_second);
            tracing::info!(
                "{percent}% completed | {seconds:.1}s | {} | {left} left",
                rate(per_second)
            );
            (last_tenth, last_line) = (tenth, Instant::now());
        }
    }
}
