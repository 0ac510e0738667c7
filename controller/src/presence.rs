//! Tells the log which switches this node has sessions with: what is and what the log says are compared,
//! and the difference is proposed, until there is none.

use crate::joining;
use crate::node::Shared;
use crate::session::Letter;
use migration::ownership::{Done, Op, Ownership, Refusal, Reply, Sighting};
use openflow::Dpid;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// Longest time between two comparisons.
const ROUND_EVERY: Duration = Duration::from_millis(500);
/// Time for more sessions to come, so that they share one entry of the log.
const GATHER: Duration = Duration::from_millis(5);
/// Sessions that one entry of the log tells of, whose size is bounded; the rest waits for the next round.
const MAX_BATCH: usize = 500;

/// Registers this node, and keeps the log's view of its sessions true, for the life of the process.
///
/// Returns only if the cluster never wants to hear of this node again, and says why.
pub(crate) async fn keep(node: Arc<Shared>) -> String {
    let mut absent_since = BTreeMap::new();
    loop {
        node.peers.warm(node.consensus.status().members.into_keys());
        match register_if_needed(&node).await {
            Presence::Known => announce(&node, &mut absent_since).await,
            Presence::Unknown => {}
            Presence::Unwanted(why) => return why,
        }
        tokio::select! {
            () = node.registry.changed() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(ROUND_EVERY) => {}
        }
    }
}

/// What the log knows of this run of the process.
enum Presence {
    /// That it is up.
    Known,
    /// Nothing yet.
    Unknown,
    /// That the node was removed for ever.
    Unwanted(String),
}

/// Sees to it that the log knows this run of the process as up.
async fn register_if_needed(node: &Shared) -> Presence {
    // Who is about to end says nothing more; who does not vote yet cannot serve.
    if node.leaving.load(Ordering::SeqCst) || !joining::votes(node) {
        return Presence::Unknown;
    }
    let boot = node.boot.load(Ordering::Relaxed);
    let known = node
        .consensus
        .read(|state| state.nodes().get(&node.id).map(|record| (record.boot, record.is_up())));
    match known {
        Some((known, true)) if known == boot => return Presence::Known,
        // The cluster took this run for dead: it comes back as a new one, without sessions.
        Some((known, false)) if known == boot => {
            tracing::warn!("the cluster took this node for dead: it registers again");
            node.boot.store(boot + 1, Ordering::Relaxed);
        }
        Some(_) | None => {}
    }
    let boot = node.boot.load(Ordering::Relaxed);
    let addresses = node.config.advertised.clone();
    let op = Op::Register { node: node.id, boot, addresses };
    match node.propose(op).await {
        Ok(reply) if reply.result == Ok(Done::Applied) => {
            tracing::info!(boot, "registered with the cluster");
            Presence::Known
        }
        Ok(Reply { result: Err(refusal @ Refusal::Retired(_)), .. }) => {
            Presence::Unwanted(refusal.to_string())
        }
        Ok(reply) => {
            tracing::warn!(?reply, "registration refused");
            Presence::Unknown
        }
        Err(error) => {
            tracing::debug!(%error, "not registered yet");
            if joining::was_removed(node).await {
                return Presence::Unwanted(Refusal::Retired(node.id).to_string());
            }
            Presence::Unknown
        }
    }
}

async fn announce(node: &Shared, absent_since: &mut BTreeMap<Dpid, Instant>) {
    let present = node.registry.present();
    let (up, gone) = node.consensus.read(|state| compare(node, state, &present));
    let now = Instant::now();
    absent_since.retain(|dpid, _| gone.contains(dpid));
    let grace = node.config.timing.grace;
    let down: Vec<Dpid> = gone
        .into_iter()
        .filter(|&dpid| now - *absent_since.entry(dpid).or_insert(now) >= grace)
        .take(MAX_BATCH)
        .collect();
    if up.is_empty() && down.is_empty() {
        return;
    }
    let boot = node.boot.load(Ordering::Relaxed);
    match node.propose(Op::Connected { node: node.id, boot, up, down }).await {
        Ok(Reply { result: Ok(Done::Strangers(dpids)), .. }) => {
            for dpid in dpids {
                let _ = node.registry.post(dpid, Letter::Stranger);
            }
        }
        Ok(Reply { result: Err(Refusal::Full), .. }) => {
            tracing::error!("the cluster holds its maximum of switches: a new one is not served");
        }
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "sessions not told to the log yet"),
    }
}

/// Returns sessions that the log should learn of, and sessions that it should forget.
fn compare(
    node: &Shared,
    state: &Ownership,
    present: &BTreeMap<Dpid, Sighting>,
) -> (Vec<Sighting>, Vec<Dpid>) {
    let news = |(dpid, seen): (&Dpid, &Sighting)| {
        let switch = state.switches().get(dpid);
        (!switch.is_some_and(|switch| switch.knows(node.id, seen))).then(|| seen.clone())
    };
    let up = present.iter().filter_map(news).take(MAX_BATCH).collect();
    let connected = state.switches().iter().filter(|(_, s)| s.connected.contains_key(&node.id));
    let gone = connected.map(|(&dpid, _)| dpid).filter(|dpid| !present.contains_key(dpid));
    (up, gone.collect())
}
