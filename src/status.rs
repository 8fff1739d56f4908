//! `slepian status`: how far a job is, from its files alone; it may run, have been killed, or be finished.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::cli::StatusArgs;
use crate::error::{Error, Result};
use crate::logging::print;
use crate::output::{Holder, Life, Mark, Owner, Target, holder, stored_marks};
use crate::phrase::{count, time};

/// Names that a job may change while somebody looks: the data's, and that of the compressed copy.
const RENAMES: usize = 2;
/// How often `--watch` looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Chunks that lie further apart in time belong to different attempts, if that is ten times their usual distance too.
const PAUSE_S: f64 = 60.0;

/// What the files say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A process on this host, or on another one as far as its lock tells, works on it.
    Running,
    /// Work is left and nobody works on it.
    Interrupted,
    /// `slepian verify` has found chunks that are not what was written.
    Hurt,
    /// The result is there.
    Finished,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Interrupted => "interrupted",
            State::Hurt => "hurt",
            State::Finished => "finished",
        }
    }
}

/// How far a job is.
#[derive(Debug)]
struct Status {
    path: PathBuf,
    state: State,
    done: u64,
    total: u64,
    /// All chunks are done; what is left is to add up, to compress or to publish.
    is_finishing: bool,
    /// Chunks per second, of the attempt that did the last one.
    rate: Option<f64>,
    /// When the last chunk was done, in s since 1970.
    last: Option<f64>,
    owner: Option<Owner>,
}

