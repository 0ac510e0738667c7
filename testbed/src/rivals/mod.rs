//! Controllers side by side: how many packet-ins each answers, and how fast, on one processor.
//!
//! ```text
//!   processor P      the controller that is measured      of Baton: the node that owns every switch
//!   processor P + 1  the generator                        of Baton: the other nodes, which vote and grant leases
//! ```
//!
//! Each figure is of a controller that was started for it. In every round each controller has its turn under each load,
//! and another is the first: whatever drifts, drifts for all. What is compared are turns of one round.

mod process;
mod row;
mod run;
mod subject;
pub mod table;

pub use row::{Row, Sample, rows};
pub use run::run;
pub use subject::{Contestant, Subject, baton, baton_in_tls, contestants, os_ken, ovs};

use crate::bench::environment::Environment;
use crate::load::Mode;
use serde::Serialize;
use std::path::PathBuf;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who takes part.
    pub contestants: Vec<Contestant>,
    /// What is measured.
    pub modes: Vec<Mode>,
    /// Emulated switches, one number after the other.
    pub switches: Vec<usize>,
    /// Addresses behind each switch.
    pub hosts: usize,
    /// Turns of each controller under each load.
    pub rounds: usize,
    /// Seconds of each turn that count.
    pub seconds: u64,
    /// Nodes of Baton's cluster.
    pub nodes: u64,
    /// Processor of the controller; the generator has the next.
    pub processor: usize,
    /// The `baton` executable; the one beside this executable if not given.
    pub baton: Option<PathBuf>,
}

/// What it came to.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Where it was measured.
    pub environment: Environment,
    /// Turns of each controller under each load.
    pub rounds: usize,
    /// Seconds of each turn that counted.
    pub seconds: u64,
    /// Addresses behind each switch.
    pub hosts: usize,
    /// Nodes of Baton's cluster.
    pub nodes: u64,
    /// A row for each controller under each number of switches.
    pub rows: Vec<Row>,
    /// Every turn.
    pub samples: Vec<Sample>,
    /// Turns that came to nothing, and why.
    pub failures: Vec<String>,
}

impl Outcome {
    /// Returns whether every controller had its turns.
    pub fn is_good(&self) -> bool {
        self.failures.is_empty() && !self.samples.is_empty()
    }
}
