//! The oracle: was every packet-in answered exactly once?
//!
//! A [`Ledger`] keeps the books of one source of numbered packet-ins. It knows nothing of controllers or
//! hand-overs: it sees numbers go up to the control plane and come back, at the switch. A [`Report`] sums
//! ledgers up.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// The books of one source.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Packet-ins that may still be answered, the oldest first; numbers are consecutive.
    open: VecDeque<Entry>,
    /// Number of the first of `open`.
    first: u64,
    /// Longest that `open` becomes before the oldest is closed.
    bound: usize,
    closed_lost: u64,
    answered: u64,
    waiting: u64,
    twice: u64,
    stray: u64,
    unheard: u64,
    reordered: u64,
    copies: u64,
    newest_answered: Option<u64>,
    last_answer_at: Option<u64>,
    longest_gap_us: u64,
    latency: Histogram<u64>,
    by: BTreeMap<u64, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    raised_at: u64,
    answers: u32,
    /// When it was answered for the second time.
    again_at: Option<u64>,
    hearers: Hearers,
}

/// Controllers that were sent a packet-in, by their numbers; those from 64 on are not told apart.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Hearers(u64);

impl Hearers {
    /// Returns whether one of these is none of `fallen`.
    pub fn outlive(self, fallen: Self) -> bool {
        self.0 & !fallen.0 != 0
    }

    /// Returns their numbers.
    pub fn numbers(self) -> Vec<u64> {
        (0..64).filter(|number| self.0 & 1 << number != 0).collect()
    }

    /// Returns how many they are.
    pub fn count(self) -> u64 {
        self.0.count_ones().into()
    }

    /// Returns these and `number`.
    #[must_use]
    pub fn with(self, number: u64) -> Self {
        Self(self.0 | Self::from_iter([number]).0)
    }

    /// Returns these but for `number`.
    #[must_use]
    pub fn without(self, number: u64) -> Self {
        Self(self.0 & !Self::from_iter([number]).0)
    }
}

impl FromIterator<u64> for Hearers {
    fn from_iter<T: IntoIterator<Item = u64>>(numbers: T) -> Self {
        Self(numbers.into_iter().fold(0, |all, number| all | 1 << number.min(63)))
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self::new(DEFAULT_BOUND)
    }
}

impl Ledger {
    /// Returns empty books that remember the last `bound` packet-ins.
    pub fn new(bound: usize) -> Self {
        Self {
            open: VecDeque::new(),
            first: 0,
            bound: bound.max(1),
            closed_lost: 0,
            answered: 0,
            waiting: 0,
            twice: 0,
            stray: 0,
            unheard: 0,
            reordered: 0,
            copies: 0,
            newest_answered: None,
            last_answer_at: None,
            longest_gap_us: 0,
            latency: histogram(),
            by: BTreeMap::new(),
        }
    }

    /// Returns empty books whose first packet-in is `number`.
    pub fn starting_at(number: u64) -> Self {
        Self { first: number, ..Self::default() }
    }

    /// Returns the number of the next packet-in.
    pub fn next_number(&self) -> u64 {
        self.first + self.open.len() as u64
    }

    /// Books that a packet came for which there was no controller to ask: it is no packet-in.
    pub fn unheard(&mut self) {
        self.unheard += 1;
    }

    /// Books the next packet-in, raised at `at` microseconds, and returns its number.
    pub fn raise(&mut self, at: u64) -> u64 {
        self.raise_to(at, Hearers::default())
    }

    /// Does the same, and books who was sent it.
    pub fn raise_to(&mut self, at: u64, hearers: Hearers) -> u64 {
        if self.open.len() == self.bound {
            self.close_oldest();
        }
        let number = self.next_number();
        self.open.push_back(Entry { raised_at: at, answers: 0, again_at: None, hearers });
        self.waiting += 1;
        self.copies += hearers.count().saturating_sub(1);
        number
    }

    /// Books that `number` was answered by controller `by` at `at` microseconds.
    pub fn answered(&mut self, number: u64, at: u64, by: u64) {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        let Some(entry) = index.and_then(|index| self.open.get_mut(index)) else {
            self.stray += 1;
            return;
        };
        entry.answers = entry.answers.saturating_add(1);
        match entry.answers {
            1 => {
                let latency = at.saturating_sub(entry.raised_at);
                self.answered_once(number, latency, at, by);
            }
            2 => {
                entry.again_at = Some(at);
                self.twice += 1;
            }
            _ => {}
        }
    }

    fn answered_once(&mut self, number: u64, latency: u64, at: u64, by: u64) {
        self.waiting -= 1;
        self.answered += 1;
        self.latency.saturating_record(latency);
        *self.by.entry(by).or_default() += 1;
        if self.newest_answered.is_some_and(|newest| number < newest) {
            self.reordered += 1;
        }
        self.newest_answered = self.newest_answered.max(Some(number));
        let gap = self.last_answer_at.map_or(0, |last| at.saturating_sub(last));
        self.longest_gap_us = self.longest_gap_us.max(gap);
        self.last_answer_at = Some(at);
    }

