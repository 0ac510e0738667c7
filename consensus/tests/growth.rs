//! Figures, not a test: how much disk a log of many migrations takes, and how long a restart.
//! `cargo test --workspace --test growth -- --ignored --nocapture`

mod cluster;

use cluster::Cluster;
use consensus::Consensus;
use migration::NodeId;
use migration::ownership::{Addresses, Command, Done, Op, Wish};
use migration::report::{Mark, Message, Report, What};
use openflow::{Dpid, GenerationId};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn disk_and_restart_after_many_migrations() {
    let count = std::env::var("BATON_GROWTH").ok().and_then(|text| text.parse().ok());
    let migrations: u64 = count.unwrap_or(66_667);
    let mut cluster = Cluster::start(1).await;
    let node = cluster.node(1).clone();
    for id in [1, 2, 3].map(NodeId) {
        propose(&node, Op::Register { node: id, boot: 1, addresses: Addresses::default() }).await;
    }
    for id in [1, 2, 3].map(NodeId) {
        let up = (1..=SWITCHES).map(|dpid| (Dpid(dpid), GenerationId::UNDEFINED).into()).collect();
        propose(&node, Op::Connected { node: id, boot: 1, up, down: vec![] }).await;
    }
    let (left, start) = (Arc::new(AtomicU64::new(migrations)), Instant::now());
    let movers: Vec<_> = (1..=SWITCHES)
        .map(|dpid| tokio::spawn(migrate(node.clone(), Dpid(dpid), left.clone())))
        .collect();
    let mut largest = 0;
    while !movers.iter().all(tokio::task::JoinHandle::is_finished) {
        largest = largest.max(bytes_under(&cluster.dir(1)));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = start.elapsed();
    let status = node.status();
    let state = node.archive(0).await.expect("read").to_bytes().expect("encoded").len();
    let before = node.read_applied(|state, applied| (consensus::digest(state), applied));
    cluster.stop(1).await;
    let rest = bytes_under(&cluster.dir(1));
    let again = Instant::now();
    cluster.run(1).await;
    let opened = again.elapsed();
    assert!(cluster.node(1).read_applied(|_, applied| applied) > 0);
    cluster.node(1).read_linearizable().await.expect("read");
    let served = again.elapsed();
    assert_eq!(cluster.node(1).read_applied(|state, _| consensus::digest(state)), before.0);
    let line = format!(
        "{} entries in {took:.0?} ({:.0}/s); disk: most {:.1} MB, at the end {:.1} MB; state {:.2} MB, snapshot \
         as of {:?}; opened in {opened:.0?}, served after {served:.0?}\n",
        before.1,
        before.1 as f64 / took.as_secs_f64(),
        largest as f64 / 1e6,
        rest as f64 / 1e6,
        state as f64 / 1e6,
        status.snapshot,
    );
    let _ = std::io::stdout().write_all(line.as_bytes());
    cluster.stop_all().await;
}

/// Moves a switch back and forth, each time with a report as long as a real one.
async fn migrate(node: Consensus, dpid: Dpid, left: Arc<AtomicU64>) {
    let mut owner = node.read(|state| state.switches()[&dpid].owner).unwrap_or(NodeId(1));
    while left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
        let winner = NodeId(owner.0 % 3 + 1);
        let reason = "the load is uneven: node 1 has a third more than node 2".to_owned();
        let wish =
            Wish { dpid, candidates: vec![winner], reason, deadline_ms: 5_000, ..Wish::default() };
        let Done::Opened(id) = propose(&node, Op::Open(wish)).await else { return };
        let token = node.read(|state| state.migrations()[&id].token);
        propose(&node, Op::Commit { id, token, winner }).await;
        let mark = |n: u64| Mark {
            at_us: 1_795_260_000_000_000 + n * 317,
            node: if n.is_multiple_of(2) { owner } else { winner },
            what: What::Sent(Message::Start),
            peer: Some(winner),
        };
        let report = Report { marks: (0..18).map(mark).collect(), ..Report::default() };
        propose(&node, Op::Finish { id, winner, report }).await;
        owner = winner;
    }
}

async fn propose(node: &Consensus, op: Op) -> Done {
    let command = Command { actor: "ada@console-3".to_owned(), at_ms: 1_795_260_000_000, op };
    node.propose(command).await.expect("acknowledged").result.expect("applied")
}

/// Returns what files take on disk: what was never written takes nothing.
fn bytes_under(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(items) = std::fs::read_dir(dir) else { return 0 };
    let size = |path: std::path::PathBuf| match path.is_dir() {
        true => bytes_under(&path),
        false => std::fs::metadata(path).map_or(0, |file| file.blocks() * 512),
    };
    items.flatten().map(|item| size(item.path())).sum()
}

const SWITCHES: u64 = 64;
