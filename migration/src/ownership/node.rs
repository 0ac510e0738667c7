//! A controller node, as the cluster knows it.

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
    /// Whether it may own switches.
    pub state: NodeState,
}

impl Node {
    /// Returns whether the node is alive, and so may keep the switches that it owns.
    pub fn is_up(&self) -> bool {
        self.state != NodeState::Down
    }

    /// Returns whether the node may be given another switch.
    pub fn takes_switches(&self) -> bool {
        self.state == NodeState::Up
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

/// Whether a node serves, and whether it may be given more.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum NodeState {
    /// Serves, and takes more switches.
    Up,
    /// Serves, but takes no more switches.
    Cordoned,
    /// Gives its switches away.
    Draining,
    /// Not heard of for longer than a lease; owns nothing that another could serve.
    Down,
}
