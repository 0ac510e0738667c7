//! What holds of every history of commands, sensible or not.

use super::*;
use proptest::prelude::*;
use proptest::sample::select;

const NODES: u64 = 4;
const SWITCHES: u64 = 3;

fn node() -> impl Strategy<Value = NodeId> {
    (1..=NODES).prop_map(NodeId)
}

fn dpid() -> impl Strategy<Value = Dpid> {
    (1..=SWITCHES).prop_map(Dpid)
}

/// Small numbers, so that what a command names often fits the state; and the edges.
fn token() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..12_u64, 1 => select(vec![1 << 63, (1 << 63) - 1, u64::MAX - 1, u64::MAX])]
}

fn boot() -> impl Strategy<Value = u64> {
    1..3_u64
}

fn id() -> impl Strategy<Value = MigrationId> {
    (1..8_u64).prop_map(MigrationId)
}

fn a_link() -> impl Strategy<Value = Link> {
    (dpid(), dpid()).prop_map(|(from, to)| link(from, to))
}

fn op() -> impl Strategy<Value = Op> {
    let several = || prop::collection::vec(dpid(), 0..3);
    let seen = (dpid(), token().prop_map(GenerationId)).prop_map(Sighting::from);
    let seen = (seen, any::<bool>()).prop_map(|(seen, probed)| Sighting { probed, ..seen });
    let sessions = prop::collection::vec(seen, 0..4);
    let links = || prop::collection::vec(a_link(), 0..3);
    prop_oneof![
        1 => (node(), boot()).prop_map(|(node, boot)| {
            Op::Register { node, boot, addresses: Addresses::default() }
        }),
        6 => (node(), boot(), sessions, several())
            .prop_map(|(node, boot, up, down)| Op::Connected { node, boot, up, down }),
        1 => prop::collection::vec((node(), boot()), 0..3)
            .prop_map(|nodes| Op::NodesDown { nodes }),
        2 => (dpid(), token()).prop_map(|(dpid, token)| Op::Assign { dpid, token: Token(token) }),
        6 => (dpid(), prop::collection::vec(node(), 1..3), select(Protocol::ALL.to_vec())).prop_map(|(dpid, candidates, protocol)| {
            Op::Open(Wish { dpid, candidates, protocol, ..Wish::default() })
        }),
        6 => (id(), token(), node())
            .prop_map(|(id, token, winner)| Op::Commit { id, token: Token(token), winner }),
        1 => id().prop_map(|id| Op::Abort { id, reason: AbortReason::Deadline }),
        4 => (id(), node())
            .prop_map(|(id, winner)| Op::Finish { id, winner, report: Report::default() }),
        1 => (links(), links()).prop_map(|(up, down)| Op::Links(LinkChange { up, down })),
        4 => of_nodes(),
    ]
}

/// What is asked of nodes as a whole; one of them is removed for ever, rarely.
fn of_nodes() -> impl Strategy<Value = Op> {
    let reason = String::new;
    prop_oneof![
        4 => node().prop_map(move |node| Op::Cordon { node, reason: reason() }),
        6 => node().prop_map(|node| Op::Uncordon { node }),
        8 => (node(), prop::option::weighted(0.3, boot())).prop_map(|(node, leaves)| {
            Op::Drain { node, order: order(), leaves }
        }),
        6 => (node(), 1..5_u64).prop_map(|(node, id)| Op::EndDrain { node, id: DrainId(id) }),
        2 => (node(), boot()).prop_map(|(node, boot)| Op::Leave { node, boot }),
        1 => node().prop_map(move |node| Op::Retire { node, reason: reason() }),
    ]
}

