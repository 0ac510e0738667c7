//! Following migrations: what has changed since the last look.

use super::Node;
use super::convert::{Marks, record_of};
use crate::proto::admin as proto;
use migration::NodeId;
use migration::ownership::{MigrationId, Ownership, State};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tonic::Status;

/// What a client has been told of migrations.
#[derive(Debug)]
pub(super) struct Follower {
    /// The one that it follows; all of them if there is none.
    only: Option<MigrationId>,
    told: BTreeMap<MigrationId, (State, Option<NodeId>)>,
    first: bool,
}

impl Follower {
    /// Returns a follower of one migration, or of all.
    pub(super) fn new(only: Option<MigrationId>) -> Self {
        Self { only, told: BTreeMap::new(), first: true }
    }

    /// Returns what is new, in the order in which the migrations opened. On the first look that is the
    /// followed one, or all that are under way.
    pub(super) fn news(&mut self, state: &Ownership) -> Vec<proto::Migration> {
        let mut news = Vec::new();
        let mut told = BTreeMap::new();
        for (&id, migration) in state.migrations() {
            if self.only.is_some_and(|only| only != id) {
                continue;
            }
            let stage = (migration.state.clone(), migration.winner);
            let old = self.first && self.only.is_none() && migration.state.is_final();
            if !old && self.told.get(&id) != Some(&stage) {
                let marks = if self.only.is_some() { Marks::With } else { Marks::Without };
                news.push(record_of(id, migration, marks));
            }
            told.insert(id, stage);
        }
        (self.told, self.first) = (told, false);
        news
    }

    /// Returns whether nothing more will come.
    pub(super) fn is_over(&self) -> bool {
        // A followed migration that is no longer known was over long ago.
        let over = |id| self.told.get(&id).is_none_or(|(state, _)| state.is_final());
        !self.first && self.only.is_some_and(over)
    }

    /// Tells `client` what changes, until nothing more will come, or the client or the node is gone.
    pub(super) async fn run(
        mut self,
        mut node: Node,
        client: mpsc::Sender<Result<proto::Migration, Status>>,
    ) {
        loop {
            node.revision.mark_unchanged();
            for record in node.consensus.read(|state| self.news(state)) {
                if client.send(Ok(record)).await.is_err() {
                    return;
                }
            }
            if self.is_over() {
                return;
            }
            tokio::select! {
                changed = node.revision.changed() => {
                    if changed.is_err() {
                        let stopping = Status::unavailable(format!("node {} is stopping", node.id));
                        let _ = client.send(Err(stopping)).await;
                        return;
                    }
                }
                () = client.closed() => return,
            }
        }
    }
}
