//! The files that a header names, in recordings that were renamed.

use super::*;

#[test]
fn a_marker_file_that_is_gone_is_looked_for_under_the_name_of_the_header() {
    let renamed = HEADER.replace("$b.vmrk", "old.vmrk");
    let files = Files::new(&renamed, "Mk1=Stimulus,S 1,1,1");
    let source = files.described().unwrap();
    assert_eq!(source.events.events.len(), 1);
    assert_eq!(
        source.notices,
        [
            "the marker file old.vmrk that the header names is not there: x.vmrk is read, which has the name of the header"
        ]
    );
    std::fs::remove_file(files.path("x.vmrk")).unwrap();
    let error = files.described().unwrap_err().one_line();
    for part in [
        "old.vmrk: cannot find the marker file that the header names",
        "delete the line MarkerFile= from the header",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let files = Files::new(
        HEADER.replace("MarkerFile=$b.vmrk", ""),
        "Mk1=Stimulus,S 1,1,1",
    );
    assert!(files.described().unwrap().events.events.is_empty());
}

#[test]
fn a_data_file_that_is_gone_is_not_replaced_but_named() {
    let files = Files::new(HEADER.replace("$b.eeg", "old.eeg"), "");
    let error = files.described().unwrap_err().one_line();
    for part in [
        "old.eeg: cannot find the data file that the header names",
        "if its samples are in x.eeg, write DataFile=x.eeg in x.vhdr",
    ] {
        assert!(error.contains(part), "{error}");
    }
    std::fs::remove_file(files.path("x.eeg")).unwrap();
    let error = files.described().unwrap_err().one_line();
    assert!(
        error.contains("correct the line DataFile= in x.vhdr"),
        "{error}"
    );
}

#[test]
fn files_of_another_name_are_read_with_a_notice_if_one_has_the_name_of_the_header() {
    let header = HEADER
        .replace("$b.eeg", "old.eeg")
        .replace("$b.vmrk", "old.vmrk");
    let files = Files::new(header, "Mk1=Stimulus,S 1,1,1");
    std::fs::rename(files.path("x.eeg"), files.path("old.eeg")).unwrap();
    std::fs::rename(files.path("x.vmrk"), files.path("old.vmrk")).unwrap();
    assert!(files.described().unwrap().notices.is_empty());
    std::fs::write(files.path("x.eeg"), [0; 16]).unwrap();
    std::fs::write(files.path("x.vmrk"), "").unwrap();
    let source = files.described().unwrap();
    assert_eq!(source.location.path, files.path("old.eeg"));
    assert_eq!(source.notices.len(), 2, "{:?}", source.notices);
    assert!(
        source.notices[0]
            .starts_with("the header names old.eeg, and is read with it, though x.eeg has"),
        "{:?}",
        source.notices
    );
}

#[test]
fn other_files_of_a_recording_lead_to_its_header() {
    let files = Files::new(HEADER, "");
    for name in ["x.vhdr", "x.eeg", "x.vmrk", "x.dat"] {
        assert_eq!(find(&files.path(name)).unwrap(), files.path("x.vhdr"));
    }
    let error = find(&files.path("y.eeg")).unwrap_err().one_line();
    assert!(
        error.contains("y.eeg: no header beside it; expected the .vhdr file"),
        "{error}"
    );
}

#[test]
fn a_file_that_icloud_has_not_downloaded_is_not_said_to_be_missing() {
    let files = Files::new(HEADER, "");
    std::fs::rename(files.path("x.eeg"), files.path(".x.eeg.icloud")).unwrap();
    let error = files.described().unwrap_err().one_line();
    assert!(
        error.contains("x.eeg: iCloud has not downloaded this file"),
        "{error}"
    );
}

#[test]
fn a_file_of_the_name_of_the_header_that_is_not_fetched_is_told_too() {
    let renamed = HEADER.replace("$b.eeg", "old.eeg");
    let files = Files::new(renamed, "");
    std::fs::rename(files.path("x.eeg"), files.path("old.eeg")).unwrap();
    std::os::unix::fs::symlink(".git/annex/objects/k/k", files.path("x.eeg")).unwrap();
    let notices = files.described().unwrap().notices;
    assert_eq!(notices.len(), 1);
    assert!(
        notices[0].contains("though x.eeg has the name of the header"),
        "{notices:?}"
    );
}
