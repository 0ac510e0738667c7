//! The task that keeps this node's lease alive: it asks the leader, or is the leader.

use crate::core::Core;
use crate::net::wire::{Renew, Renewed};
use crate::net::{self, Lane};
use crate::types::LeaderId;
use migration::NodeId;
use openraft::async_runtime::watch::WatchReceiver;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tonic::Status;

/// Runs until openraft stops.
pub(crate) async fn run(core: Arc<Core>) {
    let mut asker = Asker { core, echo: None, hint: None };
    let mut changes = asker.core.raft.server_metrics();
    loop {
        asker.core.note_leadership();
        let pause = asker.ask().await;
        if let Ok(Err(_stopped)) = timeout(pause, changes.changed()).await {
            return asker.core.lease.limit(Instant::now());
        }
    }
}

/// A node that asks for its lease.
struct Asker {
    core: Arc<Core>,
    /// Stamp of the last answer, and the leadership that gave it.
    echo: Option<(LeaderId, u64)>,
    /// Leader that another node named.
    hint: Option<NodeId>,
}

impl Asker {
    /// Asks the leader, if it is another node, and returns how long to wait before asking again.
    async fn ask(&mut self) -> Duration {
        let period = self.core.timing.renewal();
        let known = *self.core.leader.borrow();
        let Some(leader) = self.hint.take().or(known.node) else { return period };
        if leader == self.core.node {
            return period;
        }
        let had_echo = self.echo.is_some();
        let sent = Instant::now();
        match timeout(period, self.request(leader)).await {
            Ok(Ok(Renewed::Granted { leader, stamp, remaining_ns, committed })) => {
                self.core.supports(leader);
                self.echo = Some((leader, stamp));
                // Without a gap nothing was decided over this node's head, and no disk is waited for.
                if self.core.lease.is_valid() || self.catches_up(committed).await {
                    self.core.lease.extend(sent + Duration::from_nanos(remaining_ns));
                }
                // The first answer only brings a stamp to echo.
                if had_echo { period } else { Duration::ZERO }
            }
            Ok(Ok(Renewed::NotLeader(hint))) => {
                self.hint = hint.filter(|&hint| hint != leader);
                if self.hint.is_some() { Duration::ZERO } else { period }
            }
            Ok(Err(error)) => self.missed(leader, &error),
            Err(_) => self.missed(leader, &Status::deadline_exceeded("no answer")),
        }
    }

    /// Waits for this node to apply what is committed, but not so long that its next renewal, on which the
    /// leader's own lease may rest, is late.
    async fn catches_up(&self, committed: Option<u64>) -> bool {
        let wait = self.core.raft.wait(Some(self.core.timing.renewal()));
        wait.applied_index_at_least(committed, "to hold a lease").await.is_ok()
    }

    async fn request(&self, leader: NodeId) -> Result<Renewed, Status> {
        let unknown = || Status::not_found("the leader's address is unknown");
        let address = self.core.address_of(leader).ok_or_else(unknown)?;
        let mut peer = self.core.peers.to(leader, &address, Lane::Urgent)?;
        // The vote is read after the stamp that is echoed was received: see `tenure`.
        let promise = self.core.log.promise().map(|vote| vote.leader_id);
        let echo = self.echo.filter(|&(by, _)| promise == Some(by)).map(|(_, stamp)| stamp);
        let since_others_ns = self.core.since_others_ns(promise);
        let sealed = peer.seal(&Renew { promise, echo, since_others_ns })?;
        peer.client.renew(sealed).await.and_then(net::open)
    }

    fn missed(&self, leader: NodeId, error: &Status) -> Duration {
        self.core.metrics.renewals_missed.add_one();
        tracing::debug!(%leader, error = error.message(), "the lease was not renewed");
        self.core.timing.renewal()
    }
}
