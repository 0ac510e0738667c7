//! A whole run: batches of faults, with a calm and all checks after each.

use super::Kind;
use super::blow::Deck;
use super::check::packets::Verdict;
use super::history::Event;
use super::nemesis::{Aftermath, Nemesis};
use super::stage::{self, Settled, Stage};
use crate::oracle::Percentiles;
use crate::wait::Failure;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// What a run is like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Nodes of the cluster.
    pub nodes: u64,
    /// Faults that there must be.
    pub faults: u64,
    /// How long it lasts at least.
    pub lasts: Duration,
    /// Decides what fails, when, and what clients do.
    pub seed: u64,
    /// Kinds of faults.
    pub kinds: Vec<Kind>,
    /// Most faults of one batch.
    pub at_once: usize,
    /// Switches.
    pub switches: u64,
    /// Packet-ins a second of each.
    pub rate: u64,
    /// The `baton` executable; the one beside the running one if not given.
    pub baton: Option<PathBuf>,
}

/// What a run came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Nodes of the cluster.
    pub nodes: u64,
    /// What decided everything.
    pub seed: u64,
    /// Faults, by kind.
    pub faults: BTreeMap<Kind, u64>,
    /// Batches of faults, with a calm after each.
    pub batches: usize,
    /// How long it took, in seconds.
    pub seconds: u64,
    /// Operations whose linearizability was checked: a read of one switch, or a migration.
    pub operations: u64,
    /// Migrations whose clients were told that they are committed or done.
    pub migrations: u64,
    /// Those that were aborted.
    pub aborted: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Those of which a client does not know.
    pub unknown: u64,
    /// Changes of ownership in the audit trails, by cause.
    pub changes: BTreeMap<String, u64>,
    /// From the end of the last fault of a batch to the calm, in milliseconds.
    pub calm_ms: Percentiles,
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

/// Carries a plan out; ends at the first violation. `say` hears of every batch.
pub async fn run(plan: &Plan, say: impl Fn(String)) -> Result<Outcome, Failure> {
    let mut campaign = Campaign::start(plan).await?;
    let started = Instant::now();
    let mut deck = Deck::new(&plan.kinds, plan.seed);
    while campaign.outcome.verdict.wrong.is_empty()
        && (campaign.faults() < plan.faults || started.elapsed() < plan.lasts)
    {
        campaign.outcome.batches += 1;
        // A cluster that does not come back is as bad as one that comes back wrong.
        if let Err(failure) = campaign.batch(&mut deck, plan).await {
            let what = failure.to_string();
            campaign.stage.history.note(Event::Wrong { what: what.clone() });
            campaign.outcome.verdict.wrong.push(what);
        }
        say(campaign.line());
    }
    campaign.outcome.seconds = started.elapsed().as_secs();
    Ok(campaign.conclude(plan))
}

/// A run while it lasts.
struct Campaign {
    stage: Stage,
    calm_ms: Vec<u64>,
    outcome: Outcome,
}

impl Campaign {
    async fn start(plan: &Plan) -> Result<Self, Failure> {
        let &Plan { nodes, switches, rate, seed, .. } = plan;
        let (baton, small_disk) = (plan.baton.clone(), plan.kinds.contains(&Kind::DiskFull));
        let base = stage::Options::default();
        let options = stage::Options { nodes, switches, rate, seed, baton, small_disk, ..base };
        let stage = Stage::start(options).await?;
        Ok(Self { stage, calm_ms: vec![], outcome: Outcome { nodes, seed, ..Outcome::default() } })
    }

    fn faults(&self) -> u64 {
        self.outcome.faults.values().sum()
    }

    async fn batch(&mut self, deck: &mut Deck, plan: &Plan) -> Result<(), Failure> {
        self.stage.flows().await?;
        let first_faults = self.stage.clocks();
        let Stage { cluster, switches, operator, history, small_disk, .. } = &mut self.stage;
        let nemesis = Nemesis::new(cluster, switches, operator, history, small_disk.as_ref());
        let Aftermath { struck, begun } = nemesis.strike(&deck.batch(plan.at_once)).await?;
        for (kind, times) in begun {
            *self.outcome.faults.entry(kind).or_default() += times;
        }
        let Settled { took_ms, verdict, .. } =
            self.stage.settle(&struck, Some(&first_faults)).await?;
        self.calm_ms.push(took_ms);
        let batch = self.outcome.batches;
        self.stage.history.note(Event::Calm { batch, took_ms });
        self.outcome.verdict.add(verdict);
        Ok(())
    }

    fn line(&self) -> String {
        let Outcome { batches, verdict, .. } = &self.outcome;
        let Verdict { answered, lost, twice, wrong, .. } = verdict;
        let text = format!(
            "batch {batches}: {} faults so far; calm after {} ms; {answered} answered, {lost} lost, {twice} twice",
            self.faults(),
            self.calm_ms.last().copied().unwrap_or_default(),
        );
        if wrong.is_empty() { text } else { format!("{text}\n  WRONG: {}", wrong.join("\n  ")) }
    }

    fn conclude(mut self, plan: &Plan) -> Outcome {
        let told = self.stage.told();
        let mut outcome = Outcome {
            operations: told.operations,
            migrations: told.committed,
            aborted: told.aborted,
            refused: told.refused,
            unknown: told.unknown,
            changes: told.changes,
            calm_ms: Percentiles::of(self.calm_ms),
            ..self.outcome
        };
        // With fewer faults, chance may leave one out.
        if outcome.verdict.wrong.is_empty() && plan.faults as usize >= 2 * plan.kinds.len() {
            let missed = plan.kinds.iter().filter(|kind| !outcome.faults.contains_key(kind));
            outcome
                .verdict
                .wrong
                .extend(missed.map(|kind| format!("planned, and never happened: {kind}")));
        }
        if !outcome.verdict.wrong.is_empty() {
            outcome.kept = self.stage.cluster.keep();
        }
        outcome
    }
}
