//! Annotated messages, read and written.

mod bundles;
mod commands;
mod descriptions;
mod flow_monitor;
mod groups;
mod mods;
pub(crate) mod multipart;
pub(crate) mod nicira;
mod queues;
mod statistics;
mod table_features;
mod version_1_0;
mod version_1_5;
mod version_1_5_multipart;

use bytes::Bytes;
use openflow::{
    Action, AsyncConfig, AsyncKind, BufferId, Capabilities, ChannelStatus, ControllerReason,
    ControllerStatus, Dpid, EncodeError, ErrorCode, ErrorMessage, EthernetPort, Experimenter,
    Features, FlowMod, FlowRemoved, FlowRemovedReason, Frame, GenerationId, Hello, HelloElement,
    MacAddr, Match, Message, PacketIn, PacketInReason, PacketOut, Port, PortConfig, PortNo,
    PortProperty, PortReason, PortState, PortStatus, Role, RoleReason, RoleRequest, RoleStatus,
    ShortId, SwitchConfig, TableId, Text, UnknownProperty, Version, Xid, key,
};

use crate::{encoded, hex, stamped};

use Version::{V1_0, V1_3, V1_4, V1_5};

/// A message as bytes and as a value.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) bytes: Bytes,
    pub(crate) frame: Frame,
    /// Where the message may end before its end, and be another valid message: where a list or raw
    /// data starts whose elements it may have fewer of.
    may_end: Vec<usize>,
}

fn vector(version: Version, text: &str, message: Message) -> Vector {
    Vector { bytes: hex(text), frame: Frame { version, xid: Xid(7), message }, may_end: vec![] }
}

impl Vector {
    fn may_end(mut self, at: impl IntoIterator<Item = usize>) -> Self {
        self.may_end.extend(at);
        self
    }
}

pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = symmetric();
    all.extend(configuration());
    all.extend(asynchronous());
    all.extend(bundles::vectors());
    all.extend(commands::vectors());
    all.extend(groups::vectors());
    all.extend(mods::vectors());
    all.extend(multipart::vectors());
    all.extend(queues::vectors());
    all.extend(statistics::vectors());
    all.extend(descriptions::vectors());
    all.extend(table_features::vectors());
    all.extend(flow_monitor::vectors());
    all.extend(roles());
    all.extend(controllers());
    all.extend(nicira::vectors());
    all.extend(version_1_0::vectors());
    all.extend(version_1_5::vectors());
    all.extend(version_1_5_multipart::vectors());
    all
}

fn symmetric() -> Vec<Vector> {
    vec![
        vector(
            V1_4,
            "05 00 0018 00000007   # hello in 1.4
             0001 0008 00000030   # bitmap: 1.3, 1.4
             0009 0005 ff 000000  # an unknown element, padded",
            Message::Hello(Hello {
                highest: 5,
                elements: vec![
                    HelloElement::VersionBitmap(vec![0x30]),
                    HelloElement::Unknown { kind: 9, body: Bytes::from_static(&[0xff]) },
                ],
            }),
        )
        .may_end([8, 16]),
        vector(
            V1_5,
            "07 00 0010 00000007   # hello in a version that this crate does not speak
             0001 0008 000000f0",
            Message::Hello(Hello {
                highest: 7,
                elements: vec![HelloElement::VersionBitmap(vec![0xf0])],
            }),
        )
        .may_end([8]),
        vector(
            V1_0,
            "01 00 0008 00000007   # hello in 1.0",
            Message::Hello(Hello { highest: 1, elements: vec![] }),
        ),
        vector(
            V1_3,
            "04 01 0010 00000007   # error
             0001 000a            # bad request, is slave
             050e0038             # what it is about",
            Message::Error(ErrorMessage {
                code: ErrorCode::BAD_REQUEST_IS_SLAVE,
                data: Bytes::from_static(&[5, 0x0e, 0, 0x38]),
            }),
        )
        .may_end(12..16),
        vector(
            V1_3,
            "04 02 000a 00000007 abcd   # echo request",
            Message::EchoRequest(Bytes::from_static(&[0xab, 0xcd])),
        )
        .may_end([8, 9]),
        vector(
            V1_4,
            "05 03 000a 00000007 abcd   # echo reply",
            Message::EchoReply(Bytes::from_static(&[0xab, 0xcd])),
        )
        .may_end([8, 9]),
        vector(
            V1_4,
            "05 04 0012 00000007   # experimenter
             00002320 00000063    # Nicira's type 99
             0001",
            Message::Experimenter(Experimenter {
                experimenter: 0x2320,
                kind: 99,
                data: Bytes::from_static(&[0, 1]),
            }),
        )
        .may_end([16, 17]),
        vector(
            V1_3,
            "04 63 000a 00000007 0102   # type 99, which nobody knows",
            Message::Unknown { kind: 99, body: Bytes::from_static(&[1, 2]) },
        )
        .may_end([8, 9]),
        vector(
            V1_3,
            "04 1e 0008 00000007   # type 30 is none of 1.3's",
            Message::Unknown { kind: 30, body: Bytes::new() },
        ),
    ]
}

