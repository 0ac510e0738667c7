//! Neither SIGKILL at any moment nor a full disk loses anything that was acknowledged.
//!
//! A child process, this very test binary, proposes without pause and prints each number once it is
//! acknowledged. When it is gone, what it left on disk is opened and compared. It is one node, or three: then all
//! of a cluster die at the same moment.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod cluster;

use cluster::{Cluster, has, numbered};
use consensus::{Config, Consensus, Failed};
use migration::NodeId;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

#[test]
fn nothing_acknowledged_is_lost_by_twenty_kills() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..20 {
        // Spread the kills over start, full speed, snapshots and purges.
        let enough = (round * 7_919) % 400;
        let itself = Command::new(std::env::current_exe().unwrap());
        let first = round as u64 * 1_000_000;
        acknowledged.extend(acknowledged_until_killed(itself, &data, first, enough));
        let copy = dir.path().join(format!("copy-{round}"));
        copy_dir(&data, &copy);
        let missing = missing_after_restart(&copy, &acknowledged);
        assert!(missing.is_empty(), "round {round} lost {missing:?}");
        std::fs::remove_dir_all(copy).unwrap();
    }
    assert!(acknowledged.len() > 2_000, "only {} were acknowledged", acknowledged.len());
}

#[test]
fn nothing_acknowledged_is_lost_when_all_nodes_are_killed_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..8 {
        let enough = (round * 7_919) % 400;
        let first = round as u64 * 1_000_000;
        let mut itself = Command::new(std::env::current_exe().unwrap());
        itself.env(NODES, "3");
        let found = acknowledged_until_killed(itself, dir.path(), first, enough);
        acknowledged.extend(found);
    }
    assert!(acknowledged.len() > 1_000, "only {} were acknowledged", acknowledged.len());
    runtime().block_on(async {
        let mut cluster = Cluster::at(dir.path(), 3, often).await;
        for id in 1..=3 {
            cluster.node(id).read_linearizable().await.unwrap();
            let lost: Vec<_> =
                acknowledged.iter().filter(|&&n| !has(cluster.node(id), n)).collect();
            assert!(lost.is_empty(), "node {id} lost {lost:?}");
        }
        let states = cluster::wait("replicas that agree", || {
            let states = [1, 2, 3].map(|id| {
                cluster.node(id).read_applied(|state, applied| (consensus::digest(state), applied))
            });
            (states[0] == states[1] && states[1] == states[2]).then_some(states)
        });
        assert_ne!(states.await[0].0, 0);
        cluster.stop_all().await;
    });
}

/// Unlike `ulimit` it fails as a full disk does. Needs root; skipped loudly without, and fails in CI.
#[test]
fn a_disk_without_room_is_found_before_the_engine_meets_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=40m", "tmpfs"]).arg(dir.path());
    if !mount.status().is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "no tmpfs could be mounted");
        return say("\n*** SKIPPED: a full disk was NOT tested: mounting a tmpfs needs root ***\n");
    }
    let data = dir.path().join("data");
    let mut acknowledged = BTreeSet::new();
    let mut last_words = Vec::new();
    let itself = Command::new(std::env::current_exe().unwrap());
    spawn_child(itself, &data, 0).for_each_line(|line, _| match number(line) {
        Some(number) => {
            acknowledged.insert(number);
            if acknowledged.len() == 100 {
                std::fs::write(dir.path().join("ballast"), vec![1; 26 << 20]).unwrap_or_default();
            }
        }
        None => last_words.push(line.to_owned()),
    });
    let said = last_words.iter().find(|line| line.starts_with(FAILED));
    assert!(said.is_some_and(|line| line.contains(FULL)), "{last_words:?}");
    std::fs::remove_file(dir.path().join("ballast")).unwrap();
    let missing = missing_after_restart(&data, &acknowledged);
    let unmounted = Command::new("umount").arg("-l").arg(dir.path()).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert!(missing.is_empty(), "lost {missing:?}");
}

#[test]
fn a_full_disk_stops_the_node_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    // Writing beyond the limit fails, as it would on a full disk.
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f 16384; exec "$0" "$@""#]);
    limited.arg(std::env::current_exe().unwrap());
    let mut acknowledged = BTreeSet::new();
    let mut last_words = Vec::new();
    spawn_child(limited, dir.path(), 0).for_each_line(|line, _| match number(line) {
        Some(number) => drop(acknowledged.insert(number)),
        None => last_words.push(line.to_owned()),
    });
    assert!(last_words.iter().any(|line| line.starts_with(FAILED)), "{last_words:?}");
    assert!(acknowledged.len() > 100, "only {} were acknowledged", acknowledged.len());
    assert!(missing_after_restart(dir.path(), &acknowledged).is_empty());
}

