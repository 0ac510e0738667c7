//! openraft's requests to the other nodes.

use super::lend::lend;
use super::peers::{self, Lane, Peer, Peers};
use super::wire::{self, SnapshotHead};
use crate::proto::Payload;
use crate::types::{Snapshot, TypeConfig, Vote};
use migration::NodeId;
use openraft::base::{BoxFuture, BoxStream};
use openraft::errors::{
    NetworkError, RPCError, ReplicationClosed, StreamingError, Timeout, Unreachable,
};
use openraft::network::{RPCOption, RPCTypes, RaftNetworkFactory, RaftNetworkV2};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, StreamAppendResult,
    TransferLeaderRequest, TransferLeaderResponse, VoteRequest, VoteResponse,
};
use openraft::{BasicNode, OptionalSend};
use serde::de::DeserializeOwned;
use std::future::Future;
use std::time::Duration;
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Response, Status};

/// Answers to requests to append, in the order of the requests.
type Appended<'a> = BoxStream<'a, Result<StreamAppendResult<TypeConfig>, RPCError<TypeConfig>>>;

/// Makes the clients that openraft asks for.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    node: NodeId,
    peers: Peers,
}

impl Network {
    pub(crate) fn new(node: NodeId, peers: Peers) -> Self {
        Self { node, peers }
    }

    fn client(&self, target: u64, node: &BasicNode, lane: Lane) -> Client {
        let (peers, address) = (self.peers.clone(), node.addr.clone());
        Client { from: self.node, target: NodeId(target), address, lane, peers }
    }
}

impl RaftNetworkFactory<TypeConfig> for Network {
    type Network = Client;

    async fn new_client(&mut self, target: u64, node: &BasicNode) -> Client {
        self.client(target, node, Lane::Log)
    }

    async fn new_heartbeat_client(&mut self, target: u64, node: &BasicNode) -> Client {
        self.client(target, node, Lane::Urgent)
    }

    async fn new_snapshot_client(&mut self, target: u64, node: &BasicNode) -> Client {
        self.client(target, node, Lane::Snapshot)
    }
}

/// One node, as openraft speaks to it.
#[derive(Debug)]
pub(crate) struct Client {
    from: NodeId,
    target: NodeId,
    address: String,
    lane: Lane,
    peers: Peers,
}

impl Client {
    fn peer(&self, lane: Lane) -> Result<Peer, RPCError<TypeConfig>> {
        let moved = self.peers.address_of(self.target);
        let address = moved.as_deref().unwrap_or(&self.address);
        self.peers.to(self.target, address, lane).map_err(|status| rpc_error(&status))
    }

    /// Waits for a reply no longer than `limit`.
    async fn within<T: DeserializeOwned>(
        &self,
        action: RPCTypes,
        limit: Duration,
        call: impl Future<Output = Result<Response<Payload>, Status>>,
    ) -> Result<T, RPCError<TypeConfig>> {
        match tokio::time::timeout(limit, call).await {
            Ok(reply) => reply.and_then(peers::open).map_err(|status| rpc_error(&status)),
            Err(_) => {
                let (id, target) = (self.from.0, self.target.0);
                Err(Timeout { action, id, target, timeout: limit }.into())
            }
        }
    }
}

impl RaftNetworkV2<TypeConfig> for Client {
    type SnapshotData = Vec<u8>;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<TypeConfig>, RPCError<TypeConfig>> {
        let mut peer = self.peer(self.lane)?;
        let sealed = peer.seal(&request).map_err(|status| rpc_error(&status))?;
        self.within(RPCTypes::AppendEntries, option.hard_ttl(), peer.client.append(sealed)).await
    }