fn configuration() -> Vec<Vector> {
    vec![
        vector(V1_3, "04 05 0008 00000007   # features request", Message::FeaturesRequest),
        vector(
            V1_3,
            "04 06 0020 00000007   # features reply
             00000000000000ab     # datapath id
             00000100 fe 01 0000  # buffers, tables, auxiliary id, pad
             0000004f 00000000    # capabilities, reserved",
            Message::FeaturesReply(Features {
                dpid: Dpid(0xab),
                n_buffers: 256,
                n_tables: 254,
                auxiliary_id: 1,
                capabilities: Capabilities::FLOW_STATS
                    | Capabilities::TABLE_STATS
                    | Capabilities::PORT_STATS
                    | Capabilities::GROUP_STATS
                    | Capabilities::QUEUE_STATS,
                actions: 0,
                ports: vec![],
            }),
        ),
        vector(V1_3, "04 07 0008 00000007   # get config", Message::GetConfigRequest),
        vector(
            V1_3,
            "04 08 000c 00000007   # config
             0001 ffff            # drop fragments, whole packets",
            Message::GetConfigReply(SwitchConfig { flags: 1, miss_send_len: 0xffff }),
        ),
        vector(
            V1_4,
            "05 09 000c 00000007   # set config
             0000 0080",
            Message::SetConfig(SwitchConfig { flags: 0, miss_send_len: 128 }),
        ),
        vector(V1_3, "04 14 0008 00000007   # barrier request", Message::BarrierRequest),
        vector(V1_3, "04 15 0008 00000007   # barrier reply", Message::BarrierReply),
        vector(V1_3, "04 1a 0008 00000007   # get async", Message::GetAsyncRequest),
        vector(
            V1_3,
            "04 1c 0020 00000007   # set async, masks for master and slave
             00000003 00000000    # packet-in
             00000007 00000006    # port-status
             0000000f 00000001    # flow-removed",
            Message::SetAsync(
                AsyncConfig::default()
                    .with(AsyncKind::PACKET_IN_MASTER, 3)
                    .with(AsyncKind::PACKET_IN_SLAVE, 0)
                    .with(AsyncKind::PORT_STATUS_MASTER, 7)
                    .with(AsyncKind::PORT_STATUS_SLAVE, 6)
                    .with(AsyncKind::FLOW_REMOVED_MASTER, 15)
                    .with(AsyncKind::FLOW_REMOVED_SLAVE, 1),
            ),
        ),
        vector(
            V1_4,
            "05 1b 0018 00000007   # async reply
             0004 0008 00000001   # flow-removed to a slave
             0007 0008 00000003   # role-status to a master",
            Message::GetAsyncReply(
                AsyncConfig::default()
                    .with(AsyncKind::FLOW_REMOVED_SLAVE, 1)
                    .with(AsyncKind::ROLE_STATUS_MASTER, 3),
            ),
        )
        .may_end([8, 16]),
    ]
}

