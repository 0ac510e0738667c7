//! No two writers (P1): what a switch accepts comes in the order of tokens.
//!
//! After the switch has accepted a claim or a write of a newer token, it accepts nothing of an older one; and no token
//! has two claimants, which the switch itself would let pass: it refuses only what is older. A write has the token of
//! its writer's claim. Whom a migration has made owner may write before it claims, being `EQUAL`: ElastiCon has it so.
//! Such a write has the token that the audit trail gives its writer between the claim before and the claim after.

use super::trail::Trail;
use crate::switches::{Act, Deed};

/// Returns what contradicts that, among what a switch has accepted.
pub fn check(deeds: &[Deed], trail: &Trail) -> Vec<String> {
    let mut wrong = vec![];
    let mut newest: Option<(u64, u64)> = None;
    for (place, deed) in deeds.iter().enumerate() {
        match (deed.what, newest) {
            (Act::Restarted, _) => newest = None,
            (Act::Claimed(token), Some((by, known))) if token < known => {
                wrong.push(format!("{deed:?} came after token {known} of node {by}"));
            }
            (Act::Claimed(token), Some((by, known))) if token == known && by != deed.by => {
                wrong.push(format!("{deed:?}, and node {by} has that token"));
            }
            (Act::Claimed(token), _) => newest = Some((deed.by, token)),
            (Act::Wrote, Some((by, known))) if by != deed.by => {
                match token_of(deed.by, known, &deeds[place..], trail) {
                    Some(token) => newest = Some((deed.by, token)),
                    None => wrong.push(format!("{deed:?} came after token {known} of node {by}")),
                }
            }
            (Act::Wrote, _) => {}
        }
    }
    wrong
}

/// Returns the token by which `node` may write before it claims the switch, which is newer than `known`.
fn token_of(node: u64, known: u64, later: &[Deed], trail: &Trail) -> Option<u64> {
    let next = later.iter().find_map(|deed| match deed.what {
        Act::Claimed(token) => Some(token),
        Act::Wrote | Act::Restarted => None,
    });
    let until = next.unwrap_or(u64::MAX);
    let mut changes = trail.changes().filter(|change| (known + 1..=until).contains(&change.token));
    changes.find(|change| change.to == node).map(|change| change.token)
}

#[cfg(test)]
mod tests {
    use super::super::trail::tests::{change, trail};
    use super::*;
    use Act::{Claimed, Restarted, Wrote};
    use std::time::Duration;

    /// Nodes 1, 2 and 3 owned it, one after the other.
    fn wrong(deeds: &[(u64, Act)]) -> usize {
        let deed = |&(by, what): &(u64, Act)| Deed { at: Duration::ZERO, by, what, times: 1 };
        let trail = trail([change(1, None, 1), change(2, 1, 2), change(4, 2, 3)]);
        check(&deeds.iter().map(deed).collect::<Vec<_>>(), &trail).len()
    }

    #[test]
    fn one_writer_after_the_other_is_well() {
        let deeds = [(1, Claimed(1)), (1, Wrote), (2, Claimed(2)), (2, Wrote), (3, Claimed(4))];
        assert_eq!(wrong(&deeds), 0);
        assert_eq!(wrong(&[(1, Claimed(1)), (1, Wrote), (1, Claimed(1)), (1, Wrote)]), 0);
    }

    #[test]
    fn a_write_of_the_owner_before_is_found() {
        assert_eq!(wrong(&[(1, Claimed(1)), (2, Claimed(2)), (1, Wrote), (2, Wrote)]), 1);
    }

    #[test]
    fn the_next_owner_may_write_before_it_claims_and_the_one_before_no_more_then() {
        assert_eq!(wrong(&[(1, Claimed(1)), (2, Wrote), (2, Claimed(2)), (2, Wrote)]), 0);
        assert_eq!(wrong(&[(1, Claimed(1)), (2, Wrote), (1, Wrote), (2, Claimed(2))]), 1);
        assert_eq!(wrong(&[(1, Claimed(1)), (2, Wrote), (3, Claimed(4))]), 0, "it died before");
        assert_eq!(
            wrong(&[(1, Claimed(1)), (3, Wrote), (2, Claimed(2))]),
            1,
            "its time is yet to come"
        );
    }

    #[test]
    fn two_claimants_of_a_token_are_found() {
        assert_eq!(wrong(&[(1, Claimed(1)), (2, Claimed(1))]), 1);
    }

    #[test]
    fn a_claim_that_is_older_is_found_unless_the_switch_forgot() {
        assert_eq!(wrong(&[(3, Claimed(4)), (2, Claimed(2))]), 1);
        assert_eq!(wrong(&[(3, Claimed(4)), (0, Restarted), (2, Claimed(2)), (2, Wrote)]), 0);
    }
}
