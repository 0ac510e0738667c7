//! The replica of the ownership state that committed entries are applied to.

use super::record::Flaw;
use super::{SnapshotFile, StoreError};
use crate::types::{LogId, Snapshot, SnapshotMeta, StoredMembership, TypeConfig};
use migration::ownership::{Ownership, Reply};
use openraft::storage::{EntryResponder, RaftSnapshotBuilder, RaftStateMachine};
use openraft::{EntryPayload, OptionalSend};
use std::fmt;
use std::io;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio_stream::{Stream, StreamExt};

/// What has just become of the ownership state.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// A command was applied, with this result.
    Applied(&'a Reply),
    /// A snapshot took the state's place: everything may have changed.
    Replaced,
}

/// Called after every change, in the order of the log, by the task that applies it: must not block.
pub type Observer = Box<dyn Fn(&Ownership, Change<'_>) + Send + Sync>;

/// The state, shared with those who read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedState(Arc<RwLock<Applied>>);

/// The state, and the entry of the log as of which it is so.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) state: Ownership,
    pub(crate) upto: Option<LogId>,
}

impl SharedState {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Applied> {
        // `Ownership::apply` never panics; should it ever, openraft stops this node.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Applied> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state machine as openraft drives it.
pub(crate) struct Replica {
    state: SharedState,
    membership: StoredMembership,
    file: SnapshotFile,
    observer: Observer,
}

impl Replica {
    /// Starts from the snapshot, if there is one; openraft applies what the log holds after it.
    pub(crate) fn open(file: SnapshotFile, observer: Observer) -> Result<Self, StoreError> {
        let (state, membership) = (SharedState::default(), StoredMembership::default());
        let mut replica = Self { state, membership, file, observer };
        if let Some(Snapshot { meta, snapshot }) = replica.file.load()? {
            let restored = replica.restore(&meta, &snapshot);
            restored.map_err(|flaw| replica.file.damaged(flaw))?;
        }
        Ok(replica)
    }

    pub(crate) fn state(&self) -> SharedState {
        self.state.clone()
    }

    fn restore(&mut self, meta: &SnapshotMeta, state: &[u8]) -> Result<(), Flaw> {
        let restored = postcard::from_bytes(state).map_err(|e| Flaw::Body(e.to_string()))?;
        *self.state.write() = Applied { state: restored, upto: meta.last_log_id };
        self.membership = meta.last_membership.clone();
        (self.observer)(&self.state.read().state, Change::Replaced);
        Ok(())
    }
}

impl RaftStateMachine<TypeConfig> for Replica {
    type SnapshotData = Vec<u8>;
    type SnapshotBuilder = Builder;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, StoredMembership)> {
        Ok((self.state.read().upto, self.membership.clone()))
    }

    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<EntryResponder<TypeConfig>>> + Unpin + OptionalSend,
    {
        while let Some((entry, responder)) = entries.next().await.transpose()? {
            let reply = {
                let mut applied = self.state.write();
                applied.upto = Some(entry.log_id);
                match entry.payload {
                    EntryPayload::Blank => None,
                    EntryPayload::Membership(members) => {
                        self.membership = StoredMembership::new(Some(entry.log_id), members);
                        None
                    }
                    EntryPayload::Normal(proposal) => Some(applied.state.apply(proposal.0)),
                }
            };
            if let Some(reply) = &reply {
                (self.observer)(&self.state.read().state, Change::Applied(reply));
            }
            if let Some(responder) = responder {
                responder.send(reply);
            }
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Builder {
        let applied = self.state.read();
        let (last_log_id, last_membership) = (applied.upto, self.membership.clone());
        let meta = SnapshotMeta { last_log_id, last_membership };
        Builder { meta, state: Arc::new(applied.state.clone()), file: self.file.clone() }
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta, state: Vec<u8>) -> io::Result<()> {
        let (file, saved) = (self.file.clone(), meta.clone());
        let state = blocking(move || file.save(&saved, &state).map(|()| state)).await?;
        self.restore(meta, &state)
            .map_err(|flaw| io::Error::new(io::ErrorKind::InvalidData, flaw.to_string()))
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot>> {
        let file = self.file.clone();
        blocking(move || file.load().map_err(io::Error::other)).await
    }
}

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica").field("applied", &self.state.read().upto).finish_non_exhaustive()
    }
}

/// A copy of the state that becomes a snapshot while entries go on being applied.
pub(crate) struct Builder {
    meta: SnapshotMeta,
    state: Arc<Ownership>,
    file: SnapshotFile,
}

impl RaftSnapshotBuilder<TypeConfig> for Builder {
    type SnapshotData = Vec<u8>;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot> {
        let (meta, state, file) = (self.meta.clone(), self.state.clone(), self.file.clone());
        blocking(move || {
            let snapshot = postcard::to_stdvec(&*state).map_err(io::Error::other)?;
            file.save(&meta, &snapshot)?;
            Ok(Snapshot { meta, snapshot })
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    f: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(f).await.map_err(io::Error::other)?
}
