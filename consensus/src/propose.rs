//! Requests that only the leader can carry out, from any node.
//!
//! A request is tried again only while it is certain that nothing was done: once a leader may have taken it,
//! the caller hears that the outcome is unknown. Asking to read is always harmless.

use crate::core::Core;
use crate::net::wire::{Answer, Ask, Refusal};
use crate::net::{self, Lane};
use crate::types::{Proposal, TypeConfig};
use migration::NodeId;
use openraft::ReadPolicy;
use openraft::errors::{
    ChangeMembershipError, ClientWriteError, ForwardToLeader, LinearizableReadError, RaftError,
};
use std::time::{Duration, Instant};
use tokio::time::{timeout, timeout_at};
use tonic::Code;

/// Why a request to the cluster has no answer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProposeError {
    /// Nothing was done: no leader took it within [`crate::Timing::request`].
    #[error("no leader within {0:?}; nothing was done")]
    NoLeader(Duration),
    /// Nothing was read: this node lags so far behind the log; another may not.
    #[error("this node has not applied entry {0} of the log within {1:?}; nothing was done")]
    Behind(u64, Duration),
    /// Nothing was done, and asking again will not help.
    #[error("{0}; nothing was done")]
    Refused(String),
    /// It may have been done, or may yet be.
    #[error("{0}; it may have been done, or may yet be")]
    Unknown(String),
}

impl ProposeError {
    /// Returns whether the request may have taken effect all the same.
    pub fn outcome_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

impl Core {
    /// Finds the leader and has it answer, within the time that a request has.
    pub(crate) async fn ask(&self, ask: Ask) -> Result<Answer, ProposeError> {
        let limit = self.timing.request;
        let deadline = Instant::now() + limit;
        let mut leaders = self.leader.subscribe();
        let mut hint = None;
        while Instant::now() < deadline {
            let known = leaders.borrow_and_update().node;
            let refusal = match hint.take().or(known) {
                Some(leader) => match self.ask_node(leader, ask.clone(), deadline).await {
                    Ok(answer) => return Ok(answer),
                    Err(refusal) => refusal,
                },
                None => Refusal::NotLeader(None),
            };
            match refusal {
                Refusal::Never(why) => return Err(ProposeError::Refused(why)),
                Refusal::Unknown(why) if !matches!(ask, Ask::ReadIndex) => {
                    return Err(self.unknown(why));
                }
                Refusal::Unknown(_) | Refusal::NotLeader(None) => {}
                Refusal::NotLeader(Some(other)) if Some(other) != known => hint = Some(other),
                Refusal::NotLeader(Some(_)) => {}
            }
            // Whoever is asked next, the answer changes with the leader or not at once.
            let _ = timeout(RETRY, leaders.changed()).await;
        }
        Err(ProposeError::NoLeader(limit))
    }

    /// Answers as the leader, at once or not at all.
    pub(crate) async fn ask_here(&self, ask: Ask) -> Result<Answer, ProposeError> {
        let limit = self.timing.request;
        match self.ask_node(self.node, ask, Instant::now() + limit).await {
            Ok(answer) => Ok(answer),
            Err(Refusal::Never(why)) => Err(ProposeError::Refused(why)),
            Err(Refusal::NotLeader(_)) => Err(ProposeError::NoLeader(Duration::ZERO)),
            Err(Refusal::Unknown(why)) => Err(self.unknown(why)),
        }
    }

    fn unknown(&self, why: String) -> ProposeError {
        self.metrics.proposals_unknown.add_one();
        ProposeError::Unknown(why)
    }

    async fn ask_node(
        &self,
        leader: NodeId,
        ask: Ask,
        deadline: Instant,
    ) -> Result<Answer, Refusal> {
        let late = |_| Err(Refusal::Unknown("no answer in time".to_owned()));
        if leader == self.node {
            return timeout_at(deadline.into(), self.answer(ask)).await.unwrap_or_else(late);
        }
        timeout_at(deadline.into(), self.forward(leader, &ask)).await.unwrap_or_else(late)
    }

