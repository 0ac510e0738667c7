//! Reads a data directory as a node would at its start, without being one.
//!
//! Two audits of one directory are equal exactly if a node that starts on it has the same identity, has made the
//! same promises and has the same log and state. What nobody relies on is left out: how far the log was known to
//! be committed is not made durable on its own.

use super::disk::{Disk, Recovered};
use super::identity::{DirLock, Identity};
use super::{SnapshotFile, Space, check_fit};
use crate::config::Config;
use crate::consensus::StartError;
use crate::digest::crc64;
use crate::types::Entry;
use migration::ownership::Ownership;
use openraft::EntryPayload;
use serde::Serialize;

/// What a data directory says.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Audit {
    /// Mark of the cluster that it belongs to.
    pub cluster: u64,
    /// Term, node and firmness of the newest vote.
    pub vote: Option<(u64, u64, bool)>,
    /// Last entry of the log that is gone.
    pub purged: Option<u64>,
    /// Last entry that the snapshot covers.
    pub snapshot: Option<u64>,
    /// Last entry of the log.
    pub last: Option<u64>,
    /// Digest of the entries of the log.
    pub log_digest: u64,
    /// Digest of the state as of the last entry of the log.
    pub digest: u64,
}

impl Audit {
    /// Reads the directory of `config`, with everything that a start refuses.
    pub fn of(config: &Config) -> Result<Self, StartError> {
        let dir = &config.data_dir;
        let _lock = DirLock::take(dir)?;
        let identity = Identity::open(config)?;
        let file = SnapshotFile::open(dir, Space::of(dir))?;
        let (_disk, recovered) = Disk::open(dir)?;
        check_fit(dir, &file, &recovered)?;
        let snapshot = file.covers().map(|id| id.index);
        let Recovered { vote, purged, entries, .. } = recovered;
        let last = entries.last_key_value().map(|(&index, _)| index);
        let entries: Vec<Entry> = entries.into_values().collect();
        let log_digest = crc64(&postcard::to_stdvec(&entries).map_err(StartError::openraft)?);
        let mut state: Ownership = file.state()?.unwrap_or_default();
        let after = |entry: &Entry| snapshot.is_none_or(|covered| entry.log_id.index > covered);
        for entry in entries.into_iter().filter(after) {
            if let EntryPayload::Normal(proposal) = entry.payload {
                state.apply(proposal.0);
            }
        }
        Ok(Self {
            cluster: identity.cluster(),
            vote: vote.map(|vote| (vote.leader_id.term, vote.leader_id.node_id, vote.committed)),
            purged: purged.map(|id| id.index),
            snapshot,
            last: last.max(snapshot),
            log_digest,
            digest: crate::digest(&state),
        })
    }
}
