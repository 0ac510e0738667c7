//! Trials summed up: a line for each protocol, victim, fault and phase.

use super::trial::{Ended, Trial};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A table in Markdown.
#[derive(Debug, Default)]
pub struct Table {
    lines: Vec<(Key, Line)>,
}

type Key = [String; 4];

#[derive(Debug, Default)]
struct Line {
    ended: BTreeMap<Ended, u64>,
    lost: u64,
    unheard_by_survivors: u64,
    unheard: u64,
    twice: u64,
    recovery_us: u64,
    longest_gap_us: u64,
    wrong: usize,
}

impl Table {
    /// Returns the table of `trials`, in the order in which their cases came first.
    pub fn of<'a>(trials: impl IntoIterator<Item = &'a Trial>) -> Self {
        let mut table = Self::default();
        for trial in trials {
            let key = [&*trial.protocol, &trial.victim, &trial.fault, trial.phase];
            table.line(key.map(str::to_owned)).add(trial);
        }
        table
    }

    fn line(&mut self, key: Key) -> &mut Line {
        let at = self.lines.iter().position(|(known, _)| *known == key);
        let at = at.unwrap_or_else(|| {
            self.lines.push((key, Line::default()));
            self.lines.len() - 1
        });
        &mut self.lines[at].1
    }

    /// Returns it as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = HEADINGS.to_owned();
        for ([protocol, victim, fault, phase], line) in &self.lines {
            let ended: Vec<_> =
                line.ended.iter().map(|(ended, n)| format!("{n} {}", ended.name())).collect();
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "| {protocol} | {fault} | {victim} | {phase} | {} | {} | {} | {} | {} | {} | {} | {} |",
                ended.join(", "),
                line.lost,
                line.unheard_by_survivors,
                line.unheard,
                line.twice,
                line.recovery_us / 1_000,
                line.longest_gap_us / 1_000,
                if line.wrong == 0 { "-".to_owned() } else { line.wrong.to_string() },
            );
        }
        text
    }
}

impl Line {
    fn add(&mut self, trial: &Trial) {
        *self.ended.entry(trial.ended).or_default() += 1;
        self.lost += trial.lost;
        self.unheard_by_survivors += trial.unheard_by_survivors;
        self.unheard += trial.unheard;
        self.twice += trial.twice;
        self.recovery_us = self.recovery_us.max(trial.recovery_us);
        self.longest_gap_us = self.longest_gap_us.max(trial.longest_gap_us);
        self.wrong += usize::from(!trial.wrong.is_empty());
    }
}

const HEADINGS: &str = "\
| protocol | fault | victim | phase | ended | lost | only the victim was sent | nobody to ask | twice | recovery, ms | longest gap, ms | wrong |\n\
|---|---|---|---|---|---:|---:|---:|---:|---:|---:|---:|\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_of_one_case_are_one_line() {
        let trial = |ended, twice, gap| Trial {
            protocol: "erc".to_owned(),
            victim: "source".to_owned(),
            fault: "kill".to_owned(),
            phase: "marker",
            ended,
            over_ms: 1,
            answered: 10,
            lost: 0,
            unheard_by_survivors: 2,
            unheard: 0,
            twice,
            reordered: 0,
            recovery_us: gap,
            longest_gap_us: gap,
            wrong: vec![],
        };
        let trials = [trial(Ended::Done, 1, 5_000), trial(Ended::Aborted, 2, 7_000)];
        let text = Table::of(&trials).markdown();
        let line =
            "| erc | kill | source | marker | 1 done, 1 aborted | 0 | 4 | 0 | 3 | 7 | 7 | - |";
        assert_eq!(text.lines().skip(2).collect::<Vec<_>>(), [line]);
    }
}
