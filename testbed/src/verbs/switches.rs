//! `testbed switches`: virtual switches for controllers that run already.

use crate::oracle::Report;
use crate::output::Form;
use crate::switches::{self, VirtualSwitch};
use crate::wait::Failure;
use serde::Serialize;
use std::net::SocketAddr;
use std::time::Duration;

/// Runs virtual switches against running controllers, and counts the answers to their packet-ins.
///
/// Runs until it is interrupted, or for `--seconds`.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// OpenFlow addresses of the controllers, separated by commas.
    #[arg(long, required = true, value_delimiter = ',', default_value = "127.0.0.1:6653")]
    pub controllers: Vec<SocketAddr>,
    /// Switches, with the datapath ids 1, 2, and so on.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub count: u64,
    /// Packet-ins a second that each switch raises, once it has a master.
    #[arg(long, default_value_t = 0)]
    pub rate: u64,
    /// How long to run; until interrupted if not given.
    #[arg(long)]
    pub seconds: Option<u64>,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// What the switches saw.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The oracle's verdict.
    #[serde(flatten)]
    pub report: Report,
    /// Hand-overs asked for: none, as this verb only watches.
    pub migrations: u64,
    /// Nothing is random here.
    pub seed: u64,
}

/// Runs the switches; `interrupted` ends the run early.
pub async fn run(
    options: &Options,
    interrupted: impl Future<Output = ()>,
) -> Result<Outcome, Failure> {
    let switches: Vec<_> = (1..=options.count)
        .map(|dpid| VirtualSwitch::start(switches::Options::new(dpid, options.controllers.clone())))
        .collect();
    let run = async {
        for switch in &switches {
            let master = switch.ready(START_LIMIT).await?;
            let controller = options.controllers[master as usize - 1];
            options.output.say(format!("switch {} is served by {controller}", switch.dpid()));
            switch.set_rate(options.rate);
        }
        match options.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
        Ok::<(), Failure>(())
    };
    tokio::select! {
        done = run => done?,
        () = interrupted => {}
    }
    for switch in &switches {
        // What is missing after this is the oracle's to tell.
        let _ = switch.settle(SETTLE_LIMIT).await;
    }
    Ok(Outcome { report: VirtualSwitch::verdict(&switches), migrations: 0, seed: 0 })
}

const START_LIMIT: Duration = Duration::from_secs(60);
const SETTLE_LIMIT: Duration = Duration::from_secs(10);
