//! A migration, as the cluster knows it: one record from the first wish to the result.

use super::{NodeId, Token};
use crate::report::Report;
use openflow::Dpid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Number of a migration, unique for the life of the cluster.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct MigrationId(pub u64);

impl fmt::Display for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One hand-over of one switch.
///
/// ```text
/// Open --Commit--> Committed --Finish--> Done
///   \---Abort----> Aborted        (never after Committed: from there it only rolls forward)
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Migration {
    /// The switch that moves.
    pub dpid: Dpid,
    /// How it moves.
    pub protocol: Protocol,
    /// How the winner is chosen among several candidates.
    pub rule: Rule,
    /// Owner when the migration opened.
    pub source: NodeId,
    /// Nodes that it may move to, the preferred one first.
    pub candidates: Vec<NodeId>,
    /// Token that the winner will claim the switch with.
    pub token: Token,
    /// How far it has come.
    pub state: State,
    /// Node that the switch moved, or is moving, to.
    pub winner: Option<NodeId>,
    /// Who asked for it.
    pub actor: String,
    /// Why, in the words of whoever asked.
    pub reason: String,
    /// Time that it has, in milliseconds from when it opened.
    pub deadline_ms: u64,
    /// Wall clock of the proposer when it opened, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// What the winner measured, once it is done.
    pub report: Option<Report>,
}

/// How far a migration has come.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum State {
    /// The source still owns the switch; a failure aborts.
    Open,
    /// The winner owns the switch; a failure rolls forward.
    Committed,
    /// The winner is the switch's master and has processed what it held back.
    Done,
    /// Nothing moved.
    Aborted(AbortReason),
}

impl State {
    /// Returns whether nothing more will happen.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Done | Self::Aborted(_))
    }

    /// Returns the word that commands and metrics use for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Committed => "committed",
            Self::Done => "done",
            Self::Aborted(_) => "aborted",
        }
    }
}

/// Why a migration moved nothing.
#[derive(
    Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, thiserror::Error,
)]
pub enum AbortReason {
    /// An operator cancelled it before the commit.
    #[error("cancelled by {0}")]
    Cancelled(String),
    /// It was not committed within its deadline.
    #[error("not committed within its deadline")]
    Deadline,
    /// No candidate's marker came back in time.
    #[error("no candidate answered in time")]
    NoAnswer,
    /// A candidate declined.
    #[error("candidate {0} refused: {1}")]
    Refused(NodeId, String),
    /// A party died or restarted.
    #[error("node {0} died or restarted")]
    NodeLost(NodeId),
    /// A party lost its session with the switch.
    #[error("node {0} lost its session with the switch")]
    ChannelLost(NodeId),
    /// More packet-ins were held back than the bound allows.
    #[error("more packet-ins were held back at node {0} than its bound allows")]
    Overflow(NodeId),
}

/// Which table of [`crate::protocol`] runs the hand-over.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum Protocol {
    /// ERC with the packet-in marker: master to slave at the source, slave to equal to master at the
    /// target.
    #[default]
    Erc,
}

impl Protocol {
    /// Every protocol, in the order in which help texts list them.
    pub const ALL: [Self; 1] = [Self::Erc];

    /// Returns the name that commands and metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Erc => "erc",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no protocol has.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown protocol {0:?}; known: erc")]
pub struct UnknownProtocol(pub String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|protocol| protocol.name() == name);
        found.ok_or_else(|| UnknownProtocol(name.to_owned()))
    }
}

/// How the source chooses among candidates.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum Rule {
    /// The candidate whose marker comes home first.
    #[default]
    First,
}

impl Rule {
    /// Returns the name that commands and metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
        }
    }
}
