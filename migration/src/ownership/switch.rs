//! A switch, as the cluster knows it.

use super::{Identity, MigrationId, NodeId, Sighting};
use openflow::{Dpid, GenerationId, PortNo};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// Fencing token of a switch: the `generation_id` of role requests (OpenFlow 1.3.5 §6.3.5).
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Token(pub u64);

impl Token {
    /// Returns the token after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Token> for GenerationId {
    fn from(token: Token) -> Self {
        Self(token.0)
    }
}

/// What the cluster holds of one switch.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Switch {
    /// The node that answers for it.
    pub owner: Option<NodeId>,
    /// Fencing token of the newest change of ownership, or of an aborted attempt at one.
    pub token: Token,
    /// Connected nodes other than the owner, in the order in which they connected.
    pub standbys: Vec<NodeId>,
    /// Nodes that are to be `EQUAL` at the switch: hot peers that hear every packet-in, and an owner in a group
    /// that has no master.
    pub equals: BTreeSet<NodeId>,
    /// Nodes that have a session with it, and by what each of them knows it.
    pub connected: BTreeMap<NodeId, Identity>,
    /// Whether an owner has probed its ports since nobody had a session with it.
    pub probed: bool,
    /// The migration that is moving it now.
    pub migration: Option<MigrationId>,
    /// The last [`super::KEPT_CHANGES`] changes of ownership, oldest first.
    pub history: VecDeque<Change>,
}

impl Switch {
    /// Returns whether this record says all that `node` saw of the switch.
    pub fn knows(&self, node: NodeId, seen: &Sighting) -> bool {
        self.connected.get(&node) == Some(&seen.identity)
            && !self.is_outdated_by(seen.generation)
            && (self.probed || !self.learns_of_ports(node, seen))
    }

    /// Returns whether `node` says as the owner that it has probed the ports.
    pub(super) fn learns_of_ports(&self, node: NodeId, seen: &Sighting) -> bool {
        seen.probed && self.owner == Some(node)
    }

    /// Returns whether the switch has heard of a newer election than this record, so that it would refuse
    /// the owner's claims as stale (OpenFlow 1.3.5 §6.3.5).
    ///
    /// While a migration runs, its reserved token is the newest. Ids are compared around the wrap: the upper
    /// half is older than any token that was counted up to, and following a switch there would leave no newer
    /// token to give.
    pub fn is_outdated_by(&self, seen: GenerationId) -> bool {
        self.migration.is_none() && seen.0 <= u64::MAX / 2 && self.token < Token(seen.0)
    }
}

/// One change of ownership: an entry of the audit trail.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Change {
    /// Token from which the change holds.
    pub token: Token,
    /// Owner before.
    pub from: Option<NodeId>,
    /// Owner after.
    pub to: NodeId,
    /// What brought it about.
    pub cause: Cause,
    /// Who asked for it.
    pub actor: String,
    /// Why, in the words of whoever asked.
    pub reason: String,
    /// Wall clock of the proposer, in milliseconds since 1970; for people, never compared.
    pub at_ms: u64,
}

/// What brought a change of ownership about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Cause {
    /// A switch without an owner got one.
    Assigned,
    /// A migration was committed.
    Migrated(MigrationId),
    /// The winner of a committed migration failed before it was done.
    RolledBack(MigrationId),
    /// The owner died.
    OwnerDied,
    /// The owner lost its session with the switch.
    ChannelLost,
    /// The owner's process ended in order, or was removed from the cluster.
    OwnerLeft,
}

/// A link from one switch's port to another's, as a discovery frame crossed it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Link {
    /// Switch that sent the frame.
    pub from: Dpid,
    /// Port that it left by.
    pub from_port: PortNo,
    /// Switch that raised the packet-in.
    pub to: Dpid,
    /// Port that it came in by.
    pub to_port: PortNo,
}

impl Link {
    /// Returns the same link, the other way.
    pub fn reversed(self) -> Self {
        Self { from: self.to, from_port: self.to_port, to: self.from, to_port: self.from_port }
    }
}
