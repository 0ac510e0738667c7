//! A cluster of real `baton` processes on the loopback interface.
//!
//! ```text
//!  every node's member list: the proxies, the same at each of them
//!
//!     A ---+
//!          +--> proxy of B ---> B        a connection's class is the node that dialled it: a partition
//!     C ---+                             is a choice of (who dials, who is dialled), of any shape
//! ```
//!
//! Every node logs to a file and keeps its data in one temporary directory, which survives a test that
//! fails. No node outlives its [`Cluster`].

mod cli;
mod diallers;
mod http;
mod network;
mod node;
mod ownership;
mod pki;
mod process;
mod small_disk;

pub use cli::Call;
pub use network::Network;
pub use ownership::{Mark, Migrated, Phases, Raced, Seen};
pub use pki::Pki;
pub use process::Process;
pub use small_disk::SmallDisk;

use crate::ports::PortBlock;
use crate::proxy::{Classify, Mode, Proxy, Way};
use crate::wait::{Failure, wait_until};
use diallers::Diallers;
use node::Node;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// A running cluster; nodes are numbered from 1.
#[derive(Debug)]
pub struct Cluster {
    baton: PathBuf,
    nodes: BTreeMap<u64, Node>,
    /// By who is dialled; the class of a connection is who dialled it.
    proxies: BTreeMap<u64, Proxy>,
    /// In front of the nodes' ports for switches; none without a network.
    fronts: BTreeMap<u64, Proxy>,
    network: Option<Network>,
    diallers: Diallers,
    /// Everybody's certificates; none in plain text.
    pki: Option<Pki>,
    /// After the nodes, so that it goes when nobody writes to it any more; `None` once it is kept.
    directory: Option<TempDir>,
    _ports: PortBlock,
}

/// What a cluster is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of first members, at most 9.
    pub nodes: u64,
    /// Number of nodes that may join later, numbered on from there; switches are told of them all the same.
    pub joiners: u64,
    /// Whether nodes reach each other through proxies, so that they can be partitioned.
    pub proxied: bool,
    /// How late messages arrive; nodes and switches then reach each other through proxies.
    pub network: Option<Network>,
    /// Who speaks TLS.
    pub tls: Tls,
    /// Where the directory with everything on disk is made; by default where temporary files go.
    pub place: Option<PathBuf>,
    /// The `baton` executable; by default the one beside the running executable.
    pub baton: Option<PathBuf>,
    /// TOML to append to every node's configuration.
    pub extra: String,
}

/// Who speaks TLS in a cluster.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tls {
    /// Nobody.
    #[default]
    Off,
    /// Nodes and the command line, but not switches.
    ButSwitches,
    /// Switches too.
    Everywhere,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            nodes: 3,
            joiners: 0,
            proxied: false,
            network: None,
            tls: Tls::default(),
            place: None,
            baton: None,
            extra: String::new(),
        }
    }
}

impl Cluster {
    /// Starts all nodes and waits until they form a cluster.
    pub async fn start(options: Options) -> Result<Self, Failure> {
        let mut cluster = Self::prepare(options).await?;
        cluster.run_all()?;
        cluster.healthy().await?;
        Ok(cluster)
    }

    /// Writes all configurations, and starts nothing but the proxies.
    pub async fn prepare(options: Options) -> Result<Self, Failure> {
        let baton = match options.baton {
            Some(path) => path,
            None => beside_this_executable("baton")?,
        };
        if !baton.is_file() {
            return Err(Failure(format!(
                "no baton executable at {}; build it: cargo build -p controller --bin baton",
                baton.display()
            )));
        }
        let place = options.place.unwrap_or_else(std::env::temp_dir);
        let directory = tempfile::Builder::new().prefix("baton-").tempdir_in(place);
        let directory = directory.map_err(|e| Failure::new("make a temporary directory", e))?;
        let mut ports = PortBlock::reserve().map_err(|e| Failure::new("reserve ports", e))?;
        let mut nodes = BTreeMap::new();
        for id in 1..=options.nodes + options.joiners {
            nodes.insert(
                id,
                Node::new(id, &directory.path().join(format!("node{id}")), &mut ports)?,
            );
        }
        nodes.values_mut().take(options.nodes as usize).for_each(|node| node.is_member = true);
        let pki = match options.tls {
            Tls::Off => None,
            Tls::ButSwitches | Tls::Everywhere => {
                Some(Pki::make(&baton, directory.path().join("pki")).await?)
            }
        };
        let mut cluster = Self {
            baton,
            pki,
            nodes,
            proxies: BTreeMap::new(),
            fronts: BTreeMap::new(),
            network: options.network,
            diallers: Diallers::default(),
            directory: Some(directory),
            _ports: ports,
        };
        if options.proxied || cluster.network.is_some() {
            cluster.start_proxies().await?;
        }
        cluster.issue_certificates().await?;
        cluster.write_configurations(options.tls, &options.extra)?;
        Ok(cluster)
    }

