//! Starts the program, alone or under mpiexec. Every launch ends: MPIEXEC_TIMEOUT for the launcher, and a limit of our own
//! after which all its processes are killed.

use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Seconds that any launch may take; a healthy one takes about one.
const LIMIT_S: u64 = 60;
/// How much longer it may take under another program.
const UNDER_TIMES: u32 = 10;
/// What the launcher gets beyond [`LIMIT_S`] to end its ranks by itself.
const GRACE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Environment variable with words that come before the program.
const UNDER: &str = "SLEPIAN_TEST_UNDER";
/// Variables of launchers and batch systems: the tests start from a machine without any.
const FOREIGN: &[&str] = &[
    "SLURM_",
    "SLEPIAN_",
    "PMI_",
    "PMIX_",
    "PALS_",
    "OMPI_COMM_",
    "MV2_",
];

/// One job of several ranks at a time: more would only wait for each other's processors.
static ONE_JOB: Mutex<()> = Mutex::new(());

/// HDF5's files and their locks pass on to every process that is started while they are open: nothing is started while this
/// test program has one open.
static FILES: Mutex<()> = Mutex::new(());

/// Does something with files of HDF5's, all of which are closed again in the end.
pub fn with_files<T>(f: impl FnOnce() -> T) -> T {
    let _alone = FILES
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    f()
}

/// Whether the ranks are MPICH's or a relative's, not Open MPI's.
pub fn is_mpich() -> bool {
    slepian::comm::is_mpich()
}

/// Whether programs without a launcher run under another one, as valgrind.
pub fn is_under_another_program() -> bool {
    std::env::var_os(UNDER).is_some()
}

/// The file of the running test program.
pub fn this_program() -> PathBuf {
    std::env::current_exe().expect("a running program has a file")
}

/// A program about to be started.
#[derive(Clone)]
pub struct Launch {
    program: PathBuf,
    args: Vec<String>,
    variables: Vec<(String, String)>,
    folder: PathBuf,
    ranks: Option<usize>,
    prefix: Vec<String>,
    faults: Option<Vec<String>>,
}

