//! What a node is told at its start: the file as written, then what is true.
//!
//! `baton config example` prints [`Config::example`], which documents every key and its default.

mod env;
mod error;
mod file;
#[cfg(test)]
mod tests;

pub use error::ConfigError;
pub use file::{File, LogFormat, Port};

use migration::NodeId;
use migration::gate::Limit;
use migration::ownership::Addresses;
use openflow::Version;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Configuration of a node, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// This node.
    pub node: NodeId,
    /// Where everything that lasts is kept.
    pub data_dir: PathBuf,
    /// Addresses to bind.
    pub listen: Listen,
    /// Who may listen in, and who is believed.
    pub tls: Tls,
    /// Addresses that the others are told.
    pub advertised: Addresses,
    /// First members of the cluster, this node included, with their peer addresses (`host:port`); none for a node
    /// that joins it, or waits to be let in.
    pub members: BTreeMap<NodeId, String>,
    /// Periods and limits of time.
    pub timing: Timing,
    /// Bounds of memory and patience.
    pub limits: Limits,
    /// Versions that are offered to switches, lowest first.
    pub versions: Vec<Version>,
    /// Whether migrations may run by protocols that lose packet-ins.
    pub unsafe_protocols: bool,
    /// What is logged, and how it looks.
    pub log: Log,
}

/// Addresses that a node binds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Listen {
    /// For switches (OpenFlow).
    pub openflow: SocketAddr,
    /// For other nodes (gRPC).
    pub peer: SocketAddr,
    /// For the command line (gRPC).
    pub admin: SocketAddr,
    /// For metrics and health (HTTP).
    pub http: SocketAddr,
}

/// How ports are secured.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tls {
    /// This node's folder of certificates, as `baton pki issue node` makes it; without one, all ports speak plain text.
    pub dir: Option<PathBuf>,
    /// Ports that speak plain text whatever there is.
    pub plain: Vec<Port>,
}

/// Periods and limits of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timing {
    /// Period of the leader's heartbeats.
    pub heartbeat: Duration,
    /// Least silence of the leader before an election.
    pub election_min: Duration,
    /// Greatest silence of the leader before an election.
    pub election_max: Duration,
    /// How long contact with a majority counts.
    pub lease: Duration,
    /// Silence after which a node counts as dead.
    pub detect: Duration,
    /// How long a switch without an owner waits for all nodes to connect.
    pub settle: Duration,
    /// How long a lost session may take to come back before the log is told.
    pub grace: Duration,
    /// How long a node that is asked to stop hands its switches over.
    pub drain: Duration,
}

/// Bounds of memory and patience.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// What is held back for one switch.
    pub held: Limit,
    /// Migrations that the node takes part in at once as a candidate.
    pub inbound_migrations: usize,
    /// Sessions with switches.
    pub sessions: usize,
}

/// What is logged, and how it looks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub level: String,
}

impl Config {
    /// Returns a file that documents every key.
    pub fn example() -> &'static str {
        include_str!("example.toml")
    }

    /// Reads a file, and the environment over it: of a node that is one of the first members, or waits to be let in.
    pub fn load(path: &Path) -> Result<(File, Self), ConfigError> {
        Self::open(path, Self::must_be_named)
    }

    /// Reads the same of a node that joins a running cluster, whose first members it need not know.
    pub fn load_to_join(path: &Path) -> Result<(File, Self), ConfigError> {
        Self::open(path, |_| Ok(()))
    }

    fn open(path: &Path, rule: Rule) -> Result<(File, Self), ConfigError> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let problem = format!("cannot be read: {error}; `baton config example` prints one");
            ConfigError::new("", problem).at(&origin)
        })?;
        // A variable that is not UTF-8 cannot be ours.
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::read(&origin, &text, variables, rule)
    }

    /// Refuses members without this node: it would wait for ever.
    fn must_be_named(&self) -> Result<(), ConfigError> {
        let node = self.node;
        if self.members.is_empty() || self.members.contains_key(&node) {
            return Ok(());
        }
        let problem = format!(
            "does not name this node; add {node} = \"HOST:PORT\", or join a running cluster: baton run --join"
        );
        Err(ConfigError::new("cluster.members", problem))
    }

    /// Reads the text of a file called `origin`, and `variables` over it.
    pub fn parse(
        origin: &str,
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(File, Self), ConfigError> {
        Self::read(origin, text, variables, Self::must_be_named)
    }

    fn read(
        origin: &str,
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
        rule: Rule,
    ) -> Result<(File, Self), ConfigError> {
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let problem = format!("{}: {}", line_of(text, &error), error.message());
            ConfigError::new("", problem.replace('\n', ", ")).at(origin)
        })?;
        let overrides = env::override_with(&mut table, variables)?;
        let checked = table
            .try_into::<File>()
            .map_err(|error| ConfigError::from_toml(&error))
            .and_then(|file| Ok((file.clone(), Self::try_from(file)?)))
            .and_then(|(file, config)| rule(&config).map(|()| (file, config)));
        checked.map_err(|error| {
            let culprit = overrides.iter().find(|set| error.key.starts_with(&set.path));
            let origin = culprit.map_or(origin, |set| &set.variable);
            error.at(origin)
        })
    }
}