    /// Sends entries as they come, without waiting for the answers to those before: how far the log is
    /// committed, which may be all that a follower waits for, does not queue behind that follower's own disk.
    ///
    /// Answers may take as long as that disk does. A peer that is gone is found by the connection's keep-alive.
    fn stream_append<'s, S>(
        &'s mut self,
        mut requests: S,
        _: RPCOption,
    ) -> BoxFuture<'s, Result<Appended<'s>, RPCError<TypeConfig>>>
    where
        S: Stream<Item = AppendEntriesRequest<TypeConfig>> + OptionalSend + Unpin + 'static,
    {
        Box::pin(async move {
            // Where openraft backs off, it does so in here: to connect before would be to try again at once.
            let Some(first) = requests.next().await else {
                return Ok(Box::pin(tokio_stream::empty()) as Appended<'s>);
            };
            let mut peer = self.peer(self.lane)?;
            let sender = peer.clone();
            let (loan, requests) = lend(requests);
            // What cannot be sealed ends the stream: openraft starts over, more and more slowly.
            let sealed = tokio_stream::once(first)
                .chain(requests)
                .map_while(move |request| sender.seal(&request).ok());
            let opened = peer.client.replicate(sealed).await;
            let answers = opened.map_err(|status| rpc_error(&status))?.into_inner();
            let opened = answers.map(move |answer| {
                let _until_the_last = &loan;
                let answer = answer.and_then(|answer| wire::decode(&answer.payload));
                answer.map_err(|status| rpc_error(&status))
            });
            Ok(Box::pin(opened) as Appended<'s>)
        })
    }

    async fn vote(
        &mut self,
        request: VoteRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<VoteResponse<TypeConfig>, RPCError<TypeConfig>> {
        let mut peer = self.peer(Lane::Urgent)?;
        let sealed = peer.seal(&request).map_err(|status| rpc_error(&status))?;
        self.within(RPCTypes::Vote, option.hard_ttl(), peer.client.vote(sealed)).await
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<VoteResponse<TypeConfig>, RPCError<TypeConfig>> {
        let mut peer = self.peer(Lane::Urgent)?;
        let sealed = peer.seal(&request).map_err(|status| rpc_error(&status))?;
        self.within(RPCTypes::Vote, option.hard_ttl(), peer.client.pre_vote(sealed)).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: Snapshot,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        option: RPCOption,
    ) -> Result<SnapshotResponse<TypeConfig>, StreamingError<TypeConfig>> {
        let mut peer = self.peer(Lane::Snapshot)?;
        let Snapshot { meta, snapshot } = snapshot;
        let head = SnapshotHead { vote, meta, len: snapshot.len() as u64 };
        let head = wire::encode(&head).map_err(|status| rpc_error(&status))?;
        let sender = peer.clone();
        let chunk =
            move |n: usize| snapshot.chunks(SNAPSHOT_CHUNK_BYTES).nth(n).map(<[u8]>::to_vec);
        let chunks = std::iter::once(head).chain((0..).map_while(chunk));
        let stream = tokio_stream::iter(chunks.map(move |bytes| sender.envelope(bytes)));
        let sent = peer.client.snapshot(stream);
        tokio::select! {
            closed = cancel => Err(closed.into()),
            reply = self.within(RPCTypes::InstallSnapshot, option.hard_ttl(), sent) => Ok(reply?),
        }
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<TransferLeaderResponse<TypeConfig>, RPCError<TypeConfig>> {
        let mut peer = self.peer(Lane::Urgent)?;
        let sealed = peer.seal(&request).map_err(|status| rpc_error(&status))?;
        self.within(RPCTypes::TransferLeader, option.hard_ttl(), peer.client.transfer(sealed)).await
    }
}

/// Tells openraft whether to try again at once or to back off.
fn rpc_error(status: &Status) -> RPCError<TypeConfig> {
    match status.code() {
        Code::Unavailable | Code::FailedPrecondition | Code::InvalidArgument => {
            Unreachable::from_string(status).into()
        }
        _ => NetworkError::from_string(status).into(),
    }
}

const SNAPSHOT_CHUNK_BYTES: usize = 256 << 10;
