//! What the parts of a running node share.

use crate::config::Timing;
use crate::lease::Lease;
use crate::metrics::Metrics;
use crate::net::Peers;
use crate::net::wire::{Renew, Renewed};
use crate::status::{Leader, Member, Status};
use crate::store::{Identity, Log, SharedState};
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

    /// Answers a request for a lease from memory.
    pub(crate) fn renew(&self, from: NodeId, ask: Renew) -> Renewed {
        // Taken before this node's own vote is read, like everyone else's proof.
        let now = Instant::now();
        let server = self.server();
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

        let voters = voters(&server.membership_config);
        let until = tenure.majority_at(self.node, &voters, now).map(|at| at + self.timing.lease);
        let until = until.filter(|_| self.has_applied_own(leader));
        if let Some(until) = until {
            self.lease.extend(until);
        }
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
        let others = members.keys().copied().filter(|&node| node != self.node);
        let tenure = self.tenure();
        Status {
            node: self.node,
            leader: *self.leader.borrow(),
            leader_for: tenure.as_ref().map(|t| now.saturating_duration_since(t.since())),
            last_log: metrics.last_log_index,
            committed: metrics.local_committed.map(|id| id.index),
            applied: metrics.last_applied.map(|id| id.index),
            snapshot: metrics.snapshot.map(|id| id.index),
            contact: tenure.as_ref().map(|t| t.contact(others, now)).unwrap_or_default(),
            members,
        }
    }

    /// Returns the sets of voters: two while they change.
    pub(crate) fn configs(&self) -> Vec<BTreeSet<u64>> {
        voters(&self.server().membership_config)
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

    fn tenure(&self) -> MutexGuard<'_, Option<Tenure>> {
        // Nothing in its critical sections leaves it half-changed.
        self.tenure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn voters(membership: &StoredMembership) -> Vec<BTreeSet<u64>> {
    membership.get_joint_config().clone()
}

fn only_voter(node: NodeId, membership: &StoredMembership) -> bool {
    voters(membership) == [BTreeSet::from([node.0])]
}
