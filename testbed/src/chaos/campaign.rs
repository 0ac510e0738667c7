//! A whole run: batches of faults, with a calm and all checks after each.

use super::blow::Deck;
use super::calm::{self, Calm};
use super::check::packets::{self, Batch};
use super::check::trail::Trail;
use super::check::{ownership, writers};
use super::clients::Clients;
use super::history::{self, Event, History};
use super::nemesis::{Aftermath, Nemesis};
use super::operator::Operator;
use super::{Kind, Wired};
use crate::cluster::{self, Cluster};
use crate::oracle::{Hearers, Percentiles};
use crate::wait::{Failure, wait_until};
use openflow::Dpid;
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
    /// Packet-ins answered.
    pub answered: u64,
    /// Packet-ins never answered, though a node that had to was spared.
    pub lost: u64,
    /// Packet-ins never answered that only struck nodes were sent.
    pub unheard_by_survivors: u64,
    /// Packets for which a switch had no controller to ask.
    pub unheard: u64,
    /// Packet-ins answered more than once.
    pub twice: u64,
    /// From the end of the last fault of a batch to the calm, in milliseconds.
    pub calm_ms: Percentiles,
    /// Violations.
    pub wrong: Vec<String>,
    /// Directory of everything, kept if something is wrong.
    pub kept: Option<PathBuf>,
}

impl Outcome {
    /// Returns whether everything held.
    pub fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }
}

/// Carries a plan out; ends at the first violation. `say` hears of every batch.
pub async fn run(plan: &Plan, say: impl Fn(String)) -> Result<Outcome, Failure> {
    let mut campaign = Campaign::start(plan).await?;
    let started = Instant::now();
    let mut deck = Deck::new(&plan.kinds, plan.seed);
    while campaign.outcome.wrong.is_empty()
        && (campaign.faults() < plan.faults || started.elapsed() < plan.lasts)
    {
        let wrong = match campaign.batch(&mut deck, plan).await {
            Ok(wrong) => wrong,
            // A cluster that does not come back is as bad as one that comes back wrong.
            Err(failure) => vec![failure.to_string()],
        };
        campaign.found(wrong);
        say(campaign.line());
    }
    campaign.outcome.seconds = started.elapsed().as_secs();
    Ok(campaign.conclude(plan))
}

/// A run while it lasts.
struct Campaign {
    // Clients and switches go first, so that nobody logs the loss of nodes.
    clients: Clients,
    switches: Vec<Wired>,
    operator: Operator,
    history: History,
    trails: BTreeMap<Dpid, Trail>,
    calm_ms: Vec<u64>,
    outcome: Outcome,
    cluster: Cluster,
}

impl Campaign {
    async fn start(plan: &Plan) -> Result<Self, Failure> {
        let base = cluster::Options::default();
        let (nodes, baton) = (plan.nodes, plan.baton.clone());
        let options = cluster::Options { nodes, proxied: true, baton, ..base };
        let cluster = Cluster::start(options).await?;
        let directory = cluster.directory().ok_or_else(|| Failure("no directory".to_owned()))?;
        let path = directory.join("history.jsonl");
        let history = History::create(&path).map_err(|e| Failure::new(path.display(), e))?;
        let operator = Operator::of(&cluster)?;
        let mut switches = vec![];
        for dpid in 1..=plan.switches {
            switches.push(Wired::start(dpid, &cluster).await?);
        }
        let dpids: Vec<Dpid> = switches.iter().map(|wired| wired.switch.dpid()).collect();
        let clients = Clients::start(&operator, &history, nodes, &dpids, CLIENTS, plan.seed);
        let trails = dpids.iter().map(|&dpid| (dpid, Trail::default())).collect();
        let outcome = Outcome { nodes, seed: plan.seed, ..Outcome::default() };
        let calm_ms = vec![];
        let mut campaign =
            Self { clients, switches, operator, history, trails, calm_ms, outcome, cluster };
        let paused = campaign.clients.pause().await;
        campaign.calm().await?;
        for Wired { switch, .. } in &campaign.switches {
            switch.ready(CALM_LIMIT).await?;
        }
        drop(paused);
        Ok(campaign)
    }

    fn faults(&self) -> u64 {
        self.outcome.faults.values().sum()
    }

    /// One batch; returns what is wrong after it.
    async fn batch(&mut self, deck: &mut Deck, plan: &Plan) -> Result<Vec<String>, Failure> {
        self.outcome.batches += 1;
        for Wired { switch, .. } in &self.switches {
            switch.open_books();
            switch.set_rate(plan.rate);
        }
        self.flows(plan.rate * 3 / 2).await?;
        let first_faults: Vec<Duration> = self.switches.iter().map(|it| it.switch.now()).collect();
        let nemesis =
            Nemesis::new(&mut self.cluster, &self.switches, &self.operator, &self.history);
        let Aftermath { mut struck, begun } = nemesis.strike(&deck.batch(plan.at_once)).await?;
        for (kind, times) in begun {
            *self.outcome.faults.entry(kind).or_default() += times;
        }

        let healed = Instant::now();
        let paused = self.clients.pause().await;
        let calm = self.calm().await?;
        let took_ms = healed.elapsed().as_millis() as u64;
        self.calm_ms.push(took_ms);
        self.history.note(Event::Calm { batch: self.outcome.batches, took_ms });
        for Wired { switch, .. } in &self.switches {
            switch.ready(CALM_LIMIT).await?;
            switch.calm_down(QUIET).await;
        }
        let mut wrong = calm.wrong.clone();
        self.taken_for_dead(&calm, &mut struck);
        for (&dpid, changes) in &calm.histories {
            wrong.extend(self.trails.entry(dpid).or_default().merge(changes.iter().cloned()));
        }
        for ((wired, struck), first_fault) in self.switches.iter().zip(struck).zip(first_faults) {
            wrong.extend(judge(&mut self.outcome, wired, struck, Some(first_fault)));
        }
        wrong.extend(ownership::check(&self.history.entries(), &self.trails));
        drop(paused);
        Ok(wrong)
    }

