//! The audit trail as ground truth: who became owner of a switch, by which token, and why; and whether it bears
//! out what clients were told.
//!
//! It is replicated, bounded, and read again and again during a run; what one read has and another has not is
//! put together. An entry that two nodes tell differently is a violation by itself, and so is a gap: each entry
//! names the owner before it.

use super::super::history::{Migrate, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One change of ownership, as `baton switch history` tells it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Change {
    /// Token from which it holds.
    pub token: u64,
    /// Owner before.
    pub from: Option<u64>,
    /// Owner after.
    pub to: u64,
    /// `assigned`, `migrated`, `rolled-back`, `owner-died` or `channel-lost`.
    pub cause: String,
    /// Migration that brought it about.
    pub migration: Option<u64>,
    /// Why, in the words of whoever asked.
    pub reason: String,
    /// Wall clock of its proposer, in milliseconds since 1970.
    pub at_ms: u64,
}

/// Every change of ownership of one switch, by token.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trail {
    changes: BTreeMap<u64, Change>,
}

impl Trail {
    /// Adds what a node tells; says what contradicts what is known.
    pub fn merge(&mut self, told: impl IntoIterator<Item = Change>) -> Vec<String> {
        let mut wrong = vec![];
        for change in told {
            match self.changes.get(&change.token) {
                Some(known) if *known != change => {
                    wrong.push(format!("two changes of one token: {known:?} and {change:?}"));
                }
                Some(_) => {}
                None => drop(self.changes.insert(change.token, change)),
            }
        }
        wrong
    }

    /// Returns the changes, oldest first.
    pub fn changes(&self) -> impl DoubleEndedIterator<Item = &Change> {
        self.changes.values()
    }

    /// Returns the change of a token.
    pub fn of_token(&self, token: u64) -> Option<&Change> {
        self.changes.get(&token)
    }

    /// Returns who owns the switch at `token`.
    pub fn owner_at(&self, token: u64) -> Option<u64> {
        self.changes.range(..=token).next_back().map(|(_, change)| change.to)
    }

    /// Returns where an entry's owner before is not the owner after of the one before it.
    pub fn gaps(&self) -> Vec<String> {
        let pairs = self.changes.values().zip(self.changes.values().skip(1));
        let torn = pairs.filter(|(before, after)| after.from != Some(before.to));
        torn.map(|(before, after)| format!("a gap between {before:?} and {after:?}")).collect()
    }

    /// Returns what contradicts what a client was told of its migration.
    pub fn contradicts(&self, asked: &Migrate) -> Option<String> {
        let by_reason = self.changes.values().find(|change| change.reason == asked.reason);
        let lost = |why: &str| Some(format!("{why}: {asked:?}"));
        match asked.outcome {
            Outcome::Committed { id, winner, token, .. } => match self.of_token(token) {
                None => lost("acknowledged, and not in the audit trail"),
                Some(change) if change.to != winner => lost("acknowledged of another owner"),
                Some(change) if change.migration.is_some_and(|other| other != id) => {
                    lost("acknowledged of another migration")
                }
                Some(_) => None,
            },
            Outcome::Aborted { .. } if by_reason.is_some() => lost("aborted, and carried out"),
            Outcome::Refused { .. } if by_reason.is_some() => lost("refused, and carried out"),
            _ => None,
        }
    }

    /// Returns the change that a client's migration has brought about, if there is one.
    pub fn effect_of(&self, asked: &Migrate) -> Option<&Change> {
        match asked.outcome {
            Outcome::Committed { token, .. } => self.of_token(token),
            Outcome::Unknown { .. } => {
                self.changes.values().find(|change| change.reason == asked.reason)
            }
            Outcome::Aborted { .. } | Outcome::Refused { .. } => None,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use openflow::Dpid;

    pub(in super::super) fn change(token: u64, from: impl Into<Option<u64>>, to: u64) -> Change {
        Change {
            token,
            from: from.into(),
            to,
            cause: "owner-died".to_owned(),
            migration: None,
            reason: String::new(),
            at_ms: 0,
        }
    }

    pub(in super::super) fn migrated(token: u64, from: u64, to: u64, reason: &str) -> Change {
        let (cause, reason) = ("migrated".to_owned(), reason.to_owned());
        Change { cause, reason, migration: Some(token), ..change(token, from, to) }
    }

    pub(in super::super) fn asked(reason: &str, times: (u64, u64), outcome: Outcome) -> Migrate {
        let (called_us, returned_us) = times;
        let reason = reason.to_owned();
        Migrate { reason, dpid: Dpid(1), node: 1, called_us, returned_us, outcome }
    }

    pub(in super::super) fn trail(changes: impl IntoIterator<Item = Change>) -> Trail {
        let mut trail = Trail::default();
        assert_eq!(trail.merge(changes), [""; 0]);
        trail
    }

    #[test]
    fn parts_of_the_trail_come_together_and_must_agree() {
        let mut trail = trail([change(1, None, 1), change(3, 1, 2)]);
        assert!(trail.merge([change(3, 1, 2), change(4, 2, 3)]).is_empty());
        assert_eq!(trail.gaps(), [""; 0]);
        assert_eq!(
            [0, 1, 2, 3, 9].map(|at| trail.owner_at(at)),
            [None, Some(1), Some(1), Some(2), Some(3)]
        );
        assert_eq!(trail.merge([change(4, 2, 1)]).len(), 1, "another owner of the same token");
        trail.merge([change(9, 1, 2)]);
        assert_eq!(trail.gaps().len(), 1, "3 owned it, not 1");
    }

    #[test]
    fn what_was_acknowledged_and_is_not_there_is_found() {
        let trail = trail([change(1, None, 1), migrated(2, 1, 2, "a")]);
        let told = |id, winner, token| {
            let outcome = Outcome::Committed { id, source: 1, winner, token };
            trail.contradicts(&asked("a", (0, 1), outcome))
        };
        assert_eq!(told(2, 2, 2), None);
        assert!(told(2, 2, 3).unwrap().starts_with("acknowledged, and not in"), "it is lost");
        assert!(told(2, 3, 2).is_some() && told(3, 2, 2).is_some());
    }

    #[test]
    fn what_was_refused_or_aborted_and_is_there_all_the_same_is_found() {
        let trail = trail([change(1, None, 1), migrated(2, 1, 2, "a")]);
        let refused = || Outcome::Refused { why: String::new() };
        assert!(trail.contradicts(&asked("a", (0, 1), refused())).is_some());
        assert!(trail.contradicts(&asked("a", (0, 1), Outcome::Aborted { id: 2 })).is_some());
        assert_eq!(trail.contradicts(&asked("b", (0, 1), refused())), None);
        let unknown = Outcome::Unknown { id: None, why: String::new() };
        assert_eq!(trail.contradicts(&asked("a", (0, 1), unknown)), None);
    }
}
