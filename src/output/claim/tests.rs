use super::*;

fn target(folder: &tempfile::TempDir) -> Target {
    Target::new(&folder.path().join("s.spy"), "spectral")
}

fn take(target: &Target, intent: Intent) -> Result<Claim> {
    let (mut claim, _) = Claim::take(target, Path::new("elsewhere.analog"), intent)?;
    claim.clear()?;
    std::fs::write(&target.part, "").unwrap();
    claim.own(&[&target.part])?;
    Ok(claim)
}

#[test]
fn a_second_job_is_refused_while_the_first_lives_whatever_it_wants() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&folder);
    let first = take(&target, Intent::Anew).unwrap();
    for intent in [Intent::Resume, Intent::Overwrite] {
        let refusal = take(&target, intent)
            .expect_err("the first job lives")
            .to_string();
        assert!(refusal.contains("another job"), "{refusal}");
    }
    assert!(
        first.check().is_ok(),
        "the refused jobs left the first one's files alone"
    );
    drop(first);
    assert!(take(&target, Intent::Overwrite).is_ok());
}

#[test]
fn discarding_removes_what_was_begun_and_nothing_that_came_later() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&folder);
    let mut claim = take(&target, Intent::Anew).unwrap();
    claim.discard();
    assert!(!target.container.exists());

    let mut claim = take(&target, Intent::Anew).unwrap();
    // inodes are reused: a new file may have the old number, which a second one cannot have
    let other = folder.path().join("other");
    std::fs::write(&other, "of another job").unwrap();
    std::fs::rename(&other, &target.part).unwrap();
    assert!(claim.check().is_err());
    claim.discard();
    assert!(target.part.exists());
}

#[test]
fn what_a_later_start_has_taken_over_is_no_longer_this_jobs_to_remove() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&folder);
    let mut claim = take(&target, Intent::Anew).unwrap();
    assert!(claim.check_owner().is_ok());
    let later = Owner {
        job: Some("7".into()),
        restart: claim.owner.restart + 1,
        ..claim.owner.clone()
    };
    std::fs::write(&target.lock, serde_json::to_vec(&later).unwrap()).unwrap();
    let lost = claim.check_owner().unwrap_err().to_string();
    assert!(
        lost.contains("lost its lock") && lost.contains("job 7"),
        "{lost}"
    );
    claim.discard();
    assert!(target.part.exists() && target.lock.exists());
}

#[test]
fn links_under_temporary_names_are_removed_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&folder);
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "data").unwrap();
    target.make_container().unwrap();
    for link in [
        &target.part,
        &target.sums,
        &target.info_part,
        &target.packed,
    ] {
        std::os::unix::fs::symlink(&precious, link).unwrap();
    }
    let lock_of_mpi = target.container.join("s.spectral.packed.part-123-4.lock");
    std::fs::write(&lock_of_mpi, "").unwrap();
    let (claim, found) = Claim::take(&target, Path::new("x"), Intent::Overwrite).unwrap();
    assert_eq!(found, Found::Nothing);
    claim.clear().unwrap();
    assert!(target.part.symlink_metadata().is_err());
    assert!(!lock_of_mpi.exists());
    drop(claim);
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "data");
}
