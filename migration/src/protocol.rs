//! The hand-over protocols, as data.
//!
//! A protocol is a table for each party: once certain facts are known, certain steps are taken, in order,
//! once. The engine runs any table; a new protocol is a new table. What every protocol shares, its
//! timeouts, its failures and its end, is the engine's and stands in no table.
//!
//! | protocol | roles: source, target | starts | messages | hops | window |
//! |---|---|---|---|---|---|
//! | `erc` | master to slave, slave to master | source | 13 | 8 | 5 |
//! | `erc-early` | the same; the target answers before it is master | source | 13 | 8 | 3 |
//! | `erc-m2e-s2m` | master to equal, slave to master | source | 15 | 10 | 5 |
//! | `erc-e2s-s2e` | equal to slave, slave to equal | target | 10 | 7 | 5 |
//! | `erc-m2s-e2m` | master to slave, equal to master | target | 10 | 7 | 5 |
//! | `erc-m2e-e2m` | master to equal, equal to master | target | 12 | 9 | 5 |
//! | `elasticon` | master to slave, slave to master | source | 15 | 13 | 3 |
//! | `elasticon-flow-removed` | the same, marked as published: not exact on Open vSwitch | source | 16 | 13 | 3 |
//! | `direct` | master to slave, slave to master | source | 7 | 6 | 3 |
//! | `naive` | the same, and nothing is handed over: loses answers | source | 4 | 3 | 0 |
//!
//! Messages include the `ROLE_STATUS` that a newer switch sends to a demoted master, which ElastiCon's authors
//! did not have: they count 15. The window is how many hops the target holds packet-ins back for.

mod cost;
mod direct;
mod elasticon;
mod erc;
mod naive;
mod variants;

pub use cost::{Cost, Hops};

use crate::engine::{Barrier, Side};
use crate::gate::Order;
use crate::ownership::Protocol;

/// What each party does, and when.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Table {
    /// Steps of the node that owns the switch at the start.
    pub source: &'static [Rule],
    /// Steps of the node that owns it in the end.
    pub target: &'static [Rule],
    /// What the source chooses a candidate by.
    pub probe: Probe,
    /// Who takes the first step.
    pub starts: Side,
    /// Which roles change hands.
    pub exchange: Exchange,
}

impl Table {
    /// Returns whether the target's change of role is its marker, on a switch that tells controllers of each
    /// other.
    pub fn marks_by_role(&self) -> bool {
        self.target.iter().any(|rule| rule.steps.contains(&Step::MarkByRole))
    }
}

/// What of a candidate's first answer the source chooses by.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Probe {
    /// Its marker, which comes to the source by way of the switch.
    Marker,
    /// Its word that it is ready.
    Ready,
    /// There is no choice: the protocol takes one candidate.
    None,
}

/// Which roles the parties have at the switch, besides a source that is `MASTER` and ends `SLAVE`, and a
/// target that is `SLAVE` and ends `MASTER`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Exchange {
    /// The source must be `MASTER`, for it must be told when it is no more.
    pub needs_master: bool,
    /// The source stays, as an `EQUAL` peer.
    pub source_stays: bool,
    /// The target is an `EQUAL` peer already.
    pub target_was_equal: bool,
    /// The target answers as `EQUAL`, and nobody is `MASTER`.
    pub target_is_equal: bool,
}

/// Steps to take, once, when the last of the facts they need is known.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Rule {
    /// Facts that must all be known.
    pub needs: &'static [Fact],
    /// What to do then, in this order.
    pub steps: &'static [Step],
}

