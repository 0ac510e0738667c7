//! The table: a row for each cell, for people.

use super::cell::Choice;
use super::outcome::{Measured, Outcome};
use crate::output::aligned;

/// Renders rows under headings, aligned.
pub fn text(cells: &[Measured]) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(cells.iter().map(row));
    aligned(&rows, &[0, 1])
}

/// Renders one Markdown table for each study, and where and how it was measured.
pub fn markdown(outcome: &Outcome) -> String {
    let mut text = String::new();
    let mut studies: Vec<&str> = outcome.cells.iter().map(|cell| cell.study).collect();
    studies.dedup();
    for study in studies {
        text += &format!(
            "### {study}\n\n| {} |\n|{}\n",
            HEADINGS.join(" | "),
            " --- |".repeat(COLUMNS)
        );
        for cell in outcome.cells.iter().filter(|cell| cell.study == study) {
            text += &format!("| {} |\n", row(cell).join(" | "));
        }
        text += "\n";
    }
    text + &legend(outcome) + "\n"
}

/// Tells what the columns mean, and where it was measured.
pub fn legend(outcome: &Outcome) -> String {
    let at = &outcome.environment;
    let error = &outcome.delay_error_us;
    format!(
        "Times in microseconds from `start` to the target's release; delays are dS,dT,dW in milliseconds, one \
         figure where alike; ±: half the 95 % confidence interval of the mean; hops and window in hops as \
         computed from the protocol's table; copies: packet-ins that a further controller was sent too; \
         saving: of the median (the mean where delays are random), against elasticon under the same conditions; \
         net: median with delays minus median without, waits for the commit left out of both, and in brackets \
         what the hops alone would cost; /elasticon: that, as a part of elasticon's, measured (computed). \
         {} hand-overs, {} failed, {} packet-ins answered, seed {}. Measured on {} cores ({}), Linux {}, {} \
         build, logs on {}, {}. Achieved delays: {} us too long in the median, {} us at 99 %.",
        outcome.migrations,
        outcome.failed,
        outcome.answered,
        outcome.seed,
        at.cores,
        at.processor,
        at.kernel,
        at.profile,
        at.disk,
        at.switch,
        error.p50,
        error.p99,
    )
}

/// Tells how long operators waited, and how quick it could have been, a line for each cell where that is known.
pub fn floors(outcome: &Outcome) -> String {
    let line = |cell: &Measured| {
        let (floor, waited) = (cell.floor.as_ref()?, &cell.waited_us);
        Some(format!(
            "{} at {} packet-ins/s, from the request to its outcome: p50 {} us, p99 {} us; the floor: p50 {} us, \
             p99 {} us, of which {} round trips of the switch {} us and one commit {} us in the median\n",
            cell.protocol,
            cell.conditions.rate,
            waited.p50,
            waited.p99,
            floor.total_us.p50,
            floor.total_us.p99,
            cell.cost.switch,
            floor.switch_us.p50,
            floor.commit_us.p50,
        ))
    };
    outcome.cells.iter().filter_map(line).collect()
}

/// Tells what the oracle counted, a line for each protocol.
pub fn verdict(outcome: &Outcome) -> String {
    let line = |(name, trouble): (&&str, &super::sample::Trouble)| {
        let (lost, twice, late) = (trouble.lost, trouble.twice, trouble.reordered);
        format!("{name}: {lost} lost / {twice} twice / {late} out of order")
    };
    let mut lines: Vec<String> = outcome.protocols.iter().map(line).collect();
    if let Some(crashes) = &outcome.crashes {
        lines.push(crashes.to_string());
    }
    lines.join("\n")
}

fn row(cell: &Measured) -> [String; COLUMNS] {
    let Measured { conditions: at, total_us: total, cost, .. } = cell;
    let times = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    let choice = match at.choice {
        Choice::Fixed if at.candidates == 1 => "1".to_owned(),
        Choice::Fixed => format!("1 of {}", at.candidates),
        Choice::Meta => format!("{}", at.candidates),
    };
    [
        cell.study.to_owned(),
        cell.protocol.to_owned(),
        at.delays.to_string(),
        at.rate.to_string(),
        choice,
        at.nodes.to_string(),
        at.hosts.to_string(),
        format!("{}", at.raft_delay_us as f64 / 1_000.0),
        total.n.to_string(),
        format!("{:.0} ±{:.0}", total.mean, total.ci95),
        total.p50.to_string(),
        total.p95.to_string(),
        total.p99.to_string(),
        total.p999.to_string(),
        cell.window_us.p50.to_string(),
        format!("{} / {}", cost.hops, cost.window),
        format!("{:.1}", cell.messages),
        format!("{:.1}", cell.buffered),
        format!("{:.1}", cell.shadowed),
        format!("{:.1}", cell.copies),
        cell.saving_percent.map_or("-".to_owned(), |percent| format!("{percent:.0} %")),
        cell.beyond.map_or("-".to_owned(), |b| format!("{:.0} ({:.0})", b.net_us, b.computed_us)),
        match cell.beyond.and_then(|b| b.of_elasticon) {
            None => "-".to_owned(),
            measured => format!(
                "{} ({})",
                times(measured),
                times(cell.beyond.and_then(|b| b.computed_of_elasticon))
            ),
        },
        format!("{}", cell.failed),
    ]
}

const COLUMNS: usize = 24;
const HEADINGS: [&str; COLUMNS] = [
    "study",
    "protocol",
    "delays",
    "load",
    "k",
    "nodes",
    "hosts",
    "raft",
    "n",
    "mean",
    "p50",
    "p95",
    "p99",
    "p99.9",
    "window",
    "hops",
    "messages",
    "buffered",
    "shadowed",
    "copies",
    "saving",
    "net",
    "/elasticon",
    "failed",
];

#[cfg(test)]
mod tests {
    use super::super::cell::Delays;
    use super::super::outcome::{compare, tests::measured};
    use super::*;

    fn outcome() -> Outcome {
        let mut cells = vec![];
        for delays in [Delays::default(), Delays::symmetric(1_000)] {
            cells.push(measured("erc", delays, [2, 3, 3]));
            cells.push(measured("elasticon", delays, [4, 4, 5]));
        }
        compare(&mut cells);
        Outcome { cells, ..Outcome::default() }
    }

    #[test]
    fn a_row_tells_everything_about_its_cell() {
        let text = text(&outcome().cells);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(lines[0].starts_with("study  protocol   delays"), "{}", lines[0]);
        let words: Vec<&str> = lines[3].split_whitespace().collect();
        assert_eq!(words[..5], ["own", "erc", "1", "1000", "1"]);
        assert!(lines[3].contains("8 / 0") && lines[3].contains("37 %"), "{}", lines[3]);
        assert!(
            lines[3].contains("8000 (8000)") && lines[3].contains("0.62 (0.62)"),
            "{}",
            lines[3]
        );
    }

    #[test]
    fn markdown_has_as_many_cells_as_headings() {
        let text = markdown(&outcome());
        let rows = text.lines().filter(|line| line.starts_with('|'));
        let bars: Vec<usize> = rows.map(|row| row.matches('|').count()).collect();
        assert_eq!(bars, [COLUMNS + 1; 6]);
        assert!(text.contains("### own\n") && text.contains("confidence interval"));
    }
}
