//! Leaders of the log killed one after the other, under a stream of migrations and changes of membership: what was
//! acknowledged is there afterwards, and all replicas are alike.
//!
//! In every round a node joins and another leaves, and some node is being cordoned at each kill. Numbers of nodes are
//! never used again, so that a new cluster takes over when they run out.

use super::check::packets::Verdict;
use super::churn::{self, Changes, Cordon};
use super::history::Event;
use super::operator::Operator;
use super::stage::{self, Settled, Stage};
use crate::oracle::{Hearers, Percentiles};
use crate::seeded::Seeded;
use crate::wait::{Failure, wait_until};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep};

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
    /// Clusters that this took.
    pub clusters: u64,
    /// Changes of membership.
    pub membership: Changes,
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
    let mut outcome = Outcome { seed: plan.seed, ..Outcome::default() };
    let mut took_us = vec![];
    while outcome.kills < plan.kills && outcome.verdict.wrong.is_empty() {
        outcome.clusters += 1;
        let mut run = Run::start(plan, outcome.clusters).await?;
        for _ in 0..JOINERS {
            let kills = CHECK_EVERY.min(plan.kills - outcome.kills);
            if kills == 0 || !outcome.verdict.wrong.is_empty() {
                break;
            }
            match run.round(kills, &mut took_us).await {
                Ok(Settled { verdict, .. }) => outcome.verdict.add(verdict),
                Err(failure) => outcome.verdict.wrong.push(failure.to_string()),
            }
            outcome.verdict.wrong.append(&mut run.wrong);
            outcome.kills += kills;
            let last = took_us.last().copied().unwrap_or_default() / 1_000;
            say(format!("{} leaders killed; the last was replaced after {last} ms", outcome.kills));
        }
        run.conclude(&mut outcome);
    }
    outcome.new_leader_us = Percentiles::of(took_us);
    Ok(outcome)
}

/// One cluster, while its leaders are killed.
struct Run {
    stage: Stage,
    chance: Seeded,
    /// Number of the next node that joins.
    newcomer: u64,
    changes: Changes,
    wrong: Vec<String>,
}

impl Run {
    async fn start(plan: &Plan, number: u64) -> Result<Self, Failure> {
        let &Plan { nodes, seed, .. } = plan;
        let (joiners, baton) = (JOINERS, plan.baton.clone());
        let base = stage::Options::default();
        let options = stage::Options { nodes, joiners, seed, baton, ..base };
        let stage = Stage::start(options).await?;
        let (chance, newcomer) = (Seeded::of(seed, &[CHURN, number]), nodes + 1);
        Ok(Self { stage, chance, newcomer, changes: Changes::default(), wrong: vec![] })
    }

    /// Kills some leaders while a node joins and another leaves, and waits for a calm.
    async fn round(&mut self, kills: u64, took_us: &mut Vec<u64>) -> Result<Settled, Failure> {
        self.stage.flows().await?;
        let first_faults = self.stage.clocks();
        let mut struck = Hearers::default();
        let newcomer = self.newcomer;
        self.newcomer += 1;
        let host = self.stage.cluster.ids().next().unwrap_or(1);
        self.stage.cluster.run_joining(newcomer, host, None)?;
        for _ in 0..kills.div_ceil(2) {
            struck = struck.with(self.kill_leader(None, took_us).await?);
        }
        churn::joined(&self.stage.operator, newcomer).await?;
        self.changes.joined += 1;

        let leaver = self.stage.cluster.ids().next().unwrap_or(1);
        let leaving = churn::part(self.stage.operator.clone(), leaver);
        let killing = async {
            for _ in 0..kills / 2 {
                struck = struck.with(self.kill_leader(Some(leaver), took_us).await?);
            }
            Ok(())
        };
        tokio::try_join!(leaving, killing)?;
        self.changes.left += 1;
        self.stage.cluster.forget(leaver)?;
        // It may have ended already, as it is told to when it starts again.
        let _ = self.stage.cluster.kill(leaver).await;
        let struck = vec![struck; self.stage.switches.len()];
        self.stage.settle(&struck, Some(&first_faults)).await
    }

    /// Kills the leader while a cordon is asked for, starts it again, and returns which it was.
    async fn kill_leader(
        &mut self,
        leaver: Option<u64>,
        took_us: &mut Vec<u64>,
    ) -> Result<u64, Failure> {
        let Self { stage, chance, .. } = self;
        let leader = wait_until("a leader", LIMIT, async || {
            stage.operator.leader().await.ok_or_else(|| "none".to_owned())
        })
        .await?;
        // Whoever leaves may be gone before its cordon can be taken back.
        let others: Vec<u64> = stage.cluster.ids().filter(|&node| Some(node) != leaver).collect();
        let cordon = Cordon::ask(&stage.operator, &others, chance);
        sleep(CORDONS.mul_f64(chance.unit())).await;
        stage.history.note(Event::Fault { fault: format!("kill leader {leader}"), begins: true });
        let killed_at = Instant::now();
        stage.cluster.kill(leader).await?;
        leads(&stage.operator, stage.cluster.ids().filter(|&node| node != leader)).await?;
        took_us.push(killed_at.elapsed().as_micros() as u64);
        stage.cluster.run(leader)?;
        if Some(leader) != leaver {
            follows(&stage.operator, leader).await?;
        }
        self.wrong.extend(cordon.check(&stage.operator, &mut self.changes).await?);
        Ok(leader)
    }

    /// Adds to an outcome what clients were told, and keeps everything if something is wrong.
    fn conclude(mut self, outcome: &mut Outcome) {
        let told = self.stage.told();
        outcome.operations += told.operations;
        outcome.migrations += told.committed;
        outcome.unknown += told.unknown;
        outcome.membership.add(self.changes);
        if !outcome.verdict.wrong.is_empty() {
            outcome.kept = self.stage.cluster.keep();
        }
    }
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
/// The leader dies within this time after a cordon was asked for: before it is known to it, before it is committed,
/// before anybody hears of that, or after it.
const CORDONS: Duration = Duration::from_millis(30);
/// Nodes that join a cluster before the next takes over: one in each round.
const JOINERS: u64 = 4;
/// Sets the seed's use here apart from others.
const CHURN: u64 = 0xc425;
const LIMIT: Duration = Duration::from_secs(30);
