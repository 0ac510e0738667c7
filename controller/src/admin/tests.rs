//! The service and its client over loopback, on a real log of one node.

mod secured;

use super::*;
use crate::proto::admin as proto;
use crate::session::registry::{Card, Face};
use consensus::Config;
use migration::gate::Mode;
use migration::ownership::{Addresses, Command, Done, MigrationId, Op, Protocol, Reply, Token};
use migration::report::{Mark, Message, Report, What};
use openflow::{Dpid, GenerationId, Role, Version};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tonic::Code;

const DPID: Dpid = Dpid(0xa);
const SOURCE: NodeId = NodeId(1);
const TARGET: NodeId = NodeId(2);

/// One node with an admin port; other nodes exist only in its log.
pub(crate) struct Bench {
    pub(crate) node: Node,
    address: String,
    _stop: oneshot::Sender<()>,
    _dir: TempDir,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with_members(BTreeMap::from([(SOURCE, "127.0.0.1:1".to_owned())])).await
    }

    /// A node whose only peer is not there.
    pub(crate) async fn alone_of_two() -> Self {
        let members = [(SOURCE, "127.0.0.1:1"), (TARGET, "127.0.0.1:2")];
        let members = members.map(|(node, address)| (node, address.to_owned()));
        Self::with_members(BTreeMap::from(members)).await
    }

    async fn with_members(members: BTreeMap<NodeId, String>) -> Self {
        let dir = TempDir::new().unwrap();
        let (revision_sender, revision) = watch::channel(0);
        let mut config = Config::new(SOURCE, dir.path().to_owned(), members);
        config.timing.request = Duration::from_millis(1_500);
        let observer = Box::new(move |_: &_, _: consensus::Change<'_>| {
            revision_sender.send_modify(|revision| *revision += 1);
        });
        let (consensus, _) = Consensus::start(config, observer).await.unwrap();
        let registry = Arc::default();
        let node = Node {
            id: SOURCE,
            consensus,
            registry,
            security: Security::default(),
            metrics: Metrics::default(),
            unsafe_protocols: false,
            revision,
        };
        let (address, stop) = port_of(node.clone()).await;
        Self { node, address, _stop: stop, _dir: dir }
    }

    /// Lets another admin port answer, as `node` has it.
    async fn serve_anew(&mut self, node: Node) {
        (self.address, self._stop) = port_of(node).await;
    }

    /// A switch that node 1 owns and node 2 is connected to.
    pub(crate) async fn with_switch() -> Self {
        let bench = Self::start().await;
        for node in [SOURCE, TARGET] {
            let addresses = Addresses { peer: "127.0.0.1:1".into(), ..Addresses::default() };
            bench.propose(Op::Register { node, boot: 1, addresses }).await;
        }
        for node in [SOURCE, TARGET] {
            let up = vec![(DPID, GenerationId::UNDEFINED).into()];
            bench.propose(Op::Connected { node, boot: 1, up, down: vec![] }).await;
        }
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while !bench.node.consensus.lease().is_valid() {
            ticks.tick().await;
        }
        bench
    }

    async fn propose(&self, op: Op) -> Done {
        let command = Command { actor: "test".to_owned(), at_ms: 7, op };
        let Reply { result, .. } = self.node.consensus.propose(command).await.unwrap();
        result.unwrap()
    }

    async fn client(&self) -> Client {
        connect(std::slice::from_ref(&self.address), None, Duration::from_secs(5)).await.unwrap()
    }

    async fn commit(&self, id: MigrationId) {
        let token = self.node.consensus.read(|state| state.migrations()[&id].token);
        self.propose(Op::Commit { id, token, winner: TARGET }).await;
    }

    async fn finish(&self, id: MigrationId) {
        let mark = |at_us, node, what, peer| Mark { at_us, node, what, peer };
        let marks = vec![
            mark(100, SOURCE, What::Sent(Message::Start), Some(TARGET)),
            mark(350, SOURCE, What::Got(Message::MarkerIn), Some(TARGET)),
            mark(400, TARGET, What::Got(Message::MarkerIn), Some(TARGET)),
            mark(900, TARGET, What::Released, None),
        ];
        let report = Report { marks, buffered: 3, shadowed: 4, state_bytes: 5 };
        self.propose(Op::Finish { id, winner: TARGET, report }).await;
    }
}

/// Serves `node` on a free port, for as long as the sender lives.
async fn port_of(node: Node) -> (String, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(serve(listener, node, async { drop(stopped.await) }));
    (address, stop)
}

