//! `testbed restart`: a rolling restart under load, and the oracle's verdict.

use crate::cluster::{self, Cluster};
use crate::output::Form;
use crate::restart::{self, Restarted};
use crate::switches::{self, VirtualSwitch};
use crate::wait::Failure;
use std::path::PathBuf;
use std::time::Duration;

/// Restarts each node in turn under load: SIGTERM, wait for its end, start it again.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Controller nodes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(2..=9))]
    pub nodes: u64,
    /// Virtual switches.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=64))]
    pub switches: u64,
    /// Packet-ins a second that they raise together.
    #[arg(long, default_value_t = 1_000)]
    pub rate: u64,
    /// The `baton` executable; the one beside this executable if not given.
    #[arg(long)]
    pub baton: Option<PathBuf>,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// Runs it; the outcome is there whatever the oracle's verdict.
pub async fn run(options: &Options) -> Result<Restarted, Failure> {
    let (form, nodes) = (options.output, options.nodes as usize);
    form.say(format!("starting {nodes} controllers and {} switches", options.switches));
    let like = cluster::Options {
        nodes: options.nodes,
        baton: options.baton.clone(),
        ..cluster::Options::default()
    };
    let mut cluster = Cluster::start(like).await?;
    let start = |dpid| VirtualSwitch::start(switches::Options::new(dpid, cluster.controllers()));
    let switches: Vec<_> = (1..=options.switches).map(start).collect();
    for switch in &switches {
        let everywhere =
            |seen: &cluster::Seen| seen.owner.is_some() && seen.connected.len() == nodes;
        let what = "owned, and connected to all nodes";
        cluster.wait_for_switch(switch.dpid(), what, START_LIMIT, everywhere).await?;
        switch.ready(START_LIMIT).await?;
    }
    form.say(format!("restarting each in turn, under {} packet-ins a second", options.rate));
    let restarted = restart::rolling(&mut cluster, &switches, options.rate).await?;
    let report = &restarted.report;
    form.say(format!(
        "{} lost, {} twice of {}; longest gap {} us; {} hand-overs; each node stopped in {:?} ms",
        report.lost,
        report.twice,
        report.raised,
        report.longest_gap_us,
        restarted.migrations,
        restarted.stop_ms
    ));
    Ok(restarted)
}

const START_LIMIT: Duration = Duration::from_secs(30);