    async fn start_proxies(&mut self) -> Result<(), Failure> {
        for (&id, node) in &self.nodes {
            let diallers = self.diallers.clone();
            let who: Classify = Arc::new(move |from, to| diallers.find(from, to));
            let failure = |e| Failure::new("start a proxy", e);
            let proxy = match &self.network {
                None => Proxy::start_classified(node.listen.peer, who).await,
                Some(network) => {
                    let (nobody, routes): (Classify, _) =
                        (Arc::new(|_, _| 0), network.routes_from_switch(id));
                    let front = Proxy::start_routed(node.listen.openflow, nobody, routes).await;
                    self.fronts.insert(id, front.map_err(failure)?);
                    Proxy::start_routed(node.listen.peer, who, network.routes_from_nodes(id)).await
                }
            };
            self.proxies.insert(id, proxy.map_err(failure)?);
        }
        Ok(())
    }

    async fn issue_certificates(&self) -> Result<(), Failure> {
        let Some(pki) = &self.pki else { return Ok(()) };
        for id in self.nodes.keys() {
            pki.call(&["issue", "node", &id.to_string(), "--host", "127.0.0.1"]).await?;
        }
        Ok(())
    }

    /// Returns everybody's certificates, or a failure in plain text.
    pub fn pki(&self) -> Result<&Pki, Failure> {
        self.pki.as_ref().ok_or_else(|| Failure("the cluster speaks plain text".to_owned()))
    }

    /// Makes the certificates of a cluster of another name.
    pub async fn other_pki(&self, name: &str) -> Result<Pki, Failure> {
        let directory = self.directory().ok_or_else(|| Failure("it is kept".to_owned()))?;
        Pki::make(&self.baton, directory.join(name)).await
    }

    fn write_configurations(&self, tls: Tls, extra: &str) -> Result<(), Failure> {
        let address = |(&id, node): (&u64, &Node)| {
            (id, self.proxies.get(&id).map_or(node.listen.peer, Proxy::address))
        };
        let members = self.nodes.iter().filter(|(_, node)| node.is_member).map(address).collect();
        let nobody = BTreeMap::new();
        self.nodes.values().try_for_each(|node| {
            let members = if node.is_member { &members } else { &nobody };
            let folder = self.pki.as_ref().map(|pki| pki.folder(&format!("node-{}", node.id)));
            node.write_configuration(members, folder.as_deref().map(|dir| (dir, tls)), extra)
        })
    }

    /// Returns the numbers of all members, running or not.
    pub fn ids(&self) -> impl Iterator<Item = u64> + use<> {
        let members = self.nodes.iter().filter(|(_, node)| node.is_member);
        members.map(|(&id, _)| id).collect::<Vec<_>>().into_iter()
    }

    /// Starts a node that is no member yet, with an empty disk, to join by way of `member`.
    pub fn run_joining(
        &mut self,
        node: u64,
        member: u64,
        replaces: Option<u64>,
    ) -> Result<(), Failure> {
        let member = self.nodes[&member].listen.peer.to_string();
        let mut arguments = vec!["--join".to_owned(), member];
        arguments.extend(replaces.map(|replaced| format!("--replace={replaced}")));
        let newcomer = self.node(node)?;
        (newcomer.is_member, newcomer.arguments) = (true, arguments);
        self.run(node)
    }

    /// No longer counts `node` among the members, whether it runs or not.
    pub fn forget(&mut self, node: u64) -> Result<(), Failure> {
        self.node(node)?.is_member = false;
        Ok(())
    }

    /// Returns where `node` listens for other nodes.
    pub fn peer(&self, node: u64) -> SocketAddr {
        self.nodes[&node].listen.peer
    }

    /// Waits for the end of `node`, which ends by itself, and returns whether it ended well.
    pub async fn ended(&mut self, node: u64) -> Result<bool, Failure> {
        self.node(node)?.ended().await
    }

