//! A client of the admin service of every node: what an operator's scripts would do, without a process for each call.

use super::check::trail::Change;
use super::history::{Outcome, Owned};
use crate::cluster::Cluster;
use crate::wait::Failure;
use controller::proto::admin::admin_client::AdminClient;
use controller::proto::admin::{
    CordonNodeRequest, DrainNodeRequest, HistoryRequest, ListMigrationsReply,
    ListMigrationsRequest, ListNodesRequest, ListSwitchesReply, ListSwitchesRequest,
    MigrateRequest, Migration, Node, RemoveNodeRequest, StatusReply, StatusRequest,
    UncordonNodeRequest,
};
use openflow::Dpid;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};

/// Connections to every node, made when they are used, and made again; a cheap handle.
#[derive(Clone, Debug)]
pub struct Operator {
    nodes: BTreeMap<u64, AdminClient<Channel>>,
}

impl Operator {
    /// Returns an operator of `cluster`.
    pub fn of(cluster: &Cluster) -> Result<Self, Failure> {
        let client = |node| {
            let address = cluster.admin_address(node);
            let endpoint = Endpoint::from_shared(format!("http://{address}"));
            let endpoint = endpoint.map_err(|e| Failure::new(address, e))?;
            let channel = endpoint.connect_timeout(CONNECT).tcp_nodelay(true).connect_lazy();
            Ok((node, AdminClient::new(channel).max_decoding_message_size(MAX_REPLY)))
        };
        let nodes = 1..=cluster.controllers().len() as u64;
        Ok(Self { nodes: nodes.map(client).collect::<Result<_, Failure>>()? })
    }

    /// Returns what `node` says of itself and of the cluster.
    pub async fn status(&self, node: u64) -> Result<StatusReply, Status> {
        let mut client = self.client(node)?;
        within(ANSWER, client.status(StatusRequest::default())).await
    }

    /// Returns every switch, as `node` tells it.
    pub async fn switches(
        &self,
        node: u64,
        linearizable: bool,
    ) -> Result<ListSwitchesReply, Status> {
        let mut client = self.client(node)?;
        let request = ListSwitchesRequest { owner: None, linearizable };
        within(READ, client.list_switches(request)).await
    }

    /// Returns every migration that `node` has on its books, and the entry of the log that it had applied.
    pub async fn migrations(&self, node: u64) -> Result<ListMigrationsReply, Status> {
        let mut client = self.client(node)?;
        within(READ, client.list_migrations(ListMigrationsRequest::default())).await
    }

    /// Returns the changes of ownership that `node` has on its books, and the entry of the log that it had applied.
    pub async fn history(&self, node: u64, dpid: Dpid) -> Result<(u64, Vec<Change>), Status> {
        let mut client = self.client(node)?;
        let request = HistoryRequest { dpid: dpid.to_string(), linearizable: false };
        let reply = within(READ, client.history(request)).await?;
        let changes = reply.changes.into_iter().map(|change| Change {
            token: change.token,
            from: change.from,
            to: change.to,
            cause: change.cause,
            migration: change.migration,
            reason: change.reason,
            at_ms: change.at_ms,
        });
        Ok((reply.applied, changes.collect()))
    }

    /// Returns the node that leads, as it says itself.
    pub async fn leader(&self) -> Option<u64> {
        let mut found = None;
        for &node in self.nodes.keys() {
            let Ok(Ok(status)) = timeout(GLANCE, self.status(node)).await else { continue };
            if status.leader == Some(node) {
                // A deposed leader may not know it yet: its term is older.
                found = found.max(Some((status.term, node)));
            }
        }
        found.map(|(_, node)| node)
    }

    /// Asks `node` for a migration, and follows it to its end, or for as long as is waited.
    pub async fn migrate(&self, node: u64, request: MigrateRequest) -> Outcome {
        let limit = Duration::from_millis(request.deadline_ms) + SETTLE;
        let deadline = Instant::now() + limit;
        let Ok(mut client) = self.client(node) else {
            return Outcome::Refused { why: "no such node".to_owned() };
        };
        let opened = timeout_at(deadline, client.migrate(request))
            .await
            .unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time")));
        match opened {
            Ok(updates) => follow(updates.into_inner(), deadline).await,
            Err(status) => not_opened(&status),
        }
    }

    /// Asks one node after the other until one does it; returns whether one did.
    pub(super) async fn any<F: Future<Output = Result<(), Status>>>(
        &self,
        ask: impl Fn(u64) -> F,
    ) -> bool {
        for &node in self.nodes.keys() {
            if ask(node).await.is_ok() {
                return true;
            }
        }
        false
    }

    /// Returns every node of the cluster, by a linearizable read at whoever answers.
    pub(super) async fn nodes(&self) -> Option<Vec<Node>> {
        for client in self.nodes.values() {
            let mut client = client.clone();
            let request = ListNodesRequest { linearizable: true };
            if let Ok(reply) = within(READ, client.list_nodes(request)).await {
                return Some(reply.nodes);
            }
        }
        None
    }

    /// Has `asked` see to it that `node` is given no more switches.
    pub(super) async fn cordon(&self, asked: u64, node: u64) -> Result<(), Status> {
        let (reason, actor) = ("chaos".to_owned(), "chaos".to_owned());
        let request = CordonNodeRequest { node, reason, actor, dry_run: false };
        within(READ, self.client(asked)?.cordon_node(request)).await.map(drop)
    }

