//! Nothing fails, and nobody may be taken for dead: not even where every processor is busy with something else.

use super::check::packets::Verdict;
use super::stage::{self, Settled, Stage};
use crate::wait::Failure;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What a run is like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Nodes of the cluster.
    pub nodes: u64,
    /// How long it lasts.
    pub lasts: Duration,
    /// Whether as many threads spin as there are processors, at normal priority.
    pub is_busy: bool,
    /// Decides what clients do.
    pub seed: u64,
    /// The `baton` executable; the one beside the running one if not given.
    pub baton: Option<PathBuf>,
}

/// What a run came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Nodes of the cluster.
    pub nodes: u64,
    /// How long it was, in seconds.
    pub seconds: u64,
    /// Threads that kept processors busy.
    pub spinning: usize,
    /// What decided what clients did.
    pub seed: u64,
    /// Nodes that were taken for dead though they lived: their process registered as a new run.
    pub evictions: u64,
    /// Changes of ownership that nobody asked for.
    pub own_changes: u64,
    /// Operations whose linearizability was checked.
    pub operations: u64,
    /// Migrations that were committed.
    pub migrations: u64,
    /// Migrations that were aborted: parties that lose their lease refuse to take part.
    pub aborted: u64,
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

/// Threads that spin until they are dropped.
struct Spinning(Arc<AtomicBool>);

impl Spinning {
    fn start(threads: usize) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        for _ in 0..threads {
            let over = over.clone();
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(over)
    }
}

impl Drop for Spinning {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Carries a plan out. `say` hears of every look at it.
pub async fn run(plan: &Plan, say: impl Fn(String)) -> Result<Outcome, Failure> {
    let &Plan { nodes, seed, .. } = plan;
    let baton = plan.baton.clone();
    let options = stage::Options { nodes, seed, baton, ..stage::Options::default() };
    let mut stage = Stage::start(options).await?;
    let spinning = if plan.is_busy { available_parallelism().map_or(1, usize::from) } else { 0 };
    let mut outcome = Outcome { nodes, seed, spinning, ..Outcome::default() };
    let mut boots = stage.settle(&[], None).await?.boots;
    let started = Instant::now();
    while started.elapsed() < plan.lasts {
        let busy = Spinning::start(spinning);
        stage.flows().await?;
        sleep(LOOK_EVERY.min(plan.lasts.saturating_sub(started.elapsed()))).await;
        drop(busy);
        let settled = stage.settle(&[], None).await?;
        let Settled { verdict, own_changes, boots: now, .. } = settled;
        let died = now.iter().filter(|(node, boot)| boots.get(node) != Some(boot));
        outcome.evictions += died.count() as u64;
        outcome.own_changes += own_changes.len() as u64;
        boots = now;
        outcome.verdict.add(verdict);
        let unasked = own_changes.iter().map(|change| format!("nobody asked for {change:?}"));
        outcome.verdict.wrong.extend(unasked);
        let (evictions, changes) = (outcome.evictions, outcome.own_changes);
        say(format!("{} s: {evictions} evictions, {changes} changes", started.elapsed().as_secs()));
    }
    if outcome.evictions > 0 {
        outcome.verdict.wrong.push(format!("{} live nodes were taken for dead", outcome.evictions));
    }
    outcome.seconds = started.elapsed().as_secs();
    let told = stage.told();
    outcome.operations = told.operations;
    (outcome.migrations, outcome.aborted) = (told.committed, told.aborted);
    if !outcome.verdict.wrong.is_empty() {
        outcome.kept = stage.cluster.keep();
    }
    Ok(outcome)
}

/// Time between two calms, at which the audit trail, which is bounded, is read.
const LOOK_EVERY: Duration = Duration::from_secs(20);
