//! `slepian submit` without a cluster: what is refused before anything is queued, and the scripts it writes. With a cluster:
//! tests/cluster.

use crate::support::{Folder, Launch};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 6 --channels 4 --samples 500 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 4\n[cluster]\nn_jobs = 4\npartition = \"16GBXL\"\n");
    folder
}

/// A PATH without any batch system.
fn submit(folder: &Folder, args: &[&str]) -> Launch {
    let submit = folder.slepian(&["submit", "study.toml"]).args(args);
    submit.variable("PATH", "/nowhere")
}

#[test]
fn without_a_batch_system_the_ways_that_are_left_are_named() {
    let folder = folder();
    let error = submit(&folder, &[]).fails_with(2);
    assert!(error.contains("no sbatch in PATH"), "{error}");
    assert!(
        error.contains("run --ranks") && error.contains("--scheduler script"),
        "{error}"
    );
    assert!(!folder.has("slepian_jobs"));
}

#[test]
fn scripts_are_written_for_every_batch_system_and_flags_go_before_the_config() {
    let folder = folder();
    for (scheduler, lines) in [
        (
            "script",
            ["#SBATCH --ntasks=8", "#SBATCH --partition=16GBXL"],
        ),
        (
            "pbs",
            [
                "#PBS -l select=1:ncpus=8:mpiprocs=8:mem=16384mb",
                "#PBS -q 16GBXL",
            ],
        ),
        ("lsf", ["#BSUB -n 8", "#BSUB -q 16GBXL"]),
    ] {
        let args = ["--scheduler", scheduler, "-n", "8", "--mem-per-job", "2GiB"];
        folder.remove("slepian_jobs");
        let outcome = submit(&folder, &args).succeeds();
        assert_eq!(outcome.stdout, "slepian_jobs/slepian-study.sh\n");
        let script = std::fs::read_to_string(folder.path("slepian_jobs/slepian-study.sh")).unwrap();
        for line in lines {
            assert!(script.lines().any(|l| l == line), "{line}\n{script}");
        }
        let check = std::process::Command::new("bash")
            .arg("-n")
            .arg(folder.path("slepian_jobs/slepian-study.sh"))
            .status();
        assert!(check.unwrap().success(), "{script}");
    }
}

#[test]
fn a_dry_run_shows_the_plan_and_the_script_and_leaves_nothing() {
    let folder = folder();
    let outcome = submit(&folder, &["--dry-run", "--time", "10"]).succeeds();
    assert!(outcome.stdout.contains("\nmemory "), "{outcome}");
    assert!(
        outcome.stdout.contains("\n#SBATCH --time=10\n"),
        "{outcome}"
    );
    assert!(
        outcome.stdout.contains("\n#SBATCH --signal=B:USR1@150\n"),
        "{outcome}"
    );
    assert!(!folder.has("slepian_jobs"));
}

#[test]
fn what_no_job_could_do_is_refused_before_it_is_queued() {
    let folder = folder();
    for (args, expected) in [
        (&["--n-jobs", "0"][..], "cluster.n_jobs = 0"),
        (&["--time", "soon"], "\"2:00:00\""),
        (&["--partition", "a b"], "expected a name"),
        (&["--partition=-x"], "expected a name"),
        (&["--sbatch", "'open"], "every quote closed"),
        (&["--set", "cluster.partion=x"], "did you mean partition?"),
        (
            &[
                "--set",
                "parallel.memory_per_rank=\"4 GiB\"",
                "--mem-per-job",
                "1GiB",
            ],
            "a job has 1.0 GiB",
        ),
        (&["--workdir", "jobs\nrm x"], "without %"),
        (&["--workdir", "jobs-%j"], "without %"),
        (
            &["--sbatch", "--exclusive --chdir=/tmp"],
            "--chdir=/tmp is slepian's own",
        ),
        (&["--sbatch", "-o/dev/null"], "-o/dev/null is slepian's own"),
        (
            &["--set", "cluster.scheduler=pbs", "--after", "7"],
            "are for Slurm",
        ),
        (&["--each", "*.spy"], "expected {stem}"),
        (
            &["--each", "none/*.spy", "--set", "output.path={stem}.spy"],
            "no recording matches",
        ),
    ] {
        let script = ["--set", "cluster.scheduler=script"];
        let error = submit(&folder, &script).args(args).fails_with(2);
        assert!(error.contains(expected), "{args:?}: {error}");
    }
    assert!(!folder.has("slepian_jobs"));
}

#[test]
fn a_trial_that_fits_no_job_is_refused_with_the_memory_that_would_do() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 1 --channels 1 --samples 4000000 --seed 1");
    folder.study("[freqanalysis]\noutput = \"fourier\"\n");
    let args = |memory: &'static str| ["--scheduler", "script", "--mem-per-job", memory];
    let error = submit(&folder, &args("150MiB")).fails_with(2);
    let (_, rest) = error.split_once("--mem-per-job ").expect(&error);
    let enough = rest.split_whitespace().next().unwrap().to_owned();
    submit(
        &folder,
        &["--scheduler", "script", "--mem-per-job", &enough],
    )
    .succeeds();
}

#[test]
fn every_recording_that_matches_gets_a_task_and_a_result_of_its_own() {
    let folder = folder();
    for number in [1, 2] {
        let from = folder.path("recording.spy");
        let to = folder.path(&format!("sub-{number}"));
        std::fs::create_dir_all(&to).unwrap();
        let copied = std::process::Command::new("cp")
            .arg("-r")
            .arg(from)
            .arg(to)
            .status();
        assert!(copied.unwrap().success());
    }
    let args = [
        "--scheduler",
        "script",
        "--each",
        "sub-*/recording.spy",
        "--set",
        "output.path=all/{stem}.spy",
    ];
    submit(&folder, &args).succeeds();
    let script = std::fs::read_to_string(folder.path("slepian_jobs/slepian-study.sh")).unwrap();
    for line in [
        "#SBATCH --array=0-1",
        "    sub-2/recording.spy",
        "    all/sub-2_recording.spy",
    ] {
        assert!(script.lines().any(|l| l == line), "{line}\n{script}");
    }
}

#[test]
fn a_config_that_status_would_take_for_a_result_is_refused_and_no_two_jobs_share_a_script() {
    let folder = folder();
    std::fs::copy(folder.path("study.toml"), folder.path("study.cfg")).unwrap();
    let submit_other = folder.slepian(&["submit", "study.cfg", "--scheduler", "script"]);
    let error = submit_other.fails_with(2);
    assert!(
        error.contains("expected a name that ends in .toml"),
        "{error}"
    );
    let names: Vec<String> = (0..3)
        .map(|_| {
            submit(&folder, &["--scheduler", "script"])
                .succeeds()
                .stdout
        })
        .collect();
    let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    assert_eq!(
        names,
        [
            "slepian_jobs/slepian-study.sh",
            "slepian_jobs/slepian-study-2.sh",
            "slepian_jobs/slepian-study-3.sh"
        ]
    );
}