    async fn forward(&self, leader: NodeId, ask: &Ask) -> Result<Answer, Refusal> {
        let nobody = || Refusal::NotLeader(None);
        let address = self.address_of(leader).ok_or_else(nobody)?;
        let unsent = |status: tonic::Status| Refusal::Never(status.message().to_owned());
        let mut peer = self.peers.to(leader, &address, Lane::Log).map_err(unsent)?;
        let sealed = peer.seal(ask).map_err(unsent)?;
        match peer.client.forward(sealed).await.and_then(net::open) {
            Ok(answer) => answer,
            Err(status) if net::never_sent(&status) => Err(nobody()),
            // Another node answers at this address, and said so before it looked at the request.
            Err(status) if status.code() == Code::FailedPrecondition => Err(nobody()),
            Err(status) => Err(Refusal::Unknown(format!("node {leader}: {}", status.message()))),
        }
    }

    /// Carries a request out as the leader.
    pub(crate) async fn answer(&self, ask: Ask) -> Result<Answer, Refusal> {
        match ask {
            Ask::Propose(command) => self.write(Proposal(command)).await,
            Ask::ReadIndex => self.read_index().await,
            Ask::AddNode(newcomer) => self.add_node(newcomer).await,
            Ask::RemoveNode { node, dry_run } => self.remove_node(node, dry_run).await,
        }
    }

    async fn write(&self, proposal: Proposal) -> Result<Answer, Refusal> {
        let size = postcard::experimental::serialized_size(&proposal)
            .map_err(|e| Refusal::Never(e.to_string()))?;
        if size > MAX_COMMAND_BYTES {
            let rule = format!("a command of {size} bytes; at most {MAX_COMMAND_BYTES} are taken");
            return Err(Refusal::Never(rule));
        }
        let start = Instant::now();
        let Ok(_permit) = self.under_way.acquire().await else {
            return Err(Refusal::NotLeader(None));
        };
        let written = self.raft.client_write(proposal).await.map_err(write_refusal)?;
        self.metrics.proposals.add_one();
        self.metrics.commit.record(start.elapsed());
        written.data.map(Answer::Applied).ok_or_else(|| Refusal::Unknown("no reply".to_owned()))
    }

    async fn read_index(&self) -> Result<Answer, Refusal> {
        match self.raft.get_read_linearizer(ReadPolicy::ReadIndex).await {
            Ok(reader) => Ok(Answer::ReadIndex(reader.read_log_id().index())),
            Err(RaftError::APIError(LinearizableReadError::ForwardToLeader(to))) => {
                Err(not_leader(&to))
            }
            Err(other) => Err(Refusal::Unknown(other.to_string())),
        }
    }
}

pub(crate) fn write_refusal(error: RaftError<TypeConfig, ClientWriteError<TypeConfig>>) -> Refusal {
    let api = match error {
        RaftError::APIError(api) => api,
        RaftError::Fatal(fatal) => return Refusal::Unknown(fatal.to_string()),
    };
    match api {
        ClientWriteError::ForwardToLeader(to) => not_leader(&to),
        // Nothing was done; the change before it is over soon.
        ClientWriteError::ChangeMembershipError(ChangeMembershipError::InProgress(_)) => {
            Refusal::NotLeader(None)
        }
        ClientWriteError::LogEntryDiscarded(_) => Refusal::Unknown("the leader changed".to_owned()),
        other => Refusal::Never(other.to_string()),
    }
}

fn not_leader(to: &ForwardToLeader<TypeConfig>) -> Refusal {
    Refusal::NotLeader(to.leader_id.map(NodeId))
}

/// Largest command, in bytes: a leaf of sled's tree full of them stays below its limit for a page.
pub const MAX_COMMAND_BYTES: usize = 32 << 10;
/// Pause before asking again, unless the leader changes first.
const RETRY: Duration = Duration::from_millis(20);
