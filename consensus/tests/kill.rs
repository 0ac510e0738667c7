//! SIGKILL at any moment loses nothing that was acknowledged.
//!
//! A child process, this very test binary, proposes without pause and prints each number once it is
//! acknowledged. It is killed, and what it left on disk is opened and compared.

mod cluster;

use cluster::{has, numbered};
use consensus::{Config, Consensus};
use migration::NodeId;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn nothing_acknowledged_is_lost_by_twenty_kills() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..20_u64 {
        // Spread the kills over start, full speed, snapshots and purges.
        let enough = (round * 7_919) % 400;
        acknowledged.extend(acknowledged_until_killed(&data, round * 1_000_000, enough));
        let copy = dir.path().join(format!("copy-{round}"));
        copy_dir(&data, &copy);
        let missing = missing_after_restart(&copy, &acknowledged);
        assert!(missing.is_empty(), "round {round} lost {missing:?}");
        std::fs::remove_dir_all(copy).unwrap();
    }
    assert!(acknowledged.len() > 2_000, "only {} were acknowledged", acknowledged.len());
}

/// The child: not a test of its own.
#[test]
fn child() {
    let (Ok(dir), Ok(first)) = (std::env::var(DIR), std::env::var(FIRST)) else { return };
    let first: u64 = first.parse().unwrap();
    runtime().block_on(async {
        let node = start(Path::new(&dir)).await;
        let lanes = (0..8).map(|lane| {
            let node = node.clone();
            tokio::spawn(async move {
                for n in (first + lane..).step_by(8) {
                    node.propose(numbered(n)).await.unwrap();
                    // One write, so that the line is whole or absent.
                    std::io::stdout().write_all(format!("{ACKNOWLEDGED}{n}\n").as_bytes()).unwrap();
                }
            })
        });
        for lane in lanes.collect::<Vec<_>>() {
            lane.await.unwrap();
        }
    });
}

/// Runs the child on `data`, kills it after `enough` acknowledgements, and returns all that it made.
fn acknowledged_until_killed(data: &Path, first: u64, enough: u64) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(DIR, data)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines {
        if let Some(number) = line.unwrap().strip_prefix(ACKNOWLEDGED) {
            acknowledged.push(number.parse().unwrap());
        }
        if acknowledged.len() as u64 == enough {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
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
    config.snapshot_every = 100;
    Consensus::start(config, Box::new(|_, _| {})).await.unwrap().0
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
