//! A node that joins a running cluster: it asks any member, again and again, until it votes.
//!
//! ```text
//!  newcomer                       any member                      leader
//!     |---- Join, its disk is empty ->|---- has it ever voted? ----->|
//!     |<--- it may -------------------|<-----------------------------|
//!     |---- Join(node, address) ----->|---- add, as a learner ------>|
//!     |<------------- the log, or a snapshot and the rest of it ----|
//!     |<--- behind by 1,200 entries --|<-----------------------------|
//!     |---- Join ... ---------------->|---- caught up: a voter ------>|
//! ```
//!
//! Whatever was done before the newcomer or a leader died is not done twice, so that it simply asks again. An empty disk
//! may be that of a node which lost what it voted for. So a newcomer takes nothing from anybody before it was told
//! that its number has never voted; from then on its own disk holds everything that it votes for.

use crate::grpc;
use crate::node::Shared;
use crate::proto::peer::peer_client::PeerClient;
use crate::proto::peer::{JoinRequest, StandingReply, StandingRequest};
use crate::security::Security;
use migration::NodeId;
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

/// Where a cluster is found, and whose place is taken in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Join {
    /// Peer addresses of members, tried in turn.
    pub members: Vec<String>,
    /// The dead node that this one replaces.
    pub replaces: Option<NodeId>,
}

/// Asks until this node votes; fails only with what asking again would not change.
pub(crate) async fn join(node: &Shared, wish: &Join) -> Result<(), String> {
    let mut told = String::new();
    let mut replaced = wish.replaces.is_none() || votes(node);
    while !(replaced && votes(node)) {
        for address in &wish.members {
            let asks_for_leave = node.consensus.is_held_back();
            let news = match ask(node, wish, address).await {
                Ok(_) if asks_for_leave => {
                    node.consensus.let_in();
                    break;
                }
                Ok(None) => {
                    replaced = true;
                    tracing::info!(%address, "the cluster has let this node in");
                    break;
                }
                Ok(Some(behind)) => format!("{address}: {behind} entries of the log are missing"),
                Err(status) if is_final(&status) => {
                    return Err(format!("{address}: {}", status.message()));
                }
                Err(status) => format!("{address}: {}", status.message()),
            };
            if news != told {
                tracing::info!(%news, "joining");
                told = news;
            }
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    Ok(())
}

/// Returns whether this node votes, as far as its own log says.
pub(crate) fn votes(node: &Shared) -> bool {
    node.consensus.status().members.get(&node.id).is_some_and(|member| member.voter)
}

/// Returns whether another node says that this one was removed for ever: a removed node hears of no leader, and so
/// cannot learn it from the log.
pub(crate) async fn was_removed(node: &Shared) -> bool {
    let members = node.consensus.status().members;
    for (id, member) in members.into_iter().filter(|(id, _)| *id != node.id) {
        if standing(node, id, &member.address).await.is_ok_and(|standing| standing.removed) {
            return true;
        }
    }
    false
}

/// Asks another node, at `address`, what it knows of this one.
pub(crate) async fn standing(
    node: &Shared,
    other: NodeId,
    address: &str,
) -> Result<StandingReply, Status> {
    let mut peer = dial(&node.security, Some(other), address, CONNECT_WITHIN).await?;
    Ok(peer.standing(StandingRequest { node: node.id.0 }).await?.into_inner())
}

/// Asks one member; returns how many entries are missing until this node can vote.
async fn ask(node: &Shared, wish: &Join, address: &str) -> Result<Option<u64>, Status> {
    let request = JoinRequest {
        node: node.id.0,
        address: node.config.advertised.peer.clone(),
        replaces: wish.replaces.map(|replaced| replaced.0),
        remembers: !node.consensus.is_held_back(),
    };
    let mut peer = dial(&node.security, None, address, ANSWER_WITHIN).await?;
    let reply = peer.join(request).await?.into_inner();
    Ok(Some(reply.behind).filter(|behind| *behind > 0))
}

/// Connects to the node at `address`, whose number may not be known.
pub(crate) async fn dial(
    security: &Security,
    node: Option<NodeId>,
    address: &str,
    answer_within: Duration,
) -> Result<PeerClient<Channel>, Status> {
    let unreachable = |error| Status::unavailable(grpc::why(&error));
    let endpoint = Endpoint::from_shared(format!("http://{address}")).map_err(unreachable)?;
    let endpoint =
        endpoint.connect_timeout(CONNECT_WITHIN.min(answer_within)).timeout(answer_within);
    let security = security.clone();
    let channel = grpc::connect(&endpoint, move || security.dial(node)).await;
    Ok(PeerClient::new(channel.map_err(unreachable)?))
}

fn is_final(status: &Status) -> bool {
    use Code::{FailedPrecondition, InvalidArgument, NotFound, PermissionDenied};
    [FailedPrecondition, InvalidArgument, NotFound, PermissionDenied].contains(&status.code())
}

const ASK_EVERY: Duration = Duration::from_millis(100);
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
