//! The source's choice among candidates.

use super::*;

fn race(protocol: Protocol, rule: Choice) -> Engine {
    after(Engine::source(terms(protocol, rule), &[T, OTHER]), &[OPEN])
}

fn ready(node: NodeId, score: u64) -> Event {
    from(node, PeerMessage::Ready { score })
}

fn refusal(node: NodeId) -> Event {
    from(node, PeerMessage::Refuse("full".to_owned()))
}

fn chosen(actions: &[Action]) -> Option<NodeId> {
    actions.iter().find_map(|action| match action {
        Propose(Proposal::Commit { winner }) => Some(*winner),
        _ => None,
    })
}

#[test]
fn every_candidate_is_invited() {
    let mut source = Engine::source(terms(Protocol::Erc, Choice::First), &[T, OTHER]);
    let invited = [tell(T, PeerMessage::Start), tell(OTHER, PeerMessage::Start)];
    assert_eq!(handle(&mut source, OPEN)[1..], invited);
}

#[test]
fn the_first_marker_home_wins_and_later_ones_change_nothing() {
    let mut source = race(Protocol::Erc, Choice::First);
    let actions = handle(&mut source, marker_of(OTHER));
    assert_eq!(chosen(&actions), Some(OTHER));
    assert_eq!(
        actions[..4],
        [gate(Order::Shadow), gate(Order::Mark(OTHER)), gate(Order::Choose(OTHER)), DRAIN]
    );
    assert_eq!(actions.last(), Some(&tell(OTHER, PeerMessage::LocalState)));
    assert_eq!(handle(&mut source, MARKER), []);
}

#[test]
fn a_marker_of_nobody_invited_changes_nothing() {
    let mut source = race(Protocol::Erc, Choice::First);
    assert_eq!(handle(&mut source, marker_of(NodeId(8))), []);
    assert_eq!(handle(&mut source, ready(NodeId(8), 0)), []);
}

#[test]
fn ready_first_waits_for_the_word_of_a_candidate_whose_marker_is_home() {
    let mut source = race(Protocol::Erc, Choice::ReadyFirst);
    assert_eq!(
        handle(&mut source, MARKER),
        [gate(Order::Shadow), gate(Order::Mark(T))],
        "it holds back from the first marker on"
    );
    assert_eq!(handle(&mut source, ready(OTHER, 0)), [], "its marker is not home");
    let actions = handle(&mut source, marker_of(OTHER));
    assert_eq!(actions[..2], [gate(Order::Mark(OTHER)), gate(Order::Choose(OTHER))]);
    assert_eq!(chosen(&actions), Some(OTHER));
    assert_eq!(handle(&mut source, ready(T, 0)), []);
}

#[test]
fn score_takes_the_best_once_all_have_answered() {
    let mut source = race(Protocol::Erc, Choice::Score);
    handle(&mut source, MARKER);
    handle(&mut source, marker_of(OTHER));
    assert_eq!(handle(&mut source, ready(T, 7)), [SetTimer(Timer::Poll)]);
    let actions = handle(&mut source, ready(OTHER, 3));
    assert_eq!(actions[..2], [ClearTimer(Timer::Poll), gate(Order::Choose(OTHER))]);
    assert_eq!(chosen(&actions), Some(OTHER));
}

#[test]
fn score_takes_the_best_of_those_that_answer_in_time() {
    let mut source = race(Protocol::Erc, Choice::Score);
    assert_eq!(handle(&mut source, Event::Timeout(Timer::Poll)), [], "nobody has answered");
    for event in [MARKER, marker_of(OTHER), ready(T, 7)] {
        handle(&mut source, event);
    }
    assert_eq!(chosen(&handle(&mut source, Event::Timeout(Timer::Poll))), Some(T));
    assert_eq!(handle(&mut source, ready(OTHER, 3)), [], "too late");
}

#[test]
fn equal_scores_go_to_the_preferred_candidate() {
    let mut source = race(Protocol::Erc, Choice::Score);
    for event in [marker_of(OTHER), ready(OTHER, 3), MARKER] {
        handle(&mut source, event);
    }
    assert_eq!(chosen(&handle(&mut source, ready(T, 3))), Some(T));
}

#[test]
fn under_elasticon_a_candidates_word_is_its_answer_whatever_the_rule() {
    for (rule, answers) in [(Choice::First, 1), (Choice::ReadyFirst, 1), (Choice::Score, 2)] {
        let mut source = race(Protocol::Elasticon, rule);
        let words = [ready(OTHER, 1), ready(T, 2)];
        for word in &words[..answers - 1] {
            assert!(!handle(&mut source, word.clone()).contains(&SendBarrier(Barrier::Fence)));
        }
        let actions = handle(&mut source, words[answers - 1].clone());
        assert!(actions.contains(&SendBarrier(Barrier::Fence)), "{rule}: {actions:?}");
        assert_eq!(handle(&mut source, FENCED), [SendMarker { of: OTHER }]);
    }
}

#[test]
fn candidates_that_refuse_are_left_out_one_by_one() {
    let mut source = race(Protocol::Erc, Choice::First);
    assert_eq!(handle(&mut source, refusal(OTHER)), [], "T may still take it");
    assert_eq!(handle(&mut source.clone(), refusal(OTHER)), [], "it is said twice");
    assert_eq!(chosen(&handle(&mut source.clone(), MARKER)), Some(T));
    let reason = AbortReason::Refused(T, "full".to_owned());
    assert_eq!(handle(&mut source, refusal(T)), abort(reason));
}

#[test]
fn the_last_refusal_decides_a_poll() {
    let mut source = race(Protocol::Erc, Choice::Score);
    for event in [MARKER, ready(T, 7)] {
        handle(&mut source, event);
    }
    assert_eq!(chosen(&handle(&mut source, refusal(OTHER))), Some(T));
}

#[test]
fn a_refusal_of_the_chosen_one_comes_too_late_to_choose_again() {
    let mut source = race(Protocol::Erc, Choice::First);
    handle(&mut source, MARKER);
    assert_eq!(handle(&mut source, refusal(T)), []);
    assert_eq!(handle(&mut source, refusal(OTHER)), []);
}

#[test]
fn candidates_say_that_they_are_ready_only_where_it_is_asked_for() {
    for (rule, says) in [(Choice::First, false), (Choice::ReadyFirst, true), (Choice::Score, true)]
    {
        let mut target = after(Engine::target(terms(Protocol::Erc, rule), T), &[START]);
        let said = handle(&mut target, MARKER).contains(&tell(S, PeerMessage::Ready { score: 0 }));
        assert_eq!(said, says, "{rule}");
    }
}

#[test]
fn a_candidate_takes_no_other_candidates_marker_for_its_own() {
    let mut target = target_after(&[START]);
    assert_eq!(handle(&mut target, marker_of(OTHER)), []);
    assert_eq!(handle(&mut target, MARKER), [gate(Order::Cut)]);
}

#[test]
fn a_second_marker_of_the_same_candidate_cuts_nothing() {
    let mut source = race(Protocol::Erc, Choice::Score);
    assert!(handle(&mut source, MARKER).contains(&gate(Order::Mark(T))));
    assert_eq!(handle(&mut source, MARKER), []);
}
