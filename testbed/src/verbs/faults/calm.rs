//! `testbed faults calm`: nothing fails, and nobody may be taken for dead.

use crate::chaos::idle::{self, Outcome, Plan};
use crate::output::Form;
use crate::wait::Failure;
use std::path::PathBuf;
use std::time::Duration;

/// Lets nothing fail, and counts the nodes that are taken for dead all the same: there must be none.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Nodes of the cluster.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(3..=9))]
    pub nodes: u64,
    /// How long.
    #[arg(long, default_value_t = 5)]
    pub minutes: u64,
    /// Keeps every processor busy with something else, at normal priority.
    #[arg(long)]
    pub busy: bool,
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
    let &Options { nodes, minutes, busy: is_busy, seed, output, .. } = options;
    let lasts = Duration::from_secs(60 * minutes);
    let plan = Plan { nodes, lasts, is_busy, seed, baton: options.baton.clone() };
    let outcome = idle::run(&plan, |line| output.say(line)).await?;
    super::say_wrong(output, &outcome.verdict.wrong, outcome.kept.as_deref());
    Ok(outcome)
}
