//! The log of a job: where it is, and what its end says.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::request::Request;

/// Lines of a log that are shown when a job has failed without a word of ours in it.
const LAST_LINES: usize = 5;
/// Bytes of a log that are read at most: it may have grown to gigabytes.
const MAX_BYTES: u64 = 256 << 10;

/// Where the job, or one of its tasks, writes its log.
pub fn log(request: &Request, number: u64, task: Option<usize>) -> PathBuf {
    let task = task.map_or("%a".to_owned(), |task| task.to_string());
    let pattern = request.log_pattern.to_string_lossy();
    let number = number.to_string();
    pattern
        .replace("%j", &number)
        .replace("%A", &number)
        .replace("%a", &task)
        .into()
}

/// What the end of a log says of the failure: the program's own error, else its last lines.
pub fn failure(log: &Path) -> String {
    let text = end_of(log).unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let ours = lines.iter().rev().find(|line| line.starts_with("error: "));
    let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
    ours.map_or_else(
        || last.join(" | "),
        |line| line.trim_start_matches("error: ").to_owned(),
    )
}

/// The last bytes of a file, from the first whole line on.
fn end_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(MAX_BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    // it may grow meanwhile
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = match text.split_once('\n') {
        Some((_, rest)) if start > 0 => rest,
        _ => &text,
    };
    Ok(whole.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn a_log_says_its_last_error_or_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        assert_eq!(failure(&path), "");
        std::fs::write(&path, "error: first\nerror: second\nsrun: killed\n").unwrap();
        assert_eq!(failure(&path), "second");
        std::fs::write(&path, "1\n2\n\n3\n4\n5\n6").unwrap();
        assert_eq!(failure(&path), "2 | 3 | 4 | 5 | 6");
    }

    #[test]
    fn of_a_log_of_gigabytes_the_end_alone_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let file = File::create(&path).unwrap();
        // sparse: more than any memory, were it read whole
        let length = 1 << 40;
        file.set_len(length).unwrap();
        file.write_all_at(b"\nerror: no room left\n", length)
            .unwrap();
        assert_eq!(failure(&path), "no room left");
        let text = end_of(&path).unwrap();
        assert_eq!(text, "error: no room left\n");
    }
}
