//! What each protocol does differently, and what all have in common.

use super::*;
use crate::protocol::Exchange;

fn chart(engine: &mut Engine, events: &[Event]) -> Vec<Action> {
    events.iter().flat_map(|event| handle(engine, event.clone())).filter(is_no_timer).collect()
}

fn is_no_timer(action: &Action) -> bool {
    !matches!(action, SetTimer(_) | ClearTimer(_))
}

fn refusal() -> Event {
    from(T, PeerMessage::Refuse(String::new()))
}

#[test]
fn early_the_target_releases_before_it_is_master() {
    let mut target = target_of(Protocol::ErcEarly, &[START, MARKER]);
    assert_eq!(chart(&mut target, &[END]), [gate(Order::Release), ask(Role::Master, RESERVED)]);
    assert_eq!(chart(&mut target, &[GRANTED]), [Propose(Proposal::Finish)]);
}

#[test]
fn a_source_that_stays_asks_for_equal_and_is_over_once_it_is() {
    for protocol in [Protocol::ErcM2eS2m, Protocol::ErcM2eE2m] {
        let mut source = source_of(protocol, &[OPEN, MARKER, DRAINED, COMMITTED]);
        assert_eq!(chart(&mut source, &[DONE]), [gate(Order::Drop), ask(Role::Equal, RESERVED)]);
        assert!(!source.is_over());
        assert_eq!(handle(&mut source, JOINED), [Over(Outcome::Done)], "{protocol}");
    }
}

#[test]
fn a_hot_peer_starts_with_its_marker_when_the_log_says_so() {
    for protocol in [Protocol::ErcM2sE2m, Protocol::ErcM2eE2m] {
        let mut source = source_of(protocol, &[]);
        assert_eq!(chart(&mut source, &[OPEN]), [], "{protocol}: the target starts");
        let mut target = target_of(protocol, &[]);
        assert_eq!(chart(&mut target, &[OPEN]), [gate(Order::Buffer), MARK]);
        assert_eq!(chart(&mut target, &[MARKER]), [gate(Order::Cut)]);
        assert_eq!(chart(&mut target, &[COMMITTED, END]), [ask(Role::Master, RESERVED)]);
        assert_eq!(
            chart(&mut target, &[GRANTED]),
            [gate(Order::Release), Propose(Proposal::Finish)]
        );
    }
}

#[test]
fn a_hot_peer_that_loses_stays_equal() {
    for protocol in [Protocol::ErcM2sE2m, Protocol::ErcM2eE2m] {
        for news in [ABORTED, committed(OTHER, RESERVED, Some(S)), done(OTHER), TO_OTHER] {
            let mut target = target_of(protocol, &[OPEN, MARKER]);
            let actions = handle(&mut target, news);
            assert_eq!(actions[0], gate(Order::Drop));
            assert!(matches!(actions[1], AskRole { role: Role::Equal, .. }), "{actions:?}");
        }
    }
}

#[test]
fn a_hot_peer_that_had_won_and_loses_after_all_is_a_peer_no_more() {
    let mut target = target_of(Protocol::ErcM2sE2m, &[OPEN, MARKER, COMMITTED]);
    assert!(handle(&mut target, BACK_TO_SOURCE).contains(&ask(Role::Slave, NEWER)));
}

#[test]
fn in_a_group_without_a_master_the_source_leaves_before_the_target_answers() {
    let mut source = source_of(Protocol::ErcE2sS2e, &[OPEN]);
    assert_eq!(
        chart(&mut source, &[MARKER]),
        [
            gate(Order::Shadow),
            gate(Order::Mark(T)),
            gate(Order::Choose(T)),
            Propose(Proposal::Commit { winner: T }),
            tell(T, PeerMessage::LocalState),
        ]
    );
    assert_eq!(chart(&mut source, &[COMMITTED]), []);
    let taken = from(T, PeerMessage::Taken);
    assert_eq!(chart(&mut source, &[taken]), [ask(Role::Slave, RESERVED)]);
    assert_eq!(chart(&mut source, &[YIELDED]), [tell(T, PeerMessage::End)]);

    let mut target = target_of(Protocol::ErcE2sS2e, &[]);
    assert_eq!(
        chart(&mut target, &[OPEN]),
        [gate(Order::Buffer), ask(Role::Equal, RESERVED), MARK]
    );
    assert_eq!(chart(&mut target, &[MARKER]), [gate(Order::Cut)]);
    assert_eq!(chart(&mut target, &[STATE]), [tell(S, PeerMessage::Taken)]);
    assert_eq!(
        chart(&mut target, &[COMMITTED, END]),
        [gate(Order::Release), Propose(Proposal::Finish)],
        "nobody claims"
    );
}

