//! What the parties of a migration measured.

use crate::NodeId;
use serde::{Deserialize, Serialize};

/// Measurements of one finished migration.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Report {
    /// What happened at each party, in the order in which that party saw it.
    pub marks: Vec<Mark>,
    /// Packet-ins that the winner held back and then processed.
    pub buffered: u64,
    /// Packet-ins that the source held back, up to when it handed over.
    pub shadowed: u64,
    /// Bytes of application state that were handed over.
    pub state_bytes: u64,
}

/// One thing that one party saw or did.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Mark {
    /// Wall clock of the party in microseconds since 1970; monotonic within one party, and comparable
    /// between parties only as far as their clocks agree.
    pub at_us: u64,
    /// The party.
    pub node: NodeId,
    /// What it was.
    pub what: What,
}

/// What a party saw or did.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum What {
    /// Sent a message.
    Sent(Message),
    /// Received a message.
    Got(Message),
    /// Learnt from the log that the migration is open.
    Opened,
    /// Asked the log to commit.
    Proposed,
    /// Learnt from the log that the migration is committed.
    Committed,
    /// Processed what it had held back, and goes on by itself.
    Released,
}

/// The messages of a hand-over, as they are counted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Message {
    /// Source to target: take part.
    Start,
    /// Target to source: no.
    Refuse,
    /// Source to target: the application's state.
    LocalState,
    /// Source to target: take over.
    EndMigration,
    /// To the switch: `OFPT_ROLE_REQUEST(EQUAL)`.
    RoleEqual,
    /// To the switch: `OFPT_ROLE_REQUEST(MASTER)`.
    RoleMaster,
    /// To the switch: `OFPT_ROLE_REQUEST(SLAVE)`.
    RoleSlave,
    /// From the switch: `OFPT_ROLE_REPLY`.
    RoleReply,
    /// From the switch: `OFPT_ROLE_STATUS`.
    RoleStatus,
    /// To the switch: `OFPT_PACKET_OUT` with the marker.
    MarkerOut,
    /// From the switch: `OFPT_PACKET_IN` with the marker.
    MarkerIn,
    /// To the switch: `OFPT_BARRIER_REQUEST`.
    BarrierRequest,
    /// From the switch: `OFPT_BARRIER_REPLY`.
    BarrierReply,
}

/// Marks that the log keeps for one migration.
pub const MAX_MARKS: usize = 128;

/// Where the time of a migration went, in microseconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Phases {
    /// Source: from its start to the marker's return, which is the cut.
    pub invite_us: u64,
    /// Source: from the cut to `end_migration`, barrier and commit included.
    pub drain_us: u64,
    /// Target: from `end_migration` to the grant of `MASTER`.
    pub take_over_us: u64,
    /// Source, within the second phase: from its proposal to the commit.
    pub commit_us: u64,
    /// Target: how long it held packet-ins back.
    pub window_us: u64,
    /// From the source's start to the target's release, across both clocks.
    pub total_us: u64,
}

impl Report {
    /// Returns the report with no more than [`MAX_MARKS`] marks.
    pub fn bounded(mut self) -> Self {
        self.marks.truncate(MAX_MARKS);
        self
    }

    /// Returns when `node` first saw or did `what`, in microseconds since 1970.
    pub fn at(&self, node: NodeId, what: What) -> Option<u64> {
        self.marks.iter().find(|mark| mark.node == node && mark.what == what).map(|mark| mark.at_us)
    }

    /// Returns where the time went in a migration from `source` to `winner`; a phase that was skipped, as
    /// after a failure, is 0.
    pub fn phases(&self, source: NodeId, winner: NodeId) -> Phases {
        let between = |from: (NodeId, What), to: (NodeId, What)| {
            let (from, to) = (self.at(from.0, from.1), self.at(to.0, to.1));
            from.zip(to).map_or(0, |(from, to)| to.saturating_sub(from))
        };
        let started = (source, What::Sent(Message::Start));
        let cut = (source, What::Got(Message::MarkerIn));
        let released = (winner, What::Released);
        Phases {
            invite_us: between(started, cut),
            drain_us: between(cut, (source, What::Sent(Message::EndMigration))),
            take_over_us: between((winner, What::Got(Message::EndMigration)), released),
            commit_us: between((source, What::Proposed), (source, What::Committed)),
            window_us: between((winner, What::Got(Message::MarkerIn)), released),
            total_us: between(started, released),
        }
    }

    /// Returns how many messages of each kind were sent, the switch's answers counted where they arrived.
    pub fn messages(&self) -> Vec<(Message, u64)> {
        let mut counts = std::collections::BTreeMap::new();
        for mark in &self.marks {
            match mark.what {
                What::Sent(message) => *counts.entry(message).or_default() += 1,
                What::Got(message) if message.is_from_switch() => {
                    *counts.entry(message).or_default() += 1;
                }
                What::Got(_) | What::Opened | What::Proposed | What::Committed | What::Released => {
                }
            }
        }
        counts.into_iter().collect()
    }
}

impl Message {
    /// Returns whether the switch sends it.
    pub fn is_from_switch(self) -> bool {
        matches!(self, Self::RoleReply | Self::RoleStatus | Self::MarkerIn | Self::BarrierReply)
    }

    /// Returns the name that time lines and counters use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Refuse => "refuse",
            Self::LocalState => "local_state",
            Self::EndMigration => "end_migration",
            Self::RoleEqual => "ROLE_REQUEST(EQUAL)",
            Self::RoleMaster => "ROLE_REQUEST(MASTER)",
            Self::RoleSlave => "ROLE_REQUEST(SLAVE)",
            Self::RoleReply => "ROLE_REPLY",
            Self::RoleStatus => "ROLE_STATUS",
            Self::MarkerOut => "PACKET_OUT(marker)",
            Self::MarkerIn => "PACKET_IN(marker)",
            Self::BarrierRequest => "BARRIER_REQUEST",
            Self::BarrierReply => "BARRIER_REPLY",
        }
    }
}
