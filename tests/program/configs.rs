//! The configs that ship are tests: each parses, plans and runs on a recording made for it.

use std::path::{Path, PathBuf};

use crate::support::{Folder, Spectra};

fn configs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut configs: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    configs.sort();
    configs
}

/// The arguments of the `slepian synth …` that a config's comments name, without `-o` and its path.
fn synth_words(text: &str) -> Option<Vec<&str>> {
    let line = text.lines().find_map(|line| {
        line.trim_start_matches(['#', ' ', '`', '$'])
            .strip_prefix("slepian synth ")
    })?;
    let mut words = Vec::new();
    let mut rest = line
        .split_whitespace()
        .map(|word| word.trim_end_matches('`'));
    while let Some(word) = rest.next() {
        if word == "-o" || word == "--output" {
            rest.next();
        } else {
            words.push(word);
        }
    }
    Some(words)
}

#[test]
fn every_config_that_ships_plans_and_runs() {
    for config in configs() {
        let folder = Folder::new();
        let text = std::fs::read_to_string(&config).unwrap();
        // a config made for another recording still runs on a small one of ours
        let small = "harmonics --trials 6 --channels 8 --seconds 2 --sample-rate 500 --seed 1";
        let words = synth_words(&text).unwrap_or_else(|| small.split_whitespace().collect());
        folder.synth(&words.join(" "));
        // beside its recording and its events, as a user has it
        let events = config.with_file_name("events.tsv");
        folder.write("events.tsv", std::fs::read(events).unwrap());
        folder.write("config.toml", &text);
        let sets = ["input.path=recording.spy", "output.path=spectra.spy"];
        let plan = folder
            .slepian(&["plan", "config.toml", "--ranks", "2"])
            .sets(&sets)
            .succeeds();
        assert!(
            plan.stdout.contains("frequencies"),
            "{}: {plan}",
            config.display()
        );
        let run = folder
            .slepian(&["run", "config.toml", "--ranks", "2"])
            .sets(&sets);
        let outcome = run.succeeds();
        assert!(
            !outcome.stderr.contains("has no effect"),
            "{}: {outcome}",
            config.display()
        );
        let spectra = Spectra::read(&folder.path("spectra.spy"));
        let numbers = spectra.numbers();
        let n_finite = numbers.iter().filter(|x| x.is_finite()).count();
        // the ends of trials are NaN in methods over time
        let has_ends = !spectra.cone_bits.is_empty();
        assert!(
            n_finite == numbers.len() || has_ends && 2 * n_finite > numbers.len(),
            "{}: {n_finite} of {}",
            config.display(),
            numbers.len()
        );
    }
}