/// Prints how far the job at `args.path` is; whether work is left.
///
/// # Errors
/// No result there, finished or not; a config that is wrong.
pub fn show(args: &StatusArgs) -> Result<bool> {
    let path = result_of(args)?;
    let mut before = String::new();
    loop {
        let status = Status::read(&path)?;
        let text = match (args.json, args.watch && status.state == State::Running) {
            (true, _) => status.json(),
            (false, true) => status.line(),
            (false, false) => status.text(),
        };
        if text != before {
            match print(&text) {
                // the exit code says it
                Err(_) if args.exit_code => {}
                printed => printed?,
            }
        }
        before = text;
        if !args.watch || status.state != State::Running {
            return Ok(status.state != State::Finished);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Chunks of the result at `path` that are done, and all; nothing before its files are there.
pub fn chunks_done(path: &Path) -> Option<(u64, u64)> {
    let status = Status::read(path).ok().filter(|status| status.total > 0)?;
    Some((status.done, status.total))
}

/// Whether the result at `path` is there and whole.
pub fn is_finished(path: &Path) -> bool {
    Status::read(path).is_ok_and(|status| status.state == State::Finished)
}

/// The result that is asked for: by name, or as the one that a config names.
fn result_of(args: &StatusArgs) -> Result<PathBuf> {
    let is_config = args.path.is_file() && args.path.extension().is_some_and(|e| e == "toml");
    match (is_config, args.set.is_empty()) {
        (true, _) => Ok(crate::run::load(&args.path, &args.set)?.output.value),
        (false, true) => Ok(args.path.clone()),
        (false, false) => Err(Error::Usage(format!(
            "{}: --set goes with a config, which this is not; expected a .toml file",
            args.path.display()
        ))),
    }
}

impl Status {
    fn read(path: &Path) -> Result<Status> {
        // a job that ends at this moment renames its files, one after the other
        (0..RENAMES).fold(Status::look(path), |found, _| {
            found.or_else(|_| Status::look(path))
        })
    }

    fn look(path: &Path) -> Result<Status> {
        let target = Target::find(path)?;
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        let holder = holder(&target.lock);
        let idle = match holder {
            Holder::Nobody => State::Interrupted,
            Holder::Somebody(_) => State::Running,
        };
        let owner = match holder {
            Holder::Somebody(owner) => owner,
            Holder::Nobody => None,
        };
        let path = match target.current() {
            Ok(path) => path,
            // the files are being made
            Err(_) if idle == State::Running => {
                return Ok(Status::new(target.part, idle, Vec::new(), owner));
            }
            Err(nothing) => return Err(nothing),
        };
        // .info is the commit, whoever has left a lock beside it
        let state = if path == target.data && is_there(&target.info) {
            State::Finished
        } else {
            idle
        };
        let (result, [_, n_blocks]) = stored_marks(path)?;
        let mut marks = result.clone();
        if is_there(&target.sums) && path == target.part {
            // the chunks of an average are its sums, but of those that are added up already
            let (sums, _) = stored_marks(&target.sums)?;
            let added = |item: usize| result.get(item % n_blocks.max(1)).copied();
            marks = sums
                .into_iter()
                .enumerate()
                .map(|(item, mark)| match added(item) {
                    Some(added) if !mark.is_done() && added.is_done() => added,
                    _ => mark,
                })
                .collect();
        }
        let mut status = Status::new(path.to_owned(), state, marks, owner);
        if status.state == State::Finished && status.done < status.total {
            status.state = State::Hurt;
        }
        Ok(status)
    }

    fn new(path: PathBuf, state: State, marks: Vec<Mark>, owner: Option<Owner>) -> Status {
        let mut times: Vec<f64> = marks
            .iter()
            .filter(|mark| mark.is_done() && mark.finished.is_finite())
            .map(|mark| mark.finished)
            .collect();
        times.sort_by(f64::total_cmp);
        let done = marks.iter().filter(|mark| mark.is_done()).count() as u64;
        let total = marks.len() as u64;
        Status {
            path,
            state,
            done,
            total,
            is_finishing: done == total && total > 0,
            rate: rate(&times),
            last: times.last().copied(),
            owner: owner.filter(|_| state == State::Running),
        }
    }

    fn left_s(&self) -> Option<f64> {
        let left = (self.total - self.done) as f64;
        self.rate.map(|rate| left / rate).filter(|_| left > 0.0)
    }

    /// One line, for a look among many.
    fn line(&self) -> String {
        let percent = (self.done * 100).checked_div(self.total).unwrap_or(0);
        let left = self.left_s().map_or(String::new(), |seconds| {
            format!(", about {} left", time(seconds))
        });
        let total = count(self.total, "chunk");
        format!("{} of {total}, {percent} %{left}\n", self.done)
    }

    fn text(&self) -> String {
        let mut lines = Vec::new();
        let mut line = |name: &str, text: String| lines.push(format!("{name:<13} {text}\n"));
        line("result", self.path.display().to_string());
        let state = match (self.state, &self.owner) {
            (State::Running, Some(owner)) if owner.life() == Life::Unknown => {
                format!("running, as far as this host knows: {owner}")
            }
            (State::Running, Some(owner)) => format!("running: {owner}"),
            (State::Interrupted, _) if self.is_finishing => {
                "interrupted before it was published; slepian run --resume does that".into()
            }
            (State::Interrupted, _) => "interrupted; slepian run --resume goes on".into(),
            (State::Hurt, _) => "hurt; slepian run --resume computes what is hurt".into(),
            (state, _) => state.name().into(),
        };
        line("state", state);
        let percent = (self.done * 100).checked_div(self.total).unwrap_or(0);
        let total = count(self.total, "chunk");
        line("done", format!("{} of {total}, {percent} %", self.done));
        if self.done < self.total {
            let left = self.total - self.done;
            let takes = self.left_s().map_or(String::new(), |seconds| {
                format!(", about {}", time(seconds))
            });
            line("left", format!("{}{takes}", count(left, "chunk")));
        }
        if let Some(rate) = self.rate {
            line("rate", format!("{rate:.3} chunks/s"));
        }
        if let Some(last) = self.last {
            let ago = now() - last;
            let ago = if ago >= 0.0 {
                format!(", {} ago", time(ago))
            } else {
                String::new()
            };
            line("last progress", format!("{}{ago}", date(last)));
        }
        lines.concat()
    }

    fn json(&self) -> String {
        let owner = self.owner.as_ref().map(|owner| {
            json!({"host": owner.host, "pid": owner.pid, "job": owner.job, "restart": owner.restart})
        });
        let status = json!({
            "path": self.path.display().to_string(),
            "state": self.state.name(),
            "done": self.done,
            "total": self.total,
            "left": self.total - self.done,
            "chunks_per_second": self.rate,
            "seconds_left": self.left_s(),
            "last_progress": self.last.map(date),
            "owner": owner,
        });
        format!("{status}\n")
    }
}

/// Chunks per second since the last pause, from the sorted times when chunks were done.
fn rate(times: &[f64]) -> Option<f64> {
    let last = times.last()?;
    let mut gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    let usual = gaps.get(gaps.len() / 2)?;
    let pause = PAUSE_S.max(10.0 * usual);
    let mut begin = times.len() - 1;
    while begin > 0 && times[begin] - times[begin - 1] < pause {
        begin -= 1;
    }
    let seconds = last - times[begin];
    (seconds > 0.0).then(|| (times.len() - 1 - begin) as f64 / seconds)
}

fn now() -> f64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

/// A time in s since 1970 as people write it.
fn date(seconds: f64) -> String {
    let time = jiff::Timestamp::from_second(seconds as i64);
    time.map_or_else(
        |_| format!("{seconds} s"),
        |time| {
            let here = time.to_zoned(jiff::tz::TimeZone::system());
            here.strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(finished: f64) -> Mark {
        Mark {
            done: 1,
            finished,
            ..Mark::default()
        }
    }

    #[test]
    fn the_rate_is_that_of_the_attempt_that_went_last() {
        assert_eq!(rate(&[]), None);
        assert_eq!(rate(&[5.0]), None);
        assert_eq!(rate(&[0.0, 1.0, 2.0]), Some(1.0));
        // a night between two attempts
        assert_eq!(
            rate(&[0.0, 1.0, 2.0, 3.0, 30000.0, 30000.5, 30001.0]),
            Some(2.0)
        );
        // chunks that take long have no pauses between them
        assert_eq!(rate(&[0.0, 100.0, 200.0]), Some(0.01));
    }

    #[test]
    fn times_that_no_clock_has_change_nothing() {
        let marks = vec![
            mark(f64::NAN),
            mark(f64::INFINITY),
            mark(10.0),
            Mark::default(),
        ];
        let status = Status::new("x".into(), State::Interrupted, marks, None);
        assert_eq!((status.done, status.total, status.last), (3, 4, Some(10.0)));
        for wild in [f64::MAX, -1e300] {
            let marks = vec![mark(wild), mark(0.0)];
            let status = Status::new("x".into(), State::Interrupted, marks, None);
            assert!(status.text().contains("2 of 2 chunks"));
            let json: serde_json::Value = serde_json::from_str(&status.json()).unwrap();
            assert_eq!(
                (&json["left"], &json["state"]),
                (&json!(0), &json!("interrupted"))
            );
        }
    }
}
