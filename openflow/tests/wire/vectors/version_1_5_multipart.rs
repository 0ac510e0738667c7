//! Multipart messages that OpenFlow 1.5 has in another form than 1.4, or alone.

use bytes::Bytes;
use openflow::{
    Action, AggregateStats, Bucket, BucketId, BundleFeatureFlags, BundleFeatureProperty,
    BundleFeatures, BundleFeaturesRequest, BundleFlags, BundleTime, ChannelStatus,
    ControllerReason, ControllerStatus, Field, FlowCounters, FlowStatsReason, FlowStatsRequest,
    GroupDesc, GroupId, GroupType, Match, Message, MeterFeatureFlags, MeterFeatures,
    MultipartFlags, MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody,
    OxmHeader, PortNo, Role, ShortId, StatsField, TableConfig, TableFeatureFlags,
    TableFeatureProperty, TableFeatures, TableFeaturesCommand, TableId, Text, Time,
    UnknownProperty, UnknownStatsField, Version, key,
};

use super::multipart::flow;
use super::{Vector, vector};

use Version::{V1_4, V1_5};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = requests();
    all.extend([flows(), flow_counters(), aggregate(), group_desc(), meter_features()]);
    all.extend([controllers(), bundle_features(), table_features(), synchronized_table()]);
    all
}

fn request(text: &str, body: MultipartRequestBody) -> Vector {
    vector(V1_5, text, Message::MultipartRequest(MultipartRequest::new(body)))
}

fn reply(text: &str, body: MultipartReplyBody) -> Vector {
    vector(V1_5, text, Message::MultipartReply(MultipartReply::new(body)))
}

fn requests() -> Vec<Vector> {
    let tolerance = BundleTime {
        accuracy: Time { sec: 0, nsec: 1000 },
        max_future: Time { sec: 60, nsec: 0 },
        max_past: Time { sec: 1, nsec: 2 },
        timestamp: Time { sec: 3, nsec: 4 },
    };
    vec![
        request(
            "06 12 0018 00000007 0007 0000 00000000   # group-desc request
             00000003 00000000                        # group 3",
            MultipartRequestBody::GroupDesc(GroupId(3)),
        ),
        request(
            "06 12 0018 00000007 000d 0000 00000000   # port-desc request
             ffffffff 00000000                        # all ports",
            MultipartRequestBody::PortDesc(PortNo::ANY),
        ),
        request(
            "06 12 0038 00000007 0011 0000 00000000   # flow-stats request
             03 000000 ffffffff ffffffff 00000000     # table 3, any port and group
             0000000000000000 0000000000000000        # cookie, mask
             0001 0004 00000000                       # match: any",
            MultipartRequestBody::FlowCounters(FlowStatsRequest {
                table_id: TableId(3),
                ..FlowStatsRequest::all()
            }),
        ),
        request(
            "06 12 0010 00000007 0012 0000 00000000   # controller-status request",
            MultipartRequestBody::ControllerStatus,
        ),
        request(
            "06 12 0018 00000007 0013 0000 00000000   # bundle-features request
             00000000 00000000                        # flags, pad",
            MultipartRequestBody::BundleFeatures(BundleFeaturesRequest::default()),
        ),
        request(
            "06 12 0060 00000007 0013 0000 00000000   # bundle-features request
             00000003 00000000                        # here is the time, set the tolerance
             0001 0048 00000000                       # time
               0000000000000000 000003e8 00000000     #   accuracy
               000000000000003c 00000000 00000000     #   ahead
               0000000000000001 00000002 00000000     #   ago
               0000000000000003 00000004 00000000     #   now",
            MultipartRequestBody::BundleFeatures(BundleFeaturesRequest {
                flags: BundleFeatureFlags::TIMESTAMP | BundleFeatureFlags::TIME_SET_SCHED,
                properties: vec![BundleFeatureProperty::Time(Box::new(tolerance))],
            }),
        )
        .may_end([24]),
    ]
}

fn flows() -> Vector {
    vector(
        V1_5,
        "06 13 0070 00000007 0001 0001 00000000   # flow-desc reply, more follow
         0060 0000 02 00                          # 96 bytes, pad, table 2, pad
         0003 0004 0005 0001 0006                 # priority, idle, hard, flags, importance
         0000000000000007                         # cookie
         0001 0004 00000000                       # match: any
         0000 0034                                # statistics: 52 bytes
           80020008 00000001 00000002             #   duration
           80020208 0000000a 00000000             #   idle time
           80020808 0000000000000008              #   packets
           80020a08 0000000000000009              #   bytes
           00000000                               #   pad
         0001 0008 03 000000                      # goto table 3",
        Message::MultipartReply(MultipartReply {
            flags: MultipartFlags::MORE,
            body: MultipartReplyBody::Flow(vec![flow(vec![StatsField::IdleTime {
                sec: 10,
                nsec: 0,
            }])]),
        }),
    )
    .may_end([16])
}

