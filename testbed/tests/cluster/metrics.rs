use super::{LONG, Lab, answers};
use testbed::wait::wait_until;

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_shows_in_the_metrics_of_its_winner() {
    let lab = Lab::patient(1).await;
    let switch = &lab.switches[0];
    switch.set_rate(500);
    answers(switch, 250).await;
    let source = lab.owner(switch).await;
    let winner = lab.another(source);
    lab.cluster.migrate(switch.dpid(), winner).await.unwrap();
    answers(switch, 250).await;

    wait_until("the migration in the metrics", LONG, async || {
        let text = scrape(&lab, winner).await;
        match value(&text, "baton_migration_duration_seconds_count{", &["erc", "done"]) {
            Some(count) if count >= 1.0 => Ok(()),
            count => Err(format!("{count:?} in\n{text}")),
        }
    })
    .await
    .unwrap();
    let text = scrape(&lab, winner).await;
    let dpid = switch.dpid().to_string();
    for (name, labels, least) in [
        ("baton_migration_phase_seconds_count{", vec!["erc"], 1.0),
        ("baton_migration_window_seconds_count{", vec!["erc"], 1.0),
        ("baton_migrations_total{", vec!["erc", "done"], 1.0),
        ("baton_switch_owned{", vec![&*dpid], 1.0),
        ("baton_packet_ins_total", vec![], 1.0),
        ("baton_packet_in_seconds_count", vec![], 1.0),
        ("baton_openflow_messages_total{", vec!["OFPT_PACKET_OUT"], 1.0),
        ("baton_sessions", vec![], 1.0),
        ("baton_lease_valid", vec![], 1.0),
        ("baton_raft_term", vec![], 1.0),
    ] {
        let found = value(&text, name, &labels);
        assert!(
            found.is_some_and(|found| found >= least),
            "{name} {labels:?}: {found:?} in\n{text}"
        );
    }
    let text = scrape(&lab, source).await;
    let owned = value(&text, "baton_switch_owned{", &[&dpid]).unwrap_or_default();
    assert_eq!(owned, 0.0, "the source owns it no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_truly() {
    let mut lab = Lab::start(1).await;
    for node in lab.cluster.ids() {
        assert_eq!(lab.cluster.http(node, "/livez").await.unwrap().0, 200);
        assert_eq!(lab.cluster.http(node, "/readyz").await.unwrap().0, 200);
    }
    // One node of three has no majority.
    lab.cluster.kill(2).await.unwrap();
    lab.cluster.kill(3).await.unwrap();
    wait_until("a node that is alive and not ready", LONG, async || {
        let ready = lab.cluster.http(1, "/readyz").await.map_err(|e| e.to_string())?;
        if ready.0 == 503 { Ok(()) } else { Err(format!("{ready:?}")) }
    })
    .await
    .unwrap();
    assert_eq!(lab.cluster.http(1, "/livez").await.unwrap().0, 200);
    assert_eq!(lab.cluster.baton_at(1, &["status"]).await.unwrap().code, 5);
}

async fn scrape(lab: &Lab, node: u64) -> String {
    let (status, text) = lab.cluster.http(node, "/metrics").await.unwrap();
    assert_eq!(status, 200);
    text
}

/// Returns the sum of the samples whose line starts with `name` and has every one of `labels`.
fn value(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let lines = text.lines().filter(|line| {
        line.starts_with(name) && labels.iter().all(|label| line.contains(&format!("\"{label}\"")))
    });
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).reduce(|a, b| a + b)
}
