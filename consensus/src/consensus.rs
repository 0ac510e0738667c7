//! A running node, as the rest of the controller holds it.

use crate::config::{Config, ConfigError};
use crate::core::Core;
use crate::lease::Lease;
use crate::membership::{Admitted, Newcomer};
use crate::metrics::Metrics;
use crate::net::wire::{Answer, Ask};
use crate::net::{Network, Peers, Service};
use crate::propose::ProposeError;
use crate::proto::consensus_server::ConsensusServer;
use crate::renewal;
use crate::status::{Leader, Status};
use crate::store::{
    Archive, DirLock, Identity, IdentityError, Observer, Origin, Space, Store, StoreError,
    WriterThread,
};
use crate::support::Support;
use crate::types::Raft;
use migration::NodeId;
use migration::ownership::{Command, Ownership, Reply};
use openraft::BasicNode;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::errors::{InitializeError, RaftError};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// A node of the cluster; a cheap handle.
#[derive(Clone)]
pub struct Consensus {
    core: Arc<Core>,
    running: Arc<Mutex<Option<Running>>>,
    space: Space,
}

/// What ends with the node.
struct Running {
    renewal: JoinHandle<()>,
    writer: WriterThread,
    lock: DirLock,
}

/// The gRPC service that the controller mounts on its peer listener.
pub type PeerService = ConsensusServer<Service>;

impl Consensus {
    /// Opens the data directory and joins the cluster: a new one is formed by its first members without
    /// further ado, unless they are to [ask first](Config::asks_first); an existing one is resumed.
    ///
    /// `observer` hears of every change in order, the snapshot that the node starts from included. Peers
    /// reach this node once the returned service is mounted.
    pub async fn start(
        config: Config,
        observer: Observer,
    ) -> Result<(Self, PeerService), StartError> {
        config.validate()?;
        let openraft_config = config.for_openraft().map_err(StartError::openraft)?;
        let lock = DirLock::take(&config.data_dir)?;
        let identity = Arc::new(Identity::open(&config)?);
        let metrics = Arc::new(Metrics::default());
        let (dir, counted) = (config.data_dir.clone(), metrics.clone());
        let opened = tokio::task::spawn_blocking(move || Store::open(&dir, observer, counted));
        let Store { log, replica, writer, space } =
            opened.await.map_err(StartError::openraft)??;

        let state = replica.state();
        let peers = Peers::new(identity.clone(), &config);
        let network = Network::new(config.node, peers.clone());
        let id = config.node.0;
        let raft = Raft::new(id, Arc::new(openraft_config), network, log.clone(), replica)
            .await
            .map_err(StartError::openraft)?;
        let core = Arc::new(Core {
            node: config.node,
            timing: config.timing.clone(),
            identity,
            raft,
            founders: config.members,
            log,
            state,
            peers,
            lease: Lease::lapsed(),
            metrics,
            under_way: Semaphore::new(MAX_UNDER_WAY),
            leader: watch::Sender::default(),
            tenure: Mutex::default(),
            support: Mutex::new(Support::new(Instant::now())),
        });
        if !core.identity.may_found() {
            core.form().await?;
        }
        let renewal = tokio::spawn(renewal::run(core.clone()));
        let running = Arc::new(Mutex::new(Some(Running { renewal, writer, lock })));
        let service = Service::server(core.clone());
        Ok((Self { core, running, space }, service))
    }

    /// Puts `command` into the log, from any node, and returns its result once the leader has applied it.
    pub async fn propose(&self, command: Command) -> Result<Reply, ProposeError> {
        applied(self.core.ask(Ask::Propose(command)).await?)
    }

    /// The same, but only if this node leads: what a leader decides by what it has seen nobody else may carry out,
    /// nor it itself at another time.
    pub async fn propose_as_leader(&self, command: Command) -> Result<Reply, ProposeError> {
        applied(self.core.ask_here(Ask::Propose(command)).await?)
    }

