//! A controller node: its process, its lease, its view of the log, and what it does beside its sessions.
//!
//! Mirrors `controller::presence` (it tells the log of its sessions) and `controller::placement` (what only
//! the leader does).

use super::agenda::Micros;
use super::log::Tenure;
use super::session::{Admission, Session};
use crate::vswitch::ConnectionId;
use migration::ownership::{AbortReason, NodeState, Op, Ownership, Sighting, State};
use migration::{MigrationId, NodeId, Token};
use openflow::{Dpid, GenerationId};
use std::collections::{BTreeMap, BTreeSet};

/// A node, whether its process lives or not.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) up: bool,
    /// Number of this run of its process.
    pub(super) run: u32,
    pub(super) boot: u64,
    pub(super) started_at: Micros,
    pub(super) paused_until: Micros,
    /// Until then it cannot reach the log.
    pub(super) cut_off_until: Micros,
    pub(super) lease_until: Micros,
    pub(super) tenure: Option<Tenure>,
    /// The log, as far as it has applied it.
    pub(super) view: Ownership,
    pub(super) applied: usize,
    /// Mean time from the commit of an entry to its application here.
    pub(super) lag: Micros,
    pub(super) sessions: BTreeMap<ConnectionId, Session>,
    pub(super) admission: Admission,
    pub(super) presence: Presence,
    pub(super) watch: Watch,
    /// Switches whose sessions are to look at the log.
    pub(super) nudged: BTreeSet<Dpid>,
    /// When the last fault that hit it was over.
    pub(super) sound_since: Micros,
}

/// How far the node's presence round is.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// Number of the round that is awaited; others are void.
    pub(super) round: u64,
    pub(super) waits_for_log: bool,
    pub(super) touched: bool,
    absent_since: BTreeMap<Dpid, Micros>,
}

/// What a leader has been watching, and since when.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) waits_for_log: bool,
    /// Decisions that wait for the one before them to be in the log.
    pub(super) queue: Vec<Op>,
    /// When the decisions of this round were made.
    pub(super) decided_at: Micros,
    /// Since when it has a lease: silence is counted anew after a time without a majority.
    pub(super) valid_since: Option<Micros>,
    orphans: BTreeMap<(Dpid, Token), Micros>,
    migrations: BTreeMap<MigrationId, Micros>,
}

pub(super) const LEASE: Micros = 600_000;
pub(super) const DETECT: Micros = 800_000;
/// Number of the first boot of a node's first process; each later process begins with a multiple of it.
pub(super) const FIRST_BOOT: u64 = 1_000;
const SETTLE: Micros = 1_000_000;
const GRACE: Micros = 300_000;
const COLD_START: Micros = 10_000_000;

impl Node {
    pub(super) fn new(id: NodeId, lag: Micros, places: usize, started_at: Micros) -> Self {
        Self {
            id,
            up: true,
            run: 1,
            boot: FIRST_BOOT,
            started_at,
            paused_until: 0,
            cut_off_until: 0,
            lease_until: 0,
            tenure: None,
            view: Ownership::default(),
            applied: 0,
            lag,
            sessions: BTreeMap::new(),
            admission: Admission::new(places),
            presence: Presence::default(),
            watch: Watch::default(),
            nudged: BTreeSet::new(),
            sound_since: 0,
        }
    }

    pub(super) fn runs(&self, now: Micros) -> bool {
        self.up && self.paused_until <= now
    }

    pub(super) fn reaches_log(&self, now: Micros) -> bool {
        self.runs(now) && self.cut_off_until <= now
    }

    /// Its process dies, with all that it remembers.
    pub(super) fn die(&mut self) {
        self.up = false;
        self.run += 1;
        self.sessions.clear();
        self.tenure = None;
        self.lease_until = 0;
        self.paused_until = 0;
        self.presence = Presence::default();
        self.watch = Watch::default();
        self.nudged.clear();
    }

    pub(super) fn start(&mut self, now: Micros) {
        self.up = true;
        self.boot = u64::from(self.run) * FIRST_BOOT;
        self.started_at = now;
        self.admission = self.admission.anew();
    }

    /// Returns the session that speaks for `dpid`.
    pub(super) fn session_with(&self, dpid: Dpid) -> Option<ConnectionId> {
        self.sessions.iter().find(|(_, s)| s.dpid() == Some(dpid)).map(|(&id, _)| id)
    }

