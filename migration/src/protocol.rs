//! The hand-over protocols, as data.
//!
//! A protocol is a table for each party: once certain facts are known, certain steps are taken, in order,
//! once. The engine runs any table; a new protocol is a new table. What every protocol shares, its
//! timeouts, its failures and its end, is the engine's and stands in no table.

mod cost;
mod erc;

pub use cost::{Cost, Hops};

use crate::gate::Order;
use crate::ownership::Protocol;

/// What each party does, and when.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Table {
    /// Steps of the node that owns the switch at the start.
    pub source: &'static [Rule],
    /// Steps of the node that owns it in the end.
    pub target: &'static [Rule],
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
    /// The log holds the migration, and this party is its source.
    Opened,
    /// The source has invited this party.
    Started,
    /// The switch has granted `EQUAL`.
    Joined,
    /// The target's marker has come in: here is this party's cut.
    Marked,
    /// The switch has confirmed with a barrier that all this party sent has taken effect.
    Drained,
    /// The log holds the commit.
    Committed,
    /// The source has nothing more to do with the switch.
    Ended,
    /// The switch has granted `MASTER`.
    Granted,
    /// The switch has told that this party is master no more.
    Demoted,
    /// The log holds the end.
    Done,
}

/// What a party does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// Invites the target.
    TellStart,
    /// Hands the application's state for the switch to the target, in as many messages as it takes.
    TellState,
    /// Tells the target to take over.
    TellEnd,
    /// Asks the switch for `EQUAL`.
    AskEqual,
    /// Asks the switch for `MASTER`, with the migration's token.
    AskMaster,
    /// Has the switch send the marker to every controller that hears packet-ins.
    SendMarker,
    /// Asks the switch for a barrier.
    SendBarrier,
    /// Changes what becomes of packet-ins.
    Gate(Order),
    /// Asks the log to commit to the target.
    Commit,
    /// Tells the log that all is done.
    Finish,
}

impl Protocol {
    /// Returns what each party does under this protocol.
    pub fn table(self) -> &'static Table {
        match self {
            Self::Erc => &erc::TABLE,
        }
    }
}

/// Steps of a node that owns the switch because the planned hand-over lost a party.
pub const HEIR: &[Rule] = &[
    Rule { needs: &[Fact::Committed], steps: &[Step::AskMaster] },
    Rule { needs: &[Fact::Granted], steps: &[Step::Gate(Order::ReleaseAll), Step::Finish] },
];
