//! Several nodes in one process, over loopback connections that can be cut one by one.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use consensus::{Config, Consensus, Dial, Observer, PeerService, Status};
use migration::NodeId;
use migration::ownership::{Addresses, Command, Op};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};

/// Nodes 1, 2, … with a directory and a way to each other.
pub struct Cluster {
    pub nodes: BTreeMap<u64, Node>,
    root: PathBuf,
    /// Where `root` is, unless the caller chose it.
    _temporary: Option<TempDir>,
    net: Arc<Net>,
    size: u64,
    tune: fn(&mut Config),
}

/// A running node.
pub struct Node {
    pub consensus: Consensus,
    server: JoinHandle<()>,
}

impl Cluster {
    pub async fn start(size: u64) -> Self {
        Self::tuned(size, |_| {}).await
    }

    pub async fn tuned(size: u64, tune: fn(&mut Config)) -> Self {
        let temporary = tempfile::tempdir().expect("a directory");
        let mut cluster = Self::at(temporary.path(), size, tune).await;
        cluster._temporary = Some(temporary);
        cluster
    }

    /// Starts nodes whose directories are, or will be, under `root`.
    pub async fn at(root: &Path, size: u64, tune: fn(&mut Config)) -> Self {
        let (nodes, root, net) = (BTreeMap::new(), root.to_owned(), Arc::default());
        let mut cluster = Self { nodes, root, _temporary: None, net, size, tune };
        for id in 1..=size {
            cluster.run(id).await;
        }
        cluster
    }

    /// Starts node `id`, for the first time or on what it has on disk.
    pub async fn run(&mut self, id: u64) {
        self.run_observed(id, Box::new(|_, _| {})).await;
    }

    pub async fn run_observed(&mut self, id: u64, observer: Observer) {
        let config = self.config(id);
        let (consensus, service) = Consensus::start(config, observer).await.expect("starts");
        let server = serve(&self.net, id, service).await;
        self.isolate(id, false);
        self.nodes.insert(id, Node { consensus, server });
    }

    pub fn config(&mut self, id: u64) -> Config {
        let members = (1..=self.size).map(|id| (NodeId(id), address(id))).collect();
        let mut config = Config::new(NodeId(id), self.dir(id), members);
        config.dial = self.net.dial(id);
        (self.tune)(&mut config);
        config
    }

    pub fn dir(&self, id: u64) -> PathBuf {
        self.root.join(format!("node{id}"))
    }

    /// Stops node `id` in order; what it had on disk stays.
    pub async fn stop(&mut self, id: u64) {
        let node = self.nodes.remove(&id).expect("runs");
        node.consensus.shutdown().await;
        node.server.abort();
        // The end of the process, which would end its connections.
        self.isolate(id, true);
    }

    pub async fn stop_all(&mut self) {
        for id in self.nodes.keys().copied().collect::<Vec<_>>() {
            self.stop(id).await;
        }
    }

    /// Cuts node `id` off from all others, or heals that.
    pub fn isolate(&self, id: u64, cut: bool) {
        for (&(from, to), link) in &*self.net.links.lock().unwrap() {
            if from == id || to == id {
                link.send_replace(cut);
            }
        }
    }

    /// Returns how often node `id` was dialled, by whomever.
    pub fn dialled(&self, id: u64) -> u64 {
        self.net.dialled.lock().unwrap().get(&id).copied().unwrap_or(0)
    }

    pub fn node(&self, id: u64) -> &Consensus {
        &self.nodes[&id].consensus
    }

    /// Waits until all running nodes but `except` follow the same live leader, and returns it.
    pub async fn leader_except(&self, except: u64) -> u64 {
        let asked: Vec<_> = self.nodes.iter().filter(|(id, _)| **id != except).collect();
        wait("a leader", || {
            let mut leaders = asked
                .iter()
                .map(|(_, node)| node.consensus.status().leader.node.map(|node| node.0));
            let first = leaders.next()??;
            let leads = |id: &u64| *id != except && self.nodes.contains_key(id);
            let known = leads(&first) && self.node(first).status().leader_for.is_some();
            (known && leaders.all(|leader| leader == Some(first))).then_some(first)
        })
        .await
    }

