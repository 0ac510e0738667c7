//! The state in a file, and a new cluster made of it under the switches of the old one.

use super::{LONG, Lab, answers};
use std::fs;
use std::path::{Path, PathBuf};
use testbed::cluster::Call;
use testbed::wait::wait_until;

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_gone_comes_back_from_a_file() {
    let mut lab = Lab::start(2).await;
    let dpid = lab.switches[0].dpid();
    let source = lab.owner(&lab.switches[0]).await;
    let moved = lab.cluster.migrate(dpid, lab.another(source)).await.unwrap();
    let backup = tempfile::tempdir().unwrap();
    let file = backup.path().join("state.snapshot");
    let path = file.to_str().unwrap();
    let saved = lab.cluster.baton_at(2, &["snapshot", "save", path]).await.unwrap().done().unwrap();
    let verified = lab.cluster.baton(&["snapshot", "verify", path]).await.unwrap().done().unwrap();
    assert_eq!(saved, verified);
    assert_eq!(
        (&saved["switches"], &saved["nodes"], &saved["migrations"]),
        (&2.into(), &3.into(), &1.into())
    );
    assert_eq!(fs::read_dir(backup.path()).unwrap().count(), 1, "nothing is left beside it");

    // The old cluster goes on after the picture was taken.
    lab.cluster.migrate(dpid, source).await.unwrap();
    let before = lab.cluster.switch(dpid).await.unwrap();
    for node in lab.cluster.ids() {
        lab.cluster.stop(node).await.unwrap();
        fs::rename(lab.cluster.data(node), old(&lab, node)).unwrap();
        assert_eq!(restore(&lab, node, path, &["--dry-run"]).await.code, 0);
        assert!(!lab.cluster.data(node).exists());
        restore(&lab, node, path, &[]).await.done().unwrap();
        let again = restore(&lab, node, path, &[]).await;
        assert!(again.code == 4 && again.stderr.contains("is not empty"), "{again}");
    }
    lab.cluster.run_all().unwrap();
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;
    let after = lab.cluster.switch(dpid).await.unwrap();
    assert!(after.token > before.token + (1 << 31), "{before:?}, {after:?}");
    let kept = lab.cluster.migration_at(1, moved.id).await.unwrap();
    assert_eq!(kept.outcome.as_deref(), Some("done"));
    let history = lab.cluster.baton(&["switch", "history", &dpid.to_string()]).await.unwrap();
    assert!(history.stdout.contains("\"migrated\""), "{history}");
    let next = lab.cluster.migrate(dpid, lab.another(after.owner.unwrap())).await.unwrap();
    assert!(next.id > moved.id);
    for switch in &lab.switches {
        switch.set_rate(200);
        answers(switch, 100).await;
    }

    // A node of the old cluster is a stranger.
    let token = lab.cluster.switch(dpid).await.unwrap().token;
    lab.cluster.stop(3).await.unwrap();
    fs::rename(lab.cluster.data(3), backup.path().join("new3")).unwrap();
    fs::rename(old(&lab, 3), lab.cluster.data(3)).unwrap();
    lab.cluster.run(3).unwrap();
    wait_until("the stranger to be refused", LONG, async || {
        let log = fs::read_to_string(lab.cluster.log(1)).map_err(|e| e.to_string())?;
        if log.contains("refused a node of another cluster") { Ok(()) } else { Err(log) }
    })
    .await
    .unwrap();
    assert_eq!(lab.cluster.http(3, "/readyz").await.unwrap().0, 503);
    assert_eq!(lab.cluster.switch(dpid).await.unwrap().token, token);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_restores_nothing() {
    let lab = Lab::start(1).await;
    let backup = tempfile::tempdir().unwrap();
    let file = backup.path().join("state.snapshot");
    let path = file.to_str().unwrap();
    lab.cluster.baton(&["snapshot", "save", path]).await.unwrap().done().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&file, &bytes).unwrap();
    for verb in ["verify", "restore"] {
        let mut call = vec!["snapshot", verb, path];
        let config = lab.cluster.configuration(1);
        if verb == "restore" {
            call.extend(["--config", config.to_str().unwrap()]);
        }
        let refused = lab.cluster.baton(&call).await.unwrap();
        assert_eq!(refused.code, 1, "{refused}");
        assert!(refused.stderr.contains("the state: its checksum does not match"), "{refused}");
        assert!(refused.stderr.contains("nothing has changed"), "{refused}");
    }
    let absent = lab.cluster.baton(&["snapshot", "verify", "/nowhere"]).await.unwrap();
    assert_eq!(absent.code, 3, "{absent}");
}

async fn restore(lab: &Lab, node: u64, file: &str, more: &[&str]) -> Call {
    let config = lab.cluster.configuration(node);
    let call = ["snapshot", "restore", file, "--config", config.to_str().unwrap()];
    lab.cluster.baton(&[&call, more].concat()).await.unwrap()
}

fn old(lab: &Lab, node: u64) -> PathBuf {
    Path::new(&lab.cluster.data(node)).with_extension("old")
}
