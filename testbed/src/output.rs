//! What the `testbed` binary prints: talk for people, or one JSON object at the end.

#![allow(clippy::print_stdout)]

use serde::Serialize;

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
