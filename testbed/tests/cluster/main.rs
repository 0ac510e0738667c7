//! Real `baton` processes under virtual switches: what must hold whatever fails.
//!
//! The executable is built beforehand: `cargo build -p controller --bin baton`.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod bench;
mod chaos;
mod disk;
mod drain;
mod failover;
mod failures;
mod guards;
mod isolation;
mod membership;
mod metrics;
mod migrations;
mod protocols;
mod published;
mod restart;
mod snapshot;
mod tls;

use std::time::Duration;
use testbed::cluster::{Cluster, Migrated, Options, Seen};
use testbed::switches::{self, VirtualSwitch};
use testbed::wait::wait_until;
use tokio::sync::{Mutex, MutexGuard};

/// A cluster with switches that are connected to every node.
struct Lab {
    // Switches go first, so that nodes do not log their loss.
    switches: Vec<VirtualSwitch>,
    cluster: Cluster,
    _alone: MutexGuard<'static, ()>,
}

/// One cluster at a time: leases are short, and processors few.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Timing for tests in which no node fails: shared processors stand still for half a second at times, and
/// nobody is to lose his lease, and decline a migration, for that.
const PATIENT: &str = "[timing]
lease_ms = 3000
detect_ms = 3600
election_min_ms = 700
election_max_ms = 1000
";

fn patient() -> Options {
    Options { extra: PATIENT.to_owned(), ..Options::default() }
}

/// For what should take a second.
const LONG: Duration = Duration::from_secs(30);

impl Lab {
    async fn start(switches: u64) -> Self {
        Self::with(switches, Options::default()).await
    }

    /// As [`Self::start`], with [`PATIENT`] nodes.
    async fn patient(switches: u64) -> Self {
        Self::with(switches, patient()).await
    }

    async fn with(switches: u64, options: Options) -> Self {
        Self::with_switches(switches, options, |switch| switch).await
    }

    async fn with_switches(
        switches: u64,
        options: Options,
        like: impl Fn(switches::Options) -> switches::Options,
    ) -> Self {
        let alone = ALONE.lock().await;
        let cluster = Cluster::start(options).await.unwrap();
        let switches = (1..=switches)
            .map(|dpid| {
                VirtualSwitch::start(like(switches::Options::new(dpid, cluster.controllers())))
            })
            .collect();
        let lab = Self { switches, cluster, _alone: alone };
        lab.settled().await;
        lab
    }

    /// Waits until every switch is owned, connected to every node, and ready for traffic.
    async fn settled(&self) {
        for switch in &self.switches {
            let nodes = self.cluster.ids().count();
            let wanted = |seen: &Seen| seen.owner.is_some() && seen.connected.len() == nodes;
            let what = "owned and connected to every node";
            self.cluster.wait_for_switch(switch.dpid(), what, LONG, wanted).await.unwrap();
            switch.ready(LONG).await.unwrap();
            self.agrees(switch).await;
        }
    }

    async fn owner(&self, switch: &VirtualSwitch) -> u64 {
        self.cluster.switch(switch.dpid()).await.unwrap().owner.unwrap()
    }

    /// Waits until the owner in the log is the master at the switch, with the log's token.
    async fn agrees(&self, switch: &VirtualSwitch) {
        wait_until("log and switch to agree", LONG, async || {
            let seen = self.cluster.switch(switch.dpid()).await.map_err(|e| e.to_string())?;
            let generation = switch.look(|switch| switch.generation());
            // Roles of OpenFlow 1.0 have none.
            let at_switch = (switch.master(), generation.map_or(seen.token, |it| it.0));
            if at_switch == (seen.owner, seen.token) {
                Ok(())
            } else {
                Err(format!("log {seen:?}, switch {at_switch:?}"))
            }
        })
        .await
        .unwrap();
    }

    /// Gives a switch to a node, and returns the migration that did it, if it took one.
    ///
    /// One that a slow machine's lapsed lease aborts is tried again.
    async fn given(&self, switch: &VirtualSwitch, target: u64) -> Option<Migrated> {
        wait_until("a migration", LONG, async || {
            if self.owner(switch).await == target {
                return Ok(None);
            }
            let moved = self.cluster.migrate(switch.dpid(), target).await;
            moved.map(Some).map_err(|e| e.to_string())
        })
        .await
        .unwrap()
    }

    /// Returns a node that is not `node`.
    fn another(&self, node: u64) -> u64 {
        node % self.cluster.ids().count() as u64 + 1
    }
}

/// Waits until a switch has had this many more answers.
async fn answers(switch: &VirtualSwitch, more: u64) {
    let until = switch.answered() + more;
    wait_until("answers", LONG, async || match switch.answered() {
        answered if answered >= until => Ok(()),
        answered => Err(format!("{answered} of {until}, {} wait", switch.waiting())),
    })
    .await
    .unwrap();
}

/// Waits until a switch has a master other than `node`.
async fn master_but(switch: &VirtualSwitch, node: u64) -> u64 {
    wait_until("another master", LONG, async || match switch.master() {
        Some(master) if master != node => Ok(master),
        master => Err(format!("{master:?}")),
    })
    .await
    .unwrap()
}
