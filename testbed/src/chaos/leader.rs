//! Leaders of the log killed one after the other, under a stream of migrations: what was acknowledged is there
//! afterwards, and all replicas are alike.
//!
//! Changes of membership belong into the same stream once operators can make them: they are one more client.

use super::campaign::CLIENTS;
use super::check::packets::Verdict;
use super::history::Event;
use super::operator::Operator;
use super::stage::{self, Settled, Stage};
use crate::oracle::{Hearers, Percentiles};
use crate::wait::{Failure, wait_until};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// What a run is like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Nodes of the cluster.
    pub nodes: u64,
    /// Leaders to kill.
    pub kills: u64,
    /// Decides what clients do.
    pub seed: u64,
    /// The `baton` executable; the one beside the running one if not given.
    pub baton: Option<PathBuf>,
}

/// What a run came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Leaders killed.
    pub kills: u64,
    /// What decided what clients did.
    pub seed: u64,
    /// From the kill until another node says that it leads and is in contact with a majority, in microseconds.
    pub new_leader_us: Percentiles,
    /// Operations whose linearizability was checked.
    pub operations: u64,
    /// Migrations whose clients were told that they are committed or done: all of them are in the audit trail.
    pub migrations: u64,
    /// Those of which a client does not know.
    pub unknown: u64,
    /// What became of packet-ins, and violations.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Directory of everything, kept if something is wrong.
    pub kept: Option<PathBuf>,
}

impl Outcome {
    /// Returns whether everything held.
    pub fn is_good(&self) -> bool {
        self.verdict.wrong.is_empty()
    }
}

/// Carries a plan out; ends at the first violation. `say` hears of every round of checks.
pub async fn run(plan: &Plan, say: impl Fn(String)) -> Result<Outcome, Failure> {
    let &Plan { nodes, kills, seed, .. } = plan;
    let (switches, rate, clients, baton) = (3, 100, CLIENTS, plan.baton.clone());
    let options = stage::Options { nodes, switches, rate, seed, clients, baton };
    let mut stage = Stage::start(options).await?;
    let mut outcome = Outcome { seed, ..Outcome::default() };
    let mut took_us = vec![];
    while outcome.kills < kills && outcome.verdict.wrong.is_empty() {
        let round = CHECK_EVERY.min(kills - outcome.kills);
        match self::round(&mut stage, round, &mut took_us).await {
            Ok(Settled { verdict, .. }) => {
                outcome.verdict.add(verdict);
            }
            Err(failure) => outcome.verdict.wrong.push(failure.to_string()),
        }
        outcome.kills += round;
        let last = took_us.last().copied().unwrap_or_default() / 1_000;
        say(format!("{} leaders killed; the last was replaced after {last} ms", outcome.kills));
    }
    let told = stage.told();
    outcome.operations = told.operations;
    (outcome.migrations, outcome.unknown) = (told.committed, told.unknown);
    outcome.new_leader_us = Percentiles::of(took_us);
    if !outcome.verdict.wrong.is_empty() {
        outcome.kept = stage.cluster.keep();
    }
    Ok(outcome)
}

/// Kills some leaders, and waits for a calm.
async fn round(stage: &mut Stage, kills: u64, took_us: &mut Vec<u64>) -> Result<Settled, Failure> {
    stage.flows().await?;
    let first_faults = stage.clocks();
    let mut struck = Hearers::default();
    for _ in 0..kills {
        let leader = wait_until("a leader", LIMIT, async || {
            stage.operator.leader().await.ok_or_else(|| "none".to_owned())
        })
        .await?;
        stage.history.note(Event::Fault { fault: format!("kill leader {leader}"), begins: true });
        let killed_at = Instant::now();
        stage.cluster.kill(leader).await?;
        struck = struck.with(leader);
        leads(&stage.operator, stage.cluster.ids().filter(|&node| node != leader)).await?;
        took_us.push(killed_at.elapsed().as_micros() as u64);
        stage.cluster.run(leader)?;
        follows(&stage.operator, leader).await?;
    }
    let struck = vec![struck; stage.switches.len()];
    stage.settle(&struck, Some(&first_faults)).await
}

/// Waits until one of `nodes` leads and is in contact with a majority.
async fn leads(operator: &Operator, nodes: impl Iterator<Item = u64>) -> Result<(), Failure> {
    let nodes: Vec<u64> = nodes.collect();
    wait_until("a new leader", LIMIT, async || {
        for &node in &nodes {
            let status = operator.status(node).await;
            if status.is_ok_and(|status| status.quorum && status.leader == Some(node)) {
                return Ok(());
            }
        }
        Err("no node leads".to_owned())
    })
    .await
}

/// Waits until a node that was started has caught up: another may die then.
async fn follows(operator: &Operator, node: u64) -> Result<(), Failure> {
    wait_until("the killed node to be back", LIMIT, async || {
        let status = operator.status(node).await.map_err(|e| e.to_string())?;
        if status.quorum && status.leader.is_some() { Ok(()) } else { Err("no quorum".to_owned()) }
    })
    .await
}

/// Kills between two calms; the audit trail, which is bounded, is read at each.
const CHECK_EVERY: u64 = 5;
const LIMIT: Duration = Duration::from_secs(30);
