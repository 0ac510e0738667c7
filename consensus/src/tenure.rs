//! One leadership, as its leader keeps account of it: whom it heard, and what that proves.
//!
//! ```text
//!  follower F                                        leader L
//!     |---- Renew(F's vote names L) ------------------->|   contact with F
//!     |<--- Granted(stamp 1) ---------------------------|   stamp 1 = L's clock now
//!     |---- Renew(F's vote names L, echo 1) ----------->|   proof: F was still L's after stamp 1
//!     |<--- Granted(stamp 2, lease left) ---------------|
//! ```
//!
//! The echo is what makes the proof sound: F read its vote *after* it had stamp 1, so at the instant of stamp
//! 1, by L's own clock, F had voted for no successor. Once a majority has proved that for instants no earlier
//! than `q`, any successor won its election after `q`. It waits for more than a lease from then on; so
//! whatever L grants may last until `q` plus a lease and no longer.

use crate::types::LeaderId;
use migration::NodeId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// One leadership of this node.
#[derive(Clone, Debug)]
pub(crate) struct Tenure {
    leader: LeaderId,
    since: Instant,
    /// When each node is known to have been faithful last.
    faithful: BTreeMap<NodeId, Instant>,
    /// When each node was heard last.
    contact: BTreeMap<NodeId, Instant>,
}

impl Tenure {
    pub(crate) fn new(leader: LeaderId, since: Instant) -> Self {
        Self { leader, since, faithful: BTreeMap::new(), contact: BTreeMap::new() }
    }

    pub(crate) fn leader(&self) -> LeaderId {
        self.leader
    }

    pub(crate) fn since(&self) -> Instant {
        self.since
    }

    /// Takes note of a renewal, with the instant that it proves the node faithful at.
    pub(crate) fn heard(&mut self, node: NodeId, now: Instant, faithful_at: Option<Instant>) {
        self.contact.insert(node, now);
        // A stamp of the future would be a lie; one older than what is known proves nothing new.
        if let Some(at) = faithful_at.filter(|&at| at <= now) {
            let known = self.faithful.entry(node).or_insert(at);
            *known = at.max(*known);
        }
    }

    /// Returns the latest instant at which a majority was certainly faithful; `me` is so `now`.
    ///
    /// While the membership changes there are two sets of voters, and it takes a majority of each.
    pub(crate) fn majority_at(
        &self,
        me: NodeId,
        voters: &[BTreeSet<u64>],
        now: Instant,
    ) -> Option<Instant> {
        let majority_of = |set: &BTreeSet<u64>| {
            let faithful = |node: NodeId| {
                if node == me { Some(now) } else { self.faithful.get(&node).copied() }
            };
            let mut instants: Vec<_> =
                set.iter().filter_map(|&node| faithful(NodeId(node))).collect();
            instants.sort_unstable();
            let needed = set.len() / 2 + 1;
            instants.len().checked_sub(needed).map(|nth| instants[nth])
        };
        voters.iter().map(majority_of).min().flatten()
    }

    /// Returns how long ago each of `members` was heard, counted from this tenure's start at most.
    pub(crate) fn contact(
        &self,
        members: impl Iterator<Item = NodeId>,
        now: Instant,
    ) -> BTreeMap<NodeId, Duration> {
        let heard = |node| self.contact.get(&node).map_or(self.since, |&at| at);
        members.map(|node| (node, now.saturating_duration_since(heard(node)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: NodeId = NodeId(1);

    fn tenure() -> (Tenure, Instant) {
        let start = Instant::now();
        (Tenure::new(LeaderId { term: 3, node_id: 1 }, start), start)
    }

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn voters<const N: usize>(ids: [u64; N]) -> BTreeSet<u64> {
        ids.into()
    }

    #[test]
    fn a_lone_voter_is_its_own_majority() {
        let (tenure, now) = tenure();
        assert_eq!(tenure.majority_at(ME, &[voters([1])], now), Some(now));
    }

    #[test]
    fn contact_without_an_echo_proves_nothing() {
        let (mut tenure, start) = tenure();
        tenure.heard(NodeId(2), start + ms(1), None);
        assert_eq!(tenure.majority_at(ME, &[voters([1, 2, 3])], start + ms(1)), None);
    }

    #[test]
    fn the_majority_is_as_old_as_its_oldest_member() {
        let (mut tenure, start) = tenure();
        let now = start + ms(100);
        tenure.heard(NodeId(2), now, Some(start + ms(40)));
        tenure.heard(NodeId(3), now, Some(start + ms(70)));
        assert_eq!(tenure.majority_at(ME, &[voters([1, 2, 3])], now), Some(start + ms(70)));
        assert_eq!(tenure.majority_at(ME, &[voters([1, 2, 3, 4])], now), Some(start + ms(40)));
        assert_eq!(tenure.majority_at(ME, &[voters([1, 2, 3, 4, 5])], now), Some(start + ms(40)));
        assert_eq!(tenure.majority_at(ME, &[voters([1, 4, 5])], now), None);
    }

    #[test]
    fn a_deposed_leader_with_one_follower_of_five_proves_nothing() {
        let (mut tenure, start) = tenure();
        for n in 1..10 {
            tenure.heard(NodeId(2), start + ms(n), Some(start + ms(n - 1)));
        }
        assert_eq!(tenure.majority_at(ME, &[voters([1, 2, 3, 4, 5])], start + ms(10)), None);
    }

    #[test]
    fn a_change_of_membership_needs_both_majorities() {
        let (mut tenure, start) = tenure();
        let now = start + ms(100);
        tenure.heard(NodeId(2), now, Some(start + ms(90)));
        tenure.heard(NodeId(4), now, Some(start + ms(30)));
        let joint = [voters([1, 2, 3]), voters([1, 4, 5])];
        assert_eq!(tenure.majority_at(ME, &joint, now), Some(start + ms(30)));
        let half = [voters([1, 2, 3]), voters([1, 5, 6])];
        assert_eq!(tenure.majority_at(ME, &half, now), None);
    }

    #[test]
    fn a_leader_outside_of_the_voters_does_not_count_itself() {
        let (mut tenure, start) = tenure();
        tenure.heard(NodeId(2), start + ms(9), Some(start + ms(5)));
        assert_eq!(tenure.majority_at(ME, &[voters([2, 3])], start + ms(9)), None);
    }

    #[test]
    fn old_and_impossible_stamps_change_nothing() {
        let (mut tenure, start) = tenure();
        let now = start + ms(50);
        tenure.heard(NodeId(2), now, Some(start + ms(40)));
        tenure.heard(NodeId(2), now, Some(start + ms(10)));
        tenure.heard(NodeId(2), now, Some(start + ms(51)));
        assert_eq!(tenure.majority_at(ME, &[voters([1, 2, 3])], now), Some(start + ms(40)));
    }

    #[test]
    fn silence_counts_from_the_start_of_the_tenure() {
        let (mut tenure, start) = tenure();
        tenure.heard(NodeId(2), start + ms(30), None);
        let contact = tenure.contact([NodeId(2), NodeId(3)].into_iter(), start + ms(100));
        assert_eq!(contact, [(NodeId(2), ms(70)), (NodeId(3), ms(100))].into());
    }
}
