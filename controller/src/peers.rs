//! Hand-over messages between nodes: one long-lived gRPC stream in each direction between every two, FIFO.
//!
//! A message to a node that cannot be reached is dropped and counted: every hand-over has timers that see
//! to what must happen then, and what waits for a node that comes back would only be stale.

use crate::admin::own_session;
use crate::grpc::{self, Caller};
use crate::handover::{Body, HandOver};
use crate::membership::{self, Asker};
use crate::metrics::Metrics;
use crate::proto::admin::Session;
use crate::proto::peer::peer_client::PeerClient;
use crate::proto::peer::peer_server::{Peer, PeerServer};
use crate::proto::peer::{
    Ack, Envelope, JoinReply, JoinRequest, SessionRequest, StandingReply, StandingRequest,
};
use crate::security::Security;
use crate::session::{Letter, Registry};
use crate::tls::Identity;
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
    security: Security,
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
        security: Security,
    ) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            me,
            links: Mutex::default(),
            consensus,
            registry,
            metrics,
            security,
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

    /// Takes a message that came over a connection of `caller`, if that is known.
    fn receive(&self, caller: Option<NodeId>, bytes: &[u8]) {
        let message = match HandOver::decode(bytes) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(%error, "dropped a message from another node");
                return;
            }
        };
        if let Some(caller) = caller.filter(|caller| *caller != message.from) {
            let from = message.from;
            tracing::warn!(%caller, %from, "dropped a message in the name of another node");
            self.metrics.impostor_refused();
            return;
        }
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
            match stream_to(&peers.security, to, &address, &mut messages).await {
                Ok(()) => tracing::debug!(%to, "stream to a node ended"),
                Err(error) => {
                    let why = grpc::why(&*error);
                    tracing::debug!(%to, %why, "no stream to a node");
                }
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
    security: &Security,
    to: NodeId,
    address: &str,
    messages: &mut mpsc::Receiver<HandOver>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let endpoint = Endpoint::from_shared(format!("http://{address}"))?
        .connect_timeout(CONNECT_WITHIN)
        .http2_keep_alive_interval(Duration::from_secs(2))
        .keep_alive_timeout(Duration::from_secs(2))
        .keep_alive_while_idle(true);
    let security = security.clone();
    let channel = grpc::connect(&endpoint, move || security.dial(Some(to))).await?;
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

/// Returns the node whose certificate was shown; none in plain text.
fn node_of<T>(request: &Request<T>) -> Option<NodeId> {
    match request.extensions().get::<Caller>()?.identity {
        Some(Identity::Node(node)) => Some(node),
        _ => None,
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
        let caller = node_of(&request);
        let mut envelopes = request.into_inner();
        let (alive, acks) = mpsc::channel(1);
        let peers = Arc::clone(&self.0);
        tokio::spawn(async move {
            while let Some(Ok(envelope)) = envelopes.next().await {
                peers.receive(caller, &envelope.payload);
            }
            drop(alive);
        });
        Ok(Response::new(ReceiverStream::new(acks)))
    }

    async fn join(&self, request: Request<JoinRequest>) -> Result<Response<JoinReply>, Status> {
        let caller = node_of(&request);
        let JoinRequest { node, address, replaces, remembers } = request.into_inner();
        if node == 0 || address.len() > MAX_ADDRESS || !crate::config::is_host_port(&address) {
            return Err(Status::invalid_argument(
                "a node joins with a number from 1 and HOST:PORT",
            ));
        }
        if let Some(caller) = caller.filter(|caller| *caller != NodeId(node)) {
            tracing::warn!(%caller, %node, "refused to let a node in: another asks for it");
            self.0.metrics.impostor_refused();
            let why = format!(
                "the certificate of node {caller} lets in node {caller}, not node {node}; nothing has changed: use the folder of node {node}"
            );
            return Err(Status::permission_denied(why));
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

    async fn show_session(
        &self,
        request: Request<SessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let dpid = request.into_inner().dpid.parse();
        let dpid = dpid.map_err(|_| Status::invalid_argument("expected a datapath id"))?;
        own_session(self.0.me, &self.0.registry, dpid).map(Response::new)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::tests::Bench;
    use migration::MigrationId;
    use openflow::Dpid;
    use tonic::Code;

    fn peers(bench: &Bench) -> Arc<Peers> {
        let (consensus, registry) = (bench.node.consensus.clone(), Arc::default());
        Peers::new(NodeId(1), consensus, registry, Metrics::new(), Security::default())
    }

    fn impostors(peers: &Peers) -> bool {
        peers.metrics.exposition().contains("baton_impostors_refused_total 1\n")
    }

    #[tokio::test]
    async fn a_node_hands_over_in_its_own_name_only() {
        let bench = Bench::start().await;
        let peers = peers(&bench);
        let (dpid, migration, body) = (Dpid(1), MigrationId(1), Body::Refuse(String::new()));
        let message = HandOver { dpid, migration, from: NodeId(3), body }.encode();
        for caller in [None, Some(NodeId(3))] {
            peers.receive(caller, &message);
            assert!(!impostors(&peers), "{caller:?}");
        }
        peers.receive(Some(NodeId(2)), &message);
        assert!(impostors(&peers));
    }

    #[tokio::test]
    async fn a_node_joins_in_its_own_name_only() {
        let bench = Bench::start().await;
        let inbound = Inbound(peers(&bench));
        let asks = async |identity, node| {
            let wish =
                JoinRequest { node, address: "127.0.0.1:1".to_owned(), ..Default::default() };
            let mut request = Request::new(wish);
            let address = "127.0.0.1:4711".parse().unwrap();
            request.extensions_mut().insert(Caller { address, identity });
            inbound.join(request).await
        };
        let two = || Some(Identity::Node(NodeId(2)));
        let refused = asks(two(), 3).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert!(refused.message().contains("use the folder of node 3"), "{refused}");
        assert!(impostors(&inbound.0));
        for (identity, node) in [(two(), 2), (None, 3)] {
            let asked = asks(identity, node).await;
            assert!(
                asked.as_ref().err().map(Status::code) != Some(Code::PermissionDenied),
                "{asked:?}"
            );
        }
    }
}