    pub async fn leader(&self) -> u64 {
        self.leader_except(0).await
    }

    pub async fn follower(&self) -> u64 {
        let leader = self.leader().await;
        *self.nodes.keys().find(|&&id| id != leader).expect("more than one node")
    }
}

/// Waits until `probe` finds something, at most 20 seconds.
pub async fn wait<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "no {what} in time");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A command that leaves a trace: node `n` is known afterwards.
pub fn numbered(n: u64) -> Command {
    let [openflow, peer, admin, http] = [const { String::new() }; 4];
    let addresses = Addresses { openflow, peer, admin, http };
    let op = Op::Register { node: NodeId(n), boot: 1, addresses };
    Command { actor: "test".to_owned(), at_ms: 0, op }
}

/// Returns whether `numbered(n)` was applied here.
pub fn has(node: &Consensus, n: u64) -> bool {
    node.read(|state| state.nodes().contains_key(&NodeId(n)))
}

pub fn applied(status: &Status) -> u64 {
    status.applied.unwrap_or(0)
}

/// The links between nodes, each direction a proxy of its own.
#[derive(Default)]
struct Net {
    servers: Mutex<BTreeMap<u64, SocketAddr>>,
    links: Mutex<BTreeMap<(u64, u64), watch::Sender<bool>>>,
    proxies: Mutex<BTreeMap<(u64, u64), SocketAddr>>,
    /// How often each node was dialled.
    dialled: Mutex<BTreeMap<u64, u64>>,
}

impl Net {
    /// Sends what node `from` dials through the proxy of that link.
    fn dial(self: &Arc<Self>, from: u64) -> Dial {
        let net = self.clone();
        Dial::new(move |to, _| {
            let proxy = net.proxy(from, to.0);
            Endpoint::from_shared(format!("http://{proxy}"))
                .expect("an address")
                .connect_timeout(Duration::from_millis(600))
                .connect_lazy()
        })
    }

    fn proxy(self: &Arc<Self>, from: u64, to: u64) -> SocketAddr {
        *self.proxies.lock().unwrap().entry((from, to)).or_insert_with(|| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.set_nonblocking(true).expect("a socket");
            let address = listener.local_addr().expect("bound");
            let cut = watch::Sender::new(false);
            tokio::spawn(relay(self.clone(), to, listener, cut.subscribe()));
            self.links.lock().unwrap().insert((from, to), cut);
            address
        })
    }
}

async fn relay(
    net: Arc<Net>,
    to: u64,
    listener: std::net::TcpListener,
    cut: watch::Receiver<bool>,
) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    while let Ok((mut near, _)) = listener.accept().await {
        *net.dialled.lock().unwrap().entry(to).or_default() += 1;
        let server = net.servers.lock().unwrap().get(&to).copied();
        let Some(server) = server.filter(|_| !*cut.borrow()) else { continue };
        let mut cut = cut.clone();
        tokio::spawn(async move {
            let Ok(mut far) = TcpStream::connect(server).await else { return };
            let _ = near.set_nodelay(true).and(far.set_nodelay(true));
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                _ = cut.wait_for(|&cut| cut) => {}
            }
        });
    }
}

async fn serve(net: &Net, id: u64, service: PeerService) -> JoinHandle<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    net.servers.lock().unwrap().insert(id, listener.local_addr().expect("bound"));
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let router = Server::builder().add_service(service);
    tokio::spawn(async move {
        let _ = router.serve_with_incoming(incoming).await;
    })
}

/// What the log says of node `id`; the proxies know where it is.
fn address(id: u64) -> String {
    format!("node-{id}:1")
}
