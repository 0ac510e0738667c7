//! Whom this node supported last: what lets a new leader know how old its predecessors' leases are at most.
//!
//! A leader grants leases by proofs that a majority was faithful to it at some instant ([`crate::tenure`]). What this node
//! can prove is as old as the last stamp that it got from that leader, or, if it leads itself, as its last look at its own
//! vote: both are noted here before they are used. Once this node has promised itself to leader `L`, it never proves anything
//! to another, so that it can tell `L` how old its last proof for another is at least: and once a majority has told,
//! no lease of any predecessor rests on a later instant than the last of them named.

use crate::types::LeaderId;
use std::time::{Duration, Instant};

/// When this node last supported a leader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Support {
    last: Option<(LeaderId, Instant)>,
    /// The latest support of any other; what an earlier run of this process did was before it started.
    others: Instant,
}

impl Support {
    pub(crate) fn new(started: Instant) -> Self {
        Self { last: None, others: started }
    }

    /// Takes note of support for `leader`, at an instant not before it is given.
    pub(crate) fn note(&mut self, leader: LeaderId, now: Instant) {
        match &mut self.last {
            Some((known, at)) if *known == leader => *at = now.max(*at),
            last => {
                if let Some((_, at)) = last.replace((leader, now)) {
                    self.others = at.max(self.others);
                }
            }
        }
    }

    /// Returns when any other than `leader` was supported last.
    pub(crate) fn of_others(&self, leader: LeaderId) -> Instant {
        match self.last {
            Some((known, at)) if known != leader => at.max(self.others),
            Some(_) | None => self.others,
        }
    }

    /// Returns how long ago that was.
    pub(crate) fn since_others(&self, leader: LeaderId, now: Instant) -> Duration {
        now.saturating_duration_since(self.of_others(leader))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_support_of_any_other_is_told() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let leader = |term| LeaderId { term, node_id: 1 };
        let mut support = Support::new(at(0));
        assert_eq!(support.of_others(leader(1)), at(0));
        support.note(leader(1), at(10));
        support.note(leader(1), at(20));
        assert_eq!(support.of_others(leader(1)), at(0));
        assert_eq!(support.of_others(leader(2)), at(20));
        support.note(leader(2), at(30));
        assert_eq!(support.of_others(leader(2)), at(20));
        assert_eq!(support.of_others(leader(1)), at(30));
        assert_eq!(support.since_others(leader(3), at(50)), Duration::from_millis(20));
    }
}
