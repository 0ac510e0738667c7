//! What a node is told at its start, checked before anything is opened.

use migration::NodeId;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};

/// Everything that a node needs to take part.
#[derive(Clone, Debug)]
pub struct Config {
    /// This node.
    pub node: NodeId,
    /// Where the log, the snapshot and the node's identity live; created if absent.
    pub data_dir: PathBuf,
    /// First members of the cluster with their peer addresses (`host:port`), the same at each of them.
    /// A node that is not among them waits until [`crate::Consensus::add_node`] lets it in.
    pub members: BTreeMap<NodeId, String>,
    /// Whether a first member with an empty disk does nothing before [`crate::Consensus::found`] is called: the first day of a
    /// cluster and the loss of a disk look alike to it.
    pub asks_first: bool,
    /// Periods and limits of time.
    pub timing: Timing,
    /// Entries of the log between two snapshots.
    pub snapshot_every: u64,
    /// How peers are reached.
    pub dial: Dial,
}

impl Config {
    /// Returns the configuration of a node with every default.
    pub fn new(node: NodeId, data_dir: PathBuf, members: BTreeMap<NodeId, String>) -> Self {
        let (timing, dial) = (Timing::default(), Dial::default());
        let (asks_first, snapshot_every) = (false, 5_000);
        Self { node, data_dir, members, asks_first, timing, snapshot_every, dial }
    }

    /// Checks what could not work, naming the key at fault.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if self.snapshot_every == 0 {
            return Err(ConfigError { key: "snapshot_every", rule: "must be at least 1".into() });
        }
        self.timing.validate()
    }

    /// Returns openraft's view of this configuration.
    pub(crate) fn for_openraft(&self) -> Result<openraft::Config, openraft::ConfigError> {
        // openraft's followers grant no vote for `election_timeout_max` after the last heartbeat, and
        // campaign after a further `election_timeout_min..max`.
        let vote_lease = self.timing.election_max / 2;
        let wait_min = self.timing.election_min.saturating_sub(vote_lease);
        openraft::Config {
            cluster_name: "baton".to_owned(),
            heartbeat_interval: millis(self.timing.heartbeat),
            election_timeout_min: millis(wait_min),
            election_timeout_max: millis(vote_lease),
            enable_pre_vote: Some(true),
            // A restarted leader stands for election like everyone else: a lease's proof counts from
            // the start of a leadership, which a silent restart would blur.
            enable_leader_restore: Some(false),
            snapshot_policy: openraft::SnapshotPolicy::LogsSinceLast(self.snapshot_every),
            // Followers less far behind than this are still served from the log.
            max_in_snapshot_log_to_keep: self.snapshot_every / 5,
            replication_lag_threshold: self.snapshot_every + self.snapshot_every / 5,
            max_payload_entries: MAX_ENTRIES_PER_APPEND,
            install_snapshot_timeout: millis(SNAPSHOT_TIMEOUT),
            backoff: "50ms 100ms 200ms ...200ms".to_owned(),
            ..openraft::Config::default()
        }
        .validate()
    }
}

/// Periods and limits of time. No wall clock is ever read.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Period of the leader's heartbeats.
    pub heartbeat: Duration,
    /// Least silence of the leader after which a follower stands for election.
    pub election_min: Duration,
    /// Greatest such silence; each follower draws its own in between.
    pub election_max: Duration,
    /// How long contact with a majority counts as contact.
    pub lease: Duration,
    /// What a failure detector adds to `lease`: covers clock drift and a writer that is slow to stop.
    pub margin: Duration,
    /// How long [`crate::Consensus::propose`] keeps trying.
    pub request: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(50),
            election_min: Duration::from_millis(350),
            election_max: Duration::from_millis(500),
            lease: Duration::from_millis(320),
            margin: Duration::from_millis(80),
            request: Duration::from_secs(5),
        }
    }
}

impl Timing {
    /// Returns the silence after which a leader may hold another node's lease for lapsed.
    pub fn detection(&self) -> Duration {
        self.lease + self.margin
    }

    /// Returns the period at which a node renews its lease.
    pub(crate) fn renewal(&self) -> Duration {
        self.lease / 4
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let fail = |key, rule: String| Err(ConfigError { key, rule });
        let heartbeat = self.heartbeat;
        if heartbeat < MIN_HEARTBEAT {
            return fail("heartbeat", format!("must be at least {MIN_HEARTBEAT:?}"));
        }
        if self.election_min >= self.election_max {
            return fail("election_min", "must be less than election_max".into());
        }
        let least = self.election_max / 2 + 2 * heartbeat;
        if self.election_min < least {
            let rule = format!("must be at least election_max / 2 + 2 heartbeats, {least:?}");
            return fail("election_min", rule);
        }
        if self.lease < 4 * heartbeat {
            return fail("lease", format!("must be at least 4 heartbeats, {:?}", 4 * heartbeat));
        }
        if self.margin < self.lease / 10 {
            return fail("margin", format!("must be at least lease / 10, {:?}", self.lease / 10));
        }
        if self.request < self.election_max {
            return fail("request", "must be at least election_max".into());
        }
        Ok(())
    }
}

/// How a channel to a peer is made of an endpoint that already carries address and time-outs.
///
/// The default speaks plain TCP. A cluster with TLS gives a connector of its own.
#[derive(Clone)]
pub struct Dial(Arc<dyn Fn(NodeId, Endpoint) -> Channel + Send + Sync>);

impl Dial {
    /// Returns a dialler that calls `dial`, which must not wait: a channel connects when it is used.
    pub fn new(dial: impl Fn(NodeId, Endpoint) -> Channel + Send + Sync + 'static) -> Self {
        Self(Arc::new(dial))
    }

    pub(crate) fn channel(&self, node: NodeId, endpoint: Endpoint) -> Channel {
        (self.0)(node, endpoint)
    }
}

impl Default for Dial {
    fn default() -> Self {
        Self::new(|_, endpoint| endpoint.connect_lazy())
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dial")
    }
}

/// A key of the configuration that cannot be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{key} {rule}")]
pub struct ConfigError {
    /// The key.
    pub key: &'static str,
    /// What holds for it.
    pub rule: String,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Entries in one AppendEntries; with the bound on a command it bounds the message.
pub(crate) const MAX_ENTRIES_PER_APPEND: u64 = 128;
const MIN_HEARTBEAT: Duration = Duration::from_millis(10);
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Timing)) -> &'static str {
        let mut timing = Timing::default();
        change(&mut timing);
        timing.validate().expect_err("must be refused").key
    }

    #[test]
    fn the_defaults_hold_together_and_openraft_takes_them() {
        let config = Config::new(NodeId(1), PathBuf::new(), BTreeMap::new());
        config.validate().unwrap();
        let openraft = config.for_openraft().unwrap();
        assert_eq!((openraft.election_timeout_min, openraft.election_timeout_max), (100, 250));
        assert!(config.timing.lease < config.timing.detection());
    }

    #[test]
    fn a_refusal_names_the_key() {
        let ms = Duration::from_millis;
        assert_eq!(refused(|t| t.heartbeat = ms(1)), "heartbeat");
        assert_eq!(refused(|t| t.election_max = t.election_min), "election_min");
        assert_eq!(refused(|t| t.election_min = ms(340)), "election_min");
        assert_eq!(refused(|t| t.lease = ms(199)), "lease");
        assert_eq!(refused(|t| t.margin = ms(31)), "margin");
        assert_eq!(refused(|t| t.request = ms(100)), "request");
    }
}
