use super::{Lab, answers};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_cold_restart_of_all_every_switch_has_its_owner_and_no_older_token() {
    let mut lab = Lab::start(4).await;
    let moved = lab.switches[0].dpid();
    let target = lab.another(lab.owner(&lab.switches[0]).await);
    lab.cluster.migrate(moved, target).await.unwrap();
    let before = seen(&lab).await;
    assert_eq!(before[&moved].0, Some(target));

    for node in lab.cluster.ids() {
        lab.cluster.kill(node).await.unwrap();
    }
    lab.cluster.run_all().unwrap();
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;
    let after = seen(&lab).await;
    for (dpid, (owner, token)) in &before {
        assert_eq!(after[dpid].0, *owner, "owner of {dpid:?}");
        assert!(after[dpid].1 >= *token, "token of {dpid:?}");
    }
    for switch in &lab.switches {
        switch.set_rate(200);
        answers(switch, 100).await;
    }
}

async fn seen(lab: &Lab) -> BTreeMap<openflow::Dpid, (Option<u64>, u64)> {
    let switches = lab.cluster.switches().await.unwrap();
    switches.into_iter().map(|seen| (seen.dpid, (seen.owner, seen.token))).collect()
}
