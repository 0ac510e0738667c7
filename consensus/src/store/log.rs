//! The log as openraft uses it: in memory for reading, queued for the disk.

use super::disk::{Op, Recovered};
use super::writer::Queue;
use crate::types::{Entry, LogId, TypeConfig, Vote};
use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use openraft::type_config::TypeConfigExt;
use openraft::{OptionalSend, RaftTypeConfig};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Vote and log of a node; a cheap handle.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    memory: Arc<RwLock<Memory>>,
    disk: Queue,
}

#[derive(Debug)]
struct Memory {
    vote: Option<Vote>,
    committed: Option<LogId>,
    purged: Option<LogId>,
    /// All entries that are not purged. Snapshots bound them.
    entries: BTreeMap<u64, Entry>,
}

impl Log {
    pub(crate) fn new(recovered: Recovered, disk: Queue) -> Self {
        let Recovered { vote, committed, purged, entries } = recovered;
        let memory = Memory { vote, committed, purged, entries };
        Self { memory: Arc::new(RwLock::new(memory)), disk }
    }

    /// Returns the newest vote of this node, durable or not.
    ///
    /// openraft saves a vote before it answers the candidate. So as long as this still names a leader, no
    /// successor can have been elected with this node's vote.
    pub(crate) fn promise(&self) -> Option<Vote> {
        self.read().vote
    }

    fn read(&self) -> RwLockReadGuard<'_, Memory> {
        // Each critical section leaves the memory whole, even if it panics.
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RaftLogReader<TypeConfig> for Log {
    async fn try_get_log_entries<RB>(&mut self, range: RB) -> io::Result<Vec<Entry>>
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        Ok(self.read().entries.range(range).map(|(_, entry)| entry.clone()).collect())
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        Ok(self.promise())
    }
}

impl RaftLogStorage<TypeConfig> for Log {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<TypeConfig>> {
        let memory = self.read();
        let last = memory.entries.last_key_value().map(|(_, entry)| entry.log_id);
        Ok(LogState { last_purged_log_id: memory.purged, last_log_id: last.or(memory.purged) })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        self.write().vote = Some(*vote);
        let (done, durable) = TypeConfig::oneshot();
        self.disk.push(Op::Vote(*vote), IOFlushed::signal(done)).await?;
        durable.await.map_err(io::Error::other)?
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        let Some(committed) = committed else { return Ok(()) };
        self.write().committed = Some(committed);
        self.disk.push(Op::Committed(committed), IOFlushed::noop()).await
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        Ok(self.read().committed)
    }

    async fn append<I>(&mut self, entries: I, done: IOFlushed<TypeConfig>) -> io::Result<()>
    where
        I: IntoIterator<Item = <TypeConfig as RaftTypeConfig>::Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let indexed = entries.iter().map(|entry| (entry.log_id.index, entry.clone()));
        self.write().entries.extend(indexed);
        self.disk.push(Op::Append(entries), done).await
    }

    /// Returns before the entries are gone from the disk: what replaces them is written after.
    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let from = last.map_or(0, |last| last.index + 1);
        self.write().entries.split_off(&from);
        self.disk.push(Op::Truncate(from), IOFlushed::noop()).await
    }

    /// Returns before the entries are gone from the disk: until then they only take space.
    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        {
            let mut memory = self.write();
            memory.purged = Some(upto);
            memory.entries = memory.entries.split_off(&(upto.index + 1));
        }
        self.disk.push(Op::Purge(upto), IOFlushed::noop()).await
    }
}
