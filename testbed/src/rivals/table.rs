//! The table: a row for each controller under each number of switches, for people.

use super::row::Figure;
use super::{Outcome, Row};
use crate::output::aligned;

/// Renders rows under headings, aligned.
pub fn text(outcome: &Outcome) -> String {
    aligned(&grid(outcome), &[1]) + "\n\n" + &legend(outcome)
}

/// Renders the same as Markdown.
pub fn markdown(outcome: &Outcome) -> String {
    let rows = grid(outcome);
    let line = |row: &[String; COLUMNS]| format!("| {} |\n", row.join(" | "));
    let rule = format!("|{}\n", " ---: |".repeat(COLUMNS));
    line(&rows[0])
        + &rule
        + &rows[1..].iter().map(line).collect::<String>()
        + "\n"
        + &legend(outcome)
        + "\n"
}

/// Tells what the columns mean, and where it was measured.
fn legend(outcome: &Outcome) -> String {
    let at = &outcome.environment;
    format!(
        "Answers a second: each connection full of packet-ins; p50 and p99: microseconds to an answer, one packet-in of \
         each switch under way; MiB: most memory resident, of all processes of the controller, but of Baton's node \
         alone that is measured; /baton: times Baton's figure of the same round. Medians of {} rounds of {} s, {} hosts \
         behind each switch. The controller has one processor, the generator the other; Baton: {} nodes with Raft and \
         leases, the one that owns all switches measured, the others beside the generator. Measured on {} cores ({}), \
         Linux {}, {} build.",
        outcome.rounds,
        outcome.seconds,
        outcome.hosts,
        outcome.nodes,
        at.cores,
        at.processor,
        at.kernel,
        at.profile,
    )
}

fn grid(outcome: &Outcome) -> Vec<[String; COLUMNS]> {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(outcome.rows.iter().map(row));
    rows
}

fn row(row: &Row) -> [String; COLUMNS] {
    let figure = |figure: Option<Figure>, digits: usize| match figure {
        Some(figure) => format!("{:.digits$}", figure.median),
        None => "-".to_owned(),
    };
    let ratio = |figure: Option<Figure>| match figure.and_then(|it| it.to_baton) {
        Some(ratio) => format!("{ratio:.2}"),
        None => "-".to_owned(),
    };
    [
        row.switches.to_string(),
        row.controller.clone(),
        row.version.to_string(),
        figure(row.rate, 0),
        ratio(row.rate),
        figure(row.p50_us, 1),
        ratio(row.p50_us),
        figure(row.p99_us, 1),
        ratio(row.p99_us),
        (row.memory_bytes >> 20).to_string(),
    ]
}

const COLUMNS: usize = 10;
const HEADINGS: [&str; COLUMNS] = [
    "switches",
    "controller",
    "version",
    "answers/s",
    "/baton",
    "p50",
    "/baton",
    "p99",
    "/baton",
    "MiB",
];

#[cfg(test)]
mod tests {
    use super::super::row::{rows, tests::sample};
    use super::*;
    use crate::bench::environment::Environment;
    use crate::load::Mode;

    fn outcome() -> Outcome {
        let samples = vec![
            sample(0, "baton", Mode::Throughput, 200_000.0),
            sample(0, "other", Mode::Throughput, 50_000.0),
            sample(0, "other", Mode::Latency, 10_000.0),
        ];
        let (rows, environment) = (rows(&samples), Environment::default());
        let failures = vec![];
        Outcome {
            environment,
            rounds: 1,
            seconds: 3,
            hosts: 100,
            nodes: 3,
            rows,
            samples,
            failures,
        }
    }

    #[test]
    fn a_row_tells_rate_ratio_latency_and_memory() {
        let text = text(&outcome());
        let words = |n: usize| text.lines().nth(n).unwrap().split_whitespace().collect::<Vec<_>>();
        let baton = ["16", "baton", "1.3", "200000", "1.00", "-", "-", "-", "-", "1"];
        assert_eq!((words(0).len(), &*words(1)), (COLUMNS, &baton[..]));
        assert_eq!(words(2)[3..5], ["50000", "0.25"]);
        assert_eq!((words(2)[5], words(2)[6]), ("100.0", "-"));
    }

    #[test]
    fn markdown_has_as_many_cells_as_headings() {
        let text = markdown(&outcome());
        let rows = text.lines().filter(|line| line.starts_with('|'));
        let bars: Vec<usize> = rows.map(|row| row.matches('|').count()).collect();
        assert_eq!(bars, [COLUMNS + 1; 4]);
    }
}
