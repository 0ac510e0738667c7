//! What was done to a cluster and what came of it, in the order in which it was known: the history that checkers
//! judge, and a file with a JSON object a line for whoever looks for a cause.

use crate::cluster::Seen;
use openflow::Dpid;
use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// One entry; times are in microseconds since the start of the run.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// When it was known.
    pub at_us: u64,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What may be known.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A client has read who owns what, linearizably.
    Read(Read),
    /// A client could not read.
    Unread {
        /// Node that was asked.
        node: u64,
        /// When it was called.
        called_us: u64,
        /// Why there is no answer.
        why: String,
    },
    /// A client has asked for a migration.
    Migrate(Migrate),
    /// A fault begins, or ends.
    Fault {
        /// What.
        fault: String,
        /// Whether it begins.
        begins: bool,
    },
    /// All faults of a batch have ended, and the cluster has got over them.
    Calm {
        /// Number of the batch.
        batch: usize,
        /// How long that took.
        took_ms: u64,
    },
    /// Something is not as it must be.
    Wrong {
        /// What.
        what: String,
    },
}

/// A read, and what it returned.
#[derive(Clone, Debug, Serialize)]
pub struct Read {
    /// Node that answered.
    pub node: u64,
    /// When it was called.
    pub called_us: u64,
    /// When its answer came.
    pub returned_us: u64,
    /// Every switch.
    pub switches: Vec<Owned>,
}

/// Who owned a switch.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Owned {
    /// The switch.
    pub dpid: Dpid,
    /// Its owner.
    pub owner: Option<u64>,
    /// Its token.
    pub token: u64,
}

impl From<&Seen> for Owned {
    fn from(seen: &Seen) -> Self {
        Self { dpid: seen.dpid, owner: seen.owner, token: seen.token }
    }
}

/// A migration that a client has asked for, and what it heard of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Migrate {
    /// Its reason, which no other migration has: so it is told in the audit trail.
    pub reason: String,
    /// The switch.
    pub dpid: Dpid,
    /// Node that was asked.
    pub node: u64,
    /// When it was called.
    pub called_us: u64,
    /// When its outcome came.
    pub returned_us: u64,
    /// Its outcome.
    pub outcome: Outcome,
}

impl Migrate {
    /// Returns whether the client was told that ownership has changed.
    pub fn is_acknowledged(&self) -> bool {
        matches!(self.outcome, Outcome::Committed { .. })
    }
}

/// What a client heard of its migration.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It is done, or committed, which is as good: ownership has changed.
    Committed {
        /// Its number.
        id: u64,
        /// Owner before.
        source: u64,
        /// Owner after.
        winner: u64,
        /// Token of the new owner.
        token: u64,
    },
    /// It was aborted: nobody but the source has owned the switch by it.
    Aborted {
        /// Its number.
        id: u64,
    },
    /// It was refused: nothing has changed.
    Refused {
        /// Why.
        why: String,
    },
    /// It may have been done, or may yet be.
    Unknown {
        /// Its number, if it was opened.
        id: Option<u64>,
        /// Why that is not known.
        why: String,
    },
}

/// The history of a run; a cheap handle.
#[derive(Clone, Debug)]
pub struct History {
    started: Instant,
    path: PathBuf,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    entries: Vec<Entry>,
}

impl History {
    /// Starts a history that is written to `path`.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        let inner = Inner { file: File::create(path)?, entries: vec![] };
        let inner = Arc::new(Mutex::new(inner));
        Ok(Self { started: Instant::now(), path: path.to_owned(), inner })
    }

    /// Returns where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the time, in microseconds since the start.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Takes note of something.
    pub fn note(&self, event: Event) {
        let entry = Entry { at_us: self.now_us(), event };
        let mut inner = self.lock();
        // What is in memory is judged all the same if the disk is full.
        if let Ok(line) = serde_json::to_string(&entry) {
            let _ = writeln!(inner.file, "{line}");
        }
        inner.entries.push(entry);
    }

    /// Returns all of it so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
