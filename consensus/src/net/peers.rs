//! Channels to the other nodes.
//!
//! Each peer has one channel for each [`Lane`], so that a heartbeat never queues behind log entries or a
//! snapshot. Channels connect when they are first used and again whenever they broke.

use super::wire;
use crate::config::{Config, Dial};
use crate::proto::Envelope;
use crate::proto::consensus_client::ConsensusClient;
use crate::store::Identity;
use migration::NodeId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};
use tonic::{ConnectError, Response, Status};

/// What a channel is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Lane {
    /// Heartbeats, elections and leases: small, and never late.
    Urgent,
    /// Log entries and forwarded requests.
    Log,
    /// Snapshots.
    Snapshot,
}

/// The other nodes, as this one reaches them; a cheap handle.
#[derive(Clone, Debug)]
pub(crate) struct Peers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    identity: Arc<Identity>,
    dial: Dial,
    connect_timeout: Duration,
    channels: Mutex<BTreeMap<(NodeId, Lane), (String, Channel)>>,
    /// Where the members are, as of the last change of the membership.
    addresses: Mutex<BTreeMap<NodeId, String>>,
}

/// One node, on one lane.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) client: ConsensusClient<Channel>,
    identity: Arc<Identity>,
    pub(crate) node: NodeId,
}

impl Peers {
    pub(crate) fn new(identity: Arc<Identity>, config: &Config) -> Self {
        let (dial, connect_timeout) = (config.dial.clone(), config.timing.lease);
        Self(Arc::new(Inner {
            identity,
            dial,
            connect_timeout,
            channels: Mutex::default(),
            addresses: Mutex::default(),
        }))
    }

    /// Returns the way to `node` at `address` (`host:port`), without connecting.
    pub(crate) fn to(&self, node: NodeId, address: &str, lane: Lane) -> Result<Peer, Status> {
        let channel = self.channel(node, address, lane)?;
        let client = ConsensusClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        Ok(Peer { client, identity: self.0.identity.clone(), node })
    }

    /// Takes note of where the members are now.
    pub(crate) fn locate(&self, members: impl Iterator<Item = (NodeId, String)>) {
        *self.addresses() = members.collect();
    }

    /// Returns where a member is now: openraft's clients outlive a change of its address.
    pub(crate) fn address_of(&self, node: NodeId) -> Option<String> {
        self.addresses().get(&node).cloned()
    }

    fn addresses(&self) -> MutexGuard<'_, BTreeMap<NodeId, String>> {
        // Nothing in its critical sections can panic half-way.
        self.0.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn channel(&self, node: NodeId, address: &str, lane: Lane) -> Result<Channel, Status> {
        // Nothing in here can panic half-way.
        let mut channels = self.0.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, channel)) = channels.get(&(node, lane))
            && known == address
        {
            return Ok(channel.clone());
        }
        let channel = self.0.dial.channel(node, self.endpoint(address, lane)?);
        channels.insert((node, lane), (address.to_owned(), channel.clone()));
        Ok(channel)
    }

    fn endpoint(&self, address: &str, lane: Lane) -> Result<Endpoint, Status> {
        let bad = |e| Status::invalid_argument(format!("peer address {address}: {e}"));
        let endpoint = Endpoint::from_shared(format!("http://{address}")).map_err(bad)?;
        Ok(endpoint
            .connect_timeout(self.0.connect_timeout)
            .timeout(lane.timeout())
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true))
    }
}

impl Peer {
    pub(crate) fn envelope(&self, payload: Vec<u8>) -> Envelope {
        Envelope {
            cluster: self.identity.cluster(),
            from: self.identity.node().0,
            to: self.node.0,
            payload,
        }
    }

    pub(crate) fn seal<T: Serialize>(&self, record: &T) -> Result<Envelope, Status> {
        Ok(self.envelope(wire::encode(record)?))
    }
}

impl Lane {
    /// Returns the longest that a request may take; most callers allow less.
    fn timeout(self) -> Duration {
        match self {
            Self::Urgent => Duration::from_secs(2),
            Self::Log => Duration::from_secs(10),
            Self::Snapshot => Duration::from_secs(600),
        }
    }
}

/// Takes a reply apart.
pub(crate) fn open<T: DeserializeOwned>(
    response: Response<crate::proto::Payload>,
) -> Result<T, Status> {
    wire::decode(&response.into_inner().payload)
}

/// Returns whether a request certainly never left this node.
pub(crate) fn never_sent(status: &Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if error.is::<ConnectError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Largest message: a full AppendEntries of the largest commands, or a chunk of a snapshot.
pub(crate) const MAX_MESSAGE_BYTES: usize = 5 << 20;
const KEEP_ALIVE: Duration = Duration::from_secs(1);
