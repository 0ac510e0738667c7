//! The one place that prints: data on standard output, talk on standard error.

use super::exit::{Exit, Failure};
pub(super) use crate::clock::moment;
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Table,
    /// For people, with every column.
    Wide,
    /// One JSON object a line.
    Json,
    /// YAML.
    Yaml,
}

/// Prints `record` as JSON or YAML, or what `text` makes of it for people.
pub(super) fn show<T: Serialize>(
    format: Format,
    record: &T,
    text: impl FnOnce(&T) -> String,
) -> Result<(), Failure> {
    let unprintable = |error: &dyn Display| {
        Failure::new(Exit::Failed, "the answer could not be printed", error.to_string())
    };
    data(&match format {
        Format::Table | Format::Wide => text(record),
        Format::Json => serde_json::to_string(record).map_err(|error| unprintable(&error))? + "\n",
        Format::Yaml => serde_norway::to_string(record).map_err(|error| unprintable(&error))?,
    })
}

/// Prints data.
pub(super) fn data(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // Whoever read it has seen enough, as in `baton switch list | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            Err(Failure::new(Exit::Failed, "the answer could not be printed", error.to_string()))
        }
    }
}

/// Says something to the person at the terminal.
pub(super) fn say(text: impl Display) {
    // There is nobody left to tell if this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Returns a table without borders, its columns under `header`.
pub(super) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table.add_rows(rows);
    let lines = table.lines().map(|line| line.trim().to_owned() + "\n");
    lines.collect()
}

/// Returns an optional value, or a dash.
pub(super) fn or_dash<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// Returns values with commas between them, or a dash.
pub(super) fn list<T: Display>(values: &[T]) -> String {
    if values.is_empty() {
        return "-".to_owned();
    }
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Returns microseconds as people read them.
pub(super) fn duration_us(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} us"),
        1_000..1_000_000 => format!("{:.3} ms", us as f64 / 1e3),
        _ => format!("{:.3} s", us as f64 / 1e6),
    }
}

/// Returns `text` in a colour, if standard output is a terminal and nobody objects.
pub(super) fn paint(text: &str, colour: Colour) -> String {
    if io::stdout().is_terminal() && colours_wanted() {
        format!("\x1b[{}m{text}\x1b[0m", colour as u8)
    } else {
        text.to_owned()
    }
}

/// Returns whether nobody objects to colours: <https://no-color.org>.
pub(super) fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Colours of the terminal (ECMA-48 §8.3.117).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_reads_best() {
        let read = [999, 1_000, 1_234_567].map(duration_us);
        assert_eq!(read, ["999 us", "1.000 ms", "1.235 s"]);
    }

    #[test]
    fn columns_line_up() {
        let rows = [["1".to_owned(), "up".to_owned()], ["12".to_owned(), "down".to_owned()]];
        assert_eq!(table(["NODE", "STATE"], rows), "NODE  STATE\n1     up\n12    down\n");
    }
}