/// How it ended.
#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Launch {
    pub fn of(program: impl Into<PathBuf>, folder: &Path) -> Launch {
        Launch {
            program: program.into(),
            args: Vec::new(),
            variables: Vec::new(),
            folder: folder.to_owned(),
            ranks: None,
            prefix: Vec::new(),
            faults: None,
        }
    }

    pub fn args(mut self, args: &[&str]) -> Launch {
        self.args.extend(args.iter().map(|arg| arg.to_string()));
        self
    }

    /// Adds `--set` for each of them.
    pub fn sets(self, sets: &[&str]) -> Launch {
        sets.iter()
            .fold(self, |launch, set| launch.args(&["--set", set]))
    }

    pub fn variable(mut self, name: &str, value: &str) -> Launch {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Under mpiexec; without this, one process without a launcher.
    pub fn ranks(mut self, ranks: usize) -> Launch {
        self.ranks = Some(ranks);
        self
    }

    /// Words before the program of every rank, as `env` or a shell that sets limits.
    pub fn through(mut self, prefix: &[&str]) -> Launch {
        self.prefix = prefix.iter().map(|word| word.to_string()).collect();
        self
    }

    /// Under mpiexec, each rank with its own fault.
    pub fn faults(mut self, faults: &[&str]) -> Launch {
        self.ranks = Some(faults.len());
        self.faults = Some(faults.iter().map(|fault| fault.to_string()).collect());
        self
    }

    /// Over TCP, where nobody reaches another rank's memory: options of Open MPI's, and of MPICH's over UCX.
    pub fn over_tcp(self) -> Launch {
        self.variable("OMPI_MCA_btl", "tcp,self")
            .variable("OMPI_MCA_osc", "^sm")
            .variable("MPIR_CVAR_NOLOCAL", "1")
            .variable("UCX_TLS", "tcp,self")
    }

    fn rank_words(&self) -> Vec<String> {
        let mut words = self.prefix.clone();
        words.push(self.program.display().to_string());
        words.extend(self.args.iter().cloned());
        words
    }

    /// What the program runs under where nothing else is in between and there is no launcher: `SLEPIAN_TEST_UNDER`, as
    /// `valgrind` with its options.
    fn under(&self) -> Vec<String> {
        let is_ours = self.program == Path::new(env!("CARGO_BIN_EXE_slepian"));
        if !is_ours || !self.prefix.is_empty() {
            return Vec::new();
        }
        let under = std::env::var(UNDER).unwrap_or_default();
        under.split_whitespace().map(str::to_owned).collect()
    }

    fn words(&self) -> Vec<String> {
        let Some(ranks) = self.ranks else {
            return [self.under(), self.rank_words()].concat();
        };
        let mut words = launcher();
        let of_ranks = |n: usize| vec!["-n".to_owned(), n.to_string()];
        match &self.faults {
            None => {
                words.extend(of_ranks(ranks));
                words.extend(self.rank_words());
            }
            Some(faults) => {
                for (rank, fault) in faults.iter().enumerate() {
                    words.extend((rank > 0).then(|| ":".to_owned()));
                    words.extend(of_ranks(1));
                    words.extend(["env".to_owned(), format!("SLEPIAN_FAULT={fault}")]);
                    words.extend(self.rank_words());
                }
            }
        }
        words
    }

    /// Starts it and does not wait.
    pub fn starts(&self) -> Running {
        // a test that failed while it held the lock has nothing to do with this one
        let turn = self.ranks.map(|_| {
            ONE_JOB
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
        });
        let words = self.words();
        let output = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let file = |name| File::create(output.path().join(name)).unwrap();
        let mut command = Command::new(&words[0]);
        for (name, _) in std::env::vars_os() {
            if FOREIGN
                .iter()
                .any(|start| name.to_string_lossy().starts_with(start))
            {
                command.env_remove(name);
            }
        }
        command
            .args(&words[1..])
            .current_dir(&self.folder)
            .env("MPIEXEC_TIMEOUT", LIMIT_S.to_string())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .process_group(0);
        let child = with_files(|| command.spawn())
            .unwrap_or_else(|error| panic!("cannot start {words:?}: {error}"));
        Running {
            child,
            words,
            output,
            _turn: turn,
        }
    }

    /// Waits for its end.
    pub fn ends(&self) -> Outcome {
        self.starts().ends()
    }

    /// Waits for its end, which must be a good one.
    pub fn succeeds(&self) -> Outcome {
        let outcome = self.ends();
        assert!(outcome.status.success(), "{:?}: {outcome}", self.words());
        outcome
    }

    /// Waits for its end, which must have this exit code and one line that begins with `error:`; the line.
    pub fn fails_with(&self, code: i32) -> String {
        let outcome = self.ends();
        assert_eq!(
            outcome.status.code(),
            Some(code),
            "{:?}: {outcome}",
            self.words()
        );
        outcome.only_error()
    }
}

