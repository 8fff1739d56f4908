//! Following a job: waiting for its start, showing its progress, and its end.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::slurm::{self, Task};
use crate::error::{Error, IoContext, Result};
use crate::phrase::{count, time};
use crate::progress::Progress;
use crate::status;

/// How often the batch system is asked: a site's controller answers thousands of users.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How often the result is looked at, and a signal noticed.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// In a log file the wait is said when its reason changes, or after this.
const SAY_EVERY: Duration = Duration::from_secs(60);
/// A job that has put itself back into the queue counts as ended for so long at most.
const REQUEUED_WITHIN: Duration = Duration::from_secs(60);

/// A job that was submitted.
pub struct Job {
    /// Its number.
    pub number: u64,
    /// Its ranks.
    pub n_ranks: usize,
    /// Its result, unless it is an array.
    pub result: Option<PathBuf>,
    /// Samples of all channels that are read.
    pub n_samples: u64,
    /// How long it may wait.
    pub timeout: Option<Duration>,
}

/// How following ended.
pub enum End {
    /// The job has ended; its tasks.
    Ended(Vec<Task>),
    /// The user follows no longer.
    Left,
    /// The user has cancelled it.
    Cancelled,
}

impl Job {
    /// Follows the job to its end.
    ///
    /// # Errors
    /// It waited too long; what Slurm says.
    pub fn follow(&self) -> Result<End> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, interrupted.clone())
                .at("signals", "listen for them")?;
        }
        let done = Arc::new(AtomicU64::new(0));
        let mut progress: Option<Progress> = None;
        let mut wait = Wait::new();
        let mut ended: Option<Instant> = None;
        loop {
            let tasks = slurm::tasks(self.number)?;
            let n_running = tasks.iter().filter(|task| task.is_running()).count();
            let are_pending = tasks.iter().any(Task::is_pending);
            match (n_running, are_pending) {
                (0, true) => {
                    if let Some(progress) = progress.take() {
                        progress.abandon();
                        tracing::info!("job {} is back in the queue", self.number);
                        wait = Wait::new();
                    }
                    wait.say(self.n_ranks, &tasks);
                    if let Some(timeout) = self
                        .timeout
                        .filter(|timeout| wait.start.elapsed() > *timeout)
                    {
                        wait.end();
                        slurm::cancel(self.number)?;
                        return Err(Error::Launch(format!(
                            "job {} has not started within {} (cluster.timeout) and is cancelled",
                            self.number,
                            time(timeout.as_secs_f64())
                        )));
                    }
                    ended = None;
                }
                (0, false) => {
                    let since = *ended.get_or_insert_with(Instant::now);
                    let is_over = tasks
                        .iter()
                        .any(|task| task.state != "COMPLETED" || task.code != 0);
                    let is_whole = self.result.as_deref().is_none_or(status::is_finished);
                    if is_over || is_whole || since.elapsed() > REQUEUED_WITHIN {
                        wait.end();
                        match (progress.take(), is_whole) {
                            (Some(progress), false) => progress.abandon(),
                            (progress, _) => drop(progress),
                        }
                        return Ok(End::Ended(tasks));
                    }
                }
                (n_running, _) => {
                    ended = None;
                    wait.end();
                    self.look(&done);
                    match self.result {
                        Some(_) if progress.is_none() => {
                            tracing::info!(
                                "job {} runs on {}",
                                self.number,
                                count(self.n_ranks as u64, "rank")
                            );
                            progress = Some(Progress::start(self.n_samples, done.clone()));
                        }
                        Some(_) => {}
                        None => wait.say_tasks(n_running, &tasks),
                    }
                }
            }
            let asked = Instant::now();
            while asked.elapsed() < ASK_EVERY {
                if interrupted.swap(false, Ordering::Relaxed) {
                    wait.end();
                    match self.ask_user()? {
                        Some(end) => return Ok(end),
                        None => continue,
                    }
                }
                std::thread::sleep(LOOK_EVERY);
                if progress.is_some() {
                    self.look(&done);
                }
            }
        }
    }

    /// Notes how much of the result is done.
    fn look(&self, done: &AtomicU64) {
        // until the job has made its files there is nothing to see
        if let Some((n_done, n)) = self.result.as_deref().and_then(status::chunks_done) {
            let share = u128::from(self.n_samples) * u128::from(n_done) / u128::from(n.max(1));
            done.store(share as u64, Ordering::Relaxed);
        }
    }

    /// What Ctrl-C was meant to do.
    fn ask_user(&self) -> Result<Option<End>> {
        if !std::io::stdin().is_terminal() {
            return Ok(Some(End::Left));
        }
        eprint!("\ncancel the job (c), stop following (s), or go on (any other key)? ");
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .at("stdin", "read an answer")?;
        Ok(match answer.trim() {
            "c" => {
                slurm::cancel(self.number)?;
                Some(End::Cancelled)
            }
            "s" => Some(End::Left),
            _ => None,
        })
    }
}

/// The line that says what is waited for: one that changes on a terminal, one now and then in a log file.
struct Wait {
    start: Instant,
    said: Option<(Instant, String)>,
    on_terminal: bool,
}

impl Wait {
    fn new() -> Wait {
        Wait {
            start: Instant::now(),
            said: None,
            on_terminal: std::io::stderr().is_terminal(),
        }
    }

    fn say(&mut self, n_ranks: usize, tasks: &[Task]) {
        let reason = tasks.first().map_or("None", |task| task.reason.as_str());
        let seconds = self.start.elapsed().as_secs();
        let reason = match reason {
            "None" => String::new(),
            reason => format!(" ({reason})"),
        };
        self.print(
            &reason,
            &format!("0/{n_ranks} workers available, waiting.. {seconds}s{reason}"),
        );
    }

    /// How many tasks of an array have come to what.
    fn say_tasks(&mut self, n_running: usize, tasks: &[Task]) {
        let n_ended = tasks
            .iter()
            .filter(|t| !t.is_running() && !t.is_pending())
            .count();
        let what = format!(
            "{n_ended} of {} recordings done, {n_running} running",
            tasks.len()
        );
        self.print(&what, &what);
    }

    /// Prints `text`; `what` is the part of it that makes it worth a line of a log.
    fn print(&mut self, what: &str, text: &str) {
        if self.on_terminal {
            eprint!("\r\x1b[K{text}");
            // a terminal that is gone is no reason to fail
            let _ = std::io::stderr().flush();
            self.said = Some((Instant::now(), what.to_owned()));
            return;
        }
        let is_news = self
            .said
            .as_ref()
            .is_none_or(|(when, said)| said != what || when.elapsed() >= SAY_EVERY);
        if is_news {
            tracing::info!("{text}");
            self.said = Some((Instant::now(), what.to_owned()));
        }
    }

    /// Leaves the line as it is.
    fn end(&mut self) {
        if self.said.take().is_some() && self.on_terminal {
            eprintln!();
        }
    }
}
