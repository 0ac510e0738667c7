//! What a model is about: which hand-over, and what may go wrong.

use super::node::Flaw;
use migration::engine::Timer;
use migration::ownership::{Protocol, Rule};
use migration::protocol::Table;

/// Which hand-over, and what may go wrong.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The protocol.
    pub protocol: Protocol,
    /// How the source chooses.
    pub rule: Rule,
    /// Nodes that the switch may move to.
    pub candidates: usize,
    /// Packet-ins that the switch raises, at any time.
    pub packets: u8,
    /// What may happen, each any number of times.
    pub mishaps: Vec<Mishap>,
    /// How much of that may happen.
    pub faults: u8,
    /// What the parties do instead of the protocol's own table.
    pub draft: Option<&'static Table>,
    /// Whether even what a winner had written when it told that it has finished must survive a cut of its
    /// power or its session.
    pub strict: bool,
    /// What is broken on purpose.
    pub flaw: Option<Flaw>,
}

/// Something that goes wrong once.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mishap {
    /// A node's process is killed; what it has written still arrives.
    Killed(usize),
    /// A node's machine dies; what it has written may be lost.
    PowerCut(usize),
    /// A node loses its session with the switch, and all that the session held.
    SessionLost(usize),
    /// The switch restarts: every session is lost, and it forgets roles, generation and flows.
    SwitchRestarted,
    /// The stream from one node to another breaks, and what is under way is lost.
    WordsLost {
        /// The sender.
        from: usize,
        /// The receiver.
        to: usize,
    },
    /// The log's leader is lost, and with it what was proposed.
    ProposalsLost,
    /// An operator cancels, or the deadline passes.
    Cancelled,
    /// A candidate has no room for a migration.
    Declined(usize),
    /// A gate's bound is reached.
    Overflow(usize),
    /// A timer runs out although what it waits for is under way.
    Hasty(usize, Timer),
}

/// Mishaps of one sort, as the command line names them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Sort {
    /// A process is killed; what it has written still arrives.
    Killed,
    /// A machine's power is cut; what it has written may be lost.
    PowerCut,
    /// A node loses its session with the switch.
    SessionLost,
    /// The switch restarts.
    SwitchRestarted,
    /// A stream between two nodes breaks.
    WordsLost,
    /// The log's leader is lost, and what was proposed to it.
    ProposalsLost,
    /// An operator cancels, or the deadline passes.
    Cancelled,
    /// A candidate has no room.
    Declined,
    /// A gate's bound is reached.
    Overflow,
    /// A timer runs out too early.
    Hasty,
}

impl Sort {
    /// Every sort.
    pub const ALL: [Self; 10] = [
        Self::Killed,
        Self::PowerCut,
        Self::SessionLost,
        Self::SwitchRestarted,
        Self::WordsLost,
        Self::ProposalsLost,
        Self::Cancelled,
        Self::Declined,
        Self::Overflow,
        Self::Hasty,
    ];

    /// Sorts that no exactness may suffer from.
    pub const HARMLESS: [Self; 5] =
        [Self::ProposalsLost, Self::Cancelled, Self::Declined, Self::Overflow, Self::Hasty];

    /// Returns every mishap of this sort among a source and its candidates.
    pub fn among(self, candidates: usize) -> Vec<Mishap> {
        let nodes = 0..=candidates;
        let hasty = [Timer::Answer, Timer::Proposal, Timer::Claim];
        match self {
            Self::Killed => nodes.map(Mishap::Killed).collect(),
            Self::PowerCut => nodes.map(Mishap::PowerCut).collect(),
            Self::SessionLost => nodes.map(Mishap::SessionLost).collect(),
            Self::SwitchRestarted => vec![Mishap::SwitchRestarted],
            Self::WordsLost => {
                let there = (1..=candidates).map(|to| Mishap::WordsLost { from: 0, to });
                let back = (1..=candidates).map(|from| Mishap::WordsLost { from, to: 0 });
                there.chain(back).collect()
            }
            Self::ProposalsLost => vec![Mishap::ProposalsLost],
            Self::Cancelled => vec![Mishap::Cancelled],
            Self::Declined => (1..=candidates).map(Mishap::Declined).collect(),
            Self::Overflow => nodes.map(Mishap::Overflow).collect(),
            Self::Hasty => nodes.flat_map(|n| hasty.map(|timer| Mishap::Hasty(n, timer))).collect(),
        }
    }
}

impl Mishap {
    /// Returns whether it is a failure, after which a packet-in may be answered twice.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Killed(_)
            | Self::PowerCut(_)
            | Self::SessionLost(_)
            | Self::SwitchRestarted
            | Self::WordsLost { .. } => true,
            Self::ProposalsLost
            | Self::Cancelled
            | Self::Declined(_)
            | Self::Overflow(_)
            | Self::Hasty(_, _) => false,
        }
    }
}

impl Scenario {
    /// Returns a hand-over in which nothing goes wrong.
    pub fn new(protocol: Protocol, candidates: usize, packets: u8) -> Self {
        Self {
            protocol,
            rule: Rule::First,
            candidates,
            packets,
            mishaps: Vec::new(),
            faults: 0,
            draft: None,
            strict: false,
            flaw: None,
        }
    }

    /// Returns the same, in which up to `faults` mishaps of these sorts happen.
    #[must_use]
    pub fn with(mut self, faults: u8, sorts: &[Sort]) -> Self {
        self.faults = faults;
        self.mishaps = sorts.iter().flat_map(|sort| sort.among(self.candidates)).collect();
        self
    }

    /// Returns whether it makes no difference which candidate is which: only who follows a failure, and the
    /// best score, prefer one to another.
    pub(crate) fn is_symmetric(&self) -> bool {
        self.faults == 0 && self.rule != Rule::Score
    }

    /// Returns what the parties do.
    pub fn table(&self) -> &'static Table {
        self.draft.unwrap_or(self.protocol.table())
    }
}
