//! `testbed faults failover`: how long it takes until another answers.

use crate::chaos::failover::{self, Outcome, Plan};
use crate::output::Form;
use crate::wait::Failure;
use std::path::PathBuf;

/// Kills the owner of a switch again and again, and measures the time to the first answer by another.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Nodes of the cluster.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(3..=9))]
    pub nodes: u64,
    /// Owners to kill.
    #[arg(long, default_value_t = 100)]
    pub times: u64,
    /// Packet-ins a second that the switch raises.
    #[arg(long, default_value_t = 500)]
    pub rate: u64,
    /// The `baton` executable; the one beside this executable if not given.
    #[arg(long)]
    pub baton: Option<PathBuf>,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// Runs it.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    let &Options { nodes, times, rate, output, .. } = options;
    let plan = Plan { nodes, times, rate, baton: options.baton.clone() };
    let outcome = failover::run(&plan, |line| output.say(line)).await?;
    super::say_wrong(output, &outcome.verdict.wrong, outcome.kept.as_deref());
    Ok(outcome)
}
