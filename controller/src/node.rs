//! A controller node: what it is made of, and how the parts are started and stopped.

use crate::clock::Clock;
use crate::config::{Config, Port};
use crate::disk::{self, Shortage};
use crate::grpc::{self, Door};
use crate::handover::Admission;
use crate::joining::{self, Join};
use crate::links::{self, Links};
use crate::load::Load;
use crate::metrics::Metrics;
use crate::peers::Peers;
use crate::security::Security;
use crate::session::{self, Registry};
use crate::tls::MaterialError;
use crate::{admin, app, departure, drain, founding, http, load, placement, presence};
use consensus::{Change, Consensus, Failed, Lease, Observer, ProposeError};
use migration::NodeId;
use migration::ownership::{Command, Op, Ownership, Reply};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::transport::Server;

/// What the parts of a node share.
pub(crate) struct Shared {
    pub(crate) id: NodeId,
    pub(crate) config: Config,
    /// What each port demands of whoever connects.
    pub(crate) security: Security,
    pub(crate) clock: Clock,
    /// Where everything runs but sessions with switches.
    pub(crate) runtime: Handle,
    /// Number of this run of the process, as the log knows it.
    pub(crate) boot: AtomicU64,
    /// Whether it is about to end, and tells the log nothing more of its sessions.
    pub(crate) leaving: AtomicBool,
    pub(crate) consensus: Consensus,
    pub(crate) lease: Lease,
    pub(crate) registry: Arc<Registry>,
    pub(crate) peers: Arc<Peers>,
    pub(crate) metrics: Metrics,
    pub(crate) links: Links,
    pub(crate) admission: Admission,
    pub(crate) load: Load,
    /// The links between switches, as the log has them.
    pub(crate) topology: watch::Receiver<Arc<app::Topology>>,
    /// Counts entries of the log as they are applied.
    pub(crate) revision: watch::Receiver<u64>,
}

