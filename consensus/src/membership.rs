//! Changes of the membership, as the leader carries them out.
//!
//! ```text
//!  unknown ---- learner: gets the log, has no vote ---- voter ---- unknown, for ever
//!             (catches up, and is in contact)       (in one step with whom it replaces)
//! ```
//!
//! Each step may be asked for again: what is done already is not done twice. No change may leave voters of which
//! a majority is not in contact, since nothing could be changed after it.

use crate::core::Core;
use crate::net::wire::{Answer, Refusal};
use crate::propose::write_refusal;
use migration::NodeId;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::{BasicNode, ChangeMembers};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// A node that is to be let in.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Newcomer {
    /// Its number, which no other node ever had.
    pub node: NodeId,
    /// Its peer address (`host:port`).
    pub address: String,
    /// The voter whose place it takes, in the same step.
    pub replaces: Option<NodeId>,
    /// Whether its disk holds all that it has ever voted for, if that is known.
    pub remembers: Option<bool>,
    /// Only checks whether it could be let in.
    pub dry_run: bool,
}

/// How far a newcomer has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Admitted {
    /// It votes.
    Voter,
    /// It is a member without a vote until it has caught up; to be asked for again.
    CatchingUp {
        /// Entries of the log that it does not have yet.
        behind: u64,
    },
}

type Voters = BTreeSet<u64>;

impl Core {
    /// Lets a node in: it catches up first, then votes.
    pub(crate) async fn add_node(&self, newcomer: Newcomer) -> Result<Answer, Refusal> {
        let Newcomer { node, address, replaces, dry_run, .. } = newcomer.clone();
        self.must_lead()?;
        let configs = self.configs();
        let mut target: Voters = configs.last().cloned().unwrap_or_default();
        target.insert(node.0);
        if let Some(replaced) = replaces {
            target.remove(&replaced.0);
        }
        self.check_newcomer(&newcomer)?;
        let known = self.status().members.get(&node).map(|member| member.address.clone());
        if configs == [target.clone()] && known.as_ref() == Some(&address) {
            return Ok(Answer::Changed);
        }
        self.keeps_quorum(&target, Some(node))?;
        if dry_run {
            return Ok(Answer::Changed);
        }
        let member = BasicNode::new(&address);
        match known {
            None => {
                self.raft.add_learner(node.0, member, false).await.map_err(write_refusal)?;
            }
            Some(known) if known != address => {
                tracing::info!(%node, known, address, "a member has another address");
                let moved = ChangeMembers::SetNodes(BTreeMap::from([(node.0, member)]));
                self.raft.change_membership(moved, true).await.map_err(write_refusal)?;
            }
            Some(_) => {}
        }
        if let Some(behind) = self.catches_up(node).await {
            return Ok(Answer::CatchingUp(behind));
        }
        self.keeps_quorum(&target, Some(node))?;
        let voters = ChangeMembers::ReplaceAllVoters(target);
        self.raft.change_membership(voters, false).await.map_err(write_refusal)?;
        Ok(Answer::Changed)
    }

    /// Refuses a newcomer that is somebody else, or that has forgotten what it voted for.
    fn check_newcomer(&self, newcomer: &Newcomer) -> Result<(), Refusal> {
        let Newcomer { node, address, replaces, remembers, .. } = newcomer;
        let status = self.status();
        let member = status.members.get(node);
        if let Some(member) = member.filter(|member| member.voter) {
            if *remembers == Some(false) {
                return Err(Refusal::Never(format!(
                    "node {node} votes in this cluster already, and an empty disk cannot stand in for what it \
                     voted for: choose a new number, and --replace {node}"
                )));
            }
            if member.address != *address && self.in_contact(*node) {
                let at = &member.address;
                return Err(Refusal::Never(format!(
                    "node {node} is a member already, in contact at {at}: choose a new number"
                )));
            }
        }
        let others = status.members.iter().filter(|(id, _)| *id != node && Some(**id) != *replaces);
        if let Some((other, _)) = others.into_iter().find(|(_, it)| it.address == *address) {
            return Err(Refusal::Never(format!("{address} is node {other}'s address already")));
        }
        if let Some(replaced) = replaces
            && status.members.contains_key(replaced)
            && (replaced == node || self.may_have_a_lease(*replaced))
        {
            return Err(Refusal::Never(format!(
                "node {replaced} is in contact: only a dead node is replaced; drain it and remove it instead"
            )));
        }
        Ok(())
    }