    /// Waits until every switch has had this many more answers: traffic flows, and nothing has failed yet.
    async fn flows(&self, more: u64) -> Result<(), Failure> {
        for Wired { switch, .. } in &self.switches {
            wait_until("answers", CALM_LIMIT, async || match switch.answered() {
                answered if answered >= more => Ok(()),
                answered => Err(format!("{answered} of {more}")),
            })
            .await?;
        }
        Ok(())
    }

    async fn calm(&mut self) -> Result<Calm, Failure> {
        calm::wait(&mut self.cluster, &self.switches, &self.operator, CALM_LIMIT).await
    }

    /// Adds who has lost a switch by the cluster's own decision: what it had been sent it could answer no more.
    fn taken_for_dead(&self, calm: &Calm, struck: &mut [Hearers]) {
        for (wired, struck) in self.switches.iter().zip(struck) {
            let dpid = wired.switch.dpid();
            let (known, told) = (&self.trails[&dpid], &calm.histories[&dpid]);
            let new = told.iter().filter(|change| known.of_token(change.token).is_none());
            let lost = new.filter(|change| change.cause != "migrated").filter_map(|it| it.from);
            *struck = lost.fold(*struck, Hearers::with);
        }
    }

    fn found(&mut self, wrong: Vec<String>) {
        for what in wrong {
            self.history.note(Event::Wrong { what: what.clone() });
            self.outcome.wrong.push(what);
        }
    }

    fn line(&self) -> String {
        let Outcome { batches, answered, lost, twice, wrong, .. } = &self.outcome;
        let text = format!(
            "batch {batches}: {} faults so far; calm after {} ms; {answered} answered, {lost} lost, {twice} twice",
            self.faults(),
            self.calm_ms.last().copied().unwrap_or_default(),
        );
        if wrong.is_empty() { text } else { format!("{text}\n  WRONG: {}", wrong.join("\n  ")) }
    }

    fn conclude(mut self, plan: &Plan) -> Outcome {
        let entries = self.history.entries();
        let mut outcome = std::mem::take(&mut self.outcome);
        outcome.operations = ownership::operations(&entries);
        for entry in &entries {
            let Event::Migrate(asked) = &entry.event else { continue };
            *match asked.outcome {
                history::Outcome::Committed { .. } => &mut outcome.migrations,
                history::Outcome::Aborted { .. } => &mut outcome.aborted,
                history::Outcome::Refused { .. } => &mut outcome.refused,
                history::Outcome::Unknown { .. } => &mut outcome.unknown,
            } += 1;
        }
        for change in self.trails.values().flat_map(Trail::changes) {
            *outcome.changes.entry(change.cause.clone()).or_default() += 1;
        }
        outcome.calm_ms = Percentiles::of(self.calm_ms);
        if outcome.wrong.is_empty() && plan.faults as usize >= 2 * plan.kinds.len() {
            let missed = plan.kinds.iter().filter(|kind| !outcome.faults.contains_key(kind));
            outcome.wrong.extend(missed.map(|kind| format!("planned, and never happened: {kind}")));
        }
        if !outcome.wrong.is_empty() {
            outcome.kept = self.cluster.keep();
        }
        outcome
    }
}

/// Books a batch of one switch, and returns what is wrong with it.
fn judge(
    outcome: &mut Outcome,
    wired: &Wired,
    struck: Hearers,
    first_fault: Option<Duration>,
) -> Vec<String> {
    let switch = &wired.switch;
    let (ledger, moments, deeds) = (switch.ledger(), switch.moments(), switch.chronicle());
    let nodes = wired.ways.len() as u64;
    let batch =
        Batch { ledger: &ledger, moments: &moments, deeds: &deeds, nodes, struck, first_fault };
    let verdict = packets::check(batch);
    outcome.answered += verdict.answered;
    outcome.lost += verdict.lost;
    outcome.unheard_by_survivors += verdict.unheard_by_survivors;
    outcome.unheard += verdict.unheard;
    outcome.twice += verdict.twice;
    let wrong = verdict.wrong.into_iter().chain(writers::check(&deeds));
    wrong.map(|what| format!("switch {}: {what}", switch.dpid())).collect()
}

/// Clients that read, and clients that move switches.
const CLIENTS: (u64, u64) = (3, 2);
/// How long a cluster may take to come back: a cold start waits ten seconds for owners, and switches redial.
const CALM_LIMIT: Duration = Duration::from_secs(40);
/// How long nothing may come before what is missing counts as never answered.
const QUIET: Duration = Duration::from_millis(1_500);
