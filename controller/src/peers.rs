//! Hand-over messages between nodes: one long-lived gRPC stream in each direction between every two, FIFO.
//!
//! A message to a node that cannot be reached is dropped and counted: every hand-over has timers that see
//! to what must happen then, and what waits for a node that comes back would only be stale.

use crate::handover::{Body, HandOver};
use crate::membership::{self, Asker};
use crate::metrics::Metrics;
use crate::proto::peer::peer_client::PeerClient;
use crate::proto::peer::peer_server::{Peer, PeerServer};
use crate::proto::peer::{Ack, Envelope, JoinReply, JoinRequest, StandingReply, StandingRequest};
use crate::session::{Letter, Registry};
use consensus::{Admitted, Consensus, Newcomer};
use migration::NodeId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;
use tonic::{Request, Response, Status, Streaming};

/// Ways to every other node.
pub(crate) struct Peers {
    me: NodeId,
    links: Mutex<BTreeMap<NodeId, mpsc::Sender<HandOver>>>,
    consensus: Consensus,
    registry: Arc<Registry>,
    metrics: Metrics,
    /// Where streams run, whoever asks for them: not among the sessions with switches.
    runtime: Handle,
    itself: Weak<Self>,
}

/// Messages that may wait for one node.
const MAX_WAITING: usize = 4_096;
/// Largest message between nodes, in bytes; application state comes in smaller pieces.
const MAX_MESSAGE: usize = 1 << 20;
/// Longest address of a node, in bytes.
const MAX_ADDRESS: usize = 300;
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
const RETRY_AFTER: Duration = Duration::from_millis(200);

impl Peers {
    pub(crate) fn new(
        me: NodeId,
        consensus: Consensus,
        registry: Arc<Registry>,
        metrics: Metrics,
    ) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            me,
            links: Mutex::default(),
            consensus,
            registry,
            metrics,
            runtime: Handle::current(),
            itself: Weak::clone(itself),
        })
    }

    /// Returns the service that other nodes stream to.
    pub(crate) fn service(self: &Arc<Self>) -> PeerServer<Inbound> {
        PeerServer::new(Inbound(Arc::clone(self))).max_decoding_message_size(MAX_MESSAGE)
    }

    /// Sends `message` to node `to`, after all that was sent to it before.
    pub(crate) fn send(&self, to: NodeId, message: HandOver) {
        if self.link(to).try_send(message).is_err() {
            tracing::warn!(%to, "hand-over message dropped: the node reads too slowly");
            self.metrics.peer_dropped();
        }
    }

    /// Opens the streams to `nodes` before they are needed.
    pub(crate) fn warm(&self, nodes: impl Iterator<Item = NodeId>) {
        for node in nodes.filter(|&node| node != self.me) {
            drop(self.link(node));
        }
    }

    fn link(&self, to: NodeId) -> mpsc::Sender<HandOver> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let link = links.entry(to).or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(MAX_WAITING);
            if let Some(peers) = self.itself.upgrade() {
                self.runtime.spawn(outbound(peers, to, receiver));
            }
            sender
        });
        link.clone()
    }

    fn receive(&self, bytes: &[u8]) {
        let message = match HandOver::decode(bytes) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(%error, "dropped a message from another node");
                return;
            }
        };
        let (from, dpid, migration) = (message.from, message.dpid, message.migration);
        if let Err(Letter::HandOver(HandOver { body: Body::Start { .. }, .. })) =
            self.registry.post(dpid, Letter::HandOver(message))
        {
            let body = Body::Refuse(format!("node {} has no session with {dpid}", self.me));
            self.send(from, HandOver { dpid, migration, from: self.me, body });
        }
    }
}

/// Keeps a stream to one node open and feeds it.
async fn outbound(peers: Arc<Peers>, to: NodeId, mut messages: mpsc::Receiver<HandOver>) {
    loop {
        // A node that was removed never comes back.
        if peers.consensus.read(|state| state.retired().contains_key(&to)) {
            peers.links.lock().unwrap_or_else(PoisonError::into_inner).remove(&to);
            return;
        }
        let address = peers
            .consensus
            .read(|state| state.nodes().get(&to).map(|node| node.addresses.peer.clone()));
        let member =
            || peers.consensus.status().members.get(&to).map(|member| member.address.clone());
        let address = address.or_else(member);
        if let Some(address) = address {
            match stream_to(&address, &mut messages).await {
                Ok(()) => tracing::debug!(%to, "stream to a node ended"),
                Err(error) => tracing::debug!(%to, %error, "no stream to a node"),
            }
        }
        // What was meant for the node while it could not be reached is stale by the time that it can.
        let mut dropped = 0;
        while messages.try_recv().is_ok() {
            dropped += 1;
            peers.metrics.peer_dropped();
        }
        if dropped > 0 {
            tracing::warn!(%to, dropped, "hand-over messages dropped: the node cannot be reached");
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
}

async fn stream_to(
    address: &str,
    messages: &mut mpsc::Receiver<HandOver>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let channel = Endpoint::from_shared(format!("http://{address}"))?
        .connect_timeout(CONNECT_WITHIN)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(2))
        .keep_alive_timeout(Duration::from_secs(2))
        .keep_alive_while_idle(true)
        .connect()
        .await?;
    let (sender, receiver) = mpsc::channel(64);
    let mut acks =
        PeerClient::new(channel).hand_over(ReceiverStream::new(receiver)).await?.into_inner();
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Some(message) => sender.send(Envelope { payload: message.encode() }).await?,
                None => return Ok(()),
            },
            // Nothing is acknowledged: the answer only shows that the other side is still there.
            ack = acks.next() => match ack {
                Some(Ok(Ack {})) => {}
                Some(Err(status)) => return Err(status.into()),
                None => return Ok(()),
            },
        }
    }
}

/// The receiving side.
pub(crate) struct Inbound(Arc<Peers>);

#[tonic::async_trait]
impl Peer for Inbound {
    type HandOverStream = ReceiverStream<Result<Ack, Status>>;

    async fn hand_over(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::HandOverStream>, Status> {
        let mut envelopes = request.into_inner();
        let (alive, acks) = mpsc::channel(1);
        let peers = Arc::clone(&self.0);
        tokio::spawn(async move {
            while let Some(Ok(envelope)) = envelopes.next().await {
                peers.receive(&envelope.payload);
            }
            drop(alive);
        });
        Ok(Response::new(ReceiverStream::new(acks)))
    }

    async fn join(&self, request: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        let JoinRequest { node, address, replaces, remembers } = request.into_inner();
        if node == 0 || address.len() > MAX_ADDRESS || !crate::config::is_host_port(&address) {
            return Err(Status::invalid_argument(
                "a node joins with a number from 1 and HOST:PORT",
            ));
        }
        let newcomer = Newcomer {
            node: NodeId(node),
            address,
            replaces: replaces.map(NodeId),
            remembers: Some(remembers),
            dry_run: !remembers,
        };
        let asker = Asker { actor: format!("node {node}"), reason: String::new() };
        let behind = match membership::add(&self.0.consensus, newcomer, asker).await? {
            Admitted::Voter => 0,
            Admitted::CatchingUp { behind } => behind,
        };
        Ok(Response::new(JoinReply { behind }))
    }

    async fn standing(
        &self,
        request: Request<StandingRequest>,
    ) -> Result<Response<StandingReply>, Status> {
        let node = NodeId(request.into_inner().node);
        let standing = self.0.consensus.read(|state| StandingReply {
            removed: state.retired().contains_key(&node),
            known: state.nodes().contains_key(&node),
        });
        Ok(Response::new(standing))
    }
}
