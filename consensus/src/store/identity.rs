//! Who a data directory belongs to, and that only one process uses it.
//!
//! The cluster's mark is computed from its first members, so that nobody has to invent a name: two nodes
//! whose configurations disagree on them refuse to speak to each other.

use super::file;
use crate::config::Config;
use migration::NodeId;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The node and the cluster that a data directory belongs to.
#[derive(Debug)]
pub(crate) struct Identity {
    path: PathBuf,
    node: NodeId,
    /// 0 until a node that joins has heard from the cluster.
    cluster: AtomicU64,
}

impl Identity {
    /// Reads the identity, or gives a new directory the configured one.
    pub(crate) fn open(config: &Config) -> Result<Self, IdentityError> {
        let path = config.data_dir.join("identity");
        let io = |source| IdentityError::Io { path: path.clone(), source };
        let stored = file::read(&path).map_err(io)?;
        let Some(stored) = stored else {
            let founder = config.members.contains_key(&config.node);
            let cluster = if founder { mark_of(&config.members) } else { 0 };
            file::replace(&path, &[text(config.node, cluster).as_bytes()]).map_err(io)?;
            return Ok(Self { path, node: config.node, cluster: cluster.into() });
        };
        let Some((node, cluster)) = parse(&stored) else {
            return Err(IdentityError::Unreadable(path));
        };
        if node != config.node {
            return Err(IdentityError::OtherNode { path, stored: node, configured: config.node });
        }
        Ok(Self { path, node, cluster: cluster.into() })
    }

    pub(crate) fn node(&self) -> NodeId {
        self.node
    }

    pub(crate) fn cluster(&self) -> u64 {
        self.cluster.load(Ordering::Relaxed)
    }

    /// Returns whether `cluster` is ours; a node that has not joined yet takes it for its own.
    pub(crate) fn accepts(&self, cluster: u64) -> io::Result<bool> {
        let ours = self.cluster();
        if ours == 0 && cluster != 0 {
            file::replace(&self.path, &[text(self.node, cluster).as_bytes()])?;
            self.cluster.store(cluster, Ordering::Relaxed);
            return Ok(true);
        }
        // A node that is just joining may already ask the leader for a lease.
        Ok(ours == cluster || cluster == 0)
    }
}

/// Why a data directory is not this node's.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It belongs to another node.
    #[error(
        "{path} says that this directory belongs to node {stored}, but the configuration says node \
         {configured}: correct node.id, or use another data directory",
        path = path.display()
    )]
    OtherNode {
        /// File that says so.
        path: PathBuf,
        /// Node that it belongs to.
        stored: NodeId,
        /// Node that the configuration names.
        configured: NodeId,
    },
    /// Another process has it.
    #[error("{path} is in use by another process", path = .0.display())]
    InUse(PathBuf),
    /// The identity is not what was written.
    #[error("{path} is damaged: restore its lines `format`, `node` and `cluster`", path = .0.display())]
    Unreadable(PathBuf),
    /// The operating system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Keeps other processes out of a data directory while it lives.
#[derive(Debug)]
pub(crate) struct DirLock(#[expect(dead_code, reason = "held, never read")] File);

impl DirLock {
    pub(crate) fn take(dir: &Path) -> Result<Self, IdentityError> {
        let path = dir.join("lock");
        let io = |source| IdentityError::Io { path: path.clone(), source };
        std::fs::create_dir_all(dir).map_err(io)?;
        let file = File::create(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(IdentityError::InUse(dir.to_owned())),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}

fn mark_of(members: &BTreeMap<NodeId, String>) -> u64 {
    let mut text = String::new();
    for (node, address) in members {
        let _ = writeln!(text, "{node} {address}");
    }
    // Never 0, which means unknown.
    u64::from(crc32c::crc32c(text.as_bytes())) | 1 << 32
}

fn text(node: NodeId, cluster: u64) -> String {
    format!("format {FORMAT}\nnode {node}\ncluster {cluster:x}\n")
}

fn parse(bytes: &[u8]) -> Option<(NodeId, u64)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let mut value = |key| lines.next()?.strip_prefix(key)?.strip_prefix(' ');
    if value("format")? != FORMAT {
        return None;
    }
    let node = value("node")?.parse().ok()?;
    Some((NodeId(node), u64::from_str_radix(value("cluster")?, 16).ok()?))
}

const FORMAT: &str = "1";

#[cfg(test)]
mod tests {
    use super::*;

    fn config(dir: &Path, node: u64, members: &[u64]) -> Config {
        let members = members.iter().map(|&n| (NodeId(n), format!("127.0.0.1:{n}"))).collect();
        Config::new(NodeId(node), dir.to_owned(), members)
    }

    #[test]
    fn a_directory_stays_with_its_node() {
        let dir = tempfile::tempdir().unwrap();
        let first = Identity::open(&config(dir.path(), 1, &[1, 2])).unwrap();
        let again = Identity::open(&config(dir.path(), 1, &[])).unwrap();
        assert_eq!(first.cluster(), again.cluster());
        let other = Identity::open(&config(dir.path(), 2, &[1, 2])).unwrap_err();
        assert!(matches!(other, IdentityError::OtherNode { stored: NodeId(1), .. }), "{other}");
    }

    #[test]
    fn a_joining_node_takes_the_first_cluster_that_it_hears_from_and_no_second() {
        let dir = tempfile::tempdir().unwrap();
        let joining = Identity::open(&config(dir.path(), 4, &[1, 2])).unwrap();
        assert_eq!(joining.cluster(), 0);
        assert!(joining.accepts(7).unwrap());
        assert!(!joining.accepts(8).unwrap());
        assert_eq!(Identity::open(&config(dir.path(), 4, &[])).unwrap().cluster(), 7);
    }

    #[test]
    fn a_damaged_identity_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("identity"), "format 1\nnode x\n").unwrap();
        let refused = Identity::open(&config(dir.path(), 1, &[1])).unwrap_err();
        assert!(matches!(refused, IdentityError::Unreadable(_)), "{refused}");
    }

    #[test]
    fn two_users_of_one_directory_are_one_too_many() {
        let dir = tempfile::tempdir().unwrap();
        let lock = DirLock::take(dir.path()).unwrap();
        assert!(matches!(DirLock::take(dir.path()), Err(IdentityError::InUse(_))));
        drop(lock);
        DirLock::take(dir.path()).unwrap();
    }
}
