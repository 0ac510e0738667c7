//! Multipart requests and replies that count: flows added up, ports, queues, groups, meters.

use bytes::Bytes;
use openflow::{
    AggregateStats, Counters, EthernetStats, Experimenter, FlowStatsRequest, GroupId, GroupStats,
    Message, MeterId, MeterStats, MultipartReply, MultipartReplyBody, MultipartRequest,
    MultipartRequestBody, OpticalFlags, OpticalStats, PortNo, PortStats, PortStatsProperty,
    QueueId, QueueRequest, QueueStats, TableId, UnknownProperty, Version,
};

use super::{Vector, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = requests();
    all.extend([aggregate(), experimenter()]);
    all.extend(ports());
    all.extend(queues());
    all.extend([groups(), meters()]);
    all
}

fn requests() -> Vec<Vector> {
    let request = |version, text, body| {
        vector(version, text, Message::MultipartRequest(MultipartRequest::new(body)))
    };
    vec![
        request(
            V1_3,
            "04 12 0038 00000007 0002 0000 00000000   # aggregate request
             03 000000 ffffffff ffffffff 00000000     # table 3, any port and group
             0000000000000000 0000000000000000        # cookie, mask
             0001 0004 00000000                       # match: any",
            MultipartRequestBody::Aggregate(FlowStatsRequest {
                table_id: TableId(3),
                ..FlowStatsRequest::all()
            }),
        ),
        request(
            V1_3,
            "04 12 0018 00000007 0004 0000 00000000   # port-stats request
             ffffffff 00000000                        # any port",
            MultipartRequestBody::PortStats(PortNo::ANY),
        ),
        request(
            V1_4,
            "05 12 0018 00000007 0005 0000 00000000   # queue request
             00000002 ffffffff                        # port 2, all queues",
            MultipartRequestBody::Queue(QueueRequest {
                port_no: PortNo(2),
                queue_id: QueueId::ALL,
            }),
        ),
        request(
            V1_3,
            "04 12 0018 00000007 0006 0000 00000000   # group request
             fffffffc 00000000                        # all groups",
            MultipartRequestBody::Group(GroupId::ALL),
        ),
        request(
            V1_4,
            "05 12 0018 00000007 0009 0000 00000000   # meter request
             00000003 00000000",
            MultipartRequestBody::Meter(MeterId(3)),
        ),
        request(
            V1_3,
            "04 12 001a 00000007 ffff 0000 00000000   # experimenter request
             00002320 00000002 abcd                   # Nicira's type 2, data",
            MultipartRequestBody::Experimenter(nicira()),
        )
        .may_end([24, 25]),
    ]
}

fn nicira() -> Experimenter {
    Experimenter { experimenter: 0x2320, kind: 2, data: Bytes::from_static(&[0xab, 0xcd]) }
}

fn reply(version: Version, text: &str, body: MultipartReplyBody) -> Vector {
    vector(version, text, Message::MultipartReply(MultipartReply::new(body)))
}

fn aggregate() -> Vector {
    reply(
        V1_4,
        "05 13 0028 00000007 0002 0000 00000000   # aggregate reply
         0000000000000001 0000000000000002        # packets, bytes
         00000003 00000000                        # flows",
        MultipartReplyBody::Aggregate(AggregateStats {
            packet_count: 1,
            byte_count: 2,
            flow_count: 3,
            other_stats: vec![],
        }),
    )
}

fn experimenter() -> Vector {
    reply(
        V1_4,
        "05 13 001a 00000007 ffff 0000 00000000   # experimenter reply
         00002320 00000002 abcd",
        MultipartReplyBody::Experimenter(nicira()),
    )
    .may_end([24, 25])
}