/// Why a node could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The node's certificates cannot be used.
    #[error(transparent)]
    Certificates(#[from] MaterialError),
    /// A listener could not be opened.
    #[error("cannot listen on {address} for {what}: {error}; nothing was started")]
    Listen {
        /// What for.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// There is no room on the disk; once there is some, the node can start anew.
    #[error(transparent)]
    DiskFull(Shortage),
    /// The replicated state could not be opened.
    #[error(transparent)]
    Consensus(consensus::StartError),
    /// The replicated state cannot go on: this node must not acknowledge anything any more.
    #[error("the replicated log has failed: {0}")]
    Fatal(String),
    /// The cluster does not want this node.
    #[error("the cluster refuses this node: {0}")]
    Unwanted(String),
    /// A server inside the node has failed.
    #[error("{what} has failed: {error}")]
    Server {
        /// Which.
        what: &'static str,
        /// Why.
        error: String,
    },
}

impl Shared {
    /// Proposes `op` to the log in this node's name, and waits until it is carried out.
    pub(crate) async fn propose(&self, op: Op) -> Result<Reply, ProposeError> {
        self.measured(self.consensus.propose(self.command(op))).await
    }

    /// The same as a decision of the log's leader: it is void once another node leads.
    pub(crate) async fn decide(&self, op: Op) -> Result<Reply, ProposeError> {
        self.measured(self.consensus.propose_as_leader(self.command(op))).await
    }

    /// The same, in the name of whoever asked for what follows from it.
    pub(crate) async fn decide_for(&self, actor: String, op: Op) -> Result<Reply, ProposeError> {
        let command = Command { actor, ..self.command(op) };
        self.measured(self.consensus.propose_as_leader(command)).await
    }

    async fn measured<R>(&self, proposal: impl Future<Output = R>) -> R {
        let started = std::time::Instant::now();
        let reply = proposal.await;
        self.metrics.committed(started.elapsed().as_secs_f64());
        reply
    }

    fn command(&self, op: Op) -> Command {
        Command { actor: format!("node {}", self.id), at_ms: self.clock.unix_ms(), op }
    }

    /// Proposes `op` without waiting; what comes of it shows in the log.
    pub(crate) fn propose_aside(self: &Arc<Self>, op: Op) {
        let node = Arc::clone(self);
        self.runtime.spawn(async move {
            match node.propose(op).await {
                Ok(Reply { result: Err(refusal), .. }) => {
                    tracing::info!(%refusal, "the log refused a step of a migration");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "a step of a migration is not in the log yet"),
            }
        });
    }
}

/// Runs a node until it is told to stop: a member of its cluster, or one that joins it first.
///
/// Sessions with switches run in `sessions`, which has threads of its own: however much switches send, what keeps the cluster
/// together has its share of the processors, and no flood costs a node its lease.
pub async fn run(config: Config, join: Option<Join>, sessions: &Handle) -> Result<(), RunError> {
    let mut signals = StopSignals::new();
    let security = Security::load(&config)?;
    tokio::spawn(reload_on_hangup(security.clone()));
    if !disk::wait_for_room(&config, signals.next()).await? {
        return Ok(());
    }
    let listen = &config.listen;
    let openflow = bind("switches", listen.openflow).await?;
    let peer = bind("other nodes", listen.peer).await?;
    let admin_listener = bind("the admin API", listen.admin).await?;
    let http_listener = bind("metrics and health", listen.http).await?;

    let clock = Clock::start();
    let metrics = Metrics::new();
    let registry = Arc::new(Registry::default());
    let (observer, topology, revision) = observer(Arc::clone(&registry));
    let raft_config =
        consensus::Config { dial: grpc::dial(&security), ..consensus_config(&config) };
    let (consensus, raft) = Consensus::start(raft_config, observer)
        .await
        .map_err(|error| not_started(&config, error))?;
    if join.is_some() {
        consensus.hold_back();
    }
    let id = config.node;
    let peers =
        Peers::new(id, consensus.clone(), Arc::clone(&registry), metrics.clone(), security.clone());
    let handover = peers.service();
    let node = Arc::new(Shared {
        id,
        clock,
        boot: AtomicU64::new(clock.unix_us()),
        leaving: AtomicBool::new(false),
        lease: consensus.lease(),
        consensus,
        registry,
        peers,
        metrics,
        links: Links::default(),
        admission: Admission::new(config.limits.inbound_migrations),
        load: Load::default(),
        topology,
        revision,
        runtime: Handle::current(),
        security,
        config,
    });

    let (stop, stopping) = watch::channel(());
    let operators = admin::Node {
        id,
        consensus: node.consensus.clone(),
        registry: Arc::clone(&node.registry),
        revision: node.revision.clone(),
        security: node.security.clone(),
        metrics: node.metrics.clone(),
        unsafe_protocols: node.config.unsafe_protocols,
    };
    let mut servers = JoinSet::new();
    let door = Door {
        port: Port::Peer,
        tls: {
            let security = node.security.clone();
            move || security.peers()
        },
        places: MAX_PEER_CONNECTIONS,
        metrics: node.metrics.clone(),
    };
    let peer_server = Server::builder()
        .http2_keepalive_interval(Some(PEER_KEEP_ALIVE))
        .add_service(raft)
        .add_service(handover)
        .serve_with_incoming(door.incoming(peer));
    servers.spawn(named("the peer server", peer_server));
    let stopped = async move { drop(stopping.clone().changed().await) };
    let admin_server = admin::serve(admin_listener, operators.clone(), stopped);
    servers.spawn(named("the admin server", admin_server));
    servers.spawn(named(
        "the HTTP server",
        http::serve(http_listener, operators, node.metrics.clone()),
    ));
    let mut presence = tokio::spawn(presence::keep(Arc::clone(&node)));
    tokio::spawn(links::keep(Arc::clone(&node)));
    tokio::spawn(placement::keep(Arc::clone(&node)));
    tokio::spawn(drain::keep(Arc::clone(&node)));
    tokio::spawn(load::keep(Arc::clone(&node)));
    sessions.spawn(session::listen(openflow, Arc::clone(&node)));
    tracing::info!(node = %id, openflow = %node.config.listen.openflow, admin = %node.config.listen.admin, "serving");

    let mut joining = Box::pin(joined(Arc::clone(&node), join));
    let end = tokio::select! {
        () = signals.next() => {
            tracing::info!("stopping; a second signal stops at once");
            tokio::select! {
                () = departure::depart(&node) => {}
                () = signals.next() => tracing::warn!("stopping at once"),
                reason = node.consensus.failed() => tracing::error!(%reason, "the log has failed"),
            }
            Ok(())
        }
        unwanted = &mut joining => Err(RunError::Unwanted(unwanted)),
        Ok(unwanted) = &mut presence => Err(RunError::Unwanted(unwanted)),
        Some(Ok((what, Err(error)))) = servers.join_next() => Err(RunError::Server { what, error }),
        () = disk::runs_low(&node.config.data_dir) => Err(disk_full(&node.config)),
        reason = node.consensus.failed() => Err(match reason {
            Failed::DiskFull(_) => disk_full(&node.config),
            Failed::Other(reason) => RunError::Fatal(reason),
        }),
    };
    drop(stop);
    node.consensus.shutdown().await;
    end
}

fn not_started(config: &Config, error: consensus::StartError) -> RunError {
    if error.is_disk_full() { disk_full(config) } else { RunError::Consensus(error) }
}

fn disk_full(config: &Config) -> RunError {
    let shortage = Shortage::under(&config.data_dir);
    shortage.log();
    RunError::DiskFull(shortage)
}

/// Names a server's end after the server.
async fn named<E: fmt::Display>(
    what: &'static str,
    server: impl Future<Output = Result<(), E>>,
) -> (&'static str, Result<(), String>) {
    (what, server.await.map_err(|error| error.to_string()))
}

pub(crate) fn consensus_config(config: &Config) -> consensus::Config {
    let (node, dir, members) = (config.node, config.data_dir.clone(), config.members.clone());
    let timing = consensus::Timing {
        heartbeat: config.timing.heartbeat,
        election_min: config.timing.election_min,
        election_max: config.timing.election_max,
        lease: config.timing.lease,
        margin: config.timing.detect.saturating_sub(config.timing.lease),
        ..consensus::Timing::default()
    };
    consensus::Config { timing, asks_first: true, ..consensus::Config::new(node, dir, members) }
}

pub(crate) async fn bind(what: &'static str, address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|error| RunError::Listen { what, address, error })
}

/// Returns what is called after each applied entry, and what it keeps up to date.
///
/// It is called in the order of the log, from the task that applies it, so it only nudges.
fn observer(
    registry: Arc<Registry>,
) -> (Observer, watch::Receiver<Arc<app::Topology>>, watch::Receiver<u64>) {
    let (topology_sender, topology) = watch::channel(Arc::default());
    let (revision_sender, revision) = watch::channel(0);
    let observe = move |state: &Ownership, change: Change<'_>| {
        let reply = match change {
            Change::Applied(reply) => Some(reply),
            Change::Replaced => None,
        };
        if reply.is_none_or(|reply| reply.links_changed) {
            let links = state.links().iter().copied();
            topology_sender.send_replace(Arc::new(app::Topology::new(links)));
            registry.nudge_all();
        }
        for &dpid in reply.into_iter().flat_map(|reply| &reply.touched) {
            registry.nudge(dpid);
        }
        revision_sender.send_modify(|revision| *revision += 1);
    };
    (Box::new(observe), topology, revision)
}

