//! Giving a node's switches away.

use super::*;

/// Returns `S` with this many switches, to all of which `T` and `U` are connected.
fn laden(switches: u64) -> Replica {
    let mut replica = Replica::with_nodes(&[S]);
    for dpid in 1..=switches {
        replica.connect(S, Dpid(dpid));
    }
    for node in [T, U] {
        replica.register(node, BOOT);
        for dpid in 1..=switches {
            replica.connect(node, Dpid(dpid));
        }
    }
    assert_eq!(replica.0.served_by(S), switches as usize);
    replica
}

impl Replica {
    fn drain_of(&self, node: NodeId) -> Drain {
        self.0.nodes[&node].drain.clone().expect("it was drained")
    }

    /// Carries out the first move of the plan.
    fn move_one(&mut self, node: NodeId) -> (Dpid, NodeId) {
        let (dpid, to) = self.0.drain_plan(node, |_, _| false).moves[0];
        let wish = Wish { dpid, candidates: vec![to], ..Wish::default() };
        let opened = self.apply(Op::Open(wish)).expect("the plan can be carried out");
        let Done::Opened(id) = opened else { panic!("opening opens: {opened:?}") };
        let token = self.0.migrations[&id].token;
        assert_eq!(self.apply(Op::Commit { id, token, winner: to }), Ok(Done::Applied));
        let report = Report::default();
        assert_eq!(self.apply(Op::Finish { id, winner: to, report }), Ok(Done::Applied));
        (dpid, to)
    }

    fn end_drain(&mut self, node: NodeId) -> Result<Done, Refusal> {
        let id = self.drain_of(node).id;
        self.apply(Op::EndDrain { node, id })
    }
}

#[test]
fn a_plan_spreads_the_switches_over_the_others_and_counts_what_it_has_given_away() {
    let replica = laden(5);
    let plan = replica.0.drain_plan(S, |_, _| false);
    let to: Vec<NodeId> = plan.moves.iter().map(|&(_, to)| to).collect();
    assert_eq!(to, [T, U, T, U, T]);
    assert!(plan.moving.is_empty() && plan.stuck.is_empty());
}

#[test]
fn a_plan_tells_what_moves_already_what_nobody_can_take_and_whom_it_has_to_avoid() {
    let mut replica = laden(3);
    let wish = Wish { dpid: Dpid(1), candidates: vec![T], ..Wish::default() };
    replica.apply(Op::Open(wish)).expect("it can move");
    for node in [T, U] {
        replica.disconnect(node, Dpid(2));
    }
    let plan = replica.0.drain_plan(S, |_, to| to == U);
    assert_eq!(plan.moves, [(Dpid(3), T)], "U has none, but is to be avoided");
    assert_eq!((plan.moving, plan.stuck), (vec![Dpid(1)], vec![Dpid(2)]));
    replica.cordon(T);
    assert_eq!(replica.0.drain_plan(S, |_, to| to == U).moves, [(Dpid(3), U)]);
}

#[test]
fn a_drain_cordons_counts_its_moves_and_stays_cordoned_when_it_is_over() {
    let mut replica = laden(2);
    assert_eq!(replica.drain(S), Ok(Done::Draining(DrainId(1))));
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Draining);
    assert_eq!(replica.drain(S), Err(Refusal::Draining(S)));
    replica.move_one(S);
    assert!(!replica.0.is_drained(S));
    replica.move_one(S);
    assert!(replica.0.is_drained(S));
    assert_eq!(replica.end_drain(S), Ok(Done::Applied));
    let drain = replica.drain_of(S);
    assert_eq!((drain.planned, drain.moved, drain.end), (2, 2, Some(DrainEnd::Done)));
    assert_eq!((drain.actor.as_str(), drain.order.reason.as_str()), ("ada", "new disk"));
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Cordoned);
    assert_eq!(replica.end_drain(S), Err(Refusal::NotDraining(S)));
}

#[test]
fn a_drain_that_is_ended_early_says_what_is_left() {
    let mut replica = laden(3);
    replica.drain(S).expect("it can be drained");
    replica.move_one(S);
    assert_eq!(replica.end_drain(S), Ok(Done::Applied));
    assert_eq!(replica.drain_of(S).end, Some(DrainEnd::Partly { left: 2 }));
}

#[test]
fn a_switch_without_another_controller_forbids_a_drain() {
    let mut replica = laden(2);
    for node in [T, U] {
        replica.disconnect(node, Dpid(2));
    }
    let refusal = Refusal::NoHeir { node: S, switches: 1, first: Dpid(2) };
    assert_eq!(replica.drain(S), Err(refusal));
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Up);
    replica.connect(U, Dpid(2));
    assert_eq!(replica.drain(S), Ok(Done::Draining(DrainId(1))));
}

