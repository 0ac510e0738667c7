//! Histograms of durations that cost whoever observes two additions, and no lock.

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Durations, counted in fixed buckets from 100 µs to 10 s. Clones share their counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// One more than there are bounds: what is above all of them.
    buckets: [AtomicU64; BOUNDS_US.len() + 1],
    sum_ns: AtomicU64,
}

impl Histogram {
    /// Counts a duration of `seconds`; what is no duration counts as 0.
    pub(super) fn observe(&self, seconds: f64) {
        // The cast saturates, and takes NaN for 0.
        self.count((seconds * 1e9) as u64, 1);
    }

    /// Counts `time` as often as that.
    pub(super) fn observe_many(&self, time: Duration, times: u64) {
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.count(ns, times);
    }

    pub(super) fn observe_us(&self, us: u64) {
        self.observe(us as f64 / 1e6);
    }

    fn count(&self, ns: u64, times: u64) {
        self.0.buckets[bucket(ns)].fetch_add(times, Relaxed);
        self.0.sum_ns.fetch_add(ns.saturating_mul(times), Relaxed);
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let bounds = BOUNDS_US.iter().map(|&us| us as f64 / 1e6).chain([f64::INFINITY]);
        let counts = self.0.buckets.iter().map(|bucket| bucket.load(Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|&(_, count)| count).sum();
        let sum = self.0.sum_ns.load(Relaxed) as f64 / 1e9;
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

/// Returns the bucket of a duration; most are in the first.
fn bucket(ns: u64) -> usize {
    BOUNDS_US.iter().take_while(|&&bound| bound * 1_000 < ns).count()
}

/// Upper bounds of the buckets, in microseconds.
const BOUNDS_US: [u64; 16] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000, 2_000_000, 5_000_000, 10_000_000,
];
