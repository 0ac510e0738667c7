//! Figures, not a test: `cargo test -p consensus --test throughput -- --ignored --nocapture`.

mod cluster;

use cluster::{Cluster, numbered};
use std::io::Write;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn proposals_a_second_and_their_latency() {
    for nodes in [1, 3] {
        for writers in [1, 16, 64] {
            measure(nodes, writers).await;
        }
    }
}

async fn measure(nodes: u64, writers: u64) {
    let mut cluster = Cluster::start(nodes).await;
    let leader = cluster.leader().await;
    let start = Instant::now();
    let running = (0..writers).map(|writer| {
        let node = cluster.node(leader).clone();
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            while start.elapsed() < Duration::from_secs(3) {
                let sent = Instant::now();
                // The same few nodes register again: the state does not grow.
                node.propose(numbered(writer + 1)).await.expect("acknowledged");
                latencies.push(sent.elapsed());
            }
            latencies
        })
    });
    let mut latencies = Vec::new();
    for writer in running.collect::<Vec<_>>() {
        latencies.extend(writer.await.expect("ends"));
    }
    let rate = latencies.len() as f64 / start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let percentile = |p: usize| latencies[(latencies.len() * p / 100).min(latencies.len() - 1)];
    let fsync = cluster.node(leader).metrics().fsync.snapshot();
    let line = format!(
        "{nodes} nodes, {writers:2} writers: {rate:6.0}/s  p50 {:?}  p99 {:?}  max {:?}  {} commits of {:.2} ms\n",
        percentile(50),
        percentile(99),
        percentile(100),
        fsync.count,
        fsync.sum * 1e3 / fsync.count as f64,
    );
    let _ = std::io::stdout().write_all(line.as_bytes());
    cluster.stop_all().await;
}
