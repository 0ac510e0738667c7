//! A full disk: the node steps aside, says so, and comes back by itself once there is room.
//!
//! A data directory on a small tmpfs needs root. Without it the check is skipped loudly, and fails in CI.

use super::{ALONE, LONG, Lab};
use std::fs;
use testbed::cluster::{Cluster, Options, SmallDisk};
use testbed::switches::{self, VirtualSwitch};
use testbed::wait::wait_until;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_costs_a_node_its_switches_until_there_is_room() {
    let alone = ALONE.lock().await;
    let mut cluster = Cluster::prepare(Options::default()).await.unwrap();
    let victim = 1;
    let disk = match SmallDisk::mount(cluster.data(victim), 128) {
        Ok(disk) => disk,
        Err(failure) => {
            assert!(std::env::var_os("CI").is_none(), "a full disk could not be tested: {failure}");
            return eprintln!("\n*** SKIPPED: a full disk was NOT tested: {failure} ***\n");
        }
    };
    cluster.run_all().unwrap();
    cluster.healthy().await.unwrap();
    let switch = VirtualSwitch::start(switches::Options::new(1, cluster.controllers()));
    let mut lab = Lab { switches: vec![switch], cluster, _alone: alone };
    // Goes before the directory that it is in.
    let disk = disk;
    lab.settled().await;
    let mut acknowledged = move_about(&lab, &[victim, 2, 3, victim]).await;

    disk.fill().unwrap();
    wait_until("the node to step aside", LONG, async || {
        let (status, body) =
            lab.cluster.http(victim, "/readyz").await.map_err(|e| e.to_string())?;
        let said = body.starts_with("disk full: ") && body.contains("bytes free, and");
        if (status, said) == (503, true) { Ok(()) } else { Err(format!("{status} {body}")) }
    })
    .await
    .unwrap();
    let (_, metrics) = lab.cluster.http(victim, "/metrics").await.unwrap();
    assert!(metrics.contains("baton_disk_full 1\n"), "{metrics}");
    assert!(metrics.contains("# UNIT baton_disk_free_bytes bytes"), "{metrics}");
    let log = fs::read_to_string(lab.cluster.log(victim)).unwrap();
    assert!(log.contains("ERROR") && log.contains("the disk is full"), "{log}");

    // The others have the switch, go on, and know why the third does not.
    wait_until("others to say why the node is down", LONG, async || {
        let status = lab.cluster.baton_at(2, &["status"]).await.map_err(|e| e.to_string())?;
        let told = status.json["problems"].to_string();
        if told.contains("node 1 is down: disk full: ") { Ok(()) } else { Err(told) }
    })
    .await
    .unwrap();
    acknowledged.extend(move_about(&lab, &[2, 3, 2, 3]).await);

    disk.free().unwrap();
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;
    acknowledged.extend(move_about(&lab, &[victim, 2]).await);
    assert_eq!(same_digest(&lab).await.len(), 16);
    let known = lab.cluster.baton(&["migration", "list"]).await.unwrap().json;
    for id in &acknowledged {
        let done = |it: &serde_json::Value| it["id"] == *id && it["state"] == "done";
        assert!(known["migrations"].as_array().unwrap().iter().any(done), "migration {id} is gone");
    }
    let (_, metrics) = lab.cluster.http(victim, "/metrics").await.unwrap();
    assert!(metrics.contains("baton_disk_full 0\n"), "{metrics}");
}

/// Moves the lab's switch to each of `targets` in turn, and returns the migrations that were acknowledged as done.
async fn move_about(lab: &Lab, targets: &[u64]) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    for &target in targets {
        acknowledged.extend(lab.given(&lab.switches[0], target).await.map(|moved| moved.id));
    }
    acknowledged
}

/// Waits until all replicas have the same digest as of the same entry, and returns it.
async fn same_digest(lab: &Lab) -> String {
    wait_until("replicas that agree", LONG, async || {
        let mut seen = Vec::new();
        for node in lab.cluster.ids() {
            let status =
                lab.cluster.baton_at(node, &["status"]).await.map_err(|e| e.to_string())?;
            seen.push((status.json["applied"].clone(), status.json["digest"].clone()));
        }
        match seen.iter().all(|one| *one == seen[0]) {
            true => Ok(seen[0].1.as_str().unwrap_or_default().to_owned()),
            false => Err(format!("{seen:?}")),
        }
    })
    .await
    .unwrap()
}
