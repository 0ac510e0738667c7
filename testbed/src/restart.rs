//! A rolling restart: each node in turn is asked to stop, and started again, while switches raise packet-ins.

use crate::cluster::Cluster;
use crate::oracle::Report;
use crate::switches::VirtualSwitch;
use crate::wait::{Failure, wait_until};
use serde::Serialize;
use std::time::{Duration, Instant};

/// What a rolling restart came to.
#[derive(Clone, Debug, Serialize)]
pub struct Restarted {
    /// The oracle's verdict.
    #[serde(flatten)]
    pub report: Report,
    /// Hand-overs that were done on the way.
    pub migrations: u64,
    /// How long each node took to end after it was asked to, in milliseconds.
    pub stop_ms: Vec<u64>,
}

/// Restarts each node of `cluster` in turn, while `switches` raise `rate` packet-ins a second together.
pub async fn rolling(
    cluster: &mut Cluster,
    switches: &[VirtualSwitch],
    rate: u64,
) -> Result<Restarted, Failure> {
    let each = (rate / switches.len().max(1) as u64).max(1);
    switches.iter().for_each(|switch| switch.set_rate(each));
    flows(switches, each).await?;
    let mut stop_ms = vec![];
    for node in cluster.ids() {
        let asked = Instant::now();
        cluster.stop(node).await?;
        stop_ms.push(u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX));
        flows(switches, each / 2).await?;
        cluster.run(node)?;
        cluster.healthy().await?;
        back(cluster, switches, node).await?;
        flows(switches, each / 2).await?;
    }
    for switch in switches {
        // What is missing after this is the oracle's to tell.
        let _ = switch.settle(LIMIT).await;
    }
    let list = cluster.baton(&["migration", "list"]).await?.done()?;
    let all = list["migrations"].as_array().cloned().unwrap_or_default();
    let done = all.iter().filter(|one| one["state"] == "done").count() as u64;
    Ok(Restarted { report: VirtualSwitch::verdict(switches), migrations: done, stop_ms })
}

/// Waits until every switch has had this many more answers.
async fn flows(switches: &[VirtualSwitch], more: u64) -> Result<(), Failure> {
    for switch in switches {
        let until = switch.answered() + more;
        wait_until("answers", LIMIT, async || match switch.answered() {
            answered if answered >= until => Ok(()),
            answered => Err(format!("{answered} of {until} of switch {}", switch.dpid())),
        })
        .await?;
    }
    Ok(())
}

/// Waits until a node that was restarted is connected to every switch again.
async fn back(cluster: &Cluster, switches: &[VirtualSwitch], node: u64) -> Result<(), Failure> {
    for switch in switches {
        let connected = |seen: &crate::cluster::Seen| seen.connected.contains(&node);
        cluster.wait_for_switch(switch.dpid(), "connected again", LIMIT, connected).await?;
    }
    Ok(())
}

const LIMIT: Duration = Duration::from_secs(30);
