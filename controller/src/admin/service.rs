//! The admin service: `proto/admin.proto` over the replicated state.

use super::Node;
use super::convert::{Marks, change_of, record_of, switch_of};
use super::follow::Follower;
use super::guard::{Guard, vouched};
use super::health::{Health, Problem, judge, unconnected};
use super::seats;
use super::snapshot::{self, Chunks};
use super::unready::unready;
use crate::config::Port;
use crate::grpc::Door;
use crate::membership::{self, refused, unavailable};
use crate::proto::admin::admin_server::{Admin, AdminServer};
use crate::proto::admin::{self as proto, StatusReply, StatusRequest};
use migration::NodeId;
use migration::ownership::{
    AbortReason, Done, Kind, Migration, MigrationId, NodeState, Op, Ownership, Protocol, Refusal,
    State, Wish,
};
use migration::protocol::Probe;
use openflow::Dpid;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use std::str::FromStr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// Answers operators on `listener` until `stop` resolves, and then for half a second more.
pub async fn serve(
    listener: TcpListener,
    node: Node,
    stop: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    let security = node.security.clone();
    let door = Door {
        port: Port::Admin,
        tls: move || security.people(),
        places: MAX_CONNECTIONS,
        metrics: node.metrics.clone(),
    };
    let service = AdminServer::new(Service { node })
        .max_decoding_message_size(MAX_REQUEST)
        .max_encoding_message_size(MAX_REPLY);
    let (quiet, quieted) = oneshot::channel::<()>();
    let server = Server::builder()
        .timeout(REQUEST_TIMEOUT)
        .max_concurrent_streams(MAX_STREAMS)
        .concurrency_limit_per_connection(MAX_STREAMS as usize)
        .http2_keepalive_interval(Some(KEEP_ALIVE))
        .add_service(Guard(service))
        .serve_with_incoming_shutdown(door.incoming(listener), async { drop(quieted.await) });
    tokio::select! {
        served = server => served,
        // Watchers would keep the server up for ever.
        () = async {
            stop.await;
            drop(quiet);
            tokio::time::sleep(GRACE).await;
        } => Ok(()),
    }
}

pub(super) struct Service {
    pub(super) node: Node,
}

type Streamed = ReceiverStream<Result<proto::Migration, Status>>;

#[tonic::async_trait]
impl Admin for Service {
    type MigrateStream = Streamed;
    type SaveSnapshotStream = Chunks;
    type WatchMigrationsStream = Streamed;

    async fn status(
        &self,
        request: Request<StatusRequest>,
    ) -> Result<Response<StatusReply>, Status> {
        let StatusRequest { digest, ask_down } = request.into_inner();
        let health = Health::of(&self.node.consensus);
        let why = if ask_down { self.why_down().await } else { BTreeMap::new() };
        let reply = self.node.consensus.read_applied(|state, applied| {
            let (verdict, problems) = judge(self.node.id, &health, state);
            StatusReply {
                answered_by: self.node.id.0,
                applied,
                digest: if digest {
                    format!("{:016x}", consensus::digest(state))
                } else {
                    String::new()
                },
                verdict: verdict.name().to_owned(),
                problems: problems.iter().map(|problem| explained(problem, &why)).collect(),
                quorum: health.lease_valid,
                leader: health.leader.map(|leader| leader.0),
                term: health.term,
                committed: health.committed,
                nodes: self.nodes(state),
                switches: state.switches().len() as u64,
                orphans: state.orphans().map(|(dpid, _)| dpid.to_string()).collect(),
                unreachable: unconnected(state).map(|dpid| dpid.to_string()).collect(),
                migrations: records(state, |_, migration| !migration.state.is_final()),
            }
        });
        Ok(Response::new(reply))
    }

    async fn save_snapshot(
        &self,
        _: Request<proto::SaveSnapshotRequest>,
    ) -> Result<Response<Chunks>, Status> {
        snapshot::send(&self.node).await.map(Response::new)
    }

