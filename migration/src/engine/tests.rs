//! What one party does, a sentence a test; what two parties come to together is in `tests/interleavings`.

use super::Action::{AskRole, ClearTimer, Over, Propose, SendBarrier, SendMarker, SetTimer, Tell};
use super::*;
use crate::ownership::{Rule as Choice, State};
use openflow::Dpid;
use proptest::prelude::*;

const S: NodeId = NodeId(1);
const T: NodeId = NodeId(2);
const OTHER: NodeId = NodeId(3);
const ID: MigrationId = MigrationId(9);
const OLD: Token = Token(4);
const RESERVED: Token = Token(5);
const NEWER: Token = Token(6);

const OPEN: Event = Event::Log(Standing::Open);
const COMMITTED: Event = Event::Log(Standing::Committed { winner: T, token: RESERVED });
const BACK_TO_SOURCE: Event = Event::Log(Standing::Committed { winner: S, token: NEWER });
const TO_HEIR: Event = Event::Log(Standing::Committed { winner: T, token: NEWER });
const DONE: Event = Event::Log(Standing::Done { winner: T });
const ABORTED: Event = Event::Log(Standing::Aborted);
const START: Event = Event::Peer(PeerMessage::Start);
const END: Event = Event::Peer(PeerMessage::End);
const MARKER: Event = Event::Switch(SwitchEvent::Marker);
const BARRIER_REPLY: Event = Event::Switch(SwitchEvent::BarrierReply);
const ROLE_STATUS: Event = Event::Switch(SwitchEvent::RoleStatus);
const REFUSED: Event = Event::Switch(SwitchEvent::RoleRefused);
const GRANTED: Event = Event::Switch(SwitchEvent::RoleReply(Role::Master));
const JOINED: Event = Event::Switch(SwitchEvent::RoleReply(Role::Equal));

fn migration() -> Migration {
    Migration {
        dpid: Dpid(7),
        protocol: Protocol::Erc,
        rule: Choice::First,
        source: S,
        candidates: vec![T],
        token: RESERVED,
        state: State::Open,
        winner: None,
        actor: String::new(),
        reason: String::new(),
        deadline_ms: 0,
        started_at_ms: 0,
        report: None,
    }
}

fn source_after(events: &[Event]) -> Engine {
    after(Engine::source(ID, &migration()), events)
}

fn target_after(events: &[Event]) -> Engine {
    after(Engine::target(ID, T, S, Protocol::Erc, RESERVED), events)
}

fn after(mut engine: Engine, events: &[Event]) -> Engine {
    for event in events {
        handle(&mut engine, event.clone());
    }
    engine
}

fn handle(engine: &mut Engine, event: Event) -> Vec<Action> {
    let mut actions = Vec::new();
    engine.handle(event, &mut actions);
    actions
}

fn tell_target(message: PeerMessage) -> Action {
    Tell { to: T, message }
}

fn ask(role: Role, token: Token) -> Action {
    AskRole { role, token }
}

fn propose(proposal: Proposal) -> [Action; 2] {
    [Propose(proposal), SetTimer(Timer::Proposal)]
}

fn commit() -> [Action; 2] {
    propose(Proposal::Commit { winner: T })
}

fn abort(reason: AbortReason) -> [Action; 2] {
    propose(Proposal::Abort(reason))
}

// Without a failure.

#[test]
fn a_source_invites_cuts_drains_and_hands_over() {
    let mut source = source_after(&[]);
    assert_eq!(
        handle(&mut source, OPEN),
        [SetTimer(Timer::Answer), tell_target(PeerMessage::Start)]
    );
    let [proposed, timer] = commit();
    assert_eq!(
        handle(&mut source, MARKER),
        [
            ClearTimer(Timer::Answer),
            Action::Gate(Order::Shadow),
            SendBarrier,
            proposed,
            timer,
            tell_target(PeerMessage::LocalState),
        ]
    );
    assert_eq!(handle(&mut source, COMMITTED), [ClearTimer(Timer::Proposal)]);
    assert_eq!(handle(&mut source, BARRIER_REPLY), [tell_target(PeerMessage::End)]);
    assert_eq!(handle(&mut source, ROLE_STATUS), []);
    assert_eq!(handle(&mut source, DONE), [Action::Gate(Order::Drop), Over(Outcome::Done)]);
    assert!(source.is_over());
}

