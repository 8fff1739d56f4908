//! Following a job: waiting for its start, showing its progress, and its end.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::slurm::{self, Task};
use crate::error::{Error, IoContext, Result};
use crate::phrase::{count, time};
use crate::progress::Progress;
use crate::status;
use crate::stderr::eprint;

/// How often the batch system is asked: a site's controller answers thousands of users.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How often a signal is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// In a log file the wait is said when its reason changes, or after this.
const SAY_EVERY: Duration = Duration::from_secs(60);
/// A controller that gives no answer for so long is given up; the job goes on.
const SILENT_FOR: Duration = Duration::from_secs(600);
/// A job that has put itself back into the queue counts as ended for so long at most.
const REQUEUED_WITHIN: Duration = Duration::from_secs(60);

/// A job that was submitted.
pub struct Job {
    /// Its number.
    pub number: u64,
    /// Its ranks.
    pub n_ranks: usize,
    /// Its results: one for every task.
    pub results: Vec<PathBuf>,
    /// Samples of all channels that are read.
    pub n_samples: u64,
    /// How long it may wait.
    pub timeout: Option<Duration>,
}

/// How following ended.
pub enum End {
    /// The job has ended; its tasks by their numbers in the array, 0 if it is none.
    Ended(BTreeMap<usize, Task>),
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
        let (mut has_started, mut ended, mut silent) = (false, None::<Instant>, None::<Instant>);
        let mut tasks = Tasks::default();
        loop {
            match slurm::tasks(self.number) {
                Ok(now) => {
                    silent = None;
                    tasks.note(now);
                }
                // forgotten, after it has ended
                Err(_) if self.results.iter().all(|path| status::is_finished(path)) => {
                    return Ok(End::Ended(tasks.known));
                }
                Err(error) => {
                    let since = *silent.get_or_insert_with(Instant::now);
                    if since.elapsed() < ASK_EVERY {
                        tracing::warn!("{}; asking again", error.one_line());
                    }
                    if since.elapsed() > SILENT_FOR {
                        return Err(error);
                    }
                }
            }
            let (n_running, n_waiting) = tasks.counts();
            has_started |= n_running > 0 || tasks.has_ended();
            if n_running > 0 {
                ended = None;
                match &self.results[..] {
                    [_] => {
                        wait.end();
                        progress.get_or_insert_with(|| {
                            let ranks = count(self.n_ranks as u64, "rank");
                            tracing::info!("job {} runs on {ranks}", self.number);
                            Progress::start(self.n_samples, done.clone())
                        });
                        self.look(&done);
                    }
                    results => wait.say_tasks(n_running, &tasks, results.len()),
                }
            } else if n_waiting > 0 {
                ended = None;
                if let Some(progress) = progress.take() {
                    progress.abandon();
                    tracing::info!("job {} is back in the queue", self.number);
                    wait = Wait::new();
                }
                wait.say(self.n_ranks, tasks.reason());
                let is_late = |timeout: &Duration| wait.start.elapsed() > *timeout;
                if let Some(timeout) = self.timeout.filter(is_late)
                    && !has_started
                {
                    wait.end();
                    slurm::cancel(self.number)?;
                    return Err(Error::Launch(format!(
                        "job {} has not started within {} (cluster.timeout) and is cancelled",
                        self.number,
                        time(timeout.as_secs_f64())
                    )));
                }
            } else if silent.is_none() {
                // one that has put itself back into the queue looks like one that is done for a moment
                let since = *ended.get_or_insert_with(Instant::now);
                let are_whole = self.results.iter().all(|path| status::is_finished(path));
                if are_whole || tasks.has_failed() || since.elapsed() > REQUEUED_WITHIN {
                    wait.end();
                    match progress.take() {
                        Some(progress) if !are_whole => progress.abandon(),
                        progress => drop(progress),
                    }
                    return Ok(End::Ended(tasks.known));
                }
            }
            let asked = Instant::now();
            while asked.elapsed() < ASK_EVERY {
                if interrupted.swap(false, Ordering::Relaxed) {
                    wait.end();
                    if let Some(end) = self.ask_user()? {
                        return Ok(end);
                    }
                }
                std::thread::sleep(LOOK_EVERY);
            }
        }
    }

    /// Notes how much of the result is done.
    fn look(&self, done: &AtomicU64) {
        // until the job has made its files there is nothing to see
        let [result] = &self.results[..] else { return };
        if let Some((n_done, n)) = status::chunks_done(result) {
            let share = u128::from(self.n_samples) * u128::from(n_done) / u128::from(n.max(1));
            done.store(share as u64, Ordering::Relaxed);
        }
    }

    /// What Ctrl-C was meant to do.
    fn ask_user(&self) -> Result<Option<End>> {
        if !std::io::stdin().is_terminal() {
            return Ok(Some(End::Left));
        }
        eprint("\ncancel the job (c), stop following (s), or go on (any other key)? ");
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

/// What Slurm has said of a job's tasks, also of those that it has forgotten since.
#[derive(Default)]
struct Tasks {
    known: BTreeMap<usize, Task>,
    /// Those of an array that wait are one, without a number.
    waiting: Vec<Task>,
}

impl Tasks {
    fn note(&mut self, now: Vec<Task>) {
        let is_array = now.len() > 1 || now.iter().any(|task| task.index.is_some());
        self.waiting.clear();
        for task in now {
            match task.index {
                Some(index) => drop(self.known.insert(index, task)),
                None if !is_array && self.known.len() <= 1 => drop(self.known.insert(0, task)),
                None => self.waiting.push(task),
            }
        }
    }

    /// How many run, and how many wait.
    fn counts(&self) -> (usize, usize) {
        let all = || self.known.values().chain(&self.waiting);
        let n_running = all().filter(|task| task.is_running()).count();
        let n_waiting = all()
            .filter(|task| !task.is_running() && !task.has_ended())
            .count();
        (n_running, n_waiting)
    }

    fn has_ended(&self) -> bool {
        self.known.values().any(Task::has_ended)
    }

    fn has_failed(&self) -> bool {
        self.known
            .values()
            .chain(&self.waiting)
            .any(|task| task.has_ended() && !task.is_well())
    }

    fn reason(&self) -> &str {
        let mut all = self.known.values().chain(&self.waiting);
        all.find(|task| !task.has_ended())
            .map_or("None", |task| &task.reason)
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

    fn say(&mut self, n_ranks: usize, reason: &str) {
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
    fn say_tasks(&mut self, n_running: usize, tasks: &Tasks, n_all: usize) {
        let n_ended = tasks.known.values().filter(|task| task.has_ended()).count();
        let what = format!("{n_ended} of {n_all} recordings done, {n_running} running");
        self.print(&what, &what);
    }

    /// Prints `text`; `what` is the part of it that makes it worth a line of a log.
    fn print(&mut self, what: &str, text: &str) {
        if self.on_terminal {
            eprint(&format!("\r\x1b[K{text}"));
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
            eprint("\n");
        }
    }
}
