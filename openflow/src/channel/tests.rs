use super::*;
use crate::{
    Capabilities, DecodeError, Dpid, FlowMod, Match, MultipartFlags, PacketIn, PacketInReason,
    Port, PortConfig, PortNo, PortState, SwitchConfig, TableId, Text,
};

const BOTH: [Version; 2] = [Version::V1_3, Version::V1_4];

/// A channel, and the switch at its other end.
struct Bench {
    channel: Channel,
    version: Version,
}

impl Bench {
    fn opened(allowed: &[Version]) -> Self {
        let mut bench = Bench { channel: Channel::new(allowed), version: Version::V1_4 };
        bench.handle(Event::Opened);
        bench
    }

    /// Goes as far as having asked for the features.
    fn greeted() -> Self {
        let mut bench = Bench::opened(&BOTH);
        bench.hear(0, hello(&BOTH));
        bench
    }

    /// Goes as far as having asked for the role.
    fn introduced() -> Self {
        let mut bench = Bench::greeted();
        bench.hear(own(1), Message::FeaturesReply(features(0)));
        bench
    }

    /// Goes as far as having asked for the ports.
    fn ranked() -> Self {
        let mut bench = Bench::introduced();
        bench.hear(own(2), Message::RoleReply(EQUAL_AT_7));
        bench
    }

    fn up() -> Self {
        let mut bench = Bench::ranked();
        bench.hear(own(3), ports(0..2, false));
        assert!(bench.channel.is_up());
        bench
    }

    fn handle(&mut self, event: Event) -> Vec<Action> {
        let mut round = self.channel.clone();
        let passes = match &event {
            Event::Frame(frame) => round.passes(frame),
            _ => false,
        };
        let mut actions = Vec::new();
        self.channel.handle(event, &mut actions);
        if passes {
            assert!(matches!(actions[..], [Action::Deliver(_)]), "{actions:?}");
            assert_eq!(round, self.channel);
        }
        actions
    }

    fn hear(&mut self, xid: u32, message: Message) -> Vec<Action> {
        let version = self.version;
        self.handle(Event::Frame(Frame { version, xid: Xid(xid), message }))
    }

    fn send(&self, xid: u32, message: Message) -> Action {
        Action::Send(Frame { version: self.version, xid: Xid(xid), message })
    }
}

fn own(xid: u32) -> u32 {
    xid | 1 << 31
}

fn hello(versions: &[Version]) -> Message {
    Message::Hello(Hello::offering(versions).unwrap())
}

const EQUAL_AT_7: RoleRequest = RoleRequest::new(Role::Equal, GenerationId(7));

fn features(auxiliary_id: u8) -> Features {
    Features {
        dpid: Dpid(0xa),
        n_buffers: 0,
        n_tables: 254,
        auxiliary_id,
        capabilities: Capabilities::FLOW_STATS,
        actions: 0,
        ports: vec![],
    }
}

fn port(number: u32) -> Port {
    Port {
        port_no: PortNo(number),
        hw_addr: "02:00:00:00:00:01".parse().unwrap(),
        name: Text::from("eth"),
        config: PortConfig::empty(),
        state: PortState::LIVE,
        properties: vec![],
    }
}

fn ports(numbers: std::ops::Range<u32>, more: bool) -> Message {
    Message::MultipartReply(MultipartReply {
        flags: if more { MultipartFlags::MORE } else { MultipartFlags::empty() },
        body: MultipartReplyBody::PortDesc(numbers.map(port).collect()),
    })
}

fn packet_in() -> Message {
    Message::PacketIn(PacketIn {
        buffer_id: crate::BufferId::NO_BUFFER,
        total_len: 0,
        reason: PacketInReason::TABLE_MISS,
        table_id: TableId(0),
        cookie: 0,
        fields: Match::any(),
        data: Bytes::new(),
    })
}

fn error(code: ErrorCode) -> Message {
    Message::Error(ErrorMessage { code, data: Bytes::new() })
}

fn refusal(kind: u8) -> Refusal {
    let message = Bytes::from(vec![5, kind, 0, 9, 0, 0, 0, 1, 0]);
    let error = Frame::decode(&Bytes::from(vec![5, 5, 0, 9, 0, 0, 0, 1, 0])).unwrap_err().error;
    Refusal::new(error, &message)
}

