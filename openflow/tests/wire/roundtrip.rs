//! Whatever can be said can be read back, and whatever is read can be said again.

mod commands;
mod multipart;

use bytes::Bytes;
use openflow::nicira::FieldOffset;
use openflow::{
    Action, AsyncConfig, AsyncKind, BufferId, Capabilities, ChannelStatus, ControllerReason,
    ControllerStatus, CopyField, Dpid, ErrorCode, ErrorMessage, EthernetPort, Experimenter,
    Features, Field, FieldId, FlowMod, FlowModCommand, FlowModFlags, FlowRemoved,
    FlowRemovedReason, FlowStats, FlowStatsRequest, Frame, GenerationId, GroupId, Instruction,
    MacAddr, Match, Message, MeterId, MultipartFlags, MultipartReply, MultipartReplyBody,
    MultipartRequest, MultipartRequestBody, MultipartType, PacketIn, PacketInReason, PacketOut,
    Port, PortConfig, PortNo, PortProperty, PortReason, PortState, PortStatus, Role, RoleReason,
    RoleRequest, RoleStatus, ShortId, StatTriggerFlags, StatsField, SwitchConfig, TableId,
    TableStats, Text, UnknownAction, UnknownProperty, UnknownStatsField, Version, Xid, key, nxm,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::vectors::vectors;
use crate::{encoded, hex, stamped, to_hex};

mod nicira;
mod version_1_0;

proptest! {
    #[test]
    fn what_is_said_is_read_back(frame in frame()) {
        prop_assert_eq!(Frame::decode(&encoded(&frame).into()), Ok(frame));
    }

    /// Vectors with a few bytes changed: close enough to valid to get deep into the codecs.
    #[test]
    fn what_is_read_can_be_said_again(
        vector in proptest::sample::select(vectors()),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut message = vector.bytes.to_vec();
        for (at, byte) in changes {
            let at = at.index(message.len());
            message[at] = byte;
        }
        let message = stamped(&message);
        if let Ok(frame) = Frame::decode(&message) {
            let again = encoded(&frame);
            // Padding may have been dirty, and a body in a version of old is not kept.
            if message[0] >= Version::V1_3.wire() {
                prop_assert_eq!(again.len(), message.len());
            }
            prop_assert_eq!(Frame::decode(&again.into()), Ok(frame));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        kind in 0..37_u8,
        version in proptest::sample::select(Version::ALL.map(Version::wire).to_vec()),
        body in vec(any::<u8>(), 0..200),
    ) {
        let message = stamped(&[&[version, kind, 0, 0, 0, 0, 0, 7], &body[..]].concat());
        match Frame::decode(&message) {
            // The body of a hello means nothing in a version of old.
            Ok(Frame { version: Version::V1_0, message: Message::Hello(_), .. }) => {}
            Ok(frame) => prop_assert_eq!(encoded(&frame).len(), message.len()),
            Err(refusal) => prop_assert_eq!(refusal.xid, Xid(7)),
        }
    }
}

/// Each list has its totals out of order, twice, or unsaid.
#[test]
fn statistics_of_1_5_are_written_in_the_order_in_which_they_were_read() {
    let packets = hex("8002 08 08 0000000000000005");
    let bytes = hex("8002 0a 08 00000000000000c8");
    let idle = hex("8002 02 08 00000003 00000004");
    let unsaid = hex("8002 08 08 ffffffffffffffff");
    let lists = [
        vec![&bytes, &packets],
        vec![&packets, &idle, &bytes],
        vec![&packets, &packets],
        vec![&unsaid, &packets, &bytes],
    ];
    for list in lists {
        let list: Vec<u8> = list.into_iter().flatten().copied().collect();
        let mut message = hex("06 0b 0000 00000007 01 02 0007 003c 0000 0000000000001234").to_vec();
        message.extend_from_slice(&hex("0001 0004 00000000 0000"));
        message.extend_from_slice(&(list.len() as u16 + 4).to_be_bytes());
        message.extend_from_slice(&list);
        message.resize(message.len().next_multiple_of(8), 0);
        let message = stamped(&message);
        let frame = Frame::decode(&message).unwrap();
        assert_eq!(to_hex(&encoded(&frame)), to_hex(&message), "{frame:?}");
        let Message::FlowRemoved(removed) = frame.message else { panic!("{:?}", frame.message) };
        assert_eq!(removed.packet_count, 5);
    }
}

/// From OpenFlow 1.3 on: what 1.0 can say is in `version_1_0`.
fn frame() -> impl Strategy<Value = Frame> {
    proptest::sample::select(&Version::ALL[1..]).prop_flat_map(|version| {
        (any::<u32>(), message(version)).prop_map(move |(xid, message)| Frame {
            version,
            xid: Xid(xid),
            message,
        })
    })
}

fn message(version: Version) -> impl Strategy<Value = Message> {
    prop_oneof![
        symmetric(),
        configuration(version),
        packet_in().prop_map(Message::PacketIn),
        flow_removed(version).prop_map(Message::FlowRemoved),
        port_status(version).prop_map(Message::PortStatus),
        packet_out(version).prop_map(Message::PacketOut),
        flow_mod(version).prop_map(Message::FlowMod),
        commands::message(version),
        multipart_request(version).prop_map(Message::MultipartRequest),
        multipart_reply(version).prop_map(Message::MultipartReply),
        roles(version),
        nicira::message().prop_map(|message| Message::Nicira(Box::new(message))),
    ]
}

fn symmetric() -> impl Strategy<Value = Message> {
    prop_oneof![
        data().prop_map(Message::EchoRequest),
        data().prop_map(Message::EchoReply),
        (any::<u16>(), any::<u16>(), data()).prop_map(|(kind, code, data)| {
            Message::Error(ErrorMessage { code: ErrorCode { kind, code }, data })
        }),
        (any::<u32>(), any::<u32>(), data()).prop_map(|(experimenter, kind, data)| {
            Message::Experimenter(Experimenter { experimenter, kind, data })
        }),
        (36..=255_u8, data()).prop_map(|(kind, body)| Message::Unknown { kind, body }),
    ]
}

fn configuration(version: Version) -> impl Strategy<Value = Message> {
    let config = || {
        any::<(u16, u16)>().prop_map(|(flags, miss_send_len)| SwitchConfig { flags, miss_send_len })
    };
    prop_oneof![
        Just(Message::FeaturesRequest),
        Just(Message::GetConfigRequest),
        Just(Message::BarrierRequest),
        Just(Message::BarrierReply),
        Just(Message::GetAsyncRequest),
        any::<(u64, u32, u8, u8, u32)>().prop_map(|(dpid, n_buffers, n_tables, aux, bits)| {
            Message::FeaturesReply(Features {
                dpid: Dpid(dpid),
                n_buffers,
                n_tables,
                auxiliary_id: aux,
                capabilities: Capabilities::from_bits_retain(bits),
                actions: 0,
                ports: vec![],
            })
        }),
        config().prop_map(Message::GetConfigReply),
        config().prop_map(Message::SetConfig),
        async_config(version).prop_map(Message::SetAsync),
        async_config(version).prop_map(Message::GetAsyncReply),
    ]
}

fn async_config(version: Version) -> impl Strategy<Value = AsyncConfig> {
    any::<[u32; 6]>().prop_map(move |masks| {
        let kinds = match version {
            // The order of the masks in a 1.3 message.
            Version::V1_0 | Version::V1_3 => [1, 0, 3, 2, 5, 4],
            Version::V1_4 => [11, 2, 7, 0, 9, 4],
            Version::V1_5 => [15, 2, 12, 0, 9, 4],
        };
        let masks = kinds.into_iter().map(AsyncKind).zip(masks);
        masks.fold(AsyncConfig::default(), |config, (kind, mask)| config.with(kind, mask))
    })
}

fn packet_in() -> impl Strategy<Value = PacketIn> {
    (any::<(u32, u16, u8, u8, u64)>(), fields(), data()).prop_map(|(fixed, fields, data)| {
        let (buffer, total_len, reason, table, cookie) = fixed;
        PacketIn {
            buffer_id: BufferId(buffer),
            total_len,
            reason: PacketInReason(reason),
            table_id: TableId(table),
            cookie,
            fields,
            data,
        }
    })
}

fn flow_removed(version: Version) -> impl Strategy<Value = FlowRemoved> {
    let flow = any::<(u64, u16, u8, u8)>();
    let times = any::<(u32, u32, u16, u16)>();
    (flow, times, any::<(u64, u64)>(), fields(), other_stats(version)).prop_map(
        |(flow, times, counts, fields, other_stats)| FlowRemoved {
            cookie: flow.0,
            priority: flow.1,
            reason: FlowRemovedReason(flow.2),
            table_id: TableId(flow.3),
            duration_sec: times.0,
            duration_nsec: times.1,
            idle_timeout: times.2,
            hard_timeout: times.3,
            packet_count: counts.0,
            byte_count: counts.1,
            fields,
            other_stats,
        },
    )
}

/// What the statistics of 1.5 hold beside what every version has, in any order.
fn other_stats(version: Version) -> BoxedStrategy<Vec<StatsField>> {
    let idle = any::<(u32, u32)>().prop_map(|(sec, nsec)| StatsField::IdleTime { sec, nsec });
    match version {
        Version::V1_0 | Version::V1_3 | Version::V1_4 => Just(vec![]).boxed(),
        Version::V1_5 => vec(prop_oneof![idle, unknown_stats()], 0..4).boxed(),
    }
}

fn unknown_stats() -> impl Strategy<Value = StatsField> {
    let class = prop_oneof![Just(0x8002_u16), Just(UnknownStatsField::EXPERIMENTER)];
    (class, 6..128_u8, any::<u32>(), data()).prop_map(|(class, number, experimenter, value)| {
        let experimental = class == UnknownStatsField::EXPERIMENTER;
        let experimenter = if experimental { experimenter } else { 0 };
        let field = UnknownStatsField { class, number, experimenter, value };
        StatsField::Unknown(Box::new(field))
    })
}

fn stats() -> impl Strategy<Value = Vec<StatsField>> {
    let field = prop_oneof![
        any::<(u32, u32)>().prop_map(|(sec, nsec)| StatsField::Duration { sec, nsec }),
        any::<(u32, u32)>().prop_map(|(sec, nsec)| StatsField::IdleTime { sec, nsec }),
        any::<u32>().prop_map(StatsField::FlowCount),
        any::<u64>().prop_map(StatsField::PacketCount),
        any::<u64>().prop_map(StatsField::ByteCount),
        unknown_stats(),
    ];
    vec(field, 0..5)
}

fn packet_out(version: Version) -> impl Strategy<Value = PacketOut> {
    let fields = match version {
        Version::V1_0 | Version::V1_3 | Version::V1_4 => Just(Match::any()).boxed(),
        Version::V1_5 => any::<(u64, u32)>()
            .prop_map(|(metadata, packet_type)| {
                let fields = Match::any().with(key::METADATA, metadata);
                fields.with(key::PACKET_TYPE, packet_type)
            })
            .boxed(),
    };
    (any::<(u32, u32)>(), fields, vec(action(version), 0..6), data()).prop_map(
        |(fixed, fields, actions, data)| PacketOut {
            buffer_id: BufferId(fixed.0),
            in_port: PortNo(fixed.1),
            fields,
            actions: actions.into(),
            data,
        },
    )
}

fn flow_mod(version: Version) -> impl Strategy<Value = FlowMod> {
    let command = proptest::sample::select(vec![
        FlowModCommand::Add,
        FlowModCommand::Modify,
        FlowModCommand::ModifyStrict,
        FlowModCommand::Delete,
        FlowModCommand::DeleteStrict,
    ]);
    let numbers = any::<(u64, u64, u8, u16, u16, u16)>();
    let targets = any::<(u32, u32, u32, u16)>();
    (command, numbers, targets, importance(version), fields(), instructions(version)).prop_map(
        |(command, numbers, targets, importance, fields, instructions)| FlowMod {
            cookie: numbers.0,
            cookie_mask: numbers.1,
            table_id: TableId(numbers.2),
            command,
            idle_timeout: numbers.3,
            hard_timeout: numbers.4,
            priority: numbers.5,
            buffer_id: BufferId(targets.0),
            out_port: PortNo(targets.1),
            out_group: GroupId(targets.2),
            flags: FlowModFlags::from_bits_retain(targets.3),
            importance,
            fields,
            instructions: instructions.into(),
        },
    )
}

/// Before OpenFlow 1.4 flows have none.
fn importance(version: Version) -> BoxedStrategy<u16> {
    match version {
        Version::V1_0 | Version::V1_3 => Just(0).boxed(),
        Version::V1_4 | Version::V1_5 => any::<u16>().boxed(),
    }
}

fn multipart_request(version: Version) -> impl Strategy<Value = MultipartRequest> {
    let flow = (any::<(u8, u32, u32, u64, u64)>(), fields()).prop_map(|(fixed, fields)| {
        MultipartRequestBody::Flow(FlowStatsRequest {
            table_id: TableId(fixed.0),
            out_port: PortNo(fixed.1),
            out_group: GroupId(fixed.2),
            cookie: fixed.3,
            cookie_mask: fixed.4,
            fields,
        })
    });
    let unknown = (20..0xffff_u16, data())
        .prop_map(|(kind, body)| MultipartRequestBody::Unknown { kind: MultipartType(kind), body });
    let body = prop_oneof![
        Just(MultipartRequestBody::Desc),
        Just(MultipartRequestBody::Table),
        all_or_one(version, PortNo::ANY.0)
            .prop_map(|port| MultipartRequestBody::PortDesc(PortNo(port))),
        flow,
        multipart::request(version),
        unknown,
    ];
    (any::<u16>(), body).prop_map(|(flags, body)| MultipartRequest {
        flags: MultipartFlags::from_bits_retain(flags),
        body,
    })
}

/// Before OpenFlow 1.5 some requests are always for all there are.
fn all_or_one(version: Version, all: u32) -> BoxedStrategy<u32> {
    match version {
        Version::V1_0 | Version::V1_3 | Version::V1_4 => Just(all).boxed(),
        Version::V1_5 => any::<u32>().boxed(),
    }
}

fn multipart_reply(version: Version) -> impl Strategy<Value = MultipartReply> {
    let table =
        any::<(u8, u32, u64, u64)>().prop_map(|(table, active, lookup, matched)| TableStats {
            table_id: TableId(table),
            active_count: active,
            lookup_count: lookup,
            matched_count: matched,
            abilities: None,
        });
    let unknown = (20..0xffff_u16, data())
        .prop_map(|(kind, body)| MultipartReplyBody::Unknown { kind: MultipartType(kind), body });
    let body = prop_oneof![
        vec(flow_stats(version), 0..4).prop_map(MultipartReplyBody::Flow),
        vec(table, 0..4).prop_map(MultipartReplyBody::Table),
        vec(port(version), 0..4).prop_map(MultipartReplyBody::PortDesc),
        multipart::reply(version),
        unknown,
    ];
    (any::<u16>(), body).prop_map(|(flags, body)| MultipartReply {
        flags: MultipartFlags::from_bits_retain(flags),
        body,
    })
}

fn flow_stats(version: Version) -> impl Strategy<Value = FlowStats> {
    let fixed = any::<(u8, u32, u32, u16, u16, u16, u16)>();
    let counts = any::<(u64, u64, u64)>();
    let flow = (fields(), instructions(version));
    (fixed, counts, importance(version), other_stats(version), flow).prop_map(
        |(fixed, counts, importance, other_stats, (fields, instructions))| FlowStats {
            table_id: TableId(fixed.0),
            duration_sec: fixed.1,
            duration_nsec: fixed.2,
            priority: fixed.3,
            idle_timeout: fixed.4,
            hard_timeout: fixed.5,
            flags: FlowModFlags::from_bits_retain(fixed.6),
            importance,
            cookie: counts.0,
            packet_count: counts.1,
            byte_count: counts.2,
            other_stats,
            fields,
            instructions: instructions.into(),
        },
    )
}

fn port_status(version: Version) -> impl Strategy<Value = PortStatus> {
    (any::<u8>(), port(version))
        .prop_map(|(reason, port)| PortStatus { reason: PortReason(reason), port })
}

fn port(version: Version) -> impl Strategy<Value = Port> {
    let ethernet = any::<[u32; 6]>().prop_map(|n| {
        PortProperty::Ethernet(EthernetPort {
            curr: n[0],
            advertised: n[1],
            supported: n[2],
            peer: n[3],
            curr_speed: n[4],
            max_speed: n[5],
        })
    });
    let properties = match version {
        Version::V1_0 | Version::V1_3 => vec(ethernet, 1).boxed(),
        Version::V1_4 => {
            let optical = commands::optical_port().prop_map(PortProperty::Optical);
            let unknown = unknown_property().prop_map(PortProperty::Unknown);
            vec(prop_oneof![ethernet, optical, unknown], 0..3).boxed()
        }
        Version::V1_5 => {
            let headers = || vec(multipart::oxm_header(), 0..4);
            let ports = vec(any::<u32>().prop_map(PortNo), 0..4);
            let property = prop_oneof![
                ethernet,
                commands::optical_port().prop_map(PortProperty::Optical),
                headers().prop_map(|pipeline_input| PortProperty::PipelineInput { pipeline_input }),
                headers()
                    .prop_map(|pipeline_output| PortProperty::PipelineOutput { pipeline_output }),
                ports.prop_map(|recirculate| PortProperty::Recirculate { recirculate }),
                unknown_property().prop_map(PortProperty::Unknown),
            ];
            vec(property, 0..4).boxed()
        }
    };
    (any::<(u32, [u8; 6], u32, u32)>(), "[a-z0-9é]{0,12}", properties).prop_map(
        |(fixed, name, properties)| Port {
            port_no: PortNo(fixed.0),
            hw_addr: MacAddr(fixed.1),
            name: Text::from(name.as_str()),
            config: PortConfig::from_bits_retain(fixed.2),
            state: PortState::from_bits_retain(fixed.3),
            properties,
        },
    )
}

fn roles(version: Version) -> impl Strategy<Value = Message> {
    let role =
        || proptest::sample::select(vec![Role::NoChange, Role::Equal, Role::Master, Role::Slave]);
    let request = move || {
        (role(), any::<(u16, u64)>()).prop_map(move |(role, (id, generation))| RoleRequest {
            role,
            short_id: if version == Version::V1_5 { ShortId(id) } else { ShortId::UNDEFINED },
            generation_id: GenerationId(generation),
        })
    };
    let properties = vec(unknown_property(), 0..3);
    let status = (role(), any::<(u8, u64)>(), properties).prop_map(|(role, fixed, properties)| {
        Message::RoleStatus(RoleStatus {
            role,
            reason: RoleReason(fixed.0),
            generation_id: GenerationId(fixed.1),
            properties,
        })
    });
    prop_oneof![
        request().prop_map(Message::RoleRequest),
        request().prop_map(Message::RoleReply),
        status,
        controller_status().prop_map(Message::ControllerStatus),
        any::<u16>().prop_map(|id| Message::ShortId(ShortId(id))),
    ]
}

fn controller_status() -> impl Strategy<Value = ControllerStatus> {
    let role =
        proptest::sample::select(vec![Role::NoChange, Role::Equal, Role::Master, Role::Slave]);
    let properties = vec(unknown_property(), 0..3);
    (role, any::<(u16, u8, u8)>(), properties).prop_map(|(role, fixed, properties)| {
        ControllerStatus {
            short_id: ShortId(fixed.0),
            role,
            reason: ControllerReason(fixed.1),
            channel_status: ChannelStatus(fixed.2),
            properties,
        }
    })
}

fn unknown_property() -> impl Strategy<Value = UnknownProperty> {
    (100..=0xffff_u16, data()).prop_map(|(kind, body)| UnknownProperty { kind, body })
}

fn fields() -> impl Strategy<Value = Match> {
    vec(field(), 0..6).prop_map(Match::from_iter)
}

fn field() -> impl Strategy<Value = Field> {
    let raw = (
        prop_oneof![Just(0x0002_u16), Just(FieldId::EXPERIMENTER)],
        0..128_u8,
        any::<u32>(),
        vec(any::<(u8, u8)>(), 0..100),
        any::<bool>(),
    );
    prop_oneof![
        any::<u32>().prop_map(|port| Field::exact(key::IN_PORT, PortNo(port))),
        any::<u16>().prop_map(|kind| Field::exact(key::ETH_TYPE, kind)),
        any::<[u8; 6]>().prop_map(|mac| Field::exact(key::ETH_SRC, MacAddr(mac))),
        any::<([u8; 6], [u8; 6])>().prop_map(|(mac, mask)| Field::masked(
            key::ETH_DST,
            MacAddr(mac),
            MacAddr(mask)
        )),
        any::<(u32, u32)>().prop_map(|(ip, mask)| Field::masked(
            key::IPV4_SRC,
            ip.into(),
            mask.into()
        )),
        any::<(u128, u128)>().prop_map(|(ip, mask)| Field::masked(
            key::IPV6_DST,
            ip.into(),
            mask.into()
        )),
        raw.prop_map(|(class, number, experimenter, octets, masked)| {
            let (value, mask): (Vec<u8>, Vec<u8>) = octets.into_iter().unzip();
            let experimenter = if class == FieldId::EXPERIMENTER { experimenter } else { 0 };
            let id = FieldId { class, number, experimenter };
            Field::raw(id, &value, masked.then_some(&mask)).expect("all of it is in range")
        }),
    ]
}

fn action(version: Version) -> BoxedStrategy<Action> {
    let nicira = nicira::action(standard_action());
    let everywhere = prop_oneof![
        3 => standard_action(),
        1 => nicira.prop_map(|action| Action::Nicira(Box::new(action))),
    ];
    match version {
        Version::V1_0 | Version::V1_3 | Version::V1_4 => everywhere.boxed(),
        Version::V1_5 => prop_oneof![4 => everywhere, 1 => newest_action()].boxed(),
    }
}

fn newest_action() -> impl Strategy<Value = Action> {
    let field = || {
        prop_oneof![
            any::<u16>().prop_map(|offset| FieldOffset { offset, ..key::METADATA.into() }),
            any::<u16>().prop_map(|offset| FieldOffset { offset, ..nxm::NSH_C1.into() }),
        ]
    };
    prop_oneof![
        any::<u32>().prop_map(|meter| Action::Meter(MeterId(meter))),
        (any::<u16>(), field(), field()).prop_map(|(bits, source, target)| {
            Action::CopyField(Box::new(CopyField { bits, source, target }))
        }),
        any::<(u64, u64)>().prop_map(|(value, mask)| Action::set_field_masked(
            key::METADATA,
            value,
            mask
        )),
    ]
}

fn standard_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        any::<(u32, u16)>()
            .prop_map(|(port, max_len)| Action::Output { port: PortNo(port), max_len }),
        any::<u8>().prop_map(Action::SetNwTtl),
        any::<u8>().prop_map(Action::SetMplsTtl),
        any::<u16>().prop_map(Action::PushVlan),
        any::<u16>().prop_map(Action::PopMpls),
        any::<u32>().prop_map(Action::SetQueue),
        any::<u32>().prop_map(|group| Action::Group(GroupId(group))),
        Just(Action::PopVlan),
        Just(Action::DecNwTtl),
        field()
            .prop_filter("no mask in a set-field", |field| !field.has_mask())
            .prop_map(|field| Action::SetField(Box::new(field))),
        (100..=0xffff_u16, aligned_body())
            .prop_map(|(kind, body)| Action::Unknown(Box::new(UnknownAction { kind, body }))),
    ]
}

