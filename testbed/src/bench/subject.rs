//! The switch that is handed over.

use crate::oracle::Tally;
use crate::switches::VirtualSwitch;
use crate::wait::{Failure, wait_until};
use openflow::{Dpid, Role};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

use super::bridge::Bridge;

/// A switch under load.
#[derive(Debug)]
pub(super) enum Subject {
    /// With numbered packet-ins and an oracle.
    Virtual(VirtualSwitch),
    /// Open vSwitch: only times are measured.
    Bridge(Bridge),
}

impl Subject {
    pub(super) fn dpid(&self) -> Dpid {
        match self {
            Self::Virtual(switch) => switch.dpid(),
            Self::Bridge(bridge) => bridge.dpid(),
        }
    }

    pub(super) async fn set_rate(&self, per_second: u64) -> Result<(), Failure> {
        match self {
            Self::Virtual(switch) => switch.set_rate(per_second),
            Self::Bridge(bridge) => bridge.set_rate(per_second),
        }
        Ok(())
    }

    /// Waits until so many more packet-ins are answered; where none are counted, as long as they take to raise.
    pub(super) async fn flows(&self, more: u64, rate: u64) -> Result<(), Failure> {
        let Self::Virtual(switch) = self else {
            sleep(Duration::from_secs_f64(more as f64 / rate.max(1) as f64)).await;
            return Ok(());
        };
        let until = switch.answered() + more;
        let end = Instant::now() + FLOW_LIMIT;
        while switch.answered() < until {
            if Instant::now() > end {
                let (answered, waiting) = (switch.answered(), switch.waiting());
                return Err(Failure(format!("{answered} answers of {until}, {waiting} wait")));
            }
            sleep(BETWEEN).await;
        }
        Ok(())
    }

    /// Waits until no packet-in waits but those known to be lost, or long enough to call more of them lost.
    pub(super) async fn drained(&self, lost: u64) {
        let Self::Virtual(switch) = self else { return };
        let end = Instant::now() + DRAIN_LIMIT;
        while switch.waiting() > lost && Instant::now() < end {
            sleep(BETWEEN).await;
        }
    }

    pub(super) fn tally(&self) -> Tally {
        match self {
            Self::Virtual(switch) => switch.tally(),
            Self::Bridge(_) => Tally::default(),
        }
    }

    /// Returns the role of each node, as the switch has it; nothing if only the nodes can tell.
    pub(super) fn roles(&self, nodes: u64) -> Option<BTreeMap<u64, Role>> {
        let Self::Virtual(switch) = self else { return None };
        Some((1..=nodes).filter_map(|node| Some((node, switch.role(node)?))).collect())
    }

    /// Has the controllers learn `hosts` addresses, and waits until they have heard them all.
    pub(super) async fn announce(&self, hosts: u64) -> Result<(), Failure> {
        let Self::Virtual(switch) = self else { return Ok(()) };
        let heard = || (1..=MOST_NODES).map(|node| switch.deeds(node).packet_outs).sum::<u64>();
        for from in (0..hosts).step_by(BATCH as usize) {
            let to = hosts.min(from + BATCH);
            let until = heard() + to - from;
            switch.announce(from..to);
            // Slower than applications may flood: what comes next is not to find their budget spent.
            sleep(BATCH_LASTS).await;
            wait_until("hosts to be heard", FLOW_LIMIT, async || match heard() {
                heard if heard >= until => Ok(()),
                heard => Err(format!("{heard} of {until}")),
            })
            .await?;
        }
        Ok(())
    }
}

const BETWEEN: Duration = Duration::from_millis(1);
const FLOW_LIMIT: Duration = Duration::from_secs(10);
const DRAIN_LIMIT: Duration = Duration::from_secs(2);
/// Hosts that are announced at once.
const BATCH: u64 = 500;
const BATCH_LASTS: Duration = Duration::from_millis(50);
const MOST_NODES: u64 = 9;