    /// Returns the counts so far; what waits is not lost yet.
    pub fn tally(&self) -> Tally {
        Tally {
            answered: self.answered,
            waiting: self.waiting,
            lost: self.closed_lost,
            twice: self.twice,
            reordered: self.reordered,
            copies: self.copies,
        }
    }

    /// Returns how many packet-ins wait for their first answer.
    pub fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Returns the numbers that wait for their first answer, at most `limit` of them, oldest first.
    pub fn missing(&self, limit: usize) -> Vec<u64> {
        let numbered = (self.first..).zip(&self.open);
        numbered.filter(|(_, e)| e.answers == 0).map(|(n, _)| n).take(limit).collect()
    }

    /// Returns when `number` was raised, in microseconds, if that is on the books.
    pub fn raised_at(&self, number: u64) -> Option<u64> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.open.get(index).map(|entry| entry.raised_at)
    }

    /// Returns the packet-ins never answered, each with when it was raised, in microseconds, and who was sent it.
    pub fn unanswered(&self) -> impl Iterator<Item = (u64, Hearers)> {
        let silent = self.open.iter().filter(|entry| entry.answers == 0);
        silent.map(|entry| (entry.raised_at, entry.hearers))
    }

    /// Returns when packet-ins were answered for the second time, in microseconds.
    pub fn answered_again(&self) -> impl Iterator<Item = u64> {
        self.open.iter().filter_map(|entry| entry.again_at)
    }

    /// Returns how many packet-ins were answered at least once.
    pub fn answers(&self) -> u64 {
        self.answered
    }

    fn close_oldest(&mut self) {
        let Some(entry) = self.open.pop_front() else { return };
        self.first += 1;
        if entry.answers == 0 {
            self.closed_lost += 1;
            self.waiting -= 1;
        }
    }
}

/// Counts of a ledger at one moment, cheap to take.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Tally {
    /// Packet-ins answered at least once.
    pub answered: u64,
    /// Packet-ins that wait for their first answer.
    pub waiting: u64,
    /// Packet-ins that left the books unanswered.
    pub lost: u64,
    /// Packet-ins answered more than once.
    pub twice: u64,
    /// Packet-ins answered after a later one.
    pub reordered: u64,
    /// Packet-ins sent to more than one controller, once for each but the first.
    pub copies: u64,
}

/// The oracle's verdict over one or more ledgers.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Packet-ins raised.
    pub raised: u64,
    /// Packet-ins answered at least once.
    pub answered: u64,
    /// Packet-ins never answered.
    pub lost: u64,
    /// Packet-ins answered more than once.
    pub twice: u64,
    /// Answers to no packet-in on the books: never raised, or too long ago to tell.
    pub stray: u64,
    /// Packets for which the switch had no controller to ask; they were not raised.
    pub unheard: u64,
    /// Packet-ins answered after a later one of the same source.
    pub reordered: u64,
    /// Longest time between two answers to one source, in microseconds.
    pub longest_gap_us: u64,
    /// Time from a packet-in to its first answer, in microseconds.
    pub latency_us: Percentiles,
    /// Packet-ins answered first by each controller.
    pub by: BTreeMap<u64, u64>,
}

impl Report {
    /// Sums `ledgers` up; whatever still waits counts as lost.
    pub fn of<'a>(ledgers: impl IntoIterator<Item = &'a Ledger>) -> Self {
        let mut report = Self::default();
        let mut latency = histogram();
        for ledger in ledgers {
            let lost = ledger.closed_lost + ledger.waiting;
            report.raised += ledger.answered + lost;
            report.answered += ledger.answered;
            report.lost += lost;
            report.twice += ledger.twice;
            report.stray += ledger.stray;
            report.unheard += ledger.unheard;
            report.reordered += ledger.reordered;
            report.longest_gap_us = report.longest_gap_us.max(ledger.longest_gap_us);
            // The histograms have the same bounds by construction, so none of it can be out of range.
            let _ = latency.add(&ledger.latency);
            for (&by, &count) in &ledger.by {
                *report.by.entry(by).or_default() += count;
            }
        }
        report.latency_us = Percentiles::of_histogram(&latency);
        report
    }

    /// Returns whether every packet was asked about, and every packet-in answered exactly once.
    pub fn is_exactly_once(&self) -> bool {
        (self.lost, self.twice, self.stray, self.unheard) == (0, 0, 0, 0)
    }
}

/// The usual percentiles, in the unit of what was recorded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Percentiles {
    /// Median.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    #[serde(rename = "p99.9")]
    pub p999: u64,
    /// Highest value.
    pub max: u64,
}

impl Percentiles {
    /// Returns the percentiles of `values`; all 0 if there are none.
    pub fn of(values: impl IntoIterator<Item = u64>) -> Self {
        let mut recorded = histogram();
        for value in values {
            recorded.saturating_record(value);
        }
        Self::of_histogram(&recorded)
    }

    /// Returns the percentiles of what was recorded.
    pub fn of_histogram(recorded: &Histogram<u64>) -> Self {
        let at = |quantile| recorded.value_at_quantile(quantile);
        Self { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: recorded.max() }
    }
}

