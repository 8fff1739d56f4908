//! `slepian submit` with stand-ins for Slurm's commands: what is refused since no node could ever run it, and what is queued
//! where Slurm's answers say nothing. With a real one: tests/cluster.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Folder, Launch};

/// Three nodes of 4 CPUs, of which one is down, and a large one in a partition of its own; as Slurm 22.05 answers.
const PARTITIONS: &str = "\
PartitionName=main Default=YES QoS=N/A MaxNodes=UNLIMITED MaxTime=UNLIMITED MaxCPUsPerNode=UNLIMITED PreemptMode=OFF \
    TotalCPUs=12 TotalNodes=3 SelectTypeParameters=NONE DefMemPerCPU=500 MaxMemPerNode=UNLIMITED
PartitionName=large Default=NO QoS=N/A MaxNodes=1 MaxTime=02:00:00 MaxCPUsPerNode=UNLIMITED PreemptMode=CANCEL \
    TotalCPUs=64 TotalNodes=1 SelectTypeParameters=NONE DefMemPerNode=UNLIMITED MaxMemPerNode=UNLIMITED
";
const NODES: &str =
    "case \"$*\" in *large*) echo 'n4|64|500000' ;; *) printf 'n%s|4|8000\\n' 1 2 3 ;; esac";
const CONFIG: &str = "PreemptMode             = OFF
PreemptType             = preempt/partition_prio
SelectTypeParameters    = CR_CORE_MEMORY
JobSubmitPlugins        = (null)
";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 6 --channels 4 --samples 500 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 4\n");
    stand_in(&folder, "sbatch", "echo 7");
    stand_in(&folder, "srun", "echo pmix pmi2");
    stand_in(&folder, "sinfo", NODES);
    answer(&folder, PARTITIONS, CONFIG);
    folder
}

