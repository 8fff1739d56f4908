//! `slepian defaults`: a commented config with every key of a method, its default, unit and legal values. It parses back.

use super::tables;
use crate::setting::Key;
use crate::spectral::{KEYS, METHODS};

/// The commented config for `method`, or `None` when there is no such method.
pub fn defaults(method: &str) -> Option<String> {
    METHODS.contains(&method).then(|| {
        let keys = KEYS
            .iter()
            .filter(|key| key.methods.is_empty() || key.methods.contains(&method));
        let mut text = format!(
            "# every key of {method} with its default; a key that is left out has the same effect\n"
        );
        table(&mut text, "input", tables::INPUT.iter().copied());
        table(&mut text, "select", tables::SELECT.iter().copied());
        table(&mut text, "freqanalysis", keys.map(|key| key.key));
        table(&mut text, "parallel", tables::PARALLEL.iter().copied());
        table(&mut text, "output", tables::OUTPUT.iter().copied());
        text
    })
}

fn table(text: &mut String, name: &str, keys: impl Iterator<Item = Key>) {
    *text += &format!("\n[{name}]\n");
    for key in keys {
        let unit = if key.unit.is_empty() {
            String::new()
        } else {
            format!(" [{}]", key.unit)
        };
        *text += &format!("# {}{unit}\n#   {}\n", key.about, key.legal);
        *text += &match (name, key.name, key.default) {
            // what has no default is shown as an example
            ("input", "path", _) => "path = \"recording.spy\"\n".to_owned(),
            ("output", "path", _) => "path = \"spectra.spy\"\n".to_owned(),
            (_, "memory_per_rank", _) => "# memory_per_rank = \"2 GiB\"\n".to_owned(),
            (_, name, default) => format!("{name} = {default}\n"),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

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
            !text.contains("wavelet"),
            "keys of other methods do not belong here"
        );
        assert!(defaults("foo").is_none());
    }
}