    /// Returns where `node` listens for switches.
    pub fn openflow(&self, node: u64) -> SocketAddr {
        self.nodes[&node].listen.openflow
    }

    /// Returns where switches reach every node, in the order of their numbers.
    pub fn controllers(&self) -> Vec<SocketAddr> {
        let address = |(id, node): (&u64, &Node)| {
            self.fronts.get(id).map_or(node.listen.openflow, Proxy::address)
        };
        self.nodes.iter().map(address).collect()
    }

    /// Returns where `node` keeps its data.
    pub fn data(&self, node: u64) -> PathBuf {
        self.nodes[&node].data()
    }

    /// Returns the path of `node`'s configuration.
    pub fn configuration(&self, node: u64) -> PathBuf {
        self.nodes[&node].configuration()
    }

    /// Returns the path of `node`'s log.
    pub fn log(&self, node: u64) -> PathBuf {
        self.nodes[&node].log()
    }

    /// Returns the last lines of `node`'s log.
    pub fn log_tail(&self, node: u64) -> String {
        self.nodes[&node].log_tail()
    }

    /// Starts every node that is not running.
    pub fn run_all(&mut self) -> Result<(), Failure> {
        let stopped = |node: &u64| !self.nodes[node].is_started();
        let stopped: Vec<u64> = self.ids().filter(stopped).collect();
        stopped.into_iter().try_for_each(|node| self.run(node))
    }

    /// Starts `node`, which is not running.
    pub fn run(&mut self, node: u64) -> Result<(), Failure> {
        let baton = self.baton.clone();
        let process = self.node(node)?;
        process.run(&baton)?;
        if let Some(pid) = process.pid() {
            self.diallers.set(node, pid.as_raw());
        }
        Ok(())
    }

    /// Asks `node` to stop (SIGTERM) and waits for its end.
    pub async fn stop(&mut self, node: u64) -> Result<(), Failure> {
        self.node(node)?.stop().await
    }

    /// Asks `node` to stop (SIGTERM) without waiting for its end, which is for [`Cluster::ended`] to do.
    pub fn terminate(&mut self, node: u64) -> Result<(), Failure> {
        self.node(node)?.terminate()
    }

    /// Has `node` read its certificates again (SIGHUP).
    pub fn reload(&self, node: u64) -> Result<(), Failure> {
        let found = self.nodes.get(&node);
        found.ok_or_else(|| Failure(format!("the cluster has no node {node}")))?.reload()
    }

    /// Kills `node` (SIGKILL) and waits for its end.
    pub async fn kill(&mut self, node: u64) -> Result<(), Failure> {
        self.node(node)?.kill().await
    }

    /// Kills `node` (SIGKILL) without waiting for its end, which is for [`Cluster::kill`] to do.
    pub fn kill_at_once(&self, node: u64) -> Result<(), Failure> {
        let found = self.nodes.get(&node);
        found.ok_or_else(|| Failure(format!("the cluster has no node {node}")))?.kill_at_once()
    }

    /// Freezes `node` (SIGSTOP).
    pub fn pause(&mut self, node: u64) -> Result<(), Failure> {
        self.node(node)?.pause()
    }

    /// Lets `node` go on (SIGCONT).
    pub fn resume(&mut self, node: u64) -> Result<(), Failure> {
        self.node(node)?.resume()
    }

    /// Returns the process of `node`, to be signalled from anywhere.
    pub fn process(&self, node: u64) -> Result<Process, Failure> {
        let pid = self.nodes.get(&node).and_then(Node::pid);
        pid.map(Process::new).ok_or_else(|| Failure(format!("node {node} is not running")))
    }

    /// Keeps the directory of configurations, logs and data, and returns its path.
    pub fn keep(&mut self) -> Option<PathBuf> {
        self.directory.take().map(TempDir::keep)
    }

    /// Returns a failure, with the last lines of its log, if a node has ended by itself.
    pub fn check_alive(&mut self) -> Result<(), Failure> {
        self.nodes.values_mut().try_for_each(Node::check_alive)
    }

    fn node(&mut self, node: u64) -> Result<&mut Node, Failure> {
        self.nodes.get_mut(&node).ok_or_else(|| Failure(format!("the cluster has no node {node}")))
    }

    /// Sets what becomes of what `from` sends over connections to `to` that it dialled, answers included.
    pub fn link(&self, from: u64, to: u64, mode: Mode) -> Result<(), Failure> {
        self.proxy(to)?.set_class(from, mode);
        Ok(())
    }