fn stand_in(folder: &Folder, name: &str, text: &str) {
    let path = folder.write(&format!("bin/{name}"), format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What `scontrol` answers.
fn answer(folder: &Folder, partitions: &str, config: &str) {
    folder.write("partitions", partitions);
    folder.write("config", config);
    let text = "case \"$*\" in *partition*) cat partitions ;; *config*) cat config ;; esac";
    stand_in(folder, "scontrol", text);
}

fn submit(folder: &Folder, args: &[&str]) -> Launch {
    let path = format!(
        "{}:{}",
        folder.path("bin").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let submit = folder.slepian(&["submit", "study.toml", "--detach"]);
    submit.args(args).variable("PATH", &path)
}

#[test]
fn what_a_partition_can_never_run_is_refused_before_it_is_queued() {
    let folder = folder();
    for (args, expected) in [
        (&["-n", "13"][..], "room for 12 on 3 nodes"),
        (
            &["-n", "4", "--nodes", "4"],
            "cluster.nodes = 4, and a job gets 3 nodes",
        ),
        (&["-n", "8", "--processes", "8"], "cluster.processes = 8"),
        (&["--cores-per-job", "5"], "a job gets 4 CPUs of a node"),
        (&["--mem-per-job", "9GiB"], "cluster.mem_per_job = 9.0 GiB"),
        (
            &["-p", "large", "--time", "3:00:00"],
            "cluster.time = 3:00:00, and it allows 2h",
        ),
        (&["-p", "large", "-n", "65"], "room for 64 on 1 node"),
        (
            &["-p", "main,large", "-n", "65"],
            "partition large can never",
        ),
        (
            &["-n", "13", "--sbatch=--exclusive -C avx512"],
            "room for 12",
        ),
    ] {
        for more in [&[][..], &["--dry-run"]] {
            let error = submit(&folder, args).args(more).fails_with(2);
            assert!(error.contains(expected), "{args:?}: {error}");
            assert!(error.contains("expected"), "{args:?}: {error}");
        }
    }
    assert!(!folder.has("slepian_jobs"));
}

#[test]
fn what_some_nodes_may_run_is_queued() {
    let folder = folder();
    for args in [
        &["-n", "12"][..],
        &["-n", "3", "--nodes", "4"],
        &["-p", "large", "--time", "2:00:00", "-n", "64"],
        &["-p", "main,large", "-n", "64"],
        &["-p", "large", "--time", "3:00:00", "--qos", "long"],
        // these say something else of ranks and nodes
        &["-n", "13", "--sbatch=--overcommit"],
        &["-n", "13", "--sbatch=-plarge"],
    ] {
        let outcome = submit(&folder, args).succeeds();
        assert_eq!(outcome.stdout, "7\n", "{args:?}: {outcome}");
    }
    let other = submit(&folder, &["-n", "13"]).variable("SBATCH_OVERCOMMIT", "1");
    other.succeeds();
}

#[test]
fn a_slurm_that_cannot_be_asked_or_answers_strangely_is_left_to_decide() {
    let folder = folder();
    let too_many = ["-n", "1000", "--verbose"];
    let check = |how: &str| {
        let outcome = submit(&folder, &too_many).succeeds();
        assert_eq!(outcome.stdout, "7\n", "{how}: {outcome}");
        let said = "debug: the job is submitted unchecked: ";
        assert!(outcome.stderr.contains(said), "{how}: {outcome}");
        let outcome = submit(&folder, &too_many[..2]).succeeds();
        assert!(!outcome.stderr.contains("unchecked"), "{how}: {outcome}");
    };
    submit(&folder, &too_many).fails_with(2);
    for text in ["exit 1", "echo nonsense", "true", "echo 'n1|4|8000'"] {
        stand_in(&folder, "sinfo", text);
        check(text);
    }
    folder.remove("bin/sinfo");
    stand_in(&folder, "sinfo", NODES);
    let strange = PARTITIONS.replace("TotalNodes=3", "TotalNodes=some");
    answer(&folder, &strange, CONFIG);
    check("TotalNodes=some");
    answer(&folder, PARTITIONS, "JobSubmitPlugins = lua\n");
    check("a plugin may choose another partition");
    for text in ["exit 1", "echo nonsense", "true"] {
        stand_in(&folder, "scontrol", text);
        check(text);
    }
}

#[test]
fn a_partition_that_cancels_what_it_preempts_is_a_warning() {
    let folder = folder();
    let said = "cancels jobs that it preempts (PreemptMode=CANCEL)";
    let outcome = submit(&folder, &["-p", "large"]).succeeds();
    assert!(
        outcome
            .stderr
            .contains(&format!("warning: partition large {said}")),
        "{outcome}"
    );
    let outcome = submit(&folder, &[]).succeeds();
    assert!(!outcome.stderr.contains(said), "{outcome}");
    let by_cluster = CONFIG.replace("= OFF", "= CANCEL");
    answer(
        &folder,
        &PARTITIONS.replace("PreemptMode=OFF ", ""),
        &by_cluster,
    );
    let outcome = submit(&folder, &[]).succeeds();
    assert!(
        outcome
            .stderr
            .contains(&format!("warning: partition main {said}")),
        "{outcome}"
    );
}

#[test]
fn a_bare_number_of_a_time_is_seconds() {
    let folder = folder();
    let waits =
        "case \"$*\" in *job*) echo JobId=7 JobState=PENDING Reason=Resources ExitCode=0:0 ;; esac";
    stand_in(&folder, "scontrol", waits);
    stand_in(&folder, "scancel", "true");
    let path = format!("{}:/usr/bin:/bin", folder.path("bin").display());
    let submit = folder.slepian(&["submit", "study.toml", "--timeout", "1"]);
    let error = submit.variable("PATH", &path).fails_with(1);
    assert!(error.contains("has not started within 1.00s"), "{error}");
}

#[test]
fn a_config_whose_name_is_no_utf8_is_refused() {
    let folder = folder();
    let line = format!(
        "cp study.toml $'study-\\xff.toml' && PATH='{}':$PATH '{}' submit $'study-\\xff.toml' --detach",
        folder.path("bin").display(),
        env!("CARGO_BIN_EXE_slepian"),
    );
    let error = Launch::of("bash", folder.as_path())
        .args(&["-c", &line])
        .fails_with(2);
    assert!(error.contains("its name is no UTF-8"), "{error}");
    assert!(!folder.has("slepian_jobs"));
}
