//! What one party does, a sentence a test; what several come to together is the model checker's.

mod always;
mod protocols;
mod race;

use super::Action::{AskRole, ClearTimer, Over, Propose, SendBarrier, SendMarker, SetTimer, Tell};
use super::*;
use crate::ownership::Rule as Choice;

const S: NodeId = NodeId(1);
const T: NodeId = NodeId(2);
const OTHER: NodeId = NodeId(3);
const ID: MigrationId = MigrationId(9);
const OLD: Token = Token(4);
const RESERVED: Token = Token(5);
const NEWER: Token = Token(6);

const OPEN: Event = Event::Log(Standing::Open);
const COMMITTED: Event = committed(T, RESERVED, Some(S));
const BACK_TO_SOURCE: Event = committed(S, NEWER, None);
const TO_HEIR: Event = committed(T, NEWER, None);
const TO_HEIR_OF_KEEPER: Event = committed(T, NEWER, Some(S));
const TO_OTHER: Event = committed(OTHER, NEWER, Some(S));
const DONE: Event = done(T);
const ABORTED: Event = Event::Log(Standing::Aborted);
const START: Event = from(S, PeerMessage::Start);
const STATE: Event = from(S, PeerMessage::LocalState);
const END: Event = from(S, PeerMessage::End);
const REST: Event = from(S, PeerMessage::Rest);
const NOTHING: Event = from(S, PeerMessage::Nothing);
const MARKER: Event = marker_of(T);
const DRAINED: Event = Event::Switch(SwitchEvent::BarrierReply(Barrier::Drain));
const FENCED: Event = Event::Switch(SwitchEvent::BarrierReply(Barrier::Fence));
const ROLE_STATUS: Event = Event::Switch(SwitchEvent::RoleStatus);
const REFUSED: Event = Event::Switch(SwitchEvent::RoleRefused);
const GRANTED: Event = Event::Switch(SwitchEvent::RoleReply(Role::Master));
const JOINED: Event = Event::Switch(SwitchEvent::RoleReply(Role::Equal));
const YIELDED: Event = Event::Switch(SwitchEvent::RoleReply(Role::Slave));

const DRAIN: Action = SendBarrier(Barrier::Drain);
const MARK: Action = SendMarker { of: T };

const fn committed(winner: NodeId, token: Token, keeper: Option<NodeId>) -> Event {
    Event::Log(Standing::Committed { winner, token, keeper })
}

const fn done(winner: NodeId) -> Event {
    Event::Log(Standing::Done { winner, token: RESERVED })
}

const fn from(from: NodeId, message: PeerMessage) -> Event {
    Event::Peer { from, message }
}

const fn marker_of(of: NodeId) -> Event {
    Event::Switch(SwitchEvent::Marker { of })
}

fn terms(protocol: Protocol, rule: Choice) -> Terms {
    Terms { id: ID, protocol, rule, source: S, token: RESERVED }
}

fn source_after(events: &[Event]) -> Engine {
    source_of(Protocol::Erc, events)
}

fn target_after(events: &[Event]) -> Engine {
    target_of(Protocol::Erc, events)
}

fn source_of(protocol: Protocol, events: &[Event]) -> Engine {
    after(Engine::source(terms(protocol, Choice::First), &[T]), events)
}

