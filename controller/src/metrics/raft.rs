//! What is known of the log: taken over from `consensus` at each scrape.

use super::histogram::Histogram;
use crate::admin::Health;
use consensus::HistogramSnapshot;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// About the log and the other nodes.
#[derive(Debug, Default)]
pub(super) struct Raft {
    lease_valid: Gauge,
    leader: Gauge,
    term: Gauge<u64, AtomicU64>,
    applied: Gauge<u64, AtomicU64>,
    committed: Gauge<u64, AtomicU64>,
    pub(super) proposal: Histogram,
    commit: Mirror,
    fsync: Mirror,
    proposals_unknown: Counter,
    elections_won: Counter,
    leader_changes: Counter,
    renewals_missed: Counter,
    pub(super) peer_dropped: Counter,
}

impl Raft {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let s = || Unit::Seconds;
        let help = "Whether this node may write to the switches that it owns";
        registry.register("lease_valid", help, metrics.lease_valid.clone());
        let help = "Renewals of this node's lease that were not answered in time";
        registry.register("lease_renewals_missed", help, metrics.renewals_missed.clone());
        registry.register("raft_leader", "Whether this node leads", metrics.leader.clone());
        registry.register("raft_term", "Newest term seen", metrics.term.clone());
        let help = "Last entry of the log that is applied here";
        registry.register("raft_applied", help, metrics.applied.clone());
        let help = "Last entry of the log known to be committed";
        registry.register("raft_committed", help, metrics.committed.clone());
        let help = "From this node's proposal to its answer";
        registry.register_with_unit("raft_proposal", help, s(), metrics.proposal.clone());
        let help = "At the leader: from a proposal's arrival until it was applied";
        registry.register_with_unit("raft_commit", help, s(), metrics.commit.clone());
        let help = "One group commit to the disk";
        registry.register_with_unit("raft_fsync", help, s(), metrics.fsync.clone());
        let help = "Proposals of this node that ended without a known outcome";
        registry.register("raft_proposals_unknown", help, metrics.proposals_unknown.clone());
        let help = "Elections that this node won";
        registry.register("raft_elections_won", help, metrics.elections_won.clone());
        let help = "Times that this node learnt of another leader";
        registry.register("raft_leader_changes", help, metrics.leader_changes.clone());
        let help = "Messages to other nodes that could not be sent";
        registry.register("peer_dropped", help, metrics.peer_dropped.clone());
        metrics
    }

    pub(super) fn refresh(&self, health: &Health, log: &consensus::Metrics) {
        self.lease_valid.set(health.lease_valid.into());
        self.leader.set(health.is_leader.into());
        self.term.set(health.term);
        self.applied.set(health.applied);
        self.committed.set(health.committed);
        self.commit.show(log.commit.snapshot());
        self.fsync.show(log.fsync.snapshot());
        for (ours, theirs) in [
            (&self.proposals_unknown, &log.proposals_unknown),
            (&self.elections_won, &log.elections_won),
            (&self.leader_changes, &log.leader_changes),
            (&self.renewals_missed, &log.renewals_missed),
        ] {
            ours.inner().store(theirs.count(), Relaxed);
        }
    }
}

/// A histogram that is kept elsewhere, as it was at the last scrape.
#[derive(Clone, Debug, Default)]
struct Mirror(Arc<Mutex<Option<HistogramSnapshot>>>);

impl Mirror {
    fn show(&self, snapshot: HistogramSnapshot) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
    }
}

impl EncodeMetric for Mirror {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(HistogramSnapshot { sum, count, buckets }) = &*shown else {
            return encoder.encode_histogram::<NoLabelSet>(0.0, 0, &[(f64::INFINITY, 0)], None);
        };
        encoder.encode_histogram::<NoLabelSet>(*sum, *count, buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for Mirror {
    const TYPE: MetricType = MetricType::Histogram;
}