#[test]
fn elasticon_joins_first_and_marks_once_the_switch_is_level() {
    let mut target = target_of(Protocol::Elasticon, &[]);
    assert_eq!(chart(&mut target, &[START]), [gate(Order::Buffer), ask(Role::Equal, RESERVED)]);
    assert_eq!(chart(&mut target, &[JOINED]), [tell(S, PeerMessage::Ready { score: 0 })]);
    let mut source = source_of(Protocol::Elasticon, &[OPEN]);
    let ready = from(T, PeerMessage::Ready { score: 0 });
    assert_eq!(chart(&mut source, &[ready]), [SendBarrier(Barrier::Fence)]);
    assert_eq!(chart(&mut source, &[FENCED]), [MARK]);
    assert_eq!(
        chart(&mut source, &[MARKER]),
        [gate(Order::Shadow), DRAIN, Propose(Proposal::Commit { winner: T })]
    );
    assert_eq!(chart(&mut source, &[DRAINED, COMMITTED]), [tell(T, PeerMessage::End)]);
}

#[test]
fn the_published_elasticon_plants_a_flow_and_cuts_it() {
    let ready = from(T, PeerMessage::Ready { score: 0 });
    let mut source = source_of(Protocol::ElasticonFlowRemoved, &[OPEN]);
    assert_eq!(chart(&mut source, &[ready]), [Action::PlantFlow, SendBarrier(Barrier::Fence)]);
    assert_eq!(chart(&mut source.clone(), &[FENCED]), [Action::CutFlow]);
    assert!(!chart(&mut after(source, &[FENCED]), &[ABORTED]).contains(&Action::CutFlow), "once");
}

#[test]
fn a_planted_flow_is_cut_however_it_ends() {
    let ready = from(T, PeerMessage::Ready { score: 0 });
    for news in [ABORTED, BACK_TO_SOURCE, TO_OTHER] {
        let mut source = source_of(Protocol::ElasticonFlowRemoved, &[OPEN, ready.clone()]);
        assert_eq!(chart(&mut source, std::slice::from_ref(&news))[0], Action::CutFlow, "{news:?}");
    }
}

#[test]
fn direct_commits_before_anybody_moves() {
    let mut source = source_of(Protocol::Direct, &[]);
    let commit = Propose(Proposal::Commit { winner: T });
    assert_eq!(chart(&mut source, &[OPEN]), [commit, tell(T, PeerMessage::Start)]);
    assert_eq!(chart(&mut source, &[COMMITTED]), []);
    assert_eq!(chart(&mut source, &[ROLE_STATUS]), [gate(Order::Shadow), DRAIN]);
    assert_eq!(chart(&mut source, &[DRAINED]), [tell(T, PeerMessage::Rest)]);
    assert_eq!(chart(&mut source, &[DONE]), [gate(Order::Drop), Over(Outcome::Done)]);

    let mut target = target_of(Protocol::Direct, &[]);
    assert_eq!(chart(&mut target, &[START]), [gate(Order::Buffer)]);
    let actions = chart(&mut target, &[COMMITTED]);
    assert_eq!(actions, [gate(Order::Buffer), ask(Role::Master, RESERVED)]);
    assert_eq!(chart(&mut target, &[GRANTED]), [gate(Order::Cut)]);
    assert_eq!(chart(&mut target, &[REST]), [gate(Order::Release), Propose(Proposal::Finish)]);
}

#[test]
fn a_direct_winner_that_the_log_names_before_it_is_invited_holds_back_and_waits() {
    let mut target = target_of(Protocol::Direct, &[]);
    assert_eq!(chart(&mut target, &[COMMITTED]), [gate(Order::Buffer)]);
    assert_eq!(chart(&mut target, &[START])[1..], [ask(Role::Master, RESERVED)]);
}

