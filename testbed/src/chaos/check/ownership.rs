//! Whether reads of who owns a switch, and migrations of it, are linearizable.
//!
//! A switch is a register that holds (owner, token). Three things change it:
//!
//! - a client's migration, a compare-and-swap: it takes effect between its call and its return, or at any time after
//!   its call, or never, where its outcome is not known;
//! - the cluster itself, when an owner dies or loses its channel, or a migration is rolled back: at any time;
//! - an attempt that is given up, which raises the token and leaves the owner: at any time.
//!
//! The audit trail says which changes there were, and in which order; it does not say when. So what is proved is this:
//! there is one order of all reads and migrations, the audit trail's, that agrees with real time; every read returned
//! what held at some moment between its call and its answer; and every migration that was acknowledged has taken
//! effect once, in between its call and its acknowledgement. A stale read, a read of what was never decided, and an
//! acknowledgement of what came later or never are violations. What is *not* proved: that the cluster's own changes
//! were called for.

use super::super::history::{Entry, Event, Owned};
use super::linear::{self, Model, Operation};
use super::trail::Trail;
use openflow::Dpid;
use std::collections::{BTreeMap, BTreeSet};

/// What a client did to a switch, or saw of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Op {
    /// Saw this owner and this token.
    Read(Option<u64>, u64),
    /// Brought about the change of this token.
    Change(u64),
}

/// The register of one switch.
#[derive(Debug)]
struct Register<'a> {
    trail: &'a Trail,
    /// Tokens of the changes that clients have brought about: no step of the cluster's own.
    by_clients: BTreeSet<u64>,
}

impl Register<'_> {
    /// Returns whether the cluster may go from one token to another without a client's migration.
    fn is_free(&self, from: u64, to: u64) -> bool {
        from >= to || self.by_clients.range(from + 1..=to).next().is_none()
    }
}

impl Model for Register<'_> {
    /// The token, which tells the owner.
    type State = u64;
    type Op = Op;

    fn step(&self, &state: &u64, &op: &Op) -> Option<u64> {
        match op {
            Op::Read(owner, token) => {
                let is_next = token == state || (token > state && self.is_free(state, token));
                (is_next && self.trail.owner_at(token) == owner).then_some(token)
            }
            Op::Change(token) => (token > state && self.is_free(state, token - 1)).then_some(token),
        }
    }
}

/// Returns what is not linearizable in a history, or contradicts the audit trail; a line for each switch.
pub fn check(history: &[Entry], trails: &BTreeMap<Dpid, Trail>) -> Vec<String> {
    trails.iter().flat_map(|(&dpid, trail)| check_switch(dpid, history, trail)).collect()
}

fn check_switch(dpid: Dpid, history: &[Entry], trail: &Trail) -> Vec<String> {
    let mut wrong = trail.gaps();
    let (mut operations, mut by_clients) = (vec![], BTreeSet::new());
    for Entry { event, .. } in history {
        match event {
            Event::Read(read) => {
                let seen = read.switches.iter().find(|seen| seen.dpid == dpid);
                operations.extend(seen.map(|&Owned { owner, token, .. }| Operation {
                    called: read.called_us,
                    returned: Some(read.returned_us),
                    op: Op::Read(owner, token),
                }));
            }
            Event::Migrate(asked) if asked.dpid == dpid => {
                wrong.extend(trail.contradicts(asked));
                let Some(change) = trail.effect_of(asked) else { continue };
                by_clients.insert(change.token);
                operations.push(Operation {
                    called: asked.called_us,
                    returned: asked.is_acknowledged().then_some(asked.returned_us),
                    op: Op::Change(change.token),
                });
            }
            _ => {}
        }
    }
    let register = Register { trail, by_clients };
    if let Err(misfit) = linear::check(&register, 0, &operations) {
        wrong.push(format!("not linearizable: {:?} fits nowhere", operations[misfit.index]));
    }
    wrong.into_iter().map(|what| format!("switch {dpid}: {what}")).collect()
}