    /// Lets a node in: it catches up first, then votes.
    pub async fn add_node(&self, newcomer: Newcomer) -> Result<Admitted, ProposeError> {
        match self.core.ask(Ask::AddNode(newcomer)).await? {
            Answer::Changed => Ok(Admitted::Voter),
            Answer::CatchingUp(behind) => Ok(Admitted::CatchingUp { behind }),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes a node out for good, or only checks whether that could be done: its id must not be used again.
    pub async fn remove_node(&self, node: NodeId, dry_run: bool) -> Result<(), ProposeError> {
        self.core.ask(Ask::RemoveNode { node, dry_run }).await.map(drop)
    }

    /// Returns whether this node's disk holds something of a cluster.
    pub fn has_data(&self) -> bool {
        self.core.identity.cluster() != 0
    }

    /// Returns whether this node is a first member whose disk is empty, and waits for [`Self::found`].
    pub fn may_found(&self) -> bool {
        self.core.identity.may_found()
    }

    /// Has it found the cluster with the other first members.
    pub async fn found(&self) -> Result<(), StartError> {
        self.core.identity.found()?;
        self.core.form().await
    }

    /// Has this node take nothing from any other until it is [let in](Self::let_in), if its disk is empty: whoever
    /// lost the disk on which it voted must not vote again.
    pub fn hold_back(&self) {
        self.core.identity.hold_back(true);
    }

    /// Returns whether this node waits to be let in.
    pub fn is_held_back(&self) -> bool {
        self.core.identity.is_held_back()
    }

    /// Ends that: the cluster has said that this node's number has never voted.
    pub fn let_in(&self) {
        self.core.identity.hold_back(false);
    }

    /// Hands leadership over, if this node has it.
    pub async fn resign(&self) {
        self.core.resign().await;
    }

    /// Gives this node's lease up for ever: nothing that it says to a switch leaves the process any more.
    pub fn renounce(&self) {
        self.core.lease.renounce();
    }

    /// Looks at the state as this node has applied it so far.
    pub fn read<R>(&self, look: impl FnOnce(&Ownership) -> R) -> R {
        look(&self.core.state.read().state)
    }

    /// The same, with the index of the last entry of the log that the state shows.
    pub fn read_applied<R>(&self, look: impl FnOnce(&Ownership, u64) -> R) -> R {
        let applied = self.core.state.read();
        look(&applied.state, applied.upto.map_or(0, |upto| upto.index))
    }

    /// Waits until [`Self::read`] shows everything that any node acknowledged before this call.
    pub async fn read_linearizable(&self) -> Result<(), ProposeError> {
        let start = Instant::now();
        let limit = self.core.timing.request;
        let index = match self.core.ask(Ask::ReadIndex).await? {
            Answer::ReadIndex(index) => index,
            other => return Err(unexpected(&other)),
        };
        let left = limit.saturating_sub(start.elapsed());
        let wait = self.core.raft.wait(Some(left));
        let applied = wait.applied_index_at_least(Some(index), "to read").await;
        applied.map(drop).map_err(|_| ProposeError::Behind(index, limit))
    }

    /// Returns the state with everything that any node acknowledged before this call, to be kept outside of the
    /// cluster.
    pub async fn archive(&self, saved_at_ms: u64) -> Result<Archive, ProposeError> {
        self.read_linearizable().await?;
        let applied = self.core.state.read();
        let (applied_index, term) =
            applied.upto.map_or((0, 0), |upto| (upto.index, upto.leader_id.term));
        let cluster = self.core.identity.cluster();
        let origin = Origin { cluster, applied: applied_index, term, saved_at_ms };
        Ok(Archive { origin, state: applied.state.clone() })
    }

    /// Returns the lease, which every write to a switch must ask.
    pub fn lease(&self) -> Lease {
        self.core.lease.clone()
    }

    /// Returns what this node knows of the cluster; cheap.
    pub fn status(&self) -> Status {
        self.core.status()
    }

    /// As the leader, grants `nodes` no lease any more, until [`Self::pardon`] or another leader: what decides that they are
    /// dead must not be overtaken by a lease. Returns those of them that were silent for [`crate::Timing::detection`] until now.
    pub fn condemn(&self, nodes: &[NodeId]) -> Vec<NodeId> {
        self.core.condemn(nodes, self.core.timing.detection())
    }

    /// Grants leases to everybody again, once it is in the log who is dead: whoever lives will have to read that first.
    pub fn pardon(&self) {
        self.core.pardon();
    }

    /// Returns who leads, and every change of it.
    pub fn leader(&self) -> watch::Receiver<Leader> {
        self.core.leader.subscribe()
    }

    /// Returns this node's counters.
    pub fn metrics(&self) -> &Metrics {
        &self.core.metrics
    }

    /// Returns how many bytes can be written where this node keeps its data; 0 if that cannot be asked.
    pub fn free_bytes(&self) -> u64 {
        self.space.free_bytes().unwrap_or_default()
    }

    /// Returns whether a write of this node has failed for want of room.
    pub fn is_disk_full(&self) -> bool {
        self.space.is_exhausted()
    }

    /// Waits until this node cannot go on, and says why: the disk is full or failed, or it was shut down.
    ///
    /// Nothing that it acknowledged is lost by ending the process then, and a restart is the only cure.
    pub async fn failed(&self) -> Failed {
        let mut metrics = self.core.raft.metrics();
        let why = loop {
            if let Err(fatal) = &metrics.borrow_watched().running_state {
                break fatal.to_string();
            }
            if metrics.changed().await.is_err() {
                break "the node was shut down".to_owned();
            }
        };
        // A lease that is left would only let this node write what it can no longer answer for.
        self.core.lease.renounce();
        if self.space.is_exhausted() { Failed::DiskFull(why) } else { Failed::Other(why) }
    }

    /// Hands leadership over if this node has it, stops, and releases the data directory.
    pub async fn shutdown(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { renewal, writer, lock }) = running else { return };
        self.core.resign().await;
        renewal.abort();
        self.core.lease.renounce();
        if let Err(error) = self.core.raft.shutdown().await {
            tracing::warn!(%error, "openraft did not end in order");
        }
        let closed = tokio::task::spawn_blocking(move || writer.stop()).await;
        if let Err(error) = closed {
            tracing::warn!(%error, "the log was not closed in order");
        }
        drop(lock);
    }
}

impl fmt::Debug for Consensus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consensus").field("node", &self.core.node).finish_non_exhaustive()
    }
}