fn instructions(version: Version) -> impl Strategy<Value = Vec<Instruction>> {
    vec(instruction(version), 0..4)
}

fn instruction(version: Version) -> impl Strategy<Value = Instruction> {
    let metering = match version {
        Version::V1_0 | Version::V1_3 | Version::V1_4 => {
            any::<u32>().prop_map(|meter| Instruction::Meter(MeterId(meter))).boxed()
        }
        Version::V1_5 => (any::<u32>(), stats())
            .prop_map(|(flags, thresholds)| {
                let flags = StatTriggerFlags::from_bits_retain(flags);
                Instruction::StatTrigger { flags, thresholds }
            })
            .boxed(),
    };
    prop_oneof![
        any::<u8>().prop_map(|table| Instruction::GotoTable(TableId(table))),
        any::<(u64, u64)>()
            .prop_map(|(metadata, mask)| Instruction::WriteMetadata { metadata, mask }),
        vec(action(version), 0..4).prop_map(Instruction::write_actions),
        vec(action(version), 0..4).prop_map(Instruction::apply_actions),
        Just(Instruction::ClearActions),
        metering,
        (100..=0xffff_u16, aligned_body())
            .prop_map(|(kind, body)| Instruction::Unknown { kind, body }),
    ]
}

/// A body that ends an element of type and length on a multiple of 8.
fn aligned_body() -> impl Strategy<Value = Bytes> {
    (0..4_usize).prop_flat_map(|units| vec(any::<u8>(), 8 * units + 4)).prop_map(Bytes::from)
}

fn data() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..80).prop_map(Bytes::from)
}
