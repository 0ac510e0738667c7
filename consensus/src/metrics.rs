//! Counters and histograms, as plain atomics that a driver turns into whatever it exposes.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What this node counted since it started.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Proposals carried out by this node as leader.
    pub proposals: Counter,
    /// Proposals, made at this node, that ended without a known outcome.
    pub proposals_unknown: Counter,
    /// Elections that this node won.
    pub elections_won: Counter,
    /// Times that this node learnt of another leader than before.
    pub leader_changes: Counter,
    /// Renewals of this node's lease that the leader did not answer in time.
    pub renewals_missed: Counter,
    /// From a proposal's arrival at this node, as leader, until it was applied.
    pub commit: Histogram,
    /// One group commit: handing records to sled, its flush, and the fdatasync.
    pub fsync: Histogram,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Returns the count.
    pub fn count(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Durations, counted in buckets that double: 16 us, 32 us, … up to 16.8 s.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BUCKETS + 1],
    sum_us: AtomicU64,
}

/// A histogram at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramSnapshot {
    /// Sum of all durations, in seconds.
    pub sum: f64,
    /// Number of durations.
    pub count: u64,
    /// Upper bound in seconds, and how many durations fell into this bucket alone.
    pub buckets: Vec<(f64, u64)>,
}

impl Histogram {
    /// Returns the present counts; the last bucket's bound is infinite.
    pub fn snapshot(&self) -> HistogramSnapshot {
        let counts = self.buckets.iter().map(|bucket| bucket.load(Relaxed));
        let buckets: Vec<(f64, u64)> = (0..).map(upper_bound).zip(counts).collect();
        let count = buckets.iter().map(|&(_, count)| count).sum();
        HistogramSnapshot { sum: self.sum_us.load(Relaxed) as f64 / 1e6, count, buckets }
    }

    pub(crate) fn record(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let above_first = us.div_ceil(FIRST_BOUND_US).max(1);
        let bucket = above_first.next_power_of_two().trailing_zeros() as usize;
        self.buckets[bucket.min(BUCKETS)].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }
}

fn upper_bound(bucket: usize) -> f64 {
    if bucket == BUCKETS {
        return f64::INFINITY;
    }
    (FIRST_BOUND_US << bucket) as f64 / 1e6
}

const BUCKETS: usize = 21;
const FIRST_BOUND_US: u64 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_holds_it() {
        let histogram = Histogram::default();
        for us in [0, 16, 17, 32, 33, 40_000_000] {
            histogram.record(Duration::from_micros(us));
        }
        let snapshot = histogram.snapshot();
        assert_eq!(snapshot.count, 6);
        assert_eq!(snapshot.buckets[0], (0.000_016, 2));
        assert_eq!(snapshot.buckets[1], (0.000_032, 2));
        assert_eq!(snapshot.buckets[2], (0.000_064, 1));
        assert_eq!(snapshot.buckets[BUCKETS], (f64::INFINITY, 1));
        assert!((snapshot.sum - 40.000_098).abs() < 1e-9);
    }
}
