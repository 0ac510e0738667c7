//! Tells the log which links between switches were found or lost: batched, and only on change.

use crate::node::Shared;
use migration::ownership::{Link, LinkChange, Op};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Links found and lost that the log does not know of yet.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pending: Mutex<BTreeMap<Link, bool>>,
    news: Notify,
}

/// Time for more links to be found, so that they share one entry of the log.
const GATHER: Duration = Duration::from_millis(20);
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// Changes that may wait; a port that sends made-up discovery frames costs no more than this.
const MAX_PENDING: usize = 10_000;
/// Changes in one entry of the log, whose size is bounded.
const MAX_BATCH: usize = 256;

impl Links {
    /// A discovery frame has crossed `link`.
    pub(crate) fn seen(&self, link: Link) {
        self.note(link, true);
    }

    /// Nothing has crossed `link` for long, or an end of it is down.
    pub(crate) fn lost(&self, link: Link) {
        self.note(link, false);
    }

    fn note(&self, link: Link, up: bool) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() < MAX_PENDING || pending.contains_key(&link) {
            pending.insert(link, up);
            self.news.notify_one();
        }
    }

    fn take(&self) -> BTreeMap<Link, bool> {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_back(&self, links: &[(Link, bool)]) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for &(link, up) in links {
            pending.entry(link).or_insert(up);
        }
        self.news.notify_one();
    }
}

/// Proposes what is pending, for the life of the process.
pub(crate) async fn keep(node: Arc<Shared>) {
    loop {
        node.links.news.notified().await;
        tokio::time::sleep(GATHER).await;
        let mut changes = node.links.take();
        node.consensus.read(|state| changes.retain(|link, up| state.links().contains(link) != *up));
        if changes.is_empty() {
            continue;
        }
        let changes: Vec<(Link, bool)> = changes.into_iter().collect();
        for batch in changes.chunks(MAX_BATCH) {
            if !propose(&node, batch).await {
                node.links.put_back(batch);
            }
        }
    }
}

/// Returns whether the log has taken the changes, or will never take them.
async fn propose(node: &Shared, changes: &[(Link, bool)]) -> bool {
    let with = |wanted| changes.iter().filter(move |(_, up)| *up == wanted).map(|(link, _)| *link);
    let change = LinkChange { up: with(true).collect(), down: with(false).collect() };
    match node.propose(Op::Links(change)).await {
        Ok(reply) => {
            if let Err(refusal) = reply.result {
                tracing::warn!(%refusal, "links not recorded");
            }
            true
        }
        Err(error) => {
            tracing::debug!(%error, "links not told to the log yet");
            tokio::time::sleep(RETRY_AFTER).await;
            false
        }
    }
}
