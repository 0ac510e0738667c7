use super::{LONG, Lab};
use testbed::wait::wait_until;

/// Exit codes of DESIGN §7.
const USAGE: i32 = 2;
const NOT_FOUND: i32 = 3;
const REFUSED: i32 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_its_code_and_changes_nothing() {
    let mut lab = Lab::start(1).await;
    let owner = lab.owner(&lab.switches[0]).await;
    let other = lab.another(owner);
    let dpid = lab.switches[0].dpid().to_string();
    let before = lab.cluster.switches().await.unwrap();
    let (owner_text, other_text) = (owner.to_string(), other.to_string());
    let cases: [(&[&str], i32); 9] = [
        (&["migrate", "00000000000000ff", "--to", &other_text], NOT_FOUND),
        (&["migrate", &dpid, "--to", "99"], NOT_FOUND),
        (&["migrate", &dpid, "--to", &owner_text], REFUSED),
        (&["migrate", "not-a-dpid", "--to", &other_text], USAGE),
        (&["migrate", &dpid, "--to", "x"], USAGE),
        (&["migrate", &dpid], USAGE),
        (&["switch", "show", "00000000000000ff"], NOT_FOUND),
        (&["migration", "show", "12345"], NOT_FOUND),
        (&["migration", "cancel", "12345"], NOT_FOUND),
    ];
    for (arguments, code) in cases {
        let call = lab.cluster.baton(arguments).await.unwrap();
        assert_eq!(call.code, code, "{call}");
        assert!(!call.stderr.trim().is_empty(), "an error says what is wrong: {call}");
    }

    lab.cluster.kill(other).await.unwrap();
    let moves_there = ["migrate", &dpid, "--to", &other_text, "--dry-run"];
    wait_until("the dead node to be refused", LONG, async || {
        let call = lab.cluster.baton(&moves_there).await.map_err(|e| e.to_string())?;
        if call.code == REFUSED { Ok(()) } else { Err(call.to_string()) }
    })
    .await
    .unwrap();
    let call = lab.cluster.baton(&["migrate", &dpid, "--to", &other_text]).await.unwrap();
    assert_eq!(call.code, REFUSED, "{call}");

    lab.cluster.check_alive().unwrap();
    let after = lab.cluster.switches().await.unwrap();
    assert_eq!((after[0].owner, after[0].token), (before[0].owner, before[0].token));
    assert_eq!(lab.switches[0].master(), Some(owner));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_moves_already_is_not_moved_again() {
    let mut lab = Lab::start(1).await;
    let owner = lab.owner(&lab.switches[0]).await;
    let mut targets: Vec<u64> = lab.cluster.ids().filter(|node| *node != owner).collect();
    let dpid = lab.switches[0].dpid().to_string();
    // A frozen target keeps the first migration open until its death is noticed; the leader is not the one to
    // freeze, since nothing could be opened without it.
    let status = lab.cluster.baton(&["status"]).await.unwrap();
    let leader = status.json["leader"].as_u64().expect("a healthy cluster has a leader");
    targets.sort_by_key(|target| *target == leader);
    lab.cluster.pause(targets[0]).unwrap();
    let (first, second) = (targets[0].to_string(), targets[1].to_string());
    // A frozen node would keep a caller waiting, until its death is noticed: another is asked.
    let asked = targets[1];
    let arguments = ["migrate", &dpid, "--to", &first, "--no-wait"];
    let opened = lab.cluster.baton_at(asked, &arguments).await.unwrap();
    assert_eq!(opened.code, 0, "{opened}");
    let arguments = ["migrate", &dpid, "--to", &second];
    let refused = lab.cluster.baton_at(asked, &arguments).await.unwrap();
    assert_eq!(refused.code, REFUSED, "{refused}");
    lab.cluster.resume(targets[0]).unwrap();
    wait_until("the first migration's end", LONG, async || {
        let list = lab.cluster.baton(&["migration", "list"]).await.map_err(|e| e.to_string())?;
        let running = list.json["migrations"].as_array().is_none_or(|all| {
            all.iter().any(|one| !matches!(one["state"].as_str(), Some("done" | "aborted")))
        });
        if running { Err(list.stdout) } else { Ok(()) }
    })
    .await
    .unwrap();
    lab.settled().await;
}