/// A program that runs.
pub struct Running {
    child: Child,
    words: Vec<String>,
    output: tempfile::TempDir,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Running {
    /// Process number of the program, or of its launcher.
    pub fn number(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to the program, or to its launcher.
    pub fn signal(&self, signal: Signal) {
        send(self.child.id(), signal);
    }

    /// Waits until something holds, and fails when the program ends before.
    pub fn wait_until(&mut self, what: &str, mut holds: impl FnMut(&Running) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(LIMIT_S);
        while !holds(self) {
            assert!(self.is_running(), "the program ended before {what}");
            assert!(Instant::now() < deadline, "{what}: it never came");
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Process numbers of its ranks: what runs `program` below the launcher.
    pub fn ranks(&self, program: &Path) -> Vec<u32> {
        descendants(self.child.id())
            .into_iter()
            .filter(|pid| {
                std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == program)
            })
            .collect()
    }

    /// Waits for its end.
    pub fn ends(mut self) -> Outcome {
        let slow = if is_under_another_program() {
            UNDER_TIMES
        } else {
            1
        };
        let deadline = Instant::now() + Duration::from_secs(LIMIT_S) * slow + GRACE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                self.kill();
                let status = self.child.wait().unwrap();
                panic!("{:?} did not end: {}", self.words, self.outcome(status));
            }
            std::thread::sleep(LOOK_EVERY);
        };
        let outcome = self.outcome(status);
        // mpiexec's own limit strikes first: that is a hang too
        let n_s = format!("{LIMIT_S}");
        let is_late = outcome.stderr.lines().any(|line| {
            // the program's own words may quote parallel.peer_timeout
            let line = line.to_lowercase().replace("peer_timeout", "");
            line.contains("timeout") && line.contains(&n_s) || line.contains("time limit")
        });
        assert!(!is_late, "{:?} did not end: {outcome}", self.words);
        outcome
    }

    fn outcome(&self, status: ExitStatus) -> Outcome {
        let text = |name| {
            String::from_utf8_lossy(&std::fs::read(self.output.path().join(name)).unwrap())
                .into_owned()
        };
        Outcome {
            status,
            stdout: text("stdout"),
            stderr: text("stderr"),
        }
    }

    fn kill(&mut self) {
        // launchers put ranks into groups of their own
        let below = descendants(self.child.id());
        if let Some(group) = pid(self.child.id()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        for number in below.into_iter().filter_map(pid) {
            let _ = kill_process(number, Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // a test that failed meanwhile leaves nothing running
        if self.is_running() {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

impl Outcome {
    /// The one line that begins with `error:`.
    pub fn only_error(&self) -> String {
        let lines: Vec<&str> = self
            .stderr
            .lines()
            .filter(|line| line.starts_with("error:"))
            .collect();
        assert_eq!(lines.len(), 1, "expected one error line: {self}");
        lines[0].to_owned()
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let signal = self
            .status
            .signal()
            .map_or(String::new(), |signal| format!(" (signal {signal})"));
        write!(
            f,
            "{}{signal}\n--- stdout ---\n{}\n--- stderr ---\n{}",
            self.status, self.stdout, self.stderr
        )
    }
}

/// `MPIEXEC`, else the launcher of the MPI library this is built with.
pub fn launcher() -> Vec<String> {
    let named = std::env::var("MPIEXEC").unwrap_or_default();
    let mut words: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let is_there = |name: &str| std::env::split_paths(&path).any(|p| p.join(name).is_file());
        // where two libraries are installed, plain mpiexec may be the other one's
        let own = if is_mpich() {
            "mpiexec.mpich"
        } else {
            "mpiexec.openmpi"
        };
        words.push(if is_there(own) { own } else { "mpiexec" }.to_owned());
    }
    if !is_mpich() {
        // more ranks than processors, which are not all bound to the first
        words.extend(["--oversubscribe", "--bind-to", "none"].map(str::to_owned));
    }
    words
}

/// Sends a signal to a process, if it is there.
pub fn send(number: u32, signal: Signal) {
    if let Some(pid) = pid(number) {
        let _ = kill_process(pid, signal);
    }
}

/// Waits until none of these processes is left: ranks outlive a launcher that was killed, for a moment.
pub fn wait_until_gone(numbers: &[u32]) {
    let is_there = |number: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        // a zombie does nothing any more
        stat.rsplit_once(')')
            .is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
    };
    let deadline = Instant::now() + Duration::from_secs(LIMIT_S);
    while numbers.iter().any(is_there) {
        assert!(Instant::now() < deadline, "{numbers:?} are still there");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Whether a process is stopped by a signal.
pub fn is_stopped(number: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
}

fn pid(number: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(number).ok()?)
}

/// All processes below a process.
fn descendants(root: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(number) = entry
            .file_name()
            .to_str()
            .and_then(|n| n.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // the name in parentheses may hold spaces; state and parent follow it
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (number, parent)));
    }
    let mut below = vec![root];
    let mut at = 0;
    while at < below.len() {
        let here = below[at];
        below.extend(parents.iter().filter(|(_, p)| *p == here).map(|(n, _)| *n));
        at += 1;
    }
    below.split_off(1)
}
