//! Whether a cluster is well, as one node sees it.

use consensus::Consensus;
use migration::NodeId;
use migration::ownership::{Life, Ownership, Switch};
use openflow::Dpid;

/// How the log fares at one node.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Health {
    /// Leader, if one is known.
    pub leader: Option<NodeId>,
    /// Whether this node leads.
    pub is_leader: bool,
    /// Newest term seen.
    pub term: u64,
    /// Last entry applied here.
    pub applied: u64,
    /// Last entry known to be committed.
    pub committed: u64,
    /// Whether this node was in contact with a majority within its lease.
    pub lease_valid: bool,
    /// Members of the cluster.
    pub members: Vec<NodeId>,
    /// Those of them that do not vote: they are still catching up.
    pub learners: Vec<NodeId>,
}

impl Health {
    /// Returns how the log fares at this node.
    pub fn of(consensus: &Consensus) -> Self {
        let status = consensus.status();
        let learners = status.members.iter().filter(|(_, member)| !member.voter);
        Self {
            leader: status.leader.node,
            is_leader: status.leader.is_me,
            term: status.leader.term,
            applied: status.applied.unwrap_or_default(),
            committed: status.committed.unwrap_or_default(),
            lease_valid: consensus.lease().is_valid(),
            learners: learners.map(|(&node, _)| node).collect(),
            members: status.members.into_keys().collect(),
        }
    }
}

/// Whether the cluster does its work.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// All of it, and it could bear the loss of what it is built to lose.
    Healthy,
    /// All of it, but something has failed.
    Degraded,
    /// Not all of it.
    Unhealthy,
}

impl Verdict {
    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Problem {
    /// Nothing can change.
    #[error("node {0} knows of no leader: nothing can change")]
    NoLeader(NodeId),
    /// The node may not write to its switches.
    #[error("node {0} is out of contact with the majority: it leaves its switches alone")]
    NoLease(NodeId),
    /// Nobody answers, although somebody could.
    #[error("switch {0} has no owner that serves it")]
    Orphan(Dpid),
    /// Nobody can answer.
    #[error("switch {0} is connected to no live node")]
    Unconnected(Dpid),
    /// A node is dead.
    #[error("node {0} is down")]
    NodeDown(NodeId),
    /// A node has stopped in order.
    #[error("node {0} has stopped")]
    NodeLeft(NodeId),
    /// A removal was broken off.
    #[error("node {0} has lost its vote, but its removal was broken off: baton node remove {0}")]
    HalfRemoved(NodeId),
    /// A member has no vote yet.
    #[error(
        "node {0} is to join, but has not caught up; if it never comes back: baton node remove {0} --force-dead"
    )]
    Learner(NodeId),
    /// A member was never seen.
    #[error("node {0} is a member, but has never registered")]
    NeverRegistered(NodeId),
}

impl Problem {
    /// Returns how bad it is.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::NoLeader(_) | Self::NoLease(_) | Self::Orphan(_) => Verdict::Unhealthy,
            Self::Unconnected(_)
            | Self::NodeDown(_)
            | Self::NodeLeft(_)
            | Self::HalfRemoved(_)
            | Self::Learner(_)
            | Self::NeverRegistered(_) => Verdict::Degraded,
        }
    }
}

/// Returns what is wrong in the eyes of node `id`, the worst first.
pub fn judge(id: NodeId, health: &Health, state: &Ownership) -> (Verdict, Vec<Problem>) {
    let mut problems = Vec::new();
    if health.leader.is_none() {
        problems.push(Problem::NoLeader(id));
    }
    if !health.lease_valid {
        problems.push(Problem::NoLease(id));
    }
    problems.extend(state.orphans().map(|(dpid, _)| Problem::Orphan(dpid)));
    problems.extend(unconnected(state).map(Problem::Unconnected));
    for (&node, record) in state.nodes() {
        match record.life {
            Life::Up => {}
            _ if !health.members.contains(&node) => problems.push(Problem::HalfRemoved(node)),
            Life::Left => problems.push(Problem::NodeLeft(node)),
            Life::Down => problems.push(Problem::NodeDown(node)),
        }
    }
    problems.extend(health.learners.iter().map(|&node| Problem::Learner(node)));
    let voter = |member: &&NodeId| !health.learners.contains(member);
    let voters = health.members.iter().filter(voter);
    let unknown = voters.filter(|member| !state.nodes().contains_key(member));
    problems.extend(unknown.map(|&node| Problem::NeverRegistered(node)));
    let verdict = problems.iter().map(Problem::verdict).max().unwrap_or(Verdict::Healthy);
    (verdict, problems)
}

/// Returns the switches that no live node has a session with.
pub(super) fn unconnected(state: &Ownership) -> impl Iterator<Item = Dpid> {
    let switches = state.switches().iter();
    let dark = move |(dpid, switch): &(&Dpid, &Switch)| {
        !switch.connected.keys().any(|&node| state.can_serve(node, **dpid))
    };
    switches.filter(dark).map(|(&dpid, _)| dpid)
}
