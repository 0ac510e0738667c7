//! The command line: noun, then verb.

use super::advice;
use super::out::Format;
use crate::pki::Authority;
use crate::tls::Role;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use migration::NodeId;
use migration::ownership::{MAX_PARALLEL, MigrationId, Protocol, Rule};
use openflow::{Dpid, Version};
use rustls::pki_types::ServerName;
use std::path::PathBuf;
use std::time::Duration;

/// A distributed SDN control plane that moves switches between controllers under traffic.
#[derive(Debug, Parser)]
#[command(name = "baton", version, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// What every verb takes.
#[derive(Args, Clone, Debug)]
pub(super) struct Common {
    /// Admin addresses of nodes, tried in turn until one answers
    #[arg(long, global = true, env = "BATON_ADMIN", value_name = "HOST:PORT[,…]")]
    #[arg(value_delimiter = ',', default_value = "127.0.0.1:6655", hide_env_values = true)]
    pub(super) admin: Vec<String>,
    /// Your folder of certificates, as `baton pki issue person` makes it; without it nodes are asked in plain text
    #[arg(long, global = true, env = "BATON_TLS", value_name = "DIR", hide_env_values = true)]
    pub(super) tls: Option<PathBuf>,
    /// How the answer is printed
    #[arg(short, long, global = true, value_enum, default_value_t)]
    pub(super) output: Format,
    /// How long to wait, like 5s or 500ms [default: 5s; 1m for what moves switches or lets nodes in]
    #[arg(long, global = true, value_parser = duration)]
    pub(super) timeout: Option<Duration>,
}

impl Common {
    /// Returns how long to wait for an answer.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }
}

/// How new an answer must be.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(super) struct View {
    /// Show what the answering node has, which may be old; works without a majority
    ///
    /// Otherwise the answer shows all that any node had acknowledged when it was asked.
    #[arg(long)]
    pub(super) stale: bool,
}