fn wish() -> proto::MigrateRequest {
    proto::MigrateRequest {
        dpid: DPID.to_string(),
        candidates: vec![TARGET.0],
        protocol: "erc".to_owned(),
        rule: "first".to_owned(),
        reason: "a test".to_owned(),
        deadline_ms: 5_000,
        actor: "me@here".to_owned(),
        dry_run: false,
        auto: 0,
    }
}

async fn next(updates: &mut tonic::Streaming<proto::Migration>) -> proto::Migration {
    timeout(PATIENCE, updates.next()).await.unwrap().unwrap().unwrap()
}

async fn is_over(updates: &mut tonic::Streaming<proto::Migration>) -> bool {
    timeout(PATIENCE, updates.next()).await.unwrap().is_none()
}

/// A stream that should say something, and does not, fails its test.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_migration_is_followed_from_its_opening_to_its_report() {
    let bench = Bench::with_switch().await;
    let mut client = bench.client().await;
    let mut updates = client.migrate(wish()).await.unwrap().into_inner();

    let open = next(&mut updates).await;
    assert_eq!((open.id, open.state.as_str(), open.source, open.winner), (1, "open", 1, None));
    assert_eq!((open.actor.as_str(), open.reason.as_str()), ("me@here", "a test"));
    let running =
        proto::ListMigrationsRequest { dpid: Some("a".into()), running: true, linearizable: true };
    let listed = client.list_migrations(running.clone()).await.unwrap().into_inner();
    assert_eq!(listed.migrations.len(), 1);

    bench.commit(MigrationId(1)).await;
    let committed = next(&mut updates).await;
    assert_eq!((committed.state.as_str(), committed.winner), ("committed", Some(2)));
    assert_eq!(committed.outcome, None);

    bench.finish(MigrationId(1)).await;
    let done = next(&mut updates).await;
    assert_eq!((done.outcome.as_deref(), done.window_us), (Some("done"), Some(500)));
    assert_eq!(done.candidates[0].probe_us, Some(250));
    assert_eq!((done.buffered, done.shadowed, done.state_bytes), (3, 4, 5));
    assert_eq!(done.messages, BTreeMap::from([("marker".into(), 2), ("start".into(), 1)]));
    assert_eq!(marks_from(&done).len(), 4);
    assert!(is_over(&mut updates).await, "the end of a migration ends its stream");

    let listed = client.list_migrations(running).await.unwrap().into_inner();
    assert!(listed.migrations.is_empty());
    let history = proto::HistoryRequest { dpid: DPID.to_string(), linearizable: true };
    let history = client.history(history).await.unwrap().into_inner();
    let last = history.changes.last().unwrap();
    assert_eq!((last.cause.as_str(), last.migration, last.to), ("migrated", Some(1), 2));
    assert_eq!((last.actor.as_str(), last.reason.as_str()), ("me@here", "a test"));
}

#[tokio::test]
async fn a_cancelled_migration_ends_as_aborted_and_cannot_be_cancelled_twice() {
    let bench = Bench::with_switch().await;
    let mut client = bench.client().await;
    let mut updates = client.migrate(wish()).await.unwrap().into_inner();
    assert_eq!(next(&mut updates).await.state, "open");

    let cancel =
        |dry_run| proto::CancelMigrationRequest { id: 1, actor: "me@here".into(), dry_run };
    let would = client.cancel_migration(cancel(true)).await.unwrap().into_inner();
    assert_eq!(would.state, "open", "a dry run changes nothing");
    let cancelled = client.cancel_migration(cancel(false)).await.unwrap().into_inner();
    assert_eq!(cancelled.aborted_because.as_deref(), Some("cancelled by me@here"));
    assert_eq!(next(&mut updates).await.outcome.as_deref(), Some("aborted"));

    for dry_run in [false, true] {
        let again = client.cancel_migration(cancel(dry_run)).await.unwrap_err();
        assert_eq!(
            (again.code(), again.message()),
            (Code::FailedPrecondition, "migration 1 is aborted")
        );
    }
}

#[tokio::test]
async fn a_dry_run_plans_and_changes_nothing() {
    let bench = Bench::with_switch().await;
    let mut client = bench.client().await;
    let request = proto::MigrateRequest { dry_run: true, ..wish() };
    let mut updates = client.migrate(request).await.unwrap().into_inner();
    let planned = next(&mut updates).await;
    assert_eq!((planned.id, planned.state.as_str(), planned.source), (0, "planned", 1));
    assert!(is_over(&mut updates).await);
    assert!(bench.node.consensus.read(|state| state.migrations().is_empty()));
}