/// What must hold of a configuration beside what holds of its parts.
type Rule = fn(&Config) -> Result<(), ConfigError>;

impl TryFrom<File> for Config {
    type Error = ConfigError;

    fn try_from(file: File) -> Result<Self, ConfigError> {
        let node = node_id("node.id", &file.node.id.to_string())?;
        if file.node.data_dir.as_os_str().is_empty() {
            return Err(ConfigError::new("node.data_dir", "empty; name a directory"));
        }
        let members = members(file.cluster.members)?;
        let listen = Listen::try_from(&file.listen)?;
        let tls = Tls::of(file.tls, &listen)?;
        let own = match (members.get(&node), &file.listen.advertise) {
            (Some(own), _) => own.clone(),
            (None, host) => listen.peer_from_outside(host.as_deref())?,
        };
        Ok(Self {
            node,
            data_dir: file.node.data_dir,
            listen,
            tls,
            advertised: listen.seen_from_outside(&own),
            members,
            timing: Timing::try_from(&file.timing)?,
            limits: Limits::try_from(&file.limits)?,
            versions: versions(&file.openflow.versions)?,
            unsafe_protocols: file.lab.unsafe_protocols,
            log: Log::try_from(file.log)?,
        })
    }
}

impl TryFrom<&file::ListenSection> for Listen {
    type Error = ConfigError;

    fn try_from(section: &file::ListenSection) -> Result<Self, ConfigError> {
        let address = |key: &str, text: &str| {
            text.parse().map_err(|_| {
                let problem = format!("expected IP:PORT, like 127.0.0.1:6653, not {text:?}");
                ConfigError::new(format!("listen.{key}"), problem)
            })
        };
        let listen = Self {
            openflow: address("openflow", &section.openflow)?,
            peer: address("peer", &section.peer)?,
            admin: address("admin", &section.admin)?,
            http: address("http", &section.http)?,
        };
        listen.distinct()?;
        Ok(listen)
    }
}

impl Tls {
    fn of(section: file::TlsSection, listen: &Listen) -> Result<Self, ConfigError> {
        let file::TlsSection { dir, plain } = section;
        if dir.as_ref().is_some_and(|dir| dir.as_os_str().is_empty()) {
            return Err(ConfigError::new("tls.dir", "empty; name a folder, or leave it out"));
        }
        let tls = Self { dir, plain };
        let open = |&(port, address): &(Port, SocketAddr)| {
            !address.ip().is_loopback() && tls.is_plain(port) && !tls.plain.contains(&port)
        };
        let Some((port, address)) = listen.all().into_iter().find(open) else { return Ok(tls) };
        let remedy = match port {
            Port::Http => "bind it to a loopback address",
            Port::Openflow | Port::Peer | Port::Admin => "set tls.dir (baton pki issue node)",
        };
        let problem = format!(
            "{address} would speak plain text to the network; {remedy}, or ask for it: tls.plain = [\"{port}\"]"
        );
        Err(ConfigError::new(format!("listen.{port}"), problem))
    }

    /// Returns whether a port speaks plain text: those of HTTP always do.
    pub fn is_plain(&self, port: Port) -> bool {
        port == Port::Http || self.dir.is_none() || self.plain.contains(&port)
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Openflow => "openflow",
            Self::Peer => "peer",
            Self::Admin => "admin",
            Self::Http => "http",
        })
    }
}