#[test]
fn the_handshake_ends_with_all_that_is_known_of_the_switch() {
    let mut bench = Bench { channel: Channel::new(&BOTH), version: Version::V1_4 };
    assert_eq!(
        bench.handle(Event::Opened),
        [bench.send(own(0), hello(&BOTH)), Action::SetTimer(Timer::Handshake)]
    );
    let asked = bench.hear(9, hello(&BOTH));
    assert_eq!(asked, [bench.send(own(1), Message::FeaturesRequest)]);

    let asked = bench.hear(own(1), Message::FeaturesReply(features(0)));
    let no_change = RoleRequest::new(Role::NoChange, GenerationId(0));
    assert_eq!(asked, [bench.send(own(2), Message::RoleRequest(no_change))]);

    let asked = bench.hear(own(2), Message::RoleReply(EQUAL_AT_7));
    let port_desc = MultipartRequest::new(MultipartRequestBody::PortDesc(PortNo::ANY));
    assert_eq!(asked, [bench.send(own(3), Message::MultipartRequest(port_desc))]);

    assert_eq!(bench.hear(own(3), ports(1..3, true)), []);
    let info = SwitchInfo {
        dpid: Dpid(0xa),
        version: Version::V1_4,
        auxiliary_id: 0,
        n_tables: 254,
        capabilities: Capabilities::FLOW_STATS,
        role: Role::Equal,
        generation_id: Some(GenerationId(7)),
        ports: vec![port(1), port(2), port(3)],
    };
    assert_eq!(
        bench.hear(own(3), ports(3..4, false)),
        [
            Action::ClearTimer(Timer::Handshake),
            Action::Up(Box::new(info)),
            Action::SetTimer(Timer::Idle),
        ]
    );
}

#[test]
fn a_switch_of_1_0_is_up_once_it_has_told_its_features() {
    let mut bench = Bench::opened(&Version::ALL);
    bench.version = Version::V1_0;
    let asked = bench.hear(0, hello(&[Version::V1_0]));
    assert_eq!(asked, [bench.send(own(1), Message::FeaturesRequest)]);
    assert_eq!(bench.hear(0, packet_in()), [], "no one is owed it yet");

    let told = Features { ports: vec![port(1), port(2)], actions: 0xfff, ..features(0) };
    let info = SwitchInfo {
        dpid: Dpid(0xa),
        version: Version::V1_0,
        auxiliary_id: 0,
        n_tables: 254,
        capabilities: Capabilities::FLOW_STATS,
        role: Role::Equal,
        generation_id: None,
        ports: vec![port(1), port(2)],
    };
    assert_eq!(
        bench.hear(own(1), Message::FeaturesReply(told)),
        [
            Action::ClearTimer(Timer::Handshake),
            Action::Up(Box::new(info)),
            Action::SetTimer(Timer::Idle),
        ]
    );
    let heard = bench.hear(0, packet_in());
    assert!(matches!(heard[..], [Action::Deliver(_)]), "{heard:?}");
}

#[test]
fn in_1_0_alone_the_hello_has_no_elements() {
    let mut bench = Bench { channel: Channel::new(&[Version::V1_0]), version: Version::V1_0 };
    let hello = Message::Hello(Hello { highest: 1, elements: vec![] });
    assert_eq!(
        bench.handle(Event::Opened),
        [bench.send(own(0), hello.clone()), Action::SetTimer(Timer::Handshake)]
    );
    let newer = Message::Hello(Hello { highest: 6, elements: vec![] });
    assert_eq!(bench.hear(0, newer), [bench.send(own(1), Message::FeaturesRequest)]);
}

#[test]
fn in_1_0_the_numbers_of_messages_say_who_may_send_them() {
    let mut bench = Bench::opened(&Version::ALL);
    bench.version = Version::V1_0;
    bench.hear(0, hello(&[Version::V1_0]));
    bench.hear(own(1), Message::FeaturesReply(features(0)));
    let role = RoleRequest::new(Role::Slave, GenerationId::UNDEFINED);
    for message in [Message::BarrierReply, Message::RoleReply(role), packet_in()] {
        assert!(matches!(bench.hear(0, message)[..], [Action::Deliver(_)]));
    }
    let unknown = |kind| Message::Unknown { kind, body: Bytes::new() };
    let port_mod = crate::PortMod {
        port_no: PortNo(1),
        hw_addr: port(1).hw_addr,
        config: PortConfig::empty(),
        mask: PortConfig::empty(),
        properties: vec![],
    };
    let wrong = [Message::BarrierRequest, Message::PortMod(port_mod), unknown(22), unknown(27)];
    for message in wrong {
        let refused = bench.hear(6, message);
        let [Action::Send(sent)] = &refused[..] else { panic!("{refused:?}") };
        let Message::Error(error) = &sent.message else { panic!("{sent:?}") };
        assert_eq!(error.code, ErrorCode::BAD_REQUEST_TYPE);
    }
}