    /// Takes a node out for good.
    pub(crate) async fn remove_node(&self, node: NodeId, dry_run: bool) -> Result<Answer, Refusal> {
        self.must_lead()?;
        let configs = self.configs();
        let votes = configs.iter().any(|voters| voters.contains(&node.0));
        if !votes && !self.status().members.contains_key(&node) {
            return Ok(Answer::Changed);
        }
        let mut target: Voters = configs.last().cloned().unwrap_or_default();
        target.remove(&node.0);
        self.keeps_quorum(&target, None)?;
        if dry_run {
            return Ok(Answer::Changed);
        }
        if node == self.node {
            self.resign().await;
            // Whoever leads now is asked next.
            return Err(Refusal::NotLeader(self.leader.borrow().node.filter(|&it| it != node)));
        }
        let change = if votes {
            ChangeMembers::ReplaceAllVoters(target)
        } else {
            ChangeMembers::RemoveNodes(BTreeSet::from([node.0]))
        };
        self.raft.change_membership(change, false).await.map_err(write_refusal)?;
        Ok(Answer::Changed)
    }

    /// Hands leadership to the voter in contact that has most of the log.
    pub(crate) async fn resign(&self) {
        let metrics = self.raft.metrics().borrow_watched().clone();
        let voters: Vec<u64> = metrics.membership_config.voter_ids().collect();
        let candidate = metrics.replication.into_iter().flatten();
        let best = candidate
            .filter(|(node, _)| *node != self.node.0 && voters.contains(node))
            .max_by_key(|(node, matched)| (self.in_contact(NodeId(*node)), *matched));
        let Some((heir, _)) = best else { return };
        tracing::info!(heir, "handing leadership over");
        if self.raft.trigger().transfer_leader(heir).await.is_err() {
            return;
        }
        let mut leader = self.leader.subscribe();
        let another = leader.wait_for(|leader| leader.node.is_some() && !leader.is_me);
        let _ = timeout(self.timing.election_min, another).await;
    }

    fn must_lead(&self) -> Result<(), Refusal> {
        let leader = *self.leader.borrow();
        if leader.is_me { Ok(()) } else { Err(Refusal::NotLeader(leader.node)) }
    }

    /// Refuses voters of which a majority is not in contact; `sure` is in contact in any case.
    fn keeps_quorum(&self, target: &Voters, sure: Option<NodeId>) -> Result<(), Refusal> {
        let well = |id: &&u64| Some(NodeId(**id)) == sure || self.in_contact(NodeId(**id));
        let (well, needed) = (target.iter().filter(well).count(), target.len() / 2 + 1);
        if well >= needed {
            return Ok(());
        }
        let names: Vec<String> = target.iter().map(ToString::to_string).collect();
        Err(Refusal::Never(if names.is_empty() {
            "it is the only voter: the cluster would be gone".to_owned()
        } else {
            format!(
                "the quorum would be lost: of the voters {} then {well} would be in contact, and a majority is \
                 {needed}; start the others first, or remove the dead ones before",
                names.join(", ")
            )
        }))
    }

    /// Returns whether a member's lease may be valid: by the rule by which it is taken for dead.
    fn may_have_a_lease(&self, node: NodeId) -> bool {
        self.is_recent(node, &self.status().silence)
    }

    /// Returns whether a member has been heard of lately, or may be yet by a leader that is new.
    fn in_contact(&self, node: NodeId) -> bool {
        self.is_recent(node, &self.status().contact)
    }

    /// Returns whether a member is this one, or was last heard of before less than it takes to be taken for dead.
    fn is_recent(&self, node: NodeId, ago: &BTreeMap<NodeId, Duration>) -> bool {
        node == self.node || ago.get(&node).is_some_and(|ago| *ago < self.timing.detection())
    }

    /// Waits for a learner to have almost all of the log and to be in contact; returns how much it lacks once
    /// that takes too long for one request.
    async fn catches_up(&self, node: NodeId) -> Option<u64> {
        let started = Instant::now();
        loop {
            let metrics = self.raft.metrics().borrow_watched().clone();
            let matched = metrics.replication.as_ref().and_then(|all| all.get(&node.0));
            let matched = matched.and_then(|id| id.as_ref()).map_or(0, |id| id.index);
            let behind = metrics.last_log_index.unwrap_or_default().saturating_sub(matched);
            if matched > 0 && behind <= CLOSE && self.in_contact(node) {
                return None;
            }
            if started.elapsed() >= self.timing.request / 2 {
                return Some(behind.max(1));
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

/// Entries that a new voter may lack: they are on their way.
const CLOSE: u64 = 100;
const LOOK_EVERY: Duration = Duration::from_millis(20);