fn flow_counters() -> Vector {
    let exotic = StatsField::Unknown(Box::new(UnknownStatsField {
        class: UnknownStatsField::EXPERIMENTER,
        number: 1,
        experimenter: 0x2320,
        value: Bytes::from_static(&[0xab, 0xcd]),
    }));
    let counters = |reason, stats| FlowCounters {
        table_id: TableId(2),
        reason,
        priority: 3,
        fields: Match::any(),
        stats,
    };
    reply(
        "06 13 0058 00000007 0011 0000 00000000   # flow-stats reply
         0018 0000 02 00 0003                     # 24 bytes, table 2, asked for, priority
         0001 0004 00000000                       # match: any
         0000 0004 00000000                       # statistics: none
         0030 0000 02 01 0003                     # 48 bytes, table 2, past a threshold, priority
         0001 0004 00000000
         0000 001a                                # statistics: 26 bytes
           80020808 0000000000000008              #   packets
           ffff0206 00002320 abcd                 #   an experimenter's
           000000000000                           #   pad",
        MultipartReplyBody::FlowCounters(vec![
            counters(FlowStatsReason::STATS_REQUEST, vec![]),
            counters(FlowStatsReason::STAT_TRIGGER, vec![StatsField::PacketCount(8), exotic]),
        ]),
    )
    .may_end([16, 40])
}

fn aggregate() -> Vector {
    let unknown =
        UnknownStatsField { class: 0x8002, number: 9, experimenter: 0, value: Bytes::new() };
    reply(
        "06 13 0038 00000007 0002 0000 00000000   # aggregate reply
         0000 0028                                # statistics: 40 bytes
           80020808 0000000000000001              #   packets
           80020a08 0000000000000002              #   bytes
           80020604 00000003                      #   flows
           80021200                               #   a field that nobody knows",
        MultipartReplyBody::Aggregate(AggregateStats {
            packet_count: 1,
            byte_count: 2,
            flow_count: 3,
            other_stats: vec![StatsField::Unknown(Box::new(unknown))],
        }),
    )
}

fn exotic() -> UnknownProperty {
    UnknownProperty { kind: 0xffff, body: Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 1]) }
}

fn group_desc() -> Vector {
    let bucket = Bucket::new(vec![Action::PopVlan]).with_watch_port(PortNo(2));
    reply(
        "06 13 0058 00000007 0007 0000 00000000   # group-desc reply
         0010 02 00 00000008                      # 16 bytes, indirect, group 8
         0000 000000000000                        # no buckets, pad
         0038 03 00 00000009                      # 56 bytes, fast failover, group 9
         0018 000000000000                        # 24 bytes of buckets, pad
         0018 0008 00000003                       # bucket 3
           0012 0008 00000000                     #   pop vlan
           0001 0008 00000002                     #   watches port 2
         ffff 000c 00002320 00000001 00000000     # an experimenter's property",
        MultipartReplyBody::GroupDesc(vec![
            GroupDesc {
                kind: GroupType::Indirect,
                group_id: GroupId(8),
                buckets: vec![],
                properties: vec![],
            },
            GroupDesc {
                kind: GroupType::FastFailover,
                group_id: GroupId(9),
                buckets: vec![bucket.with_id(BucketId(3))],
                properties: vec![exotic()],
            },
        ]),
    )
    .may_end([16, 32])
}

fn meter_features() -> Vector {
    reply(
        "06 13 0028 00000007 000b 0000 00000000   # meter-features reply
         00000100 00000006 0000000f               # 256 meters; drop, remark; all flags
         08 02 0000                               # 8 bands, 2 colours
         00000005 00000000                        # in the action set, more than once; pad",
        MultipartReplyBody::MeterFeatures(MeterFeatures {
            max_meter: 256,
            band_types: 6,
            capabilities: 0xf,
            max_bands: 8,
            max_color: 2,
            features: Some(MeterFeatureFlags::ACTION_SET | MeterFeatureFlags::MULTI_LIST),
        }),
    )
    .may_end([32])
}

