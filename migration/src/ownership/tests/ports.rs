//! That the ports of a switch have been probed: who may say so, and how long it holds.

use super::*;

fn probed() -> Sighting {
    Sighting { probed: true, ..(W, GenerationId(0)).into() }
}

/// Returns three nodes of which the owner has told that it has probed the ports.
fn with_probed_ports() -> Replica {
    let mut replica = Replica::with_an_owner();
    assert_eq!(replica.sightings(S, vec![probed()], &[]), Ok(Done::Applied));
    replica
}

impl Replica {
    fn is_probed(&self) -> bool {
        self.0.switches[&W].probed
    }
}

#[test]
fn the_owner_tells_it_once() {
    let mut replica = Replica::with_an_owner();
    assert!(!replica.0.switches[&W].knows(S, &probed()));
    assert_eq!(replica.sightings(S, vec![probed()], &[]), Ok(Done::Applied));
    assert!(replica.is_probed() && replica.0.switches[&W].knows(S, &probed()));
    replica.connect(S, W);
    assert!(replica.is_probed(), "a session that begins anew takes nothing back");
}

#[test]
fn who_does_not_own_the_switch_has_probed_nothing() {
    let mut replica = Replica::with_an_owner();
    assert!(replica.0.switches[&W].knows(T, &probed()));
    assert_eq!(replica.sightings(T, vec![probed()], &[]), Ok(Done::Applied));
    assert!(!replica.is_probed());
}

#[test]
fn a_newcomer_that_follows_a_dead_owner_learns_it() {
    let mut replica = with_probed_ports();
    for node in [T, U] {
        replica.disconnect(node, W);
    }
    let newcomer = NodeId(4);
    replica.register(newcomer, BOOT);
    replica.connect(newcomer, W);
    replica.die(&[S]);
    assert_eq!(replica.owner_and_token(W), (Some(newcomer), Token(2)));
    assert!(replica.is_probed());
}

#[test]
fn what_an_owner_that_died_early_has_not_told_its_heir_does_not_learn() {
    let mut replica = Replica::with_an_owner();
    replica.die(&[S]);
    assert_eq!(replica.owner_and_token(W), (Some(T), Token(2)));
    assert!(!replica.is_probed());
    assert_eq!(replica.apply(connected(S, BOOT)), Err(Refusal::NotUp(S)), "it comes too late");
}

#[test]
fn an_earlier_run_tells_nothing() {
    let mut replica = Replica::with_an_owner();
    replica.register(S, BOOT + 1);
    assert_eq!(replica.apply(connected(S, BOOT)), Err(Refusal::OldBoot(S)));
}

#[test]
fn it_goes_with_the_last_session() {
    let mut replica = with_probed_ports();
    for node in [S, T] {
        replica.disconnect(node, W);
        assert!(replica.is_probed());
    }
    replica.disconnect(U, W);
    assert!(!replica.is_probed());
    replica.connect(S, W);
    assert!(!replica.is_probed(), "the switch may have been off, and its cables elsewhere");
}

#[test]
fn a_switch_that_was_exchanged_for_another_has_not_been_probed() {
    let mut replica = Replica::with_nodes(&[S]);
    let first = Sighting { probed: true, ..sighting(1) };
    for seen in [sighting(1), first] {
        assert_eq!(replica.sightings(S, vec![seen], &[]), Ok(Done::Applied));
    }
    assert!(replica.is_probed());
    assert_eq!(replica.sightings(S, vec![sighting(2)], &[]), Ok(Done::Applied));
    assert!(!replica.is_probed());
}

#[test]
fn a_restored_cluster_probes_anew() {
    let state = with_probed_ports().0.restored(&[S, T, U].into());
    assert!(!state.switches[&W].probed);
}

fn connected(node: NodeId, boot: u64) -> Op {
    Op::Connected { node, boot, up: vec![probed()], down: vec![] }
}