    async fn list_nodes(
        &self,
        request: Request<proto::ListNodesRequest>,
    ) -> Result<Response<proto::ListNodesReply>, Status> {
        self.catch_up_if(request.into_inner().linearizable).await?;
        let (answered_by, applied) = self.seen();
        let nodes = self.node.consensus.read(|state| self.nodes(state));
        Ok(Response::new(proto::ListNodesReply { answered_by, applied, nodes }))
    }

    async fn show_node(
        &self,
        request: Request<proto::ShowNodeRequest>,
    ) -> Result<Response<proto::ShowNodeReply>, Status> {
        self.node_reply(NodeId(request.into_inner().node)).await.map(Response::new)
    }

    async fn cordon_node(
        &self,
        request: Request<proto::CordonNodeRequest>,
    ) -> Result<Response<proto::ShowNodeReply>, Status> {
        self.cordon(vouched(request)).await.map(Response::new)
    }

    async fn uncordon_node(
        &self,
        request: Request<proto::UncordonNodeRequest>,
    ) -> Result<Response<proto::ShowNodeReply>, Status> {
        self.uncordon(vouched(request)).await.map(Response::new)
    }

    async fn drain_node(
        &self,
        request: Request<proto::DrainNodeRequest>,
    ) -> Result<Response<proto::DrainNodeReply>, Status> {
        self.drain(vouched(request)).await.map(Response::new)
    }

    async fn add_node(
        &self,
        request: Request<proto::AddNodeRequest>,
    ) -> Result<Response<proto::AddNodeReply>, Status> {
        self.add(vouched(request)).await.map(Response::new)
    }

    async fn remove_node(
        &self,
        request: Request<proto::RemoveNodeRequest>,
    ) -> Result<Response<proto::RemoveNodeReply>, Status> {
        self.remove(vouched(request)).await.map(Response::new)
    }

    async fn list_switches(
        &self,
        request: Request<proto::ListSwitchesRequest>,
    ) -> Result<Response<proto::ListSwitchesReply>, Status> {
        let request = request.into_inner();
        self.catch_up_if(request.linearizable).await?;
        let owner = request.owner.map(NodeId);
        if let Some(node) = owner {
            self.look(|state| {
                state.nodes().get(&node).map(|_| ()).ok_or(Refusal::UnknownNode(node))
            })
            .await?;
        }
        let (answered_by, applied) = self.seen();
        let switches = self.node.consensus.read(|state| {
            let wanted = state.switches().iter();
            let wanted = wanted.filter(|(_, switch)| owner.is_none() || switch.owner == owner);
            wanted.map(|(&dpid, switch)| switch_of(dpid, switch)).collect()
        });
        Ok(Response::new(proto::ListSwitchesReply { answered_by, applied, switches }))
    }

    async fn show_switch(
        &self,
        request: Request<proto::ShowSwitchRequest>,
    ) -> Result<Response<proto::ShowSwitchReply>, Status> {
        let request = request.into_inner();
        let dpid: Dpid = parse(&request.dpid)?;
        self.catch_up_if(request.linearizable).await?;
        let (switch, addresses) = self
            .look(|state| {
                let switch = state.switches().get(&dpid).ok_or(Refusal::UnknownSwitch(dpid))?;
                let address = |node| Some((node, state.nodes().get(&node)?.addresses.peer.clone()));
                let connected = switch.connected.keys().copied().filter_map(address);
                Ok((switch_of(dpid, switch), connected.collect::<Vec<_>>()))
            })
            .await?;
        let (answered_by, applied) = self.seen();
        let seats = seats::seats(&self.node, dpid, addresses).await;
        let switch = Some(switch);
        Ok(Response::new(proto::ShowSwitchReply { answered_by, applied, switch, seats }))
    }

    async fn history(
        &self,
        request: Request<proto::HistoryRequest>,
    ) -> Result<Response<proto::HistoryReply>, Status> {
        let request = request.into_inner();
        let dpid: Dpid = parse(&request.dpid)?;
        self.catch_up_if(request.linearizable).await?;
        let changes = self
            .look(|state| {
                let switch = state.switches().get(&dpid).ok_or(Refusal::UnknownSwitch(dpid))?;
                Ok(switch.history.iter().map(change_of).collect())
            })
            .await?;
        let (answered_by, applied) = self.seen();
        let dpid = dpid.to_string();
        Ok(Response::new(proto::HistoryReply { answered_by, applied, dpid, changes }))
    }