/// Returns how many operations of a history a check takes into account.
pub fn operations(history: &[Entry]) -> u64 {
    let count = |entry: &Entry| match &entry.event {
        Event::Read(read) => read.switches.len() as u64,
        Event::Migrate(_) => 1,
        _ => 0,
    };
    history.iter().map(count).sum()
}

#[cfg(test)]
mod tests {
    use super::super::super::history::{Outcome, Read};
    use super::super::trail::tests::{asked, change, migrated, trail};
    use super::*;

    const DPID: Dpid = Dpid(1);

    fn read(called_us: u64, returned_us: u64, owner: u64, token: u64) -> Entry {
        let switches = vec![Owned { dpid: DPID, owner: Some(owner), token }];
        let event = Event::Read(Read { node: 1, called_us, returned_us, switches });
        Entry { at_us: returned_us, event }
    }

    fn migrate(reason: &str, times: (u64, u64), outcome: Outcome) -> Entry {
        Entry { at_us: times.1, event: Event::Migrate(asked(reason, times, outcome)) }
    }

    fn committed(token: u64, source: u64, winner: u64) -> Outcome {
        Outcome::Committed { id: token, source, winner, token }
    }

    fn unknown() -> Outcome {
        Outcome::Unknown { id: None, why: String::new() }
    }

    /// Node 1 owned it, "a" moved it to 2, node 2 died and 3 took over.
    fn known() -> Trail {
        trail([change(1, None, 1), migrated(2, 1, 2, "a"), change(4, 2, 3)])
    }

    fn wrong(history: &[Entry]) -> usize {
        check(history, &BTreeMap::from([(DPID, known())])).len()
    }

    #[test]
    fn what_happened_is_linearizable() {
        let history = [
            read(0, 5, 1, 1),
            migrate("a", (3, 20), committed(2, 1, 2)),
            // Before and after the change, both during the migration.
            read(6, 9, 1, 1),
            read(10, 30, 2, 2),
            // Given up in between, which raises the token.
            read(31, 32, 2, 3),
            read(40, 50, 3, 4),
        ];
        assert_eq!(wrong(&history), 0);
    }

    #[test]
    fn a_stale_read_is_found() {
        let acknowledged = migrate("a", (3, 20), committed(2, 1, 2));
        assert_eq!(wrong(&[acknowledged.clone(), read(21, 30, 1, 1)]), 1);
        assert_eq!(wrong(&[acknowledged, read(19, 30, 1, 1)]), 0, "it was called before");
        assert_eq!(wrong(&[read(0, 5, 3, 4), read(6, 9, 2, 3)]), 1, "after a failover");
    }

    #[test]
    fn a_read_of_what_was_never_decided_is_found() {
        assert_eq!(wrong(&[read(0, 5, 2, 1)]), 1);
        assert_eq!(wrong(&[read(0, 5, 1, 4)]), 1);
    }

    #[test]
    fn an_effect_before_the_call_is_found() {
        let history = [read(0, 5, 2, 2), migrate("a", (6, 20), committed(2, 1, 2))];
        assert_eq!(wrong(&history), 1);
        let history = [read(0, 5, 2, 2), migrate("a", (6, 20), unknown())];
        assert_eq!(wrong(&history), 1);
    }

    #[test]
    fn an_unknown_outcome_takes_effect_late_or_never() {
        let late = [migrate("a", (0, 5), unknown()), read(6, 9, 1, 1), read(10, 20, 2, 2)];
        assert_eq!(wrong(&late), 0);
        let never = [migrate("b", (0, 5), unknown()), read(6, 9, 1, 1)];
        assert_eq!(wrong(&never), 0);
        let early = [migrate("a", (0, 5), committed(2, 1, 2)), read(6, 9, 1, 1)];
        assert_eq!(wrong(&early), 1, "it was acknowledged before");
    }

    #[test]
    fn an_acknowledged_change_that_is_lost_is_found() {
        let lost = [migrate("b", (0, 5), committed(7, 1, 2))];
        let wrong = check(&lost, &BTreeMap::from([(DPID, known())]));
        assert!(wrong[0].contains("acknowledged, and not in the audit trail"), "{wrong:?}");
    }
}