fn controllers() -> Vector {
    let controller = |short_id, role, channel_status| ControllerStatus {
        short_id: ShortId(short_id),
        role,
        reason: ControllerReason::REQUEST,
        channel_status,
        properties: vec![],
    };
    reply(
        "06 13 0030 00000007 0012 0000 00000000   # controller-status reply
         0010 0001 00000002 00 00 000000000000    # 16 bytes, short id, master, asked for, up
         0010 0002 00000003 00 01 000000000000    # 16 bytes, short id, slave, asked for, down",
        MultipartReplyBody::ControllerStatus(vec![
            controller(1, Role::Master, ChannelStatus::UP),
            controller(2, Role::Slave, ChannelStatus::DOWN),
        ]),
    )
    .may_end([16, 32])
}

fn bundle_features() -> Vector {
    let tolerance = BundleTime {
        accuracy: Time { sec: 0, nsec: 1000 },
        max_future: Time { sec: 60, nsec: 0 },
        ..BundleTime::default()
    };
    reply(
        "06 13 0070 00000007 0013 0000 00000000   # bundle-features reply
         0007 000000000000                        # atomic, ordered, at a time; pad
         0001 0048 00000000                       # time
           0000000000000000 000003e8 00000000     #   accuracy
           000000000000003c 00000000 00000000     #   ahead
           0000000000000000 00000000 00000000     #   ago
           0000000000000000 00000000 00000000     #   now
         ffff 000c 00002320 00000001 00000000     # an experimenter's property",
        MultipartReplyBody::BundleFeatures(BundleFeatures {
            capabilities: BundleFlags::ATOMIC | BundleFlags::ORDERED | BundleFlags::TIME,
            properties: vec![
                BundleFeatureProperty::Time(Box::new(tolerance)),
                BundleFeatureProperty::Unknown(exotic()),
            ],
        }),
    )
    .may_end([24, 96])
}

fn table(properties: Vec<TableFeatureProperty>) -> TableFeatures {
    TableFeatures {
        table_id: TableId(1),
        command: TableFeaturesCommand::Replace,
        features: TableFeatureFlags::empty(),
        name: Text::from("main"),
        metadata_match: 0xff,
        metadata_write: 0xf,
        config: TableConfig::empty(),
        max_entries: 1000,
        properties,
    }
}

fn table_features() -> Vector {
    use TableFeatureProperty as Property;
    let eth_dst = OxmHeader::exact(key::ETH_DST);
    let properties = vec![
        Property::TableSyncFrom(vec![TableId(2), TableId(3)]),
        Property::WriteCopyField(vec![eth_dst]),
        Property::WriteCopyFieldMiss(vec![]),
        Property::ApplyCopyField(vec![eth_dst]),
        Property::ApplyCopyFieldMiss(vec![eth_dst]),
        Property::PacketTypes(vec![Field::exact(key::PACKET_TYPE, 0x0001_0800)]),
    ];
    let table = TableFeatures {
        command: TableFeaturesCommand::Modify,
        features: TableFeatureFlags::INGRESS_TABLE | TableFeatureFlags::FIRST_EGRESS,
        ..table(properties)
    };
    request(
        "06 12 0088 00000007 000c 0000 00000000   # table-features request
         0078 01 01 00000011                      # 120 bytes, table 1, modify, ingress, first egress
         6d61696e 00000000 00000000 00000000 00000000 00000000 00000000 00000000
         00000000000000ff 000000000000000f        # metadata to match, to write
         00000000 000003e8                        # configuration, 1000 flows
         0010 0006 0203 0000                      # follows tables 2 and 3
         0012 0008 80000606                       # write copy-field: eth_dst
         0013 0004 00000000                       # table-miss: none
         0014 0008 80000606                       # apply copy-field: eth_dst
         0015 0008 80000606                       # table-miss: eth_dst
         0016 000c 80005804 00010800 00000000     # packet types: IPv4",
        MultipartRequestBody::TableFeatures(vec![table]),
    )
    .may_end([16])
}

fn synchronized_table() -> Vector {
    let body = Bytes::from_static(&[0x80, 0, 6, 6]);
    let unknown = TableFeatureProperty::Unknown(UnknownProperty { kind: 18, body });
    let properties = vec![TableFeatureProperty::TableSyncFrom(vec![TableId(2)]), unknown];
    let body = MultipartReplyBody::TableFeatures(vec![table(properties)]);
    vector(
        V1_4,
        "05 13 0060 00000007 000c 0000 00000000   # table-features reply
         0050 01 0000000000                       # 80 bytes, table 1
         6d61696e 00000000 00000000 00000000 00000000 00000000 00000000 00000000
         00000000000000ff 000000000000000f        # metadata to match, to write
         00000000 000003e8                        # configuration, 1000 flows
         0010 0005 02 000000                      # follows table 2
         0012 0008 80000606                       # a type of 1.5",
        Message::MultipartReply(MultipartReply::new(body)),
    )
    .may_end([16])
}
