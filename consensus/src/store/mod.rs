//! What a node keeps on disk.
//!
//! ```text
//! DATA_DIR/identity       which node of which cluster this is
//! DATA_DIR/lock           held by the running process
//! DATA_DIR/log/           vote, log and marks, in sled           (disk, written by one thread: writer)
//! DATA_DIR/log.mark       how far sled is known to have got      (mark)
//! DATA_DIR/snapshot       the state machine as of one log entry  (snapshot)
//! ```
//!
//! The log in use is also held in memory, so that reads never touch the disk and appended entries can be
//! read before they are durable. The state machine lives in memory alone: at the start it is the snapshot
//! plus the entries after it.

mod archive;
mod audit;
mod disk;
mod file;
mod identity;
mod log;
mod machine;
mod mark;
mod record;
mod restore;
mod snapshot;
mod space;
#[cfg(test)]
mod tests;
mod writer;

pub use archive::{Archive, ArchiveError, Origin};
pub use audit::Audit;
pub use identity::IdentityError;
pub(crate) use identity::{DirLock, Identity};
pub(crate) use log::Log;
pub use machine::{Change, Observer};
pub(crate) use machine::{Replica, SharedState};
pub use record::{Damage, Flaw};
pub use restore::{RestoreError, check as check_restore, restore};
pub(crate) use snapshot::SnapshotFile;
pub(crate) use space::Space;
pub use space::{RESERVE_BYTES, free_bytes};
pub(crate) use writer::WriterThread;

use crate::metrics::Metrics;
use disk::Recovered;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The opened storage of a node.
pub(crate) struct Store {
    pub(crate) log: Log,
    pub(crate) replica: Replica,
    pub(crate) writer: WriterThread,
    pub(crate) space: Space,
}

impl Store {
    /// Opens everything under `dir` but the identity, and checks that the parts fit together.
    pub(crate) fn open(
        dir: &Path,
        observer: Observer,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        let space = Space::of(dir);
        let snapshot = SnapshotFile::open(dir, space.clone())?;
        let (disk, recovered) = disk::Disk::open(dir)?;
        check_fit(dir, &snapshot, &recovered)?;
        let writer = WriterThread::start(disk, space.clone(), metrics)?;
        let log = Log::new(recovered, writer.queue());
        let replica = Replica::open(snapshot, observer)?;
        Ok(Self { log, replica, writer, space })
    }
}

/// Checks that neither the snapshot nor the log is missing beside the other.
fn check_fit(dir: &Path, snapshot: &SnapshotFile, log: &Recovered) -> Result<(), StoreError> {
    let covered = snapshot.covers();
    if let Some(purged) = log.purged
        && covered.is_none_or(|covered| covered.index < purged.index)
    {
        let record = format!("snapshot up to entry {}", purged.index);
        return Err(Damage { path: dir.join("snapshot"), record, flaw: Flaw::Missing }.into());
    }
    // Nobody takes a snapshot without having voted, or without a log before it.
    let blank = log.vote.is_none() && log.purged.is_none() && log.entries.is_empty();
    if covered.is_some() && blank {
        let record = "the log, with this node's vote,".to_owned();
        return Err(Damage { path: dir.join("log"), record, flaw: Flaw::Missing }.into());
    }
    Ok(())
}

/// Why what is on disk cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A record is not what was written.
    #[error(
        "{0}; the node does not start. Move the data directory away and let this machine join again \
         with a node id that was never used: a node that forgot its votes must not come back as itself"
    )]
    Damaged(#[from] Damage),
    /// The operating system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl StoreError {
    /// Returns whether there was no room on the disk.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if space::is_full(source))
    }

    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path: path.clone(), source }
    }
}
