//! A cluster of real processes under randomised faults, and what must hold all the same.
//!
//! ```text
//!  clients: linearizable reads, migrations ──┐
//!  switches: numbered packet-ins ────────────┼──> batch: faults that overlap ──> calm ──> checks ──> next batch
//!  nemesis: faults, drawn from a seed ───────┘
//! ```
//!
//! `kind` is the table of faults, `blow` draws them, `weather` says what partitions are, `nemesis` carries them out;
//! `clients` are the load, through `operator`; `history` is what they saw; `calm` is what the cluster must come back
//! to; `check` holds the checkers, which are pure; `stage` is all of it together, `campaign` a whole run. `leader`,
//! `failover` and `idle` are runs of their own: leaders killed one after the other while `churn` changes the members, the time that a failover takes,
//! and a machine so busy that healthy nodes may seem dead.

mod blow;
mod calm;
mod campaign;
pub mod check;
mod churn;
mod clients;
pub mod failover;
pub mod history;
pub mod idle;
mod kind;
pub mod leader;
mod nemesis;
mod operator;
mod stage;
mod weather;

pub use blow::{Blow, Deck};
pub use campaign::{Outcome, Plan, run};
pub use churn::Changes;
pub use kind::Kind;
pub use operator::Operator;
pub use weather::{Fate, Weather, fate};

use crate::cluster::Cluster;
use crate::proxy::Proxy;
use crate::switches::{self, VirtualSwitch};
use crate::wait::Failure;

/// A switch, and its way to each node.
#[derive(Debug)]
pub struct Wired {
    // The switch goes first, so that nodes do not log its loss.
    /// The switch.
    pub switch: VirtualSwitch,
    /// By node, from 1.
    pub ways: Vec<Proxy>,
}

impl Wired {
    /// Starts a switch that is connected to every node of a cluster.
    pub async fn start(dpid: u64, cluster: &Cluster) -> Result<Self, Failure> {
        let mut ways = vec![];
        for address in cluster.controllers() {
            let way = Proxy::start(address).await;
            ways.push(way.map_err(|e| Failure::new("start a proxy", e))?);
        }
        let controllers = ways.iter().map(Proxy::address).collect();
        Ok(Self { switch: VirtualSwitch::start(switches::Options::new(dpid, controllers)), ways })
    }
}
