//! What the `testbed` binary prints: talk for people, or one JSON object at the end.

#![allow(clippy::print_stdout)]

use crate::wait::Failure;
use serde::Serialize;
use std::fs;
use std::path::Path;

/// How output looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum Form {
    /// Talk, with one JSON object at the end.
    #[default]
    #[value(alias = "table")]
    Text,
    /// One JSON object and nothing else.
    Json,
}

impl Form {
    /// Prints a line of talk.
    pub fn say(self, line: impl std::fmt::Display) {
        if self == Self::Text {
            println!("{line}");
        }
    }

    /// Prints the result, on one line.
    pub fn end_with(self, result: &impl Serialize) {
        match serde_json::to_string(result) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("testbed: cannot print the result: {error}"),
        }
    }
}

/// Writes `text` to a file.
pub fn save(path: &Path, text: String) -> Result<(), Failure> {
    fs::write(path, text).map_err(|e| Failure::new(path.display(), e))
}

/// Writes `result` to a file, for people to read.
pub fn save_json(path: &Path, result: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(result);
    save(path, text.map_err(|e| Failure::new(path.display(), e))?)
}

/// Renders rows in columns: those of words to the left, those of figures to the right.
pub fn aligned<const COLUMNS: usize>(rows: &[[String; COLUMNS]], words: &[usize]) -> String {
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let line = |row: &[String; COLUMNS]| {
        let cell = |(column, text): (usize, &String)| match widths[column] {
            width if words.contains(&column) => format!("{text:<width$}"),
            width => format!("{text:>width$}"),
        };
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