/// Packet-ins that a ledger remembers by default: 40 MiB of books, or 17 minutes at 1,000 a second.
const DEFAULT_BOUND: usize = 1 << 20;

/// Highest value recorded, in microseconds; what is above it counts as this.
const HIGHEST_US: u64 = 600_000_000;

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, HIGHEST_US, 3).expect("1 <= HIGHEST_US / 2 and 3 <= 5 digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(ledger: &Ledger) -> Report {
        Report::of([ledger])
    }

    #[test]
    fn each_answered_once_is_clean() {
        let mut ledger = Ledger::default();
        for at in [0, 1_000, 2_000] {
            let number = ledger.raise(at);
            ledger.answered(number, at + 500, 1);
        }
        let report = report(&ledger);
        assert!(report.is_exactly_once());
        assert_eq!((report.raised, report.answered, report.longest_gap_us), (3, 3, 1_000));
        assert_eq!((report.latency_us.p50, report.latency_us.max), (500, 500));
        assert_eq!(report.by, BTreeMap::from([(1, 3)]));
    }

    #[test]
    fn silence_is_a_loss_and_a_third_answer_is_still_one_packet_twice() {
        let mut ledger = Ledger::default();
        let (lost, twice) = (ledger.raise(0), ledger.raise(0));
        for by in [1, 2, 2] {
            ledger.answered(twice, 10, by);
        }
        assert_eq!(ledger.missing(9), [lost]);
        assert_eq!(ledger.answered_again().collect::<Vec<_>>(), [10]);
        assert_eq!(ledger.waiting(), 1);
        let tally = Tally { answered: 1, waiting: 1, twice: 1, ..Tally::default() };
        assert_eq!(ledger.tally(), tally);
        let report = report(&ledger);
        assert_eq!((report.lost, report.twice, report.answered), (1, 1, 1));
        assert!(!report.is_exactly_once());
    }

    #[test]
    fn who_hears_a_packet_in_besides_the_first_is_a_copy() {
        let mut ledger = Ledger::default();
        for hearers in [vec![1], vec![1, 2, 4], vec![]] {
            ledger.raise_to(0, hearers.into_iter().collect());
        }
        assert_eq!(ledger.tally().copies, 2);
    }

    #[test]
    fn an_answer_to_nothing_is_stray() {
        let mut ledger = Ledger::default();
        ledger.answered(0, 10, 1);
        assert_eq!(report(&ledger).stray, 1);
        assert!(!report(&ledger).is_exactly_once());
    }

    #[test]
    fn a_packet_that_nobody_was_asked_about_is_no_packet_in() {
        let mut ledger = Ledger::default();
        ledger.unheard();
        assert_eq!(ledger.next_number(), 0);
        assert_eq!((report(&ledger).raised, report(&ledger).unheard), (0, 1));
        assert!(!report(&ledger).is_exactly_once());
    }

    #[test]
    fn the_books_are_bounded_and_what_leaves_them_unanswered_is_lost() {
        let mut ledger = Ledger::new(2);
        for at in 0..4 {
            assert_eq!(ledger.raise(at), at);
        }
        ledger.answered(0, 10, 1);
        ledger.answered(3, 10, 1);
        assert_eq!((ledger.open.len(), ledger.missing(9)), (2, vec![2]));
        let report = report(&ledger);
        assert_eq!((report.raised, report.lost, report.answered, report.stray), (4, 3, 1, 1));
    }

    #[test]
    fn order_is_watched() {
        let mut ledger = Ledger::default();
        let (first, second) = (ledger.raise(0), ledger.raise(0));
        ledger.answered(second, 10, 1);
        ledger.answered(first, 20, 1);
        assert_eq!(report(&ledger).reordered, 1);
        assert!(report(&ledger).is_exactly_once());
    }

    #[test]
    fn who_was_sent_what_is_on_the_books() {
        let mut ledger = Ledger::starting_at(7);
        let (one, both) = (Hearers::from_iter([1]), Hearers::from_iter([1, 2]));
        assert_eq!(ledger.raise_to(0, one), 7);
        let answered = ledger.raise_to(5, both);
        ledger.raise_to(9, both);
        ledger.answered(answered, 10, 2);
        assert_eq!(ledger.unanswered().collect::<Vec<_>>(), [(0, one), (9, both)]);
        assert!(both.outlive(one) && !one.outlive(one) && !both.without(2).outlive(one));
        assert_eq!((ledger.raised_at(answered), ledger.raised_at(99)), (Some(5), None));
    }

    #[test]
    fn ledgers_add_up() {
        let (mut one, mut two) = (Ledger::default(), Ledger::default());
        let number = one.raise(0);
        one.answered(number, 10, 1);
        two.raise(0);
        let report = Report::of([&one, &two]);
        assert_eq!((report.raised, report.answered, report.lost), (2, 1, 1));
    }

    #[test]
    fn percentiles_of_nothing_are_zero() {
        assert_eq!(Percentiles::of([]), Percentiles::default());
        assert_eq!(Percentiles::of([5, 7]).max, 7);
    }
}
