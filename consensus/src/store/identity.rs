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
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The node and the cluster that a data directory belongs to.
#[derive(Debug)]
pub(crate) struct Identity {
    path: PathBuf,
    node: NodeId,
    /// 0 until a node that joins has heard from the cluster, or a first member was told to found it.
    cluster: AtomicU64,
    /// The cluster that this node is a first member of; 0 if there is none.
    founded: u64,
    /// Whether nothing is taken from anybody yet.
    held_back: AtomicBool,
}

impl Identity {
    /// Reads the identity, or gives a new directory the configured one.
    pub(crate) fn open(config: &Config) -> Result<Self, IdentityError> {
        let path = config.data_dir.join("identity");
        let io = |source| IdentityError::Io { path: path.clone(), source };
        let stored = file::read(&path).map_err(io)?;
        let founder = config.members.contains_key(&config.node);
        let founded = if founder { mark_of("", &config.members) } else { 0 };
        let Some(stored) = stored else {
            // It is written before anything else, so that it was there.
            if config.data_dir.join("log").exists() || config.data_dir.join("snapshot").exists() {
                return Err(IdentityError::Unreadable(path));
            }
            let cluster = if config.asks_first { 0 } else { founded };
            return Self::write(path, config.node, cluster, founded);
        };
        let Some((node, cluster)) = parse(&stored) else {
            return Err(IdentityError::Unreadable(path));
        };
        if node != config.node {
            return Err(IdentityError::OtherNode { path, stored: node, configured: config.node });
        }
        Ok(Self::new(path, node, cluster, founded))
    }

    fn write(
        path: PathBuf,
        node: NodeId,
        cluster: u64,
        founded: u64,
    ) -> Result<Self, IdentityError> {
        let io = |source| IdentityError::Io { path: path.clone(), source };
        file::replace(&path, &[text(node, cluster).as_bytes()]).map_err(io)?;
        Ok(Self::new(path, node, cluster, founded))
    }

    fn new(path: PathBuf, node: NodeId, cluster: u64, founded: u64) -> Self {
        let held_back = (cluster == 0 && founded != 0).into();
        Self { path, node, cluster: cluster.into(), founded, held_back }
    }

    /// Returns whether this node is a first member that has not been told to found its cluster.
    pub(crate) fn may_found(&self) -> bool {
        self.cluster() == 0 && self.founded != 0
    }

    /// Has a first member belong to the cluster that it founds with the others.
    pub(crate) fn found(&self) -> Result<(), IdentityError> {
        let io = |source| IdentityError::Io { path: self.path.clone(), source };
        self.belong_to(self.founded).map_err(io)?;
        self.held_back.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn belong_to(&self, cluster: u64) -> io::Result<()> {
        file::replace(&self.path, &[text(self.node, cluster).as_bytes()])?;
        self.cluster.store(cluster, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn node(&self) -> NodeId {
        self.node
    }

    pub(crate) fn cluster(&self) -> u64 {
        self.cluster.load(Ordering::Relaxed)
    }

    /// Has a node whose disk is empty take nothing from anybody, or ends that.
    pub(crate) fn hold_back(&self, held_back: bool) {
        let is_empty = self.cluster() == 0;
        self.held_back.store(held_back && is_empty, Ordering::SeqCst);
    }

    pub(crate) fn is_held_back(&self) -> bool {
        self.held_back.load(Ordering::SeqCst)
    }

    /// Returns whether `cluster` is ours; a node that has not joined yet takes it for its own.
    pub(crate) fn accepts(&self, cluster: u64) -> io::Result<bool> {
        let ours = self.cluster();
        if ours == 0 && cluster != 0 {
            self.belong_to(cluster)?;
            return Ok(true);
        }
        // A node that is just joining may already ask the leader for a lease.
        Ok(ours == cluster || cluster == 0)
    }
}

/// Gives a new directory the identity of a member of a cluster that is restored from a state with this digest.
pub(crate) fn found(config: &Config, digest: u64, label: &str) -> Result<(), IdentityError> {
    let restored = format!("restored {digest:x} {label}\n");
    // The bit makes it differ from the mark of every cluster that was not restored.
    let cluster = mark_of(&restored, &config.members) | 1 << 33;
    Identity::write(config.data_dir.join("identity"), config.node, cluster, 0).map(drop)
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
    #[error(
        "{path} is missing or damaged: it does not say any more whose directory this is; the node does not start. Move the data \
         directory away and let this machine join again with a node id that was never used",
        path = .0.display()
    )]
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

fn mark_of(origin: &str, members: &BTreeMap<NodeId, String>) -> u64 {
    let mut text = origin.to_owned();
    for (node, address) in members {
        let _ = writeln!(text, "{node} {address}");
    }
    // Never 0, which means unknown.
    u64::from(crc32c::crc32c(text.as_bytes())) | 1 << 32
}

fn text(node: NodeId, cluster: u64) -> String {
    let text = format!("format {FORMAT}\nnode {node}\ncluster {cluster:x}\n");
    let check = crc32c::crc32c(text.as_bytes());
    format!("{text}check {check:08x}\n")
}

fn parse(bytes: &[u8]) -> Option<(NodeId, u64)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let mut value = |key| lines.next()?.strip_prefix(key)?.strip_prefix(' ');
    if value("format")? != FORMAT {
        return None;
    }
    let node = NodeId(value("node")?.parse().ok()?);
    let cluster = u64::from_str_radix(value("cluster")?, 16).ok()?;
    // Numbers have no redundancy: a flipped bit makes another one. The check covers every byte.
    (text == self::text(node, cluster)).then_some((node, cluster))
}

const FORMAT: &str = "2";

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
    fn a_first_member_that_asks_first_takes_nothing_until_it_founds() {
        let dir = tempfile::tempdir().unwrap();
        let mut asking = config(dir.path(), 1, &[1, 2]);
        asking.asks_first = true;
        for _ in 0..2 {
            let waiting = Identity::open(&asking).unwrap();
            assert!(waiting.may_found() && waiting.is_held_back() && waiting.cluster() == 0);
        }
        let founding = Identity::open(&asking).unwrap();
        founding.found().unwrap();
        assert!(!founding.may_found() && !founding.is_held_back());
        let again = Identity::open(&asking).unwrap();
        assert!(!again.may_found() && !again.is_held_back());
        let other = Identity::open(&config(tempfile::tempdir().unwrap().path(), 2, &[1, 2]));
        assert_eq!(again.cluster(), other.unwrap().cluster());
    }

    #[test]
    fn a_damaged_identity_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity");
        Identity::open(&config(dir.path(), 1, &[1])).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let opened = Identity::open(&config(dir.path(), 1, &[1]));
            matches!(opened, Err(IdentityError::Unreadable(_)))
        };
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&flipped), "bit {bit}");
        }
        for len in 0..whole.len() {
            assert!(refused(&whole[..len]), "{len} bytes");
        }
        assert!(!refused(&whole));
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