#[test]
fn nobody_is_needed_to_drain_a_node_that_serves_nothing_and_the_dead_serve_nothing() {
    let mut replica = Replica::with_nodes(&[S, T]);
    assert_eq!(replica.drain(S), Ok(Done::Draining(DrainId(1))));
    assert!(replica.0.is_drained(S));
    replica.die(&[T]);
    assert_eq!(replica.drain(T), Err(Refusal::NotRunning(T)));
    assert_eq!(replica.drain(U), Err(Refusal::UnknownNode(U)));
}

#[test]
fn to_uncordon_cancels_an_operators_drain_and_not_that_of_a_process_that_ends() {
    let mut replica = laden(1);
    replica.drain(S).expect("it can be drained");
    assert_eq!(replica.apply(Op::Uncordon { node: S }), Ok(Done::Applied));
    assert_eq!(replica.drain_of(S).end, Some(DrainEnd::Cancelled));
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Up);
    assert_eq!(replica.leaving(S), Ok(Done::Draining(DrainId(2))));
    assert_eq!(replica.apply(Op::Uncordon { node: S }), Ok(Done::Applied));
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Draining);
}

#[test]
fn the_next_run_of_a_process_knows_nothing_of_its_end_but_an_operators_cordon_stays() {
    let mut replica = laden(1);
    assert_eq!(replica.leaving(S), Ok(Done::Draining(DrainId(1))));
    assert_eq!(replica.leaving(S), Ok(Done::Draining(DrainId(1))), "once is enough");
    replica.register(S, BOOT + 1);
    assert_eq!((replica.0.nodes[&S].state(), &replica.0.nodes[&S].drain), (NodeState::Up, &None));

    let mut replica = laden(1);
    replica.drain(S).expect("it can be drained");
    assert_eq!(replica.leaving(S), Ok(Done::Draining(DrainId(1))), "it is drained already");
    replica.register(S, BOOT + 1);
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Draining);
    replica.end_drain(S).expect("it is running");
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Cordoned);
}

#[test]
fn a_process_that_ends_after_its_drain_takes_nothing_back_and_may_leave_what_nobody_takes() {
    let mut replica = laden(2);
    for node in [T, U] {
        replica.disconnect(node, Dpid(2));
    }
    assert_eq!(replica.leaving(S), Ok(Done::Draining(DrainId(1))), "it ends in any case");
    replica.move_one(S);
    replica.end_drain(S).expect("it is running");
    assert_eq!(replica.0.nodes[&S].state(), NodeState::Draining, "it is about to end");
    assert_eq!(replica.drain_of(S).end, Some(DrainEnd::Partly { left: 1 }));
}

#[test]
fn only_the_last_failures_of_a_drain_are_kept_and_a_switch_that_comes_back_counts_as_unmoved() {
    let mut replica = laden(1);
    replica.drain(S).expect("it can be drained");
    for _ in 0..=KEPT_FAILURES {
        let wish = Wish { dpid: Dpid(1), candidates: vec![T], ..Wish::default() };
        let Ok(Done::Opened(id)) = replica.apply(Op::Open(wish)) else { panic!("it can move") };
        let reason = AbortReason::Refused(T, "busy".to_owned());
        assert_eq!(replica.apply(Op::Abort { id, reason }), Ok(Done::Applied));
    }
    let drain = replica.drain_of(S);
    assert_eq!((drain.failed as usize, drain.failures.len()), (KEPT_FAILURES + 1, KEPT_FAILURES));
    replica.disconnect(U, Dpid(1));
    let wish = Wish { dpid: Dpid(1), candidates: vec![T], ..Wish::default() };
    let Ok(Done::Opened(id)) = replica.apply(Op::Open(wish)) else { panic!("it can move") };
    let token = replica.0.migrations[&id].token;
    replica.apply(Op::Commit { id, token, winner: T }).expect("it is open");
    assert_eq!(replica.drain_of(S).moved, 1);
    replica.die(&[T]);
    assert_eq!((replica.drain_of(S).moved, replica.0.served_by(S)), (0, 1), "rolled back");
}

#[test]
fn a_late_end_of_another_drain_is_refused() {
    let mut replica = laden(1);
    replica.drain(S).expect("it can be drained");
    let late = replica.apply(Op::EndDrain { node: S, id: DrainId(9) });
    assert_eq!(late, Err(Refusal::NotDraining(S)));
}
