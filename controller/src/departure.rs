//! The end of a node that is asked to stop: it goes without being missed.
//!
//! 1. It asks for its own drain, and waits until it serves nothing, or until its time is over.
//! 2. It hands leadership over.
//! 3. It falls silent for ever: from here on nothing that it says to a switch leaves the process.
//! 4. It tells the log that it leaves, so that nobody waits to detect it.

use crate::node::Shared;
use migration::ownership::{DrainOrder, Op};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Does all of it, as far as the cluster lets it.
pub(crate) async fn depart(node: &Shared) {
    hand_switches_over(node).await;
    node.consensus.resign().await;
    node.leaving.store(true, Ordering::SeqCst);
    node.consensus.renounce();
    let boot = node.boot.load(Ordering::Relaxed);
    let known = node.consensus.read(|state| state.nodes().get(&node.id).map(|it| it.boot));
    if known != Some(boot) {
        return;
    }
    match timeout(GOOD_BYE, node.propose(Op::Leave { node: node.id, boot })).await {
        Ok(Ok(_)) => tracing::info!("the cluster knows that this node leaves"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the cluster may have to find out that this node left")
        }
        Err(_) => tracing::warn!("the cluster may have to find out that this node left"),
    }
}

async fn hand_switches_over(node: &Shared) {
    let limit = node.config.timing.drain;
    let (serves, could_go) = outlook(node);
    if serves == 0 && node.consensus.read(|state| state.is_drained(node.id)) || limit.is_zero() {
        return;
    }
    if !could_go {
        tracing::warn!(
            serves,
            "no other node could take the switches of this one: they are left alone"
        );
        return;
    }
    if !node.lease.is_valid() {
        tracing::warn!(serves, "out of contact with the majority: switches cannot be handed over");
        return;
    }
    let deadline = Instant::now() + limit;
    let order = DrainOrder {
        parallel: AT_ONCE,
        deadline_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        reason: "it is about to stop".to_owned(),
    };
    let boot = node.boot.load(Ordering::Relaxed);
    let drain = Op::Drain { node: node.id, order, leaves: Some(boot) };
    tracing::info!(serves, ?limit, "handing switches over");
    match timeout_at(deadline, node.propose(drain)).await {
        Ok(Ok(reply)) if reply.result.is_ok() => {}
        refused => {
            tracing::warn!(?refused, "switches cannot be handed over");
            return;
        }
    }
    let _ = timeout_at(deadline, until_nothing_more_can_go(node)).await;
    match outlook(node) {
        (0, _) => tracing::info!("every switch has another controller"),
        (left, _) => tracing::warn!(left, "switches are left behind"),
    }
}

/// Returns how many switches this node serves, and whether any of them moves or could move.
fn outlook(node: &Shared) -> (usize, bool) {
    node.consensus.read(|state| {
        let plan = state.drain_plan(node.id, |_, _| false);
        let moves = !plan.moves.is_empty() || state.moves_of(node.id) > 0;
        (state.served_by(node.id), moves)
    })
}

async fn until_nothing_more_can_go(node: &Shared) {
    let mut revision = node.revision.clone();
    let mut in_contact = Instant::now();
    loop {
        let drained = node.consensus.read(|state| state.is_drained(node.id));
        let (_, moves) = outlook(node);
        if node.lease.is_valid() {
            in_contact = Instant::now();
        }
        if drained || !moves || in_contact.elapsed() > WITHOUT_MAJORITY {
            return;
        }
        let _ = timeout(LOOK_EVERY, revision.changed()).await;
    }
}

/// Switches that are handed over at once: nobody waits for a process that ends longer than for an operator.
const AT_ONCE: u32 = 8;
/// How long a majority may be out of contact: an election is over by then.
const WITHOUT_MAJORITY: Duration = Duration::from_secs(4);
const GOOD_BYE: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(200);