impl View {
    /// Returns whether the answer is to be as new as the question.
    pub(super) fn is_linearizable(self) -> bool {
        !self.stale
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run a controller node
    #[command(after_help = "Examples:
  baton run --config node.toml
  BATON_NODE__ID=2 BATON_LOG__LEVEL=debug baton run --config node.toml
  baton run --config node4.toml --join 10.0.0.1:6654,10.0.0.2:6654
  baton run --config node4.toml --join 10.0.0.1:6654 --replace 2
  baton run --config node.toml --protocols OpenFlow10,OpenFlow13")]
    Run {
        /// The node's configuration; `baton config example` prints one
        #[arg(long, short, value_name = "FILE")]
        config: PathBuf,
        /// Join the running cluster that these are members of: peer addresses, tried in turn
        ///
        /// The data directory is to be empty, and the number new. A node that has joined before just goes on.
        #[arg(long, value_name = "HOST:PORT[,…]", value_delimiter = ',')]
        join: Vec<String>,
        /// The dead node whose place it takes
        #[arg(long, value_name = "NODE", value_parser = node, requires = "join")]
        replace: Option<NodeId>,
        /// Versions of OpenFlow to speak, as Open vSwitch writes them or 1.3,1.4; those of `openflow.versions` otherwise
        ///
        /// With each switch the highest is spoken that both sides know.
        #[arg(long, value_name = "VERSION[,…]", value_delimiter = ',', value_parser = version)]
        protocols: Vec<Version>,
    },
    /// The cluster on one screen; exits 0 if it does its work, 5 if not
    #[command(after_help = "Examples:
  baton status
  baton status --admin 10.0.0.1:6655,10.0.0.2:6655 -o json")]
    Status,
    /// Controller nodes
    #[command(subcommand)]
    Node(NodeVerb),
    /// Switches
    #[command(subcommand)]
    Switch(SwitchVerb),
    /// Move a switch to another node
    #[command(after_help = "Examples:
  baton migrate 1 --to 2 --reason 'node 1 is hot'
  baton migrate 1 --candidates 2,3,4
  baton migrate 1 --candidates 2,3,4 --rule score
  baton migrate 1 --auto
  baton migrate 1 --auto=2 --rule ready-first
  baton migrate 1 --to 2 --protocol erc-m2e-s2m
  baton migrate 00:00:00:00:00:00:00:0a --to 3 --timeout 2s -o json
  baton migrate 1 --to 2 --dry-run
  baton migrate 1 --to 2 --no-wait")]
    Migrate(Migrate),
    /// Migrations, running and finished
    #[command(subcommand)]
    Migration(MigrationVerb),
    /// The cluster's state in a file, and a new cluster made of one
    #[command(subcommand)]
    Snapshot(SnapshotVerb),
    /// Keys and certificates of nodes, switches and people
    #[command(subcommand)]
    Pki(PkiVerb),
    /// Decode OpenFlow messages: hexadecimal on standard input, one a line, to JSON, one object a line
    #[command(after_help = "Examples:
  echo 0402000800000001 | baton decode")]
    Decode,
    /// Configuration files
    #[command(subcommand)]
    Config(ConfigVerb),
}

#[derive(Debug, Subcommand)]
pub(super) enum NodeVerb {
    /// Every node that ever registered
    #[command(after_help = "Examples:
  baton node list -o wide")]
    List {
        #[command(flatten)]
        view: View,
    },
    /// One node: its state, addresses, cordon and drain
    #[command(after_help = "Examples:
  baton node show 2")]
    Show {
        /// Number of the node
        #[arg(value_parser = node)]
        node: NodeId,
    },
    /// Give a node no more switches; it keeps those that it has
    #[command(after_help = "Examples:
  baton node cordon 2 --reason 'new disk on Monday'")]
    Cordon {
        /// Number of the node
        #[arg(value_parser = node)]
        node: NodeId,
        /// Why, for the record
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Only check whether it could be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Let a node be given switches again; cancels its drain
    #[command(after_help = "Examples:
  baton node uncordon 2")]
    Uncordon {
        /// Number of the node
        #[arg(value_parser = node)]
        node: NodeId,
        /// Only check whether it could be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Move a node's switches to others, live; it stays cordoned
    #[command(after_help = "Examples:
  baton node drain 2 --dry-run
  baton node drain 2 --reason 'new disk' --timeout 2m
  baton node drain 2 --parallel 1 --no-wait")]
    Drain(NodeDrain),
    /// Let a started, empty node in
    #[command(after_help = "Examples:
  baton node add 4 10.0.0.4:6654
  baton node add 4 10.0.0.4:6654 --replace 2")]
    Add(NodeAdd),
    /// Remove a node for ever: its number is never used again
    #[command(after_help = "Examples:
  baton node remove 2 --dry-run
  baton node remove 2 --reason 'sold'
  baton node remove 2 --force-dead")]
    Remove(NodeRemove),
}

#[derive(Args, Clone, Debug)]
pub(super) struct NodeDrain {
    /// Number of the node
    #[arg(value_parser = node)]
    pub(super) node: NodeId,
    /// Switches on the move at once
    #[arg(long, default_value_t = 4, value_name = "SWITCHES")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PARALLEL)))]
    pub(super) parallel: u32,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
    /// Return as soon as it has begun
    #[arg(long)]
    pub(super) no_wait: bool,
    /// Only print where each switch would go
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Args, Clone, Debug)]
pub(super) struct NodeAdd {
    /// Number of the node; one that no other ever had
    #[arg(value_parser = node)]
    pub(super) node: NodeId,
    /// Where it listens for other nodes
    #[arg(value_name = "HOST:PORT")]
    pub(super) peer_address: String,
    /// The dead node whose place it takes
    #[arg(long, value_name = "NODE", value_parser = node)]
    pub(super) replace: Option<NodeId>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
    /// Only check whether it could be let in
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Args, Clone, Debug)]
pub(super) struct NodeRemove {
    /// Number of the node
    #[arg(value_parser = node)]
    pub(super) node: NodeId,
    /// It is down, and will never come back
    #[arg(long)]
    pub(super) force_dead: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
    /// Only check whether it could be removed
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SwitchVerb {
    /// Every switch that was ever seen
    #[command(after_help = "Examples:
  baton switch list
  baton switch list --owner 2 -o json
  baton switch list --stale --admin 10.0.0.1:6655")]
    List {
        /// Only switches that this node owns
        #[arg(long, value_name = "NODE", value_parser = node)]
        owner: Option<NodeId>,
        #[command(flatten)]
        view: View,
    },
    /// One switch: owner, token, and the role that the switch has told each connected node
    #[command(after_help = "Examples:
  baton switch show 1")]
    Show {
        /// Datapath id, hexadecimal
        dpid: Dpid,
        #[command(flatten)]
        view: View,
    },
    /// Changes of ownership of one switch: who, when, why
    #[command(after_help = "Examples:
  baton switch history 1 -o wide")]
    History {
        /// Datapath id, hexadecimal
        dpid: Dpid,
        #[command(flatten)]
        view: View,
    },
}

#[derive(Args, Clone, Debug)]
pub(super) struct Migrate {
    /// Datapath id of the switch, hexadecimal
    pub(super) dpid: Dpid,
    /// Node that it shall move to
    #[arg(long, value_name = "NODE", value_parser = node)]
    #[arg(required_unless_present_any = ["candidates", "auto"])]
    #[arg(conflicts_with_all = ["candidates", "auto"])]
    pub(super) to: Option<NodeId>,
    /// Nodes that race for it, up to 8
    ///
    /// All are asked at once; the owner hands the switch to one of them on the way, by the rule, and the others
    /// step back.
    #[arg(long, value_name = "NODE,…", value_delimiter = ',', value_parser = node)]
    #[arg(conflicts_with = "auto")]
    pub(super) candidates: Vec<NodeId>,
    /// Lets the least loaded nodes that could take it race for it; 3, if no number is given
    ///
    /// The least loaded owns the fewest switches. A protocol that takes one candidate gets the first of them.
    #[arg(long, value_name = "NODES", num_args = 0..=1, default_missing_value = "3")]
    #[arg(require_equals = true, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub(super) auto: Option<u32>,
    /// How it moves: which roles change, and what marks the place of the change
    #[arg(long, default_value_t, value_parser = protocol())]
    pub(super) protocol: Protocol,
    /// How the winner is chosen among several candidates; nothing to choose with --to
    #[arg(long, default_value_t, value_parser = rule())]
    pub(super) rule: Rule,
    /// Why, for the audit trail
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
    /// Return as soon as it is open
    #[arg(long)]
    pub(super) no_wait: bool,
    /// Only check whether it could open
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum MigrationVerb {
    /// Migrations under way, and the last finished ones
    #[command(after_help = "Examples:
  baton migration list --running
  baton migration list --switch 1 -o json")]
    List {
        /// Only those that move this switch
        #[arg(long, value_name = "DPID")]
        switch: Option<Dpid>,
        /// Only those under way
        #[arg(long)]
        running: bool,
        #[command(flatten)]
        view: View,
    },
    /// One migration, with its hand-over as a chart
    #[command(after_help = "Examples:
  baton migration show 17")]
    Show {
        /// Number of the migration
        #[arg(value_parser = migration_id)]
        id: MigrationId,
        #[command(flatten)]
        view: View,
    },
    /// Follow one migration to its end, or all of them until interrupted
    #[command(after_help = "Examples:
  baton migration watch
  baton migration watch 17 -o json")]
    Watch {
        /// Number of the migration
        #[arg(value_parser = migration_id)]
        id: Option<MigrationId>,
    },
    /// Give up a migration that is not committed yet
    #[command(after_help = "Examples:
  baton migration cancel 17")]
    Cancel {
        /// Number of the migration
        #[arg(value_parser = migration_id)]
        id: MigrationId,
        /// Only check whether it could be cancelled
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum SnapshotVerb {
    /// Save the state to a file; any node gives it, as of now
    #[command(after_help = "Examples:
  baton snapshot save /backup/baton-$(date +%F).snapshot
  baton snapshot save state.snapshot --admin 10.0.0.1:6655,10.0.0.2:6655 -o json")]
    Save {
        /// Where to write it; replaced as a whole if it exists
        file: PathBuf,
    },
    /// Check a file, without any cluster, and say what is in it; exits 1 if it is damaged
    #[command(after_help = "Examples:
  baton snapshot verify state.snapshot
  baton snapshot verify state.snapshot -o json")]
    Verify {
        /// The file
        file: PathBuf,
    },
    /// Make the data directory of a node of a new cluster; exits 4 if the directory is not empty
    ///
    /// Every member of the new cluster is restored from the same file, each on its own machine, before any of them
    /// is started. Stop all nodes of the old cluster first.
    #[command(after_help = "Examples:
  baton snapshot restore state.snapshot --config node.toml
  baton snapshot restore state.snapshot --config node.toml --dry-run
  baton snapshot restore state.snapshot --config node.toml --members 1=10.0.1.1:6654,2=10.0.1.2:6654
  baton snapshot restore state.snapshot --config node.toml --label second-try")]
    Restore(Restore),
}

#[derive(Args, Clone, Debug)]
pub(super) struct Restore {
    /// The file
    pub(super) file: PathBuf,
    /// The node's configuration: its id, its data directory, and the members of the new cluster
    #[arg(long, short, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Members of the new cluster, if not those of the configuration
    #[arg(long, value_name = "NODE=HOST:PORT,…", value_delimiter = ',', value_parser = member)]
    pub(super) members: Vec<(NodeId, String)>,
    /// Tells this restore from another one of the same file to the same members; the same at all of them
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) label: String,
    /// Only check whether it could be restored
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum PkiVerb {
    /// Make the three authorities: one for nodes, one for switches, one for people
    ///
    /// Whoever has one of their keys can be anybody: keep DIR/ca where only you can read it.
    #[command(after_help = "Examples:
  baton pki init
  baton pki init /secure/pki --days 1825")]
    Init {
        /// The folder to make
        #[arg(env = "BATON_PKI", default_value = "pki", hide_env_values = true)]
        dir: PathBuf,
        /// Days for which they count
        #[arg(long, default_value_t = AUTHORITY_DAYS, value_parser = days())]
        days: u32,
        /// Only check whether it could be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Make a key and a certificate, in a folder that can be used as it is
    #[command(subcommand)]
    Issue(PkiIssue),
    /// Replace a key and its certificate, or roll an authority over
    ///
    /// The new certificate has the names of the old one, and takes its place in one step. Copy the folder to where it
    /// is used under another name, and rename it there.
    ///
    /// An authority is rolled over in two steps. The first makes a new one that signs from now on, and is trusted
    /// beside the old one by every folder. Copy the folders to where they are used, then rotate each that the old one
    /// has signed and copy it again; `--finish` then drops the old one, and the folders are copied a last time.
    #[command(after_help = "Examples:
  baton pki rotate node-1
  baton pki rotate person-ann --days 90
  baton pki rotate ca node
  baton pki rotate ca node --finish")]
    Rotate(PkiRotate),
    /// What certificates say: of a file, of a folder, or all; warns of those that end within 30 days
    #[command(after_help = "Examples:
  baton pki show
  baton pki show pki/node-1 -o wide
  baton pki show cert.pem -o json")]
    Show {
        /// The file or folder
        #[arg(env = "BATON_PKI", default_value = "pki", hide_env_values = true)]
        path: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PkiIssue {
    /// For a node: the folder that `[tls] dir` of its configuration names
    #[command(after_help = "Examples:
  baton pki issue node 1 --host 10.0.0.1 --host ctl1.example.org")]
    Node {
        /// Number of the node
        #[arg(value_parser = node)]
        node: NodeId,
        /// A name or address under which it is dialled
        #[arg(long, value_name = "NAME_OR_IP", required = true, value_parser = host)]
        host: Vec<String>,
        #[command(flatten)]
        how: PkiHow,
    },
    /// For a switch: the files that `ovs-vsctl set-ssl` takes; prints that command
    #[command(after_help = "Examples:
  baton pki issue switch s1 --dpid 1
  baton pki issue switch s1 --dpid 00:00:00:00:00:00:00:0a --days 730")]
    Switch {
        /// What it is called
        #[arg(value_parser = crate::tls::name)]
        name: String,
        /// Datapath id, hexadecimal, that it may have
        #[arg(long)]
        dpid: Vec<Dpid>,
        #[command(flatten)]
        how: PkiHow,
    },
    /// For somebody who uses this command line
    #[command(after_help = "Examples:
  baton pki issue person ann --role operator
  baton pki issue person bob --role viewer --days 30")]
    Person {
        /// What they are called
        #[arg(value_parser = crate::tls::name)]
        name: String,
        /// What they may do: look; move switches and empty nodes; let nodes in and out
        #[arg(long, value_parser = role())]
        role: Role,
        #[command(flatten)]
        how: PkiHow,
    },
}

#[derive(Args, Clone, Debug)]
pub(super) struct PkiHow {
    /// The folder of the authorities
    #[arg(long, value_name = "DIR", env = "BATON_PKI", default_value = "pki")]
    #[arg(hide_env_values = true)]
    pub(super) dir: PathBuf,
    /// Days for which it counts
    #[arg(long, default_value_t = DAYS, value_parser = days())]
    pub(super) days: u32,
    /// Only check whether it could be done
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Args, Clone, Debug)]
pub(super) struct PkiRotate {
    /// Name of the folder, like node-1; or `ca`
    #[arg(value_name = "FOLDER|ca", value_parser = folder)]
    pub(super) what: String,
    /// Which authority
    #[arg(value_enum, required_if_eq("what", "ca"))]
    pub(super) authority: Option<Authority>,
    /// End the roll-over of an authority: the old one is trusted no more
    #[arg(long, requires = "authority", conflicts_with = "days")]
    pub(super) finish: bool,
    /// The folder of the authorities
    #[arg(long, value_name = "DIR", env = "BATON_PKI", default_value = "pki")]
    #[arg(hide_env_values = true)]
    pub(super) dir: PathBuf,
    /// Days for which it counts [default: 365; 3650 for an authority]
    #[arg(long, value_parser = days())]
    pub(super) days: Option<u32>,
    /// Only check whether it could be done
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl PkiRotate {
    /// Returns for how many days the new certificate counts.
    pub(super) fn days(&self) -> u32 {
        self.days.unwrap_or(if self.authority.is_some() { AUTHORITY_DAYS } else { DAYS })
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigVerb {
    /// Check a file, the environment over it, and print what would hold; exits 2 if it is wrong
    #[command(after_help = "Examples:
  baton config check node.toml
  BATON_NODE__ID=2 baton config check node.toml -o json")]
    Check {
        /// The file
        file: PathBuf,
    },
    /// Print a file that documents every key and its default
    Example,
}

fn protocol() -> impl TypedValueParser<Value = Protocol> {
    let known = |it: Protocol| PossibleValue::new(it.name()).help(advice::on_protocol(it));
    PossibleValuesParser::new(Protocol::ALL.map(known)).try_map(|name| name.parse::<Protocol>())
}

fn rule() -> impl TypedValueParser<Value = Rule> {
    let known = |it: Rule| PossibleValue::new(it.name()).help(advice::on_rule(it));
    PossibleValuesParser::new(Rule::ALL.map(known)).try_map(|name| name.parse::<Rule>())
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::name)).try_map(|name| name.parse::<Role>())
}

fn days() -> impl TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(1..=MAX_DAYS)
}

fn folder(text: &str) -> Result<String, &'static str> {
    let kinds = ["node-", "switch-", "person-"];
    match kinds.iter().find_map(|kind| text.strip_prefix(kind)).map(crate::tls::name) {
        None if text == "ca" => Ok(text.to_owned()),
        Some(Ok(_)) => Ok(text.to_owned()),
        None | Some(Err(_)) => Err("expected the name of a folder, like node-1, or `ca`"),
    }
}

fn host(text: &str) -> Result<String, &'static str> {
    let known = ServerName::try_from(text).map(|_| text.to_owned());
    known.map_err(|_| "expected a host name or an IP address, without a port")
}

fn node(text: &str) -> Result<NodeId, &'static str> {
    number(text).map(NodeId)
}

fn version(text: &str) -> Result<Version, String> {
    let named = |version: &Version| {
        text.strip_prefix("OpenFlow") == Some(&version.to_string().replace('.', ""))
    };
    let known = || Version::ALL.map(|version| version.to_string()).join(", ");
    let version = text.parse().ok().or_else(|| Version::ALL.into_iter().find(named));
    version.ok_or_else(|| format!("expected one of {}", known()))
}

fn member(text: &str) -> Result<(NodeId, String), &'static str> {
    let (id, address) = text.split_once('=').ok_or("expected NODE=HOST:PORT")?;
    if !address.contains(':') {
        return Err("expected NODE=HOST:PORT");
    }
    Ok((node(id)?, address.to_owned()))
}

fn migration_id(text: &str) -> Result<MigrationId, &'static str> {
    number(text).map(MigrationId)
}

fn number(text: &str) -> Result<u64, &'static str> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err("expected a number from 1"),
    }
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000)];
    let ms = units.into_iter().find_map(|(unit, ms)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(ms)
    });
    match ms {
        Some(ms @ 1..=MAX_TIMEOUT_MS) => Ok(Duration::from_millis(ms)),
        Some(_) | None => Err("expected 1ms to 10m, like 500ms, 5s or 1m"),
    }
}

const DAYS: u32 = 365;
const AUTHORITY_DAYS: u32 = 3_650;
const MAX_DAYS: i64 = 36_500;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_TIMEOUT_MS: u64 = 600_000;

const EXIT_CODES: &str = "\
Exit codes:
  0 done            3 not found             6 timed out, and still running
  1 failed          4 refused by a guard    7 partly done
  2 usage           5 cluster unhealthy     8 not authorised";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_has_an_example() {
        fn check(command: &clap::Command) {
            if command.has_subcommands() {
                return command.get_subcommands().for_each(check);
            }
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let example = help.starts_with("Examples:\n") && help.contains("baton ");
            assert!(example || command.get_name() == "example", "{}", command.get_name());
        }
        check(&Cli::command());
    }

    #[test]
    fn durations_have_units_and_bounds() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "5", "0s", "-1s", "11m", "s", "1h", "99999999999999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn versions_have_the_names_of_open_vswitch_too() {
        assert_eq!(version("1.3"), Ok(Version::V1_3));
        assert_eq!(version("OpenFlow14"), Ok(Version::V1_4));
        for text in ["", "1.2", "13", "OpenFlow1.3", "openflow13"] {
            assert!(version(text).is_err(), "{text}");
        }
    }
}
