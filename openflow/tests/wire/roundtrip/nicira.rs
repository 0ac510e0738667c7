//! Nicira's actions and messages, whatever they say.

use openflow::nicira::{
    Bundle, Conntrack, ControllerId, ControllerProperty, CtFlags, CtZone, FieldHeader, FieldOffset,
    FlowFormat, Learn, LearnFlags, LearnLimit, LearnSource, LearnSpec, LearnTarget, MAX_NESTING,
    Multipath, Nat, NatFlags, NiciraRole, OutputReg, PacketIn2, PacketIn2Property, PacketInFormat,
    RegLoad, RegMove, Sample, SampleDirection, ShortPort, Subfield, TlvMap, TlvTable,
    TlvTableCommand, TlvTableMod,
};
use openflow::{
    Action, AsyncConfig, AsyncProperty, BufferId, FieldId, NiciraAction, NiciraMessage,
    PacketInReason, TableId, Version,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{async_config, data, field, fields, packet_in, unknown_property};

pub(super) fn message() -> impl Strategy<Value = NiciraMessage> {
    let role =
        || proptest::sample::select(vec![NiciraRole::Other, NiciraRole::Master, NiciraRole::Slave]);
    prop_oneof![
        role().prop_map(NiciraMessage::RoleRequest),
        role().prop_map(NiciraMessage::RoleReply),
        any::<u32>().prop_map(|format| NiciraMessage::SetFlowFormat(FlowFormat(format))),
        any::<u8>().prop_map(NiciraMessage::FlowModTableId),
        any::<u32>().prop_map(|format| NiciraMessage::SetPacketInFormat(PacketInFormat(format))),
        packet_in().prop_map(NiciraMessage::PacketIn),
        async_config(Version::V1_3).prop_map(NiciraMessage::SetAsyncConfig),
        async_properties().prop_map(NiciraMessage::SetAsyncConfig2),
        controller_id().prop_map(NiciraMessage::SetControllerId),
        any::<u32>().prop_map(NiciraMessage::FlowMonitorCancel),
        any::<u16>().prop_map(NiciraMessage::CtFlushZone),
        packet_in_2().prop_map(NiciraMessage::PacketIn2),
        packet_in_2().prop_map(NiciraMessage::Resume),
        tlv_table(),
        proptest::sample::select(vec![
            NiciraMessage::FlowAge,
            NiciraMessage::FlowMonitorPaused,
            NiciraMessage::FlowMonitorResumed,
            NiciraMessage::TlvTableRequest,
        ]),
    ]
}

fn async_properties() -> impl Strategy<Value = AsyncConfig> {
    (async_config(Version::V1_4), vec(unknown_property(), 0..2)).prop_map(
        |(mut config, unknown)| {
            // The lowest types are masks.
            let unknown = unknown.into_iter().filter(|property| property.kind > 11);
            config.properties.extend(unknown.map(Box::new).map(AsyncProperty::Unknown));
            config
        },
    )
}

fn tlv_table() -> impl Strategy<Value = NiciraMessage> {
    let maps = || {
        let map = any::<(u16, u8, u8, u16)>().prop_map(|(class, kind, len, index)| TlvMap {
            option_class: class,
            option_type: kind,
            option_len: len,
            index,
        });
        vec(map, 0..5)
    };
    prop_oneof![
        (any::<u16>(), maps()).prop_map(|(command, maps)| {
            NiciraMessage::TlvTableMod(TlvTableMod { command: TlvTableCommand(command), maps })
        }),
        (any::<(u32, u16)>(), maps()).prop_map(|((space, fields), maps)| {
            NiciraMessage::TlvTableReply(TlvTable {
                max_option_space: space,
                max_fields: fields,
                maps,
            })
        }),
    ]
}

fn packet_in_2() -> impl Strategy<Value = PacketIn2> {
    let property = prop_oneof![
        data().prop_map(PacketIn2Property::Packet),
        any::<u32>().prop_map(PacketIn2Property::FullLen),
        any::<u32>().prop_map(|id| PacketIn2Property::BufferId(BufferId(id))),
        any::<u8>().prop_map(|id| PacketIn2Property::TableId(TableId(id))),
        any::<u64>().prop_map(PacketIn2Property::Cookie),
        any::<u8>().prop_map(|reason| PacketIn2Property::Reason(PacketInReason(reason))),
        fields().prop_map(PacketIn2Property::Metadata),
        data().prop_map(PacketIn2Property::Userdata),
        data().prop_map(PacketIn2Property::Continuation),
        unknown_property()
            .prop_filter("a type that nobody has", |property| property.kind > 8)
            .prop_map(PacketIn2Property::Unknown),
    ];
    vec(property, 0..8).prop_map(|properties| PacketIn2 { properties })
}

/// An action, with `inner` in those that hold actions, as deep as they are read.
pub(super) fn action(
    inner: impl Strategy<Value = Action> + 'static,
) -> impl Strategy<Value = NiciraAction> {
    let nested = |action: NiciraAction| Action::Nicira(Box::new(action));
    let leaf = flat().prop_map(nested);
    let inner = prop_oneof![inner, leaf].boxed();
    // Depth below the outermost, which is one of the actions counted.
    let deep = inner.prop_recursive(u32::from(MAX_NESTING) - 1, 12, 3, move |inner| {
        holding(vec(inner, 0..3)).prop_map(nested)
    });
    prop_oneof![3 => flat(), 1 => holding(vec(deep, 0..3))]
}

fn holding(
    actions: impl Strategy<Value = Vec<Action>> + Clone + 'static,
) -> impl Strategy<Value = NiciraAction> {
    let zone = prop_oneof![
        any::<u16>().prop_map(CtZone::Number),
        // A header of zeroes says that there is no field.
        short_subfield()
            .prop_filter("a header", |subfield| subfield.field != ZERO)
            .prop_map(CtZone::Field),
    ];
    let conntrack = (any::<(u16, u16)>(), zone, option::of(0..255_u8), actions.clone()).prop_map(
        |((flags, alg), zone, table, actions)| Conntrack {
            flags: CtFlags::from_bits_retain(flags),
            zone,
            table: table.map(TableId),
            alg,
            actions,
        },
    );
    prop_oneof![conntrack.prop_map(NiciraAction::Ct), actions.prop_map(NiciraAction::Clone)]
}

const ZERO: FieldHeader =
    FieldHeader { id: FieldId { class: 0, number: 0, experimenter: 0 }, width: 0 };

fn flat() -> impl Strategy<Value = NiciraAction> {
    prop_oneof![forwarding(), on_fields(), choosing(), learning(), controllers(), others()]
}

fn forwarding() -> impl Strategy<Value = NiciraAction> {
    let output = |source: BoxedStrategy<Subfield>| {
        (source, any::<u16>()).prop_map(|(source, max_len)| OutputReg { source, max_len })
    };
    prop_oneof![
        port().prop_map(|in_port| NiciraAction::Resubmit { in_port }),
        (port(), any::<u8>()).prop_map(|(in_port, table)| NiciraAction::ResubmitTable {
            in_port,
            table: TableId(table)
        }),
        (port(), any::<u8>()).prop_map(|(in_port, table)| NiciraAction::ResubmitTableCt {
            in_port,
            table: TableId(table)
        }),
        output(short_subfield().boxed()).prop_map(NiciraAction::OutputReg),
        output(subfield().boxed()).prop_map(NiciraAction::OutputReg2),
        (port(), any::<u32>())
            .prop_map(|(port, max_len)| NiciraAction::OutputTrunc { port, max_len }),
    ]
}

fn on_fields() -> impl Strategy<Value = NiciraAction> {
    prop_oneof![
        any::<u32>().prop_map(NiciraAction::SetTunnel),
        any::<u64>().prop_map(NiciraAction::SetTunnel64),
        (any::<u16>(), field_offset(), field_offset()).prop_map(|(bits, source, target)| {
            NiciraAction::RegMove(RegMove { bits, source, target })
        }),
        (short_subfield(), any::<u64>())
            .prop_map(|(target, value)| NiciraAction::RegLoad(RegLoad { target, value })),
        field().prop_map(NiciraAction::RegLoad2),
        stacked().prop_map(NiciraAction::StackPush),
        stacked().prop_map(NiciraAction::StackPop),
        (any::<u16>(), field_offset())
            .prop_map(|(length, target)| NiciraAction::CheckPktLarger { length, target }),
        header().prop_map(NiciraAction::DeleteField),
    ]
}

fn choosing() -> impl Strategy<Value = NiciraAction> {
    let bundle = || {
        (any::<(u16, u16, u16)>(), vec(port(), 0..9)).prop_map(|(fixed, members)| Bundle {
            algorithm: fixed.0,
            fields: fixed.1,
            basis: fixed.2,
            members,
        })
    };
    let sample = || {
        any::<(u16, u32, u32, u32)>().prop_map(|numbers| Sample {
            probability: numbers.0,
            collector_set_id: numbers.1,
            obs_domain_id: numbers.2,
            obs_point_id: numbers.3,
        })
    };
    prop_oneof![
        (any::<(u16, u16, u16, u16, u32)>(), short_subfield()).prop_map(|(fixed, target)| {
            NiciraAction::Multipath(Multipath {
                fields: fixed.0,
                basis: fixed.1,
                algorithm: fixed.2,
                max_link: fixed.3,
                argument: fixed.4,
                target,
            })
        }),
        bundle().prop_map(NiciraAction::Bundle),
        (bundle(), short_subfield())
            .prop_map(|(bundle, target)| NiciraAction::BundleLoad { bundle, target }),
        sample().prop_map(NiciraAction::Sample),
        (sample(), port()).prop_map(|(sample, port)| NiciraAction::Sample2 { sample, port }),
        (sample(), port(), any::<u8>()).prop_map(|(sample, port, direction)| {
            NiciraAction::Sample3 { sample, port, direction: SampleDirection(direction) }
        }),
        any::<(u8, u8, u32)>().prop_map(|(clause, n_clauses, id)| NiciraAction::Conjunction {
            clause,
            n_clauses,
            id
        }),
    ]
}

fn learning() -> impl Strategy<Value = NiciraAction> {
    let limit = (any::<u32>(), option::of(field_offset()))
        .prop_map(|(limit, result)| LearnLimit { limit, result });
    prop_oneof![
        learn(!0).prop_map(NiciraAction::Learn),
        (learn(!LearnFlags::WRITE_RESULT.bits()), limit)
            .prop_map(|(learn, limit)| NiciraAction::Learn2 { learn, limit }),
        any::<(u16, u16)>().prop_map(|(idle, hard)| NiciraAction::FinTimeout { idle, hard }),
    ]
}

/// A learn with flags among these.
fn learn(flags: u16) -> impl Strategy<Value = Learn> {
    let fixed = any::<(u16, u16, u16, u64, u16, u8, u16, u16)>();
    (fixed, vec(learn_spec(), 0..5)).prop_map(move |(fixed, specs)| Learn {
        idle_timeout: fixed.0,
        hard_timeout: fixed.1,
        priority: fixed.2,
        cookie: fixed.3,
        flags: LearnFlags::from_bits_retain(fixed.4 & flags),
        table_id: TableId(fixed.5),
        fin_idle_timeout: fixed.6,
        fin_hard_timeout: fixed.7,
        specs,
    })
}

fn learn_spec() -> impl Strategy<Value = LearnSpec> {
    let target = || {
        prop_oneof![
            short_offset().prop_map(LearnTarget::Match),
            short_offset().prop_map(LearnTarget::Load)
        ]
    };
    let from_field = prop_oneof![target(), Just(LearnTarget::Output)];
    prop_oneof![
        (1..1_024_u16, short_offset(), from_field).prop_map(|(bits, source, target)| LearnSpec {
            bits,
            source: LearnSource::Field(source),
            target
        }),
        (vec(any::<[u8; 2]>(), 0..20), target()).prop_map(|(value, target)| LearnSpec {
            bits: 16 * value.len() as u16,
            source: LearnSource::Value(value.concat().into()),
            target
        }),
    ]
}

fn controllers() -> impl Strategy<Value = NiciraAction> {
    let property = prop_oneof![
        any::<u16>().prop_map(ControllerProperty::MaxLen),
        controller_id().prop_map(ControllerProperty::ControllerId),
        any::<u8>().prop_map(|reason| ControllerProperty::Reason(PacketInReason(reason))),
        data().prop_map(ControllerProperty::Userdata),
        Just(ControllerProperty::Pause),
        any::<u32>().prop_map(ControllerProperty::MeterId),
        unknown_property()
            .prop_filter("a type that nobody has", |property| property.kind > 5)
            .prop_map(ControllerProperty::Unknown),
    ];
    prop_oneof![
        (any::<(u16, u8)>(), controller_id()).prop_map(|((max_len, reason), controller_id)| {
            NiciraAction::Controller { max_len, controller_id, reason: PacketInReason(reason) }
        }),
        vec(property, 0..5).prop_map(NiciraAction::Controller2),
        vec(controller_id(), 0..9).prop_map(NiciraAction::DecTtlCntIds),
    ]
}

fn others() -> impl Strategy<Value = NiciraAction> {
    let v4 = || option::of(any::<u32>().prop_map(Into::into));
    let v6 = || option::of(any::<u128>().prop_map(Into::into));
    let port = || option::of(any::<u16>());
    let nat = (any::<u16>(), v4(), v4(), v6(), v6(), port(), port()).prop_map(|parts| Nat {
        flags: NatFlags::from_bits_retain(parts.0),
        ipv4_min: parts.1,
        ipv4_max: parts.2,
        ipv6_min: parts.3,
        ipv6_max: parts.4,
        proto_min: parts.5,
        proto_max: parts.6,
    });
    let note = (0..5_usize).prop_flat_map(|units| vec(any::<u8>(), 8 * units + 6));
    let properties = (0..4_usize).prop_flat_map(|units| vec(any::<u8>(), 8 * units));
    prop_oneof![
        nat.prop_map(NiciraAction::Nat),
        note.prop_map(|note| NiciraAction::Note(note.into())),
        (any::<(u16, u32)>(), properties).prop_map(|((header_size, packet_type), properties)| {
            NiciraAction::Encap { header_size, packet_type, properties: properties.into() }
        }),
        any::<u32>().prop_map(|packet_type| NiciraAction::Decap { packet_type }),
        proptest::sample::select(vec![
            NiciraAction::PopQueue,
            NiciraAction::Exit,
            NiciraAction::CtClear,
            NiciraAction::DecNshTtl,
        ]),
    ]
}

fn port() -> impl Strategy<Value = ShortPort> {
    any::<u16>().prop_map(ShortPort)
}

fn controller_id() -> impl Strategy<Value = ControllerId> {
    any::<u16>().prop_map(ControllerId)
}

fn short_header() -> impl Strategy<Value = FieldHeader> {
    let class = prop_oneof![Just(0_u16), Just(1), Just(0x8000), Just(0x8001)];
    (class, 0..128_u8, any::<u8>()).prop_map(|(class, number, width)| FieldHeader {
        id: FieldId { class, number, experimenter: 0 },
        width,
    })
}

fn header() -> impl Strategy<Value = FieldHeader> {
    let experimental =
        (0..128_u8, any::<u32>(), 0..=251_u8).prop_map(|(number, experimenter, width)| {
            let class = FieldId::EXPERIMENTER;
            FieldHeader { id: FieldId { class, number, experimenter }, width }
        });
    prop_oneof![short_header(), experimental]
}

fn short_offset() -> impl Strategy<Value = FieldOffset> {
    (short_header(), any::<u16>()).prop_map(|(field, offset)| FieldOffset { field, offset })
}

fn field_offset() -> impl Strategy<Value = FieldOffset> {
    (header(), any::<u16>()).prop_map(|(field, offset)| FieldOffset { field, offset })
}

fn short_subfield() -> impl Strategy<Value = Subfield> {
    bits_of(short_header())
}

fn subfield() -> impl Strategy<Value = Subfield> {
    bits_of(header())
}

fn bits_of(field: impl Strategy<Value = FieldHeader>) -> impl Strategy<Value = Subfield> {
    (field, 0..1_024_u16, 1..=64_u16).prop_map(|(field, offset, bits)| Subfield {
        field,
        offset,
        bits,
    })
}

fn stacked() -> impl Strategy<Value = Subfield> {
    (header(), any::<(u16, u16)>()).prop_map(|(field, (offset, bits))| Subfield {
        field,
        offset,
        bits,
    })
}
