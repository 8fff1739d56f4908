//! The cluster: jobs in it, what Slurm says of them, and its nodes.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Folder, Launch, Spectra};

/// A job that was requeued waits some seconds; a lost node is noticed after half a minute.
const LIMIT: Duration = Duration::from_secs(240);

/// Runs a command of Slurm's or of the network's; its output.
pub fn ask(words: &[&str]) -> String {
    answer(words).unwrap_or_else(|failure| panic!("{words:?}: {failure}"))
}

/// The output of a command, or what it says when it fails.
fn answer(words: &[&str]) -> Result<String, String> {
    let output = Command::new(words[0]).args(&words[1..]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.success() {
        true => Ok(text),
        false => Err(format!(
            "{}: {text}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// The folder of the Slurm that runs.
pub fn base() -> PathBuf {
    let conf = std::env::var("SLURM_CONF").expect("make test-cluster starts a Slurm");
    PathBuf::from(conf).ancestors().nth(2).unwrap().to_owned()
}

/// A study of `n_trials` trials, each of which takes `ms` to compute on any of four ranks, on four ranks of two nodes.
pub fn study(n_trials: usize, ms: usize) -> Study {
    let folder = Folder::new();
    folder.synth(&format!(
        "white_noise --trials {n_trials} --channels 4 --samples 500 --seed 5"
    ));
    folder.study(
        "[freqanalysis]\ntapsmofrq = 8\n[cluster]\nn_jobs = 4\nnodes = 2\nprocesses = 2\nmem_per_job = \"300 MiB\"\n",
    );
    let undisturbed = folder.undisturbed(&[]);
    let slow = |rank| format!("compute:{rank}:*:{ms}ms");
    let faults = (0..4).map(slow).collect::<Vec<_>>().join(",");
    Study {
        folder,
        undisturbed,
        faults,
        is_over_network: false,
    }
}

/// A folder with a study, and its spectra.
pub struct Study {
    pub folder: Folder,
    pub undisturbed: Spectra,
    faults: String,
    is_over_network: bool,
}

impl Study {
    /// `slepian submit study.toml`.
    pub fn submit(&self, args: &[&str]) -> Launch {
        let submit = self.folder.slepian(&["submit", "study.toml"]).args(args);
        // what is done is seen at once
        let submit = submit.sets(&["output.checkpoint_every=0"]);
        let submit = in_cluster(submit).variable("SLEPIAN_FAULT", &self.faults);
        match self.is_over_network {
            true => submit.variable("UCX_TLS", "tcp,self"),
            false => submit,
        }
    }

    /// Over the network also with MPICH, whose UCX sees that these nodes are one machine and reaches across in memory.
    pub fn over_network(mut self) -> Study {
        self.is_over_network = true;
        self
    }

    /// Submits and does not follow; the job.
    pub fn detached(&self, args: &[&str]) -> Job {
        let outcome = self.submit(&["--detach"]).args(args).succeeds();
        Job(outcome.stdout.trim().to_owned())
    }

    /// Waits until some trials are done, and some are left.
    pub fn wait_for_work(&self, job: &Job) {
        wait(
            &format!("{} has done some work: {}", job.0, job.line()),
            || {
                self.folder.has("spectra.spy/spectra.spectral.part")
                    && self.folder.status()["done"].as_u64() > Some(0)
            },
        );
        assert!(self.folder.status()["left"].as_u64() > Some(0));
    }

    /// The result has the bits of a job that nothing has happened to.
    pub fn assert_whole(&self) {
        self.folder.slepian(&["verify", "spectra.spy"]).succeeds();
        Spectra::read(&self.folder.path("spectra.spy"))
            .assert_same_as(&self.undisturbed, "cluster");
    }

    /// What the job has written to its log.
    pub fn log(&self, job: &Job) -> String {
        let name = format!("slepian_jobs/slepian-study-{}.log", job.0);
        std::fs::read_to_string(self.folder.path(&name)).unwrap_or_default()
    }
}

/// The same launch, which knows the cluster.
pub fn in_cluster(launch: Launch) -> Launch {
    launch.variable("SLURM_CONF", &std::env::var("SLURM_CONF").unwrap())
}

/// A job by its number.
pub struct Job(pub String);

impl Job {
    fn line(&self) -> String {
        let mut line = None;
        let words = ["scontrol", "show", "job", "-o", &self.0];
        // Slurm is slow to answer while it tries to reach a node that was cut off
        wait(&format!("Slurm knows job {}", self.0), || {
            line = answer(&words).ok();
            line.is_some()
        });
        line.expect("it was answered")
    }

    /// One field of what Slurm says.
    pub fn field(&self, key: &str) -> String {
        let line = self.line();
        let pair = line.split_whitespace().find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name == key).then(|| value.to_owned())
        });
        pair.unwrap_or_default()
    }

    pub fn wait_for_state(&self, state: &str) {
        wait(&format!("job {} comes to {state}", self.0), || {
            self.field("JobState") == state
        });
    }

    /// Waits for the end of a job that puts itself back into the queue.
    pub fn wait_for_result(&self, study: &Study) {
        wait(&format!("job {} has finished", self.0), || {
            let state = self.field("JobState");
            assert!(
                !["FAILED", "CANCELLED", "TIMEOUT"].contains(&&state[..]),
                "{state}: {}",
                study.log(self)
            );
            state == "COMPLETED" && study.folder.has("spectra.spy/spectra.spectral.info")
        });
    }
}

impl Drop for Study {
    fn drop(&mut self) {
        if std::thread::panicking() {
            cancel_all();
        }
    }
}

/// The next test needs the nodes.
fn cancel_all() {
    drop(answer(&["scancel", "--user", "root"]));
}

/// Waits for something that Slurm does.
pub fn wait(what: &str, holds: impl FnMut() -> bool) {
    assert!(comes_to_pass(holds), "it never came to pass: {what}");
}

/// Whether something that Slurm does happens in time.
fn comes_to_pass(mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !holds() {
        if start.elapsed() > LIMIT {
            return false;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    true
}

/// A node that something happens to; well again when dropped.
pub struct Node(pub String);

impl Node {
    fn number(&self) -> &str {
        self.0.trim_start_matches('n')
    }

    /// Kills everything that runs on it.
    pub fn dies(&self) {
        let pids = ask(&["ip", "netns", "pids", &format!("slepian-{}", self.0)]);
        for pid in pids.split_whitespace() {
            crate::support::send(pid.parse().unwrap(), rustix::process::Signal::KILL);
        }
    }

    /// Takes it off the network; its processes live on.
    pub fn is_cut_off(&self) {
        ask(&[
            "ip",
            "link",
            "set",
            &format!("slepian-v{}", self.number()),
            "down",
        ]);
    }

    /// Bytes that it has sent to the others.
    pub fn sent(&self) -> u64 {
        let path = format!(
            "/sys/class/net/slepian-v{}/statistics/rx_bytes",
            self.number()
        );
        std::fs::read_to_string(path)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        ask(&[
            "ip",
            "link",
            "set",
            &format!("slepian-v{}", self.number()),
            "up",
        ]);
        let pids = ask(&["ip", "netns", "pids", &format!("slepian-{}", self.0)]);
        if pids.trim().is_empty() {
            let start = base().join("start-node");
            ask(&[start.to_str().unwrap(), &self.0]);
        }
        if std::thread::panicking() {
            cancel_all();
        }
        let words = ["sinfo", "-h", "-n", &self.0, "-o", "%t", "-p", "main"];
        let is_back = comes_to_pass(|| answer(&words).is_ok_and(|state| state.trim() == "idle"));
        assert!(is_back || std::thread::panicking(), "the node is back");
    }
}
