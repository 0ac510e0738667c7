//! Multipart messages, and how `ovs-ofctl ofp-print` of Open vSwitch prints them.

use openflow::{
    Action, AggregateStats, BandEffect, Bucket, Counters, FlowMonitorCommand, FlowMonitorFlags,
    FlowMonitorRequest, FlowStatsRequest, GroupDesc, GroupId, GroupStats, GroupType, Match,
    Message, MeterBand, MeterConfig, MeterFlags, MeterId, MeterStats, MultipartReply,
    MultipartReplyBody, MultipartRequest, MultipartRequestBody, PortNo, QueueDesc, QueueId,
    QueueProperty, QueueRequest, StatsField, TableConfig, TableDesc, TableId, TableProperty,
    Version, key,
};

use crate::vectors::multipart::flow;
use Version::{V1_3, V1_4, V1_5};

pub(super) fn sayings() -> Vec<(Version, Message, &'static str)> {
    let asked = asked().into_iter().map(|(version, body, text)| {
        (version, Message::MultipartRequest(MultipartRequest::new(body)), text)
    });
    let answered = answered().into_iter().map(|(version, body, text)| {
        (version, Message::MultipartReply(MultipartReply::new(body)), text)
    });
    asked.chain(answered).collect()
}

fn asked() -> Vec<(Version, MultipartRequestBody, &'static str)> {
    let flows = FlowStatsRequest { table_id: TableId(3), ..FlowStatsRequest::all() };
    let queues = QueueRequest { port_no: PortNo(2), queue_id: QueueId::ALL };
    let monitor = FlowMonitorRequest {
        monitor_id: 1,
        out_port: PortNo(2),
        out_group: GroupId::ANY,
        flags: FlowMonitorFlags::INITIAL | FlowMonitorFlags::ADD | FlowMonitorFlags::INSTRUCTIONS,
        table_id: TableId::ALL,
        command: FlowMonitorCommand::Add,
        fields: Match::any().with(key::IN_PORT, PortNo(3)),
    };
    vec![
        (V1_3, MultipartRequestBody::Aggregate(flows), {
            "OFPST_AGGREGATE request (OF1.3) (xid=0x7): table=3"
        }),
        (V1_3, MultipartRequestBody::PortStats(PortNo::ANY), {
            "OFPST_PORT request (OF1.3) (xid=0x7): port_no=ANY"
        }),
        (V1_4, MultipartRequestBody::Queue(queues), {
            "OFPST_QUEUE request (OF1.4) (xid=0x7): port=2 queue=ALL"
        }),
        (V1_3, MultipartRequestBody::Group(GroupId::ALL), {
            "OFPST_GROUP request (OF1.3) (xid=0x7): group_id=ALL"
        }),
        (V1_4, MultipartRequestBody::Meter(MeterId(3)), {
            "OFPST_METER request (OF1.4) (xid=0x7): meter=3"
        }),
        (V1_3, MultipartRequestBody::MeterConfig(MeterId::ALL), {
            "OFPST_METER_CONFIG request (OF1.3) (xid=0x7): meter=all"
        }),
        (V1_4, MultipartRequestBody::QueueDesc(queues), {
            "OFPST_QUEUE_DESC request (OF1.4) (xid=0x7): port=2"
        }),
        (V1_4, MultipartRequestBody::TableDesc, "OFPST_TABLE_DESC request (OF1.4) (xid=0x7):"),
        (V1_3, MultipartRequestBody::TableFeatures(vec![]), {
            "OFPST_TABLE_FEATURES request (OF1.3) (xid=0x7):"
        }),
        (V1_5, MultipartRequestBody::GroupDesc(GroupId(3)), {
            "OFPST_GROUP_DESC request (OF1.5) (xid=0x7): group_id=3"
        }),
        (V1_5, MultipartRequestBody::PortDesc(PortNo(2)), {
            "OFPST_PORT_DESC request (OF1.5) (xid=0x7): port=2"
        }),
        (V1_4, MultipartRequestBody::FlowMonitor(vec![monitor]), {
            "OFPST_FLOW_MONITOR request (OF1.4) (xid=0x7):\n \
             id=1 flags=initial,add,actions out_port=2 in_port=3"
        }),
    ]
}

