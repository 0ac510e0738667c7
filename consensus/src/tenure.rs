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
//!
//! The successor need not wait from its own election on. Whoever has promised itself to it tells when it last
//! supported another ([`crate::support`]); every majority that a predecessor's `q` rests on has a member in the majority that has
//! told, and that member's support is no younger than `q`.

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
    /// When each node had supported another leader last.
    released: BTreeMap<NodeId, Instant>,
    /// Nodes that get no lease.
    condemned: BTreeSet<NodeId>,
}

impl Tenure {
    pub(crate) fn new(leader: LeaderId, since: Instant) -> Self {
        let (faithful, contact, released) = Default::default();
        Self { leader, since, faithful, contact, released, condemned: BTreeSet::new() }
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

    /// Takes note that `node` supports this leader, and had supported others until `at` at most.
    pub(crate) fn released(&mut self, node: NodeId, at: Instant) {
        let known = self.released.entry(node).or_insert(at);
        *known = at.min(*known);
    }

    /// Returns the latest instant that a lease of any predecessor can rest on; `me` supported others until `own`.
    pub(crate) fn others_until(
        &self,
        me: NodeId,
        own: Instant,
        voters: &[BTreeSet<u64>],
    ) -> Instant {
        let bound_of = |set: &BTreeSet<u64>| {
            let told = |&id: &u64| match NodeId(id) {
                node if node == me => Some(own),
                node => self.released.get(&node).copied(),
            };
            let mut instants: Vec<_> = set.iter().filter_map(told).collect();
            instants.sort_unstable();
            instants.get(set.len() / 2).copied()
        };
        let bound = voters.iter().map(bound_of).collect::<Option<Vec<_>>>();
        let bound = bound.and_then(|bounds| bounds.into_iter().max());
        bound.map_or(self.since, |bound| bound.min(self.since))
    }

    /// Returns for how long nobody can have granted each of `members` a lease, if no predecessor has since `others`.
    pub(crate) fn silence(
        &self,
        members: impl Iterator<Item = NodeId>,
        others: Instant,
        now: Instant,
    ) -> BTreeMap<NodeId, Duration> {
        let granted = |node| self.contact.get(&node).map_or(others, |&at| at.max(others));
        members.map(|node| (node, now.saturating_duration_since(granted(node)))).collect()
    }

    pub(crate) fn condemn(&mut self, nodes: &[NodeId]) {
        self.condemned.extend(nodes);
    }

    pub(crate) fn pardon(&mut self) {
        self.condemned.clear();
    }

    pub(crate) fn is_condemned(&self, node: NodeId) -> bool {
        self.condemned.contains(&node)
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
    fn a_majority_that_has_told_bounds_what_predecessors_granted() {
        let (mut tenure, start) = tenure();
        let ago = |n| start - ms(n);
        let three = [voters([1, 2, 3])];
        assert_eq!(tenure.others_until(ME, ago(300), &three), start, "one of three proves nothing");
        tenure.released(NodeId(3), ago(200));
        assert_eq!(tenure.others_until(ME, ago(300), &three), ago(200));
        tenure.released(NodeId(2), ago(400));
        assert_eq!(tenure.others_until(ME, ago(300), &three), ago(300), "the best majority");
        // While the membership changes, a predecessor's majority meets that of one set at least.
        let joint = [voters([1, 2, 3]), voters([1, 3])];
        assert_eq!(tenure.others_until(ME, ago(300), &joint), ago(200));
        assert_eq!(tenure.others_until(ME, ago(300), &[voters([1, 4, 5])]), start);
        let silent = tenure.silence([NodeId(2), NodeId(4)].into_iter(), ago(300), start + ms(100));
        assert_eq!(silent, [(NodeId(2), ms(400)), (NodeId(4), ms(400))].into());
    }

    #[test]
    fn who_was_heard_has_been_granted_something_by_this_leader() {
        let (mut tenure, start) = tenure();
        tenure.heard(NodeId(2), start + ms(30), None);
        let silent = tenure.silence([NodeId(2)].into_iter(), start - ms(500), start + ms(100));
        assert_eq!(silent, [(NodeId(2), ms(70))].into());
    }

    #[test]
    fn the_condemned_get_nothing_until_they_are_pardoned() {
        let (mut tenure, _) = tenure();
        tenure.condemn(&[NodeId(2)]);
        assert!(tenure.is_condemned(NodeId(2)) && !tenure.is_condemned(NodeId(3)));
        tenure.pardon();
        assert!(!tenure.is_condemned(NodeId(2)));
    }

    #[test]
    fn silence_counts_from_the_start_of_the_tenure() {
        let (mut tenure, start) = tenure();
        tenure.heard(NodeId(2), start + ms(30), None);
        let contact = tenure.contact([NodeId(2), NodeId(3)].into_iter(), start + ms(100));
        assert_eq!(contact, [(NodeId(2), ms(70)), (NodeId(3), ms(100))].into());
    }
}
