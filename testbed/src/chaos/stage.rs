//! A cluster with switches that ask and clients that act, and the checks of everything after each calm.

use super::Wired;
use super::calm::{self, Calm};
use super::check::packets::{self, Batch, Verdict};
use super::check::trail::{Change, Trail};
use super::check::{ownership, writers};
use super::clients::Clients;
use super::history::{self, Event, History};
use super::operator::Operator;
use crate::cluster::{self, Cluster, SmallDisk};
use crate::faults::{Named, Parties};
use crate::oracle::Hearers;
use crate::wait::{Failure, wait_until};
use openflow::Dpid;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// What a stage is like.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) nodes: u64,
    /// Nodes that may join later.
    pub(super) joiners: u64,
    pub(super) switches: u64,
    /// Packet-ins a second of each switch.
    pub(super) rate: u64,
    pub(super) seed: u64,
    /// Clients that read, and clients that move switches.
    pub(super) clients: (u64, u64),
    pub(super) baton: Option<PathBuf>,
    /// Whether the last node's disk can be filled.
    pub(super) small_disk: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            nodes: 3,
            joiners: 0,
            switches: 3,
            rate: 100,
            seed: 1,
            clients: (3, 2),
            baton: None,
            small_disk: false,
        }
    }
}

/// A cluster under load.
pub(super) struct Stage {
    // Clients and switches go first, so that nobody logs the loss of nodes.
    clients: Clients,
    pub(super) switches: Vec<Wired>,
    pub(super) operator: Operator,
    pub(super) history: History,
    trails: BTreeMap<Dpid, Trail>,
    rate: u64,
    pub(super) cluster: Cluster,
    /// The last node's, if it can be filled.
    pub(super) small_disk: Option<SmallDisk>,
}

/// What was found at a calm.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// How long the calm took to come, in milliseconds.
    pub(super) took_ms: u64,
    /// Packet-ins since the books were opened, and all that is wrong.
    pub(super) verdict: Verdict,
    /// Changes of ownership that the cluster itself has decided since the last calm.
    pub(super) own_changes: Vec<Change>,
    /// Runs of the nodes' processes.
    pub(super) boots: BTreeMap<u64, u64>,
}

/// What clients were told of their migrations, and what the audit trail tells.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) operations: u64,
    pub(super) committed: u64,
    pub(super) aborted: u64,
    pub(super) refused: u64,
    pub(super) unknown: u64,
    pub(super) changes: BTreeMap<String, u64>,
}

impl Stage {
    /// Starts everything, and waits for a first calm.
    pub(super) async fn start(options: Options) -> Result<Self, Failure> {
        let Options { nodes, joiners, switches, rate, seed, clients, baton, small_disk } = options;
        let base = cluster::Options::default();
        let options = cluster::Options { nodes, joiners, proxied: true, baton, ..base };
        let mut cluster = Cluster::prepare(options).await?;
        let small_disk = small_disk.then(|| SmallDisk::mount(cluster.data(nodes), DISK_MIB));
        let small_disk = small_disk.transpose()?;
        cluster.run_all()?;
        cluster.healthy().await?;
        let directory = cluster.directory().ok_or_else(|| Failure("no directory".to_owned()))?;
        let path = directory.join("history.jsonl");
        let history = History::create(&path).map_err(|e| Failure::new(path.display(), e))?;
        let operator = Operator::of(&cluster)?;
        let mut wired = vec![];
        for dpid in 1..=switches {
            wired.push(Wired::start(dpid, &cluster).await?);
        }
        let dpids: Vec<Dpid> = wired.iter().map(|wired| wired.switch.dpid()).collect();
        let clients = Clients::start(&operator, &history, nodes + joiners, &dpids, clients, seed);
        let trails = dpids.iter().map(|&dpid| (dpid, Trail::default())).collect();
        let mut stage =
            Self { clients, switches: wired, operator, history, trails, rate, cluster, small_disk };
        match stage.settle(&[], None).await?.verdict.wrong {
            wrong if wrong.is_empty() => Ok(stage),
            wrong => Err(Failure(format!("wrong from the start: {}", wrong.join("; ")))),
        }
    }

    /// Opens new books, lets packets come, and waits until some of each switch are answered.
    pub(super) async fn flows(&self) -> Result<(), Failure> {
        for Wired { switch, .. } in &self.switches {
            switch.open_books();
            switch.set_rate(self.rate);
        }
        let wanted = self.rate * 3 / 2;
        for Wired { switch, .. } in &self.switches {
            wait_until("answers", CALM_LIMIT, async || match switch.answered() {
                answered if answered >= wanted => Ok(()),
                answered => Err(format!("{answered} of {wanted}")),
            })
            .await?;
        }
        Ok(())
    }

    /// Returns the time on each switch's clock.
    pub(super) fn clocks(&self) -> Vec<Duration> {
        self.switches.iter().map(|wired| wired.switch.now()).collect()
    }

