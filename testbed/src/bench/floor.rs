//! How quick a hand-over could be: the switch's round trips that its protocol waits for, and one commit.
//!
//! ```text
//!   between two hand-overs   barrier, reply, barrier, reply, …   as many as the protocol's path has hops at
//!                                                                the switch, one after the other
//!   during the hand-over     the leader's own count of its commits: the mean of those in between
//! ```
//!
//! So the floor is that of the same run, cluster and switch, a figure for each hand-over.

use super::stats::Summary;
use crate::cluster::Cluster;
use crate::wait::Failure;
use serde::Serialize;

/// What one hand-over could not have done without; times in microseconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Floor {
    /// The switch's round trips.
    pub switch: u64,
    /// One commit.
    pub commit: u64,
}

/// The floors of a cell, summed up; times in microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Floors {
    /// The switch's round trips.
    pub switch_us: Summary,
    /// One commit, from its arrival at the leader until that had applied it.
    pub commit_us: Summary,
    /// Both.
    pub total_us: Summary,
}

impl Floors {
    /// Sums up; nothing comes of nothing.
    pub fn of(floors: &[Floor]) -> Option<Self> {
        let summary = |of: fn(&Floor) -> u64| Summary::of(floors.iter().map(of));
        (!floors.is_empty()).then(|| Self {
            switch_us: summary(|floor| floor.switch),
            commit_us: summary(|floor| floor.commit),
            total_us: summary(|floor| floor.switch + floor.commit),
        })
    }
}

/// Commits that leaders have counted, and the time that they took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Commits {
    seconds: f64,
    count: f64,
}

impl Commits {
    /// Asks every node.
    pub(super) async fn counted(cluster: &Cluster) -> Result<Self, Failure> {
        let mut all = Self::default();
        for node in cluster.ids() {
            let (_, metrics) = cluster.http(node, "/metrics").await?;
            all.seconds += value(&metrics, "baton_raft_commit_seconds_sum");
            all.count += value(&metrics, "baton_raft_commit_seconds_count");
        }
        Ok(all)
    }

    /// Returns the mean length of the commits since `before`, in microseconds, if there were any.
    pub(super) fn mean_us_since(self, before: Self) -> Option<u64> {
        let (seconds, count) = (self.seconds - before.seconds, self.count - before.count);
        (count > 0.0).then(|| (seconds / count * 1e6) as u64)
    }
}

/// Returns the value of a metric without labels; 0 if it is not there.
fn value(metrics: &str, name: &str) -> f64 {
    let mut values = metrics.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    values.next().and_then(|value| value.trim().parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_the_mean_of_those_in_between() {
        let counted = |seconds, count| Commits { seconds, count };
        assert_eq!(counted(0.5, 100.0).mean_us_since(counted(0.497, 97.0)), Some(1_000));
        assert_eq!(counted(0.5, 100.0).mean_us_since(counted(0.5, 100.0)), None);
    }

    #[test]
    fn a_metric_is_found_by_its_whole_name() {
        let text = "# TYPE a_seconds histogram\na_seconds_sum 0.25\na_seconds_sums 7\n";
        assert_eq!(value(text, "a_seconds_sum"), 0.25);
        assert_eq!(value(text, "a_seconds_count"), 0.0);
    }

    #[test]
    fn the_floor_is_what_each_hand_over_had() {
        let floors = Floors::of(&[Floor { switch: 1, commit: 9 }, Floor { switch: 5, commit: 6 }]);
        let floors = floors.unwrap();
        assert_eq!((floors.switch_us.max, floors.commit_us.max, floors.total_us.max), (5, 9, 11));
        assert!(Floors::of(&[]).is_none());
    }
}