fn target_of(protocol: Protocol, events: &[Event]) -> Engine {
    after(Engine::target(terms(protocol, Choice::First), T), events)
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

fn tell(to: NodeId, message: PeerMessage) -> Action {
    Tell { to, message }
}

fn ask(role: Role, token: Token) -> Action {
    AskRole { role, token }
}

fn gate(order: Order) -> Action {
    Action::Gate(order)
}

fn propose(proposal: Proposal) -> [Action; 2] {
    [Propose(proposal), SetTimer(Timer::Proposal)]
}

fn commit(winner: NodeId) -> [Action; 2] {
    propose(Proposal::Commit { winner })
}

fn abort(reason: AbortReason) -> [Action; 2] {
    propose(Proposal::Abort(reason))
}

// Without a failure.

#[test]
fn a_source_invites_cuts_drains_and_hands_over() {
    let mut source = source_after(&[]);
    assert_eq!(handle(&mut source, OPEN), [SetTimer(Timer::Answer), tell(T, PeerMessage::Start)]);
    let [proposed, timer] = commit(T);
    assert_eq!(
        handle(&mut source, MARKER),
        [
            gate(Order::Shadow),
            gate(Order::Mark(T)),
            gate(Order::Choose(T)),
            DRAIN,
            ClearTimer(Timer::Answer),
            proposed,
            timer,
            tell(T, PeerMessage::LocalState),
        ]
    );
    assert_eq!(handle(&mut source, COMMITTED), [ClearTimer(Timer::Proposal)]);
    assert_eq!(handle(&mut source, DRAINED), [tell(T, PeerMessage::End)]);
    assert_eq!(handle(&mut source, ROLE_STATUS), []);
    assert_eq!(handle(&mut source, DONE), [gate(Order::Drop), Over(Outcome::Done)]);
    assert!(source.is_over());
}

#[test]
fn a_target_joins_cuts_claims_and_releases() {
    let mut target = target_after(&[]);
    assert_eq!(handle(&mut target, START), [gate(Order::Buffer), ask(Role::Equal, RESERVED), MARK]);
    assert_eq!(handle(&mut target, JOINED), []);
    assert_eq!(handle(&mut target, MARKER), [gate(Order::Cut)]);
    assert_eq!(handle(&mut target, COMMITTED), [SetTimer(Timer::Forward)]);
    assert_eq!(handle(&mut target, END), [ask(Role::Master, RESERVED)]);
    let [proposed, timer] = propose(Proposal::Finish);
    assert_eq!(
        handle(&mut target, GRANTED),
        [
            ClearTimer(Timer::Claim),
            gate(Order::Release),
            ClearTimer(Timer::Forward),
            proposed,
            timer
        ]
    );
    assert_eq!(handle(&mut target, DONE), [ClearTimer(Timer::Proposal), Over(Outcome::Done)]);
}

#[test]
fn the_end_may_overtake_the_commit_and_the_marker() {
    let mut target = target_after(&[START, END]);
    assert_eq!(handle(&mut target, COMMITTED), [SetTimer(Timer::Forward)]);
    assert_eq!(handle(&mut target, MARKER), [gate(Order::Cut), ask(Role::Master, RESERVED)]);
}

#[test]
fn the_barrier_may_come_before_the_commit() {
    let mut source = source_after(&[OPEN, MARKER]);
    assert_eq!(handle(&mut source, DRAINED), []);
    assert_eq!(
        handle(&mut source, COMMITTED),
        [ClearTimer(Timer::Proposal), tell(T, PeerMessage::End)]
    );
}

// Before the commit: presume abort.

#[test]
fn a_silent_target_costs_nothing() {
    let mut source = source_after(&[OPEN]);
    assert_eq!(handle(&mut source, Event::Timeout(Timer::Answer)), abort(AbortReason::NoAnswer));
    assert_eq!(
        handle(&mut source, ABORTED),
        [ClearTimer(Timer::Proposal), gate(Order::Release), Over(Outcome::Aborted),]
    );
}

#[test]
fn a_target_that_refuses_is_believed() {
    let mut source = source_after(&[OPEN]);
    let refusal = from(T, PeerMessage::Refuse("full".to_owned()));
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
        [ClearTimer(Timer::Proposal), gate(Order::Release), Over(Outcome::Aborted),]
    );
    let mut target = target_after(&[START, JOINED, MARKER]);
    assert_eq!(
        handle(&mut target, ABORTED),
        [gate(Order::Drop), ask(Role::Slave, RESERVED), Over(Outcome::Lost),]
    );
}

