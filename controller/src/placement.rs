//! What only the leader of the log does: declares nodes dead, gives ownerless switches an owner, and ends
//! migrations that overrun their deadline.
//!
//! All of it is counted on a monotonic clock and anew by every new leader, so that an old owner has fallen
//! silent before a new one speaks: a lease ends at most `lease` after the leader last heard of it, and a
//! node is declared dead no earlier than `detect` after that. For the same reason a decision is void once its
//! leader is none any more: whom it took for dead may hold a lease of the next leader's by then.

use crate::node::Shared;
use consensus::Status;
use migration::ownership::{AbortReason, NodeId, Op, Ownership, State};
use migration::{MigrationId, Token};
use openflow::Dpid;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, interval};

/// Time between rounds.
const ROUND_EVERY: Duration = Duration::from_millis(50);
/// Time after the start of this process in which owners that are not back yet are waited for: Open vSwitch
/// dials a controller that it has lost every 8 s at the latest.
const COLD_START: Duration = Duration::from_secs(10);

/// What this leader has been watching, and since when.
#[derive(Default)]
struct Watch {
    /// When this leader began to hold a lease without a break: a silence before that is nobody's fault.
    since: Option<Instant>,
    orphans: BTreeMap<(Dpid, Token), Instant>,
    migrations: BTreeMap<MigrationId, Instant>,
}

/// Does the leader's rounds whenever this node leads, for the life of the process.
pub(crate) async fn keep(node: Arc<Shared>) {
    let mut rounds = interval(ROUND_EVERY);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut watch = Watch::default();
    loop {
        rounds.tick().await;
        let status = node.consensus.status();
        if !status.leader.is_me || !node.lease.is_valid() {
            watch = Watch::default();
            continue;
        }
        let ops = node.consensus.read(|state| watch.round(&node, state, &status));
        let decided_at = Instant::now();
        for op in ops {
            tracing::info!(?op, "the leader decides");
            match node.decide(op).await {
                Ok(reply) => {
                    if let Err(refusal) = reply.result {
                        tracing::debug!(%refusal, "overtaken by events");
                    }
                }
                Err(error) => tracing::warn!(%error, "the leader could not decide"),
            }
        }
        // Nobody watched meanwhile whether the lease lasts: without one a silence is nobody's fault.
        if decided_at.elapsed() > ROUND_EVERY {
            watch.since = None;
        }
    }
}

impl Watch {
    fn round(&mut self, node: &Shared, state: &Ownership, status: &Status) -> Vec<Op> {
        let now = Instant::now();
        let mut ops = Vec::new();
        let watched_for = now - *self.since.get_or_insert(now);
        let dead = dead_nodes(node, state, status, watched_for);
        if !dead.is_empty() {
            ops.push(Op::NodesDown { nodes: dead });
        }
        let orphans: Vec<(Dpid, Token)> = state.orphans().collect();
        self.orphans.retain(|orphan, _| orphans.contains(orphan));
        for orphan in orphans {
            let since = *self.orphans.entry(orphan).or_insert(now);
            if now - since >= patience(node, state, orphan.0) {
                ops.push(Op::Assign { dpid: orphan.0, token: orphan.1 });
            }
        }
        let open = state.migrations().iter().filter(|(_, m)| m.state == State::Open);
        let open: BTreeMap<MigrationId, u64> = open.map(|(&id, m)| (id, m.deadline_ms)).collect();
        self.migrations.retain(|id, _| open.contains_key(id));
        for (id, deadline_ms) in open {
            let since = *self.migrations.entry(id).or_insert(now);
            if now - since >= Duration::from_millis(deadline_ms) {
                ops.push(Op::Abort { id, reason: AbortReason::Deadline });
            }
        }
        ops
    }
}

/// Returns how long a switch may go without an owner that serves it.
fn patience(node: &Shared, state: &Ownership, dpid: Dpid) -> Duration {
    let timing = &node.config.timing;
    let owner = state.switches().get(&dpid).and_then(|switch| switch.owner);
    match owner.and_then(|owner| state.nodes().get(&owner)) {
        // Time for the other nodes to connect, so that the switches are spread evenly.
        None => timing.settle,
        Some(owner) if !owner.is_up() => Duration::ZERO,
        // After a cold start the old owner is likely to be back, and its switches dial it when they will.
        Some(_) if node.clock.elapsed() < COLD_START => COLD_START,
        Some(_) => timing.grace,
    }
}

/// Returns the nodes that have not renewed their lease for longer than the detection time.
fn dead_nodes(
    node: &Shared,
    state: &Ownership,
    status: &Status,
    watched_for: Duration,
) -> Vec<(NodeId, u64)> {
    let led_for = status.leader_for.unwrap_or_default().min(watched_for);
    let silent = |id: &NodeId| {
        status.contact.get(id).copied().unwrap_or(led_for).min(led_for) >= node.config.timing.detect
    };
    let up = state.nodes().iter().filter(|(_, record)| record.is_up());
    up.filter(|(id, _)| **id != node.id && silent(id))
        .map(|(&id, record)| (id, record.boot))
        .collect()
}
