//! Faults for the tests, from the environment; release builds have none of it.
//!
//! `SLEPIAN_FAULT="POINT:RANK[:NTH[:ACTION]]"`, several with commas: when rank `RANK` comes to `POINT` for the `NTH` time
//! (from 0; `*` is every time), `ACTION` happens: `fail` with an error of its own (the default), `eio` or `full` with the
//! system's, `panic`, `kill`, `stop` or `usr1` by signal, `20ms` a pause of this length, `sleep` one of ten minutes after
//! making a file `stuck`.

/// Where a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before samples are read.
    Read,
    /// Between reading and writing.
    Compute,
    /// Before spectra are written.
    Write,
    /// When half of a block has been written.
    MidWrite,
    /// Before blocks are synced to disk.
    Sync,
    /// When blocks are on disk and not marked yet.
    Mark,
    /// When some marks of a checkpoint are written.
    MidMark,
    /// Before the room of a file is reserved; armed, it is not.
    Reserve,
    /// While the files of a result are made.
    Create,
    /// Before sums are added up.
    Add,
    /// Before a tile is packed.
    Pack,
    /// Before the finished file gets its name.
    Rename,
    /// When an old result has lost its `.info`, and its data have their name.
    Replace,
    /// When it has its name and `.info` does not.
    Commit,
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustix::io::Errno;
    use rustix::process::{Signal, getpid, kill_process};

    use super::Point;

    static RANK: AtomicUsize = AtomicUsize::new(0);
    static VISITS: [AtomicUsize; 14] = [const { AtomicUsize::new(0) }; 14];

    pub fn set_rank(rank: usize) {
        RANK.store(rank, Ordering::Relaxed);
    }

    /// The fields after `POINT` of every fault for this point and rank.
    fn faults(point: Point) -> Vec<(String, String)> {
        let word = format!("{point:?}").to_lowercase();
        let rank = RANK.load(Ordering::Relaxed).to_string();
        let all = std::env::var("SLEPIAN_FAULT").unwrap_or_default();
        all.split(',')
            .filter_map(|fault| {
                let mut fields = fault.split(':').map(str::to_owned);
                (fields.next()? == word && fields.next()? == rank).then(|| {
                    let nth = fields.next().unwrap_or_else(|| "0".into());
                    (nth, fields.next().unwrap_or_else(|| "fail".into()))
                })
            })
            .collect()
    }

    pub fn is_armed(point: Point) -> bool {
        !faults(point).is_empty()
    }

    pub fn strike(point: Point) -> std::io::Result<()> {
        let visit = VISITS[point as usize]
            .fetch_add(1, Ordering::Relaxed)
            .to_string();
        for (nth, action) in faults(point) {
            if nth != visit && nth != "*" {
                continue;
            }
            let signal =
                |signal| kill_process(getpid(), signal).expect("a process may signal itself");
            match action.as_str() {
                "eio" => return Err(Errno::IO.into()),
                "full" => return Err(Errno::NOSPC.into()),
                "panic" => panic!("a panic was asked for"),
                "kill" => signal(Signal::KILL),
                "stop" => signal(Signal::STOP),
                "usr1" => {
                    signal(Signal::USR1);
                    // until it is noticed
                    while crate::signals::asked() == 0 {
                        std::thread::sleep(std::time::Duration::from_millis(1));
                    }
                }
                "sleep" => {
                    std::fs::write("stuck", "")?;
                    std::thread::sleep(std::time::Duration::from_secs(600));
                }
                pause => match pause.strip_suffix("ms").and_then(|ms| ms.parse().ok()) {
                    Some(ms) => std::thread::sleep(std::time::Duration::from_millis(ms)),
                    None => return Err(std::io::Error::other("a fault was asked for")),
                },
            }
        }
        Ok(())
    }
}

#[cfg(debug_assertions)]
pub use armed::{is_armed, set_rank, strike};

/// Nothing ever fails here.
#[cfg(not(debug_assertions))]
pub fn strike(_point: Point) -> std::io::Result<()> {
    Ok(())
}

/// Nothing will.
#[cfg(not(debug_assertions))]
pub fn is_armed(_point: Point) -> bool {
    false
}

/// Nobody asks.
#[cfg(not(debug_assertions))]
pub fn set_rank(_rank: usize) {}
