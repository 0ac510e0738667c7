//! What is to go wrong: which party of a hand-over, how, and at which moment of which protocol.

use crate::switches::{Moment, What};
use migration::ownership::Protocol;
use openflow::Role;
use serde::Serialize;
use std::fmt;

/// One experiment: a hand-over, and what befalls it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Case {
    /// How the switch moves.
    pub protocol: Protocol,
    /// Whom the fault befalls.
    pub victim: Victim,
    /// What befalls it.
    pub fault: Fault,
    /// When.
    pub phase: Phase,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, victim, fault, phase } = self;
        write!(f, "{protocol}: {victim} {fault} at {}", phase.name)
    }
}

/// A node by its part in the hand-over.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Victim {
    /// The owner at the start; it does not lead the log.
    Source,
    /// The candidate that is nearest to the switch; it does not lead the log.
    Winner,
    /// The other candidate; it does not lead the log.
    Loser,
    /// The leader of the log, which takes no part in the hand-over.
    Leader,
    /// The owner at the start, which leads the log.
    LeadingSource,
    /// No node: the fault is the switch's, the cluster's, or an operator's.
    Nobody,
}

impl Victim {
    /// Every node that a fault can befall.
    pub const NODES: [Self; 5] =
        [Self::Source, Self::Winner, Self::Loser, Self::Leader, Self::LeadingSource];
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Source => "source",
            Self::Winner => "winner",
            Self::Loser => "loser",
            Self::Leader => "leader",
            Self::LeadingSource => "leading-source",
            Self::Nobody => "nobody",
        })
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The process is killed (SIGKILL), and started again once the hand-over is over.
    Kill,
    /// The process is frozen (SIGSTOP) for two seconds: longer than it takes to count as dead.
    Stop,
    /// The process is frozen for less than its lease.
    Blink,
    /// The process is frozen for seven seconds: longer than anything in a hand-over waits.
    Coma,
    /// The switch's connection to the node is reset, and no other is made for two seconds.
    Channel,
    /// The node reaches no other node, and none reaches it, for two seconds.
    Isolate,
    /// The source and the winner do not reach each other for two seconds; everybody else reaches both.
    Sever,
    /// No node reaches any other for two seconds: the log has no majority.
    NoMajority,
    /// The switch restarts, and forgets flows, roles and generation.
    SwitchRestart,
    /// An operator cancels the migration.
    Cancel,
    /// Nothing.
    Nothing,
}

impl Fault {
    /// Returns whether it befalls one node.
    pub fn has_victim(self) -> bool {
        matches!(self, Self::Kill | Self::Stop | Self::Blink | Self::Coma)
            || matches!(self, Self::Channel | Self::Isolate)
    }

    /// Returns whether what only its victim was sent cannot reach anybody else.
    pub fn silences(self) -> bool {
        self.has_victim() && self != Self::Blink
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::Blink => "blink",
            Self::Coma => "coma",
            Self::Channel => "channel",
            Self::Isolate => "isolate",
            Self::Sever => "sever",
            Self::NoMajority => "no-majority",
            Self::SwitchRestart => "switch-restart",
            Self::Cancel => "cancel",
            Self::Nothing => "nothing",
        })
    }
}

/// A moment of a hand-over, as the switch sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Phase {
    /// What it is called.
    pub name: &'static str,
    /// What the switch has just heard; nothing if the migration has just been opened.
    pub heard: Option<(Party, What, u32)>,
}

/// Who is heard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Party {
    /// Owner at the start.
    Source,
    /// Owner in the end.
    Winner,
}

impl Phase {
    const OPENED: Self = Self { name: "opened", heard: None };

    const fn nth(name: &'static str, by: Party, what: What, nth: u32) -> Self {
        Self { name, heard: Some((by, what, nth)) }
    }

    const fn of(name: &'static str, by: Party, what: What) -> Self {
        Self::nth(name, by, what, 1)
    }

    /// Returns every moment of a protocol, in order.
    pub fn all(protocol: Protocol) -> &'static [Self] {
        match protocol {
            Protocol::Erc | Protocol::ErcEarly | Protocol::ErcM2sE2m | Protocol::ErcM2eE2m => ERC,
            Protocol::ErcM2eS2m => ERC_M2E_S2M,
            Protocol::ErcE2sS2e => ERC_E2S_S2E,
            Protocol::Elasticon | Protocol::ElasticonFlowRemoved => ELASTICON,
            Protocol::Direct | Protocol::Naive => DIRECT,
        }
    }
}

impl What {
    /// Returns whether it is of the same kind, whatever its number.
    pub fn is_like(self, other: Self) -> bool {
        self == other || matches!((self, other), (Self::Answer(_), Self::Answer(_)))
    }
}

/// Returns what tells the `nth` moment when controller `by` asked for something like `what`.
pub(super) fn nth(by: u64, what: What, nth: u32) -> impl FnMut(&Moment) -> bool + Send + 'static {
    let mut seen = 0;
    move |moment| {
        seen += u32::from(moment.by == by && moment.what.is_like(what));
        seen == nth
    }
}

use Party::{Source, Winner};

const EQUAL: Phase = Phase::of("equal", Winner, What::Role(Role::Equal));
const MARKER: Phase = Phase::of("marker", Winner, What::Marker);
const MASTER: Phase = Phase::of("master", Winner, What::Role(Role::Master));
const ANSWER: Phase = Phase::of("answer", Winner, What::Answer(0));
const DRAIN: Phase = Phase::of("drain", Source, What::Barrier);

const ERC: &[Phase] = &[Phase::OPENED, MARKER, DRAIN, MASTER, ANSWER];

const ERC_M2E_S2M: &[Phase] = &[
    Phase::OPENED,
    MARKER,
    DRAIN,
    MASTER,
    ANSWER,
    Phase::of("stay", Source, What::Role(Role::Equal)),
];

const ERC_E2S_S2E: &[Phase] =
    &[Phase::OPENED, MARKER, Phase::of("yield", Source, What::Role(Role::Slave)), ANSWER];

const ELASTICON: &[Phase] = &[
    Phase::OPENED,
    EQUAL,
    Phase::of("fence", Source, What::Barrier),
    Phase::of("marker", Source, What::Marker),
    Phase::nth("drain", Source, What::Barrier, 2),
    MASTER,
    ANSWER,
];

const DIRECT: &[Phase] = &[Phase::OPENED, MASTER, DRAIN, ANSWER];

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_nth_moment_is_told_from_those_before_and_from_others() {
        let moment = |by, what| Moment { at: Duration::ZERO, by, what };
        let mut second = nth(1, What::Answer(0), 2);
        assert!(!second(&moment(1, What::Answer(8))));
        assert!(!second(&moment(2, What::Answer(9))));
        assert!(!second(&moment(1, What::Marker)));
        assert!(second(&moment(1, What::Answer(9))));
    }

    #[test]
    fn names_of_a_protocol_s_phases_differ() {
        for protocol in Protocol::ALL {
            let names = Phase::all(protocol).iter().map(|phase| phase.name);
            let distinct: std::collections::BTreeSet<_> = names.clone().collect();
            assert_eq!(distinct.len(), names.count(), "{protocol}");
        }
    }
}