fn answered() -> Vec<(Version, MultipartReplyBody, &'static str)> {
    let counters = Counters { packet_count: 6, byte_count: 7 };
    let group = GroupStats {
        group_id: GroupId(9),
        ref_count: 1,
        packet_count: 2,
        byte_count: 3,
        duration_sec: 4,
        duration_nsec: 5,
        bucket_stats: vec![counters],
    };
    let bucket = Bucket::new(vec![Action::output(PortNo(2))]).with_weight(1);
    let described = GroupDesc {
        kind: GroupType::FastFailover,
        group_id: GroupId(9),
        buckets: vec![bucket.with_watch_port(PortNo(1))],
        properties: vec![],
    };
    let aggregate =
        AggregateStats { packet_count: 1, byte_count: 2, flow_count: 3, other_stats: vec![] };
    let flow = flow(vec![StatsField::IdleTime { sec: 10, nsec: 0 }]);
    let meter = MeterStats {
        meter_id: MeterId(3),
        flow_count: 1,
        packet_in_count: 2,
        byte_in_count: 3,
        duration_sec: 4,
        duration_nsec: 5,
        band_stats: vec![counters],
    };
    let configured = MeterConfig {
        flags: MeterFlags::KBPS | MeterFlags::BURST,
        meter_id: MeterId(3),
        bands: vec![MeterBand { rate: 500, burst_size: 50, effect: BandEffect::DscpRemark(1) }],
    };
    let table = TableDesc {
        table_id: TableId(1),
        config: TableConfig::VACANCY_EVENTS,
        properties: vec![TableProperty::Vacancy { down: 20, up: 80, vacancy: 50 }],
    };
    let queue = QueueDesc {
        port_no: PortNo(2),
        queue_id: QueueId(1),
        properties: vec![QueueProperty::MinRate(100), QueueProperty::MaxRate(1001)],
    };
    vec![
        (V1_3, MultipartReplyBody::Group(vec![group]), {
            "OFPST_GROUP reply (OF1.3) (xid=0x7):\n group_id=9,duration=4.000000005s,ref_count=1,\
             packet_count=2,byte_count=3,bucket0:packet_count=6,byte_count=7"
        }),
        (V1_5, MultipartReplyBody::GroupDesc(vec![described.clone()]), {
            "OFPST_GROUP_DESC reply (OF1.5) (xid=0x7):\n \
             group_id=9,type=ff,bucket=bucket_id:0,weight:1,watch_port:1,actions=output:2"
        }),
        (V1_5, MultipartReplyBody::Aggregate(aggregate), {
            "OFPST_AGGREGATE reply (OF1.5) (xid=0x7): packet_count=1 byte_count=2 flow_count=3"
        }),
        (V1_5, MultipartReplyBody::Flow(vec![flow]), {
            "OFPST_FLOW reply (OF1.5) (xid=0x7):\n cookie=0x7, duration=1.000000002s, table=2, \
             n_packets=8, n_bytes=9, idle_timeout=4, hard_timeout=5, send_flow_rem importance=6, \
             idle_age=10, priority=3 actions=goto_table:3"
        }),
        (V1_4, MultipartReplyBody::GroupDesc(vec![described]), {
            "OFPST_GROUP_DESC reply (OF1.4) (xid=0x7):\n \
             group_id=9,type=ff,bucket=weight:1,watch_port:1,actions=output:2"
        }),
        (V1_4, MultipartReplyBody::Meter(vec![meter]), {
            "OFPST_METER reply (OF1.4) (xid=0x7):\nmeter:3 flow_count:1 packet_in_count:2 \
             byte_in_count:3 duration:4.000000005s bands:\n0: packet_count:6 byte_count:7"
        }),
        (V1_3, MultipartReplyBody::MeterConfig(vec![configured]), {
            "OFPST_METER_CONFIG reply (OF1.3) (xid=0x7):\nmeter=3 kbps burst bands=\n\
             type=dscp_remark rate=500 burst_size=50 prec_level=1"
        }),
        (V1_4, MultipartReplyBody::TableDesc(vec![table]), {
            "OFPST_TABLE_DESC reply (OF1.4) (xid=0x7):\n  table 1:\n   \
             eviction=off eviction_flags=(default)\n   \
             vacancy=on vacancy_down=20% vacancy_up=80% vacancy=50%"
        }),
        (V1_4, MultipartReplyBody::QueueDesc(vec![queue]), {
            "OFPST_QUEUE_DESC reply (OF1.4) (xid=0x7): port=2\n\
             queue 1: min_rate:10.0% max_rate:(disabled)"
        }),
    ]
}
