//! No two writers (P1): what a switch accepts comes in the order of claims.
//!
//! After the switch has accepted a claim of a newer token, it accepts nothing of anybody else, until the next claim;
//! and no token has two claimants, which the switch itself would let pass: it refuses only what is older.

use crate::switches::{Act, Deed};

/// Returns what contradicts that, among what a switch has accepted.
pub fn check(deeds: &[Deed]) -> Vec<String> {
    let mut wrong = vec![];
    let mut newest: Option<(u64, u64)> = None;
    for deed in deeds {
        let found = match (deed.what, newest) {
            (Act::Claimed(token), Some((by, known))) if token < known => {
                Some(format!("{deed:?} came after token {known} of node {by}"))
            }
            (Act::Claimed(token), Some((by, known))) if token == known && by != deed.by => {
                Some(format!("{deed:?}, and node {by} had claimed with the same token"))
            }
            (Act::Wrote, Some((by, token))) if by != deed.by => Some(format!(
                "{deed:?} was accepted after node {by} had claimed with token {token}"
            )),
            (_, _) => None,
        };
        wrong.extend(found);
        newest = match deed.what {
            Act::Claimed(token) => Some((deed.by, token)),
            Act::Wrote => newest,
            Act::Restarted => None,
        };
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use Act::{Claimed, Restarted, Wrote};
    use std::time::Duration;

    fn wrong(deeds: &[(u64, Act)]) -> usize {
        let deed = |&(by, what): &(u64, Act)| Deed { at: Duration::ZERO, by, what, times: 1 };
        check(&deeds.iter().map(deed).collect::<Vec<_>>()).len()
    }

    #[test]
    fn one_writer_after_the_other_is_well() {
        let deeds =
            [(1, Claimed(1)), (1, Wrote), (2, Claimed(2)), (2, Wrote), (1, Claimed(5)), (1, Wrote)];
        assert_eq!(wrong(&deeds), 0);
        assert_eq!(wrong(&[(1, Claimed(1)), (1, Wrote), (1, Claimed(1)), (1, Wrote)]), 0);
    }

    #[test]
    fn a_write_of_the_owner_before_is_found() {
        assert_eq!(wrong(&[(1, Claimed(1)), (2, Claimed(2)), (1, Wrote), (2, Wrote)]), 1);
    }

    #[test]
    fn two_claimants_of_a_token_are_found() {
        assert_eq!(wrong(&[(1, Claimed(1)), (2, Claimed(1))]), 1);
    }

    #[test]
    fn a_claim_that_is_older_is_found_unless_the_switch_forgot() {
        assert_eq!(wrong(&[(1, Claimed(3)), (2, Claimed(2))]), 1);
        assert_eq!(wrong(&[(1, Claimed(3)), (0, Restarted), (2, Claimed(2)), (2, Wrote)]), 0);
    }
}
