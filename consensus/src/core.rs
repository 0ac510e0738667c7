//! What the parts of a running node share.

use crate::config::Timing;
use crate::lease::Lease;
use crate::metrics::Metrics;
use crate::net::Peers;
use crate::net::wire::{Renew, Renewed};
use crate::status::{Leader, Member, Status};
use crate::store::{Identity, Log, SharedState};
use crate::support::Support;
use crate::tenure::Tenure;
use crate::types::{LeaderId, Raft, StoredMembership, TypeConfig};
use migration::NodeId;
use openraft::ServerState;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::metrics::RaftServerMetrics;
use openraft::vote::RaftLeaderId as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// A node's parts.
pub(crate) struct Core {
    pub(crate) node: NodeId,
    pub(crate) timing: Timing,
    pub(crate) identity: Arc<Identity>,
    /// First members of the cluster, if this node is told of them.
    pub(crate) founders: BTreeMap<NodeId, String>,
    pub(crate) raft: Raft,
    pub(crate) log: Log,
    pub(crate) state: SharedState,
    pub(crate) peers: Peers,
    pub(crate) lease: Lease,
    pub(crate) metrics: Arc<Metrics>,
    /// Proposals that may be on their way through the log at once.
    pub(crate) under_way: Semaphore,
    pub(crate) leader: watch::Sender<Leader>,
    pub(crate) tenure: Mutex<Option<Tenure>>,
    pub(crate) support: Mutex<Support>,
}

impl Core {
    /// Returns the peer address of a member.
    pub(crate) fn address_of(&self, node: NodeId) -> Option<String> {
        let server = self.server();
        server.membership_config.get_node(&node.0).map(|member| member.addr.clone())
    }

    /// Takes note of who leads now: opens and closes this node's tenure, and tells those who watch.
    pub(crate) fn note_leadership(&self) {
        let now = Instant::now();
        let server = self.server();
        self.supports_itself(&server, now);
        let mine = self.leadership(&server);
        {
            let mut tenure = self.tenure();
            match mine {
                Some(leader) => self.enter(&mut tenure, leader, now),
                None => *tenure = None,
            }
        }
        let alone = only_voter(self.node, &server.membership_config);
        match mine {
            Some(leader) if alone && self.has_applied_own(leader) => self.lease.extend_for_good(),
            // The second voter cannot be elected by itself, so that this node was faithful to itself
            // until now is proof enough.
            Some(_) => self.lease.limit(now + self.timing.lease),
            None => self.lease.limit(now),
        }
        let members = server.membership_config.nodes();
        self.peers.locate(members.map(|(&id, member)| (NodeId(id), member.addr.clone())));
        let node = server.current_leader.map(NodeId);
        let leader =
            Leader { node, term: server.vote.leader_id.term, is_me: node == Some(self.node) };
        self.leader.send_if_modified(|known| {
            if known.node != leader.node && leader.node.is_some() {
                self.metrics.leader_changes.add_one();
            }
            let modified = *known != leader;
            *known = leader;
            modified
        });
    }

    /// Takes note of a stamp of `leader`'s, which this node may echo.
    pub(crate) fn supports(&self, leader: LeaderId) {
        self.support().note(leader, Instant::now());
    }

