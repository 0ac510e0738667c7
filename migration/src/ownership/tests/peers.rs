//! Hot peers, and owners without a master.

use super::*;

#[test]
fn who_is_to_be_equal_follows_from_the_protocol() {
    for protocol in Protocol::ALL.into_iter().filter(|p| !p.table().exchange.target_was_equal) {
        let mut replica = Replica::with_an_owner();
        replica.move_by(protocol, T);
        let expected: &[NodeId] = match protocol {
            Protocol::ErcM2eS2m => &[S],
            Protocol::ErcE2sS2e => &[T],
            _ => &[],
        };
        assert_eq!(replica.equals(), expected, "{protocol}");
    }
    for (protocol, expected) in [(Protocol::ErcM2sE2m, &[][..]), (Protocol::ErcM2eE2m, &[T])] {
        let mut replica = Replica::with_a_peer();
        replica.move_by(protocol, S);
        assert_eq!(replica.equals(), expected, "{protocol}");
    }
}

#[test]
fn an_abort_leaves_a_hot_peer_one() {
    let mut replica = Replica::with_a_peer();
    let id = MigrationId(2);
    assert_eq!(replica.open_by(Protocol::ErcM2sE2m, &[S]), Ok(Done::Opened(id)));
    let abort = Op::Abort { id, reason: AbortReason::NoAnswer };
    assert_eq!(replica.apply(abort), Ok(Done::Applied));
    assert_eq!(replica.equals(), [S]);
}

#[test]
fn a_hot_peer_that_is_lost_or_becomes_the_owner_is_one_no_more() {
    for lose in LOSSES {
        let mut replica = Replica::with_a_peer();
        lose(&mut replica, S);
        assert_eq!(replica.equals(), []);
    }
    let mut replica = Replica::with_a_peer();
    replica.die(&[T, U]);
    assert_eq!(replica.owner_and_token(W).0, Some(S));
    assert_eq!(replica.equals(), []);
}

#[test]
fn a_switch_that_is_rolled_back_has_a_master_again() {
    let mut replica = Replica::with_an_owner();
    assert_eq!(replica.open_by(Protocol::ErcE2sS2e, &[T]), Ok(Done::Opened(ID)));
    assert_eq!(replica.commit(T), Ok(Done::Applied));
    assert_eq!(replica.equals(), [T]);
    replica.die(&[T]);
    assert_eq!((replica.owner_and_token(W).0, replica.equals()), (Some(S), vec![]));
}