#[test]
fn a_target_joins_cuts_claims_and_releases() {
    let mut target = target_after(&[]);
    assert_eq!(
        handle(&mut target, START),
        [Action::Gate(Order::Buffer), ask(Role::Equal, RESERVED), SendMarker,]
    );
    assert_eq!(handle(&mut target, JOINED), []);
    assert_eq!(handle(&mut target, MARKER), [Action::Gate(Order::Cut)]);
    assert_eq!(handle(&mut target, COMMITTED), [SetTimer(Timer::Forward)]);
    assert_eq!(
        handle(&mut target, END),
        [ClearTimer(Timer::Forward), ask(Role::Master, RESERVED),]
    );
    let [proposed, timer] = propose(Proposal::Finish);
    assert_eq!(
        handle(&mut target, GRANTED),
        [ClearTimer(Timer::Claim), Action::Gate(Order::Release), proposed, timer,]
    );
    assert_eq!(handle(&mut target, DONE), [ClearTimer(Timer::Proposal), Over(Outcome::Done)]);
}

#[test]
fn the_end_may_overtake_the_commit_and_the_marker() {
    let mut target = target_after(&[START, END]);
    assert_eq!(handle(&mut target, COMMITTED), [], "it waits for nobody but the switch");
    assert_eq!(
        handle(&mut target, MARKER),
        [Action::Gate(Order::Cut), ClearTimer(Timer::Forward), ask(Role::Master, RESERVED),]
    );
}

#[test]
fn the_barrier_may_come_before_the_commit() {
    let mut source = source_after(&[OPEN, MARKER]);
    assert_eq!(handle(&mut source, BARRIER_REPLY), []);
    assert_eq!(
        handle(&mut source, COMMITTED),
        [ClearTimer(Timer::Proposal), tell_target(PeerMessage::End)]
    );
}

// Before the commit: presume abort.

#[test]
fn a_silent_target_costs_nothing() {
    let mut source = source_after(&[OPEN]);
    assert_eq!(handle(&mut source, Event::Timeout(Timer::Answer)), abort(AbortReason::NoAnswer));
    assert_eq!(
        handle(&mut source, ABORTED),
        [ClearTimer(Timer::Proposal), Action::Gate(Order::Release), Over(Outcome::Aborted),]
    );
}

#[test]
fn a_target_that_refuses_is_believed() {
    let mut source = source_after(&[OPEN]);
    let refusal = Event::Peer(PeerMessage::Refuse("full".to_owned()));
    let reason = AbortReason::Refused(T, "full".to_owned());
    assert_eq!(handle(&mut source, refusal), abort(reason));
}

#[test]
fn a_party_that_holds_back_too_much_gives_up() {
    let mut target = target_after(&[START]);
    assert_eq!(handle(&mut target, Event::Overflow), abort(AbortReason::Overflow(T)));
    let mut source = source_after(&[OPEN]);
    assert_eq!(handle(&mut source, Event::Overflow), abort(AbortReason::Overflow(S)));
}

#[test]
fn a_party_that_has_asked_to_commit_or_to_abort_does_not_ask_to_abort_again() {
    let mut source = source_after(&[OPEN, MARKER]);
    assert_eq!(handle(&mut source, Event::Overflow), []);
    let mut target = target_after(&[START, Event::Overflow]);
    assert_eq!(handle(&mut target, Event::Overflow), []);
}

#[test]
fn an_abort_replays_what_the_source_held_back_and_ends_the_targets_part() {
    let mut source = source_after(&[OPEN, MARKER]);
    assert_eq!(
        handle(&mut source, ABORTED),
        [ClearTimer(Timer::Proposal), Action::Gate(Order::Release), Over(Outcome::Aborted),]
    );
    let mut target = target_after(&[START, JOINED, MARKER]);
    assert_eq!(
        handle(&mut target, ABORTED),
        [Action::Gate(Order::Drop), ask(Role::Slave, RESERVED), Over(Outcome::Lost),]
    );
}

#[test]
fn a_source_that_dies_before_the_commit_leaves_the_target_all_that_it_heard() {
    let mut target = target_after(&[START, JOINED, MARKER]);
    assert_eq!(
        handle(&mut target, TO_HEIR),
        [ClearTimer(Timer::Forward), ask(Role::Master, NEWER),]
    );
    assert_eq!((target.side(), target.token()), (Side::Heir, NEWER));
    let [proposed, timer] = propose(Proposal::Finish);
    assert_eq!(
        handle(&mut target, GRANTED),
        [ClearTimer(Timer::Claim), Action::Gate(Order::ReleaseAll), proposed, timer,]
    );
}

// After the commit: roll forward.

