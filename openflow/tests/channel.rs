//! The channel under arbitrary events: it never panics, and what it promises always holds.

use std::collections::BTreeSet;

use bytes::{Bytes, BytesMut};
use openflow::channel::{Action, Channel, Event, Timer, is_own};
use openflow::{
    Capabilities, Dpid, ErrorCode, ErrorMessage, Features, FlowMod, Frame, GenerationId, Hello,
    Message, MultipartFlags, MultipartReply, MultipartReplyBody, Refusal, Role, RoleRequest,
    Version, Xid, framing,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_the_channel_promises_holds_whatever_happens(events in vec(event(), 0..60)) {
        let mut driver = Driver::new();
        for event in events {
            driver.happen(event)?;
        }
    }

    /// From wherever it got to, a switch that answers properly is up in a few messages, or the
    /// channel is closed.
    #[test]
    fn a_proper_switch_comes_up(events in vec(event(), 0..10)) {
        let mut driver = Driver::new();
        for event in events {
            driver.happen(event)?;
        }
        driver.happen(Event::Opened)?;
        for _ in 0..5 {
            if let Some(answer) = driver.proper_answer() {
                driver.happen(answer)?;
            }
        }
        prop_assert!(driver.channel.is_up() || driver.closed);
    }
}

/// What the channel's surroundings know, and may demand of it.
struct Driver {
    channel: Channel,
    timers: BTreeSet<Timer>,
    /// Last request of the channel that a switch answers.
    asked: Option<Frame>,
    opened: bool,
    up: bool,
    closed: bool,
}

impl Driver {
    fn new() -> Self {
        Driver {
            channel: Channel::new(&Version::ALL),
            timers: BTreeSet::new(),
            asked: None,
            opened: false,
            up: false,
            closed: false,
        }
    }

    fn happen(&mut self, event: Event) -> Result<(), TestCaseError> {
        if let Event::Timeout(timer) = &event
            && !self.timers.remove(timer)
        {
            return Ok(());
        }
        self.opened |= event == Event::Opened;
        let mut actions = Vec::new();
        self.channel.handle(event, &mut actions);
        for action in actions {
            prop_assert!(!self.closed, "{action:?} after the end");
            self.carry_out(action)?;
        }
        prop_assert_eq!(self.channel.is_up(), self.up && !self.closed);
        self.check_timers()
    }

    fn carry_out(&mut self, action: Action) -> Result<(), TestCaseError> {
        match action {
            Action::Send(frame) => {
                prop_assert!(!frame.message.changes_switch(), "{frame:?} changes the switch");
                let answer = matches!(frame.message, Message::EchoReply(_) | Message::Error(_));
                prop_assert!(answer || is_own(frame.xid), "{frame:?}");
                let mut bytes = Vec::new();
                prop_assert!(frame.encode(&mut bytes).is_ok());
                if !answer {
                    self.asked = Some(frame);
                }
            }
            Action::SetTimer(timer) => {
                prop_assert!(self.timers.insert(timer), "{timer:?} runs already");
            }
            Action::ClearTimer(timer) => {
                prop_assert!(self.timers.remove(&timer), "{timer:?} does not run");
            }
            Action::Up(info) => {
                prop_assert!(!self.up, "up twice");
                prop_assert_eq!(info.version, self.channel.version());
                self.up = true;
            }
            Action::Deliver(frame) => {
                prop_assert!(self.up, "{frame:?} before up");
                prop_assert_eq!(frame.version, self.channel.version());
            }
            Action::Close(_) => {
                self.closed = true;
                self.timers.clear();
            }
        }
        Ok(())
    }

    /// An open channel always waits for exactly one timer: it can neither hang nor be asked twice.
    fn check_timers(&self) -> Result<(), TestCaseError> {
        let running: Vec<Timer> = self.timers.iter().copied().collect();
        let expected: &[&[Timer]] = match (self.opened && !self.closed, self.up) {
            (false, _) => &[&[]],
            (true, false) => &[&[Timer::Handshake]],
            (true, true) => &[&[Timer::Idle], &[Timer::Echo]],
        };
        prop_assert!(expected.contains(&running.as_slice()), "{running:?}");
        Ok(())
    }

    /// Returns what a switch answers to the last request.
    fn proper_answer(&self) -> Option<Event> {
        let asked = self.asked.as_ref()?;
        let message = match &asked.message {
            Message::Hello(hello) => Message::Hello(hello.clone()),
            Message::FeaturesRequest => features(0),
            Message::RoleRequest(_) => role(),
            Message::MultipartRequest(_) => ports(false),
            Message::EchoRequest(data) => Message::EchoReply(data.clone()),
            _ => return None,
        };
        Some(Event::Frame(Frame { version: asked.version, xid: asked.xid, message }))
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
    let version = prop_oneof![1 => Just(Version::V1_3), 8 => Just(Version::V1_4)];
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

fn features(auxiliary_id: u8) -> Message {
    Message::FeaturesReply(Features {
        dpid: Dpid(1),
        n_buffers: 0,
        n_tables: 1,
        auxiliary_id,
        capabilities: Capabilities::empty(),
    })
}

fn role() -> Message {
    Message::RoleReply(RoleRequest::new(Role::Equal, GenerationId::UNDEFINED))
}

fn ports(more: bool) -> Message {
    Message::MultipartReply(MultipartReply {
        flags: if more { MultipartFlags::MORE } else { MultipartFlags::empty() },
        body: MultipartReplyBody::PortDesc(vec![]),
    })
}
