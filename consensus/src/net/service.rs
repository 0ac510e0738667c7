//! The other nodes' requests to this one.

use super::peers::MAX_MESSAGE_BYTES;
use super::wire::{self, Renew, SnapshotHead};
use crate::core::Core;
use crate::proto::consensus_server::{Consensus, ConsensusServer};
use crate::proto::{Envelope, Payload};
use crate::types::Snapshot;
use migration::NodeId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

/// The gRPC service that the other nodes speak to.
#[derive(Clone)]
pub struct Service(Arc<Core>);

type Answer = Result<Response<Payload>, Status>;
type Answers = Pin<Box<dyn Stream<Item = Result<Payload, Status>> + Send>>;

impl Service {
    pub(crate) fn server(core: Arc<Core>) -> ConsensusServer<Self> {
        ConsensusServer::new(Self(core))
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    fn open<T: DeserializeOwned>(&self, request: Request<Envelope>) -> Result<T, Status> {
        self.open_envelope(&request.into_inner())
    }

    fn open_envelope<T: DeserializeOwned>(&self, envelope: &Envelope) -> Result<T, Status> {
        self.check(envelope)?;
        wire::decode(&envelope.payload)
    }

    /// Refuses what was meant for another node or another cluster.
    fn check(&self, envelope: &Envelope) -> Result<(), Status> {
        let me = self.0.node;
        if envelope.to != me.0 {
            let what = format!("this is node {me}, not node {}", envelope.to);
            return Err(Status::failed_precondition(what));
        }
        if self.0.identity.is_held_back() {
            return Err(Status::unavailable(format!(
                "node {me} does not know yet whether it may join"
            )));
        }
        match self.0.identity.accepts(envelope.cluster) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let from = envelope.from;
                tracing::warn!(
                    from,
                    "refused a node of another cluster: its first members are others, or one of the two was restored"
                );
                Err(Status::failed_precondition(
                    "we are of different clusters: our first members differ, or one was restored",
                ))
            }
            Err(e) => Err(Status::unavailable(e.to_string())),
        }
    }
}

#[tonic::async_trait]
impl Consensus for Service {
    type ReplicateStream = Answers;

    async fn replicate(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Answers>, Status> {
        let (refuse, refusal) = mpsc::channel(1);
        let service = self.clone();
        let requests = request.into_inner().map_while(move |envelope| {
            let opened = envelope.and_then(|envelope| service.open_envelope(&envelope));
            // The first one that is refused is the last, so that there is room for it.
            opened.map_err(|status| refuse.try_send(Err(status))).ok()
        });
        let answers = self.0.raft.stream_append(requests).map(|answer| {
            let answer = answer.map_err(|fatal| Status::unavailable(fatal.to_string()))?;
            wire::payload(&answer)
        });
        Ok(Response::new(Box::pin(answers.chain(ReceiverStream::new(refusal)))))
    }

    async fn append(&self, request: Request<Envelope>) -> Answer {
        let request = self.open(request)?;
        reply(self.0.raft.append_entries(request).await)
    }

    async fn vote(&self, request: Request<Envelope>) -> Answer {
        let request = self.open(request)?;
        reply(self.0.raft.vote(request).await)
    }

    async fn pre_vote(&self, request: Request<Envelope>) -> Answer {
        let request = self.open(request)?;
        reply(self.0.raft.pre_vote(request).await)
    }

    async fn transfer(&self, request: Request<Envelope>) -> Answer {
        let request = self.open(request)?;
        reply(self.0.raft.handle_transfer_leader(request).await)
    }

    async fn snapshot(&self, request: Request<Streaming<Envelope>>) -> Answer {
        let mut chunks = request.into_inner();
        let cut_off = || Status::invalid_argument("the snapshot ends early");
        let first = chunks.message().await?.ok_or_else(cut_off)?;
        self.check(&first)?;
        let head: SnapshotHead = wire::decode(&first.payload)?;
        if head.len > MAX_SNAPSHOT_BYTES {
            return Err(Status::resource_exhausted(format!("a snapshot of {} bytes", head.len)));
        }
        let mut snapshot = Vec::new();
        while let Some(chunk) = chunks.message().await? {
            snapshot.extend_from_slice(&chunk.payload);
            if snapshot.len() as u64 > head.len {
                return Err(Status::invalid_argument("the snapshot is longer than it said"));
            }
        }
        if (snapshot.len() as u64) < head.len {
            return Err(cut_off());
        }
        let snapshot = Snapshot { meta: head.meta, snapshot };
        reply(self.0.raft.install_full_snapshot(head.vote, snapshot).await)
    }

    async fn renew(&self, request: Request<Envelope>) -> Answer {
        let from = NodeId(request.get_ref().from);
        let ask: Renew = self.open(request)?;
        Ok(Response::new(wire::payload(&self.0.renew(from, ask))?))
    }

    async fn forward(&self, request: Request<Envelope>) -> Answer {
        let ask = self.open(request)?;
        Ok(Response::new(wire::payload(&self.0.answer(ask).await)?))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Service").field(&self.0.node).finish()
    }
}

fn reply<T: Serialize, E: fmt::Display>(result: Result<T, E>) -> Answer {
    let record = result.map_err(|e| Status::unavailable(e.to_string()))?;
    Ok(Response::new(wire::payload(&record)?))
}

/// Largest snapshot that is taken, in bytes: it is held in memory while it arrives.
const MAX_SNAPSHOT_BYTES: u64 = 1 << 30;
