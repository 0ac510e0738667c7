//! Nodes come and go while switches are served.

use super::{LONG, Lab, answers};
use openflow::Dpid;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use testbed::cluster::{Cluster, Options};
use testbed::switches::VirtualSwitch;
use testbed::wait::wait_until;

/// Exit codes of DESIGN §7.
const DONE: i32 = 0;
const NOT_FOUND: i32 = 3;
const REFUSED: i32 = 4;
const STILL_RUNNING: i32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_grows_from_one_node_to_five_and_shrinks_to_three_and_forgets_nothing() {
    let options = Options { nodes: 1, joiners: 4, ..Options::default() };
    let mut lab = Lab::with(6, options).await;
    for switch in &lab.switches {
        switch.set_rate(50);
    }
    for (newcomer, member) in [(2, 1), (3, 2), (4, 3), (5, 1)] {
        lab.cluster.run_joining(newcomer, member, None).unwrap();
        votes(&lab.cluster, newcomer).await;
        lab.settled().await;
        // Each newcomer is given a switch, so that the history passes through all of them.
        lab.given(&lab.switches[newcomer as usize - 2], newcomer).await;
    }
    let grown = histories(&lab).await;
    for leaver in [1, 2] {
        let node = leaver.to_string();
        let serving = lab.cluster.baton(&["node", "remove", &node]).await.unwrap();
        assert_eq!(serving.code, REFUSED, "{serving}");
        drained(&lab.cluster, leaver).await;
        let removed = lab.cluster.baton(&["node", "remove", &node]).await.unwrap();
        assert_eq!(removed.code, DONE, "{removed}");
        lab.cluster.forget(leaver).unwrap();
        lab.cluster.kill(leaver).await.unwrap();
    }
    for switch in &lab.switches {
        answers(switch, 50).await;
    }
    for switch in &lab.switches {
        switch.settle(LONG).await.unwrap();
    }
    let report = VirtualSwitch::verdict(&lab.switches);
    assert_eq!((report.lost, report.twice), (0, 0), "{report:?}");
    assert_eq!(members(&lab.cluster).await, [3, 4, 5]);
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;
    let shrunk = histories(&lab).await;
    for (dpid, changes) in &grown {
        let now = &shrunk[dpid];
        assert_eq!(now[..changes.len()], changes[..], "{dpid:?}: what was is still told");
    }
    replicas_are_alike(&lab).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_is_replaced_by_one_command_and_never_comes_back() {
    let options = Options { joiners: 2, ..Options::default() };
    let mut lab = Lab::with(3, options).await;
    let dead = lab.owner(&lab.switches[0]).await;
    lab.cluster.kill(dead).await.unwrap();
    lab.cluster.forget(dead).unwrap();
    let member = lab.cluster.ids().next().unwrap();
    wait_until("the dead node to be known as dead", LONG, async || {
        match state_of(&lab.cluster, dead).await.as_deref() {
            Some("down") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await
    .unwrap();
    lab.cluster.run_joining(4, member, Some(dead)).unwrap();
    votes(&lab.cluster, 4).await;
    lab.settled().await;
    assert_eq!(members(&lab.cluster).await, lab.cluster.ids().collect::<Vec<_>>());

    lab.cluster.run(dead).unwrap();
    assert!(!lab.cluster.ended(dead).await.unwrap(), "it is told that it is not wanted");
    assert!(lab.cluster.log_tail(dead).contains("choose a new one"));
    let show = lab.cluster.baton(&["node", "show", &dead.to_string()]).await.unwrap();
    assert_eq!(show.code, REFUSED, "{show}");

    // A node that is told to join after it has joined just goes on.
    lab.cluster.stop(4).await.unwrap();
    lab.cluster.run(4).unwrap();
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;

    // A number that votes needs the disk that remembers its votes.
    let other = lab.cluster.ids().find(|node| *node != 4).unwrap();
    let address = lab.cluster.peer(5).to_string();
    let taken = ["node", "add", &other.to_string(), &address];
    let taken = lab.cluster.baton(&taken).await.unwrap();
    assert_eq!(taken.code, REFUSED, "{taken}");
    lab.cluster.kill(other).await.unwrap();
    std::fs::remove_dir_all(lab.cluster.data(other)).unwrap();
    lab.cluster.run_joining(other, 4, None).unwrap();
    assert!(!lab.cluster.ended(other).await.unwrap(), "it forgot what it voted for");
    assert!(lab.cluster.log_tail(other).contains("an empty disk cannot stand in"));
    for switch in &lab.switches {
        switch.set_rate(200);
        answers(switch, 100).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_member_that_lost_its_disk_does_not_found_the_cluster_again() {
    let mut lab = Lab::start(1).await;
    let owner = lab.owner(&lab.switches[0]).await;
    let others: Vec<u64> = lab.cluster.ids().filter(|node| *node != owner).collect();
    let [wiped, other] = others[..] else { unreachable!("there are three nodes") };
    for node in [wiped, other] {
        lab.cluster.kill(node).await.unwrap();
    }
    std::fs::remove_dir_all(lab.cluster.data(wiped)).unwrap();
    // With its vote the two would be a majority, of which one knows nothing of what was acknowledged.
    lab.cluster.run(wiped).unwrap();
    assert!(!lab.cluster.ended(wiped).await.unwrap(), "it forgot what it voted for");
    assert!(lab.cluster.log_tail(wiped).contains("an empty disk cannot stand in"));
    lab.cluster.forget(wiped).unwrap();
    lab.cluster.run(other).unwrap();
    lab.settled().await;
    lab.switches[0].set_rate(200);
    answers(&lab.switches[0], 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_cost_the_quorum_or_a_switch_is_refused_and_changes_nothing() {
    let options = Options { joiners: 2, ..Options::default() };
    let mut lab = Lab::with(1, options).await;
    let owner = lab.owner(&lab.switches[0]).await;
    let others: Vec<u64> = lab.cluster.ids().filter(|node| *node != owner).collect();
    let [first, second] = others[..] else { unreachable!("there are three nodes") };
    let address = lab.cluster.peer(4).to_string();
    for (call, code) in [
        (format!("node remove {owner}"), REFUSED),
        (format!("node remove {first} --force-dead"), REFUSED),
        ("node remove 9".to_owned(), NOT_FOUND),
        ("node drain 9".to_owned(), NOT_FOUND),
        ("node cordon 9 --dry-run".to_owned(), NOT_FOUND),
        (format!("node add 4 {address} --replace {first}"), REFUSED),
        (format!("node cordon {first} --dry-run"), DONE),
        (format!("node remove {first} --dry-run"), DONE),
        (format!("node drain {owner} --dry-run"), DONE),
    ] {
        calls(&lab.cluster, &call, code).await;
    }
    assert_eq!(state_of(&lab.cluster, first).await.as_deref(), Some("up"));
    assert_eq!(members(&lab.cluster).await.len(), 3);

    // With both others cordoned nobody could take the switch.
    for node in [first, second] {
        calls(&lab.cluster, &format!("node cordon {node} --reason test"), DONE).await;
    }
    calls(&lab.cluster, &format!("node drain {owner}"), REFUSED).await;
    calls(&lab.cluster, &format!("node uncordon {second}"), DONE).await;

    // A cordon outlives its process.
    lab.cluster.kill(first).await.unwrap();
    wait_until("its death", LONG, async || match state_of(&lab.cluster, first).await.as_deref() {
        Some("down") => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await
    .unwrap();
    calls(&lab.cluster, &format!("node remove {first}"), REFUSED).await;
    calls(&lab.cluster, &format!("node remove {second}"), REFUSED).await;
    assert_eq!(members(&lab.cluster).await.len(), 3, "two of which a majority would be dead");
    lab.cluster.run(first).unwrap();
    lab.cluster.healthy().await.unwrap();
    wait_until("it back", LONG, async || match state_of(&lab.cluster, first).await.as_deref() {
        Some("cordoned") => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await
    .unwrap();

    // A node that is announced and never starts blocks nobody.
    calls(&lab.cluster, &format!("node add 4 {address} --timeout 1s"), STILL_RUNNING).await;
    lab.cluster.run_joining(5, owner, None).unwrap();
    votes(&lab.cluster, 5).await;
    calls(&lab.cluster, "node remove 4 --force-dead", DONE).await;
    calls(&lab.cluster, &format!("node add 4 {address}"), REFUSED).await;
    assert_eq!(members(&lab.cluster).await.len(), 4);
}

/// Calls `baton` and checks how it ends; every refusal says why.
async fn calls(cluster: &Cluster, call: &str, code: i32) {
    let words: Vec<&str> = call.split(' ').collect();
    let call = cluster.baton(&words).await.unwrap();
    assert_eq!(call.code, code, "{call}");
    assert!(code == DONE || !call.stderr.trim().is_empty(), "{call}");
}

async fn nodes(cluster: &Cluster) -> Vec<Value> {
    let list = cluster.baton(&["node", "list"]).await.unwrap();
    list.json["nodes"].as_array().cloned().unwrap_or_default()
}

async fn state_of(cluster: &Cluster, node: u64) -> Option<String> {
    let nodes = nodes(cluster).await;
    let found = nodes.iter().find(|one| one["id"] == node)?;
    found["state"].as_str().map(ToOwned::to_owned)
}

/// Returns the members, voters or not.
async fn members(cluster: &Cluster) -> Vec<u64> {
    let nodes = nodes(cluster).await;
    let members = nodes.iter().filter(|node| node["raft"] != "none");
    members.filter_map(|node| node["id"].as_u64()).collect()
}

/// Waits until a newcomer votes and serves.
async fn votes(cluster: &Cluster, newcomer: u64) {
    wait_until("a newcomer that votes", LONG, async || {
        let nodes = nodes(cluster).await;
        let found = nodes.iter().find(|node| node["id"] == newcomer).cloned().unwrap_or_default();
        let votes = ["leader", "follower"].contains(&found["raft"].as_str().unwrap_or_default());
        if votes && found["state"] == "up" { Ok(()) } else { Err(found.to_string()) }
    })
    .await
    .unwrap();
}

async fn drained(cluster: &Cluster, node: u64) {
    let call = ["node", "drain", &node.to_string(), "--timeout", "30s"];
    let call = cluster.baton(&call).await.unwrap();
    assert_eq!(call.code, DONE, "{call}");
}

async fn history(cluster: &Cluster, node: Option<u64>, dpid: Dpid) -> Vec<Value> {
    let dpid = dpid.to_string();
    let call = ["switch", "history", &dpid];
    let call = match node {
        Some(node) => cluster.baton_at(node, &call).await,
        None => cluster.baton(&call).await,
    };
    call.unwrap().done().unwrap()["changes"].as_array().cloned().unwrap_or_default()
}

async fn histories(lab: &Lab) -> BTreeMap<Dpid, Vec<Value>> {
    let mut all = BTreeMap::new();
    for switch in &lab.switches {
        all.insert(switch.dpid(), history(&lab.cluster, None, switch.dpid()).await);
    }
    all
}

/// Waits until every node tells the same of every switch and its history.
async fn replicas_are_alike(lab: &Lab) {
    wait_until("replicas that are alike", Duration::from_secs(10), async || {
        let mut told = vec![];
        for node in lab.cluster.ids() {
            let switches = lab.cluster.switches_at(node).await.map_err(|e| e.to_string())?;
            let mut changes = vec![];
            for switch in &lab.switches {
                changes.push(history(&lab.cluster, Some(node), switch.dpid()).await);
            }
            told.push((switches, changes));
        }
        if told.windows(2).all(|pair| pair[0] == pair[1]) {
            Ok(())
        } else {
            Err(format!("{told:?}"))
        }
    })
    .await
    .unwrap();
}
