//! What is wrong with a configuration, in one line.

use std::fmt;

/// A key that cannot be as it is: `node.toml: timing.lease_ms: must be …, not 100`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{origin}: {key}{problem}", key = Prefix(.key))]
pub struct ConfigError {
    /// The file, or the environment variable that overrides it.
    pub origin: String,
    /// Section and key, like `node.id`; empty if the whole file is meant.
    pub key: String,
    /// What was expected, what was found, and how to put it right.
    pub problem: String,
}

impl ConfigError {
    pub(super) fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { origin: String::new(), key: key.into(), problem: problem.into() }
    }

    pub(super) fn at(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.origin);
        self
    }

    /// Takes over what the deserializer found, as one line with the nearest key that exists.
    pub(super) fn from_toml(error: &toml::de::Error) -> Self {
        let message = error.message();
        let key = keys_of(error);
        if let Some((unknown, known)) = unknown_key(message) {
            let unknown = join(&key, unknown);
            let problem = match nearest(unknown.rsplit('.').next().unwrap_or_default(), &known) {
                Some(near) => format!("no such key; did you mean {near:?}?"),
                None => format!("no such key; known here: {}", known.join(", ")),
            };
            return Self::new(unknown, problem);
        }
        match message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            Some(missing) => {
                let key = join(&key, missing);
                Self::new(key, "missing; `baton config example` shows every key")
            }
            None => Self::new(key, message.replace('\n', ", ")),
        }
    }
}

/// A key before its problem.
struct Prefix<'a>(&'a str);

impl fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "{}: ", self.0) }
    }
}

/// Returns the closest of `known`, if it is close enough to be what was meant.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let (distance, near) = known.iter().map(|known| (edits(word, known), *known)).min()?;
    (distance <= word.len().max(near.len()) / 2).then_some(near)
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

/// The deserializer keeps its path to itself, except at the end of its text: "\nin `node.id`\n".
fn keys_of(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let path = text.trim_end().rsplit_once("\nin `").and_then(|(_, path)| path.strip_suffix('`'));
    path.unwrap_or_default().to_owned()
}

/// Reads serde's "unknown field `x`, expected `a` or `b`".
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    Some((quoted.next()?, quoted.collect()))
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_close_or_none() {
        assert_eq!(nearest("lease", &["heartbeat_ms", "lease_ms"]), Some("lease_ms"));
        assert_eq!(
            nearest("electon_min_ms", &["election_max_ms", "election_min_ms"]),
            Some("election_min_ms")
        );
        assert_eq!(nearest("colour", &["id", "data_dir"]), None);
        assert_eq!(nearest("x", &[]), None);
    }
}
