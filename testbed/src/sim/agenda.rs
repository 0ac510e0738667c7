//! What is to happen, and when, in virtual time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Microseconds of virtual time.
pub(super) type Micros = u64;

/// Things to come, the earliest first; what is due at the same instant comes in the order in which it was
/// entered.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    heap: BinaryHeap<Entry<T>>,
    entered: u64,
    now: Micros,
}

#[derive(Debug)]
struct Entry<T> {
    at: Micros,
    number: u64,
    what: T,
}

impl<T> Agenda<T> {
    /// Returns an empty agenda at `now`.
    pub(super) fn new(now: Micros) -> Self {
        Self { heap: BinaryHeap::new(), entered: 0, now }
    }

    /// Returns the time.
    pub(super) fn now(&self) -> Micros {
        self.now
    }

    /// Enters what is to happen at `at`; what should have happened already happens now.
    pub(super) fn at(&mut self, at: Micros, what: T) {
        self.entered += 1;
        let at = at.max(self.now);
        self.heap.push(Entry { at, number: self.entered, what });
    }

    /// Enters what is to happen in `delay`.
    pub(super) fn after(&mut self, delay: Micros, what: T) {
        self.at(self.now + delay, what);
    }

    /// Takes out what is next, and lets time pass until then.
    pub(super) fn next(&mut self) -> Option<T> {
        let entry = self.heap.pop()?;
        self.now = entry.at;
        Some(entry.what)
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Entry<T> {}

#[cfg(test)]
mod tests {
    use super::Agenda;

    #[test]
    fn what_is_due_comes_in_order_of_time_and_then_of_entry() {
        let mut agenda = Agenda::new(10);
        agenda.at(30, 'c');
        agenda.after(10, 'a');
        agenda.at(20, 'b');
        agenda.at(5, 'o');
        let order: String = std::iter::from_fn(|| agenda.next()).collect();
        assert_eq!((order.as_str(), agenda.now()), ("oabc", 30));
    }
}