#[test]
fn a_source_that_dies_before_the_commit_leaves_the_target_all_that_it_heard() {
    let mut target = target_after(&[START, JOINED, MARKER]);
    assert_eq!(handle(&mut target, TO_HEIR), [gate(Order::Buffer), ask(Role::Master, NEWER)]);
    assert_eq!((target.side(), target.token()), (Side::Heir, NEWER));
    let [proposed, timer] = propose(Proposal::Finish);
    assert_eq!(
        handle(&mut target, GRANTED),
        [
            ClearTimer(Timer::Claim),
            gate(Order::ReleaseAll),
            ClearTimer(Timer::Forward),
            proposed,
            timer
        ]
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
fn a_target_asks_a_silent_source_that_lives_for_what_it_has_not_heard_and_asks_again() {
    let mut target = target_after(&[START, MARKER, COMMITTED]);
    assert_eq!(
        handle(&mut target, Event::Timeout(Timer::Forward)),
        [SetTimer(Timer::Forward), gate(Order::Buffer), ask(Role::Master, RESERVED)]
    );
    assert_eq!(
        handle(&mut target, GRANTED),
        [ClearTimer(Timer::Claim), tell(S, PeerMessage::Collect)]
    );
    let forward = Event::Timeout(Timer::Forward);
    for _ in 0..MAX_WAITS {
        assert_eq!(
            handle(&mut target, forward.clone()),
            [SetTimer(Timer::Forward), tell(S, PeerMessage::Collect)],
            "the stream between them may have broken"
        );
    }
    for word in [REST, forward] {
        let actions = handle(&mut target.clone(), word);
        assert_eq!(actions[0], gate(Order::ReleaseAll));
        assert_eq!(actions[2], Propose(Proposal::Finish));
    }
}

#[test]
fn a_winner_whose_source_lost_its_session_processes_all_that_it_heard() {
    let release = [ClearTimer(Timer::Claim), gate(Order::ReleaseAll), ClearTimer(Timer::Forward)];
    for protocol in [Protocol::Erc, Protocol::Direct, Protocol::ErcM2sE2m, Protocol::Elasticon] {
        for events in [[COMMITTED, NOTHING], [NOTHING, COMMITTED]] {
            let mut target = target_of(protocol, &[OPEN, MARKER]);
            handle(&mut target, events[0].clone());
            let actions = handle(&mut target, events[1].clone());
            assert!(actions.ends_with(&[ask(Role::Master, RESERVED)]), "{protocol}: {actions:?}");
            assert!(handle(&mut target, GRANTED).starts_with(&release), "{protocol}");
        }
    }
}

#[test]
fn a_source_that_loses_its_session_after_the_end_has_vouched_for_all() {
    let target = target_after(&[START, MARKER, COMMITTED, END, NOTHING]);
    assert_eq!(target.side(), Side::Target);
    let mut heir = target_after(&[START, TO_HEIR_OF_KEEPER, GRANTED]);
    assert!(handle(&mut heir, NOTHING).starts_with(&[gate(Order::ReleaseAll)]));
}

#[test]
fn a_target_waits_only_so_long_for_its_marker() {
    let mut target = target_after(&[START, END, COMMITTED]);
    let actions = handle(&mut target, Event::Timeout(Timer::Forward));
    assert_eq!(actions.last(), Some(&ask(Role::Master, RESERVED)));
    assert_eq!(target.side(), Side::Heir);
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
    let mut source = source_after(&[OPEN, MARKER, DRAINED, COMMITTED, ROLE_STATUS]);
    assert_eq!(
        handle(&mut source, BACK_TO_SOURCE),
        [gate(Order::Buffer), ask(Role::Master, NEWER)]
    );
    assert_eq!(source.side(), Side::Heir);
    assert!(handle(&mut source, GRANTED).contains(&gate(Order::ReleaseAll)));
    assert_eq!(handle(&mut source, done(S)), [ClearTimer(Timer::Proposal), Over(Outcome::Done)]);
}

#[test]
fn a_wish_to_finish_for_a_lost_token_is_forgotten() {
    let mut target = target_after(&[START, MARKER, COMMITTED, END, GRANTED]);
    assert!(handle(&mut target, TO_HEIR).contains(&ClearTimer(Timer::Proposal)));
    assert_eq!(handle(&mut target, Event::Timeout(Timer::Proposal)), []);
}

#[test]
fn a_loser_asks_for_slave_with_the_newest_token_lest_the_switch_call_it_stale() {
    let news = [
        (committed(OTHER, RESERVED, Some(S)), RESERVED),
        (TO_OTHER, NEWER),
        (BACK_TO_SOURCE, NEWER),
        (Event::Log(Standing::Done { winner: OTHER, token: NEWER }), NEWER),
        (ABORTED, RESERVED),
    ];
    for (news, token) in news {
        let mut target = target_after(&[START, JOINED, MARKER]);
        assert_eq!(
            handle(&mut target, news),
            [gate(Order::Drop), ask(Role::Slave, token), Over(Outcome::Lost)]
        );
        assert!(token > OLD && target.is_over());
    }
}

#[test]
fn a_winner_that_was_taken_for_dead_leaves() {
    let mut target = target_after(&[START, MARKER, COMMITTED, END, GRANTED]);
    assert_eq!(
        handle(&mut target, BACK_TO_SOURCE),
        [gate(Order::Drop), ask(Role::Slave, NEWER), Over(Outcome::Lost)]
    );
}

#[test]
fn a_winner_without_an_engine_claims_as_an_heir() {
    let mut heir =
        Engine::heir(Terms { token: NEWER, ..terms(Protocol::Erc, Choice::First) }, OTHER);
    let actions = handle(&mut heir, committed(OTHER, NEWER, None));
    assert_eq!(actions, [gate(Order::Buffer), ask(Role::Master, NEWER)]);
}

// The source of a switch that goes to another than it had chosen.

#[test]
fn an_heir_has_the_living_source_hand_over_what_it_keeps() {
    let mut heir =
        Engine::heir(Terms { token: NEWER, ..terms(Protocol::Erc, Choice::First) }, OTHER);
    assert_eq!(
        handle(&mut heir, TO_OTHER),
        [SetTimer(Timer::Forward), gate(Order::Buffer), ask(Role::Master, NEWER)]
    );
    assert_eq!(
        handle(&mut heir, GRANTED),
        [ClearTimer(Timer::Claim), tell(S, PeerMessage::Collect)]
    );
    assert_eq!(handle(&mut heir, END), [], "it was meant for the target of the plan that was");
    let actions = handle(&mut heir, REST);
    assert_eq!(actions[..2], [gate(Order::ReleaseAll), ClearTimer(Timer::Forward)]);
}

#[test]
fn an_heir_whose_keeper_is_lost_goes_on_with_what_it_heard() {
    let mut heir =
        Engine::heir(Terms { token: NEWER, ..terms(Protocol::Erc, Choice::First) }, OTHER);
    handle(&mut heir, TO_OTHER);
    handle(&mut heir, GRANTED);
    let actions = handle(&mut heir, committed(OTHER, NEWER, None));
    assert_eq!(actions[0], gate(Order::ReleaseAll));
}

#[test]
fn a_keeper_drains_and_hands_over_once_it_is_asked() {
    let mut keeper = source_after(&[OPEN, MARKER, COMMITTED]);
    assert_eq!(handle(&mut keeper, TO_OTHER), [gate(Order::Shadow)]);
    assert_eq!(keeper.side(), Side::Keeper);
    assert_eq!(handle(&mut keeper, from(T, PeerMessage::Collect)), [], "the loser has no claim");
    assert_eq!(handle(&mut keeper, from(OTHER, PeerMessage::Collect)), [DRAIN]);
    assert_eq!(handle(&mut keeper, from(OTHER, PeerMessage::Collect)), [], "the barrier is out");
    assert_eq!(handle(&mut keeper, DRAINED), [tell(OTHER, PeerMessage::Rest)]);
    assert_eq!(handle(&mut keeper, TO_OTHER), [], "the log may say it again");
    let again = handle(&mut keeper, from(OTHER, PeerMessage::Collect));
    assert_eq!(again, [tell(OTHER, PeerMessage::Rest)], "the first may be lost");
    assert_eq!(handle(&mut keeper, done(OTHER)), [gate(Order::Drop), Over(Outcome::Done)]);
}

#[test]
fn a_keeper_takes_no_earlier_barrier_for_its_own() {
    let mut keeper = source_after(&[OPEN, MARKER, COMMITTED, TO_OTHER]);
    assert_eq!(handle(&mut keeper, DRAINED), [], "it was asked before the switch went elsewhere");
    assert_eq!(handle(&mut keeper, from(OTHER, PeerMessage::Collect)), [DRAIN]);
    assert_eq!(handle(&mut keeper, DRAINED), [tell(OTHER, PeerMessage::Rest)]);
}

#[test]
fn a_keeper_keeps_for_whoever_follows_and_may_inherit_itself() {
    let mut keeper = source_after(&[OPEN, MARKER, COMMITTED, TO_OTHER]);
    let again = committed(T, Token(NEWER.0 + 1), Some(S));
    assert_eq!(handle(&mut keeper, again), [gate(Order::Shadow)]);
    assert_eq!(handle(&mut keeper, from(T, PeerMessage::Collect)), [DRAIN]);
    let newest = Token(NEWER.0 + 2);
    assert_eq!(
        handle(&mut keeper, committed(S, newest, None)),
        [gate(Order::Buffer), ask(Role::Master, newest)]
    );
}

#[test]
fn a_source_that_an_heir_asks_before_it_has_read_of_it_answers_once_it_has() {
    let mut source = source_after(&[OPEN, MARKER, COMMITTED]);
    assert_eq!(handle(&mut source, from(OTHER, PeerMessage::Collect)), []);
    assert_eq!(handle(&mut source, TO_OTHER), [gate(Order::Shadow), DRAIN]);
    assert_eq!(handle(&mut source, DRAINED), [tell(OTHER, PeerMessage::Rest)]);
}

#[test]
fn a_keeper_that_the_next_heir_asks_before_it_has_read_of_it_answers_once_it_has() {
    let mut keeper = source_after(&[OPEN, MARKER, TO_OTHER]);
    assert_eq!(handle(&mut keeper, from(T, PeerMessage::Collect)), []);
    let back = committed(T, Token(7), Some(S));
    assert_eq!(handle(&mut keeper, back), [gate(Order::Shadow), DRAIN]);
    let again = committed(T, Token(8), Some(S));
    assert_eq!(handle(&mut keeper, again), [gate(Order::Shadow)], "it has not asked for this yet");
}

#[test]
fn a_source_that_its_target_asks_knows_of_the_commit() {
    for read in [&[OPEN, MARKER][..], &[OPEN, MARKER, COMMITTED]] {
        let mut source = source_after(read);
        let actions = handle(&mut source, from(T, PeerMessage::Collect));
        assert_eq!(actions[actions.len() - 2..], [gate(Order::Shadow), DRAIN]);
        assert_eq!(handle(&mut source, DRAINED), [tell(T, PeerMessage::Rest)]);
        assert_eq!(handle(&mut source, COMMITTED), []);
    }
}

#[test]
fn a_source_that_knows_of_the_end_keeps_for_nobody() {
    let mut source = source_of(Protocol::ErcM2eS2m, &[OPEN, MARKER, COMMITTED, DONE]);
    assert_eq!(handle(&mut source, from(T, PeerMessage::Collect)), []);
    assert_eq!(handle(&mut source, JOINED), [Over(Outcome::Done)]);
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
fn a_proposal_is_repeated_until_the_log_shows_its_effect() {
    let mut source = source_after(&[OPEN, MARKER]);
    for _ in 0..3 {
        assert_eq!(handle(&mut source, Event::Timeout(Timer::Proposal)), commit(T));
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
    assert!(handle(&mut source, MARKER).contains(&commit(T)[0]));
    assert_eq!(handle(&mut source, Event::Timeout(Timer::Proposal)), commit(T));
}
