//! What a restored state keeps, and what it does not.

use super::*;

fn members(ids: &[NodeId]) -> BTreeSet<NodeId> {
    ids.iter().copied().collect()
}

#[test]
fn the_past_is_kept_and_the_present_is_not() {
    let before = Replica::with_an_open_migration();
    let restored = Replica(before.0.clone().restored(&members(&[S, T])));
    let switch = &restored.0.switches()[&W];
    assert_eq!(switch.token, Token(1 + RESTORE_JUMP));
    assert_eq!((switch.owner, switch.migration), (None, None));
    assert!(switch.connected.is_empty() && switch.standbys.is_empty());
    assert_eq!(switch.history, before.0.switches()[&W].history);
    assert_eq!(restored.0.nodes().keys().copied().collect::<Vec<_>>(), [S, T]);
    assert!(restored.0.nodes().values().all(|node| !node.is_up()));
    assert_eq!(restored.0.migrations()[&ID].state, State::Aborted(AbortReason::Restored));
}

#[test]
fn a_committed_migration_ends_too() {
    let restored = Replica::with_a_committed_migration().0.restored(&members(&[S]));
    assert_eq!(restored.migrations()[&ID].state, State::Aborted(AbortReason::Restored));
    assert_eq!(restored.switches()[&W].token, Token(2 + RESTORE_JUMP));
}

#[test]
fn the_new_cluster_goes_on_from_there_with_newer_tokens_and_numbers() {
    let restored = Replica::with_an_open_migration().0.restored(&members(&[S, T, U]));
    let mut replica = Replica(restored);
    for node in [S, T, U] {
        replica.register(node, BOOT + 1);
    }
    for node in [S, T, U] {
        replica.connect(node, W);
    }
    let (owner, token) = replica.owner_and_token(W);
    assert!(owner.is_some());
    assert_eq!(token, Token(2 + RESTORE_JUMP));
    let others: Vec<NodeId> = [S, T, U].into_iter().filter(|&node| Some(node) != owner).collect();
    assert_eq!(replica.open(&others), Ok(Done::Opened(MigrationId(ID.0 + 1))));
}

#[test]
fn tokens_stay_in_the_half_that_counts_as_newer() {
    let mut old = Replica::with_an_owner().0;
    for _ in 0..3 {
        old = old.restored(&members(&[S]));
    }
    assert_eq!(old.switches()[&W].token, Token(1 + 3 * RESTORE_JUMP));
    old.switches.get_mut(&W).unwrap().token = Token(u64::MAX / 2 - 1);
    assert_eq!(old.restored(&members(&[S])).switches()[&W].token, Token(u64::MAX / 2));
}
