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
    Peer {
        /// The party.
        from: NodeId,
        /// The message.
        message: PeerMessage,
    },
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
        /// Another node that lives and holds packet-ins back that the winner may not have heard.
        keeper: Option<NodeId>,
    },
    /// The winner has taken over.
    Done {
        /// The new owner.
        winner: NodeId,
        /// The token that it owns the switch with.
        token: Token,
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
            State::Committed => {
                Self::Committed { winner, token: migration.token, keeper: migration.keeper }
            }
            State::Done => Self::Done { winner, token: migration.token },
            State::Aborted(_) => Self::Aborted,
        }
    }
}

/// A message between parties. What it carries besides is the driver's.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum PeerMessage {
    /// Source to candidate: take part.
    Start,
    /// Candidate to source: here I am.
    Ready {
        /// How well it would serve, by the driver's reckoning; less is better. 0 as the engine sends it.
        score: u64,
    },
    /// Source to target: the application's state, all of it.
    LocalState,
    /// Target to source: the application's state has come in.
    Taken,
    /// Source to target: take over.
    End,
    /// Source to target: take over, and here is what I could not finish.
    Rest,
    /// Source to winner: my session with the switch is a new one. I hold nothing for you, nothing of what I sent
    /// before is on its way any more, and I do not know what of it has taken effect.
    Nothing,
    /// Winner to source: what could you not finish?
    Collect,
    /// Candidate to source: no, and why.
    Refuse(String),
}

/// A message from the switch that means something to a hand-over.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SwitchEvent {
    /// The switch answered a role request with this role.
    RoleReply(Role),
    /// The switch refused a role request.
    RoleRefused,
    /// A marker of this migration came in.
    Marker {
        /// The candidate whose marker it is.
        of: NodeId,
    },
    /// The switch answered a barrier.
    BarrierReply(Barrier),
    /// The switch told that this node is master no more.
    RoleStatus,
}

/// What a barrier waits for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Barrier {
    /// What leads up to the marker.
    Fence,
    /// All that this party has sent.
    Drain,
}

/// Timers, by what they wait for; the driver owns their durations.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Timer {
    /// Source: a candidate should have answered.
    Answer,
    /// Source: better candidates than those that have answered had their chance.
    Poll,
    /// The log should have shown the effect of a proposal.
    Proposal,
    /// Winner: the source should have said that it is finished.
    Forward,
    /// Time to claim the switch again.
    Claim,
}

impl Timer {
    /// Every timer.
    pub const ALL: [Self; 5] =
        [Self::Answer, Self::Poll, Self::Proposal, Self::Forward, Self::Claim];
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
    /// Sends a marker to the switch.
    SendMarker {
        /// The candidate whose marker it is.
        of: NodeId,
    },
    /// Adds the flow to the switch whose removal is the marker.
    PlantFlow,
    /// Deletes that flow.
    CutFlow,
    /// Sends a barrier to the switch.
    SendBarrier(Barrier),
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
    /// Returns how a report names it, if it does, and whom it concerns.
    pub fn what(&self) -> Option<(What, Option<NodeId>)> {
        let what = match self {
            Self::Log(Standing::Open) => What::Opened,
            Self::Log(Standing::Committed { .. }) => What::Committed,
            Self::Peer { from, message } => return Some((What::Got(message.kind()), Some(*from))),
            Self::Switch(SwitchEvent::RoleReply(_)) => What::Got(Message::RoleReply),
            Self::Switch(SwitchEvent::Marker { of }) => {
                return Some((What::Got(Message::MarkerIn), Some(*of)));
            }
            Self::Switch(SwitchEvent::BarrierReply(_)) => What::Got(Message::BarrierReply),
            Self::Switch(SwitchEvent::RoleStatus) => What::Got(Message::RoleStatus),
            Self::Log(Standing::Done { .. } | Standing::Aborted)
            | Self::Switch(SwitchEvent::RoleRefused)
            | Self::Timeout(_)
            | Self::Overflow => return None,
        };
        Some((what, None))
    }
}

impl Action {
    /// Returns whether it has the switch confirm, or gives the right to answer up: at a source, only what is answered by
    /// then counts as before its cut.
    pub fn confirms(&self) -> bool {
        matches!(self, Self::SendBarrier(Barrier::Drain) | Self::AskRole { role: Role::Slave, .. })
    }

    /// Returns how a report names it, if it does, and whom it concerns.
    pub fn what(&self) -> Option<(What, Option<NodeId>)> {
        let what = match self {
            Self::AskRole { role: Role::Equal, .. } => What::Sent(Message::RoleEqual),
            Self::AskRole { role: Role::Master, .. } => What::Sent(Message::RoleMaster),
            Self::AskRole { role: Role::Slave, .. } => What::Sent(Message::RoleSlave),
            Self::SendMarker { of } => return Some((What::Sent(Message::MarkerOut), Some(*of))),
            Self::PlantFlow => What::Sent(Message::FlowAdd),
            Self::CutFlow => What::Sent(Message::FlowDelete),
            Self::SendBarrier(_) => What::Sent(Message::BarrierRequest),
            Self::Tell { to, message } => return Some((What::Sent(message.kind()), Some(*to))),
            Self::Propose(_) => What::Proposed,
            Self::Gate(Order::Release | Order::ReleaseAll) => What::Released,
            Self::AskRole { role: Role::NoChange, .. }
            | Self::Gate(
                Order::Buffer
                | Order::Cut
                | Order::Shadow
                | Order::Mark(_)
                | Order::Choose(_)
                | Order::Drop,
            )
            | Self::SetTimer(_)
            | Self::ClearTimer(_)
            | Self::Over(_) => return None,
        };
        Some((what, None))
    }
}

impl PeerMessage {
    fn kind(&self) -> Message {
        match self {
            Self::Start => Message::Start,
            Self::Ready { .. } => Message::Ready,
            Self::LocalState => Message::LocalState,
            Self::Taken => Message::Taken,
            Self::End => Message::EndMigration,
            Self::Rest | Self::Nothing => Message::Rest,
            Self::Collect => Message::Collect,
            Self::Refuse(_) => Message::Refuse,
        }
    }
}