    /// Sets what becomes of what `from` sends to `to`, whoever of them has dialled; nothing that `to` sends.
    pub fn direct(&self, from: u64, to: u64, mode: Mode) -> Result<(), Failure> {
        self.proxy(to)?.set_class_way(from, Way::There, mode);
        self.proxy(from)?.set_class_way(to, Way::Back, mode);
        Ok(())
    }

    /// Resets the connections between two nodes; they may dial again at once.
    pub fn reset(&self, one: u64, other: u64) -> Result<(), Failure> {
        self.proxy(one)?.reset_class(other);
        self.proxy(other)?.reset_class(one);
        Ok(())
    }

    fn proxy(&self, node: u64) -> Result<&Proxy, Failure> {
        let proxy = self.proxies.get(&node);
        proxy.ok_or_else(|| Failure(format!("no proxy in front of node {node}")))
    }

    /// Silences every connection between `node` and the others; switches still reach it.
    pub fn isolate(&self, node: u64) -> Result<(), Failure> {
        for other in self.ids().filter(|&other| other != node) {
            self.link(node, other, Mode::Blackhole)?;
            self.link(other, node, Mode::Blackhole)?;
        }
        Ok(())
    }

    /// Ends every partition.
    pub fn heal(&self) {
        for proxy in self.proxies.values() {
            proxy.set(Mode::Forward);
        }
    }

    /// Waits until every started node is ready and the cluster calls itself healthy.
    pub async fn healthy(&mut self) -> Result<(), Failure> {
        wait_until("a healthy cluster", START_LIMIT, async || {
            if let Err(failure) = self.check_alive() {
                return Ok(Err(failure));
            }
            for (id, node) in
                self.nodes.iter().filter(|(_, node)| node.is_started() && node.is_member)
            {
                match http::get(node.listen.http, "/readyz").await {
                    Ok((200, _)) => {}
                    Ok((status, body)) => return Err(format!("node {id}: {status} {body}")),
                    Err(error) => return Err(format!("node {id}: {error}")),
                }
            }
            let status = self.baton(&["status"]).await.map_err(|e| e.to_string())?;
            if status.code == 0 { Ok(Ok(())) } else { Err(status.to_string()) }
        })
        .await?
    }

    /// Runs `baton` with `arguments` against the whole cluster, its output in JSON, and returns what came.
    pub async fn baton(&self, arguments: &[&str]) -> Result<Call, Failure> {
        self.baton_as(self.admins_folder().as_deref(), arguments).await
    }

    /// Runs `baton` with `arguments` against one node only.
    pub async fn baton_at(&self, node: u64, arguments: &[&str]) -> Result<Call, Failure> {
        let admin = self.nodes[&node].listen.admin.to_string();
        cli::run(&self.baton, &admin, self.admins_folder().as_deref(), arguments).await
    }

    /// Runs `baton` with `arguments` against the whole cluster, in the name of a person's folder or in plain text.
    pub async fn baton_as(&self, tls: Option<&Path>, arguments: &[&str]) -> Result<Call, Failure> {
        cli::run(&self.baton, &self.admin(), tls, arguments).await
    }

    fn admins_folder(&self) -> Option<PathBuf> {
        self.pki.as_ref().map(|pki| pki.folder("person-admin"))
    }

    /// Returns what `--admin` takes to reach this cluster.
    pub fn admin(&self) -> String {
        let members = self.nodes.values().filter(|node| node.is_member);
        let addresses: Vec<_> = members.map(|node| node.listen.admin.to_string()).collect();
        addresses.join(",")
    }

    /// Fetches `path` from `node`'s HTTP listener; returns the status and the body.
    pub async fn http(&self, node: u64, path: &str) -> Result<(u16, String), Failure> {
        let answer = http::get(self.nodes[&node].listen.http, path).await;
        answer.map_err(|e| Failure::new(format!("GET {path} from node {node}"), e))
    }

    /// Returns where `node` listens for operators.
    pub fn admin_address(&self, node: u64) -> SocketAddr {
        self.nodes[&node].listen.admin
    }

    /// Returns whether `node` is started, whatever it does.
    pub fn is_started(&self, node: u64) -> bool {
        self.nodes.get(&node).is_some_and(Node::is_started)
    }

