//! What a node says of itself and of the cluster.

use migration::NodeId;
use std::collections::BTreeMap;
use std::time::Duration;

/// A node's view of the cluster, now.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// This node.
    pub node: NodeId,
    /// Who leads, as far as this node knows, and since which term.
    pub leader: Leader,
    /// How long this node has led; `None` if it does not.
    pub leader_for: Option<Duration>,
    /// Index of the last entry in this node's log.
    pub last_log: Option<u64>,
    /// Index of the last entry that this node knows to be committed.
    pub committed: Option<u64>,
    /// Index of the last entry that this node applied.
    pub applied: Option<u64>,
    /// Index of the last entry in this node's snapshot.
    pub snapshot: Option<u64>,
    /// Every member with its role and its peer address.
    pub members: BTreeMap<NodeId, Member>,
    /// At the leader: how long ago each other member asked for its lease, counted from the start of this
    /// leadership at most.
    pub contact: BTreeMap<NodeId, Duration>,
    /// At the leader: for how long no lease can have been granted to each other member, by this leader or an earlier
    /// one. Once this exceeds [`crate::Timing::detection`], that member's lease has lapsed.
    pub silence: BTreeMap<NodeId, Duration>,
}

/// A member of the cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// Peer address (`host:port`).
    pub address: String,
    /// Whether it votes; otherwise it is still catching up.
    pub voter: bool,
}

/// Who leads.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Leader {
    /// The leader, if one is known.
    pub node: Option<NodeId>,
    /// Current term of this node.
    pub term: u64,
    /// Whether that is this node.
    pub is_me: bool,
}