    async fn migrate(
        &self,
        request: Request<proto::MigrateRequest>,
    ) -> Result<Response<Streamed>, Status> {
        let request = vouched(request);
        let asked = self.resolve(&request).await?;
        if request.dry_run {
            return self.plan(asked).await;
        }
        match self.propose(asked.actor, Op::Open(asked.wish)).await? {
            Done::Opened(id) => {
                self.await_applied(id).await?;
                Ok(self.follow(Some(id)))
            }
            other => Err(Status::internal(format!("the log opened no migration: {other:?}"))),
        }
    }

    async fn list_migrations(
        &self,
        request: Request<proto::ListMigrationsRequest>,
    ) -> Result<Response<proto::ListMigrationsReply>, Status> {
        let request = request.into_inner();
        let wanted = request.dpid.as_deref().map(parse::<Dpid>).transpose()?;
        self.catch_up_if(request.linearizable).await?;
        if let Some(dpid) = wanted {
            let known = |state: &Ownership| state.switches().contains_key(&dpid);
            self.look(|state| known(state).then_some(()).ok_or(Refusal::UnknownSwitch(dpid)))
                .await?;
        }
        let (answered_by, applied) = self.seen();
        let migrations = self.node.consensus.read(|state| {
            records(state, |_, migration| {
                wanted.is_none_or(|dpid| migration.dpid == dpid)
                    && !(request.running && migration.state.is_final())
            })
        });
        Ok(Response::new(proto::ListMigrationsReply { answered_by, applied, migrations }))
    }

    async fn show_migration(
        &self,
        request: Request<proto::ShowMigrationRequest>,
    ) -> Result<Response<proto::Migration>, Status> {
        let request = request.into_inner();
        self.catch_up_if(request.linearizable).await?;
        self.record(MigrationId(request.id)).await.map(Response::new)
    }

    async fn watch_migrations(
        &self,
        request: Request<proto::WatchMigrationsRequest>,
    ) -> Result<Response<Streamed>, Status> {
        let only = request.into_inner().id.map(MigrationId);
        if let Some(id) = only {
            self.record(id).await?;
        }
        Ok(self.follow(only))
    }

    async fn cancel_migration(
        &self,
        request: Request<proto::CancelMigrationRequest>,
    ) -> Result<Response<proto::Migration>, Status> {
        let request = vouched(request);
        let (id, actor) = (MigrationId(request.id), text("actor", &request.actor, MAX_ACTOR)?);
        if request.dry_run {
            self.catch_up().await?;
            let state = self.look(|state| Ok(migration(state, id)?.state.clone())).await?;
            if state != State::Open {
                let state = state.name().to_owned();
                return Err(refused(&Refusal::WrongState { id, state }));
            }
        } else {
            let reason = AbortReason::Cancelled(actor.clone());
            self.propose(actor, Op::Abort { id, reason }).await?;
            self.catch_up().await?;
        }
        self.record(id).await.map(Response::new)
    }
}

impl Service {
    pub(super) fn seen(&self) -> (u64, u64) {
        (self.node.id.0, Health::of(&self.node.consensus).applied)
    }

    /// Looks at the state here. That something does not exist is believed only of a state that is as new
    /// as the question.
    pub(super) async fn look<R>(
        &self,
        look: impl Fn(&Ownership) -> Result<R, Refusal>,
    ) -> Result<R, Status> {
        let first = self.node.consensus.read(&look);
        let last = match first {
            Err(refusal) if refusal.kind() == Kind::NotFound => {
                self.catch_up().await?;
                self.node.consensus.read(&look)
            }
            first => first,
        };
        last.map_err(|refusal| refused(&refusal))
    }

    pub(super) async fn catch_up(&self) -> Result<(), Status> {
        self.node.consensus.read_linearizable().await.map_err(unavailable)
    }

