//! Multipart requests and replies that describe groups, meters, queues and tables.

use bytes::Bytes;
use openflow::{
    Action, BandEffect, Bucket, BucketId, EvictionFlags, GroupCapabilities, GroupDesc,
    GroupFeatures, GroupId, GroupType, Message, MeterBand, MeterConfig, MeterFeatures, MeterFlags,
    MeterId, MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody,
    MultipartType, PortNo, QueueDesc, QueueId, QueueProperty, QueueRequest, TableConfig, TableDesc,
    TableId, TableProperty, UnknownProperty, Version,
};

use super::{Vector, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = requests();
    all.extend([group_desc(), group_features(), meter_config(), meter_features()]);
    all.extend([table_desc(), queue_desc()]);
    all
}

fn requests() -> Vec<Vector> {
    let request = |version, text, body| {
        vector(version, text, Message::MultipartRequest(MultipartRequest::new(body)))
    };
    let queues = QueueRequest { port_no: PortNo::ANY, queue_id: QueueId(1) };
    let table_desc =
        MultipartRequestBody::Unknown { kind: MultipartType::TABLE_DESC, body: Bytes::new() };
    vec![
        request(
            V1_3,
            "04 12 0010 00000007 0007 0000 00000000   # group-desc request",
            MultipartRequestBody::GroupDesc(GroupId::ALL),
        ),
        request(
            V1_4,
            "05 12 0010 00000007 0008 0000 00000000   # group-features request",
            MultipartRequestBody::GroupFeatures,
        ),
        request(
            V1_3,
            "04 12 0018 00000007 000a 0000 00000000   # meter-config request
             ffffffff 00000000                        # all meters",
            MultipartRequestBody::MeterConfig(MeterId::ALL),
        ),
        request(
            V1_3,
            "04 12 0010 00000007 000b 0000 00000000   # meter-features request",
            MultipartRequestBody::MeterFeatures,
        ),
        request(
            V1_4,
            "05 12 0010 00000007 000e 0000 00000000   # table-desc request",
            MultipartRequestBody::TableDesc,
        ),
        request(
            V1_3,
            "04 12 0010 00000007 000e 0000 00000000   # the same in 1.3, which does not know it",
            table_desc,
        ),
        request(
            V1_4,
            "05 12 0018 00000007 000f 0000 00000000   # queue-desc request
             ffffffff 00000001                        # any port, queue 1",
            MultipartRequestBody::QueueDesc(queues),
        ),
    ]
}

fn reply(version: Version, text: &str, body: MultipartReplyBody) -> Vector {
    vector(version, text, Message::MultipartReply(MultipartReply::new(body)))
}

fn group_desc() -> Vector {
    let bucket = |port, weight, id| {
        let bucket = Bucket::new(vec![Action::output(PortNo(port))]).with_weight(weight);
        bucket.with_watch_port(PortNo(port)).with_id(BucketId(id))
    };
    let empty = GroupDesc {
        kind: GroupType::Indirect,
        group_id: GroupId(8),
        buckets: vec![],
        properties: vec![],
    };
    reply(
        V1_3,
        "04 13 0060 00000007 0007 0000 00000000   # group-desc reply
         0008 02 00 00000008                      # 8 bytes, indirect, group 8
         0048 03 00 00000009                      # 72 bytes, fast failover, group 9
         0020 0001 00000001 ffffffff 00000000     # bucket: weight, port and group watched
         0000 0010 00000001 ffff 000000000000     # output to port 1
         0020 0002 00000002 ffffffff 00000000
         0000 0010 00000002 ffff 000000000000",
        MultipartReplyBody::GroupDesc(vec![
            empty,
            GroupDesc {
                kind: GroupType::FastFailover,
                group_id: GroupId(9),
                buckets: vec![bucket(1, 1, 0), bucket(2, 2, 1)],
                properties: vec![],
            },
        ]),
    )
    .may_end([16, 24])
}