    /// Returns the directory of configurations, logs and data, unless it is kept already.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_ref().map(TempDir::path)
    }

    /// Returns where `node` listens for HTTP.
    pub fn http_address(&self, node: u64) -> SocketAddr {
        self.nodes[&node].listen.http
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for (id, node) in &self.nodes {
            eprintln!("--- node {id}, last lines of {}\n{}", node.log().display(), node.log_tail());
        }
        if let Some(directory) = self.directory.take() {
            eprintln!("--- kept {}", directory.keep().display());
        }
    }
}

/// Returns the path of an executable of this workspace: in the directory of the running one, or, from a
/// test, in the one above.
fn beside_this_executable(name: &str) -> Result<PathBuf, Failure> {
    let here = std::env::current_exe().map_err(|e| Failure::new("find this executable", e))?;
    let mut directories = here.ancestors().skip(1);
    let found = directories.by_ref().take(2).map(|d| d.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| {
        Failure(format!(
            "no {name} executable near {}; build it: cargo build -p controller --bin {name}",
            here.display()
        ))
    })
}

/// Where one node listens.
#[derive(Clone, Copy, Debug)]
struct Listen {
    openflow: SocketAddr,
    peer: SocketAddr,
    admin: SocketAddr,
    http: SocketAddr,
}

impl Listen {
    fn reserve(ports: &mut PortBlock) -> Option<Self> {
        let mut next = || ports.take().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        Some(Self { openflow: next()?, peer: next()?, admin: next()?, http: next()? })
    }
}

const START_LIMIT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    fn fake() -> Options {
        let baton = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/fake_baton.sh");
        Options { baton: Some(baton), ..Options::default() }
    }

    #[tokio::test]
    async fn a_node_that_dies_at_its_start_shows_the_end_of_its_log() {
        let options = Options { extra: "# die".to_owned(), ..fake() };
        let failure = Cluster::start(options).await.unwrap_err().to_string();
        assert!(failure.contains("ended (exit status: 3)"), "{failure}");
        assert!(failure.contains("the disk is on fire"), "{failure}");
    }

    #[tokio::test]
    async fn a_missing_executable_says_how_to_build_it() {
        let baton = Some(PathBuf::from("/nowhere/baton"));
        let failure = Cluster::prepare(Options { baton, ..Options::default() }).await.unwrap_err();
        assert!(failure.to_string().contains("cargo build -p controller --bin baton"), "{failure}");
    }

    #[tokio::test]
    async fn a_call_returns_the_exit_code_and_the_data() {
        let cluster = Cluster::prepare(fake()).await.unwrap();
        let call = cluster.baton(&["node", "list"]).await.unwrap();
        assert_eq!((call.code, &call.json["asked"]), (4, &"node list -o json".into()));
        assert!(call.done().is_err());
    }

    #[tokio::test]
    async fn nodes_are_frozen_killed_and_never_outlive_their_cluster() {
        let mut cluster = Cluster::prepare(Options { nodes: 1, ..fake() }).await.unwrap();
        cluster.run_all().unwrap();
        let pid = cluster.nodes[&1].pid().unwrap();
        let state = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        cluster.pause(1).unwrap();
        wait_until("a frozen node", START_LIMIT, async || {
            if state().contains(" T ") { Ok(()) } else { Err(state()) }
        })
        .await
        .unwrap();
        cluster.resume(1).unwrap();
        cluster.stop(1).await.unwrap();
        assert!(cluster.pause(1).is_err(), "it is not running");
        cluster.run(1).unwrap();
        cluster.kill(1).await.unwrap();
        cluster.run(1).unwrap();
        let last = cluster.nodes[&1].pid().unwrap();
        drop(cluster);
        wait_until("the last node's end", START_LIMIT, async || {
            let stat = std::fs::read_to_string(format!("/proc/{last}/stat")).unwrap_or_default();
            if stat.is_empty() || stat.contains(" Z ") { Ok(()) } else { Err(stat) }
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_partition_is_a_choice_of_proxies() {
        let cluster = Cluster::prepare(Options { proxied: true, ..fake() }).await.unwrap();
        assert_eq!(cluster.proxies.len(), 3);
        cluster.isolate(2).unwrap();
        cluster.heal();
        assert!(cluster.link(1, 4, Mode::Cut).is_err());
        let configuration = cluster.nodes[&1].log().with_file_name("node.toml");
        let configuration: toml::Table =
            std::fs::read_to_string(configuration).unwrap().parse().unwrap();
        let members = configuration["cluster"]["members"].as_table().unwrap();
        for (id, proxy) in &cluster.proxies {
            assert_eq!(members[&id.to_string()].as_str(), Some(&*proxy.address().to_string()));
        }
    }
}
