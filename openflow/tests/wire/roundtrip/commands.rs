//! Changes to groups, meters, ports, tables and queues, alone and in bundles.

use openflow::{
    BandEffect, Bucket, BucketId, BundleAdd, BundleControl, BundleControlType, BundleFlags,
    BundleProperty, EvictionFlags, ForwardedRequest, GroupId, GroupMod, GroupModCommand, GroupType,
    MacAddr, Message, MeterBand, MeterFlags, MeterId, MeterMod, MeterModCommand, OpticalFeatures,
    OpticalPort, OpticalPortMod, PortConfig, PortMod, PortModProperty, PortNo, QueueConfig,
    QueueConfigRequest, QueueDesc, QueueId, QueueProperty, RequestForward, TableConfig, TableDesc,
    TableId, TableMod, TableProperty, TableReason, TableStatus, Time, UnknownProperty, Version,
    Xid,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{action, data, flow_mod, packet_out, unknown_property};

pub(super) fn message(version: Version) -> BoxedStrategy<Message> {
    let both = prop_oneof![
        change(version),
        request_forward(version).prop_map(Message::RequestForward),
        bundle_control(version).prop_map(Message::BundleControl),
    ];
    match version {
        Version::V1_0 | Version::V1_3 => prop_oneof![both, queues(), bundle_add(version)].boxed(),
        Version::V1_4 | Version::V1_5 => {
            prop_oneof![both, table_status(), bundle_add(version)].boxed()
        }
    }
}

fn change(version: Version) -> impl Strategy<Value = Message> {
    prop_oneof![
        group_mod(version).prop_map(Message::GroupMod),
        meter_mod().prop_map(Message::MeterMod),
        port_mod(version).prop_map(Message::PortMod),
        table_mod(version).prop_map(Message::TableMod),
    ]
}

fn group_mod(version: Version) -> impl Strategy<Value = GroupMod> {
    let commands = [
        GroupModCommand::Add,
        GroupModCommand::Modify,
        GroupModCommand::Delete,
        GroupModCommand::InsertBucket,
        GroupModCommand::RemoveBucket,
    ];
    let newest = version == Version::V1_5;
    let command = select(commands[..if newest { 5 } else { 3 }].to_vec());
    let named = any::<u32>().prop_map(move |id| BucketId(if newest { id } else { u32::MAX }));
    let properties = group_properties(version);
    (command, group_type(), any::<u32>(), named, buckets(version), properties).prop_map(
        |(command, kind, group, command_bucket_id, buckets, properties)| GroupMod {
            command,
            kind,
            group_id: GroupId(group),
            command_bucket_id,
            buckets,
            properties,
        },
    )
}

/// Before OpenFlow 1.5 groups and buckets have none.
pub(super) fn group_properties(version: Version) -> BoxedStrategy<Vec<UnknownProperty>> {
    match version {
        Version::V1_0 | Version::V1_3 | Version::V1_4 => Just(vec![]).boxed(),
        Version::V1_5 => vec(unknown_property(), 0..3).boxed(),
    }
}

/// Before OpenFlow 1.5 the numbers of buckets are their places.
pub(super) fn buckets(version: Version) -> impl Strategy<Value = Vec<Bucket>> {
    vec((bucket(version), any::<u32>()), 0..4).prop_map(move |buckets| {
        let number = |(at, (bucket, id)): (u32, (Bucket, u32))| match version {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => bucket.with_id(BucketId(at)),
            Version::V1_5 => bucket.with_id(BucketId(id)),
        };
        (0..).zip(buckets).map(number).collect()
    })
}

pub(super) fn group_type() -> impl Strategy<Value = GroupType> {
    select(vec![GroupType::All, GroupType::Select, GroupType::Indirect, GroupType::FastFailover])
}

fn bucket(version: Version) -> impl Strategy<Value = Bucket> {
    let watched = || prop_oneof![Just(u32::MAX), any::<u32>()];
    let weight = prop_oneof![Just(0), any::<u16>()];
    let properties = group_properties(version);
    (weight, watched(), watched(), vec(action(version), 0..4), properties).prop_map(
        |(weight, port, group, actions, properties)| Bucket {
            weight,
            watch_port: PortNo(port),
            watch_group: GroupId(group),
            properties: properties.into(),
            ..Bucket::new(actions)
        },
    )
}

fn meter_mod() -> impl Strategy<Value = MeterMod> {
    let command =
        select(vec![MeterModCommand::Add, MeterModCommand::Modify, MeterModCommand::Delete]);
    (command, any::<(u16, u32)>(), vec(meter_band(), 0..4)).prop_map(|(command, fixed, bands)| {
        MeterMod {
            command,
            flags: MeterFlags::from_bits_retain(fixed.0),
            meter_id: MeterId(fixed.1),
            bands,
        }
    })
}

pub(super) fn meter_band() -> impl Strategy<Value = MeterBand> {
    let effect = prop_oneof![
        Just(BandEffect::Drop),
        any::<u8>().prop_map(BandEffect::DscpRemark),
        (3..=0xffff_u16, data()).prop_map(|(kind, body)| BandEffect::Unknown { kind, body }),
    ];
    (any::<(u32, u32)>(), effect).prop_map(|((rate, burst_size), effect)| MeterBand {
        rate,
        burst_size,
        effect,
    })
}

fn port_mod(version: Version) -> impl Strategy<Value = PortMod> {
    let ethernet = any::<u32>().prop_map(|advertise| PortModProperty::Ethernet { advertise });
    let properties = match version {
        Version::V1_0 | Version::V1_3 => vec(ethernet, 1).boxed(),
        Version::V1_4 | Version::V1_5 => {
            let optical = optical_port_mod().prop_map(PortModProperty::Optical);
            let unknown = unknown_property().prop_map(PortModProperty::Unknown);
            vec(prop_oneof![ethernet, optical, unknown], 0..4).boxed()
        }
    };
    (any::<(u32, [u8; 6], u32, u32)>(), properties).prop_map(|(fixed, properties)| PortMod {
        port_no: PortNo(fixed.0),
        hw_addr: MacAddr(fixed.1),
        config: PortConfig::from_bits_retain(fixed.2),
        mask: PortConfig::from_bits_retain(fixed.3),
        properties,
    })
}

fn optical_port_mod() -> impl Strategy<Value = OpticalPortMod> {
    any::<(u32, u32, i32, u32, u32)>().prop_map(|fixed| OpticalPortMod {
        configure: OpticalFeatures::from_bits_retain(fixed.0),
        freq_lmda: fixed.1,
        fl_offset: fixed.2,
        grid_span: fixed.3,
        tx_pwr: fixed.4,
    })
}

pub(super) fn optical_port() -> impl Strategy<Value = OpticalPort> {
    any::<([u32; 7], u16, u16)>().prop_map(|(n, tx_pwr_min, tx_pwr_max)| OpticalPort {
        supported: OpticalFeatures::from_bits_retain(n[0]),
        tx_min_freq_lmda: n[1],
        tx_max_freq_lmda: n[2],
        tx_grid_freq_lmda: n[3],
        rx_min_freq_lmda: n[4],
        rx_max_freq_lmda: n[5],
        rx_grid_freq_lmda: n[6],
        tx_pwr_min,
        tx_pwr_max,
    })
}

fn table_mod(version: Version) -> impl Strategy<Value = TableMod> {
    let properties = match version {
        Version::V1_0 | Version::V1_3 => Just(vec![]).boxed(),
        Version::V1_4 | Version::V1_5 => vec(table_property(), 0..4).boxed(),
    };
    (any::<(u8, u32)>(), properties).prop_map(|(fixed, properties)| TableMod {
        table_id: TableId(fixed.0),
        config: TableConfig::from_bits_retain(fixed.1),
        properties,
    })
}

fn table_property() -> impl Strategy<Value = TableProperty> {
    prop_oneof![
        any::<u32>()
            .prop_map(|flags| TableProperty::Eviction(EvictionFlags::from_bits_retain(flags))),
        any::<(u8, u8, u8)>().prop_map(|(down, up, vacancy)| TableProperty::Vacancy {
            down,
            up,
            vacancy
        }),
        unknown_property().prop_map(TableProperty::Unknown),
    ]
}

fn table_status() -> impl Strategy<Value = Message> {
    (any::<u8>(), table_desc()).prop_map(|(reason, table)| {
        Message::TableStatus(TableStatus { reason: TableReason(reason), table })
    })
}

pub(super) fn table_desc() -> impl Strategy<Value = TableDesc> {
    (any::<(u8, u32)>(), vec(table_property(), 0..4)).prop_map(|(fixed, properties)| TableDesc {
        table_id: TableId(fixed.0),
        config: TableConfig::from_bits_retain(fixed.1),
        properties,
    })
}

fn queues() -> impl Strategy<Value = Message> {
    let request = any::<u32>()
        .prop_map(|port| Message::QueueGetConfigRequest(QueueConfigRequest { port: PortNo(port) }));
    let reply = (any::<u32>(), vec(queue_desc(), 0..4)).prop_map(|(port, queues)| {
        Message::QueueGetConfigReply(QueueConfig { port: PortNo(port), queues })
    });
    prop_oneof![request, reply]
}

pub(super) fn queue_desc() -> impl Strategy<Value = QueueDesc> {
    let property = prop_oneof![
        any::<u16>().prop_map(QueueProperty::MinRate),
        any::<u16>().prop_map(QueueProperty::MaxRate),
        unknown_property().prop_map(QueueProperty::Unknown),
    ];
    (any::<(u32, u32)>(), vec(property, 0..4)).prop_map(|((port, queue), properties)| QueueDesc {
        port_no: PortNo(port),
        queue_id: QueueId(queue),
        properties,
    })
}

fn request_forward(version: Version) -> impl Strategy<Value = RequestForward> {
    let request = prop_oneof![
        group_mod(version).prop_map(ForwardedRequest::GroupMod),
        meter_mod().prop_map(ForwardedRequest::MeterMod),
    ];
    (any::<u32>(), request).prop_map(|(xid, request)| RequestForward { xid: Xid(xid), request })
}

fn bundle_control(version: Version) -> impl Strategy<Value = BundleControl> {
    let kind = select(vec![
        BundleControlType::OpenRequest,
        BundleControlType::OpenReply,
        BundleControlType::CloseRequest,
        BundleControlType::CloseReply,
        BundleControlType::CommitRequest,
        BundleControlType::CommitReply,
        BundleControlType::DiscardRequest,
        BundleControlType::DiscardReply,
    ]);
    (kind, any::<(u32, u16)>(), properties(version)).prop_map(|(kind, fixed, properties)| {
        BundleControl {
            bundle_id: fixed.0,
            kind,
            flags: BundleFlags::from_bits_retain(fixed.1),
            properties,
        }
    })
}

fn bundle_add(version: Version) -> impl Strategy<Value = Message> {
    let message = prop_oneof![
        change(version),
        flow_mod(version).prop_map(Message::FlowMod),
        packet_out(version).prop_map(Message::PacketOut),
        (100..=255_u8, data()).prop_map(|(kind, body)| Message::Unknown { kind, body }),
    ];
    (any::<(u32, u16)>(), message, properties(version)).prop_map(|(fixed, message, properties)| {
        Message::BundleAdd(BundleAdd {
            bundle_id: fixed.0,
            flags: BundleFlags::from_bits_retain(fixed.1),
            message: Box::new(message),
            properties,
        })
    })
}

fn properties(version: Version) -> impl Strategy<Value = Vec<BundleProperty>> {
    let unknown = unknown_property().prop_map(BundleProperty::Unknown);
    let property = match version {
        Version::V1_0 | Version::V1_3 | Version::V1_4 => unknown.boxed(),
        Version::V1_5 => prop_oneof![unknown, time().prop_map(BundleProperty::Time)].boxed(),
    };
    vec(property, 0..3)
}

pub(super) fn time() -> impl Strategy<Value = Time> {
    any::<(u64, u32)>().prop_map(|(sec, nsec)| Time { sec, nsec })
}
