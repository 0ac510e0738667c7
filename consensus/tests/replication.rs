//! A cluster forms, agrees, and goes on agreeing whoever comes and goes.

mod cluster;

use cluster::{Cluster, applied, has, numbered, wait};
use consensus::{Admitted, Change, Consensus, Newcomer, ProposeError, StartError};
use migration::NodeId;
use migration::ownership::{Command, Done, LinkChange, Op};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_form_a_cluster_and_any_of_them_takes_proposals() {
    let mut cluster = Cluster::start(3).await;
    for id in 1..=3 {
        let reply = cluster.node(id).propose(numbered(100 + id)).await.unwrap();
        assert_eq!(reply.result, Ok(Done::Applied));
    }
    for id in 1..=3 {
        cluster.node(id).read_linearizable().await.unwrap();
        assert!((101..=103).all(|n| has(cluster.node(id), n)), "node {id}");
        assert_eq!(cluster.node(id).status().members.len(), 3);
    }
    let leader = cluster.leader().await;
    assert!(cluster.node(leader).metrics().commit.snapshot().count >= 3);
    assert!(cluster.node(leader).metrics().fsync.snapshot().count > 0);
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_leader_hands_over_and_catches_up_when_it_comes_back() {
    let mut cluster = Cluster::start(3).await;
    let old = cluster.leader().await;
    cluster.node(old).propose(numbered(101)).await.unwrap();
    cluster.stop(old).await;

    let survivor = *cluster.nodes.keys().next().unwrap();
    cluster.node(survivor).propose(numbered(102)).await.unwrap();
    assert_ne!(cluster.leader().await, old);

    cluster.run(old).await;
    cluster.leader().await;
    cluster.node(old).read_linearizable().await.unwrap();
    assert!(has(cluster.node(old), 101) && has(cluster.node(old), 102));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_isolated_leader_takes_nothing_and_the_others_elect() {
    let mut cluster = Cluster::tuned(3, |c| c.timing.request = Duration::from_secs(2)).await;
    let old = cluster.leader().await;
    cluster.isolate(old, true);
    let alone = cluster.node(old).propose(numbered(101));
    let new = cluster.leader_except(old);
    let (refused, new) = tokio::join!(alone, new);
    refused.unwrap_err();
    cluster.node(new).propose(numbered(102)).await.unwrap();

    // A reader at the old leader is not told the past.
    cluster.node(old).read_linearizable().await.unwrap_err();
    cluster.isolate(old, false);
    cluster.node(old).read_linearizable().await.unwrap();
    assert!(has(cluster.node(old), 102));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_away_is_not_dialled_without_end_and_catches_up_when_it_is_back() {
    let mut cluster = Cluster::start(3).await;
    for round in 0..4 {
        let away = cluster.leader().await;
        cluster.isolate(away, true);
        let new = cluster.leader_except(away).await;
        let (start, dialled) = (Instant::now(), cluster.dialled(away));
        for n in 0..500 {
            cluster.node(new).propose(numbered(1_000 * round + n)).await.unwrap();
        }
        // Heartbeats, elections and leases ask some forty times a second; a loop that does not wait, thousands.
        let per_second = (cluster.dialled(away) - dialled) as f64 / start.elapsed().as_secs_f64();
        assert!(per_second < 300.0, "dialled {per_second:.0} times a second");

        cluster.isolate(away, false);
        wait("catching up", || has(cluster.node(away), 1_000 * round + 499).then_some(())).await;
    }
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaders_decision_is_nobody_elses_to_carry_out() {
    let mut cluster = Cluster::start(3).await;
    // Who has just been elected may be none any more.
    let leader = loop {
        let leader = cluster.leader().await;
        if let Ok(reply) = cluster.node(leader).propose_as_leader(numbered(101)).await {
            assert_eq!(reply.result, Ok(Done::Applied));
            break leader;
        }
    };
    let follower = (1..=3).find(|&id| id != leader).unwrap();
    let refused = cluster.node(follower).propose_as_leader(numbered(102)).await.unwrap_err();
    assert!(matches!(refused, ProposeError::NoLeader(_)), "{refused}");
    cluster.node(follower).read_linearizable().await.unwrap();
    assert!(has(cluster.node(follower), 101) && !has(cluster.node(follower), 102));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_acknowledged_is_there_after_a_cold_restart() {
    let mut cluster = Cluster::start(3).await;
    let writes = (0..300).map(|n| {
        let node = cluster.node(n % 3 + 1).clone();
        tokio::spawn(async move { node.propose(numbered(1_000 + n)).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    let status = cluster.node(1).status();
    cluster.stop_all().await;

    for id in 1..=3 {
        cluster.run(id).await;
    }
    cluster.leader().await;
    for id in 1..=3 {
        cluster.node(id).read_linearizable().await.unwrap();
        assert!((1_000..1_300).all(|n| has(cluster.node(id), n)), "node {id}");
        assert!(applied(&cluster.node(id).status()) > applied(&status));
    }
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_lags_behind_the_log_catches_up_by_snapshot() {
    let mut cluster = Cluster::tuned(3, |c| c.snapshot_every = 20).await;
    let lagging = cluster.follower().await;
    cluster.isolate(lagging, true);
    let leader = cluster.leader_except(lagging).await;
    for n in 0..100 {
        cluster.node(leader).propose(numbered(1_000 + n)).await.unwrap();
    }
    wait("snapshot", || cluster.node(leader).status().snapshot.filter(|&n| n > 60)).await;
    assert_eq!(cluster.node(lagging).status().snapshot, None);

    cluster.isolate(lagging, false);
    cluster.node(lagging).read_linearizable().await.unwrap();
    assert!((1_000..1_100).all(|n| has(cluster.node(lagging), n)));
    assert!(cluster.node(lagging).status().snapshot.is_some());

    // And it starts again from that snapshot.
    cluster.stop(lagging).await;
    let replaced = Arc::new(AtomicU64::new(0));
    let count = replaced.clone();
    let observer = Box::new(move |_: &_, change: Change<'_>| {
        if matches!(change, Change::Replaced) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    cluster.run_observed(lagging, observer).await;
    assert_eq!(replaced.load(Ordering::Relaxed), 1);
    assert!(has(cluster.node(lagging), 1_000));
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_sees_each_change_once_in_order() {
    let mut cluster = Cluster::start(1).await;
    cluster.stop(1).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let observer = Box::new(move |state: &migration::ownership::Ownership, change: Change<'_>| {
        assert!(matches!(change, Change::Applied(_)));
        log.lock().unwrap().push(state.nodes().len());
    });
    cluster.run_observed(1, observer).await;
    for n in 0..20 {
        cluster.node(1).propose(numbered(100 + n)).await.unwrap();
        assert_eq!(seen.lock().unwrap().len() as u64, n + 1, "before the proposer hears");
    }
    assert_eq!(*seen.lock().unwrap(), (1..=20).collect::<Vec<_>>());
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_joins_votes_and_leaves() {
    let mut cluster = Cluster::start(1).await;
    cluster.node(1).propose(numbered(101)).await.unwrap();
    let lease = cluster.node(1).lease();
    wait("lease", || lease.is_valid().then_some(())).await;
    cluster.run(2).await;
    let node = cluster.node(1).clone();
    let joining = tokio::spawn(async move {
        let newcomer = Newcomer {
            node: NodeId(2),
            address: "node-2:1".to_owned(),
            replaces: None,
            remembers: None,
            dry_run: false,
        };
        assert_eq!(node.add_node(newcomer).await.unwrap(), Admitted::Voter);
    });
    let second = cluster.node(2).lease();
    wait("second lease", || {
        assert!(lease.is_valid(), "the only voter lost its lease to a newcomer");
        (joining.is_finished() && second.is_valid()).then_some(())
    })
    .await;
    let hour = Duration::from_secs(3_600);
    wait("end of the lone lease", || (lease.remaining() < hour).then_some(())).await;
    assert!(cluster.node(1).status().members[&NodeId(2)].voter);
    cluster.node(2).read_linearizable().await.unwrap();
    assert!(has(cluster.node(2), 101));

    cluster.node(2).remove_node(NodeId(2), false).await.unwrap();
    assert_eq!(cluster.node(1).status().members.len(), 1);
    cluster.node(1).propose(numbered(102)).await.unwrap();
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_too_large_for_the_log_is_refused_before_it() {
    let mut cluster = Cluster::start(1).await;
    cluster.leader().await;
    let actor = "x".repeat(consensus::MAX_COMMAND_BYTES);
    let command = Command { actor, at_ms: 0, op: Op::Links(LinkChange::default()) };
    let refused = cluster.node(1).propose(command).await.unwrap_err();
    assert!(matches!(refused, ProposeError::Refused(_)) && !refused.outcome_unknown());
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_disagree_on_the_first_members_do_not_mix() {
    let mut cluster = Cluster::start(1).await;
    cluster.leader().await;
    let mut stranger = cluster.config(2);
    stranger.members = [(NodeId(2), "node-2:1".to_owned()), (NodeId(3), "x:1".to_owned())].into();
    stranger.timing.request = Duration::from_millis(1_200);
    let (other, _service) = Consensus::start(stranger, Box::new(|_, _| {})).await.unwrap();
    assert_eq!(
        other.propose(numbered(1)).await,
        Err(ProposeError::NoLeader(Duration::from_millis(1_200)))
    );
    other.shutdown().await;
    cluster.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_in_use_or_of_another_node_is_refused() {
    let mut cluster = Cluster::start(1).await;
    let config = cluster.config(1);
    let in_use = Consensus::start(config.clone(), Box::new(|_, _| {})).await.unwrap_err();
    assert!(in_use.to_string().contains("in use by another process"), "{in_use}");

    cluster.stop(1).await;
    let mut other = config;
    other.node = NodeId(2);
    let refused = Consensus::start(other, Box::new(|_, _| {})).await.unwrap_err();
    assert!(matches!(refused, StartError::Identity(_)), "{refused}");
    assert!(refused.to_string().contains("belongs to node 1"), "{refused}");
}
