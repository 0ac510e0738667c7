//! A first member whose disk is empty: it founds the cluster with the others, unless there is one already.
//!
//! The first day of a cluster and the loss of a disk look alike to a node. But one that has voted, and has forgotten for
//! whom, could elect a leader that lacks what a majority has acknowledged. So it takes nothing from anybody and asks the
//! other first members:
//!
//! - one of them knows that this node has been up before: it lost its disk, and ends;
//! - a majority of the first members, itself included, knows nothing of it: it founds the cluster. It is the same one
//!   whoever founds it, and a member that is started days later founds what is there.

use crate::joining::standing;
use crate::node::Shared;
use crate::proto::peer::StandingReply;
use migration::ownership::Refusal;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Asks until this node may found its cluster; fails if the cluster has known it before.
pub(crate) async fn found(node: &Arc<Shared>) -> Result<(), String> {
    let founders = &node.config.members;
    let majority = founders.len() / 2 + 1;
    let mut told = 0;
    loop {
        let answers = ask(node).await;
        if let Some((address, _)) = answers.iter().find(|(_, standing)| standing.known) {
            return Err(lost(node, address));
        }
        if answers.values().any(|standing| standing.removed) {
            return Err(Refusal::Retired(node.id).to_string());
        }
        let ready = 1 + answers.len();
        if ready >= majority {
            return node.consensus.found().await.map_err(|error| error.to_string());
        }
        if told != ready {
            tracing::info!(
                "the disk is empty: waiting for {majority} of {} first members to be up; {ready} so far",
                founders.len()
            );
            told = ready;
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// Returns what the other first members say, by address.
async fn ask(node: &Arc<Shared>) -> BTreeMap<String, StandingReply> {
    let mut asked = JoinSet::new();
    for (&other, address) in node.config.members.iter().filter(|(id, _)| **id != node.id) {
        let (node, address) = (Arc::clone(node), address.clone());
        asked.spawn(async move {
            let answer = standing(&node, other, &address).await;
            Some((address, answer.ok()?))
        });
    }
    asked.join_all().await.into_iter().flatten().collect()
}

fn lost(node: &Shared, address: &str) -> String {
    let (id, directory) = (node.id, node.config.data_dir.display());
    format!(
        "{address} has known node {id} before, and {directory} is empty: an empty disk cannot stand in for what node {id} \
         voted for. Bring its data back, or choose a new number, and --join {address} --replace {id}"
    )
}

const ASK_EVERY: Duration = Duration::from_millis(50);
