//! Whatever can be asked and answered in multipart messages, but for flows, tables' counters and
//! ports.

use openflow::{
    AggregateStats, BundleFeatureFlags, BundleFeatureProperty, BundleFeatures,
    BundleFeaturesRequest, BundleFlags, BundleTime, Counters, ElementHeader, EthernetStats,
    Experimenter, Field, FieldId, FlowChange, FlowCounters, FlowEvent, FlowMonitorCommand,
    FlowMonitorFlags, FlowMonitorRequest, FlowRemovedReason, FlowStatsReason, FlowStatsRequest,
    FlowUpdate, GroupCapabilities, GroupDesc, GroupFeatures, GroupId, GroupStats, MeterConfig,
    MeterFeatureFlags, MeterFeatures, MeterFlags, MeterId, MeterStats, MultipartReplyBody,
    MultipartRequestBody, OpticalFlags, OpticalStats, OxmHeader, PortNo, PortStats,
    PortStatsProperty, QueueId, QueueRequest, QueueStats, TableConfig, TableFeatureFlags,
    TableFeatureProperty, TableFeatures, TableFeaturesCommand, TableId, Text, UnknownFlowUpdate,
    Version, Xid, key,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::commands::{
    buckets, group_properties, group_type, meter_band, queue_desc, table_desc, time,
};
use super::{
    all_or_one, controller_status, data, fields, instructions, other_stats, stats, unknown_property,
};

pub(super) fn request(version: Version) -> BoxedStrategy<MultipartRequestBody> {
    let aggregate = (any::<(u8, u32, u32, u64, u64)>(), fields()).prop_map(|(fixed, fields)| {
        MultipartRequestBody::Aggregate(FlowStatsRequest {
            table_id: TableId(fixed.0),
            out_port: PortNo(fixed.1),
            out_group: GroupId(fixed.2),
            cookie: fixed.3,
            cookie_mask: fixed.4,
            fields,
        })
    });
    let queue = || {
        any::<(u32, u32)>().prop_map(|(port, queue)| QueueRequest {
            port_no: PortNo(port),
            queue_id: QueueId(queue),
        })
    };
    let in_both = prop_oneof![
        all_or_one(version, GroupId::ALL.0)
            .prop_map(|group| MultipartRequestBody::GroupDesc(GroupId(group))),
        select(vec![MultipartRequestBody::GroupFeatures, MultipartRequestBody::MeterFeatures,]),
        aggregate,
        any::<u32>().prop_map(|port| MultipartRequestBody::PortStats(PortNo(port))),
        queue().prop_map(MultipartRequestBody::Queue),
        any::<u32>().prop_map(|group| MultipartRequestBody::Group(GroupId(group))),
        any::<u32>().prop_map(|meter| MultipartRequestBody::Meter(MeterId(meter))),
        any::<u32>().prop_map(|meter| MultipartRequestBody::MeterConfig(MeterId(meter))),
        vec(table_features(version), 0..3).prop_map(MultipartRequestBody::TableFeatures),
        experimenter().prop_map(MultipartRequestBody::Experimenter),
    ];
    let from_1_4 = prop_oneof![
        Just(MultipartRequestBody::TableDesc),
        queue().prop_map(MultipartRequestBody::QueueDesc),
        vec(flow_monitor(), 0..3).prop_map(MultipartRequestBody::FlowMonitor),
    ];
    match version {
        Version::V1_0 | Version::V1_3 => in_both.boxed(),
        Version::V1_4 => prop_oneof![3 => in_both, 1 => from_1_4].boxed(),
        Version::V1_5 => prop_oneof![3 => in_both, 1 => from_1_4, 1 => newest_request()].boxed(),
    }
}

fn newest_request() -> impl Strategy<Value = MultipartRequestBody> {
    let flows = (any::<(u8, u32, u64)>(), fields()).prop_map(|(fixed, fields)| {
        MultipartRequestBody::FlowCounters(FlowStatsRequest {
            table_id: TableId(fixed.0),
            out_port: PortNo(fixed.1),
            cookie: fixed.2,
            fields,
            ..FlowStatsRequest::all()
        })
    });
    let bundles = (any::<u32>(), bundle_properties()).prop_map(|(flags, properties)| {
        let flags = BundleFeatureFlags::from_bits_retain(flags);
        MultipartRequestBody::BundleFeatures(BundleFeaturesRequest { flags, properties })
    });
    prop_oneof![flows, Just(MultipartRequestBody::ControllerStatus), bundles]
}

fn newest_reply() -> impl Strategy<Value = MultipartReplyBody> {
    let counters =
        (any::<(u8, u8, u16)>(), fields(), stats()).prop_map(|(fixed, fields, stats)| {
            FlowCounters {
                table_id: TableId(fixed.0),
                reason: FlowStatsReason(fixed.1),
                priority: fixed.2,
                fields,
                stats,
            }
        });
    let bundles = (any::<u16>(), bundle_properties()).prop_map(|(capabilities, properties)| {
        let capabilities = BundleFlags::from_bits_retain(capabilities);
        MultipartReplyBody::BundleFeatures(BundleFeatures { capabilities, properties })
    });
    prop_oneof![
        vec(counters, 0..3).prop_map(MultipartReplyBody::FlowCounters),
        vec(controller_status(), 0..3).prop_map(MultipartReplyBody::ControllerStatus),
        bundles,
    ]
}

fn bundle_properties() -> impl Strategy<Value = Vec<BundleFeatureProperty>> {
    let tolerance = (time(), time(), time(), time()).prop_map(|times| {
        BundleFeatureProperty::Time(Box::new(BundleTime {
            accuracy: times.0,
            max_future: times.1,
            max_past: times.2,
            timestamp: times.3,
        }))
    });
    let unknown = unknown_property().prop_map(BundleFeatureProperty::Unknown);
    vec(prop_oneof![tolerance, unknown], 0..3)
}

pub(super) fn reply(version: Version) -> BoxedStrategy<MultipartReplyBody> {
    let counts = any::<(u64, u64, u32)>();
    let aggregate = (counts, other_stats(version)).prop_map(|(counts, other_stats)| {
        MultipartReplyBody::Aggregate(AggregateStats {
            packet_count: counts.0,
            byte_count: counts.1,
            flow_count: counts.2,
            other_stats,
        })
    });
    let meter_flags = |bits: Option<u32>| bits.map(MeterFeatureFlags::from_bits_retain);
    let meter_features = any::<(u32, u32, u32, u8, u8, Option<u32>)>().prop_map(move |fixed| {
        MultipartReplyBody::MeterFeatures(MeterFeatures {
            max_meter: fixed.0,
            band_types: fixed.1,
            capabilities: fixed.2,
            max_bands: fixed.3,
            max_color: fixed.4,
            features: meter_flags(fixed.5).filter(|_| version == Version::V1_5),
        })
    });
    let group_features = any::<(u32, u32, [u32; 4], [u32; 4])>().prop_map(|fixed| {
        MultipartReplyBody::GroupFeatures(GroupFeatures {
            types: fixed.0,
            capabilities: GroupCapabilities::from_bits_retain(fixed.1),
            max_groups: fixed.2,
            actions: fixed.3,
        })
    });
    let in_both = prop_oneof![
        aggregate,
        vec(port_stats(version), 0..3).prop_map(MultipartReplyBody::PortStats),
        vec(queue_stats(version), 0..3).prop_map(MultipartReplyBody::Queue),
        vec(group_stats(), 0..3).prop_map(MultipartReplyBody::Group),
        vec(group_desc(version), 0..3).prop_map(MultipartReplyBody::GroupDesc),
        group_features,
        vec(meter_stats(), 0..3).prop_map(MultipartReplyBody::Meter),
        vec(meter_config(), 0..3).prop_map(MultipartReplyBody::MeterConfig),
        meter_features,
        vec(table_features(version), 0..3).prop_map(MultipartReplyBody::TableFeatures),
        experimenter().prop_map(MultipartReplyBody::Experimenter),
    ];
    let from_1_4 = prop_oneof![
        vec(table_desc(), 0..3).prop_map(MultipartReplyBody::TableDesc),
        vec(queue_desc(), 0..3).prop_map(MultipartReplyBody::QueueDesc),
        vec(flow_update(version), 0..4).prop_map(MultipartReplyBody::FlowMonitor),
    ];
    match version {
        Version::V1_0 | Version::V1_3 => in_both.boxed(),
        Version::V1_4 => prop_oneof![3 => in_both, 1 => from_1_4].boxed(),
        Version::V1_5 => prop_oneof![3 => in_both, 1 => from_1_4, 1 => newest_reply()].boxed(),
    }
}

/// Returns what is padding before OpenFlow 1.5.
fn in_1_5(version: Version, bits: u32) -> u32 {
    if version == Version::V1_5 { bits } else { 0 }
}

pub(super) fn experimenter() -> impl Strategy<Value = Experimenter> {
    (any::<u32>(), any::<u32>(), data()).prop_map(|(experimenter, kind, data)| Experimenter {
        experimenter,
        kind,
        data,
    })
}

fn port_stats(version: Version) -> impl Strategy<Value = PortStats> {
    let ethernet = any::<[u64; 4]>().prop_map(|n| {
        PortStatsProperty::Ethernet(EthernetStats {
            rx_frame_err: n[0],
            rx_over_err: n[1],
            rx_crc_err: n[2],
            collisions: n[3],
        })
    });
    let optical = any::<([u32; 7], [u16; 4])>().prop_map(|(n, m)| {
        PortStatsProperty::Optical(Box::new(OpticalStats {
            flags: OpticalFlags::from_bits_retain(n[0]),
            tx_freq_lmda: n[1],
            tx_offset: n[2],
            tx_grid_span: n[3],
            rx_freq_lmda: n[4],
            rx_offset: n[5],
            rx_grid_span: n[6],
            tx_pwr: m[0],
            rx_pwr: m[1],
            bias_current: m[2],
            temperature: m[3],
        }))
    });
    let properties = match version {
        Version::V1_0 | Version::V1_3 => vec(ethernet, 1).boxed(),
        Version::V1_4 | Version::V1_5 => {
            let unknown = unknown_property().prop_map(PortStatsProperty::Unknown);
            vec(prop_oneof![ethernet, optical, unknown], 0..4).boxed()
        }
    };
    (any::<([u32; 3], [u64; 8])>(), properties).prop_map(|((numbers, counters), properties)| {
        PortStats {
            port_no: PortNo(numbers[0]),
            duration_sec: numbers[1],
            duration_nsec: numbers[2],
            rx_packets: counters[0],
            tx_packets: counters[1],
            rx_bytes: counters[2],
            tx_bytes: counters[3],
            rx_dropped: counters[4],
            tx_dropped: counters[5],
            rx_errors: counters[6],
            tx_errors: counters[7],
            properties,
        }
    })
}

fn queue_stats(version: Version) -> impl Strategy<Value = QueueStats> {
    let properties = match version {
        Version::V1_0 | Version::V1_3 => Just(vec![]).boxed(),
        Version::V1_4 | Version::V1_5 => vec(unknown_property(), 0..3).boxed(),
    };
    (any::<([u32; 4], [u64; 3])>(), properties).prop_map(|((numbers, counters), properties)| {
        QueueStats {
            port_no: PortNo(numbers[0]),
            queue_id: QueueId(numbers[1]),
            tx_bytes: counters[0],
            tx_packets: counters[1],
            tx_errors: counters[2],
            duration_sec: numbers[2],
            duration_nsec: numbers[3],
            properties,
        }
    })
}

fn counters() -> impl Strategy<Value = Vec<Counters>> {
    let one = any::<(u64, u64)>()
        .prop_map(|(packets, bytes)| Counters { packet_count: packets, byte_count: bytes });
    vec(one, 0..4)
}

fn group_stats() -> impl Strategy<Value = GroupStats> {
    (any::<(u32, u32, u64, u64, u32, u32)>(), counters()).prop_map(|(fixed, bucket_stats)| {
        GroupStats {
            group_id: GroupId(fixed.0),
            ref_count: fixed.1,
            packet_count: fixed.2,
            byte_count: fixed.3,
            duration_sec: fixed.4,
            duration_nsec: fixed.5,
            bucket_stats,
        }
    })
}

fn group_desc(version: Version) -> impl Strategy<Value = GroupDesc> {
    (group_type(), any::<u32>(), buckets(version), group_properties(version)).prop_map(
        |(kind, group, buckets, properties)| GroupDesc {
            kind,
            group_id: GroupId(group),
            buckets,
            properties,
        },
    )
}

fn meter_stats() -> impl Strategy<Value = MeterStats> {
    (any::<(u32, u32, u64, u64, u32, u32)>(), counters()).prop_map(|(fixed, band_stats)| {
        MeterStats {
            meter_id: MeterId(fixed.0),
            flow_count: fixed.1,
            packet_in_count: fixed.2,
            byte_in_count: fixed.3,
            duration_sec: fixed.4,
            duration_nsec: fixed.5,
            band_stats,
        }
    })
}

fn meter_config() -> impl Strategy<Value = MeterConfig> {
    (any::<(u16, u32)>(), vec(meter_band(), 0..4)).prop_map(|((flags, meter), bands)| MeterConfig {
        flags: MeterFlags::from_bits_retain(flags),
        meter_id: MeterId(meter),
        bands,
    })
}

fn table_features(version: Version) -> impl Strategy<Value = TableFeatures> {
    let commands = [
        TableFeaturesCommand::Replace,
        TableFeaturesCommand::Modify,
        TableFeaturesCommand::Enable,
        TableFeaturesCommand::Disable,
    ];
    let command = select(commands[..if version == Version::V1_5 { 4 } else { 1 }].to_vec());
    let fixed = any::<(u8, u64, u64, u32, u32, u32)>();
    (command, fixed, "[a-z0-9é]{0,28}", vec(feature(version), 0..6)).prop_map(
        move |(command, fixed, name, properties)| TableFeatures {
            table_id: TableId(fixed.0),
            command,
            features: TableFeatureFlags::from_bits_retain(in_1_5(version, fixed.5)),
            name: Text::from(name.as_str()),
            metadata_match: fixed.1,
            metadata_write: fixed.2,
            config: TableConfig::from_bits_retain(fixed.3),
            max_entries: fixed.4,
            properties,
        },
    )
}

fn feature(version: Version) -> BoxedStrategy<TableFeatureProperty> {
    use TableFeatureProperty as Property;
    let element = prop_oneof![
        any::<u16>().prop_map(ElementHeader::of),
        data().prop_map(|body| ElementHeader { kind: 0xffff, body }),
    ];
    let elements = (0..6_usize, vec(element, 0..6)).prop_map(|(kind, list)| match kind {
        0 => Property::Instructions(list),
        1 => Property::InstructionsMiss(list),
        2 => Property::WriteActions(list),
        3 => Property::WriteActionsMiss(list),
        4 => Property::ApplyActions(list),
        _ => Property::ApplyActionsMiss(list),
    });
    let oxms = (0..6_usize, vec(oxm_header(), 0..6)).prop_map(|(kind, list)| match kind {
        0 => Property::Match(list),
        1 => Property::Wildcards(list),
        2 => Property::WriteSetField(list),
        3 => Property::WriteSetFieldMiss(list),
        4 => Property::ApplySetField(list),
        _ => Property::ApplySetFieldMiss(list),
    });
    let tables = (any::<bool>(), vec(any::<u8>().prop_map(TableId), 0..10));
    let tables = tables.prop_map(|(miss, list)| match miss {
        false => Property::NextTables(list),
        true => Property::NextTablesMiss(list),
    });
    let unknown = unknown_property().prop_map(Property::Unknown);
    let everywhere = prop_oneof![elements, oxms, tables, unknown];
    let followed = vec(any::<u8>().prop_map(TableId), 0..10).prop_map(Property::TableSyncFrom);
    let copied = (0..4_usize, vec(oxm_header(), 0..6)).prop_map(|(kind, list)| match kind {
        0 => Property::WriteCopyField(list),
        1 => Property::WriteCopyFieldMiss(list),
        2 => Property::ApplyCopyField(list),
        _ => Property::ApplyCopyFieldMiss(list),
    });
    let types = vec(any::<u32>().prop_map(|kind| Field::exact(key::PACKET_TYPE, kind)), 0..4);
    let types = types.prop_map(Property::PacketTypes);
    match version {
        Version::V1_0 | Version::V1_3 => everywhere.boxed(),
        Version::V1_4 => prop_oneof![4 => everywhere, 1 => followed].boxed(),
        Version::V1_5 => {
            prop_oneof![4 => everywhere, 1 => followed, 1 => copied, 1 => types].boxed()
        }
    }
}

pub(super) fn oxm_header() -> impl Strategy<Value = OxmHeader> {
    let class = prop_oneof![Just(FieldId::BASIC), Just(1_u16), Just(FieldId::EXPERIMENTER)];
    (class, 0..128_u8, any::<(u32, bool, u8)>()).prop_map(|(class, number, rest)| {
        let (id, has_mask, length) = rest;
        let experimenter = if class == FieldId::EXPERIMENTER { id } else { 0 };
        OxmHeader { id: FieldId { class, number, experimenter }, has_mask, length }
    })
}

fn flow_monitor() -> impl Strategy<Value = FlowMonitorRequest> {
    let command = select(vec![
        FlowMonitorCommand::Add,
        FlowMonitorCommand::Modify,
        FlowMonitorCommand::Delete,
    ]);
    (any::<(u32, u32, u32, u16, u8)>(), command, fields()).prop_map(|(fixed, command, fields)| {
        FlowMonitorRequest {
            monitor_id: fixed.0,
            out_port: PortNo(fixed.1),
            out_group: GroupId(fixed.2),
            flags: FlowMonitorFlags::from_bits_retain(fixed.3),
            table_id: TableId(fixed.4),
            command,
            fields,
        }
    })
}

fn flow_update(version: Version) -> impl Strategy<Value = FlowUpdate> {
    let event =
        select(vec![FlowEvent::Initial, FlowEvent::Added, FlowEvent::Removed, FlowEvent::Modified]);
    let numbers = any::<(u8, u8, u16, u16, u16, u64)>();
    let full = (event, numbers, fields(), instructions(version));
    prop_oneof![
        full.prop_map(|(event, numbers, fields, instructions)| {
            FlowUpdate::Full(Box::new(FlowChange {
                event,
                table_id: TableId(numbers.0),
                reason: FlowRemovedReason(numbers.1),
                idle_timeout: numbers.2,
                hard_timeout: numbers.3,
                priority: numbers.4,
                cookie: numbers.5,
                fields,
                instructions: instructions.into(),
            }))
        }),
        any::<u32>().prop_map(|xid| FlowUpdate::Abbreviated(Xid(xid))),
        Just(FlowUpdate::Paused),
        Just(FlowUpdate::Resumed),
        (7..=0xffff_u16, data()).prop_map(|(event, body)| {
            FlowUpdate::Unknown(Box::new(UnknownFlowUpdate { event, body }))
        }),
    ]
}