/// The child: not a test of its own.
#[test]
fn child() {
    let (Ok(dir), Ok(first)) = (std::env::var(DIR), std::env::var(FIRST)) else { return };
    let first: u64 = first.parse().unwrap();
    runtime().block_on(async {
        if std::env::var(NODES).is_ok() {
            let cluster = Cluster::at(Path::new(&dir), 3, often).await;
            return propose_from(&[1, 2, 3].map(|id| cluster.node(id).clone()), first).await;
        }
        let node = start(Path::new(&dir)).await;
        propose_from(std::slice::from_ref(&node), first).await;
        let why = node.failed().await;
        cluster::wait("end of the lease", || (!node.lease().is_valid()).then_some(())).await;
        let full = if matches!(why, Failed::DiskFull(_)) { FULL } else { "" };
        say(&format!("{FAILED}{full}{why}"));
    });
}

/// Proposes at `nodes` in turn until a proposal fails.
async fn propose_from(nodes: &[Consensus], first: u64) {
    let lanes = (0..8).map(|lane| {
        let node = nodes[lane as usize % nodes.len()].clone();
        tokio::spawn(async move {
            for n in (first + lane..).step_by(8) {
                if node.propose(numbered(n)).await.is_err() {
                    return;
                }
                say(&format!("{ACKNOWLEDGED}{n}"));
            }
        })
    });
    for lane in lanes.collect::<Vec<_>>() {
        lane.await.unwrap();
    }
}

/// Prints a line with one write, so that it is whole or absent.
fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn number(line: &str) -> Option<u64> {
    line.strip_prefix(ACKNOWLEDGED)?.parse().ok()
}

/// Runs the child on `data`, kills it after `enough` acknowledgements, and returns all that it made.
fn acknowledged_until_killed(itself: Command, data: &Path, first: u64, enough: usize) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    spawn_child(itself, data, first).for_each_line(|line, child| {
        acknowledged.extend(number(line));
        if acknowledged.len() == enough {
            child.kill().unwrap();
        }
    });
    acknowledged
}

struct Spawned(Child);

fn spawn_child(mut command: Command, data: &Path, first: u64) -> Spawned {
    let command = command
        .args(["--exact", "child", "--nocapture"])
        .env(DIR, data)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    Spawned(command.spawn().unwrap())
}

impl Spawned {
    /// Reads what the child prints until it ends.
    fn for_each_line(mut self, mut look: impl FnMut(&str, &mut Child)) {
        for line in BufReader::new(self.0.stdout.take().unwrap()).lines() {
            look(&line.unwrap(), &mut self.0);
        }
        self.0.wait().unwrap();
    }
}

fn missing_after_restart(data: &Path, acknowledged: &BTreeSet<u64>) -> Vec<u64> {
    runtime().block_on(async {
        let node = start(data).await;
        node.read_linearizable().await.unwrap();
        let missing = acknowledged.iter().copied().filter(|&n| !has(&node, n)).collect();
        node.shutdown().await;
        missing
    })
}

async fn start(data: &Path) -> Consensus {
    let members = [(NodeId(1), "127.0.0.1:1".to_owned())].into();
    let mut config = Config::new(NodeId(1), PathBuf::from(data), members);
    often(&mut config);
    Consensus::start(config, Box::new(|_, _| {})).await.unwrap().0
}

fn often(config: &mut Config) {
    config.snapshot_every = 100;
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let (item, target) = item.map(|item| (item.path(), to.join(item.file_name()))).unwrap();
        if item.is_dir() {
            copy_dir(&item, &target);
        } else {
            std::fs::copy(item, target).unwrap();
        }
    }
}

const DIR: &str = "BATON_TEST_KILL_DIR";
const FIRST: &str = "BATON_TEST_KILL_FIRST";
const ACKNOWLEDGED: &str = "acknowledged ";
const NODES: &str = "BATON_TEST_KILL_NODES";
const FULL: &str = "full: ";
const FAILED: &str = "failed: ";
