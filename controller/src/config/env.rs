//! Overrides from the environment: `BATON_SECTION__KEY` stands for `key` in `[section]`.

use super::ConfigError;
use toml::{Table, Value};

/// Puts what the environment says in place of what the file says.
///
/// A value is read as TOML where it is TOML (`3`, `["1.3"]`, `{ 1 = "a:1" }`), and is text otherwise.
pub(super) fn override_with(
    table: &mut Table,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<Override>, ConfigError> {
    let mut overrides = Vec::new();
    for (variable, text) in variables {
        let Some((section, key)) = place_of(&variable) else { continue };
        let entry = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(section_table) = entry else {
            let problem = "the file has a value there, not a section; make it a [section]";
            return Err(ConfigError::new(section, problem).at(&variable));
        };
        section_table.insert(key.clone(), value_of(&text));
        overrides.push(Override { variable, path: format!("{section}.{key}") });
    }
    Ok(overrides)
}

/// A key that the environment has set.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Override {
    pub(super) variable: String,
    pub(super) path: String,
}

/// `BATON_ADMIN` and others without a double underscore are the command line's, not a node's.
fn place_of(variable: &str) -> Option<(String, String)> {
    let (section, key) = variable.strip_prefix("BATON_")?.split_once("__")?;
    Some((section.to_lowercase(), key.to_lowercase()))
}

fn value_of(text: &str) -> Value {
    let parsed = format!("value = {text}").parse::<Table>().ok();
    // More than one key means that the text broke out of its line.
    let value = parsed.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overridden(pairs: &[(&str, &str)]) -> Table {
        let mut table = "[node]\nid = 1".parse().unwrap();
        let pairs = pairs.iter().map(|(name, text)| (name.to_string(), text.to_string()));
        override_with(&mut table, pairs).unwrap();
        table
    }

    #[test]
    fn values_are_toml_or_text() {
        let table = overridden(&[
            ("BATON_NODE__ID", "3"),
            ("BATON_NODE__DATA_DIR", "/tmp/x"),
            ("BATON_LISTEN__ADMIN", "127.0.0.1:1"),
            ("BATON_OPENFLOW__VERSIONS", "[\"1.3\"]"),
        ]);
        let expected = "node = { id = 3, data_dir = \"/tmp/x\" }\n\
                        listen = { admin = \"127.0.0.1:1\" }\nopenflow = { versions = [\"1.3\"] }";
        assert_eq!(table, expected.parse().unwrap());
    }

    #[test]
    fn other_variables_are_not_ours() {
        let table = overridden(&[("BATON_ADMIN", "x"), ("PATH", "x"), ("NODE__ID", "7")]);
        assert_eq!(table, "[node]\nid = 1".parse().unwrap());
    }

    #[test]
    fn a_value_cannot_add_keys() {
        let table = overridden(&[("BATON_LOG__LEVEL", "1\nother = 2")]);
        assert_eq!(table["log"]["level"].as_str(), Some("1\nother = 2"));
    }
}
