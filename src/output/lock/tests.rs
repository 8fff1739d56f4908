use super::*;

fn path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.lock");
    (folder, path)
}

#[test]
fn a_lock_is_held_by_one_and_goes_with_it() {
    let (_folder, path) = path();
    let first = Lock::take(&path).unwrap();
    let refusal = Lock::take(&path).unwrap_err().to_string();
    let pid = std::process::id();
    assert!(
        refusal.contains("another job is at work on this result"),
        "{refusal}"
    );
    assert!(refusal.contains(&format!("process {pid} on ")), "{refusal}");
    assert!(first.check().is_ok());
    drop(first);
    assert!(!path.exists());
    Lock::take(&path).unwrap();
}

#[test]
fn what_a_killed_job_left_is_taken() {
    let (_folder, path) = path();
    for left in ["", "{", "{\"pid\": -1}", "not even JSON \u{0}"] {
        std::fs::write(&path, left).unwrap();
        Lock::take(&path).unwrap();
    }
    let gone = Owner {
        host: "elsewhere".into(),
        ..Owner::here()
    };
    std::fs::write(&path, serde_json::to_vec(&gone).unwrap()).unwrap();
    let lock = Lock::take(&path).unwrap();
    assert_eq!(lock.taken_from, Some(gone));
}

#[test]
fn a_later_start_of_the_same_batch_job_takes_over_and_no_other() {
    let (_folder, path) = path();
    let of = |job: &str, restart| Owner {
        job: Some(job.into()),
        restart,
        ..Owner::here()
    };
    let first = Lock::take_as(&path, &of("7", 1)).unwrap();
    for other in [
        of("7", 0),
        of("7", 1),
        of("8", 2),
        Owner {
            job: None,
            ..of("7", 5)
        },
    ] {
        assert!(Lock::take_as(&path, &other).is_err(), "{other:?}");
    }
    let second = Lock::take_as(&path, &of("7", 2)).unwrap();
    let lost = first.check().unwrap_err().to_string();
    assert!(
        lost.contains("lost its lock") && lost.contains("job 7"),
        "{lost}"
    );
    // the first one leaves what is no longer its own
    drop(first);
    assert!(second.check().is_ok() && path.exists());
}

#[test]
fn of_many_that_want_a_lock_that_was_left_one_gets_it() {
    let (folder, path) = path();
    std::fs::write(&path, "left").unwrap();
    let start = std::sync::Barrier::new(8);
    let locks: Vec<Option<Lock>> = std::thread::scope(|scope| {
        let take = || {
            start.wait();
            Lock::take(&path).ok()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(take)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let held: Vec<&Lock> = locks.iter().flatten().collect();
    assert_eq!(held.len(), 1);
    assert!(held[0].check().is_ok());
    assert!(matches!(holder(&path), Holder::Somebody(Some(_))));
    drop(locks);
    assert_eq!(holder(&path), Holder::Nobody);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn links_and_fifos_in_its_place_are_refused_or_replaced_but_never_followed() {
    let (folder, path) = path();
    std::os::unix::fs::symlink(folder.path().join("precious"), &path).unwrap();
    assert!(Lock::take(&path).is_err());
    assert!(!folder.path().join("precious").exists());
    std::fs::remove_file(&path).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(fifo.unwrap().success());
    // nobody waits for a writer
    drop(Lock::take(&path));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        usize::from(path.exists())
    );
}

#[test]
fn files_beside_a_lock_have_names_of_their_own_in_every_container() {
    let name = beside(Path::new("x.lock"), "old");
    let name = name.to_str().unwrap();
    let here = Owner::here();
    let namespace = here.pid_namespace.expect("Linux says").to_string();
    assert!(name.starts_with("x.lock.old-"), "{name}");
    let parts: Vec<&str> = name.split('-').collect();
    assert!(parts.contains(&&namespace[..]), "{name}");
    assert!(parts.contains(&&here.boot_id[..8]), "{name}");
    assert!(parts.contains(&&here.pid.to_string()[..]), "{name}");
}
