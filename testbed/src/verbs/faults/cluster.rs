//! `testbed faults cluster`: randomised faults, and everything that must hold whatever fails.

use crate::chaos::{self, Kind, Outcome, Plan};
use crate::cluster::SmallDisk;
use crate::output::Form;
use crate::wait::Failure;
use std::path::PathBuf;
use std::time::Duration;

/// Lets randomised faults befall a cluster under load, and checks after each batch that everything held.
///
/// Starts `baton` processes on free loopback ports; only `disk-full` needs root, and is left out without it. Ends at the first violation, and then keeps the
/// directory with logs and history, and prints the command that replays the run.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Nodes of the cluster.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(3..=9))]
    pub nodes: u64,
    /// Faults that there must be at least.
    #[arg(long, default_value_t = 50)]
    pub faults: u64,
    /// Minutes that it lasts at least.
    #[arg(long, default_value_t = 0)]
    pub minutes: u64,
    /// Decides what fails and when, and what clients do.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Kinds of faults, separated by commas; all if not given.
    #[arg(long, value_delimiter = ',')]
    pub kinds: Vec<Kind>,
    /// Most faults of one batch, which may overlap.
    #[arg(long, default_value_t = 3)]
    pub at_once: usize,
    /// Switches.
    #[arg(long, default_value_t = 3)]
    pub switches: u64,
    /// Packet-ins a second that each switch raises.
    #[arg(long, default_value_t = 100)]
    pub rate: u64,
    /// The `baton` executable; the one beside this executable if not given.
    #[arg(long)]
    pub baton: Option<PathBuf>,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// Runs the campaign.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    let form = options.output;
    let outcome = chaos::run(&options.plan(), |line| form.say(line)).await?;
    if let Some(kept) = &outcome.kept {
        form.say(format!("kept {}", kept.display()));
        form.say(format!("replay: {}", options.replay()));
    }
    Ok(outcome)
}

impl Options {
    fn kinds(&self) -> Vec<Kind> {
        let mut kinds = self.kinds.clone();
        if kinds.is_empty() {
            let fills = SmallDisk::is_possible();
            kinds.extend(Kind::ALL.iter().filter(|kind| fills || **kind != Kind::DiskFull));
        }
        if self.kinds.is_empty() && !kinds.contains(&Kind::DiskFull) {
            self.output
                .say("*** disk-full is LEFT OUT: it mounts a small disk, which needs root ***");
        }
        kinds
    }

    fn plan(&self) -> Plan {
        Plan {
            nodes: self.nodes,
            faults: self.faults,
            lasts: Duration::from_secs(60 * self.minutes),
            seed: self.seed,
            kinds: self.kinds(),
            at_once: self.at_once,
            switches: self.switches,
            rate: self.rate,
            baton: self.baton.clone(),
        }
    }

    /// Returns the command that does the same again.
    fn replay(&self) -> String {
        let Self { nodes, faults, minutes, seed, at_once, switches, rate, .. } = self;
        let mut command = format!(
            "testbed faults cluster --nodes {nodes} --faults {faults} --minutes {minutes} --seed {seed} \
             --at-once {at_once} --switches {switches} --rate {rate}"
        );
        if !self.kinds.is_empty() {
            let kinds: Vec<String> = self.kinds.iter().map(|kind| kind.name()).collect();
            command += &format!(" --kinds {}", kinds.join(","));
        }
        if let Some(baton) = &self.baton {
            command += &format!(" --baton {}", baton.display());
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn the_replay_is_the_same_plan() {
        let words = "x --nodes 5 --seed 9 --kinds kill,one-way --at-once 2 --baton /x/baton";
        let line = Line::parse_from(words.split(' '));
        let replay = line.options.replay();
        let again = Line::parse_from(replay.split(' ').skip(2));
        assert_eq!(again.options.replay(), replay);
        assert_eq!(format!("{:?}", again.options.plan()), format!("{:?}", line.options.plan()));
    }

    #[test]
    fn the_result_has_what_scripts_rely_on() {
        let json = serde_json::to_value(Outcome::default()).unwrap();
        for key in ["lost", "twice", "answered", "migrations", "seed"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }
}