#[test]
fn a_commit_outlives_the_wish_to_abort() {
    let mut target = target_after(&[START, MARKER, Event::Overflow]);
    assert_eq!(
        handle(&mut target, COMMITTED),
        [ClearTimer(Timer::Proposal), SetTimer(Timer::Forward),]
    );
    assert_eq!(handle(&mut target, Event::Overflow), []);
}

#[test]
fn a_source_that_falls_silent_after_the_commit_is_waited_for_only_so_long() {
    for heard in [&[START, MARKER][..], &[START]] {
        let mut target = after(target_after(heard), &[COMMITTED]);
        assert_eq!(
            handle(&mut target, Event::Timeout(Timer::Forward)),
            [ClearTimer(Timer::Forward), ask(Role::Master, RESERVED),]
        );
        assert!(handle(&mut target, GRANTED).contains(&Action::Gate(Order::ReleaseAll)));
    }
}

#[test]
fn a_target_does_not_roll_forward_without_a_commit_nor_twice() {
    let forward = || Event::Timeout(Timer::Forward);
    assert_eq!(handle(&mut target_after(&[START, MARKER]), forward()), []);
    assert_eq!(handle(&mut target_after(&[START, MARKER, COMMITTED, END]), forward()), []);
    assert_eq!(handle(&mut target_after(&[START, MARKER, COMMITTED, forward()]), END), []);
}

#[test]
fn a_winner_that_dies_leaves_the_switch_to_the_source_which_replays() {
    let mut source = source_after(&[OPEN, MARKER, BARRIER_REPLY, COMMITTED, ROLE_STATUS]);
    assert_eq!(
        handle(&mut source, BACK_TO_SOURCE),
        [ClearTimer(Timer::Forward), ask(Role::Master, NEWER),]
    );
    let actions = handle(&mut source, GRANTED);
    assert_eq!(actions[1], Action::Gate(Order::ReleaseAll));
    let done = Event::Log(Standing::Done { winner: S });
    assert_eq!(handle(&mut source, done), [ClearTimer(Timer::Proposal), Over(Outcome::Done)]);
}

#[test]
fn a_winner_that_was_taken_for_dead_leaves_with_the_token_it_knows() {
    let mut target = target_after(&[START, MARKER, COMMITTED, END, GRANTED]);
    assert_eq!(
        handle(&mut target, BACK_TO_SOURCE),
        [Action::Gate(Order::Drop), ask(Role::Slave, RESERVED), Over(Outcome::Lost),]
    );
}

#[test]
fn a_loser_asks_for_slave_with_the_reserved_token_lest_the_switch_call_it_stale() {
    let elsewhere = Event::Log(Standing::Committed { winner: OTHER, token: RESERVED });
    let done_elsewhere = Event::Log(Standing::Done { winner: OTHER });
    for news in [elsewhere, done_elsewhere, ABORTED] {
        let mut target = target_after(&[START, JOINED, MARKER]);
        let actions = handle(&mut target, news);
        assert!(actions.contains(&ask(Role::Slave, RESERVED)), "{actions:?}");
        assert!(RESERVED > OLD && target.is_over());
    }
}

#[test]
fn a_winner_without_an_engine_claims_as_an_heir() {
    let migration = Migration { token: NEWER, ..migration() };
    let mut heir = Engine::heir(ID, OTHER, &migration);
    let committed = Event::Log(Standing::Committed { winner: OTHER, token: NEWER });
    assert!(handle(&mut heir, committed).contains(&ask(Role::Master, NEWER)));
}

#[test]
fn a_claim_that_the_switch_refuses_is_made_again_after_a_while() {
    let mut target = target_after(&[START, MARKER, COMMITTED, END]);
    assert_eq!(handle(&mut target, REFUSED), [SetTimer(Timer::Claim)]);
    let again = handle(&mut target, Event::Timeout(Timer::Claim));
    assert_eq!(again.last(), Some(&ask(Role::Master, RESERVED)));
    handle(&mut target, GRANTED);
    assert_eq!(handle(&mut target, Event::Timeout(Timer::Claim)), []);
}

#[test]
fn who_has_not_claimed_the_switch_is_neither_refused_nor_granted() {
    let claim = Event::Timeout(Timer::Claim);
    for event in [REFUSED, GRANTED, claim] {
        assert_eq!(handle(&mut target_after(&[START, MARKER]), event.clone()), []);
        assert_eq!(handle(&mut source_after(&[OPEN, MARKER, COMMITTED]), event), []);
    }
}

// The log and its timers.