fn asynchronous() -> Vec<Vector> {
    let tcp_80 = Match::any().with(key::ETH_TYPE, 0x0800).with(key::TCP_DST, 80);
    vec![
        vector(
            V1_3,
            "04 0a 002c 00000007       # packet-in
             ffffffff 0002 00 01      # not buffered, 2 bytes, table miss, table 1
             0000000000000099         # cookie
             0001 000c                # match: 12 bytes
               80000004 00000003      #   in_port
             00000000                 #   pad
             0000 abcd                # pad, packet",
            Message::PacketIn(PacketIn {
                buffer_id: BufferId::NO_BUFFER,
                total_len: 2,
                reason: PacketInReason::TABLE_MISS,
                table_id: TableId(1),
                cookie: 0x99,
                fields: Match::any().with(key::IN_PORT, PortNo(3)),
                data: Bytes::from_static(&[0xab, 0xcd]),
            }),
        )
        .may_end([42, 43]),
        vector(
            V1_3,
            "04 0b 0040 00000007              # flow-removed
             0000000000001234 0007 02 00     # cookie, priority, deleted, table 0
             00000001 00000002 003c 0000     # seconds, nanoseconds, idle, hard
             0000000000000003 00000000000000c8  # packets, bytes
             0001 0010                       # match: 16 bytes
               80000a02 0800 80001c02 0050   #   eth_type, tcp_dst",
            Message::FlowRemoved(FlowRemoved {
                cookie: 0x1234,
                priority: 7,
                reason: FlowRemovedReason::DELETE,
                table_id: TableId(0),
                duration_sec: 1,
                duration_nsec: 2,
                idle_timeout: 60,
                hard_timeout: 0,
                packet_count: 3,
                byte_count: 200,
                fields: tcp_80,
                other_stats: vec![],
            }),
        ),
        vector(
            V1_3,
            "04 0c 0050 00000007              # port-status
             02 00000000000000               # modified
             00000002 00000000               # port 2
             020000000001 0000               # address
             70320000000000000000000000000000 # p2
             00000001 00000004               # config down, state live
             00002820 00000000 00000000 00000000 # curr, advertised, supported, peer
             00989680 00989680               # 10 Gbit/s",
            Message::PortStatus(PortStatus { reason: PortReason::MODIFY, port: port() }),
        ),
        vector(
            V1_4,
            "05 0c 0060 00000007              # port-status
             02 00000000000000               # modified
             00000002 0050 0000              # port 2, 80 bytes
             020000000001 0000               # address
             70320000000000000000000000000000 # p2
             00000001 00000004               # config down, state live
             0000 0020 00000000              # ethernet
             00002820 00000000 00000000 00000000
             00989680 00989680
             0002 0005 ff 000000             # a property that this crate does not know",
            Message::PortStatus(PortStatus {
                reason: PortReason::MODIFY,
                port: {
                    let body = Bytes::from_static(&[0xff]);
                    let unknown = UnknownProperty { kind: 2, body };
                    let mut port = port();
                    port.properties.push(PortProperty::Unknown(unknown));
                    port
                },
            }),
        ),
    ]
}

fn port() -> Port {
    Port {
        port_no: PortNo(2),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        name: Text::from("p2"),
        config: PortConfig::PORT_DOWN,
        state: PortState::LIVE,
        properties: vec![PortProperty::Ethernet(EthernetPort {
            curr: 0x2820,
            curr_speed: 10_000_000,
            max_speed: 10_000_000,
            ..EthernetPort::default()
        })],
    }
}

