use super::{LONG, Lab, answers, master_but};
use openflow::Role;
use std::time::Duration;
use testbed::cluster::{Options, Seen};
use testbed::wait::wait_until;

/// `timing.lease_ms` by default.
const LEASE: Duration = Duration::from_millis(320);
/// For a process to be scheduled, and its last bytes to arrive, on a busy machine.
const SLACK: Duration = Duration::from_millis(400);

#[tokio::test(flavor = "multi_thread")]
async fn an_isolated_owner_falls_silent_within_its_lease_and_takes_nothing_back() {
    let lab = Lab::with(1, Options { proxied: true, ..Options::default() }).await;
    let switch = &lab.switches[0];
    let owner = lab.owner(switch).await;
    switch.set_rate(500);
    answers(switch, 250).await;
    let before = (switch.look(|s| s.generation()).unwrap(), switch.deeds(owner));

    let cut_at = switch.now();
    lab.cluster.isolate(owner).unwrap();
    let heir = master_but(switch, owner).await;
    let first_seen = switch.now();
    answers(switch, 500).await;
    let last_write = switch.deeds(owner).last_write.unwrap();
    assert!(last_write <= cut_at + LEASE + SLACK, "wrote {:?} after the cut", last_write - cut_at);
    assert!(last_write < first_seen, "two writers");
    assert_eq!(switch.role(owner), Some(Role::Slave), "and it is still connected");

    // Its view is old, and it must not act on it: neither now nor when the partition ends.
    let asked = lab.cluster.switches_at(heir).await.unwrap();
    assert_eq!(asked[0].owner, Some(heir));
    lab.cluster.heal();
    let knows = |seen: &[Seen]| seen.first().is_some_and(|seen| seen.owner == Some(heir));
    wait_until("the old owner to learn the new one", LONG, async || {
        let seen = lab.cluster.switches_at(owner).await.map_err(|e| e.to_string())?;
        if knows(&seen) { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await
    .unwrap();
    lab.settled().await;
    answers(switch, 500).await;
    assert_eq!(lab.owner(switch).await, heir);
    let after = switch.deeds(owner);
    assert_eq!(after.masters, before.1.masters, "it claimed the switch again");
    assert_eq!(after.last_write, Some(last_write));
    assert!(switch.look(|s| s.generation()).unwrap() > before.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_owner_that_wakes_up_writes_nothing() {
    let mut lab = Lab::start(1).await;
    let owner = lab.owner(&lab.switches[0]).await;
    lab.switches[0].set_rate(500);
    answers(&lab.switches[0], 250).await;
    lab.cluster.pause(owner).unwrap();
    let heir = master_but(&lab.switches[0], owner).await;
    answers(&lab.switches[0], 250).await;
    let asleep = lab.switches[0].deeds(owner);
    lab.cluster.resume(owner).unwrap();
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;
    let awake = lab.switches[0].deeds(owner);
    assert_eq!((awake.last_write, awake.masters), (asleep.last_write, asleep.masters));
    assert_eq!(lab.owner(&lab.switches[0]).await, heir);
}
