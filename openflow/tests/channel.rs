//! The channel under arbitrary events: it never panics, and what it promises always holds.

#[path = "fuzz/driver.rs"]
mod driver;

use bytes::{Bytes, BytesMut};
use openflow::channel::{Event, Timer};
use openflow::{
    ErrorCode, ErrorMessage, FlowMod, Frame, Hello, Message, Refusal, Version, Xid, framing,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use driver::{Driver, features, ports, role};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_the_channel_promises_holds_whatever_happens(events in vec(event(), 0..60)) {
        let mut driver = Driver::new(&Version::ALL);
        for event in events {
            driver.happen(event);
        }
    }

    /// From wherever it got to, a switch that answers properly is up in a few messages, or the
    /// channel is closed.
    #[test]
    fn a_proper_switch_comes_up(events in vec(event(), 0..10)) {
        let mut driver = Driver::new(&Version::ALL);
        for event in events {
            driver.happen(event);
        }
        driver.happen(Event::Opened);
        for _ in 0..5 {
            if let Some(answer) = driver.proper_answer() {
                driver.happen(answer);
            }
        }
        prop_assert!(driver.is_settled());
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Opened),
        20 => frame().prop_map(Event::Frame),
        1 => refusal().prop_map(Event::Refused),
        2 => select(vec![Timer::Handshake, Timer::Idle, Timer::Echo]).prop_map(Event::Timeout),
    ]
}

/// A frame with the transaction id of one of the channel's first requests, or some other.
fn frame() -> impl Strategy<Value = Frame> {
    let xid = prop_oneof![4 => (0..5_u32).prop_map(|xid| xid | 1 << 31), 1 => any::<u32>()];
    let version = prop_oneof![
        2 => Just(Version::V1_0),
        1 => Just(Version::V1_3),
        8 => Just(Version::V1_4),
    ];
    let hello = Message::Hello(Hello::offering(&Version::ALL).expect("there are versions"));
    let error = ErrorMessage { code: ErrorCode::BAD_REQUEST_TYPE, data: Bytes::new() };
    let message = prop_oneof![
        8 => Just(hello),
        4 => Just(features(0)),
        4 => Just(role()),
        4 => Just(ports(false)),
        1 => select(vec![
            features(1),
            ports(true),
            Message::Hello(Hello { highest: 1, elements: vec![] }),
            Message::Error(error),
            Message::EchoRequest(Bytes::from_static(b"?")),
            Message::EchoReply(Bytes::new()),
            Message::BarrierReply,
            Message::FeaturesRequest,
            Message::FlowMod(FlowMod::add()),
            Message::Unknown { kind: 99, body: Bytes::new() },
        ]),
    ];
    (xid, version, message).prop_map(|(xid, version, message)| Frame {
        version,
        xid: Xid(xid),
        message,
    })
}

fn refusal() -> impl Strategy<Value = Refusal> {
    select(vec![
        Frame::decode(&Bytes::from_static(&[5, 10, 0, 8, 0, 0, 0, 1])).expect_err("no packet-in"),
        Frame::decode(&Bytes::from_static(&[5, 1, 0, 8, 0, 0, 0, 1])).expect_err("no error"),
        framing::next_frame(&mut BytesMut::from(&[5, 10, 0, 0][..])).expect_err("no length"),
    ])
}
