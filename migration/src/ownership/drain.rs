//! Giving a node's switches away: the record of it, and which switch goes where.
//!
//! A drain moves what the node *serves*: switches that it owns and has a session with. A switch that no node is
//! connected to has no controller before or after it.

use super::{AbortReason, NodeId, Ownership, Protocol, Refusal};
use openflow::Dpid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

/// Number of a drain, unique for the life of the cluster.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct DrainId(pub u64);

impl fmt::Display for DrainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One drain of a node, under way or over.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Drain {
    /// Its number.
    pub id: DrainId,
    /// What it is for.
    pub occasion: Occasion,
    /// How it is to be done.
    pub order: DrainOrder,
    /// Who asked for it.
    pub actor: String,
    /// Wall clock of the proposer, in milliseconds since 1970; for people, never compared.
    pub started_at_ms: u64,
    /// Switches that the node served when it began.
    pub planned: u32,
    /// Switches that it has given away since.
    pub moved: u32,
    /// Moves that were aborted, repetitions included.
    pub failed: u32,
    /// The last [`KEPT_FAILURES`] of them, oldest first.
    pub failures: VecDeque<(Dpid, AbortReason)>,
    /// How it ended.
    pub end: Option<DrainEnd>,
}

impl Drain {
    /// Returns whether the leader is still to move switches.
    pub fn is_running(&self) -> bool {
        self.end.is_none()
    }

    pub(super) fn note_failure(&mut self, dpid: Dpid, reason: AbortReason) {
        if self.failures.len() == KEPT_FAILURES {
            self.failures.pop_front();
        }
        self.failed = self.failed.saturating_add(1);
        self.failures.push_back((dpid, reason));
    }
}

/// What a drain is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum Occasion {
    /// An operator wants the node free of switches; it stays cordoned until that is taken back.
    Maintenance,
    /// The node's process is about to end; its next run is as before.
    Leaving,
}

/// How a drain is to be done.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct DrainOrder {
    /// Switches on the move at once.
    pub parallel: u32,
    /// Time that it has, in milliseconds; every leader counts it anew.
    pub deadline_ms: u64,
    /// Why, in the words of whoever asks.
    pub reason: String,
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum DrainEnd {
    /// The node serves nothing any more.
    Done,
    /// Some switches are still the node's.
    Partly {
        /// How many.
        left: u32,
    },
    /// An operator took it back.
    Cancelled,
}

/// Which of a node's switches goes where.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DrainPlan {
    /// Switches that could move now, each with the node that should take it.
    pub moves: Vec<(Dpid, NodeId)>,
    /// Switches that a migration is moving already.
    pub moving: Vec<Dpid>,
    /// Switches that no other node could take.
    pub stuck: Vec<Dpid>,
}

impl Ownership {
    /// Plans where the switches that `node` serves should go: each to the willing node that serves the fewest,
    /// counting what this plan has given it already. A node that is to be `avoided` for a switch is chosen only
    /// if there is no other.
    pub fn drain_plan(&self, node: NodeId, avoided: impl Fn(Dpid, NodeId) -> bool) -> DrainPlan {
        let mut loads = self.loads();
        let mut plan = DrainPlan::default();
        for (&dpid, switch) in &self.switches {
            if switch.owner != Some(node) || !switch.connected.contains_key(&node) {
                continue;
            }
            if switch.migration.is_some() {
                plan.moving.push(dpid);
                continue;
            }
            let able = |to: &NodeId| self.check_open(dpid, &[*to], Protocol::Erc).is_ok();
            let load = |to| loads.get(&to).copied().unwrap_or_default();
            let able = switch.connected.keys().copied().filter(able);
            match able.min_by_key(|&to| (avoided(dpid, to), load(to), to)) {
                Some(to) => {
                    *loads.entry(to).or_default() += 1;
                    plan.moves.push((dpid, to));
                }
                None => plan.stuck.push(dpid),
            }
        }
        plan
    }

    /// Returns whether a drain of `node` could begin, and if not, why not: what `--dry-run` asks.
    pub fn check_drain(&self, node: NodeId, occasion: Occasion) -> Result<(), Refusal> {
        let record = self.nodes.get(&node).ok_or(Refusal::UnknownNode(node))?;
        if !record.is_up() {
            return Err(Refusal::NotRunning(node));
        }
        if occasion == Occasion::Leaving {
            return Ok(());
        }
        if record.running_drain().is_some() || record.is_leaving() {
            return Err(Refusal::Draining(node));
        }
        let stuck = self.drain_plan(node, |_, _| false).stuck;
        match stuck.first() {
            Some(&first) => Err(Refusal::NoHeir { node, switches: stuck.len(), first }),
            None => Ok(()),
        }
    }

    /// Returns whether nothing of `node` is left to move: it serves no switch, and none is on its way to it.
    pub fn is_drained(&self, node: NodeId) -> bool {
        self.served_by(node) == 0 && self.moves_of(node) == 0
    }

    /// Returns how many migrations under way take a switch from `node`, or may bring it one.
    pub fn moves_of(&self, node: NodeId) -> usize {
        let running = self.migrations.values().filter(|migration| !migration.state.is_final());
        running.filter(|it| it.source == node || it.candidates.contains(&node)).count()
    }

    /// Returns how many switches each node serves, or is about to.
    fn loads(&self) -> BTreeMap<NodeId, usize> {
        let mut loads = BTreeMap::new();
        for switch in self.switches.values() {
            let coming = switch.migration.and_then(|id| self.migrations.get(&id));
            let serves = switch.owner.filter(|owner| switch.connected.contains_key(owner));
            let by = coming.map(|migration| migration.candidates[0]).or(serves);
            if let Some(node) = by {
                *loads.entry(node).or_default() += 1;
            }
        }
        loads
    }
}

/// Aborted moves that a drain keeps; the oldest is forgotten first.
pub const KEPT_FAILURES: usize = 8;
/// Switches that one drain moves at once, at most.
pub const MAX_PARALLEL: u32 = 64;
