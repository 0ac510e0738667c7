//! What happens to a party, and what it does.

use crate::gate::Order;
use crate::ownership::{AbortReason, Migration, NodeId, State, Token};
use crate::report::{Message, What};
use openflow::Role;

/// What happened.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Event {
    /// The log says how far the migration has come; saying it again is harmless.
    Log(Standing),
    /// Another party has sent a message.
    Peer(PeerMessage),
    /// The switch has sent a message, at this place in its stream.
    Switch(SwitchEvent),
    /// A timer has run out.
    Timeout(Timer),
    /// The gate can hold no more packet-ins.
    Overflow,
}

/// How far the log says that the migration has come.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Standing {
    /// The source owns the switch.
    Open,
    /// The winner owns the switch.
    Committed {
        /// The new owner.
        winner: NodeId,
        /// The token that it owns the switch with.
        token: Token,
    },
    /// The winner has taken over.
    Done {
        /// The new owner.
        winner: NodeId,
    },
    /// Nothing moved.
    Aborted,
}

impl Standing {
    /// Returns how far `migration` has come.
    pub fn of(migration: &Migration) -> Self {
        // Only an open or aborted migration has no winner.
        let winner = migration.winner.unwrap_or(migration.source);
        match migration.state {
            State::Open => Self::Open,
            State::Committed => Self::Committed { winner, token: migration.token },
            State::Done => Self::Done { winner },
            State::Aborted(_) => Self::Aborted,
        }
    }
}

/// A message between parties. What it carries besides is the driver's.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum PeerMessage {
    /// Source to target: take part.
    Start,
    /// Source to target: the application's state.
    LocalState,
    /// Source to target: take over.
    End,
    /// Target to source: no, and why.
    Refuse(String),
}

/// A message from the switch that means something to a hand-over.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SwitchEvent {
    /// The switch answered a role request with this role.
    RoleReply(Role),
    /// The switch refused a role request.
    RoleRefused,
    /// This migration's marker came in.
    Marker,
    /// The switch answered the barrier.
    BarrierReply,
    /// The switch told that this node is master no more.
    RoleStatus,
}

/// Timers, by what they wait for; the driver owns their durations.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Timer {
    /// Source: the marker should have come home.
    Answer,
    /// The log should have shown the effect of a proposal.
    Proposal,
    /// Target: the source should have said that it is finished.
    Forward,
    /// Time to claim the switch again.
    Claim,
}

impl Timer {
    /// Every timer.
    pub const ALL: [Self; 4] = [Self::Answer, Self::Proposal, Self::Forward, Self::Claim];
}

/// What must be done.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// Sends a role request to the switch.
    AskRole {
        /// The role.
        role: Role,
        /// Its generation id.
        token: Token,
    },
    /// Sends the marker to the switch.
    SendMarker,
    /// Sends a barrier to the switch.
    SendBarrier,
    /// Sends a message to another party.
    Tell {
        /// The party.
        to: NodeId,
        /// The message.
        message: PeerMessage,
    },
    /// Appends to the log.
    Propose(Proposal),
    /// Changes what becomes of packet-ins.
    Gate(Order),
    /// Starts a timer, or starts it anew.
    SetTimer(Timer),
    /// Stops a timer.
    ClearTimer(Timer),
    /// It is over: the driver forgets this engine.
    Over(Outcome),
}

/// What a party asks of the log.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Proposal {
    /// The switch is to be the winner's.
    Commit {
        /// The new owner.
        winner: NodeId,
    },
    /// All is done.
    Finish,
    /// The hand-over is given up.
    Abort(AbortReason),
}

/// How it ended for this party.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    /// The winner is master and has processed what it held back.
    Done,
    /// Nothing moved; the source goes on.
    Aborted,
    /// The switch is not this party's.
    Lost,
}

impl Event {
    /// Returns how a report names it, if it does.
    pub fn what(&self) -> Option<What> {
        Some(match self {
            Self::Log(Standing::Open) => What::Opened,
            Self::Log(Standing::Committed { .. }) => What::Committed,
            Self::Peer(message) => What::Got(message.kind()),
            Self::Switch(SwitchEvent::RoleReply(_)) => What::Got(Message::RoleReply),
            Self::Switch(SwitchEvent::Marker) => What::Got(Message::MarkerIn),
            Self::Switch(SwitchEvent::BarrierReply) => What::Got(Message::BarrierReply),
            Self::Switch(SwitchEvent::RoleStatus) => What::Got(Message::RoleStatus),
            Self::Log(Standing::Done { .. } | Standing::Aborted)
            | Self::Switch(SwitchEvent::RoleRefused)
            | Self::Timeout(_)
            | Self::Overflow => return None,
        })
    }
}

impl Action {
    /// Returns how a report names it, if it does.
    pub fn what(&self) -> Option<What> {
        Some(match self {
            Self::AskRole { role: Role::Equal, .. } => What::Sent(Message::RoleEqual),
            Self::AskRole { role: Role::Master, .. } => What::Sent(Message::RoleMaster),
            Self::AskRole { role: Role::Slave, .. } => What::Sent(Message::RoleSlave),
            Self::SendMarker => What::Sent(Message::MarkerOut),
            Self::SendBarrier => What::Sent(Message::BarrierRequest),
            Self::Tell { message, .. } => What::Sent(message.kind()),
            Self::Propose(_) => What::Proposed,
            Self::Gate(Order::Release | Order::ReleaseAll) => What::Released,
            Self::AskRole { role: Role::NoChange, .. }
            | Self::Gate(Order::Buffer | Order::Cut | Order::Shadow | Order::Drop)
            | Self::SetTimer(_)
            | Self::ClearTimer(_)
            | Self::Over(_) => return None,
        })
    }
}

impl PeerMessage {
    fn kind(&self) -> Message {
        match self {
            Self::Start => Message::Start,
            Self::LocalState => Message::LocalState,
            Self::End => Message::EndMigration,
            Self::Refuse(_) => Message::Refuse,
        }
    }
}
