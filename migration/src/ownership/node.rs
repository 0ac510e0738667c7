//! A controller node, as the cluster knows it: whether it lives, and what an operator wants of it.
//!
//! The two are apart, so that a cordoned node that dies and comes back is still cordoned.

use super::{Drain, Occasion};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Number of a controller node, unique for the life of the cluster.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct NodeId(pub u64);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the cluster holds of one controller node.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Node {
    /// Where to reach it.
    pub addresses: Addresses,
    /// Number of this run of the process; a restart brings a new one.
    pub boot: u64,
    /// Whether its process lives.
    pub life: Life,
    /// Who asked that it be given no more switches; outlives restarts.
    pub cordon: Option<Note>,
    /// The drain that runs, or the last one.
    pub drain: Option<Drain>,
}

impl Node {
    /// Returns whether the node is alive, and so may keep the switches that it owns.
    pub fn is_up(&self) -> bool {
        self.life == Life::Up
    }

    /// Returns whether the node may be given another switch.
    pub fn takes_switches(&self) -> bool {
        self.state() == NodeState::Up
    }

    /// Returns whether its process has said that it is about to end.
    pub fn is_leaving(&self) -> bool {
        self.drain.as_ref().is_some_and(|drain| drain.occasion == Occasion::Leaving)
    }

    /// Returns the drain that is running.
    pub fn running_drain(&self) -> Option<&Drain> {
        self.drain.as_ref().filter(|drain| drain.is_running())
    }

    /// Returns what people call all this taken together.
    pub fn state(&self) -> NodeState {
        match self.life {
            Life::Down => NodeState::Down,
            Life::Left => NodeState::Left,
            Life::Up if self.running_drain().is_some() || self.is_leaving() => NodeState::Draining,
            Life::Up if self.cordon.is_some() => NodeState::Cordoned,
            Life::Up => NodeState::Up,
        }
    }
}

/// Listeners of a node, each `host:port`.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Addresses {
    /// For switches (OpenFlow).
    pub openflow: String,
    /// For other nodes (gRPC).
    pub peer: String,
    /// For the admin CLI (gRPC).
    pub admin: String,
    /// For metrics and health (HTTP).
    pub http: String,
}

/// Whether a node's process lives.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Life {
    /// It was heard of within a lease.
    Up,
    /// It has said good-bye.
    Left,
    /// It was not heard of for longer than a lease.
    Down,
}

/// Whether a node serves, and whether it may be given more: what [`Node::state`] sums up.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum NodeState {
    /// Serves, and takes more switches.
    Up,
    /// Serves, but takes no more switches.
    Cordoned,
    /// Gives its switches away.
    Draining,
    /// Has stopped in order; owns nothing that another could serve.
    Left,
    /// Not heard of for longer than a lease; owns nothing that another could serve.
    Down,
}

impl NodeState {
    /// Returns the word that commands use for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Cordoned => "cordoned",
            Self::Draining => "draining",
            Self::Left => "left",
            Self::Down => "down",
        }
    }
}

/// Who asked for something, why and when.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Note {
    /// Who.
    pub actor: String,
    /// Why, in the words of whoever asked.
    pub reason: String,
    /// Wall clock of the proposer, in milliseconds since 1970; for people, never compared.
    pub at_ms: u64,
}