#[tokio::test]
async fn refusals_keep_their_kind() {
    let bench = Bench::with_switch().await;
    let mut client = bench.client().await;
    let long = "x".repeat(1_025);
    for (request, code) in [
        (proto::MigrateRequest { dpid: "b".into(), ..wish() }, Code::NotFound),
        (proto::MigrateRequest { candidates: vec![9], ..wish() }, Code::NotFound),
        (proto::MigrateRequest { candidates: vec![1], ..wish() }, Code::FailedPrecondition),
        (proto::MigrateRequest { candidates: vec![], ..wish() }, Code::FailedPrecondition),
        (proto::MigrateRequest { dpid: "xyz".into(), ..wish() }, Code::InvalidArgument),
        (proto::MigrateRequest { protocol: "magic".into(), ..wish() }, Code::InvalidArgument),
        (proto::MigrateRequest { rule: "last".into(), ..wish() }, Code::InvalidArgument),
        (proto::MigrateRequest { deadline_ms: 0, ..wish() }, Code::InvalidArgument),
        (proto::MigrateRequest { reason: long.clone(), ..wish() }, Code::InvalidArgument),
        (proto::MigrateRequest { actor: "a\nb".into(), ..wish() }, Code::InvalidArgument),
    ] {
        for dry_run in [false, true] {
            let request = proto::MigrateRequest { dry_run, ..request.clone() };
            let status = client.migrate(request.clone()).await.unwrap_err();
            assert_eq!(status.code(), code, "{request:?}: {status}");
        }
    }
    let huge = proto::MigrateRequest { reason: "x".repeat(1 << 20), ..wish() };
    assert_eq!(client.migrate(huge).await.unwrap_err().code(), Code::OutOfRange);
    assert!(bench.node.consensus.read(|state| state.migrations().is_empty()));

    let unknown = proto::ShowMigrationRequest { id: 7, linearizable: true };
    let status = client.show_migration(unknown).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::NotFound, "no migration 7"));
    let unknown = proto::ListSwitchesRequest { owner: Some(7), linearizable: true };
    let status = client.list_switches(unknown).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::NotFound, "no node 7"));
}

/// Asks what a wish would come to.
async fn planned(bench: &Bench, wish: proto::MigrateRequest) -> Result<Vec<u64>, tonic::Status> {
    let request = proto::MigrateRequest { dry_run: true, ..wish };
    let mut updates = bench.client().await.migrate(request).await?.into_inner();
    Ok(next(&mut updates).await.candidates.iter().map(|candidate| candidate.node).collect())
}

fn auto(auto: u32, protocol: &str) -> proto::MigrateRequest {
    proto::MigrateRequest { candidates: vec![], auto, protocol: protocol.to_owned(), ..wish() }
}

#[tokio::test]
async fn the_cluster_picks_the_least_loaded_candidates_that_could_take_it() {
    let bench = Bench::with_switch().await;
    // Node 2 serves one switch more than node 3; node 4 is not connected to the one that moves.
    for (node, up) in [(3, vec![DPID]), (4, vec![])] {
        let node = NodeId(node);
        bench.propose(Op::Register { node, boot: 1, addresses: Addresses::default() }).await;
        let up = up.into_iter().map(|dpid| (dpid, GenerationId::UNDEFINED).into()).collect();
        bench.propose(Op::Connected { node, boot: 1, up, down: vec![] }).await;
    }
    let other = Dpid(0xb);
    let up = vec![(other, GenerationId::UNDEFINED).into()];
    bench.propose(Op::Connected { node: TARGET, boot: 1, up, down: vec![] }).await;
    bench.propose(Op::Assign { dpid: other, token: Token::default() }).await;

    assert_eq!(planned(&bench, auto(1, "erc")).await.unwrap(), [3]);
    assert_eq!(planned(&bench, auto(8, "erc")).await.unwrap(), [3, 2]);
    assert_eq!(planned(&bench, auto(8, "direct")).await.unwrap(), [3], "it takes one");
    let named = proto::MigrateRequest { auto: 1, ..wish() };
    assert_eq!(planned(&bench, named).await.unwrap(), [2], "who is named is asked");

    let nobody = planned(&bench, auto(3, "erc-m2s-e2m")).await.unwrap_err();
    let why = "no other node can take switch 000000000000000a by erc-m2s-e2m";
    assert_eq!((nobody.code(), nobody.message()), (Code::FailedPrecondition, why));
    let unknown = proto::MigrateRequest { dpid: "c".into(), ..auto(3, "erc") };
    assert_eq!(planned(&bench, unknown).await.unwrap_err().code(), Code::NotFound);

    let mut updates = bench.client().await.migrate(auto(2, "erc")).await.unwrap().into_inner();
    let open = next(&mut updates).await;
    assert_eq!(open.candidates.iter().map(|it| it.node).collect::<Vec<_>>(), [3, 2]);
    let running = planned(&bench, auto(1, "erc")).await.unwrap_err();
    assert_eq!(running.message(), "migration 1 is moving switch 000000000000000a already");
}

