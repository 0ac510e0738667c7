//! What can be asked of [`super::Ownership`], and what it answers.

use super::{
    AbortReason, Addresses, DrainId, DrainOrder, Link, MAX_CANDIDATES, MAX_LINKS, MAX_RETIRED,
    MAX_SWITCHES, MigrationId, NodeId, Protocol, Rule, Sighting, Token,
};
use crate::report::Report;
use openflow::Dpid;
use serde::{Deserialize, Serialize};

/// One entry of the log: who asks for what.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Command {
    /// Who asks, for the audit trail: a person, or `node N`.
    pub actor: String,
    /// Wall clock of the proposer, in milliseconds since 1970; for people, never compared.
    pub at_ms: u64,
    /// What is asked.
    pub op: Op,
}

/// What is asked of the ownership state.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum Op {
    /// A node's process has started: it is up, and has no sessions yet.
    Register {
        /// The node.
        node: NodeId,
        /// Number of this run of its process.
        boot: u64,
        /// Where to reach it.
        addresses: Addresses,
    },
    /// A node's sessions with switches have come and gone.
    Connected {
        /// The node.
        node: NodeId,
        /// Run of its process that had those sessions.
        boot: u64,
        /// Sessions that came, or about which there is news.
        up: Vec<Sighting>,
        /// Sessions that went, and did not come back within the grace time.
        down: Vec<Dpid>,
    },
    /// Nodes were not heard of for longer than a lease, each named with the run that fell silent.
    NodesDown {
        /// Node and run of its process.
        nodes: Vec<(NodeId, u64)>,
    },
    /// A switch that nobody answers for needs an owner.
    Assign {
        /// The switch.
        dpid: Dpid,
        /// Its token, as the proposer saw it.
        token: Token,
    },
    /// A switch is to move.
    Open(Wish),
    /// The source has seen the winner's marker, or needs none: the point of no return.
    Commit {
        /// The migration.
        id: MigrationId,
        /// The token reserved for it.
        token: Token,
        /// The candidate that the switch moves to.
        winner: NodeId,
    },
    /// An open migration is given up.
    Abort {
        /// The migration.
        id: MigrationId,
        /// Why.
        reason: AbortReason,
    },
    /// The winner is master and has processed what it held back.
    Finish {
        /// The migration.
        id: MigrationId,
        /// The node that is master now.
        winner: NodeId,
        /// What the parties measured.
        report: Report,
    },
    /// Links between switches were found or lost.
    Links(LinkChange),
    /// A node is to be given no more switches, whatever becomes of its process.
    Cordon {
        /// The node.
        node: NodeId,
        /// Why, in the words of whoever asks.
        reason: String,
    },
    /// A node may be given switches again; cancels an operator's drain.
    Uncordon {
        /// The node.
        node: NodeId,
    },
    /// A node is to give its switches away.
    Drain {
        /// The node.
        node: NodeId,
        /// How it is to be done.
        order: DrainOrder,
        /// The run of the node's process that asks for it because it is about to end; nothing if an operator asks.
        leaves: Option<u64>,
    },
    /// Nothing more will be moved by a drain.
    EndDrain {
        /// The node.
        node: NodeId,
        /// The drain.
        id: DrainId,
    },
    /// A node's process ends in order; it has fallen silent before it says so.
    Leave {
        /// The node.
        node: NodeId,
        /// Run of its process.
        boot: u64,
    },
    /// A node is removed for ever: its number is never used again.
    Retire {
        /// The node.
        node: NodeId,
        /// Why, in the words of whoever asks.
        reason: String,
    },
}

/// A switch's move, as it is asked for.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Wish {
    /// The switch.
    pub dpid: Dpid,
    /// Nodes that it may move to, the preferred one first.
    pub candidates: Vec<NodeId>,
    /// How it moves.
    pub protocol: Protocol,
    /// How the winner is chosen.
    pub rule: Rule,
    /// Why, in the words of whoever asks.
    pub reason: String,
    /// Time that it has, in milliseconds.
    pub deadline_ms: u64,
    /// What its markers carry: a number that nobody can guess.
    pub nonce: u64,
}

/// Links that were found or lost since the last such change.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct LinkChange {
    /// Links that a discovery frame crossed.
    pub up: Vec<Link>,
    /// Links that are gone.
    pub down: Vec<Link>,
}

/// What a command came to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reply {
    /// What was done, or why nothing changed.
    pub result: Result<Done, Refusal>,
    /// Switches whose record, or whose migration's record, changed.
    pub touched: Vec<Dpid>,
    /// Whether the links changed.
    pub links_changed: bool,
}

/// What a command did.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Done {
    /// It took effect.
    Applied,
    /// It opened a migration.
    Opened(MigrationId),
    /// The node is being drained.
    Draining(DrainId),
    /// It took effect but for these: other nodes have sessions with other switches that say the same of themselves.
    Strangers(Vec<Dpid>),
}