impl Listen {
    /// Returns every port and its address.
    pub fn all(&self) -> [(Port, SocketAddr); 4] {
        [
            (Port::Openflow, self.openflow),
            (Port::Peer, self.peer),
            (Port::Admin, self.admin),
            (Port::Http, self.http),
        ]
    }

    fn distinct(&self) -> Result<(), ConfigError> {
        let all = self.all();
        for (index, (port, address)) in all.iter().enumerate() {
            let same = |(_, other): &&(Port, SocketAddr)| other == address && address.port() != 0;
            if let Some((other, _)) = all[..index].iter().find(same) {
                let problem = format!("{address} is listen.{other} already; choose another port");
                return Err(ConfigError::new(format!("listen.{port}"), problem));
            }
        }
        Ok(())
    }

    /// Returns the peer address of a node that is not among the first members.
    fn peer_from_outside(&self, advertised: Option<&str>) -> Result<String, ConfigError> {
        let address = match advertised {
            Some(host) => format!("{host}:{}", self.peer.port()),
            None if self.peer.ip().is_unspecified() => {
                let problem = format!(
                    "missing, and {} says nothing to the other nodes; name this node's host",
                    self.peer
                );
                return Err(ConfigError::new("listen.advertise", problem));
            }
            None => self.peer.to_string(),
        };
        if is_host_port(&address) || self.peer.port() == 0 {
            return Ok(address);
        }
        let problem =
            format!("expected a host, like 10.0.0.1, not {:?}", advertised.unwrap_or_default());
        Err(ConfigError::new("listen.advertise", problem))
    }

    /// Returns what the others are told: a wildcard address says nothing to them, so there the host of
    /// this node's own entry among the members stands in.
    fn seen_from_outside(&self, own: &str) -> Addresses {
        let host = own.rsplit_once(':').map_or(own, |(host, _)| host);
        let seen = |address: SocketAddr| {
            if address.ip().is_unspecified() {
                format!("{host}:{}", address.port())
            } else {
                address.to_string()
            }
        };
        Addresses {
            openflow: seen(self.openflow),
            peer: own.to_owned(),
            admin: seen(self.admin),
            http: seen(self.http),
        }
    }
}

impl TryFrom<&file::TimingSection> for Timing {
    type Error = ConfigError;

    /// The rules are those that `consensus` needs to keep leases and elections apart.
    fn try_from(section: &file::TimingSection) -> Result<Self, ConfigError> {
        let at_least = |key: &str, value: u64, least: u64, why: &str| {
            let problem = format!("must be at least {least}{why}, not {value}");
            if value >= least { Ok(()) } else { Err(ConfigError::new(key, problem)) }
        };
        let beat = section.heartbeat_ms;
        for (key, value) in [
            ("timing.heartbeat_ms", beat),
            ("timing.election_min_ms", section.election_min_ms),
            ("timing.election_max_ms", section.election_max_ms),
            ("timing.lease_ms", section.lease_ms),
            ("timing.detect_ms", section.detect_ms),
            ("timing.settle_ms", section.settle_ms),
            ("timing.grace_ms", section.grace_ms),
            ("timing.drain_ms", section.drain_ms),
        ] {
            if value > MAX_MS {
                let problem = format!("must be at most {MAX_MS} (an hour), not {value}");
                return Err(ConfigError::new(key, problem));
            }
        }
        at_least("timing.heartbeat_ms", beat, 10, "")?;
        let (min, max) = (section.election_min_ms, section.election_max_ms);
        at_least("timing.election_max_ms", max, min + 1, " (above election_min_ms)")?;
        let why = " (half of election_max_ms and 2 heartbeats)";
        at_least("timing.election_min_ms", min, max / 2 + 2 * beat, why)?;
        let lease = section.lease_ms;
        at_least("timing.lease_ms", lease, 4 * beat, " (4 heartbeats)")?;
        let why = " (lease_ms and a tenth)";
        at_least("timing.detect_ms", section.detect_ms, lease + lease.div_ceil(10), why)?;
        Ok(Self {
            heartbeat: Duration::from_millis(beat),
            election_min: Duration::from_millis(min),
            election_max: Duration::from_millis(max),
            lease: Duration::from_millis(lease),
            detect: Duration::from_millis(section.detect_ms),
            settle: Duration::from_millis(section.settle_ms),
            grace: Duration::from_millis(section.grace_ms),
            drain: Duration::from_millis(section.drain_ms),
        })
    }
}

