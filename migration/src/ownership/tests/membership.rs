//! What an operator wants of a node, beside whether it lives.

use super::*;

#[test]
fn a_cordoned_node_that_dies_and_comes_back_is_still_cordoned() {
    let mut replica = Replica::with_an_owner();
    replica.cordon(T);
    replica.die(&[T]);
    assert_eq!(replica.0.nodes[&T].state(), NodeState::Down);
    replica.register(T, BOOT + 1);
    assert_eq!(replica.0.nodes[&T].state(), NodeState::Cordoned);
    assert_eq!(replica.apply(Op::Uncordon { node: T }), Ok(Done::Applied));
    assert_eq!(replica.0.nodes[&T].state(), NodeState::Up);
}

#[test]
fn a_cordon_keeps_the_first_reason_and_an_unknown_node_has_none() {
    let mut replica = Replica::with_an_owner();
    for reason in ["new disk", "again"] {
        let reason = reason.to_owned();
        assert_eq!(replica.apply(Op::Cordon { node: T, reason }), Ok(Done::Applied));
    }
    let cordon = replica.0.nodes[&T].cordon.clone().expect("it was cordoned");
    assert_eq!(
        (cordon.actor.as_str(), cordon.reason.as_str(), cordon.at_ms),
        ("ada", "new disk", 5)
    );
    let node = NodeId(9);
    let reason = String::new();
    assert_eq!(replica.apply(Op::Cordon { node, reason }), Err(Refusal::UnknownNode(node)));
    assert_eq!(replica.apply(Op::Uncordon { node }), Err(Refusal::UnknownNode(node)));
}

#[test]
fn who_leaves_gives_its_switches_away_at_once_and_comes_back_as_before() {
    let mut replica = Replica::with_an_owner();
    assert_eq!(replica.apply(Op::Leave { node: S, boot: BOOT }), Ok(Done::Applied));
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
    assert_eq!(replica.last_cause(), Cause::OwnerLeft);
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Left);
    assert_eq!(replica.apply(Op::Leave { node: S, boot: BOOT }), Ok(Done::Applied), "repeated");
    replica.register(S, BOOT + 1);
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Up);
    let late = replica.apply(Op::Leave { node: S, boot: BOOT });
    assert_eq!(late, Err(Refusal::OldBoot(S)));
}

#[test]
fn a_removed_node_is_forgotten_and_its_number_is_never_used_again() {
    let mut replica = Replica::with_an_owner();
    replica.die(&[U]);
    assert_eq!(replica.retire(U), Ok(Done::Applied));
    assert!(!replica.0.nodes.contains_key(&U));
    assert_eq!(replica.0.retired[&U].reason, "sold");
    let addresses = Addresses::default();
    let back = replica.apply(Op::Register { node: U, boot: BOOT + 1, addresses });
    assert_eq!(back, Err(Refusal::Retired(U)));
    assert_eq!(replica.retire(U), Ok(Done::Applied), "repeated");
}

#[test]
fn a_node_that_serves_is_not_removed_and_one_that_may_return_only_if_it_is_known_to_be_dead() {
    let mut replica = Replica::with_an_owner();
    let serves = Refusal::Serves { node: S, switches: 1 };
    assert_eq!(replica.0.check_remove(S, false), Err(serves.clone()));
    assert_eq!(replica.retire(S), Err(serves));
    assert_eq!(replica.0.check_remove(S, true), Err(Refusal::Alive(S)));
    assert_eq!(replica.0.check_remove(T, false), Ok(()), "it only stands by");
    replica.die(&[S]);
    assert_eq!(replica.0.check_remove(S, false), Err(Refusal::MayReturn(S)));
    assert_eq!(replica.0.check_remove(S, true), Ok(()));
    assert_eq!(replica.apply(Op::Leave { node: U, boot: BOOT }), Ok(Done::Applied));
    assert_eq!(replica.0.check_remove(U, false), Ok(()), "it has stopped in order");
}

#[test]
fn a_node_that_has_given_its_switch_away_is_not_removed_before_that_is_over() {
    let mut replica = Replica::with_a_committed_migration();
    let keeps = Refusal::TakesPart { node: S, migrations: 1 };
    assert_eq!(replica.0.check_remove(S, false), Err(keeps), "the winner may die yet");
    assert_eq!(replica.finish(T), Ok(Done::Applied));
    assert_eq!(replica.0.check_remove(S, false), Ok(()));
}

#[test]
fn a_dead_owner_that_is_removed_leaves_its_switch_to_whoever_reaches_it_next() {
    let mut replica = Replica::with_nodes(&[S]);
    replica.connect(S, W);
    replica.register(T, BOOT);
    replica.die(&[S]);
    assert_eq!(replica.retire(S), Ok(Done::Applied));
    replica.connect(T, W);
    assert_eq!(replica.0.orphans().collect::<Vec<_>>(), [(W, Token(1))]);
    assert_eq!(replica.assign(W), Ok(Done::Applied));
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
}

#[test]
fn more_removed_nodes_than_the_cluster_remembers_are_refused() {
    let mut replica = Replica::default();
    for node in 1..=MAX_RETIRED as u64 {
        replica.0.retired.insert(NodeId(node), Note::default());
    }
    assert_eq!(replica.retire(NodeId(1 << 40)), Err(Refusal::TooManyRetired));
}
