use super::{LONG, Lab, answers};
use testbed::switches::VirtualSwitch;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_migrations_under_load_lose_nothing_and_double_nothing() {
    let lab = Lab::patient(3).await;
    for switch in &lab.switches {
        switch.set_rate(500);
    }
    let mut shadowed = 0;
    let mut moved = 0;
    for round in 0..20 {
        for switch in &lab.switches {
            answers(switch, 20).await;
            let owner = lab.owner(switch).await;
            let target = (owner + round % 2) % 3 + 1;
            let migrated = lab.cluster.migrate(switch.dpid(), target).await.unwrap();
            assert_eq!((migrated.source, migrated.winner), (owner, Some(target)));
            assert_eq!(lab.owner(switch).await, target);
            lab.agrees(switch).await;
            shadowed += migrated.shadowed;
            moved += 1;
        }
    }
    for switch in &lab.switches {
        answers(switch, 100).await;
    }
    for switch in &lab.switches {
        switch.settle(LONG).await.unwrap();
    }
    let report = VirtualSwitch::verdict(&lab.switches);
    assert!(report.is_exactly_once(), "{report:?}");
    assert_eq!(report.reordered, 0, "{report:?}");
    assert!(moved >= 50 && report.answered > 3_000, "{moved} moves, {report:?}");
    assert!(
        shadowed > 0,
        "no packet-in came inside a window: the load was too light to prove anything"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_move_at_the_same_time() {
    let lab = Lab::patient(4).await;
    for switch in &lab.switches {
        switch.set_rate(300);
        answers(switch, 50).await;
    }
    for _ in 0..3 {
        let mut owners = vec![];
        for switch in &lab.switches {
            owners.push(lab.owner(switch).await);
        }
        let [a, b, c, d] = &lab.switches[..] else { unreachable!("four were started") };
        let to = |index: usize| lab.another(owners[index]);
        let (w, x, y, z) = tokio::join!(
            lab.cluster.migrate(a.dpid(), to(0)),
            lab.cluster.migrate(b.dpid(), to(1)),
            lab.cluster.migrate(c.dpid(), to(2)),
            lab.cluster.migrate(d.dpid(), to(3)),
        );
        for migrated in [w, x, y, z] {
            migrated.unwrap();
        }
    }
    for switch in &lab.switches {
        answers(switch, 100).await;
        switch.settle(LONG).await.unwrap();
        lab.agrees(switch).await;
    }
    let report = VirtualSwitch::verdict(&lab.switches);
    assert!(report.is_exactly_once(), "{report:?}");
}
