//! Whatever OpenFlow 1.0 can say.

use bytes::Bytes;
use openflow::nicira::ShortPort;
use openflow::{
    Action, AggregateStats, BufferId, Capabilities, Dpid, ErrorCode, ErrorMessage, EthernetPort,
    EthernetStats, Features, FlowMod, FlowModCommand, FlowModFlags, FlowRemoved, FlowRemovedReason,
    FlowStats, FlowStatsRequest, Frame, GenerationId, Instruction, MacAddr, Match, Message,
    MultipartFlags, MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody,
    MultipartType, NiciraMessage, PacketIn, PacketInReason, PacketOut, Port, PortConfig, PortMod,
    PortModProperty, PortNo, PortProperty, PortReason, PortState, PortStats, PortStatsProperty,
    PortStatus, QueueConfig, QueueConfigRequest, QueueDesc, QueueId, QueueProperty, QueueRequest,
    QueueStats, Role, RoleRequest, SwitchConfig, TP_DST, TP_SRC, TableAbilities, TableId,
    TableStats, Text, UnknownAction, UnknownProperty, Version, Xid, key,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{aligned_body, async_config, data, nicira, symmetric};
use crate::{encoded, stamped};

proptest! {
    #[test]
    fn what_is_said_is_read_back(frame in frame()) {
        prop_assert_eq!(Frame::decode(&encoded(&frame).into()), Ok(frame));
    }

    /// A match that has nothing in its padding comes back to the bit.
    #[test]
    fn a_match_without_padding_is_written_as_it_was(bytes in match_bytes()) {
        let (_, again) = read_and_written(&bytes);
        let (_, and_again) = read_and_written(&again);
        prop_assert_eq!(&again, &and_again);
        prop_assert_eq!(without_padding(bytes), again);
    }

    #[test]
    fn any_match_is_read_and_means_the_same_when_it_is_written(bytes in any::<[[u8; 20]; 2]>()) {
        let bytes = [bytes[0], bytes[1]].concat().try_into().expect("40 bytes");
        let (fields, again) = read_and_written(&bytes);
        prop_assert_eq!(fields, read_and_written(&again).0);
    }
}

/// Returns the fields of a match, and the match that says them.
fn read_and_written(bytes: &[u8; 40]) -> (Match, [u8; 40]) {
    let message = [&[1, 11, 0, 0, 0, 0, 0, 7][..], bytes, &[0; 40]].concat();
    let frame = Frame::decode(&stamped(&message)).unwrap();
    let again = encoded(&frame)[8..48].try_into().unwrap();
    let Message::FlowRemoved(removed) = frame.message else { panic!("{frame:?}") };
    (removed.fields, again)
}

/// Bytes in which types and protocols that mean something are likely.
fn match_bytes() -> impl Strategy<Value = [u8; 40]> {
    let kind = select(vec![0x0800_u16, 0x0806, 0x8035, 0x86dd, 0x05ff]);
    let protocol = select(vec![1_u8, 2, 6, 17, 58, 132]);
    let vlan = prop_oneof![2 => 0..0x1000_u16, 1 => Just(0xffff)];
    let numbers = (any::<u32>(), any::<[u8; 14]>(), vlan, any::<u8>());
    (numbers, kind, protocol, any::<[u8; 12]>(), any::<u8>()).prop_map(
        |((wildcards, link, vlan, priority), kind, protocol, network, tos)| {
            let mut bytes = [0; 40];
            bytes[..4].copy_from_slice(&wildcards.to_be_bytes());
            bytes[4..18].copy_from_slice(&link);
            bytes[18..20].copy_from_slice(&vlan.to_be_bytes());
            bytes[20] = priority & 0b111;
            bytes[22..24].copy_from_slice(&kind.to_be_bytes());
            bytes[24] = tos & !0b11;
            bytes[25] = protocol;
            bytes[28..].copy_from_slice(&network);
            bytes
        },
    )
}

/// Returns the same match with zeroes for what does not count.
fn without_padding(mut bytes: [u8; 40]) -> [u8; 40] {
    let word = |bytes: &[u8; 40], at: usize| {
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    };
    let mut wildcards = word(&bytes, 0) & 0x3f_ffff;
    if wildcards & 1 << 1 == 0 && bytes[18..20] == [0xff, 0xff] {
        wildcards &= !(1 << 20);
        bytes[20] = 0;
    }
    for (shift, at) in [(8, 28), (14, 32)] {
        let ignored = (wildcards >> shift & 0x3f).min(32);
        wildcards = wildcards & !(0x3f << shift) | ignored << shift;
        let mask = u32::MAX.checked_shl(ignored).unwrap_or(0);
        let address = word(&bytes, at) & mask;
        bytes[at..at + 4].copy_from_slice(&address.to_be_bytes());
    }
    let places = [
        (0, 4..6),
        (1, 18..20),
        (2, 6..12),
        (3, 12..18),
        (4, 22..24),
        (5, 25..26),
        (6, 36..38),
        (7, 38..40),
        (20, 20..21),
        (21, 24..25),
    ];
    for (bit, place) in places {
        if wildcards & 1 << bit != 0 {
            bytes[place].fill(0);
        }
    }
    bytes[..4].copy_from_slice(&wildcards.to_be_bytes());
    bytes
}

fn frame() -> impl Strategy<Value = Frame> {
    (any::<u32>(), message()).prop_map(|(xid, message)| Frame {
        version: Version::V1_0,
        xid: Xid(xid),
        message,
    })
}

fn message() -> impl Strategy<Value = Message> {
    let symmetric =
        symmetric().prop_filter("codes are by type", |said| !matches!(said, Message::Error(_)));
    let nicira = nicira::message().prop_filter("these have their own", |message| {
        !matches!(
            message,
            NiciraMessage::RoleRequest(_)
                | NiciraMessage::RoleReply(_)
                | NiciraMessage::SetAsyncConfig(_)
        )
    });
    prop_oneof![
        symmetric,
        error(),
        configuration(),
        features().prop_map(Message::FeaturesReply),
        queues(),
        asynchronous(),
        packet_out().prop_map(Message::PacketOut),
        flow_mod().prop_map(Message::FlowMod),
        port_mod().prop_map(Message::PortMod),
        (any::<u16>(), request()).prop_map(|(flags, body)| {
            let flags = MultipartFlags::from_bits_retain(flags);
            Message::MultipartRequest(MultipartRequest { flags, body })
        }),
        (any::<u16>(), reply()).prop_map(|(flags, body)| {
            let flags = MultipartFlags::from_bits_retain(flags);
            Message::MultipartReply(MultipartReply { flags, body })
        }),
        role().prop_map(Message::RoleRequest),
        role().prop_map(Message::RoleReply),
        async_config(Version::V1_0).prop_map(Message::SetAsync),
        nicira.prop_map(|message| Message::Nicira(Box::new(message))),
    ]
}

fn error() -> impl Strategy<Value = Message> {
    let code = prop_oneof![
        (0..3_u16, any::<u16>()).prop_map(|(kind, code)| ErrorCode { kind, code }),
        (10..=0xffff_u16, any::<u16>()).prop_map(|(kind, code)| ErrorCode { kind, code }),
        (select(vec![5_u16, 7, 9]), 0x8006..=0xffff_u16)
            .prop_map(|(kind, code)| ErrorCode { kind, code }),
        select(vec![
            ErrorCode::FLOW_MOD_TABLE_FULL,
            ErrorCode::FLOW_MOD_EMERGENCY_TIMEOUT,
            ErrorCode::FLOW_MOD_UNSUPPORTED,
            ErrorCode::PORT_MOD_PORT,
            ErrorCode::QUEUE_OP_QUEUE,
        ]),
    ];
    (code, data()).prop_map(|(code, data)| Message::Error(ErrorMessage { code, data }))
}

fn configuration() -> impl Strategy<Value = Message> {
    let config = || {
        any::<(u16, u16)>().prop_map(|(flags, miss_send_len)| SwitchConfig { flags, miss_send_len })
    };
    prop_oneof![
        select(vec![
            Message::FeaturesRequest,
            Message::GetConfigRequest,
            Message::BarrierRequest,
            Message::BarrierReply,
        ]),
        config().prop_map(Message::GetConfigReply),
        config().prop_map(Message::SetConfig),
    ]
}

fn features() -> impl Strategy<Value = Features> {
    (any::<(u64, u32, u8, u32, u32)>(), vec(port(), 0..4)).prop_map(|(fixed, ports)| Features {
        dpid: Dpid(fixed.0),
        n_buffers: fixed.1,
        n_tables: fixed.2,
        auxiliary_id: 0,
        capabilities: Capabilities::from_bits_retain(fixed.3),
        actions: fixed.4,
        ports,
    })
}

fn queues() -> impl Strategy<Value = Message> {
    let property = prop_oneof![
        any::<u16>().prop_map(QueueProperty::MinRate),
        any::<u16>().prop_map(QueueProperty::MaxRate),
        (3..=0xffff_u16, data())
            .prop_map(|(kind, body)| QueueProperty::Unknown(UnknownProperty { kind, body })),
    ];
    let queues = vec((any::<u32>(), vec(property, 0..3)), 0..4);
    prop_oneof![
        port_no().prop_map(|port| Message::QueueGetConfigRequest(QueueConfigRequest { port })),
        (port_no(), queues).prop_map(|(port, queues)| {
            let queues = queues.into_iter().map(|(queue, properties)| QueueDesc {
                port_no: port,
                queue_id: QueueId(queue),
                properties,
            });
            Message::QueueGetConfigReply(QueueConfig { port, queues: queues.collect() })
        }),
    ]
}

fn asynchronous() -> impl Strategy<Value = Message> {
    let packet_in = (any::<(u32, u16, u8)>(), port_no(), data()).prop_map(|(fixed, port, data)| {
        Message::PacketIn(PacketIn {
            buffer_id: BufferId(fixed.0),
            total_len: fixed.1,
            reason: PacketInReason(fixed.2),
            table_id: TableId(0),
            cookie: PacketIn::NO_COOKIE,
            fields: Match::any().with(key::IN_PORT, port),
            data,
        })
    });
    let removed = (any::<(u64, u16, u8, u32, u32, u16, u64, u64)>(), fields());
    let removed = removed.prop_map(|(fixed, fields)| {
        Message::FlowRemoved(FlowRemoved {
            other_stats: vec![],
            cookie: fixed.0,
            priority: fixed.1,
            reason: FlowRemovedReason(fixed.2),
            table_id: TableId(0),
            duration_sec: fixed.3,
            duration_nsec: fixed.4,
            idle_timeout: fixed.5,
            hard_timeout: 0,
            packet_count: fixed.6,
            byte_count: fixed.7,
            fields,
        })
    });
    let status = (any::<u8>(), port()).prop_map(|(reason, port)| {
        Message::PortStatus(PortStatus { reason: PortReason(reason), port })
    });
    prop_oneof![packet_in, removed, status]
}

fn packet_out() -> impl Strategy<Value = PacketOut> {
    (any::<u32>(), port_no(), vec(action(), 0..6), data()).prop_map(
        |(buffer, in_port, actions, data)| PacketOut {
            fields: Match::any(),
            buffer_id: BufferId(buffer),
            in_port,
            actions: actions.into(),
            data,
        },
    )
}

fn flow_mod() -> impl Strategy<Value = FlowMod> {
    let blank = select(vec![
        FlowMod::add(),
        FlowMod::modify(),
        FlowMod { command: FlowModCommand::ModifyStrict, ..FlowMod::modify() },
        FlowMod::delete(),
        FlowMod::delete_strict(),
    ]);
    let numbers = any::<(u64, u16, u16, u16, u32, u16)>();
    (blank, numbers, port_no(), fields(), instructions()).prop_map(
        |(blank, numbers, out_port, fields, instructions)| FlowMod {
            cookie: numbers.0,
            idle_timeout: numbers.1,
            hard_timeout: numbers.2,
            priority: numbers.3,
            buffer_id: BufferId(numbers.4),
            flags: FlowModFlags::from_bits_retain(numbers.5),
            out_port,
            fields,
            instructions: instructions.into(),
            ..blank
        },
    )
}

fn port_mod() -> impl Strategy<Value = PortMod> {
    (port_no(), any::<([u8; 6], u32, u32, u32)>()).prop_map(|(port_no, fixed)| PortMod {
        port_no,
        hw_addr: MacAddr(fixed.0),
        config: PortConfig::from_bits_retain(fixed.1),
        mask: PortConfig::from_bits_retain(fixed.2),
        properties: vec![PortModProperty::Ethernet { advertise: fixed.3 }],
    })
}

fn request() -> impl Strategy<Value = MultipartRequestBody> {
    let flows = || {
        (any::<u8>(), port_no(), fields()).prop_map(|(table, out_port, fields)| FlowStatsRequest {
            table_id: TableId(table),
            out_port,
            fields,
            ..FlowStatsRequest::all()
        })
    };
    prop_oneof![
        select(vec![
            MultipartRequestBody::Desc,
            MultipartRequestBody::Table,
            MultipartRequestBody::PortDesc(PortNo::ANY),
        ]),
        flows().prop_map(MultipartRequestBody::Flow),
        flows().prop_map(MultipartRequestBody::Aggregate),
        port_no().prop_map(MultipartRequestBody::PortStats),
        (port_no(), any::<u32>()).prop_map(|(port_no, queue)| {
            MultipartRequestBody::Queue(QueueRequest { port_no, queue_id: QueueId(queue) })
        }),
        super::multipart::experimenter().prop_map(MultipartRequestBody::Experimenter),
        (6..13_u16, data()).prop_map(|(kind, body)| {
            MultipartRequestBody::Unknown { kind: MultipartType(kind), body }
        }),
    ]
}

fn reply() -> impl Strategy<Value = MultipartReplyBody> {
    let aggregate = any::<(u64, u64, u32)>().prop_map(|(packets, bytes, flows)| {
        MultipartReplyBody::Aggregate(AggregateStats {
            other_stats: vec![],
            packet_count: packets,
            byte_count: bytes,
            flow_count: flows,
        })
    });
    prop_oneof![
        vec(flow_stats(), 0..4).prop_map(MultipartReplyBody::Flow),
        aggregate,
        vec(table_stats(), 0..4).prop_map(MultipartReplyBody::Table),
        vec(port_stats(), 0..4).prop_map(MultipartReplyBody::PortStats),
        vec(queue_stats(), 0..4).prop_map(MultipartReplyBody::Queue),
        vec(port(), 0..4).prop_map(MultipartReplyBody::PortDesc),
        super::multipart::experimenter().prop_map(MultipartReplyBody::Experimenter),
        (14..0xffff_u16, data()).prop_map(|(kind, body)| {
            MultipartReplyBody::Unknown { kind: MultipartType(kind), body }
        }),
    ]
}

fn flow_stats() -> impl Strategy<Value = FlowStats> {
    let numbers = any::<(u8, u32, u32, u16, u16, u16, [u64; 3])>();
    (numbers, fields(), instructions()).prop_map(|(fixed, fields, instructions)| FlowStats {
        other_stats: vec![],
        table_id: TableId(fixed.0),
        duration_sec: fixed.1,
        duration_nsec: fixed.2,
        priority: fixed.3,
        idle_timeout: fixed.4,
        hard_timeout: fixed.5,
        flags: FlowModFlags::empty(),
        importance: 0,
        cookie: fixed.6[0],
        packet_count: fixed.6[1],
        byte_count: fixed.6[2],
        fields,
        instructions: instructions.into(),
    })
}

fn table_stats() -> impl Strategy<Value = TableStats> {
    (any::<(u8, u32, u32, u32, u64, u64)>(), "[a-z0-9é]{0,28}").prop_map(|(fixed, name)| {
        TableStats {
            table_id: TableId(fixed.0),
            active_count: fixed.3,
            lookup_count: fixed.4,
            matched_count: fixed.5,
            abilities: Some(Box::new(TableAbilities {
                name: Text::from(name.as_str()),
                wildcards: fixed.1,
                max_entries: fixed.2,
            })),
        }
    })
}

fn port_stats() -> impl Strategy<Value = PortStats> {
    (port_no(), any::<[u64; 12]>()).prop_map(|(port_no, n)| PortStats {
        port_no,
        duration_sec: 0,
        duration_nsec: 0,
        rx_packets: n[0],
        tx_packets: n[1],
        rx_bytes: n[2],
        tx_bytes: n[3],
        rx_dropped: n[4],
        tx_dropped: n[5],
        rx_errors: n[6],
        tx_errors: n[7],
        properties: vec![PortStatsProperty::Ethernet(EthernetStats {
            rx_frame_err: n[8],
            rx_over_err: n[9],
            rx_crc_err: n[10],
            collisions: n[11],
        })],
    })
}

fn queue_stats() -> impl Strategy<Value = QueueStats> {
    (port_no(), any::<(u32, [u64; 3])>()).prop_map(|(port_no, (queue, counters))| QueueStats {
        port_no,
        queue_id: QueueId(queue),
        tx_bytes: counters[0],
        tx_packets: counters[1],
        tx_errors: counters[2],
        duration_sec: 0,
        duration_nsec: 0,
        properties: vec![],
    })
}

fn port() -> impl Strategy<Value = Port> {
    (port_no(), any::<([u8; 6], u32, u32, [u32; 4])>(), "[a-z0-9é]{0,12}").prop_map(
        |(port_no, fixed, name)| Port {
            port_no,
            hw_addr: MacAddr(fixed.0),
            name: Text::from(name.as_str()),
            config: PortConfig::from_bits_retain(fixed.1),
            state: PortState::from_bits_retain(fixed.2),
            properties: vec![PortProperty::Ethernet(EthernetPort {
                curr: fixed.3[0],
                advertised: fixed.3[1],
                supported: fixed.3[2],
                peer: fixed.3[3],
                ..EthernetPort::default()
            })],
        },
    )
}

fn role() -> impl Strategy<Value = RoleRequest> {
    select(vec![Role::Equal, Role::Master, Role::Slave])
        .prop_map(|role| RoleRequest::new(role, GenerationId::UNDEFINED))
}

fn port_no() -> impl Strategy<Value = PortNo> {
    prop_oneof![any::<u16>(), 0xff00..=0xffff_u16].prop_map(|port| ShortPort(port).into())
}

fn fields() -> impl Strategy<Value = Match> {
    match_bytes().prop_map(|bytes| read_and_written(&bytes).0)
}

fn instructions() -> impl Strategy<Value = Vec<Instruction>> {
    prop_oneof![
        1 => Just(vec![]),
        3 => vec(action(), 1..5).prop_map(|actions| vec![Instruction::apply_actions(actions)]),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let nicira = nicira::action(standard_action());
    prop_oneof![
        3 => standard_action(),
        1 => nicira.prop_map(|action| Action::Nicira(Box::new(action))),
    ]
}

fn standard_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        (port_no(), any::<u16>()).prop_map(|(port, max_len)| Action::Output { port, max_len }),
        (port_no(), any::<u32>())
            .prop_map(|(port, queue)| Action::Enqueue { port, queue_id: QueueId(queue) }),
        select(vec![Action::PopVlan, Action::DecNwTtl, Action::DecMplsTtl]),
        (0..0x1000_u16).prop_map(|id| Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | id)),
        (0..8_u8).prop_map(|priority| Action::set_field(key::VLAN_PCP, priority)),
        any::<[u8; 6]>().prop_map(|mac| Action::set_field(key::ETH_SRC, MacAddr(mac))),
        any::<[u8; 6]>().prop_map(|mac| Action::set_field(key::ETH_DST, MacAddr(mac))),
        any::<u32>().prop_map(|ip| Action::set_field(key::IPV4_SRC, ip.into())),
        any::<u32>().prop_map(|ip| Action::set_field(key::IPV4_DST, ip.into())),
        (0..64_u8).prop_map(|code_point| Action::set_field(key::IP_DSCP, code_point)),
        any::<u16>().prop_map(|port| Action::set_field(TP_SRC, port)),
        any::<u16>().prop_map(|port| Action::set_field(TP_DST, port)),
        any::<u32>().prop_map(Action::SetQueue),
        any::<u16>().prop_map(Action::PushMpls),
        any::<u16>().prop_map(Action::PopMpls),
        any::<u8>().prop_map(Action::SetMplsTtl),
        (100..0xffff_u16, aligned_body()).prop_map(|(kind, body): (u16, Bytes)| Action::Unknown(
            Box::new(UnknownAction { kind, body })
        )),
    ]
}
