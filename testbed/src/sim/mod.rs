//! A seeded, deterministic simulator of whole clusters in virtual time.
//!
//! It runs the very code that runs behind sockets, [`migration`]'s engine, gate, ownership and reconciler and
//! the OpenFlow channel, against the testbed's virtual switch, in a world whose every delay, loss and crash is
//! drawn from a seed. The session around that code is a mirror of the controller's (`session`); there is no
//! clock, no socket and no thread, so that a seed gives the same run for ever.
//!
//! ```text
//!   Scenario { seed, faults, … } --> World --> violations, Tally, Trace, Coverage
//! ```
//!
//! Asserted in every run:
//!
//! | | property | with faults |
//! |---|---|---|
//! | P1 | no change of a switch out of token order, none without a lease | the same |
//! | P2 | each packet-in is answered exactly once | at least once, if a node that was not hit heard it |
//! | P3 | in the switch's order | not asserted |
//! | P4 | no packet-in waits longer than the window | window, detection, and the log's outage |
//! | P5 | each migration ends, and none is aborted for nothing | by its deadline and a margin |
//! | P6 | the log's owner is in the end the switch's master, or an `EQUAL` where that is wanted, and answers | the same |
//! | P7 | nothing is left: no marker's flow, no unintended `EQUAL`, no party, no place, no gate half open | the same |

mod agenda;
mod check;
mod faults;
mod link;
mod log;
mod mutant;
mod node;
mod rng;
mod session;
mod switch;
mod trace;
mod world;

pub use faults::{Boundary, Coverage, Fault};
pub use mutant::Mutant;
pub use trace::Trace;

use migration::ownership::Protocol;
use serde::Serialize;
use std::collections::BTreeMap;

/// What is simulated: all else is drawn from the seed.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Decides everything.
    pub seed: u64,
    /// Migrations of the run.
    pub migrations: u32,
    /// Most faults for each migration; with none, nothing may go wrong at all.
    pub faults: u64,
    /// Whether machines may lose their power, too.
    pub power_cuts: bool,
    /// The protocol of every migration that is not a preparation; any exact one if not given.
    pub protocol: Option<Protocol>,
    /// A rule that is broken on purpose.
    pub mutant: Option<Mutant>,
    /// Whether the time line is kept as text.
    pub trace: bool,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            seed: 1,
            migrations: MIGRATIONS,
            faults: 2,
            power_cuts: false,
            protocol: None,
            mutant: None,
            trace: false,
        }
    }
}

/// Migrations of a run, unless it is said otherwise.
pub const MIGRATIONS: u32 = 6;

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// What is wrong, the first first.
    pub violations: Vec<String>,
    /// What was counted.
    pub tally: Tally,
    /// What happened.
    pub trace: Trace,
    /// Where faults could have struck, and did.
    pub coverage: Coverage,
}

/// What one or more runs have counted.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Tally {
    /// Migrations that are over.
    pub migrations: u64,
    /// Of those, how they ended, by protocol.
    pub protocols: BTreeMap<&'static str, Ends>,
    /// Faults that have struck.
    pub faults: u64,
    /// Packet-ins raised.
    pub raised: u64,
    /// Packet-ins never answered.
    pub lost: u64,
    /// Packet-ins answered more than once.
    pub twice: u64,
    /// Packet-ins answered after a later one.
    pub reordered: u64,
    /// Packets for which the switch had no controller to ask.
    pub unheard: u64,
    /// Longest time from a packet-in to its answer, in microseconds of virtual time.
    pub longest_gap_us: u64,
    /// Longest migration that was done, in microseconds of virtual time.
    pub longest_us: u64,
    /// Events that have happened.
    pub events: u64,
    /// Stands for all that happened, in order.
    pub hash: u64,
}

/// How migrations by one protocol ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Ends {
    /// The switch has moved.
    pub done: u64,
    /// Nothing has moved.
    pub aborted: u64,
}

/// Runs a scenario to its end.
pub fn run(scenario: &Scenario) -> Outcome {
    let (violations, tally, trace, coverage) = world::World::new(scenario).run();
    Outcome { violations, tally, trace, coverage }
}

impl Tally {
    /// Adds what another run has counted.
    pub fn add(&mut self, other: &Self) {
        self.migrations += other.migrations;
        self.faults += other.faults;
        self.raised += other.raised;
        self.lost += other.lost;
        self.twice += other.twice;
        self.reordered += other.reordered;
        self.unheard += other.unheard;
        self.events += other.events;
        self.longest_gap_us = self.longest_gap_us.max(other.longest_gap_us);
        self.longest_us = self.longest_us.max(other.longest_us);
        // So that the order in which runs end does not matter.
        self.hash = self.hash.wrapping_add(other.hash);
        for (&protocol, ends) in &other.protocols {
            let sum = self.protocols.entry(protocol).or_default();
            (sum.done, sum.aborted) = (sum.done + ends.done, sum.aborted + ends.aborted);
        }
    }
}
