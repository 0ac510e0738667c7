//! What holds whatever happens, in whatever order.

use super::*;
use proptest::prelude::*;

fn node() -> impl Strategy<Value = NodeId> {
    (1..4_u64).prop_map(NodeId)
}

fn token() -> impl Strategy<Value = Token> {
    (OLD.0..OLD.0 + 4).prop_map(Token)
}

fn event() -> impl Strategy<Value = Event> {
    let standing = prop_oneof![
        2 => Just(Standing::Open),
        1 => Just(Standing::Aborted),
        1 => (node(), token()).prop_map(|(winner, token)| Standing::Done { winner, token }),
        4 => (node(), token(), prop::option::of(node())).prop_map(|(winner, token, keeper)| {
            Standing::Committed { winner, token, keeper }
        }),
    ];
    let role = prop::sample::select(vec![Role::NoChange, Role::Equal, Role::Master, Role::Slave]);
    let barrier = prop::sample::select(vec![Barrier::Fence, Barrier::Drain]);
    let message = prop_oneof![
        4 => Just(PeerMessage::Start),
        4 => Just(PeerMessage::End),
        2 => (0..3_u64).prop_map(|score| PeerMessage::Ready { score }),
        1 => Just(PeerMessage::LocalState),
        1 => Just(PeerMessage::Taken),
        1 => Just(PeerMessage::Rest),
        1 => Just(PeerMessage::Collect),
        1 => Just(PeerMessage::Refuse(String::new())),
    ];
    let switch = prop_oneof![
        3 => role.prop_map(SwitchEvent::RoleReply),
        3 => node().prop_map(|of| SwitchEvent::Marker { of }),
        3 => barrier.prop_map(SwitchEvent::BarrierReply),
        1 => Just(SwitchEvent::RoleRefused),
        1 => Just(SwitchEvent::RoleStatus),
    ];
    prop_oneof![
        2 => standing.prop_map(Event::Log),
        2 => prop::sample::select(Timer::ALL.to_vec()).prop_map(Event::Timeout),
        6 => switch.prop_map(Event::Switch),
        6 => (node(), message).prop_map(|(from, message)| Event::Peer { from, message }),
        1 => Just(Event::Overflow),
    ]
}

fn engine() -> impl Strategy<Value = Engine> {
    let terms =
        (prop::sample::select(Protocol::ALL.to_vec()), prop::sample::select(Choice::ALL.to_vec()))
            .prop_map(|(protocol, rule)| terms(protocol, rule));
    (terms, 0..3).prop_map(|(terms, party)| match party {
        0 => Engine::source(terms, &[T, OTHER]),
        1 => Engine::target(terms, T),
        _ => Engine::heir(terms, T),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nobody_claims_unasked_and_nothing_follows_the_end(
        mut engine in engine(),
        events in prop::collection::vec(event(), 0..40),
    ) {
        let mut may_claim = false;
        for event in events {
            let was_over = engine.is_over();
            // Being told to take over, or what a master does, is the source's word that the log has it.
            may_claim |= matches!(
                event,
                Event::Log(Standing::Committed { .. })
                    | Event::Peer { message: PeerMessage::End | PeerMessage::Rest, .. }
            );
            let commits_first = [Protocol::Direct, Protocol::Naive].contains(&engine.terms().protocol);
            may_claim |= commits_first && matches!(event, Event::Peer { message: PeerMessage::Start, .. });
            let actions = handle(&mut engine, event);
            prop_assert!(!was_over || actions.is_empty());
            for (place, action) in actions.iter().enumerate() {
                match action {
                    AskRole { role: Role::Master, .. } => prop_assert!(may_claim),
                    AskRole { role: Role::NoChange, .. } => prop_assert!(false, "it only acts"),
                    Action::Gate(Order::Release | Order::ReleaseAll) => {
                        prop_assert!(may_claim || engine.side() == Side::Source);
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
