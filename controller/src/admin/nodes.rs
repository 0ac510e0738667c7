//! What the admin service tells of nodes, and what an operator may want of them.

use super::convert::{cordon_of, drain_of};
use super::health::Health;
use super::service::{MAX_ACTOR, MAX_DEADLINE_MS, MAX_REASON, Service, text};
use crate::config::is_host_port;
use crate::membership::{self, Asker};
use crate::proto::admin as proto;
use consensus::{Admitted, Newcomer};
use migration::NodeId;
use migration::ownership::{
    Done, DrainOrder, MAX_PARALLEL, Node, Occasion, Op, Ownership, Refusal,
};
use std::collections::{BTreeMap, BTreeSet};
use tonic::Status;

impl Service {
    /// Returns every node that is a member, or registered.
    pub(super) fn nodes(&self, state: &Ownership) -> Vec<proto::Node> {
        let health = Health::of(&self.node.consensus);
        let mut connected = BTreeMap::<NodeId, u64>::new();
        for &node in state.switches().values().flat_map(|switch| switch.connected.keys()) {
            *connected.entry(node).or_default() += 1;
        }
        let ids: BTreeSet<NodeId> =
            health.members.iter().chain(state.nodes().keys()).copied().collect();
        let raft = |id| match () {
            () if health.leader == Some(id) => "leader",
            () if health.learners.contains(&id) => "learner",
            () if health.members.contains(&id) => "follower",
            () => "none",
        };
        let node = |id: NodeId| {
            let record = state.nodes().get(&id);
            let addresses = record.map(|record| record.addresses.clone()).unwrap_or_default();
            proto::Node {
                id: id.0,
                state: record.map_or("unknown", |record| record.state().name()).to_owned(),
                raft: raft(id).to_owned(),
                owned: state.owned_by(id) as u64,
                connected: connected.get(&id).copied().unwrap_or_default(),
                boot: record.map_or(0, |record| record.boot),
                openflow: addresses.openflow,
                peer: addresses.peer,
                admin: addresses.admin,
                http: addresses.http,
                cordoned: record.is_some_and(|record| record.cordon.is_some()),
                drain: record.and_then(Node::running_drain).map(|drain| drain_of(id, drain, state)),
            }
        };
        ids.into_iter().map(node).collect()
    }

    /// Returns one node with its running or last drain.
    pub(super) async fn node_reply(&self, id: NodeId) -> Result<proto::ShowNodeReply, Status> {
        let (mut node, drain, cordon) = self
            .look(|state| {
                let found = self.nodes(state).into_iter().find(|node| node.id == id.0);
                let node = found.ok_or_else(|| match state.retired().contains_key(&id) {
                    true => Refusal::Retired(id),
                    false => Refusal::UnknownNode(id),
                })?;
                let record = state.nodes().get(&id);
                let drain = record.and_then(|record| record.drain.as_ref());
                let cordon = record.and_then(|record| record.cordon.as_ref());
                Ok((node, drain.map(|drain| drain_of(id, drain, state)), cordon.map(cordon_of)))
            })
            .await?;
        node.drain = drain;
        let (answered_by, applied) = self.seen();
        Ok(proto::ShowNodeReply { answered_by, applied, node: Some(node), cordon })
    }

    pub(super) async fn cordon(
        &self,
        request: proto::CordonNodeRequest,
    ) -> Result<proto::ShowNodeReply, Status> {
        let (node, asker) = (NodeId(request.node), asker(&request.actor, &request.reason)?);
        let op = Op::Cordon { node, reason: asker.reason };
        self.change(node, asker.actor, op, request.dry_run).await
    }

    pub(super) async fn uncordon(
        &self,
        request: proto::UncordonNodeRequest,
    ) -> Result<proto::ShowNodeReply, Status> {
        let (node, asker) = (NodeId(request.node), asker(&request.actor, "")?);
        self.change(node, asker.actor, Op::Uncordon { node }, request.dry_run).await
    }