/// Founds a cluster or joins one, if that is to be done, and returns only if the cluster refuses.
async fn joined(node: Arc<Shared>, wish: Option<Join>) -> String {
    let refused = match wish {
        Some(wish) => joining::join(&node, &wish).await.err(),
        None if node.consensus.may_found() => founding::found(&node).await.err(),
        None if !node.consensus.has_data() => {
            let (id, address) = (node.id, &node.config.advertised.peer);
            tracing::info!("waiting to be let in: baton node add {id} {address}");
            None
        }
        None => None,
    };
    match refused {
        Some(refusal) => refusal,
        None => std::future::pending().await,
    }
}

/// Reads the certificates again at each SIGHUP; what comes of it is logged there.
async fn reload_on_hangup(security: Security) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    while hangups.recv().await.is_some() {
        tracing::info!("SIGHUP: reading the certificates again");
        // Those that cannot be used are told of, and those in use go on.
        let _ = security.reload();
    }
}

/// Connections from other nodes at once: each has one for each lane of the log, one for hand-overs, and a few at joining.
const MAX_PEER_CONNECTIONS: usize = 1_024;
/// A connection whose other end is gone gives its place back.
const PEER_KEEP_ALIVE: Duration = Duration::from_secs(20);

/// SIGINT and SIGTERM.
pub(crate) struct StopSignals([Option<Signal>; 2]);

impl StopSignals {
    fn new() -> Self {
        // A signal that cannot be heard ends the process, as ever.
        Self([SignalKind::terminate(), SignalKind::interrupt()].map(|kind| signal(kind).ok()))
    }

    /// Waits for the next of either.
    async fn next(&mut self) {
        async fn heard(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        let [terminate, interrupt] = &mut self.0;
        tokio::select! {
            () = heard(terminate) => tracing::info!("SIGTERM"),
            () = heard(interrupt) => tracing::info!("SIGINT"),
        }
    }
}