#[test]
fn a_switch_that_speaks_1_5_comes_up_in_it() {
    let mut bench = Bench::opened(&Version::ALL);
    bench.version = Version::V1_5;
    let asked = bench.hear(0, hello(&Version::ALL));
    assert_eq!(asked, [bench.send(own(1), Message::FeaturesRequest)]);
    bench.hear(own(1), Message::FeaturesReply(features(0)));
    let asked = bench.hear(own(2), Message::RoleReply(EQUAL_AT_7));
    let port_desc = MultipartRequest::new(MultipartRequestBody::PortDesc(PortNo::ANY));
    assert_eq!(asked, [bench.send(own(3), Message::MultipartRequest(port_desc))]);
    let up = bench.hear(own(3), ports(1..2, false));
    let [_, Action::Up(info), _] = &up[..] else { panic!("{up:?}") };
    assert_eq!((info.version, bench.channel.version()), (Version::V1_5, Version::V1_5));
}

#[test]
fn a_type_of_another_version_is_refused() {
    let mut bench = Bench::up();
    for kind in [MessageType::CONTROLLER_STATUS, MessageType::QUEUE_GET_CONFIG_REPLY] {
        let refused = bench.hear(6, Message::Unknown { kind: kind.0, body: Bytes::new() });
        let [Action::Send(sent)] = &refused[..] else { panic!("{refused:?}") };
        let Message::Error(error) = &sent.message else { panic!("{sent:?}") };
        assert_eq!(error.code, ErrorCode::BAD_REQUEST_TYPE);
    }
    assert!(bench.channel.is_up());
}

#[test]
fn a_switch_of_an_older_version_is_spoken_to_in_it() {
    let mut bench = Bench::opened(&BOTH);
    bench.version = Version::V1_3;
    let asked = bench.hear(0, hello(&[Version::V1_3]));
    assert_eq!(asked, [bench.send(own(1), Message::FeaturesRequest)]);
}

#[test]
fn without_a_common_version_the_switch_is_told_so() {
    let mut bench = Bench::opened(&[Version::V1_3]);
    bench.version = Version::V1_3;
    let ended = bench.hear(5, hello(&[Version::V1_4]));
    let [Action::Send(sent), Action::Close(reason)] = &ended[..] else { panic!("{ended:?}") };
    let Message::Error(error) = &sent.message else { panic!("{sent:?}") };
    assert_eq!((error.code, sent.xid), (ErrorCode::HELLO_INCOMPATIBLE, Xid(5)));
    assert_eq!(error.data, "this controller speaks OpenFlow 1.3");
    assert_eq!(*reason, CloseReason::Incompatible { highest: 5 });
    assert_eq!(bench.hear(0, hello(&[Version::V1_3])), [], "closed is closed");
}

#[test]
fn what_comes_unasked_before_the_handshake_is_done_is_dropped_and_counted() {
    for mut bench in [Bench::greeted(), Bench::introduced(), Bench::ranked()] {
        assert_eq!(bench.hear(0, packet_in()), []);
        assert_eq!(
            bench.hear(0, Message::FeaturesReply(features(0))),
            [],
            "not the xid asked with"
        );
        assert_eq!(bench.channel.dropped(), 2);
    }
}

#[test]
fn an_echo_request_is_answered_in_every_phase_after_the_hello() {
    let data = Bytes::from_static(b"still there?");
    for mut bench in [Bench::greeted(), Bench::introduced(), Bench::ranked(), Bench::up()] {
        let answer = bench.hear(3, Message::EchoRequest(data.clone()));
        assert_eq!(answer, [bench.send(3, Message::EchoReply(data.clone()))]);
    }
}

#[test]
fn a_switch_without_roles_is_not_spoken_to() {
    let mut bench = Bench::introduced();
    let code = ErrorCode::BAD_REQUEST_TYPE;
    let ended = bench.hear(own(2), error(code));
    assert_eq!(ended, [Action::Close(CloseReason::NoRoles(code))]);
}

#[test]
fn a_switch_that_refuses_the_handshake_is_left() {
    let code = ErrorCode::BAD_REQUEST_PERMISSIONS;
    let cases = [
        (Bench::opened(&BOTH), own(0), "OFPT_HELLO"),
        (Bench::greeted(), own(1), "OFPT_FEATURES_REQUEST"),
        (Bench::ranked(), own(3), "OFPMP_PORT_DESC"),
    ];
    for (mut bench, xid, request) in cases {
        let reason = CloseReason::Rejected { request, code };
        assert_eq!(bench.hear(xid, error(code)), [Action::Close(reason)]);
    }
}