impl TryFrom<&file::LimitsSection> for Limits {
    type Error = ConfigError;

    fn try_from(section: &file::LimitsSection) -> Result<Self, ConfigError> {
        let within = |key: &str, value: usize, least: usize, most: usize| {
            let problem = format!("must be {least} to {most}, not {value}");
            let fits = (least..=most).contains(&value);
            if fits { Ok(value) } else { Err(ConfigError::new(format!("limits.{key}"), problem)) }
        };
        Ok(Self {
            held: Limit {
                packets: within("held_packets", section.held_packets, 1, 10_000_000)?,
                // Room for the largest OpenFlow message.
                bytes: within("held_bytes", section.held_bytes, 1 << 16, 1 << 40)?,
            },
            inbound_migrations: within(
                "inbound_migrations",
                section.inbound_migrations,
                1,
                65_536,
            )?,
            sessions: within("sessions", section.sessions, 1, 65_536)?,
        })
    }
}

impl TryFrom<file::LogSection> for Log {
    type Error = ConfigError;

    fn try_from(section: file::LogSection) -> Result<Self, ConfigError> {
        let file::LogSection { format, level } = section;
        match tracing_subscriber::EnvFilter::builder().parse(&level) {
            Ok(_) => Ok(Self { format, level }),
            Err(_) => {
                let expected = "expected error, warn, info, debug, trace or module=level, …";
                Err(ConfigError::new("log.level", format!("{expected}, not {level:?}")))
            }
        }
    }
}

fn node_id(key: &str, text: &str) -> Result<NodeId, ConfigError> {
    match text.parse() {
        Ok(id) if id > 0 => Ok(NodeId(id)),
        Ok(_) | Err(_) => {
            Err(ConfigError::new(key, format!("a node's id is a number from 1, not {text:?}")))
        }
    }
}

fn members(written: BTreeMap<String, String>) -> Result<BTreeMap<NodeId, String>, ConfigError> {
    if written.len() > MAX_MEMBERS {
        let problem = format!("at most {MAX_MEMBERS} members, not {}", written.len());
        return Err(ConfigError::new("cluster.members", problem));
    }
    let mut members = BTreeMap::new();
    for (id, address) in written {
        let key = format!("cluster.members.{id}");
        let node = node_id(&key, &id)?;
        if !is_host_port(&address) {
            let problem = format!("expected HOST:PORT, like 10.0.0.1:6654, not {address:?}");
            return Err(ConfigError::new(key, problem));
        }
        if let Some((other, _)) = members.iter().find(|(_, taken)| **taken == address) {
            let problem = format!("{address} is node {other}'s already; each has its own");
            return Err(ConfigError::new(key, problem));
        }
        if members.insert(node, address).is_some() {
            return Err(ConfigError::new(key, format!("node {node} is named twice")));
        }
    }
    Ok(members)
}

/// Returns whether a text is `HOST:PORT` as another machine can use it.
pub(crate) fn is_host_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
    let wildcard = ["0.0.0.0", "[::]"].contains(&host);
    let spaced = text.contains(|c: char| c.is_whitespace() || c == '/');
    let port_ok = port.parse::<u16>().is_ok_and(|port| port != 0);
    !host.is_empty() && !bare_v6 && !wildcard && !spaced && port_ok
}

fn versions(written: &[String]) -> Result<Vec<Version>, ConfigError> {
    let known = || Version::ALL.map(|version| format!("\"{version}\"")).join(", ");
    let mut versions = Vec::new();
    for text in written {
        match text.parse() {
            Ok(version) if !versions.contains(&version) => versions.push(version),
            Ok(_) => {}
            Err(_) => {
                let problem = format!("unknown version {text:?}; known: {}", known());
                return Err(ConfigError::new("openflow.versions", problem));
            }
        }
    }
    if versions.is_empty() {
        let problem = format!("empty: no switch could connect; known: {}", known());
        return Err(ConfigError::new("openflow.versions", problem));
    }
    versions.sort_by_key(|version: &Version| version.wire());
    Ok(versions)
}

fn line_of(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    let line = text.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count();
    format!("line {}", line + 1)
}

const MAX_MS: u64 = 3_600_000;
const MAX_MEMBERS: usize = 9;
