//! `testbed model`: every interleaving of one hand-over.

use crate::model::{self, Found, Scenario, Sort};
use crate::output::Form;
use crate::wait::Failure;
use migration::ownership::{Protocol, Rule};
use migration::protocol::Probe;
use serde::Serialize;
use std::time::Instant;

/// Checks every interleaving of one hand-over, failures included, against what is promised.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The protocol.
    #[arg(long, default_value_t)]
    pub protocol: Protocol,
    /// Nodes that the switch may move to.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub candidates: u8,
    /// How the source chooses among them.
    #[arg(long, default_value_t)]
    pub rule: Rule,
    /// Packet-ins that the switch raises, at any time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=4))]
    pub packets: u8,
    /// Mishaps that may happen, at any time.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=3))]
    pub faults: u8,
    /// What sorts of mishaps, separated by commas; all of them if not given.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub sorts: Vec<Sort>,
    /// Asks that even a winner whose power is cut as it finishes loses nothing.
    #[arg(long)]
    pub strict: bool,
    /// Threads that search.
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// What was searched, and what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The protocol.
    pub protocol: &'static str,
    /// Nodes that the switch may move to.
    pub candidates: u8,
    /// Packet-ins.
    pub packets: u8,
    /// Mishaps at most.
    pub faults: u8,
    /// States, properties, and what does not hold.
    #[serde(flatten)]
    pub found: Found,
    /// How long it took.
    pub seconds: f64,
}

/// Searches, and tells what was found.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let Options { protocol, candidates, packets, faults, .. } = *options;
    if candidates > 1 && protocol.table().probe == Probe::None {
        return Err(Failure(format!("{protocol} takes one candidate")));
    }
    let sorts = if options.sorts.is_empty() { &Sort::ALL[..] } else { &options.sorts };
    let mut scenario =
        Scenario::new(protocol, usize::from(candidates), packets).with(faults, sorts);
    (scenario.rule, scenario.strict) = (options.rule, options.strict);
    let started = Instant::now();
    let found = model::check(&scenario, options.threads);
    let seconds = started.elapsed().as_secs_f64();
    tell(options.output, &found);
    Ok(Outcome { protocol: protocol.name(), candidates, packets, faults, found, seconds })
}

fn tell(form: Form, found: &Found) {
    form.say(format!("{} states, {} moves, depth {}", found.states, found.moves, found.depth));
    for property in &found.properties {
        let broken = found.broken.iter().find(|broken| broken.property == *property);
        form.say(format!("{}  {property}", if broken.is_some() { "BROKEN" } else { "holds " }));
    }
    for missing in &found.missing {
        form.say(format!("never seen: {missing}"));
    }
    for broken in &found.broken {
        form.say(format!("\n{}, after {} moves:", broken.property, broken.trace.len()));
        for step in &broken.trace {
            form.say(format!("  {step}"));
        }
    }
}