#[test]
fn an_auxiliary_connection_is_closed() {
    let ended = Bench::greeted().hear(own(1), Message::FeaturesReply(features(2)));
    assert_eq!(ended, [Action::Close(CloseReason::Auxiliary(2))]);
}

#[test]
fn a_first_message_that_is_no_hello_ends_the_channel() {
    let ended = Bench::opened(&BOTH).hear(0, packet_in());
    assert_eq!(ended, [Action::Close(CloseReason::NoHello("OFPT_PACKET_IN"))]);
}

#[test]
fn a_slow_handshake_ends_the_channel_and_a_finished_one_does_not() {
    for mut bench in [Bench::opened(&BOTH), Bench::greeted(), Bench::introduced(), Bench::ranked()]
    {
        let ended = bench.handle(Event::Timeout(Timer::Handshake));
        assert_eq!(ended, [Action::Close(CloseReason::HandshakeTimeout)]);
    }
    assert_eq!(Bench::up().handle(Event::Timeout(Timer::Handshake)), []);
}

#[test]
fn the_ports_of_a_switch_are_bounded() {
    let mut bench = Bench::ranked();
    for _ in 0..MAX_PORTS {
        assert_eq!(bench.hear(own(3), ports(0..0, true)), []);
    }
    let ended = bench.hear(own(3), ports(0..0, true));
    assert_eq!(ended, [Action::Close(CloseReason::TooManyPorts)]);

    let mut bench = Bench::ranked();
    let ended = bench.hear(own(3), ports(0..MAX_PORTS as u32 + 1, false));
    assert_eq!(ended, [Action::Close(CloseReason::TooManyPorts)]);
}

#[test]
fn a_switch_that_is_up_is_heard() {
    let mut bench = Bench::up();
    for message in [packet_in(), Message::BarrierReply, error(ErrorCode::BAD_REQUEST_IS_SLAVE)] {
        let frame = Frame { version: Version::V1_4, xid: Xid(4), message };
        let heard = bench.handle(Event::Frame(frame.clone()));
        assert_eq!(heard, [Action::Deliver(frame)]);
    }
    assert_eq!(bench.hear(0, hello(&BOTH)), [], "a second hello says nothing");
}

#[test]
fn a_message_in_the_wrong_direction_is_refused_and_the_session_stays() {
    let mut bench = Bench::up();
    let commands = [
        Message::FeaturesRequest,
        Message::FlowMod(FlowMod::add()),
        Message::SetConfig(SwitchConfig { flags: 0, miss_send_len: 0 }),
        Message::Unknown { kind: MessageType::GROUP_MOD.0, body: Bytes::new() },
        Message::Unknown { kind: 200, body: Bytes::new() },
    ];
    for (index, message) in commands.into_iter().enumerate() {
        let mut quote = Vec::new();
        crate::encode(Version::V1_4, Xid(6), &message, &mut quote).unwrap();
        let code = ErrorCode::BAD_REQUEST_TYPE;
        let reply = Message::Error(ErrorMessage { code, data: quote.into() });
        assert_eq!(bench.hear(6, message), [bench.send(6, reply)]);
        assert_eq!(bench.channel.refused() as usize, index + 1);
    }
    assert!(bench.channel.is_up());
}

#[test]
fn a_message_in_another_version_is_refused() {
    let mut bench = Bench::up();
    let frame = Frame { version: Version::V1_3, xid: Xid(6), message: packet_in() };
    let refused = bench.handle(Event::Frame(frame));
    let [Action::Send(sent)] = &refused[..] else { panic!("{refused:?}") };
    let Message::Error(error) = &sent.message else { panic!("{sent:?}") };
    assert_eq!(error.code, ErrorCode::BAD_REQUEST_VERSION);
}

#[test]
fn a_message_that_cannot_be_read_is_answered_and_the_session_stays() {
    let mut bench = Bench::up();
    let refusal = refusal(MessageType::PACKET_IN.0);
    let answered = bench.handle(Event::Refused(refusal.clone()));
    assert_eq!(answered, [bench.send(1, Message::Error(refusal.reply()))]);
    assert!(bench.channel.is_up());
}