fn roles() -> Vec<Vector> {
    let status = RoleStatus {
        role: Role::Slave,
        reason: RoleReason::MASTER_REQUEST,
        generation_id: GenerationId(6),
        properties: vec![],
    };
    let property = UnknownProperty { kind: 0xffff, body: Bytes::from_static(&[1, 2, 3, 4]) };
    vec![
        vector(
            V1_3,
            "04 18 0018 00000007   # role request
             00000002 00000000    # master, pad
             0000000000000003     # generation id",
            Message::RoleRequest(RoleRequest::new(Role::Master, GenerationId(3))),
        ),
        vector(
            V1_4,
            "05 19 0018 00000007   # role reply
             00000001 00000000    # equal, pad
             ffffffffffffffff     # generation id: undefined",
            Message::RoleReply(RoleRequest::new(Role::Equal, GenerationId::UNDEFINED)),
        ),
        vector(
            V1_3,
            "04 04 0020 00000007   # experimenter
             4f4e4600 00000777    # ONF, role-status
             00000003 00 000000   # slave, another became master
             0000000000000006     # generation id",
            Message::RoleStatus(status.clone()),
        ),
        vector(
            V1_4,
            "05 1e 0020 00000007   # role-status
             00000003 00 000000
             0000000000000006
             ffff 0008 01020304   # an experimenter's property",
            Message::RoleStatus(RoleStatus { properties: vec![property], ..status }),
        )
        .may_end([24]),
    ]
}

fn controllers() -> Vec<Vector> {
    let status = ControllerStatus {
        short_id: ShortId(0x1234),
        role: Role::Equal,
        reason: ControllerReason::ROLE,
        channel_status: ChannelStatus::UP,
        properties: vec![],
    };
    let uri = UnknownProperty { kind: 0, body: Bytes::from_static(b"tcp:1") };
    vec![
        vector(
            V1_3,
            "04 04 0020 00000007   # experimenter
             0002ba70 00000023    # Baton, controller-status
             0010 1234            # length, short id
             00000001             # equal
             02 00 000000000000   # its role changed, up, pad",
            Message::ControllerStatus(status.clone()),
        ),
        vector(
            V1_4,
            "05 04 0030 00000007   # experimenter
             0002ba70 00000023    # Baton, controller-status
             0020 0000            # length, no short id
             00000003             # slave
             01 01 000000000000   # its connection changed, down, pad
             0000 0009 7463703a31 # a property that this crate does not know
               00000000000000     #   pad",
            Message::ControllerStatus(ControllerStatus {
                short_id: ShortId::UNDEFINED,
                role: Role::Slave,
                reason: ControllerReason::CHANNEL_STATUS,
                channel_status: ChannelStatus::DOWN,
                properties: vec![uri],
            }),
        ),
        vector(
            V1_3,
            "04 04 0018 00000007   # experimenter
             0002ba70 00000001    # Baton, short id
             1234 000000000000    # short id, pad",
            Message::ShortId(ShortId(0x1234)),
        ),
    ]
}

#[test]
fn bytes_are_read_as_the_value() {
    for vector in vectors() {
        assert_eq!(Frame::decode(&vector.bytes), Ok(vector.frame));
    }
}

#[test]
fn the_value_is_written_as_the_bytes() {
    for vector in vectors() {
        assert_eq!(encoded(&vector.frame), vector.bytes, "{:?}", vector.frame);
    }
}

#[test]
fn what_the_buffer_holds_already_stays() {
    for vector in vectors() {
        let mut out = b"dirt".to_vec();
        vector.frame.encode(&mut out).unwrap();
        assert_eq!((&out[..4], &out[4..]), (&b"dirt"[..], &vector.bytes[..]));
    }
}

/// A message cut off, with its header's length as it was, and with one that admits to it.
#[test]
fn every_proper_prefix_is_refused() {
    for vector in vectors() {
        for length in 0..vector.bytes.len() {
            let cut = vector.bytes.slice(..length);
            assert!(Frame::decode(&cut).is_err(), "{length} bytes of {:?}", vector.frame);
            if length >= 8 {
                let read = Frame::decode(&stamped(&cut));
                let valid = vector.may_end.contains(&length);
                assert_eq!(read.is_ok(), valid, "{length} bytes of {:?}", vector.frame);
            }
        }
    }
}

