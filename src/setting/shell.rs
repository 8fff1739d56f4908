//! What a shell makes of a path before a program sees it: `~` and `$NAME`. A config is read by no shell.

use std::path::{Component, Path, PathBuf};

use super::{Refusal, Setting};

/// Refuses a path with something in it that a shell would expand, and offers what it would be.
///
/// # Errors
/// A leading `~`, or `$NAME` anywhere.
pub fn refuse_unexpanded<T>(setting: &Setting<T>, path: &Path) -> Result<(), Refusal> {
    let variable = |name: &str| std::env::var(name).ok();
    match what_is_wrong(path, variable) {
        Some(what) => Err(setting.refuse(what)),
        None => Ok(()),
    }
}

fn what_is_wrong(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let components: Vec<Component> = path.components().collect();
    let text = |component: &Component| component.as_os_str().to_str().unwrap_or("").to_owned();
    // shells expand ~ where a path begins, which may be behind the folder that this one is relative to
    let is_shells = |(k, component): (usize, &Component)| {
        let text = text(component);
        text == "~" || k == 0 && is_home(&text) || has_name(&text)
    };
    let first = components.iter().enumerate().position(is_shells)?;
    // it may be the name of what is there
    if components[..=first].iter().collect::<PathBuf>().exists() {
        return None;
    }
    // what stands before it is the folder that the path was thought to be relative to
    let expanded: Option<PathBuf> = components[first..]
        .iter()
        .map(|component| expand(&text(component), &variable))
        .collect();
    let folder = || components[..first].iter().collect::<PathBuf>();
    Some(match expanded {
        Some(path) => format!(
            "neither ~ nor $NAME is expanded here; did you mean {:?}?",
            folder().join(path).display().to_string()
        ),
        None => "neither ~ nor $NAME is expanded here; expected the path itself".into(),
    })
}

/// `~` or `~user`.
fn is_home(text: &str) -> bool {
    text.strip_prefix('~').is_some_and(|user| {
        user.chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    })
}

fn has_name(text: &str) -> bool {
    text.match_indices('$')
        .any(|(at, _)| name(&text[at..]).is_some())
}

/// The name of the variable that `text` begins with, and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('$')?;
    if let Some(inner) = rest.strip_prefix('{') {
        return inner.split_once('}');
    }
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, rest))
}

/// A component as a shell would have it; none where that is not known.
fn expand(text: &str, variable: &impl Fn(&str) -> Option<String>) -> Option<String> {
    if text == "~" {
        return variable("HOME");
    }
    if is_home(text) {
        return None;
    }
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded += &rest[..at];
        match name(&rest[at..]) {
            Some((name, behind)) => {
                expanded += &variable(name)?;
                rest = behind;
            }
            None => {
                expanded.push('$');
                rest = &rest[at + 1..];
            }
        }
    }
    Some(expanded + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(path: &str) -> Option<String> {
        let variable = |name: &str| match name {
            "HOME" => Some("/home/eva".to_owned()),
            "DATA" => Some("/data".to_owned()),
            "SUBJECT" => Some("s01".to_owned()),
            _ => None,
        };
        what_is_wrong(Path::new(path), variable)
    }

    #[test]
    fn what_a_shell_would_expand_is_offered_expanded() {
        for (path, expanded) in [
            ("~/rec.spy", "/home/eva/rec.spy"),
            ("~", "/home/eva"),
            ("study/~/rec.spy", "/home/eva/rec.spy"),
            ("$HOME/rec.spy", "/home/eva/rec.spy"),
            ("study/${DATA}/rec.spy", "/data/rec.spy"),
            ("study/sub-$SUBJECT.spy", "study/sub-s01.spy"),
            ("$DATA/${SUBJECT}_$SUBJECT/x", "/data/s01_s01/x"),
        ] {
            let text = wrong(path).expect(path);
            assert!(
                text.ends_with(&format!("did you mean \"{expanded}\"?")),
                "{text}"
            );
        }
        for path in ["~eva/rec.spy", "$NOWHERE/rec.spy", "${NOWHERE}"] {
            let text = wrong(path).expect(path);
            assert!(text.ends_with("expected the path itself"), "{text}");
        }
    }

    #[test]
    fn names_that_merely_hold_such_signs_are_names() {
        for path in [
            "a~/rec.spy",
            "rec~1.spy",
            "~rec.spy",
            "cost$.spy",
            "a/~old/b",
            "a$1.spy",
            "$",
            "",
            "$5/x",
        ] {
            assert_eq!(wrong(path), None, "{path}");
        }
    }
}
