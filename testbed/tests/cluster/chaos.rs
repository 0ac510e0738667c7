//! Short runs of `testbed faults`, with all of its checks.

use super::ALONE;
use std::time::Duration;
use testbed::chaos::leader;
use testbed::chaos::{self, Kind, Plan};

#[tokio::test(flavor = "multi_thread")]
async fn randomised_faults_break_no_promise() {
    let _alone = ALONE.lock().await;
    let kinds = vec![Kind::Kill, Kind::Stop, Kind::Isolate, Kind::MinorityLeader, Kind::OneWay];
    let plan = Plan {
        nodes: 3,
        faults: 10,
        lasts: Duration::ZERO,
        seed: 1,
        kinds,
        at_once: 3,
        switches: 2,
        rate: 100,
        baton: None,
    };
    let outcome = chaos::run(&plan, |line| println!("{line}")).await.unwrap();
    assert!(outcome.is_good(), "{outcome:#?}");
    assert!(outcome.faults.len() == plan.kinds.len(), "{:?}", outcome.faults);
    assert!(outcome.migrations > 10 && outcome.operations > 500, "{outcome:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaders_die_while_nodes_come_and_go() {
    let _alone = ALONE.lock().await;
    let plan = leader::Plan { nodes: 3, kills: 2, seed: 31, baton: None };
    let outcome = leader::run(&plan, |line| println!("{line}")).await.unwrap();
    assert!(outcome.is_good(), "{outcome:#?}");
    assert_eq!((outcome.membership.joined, outcome.membership.left), (1, 1));
}
