//! Changes of membership under way while leaders die, and whether what was acknowledged of them is there afterwards.

use super::operator::Operator;
use crate::seeded::Seeded;
use crate::wait::{Failure, wait_until};
use controller::proto::admin::Node;
use serde::Serialize;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What has been done.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Changes {
    /// Nodes that joined and vote.
    pub joined: u64,
    /// Nodes that were drained and removed.
    pub left: u64,
    /// Nodes that were cordoned while the leader died, and were so afterwards.
    pub cordoned: u64,
    /// Cordons of which nobody knows: their answer died with the leader.
    pub unknown: u64,
}

impl Changes {
    pub(super) fn add(&mut self, other: Self) {
        self.joined += other.joined;
        self.left += other.left;
        self.cordoned += other.cordoned;
        self.unknown += other.unknown;
    }
}

/// A cordon that is being asked for.
pub(super) struct Cordon {
    node: u64,
    answer: JoinHandle<bool>,
}

impl Cordon {
    /// Asks some member for the cordon of another, without waiting for the answer.
    pub(super) fn ask(operator: &Operator, members: &[u64], chance: &mut Seeded) -> Self {
        let mut any = || members[chance.below(members.len())];
        let (asked, node, operator) = (any(), any(), operator.clone());
        let answer = tokio::spawn(async move { operator.cordon(asked, node).await.is_ok() });
        Self { node, answer }
    }

    /// Checks that it is there if it was acknowledged, and takes it back; returns what is wrong.
    pub(super) async fn check(
        self,
        operator: &Operator,
        changes: &mut Changes,
    ) -> Result<Option<String>, Failure> {
        let acknowledged = self.answer.await.unwrap_or(false);
        let found = nodes(operator).await?;
        let found = found.iter().find(|found| found.id == self.node);
        let is_there = found.is_some_and(|found| found.cordoned);
        *if acknowledged { &mut changes.cordoned } else { &mut changes.unknown } += 1;
        wait_until("a cordon to be taken back", LIMIT, async || {
            if operator.any(|asked| operator.uncordon(asked, self.node)).await {
                return Ok(());
            }
            Err("nobody did".to_owned())
        })
        .await?;
        let lost = format!("the cordon of node {} was acknowledged, and is not there", self.node);
        Ok((acknowledged && !is_there).then_some(lost))
    }
}

/// Waits until `newcomer` votes and serves.
pub(super) async fn joined(operator: &Operator, newcomer: u64) -> Result<(), Failure> {
    wait_until("a newcomer that votes", LIMIT, async || {
        let nodes = nodes(operator).await.map_err(|e| e.to_string())?;
        let found = nodes.into_iter().find(|node| node.id == newcomer).unwrap_or_default();
        let votes = ["leader", "follower"].contains(&found.raft.as_str());
        if votes && found.state == "up" { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await
}

/// Drains `leaver` and removes it from the cluster, however often leaders die meanwhile.
pub(super) async fn part(operator: Operator, leaver: u64) -> Result<(), Failure> {
    wait_until("a node to leave", LIMIT, async || {
        if operator.any(|asked| operator.remove(asked, leaver)).await {
            return Ok(());
        }
        let nodes = nodes(&operator).await.map_err(|e| e.to_string())?;
        // One that a leader's death broke off half-way is repeated too.
        if nodes.iter().any(|node| node.id == leaver && node.drain.is_none()) {
            operator.any(|asked| operator.drain(asked, leaver)).await;
        }
        sleep(BETWEEN).await;
        Err("it is a member still".to_owned())
    })
    .await
}

/// Returns the nodes, as of now.
async fn nodes(operator: &Operator) -> Result<Vec<Node>, Failure> {
    wait_until("a read of the nodes", LIMIT, async || {
        operator.nodes().await.ok_or_else(|| "nobody answered".to_owned())
    })
    .await
}

const LIMIT: Duration = Duration::from_secs(60);
const BETWEEN: Duration = Duration::from_millis(200);
