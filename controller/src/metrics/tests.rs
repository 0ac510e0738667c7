use super::*;
use migration::NodeId;
use migration::ownership::{AbortReason, Protocol, Rule, Token};
use migration::report::{Mark, Message, Report, What};
use std::time::{Duration, Instant};

fn migration(state: State) -> Migration {
    let mark = |at_us, node, what, peer: u64| {
        let peer = Some(NodeId(peer)).filter(|_| peer > 0);
        Mark { at_us, node: NodeId(node), what, peer }
    };
    let marks = vec![
        mark(1_000, 1, What::Sent(Message::Start), 2),
        mark(1_000, 1, What::Sent(Message::Start), 3),
        mark(1_000, 1, What::Sent(Message::Start), 4),
        mark(1_400, 1, What::Got(Message::MarkerIn), 2),
        mark(1_500, 1, What::Proposed, 0),
        mark(2_900, 1, What::Got(Message::MarkerIn), 3),
        mark(3_000, 1, What::Committed, 0),
        mark(3_100, 1, What::Sent(Message::EndMigration), 2),
        mark(1_450, 2, What::Got(Message::MarkerIn), 2),
        mark(3_200, 2, What::Got(Message::EndMigration), 1),
        mark(3_800, 2, What::Released, 0),
    ];
    Migration {
        dpid: Dpid(1),
        protocol: Protocol::Erc,
        rule: Rule::First,
        source: NodeId(1),
        candidates: [2, 3, 4].map(NodeId).to_vec(),
        token: Token(3),
        reserved: Token(3),
        winner: (state == State::Done).then_some(NodeId(2)),
        report: (state == State::Done).then(|| Report { marks, buffered: 5, ..Report::default() }),
        state,
        actor: String::new(),
        reason: String::new(),
        keeper: None,
        nonce: 0,
        deadline_ms: 0,
        started_at_ms: 0,
    }
}

/// Everything but the buckets, which are alike for all histograms; sorted, since a family has no order.
fn without_buckets(exposition: &str) -> String {
    let mut lines: Vec<_> = exposition.lines().filter(|line| !line.contains("_bucket{")).collect();
    lines.sort_unstable();
    lines.join("\n") + "\n"
}

fn used() -> Metrics {
    let metrics = Metrics::new();
    metrics.session_opened();
    metrics.session_opened();
    metrics.session_closed();
    metrics.switch_refused("duplicate");
    metrics.switch_refused("handshake");
    let mut tally = Tally::default();
    tally.received(&metrics, "OFPT_PACKET_IN");
    tally.sent(&metrics, "OFPT_PACKET_OUT");
    let (arrived, took) = (Instant::now(), Duration::from_micros(150));
    tally.packet_in(arrived);
    assert_eq!(tally.hand_in(&metrics, arrived + took), took);
    assert_eq!(tally.hand_in(&metrics, arrived + 2 * took), Duration::ZERO, "it was handed in");
    metrics.fenced("OFPT_FLOW_MOD");
    metrics.floods_refused(3);
    metrics.owned(Dpid(0xa), true);
    metrics.owned(Dpid(0xb), true);
    metrics.owned(Dpid(0xb), false);
    metrics.detected(0.4);
    metrics.taken_over(0.25);
    metrics.discarded(4);
    metrics.overflowed(1);
    metrics.released(Order::Release, 5, 7);
    metrics.released(Order::Drop, 0, 2);
    metrics.released(Order::Cut, 0, 9);
    metrics.peer_dropped();
    metrics.committed(0.003);
    metrics.migration_finished(&migration(State::Done));
    metrics.migration_finished(&migration(State::Aborted(AbortReason::Deadline)));
    let health = Health {
        leader: Some(NodeId(1)),
        is_leader: true,
        term: 4,
        applied: 17,
        committed: 18,
        lease_valid: true,
        members: vec![NodeId(1)],
        learners: vec![],
    };
    metrics.refresh(&health, &consensus::Metrics::default());
    metrics.disk(5_000, true);
    metrics.handshake_failed(Port::Admin);
    metrics.impostor_refused();
    metrics
}

#[test]
fn names_types_and_labels_are_an_interface() {
    let exposition = without_buckets(&used().exposition());
    let expected = include_str!("exposition.txt");
    assert_eq!(exposition, expected, "\n{exposition}");
}

#[test]
fn buckets_reach_from_100_us_to_10_s() {
    let exposition = used().exposition();
    let bucket = "baton_packet_in_seconds_bucket{le=\"";
    let buckets: Vec<&str> = exposition.lines().filter_map(|it| it.strip_prefix(bucket)).collect();
    assert_eq!(buckets.len(), 17);
    assert_eq!(&buckets[..2], ["0.0001\"} 0", "0.0002\"} 1"]);
    assert_eq!(&buckets[15..], ["10.0\"} 1", "+Inf\"} 1"]);
}

#[test]
fn a_duration_on_a_bound_belongs_below_it_and_nonsense_is_zero() {
    let metrics = Metrics::new();
    for seconds in [0.0001, -1.0, f64::NAN, f64::INFINITY] {
        metrics.committed(seconds);
    }
    let exposition = metrics.exposition();
    let bucket = "baton_raft_proposal_seconds_bucket";
    assert!(exposition.contains(&format!("{bucket}{{le=\"0.0001\"}} 3\n")), "{exposition}");
    assert!(exposition.contains(&format!("{bucket}{{le=\"+Inf\"}} 4\n")), "{exposition}");
}

#[test]
fn the_table_in_the_docs_is_the_exposition() {
    let documented = include_str!("../../../docs/metrics.md").lines().filter_map(|line| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some(format!("{name} {}", cells.next()?))
    });
    let exposition = used().exposition();
    let exposed = exposition.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let (mut documented, mut exposed): (Vec<_>, Vec<_>) =
        (documented.collect(), exposed.map(str::to_owned).collect());
    documented.sort_unstable();
    exposed.sort_unstable();
    assert_eq!(documented, exposed);
}