#[test]
fn padding_is_read_as_anything_and_written_as_zeroes() {
    let role_request = (
        "04 18 0018 00000007
         00000002 deadbeef    # master, pad
         0000000000000003",
        "04180018 00000007 00000002 00000000 0000000000000003",
    );
    let flow = "04 0e 0038 00000007 0000000000000000 0000000000000000 00 00 0000 0000 0000
        ffffffff ffffffff ffffffff";
    let flow_mod = (
        &*format!("{flow} 0000 beef 0001 0004 deadbeef"), // pad, where 1.4 has the importance
        &*format!("{flow} 0000 0000 0001 0004 00000000"),
    );
    let group_mod = (
        "04 0f 0020 00000007 0000 00 ff 00000004
         0010 0000 ffffffff ffffffff deadbeef", // the type's pad, the bucket's
        "04 0f 0020 00000007 0000 00 00 00000004
         0010 0000 ffffffff ffffffff 00000000",
    );
    let queue = (
        "04 17 0030 00000007 00000001 deadbeef
         00000003 00000001 0020 deadbeefdead      # the reply's pad, the queue's
           0001 0010 deadbeef 01f4 deadbeefdead   # the property's, its rate's",
        "04 17 0030 00000007 00000001 00000000
         00000003 00000001 0020 000000000000
           0001 0010 00000000 01f4 000000000000",
    );
    let table_status = (
        "05 1f 0020 00000007 03 deadbeefdeadbe
         0010 05 ff 00000008 0003 0008 14 50 13 ff",
        "05 1f 0020 00000007 03 00000000000000
         0010 05 00 00000008 0003 0008 14 50 13 00",
    );
    let bundle_add = (
        "05 22 0028 00000007 00000009 beef 0001
         05 63 0009 00000007 ab deadbeefdeadbe    # padded for the property
         ffff 0005 ff deadbe",
        "05 22 0028 00000007 00000009 0000 0001
         05 63 0009 00000007 ab 00000000000000
         ffff 0005 ff 000000",
    );
    for (dirty, clean) in [role_request, flow_mod, group_mod, queue, table_status, bundle_add] {
        let frame = Frame::decode(&hex(dirty)).unwrap();
        assert_eq!(encoded(&frame), hex(clean));
        assert_eq!(Frame::decode(&hex(clean)), Ok(frame));
    }
}

#[test]
fn payloads_are_slices_of_the_message() {
    let inside = |message: &Bytes, part: &Bytes| {
        let (message, part) = (message.as_ptr_range(), part.as_ptr_range());
        message.start <= part.start && part.end <= message.end
    };
    let mut seen = 0;
    for vector in vectors() {
        let part = match Frame::decode(&vector.bytes).unwrap().message {
            Message::PacketIn(PacketIn { data, .. })
            | Message::PacketOut(PacketOut { data, .. })
            | Message::Error(ErrorMessage { data, .. })
            | Message::Experimenter(Experimenter { data, .. })
            | Message::EchoRequest(data)
            | Message::Unknown { body: data, .. }
                if !data.is_empty() =>
            {
                data
            }
            _ => continue,
        };
        assert!(inside(&vector.bytes, &part), "{:?}", vector.frame);
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn a_message_that_is_too_long_leaves_the_buffer_alone() {
    let data = Bytes::from(vec![0; 65_536 - 8]);
    let mut out = b"dirt".to_vec();
    let frame = Frame { version: V1_3, xid: Xid(1), message: Message::EchoRequest(data) };
    let error = frame.encode(&mut out).unwrap_err();
    assert_eq!(error, EncodeError::TooLong { version: V1_3, length: 65_536 });
    assert_eq!(out, b"dirt");

    let data = Bytes::from(vec![0; 65_535 - 8]);
    let frame = Frame { message: Message::EchoRequest(data), ..frame };
    assert!(frame.encode(&mut out).is_ok());

    let actions = vec![Action::PopVlan; 8_192];
    let message = Message::FlowMod(FlowMod::add().with_actions(actions));
    out.truncate(4);
    assert!(Frame { message, ..frame }.encode(&mut out).is_err());
    assert_eq!(out, b"dirt");
}
