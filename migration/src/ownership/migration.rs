//! A migration, as the cluster knows it: one record from the first wish to the result.

use super::{NodeId, Token, Wish};
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
    /// Token that the winner will claim the switch with; newer than the reserved one once a party was lost.
    pub token: Token,
    /// Token that was reserved when the migration opened.
    pub reserved: Token,
    /// How far it has come.
    pub state: State,
    /// Node that the switch moved, or is moving, to.
    pub winner: Option<NodeId>,
    /// After the commit: the source, as long as it serves and is not the winner itself. It holds back the
    /// packet-ins since the cut.
    pub keeper: Option<NodeId>,
    /// What the marker carries, so that nobody else's packet can be taken for it.
    pub nonce: u64,
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

impl Migration {
    /// Returns the record of a migration that has just opened.
    pub fn open(wish: Wish, source: NodeId, token: Token, actor: String, at_ms: u64) -> Self {
        let Wish { dpid, candidates, protocol, rule, reason, deadline_ms, nonce } = wish;
        Self {
            dpid,
            protocol,
            rule,
            source,
            candidates,
            token,
            reserved: token,
            state: State::Open,
            winner: None,
            keeper: None,
            nonce,
            actor,
            reason,
            deadline_ms,
            started_at_ms: at_ms,
            report: None,
        }
    }
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
    /// A party declined.
    #[error("node {0} refused: {1}")]
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
    /// The cluster was restored from a snapshot that shows it unfinished.
    #[error("unfinished in the snapshot that the cluster was restored from")]
    Restored,
}

/// Which table of [`crate::protocol`] runs the hand-over.
///
/// The names of ERC's variants say which roles change: `m2e-s2m` takes the source from master to equal, and
/// the target from slave to master.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum Protocol {
    /// ERC: the source ends as a slave.
    #[default]
    Erc,
    /// ERC whose target answers before it is master.
    ErcEarly,
    /// ERC whose source stays as a hot peer.
    ErcM2eS2m,
    /// ERC for a group without a master.
    ErcE2sS2e,
    /// ERC towards a hot peer.
    ErcM2sE2m,
    /// ERC towards a hot peer, whose source stays as one.
    ErcM2eE2m,
    /// ElastiCon with a marker that is exact.
    Elasticon,
    /// ElastiCon as published.
    ElasticonFlowRemoved,
    /// The final role request is the cut.
    Direct,
    /// Takes over without a hand-over, and loses answers: for comparison.
    Naive,
}

impl Protocol {
    /// Every protocol, in the order in which help texts list them.
    pub const ALL: [Self; 10] = [
        Self::Erc,
        Self::ErcEarly,
        Self::ErcM2eS2m,
        Self::ErcE2sS2e,
        Self::ErcM2sE2m,
        Self::ErcM2eE2m,
        Self::Elasticon,
        Self::ElasticonFlowRemoved,
        Self::Direct,
        Self::Naive,
    ];

    /// Returns the name that commands and metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Erc => "erc",
            Self::ErcEarly => "erc-early",
            Self::ErcM2eS2m => "erc-m2e-s2m",
            Self::ErcE2sS2e => "erc-e2s-s2e",
            Self::ErcM2sE2m => "erc-m2s-e2m",
            Self::ErcM2eE2m => "erc-m2e-e2m",
            Self::Elasticon => "elasticon",
            Self::ElasticonFlowRemoved => "elasticon-flow-removed",
            Self::Direct => "direct",
            Self::Naive => "naive",
        }
    }

    /// Returns whether every packet-in is answered exactly once when nothing fails.
    pub fn is_exact(self) -> bool {
        !matches!(self, Self::ElasticonFlowRemoved | Self::Naive)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no protocol, or no rule, has.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown {kind} {name:?}; known: {}", known.join(", "))]
pub struct UnknownName {
    kind: &'static str,
    name: String,
    known: Vec<&'static str>,
}

impl FromStr for Protocol {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        find("protocol", name, &Self::ALL, Self::name)
    }
}

fn find<T: Copy>(
    kind: &'static str,
    name: &str,
    all: &[T],
    name_of: fn(T) -> &'static str,
) -> Result<T, UnknownName> {
    let found = all.iter().copied().find(|&one| name_of(one) == name);
    let unknown = || UnknownName {
        kind,
        name: name.to_owned(),
        known: all.iter().map(|&one| name_of(one)).collect(),
    };
    found.ok_or_else(unknown)
}

/// How the source chooses among candidates.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum Rule {
    /// The candidate whose answer comes home first.
    #[default]
    First,
    /// The first candidate that says that it has seen its own marker.
    ReadyFirst,
    /// The best of those that answer soon, weighted by the load that they report.
    Score,
}

impl Rule {
    /// Every rule, in the order in which help texts list them.
    pub const ALL: [Self; 3] = [Self::First, Self::ReadyFirst, Self::Score];

    /// Returns the name that commands and metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::ReadyFirst => "ready-first",
            Self::Score => "score",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Rule {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        find("rule", name, &Self::ALL, Self::name)
    }
}