    /// Returns how long ago any other than the promised leader had this node's support, in nanoseconds.
    pub(crate) fn since_others_ns(&self, promise: Option<LeaderId>) -> u64 {
        let Some(leader) = promise else { return 0 };
        let since = self.support().since_others(leader, Instant::now());
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Takes note that this node supports itself, if it leads: to be called before its own vote is read.
    fn supports_itself(&self, server: &RaftServerMetrics<TypeConfig>, now: Instant) {
        if server.state == ServerState::Leader {
            self.support().note(server.vote.leader_id, now);
        }
    }

    /// Answers a request for a lease from memory.
    pub(crate) fn renew(&self, from: NodeId, ask: Renew) -> Renewed {
        // Taken before this node's own vote is read, like everyone else's proof.
        let now = Instant::now();
        let server = self.server();
        self.supports_itself(&server, now);
        let Some(leader) = self.leadership(&server) else {
            return Renewed::NotLeader(server.current_leader.map(NodeId));
        };
        // Nobody would miss a node that is no member, and its switches would be given to others under its lease.
        if server.membership_config.get_node(&from.0).is_none() {
            return Renewed::NotLeader(None);
        }
        let mut tenure = self.tenure();
        self.enter(&mut tenure, leader, now);
        let Some(tenure) = tenure.as_mut() else { return Renewed::NotLeader(None) };
        let echo = ask.echo.filter(|_| ask.promise == Some(leader));
        tenure.heard(from, now, echo.and_then(|stamp| self.lease.instant(stamp)));
        if ask.promise == Some(leader) {
            let ago = Duration::from_nanos(ask.since_others_ns);
            tenure.released(from, now.checked_sub(ago).unwrap_or(now));
        }

        let voters = voters_of(&server.membership_config);
        let until = tenure.majority_at(self.node, &voters, now).map(|at| at + self.timing.lease);
        let until = until.filter(|_| self.has_applied_own(leader));
        if let Some(until) = until {
            self.lease.extend(until);
        }
        let until = until.filter(|_| !tenure.is_condemned(from));
        let remaining = until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let remaining_ns = u64::try_from(remaining.as_nanos()).unwrap_or(0);
        let committed = self.raft.metrics().borrow_watched().local_committed.map(|id| id.index);
        Renewed::Granted { leader, stamp: self.lease.stamp(now), remaining_ns, committed }
    }

    pub(crate) fn status(&self) -> Status {
        let metrics = self.raft.metrics().borrow_watched().clone();
        let now = Instant::now();
        let membership = &metrics.membership_config;
        let voters: BTreeSet<u64> = membership.voter_ids().collect();
        let member = |(&id, node): (&u64, &openraft::BasicNode)| {
            (NodeId(id), Member { address: node.addr.clone(), voter: voters.contains(&id) })
        };
        let members: BTreeMap<_, _> = membership.nodes().map(member).collect();
        let others = || members.keys().copied().filter(|&node| node != self.node);
        let tenure = self.tenure();
        let silence = |tenure: &Tenure| self.silence(tenure, others(), membership, now);
        Status {
            node: self.node,
            leader: *self.leader.borrow(),
            leader_for: tenure.as_ref().map(|t| now.saturating_duration_since(t.since())),
            last_log: metrics.last_log_index,
            committed: metrics.local_committed.map(|id| id.index),
            applied: metrics.last_applied.map(|id| id.index),
            snapshot: metrics.snapshot.map(|id| id.index),
            contact: tenure.as_ref().map(|t| t.contact(others(), now)).unwrap_or_default(),
            silence: tenure.as_ref().map(silence).unwrap_or_default(),
            members,
        }
    }

    /// Returns the sets of voters: two while they change.
    pub(crate) fn configs(&self) -> Vec<BTreeSet<u64>> {
        voters_of(&self.server().membership_config)
    }

    fn server(&self) -> RaftServerMetrics<TypeConfig> {
        self.raft.server_metrics().borrow_watched().clone()
    }

    /// Returns this node's leadership, if openraft says that it leads and it voted for no other since.
    fn leadership(&self, server: &RaftServerMetrics<TypeConfig>) -> Option<LeaderId> {
        let leads = server.state == ServerState::Leader && server.vote.committed;
        let faithful = self.log.promise() == Some(server.vote);
        let leader = server.vote.leader_id;
        (leads && faithful && leader.node_id == self.node.0).then_some(leader)
    }

    /// Returns whether a leader has applied an entry of its own leadership, and so everything that was ever
    /// acknowledged before: until then its state may name owners that were replaced long ago.
    fn has_applied_own(&self, leader: LeaderId) -> bool {
        let applied = self.raft.metrics().borrow_watched().last_applied;
        applied.is_some_and(|id| *id.committed_leader_id() == leader.to_committed())
    }

    fn enter(&self, tenure: &mut Option<Tenure>, leader: LeaderId, now: Instant) {
        if tenure.as_ref().is_none_or(|tenure| tenure.leader() != leader) {
            tracing::info!(term = leader.term, "this node leads");
            self.metrics.elections_won.add_one();
            *tenure = Some(Tenure::new(leader, now));
        }
    }

    /// As the leader, grants `nodes` no lease any more; returns those that were silent for `silence` until now.
    pub(crate) fn condemn(&self, nodes: &[NodeId], silence: Duration) -> Vec<NodeId> {
        let membership = self.server().membership_config;
        let mut tenure = self.tenure();
        let Some(tenure) = tenure.as_mut() else { return vec![] };
        let silent = self.silence(tenure, nodes.iter().copied(), &membership, Instant::now());
        let long = silent.into_iter().filter(|(_, it)| *it >= silence);
        let condemned: Vec<NodeId> = long.map(|(node, _)| node).collect();
        tenure.condemn(&condemned);
        condemned
    }

    /// Returns for how long nobody can have granted each of `nodes` a lease.
    fn silence(
        &self,
        tenure: &Tenure,
        nodes: impl Iterator<Item = NodeId>,
        membership: &StoredMembership,
        now: Instant,
    ) -> BTreeMap<NodeId, Duration> {
        let own = self.support().of_others(tenure.leader());
        let others = tenure.others_until(self.node, own, &voters_of(membership));
        tenure.silence(nodes, others, now)
    }

    /// As the leader, grants leases to everybody again.
    pub(crate) fn pardon(&self) {
        if let Some(tenure) = self.tenure().as_mut() {
            tenure.pardon();
        }
    }

    fn support(&self) -> MutexGuard<'_, Support> {
        self.support.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tenure(&self) -> MutexGuard<'_, Option<Tenure>> {
        // Nothing in its critical sections leaves it half-changed.
        self.tenure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn voters_of(membership: &StoredMembership) -> Vec<BTreeSet<u64>> {
    membership.get_joint_config().clone()
}

fn only_voter(node: NodeId, membership: &StoredMembership) -> bool {
    voters_of(membership) == [BTreeSet::from([node.0])]
}
