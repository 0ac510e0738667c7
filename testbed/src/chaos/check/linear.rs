//! Whether concurrent operations could have happened one after the other, each between its call and its return:
//! the algorithm of Wing and Gong as Lowe improved it ("Testing for linearizability", 2017).
//!
//! ```text
//!   calls and returns by time:   call a | call b | return b | call c | return a | return c
//!   walk from the front: take a call whose step the model allows, lift it and its return out, start anew;
//!   at a return, somebody before it was chosen wrongly: put the last one back, and try the call after it
//! ```
//!
//! What has been tried is remembered as (operations taken, state), and never tried again. An operation whose
//! outcome is not known has no return: it may be taken at any time after its call, or never.

use std::collections::BTreeSet;

/// What operations do to a state.
pub trait Model {
    /// A state.
    type State: Clone + Ord;
    /// An operation with its outcome.
    type Op;

    /// Returns the state after `op`, if `op` may have had its outcome in `state`.
    fn step(&self, state: &Self::State, op: &Self::Op) -> Option<Self::State>;
}

/// An operation, and when it may have happened; times are of one clock, in any unit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operation<O> {
    /// When it was called.
    pub called: u64,
    /// When its outcome came back; `None` if that is not known.
    pub returned: Option<u64>,
    /// What was done, and what came of it.
    pub op: O,
}

/// The operation that fits nowhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Misfit {
    /// Its place in what was checked: of all orders, the one that gets farthest ends at its return.
    pub index: usize,
    /// How many operations that order has placed before.
    pub placed: usize,
}

