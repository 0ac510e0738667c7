//! Who owns which switch: the state machine that Raft replicates.
//!
//! [`Ownership::apply`] is total and deterministic: a command that does not fit the state is refused and
//! changes nothing, and every replica refuses it alike. Three rules make a hand-over safe:
//!
//! - A switch's [`Token`] strictly grows, and it *is* the `generation_id` of OpenFlow role requests.
//! - The token that a migration will use is reserved when it opens, so that no log write stands between
//!   the cut and the final `MASTER` request. Aborting burns it.
//! - A migration's point of no return is the entry [`Op::Commit`], a compare-and-swap on the switch's
//!   reserved token and the migration's state `Open`.

mod apply;
mod command;
mod drain;
mod membership;
mod migration;
mod node;
mod restore;
mod sighting;
mod switch;
#[cfg(test)]
mod tests;

pub use command::{Command, Done, Kind, LinkChange, Op, Refusal, Reply, Wish};
pub use drain::{
    Drain, DrainEnd, DrainId, DrainOrder, DrainPlan, KEPT_FAILURES, MAX_PARALLEL, Occasion,
};
pub use migration::{AbortReason, Migration, MigrationId, Protocol, Rule, State, UnknownName};
pub use node::{Addresses, Life, Node, NodeId, NodeState, Note};
pub use restore::RESTORE_JUMP;
pub use sighting::{Identity, Sighting};
pub use switch::{Cause, Change, Link, Switch, Token};

use openflow::Dpid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Nodes, switches, migrations and links, as of one entry of the log.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Ownership {
    nodes: BTreeMap<NodeId, Node>,
    switches: BTreeMap<Dpid, Switch>,
    migrations: BTreeMap<MigrationId, Migration>,
    links: BTreeSet<Link>,
    last_migration: MigrationId,
    retired: BTreeMap<NodeId, Note>,
    last_drain: DrainId,
}

/// Finished migrations that are kept; the oldest is forgotten first.
pub const KEPT_MIGRATIONS: usize = 1_000;
/// Changes of ownership that are kept for each switch; the oldest is forgotten first.
pub const KEPT_CHANGES: usize = 64;
/// Switches that the cluster takes; one more is refused.
pub const MAX_SWITCHES: usize = 20_000;
/// Links that the cluster keeps; one more is refused.
pub const MAX_LINKS: usize = 100_000;
/// Nodes that were removed for ever; one more is refused.
pub const MAX_RETIRED: usize = 4_096;
/// Candidates of one migration.
pub const MAX_CANDIDATES: usize = 8;

impl Ownership {
    /// Returns every node that ever registered and was not removed, by id.
    pub fn nodes(&self) -> &BTreeMap<NodeId, Node> {
        &self.nodes
    }

    /// Returns the nodes that were removed for ever, and who asked for it.
    pub fn retired(&self) -> &BTreeMap<NodeId, Note> {
        &self.retired
    }

    /// Returns every switch that was ever seen, by datapath id.
    pub fn switches(&self) -> &BTreeMap<Dpid, Switch> {
        &self.switches
    }

    /// Returns running migrations and the last [`KEPT_MIGRATIONS`] finished ones, by id.
    pub fn migrations(&self) -> &BTreeMap<MigrationId, Migration> {
        &self.migrations
    }

    /// Returns the links between switches, each direction an entry of its own.
    pub fn links(&self) -> &BTreeSet<Link> {
        &self.links
    }

    /// Returns the migration that is moving `dpid` now.
    pub fn migration_of(&self, dpid: Dpid) -> Option<&Migration> {
        self.migrations.get(&self.switches.get(&dpid)?.migration?)
    }

    /// Returns how many switches `node` owns.
    pub fn owned_by(&self, node: NodeId) -> usize {
        self.switches.values().filter(|switch| switch.owner == Some(node)).count()
    }

    /// Returns how many switches `node` owns and has a session with: its load.
    pub fn served_by(&self, node: NodeId) -> usize {
        let serves =
            |switch: &&Switch| switch.owner == Some(node) && switch.connected.contains_key(&node);
        self.switches.values().filter(serves).count()
    }

    /// Returns how many switches each node serves, at once.
    fn served(&self) -> BTreeMap<NodeId, usize> {
        let mut served = BTreeMap::new();
        for switch in self.switches.values() {
            if let Some(owner) = switch.owner.filter(|owner| switch.connected.contains_key(owner)) {
                *served.entry(owner).or_default() += 1;
            }
        }
        served
    }

    /// Returns whether `node` is up and has a session with `dpid`.
    pub fn can_serve(&self, node: NodeId, dpid: Dpid) -> bool {
        self.nodes.get(&node).is_some_and(Node::is_up)
            && self.switches.get(&dpid).is_some_and(|switch| switch.connected.contains_key(&node))
    }

    /// Returns the nodes that could take `dpid` by `protocol`, the least loaded first.
    pub fn willing(&self, dpid: Dpid, protocol: Protocol) -> Vec<NodeId> {
        let connected = self.switches.get(&dpid).map(|switch| switch.connected.keys());
        let could = |node: &NodeId| self.check_open(dpid, &[*node], protocol).is_ok();
        let mut nodes: Vec<NodeId> =
            connected.into_iter().flatten().copied().filter(could).collect();
        nodes.sort_by_key(|&node| (self.served_by(node), node));
        nodes
    }

    /// Returns the switches that nobody can answer for although a live node is connected to them.
    pub fn orphans(&self) -> impl Iterator<Item = (Dpid, Token)> + '_ {
        self.switches.iter().filter_map(|(&dpid, switch)| {
            let served = switch.owner.is_some_and(|owner| self.can_serve(owner, dpid));
            let reachable = switch.connected.keys().any(|&node| self.can_serve(node, dpid));
            (!served && reachable).then_some((dpid, switch.token))
        })
    }
}