/// What a party can come to know, in any order, and never forgets.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Fact {
    /// The log holds the migration, and this party is its source or a candidate.
    Opened,
    /// The source has invited this party.
    Started,
    /// The source wants to hear from each candidate before it chooses.
    Polled,
    /// The switch has granted `EQUAL`.
    Joined,
    /// At the source: a marker has come in. At a target: its own has, and here is its cut.
    Marked,
    /// The source has chosen its target.
    Chosen,
    /// The switch has confirmed that what leads up to the marker has taken effect.
    Fenced,
    /// The switch has confirmed that all that this party sent has taken effect.
    Drained,
    /// The log holds the commit.
    Committed,
    /// The application's state has come in.
    Handed,
    /// The target has the application's state.
    Taken,
    /// The switch has granted `SLAVE`.
    Yielded,
    /// The source has nothing more to do with the switch, and this party has all that it is to get.
    Ended,
    /// The switch has granted `MASTER`.
    Granted,
    /// The switch has told that this party is master no more.
    Demoted,
    /// Another party holds packet-ins back that this one may not have heard.
    Kept,
    /// The winner wants what this party holds back.
    Collected,
    /// The log holds the end.
    Done,
}

/// What a party does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// Invites every candidate.
    TellStart,
    /// Tells the source that this party takes part.
    TellReady,
    /// Hands the application's state for the switch to the target, in as many messages as it takes.
    TellState,
    /// Tells the source that the application's state has come in.
    TellTaken,
    /// Tells the target to take over.
    TellEnd,
    /// The same, with all that this party could not finish: packet-ins that it holds back, commands that
    /// the switch refused it, and the application's state.
    TellRest,
    /// Asks for what another party could not finish.
    TellCollect,
    /// Asks the switch for `EQUAL`.
    AskEqual,
    /// Asks the switch for `MASTER`, with the migration's token.
    AskMaster,
    /// Asks the switch for `SLAVE`, with the migration's token.
    AskSlave,
    /// Has the switch send the marker to every controller that hears packet-ins.
    SendMarker,
    /// Lets the request for `EQUAL` that goes before be the marker, where the switch tells controllers of each
    /// other; elsewhere the same as `SendMarker`.
    MarkByRole,
    /// Adds a flow whose removal is to be the marker.
    PlantFlow,
    /// Deletes that flow.
    CutFlow,
    /// Asks the switch for a barrier.
    SendBarrier(Barrier),
    /// Changes what becomes of packet-ins.
    Gate(Order),
    /// Lets through what the source held back before the chosen candidate's marker.
    Choose,
    /// Asks the log to commit to the target.
    Commit,
    /// Tells the log that all is done.
    Finish,
}

impl Protocol {
    /// Returns what each party does under this protocol.
    pub fn table(self) -> &'static Table {
        match self {
            Self::Erc => &erc::PUBLISHED,
            Self::ErcEarly => &erc::EARLY,
            Self::ErcM2eS2m => &variants::M2E_S2M,
            Self::ErcE2sS2e => &variants::E2S_S2E,
            Self::ErcM2sE2m => &variants::M2S_E2M,
            Self::ErcM2eE2m => &variants::M2E_E2M,
            Self::Elasticon => &elasticon::PACKET_IN,
            Self::ElasticonFlowRemoved => &elasticon::FLOW_REMOVED,
            Self::Direct => &direct::TABLE,
            Self::Naive => &naive::TABLE,
        }
    }
}

/// Steps of a node that owns the switch because the planned hand-over lost a party.
///
/// What it heard itself is all there is, unless a source that lives holds more: it is asked for that once
/// this party is master, which is where the source's stream ends.
pub const HEIR: &[Rule] = &[
    Rule { needs: &[Fact::Committed], steps: &[Step::Gate(Order::Buffer), Step::AskMaster] },
    Rule { needs: &[Fact::Granted, Fact::Kept], steps: &[Step::TellCollect] },
    Rule {
        needs: &[Fact::Granted, Fact::Ended],
        steps: &[Step::Gate(Order::ReleaseAll), Step::Finish],
    },
];

/// Steps of a source whose switch goes to another than it had chosen.
pub const KEEPER: &[Rule] = &[
    Rule { needs: &[Fact::Committed], steps: &[Step::Gate(Order::Shadow)] },
    Rule { needs: &[Fact::Collected], steps: &[Step::SendBarrier(Barrier::Drain)] },
    Rule { needs: &[Fact::Collected, Fact::Drained], steps: &[Step::TellRest] },
    Rule { needs: &[Fact::Done], steps: &[Step::Gate(Order::Drop)] },
];
