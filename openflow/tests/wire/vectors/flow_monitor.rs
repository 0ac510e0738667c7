//! Flow monitors, and what they tell.

use bytes::Bytes;
use openflow::{
    Action, FlowChange, FlowEvent, FlowMonitorCommand, FlowMonitorFlags, FlowMonitorRequest,
    FlowRemovedReason, FlowUpdate, GroupId, Instruction, Instructions, Match, Message,
    MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody, MultipartType,
    PortNo, TableId, UnknownFlowUpdate, Version, Xid, key,
};

use super::{Vector, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let raw = MultipartReplyBody::Unknown {
        kind: MultipartType::FLOW_MONITOR,
        body: Bytes::from_static(&[0, 8, 0, 5, 0, 0, 0, 0]),
    };
    vec![
        request(),
        reply(),
        vector(
            V1_3,
            "04 13 0018 00000007 0010 0000 00000000   # a reply in 1.3, which has no monitors
             0008 0005 00000000",
            Message::MultipartReply(MultipartReply::new(raw)),
        )
        .may_end(16..24),
    ]
}

fn request() -> Vector {
    let add = FlowMonitorRequest {
        monitor_id: 1,
        out_port: PortNo(2),
        out_group: GroupId::ANY,
        flags: FlowMonitorFlags::INITIAL | FlowMonitorFlags::ADD | FlowMonitorFlags::INSTRUCTIONS,
        table_id: TableId::ALL,
        command: FlowMonitorCommand::Add,
        fields: Match::any().with(key::IN_PORT, PortNo(3)),
    };
    let modify = FlowMonitorRequest {
        flags: FlowMonitorFlags::ONLY_OWN,
        command: FlowMonitorCommand::Modify,
        fields: Match::any(),
        ..add.clone()
    };
    let delete = FlowMonitorRequest {
        flags: FlowMonitorFlags::empty(),
        command: FlowMonitorCommand::Delete,
        ..modify.clone()
    };
    vector(
        V1_4,
        "05 12 0060 00000007 0010 0000 00000000   # flow-monitor request
         00000001 00000002 ffffffff 0013 ff 00    # monitor, port, group, flags, table, add
         0001 000c 80000004 00000003 00000000     # match: in_port=3
         00000001 00000002 ffffffff 0040 ff 01    # modify
         0001 0004 00000000                       # match: any
         00000001 00000002 ffffffff 0000 ff 02    # delete
         0001 0004 00000000",
        Message::MultipartRequest(MultipartRequest::new(MultipartRequestBody::FlowMonitor(vec![
            add, modify, delete,
        ]))),
    )
    .may_end([16, 48, 72])
}

fn reply() -> Vector {
    let added = FlowChange {
        event: FlowEvent::Added,
        table_id: TableId(2),
        reason: FlowRemovedReason(0),
        idle_timeout: 3,
        hard_timeout: 4,
        priority: 5,
        cookie: 6,
        fields: Match::any().with(key::IN_PORT, PortNo(3)),
        instructions: [Instruction::apply_actions([Action::output(PortNo(2))])].into(),
    };
    let removed = FlowChange {
        event: FlowEvent::Removed,
        reason: FlowRemovedReason::DELETE,
        fields: Match::any(),
        instructions: Instructions::new(),
        ..added.clone()
    };
    let unknown = UnknownFlowUpdate { event: 7, body: Bytes::from_static(&[0; 4]) };
    vector(
        V1_4,
        "05 13 0090 00000007 0010 0000 00000000   # flow-monitor reply
         0040 0001 02 00 0003 0004 0005 00000000  # 64 bytes, added; table, timeouts, priority
         0000000000000006                         # cookie
         0001 000c 80000004 00000003 00000000     # match: in_port=3
         0004 0018 00000000                       # apply
         0000 0010 00000002 ffff 000000000000     # output to port 2
         0020 0002 02 02 0003 0004 0005 00000000  # 32 bytes, removed: deleted
         0000000000000006
         0001 0004 00000000                       # match: any
         0008 0004 00000009                       # abbreviated, of xid 9
         0008 0005 00000000                       # paused
         0008 0006 00000000                       # resumed
         0008 0007 00000000                       # nobody knows",
        Message::MultipartReply(MultipartReply::new(MultipartReplyBody::FlowMonitor(vec![
            FlowUpdate::Full(Box::new(added)),
            FlowUpdate::Full(Box::new(removed)),
            FlowUpdate::Abbreviated(Xid(9)),
            FlowUpdate::Paused,
            FlowUpdate::Resumed,
            FlowUpdate::Unknown(Box::new(unknown)),
        ]))),
    )
    .may_end([16, 80, 112, 120, 128, 136])
}