    /// Does so where a read asks for it; without a majority such a read is refused, and nothing old is shown.
    async fn catch_up_if(&self, linearizable: bool) -> Result<(), Status> {
        if linearizable { self.catch_up().await } else { Ok(()) }
    }

    pub(super) async fn propose(&self, actor: String, op: Op) -> Result<Done, Status> {
        membership::propose(&self.node.consensus, actor, op).await
    }

    /// A proposal is answered once it is applied at the leader; here that may come later.
    async fn await_applied(&self, id: MigrationId) -> Result<(), Status> {
        let mut changes = self.node.revision.clone();
        while !self.node.consensus.read(|state| state.migrations().contains_key(&id)) {
            let stopping =
                |_| Status::unavailable(format!("migration {id} runs; node is stopping"));
            changes.changed().await.map_err(stopping)?;
        }
        Ok(())
    }

    async fn record(&self, id: MigrationId) -> Result<proto::Migration, Status> {
        self.look(|state| Ok(record_of(id, migration(state, id)?, Marks::With))).await
    }

    fn follow(&self, only: Option<MigrationId>) -> Response<Streamed> {
        let (client, updates) = mpsc::channel(UPDATES);
        tokio::spawn(Follower::new(only).run(self.node.clone(), client));
        Response::new(ReceiverStream::new(updates))
    }

    /// Reads what is asked for, and fills in what is left to the cluster.
    async fn resolve(&self, request: &proto::MigrateRequest) -> Result<Asked, Status> {
        let mut asked = Asked::try_from(request)?;
        let protocol = asked.wish.protocol;
        if !protocol.is_exact() && !self.node.unsafe_protocols {
            let why = format!(
                "{protocol} can lose packet-ins, and is there to show how many; to allow it, set \
                 unsafe_protocols = true under [lab] in node {}'s configuration and restart it",
                self.node.id
            );
            return Err(Status::failed_precondition(why));
        }
        if request.auto > 0 && asked.wish.candidates.is_empty() {
            asked.wish.candidates = self.pick(asked.wish.dpid, protocol, request.auto).await?;
        }
        asked.wish.nonce = getrandom::u64().map_err(|error| Status::internal(error.to_string()))?;
        Ok(asked)
    }

    /// Returns up to `most` nodes that could take a switch, the least loaded first.
    async fn pick(&self, dpid: Dpid, protocol: Protocol, most: u32) -> Result<Vec<NodeId>, Status> {
        let most = match protocol.table().probe {
            Probe::None => 1,
            Probe::Marker | Probe::Ready => most as usize,
        };
        let mut willing = self
            .look(|state| {
                let switch = state.switches().get(&dpid).ok_or(Refusal::UnknownSwitch(dpid))?;
                let willing = state.willing(dpid, protocol);
                match switch.migration.filter(|_| willing.is_empty()) {
                    Some(id) => Err(Refusal::Running { id, dpid }),
                    None => Ok(willing),
                }
            })
            .await?;
        if willing.is_empty() {
            let why = format!("no other node can take switch {dpid} by {protocol}");
            return Err(Status::failed_precondition(why));
        }
        willing.truncate(most);
        Ok(willing)
    }

    /// Answers a dry run: the record as it would open.
    async fn plan(&self, asked: Asked) -> Result<Response<Streamed>, Status> {
        self.catch_up().await?;
        let Asked { wish, actor } = asked;
        let planned = self
            .look(|state| {
                state.check_open(wish.dpid, &wish.candidates, wish.protocol)?;
                let switch = &state.switches()[&wish.dpid];
                let source = switch.owner.ok_or(Refusal::NoOwner(wish.dpid))?;
                let token = switch.token.next();
                Ok(Migration::open(wish.clone(), source, token, actor.clone(), 0))
            })
            .await?;
        let mut record = record_of(MigrationId(0), &planned, Marks::Without);
        "planned".clone_into(&mut record.state);
        let (client, updates) = mpsc::channel(1);
        // The channel has room for it.
        let _ = client.try_send(Ok(record));
        Ok(Response::new(ReceiverStream::new(updates)))
    }

