//! A node gives its switches away before it is left alone: asked by an operator, or by SIGTERM.

use super::{LONG, Lab, answers};
use testbed::cluster::Options;
use testbed::restart;
use testbed::switches::VirtualSwitch;
use testbed::wait::wait_until;

const DONE: i32 = 0;

/// Moves every switch to `node`.
async fn laden(lab: &Lab, node: u64) {
    for switch in &lab.switches {
        // A node that had to wait too long for a busy machine has no lease for a moment, and declines.
        wait_until("the switch where it is wanted", LONG, async || {
            if lab.owner(switch).await == node {
                return Ok(());
            }
            lab.cluster.migrate(switch.dpid(), node).await.map(drop).map_err(|e| e.to_string())
        })
        .await
        .unwrap();
        lab.agrees(switch).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_under_a_thousand_packets_a_second_loses_none_and_leaves_the_node_cordoned() {
    let lab = Lab::start(8).await;
    laden(&lab, 1).await;
    for switch in &lab.switches {
        switch.set_rate(125);
    }
    for switch in &lab.switches {
        answers(switch, 60).await;
    }
    let planned = lab.cluster.baton(&["node", "drain", "1", "--dry-run"]).await.unwrap();
    assert_eq!(planned.json["moves"].as_array().map(Vec::len), Some(8), "{planned}");

    let call = ["node", "drain", "1", "--reason", "new disk", "--timeout", "30s"];
    let call = lab.cluster.baton(&call).await.unwrap();
    assert_eq!(call.code, DONE, "{call}");
    assert_eq!((&call.json["moved"], &call.json["state"]), (&8.into(), &"done".into()), "{call}");
    assert!(call.stderr.contains("8 of 8 moved"), "{call}");
    for switch in &lab.switches {
        answers(switch, 60).await;
    }
    for switch in &lab.switches {
        switch.settle(LONG).await.unwrap();
        assert_ne!(lab.owner(switch).await, 1);
        let history = ["switch", "history", &switch.dpid().to_string()];
        let history = lab.cluster.baton(&history).await.unwrap();
        assert!(history.stdout.contains("drain of node 1: new disk"), "{history}");
    }
    let report = VirtualSwitch::verdict(&lab.switches);
    assert_eq!((report.lost, report.twice), (0, 0), "{report:?}");
    let show = lab.cluster.baton(&["node", "show", "1"]).await.unwrap();
    assert_eq!(show.json["node"]["state"], "cordoned", "{show}");
    let mut spread = [0, 0];
    for switch in &lab.switches {
        spread[lab.owner(switch).await as usize - 2] += 1;
    }
    // A candidate that declined was followed by the other.
    assert!(spread == [4, 4] || call.json["failed"] != 0, "spread evenly: {spread:?}, {call}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_node_is_restarted_in_turn_under_load_and_nothing_is_lost() {
    let mut lab = Lab::start(6).await;
    let restarted = restart::rolling(&mut lab.cluster, &lab.switches, 1_000).await.unwrap();
    eprintln!("{}", serde_json::to_string(&restarted).unwrap());
    assert_eq!((restarted.report.lost, restarted.report.twice), (0, 0), "{restarted:?}");
    assert!(restarted.migrations > 0, "something was handed over: {restarted:?}");
    lab.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_goes_on_under_the_next_leader() {
    let mut lab = Lab::start(12).await;
    let leader = lab.cluster.leader().await.unwrap();
    let node = lab.another(leader);
    laden(&lab, node).await;
    let call = ["node", "drain", &node.to_string(), "--parallel", "1", "--no-wait"];
    let call = lab.cluster.baton_at(node, &call).await.unwrap();
    assert_eq!(call.code, DONE, "{call}");
    lab.cluster.kill(leader).await.unwrap();
    let drained = wait_until("the end of the drain", LONG, async || {
        let show = ["node", "show", &node.to_string()];
        let show = lab.cluster.baton_at(node, &show).await.map_err(|e| e.to_string())?;
        let drain = show.json["node"]["drain"].clone();
        if drain["state"] == "running" { Err(drain.to_string()) } else { Ok(drain) }
    });
    let drained = drained.await.unwrap();
    assert_eq!(drained["state"], "done", "{drained}");
    // What had gone to the old leader by then follows once its death is noticed.
    wait_until("every switch at the node that is left", LONG, async || {
        let seen = lab.cluster.switches_at(node).await.map_err(|e| e.to_string())?;
        let well = |owner: Option<u64>| owner.is_some_and(|it| it != node && it != leader);
        if seen.iter().all(|switch| well(switch.owner)) { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_node_that_is_asked_to_stop_says_that_nobody_is_left_and_waits_for_nobody() {
    let options = Options {
        nodes: 1,
        extra: "[timing]\ndrain_ms = 3600000\n".to_owned(),
        ..Options::default()
    };
    let mut lab = Lab::with(1, options).await;
    lab.cluster.stop(1).await.unwrap();
    assert!(lab.cluster.log_tail(1).contains("no other node could take the switches"));
    lab.cluster.run(1).unwrap();
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_stops_a_node_at_once() {
    let options =
        Options { extra: "[timing]\ndrain_ms = 3600000\n".to_owned(), ..Options::default() };
    let mut lab = Lab::with(1, options).await;
    let owner = lab.owner(&lab.switches[0]).await;
    // Without the others nothing can be handed over, and the node would wait for them.
    for other in lab.cluster.ids().filter(|node| *node != owner) {
        lab.cluster.pause(other).unwrap();
    }
    lab.cluster.terminate(owner).unwrap();
    wait_until("the first signal to be heard", LONG, async || {
        let heard = lab.cluster.log_tail(owner).contains("a second signal stops at once");
        if heard { Ok(()) } else { Err(lab.cluster.log_tail(owner)) }
    })
    .await
    .unwrap();
    lab.cluster.terminate(owner).unwrap();
    assert!(lab.cluster.ended(owner).await.unwrap());
    assert!(lab.cluster.log_tail(owner).contains("stopping at once"));
}
