//! The replicated log: one sequence of entries, a leader that takes proposals, and nodes that read at their
//! own pace.
//!
//! Raft itself is not here, only what it lets the others see: an entry that is committed stays; a proposal
//! takes time; while there is no leader nothing is taken; what a leader had taken when it was lost is in the
//! log or is not, and nobody is told which.

use super::agenda::Micros;
use super::rng::Rng;
use migration::ownership::{Command, Op, Ownership, Reply};
use migration::{MigrationId, NodeId};
use std::collections::BTreeMap;

/// The log, as an observer outside of the cluster sees it.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// What all entries together come to.
    pub(super) truth: Ownership,
    pub(super) entries: Vec<Command>,
    pub(super) leader: Option<NodeId>,
    pub(super) term: u64,
    /// Until then there is no majority.
    pub(super) quorum_lost_until: Micros,
    /// Since when the leader has heard no majority, or there has been none.
    silent_since: Option<Micros>,
    /// How long this silence may last before somebody stands for election.
    patience: Micros,
    proposals: BTreeMap<u64, Proposal>,
    last_proposal: u64,
    /// Time without a leader that could commit, in all.
    pub(super) outage: Micros,
}

/// A proposal that has no answer yet.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) by: NodeId,
    /// Run of the proposer's process.
    pub(super) run: u32,
    pub(super) command: Command,
    pub(super) asker: Asker,
    pub(super) deadline: Micros,
    pub(super) tries: u32,
    /// Whether a leader has taken it.
    pub(super) taken: bool,
}

/// What waits for an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asker {
    /// Nothing: the log will show it.
    Nobody,
    Presence,
    Placement,
}

const REQUEST_LIMIT: Micros = 5_000_000;

impl Log {
    /// Enters a proposal and returns its number.
    pub(super) fn propose(
        &mut self,
        (by, run): (NodeId, u32),
        op: Op,
        asker: Asker,
        now: Micros,
    ) -> u64 {
        self.last_proposal += 1;
        let command = Command { actor: format!("node {by}"), at_ms: now / 1_000, op };
        let deadline = now + REQUEST_LIMIT;
        let proposal = Proposal { by, run, command, asker, deadline, tries: 0, taken: false };
        self.proposals.insert(self.last_proposal, proposal);
        self.last_proposal
    }

    pub(super) fn proposal(&mut self, number: u64) -> Option<&mut Proposal> {
        self.proposals.get_mut(&number)
    }

    pub(super) fn forget(&mut self, number: u64) -> Option<Proposal> {
        self.proposals.remove(&number)
    }

    /// Commits an entry.
    pub(super) fn append(&mut self, command: Command) -> Reply {
        self.entries.push(command.clone());
        self.truth.apply(command)
    }

    /// The leader is lost: returns what it had taken, in order.
    pub(super) fn lose_leader(&mut self, now: Micros, rng: &mut Rng) -> Vec<Proposal> {
        self.leader = None;
        self.silent_since = Some(now);
        self.patience = rng.between(300_000, 1_200_000);
        let taken = self.proposals.iter().filter(|(_, p)| p.taken).map(|(&number, _)| number);
        let taken: Vec<u64> = taken.collect();
        taken.into_iter().filter_map(|number| self.proposals.remove(&number)).collect()
    }

    /// Notes whether a leader could commit, `since` the last look; returns whether it is time for an election.
    pub(super) fn watch(
        &mut self,
        can_commit: bool,
        now: Micros,
        since: Micros,
        rng: &mut Rng,
    ) -> bool {
        if can_commit {
            self.silent_since = None;
            return false;
        }
        self.outage += since;
        if self.silent_since.is_none() {
            self.patience = rng.between(900_000, 1_200_000);
        }
        now - *self.silent_since.get_or_insert(now) >= self.patience
    }

    pub(super) fn elect(&mut self, leader: NodeId) {
        self.leader = Some(leader);
        self.term += 1;
        self.silent_since = None;
    }

    /// Returns the migrations that are over, with how.
    pub(super) fn is_final(&self, id: MigrationId) -> bool {
        self.truth.migrations().get(&id).is_none_or(|migration| migration.state.is_final())
    }
}

/// A leader's account of whom it heard, and when; mirrors `consensus::tenure`.
#[derive(Clone, Debug)]
pub(super) struct Tenure {
    pub(super) term: u64,
    pub(super) since: Micros,
    pub(super) contact: BTreeMap<NodeId, Micros>,
}

impl Tenure {
    pub(super) fn new(term: u64, since: Micros) -> Self {
        Self { term, since, contact: BTreeMap::new() }
    }

    /// Returns the latest instant at which a majority of `n` nodes, this leader included, was heard.
    pub(super) fn majority_at(&self, me: NodeId, n: usize, now: Micros) -> Option<Micros> {
        let others = self.contact.iter().filter(|(node, _)| **node != me);
        let mut instants: Vec<Micros> = others.map(|(_, &at)| at).chain([now]).collect();
        instants.sort_unstable();
        instants.len().checked_sub(n / 2 + 1).map(|nth| instants[nth])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deposed_leader_with_one_follower_of_five_proves_nothing() {
        let mut tenure = Tenure::new(1, 0);
        tenure.contact.insert(NodeId(2), 90);
        assert_eq!(tenure.majority_at(NodeId(1), 5, 100), None);
        tenure.contact.insert(NodeId(3), 40);
        assert_eq!(tenure.majority_at(NodeId(1), 5, 100), Some(40));
        assert_eq!(tenure.majority_at(NodeId(1), 3, 100), Some(90));
    }
}