#[test]
fn facts_that_are_told_again_change_nothing() {
    let life = [OPEN, MARKER, BARRIER_REPLY, COMMITTED, ROLE_STATUS];
    for told in 1..=life.len() {
        let mut source = source_after(&life[..told]);
        let before = source.clone();
        for fact in &life[..told] {
            // Only the timer of the marker, which has long been stopped, may be stopped again.
            let actions = handle(&mut source, fact.clone());
            assert!(actions.iter().all(|a| *a == ClearTimer(Timer::Answer)), "{actions:?}");
            assert_eq!(source, before);
        }
    }
}

#[test]
fn a_proposal_is_repeated_until_the_log_shows_its_effect() {
    let mut source = source_after(&[OPEN, MARKER]);
    for _ in 0..3 {
        assert_eq!(handle(&mut source, Event::Timeout(Timer::Proposal)), commit());
    }
    assert_eq!(handle(&mut source, COMMITTED), [ClearTimer(Timer::Proposal)]);
    assert_eq!(handle(&mut source, Event::Timeout(Timer::Proposal)), []);
}

#[test]
fn a_repeated_commit_does_not_stop_the_wish_to_finish() {
    let mut target = target_after(&[START, MARKER, COMMITTED, END, GRANTED]);
    assert_eq!(handle(&mut target, COMMITTED), []);
    let again = handle(&mut target, Event::Timeout(Timer::Proposal));
    assert_eq!(again, propose(Proposal::Finish));
}

#[test]
fn a_wish_to_abort_that_lost_against_the_marker_is_replaced() {
    let mut source = source_after(&[OPEN, Event::Timeout(Timer::Answer)]);
    assert!(handle(&mut source, MARKER).contains(&commit()[0]));
    assert_eq!(handle(&mut source, Event::Timeout(Timer::Proposal)), commit());
}

// Whatever happens.

fn event() -> impl Strategy<Value = Event> {
    let standing = prop_oneof![
        Just(Standing::Open),
        Just(Standing::Aborted),
        (1..4_u64).prop_map(|node| Standing::Done { winner: NodeId(node) }),
        (1..4_u64, 4..8_u64).prop_map(|(node, token)| {
            Standing::Committed { winner: NodeId(node), token: Token(token) }
        }),
    ];
    let timer = prop_oneof![
        Just(Timer::Answer),
        Just(Timer::Proposal),
        Just(Timer::Forward),
        Just(Timer::Claim),
    ];
    let role = prop_oneof![
        Just(Role::NoChange),
        Just(Role::Equal),
        Just(Role::Master),
        Just(Role::Slave),
    ];
    prop_oneof![
        2 => standing.prop_map(Event::Log),
        2 => timer.prop_map(Event::Timeout),
        2 => role.prop_map(|role| Event::Switch(SwitchEvent::RoleReply(role))),
        4 => prop_oneof![Just(START), Just(MARKER), Just(BARRIER_REPLY), Just(END)],
        1 => prop_oneof![
            Just(REFUSED),
            Just(ROLE_STATUS),
            Just(Event::Overflow),
            Just(Event::Peer(PeerMessage::LocalState)),
            Just(Event::Peer(PeerMessage::Refuse(String::new()))),
        ],
    ]
}

fn engine() -> impl Strategy<Value = Engine> {
    prop_oneof![
        Just(source_after(&[])),
        Just(target_after(&[])),
        Just(Engine::heir(ID, T, &migration())),
    ]
}

proptest! {
    #[test]
    fn nobody_claims_unasked_and_nothing_follows_the_end(
        mut engine in engine(),
        events in prop::collection::vec(event(), 0..40),
    ) {
        let (mut may_claim, mut claimed) = (false, false);
        for event in events {
            let was_over = engine.is_over();
            may_claim |= event == END || matches!(event, Event::Log(Standing::Committed { .. }));
            let actions = handle(&mut engine, event);
            prop_assert!(!was_over || actions.is_empty());
            for (place, action) in actions.iter().enumerate() {
                match action {
                    AskRole { role: Role::Master, .. } => {
                        prop_assert!(may_claim);
                        claimed = true;
                    }
                    AskRole { role: Role::NoChange, .. } => prop_assert!(false, "it only acts"),
                    Action::Gate(Order::Release | Order::ReleaseAll) => {
                        prop_assert!(claimed || engine.side() == Side::Source);
                    }
                    Over(_) => {
                        prop_assert!(engine.is_over());
                        prop_assert_eq!(place, actions.len() - 1);
                    }
                    _ => {}
                }
            }
        }
    }
}