/// Returns `op` with the numbers that the state would take: histories of these get somewhere.
fn fitted(op: Op, state: &Ownership) -> Op {
    let boot_of = |node| state.nodes().get(&node).map_or(1, |node: &Node| node.boot);
    let running = |id: MigrationId| {
        let mut running = state.migrations().iter().filter(|(_, m)| !m.state.is_final());
        let other = running.next().map(|(&id, _)| id);
        if running.any(|(&running, _)| running == id) { id } else { other.unwrap_or(id) }
    };
    match op {
        Op::Connected { node, up, down, .. } => {
            Op::Connected { node, boot: boot_of(node), up, down }
        }
        Op::NodesDown { nodes } => {
            Op::NodesDown { nodes: nodes.into_iter().map(|(n, _)| (n, boot_of(n))).collect() }
        }
        Op::Assign { dpid, token } => {
            Op::Assign { dpid, token: state.switches().get(&dpid).map_or(token, |s| s.token) }
        }
        Op::Commit { id, token, winner } => {
            let id = running(id);
            let (token, winner) = state
                .migrations()
                .get(&id)
                .map_or((token, winner), |migration| (migration.token, migration.candidates[0]));
            Op::Commit { id, token, winner }
        }
        Op::Finish { id, winner, report } => {
            let id = running(id);
            let winner = state.migrations().get(&id).and_then(|m| m.winner).unwrap_or(winner);
            Op::Finish { id, winner, report }
        }
        Op::Abort { id, reason } => Op::Abort { id: running(id), reason },
        Op::Drain { node, order, leaves } => {
            Op::Drain { node, order, leaves: leaves.map(|_| boot_of(node)) }
        }
        Op::Leave { node, .. } => Op::Leave { node, boot: boot_of(node) },
        Op::EndDrain { node, id } => {
            let running = state.nodes().get(&node).and_then(Node::running_drain);
            Op::EndDrain { node, id: running.map_or(id, |drain| drain.id) }
        }
        op @ (Op::Register { .. }
        | Op::Open(_)
        | Op::Links(_)
        | Op::Cordon { .. }
        | Op::Uncordon { .. }
        | Op::Retire { .. }) => op,
    }
}

/// Asserts what one entry of the log may not do.
fn assert_step(before: &Ownership, after: &Ownership, reply: &Reply) {
    for (dpid, now) in after.switches() {
        let Some(then) = before.switches().get(dpid) else { continue };
        assert!(then.token <= now.token, "{dpid}: a token never shrinks");
        if then.owner != now.owner {
            assert!(then.token < now.token, "{dpid}: a new owner has a newer token");
        }
        let told = reply.touched.contains(dpid);
        assert!(told || (then == now && before.migration_of(*dpid) == after.migration_of(*dpid)));
    }
    for (id, then) in before.migrations() {
        let now = &after.migrations()[id];
        assert!(!then.state.is_final() || then == now, "{id}: what is over stays as it is");
    }
    assert!(reply.result.is_ok() || before == after, "a refusal changes nothing");
    for (id, retired) in before.retired() {
        assert_eq!(after.retired().get(id), Some(retired), "{id}: removed for ever");
    }
    for (id, node) in before.nodes() {
        let Some(now) = after.nodes().get(id) else { continue };
        let over = |node: &Node| node.drain.clone().filter(|drain| !drain.is_running());
        let restarted = node.boot != now.boot;
        let ended = over(node).filter(|_| {
            !restarted && now.drain.as_ref().map(|it| it.id) == node.drain.as_ref().map(|it| it.id)
        });
        assert!(ended.is_none() || ended == over(now), "{id}: a drain that is over stays so");
    }
    assert!(reply.links_changed || before.links() == after.links());
}

/// Asserts that a plan takes each switch once, names who can take it, and spreads them.
fn assert_plan(state: &Ownership, node: NodeId) {
    let plan = state.drain_plan(node, |_, _| false);
    let planned = plan.moves.len() + plan.moving.len() + plan.stuck.len();
    assert_eq!(planned, state.served_by(node), "{node}: {plan:?}");
    for &(dpid, to) in &plan.moves {
        assert_eq!(state.check_open(dpid, &[to], Protocol::Erc), Ok(()), "{dpid} to {to}");
    }
    for &dpid in &plan.stuck {
        assert_eq!(state.willing(dpid, Protocol::Erc), [], "{dpid} could move");
    }
}

