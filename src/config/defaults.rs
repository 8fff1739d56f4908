//! `slepian defaults`: a commented config with every key of a method, its default, unit and legal values. It parses back.

use super::cluster::CLUSTER;
use super::tables;
use crate::definetrial;
use crate::input;
use crate::select;
use crate::setting::Key;
use crate::spectral::tapers::NAMES;
use crate::spectral::{KEYS, check_method};

/// The commented config for `method`.
///
/// # Errors
/// No such method, with those that there are.
pub fn defaults(method: &str) -> Result<String, String> {
    let method = check_method(method)?;
    let used = KEYS.iter().filter(|key| key.is_used_by(method));
    let keys = used.map(|key| key.key);
    let keys = keys.map(|key| match (key.name, method) {
        ("method", _) => (key, Some(format!("\"{method}\""))),
        // what has no default is shown as an example
        ("t_ftimwin", _) => (key, Some("0.5".into())),
        ("toi", "welch") => (key, Some("0.5".into())),
        ("order_max", _) => (key, Some("10".into())),
        _ => (key, None),
    });
    let mut text =
        format!("# every key of {method} with its default, which it has when it is left out");
    let needed = match method {
        "mtmconvol" => Some("t_ftimwin is an example, and has to be given"),
        "welch" => Some("t_ftimwin and toi are examples, and have to be given"),
        "superlet" => Some("order_max is an example, and has to be given"),
        _ => None,
    };
    text += &needed.map_or_else(|| "\n".to_owned(), |needed| format!("; {needed}\n"));
    table(&mut text, "input", input::KEYS.iter().copied());
    table(&mut text, "definetrial", definetrial::KEYS.iter().copied());
    table(&mut text, "select", select::KEYS.iter().copied());
    table_of(&mut text, "freqanalysis", keys);
    table(&mut text, "parallel", tables::PARALLEL.iter().copied());
    table(&mut text, "output", tables::OUTPUT.iter().copied());
    table(&mut text, "cluster", CLUSTER.iter().copied());
    Ok(text)
}

fn table(text: &mut String, name: &str, keys: impl Iterator<Item = Key>) {
    table_of(text, name, keys.map(|key| (key, None)));
}

/// A table of keys, some of them with another value than their default.
fn table_of(text: &mut String, name: &str, keys: impl Iterator<Item = (Key, Option<String>)>) {
    *text += &format!("\n[{name}]\n");
    for (key, example) in keys {
        let unit = if key.unit.is_empty() {
            String::new()
        } else {
            format!(" [{}]", key.unit)
        };
        *text += &format!("# {}{unit}\n#   {}\n", key.about, key.legal);
        if key.name == "taper" {
            *text += &windows();
        }
        if let Some(example) = example {
            *text += &format!("{} = {example}\n", key.name);
            continue;
        }
        *text += &match (name, key.name, key.default) {
            // what has no default is shown as an example
            ("input", "path", _) => "path = \"recording.spy\"\n".to_owned(),
            // of single formats, which other formats refuse
            ("input", name, default) if name != "format" => format!("# {name} = {default}\n"),
            ("output", "path", _) => "path = \"spectra.spy\"\n".to_owned(),
            (_, "memory_per_rank", _) => "# memory_per_rank = \"2 GiB\"\n".to_owned(),
            ("cluster", "workdir", _) => "# workdir = \"slepian_jobs\"\n".to_owned(),
            (_, name, default) => format!("{name} = {default}\n"),
        };
    }
}

/// The windows there are, a few on a line.
fn windows() -> String {
    NAMES
        .chunks(6)
        .map(|names| format!("#   {}\n", names.join(" ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;
    use crate::spectral::METHODS;

    #[test]
    fn the_defaults_parse_back_without_a_warning_and_name_every_key() {
        let text = defaults("mtmfft").unwrap();
        let config = Config::parse(&text, Path::new("defaults.toml"), &[]).unwrap();
        assert_eq!(config.warnings, Vec::<String>::new());
        for key in [
            "tapsmofrq",
            "foilim",
            "ft_compat",
            "chan_per_worker",
            "memory_per_rank",
            "latency",
            "checksum",
        ] {
            assert!(text.contains(&format!("{key} = ")), "{key} is missing");
        }
        assert!(
            !text.contains("order_max"),
            "keys of other methods do not belong here"
        );
        assert!(defaults("foo").is_err());
    }

    #[test]
    fn every_method_has_defaults_that_parse_back() {
        for method in METHODS {
            let text = defaults(method).unwrap();
            let config = Config::parse(&text, Path::new("defaults.toml"), &[]).expect(&text);
            assert_eq!(config.warnings, Vec::<String>::new(), "{method}");
            assert!(text.contains(&format!("method = \"{method}\"")), "{text}");
        }
    }
}
