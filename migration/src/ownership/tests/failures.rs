//! Who follows when a party of a migration is lost.

use super::*;

#[test]
fn a_candidate_that_dies_before_the_commit_aborts_once_it_was_the_last() {
    let mut replica = Replica::with_an_open_migration();
    replica.die(&[T]);
    assert_eq!(replica.migration().state, State::Open, "U may still win");
    replica.disconnect(U, W);
    let reason = AbortReason::ChannelLost(U);
    assert_eq!(replica.migration().state, State::Aborted(reason));
    assert_eq!(replica.owner_and_token(W), (Some(S), Token(2)));
}

#[test]
fn a_source_that_dies_before_the_commit_is_followed_by_a_candidate_with_the_token_after() {
    let mut replica = Replica::with_an_open_migration();
    replica.die(&[S]);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(3)));
    let migration = replica.migration();
    assert_eq!((&migration.state, migration.winner), (&State::Committed, Some(T)));
    assert_eq!(replica.finish(T), Ok(Done::Applied));
}

#[test]
fn a_source_that_restarts_before_the_commit_counts_as_dead() {
    let mut replica = Replica::with_an_open_migration();
    replica.register(S, BOOT + 1);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(3)));
}

#[test]
fn a_migration_whose_parties_all_die_at_once_is_aborted_and_a_stranger_takes_over() {
    let mut replica = Replica::with_an_owner();
    assert_eq!(replica.open(&[T]), Ok(Done::Opened(ID)));
    replica.die(&[S, T]);
    assert_eq!(replica.migration().state, State::Aborted(AbortReason::NodeLost(S)));
    assert_eq!(replica.owner_and_token(W), (Some(U), Token(3)), "the reserved token is burnt");
}

#[test]
fn a_winner_that_is_lost_is_followed_by_the_next_candidate_and_the_source_keeps() {
    for lose in LOSSES {
        let mut replica = Replica::with_a_committed_migration();
        assert_eq!(replica.migration().keeper, Some(S));
        lose(&mut replica, T);
        assert_eq!(replica.owner_and_token(W), (Some(U), Token(3)));
        assert_eq!(replica.last_cause(), Cause::RolledBack(ID));
        let migration = replica.migration();
        assert_eq!((migration.winner, migration.keeper), (Some(U), Some(S)));
        assert_eq!(migration.token, Token(3));
        assert_eq!(replica.finish(T), Err(Refusal::NotParty { id: ID, node: T }));
        assert_eq!(replica.finish(U), Ok(Done::Applied));
    }
}

#[test]
fn without_another_candidate_the_source_follows_which_still_shadows() {
    for lose in LOSSES {
        let mut replica = Replica::with_a_committed_migration();
        lose(&mut replica, U);
        assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)), "a loser is no loss");
        lose(&mut replica, T);
        assert_eq!(replica.owner_and_token(W), (Some(S), Token(3)));
        let migration = replica.migration();
        assert_eq!((migration.winner, migration.keeper), (Some(S), None));
        assert_eq!(replica.finish(S), Ok(Done::Applied));
    }
}

#[test]
fn each_loss_of_a_winner_takes_a_newer_token() {
    let mut replica = Replica::with_a_committed_migration();
    for (lost, next, token) in [(T, U, 3), (U, S, 4)] {
        replica.die(&[lost]);
        assert_eq!(replica.owner_and_token(W), (Some(next), Token(token)));
    }
}

#[test]
fn a_source_that_is_lost_keeps_nothing_any_more() {
    for lose in LOSSES {
        let mut replica = Replica::with_a_committed_migration();
        lose(&mut replica, S);
        assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
        assert_eq!(replica.migration().keeper, None);
        replica.die(&[T]);
        let migration = replica.migration();
        assert_eq!((migration.winner, migration.keeper), (Some(U), None));
    }
}

#[test]
fn a_source_that_comes_back_keeps_nothing_either() {
    let mut replica = Replica::with_a_committed_migration();
    replica.disconnect(S, W);
    replica.connect(S, W);
    replica.disconnect(T, W);
    let migration = replica.migration();
    assert_eq!((migration.winner, migration.keeper), (Some(U), None));
}

#[test]
fn a_winner_that_was_lost_since_it_was_chosen_is_replaced_at_once() {
    for lose in LOSSES {
        let mut replica = Replica::with_an_open_migration();
        lose(&mut replica, T);
        assert_eq!(replica.migration().state, State::Open, "U may still win");
        assert_eq!(replica.commit(T), Ok(Done::Applied));
        assert_eq!(replica.owner_and_token(W), (Some(U), Token(3)));
        let migration = replica.migration();
        assert_eq!((migration.winner, migration.keeper), (Some(U), Some(S)));
    }
}

#[test]
fn a_source_that_dies_before_the_commit_keeps_nothing() {
    let mut replica = Replica::with_an_open_migration();
    replica.die(&[S]);
    assert_eq!(replica.migration().keeper, None);
}

#[test]
fn a_source_that_dies_after_the_commit_changes_nothing() {
    let mut replica = Replica::with_a_committed_migration();
    replica.die(&[S]);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
    assert_eq!(replica.migration().state, State::Committed);
}

#[test]
fn a_committed_migration_that_lost_everybody_goes_to_the_next_node_that_can_serve() {
    let mut replica = Replica::with_a_committed_migration();
    replica.die(&[S, T, U]);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)), "nobody is left");
    replica.register(U, BOOT + 1);
    replica.connect(U, W);
    assert_eq!(replica.0.orphans().collect::<Vec<_>>(), [(W, Token(2))]);
    assert_eq!(replica.assign(W), Ok(Done::Applied));
    assert_eq!(replica.owner_and_token(W), (Some(U), Token(3)));
    assert_eq!(replica.finish(U), Ok(Done::Applied));
}

#[test]
fn the_switches_of_the_dead_are_spread_over_the_living_whatever_these_had() {
    let mut replica = Replica::with_nodes(&[S, T, U]);
    let dpids = || (1..=30).map(Dpid);
    let everywhere = |replica: &mut Replica, dpid| {
        for node in [S, T, U] {
            replica.connect(node, dpid);
        }
    };
    for dpid in dpids() {
        everywhere(&mut replica, dpid);
    }
    // T has a few more than U, and gets as many fewer.
    let lost: Vec<Dpid> =
        dpids().filter(|&dpid| replica.owner_and_token(dpid).0 == Some(U)).take(4).collect();
    for dpid in lost {
        replica.disconnect(S, dpid);
        replica.disconnect(U, dpid);
        let _ = replica.assign(dpid);
        everywhere(&mut replica, dpid);
    }
    assert_eq!([S, T, U].map(|node| replica.0.served_by(node)), [10, 14, 6]);
    replica.die(&[S]);
    let served = [T, U].map(|node| replica.0.served_by(node));
    assert_eq!(served, [15, 15]);
}
