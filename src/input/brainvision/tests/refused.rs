//! Files that cannot be read.

use super::*;

#[test]
fn a_data_file_that_is_longer_or_shorter_than_its_header_says_is_refused() {
    let claims = |n: u64| format!("DataPoints={n}\nNumberOf");
    for (n, part) in [
        (
            5,
            "this file is cut off: 16 bytes; expected 20, 5 samples of 2 channels",
        ),
        (3, ": 16 bytes; expected 12, 3 samples"),
        (1 << 62, "cut off"),
    ] {
        let header = HEADER.replace("NumberOf", &claims(n));
        let error = Files::new(header, "").described().unwrap_err().one_line();
        assert!(error.contains("x.eeg: ") && error.contains(part), "{error}");
    }
    // the last sample of a recording that was not ended may not be there in full
    let files = Files::new(HEADER, "");
    std::fs::write(files.path("x.eeg"), [0; 15]).unwrap();
    assert_eq!(files.described().unwrap().n_rows(), 3);
    std::fs::write(files.path("x.eeg"), [0; 3]).unwrap();
    let error = files.described().unwrap_err().one_line();
    assert!(error.contains("holds 0 samples"), "{error}");
    std::fs::write(files.path("x.eeg"), [0; 18]).unwrap();
    assert_eq!(
        files.described().unwrap().notices,
        ["1 partial sample at the end of the data file is not read: 2 of its 4 bytes are there"]
    );
    let files = Files::new(HEADER.replace("MULTIPLEXED", "VECTORIZED"), "");
    std::fs::write(files.path("x.eeg"), [0; 15]).unwrap();
    let error = files.described().unwrap_err().one_line();
    assert!(
        error.contains("15 bytes; expected 12, 3 samples"),
        "{error}"
    );
}

#[test]
fn headers_that_cannot_be_read_are_refused_with_what_could_be() {
    for (from, to, part) in [
        (
            "Header File",
            "Marker File",
            "expected Brain Vision Data Exchange Header File",
        ),
        ("Version 1.0", "Version 3.0", "Version 1.0 or 2.0"),
        ("DataFile=$b.eeg", "", "DataFile is missing"),
        (
            "$b.eeg",
            "nowhere.eeg",
            "nowhere.eeg: cannot find the data file that the header names",
        ),
        ("$b.eeg", ".", "this is a folder; expected a regular file"),
        (
            "$b.vmrk",
            "nowhere\0.vmrk",
            "MarkerFile is \"nowhere\\u{0}.vmrk\"; expected the name",
        ),
        (
            "BINARY",
            "ASCII",
            "DataFormat is \"ASCII\"; expected BINARY: export",
        ),
        (
            "MULTIPLEXED",
            "DIAGONAL",
            "expected MULTIPLEXED or VECTORIZED",
        ),
        ("INT_16", "INT_8", "BinaryFormat is \"INT_8\""),
        ("[Binary Infos]", "", "BinaryFormat is missing"),
        (
            "=2\n",
            "=3\n",
            "[Channel Infos] has no Ch3; expected 3 lines",
        ),
        ("=2\n", "=1\n", "has a line Ch2; expected Ch1 to Ch1"),
        ("=2\n", "=0\n", "NumberOfChannels is \"0\""),
        ("=2\n", "=1152921504606846976\n", "expected at most 1048576"),
        (
            "=2000",
            "=0",
            "SamplingInterval is \"0\"; expected microseconds",
        ),
        ("=2000", "=nan", "SamplingInterval is \"nan\""),
        (
            ",0.5,",
            ",0,",
            "Ch1 (Cz, left) has the resolution \"0\"; expected a finite number other than 0: correct it",
        ),
        (
            ",0.5,",
            ",1e36,",
            "Ch1 (Cz, left) has the resolution \"1e36\"; expected one at which samples are finite",
        ),
        (
            ",0.5,",
            ",1e-44,",
            "expected one that leaves more than zeros",
        ),
        (
            "Data Exchange",
            "V-Amp Data",
            "this is a file of V-Amp's own format",
        ),
        (
            ",0.5,",
            ",inf,",
            "Ch1 (Cz, left) has the resolution \"inf\"; expected a number",
        ),
        (
            "NumberOf",
            "DataType=FREQUENCYDOMAIN\nNumberOf",
            "expected TIMEDOMAIN",
        ),
        (
            "NumberOf",
            "DataPoints=-1\nNumberOf",
            "DataPoints is \"-1\"",
        ),
    ] {
        let header = HEADER.replacen(from, to, 1);
        assert_ne!(header, HEADER, "{from}");
        let error = Files::new(header, "").described().unwrap_err().one_line();
        assert!(error.contains(part), "{error}");
    }
}
