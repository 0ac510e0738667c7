//! Every protocol under load: nothing is lost, nothing is answered twice, and roles are what they are to be.

use super::{LONG, Lab, PATIENT, answers, patient};
use migration::ownership::Protocol;
use openflow::{Role, Version};
use testbed::cluster::{Migrated, Options};
use testbed::switches::{self, VirtualSwitch};
use testbed::wait::wait_until;

const RATE: u64 = 500;

impl Lab {
    /// Moves the first switch by `protocol` while it carries traffic.
    pub(super) async fn moved(&self, protocol: Protocol, to: u64) -> Migrated {
        let switch = &self.switches[0];
        answers(switch, 20).await;
        let how = ["--to", &to.to_string(), "--protocol", protocol.name()];
        let migrated = self.cluster.migrate_by(switch.dpid(), &how).await.unwrap();
        assert_eq!(migrated.winner, Some(to), "{protocol}");
        migrated
    }

    /// Waits until each node has the role at the first switch that is told for it.
    pub(super) async fn roles(&self, wanted: &[(u64, Role)]) {
        let switch = &self.switches[0];
        wait_until(&format!("roles {wanted:?}"), LONG, async || {
            let found: Vec<_> = wanted.iter().map(|&(node, _)| (node, switch.role(node))).collect();
            let agree = wanted.iter().all(|&(node, role)| switch.role(node) == Some(role));
            if agree { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await
        .unwrap();
    }

    pub(super) async fn exactly_once(&self) {
        answers(&self.switches[0], 100).await;
        self.switches[0].settle(LONG).await.unwrap();
        let report = VirtualSwitch::verdict(&self.switches);
        assert!(report.is_exactly_once() && report.reordered == 0, "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_protocol_from_master_to_master_is_exact() {
    let lab = Lab::patient(1).await;
    lab.switches[0].set_rate(RATE);
    let protocols = [Protocol::Erc, Protocol::ErcEarly, Protocol::Elasticon, Protocol::Direct];
    for round in 0..8 {
        for protocol in protocols {
            let owner = lab.owner(&lab.switches[0]).await;
            lab.moved(protocol, (owner + round % 2) % 3 + 1).await;
            lab.agrees(&lab.switches[0]).await;
        }
    }
    lab.exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_of_openflow_1_0_moves_by_the_roles_of_nicira() {
    let old = |switch| switches::Options { versions: vec![Version::V1_0], ..switch };
    let lab = Lab::with_switches(1, patient(), old).await;
    lab.switches[0].set_rate(RATE);
    for protocol in [Protocol::Erc, Protocol::Elasticon, Protocol::ErcEarly, Protocol::Erc] {
        let owner = lab.owner(&lab.switches[0]).await;
        let next = owner % 3 + 1;
        lab.moved(protocol, next).await;
        lab.roles(&[(owner, Role::Slave), (next, Role::Master)]).await;
    }
    let dpid = lab.switches[0].dpid().to_string();
    let call = ["migrate", &dpid, "--auto", "--protocol", "direct"];
    let refused = lab.cluster.baton(&call).await.unwrap();
    assert!(refused.done().unwrap_err().0.contains("a switch of OpenFlow 1.0"));
    lab.exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_peers_stay_are_swapped_and_retire() {
    let lab = Lab::patient(1).await;
    lab.switches[0].set_rate(RATE);
    for _ in 0..4 {
        let a = lab.owner(&lab.switches[0]).await;
        let b = a % 3 + 1;
        lab.moved(Protocol::ErcM2eS2m, b).await;
        lab.roles(&[(a, Role::Equal), (b, Role::Master)]).await;
        lab.moved(Protocol::ErcM2eE2m, a).await;
        lab.roles(&[(a, Role::Master), (b, Role::Equal)]).await;
        lab.moved(Protocol::ErcM2sE2m, b).await;
        lab.roles(&[(a, Role::Slave), (b, Role::Master)]).await;
    }
    lab.exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_a_master_rotates_and_gets_one_again() {
    let lab = Lab::patient(1).await;
    lab.switches[0].set_rate(RATE);
    for _ in 0..6 {
        let owner = lab.owner(&lab.switches[0]).await;
        let next = owner % 3 + 1;
        lab.moved(Protocol::ErcE2sS2e, next).await;
        lab.roles(&[(owner, Role::Slave), (next, Role::Equal)]).await;
    }
    let owner = lab.owner(&lab.switches[0]).await;
    let next = owner % 3 + 1;
    lab.moved(Protocol::Erc, next).await;
    lab.roles(&[(owner, Role::Slave), (next, Role::Master)]).await;
    lab.exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_race_and_losers_are_slaves_again() {
    let lab = Lab::with(1, Options { nodes: 4, ..patient() }).await;
    let switch = &lab.switches[0];
    switch.set_rate(RATE);
    for _ in 0..3 {
        for protocol in ["erc", "elasticon"] {
            for rule in ["first", "ready-first", "score"] {
                answers(switch, 20).await;
                let owner = lab.owner(switch).await;
                let others: Vec<u64> = lab.cluster.ids().filter(|&node| node != owner).collect();
                let list = others.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
                let how = ["--candidates", &list, "--rule", rule, "--protocol", protocol];
                let migrated = lab.cluster.migrate_by(switch.dpid(), &how).await.unwrap();
                let winner = migrated.winner.unwrap();
                let probe = |node| migrated.candidates.iter().find(|raced| raced.node == node);
                assert!(probe(winner).unwrap().probe_us.is_some(), "{migrated:?}");
                lab.agrees(switch).await;
                let slaves = lab.cluster.ids().filter(|&node| node != winner);
                let slaves: Vec<_> = slaves.map(|node| (node, Role::Slave)).collect();
                lab.roles(&slaves).await;
            }
        }
    }
    lab.exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unsafe_protocols_run_only_where_that_is_allowed() {
    let lab = Lab::patient(1).await;
    let to = lab.another(lab.owner(&lab.switches[0]).await).to_string();
    let dpid = lab.switches[0].dpid().to_string();
    let call = ["migrate", &dpid, "--to", &to, "--protocol", "naive"];
    let refused = lab.cluster.baton(&call).await.unwrap();
    assert!(refused.done().unwrap_err().0.contains("unsafe_protocols"), "it says what to do");
    drop(lab);

    let extra = format!("{PATIENT}[lab]\nunsafe_protocols = true\n");
    let lab = Lab::with(1, Options { extra, ..Options::default() }).await;
    lab.switches[0].set_rate(RATE);
    for protocol in [Protocol::Naive, Protocol::ElasticonFlowRemoved] {
        let owner = lab.owner(&lab.switches[0]).await;
        lab.moved(protocol, owner % 3 + 1).await;
        lab.agrees(&lab.switches[0]).await;
        let left = lab.switches[0].look(|switch| switch.flows().len());
        assert!(left <= 2, "the marker's flow is gone: {left} flows");
    }
}