/// Why a command changed nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
pub enum Refusal {
    /// No such switch was ever seen.
    #[error("no switch {0}")]
    UnknownSwitch(Dpid),
    /// No such node ever registered.
    #[error("no node {0}")]
    UnknownNode(NodeId),
    /// No such migration, or one so old that it was forgotten.
    #[error("no migration {0}")]
    UnknownMigration(MigrationId),
    /// The command speaks for an earlier run of the node's process.
    #[error("node {0} has restarted since")]
    OldBoot(NodeId),
    /// The node may not be given a switch.
    #[error("node {0} is not up: it can be given no switch")]
    NotUp(NodeId),
    /// The node has no session with the switch.
    #[error("node {node} has no session with switch {dpid}")]
    NotConnected {
        /// The node.
        node: NodeId,
        /// The switch.
        dpid: Dpid,
    },
    /// The switch is where it is asked to go.
    #[error("node {node} owns switch {dpid} already")]
    AlreadyOwner {
        /// The node.
        node: NodeId,
        /// The switch.
        dpid: Dpid,
    },
    /// Nobody could hand the switch over.
    #[error("switch {0} has no owner that could hand it over")]
    NoOwner(Dpid),
    /// Another migration is moving the switch.
    #[error("migration {id} is moving switch {dpid} already")]
    Running {
        /// The running migration.
        id: MigrationId,
        /// The switch.
        dpid: Dpid,
    },
    /// The list of candidates is empty, too long, or names a node twice.
    #[error("candidates must be 1 to {MAX_CANDIDATES} different nodes")]
    BadCandidates,
    /// The protocol leaves no choice among candidates.
    #[error("{0} takes one candidate: it has no first phase for several to race in")]
    NoRace(Protocol),
    /// The protocol hands over to a hot peer, and the node is none.
    #[error(
        "node {node} is no hot peer of switch {dpid}: {protocol} promotes a node that is EQUAL already, such as \
         the one that erc-m2e-s2m leaves behind"
    )]
    NotPeer {
        /// The node.
        node: NodeId,
        /// The switch.
        dpid: Dpid,
        /// The protocol.
        protocol: Protocol,
    },
    /// The protocol needs a master, and the switch has none.
    #[error("switch {dpid} has no master: {protocol} needs one to demote; move it by erc first")]
    NoMaster {
        /// The switch.
        dpid: Dpid,
        /// The protocol.
        protocol: Protocol,
    },
    /// The switch's token has moved on.
    #[error("switch {dpid} has token {now}, not {asked}")]
    StaleToken {
        /// The switch.
        dpid: Dpid,
        /// Its token.
        now: Token,
        /// The token that the command named.
        asked: Token,
    },
    /// The migration is not in the state that the command needs.
    #[error("migration {id} is {state}")]
    WrongState {
        /// The migration.
        id: MigrationId,
        /// Its state's name.
        state: String,
    },
    /// The node is not the one that the migration waits for.
    #[error("node {node} is no party of migration {id} that could do this")]
    NotParty {
        /// The migration.
        id: MigrationId,
        /// The node.
        node: NodeId,
    },
    /// The switch has an owner that serves it.
    #[error("switch {0} has an owner")]
    HasOwner(Dpid),
    /// The node is cordoned.
    #[error("node {0} is cordoned: it is given no switch until it is uncordoned")]
    Cordoned(NodeId),
    /// The node is being drained, or its process is about to end.
    #[error("node {0} is draining: it is given no switch")]
    Draining(NodeId),
    /// The node is not being drained, or not by that drain.
    #[error("node {0} is not being drained")]
    NotDraining(NodeId),
    /// The node does not run.
    #[error("node {0} does not run: it serves no switch that could be moved")]
    NotRunning(NodeId),
    /// A drain would leave switches without a controller.
    #[error(
        "no other node could take {switches} of the switches that node {node} serves, such as {first}: it would \
         have no controller"
    )]
    NoHeir {
        /// The node.
        node: NodeId,
        /// Switches that nobody could take.
        switches: usize,
        /// The first of them.
        first: Dpid,
    },
    /// The node is alive and serves switches.
    #[error("node {node} is alive and serves {switches} switches: drain it first")]
    Serves {
        /// The node.
        node: NodeId,
        /// How many.
        switches: usize,
    },
    /// The node takes part in migrations that are not over: it may be the only one that holds packet-ins of theirs.
    #[error(
        "node {node} takes part in {migrations} migrations that are not over: ask again in a moment"
    )]
    TakesPart {
        /// The node.
        node: NodeId,
        /// How many.
        migrations: usize,
    },
    /// The node is said to be dead, and is not.
    #[error("node {0} is alive: drain it, and remove it then as one that lives")]
    Alive(NodeId),
    /// The node is down, and nobody has said that it will never come back.
    #[error("node {0} is down, and may come back with all that its disk holds")]
    MayReturn(NodeId),
    /// The node was removed.
    #[error(
        "node {0} was removed from the cluster, and a number is never used again: choose a new one"
    )]
    Retired(NodeId),
    /// As many nodes were removed as the cluster remembers.
    #[error("the cluster remembers {MAX_RETIRED} removed nodes and no more")]
    TooManyRetired,
    /// A bound of the replicated state is reached.
    #[error("the cluster holds its maximum of {MAX_SWITCHES} switches or {MAX_LINKS} links")]
    Full,
}

/// What kind of refusal it is, for exit codes and status codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The thing named does not exist.
    NotFound,
    /// A guard forbids it in this state.
    Guard,
}

impl Refusal {
    /// Returns what kind of refusal it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::UnknownSwitch(_) | Self::UnknownNode(_) | Self::UnknownMigration(_) => {
                Kind::NotFound
            }
            Self::OldBoot(_)
            | Self::NotUp(_)
            | Self::NotConnected { .. }
            | Self::AlreadyOwner { .. }
            | Self::NoOwner(_)
            | Self::Running { .. }
            | Self::BadCandidates
            | Self::NoRace(_)
            | Self::NotPeer { .. }
            | Self::NoMaster { .. }
            | Self::StaleToken { .. }
            | Self::WrongState { .. }
            | Self::NotParty { .. }
            | Self::HasOwner(_)
            | Self::Cordoned(_)
            | Self::Draining(_)
            | Self::NotDraining(_)
            | Self::NotRunning(_)
            | Self::NoHeir { .. }
            | Self::Serves { .. }
            | Self::TakesPart { .. }
            | Self::Alive(_)
            | Self::MayReturn(_)
            | Self::Retired(_)
            | Self::TooManyRetired
            | Self::Full => Kind::Guard,
        }
    }
}