/// Returns whether there is an order of `operations` that `model` allows from `start` on, and that no two of them
/// contradict of which one returned before the other was called.
pub fn check<M: Model>(
    model: &M,
    start: M::State,
    operations: &[Operation<M::Op>],
) -> Result<(), Misfit> {
    let mut walk = Walk::new(operations);
    let mut state = start;
    let mut open = operations.iter().filter(|operation| operation.returned.is_some()).count();
    let mut tried = BTreeSet::new();
    let mut farthest = Misfit { index: 0, placed: 0 };
    let mut at = walk.first();
    while open > 0 {
        let event = walk.events[at];
        let taken = match event.kind {
            Kind::Call => model.step(&state, &operations[event.index].op),
            Kind::Return => None,
        };
        let taken = taken.filter(|next| {
            walk.taken.set(event.index, true);
            let is_new = tried.insert((walk.taken.clone(), next.clone()));
            walk.taken.set(event.index, is_new);
            is_new
        });
        if let Some(next) = taken {
            walk.chosen.push((at, std::mem::replace(&mut state, next)));
            walk.lift(at);
            open -= usize::from(operations[event.index].returned.is_some());
            at = walk.first();
        } else if event.kind == Kind::Call {
            at = walk.next[at];
        } else {
            if walk.chosen.len() >= farthest.placed {
                farthest = Misfit { index: event.index, placed: walk.chosen.len() };
            }
            let Some((last, before)) = walk.chosen.pop() else { return Err(farthest) };
            state = before;
            walk.put_back(last);
            open += usize::from(operations[walk.events[last].index].returned.is_some());
            at = walk.next[last];
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Call,
    Return,
}

/// A call or a return of the operation at `index`.
#[derive(Clone, Copy, Debug)]
struct Event {
    kind: Kind,
    index: usize,
}

/// Calls and returns by time, as a list from which operations are lifted and to which they are put back.
struct Walk<S> {
    events: Vec<Event>,
    /// Place of each operation's return among the events.
    returns: Vec<Option<usize>>,
    /// The list; the place after the last event is its head.
    next: Vec<usize>,
    previous: Vec<usize>,
    taken: Bits,
    /// Places of calls, in the order chosen so far, each with the state before it.
    chosen: Vec<(usize, S)>,
}

impl<S> Walk<S> {
    fn new<O>(operations: &[Operation<O>]) -> Self {
        let mut events = vec![];
        for (index, operation) in operations.iter().enumerate() {
            // A call at the very time of another's return is concurrent with it: calls go first.
            events.push((operation.called, 0, Event { kind: Kind::Call, index }));
            let returned = operation.returned.map(|at| at.max(operation.called));
            events.extend(returned.map(|at| (at, 1, Event { kind: Kind::Return, index })));
        }
        events.sort_by_key(|&(at, returns, event)| (at, returns, event.index));
        let events: Vec<Event> = events.into_iter().map(|(_, _, event)| event).collect();
        let mut returns = vec![None; operations.len()];
        for (place, event) in events.iter().enumerate().filter(|(_, e)| e.kind == Kind::Return) {
            returns[event.index] = Some(place);
        }
        let ring = events.len() + 1;
        Self {
            events,
            returns,
            next: (0..ring).map(|place| (place + 1) % ring).collect(),
            previous: (0..ring).map(|place| (place + ring - 1) % ring).collect(),
            taken: Bits(vec![0; operations.len().div_ceil(64)]),
            chosen: vec![],
        }
    }

    fn first(&self) -> usize {
        self.next[self.events.len()]
    }

    /// Takes a call and its return out of the list.
    fn lift(&mut self, call: usize) {
        for place in self.places(call) {
            self.next[self.previous[place]] = self.next[place];
            self.previous[self.next[place]] = self.previous[place];
        }
    }

    /// Undoes the last [`Self::lift`] that is not undone.
    fn put_back(&mut self, call: usize) {
        for place in self.places(call).rev() {
            self.next[self.previous[place]] = place;
            self.previous[self.next[place]] = place;
        }
        self.taken.set(self.events[call].index, false);
    }

    fn places(&self, call: usize) -> impl DoubleEndedIterator<Item = usize> + use<S> {
        let returned = self.returns[self.events[call].index];
        [Some(call), returned].into_iter().flatten()
    }
}

/// A set of small numbers.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, number: usize, is_in: bool) {
        let bit = 1 << (number % 64);
        let word = &mut self.0[number / 64];
        *word = if is_in { *word | bit } else { *word & !bit };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    /// A register that is written, read, and compared and swapped.
    struct Register;

    #[derive(Clone, Copy, Debug)]
    enum Op {
        Write(u8),
        Read(u8),
        Swap(u8, u8),
    }
    use Op::{Read, Swap, Write};

    impl Model for Register {
        type State = u8;
        type Op = Op;

        fn step(&self, state: &u8, op: &Op) -> Option<u8> {
            match *op {
                Write(value) => Some(value),
                Read(value) => (value == *state).then_some(value),
                Swap(old, new) => (old == *state).then_some(new),
            }
        }
    }

    fn op(called: u64, returned: impl Into<Option<u64>>, op: Op) -> Operation<Op> {
        Operation { called, returned: returned.into(), op }
    }

    fn fits(operations: &[Operation<Op>]) -> Result<(), Misfit> {
        check(&Register, 0, operations)
    }

    #[test]
    fn what_overlaps_may_happen_in_any_order() {
        let overlapping = [op(0, 10, Write(1)), op(1, 9, Read(0)), op(2, 8, Read(1))];
        assert_eq!(fits(&overlapping), Ok(()));
    }

    #[test]
    fn a_read_of_what_is_no_more_is_found() {
        let stale = [op(0, 1, Write(1)), op(2, 3, Write(2)), op(4, 5, Read(1))];
        assert_eq!(fits(&stale), Err(Misfit { index: 2, placed: 2 }));
    }

    #[test]
    fn two_reads_do_not_go_back_in_time_within_a_write() {
        let flicker = [op(0, 9, Write(1)), op(1, 2, Read(1)), op(3, 4, Read(0))];
        assert!(fits(&flicker).is_err());
    }

    #[test]
    fn an_unknown_outcome_may_take_effect_late_or_never_but_not_before_its_call() {
        assert_eq!(fits(&[op(0, None, Write(1)), op(5, 6, Read(0)), op(7, 8, Read(1))]), Ok(()));
        assert_eq!(fits(&[op(0, None, Write(1)), op(5, 6, Read(0))]), Ok(()));
        assert!(fits(&[op(5, None, Write(1)), op(0, 1, Read(1))]).is_err());
    }

    #[test]
    fn two_swaps_of_the_same_value_cannot_both_succeed() {
        assert!(fits(&[op(0, 9, Swap(0, 1)), op(0, 9, Swap(0, 2))]).is_err());
        assert_eq!(fits(&[op(0, 9, Swap(1, 2)), op(0, 9, Swap(0, 1))]), Ok(()));
    }

    /// Returns operations that did happen one after the other, a tenth of them with an outcome that got lost.
    fn happened(seed: u64, number: u64, loses: bool) -> Vec<Operation<Op>> {
        let mut chance = Seeded::new(seed);
        let (mut state, mut operations) = (0, vec![]);
        for at in 1..=number {
            let value = chance.below(5) as u8;
            let done = match chance.below(3) {
                0 => Write(value),
                1 => Read(state),
                _ => Swap(state, value),
            };
            state = Register.step(&state, &done).unwrap();
            let returned = !(loses && chance.chance(0.1));
            let (before, after) = (chance.below(15) as u64, chance.below(15) as u64);
            operations.push(op(10 * at - before.min(9), returned.then_some(10 * at + after), done));
        }
        chance.shuffle(&mut operations);
        operations
    }

    #[test]
    fn what_happened_fits_and_one_wrong_read_does_not() {
        for seed in 0..20 {
            let mut operations = happened(seed, 1_000, false);
            assert_eq!(fits(&operations), Ok(()), "{seed}");
            operations.push(op(4_000, 4_050, Read(7)));
            assert!(fits(&operations).is_err(), "{seed}");
            assert_eq!(fits(&happened(seed, 40, true)), Ok(()), "{seed}");
        }
    }
}