/// Why a node cannot go on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Failed {
    /// There is no room on the disk; once there is some, a restart goes on where this run ended.
    DiskFull(String),
    /// Something else.
    Other(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::DiskFull(why) | Self::Other(why)) = self;
        f.write_str(why)
    }
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory is not this node's, or is in use.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// What is on disk cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// openraft refused.
    #[error("openraft: {0}")]
    Openraft(String),
}

impl StartError {
    /// Returns whether there was no room on the disk.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Store(error) => error.is_full(),
            Self::Identity(IdentityError::Io { source, .. }) => {
                source.kind() == std::io::ErrorKind::StorageFull
            }
            Self::Config(_) | Self::Identity(_) | Self::Openraft(_) => false,
        }
    }

    pub(crate) fn openraft(error: impl fmt::Display) -> Self {
        Self::Openraft(error.to_string())
    }
}

impl Core {
    /// Writes the first membership into an empty log. Every founder does: the same entry, so that it does not
    /// matter whose is elected.
    async fn form(&self) -> Result<(), StartError> {
        if !self.founders.contains_key(&self.node) {
            return Ok(());
        }
        if self.raft.is_initialized().await.map_err(StartError::openraft)? {
            return Ok(());
        }
        let founders = self.founders.iter();
        let founders: BTreeMap<u64, BasicNode> =
            founders.map(|(node, address)| (node.0, BasicNode::new(address))).collect();
        match self.raft.initialize(founders).await {
            // A leader was quicker.
            Ok(()) | Err(RaftError::APIError(InitializeError::NotAllowed(_))) => Ok(()),
            Err(other) => Err(StartError::openraft(other)),
        }
    }
}

fn applied(answer: Answer) -> Result<Reply, ProposeError> {
    match answer {
        Answer::Applied(reply) => Ok(reply),
        other => Err(unexpected(&other)),
    }
}

fn unexpected(answer: &Answer) -> ProposeError {
    ProposeError::Unknown(format!("the leader answered another question: {answer:?}"))
}

/// Proposals that may be on their way through the log at once; more wait.
const MAX_UNDER_WAY: usize = 1_024;