fn group_features() -> Vector {
    reply(
        V1_4,
        "05 13 0038 00000007 0008 0000 00000000   # group-features reply
         0000000f 0000000c                        # all types; chaining, with checks
         00000001 00000002 00000003 00000004      # how many of each
         00000801 00000001 00000001 00000001      # actions of each",
        MultipartReplyBody::GroupFeatures(GroupFeatures {
            types: 0xf,
            capabilities: GroupCapabilities::CHAINING | GroupCapabilities::CHAINING_CHECKS,
            max_groups: [1, 2, 3, 4],
            actions: [0x801, 1, 1, 1],
        }),
    )
}

fn meter_config() -> Vector {
    let exotic = Bytes::from_static(&[0, 0, 0x23, 0x20]);
    let exotic = BandEffect::Unknown { kind: 0xffff, body: exotic };
    let band = |rate, burst_size, effect| MeterBand { rate, burst_size, effect };
    reply(
        V1_3,
        "04 13 0048 00000007 000a 0000 00000000   # meter-config reply
         0038 000d 00000003                       # 56 bytes; kbit/s, bursts, counts; meter 3
         0001 0010 000003e8 00000064 00000000     # drop above 1 Mbit/s, bursts of 100 kbit
         0002 0010 000001f4 00000032 01 000000    # raise precedence by 1
         ffff 0010 00000001 00000002 00002320     # an experimenter's",
        MultipartReplyBody::MeterConfig(vec![MeterConfig {
            flags: MeterFlags::KBPS | MeterFlags::BURST | MeterFlags::STATS,
            meter_id: MeterId(3),
            bands: vec![
                band(1000, 100, BandEffect::Drop),
                band(500, 50, BandEffect::DscpRemark(1)),
                band(1, 2, exotic),
            ],
        }]),
    )
    .may_end([16])
}

fn meter_features() -> Vector {
    reply(
        V1_3,
        "04 13 0020 00000007 000b 0000 00000000   # meter-features reply
         00000100 00000006 0000000f               # 256 meters; drop, remark; all flags
         08 02 0000                               # 8 bands, 2 colours",
        MultipartReplyBody::MeterFeatures(MeterFeatures {
            max_meter: 256,
            band_types: 6,
            capabilities: 0xf,
            max_bands: 8,
            max_color: 2,
            features: None,
        }),
    )
}

fn table_desc() -> Vector {
    let exotic =
        UnknownProperty { kind: 0xffff, body: Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 1]) };
    reply(
        V1_4,
        "05 13 0040 00000007 000e 0000 00000000   # table-desc reply
         0028 01 00 0000000c                      # 40 bytes, table 1; eviction, vacancy
         0002 0008 00000003                       # eviction by other things and importance
         0003 0008 14 50 32 00                    # vacancy: below 20 %, above 80 %, now 50 %
         ffff 000c 00002320 00000001 00000000     # an experimenter's
         0008 02 00 00000000                      # 8 bytes, table 2",
        MultipartReplyBody::TableDesc(vec![
            TableDesc {
                table_id: TableId(1),
                config: TableConfig::EVICTION | TableConfig::VACANCY_EVENTS,
                properties: vec![
                    TableProperty::Eviction(EvictionFlags::OTHER | EvictionFlags::IMPORTANCE),
                    TableProperty::Vacancy { down: 20, up: 80, vacancy: 50 },
                    TableProperty::Unknown(exotic),
                ],
            },
            TableDesc { table_id: TableId(2), config: TableConfig::empty(), properties: vec![] },
        ]),
    )
    .may_end([16, 56])
}

fn queue_desc() -> Vector {
    let exotic =
        UnknownProperty { kind: 0xffff, body: Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 1]) };
    reply(
        V1_4,
        "05 13 0040 00000007 000f 0000 00000000   # queue-desc reply
         00000002 00000001 0030 000000000000      # port, queue, 48 bytes
         0001 0008 0064 0000                      # at least 10 %
         0002 0008 03e9 0000                      # no upper bound
         ffff 000c 00002320 00000001 00000000     # an experimenter's",
        MultipartReplyBody::QueueDesc(vec![QueueDesc {
            port_no: PortNo(2),
            queue_id: QueueId(1),
            properties: vec![
                QueueProperty::MinRate(100),
                QueueProperty::MaxRate(1001),
                QueueProperty::Unknown(exotic),
            ],
        }]),
    )
    .may_end([16])
}
