//! Multipart requests and replies.

use bytes::Bytes;
use openflow::{
    Desc, FlowModFlags, FlowStats, FlowStatsRequest, Instruction, Match, Message, MultipartFlags,
    MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody, MultipartType,
    PortNo, StatsField, TableId, TableStats, Text, Version,
};

use super::{Vector, port, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let request = |body| Message::MultipartRequest(MultipartRequest::new(body));
    let reply = |body| Message::MultipartReply(MultipartReply::new(body));
    let raw = Bytes::from_static(&[0xff; 3]);
    let unknown = MultipartType(17);
    let table = TableStats {
        table_id: TableId(1),
        active_count: 2,
        lookup_count: 3,
        matched_count: 4,
        abilities: None,
    };
    vec![
        vector(
            V1_3,
            "04 12 0010 00000007 0000 0000 00000000   # desc request",
            request(MultipartRequestBody::Desc),
        ),
        vector(
            V1_3,
            "04 12 0038 00000007 0001 0000 00000000   # flow request
             ff 000000 ffffffff ffffffff 00000000     # all tables, any port and group
             0000000000000010 00000000000000ff        # cookie, mask
             0001 0004 00000000                       # match: any",
            request(MultipartRequestBody::Flow(FlowStatsRequest {
                cookie: 0x10,
                cookie_mask: 0xff,
                ..FlowStatsRequest::all()
            })),
        ),
        vector(
            V1_3,
            "04 12 0010 00000007 0003 0000 00000000   # table request",
            request(MultipartRequestBody::Table),
        ),
        vector(
            V1_4,
            "05 12 0010 00000007 000d 0000 00000000   # port-desc request",
            request(MultipartRequestBody::PortDesc(PortNo::ANY)),
        ),
        vector(
            V1_4,
            "05 12 0013 00000007 0011 0000 00000000   # a request of 1.5, kept raw
             ffffff",
            request(MultipartRequestBody::Unknown { kind: unknown, body: raw.clone() }),
        )
        .may_end(16..19),
        vector(
            V1_3,
            &format!(
                "04 13 0430 00000007 0000 0000 00000000   # desc reply
                 4e69636972612c20496e632e{}               # Nicira, Inc.
                 {zeroes}
                 332e31{}                                 # 3.1
                 4e6f6e65{}                               # None
                 {zeroes}",
                "00".repeat(244),
                "00".repeat(253),
                "00".repeat(28),
                zeroes = "00".repeat(256),
            ),
            reply(MultipartReplyBody::Desc(Box::new(Desc {
                mfr_desc: Text::from("Nicira, Inc."),
                sw_desc: Text::from("3.1"),
                serial_num: Text::from("None"),
                ..Desc::default()
            }))),
        ),
        vector(
            V1_4,
            "05 13 0050 00000007 0001 0001 00000000   # flow reply, more follow
             0040 02 00                               # 64 bytes, table 2
             00000001 00000002 0003 0004 0005         # sec, nsec, priority, idle, hard
             0001 0006 0000                           # flags, importance
             0000000000000007 0000000000000008 0000000000000009 # cookie, packets, bytes
             0001 0004 00000000                       # match: any
             0001 0008 03 000000                      # goto table 3",
            Message::MultipartReply(MultipartReply {
                flags: MultipartFlags::MORE,
                body: MultipartReplyBody::Flow(vec![flow(vec![])]),
            }),
        )
        .may_end([16]),
        vector(
            V1_3,
            "04 13 0028 00000007 0003 0000 00000000   # table reply
             01 000000 00000002 0000000000000003 0000000000000004",
            reply(MultipartReplyBody::Table(vec![table])),
        )
        .may_end([16]),
        vector(
            V1_3,
            "04 13 0050 00000007 000d 0000 00000000   # port-desc reply
             00000002 00000000
             020000000001 0000
             70320000000000000000000000000000
             00000001 00000004
             00002820 00000000 00000000 00000000
             00989680 00989680",
            reply(MultipartReplyBody::PortDesc(vec![port()])),
        )
        .may_end([16]),
        vector(
            V1_4,
            "05 13 0013 00000007 0011 0000 00000000   # a reply of 1.5, kept raw
             ffffff",
            reply(MultipartReplyBody::Unknown { kind: unknown, body: raw }),
        )
        .may_end(16..19),
    ]
}

/// Returns a flow whose numbers tell its fields apart.
pub(crate) fn flow(other_stats: Vec<StatsField>) -> FlowStats {
    FlowStats {
        table_id: TableId(2),
        duration_sec: 1,
        duration_nsec: 2,
        priority: 3,
        idle_timeout: 4,
        hard_timeout: 5,
        flags: FlowModFlags::SEND_FLOW_REM,
        importance: 6,
        cookie: 7,
        packet_count: 8,
        byte_count: 9,
        other_stats,
        fields: Match::any(),
        instructions: [Instruction::GotoTable(TableId(3))].into(),
    }
}
