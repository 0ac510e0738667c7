use super::{LONG, Lab, answers, master_but};
use openflow::{Dpid, Role};
use std::collections::BTreeMap;
use std::time::Duration;
use testbed::cluster::{self, Seen};
use testbed::oracle::Hearers;
use testbed::proxy::{Mode, Proxy};
use testbed::switches::{Options, VirtualSwitch};
use testbed::wait::wait_until;

#[tokio::test(flavor = "multi_thread")]
async fn another_node_answers_after_the_owner_is_killed_and_the_owner_comes_back_as_standby() {
    let mut lab = Lab::start(2).await;
    let [switch, other] = &lab.switches[..] else { unreachable!("two switches were started") };
    let owner = lab.owner(switch).await;
    for switch in &lab.switches {
        switch.set_rate(500);
    }
    answers(switch, 500).await;

    lab.cluster.kill(owner).await.unwrap();
    let heir = master_but(switch, owner).await;
    wait_until("the heir's first answer", LONG, async || match switch.deeds(heir).answers {
        0 => Err("none".to_owned()),
        _ => Ok(()),
    })
    .await
    .unwrap();
    let raised_by_then = VirtualSwitch::verdict([switch]).raised;
    answers(switch, 500).await;
    answers(other, 500).await;
    lab.agrees(switch).await;
    assert_eq!(lab.owner(switch).await, heir);

    // Lost is what was on its way to the dead node; nothing that came later.
    let settled = switch.settle(LONG / 10).await;
    let missing = switch.ledger().missing(100_000);
    assert!(missing.iter().all(|number| *number < raised_by_then), "{settled:?}");
    let report = VirtualSwitch::verdict([switch]);
    assert_eq!(report.stray, 0);
    assert!(report.longest_gap_us < 5_000_000, "{report:?}");

    lab.cluster.run(owner).unwrap();
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;
    assert_eq!(lab.owner(switch).await, heir, "a node that comes back takes nothing");
    assert_eq!(switch.role(owner), Some(Role::Slave));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_that_takes_a_switch_over_answers_all_that_it_is_sent() {
    let mut lab = Lab::start(1).await;
    let leader = lab.cluster.leader().await.unwrap();
    let owner = lab.another(leader);
    lab.given(&lab.switches[0], owner).await;
    let newcomer = lab.cluster.ids().find(|id| ![leader, owner].contains(id)).unwrap();
    let Lab { switches, cluster, .. } = &mut lab;
    let switch = &switches[0];
    let connected = async |cluster: &cluster::Cluster, wanted: bool| {
        let is = |seen: &Seen| seen.connected.contains(&newcomer) == wanted;
        cluster.wait_for_switch(switch.dpid(), "the newcomer", LONG, is).await.unwrap();
    };
    switch.set_rate(200);
    answers(switch, 100).await;
    let cordoned = cluster.baton(&["node", "cordon", &leader.to_string()]).await.unwrap();
    cordoned.done().unwrap();
    cluster.kill(newcomer).await.unwrap();
    connected(cluster, false).await;
    cluster.run(newcomer).unwrap();
    connected(cluster, true).await;

    cluster.kill(owner).await.unwrap();
    assert_eq!(master_but(switch, owner).await, newcomer);
    answers(switch, 100).await;
    switch.calm_down(Duration::from_secs(1)).await;
    let ledger = switch.ledger();
    let sent = |(_, hearers): &(u64, Hearers)| hearers.numbers().contains(&newcomer);
    assert_eq!(ledger.unanswered().filter(sent).count(), 0, "{}", switch.missing());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_die_together_make_one_change_of_each_switch() {
    let mut lab = Lab::with(8, cluster::Options { nodes: 5, ..Default::default() }).await;
    let leader = lab.cluster.leader().await.unwrap();
    let before = owners(&lab).await;
    let victims: Vec<u64> = lab.cluster.ids().filter(|&id| id != leader).take(2).collect();
    let orphaned = |dpid: &Dpid| victims.contains(&before[dpid].0);
    assert!(before.keys().any(orphaned), "switches are spread over all nodes: {before:?}");

    for &victim in &victims {
        lab.cluster.kill_at_once(victim).unwrap();
    }
    for switch in &lab.switches {
        wait_until("a live master", LONG, async || match switch.master() {
            Some(master) if !victims.contains(&master) => Ok(()),
            master => Err(format!("{master:?}")),
        })
        .await
        .unwrap();
        lab.agrees(switch).await;
    }
    for (dpid, (owner, changes)) in owners(&lab).await {
        let expected = before[&dpid].1 + usize::from(orphaned(&dpid));
        assert_eq!(changes, expected, "{dpid} went to one that was dead as well, or for nothing");
        assert!(!victims.contains(&owner) && (orphaned(&dpid) || owner == before[&dpid].0));
    }
    for victim in victims {
        lab.cluster.kill(victim).await.unwrap();
    }
}

/// Returns each switch's owner, and how often that has changed.
async fn owners(lab: &Lab) -> BTreeMap<Dpid, (u64, usize)> {
    let mut owners = BTreeMap::new();
    for Seen { dpid, owner, .. } in lab.cluster.switches().await.unwrap() {
        let told = lab.cluster.baton(&["switch", "history", &dpid.to_string()]).await.unwrap();
        let changes = told.done().unwrap()["changes"].as_array().unwrap().len();
        owners.insert(dpid, (owner.unwrap(), changes));
    }
    owners
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_asked_to_stop_leaves_its_switches_to_others() {
    let mut lab = Lab::start(1).await;
    let owner = lab.owner(&lab.switches[0]).await;
    lab.switches[0].set_rate(500);
    answers(&lab.switches[0], 250).await;
    lab.cluster.stop(owner).await.unwrap();
    master_but(&lab.switches[0], owner).await;
    answers(&lab.switches[0], 250).await;
    lab.agrees(&lab.switches[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_restarts_is_claimed_and_programmed_again() {
    let lab = Lab::start(1).await;
    let switch = &lab.switches[0];
    switch.set_rate(500);
    answers(switch, 250).await;
    switch.restart();
    wait_until("a table-miss flow again", LONG, async || {
        let ready = switch.look(|s| s.flows().iter().any(|flow| flow.is_table_miss()));
        if ready { Ok(()) } else { Err("no flow".to_owned()) }
    })
    .await
    .unwrap();
    answers(switch, 250).await;
    lab.agrees(switch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_probes_the_ports_of_a_switch_that_restarts_anew() {
    let lab = Lab::with(1, cluster::Options { nodes: 1, ..Default::default() }).await;
    let switch = &lab.switches[0];
    switch.set_rate(500);
    answers(switch, 250).await;
    let restarted_at = switch.now();
    switch.restart();
    let took = wait_until("an answer", LONG, async || {
        switch.answered_after(restarted_at).ok_or_else(|| "none".to_owned())
    });
    let took = took.await.unwrap();
    assert!(took >= Duration::from_millis(500), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_its_owner_cannot_reach_any_more_moves_to_a_node_that_can() {
    let mut lab = Lab::start(0).await;
    let mut ways = vec![];
    for node in lab.cluster.ids() {
        ways.push(Proxy::start(lab.cluster.openflow(node)).await.unwrap());
    }
    let controllers = ways.iter().map(Proxy::address).collect();
    lab.switches.push(VirtualSwitch::start(Options::new(1, controllers)));
    lab.settled().await;
    let switch = &lab.switches[0];
    let owner = lab.owner(switch).await;
    switch.set_rate(500);
    answers(switch, 250).await;

    ways[owner as usize - 1].set(Mode::Cut);
    master_but(switch, owner).await;
    answers(switch, 250).await;
    lab.agrees(switch).await;

    ways[owner as usize - 1].set(Mode::Forward);
    let heir = lab.owner(switch).await;
    lab.settled().await;
    assert_eq!(lab.owner(switch).await, heir, "a way that comes back moves nothing");
}