    /// Has `asked` take that back.
    pub(super) async fn uncordon(&self, asked: u64, node: u64) -> Result<(), Status> {
        let request = UncordonNodeRequest { node, actor: "chaos".to_owned(), dry_run: false };
        within(READ, self.client(asked)?.uncordon_node(request)).await.map(drop)
    }

    /// Has `asked` begin to move all switches of `node` away.
    pub(super) async fn drain(&self, asked: u64, node: u64) -> Result<(), Status> {
        let deadline_ms = 30_000;
        let (reason, actor) = ("chaos".to_owned(), "chaos".to_owned());
        let request =
            DrainNodeRequest { node, parallel: 4, deadline_ms, reason, actor, dry_run: false };
        within(READ, self.client(asked)?.drain_node(request)).await.map(drop)
    }

    /// Has `asked` take `node` out of the cluster.
    pub(super) async fn remove(&self, asked: u64, node: u64) -> Result<(), Status> {
        let (reason, actor) = ("chaos".to_owned(), "chaos".to_owned());
        let request = RemoveNodeRequest { node, force_dead: false, reason, actor, dry_run: false };
        within(READ, self.client(asked)?.remove_node(request)).await.map(drop)
    }

    fn client(&self, node: u64) -> Result<AdminClient<Channel>, Status> {
        self.nodes.get(&node).cloned().ok_or_else(|| Status::not_found("no such node"))
    }
}

/// Returns who owns what, by a reply.
pub(super) fn owned(reply: &ListSwitchesReply) -> Vec<Owned> {
    let owned = |switch: &controller::proto::admin::Switch| {
        let dpid = switch.dpid.parse().ok()?;
        Some(Owned { dpid, owner: switch.owner, token: switch.token })
    };
    reply.switches.iter().filter_map(owned).collect()
}

async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<tonic::Response<T>, Status>>,
) -> Result<T, Status> {
    let late = |_| Err(Status::deadline_exceeded("no answer in time"));
    timeout(limit, call).await.unwrap_or_else(late).map(tonic::Response::into_inner)
}

fn not_opened(status: &Status) -> Outcome {
    let why = format!("{:?}: {}", status.code(), status.message());
    let is_certain = match status.code() {
        Code::FailedPrecondition | Code::NotFound | Code::InvalidArgument => true,
        // Either nobody took it, or nobody was there.
        Code::Unavailable => {
            let known = ["nothing was done", "tcp connect error"];
            known.iter().any(|known| status.message().contains(known))
        }
        _ => false,
    };
    if is_certain { Outcome::Refused { why } } else { Outcome::Unknown { id: None, why } }
}

async fn follow(mut updates: Streaming<Migration>, deadline: Instant) -> Outcome {
    let mut last = Outcome::Unknown { id: None, why: "no word of it".to_owned() };
    loop {
        let why = match timeout_at(deadline, updates.message()).await {
            Ok(Ok(Some(record))) => {
                last = so_far(&record);
                if record.outcome.is_some() {
                    return last;
                }
                continue;
            }
            Ok(Ok(None)) => "the stream ended".to_owned(),
            Ok(Err(status)) => format!("{:?}: {}", status.code(), status.message()),
            Err(_) => "no end in time".to_owned(),
        };
        // What is committed stays so, whether anybody hears of the rest or not.
        if let Outcome::Unknown { id, .. } = last {
            return Outcome::Unknown { id, why };
        }
        return last;
    }
}

fn so_far(record: &Migration) -> Outcome {
    let &Migration { id, source, winner, token, .. } = record;
    match (record.state.as_str(), winner) {
        ("committed" | "done", Some(winner)) => Outcome::Committed { id, source, winner, token },
        ("aborted", _) => Outcome::Aborted { id },
        (state, _) => Outcome::Unknown { id: Some(id), why: state.to_owned() },
    }
}

const CONNECT: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(1);
/// For a look at a node that may be frozen.
const GLANCE: Duration = Duration::from_millis(300);
/// For a read, which may have to wait for an election.
const READ: Duration = Duration::from_secs(3);
/// How long after its deadline a migration's end may take to be heard of.
const SETTLE: Duration = Duration::from_secs(2);
const MAX_REPLY: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_certainly_did_nothing_is_refused() {
        let refused = |status: Status| matches!(not_opened(&status), Outcome::Refused { .. });
        assert!(refused(Status::failed_precondition("it runs")));
        assert!(refused(Status::unavailable("no leader within 5s; nothing was done")));
        assert!(!refused(Status::unavailable("the leader changed; it may have been done")));
        assert!(refused(Status::unavailable("tcp connect error")));
        assert!(!refused(Status::unavailable("broken pipe")));
        assert!(!refused(Status::deadline_exceeded("")));
    }

    #[test]
    fn a_commit_is_as_good_as_the_end() {
        let record = |state: &str, winner| Migration {
            id: 3,
            source: 1,
            winner,
            token: 9,
            state: state.to_owned(),
            ..Migration::default()
        };
        let committed = Outcome::Committed { id: 3, source: 1, winner: 2, token: 9 };
        assert_eq!(so_far(&record("committed", Some(2))), committed);
        assert_eq!(so_far(&record("done", Some(2))), committed);
        assert_eq!(so_far(&record("aborted", None)), Outcome::Aborted { id: 3 });
        assert!(matches!(so_far(&record("open", None)), Outcome::Unknown { id: Some(3), .. }));
    }
}