#[tokio::test]
async fn an_unknown_name_is_answered_with_the_known_ones() {
    let bench = Bench::with_switch().await;
    let request = proto::MigrateRequest { protocol: "magic".into(), ..wish() };
    let status = planned(&bench, request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let known = Protocol::ALL.map(Protocol::name).join(", ");
    assert!(status.message().contains(&format!("known: {known}")), "{status}");
    let request = proto::MigrateRequest { rule: "best".into(), ..wish() };
    let status = planned(&bench, request).await.unwrap_err();
    assert!(status.message().contains("known: first, ready-first, score"), "{status}");
}

#[tokio::test]
async fn protocols_that_lose_packet_ins_need_a_laboratory() {
    let mut bench = Bench::with_switch().await;
    let lossy = ["naive", "elasticon-flow-removed"];
    for protocol in lossy {
        let request = proto::MigrateRequest { protocol: protocol.into(), ..wish() };
        let status = planned(&bench, request).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert!(status.message().contains("unsafe_protocols = true under [lab]"), "{status}");
    }
    bench.serve_anew(Node { unsafe_protocols: true, ..bench.node.clone() }).await;
    for protocol in lossy {
        let request = proto::MigrateRequest { protocol: protocol.into(), ..wish() };
        assert_eq!(planned(&bench, request).await.unwrap(), [2]);
    }
}

#[tokio::test]
async fn the_guards_of_protocols_are_refusals() {
    let bench = Bench::with_switch().await;
    for (protocol, candidates, why) in [
        ("direct", vec![2, 3], "direct takes one candidate"),
        ("erc-m2s-e2m", vec![2], "node 2 is no hot peer of switch 000000000000000a"),
        ("erc-m2e-e2m", vec![2], "node 2 is no hot peer of switch 000000000000000a"),
    ] {
        let request = proto::MigrateRequest { protocol: protocol.into(), candidates, ..wish() };
        for dry_run in [false, true] {
            let request = proto::MigrateRequest { dry_run, ..request.clone() };
            let status = bench.client().await.migrate(request).await.unwrap_err();
            assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
            assert!(status.message().starts_with(why), "{status}");
        }
    }
}

#[tokio::test]
async fn watching_all_tells_what_runs_and_then_what_changes() {
    let bench = Bench::with_switch().await;
    let mut client = bench.client().await;
    let mut first = client.migrate(wish()).await.unwrap().into_inner();
    next(&mut first).await;
    let all = proto::WatchMigrationsRequest { id: None };
    let mut watch = client.watch_migrations(all).await.unwrap().into_inner();
    assert_eq!(next(&mut watch).await.state, "open");
    bench.commit(MigrationId(1)).await;
    assert_eq!(next(&mut watch).await.state, "committed");
    bench.finish(MigrationId(1)).await;
    let done = next(&mut watch).await;
    assert_eq!((done.state.as_str(), done.marks.len()), ("done", 0));
    // A finished migration is told at once to whoever asks for it alone, and to nobody else.
    let one = proto::WatchMigrationsRequest { id: Some(1) };
    let mut one = client.watch_migrations(one).await.unwrap().into_inner();
    assert_eq!(next(&mut one).await.state, "done");
    assert!(is_over(&mut one).await);
}

#[tokio::test]
async fn a_switch_shows_the_seat_of_every_connected_node() {
    let bench = Bench::with_switch().await;
    let card = Card {
        peer_addr: "127.0.0.1:9".to_owned(),
        version: Version::V1_3,
        since: Instant::now(),
        packet_ins: AtomicU64::new(11),
        fenced: AtomicU64::new(2),
        face: Mutex::new(Face {
            role: Role::Master,
            generation: GenerationId(1),
            gate: Mode::Process,
            n_ports: 4,
            probed: false,
        }),
        identity: Mutex::default(),
    };
    let _claim = bench.node.registry.claim(DPID, Arc::new(card)).unwrap();
    let mut client = bench.client().await;
    let request = proto::ShowSwitchRequest { dpid: DPID.to_string(), linearizable: true };
    let shown = client.show_switch(request).await.unwrap().into_inner();
    let switch = shown.switch.unwrap();
    assert_eq!((switch.owner, switch.token, switch.connected), (Some(1), 1, vec![1, 2]));

    let mine = shown.seats[0].session.clone().unwrap();
    assert_eq!((mine.role.as_str(), mine.gate.as_str()), ("master", "process"));
    assert_eq!((mine.generation_id, mine.packet_ins, mine.fenced), (Some(1), 11, 2));
    // Nothing listens at the address that node 2 has in the log.
    assert_eq!(shown.seats[1].node, 2);
    assert_eq!(
        shown.seats[1].error.as_deref(),
        Some("no answer from 127.0.0.1:1: Connection refused (os error 111)")
    );
}

#[tokio::test]
async fn status_judges_the_cluster() {
    let bench = Bench::with_switch().await;
    let mut client = bench.client().await;
    let status = client.status(proto::StatusRequest::default()).await.unwrap().into_inner();
    assert_eq!((status.verdict.as_str(), status.problems.len()), ("healthy", 0));
    assert_eq!((status.quorum, status.leader, status.switches), (true, Some(1), 1));
    assert_eq!((status.nodes[0].owned, status.nodes[1].owned), (1, 0));

    bench.propose(Op::NodesDown { nodes: vec![(TARGET, 1)] }).await;
    let status = client.status(proto::StatusRequest::default()).await.unwrap().into_inner();
    // It is no member here.
    let problem =
        "node 2 has lost its vote, but its removal was broken off: baton node remove 2".to_owned();
    assert_eq!((status.verdict.as_str(), status.problems), ("degraded", vec![problem]));
}

#[tokio::test]
async fn without_a_majority_nothing_changes_and_the_answer_says_so() {
    let bench = Bench::alone_of_two().await;
    let mut client = bench.client().await;
    let status = client.status(proto::StatusRequest::default()).await.unwrap().into_inner();
    assert_eq!((status.verdict.as_str(), status.quorum), ("unhealthy", false));
    let refused = client.migrate(wish()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("nothing was done"), "{refused}");
}

#[tokio::test]
async fn without_a_majority_reads_are_of_what_is_here_or_refused() {
    let bench = Bench::alone_of_two().await;
    let mut client = bench.client().await;
    for linearizable in [false, true] {
        let nodes = client.list_nodes(proto::ListNodesRequest { linearizable }).await;
        let switches = proto::ListSwitchesRequest { owner: None, linearizable };
        let switches = client.list_switches(switches).await;
        let migrations = proto::ListMigrationsRequest { linearizable, ..Default::default() };
        let migrations = client.list_migrations(migrations).await;
        let codes = [
            nodes.err().map(|status| status.code()),
            switches.err().map(|status| status.code()),
            migrations.err().map(|status| status.code()),
        ];
        assert_eq!(codes, [linearizable.then_some(Code::Unavailable); 3]);
    }
}

#[tokio::test]
async fn a_client_prefers_a_node_with_a_majority_and_names_those_that_do_not_answer() {
    let lonely = Bench::alone_of_two().await;
    let well = Bench::with_switch().await;
    // Bound, so that nobody else gets it, but not listened to by gRPC.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent.local_addr().unwrap().to_string();

    let addresses = [silent, lonely.address.clone(), well.address.clone()];
    for (addresses, quorum) in [(&addresses[..], true), (&addresses[..2], false)] {
        let mut chosen = connect(addresses, None, Duration::from_secs(6)).await.unwrap();
        let status = chosen.status(proto::StatusRequest::default()).await.unwrap().into_inner();
        assert_eq!(status.quorum, quorum);
    }

    let nowhere = ["127.0.0.1:1".to_owned(), "what ever".to_owned()];
    let error = connect(&nowhere, None, Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(error.tried[0].0, "127.0.0.1:1");
    assert!(error.to_string().contains("Connection refused"), "{error}");
    assert!(error.to_string().contains("what ever: not a HOST:PORT"), "{error}");
}