    /// Waits for a calm, and checks everything; `struck` tells whom faults have befallen, for each switch, and
    /// `first_faults` when the first of them began.
    pub(super) async fn settle(
        &mut self,
        struck: &[Hearers],
        first_faults: Option<&[Duration]>,
    ) -> Result<Settled, Failure> {
        let healed = Instant::now();
        let _paused = self.clients.pause().await;
        let Self { cluster, switches, operator, history, .. } = self;
        let calm = calm::wait(cluster, switches, operator, history, CALM_LIMIT).await?;
        let Calm { histories, boots, as_of_us, wrong } = calm;
        let took_ms = healed.elapsed().as_millis() as u64;
        for Wired { switch, .. } in &self.switches {
            switch.ready(CALM_LIMIT).await?;
            switch.calm_down(QUIET).await;
        }
        let mut settled = Settled {
            took_ms,
            verdict: Verdict { wrong, ..Verdict::default() },
            ..Settled::default()
        };
        for (place, wired) in self.switches.iter().enumerate() {
            let dpid = wired.switch.dpid();
            let told = histories.get(&dpid).cloned().unwrap_or_default();
            let trail = self.trails.entry(dpid).or_default();
            let is_new = |change: &&Change| trail.of_token(change.token).is_none();
            let own = told.iter().filter(is_new).filter(|change| change.cause != "migrated");
            let own: Vec<Change> = own.cloned().collect();
            settled.verdict.wrong.extend(trail.merge(told));
            // What a node had been sent it could answer no more once the cluster took the switch from it.
            let struck = struck.get(place).copied().unwrap_or_default();
            let struck = own.iter().filter_map(|change| change.from).fold(struck, Hearers::with);
            let first_fault = first_faults.and_then(|times| times.get(place)).copied();
            settled.verdict.add(judge(wired, trail, struck, first_fault));
            settled.own_changes.extend(own);
        }
        // A migration of unknown outcome may take effect even now, and be read: that is the next calm's to tell.
        let mut history = self.history.entries();
        history.retain(|entry| !matches!(&entry.event, Event::Read(_) if entry.at_us > as_of_us));
        settled.verdict.wrong.extend(ownership::check(&history, &self.trails));
        settled.boots = boots;
        for what in &settled.verdict.wrong {
            self.history.note(Event::Wrong { what: what.clone() });
        }
        Ok(settled)
    }

    /// Sums up what clients were told.
    pub(super) fn told(&self) -> Told {
        let entries = self.history.entries();
        let operations = ownership::operations(&entries);
        let mut told = Told { operations, ..Told::default() };
        for entry in &entries {
            let Event::Migrate(asked) = &entry.event else { continue };
            *match asked.outcome {
                history::Outcome::Committed { .. } => &mut told.committed,
                history::Outcome::Aborted { .. } => &mut told.aborted,
                history::Outcome::Refused { .. } => &mut told.refused,
                history::Outcome::Unknown { .. } => &mut told.unknown,
            } += 1;
        }
        for change in self.trails.values().flat_map(Trail::changes) {
            *told.changes.entry(change.cause.clone()).or_default() += 1;
        }
        told
    }
}

/// Judges what a switch has seen since its books were opened.
fn judge(wired: &Wired, trail: &Trail, struck: Hearers, first_fault: Option<Duration>) -> Verdict {
    let switch = &wired.switch;
    let (ledger, moments, deeds) = (switch.ledger(), switch.moments(), switch.chronicle());
    let nodes = wired.ways.len() as u64;
    let named = &named(trail, switch.now());
    let (ledger, moments, deeds) = (&ledger, &moments, &deeds);
    let batch = Batch { ledger, moments, deeds, nodes, named, struck, first_fault };
    let mut verdict = packets::check(batch);
    verdict.wrong.extend(writers::check(deeds, trail));
    for what in &mut verdict.wrong {
        *what = format!("switch {}: {what}", switch.dpid());
    }
    verdict
}

/// Returns when the log named the winners of hand-overs, on the clock of a switch that shows `now`.
fn named(trail: &Trail, now: Duration) -> Vec<Named> {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let named = trail.changes().filter(|change| change.cause == "migrated").filter_map(|change| {
        let ago = wall.saturating_sub(Duration::from_millis(change.at_ms));
        let parties = Parties { source: change.from?, winner: change.to };
        Some(Named { at: now.checked_sub(ago)?, parties })
    });
    named.collect()
}

/// How long a cluster may take to come back: a cold start waits ten seconds for owners, and switches redial.
pub(super) const CALM_LIMIT: Duration = Duration::from_secs(40);
/// Size of a disk that can be filled: a log and a snapshot have room.
const DISK_MIB: u64 = 128;
/// How long nothing may come before what is missing counts as never answered.
const QUIET: Duration = Duration::from_millis(1_500);