    async fn change(
        &self,
        node: NodeId,
        actor: String,
        op: Op,
        dry_run: bool,
    ) -> Result<proto::ShowNodeReply, Status> {
        if dry_run {
            self.look(|state| known(state, node)).await?;
        } else {
            self.propose(actor, op).await?;
            self.catch_up().await?;
        }
        self.node_reply(node).await
    }

    pub(super) async fn drain(
        &self,
        request: proto::DrainNodeRequest,
    ) -> Result<proto::DrainNodeReply, Status> {
        let (node, asker) = (NodeId(request.node), asker(&request.actor, &request.reason)?);
        let proto::DrainNodeRequest { parallel, deadline_ms, .. } = request;
        if !(1..=MAX_PARALLEL).contains(&parallel) || !(1..=MAX_DEADLINE_MS).contains(&deadline_ms)
        {
            let expected = format!(
                "a drain moves 1 to {MAX_PARALLEL} switches at once, and has 1 to {MAX_DEADLINE_MS} ms"
            );
            return Err(Status::invalid_argument(expected));
        }
        self.catch_up().await?;
        let plan = self
            .look(|state| {
                state.check_drain(node, Occasion::Maintenance)?;
                Ok(state.drain_plan(node, |_, _| false))
            })
            .await?;
        let mut drain = None;
        if !request.dry_run {
            let order = DrainOrder { parallel, deadline_ms, reason: asker.reason };
            let op = Op::Drain { node, order, leaves: None };
            if let Done::Draining(id) = self.propose(asker.actor, op).await? {
                drain = Some(id.0);
            }
            self.catch_up().await?;
        }
        let (answered_by, applied) = self.seen();
        let moves = plan.moves.iter();
        let moves = moves.map(|(dpid, to)| proto::PlannedMove { dpid: dpid.to_string(), to: to.0 });
        let moving = plan.moving.iter().map(ToString::to_string).collect();
        Ok(proto::DrainNodeReply { answered_by, applied, drain, moves: moves.collect(), moving })
    }

    pub(super) async fn add(
        &self,
        request: proto::AddNodeRequest,
    ) -> Result<proto::AddNodeReply, Status> {
        let asker = asker(&request.actor, &request.reason)?;
        let address = text("address", &request.address, MAX_ACTOR)?;
        if request.node == 0 || !is_host_port(&address) {
            return Err(Status::invalid_argument("expected a number from 1 and HOST:PORT"));
        }
        let newcomer = Newcomer {
            node: NodeId(request.node),
            address,
            replaces: request.replaces.map(NodeId),
            remembers: None,
            dry_run: request.dry_run,
        };
        let behind = match membership::add(&self.node.consensus, newcomer, asker).await? {
            Admitted::Voter => 0,
            Admitted::CatchingUp { behind } => behind,
        };
        Ok(proto::AddNodeReply { behind })
    }

    pub(super) async fn remove(
        &self,
        request: proto::RemoveNodeRequest,
    ) -> Result<proto::RemoveNodeReply, Status> {
        let proto::RemoveNodeRequest { node, force_dead, dry_run, .. } = request;
        let asker = asker(&request.actor, &request.reason)?;
        let node = NodeId(node);
        membership::remove(&self.node.consensus, node, force_dead, dry_run, asker).await?;
        let members = self.node.consensus.status().members.into_iter();
        let voters = members.filter(|(id, member)| member.voter && *id != node);
        Ok(proto::RemoveNodeReply { voters: voters.map(|(id, _)| id.0).collect() })
    }
}

fn known(state: &Ownership, node: NodeId) -> Result<(), Refusal> {
    state.nodes().get(&node).map(|_| ()).ok_or(Refusal::UnknownNode(node))
}

fn asker(actor: &str, reason: &str) -> Result<Asker, Status> {
    let actor = text("actor", actor, MAX_ACTOR)?;
    Ok(Asker { actor, reason: text("reason", reason, MAX_REASON)? })
}