    /// Returns what the presence round tells the log.
    pub(super) fn announce(&mut self, now: Micros) -> Option<Op> {
        let record = self.view.nodes().get(&self.id);
        match record.map(|record| (record.boot, record.state())) {
            Some((boot, state)) if boot == self.boot && state != NodeState::Down => {}
            Some((boot, NodeState::Down)) if boot == self.boot => {
                self.boot += 1;
                return Some(self.register());
            }
            Some(_) | None => return Some(self.register()),
        }
        let told = |session: &Session| Some((session.dpid()?, session.generation()?));
        let present: BTreeMap<Dpid, GenerationId> =
            self.sessions.values().filter_map(told).collect();
        let (up, gone) = self.compare(&present);
        let absent_since = &mut self.presence.absent_since;
        absent_since.retain(|dpid, _| gone.contains(dpid));
        let is_long = |dpid: &Dpid| now - *absent_since.entry(*dpid).or_insert(now) >= GRACE;
        let down: Vec<Dpid> = gone.into_iter().filter(is_long).collect();
        let news = !up.is_empty() || !down.is_empty();
        news.then_some(Op::Connected { node: self.id, boot: self.boot, up, down })
    }

    fn register(&self) -> Op {
        Op::Register { node: self.id, boot: self.boot, addresses: Default::default() }
    }

    fn compare(&self, present: &BTreeMap<Dpid, GenerationId>) -> (Vec<Sighting>, Vec<Dpid>) {
        let news = |(&dpid, &generation): (&Dpid, &GenerationId)| {
            let seen = Sighting::from((dpid, generation));
            let switch = self.view.switches().get(&dpid);
            (!switch.is_some_and(|switch| switch.knows(self.id, &seen))).then_some(seen)
        };
        let up = present.iter().filter_map(news).collect();
        let connected =
            self.view.switches().iter().filter(|(_, s)| s.connected.contains_key(&self.id));
        let gone = connected.map(|(&dpid, _)| dpid).filter(|dpid| !present.contains_key(dpid));
        (up, gone.collect())
    }

    /// Returns what this node decides as the leader.
    pub(super) fn decide(&mut self, now: Micros) -> Vec<Op> {
        let Some(tenure) = self.tenure.as_ref().filter(|_| self.lease_until > now) else {
            self.watch = Watch::default();
            return Vec::new();
        };
        let mut ops = Vec::new();
        let led_for = now - tenure.since.max(*self.watch.valid_since.get_or_insert(now));
        let silence =
            |id: &NodeId| tenure.contact.get(id).map_or(led_for, |&at| now - at).min(led_for);
        let up = self.view.nodes().iter().filter(|(_, record)| record.is_up());
        let dead: Vec<(NodeId, u64)> = up
            .filter(|(id, _)| **id != self.id && silence(id) >= DETECT)
            .map(|(&id, record)| (id, record.boot))
            .collect();
        if !dead.is_empty() {
            ops.push(Op::NodesDown { nodes: dead });
        }
        let view = &self.view;
        let orphans: Vec<(Dpid, Token)> = view.orphans().collect();
        self.watch.orphans.retain(|orphan, _| orphans.contains(orphan));
        for orphan in orphans {
            let since = *self.watch.orphans.entry(orphan).or_insert(now);
            if now - since >= patience(view, orphan.0, now - self.started_at) {
                ops.push(Op::Assign { dpid: orphan.0, token: orphan.1 });
            }
        }
        let open = view.migrations().iter().filter(|(_, m)| m.state == State::Open);
        let open: BTreeMap<MigrationId, u64> = open.map(|(&id, m)| (id, m.deadline_ms)).collect();
        self.watch.migrations.retain(|id, _| open.contains_key(id));
        for (id, deadline_ms) in open {
            let since = *self.watch.migrations.entry(id).or_insert(now);
            if now - since >= deadline_ms * 1_000 {
                ops.push(Op::Abort { id, reason: AbortReason::Deadline });
            }
        }
        ops
    }
}

/// Returns how long a switch may go without an owner that serves it.
fn patience(state: &Ownership, dpid: Dpid, age: Micros) -> Micros {
    let owner = state.switches().get(&dpid).and_then(|switch| switch.owner);
    match owner.and_then(|owner| state.nodes().get(&owner)) {
        None => SETTLE,
        Some(owner) if !owner.is_up() => 0,
        Some(_) if age < COLD_START => COLD_START,
        Some(_) => GRACE,
    }
}
