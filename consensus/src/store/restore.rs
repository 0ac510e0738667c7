//! A data directory for a node of a new cluster, made of an [`Archive`].
//!
//! All members of the new cluster are made of the same archive, each on its own machine, and so must come to the
//! same state without asking each other. The state becomes a snapshot with the archive's index and term 0: terms
//! count anew, and the first leader's entries follow it. The cluster's mark is computed from the archive, the
//! members and a label, so that nodes of the old cluster, or of another restore, are refused.
//!
//! The parts are written in such an order that a directory whose restore was cut off is refused at the start:
//! the log first, which says that everything before the snapshot was purged, and the snapshot last.

use super::archive::Archive;
use super::disk::{Disk, Op};
use super::identity::{self, DirLock};
use super::{IdentityError, SnapshotFile, Space, StoreError};
use crate::config::Config;
use crate::types::{LeaderId, LogId, Membership, SnapshotMeta, StoredMembership};
use migration::NodeId;
use openraft::BasicNode;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// Makes the data directory of one member of the new cluster.
///
/// Nothing is changed by a refusal. `label` tells two restores of the same archive to the same members apart.
pub fn restore(config: &Config, archive: Archive, label: &str) -> Result<(), RestoreError> {
    check(config)?;
    let dir = &config.data_dir;
    let lock = DirLock::take(dir)?;
    let digest = archive.digest();
    let id = LogId::new(LeaderId { term: 0, node_id: 0 }, archive.origin.applied);
    let members: BTreeSet<NodeId> = config.members.keys().copied().collect();
    let state = archive.state.restored(&members);
    let state = postcard::to_stdvec(&state).map_err(RestoreError::not_written(dir))?;

    let (mut disk, _) = Disk::open(dir)?;
    disk.commit(&[Op::Purge(id)]).map_err(RestoreError::not_written(dir))?;
    drop(disk);
    identity::found(config, digest, label)?;
    let last_membership =
        membership(id, &config.members).map_err(RestoreError::not_written(dir))?;
    let meta = SnapshotMeta { last_log_id: Some(id), last_membership };
    let saved = SnapshotFile::open(dir, Space::of(dir))?.save(&meta, &state);
    saved.map_err(RestoreError::not_written(dir))?;
    drop(lock);
    Ok(())
}

/// Returns why a restore would be refused.
pub fn check(config: &Config) -> Result<(), RestoreError> {
    if !config.members.contains_key(&config.node) {
        return Err(RestoreError::NotMember(config.node));
    }
    match std::fs::read_dir(&config.data_dir).map(|mut items| items.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(RestoreError::NotEmpty(config.data_dir.clone())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::io(&config.data_dir)(error).into()),
    }
}

fn membership(id: LogId, members: &BTreeMap<NodeId, String>) -> Result<StoredMembership, String> {
    let voters: BTreeSet<u64> = members.keys().map(|node| node.0).collect();
    let nodes: BTreeMap<u64, BasicNode> =
        members.iter().map(|(node, address)| (node.0, BasicNode::new(address))).collect();
    let membership = Membership::new(vec![voters], nodes).map_err(|error| error.to_string())?;
    Ok(StoredMembership::new(Some(id), membership))
}

/// Why no data directory was made.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is something in it.
    #[error("{path} is not empty", path = .0.display())]
    NotEmpty(PathBuf),
    /// The new cluster's members do not include this node.
    #[error("node {0} is not among the members of the new cluster")]
    NotMember(NodeId),
    /// The directory is used by somebody else.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Nothing could be read or written there.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was begun and not finished: the directory will be refused.
    #[error("{path} is unfinished, remove it: {why}", path = path.display())]
    Unfinished {
        /// The directory.
        path: PathBuf,
        /// What happened.
        why: String,
    },
}

impl RestoreError {
    fn not_written<E: ToString>(path: &Path) -> impl Fn(E) -> Self + use<E> {
        let path = path.to_owned();
        move |error| Self::Unfinished { path: path.clone(), why: error.to_string() }
    }

    /// Returns whether a guard refused, so that nothing was tried.
    pub fn is_guard(&self) -> bool {
        matches!(self, Self::NotEmpty(_) | Self::NotMember(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::archive::tests::archive;
    use migration::ownership::RESTORE_JUMP;
    use openflow::Dpid;
    use std::sync::Arc;

    fn config(dir: &Path, node: u64) -> Config {
        let members = (1..=3).map(|id| (NodeId(id), format!("127.0.0.1:{id}"))).collect();
        Config::new(NodeId(node), dir.to_owned(), members)
    }

    fn opened(dir: &Path) -> Result<Store, StoreError> {
        Store::open(dir, Box::new(|_, _| {}), Arc::default())
    }

    #[test]
    fn all_members_start_with_the_same_state_and_newer_tokens() {
        let states = [1, 2, 3].map(|node| {
            let dir = tempfile::tempdir().unwrap();
            restore(&config(dir.path(), node), archive(), "").unwrap();
            let store = opened(dir.path()).unwrap();
            let state = store.replica.state().read().state.clone();
            store.writer.stop();
            state
        });
        assert!(states.iter().all(|state| *state == states[0]));
        let token = archive().state.switches()[&Dpid(0xa)].token.0;
        assert_eq!(states[0].switches()[&Dpid(0xa)].token.0, token + RESTORE_JUMP);
    }

    #[test]
    fn each_restore_makes_a_cluster_of_its_own() {
        let mark = |change: fn(&mut Config), label: &str| {
            let dir = tempfile::tempdir().unwrap();
            let mut config = config(dir.path(), 1);
            change(&mut config);
            restore(&config, archive(), label).unwrap();
            identity::Identity::open(&config).unwrap().cluster()
        };
        let same = |_: &mut Config| {};
        let other = |config: &mut Config| drop(config.members.remove(&NodeId(3)));
        let fresh = {
            let dir = tempfile::tempdir().unwrap();
            identity::Identity::open(&config(dir.path(), 1)).unwrap().cluster()
        };
        let marks = [mark(same, ""), mark(same, "again"), mark(other, ""), fresh];
        assert_eq!(marks.iter().collect::<BTreeSet<_>>().len(), 4, "{marks:x?}");
        assert_eq!(marks[0], mark(same, ""));
    }

    #[test]
    fn what_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("precious"), "x").unwrap();
        let refused = restore(&config(dir.path(), 1), archive(), "").unwrap_err();
        assert!(matches!(refused, RestoreError::NotEmpty(_)) && refused.is_guard(), "{refused}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        let refused = restore(&config(&dir.path().join("new"), 9), archive(), "").unwrap_err();
        assert!(matches!(refused, RestoreError::NotMember(NodeId(9))), "{refused}");
        assert!(!dir.path().join("new").exists());
    }

    #[test]
    fn a_restore_that_was_cut_off_is_refused_at_the_start() {
        let dir = tempfile::tempdir().unwrap();
        restore(&config(dir.path(), 1), archive(), "").unwrap();
        std::fs::remove_file(dir.path().join("snapshot")).unwrap();
        let refused = opened(dir.path()).err().expect("refused").to_string();
        assert!(refused.contains("snapshot up to entry 17"), "{refused}");
    }
}
