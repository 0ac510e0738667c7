//! The configuration file as it is written, with the default of every key.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `node.toml`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// `[node]`
    pub node: NodeSection,
    /// `[listen]`
    #[serde(default)]
    pub listen: ListenSection,
    /// `[tls]`
    #[serde(default)]
    pub tls: TlsSection,
    /// `[cluster]`
    #[serde(default)]
    pub cluster: ClusterSection,
    /// `[timing]`
    #[serde(default)]
    pub timing: TimingSection,
    /// `[limits]`
    #[serde(default)]
    pub limits: LimitsSection,
    /// `[openflow]`
    #[serde(default)]
    pub openflow: OpenflowSection,
    /// `[lab]`
    #[serde(default)]
    pub lab: LabSection,
    /// `[log]`
    #[serde(default)]
    pub log: LogSection,
}

/// `[node]`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSection {
    /// Number of this node.
    pub id: u64,
    /// Where everything that lasts is kept.
    pub data_dir: PathBuf,
}

/// `[listen]`, each `IP:PORT`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListenSection {
    /// For switches.
    pub openflow: String,
    /// For other nodes.
    pub peer: String,
    /// For the command line.
    pub admin: String,
    /// For metrics and health.
    pub http: String,
    /// Host that the others are told for a wildcard address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertise: Option<String>,
}

impl Default for ListenSection {
    fn default() -> Self {
        let [openflow, peer, admin, http] =
            [6653, 6654, 6655, 6656].map(|port| format!("127.0.0.1:{port}"));
        Self { openflow, peer, admin, http, advertise: None }
    }
}

/// `[tls]`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSection {
    /// This node's folder of certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// Ports that speak plain text all the same.
    pub plain: Vec<Port>,
}

/// A port of a node, as `[listen]` names it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Port {
    /// For switches.
    Openflow,
    /// For other nodes.
    Peer,
    /// For the command line.
    Admin,
    /// For metrics and health.
    Http,
}

/// `[cluster]`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterSection {
    /// First members: node id (TOML's keys are strings) and peer address.
    pub members: BTreeMap<String, String>,
}

/// `[timing]`, in milliseconds
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimingSection {
    /// Period of the leader's heartbeats.
    pub heartbeat_ms: u64,
    /// Least silence of the leader before an election.
    pub election_min_ms: u64,
    /// Greatest silence of the leader before an election.
    pub election_max_ms: u64,
    /// How long contact with a majority counts.
    pub lease_ms: u64,
    /// Silence after which a node counts as dead.
    pub detect_ms: u64,
    /// How long a switch without an owner waits for all nodes to connect.
    pub settle_ms: u64,
    /// How long a lost session may take to come back.
    pub grace_ms: u64,
    /// How long a node that is asked to stop hands its switches over.
    pub drain_ms: u64,
}

impl Default for TimingSection {
    fn default() -> Self {
        Self {
            heartbeat_ms: 50,
            election_min_ms: 350,
            election_max_ms: 500,
            lease_ms: 320,
            detect_ms: 400,
            settle_ms: 1_000,
            grace_ms: 300,
            drain_ms: 20_000,
        }
    }
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsSection {
    /// Packet-ins held back for one switch.
    pub held_packets: usize,
    /// Bytes of packet-ins held back for one switch.
    pub held_bytes: usize,
    /// Migrations that the node takes part in at once as a candidate.
    pub inbound_migrations: usize,
    /// Sessions with switches.
    pub sessions: usize,
}

impl Default for LimitsSection {
    fn default() -> Self {
        let held = migration::gate::Limit::default();
        Self {
            held_packets: held.packets,
            held_bytes: held.bytes,
            inbound_migrations: 16,
            sessions: 1_024,
        }
    }
}

/// `[openflow]`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenflowSection {
    /// Versions that are offered to switches.
    pub versions: Vec<String>,
}

impl Default for OpenflowSection {
    fn default() -> Self {
        Self { versions: openflow::Version::ALL.iter().map(ToString::to_string).collect() }
    }
}

/// `[lab]`: for experiments
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabSection {
    /// Lets migrations run by protocols that lose packet-ins.
    pub unsafe_protocols: bool,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSection {
    /// `text` or `json`.
    pub format: LogFormat,
    /// A level, or levels per module.
    pub level: String,
}

impl Default for LogSection {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info,openraft=warn".to_owned() }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
