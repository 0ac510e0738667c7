//! The session of every connected node with a switch: each is asked over the peer port.

use super::convert::session_of;
use crate::joining::dial;
use crate::proto::admin::{Seat, Session};
use crate::proto::peer::SessionRequest;
use crate::security::Security;
use crate::session::Registry;
use migration::NodeId;
use openflow::Dpid;
use std::time::Duration;
use tonic::{Response, Status};

/// Returns the session that this node has with a switch.
pub(crate) fn own_session(
    node: NodeId,
    registry: &Registry,
    dpid: Dpid,
) -> Result<Session, Status> {
    let none = || Status::not_found(format!("node {node} has no session with it"));
    registry.session(dpid).as_ref().map(session_of).ok_or_else(none)
}

/// Asks every one of `nodes` at its peer address, all at once.
pub(super) async fn seats(
    node: &super::Node,
    dpid: Dpid,
    nodes: Vec<(NodeId, String)>,
) -> Vec<Seat> {
    let mut asked = Vec::new();
    for (other, address) in nodes {
        let own = (other == node.id).then(|| own_session(node.id, &node.registry, dpid));
        let security = node.security.clone();
        let asking = tokio::spawn(async move {
            match own {
                Some(own) => own,
                None => ask(&security, other, &address, dpid).await,
            }
        });
        asked.push((other, asking));
    }
    let mut seats = Vec::with_capacity(asked.len());
    for (node, asking) in asked {
        let answer = asking.await.unwrap_or_else(|_| Err(Status::internal("asking it failed")));
        let (session, error) = match answer {
            Ok(session) => (Some(session), None),
            Err(status) => (None, Some(status.message().to_owned())),
        };
        seats.push(Seat { node: node.0, session, error });
    }
    seats
}

async fn ask(
    security: &Security,
    node: NodeId,
    address: &str,
    dpid: Dpid,
) -> Result<Session, Status> {
    let unreachable = |status: Status| {
        Status::unavailable(format!("no answer from {address}: {}", status.message()))
    };
    let peer = dial(security, Some(node), address, ANSWER_WITHIN).await.map_err(unreachable)?;
    let mut peer = peer.max_decoding_message_size(MAX_SESSION);
    let request = SessionRequest { dpid: dpid.to_string() };
    peer.show_session(request).await.map(Response::into_inner)
}

/// How long another node has to tell its session with a switch.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// Bytes of what it tells.
const MAX_SESSION: usize = 64 << 10;