#[test]
fn a_direct_source_that_is_refused_after_the_commit_can_only_wait() {
    let mut source = source_of(Protocol::Direct, &[OPEN, COMMITTED]);
    assert_eq!(chart(&mut source, &[refusal()]), []);
}

#[test]
fn a_target_whose_source_is_declared_dead_after_the_commit_waits_no_longer() {
    let mut target = target_of(Protocol::Erc, &[START, MARKER, COMMITTED]);
    let actions = handle(&mut target, committed(T, RESERVED, None));
    assert!(actions.contains(&ask(Role::Master, RESERVED)), "{actions:?}");
    assert!(handle(&mut target, GRANTED).contains(&gate(Order::ReleaseAll)));
}

#[test]
fn the_naive_target_just_takes_over() {
    let mut target = target_of(Protocol::Naive, &[]);
    assert_eq!(chart(&mut target, &[START]), [ask(Role::Master, RESERVED)]);
    let released = [gate(Order::ReleaseAll), Propose(Proposal::Finish)];
    assert_eq!(chart(&mut target, &[GRANTED]), released);
}

#[test]
fn a_protocol_that_races_takes_its_own_table_and_no_other() {
    for protocol in Protocol::ALL {
        let source = source_of(protocol, &[]);
        let table = protocol.table();
        assert_eq!(source.table, table, "{protocol}");
        let waits_for_state = Exchange { target_is_equal: true, ..table.exchange };
        assert_eq!(table.exchange == waits_for_state, protocol == Protocol::ErcE2sS2e);
    }
}

/// Facts of a whole life, in an order that every protocol can take.
const SOURCES_LIFE: [Event; 7] = [
    OPEN,
    from(T, PeerMessage::Ready { score: 0 }),
    FENCED,
    MARKER,
    from(T, PeerMessage::Taken),
    DRAINED,
    COMMITTED,
];
const TARGETS_LIFE: [Event; 7] = [OPEN, START, JOINED, MARKER, STATE, COMMITTED, END];

#[test]
fn facts_that_are_told_again_change_nothing() {
    for protocol in Protocol::ALL {
        for rule in Choice::ALL {
            let source = Engine::source(terms(protocol, rule), &[T]);
            let target = Engine::target(terms(protocol, rule), T);
            for (engine, life) in [(source, SOURCES_LIFE), (target, TARGETS_LIFE)] {
                assert_idempotent(&engine, &life);
            }
        }
    }
}

fn assert_idempotent(new: &Engine, life: &[Event]) {
    for told in 1..=life.len() {
        let mut engine = after(new.clone(), &life[..told]);
        let before = engine.clone();
        for fact in &life[..told] {
            let actions = handle(&mut engine, fact.clone());
            assert_eq!(actions, [], "{:?}: {fact:?}", new.terms());
            assert_eq!(engine, before);
        }
    }
}

#[test]
fn what_comes_after_the_end_changes_nothing() {
    for protocol in Protocol::ALL {
        let mut source = source_of(protocol, &[OPEN, ABORTED]);
        assert!(source.is_over());
        for event in SOURCES_LIFE.into_iter().chain(TARGETS_LIFE) {
            assert_eq!(handle(&mut source, event), [], "{protocol}");
        }
    }
}

#[test]
fn a_target_that_the_switch_tells_of_is_marked_by_its_role_alone() {
    let start = |protocol| {
        let engine = Engine::target(terms(protocol, Choice::First), T).with_controller_status(true);
        (engine.marks_by_role(), handle(&mut engine.clone(), START))
    };
    let joins = vec![gate(Order::Buffer), ask(Role::Equal, RESERVED)];
    for protocol in [Protocol::Erc, Protocol::ErcEarly, Protocol::ErcM2eS2m] {
        assert_eq!(start(protocol), (true, joins.clone()), "{protocol}");
    }
    assert_eq!(start(Protocol::Elasticon), (false, joins));

    for protocol in [Protocol::ErcE2sS2e, Protocol::ErcM2sE2m, Protocol::ErcM2eE2m] {
        let engine = Engine::target(terms(protocol, Choice::First), T).with_controller_status(true);
        assert!(!engine.marks_by_role(), "{protocol}: the source may not know of it yet");
        assert!(handle(&mut engine.clone(), OPEN).contains(&MARK), "{protocol}");
    }
}
