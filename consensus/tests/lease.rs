//! The fence of DESIGN F3: an old owner has fallen silent before a new leader may hold it for dead.

mod cluster;

use cluster::{Cluster, has, numbered, wait};
use consensus::{Lease, Status, Timing};
use migration::NodeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

#[tokio::test(flavor = "multi_thread")]
async fn every_node_of_a_healthy_cluster_holds_a_lease() {
    let mut cluster = Cluster::start(3).await;
    let leader = cluster.leader().await;
    for id in 1..=3 {
        let lease = cluster.node(id).lease();
        wait("lease", || lease.is_valid().then_some(())).await;
        assert!(lease.remaining() <= cluster.config(id).timing.lease);
    }
    let contact = cluster.node(leader).status().contact;
    assert_eq!(contact.len(), 2);
    assert!(!contact.contains_key(&NodeId(leader)));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lone_node_always_holds_its_lease_while_it_leads() {
    let mut cluster = Cluster::start(1).await;
    let lease = cluster.node(1).lease();
    wait("lease", || lease.is_valid().then_some(())).await;
    assert!(lease.remaining() > Duration::from_secs(3_600));
    cluster.stop(1).await;
    assert!(!lease.is_valid());
}

/// The leader and both followers, with the leader cut off: each lease must lapse in time, and the successor
/// must not have waited long enough before.
#[tokio::test(flavor = "multi_thread")]
async fn an_isolated_leader_falls_silent_before_its_successor_may_hold_it_for_dead() {
    let mut cluster = Cluster::start(3).await;
    let old = cluster.leader().await;
    let timing = cluster.config(old).timing;
    let lease = cluster.node(old).lease();
    wait("lease", || lease.is_valid().then_some(())).await;

    cluster.isolate(old, true);
    let cut = Instant::now();
    wait("silence", || (!lease.is_valid()).then_some(())).await;
    let silent = Instant::now();
    assert!(silent - cut <= timing.lease + SLACK, "{:?}", silent - cut);

    let new = cluster.leader_except(old).await;
    let contact = cluster.node(new).status().contact[&NodeId(old)];
    assert!(contact <= cluster.node(new).status().leader_for.unwrap(), "counted from before");
    let silence_of_old = || {
        let Status { silence, leader_for, .. } = cluster.node(new).status();
        silence.get(&NodeId(old)).copied().zip(leader_for)
    };
    let (silence, led_for) =
        wait("detection", || silence_of_old().filter(|(age, _)| *age > timing.detection())).await;
    assert!(silent.elapsed() >= timing.margin, "detected {:?} after", silent.elapsed());
    assert!(
        silence > led_for,
        "{silence:?}, though both knew since when the old leader was silent"
    );
    assert!(!lease.is_valid(), "an isolated node got its lease back");
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_majority_nobody_keeps_a_lease_and_with_one_all_get_it_back() {
    let mut cluster = Cluster::start(3).await;
    let leader = cluster.leader().await;
    let timing = cluster.config(leader).timing;
    let leases: Vec<_> = (1..=3).map(|id| cluster.node(id).lease()).collect();
    for lease in &leases {
        wait("lease", || lease.is_valid().then_some(())).await;
    }
    for id in 1..=3 {
        cluster.isolate(id, true);
    }
    let cut = Instant::now();
    for lease in &leases {
        wait("silence", || (!lease.is_valid()).then_some(())).await;
    }
    assert!(cut.elapsed() <= timing.lease + SLACK, "{:?}", cut.elapsed());

    for id in 1..=3 {
        cluster.isolate(id, false);
    }
    for lease in &leases {
        wait("lease", || lease.is_valid().then_some(())).await;
    }
    cluster.stop_all().await;
}

/// A leader that keeps one follower of four must renew nothing, though that follower keeps asking.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_in_the_minority_renews_nothing_for_its_follower() {
    let mut cluster = Cluster::start(5).await;
    let leader = cluster.leader().await;
    let timing = cluster.config(leader).timing;
    let friend = cluster.follower().await;
    let lease = cluster.node(friend).lease();
    wait("lease", || lease.is_valid().then_some(())).await;

    for id in (1..=5).filter(|id| ![leader, friend].contains(id)) {
        cluster.isolate(id, true);
    }
    let cut = Instant::now();
    // The follower may have missed the leader's last extension, so that the leader's lease is the longer one.
    let own = cluster.node(leader).lease();
    wait("silence", || (!lease.is_valid() && !own.is_valid()).then_some(())).await;
    assert!(cut.elapsed() <= timing.lease + SLACK, "{:?}", cut.elapsed());

    // It is still heard, and still gets nothing.
    let heard = || cluster.node(leader).status().contact[&NodeId(friend)];
    wait("contact", || (heard() <= timing.lease).then_some(())).await;
    let until = Instant::now() + timing.lease;
    wait("time", || {
        assert!(!lease.is_valid() && !own.is_valid());
        (Instant::now() > until).then_some(())
    })
    .await;
    cluster.stop_all().await;
}

/// A node that was away must not act on what it knew before it went.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_comes_back_only_with_what_was_decided_meanwhile() {
    let mut cluster = Cluster::start(3).await;
    let away = cluster.follower().await;
    let lease = cluster.node(away).lease();
    wait("lease", || lease.is_valid().then_some(())).await;
    for round in 0..5 {
        cluster.isolate(away, true);
        wait("silence", || (!lease.is_valid()).then_some(())).await;
        let leader = cluster.leader_except(away).await;
        cluster.node(leader).propose(numbered(100 + round)).await.unwrap();
        cluster.isolate(away, false);
        wait("lease", || lease.is_valid().then_some(())).await;
        assert!(has(cluster.node(away), 100 + round), "round {round}");
    }
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_hard_costs_nobody_its_lease() {
    for attempt in 1.. {
        let (told, stall) = write_hard().await;
        if told.is_empty() {
            return;
        }
        // A machine that stands still for so long does so several times in a row: that costs the lease, and not the writing.
        let excused = stall >= Timing::default().lease / 8 && attempt < 10;
        assert!(excused, "a lease lapsed, after a stall of {stall:?} at most: {told:?}");
    }
}

/// Writes hard; returns what nodes say when a lease lapses, and how long the machine stood still at most.
async fn write_hard() -> (Vec<Status>, Duration) {
    let mut cluster = Cluster::start(3).await;
    let timing = cluster.config(1).timing;
    // All founders stand for election at once, so that the first leader may be overtaken.
    let settled = |status: &Status| status.leader_for.is_some_and(|it| it > timing.election_max);
    let leader =
        wait("a leader that stays", || (1..=3).find(|&id| settled(&cluster.node(id).status())))
            .await;
    let leases: Vec<_> = (1..=3).map(|id| cluster.node(id).lease()).collect();
    for lease in &leases {
        wait("lease", || lease.is_valid().then_some(())).await;
    }
    let writers = (0..64).map(|writer| {
        let node = cluster.node(leader).clone();
        tokio::spawn(async move {
            for n in 0..20 {
                node.propose(numbered(1_000 + writer * 100 + n)).await.expect("written");
            }
        })
    });
    let mut writers: Vec<_> = writers.collect();
    let stalls = Stalls::watch();
    let told = wait("end of the writing", || {
        if !leases.iter().all(Lease::is_valid) {
            return Some([1, 2, 3].map(|id| cluster.node(id).status()).to_vec());
        }
        writers.retain(|writer| !writer.is_finished());
        writers.is_empty().then(Vec::new)
    })
    .await;
    let stall = stalls.longest();
    if told.is_empty() {
        assert_eq!(cluster.leader().await, leader, "no election");
    }
    writers.iter().for_each(JoinHandle::abort);
    cluster.stop_all().await;
    (told, stall)
}

/// A thread that does nothing but sleep, and notes how late it wakes up: nobody but the machine keeps it from that.
struct Stalls(Arc<AtomicU64>);

impl Stalls {
    fn watch() -> Self {
        let longest = Arc::new(AtomicU64::new(0));
        let (seen, nap) = (Arc::downgrade(&longest), Duration::from_millis(5));
        std::thread::spawn(move || {
            while let Some(longest) = seen.upgrade() {
                let asleep = Instant::now();
                std::thread::sleep(nap);
                let late = asleep.elapsed().saturating_sub(nap);
                longest.fetch_max(late.as_millis() as u64, Ordering::Relaxed);
            }
        });
        Self(longest)
    }

    fn longest(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// What a machine that is busy with other tests may be late by.
const SLACK: Duration = Duration::from_millis(150);