fn ports() -> [Vector; 2] {
    let ethernet =
        EthernetStats { rx_frame_err: 9, rx_over_err: 10, rx_crc_err: 11, collisions: u64::MAX };
    let optical = OpticalStats {
        flags: OpticalFlags::TX_TUNE | OpticalFlags::TX_TEMP,
        tx_freq_lmda: 193_100_000,
        tx_offset: 1,
        tx_grid_span: 50_000,
        rx_freq_lmda: 0,
        rx_offset: 0,
        rx_grid_span: 0,
        tx_pwr: 0xffe2,
        rx_pwr: 0,
        bias_current: 350,
        temperature: 405,
    };
    let exotic = UnknownProperty {
        kind: 0xffff,
        body: Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 1, 0xaa]),
    };
    let stats = PortStats {
        port_no: PortNo(2),
        duration_sec: 12,
        duration_nsec: 13,
        rx_packets: 1,
        tx_packets: 2,
        rx_bytes: 3,
        tx_bytes: 4,
        rx_dropped: 5,
        tx_dropped: 6,
        rx_errors: 7,
        tx_errors: 8,
        properties: vec![PortStatsProperty::Ethernet(ethernet)],
    };
    let in_1_3 = reply(
        V1_3,
        "04 13 0080 00000007 0004 0000 00000000   # port-stats reply
         00000002 00000000                        # port
         0000000000000001 0000000000000002        # packets received, sent
         0000000000000003 0000000000000004        # bytes
         0000000000000005 0000000000000006        # dropped
         0000000000000007 0000000000000008        # errors
         0000000000000009 000000000000000a        # frame, overrun
         000000000000000b ffffffffffffffff        # crc, collisions: not counted
         0000000c 0000000d                        # sec, nsec",
        MultipartReplyBody::PortStats(vec![stats.clone()]),
    );
    let properties = vec![
        PortStatsProperty::Ethernet(ethernet),
        PortStatsProperty::Optical(Box::new(optical)),
        PortStatsProperty::Unknown(exotic),
    ];
    let in_1_4 = reply(
        V1_4,
        "05 13 00c8 00000007 0004 0000 00000000   # port-stats reply
         00b8 0000 00000002                       # 184 bytes, port
         0000000c 0000000d                        # sec, nsec
         0000000000000001 0000000000000002        # packets received, sent
         0000000000000003 0000000000000004        # bytes
         0000000000000005 0000000000000006        # dropped
         0000000000000007 0000000000000008        # errors
         0000 0028 00000000                       # ethernet
         0000000000000009 000000000000000a        # frame, overrun
         000000000000000b ffffffffffffffff        # crc, collisions: not counted
         0001 002c 00000000                       # optical
         00000042                                 # valid: sender's tuning, temperature
         0b8278e0 00000001 0000c350               # sender: 193.1 THz, offset, span
         00000000 00000000 00000000               # receiver
         ffe2 0000 015e 0195                      # -3 dBm, -, 35 mA, 40.5 C
         00000000                                 # padding of the property
         ffff 000d 00002320 00000001 aa 000000    # an experimenter's",
        MultipartReplyBody::PortStats(vec![PortStats { properties, ..stats }]),
    );
    [in_1_3.may_end([16]), in_1_4.may_end([16])]
}

fn queues() -> [Vector; 2] {
    let stats = QueueStats {
        port_no: PortNo(2),
        queue_id: QueueId(1),
        tx_bytes: 3,
        tx_packets: 4,
        tx_errors: 5,
        duration_sec: 6,
        duration_nsec: 7,
        properties: vec![],
    };
    let in_1_3 = reply(
        V1_3,
        "04 13 0060 00000007 0005 0000 00000000   # queue reply, twice the same
         00000002 00000001                        # port, queue
         0000000000000003 0000000000000004 0000000000000005 # bytes, packets, errors
         00000006 00000007                        # sec, nsec
         00000002 00000001
         0000000000000003 0000000000000004 0000000000000005
         00000006 00000007",
        MultipartReplyBody::Queue(vec![stats.clone(), stats.clone()]),
    );
    let exotic =
        UnknownProperty { kind: 0xffff, body: Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 1]) };
    let in_1_4 = reply(
        V1_4,
        "05 13 0050 00000007 0005 0000 00000000   # queue reply
         0040 000000000000                        # 64 bytes
         00000002 00000001                        # port, queue
         0000000000000003 0000000000000004 0000000000000005 # bytes, packets, errors
         00000006 00000007                        # sec, nsec
         ffff 000c 00002320 00000001 00000000     # an experimenter's property",
        MultipartReplyBody::Queue(vec![QueueStats { properties: vec![exotic], ..stats }]),
    );
    [in_1_3.may_end([16, 56]), in_1_4.may_end([16])]
}

fn groups() -> Vector {
    reply(
        V1_3,
        "04 13 0058 00000007 0006 0000 00000000   # group reply
         0048 0000 00000009 00000001 00000000     # 72 bytes, group, references
         0000000000000002 0000000000000003        # packets, bytes
         00000004 00000005                        # sec, nsec
         0000000000000006 0000000000000007        # first bucket
         0000000000000008 0000000000000009        # second bucket",
        MultipartReplyBody::Group(vec![GroupStats {
            group_id: GroupId(9),
            ref_count: 1,
            packet_count: 2,
            byte_count: 3,
            duration_sec: 4,
            duration_nsec: 5,
            bucket_stats: vec![
                Counters { packet_count: 6, byte_count: 7 },
                Counters { packet_count: 8, byte_count: 9 },
            ],
        }]),
    )
    .may_end([16])
}

fn meters() -> Vector {
    reply(
        V1_4,
        "05 13 0048 00000007 0009 0000 00000000   # meter reply
         00000003 0038 000000000000 00000001      # meter, 56 bytes, flows
         0000000000000002 0000000000000003        # packets, bytes
         00000004 00000005                        # sec, nsec
         0000000000000006 0000000000000007        # band",
        MultipartReplyBody::Meter(vec![MeterStats {
            meter_id: MeterId(3),
            flow_count: 1,
            packet_in_count: 2,
            byte_in_count: 3,
            duration_sec: 4,
            duration_nsec: 5,
            band_stats: vec![Counters { packet_count: 6, byte_count: 7 }],
        }]),
    )
    .may_end([16])
}