#[test]
fn an_error_that_cannot_be_read_is_not_answered_with_an_error() {
    let mut bench = Bench::up();
    assert_eq!(bench.handle(Event::Refused(refusal(MessageType::ERROR.0))), []);
    assert_eq!(bench.channel.refused(), 1);
}

#[test]
fn a_lost_stream_ends_the_channel() {
    let mut buffer = bytes::BytesMut::from(&[5, 10, 0, 3, 0, 0, 0, 1][..]);
    let refusal = crate::framing::next_frame(&mut buffer).unwrap_err();
    let mut bench = Bench::up();
    let ended = bench.handle(Event::Refused(refusal.clone()));
    let reply = bench.send(1, Message::Error(refusal.reply()));
    assert_eq!(ended, [reply, Action::Close(CloseReason::StreamLost(refusal.error))]);
}

#[test]
fn a_first_message_that_cannot_be_read_ends_the_channel() {
    let refusal = Frame::decode(&Bytes::from_static(b"GET / HT")).unwrap_err();
    assert_eq!(refusal.error, DecodeError::Version { version: b'G' });
    let ended = Bench::opened(&BOTH).handle(Event::Refused(refusal.clone()));
    assert_eq!(ended.last(), Some(&Action::Close(CloseReason::StreamLost(refusal.error))));
}

#[test]
fn a_switch_that_keeps_being_refused_is_given_up() {
    let mut bench = Bench::up();
    for _ in 0..MAX_REFUSED {
        let answered = bench.hear(0, Message::FeaturesRequest);
        assert!(matches!(answered[..], [Action::Send(_)]), "{answered:?}");
    }
    let ended = bench.hear(0, Message::FeaturesRequest);
    assert_eq!(ended.last(), Some(&Action::Close(CloseReason::TooManyRefused)));
}

#[test]
fn a_silent_switch_is_asked_and_then_given_up() {
    let mut bench = Bench::up();
    let ask = bench.send(own(4), Message::EchoRequest(Bytes::new()));
    let asked = bench.handle(Event::Timeout(Timer::Idle));
    assert_eq!(asked, [ask, Action::SetTimer(Timer::Echo)]);
    let ended = bench.handle(Event::Timeout(Timer::Echo));
    assert_eq!(ended, [Action::Close(CloseReason::EchoTimeout)]);
}

#[test]
fn any_message_answers_for_the_life_of_a_switch() {
    for answer in [packet_in(), Message::EchoReply(Bytes::new())] {
        let mut bench = Bench::up();
        bench.handle(Event::Timeout(Timer::Idle));
        let heard = bench.hear(own(4), answer);
        assert_eq!(heard[..2], [Action::ClearTimer(Timer::Echo), Action::SetTimer(Timer::Idle)]);
        assert_eq!(bench.handle(Event::Timeout(Timer::Echo)), [], "a timer that fired too late");
        assert_eq!(bench.handle(Event::Timeout(Timer::Idle)), [Action::SetTimer(Timer::Idle)]);
    }
}

#[test]
fn packet_ins_go_round_the_channel() {
    let frame = Frame { version: Version::V1_4, xid: Xid(1), message: packet_in() };
    let mut bench = Bench::ranked();
    assert!(!bench.channel.passes(&frame), "nothing is delivered before the channel is up");
    let mut bench = Bench::up();
    assert!(bench.channel.passes(&frame));
    let other = Frame { message: Message::BarrierReply, ..frame };
    assert!(!bench.channel.passes(&other));
}

#[test]
fn a_busy_switch_is_never_asked() {
    let mut bench = Bench::up();
    for _ in 0..3 {
        assert!(matches!(bench.hear(0, packet_in())[..], [Action::Deliver(_)]));
        assert_eq!(bench.handle(Event::Timeout(Timer::Idle)), [Action::SetTimer(Timer::Idle)]);
    }
}

#[test]
fn own_transaction_ids_wrap_among_themselves() {
    let mut channel = Channel::new(&BOTH);
    channel.next_xid = u32::MAX >> 1;
    let mut actions = Vec::new();
    assert_eq!(channel.request(Message::BarrierRequest, &mut actions), Xid(u32::MAX));
    assert_eq!(channel.request(Message::BarrierRequest, &mut actions), Xid(1 << 31));
}

#[test]
fn a_channel_that_may_speak_nothing_says_nothing() {
    let mut bench = Bench { channel: Channel::new(&[]), version: Version::V1_3 };
    let ended = bench.handle(Event::Opened);
    assert_eq!(ended, [Action::Close(CloseReason::Incompatible { highest: 0 })]);
}
