//! `testbed faults leader`: leaders killed one after the other.

use crate::chaos::leader::{self, Outcome, Plan};
use crate::output::Form;
use crate::wait::Failure;
use std::path::PathBuf;

/// Kills the leader of the log again and again, under a stream of migrations, reads and changes of membership.
///
/// Afterwards every acknowledged operation must be there, and all replicas alike.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Nodes of the cluster.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(3..=5))]
    pub nodes: u64,
    /// Leaders to kill.
    #[arg(long, default_value_t = 200)]
    pub kills: u64,
    /// Decides what clients do.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The `baton` executable; the one beside this executable if not given.
    #[arg(long)]
    pub baton: Option<PathBuf>,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// Runs it.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    let &Options { nodes, kills, seed, output, .. } = options;
    let plan = Plan { nodes, kills, seed, baton: options.baton.clone() };
    let outcome = leader::run(&plan, |line| output.say(line)).await?;
    super::say_wrong(output, &outcome.verdict.wrong, outcome.kept.as_deref());
    Ok(outcome)
}