    /// Asks every node that is down what it is waiting for, all at once; most are not there to answer.
    async fn why_down(&self) -> BTreeMap<NodeId, String> {
        let down = self.node.consensus.read(|state| {
            let down = state.nodes().iter().filter(|(_, record)| record.state() == NodeState::Down);
            down.map(|(&id, record)| (id, record.addresses.http.clone())).collect::<Vec<_>>()
        });
        let asked = down.into_iter().map(|(id, http)| (id, tokio::spawn(unready(http))));
        let mut why = BTreeMap::new();
        for (id, asking) in asked.collect::<Vec<_>>() {
            why.extend(asking.await.ok().flatten().map(|why| (id, why)));
        }
        why
    }
}

fn explained(problem: &Problem, why: &BTreeMap<NodeId, String>) -> String {
    match problem {
        Problem::NodeDown(node) => {
            let why = why.get(node).map(|why| format!(": {why}"));
            format!("{problem}{}", why.unwrap_or_default())
        }
        problem => problem.to_string(),
    }
}

/// What a [`proto::MigrateRequest`] asks for, checked.
#[derive(Debug)]
struct Asked {
    wish: Wish,
    actor: String,
}

impl TryFrom<&proto::MigrateRequest> for Asked {
    type Error = Status;

    fn try_from(request: &proto::MigrateRequest) -> Result<Self, Status> {
        let deadline_ms = request.deadline_ms;
        if !(1..=MAX_DEADLINE_MS).contains(&deadline_ms) {
            let expected = format!("the deadline must be 1 to {MAX_DEADLINE_MS} ms");
            return Err(Status::invalid_argument(expected));
        }
        let wish = Wish {
            dpid: parse(&request.dpid)?,
            candidates: request.candidates.iter().copied().map(NodeId).collect(),
            protocol: parse(&request.protocol)?,
            rule: parse(&request.rule)?,
            reason: text("reason", &request.reason, MAX_REASON)?,
            deadline_ms,
            nonce: 0,
        };
        Ok(Self { wish, actor: text("actor", &request.actor, MAX_ACTOR)? })
    }
}

fn records(
    state: &Ownership,
    wanted: impl Fn(MigrationId, &Migration) -> bool,
) -> Vec<proto::Migration> {
    let migrations = state.migrations().iter().filter(|(id, migration)| wanted(**id, migration));
    migrations.map(|(&id, migration)| record_of(id, migration, Marks::Without)).collect()
}

fn migration(state: &Ownership, id: MigrationId) -> Result<&Migration, Refusal> {
    state.migrations().get(&id).ok_or(Refusal::UnknownMigration(id))
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, Status> {
    let invalid = |error| Status::invalid_argument(format!("{:?}: {error}", clip(text)));
    clip(text).parse().map_err(invalid)
}

/// Returns a text that is neither too long nor able to fake lines of a log.
pub(super) fn text(name: &str, text: &str, most: usize) -> Result<String, Status> {
    if text.len() > most {
        let expected = format!("the {name} has {} bytes; {most} is the most", text.len());
        return Err(Status::invalid_argument(expected));
    }
    if text.contains(char::is_control) {
        return Err(Status::invalid_argument(format!("the {name} holds control characters")));
    }
    Ok(text.to_owned())
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(64)]
}

/// Time that clients have to take their leave once the node stops.
const GRACE: Duration = Duration::from_millis(500);
/// Bytes of one request.
const MAX_REQUEST: usize = 64 << 10;
/// Bytes of one reply: every switch of the largest cluster.
pub(super) const MAX_REPLY: usize = 64 << 20;
/// Connections of people and programs at once.
const MAX_CONNECTIONS: usize = 256;
const MAX_STREAMS: u32 = 64;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Records on their way to one client; a slow client delays only itself.
const UPDATES: usize = 16;
/// Bytes of a reason.
pub(super) const MAX_REASON: usize = 1 << 10;
pub(super) const MAX_ACTOR: usize = 256;
pub(super) const MAX_DEADLINE_MS: u64 = 600_000;