/// Asserts what holds of every state.
fn assert_state(state: &Ownership) {
    assert!(state.nodes().keys().all(|node| !state.retired().contains_key(node)));
    for (&id, node) in state.nodes() {
        let drain = node.running_drain();
        let kept = drain.is_none_or(|it| it.occasion == Occasion::Leaving || node.cordon.is_some());
        assert!(kept, "{id}: an operator's drain cordons");
        assert_plan(state, id);
    }
    for (dpid, switch) in state.switches() {
        let running = state.migrations().iter().filter(|(_, m)| m.dpid == *dpid);
        let running: Vec<_> = running.filter(|(_, m)| !m.state.is_final()).collect();
        assert_eq!(running.first().map(|(id, _)| **id), switch.migration);
        assert!(running.len() <= 1, "{dpid}: {running:?}");
        for (_, migration) in running {
            let (owner, token) = match migration.state {
                State::Open => (Some(migration.source), switch.token.next()),
                _ => (migration.winner, switch.token),
            };
            assert_eq!((switch.owner, migration.token), (owner, token), "{dpid}");
        }
        let mut listed = switch.standbys.clone();
        listed.extend(switch.owner.filter(|owner| switch.connected.contains_key(owner)));
        listed.sort();
        assert!(
            listed.iter().eq(switch.connected.keys()),
            "{dpid}: connected means owner or standby"
        );
        let connected = !switch.connected.is_empty();
        assert!(!switch.probed || connected, "{dpid}: ports that nobody watches");
        let tokens: Vec<Token> = switch.history.iter().map(|change| change.token).collect();
        assert!(tokens.is_sorted_by(|a, b| a < b), "{dpid}: {tokens:?}");
        assert_eq!(switch.history.back().map(|change| change.to), switch.owner);
    }
}

/// Entries of the log, and whether each is to fit the state; most histories begin with a cluster that works.
fn history() -> impl Strategy<Value = Vec<(Op, bool)>> {
    let rest = prop::collection::vec((op(), prop::bool::weighted(0.8)), 1..80);
    (prop::bool::weighted(0.9), rest).prop_map(|(works, rest)| {
        let first = if works { working_cluster() } else { Vec::new() };
        first.into_iter().map(|op| (op, false)).chain(rest).collect()
    })
}

fn working_cluster() -> Vec<Op> {
    let nodes = || (1..=NODES).map(NodeId);
    let up: Vec<Sighting> =
        (1..=SWITCHES).map(|dpid| (Dpid(dpid), GenerationId(0)).into()).collect();
    let registered =
        nodes().map(|node| Op::Register { node, boot: 1, addresses: Addresses::default() });
    let connected =
        nodes().map(|node| Op::Connected { node, boot: 1, up: up.clone(), down: Vec::new() });
    registered.chain(connected).collect()
}

fn command(op: Op) -> Command {
    Command { actor: "ada".to_owned(), at_ms: 0, op }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_history_keeps_the_rules_and_every_replica_agrees(
        ops in history(),
        snapshot_after in 0..80_usize,
    ) {
        let (mut state, mut replica) = (Ownership::default(), Ownership::default());
        for (number, (op, fits)) in ops.into_iter().enumerate() {
            let before = state.clone();
            let op = if fits { fitted(op, &state) } else { op };
            let reply = state.apply(command(op.clone()));
            assert_step(&before, &state, &reply);
            assert_state(&state);
            prop_assert_eq!(&reply, &replica.apply(command(op)));
            if number == snapshot_after {
                let bytes = postcard::to_stdvec(&replica).expect("it has no unserializable part");
                replica = postcard::from_bytes(&bytes).expect("it was written a moment ago");
            }
            prop_assert_eq!(&state, &replica);
        }
    }
}

/// The histories above are worth little if hardly any of them gets anywhere.
#[test]
fn the_histories_reach_commits_and_failures() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut done, mut aborted, mut rolled_back) = (0, 0, 0);
    for _ in 0..200 {
        let ops = history().new_tree(&mut runner).expect("nothing is filtered").current();
        let mut state = Ownership::default();
        for (op, fits) in ops {
            let op = if fits { fitted(op, &state) } else { op };
            state.apply(command(op));
        }
        for migration in state.migrations().values() {
            done += usize::from(migration.state == State::Done);
            aborted += usize::from(matches!(migration.state, State::Aborted(_)));
        }
        let changes = state.switches().values().flat_map(|switch| &switch.history);
        rolled_back += changes.filter(|c| matches!(c.cause, Cause::RolledBack(_))).count();
    }
    assert!(done > 5 && aborted > 5 && rolled_back > 5, "{done} {aborted} {rolled_back}");
}
