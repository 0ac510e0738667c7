//! When everything has healed: what a cluster must come to by itself.
//!
//! Every node is ready and follows the same leader; every switch is owned by a live node, which is its master with the
//! log's token (P6); every other node is `SLAVE` (P7); no migration is under way (P5); all nodes have the same state.

use super::Wired;
use super::check::replicas::{self, View};
use super::check::trail::Change;
use super::history::History;
use super::operator::Operator;
use crate::cluster::Cluster;
use crate::wait::{Failure, wait_until};
use controller::proto::admin::StatusReply;
use openflow::{Dpid, Role};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a calm cluster looks like.
#[derive(Debug)]
pub(super) struct Calm {
    /// Changes of ownership of each switch, as all nodes tell them.
    pub(super) histories: BTreeMap<Dpid, Vec<Change>>,
    /// Runs of the nodes' processes.
    pub(super) boots: BTreeMap<u64, u64>,
    /// All that was acknowledged before, in microseconds of the history, is part of this.
    pub(super) as_of_us: u64,
    /// Where nodes differ; nothing if all is well.
    pub(super) wrong: Vec<String>,
}

/// Waits for a calm.
pub(super) async fn wait(
    cluster: &mut Cluster,
    switches: &[Wired],
    operator: &Operator,
    history: &History,
    limit: Duration,
) -> Result<Calm, Failure> {
    let mut calm = wait_until("a calm", limit, async || {
        // A process that has ended by itself comes not back: no use in waiting.
        if let Err(failure) = cluster.check_alive() {
            return Ok(Err(failure));
        }
        Ok(Ok(look(cluster, switches, operator, history).await?))
    })
    .await??;
    let mut digests = BTreeMap::new();
    for node in cluster.ids() {
        let status = cluster.baton_at(node, &["status"]).await?.json;
        let (applied, digest) = (status["applied"].as_u64().unwrap_or(0), status.get("digest"));
        digests.insert(node, View { applied, digest: digest.cloned(), parts: BTreeMap::new() });
    }
    if replicas::are_level(&digests) {
        calm.wrong.extend(replicas::check(&digests));
    }
    Ok(calm)
}

async fn look(
    cluster: &Cluster,
    switches: &[Wired],
    operator: &Operator,
    history: &History,
) -> Result<Calm, String> {
    let as_of_us = history.now_us();
    let mut leaders = BTreeMap::new();
    let mut boots = BTreeMap::new();
    for node in cluster.ids() {
        let status = operator.status(node).await.map_err(|e| format!("node {node}: {e}"))?;
        is_well(node, &status)?;
        leaders.insert(status.leader, node);
        boots.extend(status.nodes.iter().map(|node| (node.id, node.boot)));
    }
    if leaders.len() > 1 {
        return Err(format!("several leaders: {leaders:?}"));
    }
    agree(cluster, switches, operator).await?;
    let mut views = BTreeMap::new();
    let mut histories = BTreeMap::new();
    for node in cluster.ids() {
        let (view, told) = view(node, switches, operator).await?;
        views.insert(node, view);
        histories = told;
    }
    if !replicas::are_level(&views) {
        return Err("nodes have not applied the same entries yet".to_owned());
    }
    Ok(Calm { histories, boots, as_of_us, wrong: replicas::check(&views) })
}

fn is_well(node: u64, status: &StatusReply) -> Result<(), String> {
    match (&status.problems[..], &status.migrations[..]) {
        ([], []) if status.quorum => Ok(()),
        (problems, migrations) => {
            let running: Vec<_> = migrations.iter().map(|it| (it.id, &it.state)).collect();
            Err(format!("node {node}: problems {problems:?}, migrations under way {running:?}"))
        }
    }
}

/// Returns whether log and switches agree about every node's role.
async fn agree(cluster: &Cluster, switches: &[Wired], operator: &Operator) -> Result<(), String> {
    let nodes = cluster.ids().count();
    let asked = cluster.ids().next().unwrap_or(1);
    let reply = operator.switches(asked, true).await.map_err(|e| format!("a read: {e}"))?;
    for Wired { switch, .. } in switches {
        let dpid = switch.dpid();
        let seen = reply.switches.iter().find(|seen| seen.dpid == dpid.to_string());
        let seen = seen.ok_or_else(|| format!("switch {dpid} is not known"))?;
        if seen.owner.is_none() || seen.connected.len() != nodes || !seen.equals.is_empty() {
            return Err(format!("{seen:?}"));
        }
        for node in cluster.ids() {
            let wanted = if seen.owner == Some(node) { Role::Master } else { Role::Slave };
            let role = switch.role(node);
            if role != Some(wanted) {
                return Err(format!("node {node} is {role:?}, to be {wanted:?}: {seen:?}"));
            }
        }
        let generation = switch.look(|switch| switch.generation());
        if generation.map(|generation| generation.0) != Some(seen.token) {
            return Err(format!("the switch's generation is {generation:?}: {seen:?}"));
        }
    }
    Ok(())
}

/// Returns what one node tells, all of it as of one entry of the log.
async fn view(
    node: u64,
    switches: &[Wired],
    operator: &Operator,
) -> Result<(View, BTreeMap<Dpid, Vec<Change>>), String> {
    let failed = |status| format!("node {node}: {status}");
    let first = operator.status(node).await.map_err(failed)?.applied;
    let mut parts = BTreeMap::new();
    let listed = operator.switches(node, false).await.map_err(failed)?;
    parts.insert("switches".to_owned(), json(&listed.switches));
    let listed = operator.migrations(node).await.map_err(failed)?;
    parts.insert("migrations".to_owned(), json(&listed.migrations));
    let mut histories = BTreeMap::new();
    for Wired { switch, .. } in switches {
        let dpid = switch.dpid();
        let (_, changes) = operator.history(node, dpid).await.map_err(failed)?;
        parts.insert(format!("history of {dpid}"), json(&changes));
        histories.insert(dpid, changes);
    }
    let applied = operator.status(node).await.map_err(failed)?.applied;
    if applied != first {
        return Err(format!("node {node} applies entries still"));
    }
    Ok((View { applied, digest: None, parts }, histories))
}

fn json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
