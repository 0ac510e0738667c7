//! `testbed faults migrations`: what becomes of hand-overs when something fails at every moment of them.

use crate::faults::{Campaign, Case, Fault, Table, Trial, Victim};
use crate::oracle::Percentiles;
use crate::output::{Form, save};
use crate::wait::Failure;
use migration::ownership::Protocol;
use serde::Serialize;
use std::path::PathBuf;

/// Kills, freezes and cuts off the parties of hand-overs at every phase, and counts what that costs.
///
/// Starts clusters of four real `baton` processes on free loopback ports. Needs no root.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Protocols, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "erc,elasticon,direct")]
    pub protocols: Vec<Protocol>,
    /// Parties that faults befall, separated by commas.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "source,winner,loser,leader,leading-source"
    )]
    pub victims: Vec<Victim>,
    /// Faults, separated by commas.
    #[arg(long, visible_alias = "faults", value_delimiter = ',', default_value = "kill,stop")]
    pub signals: Vec<Fault>,
    /// Phases, separated by commas; all if not given.
    #[arg(long, value_delimiter = ',')]
    pub phases: Vec<String>,
    /// Times that every case is tried.
    #[arg(long, default_value_t = 1)]
    pub rounds: u64,
    /// Packet-ins a second that the switch raises.
    #[arg(long, default_value_t = 300)]
    pub rate: u64,
    /// Chooses which node plays which part.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The `baton` executable; the one beside this executable if not given.
    #[arg(long)]
    pub baton: Option<PathBuf>,
    /// Where to write the table, in Markdown.
    #[arg(long)]
    pub markdown: Option<PathBuf>,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// What a campaign came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Migrations that something befell.
    pub migrations: usize,
    /// Cases that could not be carried out, or that a cluster did not get over.
    pub not_carried_out: Vec<String>,
    /// Cases in which something is wrong.
    pub wrong: usize,
    /// Packet-ins answered at least once.
    pub answered: u64,
    /// Packet-ins never answered, though a controller was sent them that the fault has spared.
    pub lost: u64,
    /// Packet-ins never answered that only a victim was sent.
    pub unheard_by_survivors: u64,
    /// Packets for which a switch had no controller to ask.
    pub unheard: u64,
    /// Packet-ins answered more than once.
    pub twice: u64,
    /// What chose the nodes.
    pub seed: u64,
    /// From the fault to the first answer to a packet-in raised after it, in microseconds.
    pub recovery_us: Percentiles,
    /// Longest time between two answers, of every trial, in microseconds.
    pub longest_gap_us: Percentiles,
    /// From a migration's opening to its end, in milliseconds.
    pub over_ms: Percentiles,
    /// Every trial.
    pub trials: Vec<Trial>,
}

impl Outcome {
    /// Returns whether everything held.
    pub fn is_good(&self) -> bool {
        self.wrong == 0 && self.lost == 0 && self.not_carried_out.is_empty()
    }
}

/// Runs the campaign.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    let form = options.output;
    let mut cases = Case::all(&options.protocols, &options.victims, &options.signals);
    if !options.phases.is_empty() {
        cases.retain(|case| options.phases.iter().any(|name| name == case.phase.name));
    }
    let mut campaign = Campaign::new(options.baton.clone(), "", options.rate, options.seed);
    let mut outcome = Outcome { seed: options.seed, ..Outcome::default() };
    for _ in 0..options.rounds {
        for case in &cases {
            match campaign.run(case).await {
                Ok(trial) => {
                    form.say(line(case, &trial));
                    outcome.trials.push(trial);
                }
                Err(failure) => {
                    form.say(format!("{case}: NOT CARRIED OUT: {failure}"));
                    outcome.not_carried_out.push(format!("{case}: {failure}"));
                }
            }
        }
    }
    for kept in &campaign.kept {
        form.say(format!("kept {}", kept.display()));
    }
    if let Some(path) = &options.markdown {
        save(path, Table::of(&outcome.trials).markdown())?;
    }
    Ok(summed_up(outcome))
}

fn summed_up(mut outcome: Outcome) -> Outcome {
    let trials = &outcome.trials;
    let sum = |of: fn(&Trial) -> u64| trials.iter().map(of).sum();
    let spread = |of: fn(&Trial) -> u64| Percentiles::of(trials.iter().map(of));
    outcome.migrations = trials.len();
    outcome.wrong = trials.iter().filter(|trial| !trial.wrong.is_empty()).count();
    outcome.answered = sum(|trial| trial.answered);
    outcome.lost = sum(|trial| trial.lost);
    outcome.unheard_by_survivors = sum(|trial| trial.unheard_by_survivors);
    outcome.unheard = sum(|trial| trial.unheard);
    outcome.twice = sum(|trial| trial.twice);
    outcome.recovery_us = spread(|trial| trial.recovery_us);
    outcome.longest_gap_us = spread(|trial| trial.longest_gap_us);
    outcome.over_ms = spread(|trial| trial.over_ms);
    outcome
}

fn line(case: &Case, trial: &Trial) -> String {
    let text = format!(
        "{case}: {} after {} ms; {} lost, {} only the victim was sent, {} nobody; {} twice; \
         back after {} ms, gap {} ms",
        trial.ended.name(),
        trial.over_ms,
        trial.lost,
        trial.unheard_by_survivors,
        trial.unheard,
        trial.twice,
        trial.recovery_us / 1_000,
        trial.longest_gap_us / 1_000,
    );
    match trial.wrong.is_empty() {
        true => text,
        false => format!("{text}\n  WRONG: {}", trial.wrong.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_has_what_scripts_rely_on() {
        let json = serde_json::to_value(summed_up(Outcome::default())).unwrap();
        for key in ["lost", "twice", "answered", "migrations", "seed", "recovery_us"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }

    #[test]
    fn every_victim_fault_and_phase_of_the_acceptance_is_a_case() {
        let protocols = [Protocol::Erc, Protocol::Elasticon, Protocol::Direct];
        let cases = Case::all(&protocols, &Victim::NODES, &[Fault::Kill, Fault::Stop]);
        // 5 phases of erc and 7 of elasticon with all victims, 4 of direct, which has no loser.
        assert_eq!(cases.len(), 2 * (5 * 5 + 7 * 5 + 4 * 4));
    }
}
