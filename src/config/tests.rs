use super::*;

fn refusal(text: &str) -> String {
    let whole = format!("[input]\npath = \"a.spy\"\n[output]\npath = \"b.spy\"\n{text}");
    Config::parse(&whole, Path::new("dir/study.toml"), &[])
        .expect_err(text)
        .to_string()
}

#[test]
fn paths_are_relative_to_the_config_and_set_paths_to_the_current_folder() {
    let text = "[input]\npath = \"a.spy\"\n[output]\npath = \"out\"\n";
    let sets = ["output.path=other.spy".to_owned()];
    let config = Config::parse(text, Path::new("dir/study.toml"), &[]).unwrap();
    assert_eq!(config.data.input.path.value, Path::new("dir/a.spy"));
    assert_eq!(config.output.value, Path::new("dir/out.spy"));
    let config = Config::parse(text, Path::new("dir/study.toml"), &sets).unwrap();
    assert_eq!(config.output.value, Path::new("other.spy"));
}

#[test]
fn a_path_on_the_command_line_needs_no_quotes_whatever_it_looks_like() {
    for path in ["123", "2024-01-01", "true", "1e5"] {
        let sets = [format!("input.path={path}"), "output.path=out".to_owned()];
        let config = Config::parse("", Path::new("s.toml"), &sets).unwrap();
        assert_eq!(config.data.input.path.value, Path::new(path));
    }
    let text = "[input]\npath = [\"a.spy\"]\n";
    let refusal = Config::parse(text, Path::new("s.toml"), &[]).expect_err("a list");
    assert!(
        refusal
            .to_string()
            .ends_with("expected a path in quotes, found a list"),
        "{refusal}"
    );
}

#[test]
fn functions_that_are_not_there_yet_are_refused_by_name() {
    assert!(refusal("[connectivityanalysis]\n").contains("not available yet"));
    assert!(refusal("[freqanalisis]\n").contains("did you mean freqanalysis?"));
}

#[test]
fn times_are_understood_with_and_without_their_unit() {
    let parse = |text: &str| {
        let whole = format!("[input]\npath = \"a\"\n[output]\npath = \"b\"\n{text}");
        Config::parse(&whole, Path::new("s.toml"), &[])
    };
    assert_eq!(parse("").unwrap().checkpoint_every, Duration::from_secs(30));
    for (written, ms) in [
        ("\"5 min\"", 300_000),
        ("2", 2000),
        ("0.5", 500),
        ("\"1h\"", 3_600_000),
        ("\"5\"", 5000),
        ("\" 2.5 \"", 2500),
        ("0", 0),
    ] {
        let config = parse(&format!("checkpoint_every = {written}\n")).expect(written);
        assert_eq!(
            config.checkpoint_every,
            Duration::from_millis(ms),
            "{written}"
        );
    }
    for wrong in [
        "-1", "\"soon\"", "nan", "inf", "1e300", "true", "\"-5 s\"", "\"-5\"", "\"inf\"", "\"nan\"",
    ] {
        let text = refusal(&format!("checkpoint_every = {wrong}\n"));
        assert!(text.contains("expected a time such as"), "{wrong}: {text}");
    }
    assert!(refusal("[parallel]\npeer_timeout = 1\n").contains("from 5 s"));
    assert_eq!(
        parse("[parallel]\npeer_timeout = \"none\"\n")
            .unwrap()
            .peer_timeout,
        None
    );
    let step_timeout = |text: &str| parse(text).unwrap().step_timeout;
    assert_eq!(step_timeout(""), Some(Duration::from_secs(600)));
    assert_eq!(step_timeout("[parallel]\nstep_timeout = \"none\"\n"), None);
    let hour = step_timeout("[parallel]\nstep_timeout = \"1 h\"\n");
    assert_eq!(hour, Some(Duration::from_secs(3600)));
    assert!(refusal("[parallel]\nstep_timeout = 4\n").contains("from 5 s"));
}

#[test]
fn sizes_are_understood_in_both_systems() {
    for (written, bytes) in [
        ("\"2 GiB\"", 2 << 30),
        ("\"2GB\"", 2_000_000_000),
        ("1048576", 1 << 20),
        ("1e9", 1_000_000_000),
    ] {
        let text = format!(
            "[input]\npath = \"a\"\n[output]\npath = \"b\"\n[parallel]\nmemory_per_rank = {written}\n"
        );
        let config = Config::parse(&text, Path::new("s.toml"), &[]).unwrap();
        assert_eq!(config.memory_per_rank.unwrap().value, bytes);
    }
    for written in [
        "\"much\"",
        "\"99999999999999999999EB\"",
        "1e300",
        "-1",
        "nan",
        "true",
    ] {
        let refusal = refusal(&format!("[parallel]\nmemory_per_rank = {written}\n"));
        assert!(refusal.contains("2 GiB"), "{refusal}");
    }
    assert!(refusal("[parallel]\nschedule = \"random\"\n").contains("\"dynamic\" or \"static\""));
}

#[test]
fn a_container_name_has_no_second_dot() {
    let text = "[input]\npath = \"a\"\n[output]\npath = \"my.result.spy\"\n";
    let refusal = Config::parse(text, Path::new("s.toml"), &[]).expect_err("two dots");
    assert!(
        refusal.to_string().starts_with("s.toml:4:1: output.path"),
        "{refusal}"
    );
}

#[test]
fn what_is_no_small_regular_file_is_no_config() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.toml");
    let refusal = |path: &Path| Config::read(path).unwrap_err().to_string();
    assert!(refusal(&path).contains("study.toml: cannot read this config"));
    assert!(refusal(folder.path()).contains("this is a folder; expected a config"));
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let text = refusal(&path);
    assert!(
        text.ends_with("has 1099511627776 bytes; expected at most 4194304"),
        "{text}"
    );
    std::fs::write(&path, "[input]").unwrap();
    assert_eq!(Config::read(&path).unwrap(), "[input]");
}

#[test]
fn a_missing_path_is_named() {
    let refusal =
        Config::parse("[input]\npath = \"a\"\n", Path::new("s.toml"), &[]).expect_err("no output");
    assert_eq!(
        refusal.to_string(),
        "s.toml:1:1: output.path is missing; expected this key, such as path = \"output.spy\""
    );
}
