//! Every message of OpenFlow 1.0.

use bytes::Bytes;
use openflow::nicira::{FlowFormat, NiciraRole};
use openflow::{
    Action, AggregateStats, BufferId, Capabilities, Desc, Dpid, ErrorCode, ErrorMessage,
    EthernetPort, EthernetStats, Experimenter, Features, FlowMod, FlowModFlags, FlowRemoved,
    FlowRemovedReason, FlowStats, FlowStatsRequest, Frame, GenerationId, Instruction, Instructions,
    MacAddr, Match, Message, MultipartFlags, MultipartReply, MultipartReplyBody, MultipartRequest,
    MultipartRequestBody, MultipartType, NiciraAction, NiciraMessage, PacketIn, PacketInReason,
    PacketOut, Port, PortConfig, PortMod, PortModProperty, PortNo, PortProperty, PortReason,
    PortState, PortStats, PortStatsProperty, PortStatus, QueueConfig, QueueConfigRequest,
    QueueDesc, QueueId, QueueProperty, QueueRequest, QueueStats, Role, RoleRequest, SwitchConfig,
    TP_DST, TP_SRC, TableAbilities, TableId, TableStats, Text, UnknownAction, UnknownProperty,
    Version, key,
};

use super::{Vector, nicira, vector};
use crate::hex;

use Version::V1_0;

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = symmetric();
    all.extend(configuration());
    all.extend(asynchronous());
    all.extend(commands());
    all.extend(requests());
    all.extend(replies());
    all.extend(vendors());
    all.push(every_action());
    all.push(every_action_of_nicira());
    all.extend(every_message_of_nicira());
    all
}

/// The match of every packet, as Open vSwitch writes it.
const ANY: &str = "003820ff 0000 000000000000 000000000000 0000 00 00 0000 00 00 0000
    00000000 00000000 0000 0000";

/// A match of every field, of TCP: `wildcards` has the VLAN priority and some bits of addresses.
const TCP: &str = "
    00104800 0001                    # all but 8 bits of nw_src, 1 of nw_dst and dl_vlan_pcp; in_port
    020000000002 020000000001        # dl_src, dl_dst
    0005 00 00 0800                  # dl_vlan, dl_vlan_pcp, pad, dl_type
    20 06 0000                       # nw_tos, nw_proto, pad
    0a000000 0a000002 03e8 0050      # nw_src, nw_dst, tp_src, tp_dst
";

fn tcp() -> Match {
    Match::any()
        .with(key::IN_PORT, PortNo(1))
        .with(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 1]))
        .with(key::ETH_SRC, MacAddr([2, 0, 0, 0, 0, 2]))
        .with(key::ETH_TYPE, 0x0800)
        .with(key::VLAN_VID, key::VLAN_PRESENT | 5)
        .with(key::IP_DSCP, 8)
        .with(key::IP_PROTO, 6)
        .with_masked(key::IPV4_SRC, [10, 0, 0, 0].into(), [255, 255, 255, 0].into())
        .with_masked(key::IPV4_DST, [10, 0, 0, 2].into(), [255, 255, 255, 254].into())
        .with(key::TCP_SRC, 1000)
        .with(key::TCP_DST, 80)
}

fn symmetric() -> Vec<Vector> {
    let error = |kind: &str, code| {
        let text = format!("01 01 0010 00000007 {kind} 010e0048");
        let data = Bytes::from_static(&[1, 0x0e, 0, 0x48]);
        vector(V1_0, &text, Message::Error(ErrorMessage { code, data })).may_end(12..16)
    };
    let unknown = |kind, code| ErrorCode { kind, code };
    vec![
        error("0001 0002", ErrorCode::BAD_REQUEST_MULTIPART),
        error("0002 0005", ErrorCode::BAD_ACTION_ARGUMENT),
        error("0003 0000", ErrorCode::FLOW_MOD_TABLE_FULL),
        error("0003 0003", ErrorCode::FLOW_MOD_EMERGENCY_TIMEOUT),
        error("0003 0004", ErrorCode::FLOW_MOD_COMMAND),
        error("0003 0005", ErrorCode::FLOW_MOD_UNSUPPORTED),
        error("0003 0009", unknown(5, 0x8009)),
        error("0004 0001", ErrorCode::PORT_MOD_HW_ADDR),
        error("0005 0002", ErrorCode::QUEUE_OP_PERMISSIONS),
        error("b0c2 0000", unknown(ErrorCode::NICIRA_VENDOR, 0)),
        vector(V1_0, "01 02 0009 00000007 ab", Message::EchoRequest(Bytes::from_static(&[0xab])))
            .may_end([8]),
        vector(V1_0, "01 03 0009 00000007 ab", Message::EchoReply(Bytes::from_static(&[0xab])))
            .may_end([8]),
        vector(
            V1_0,
            "01 16 000a 00000007 abcd   # type 22, which 1.0 does not have",
            Message::Unknown { kind: 22, body: Bytes::from_static(&[0xab, 0xcd]) },
        )
        .may_end([8, 9]),
    ]
}

fn configuration() -> Vec<Vector> {
    vec![
        vector(V1_0, "01 05 0008 00000007   # features request", Message::FeaturesRequest),
        vector(
            V1_0,
            "01 06 0080 00000007                # features reply
             00000000000000ab                  # datapath id
             00000100 fe 000000                # buffers, tables, pad
             0000008f 00000fff                 # capabilities, actions
             0002 020000000001                 # port 2, address
               70320000000000000000000000000000 # p2
               00000011 00000201               # config: down, no flood; state: down, forwarding
               00000840 00000080 00000f80 00000000 # curr, advertised, supported, peer
             fffe 020000000002                 # the local port
               62723000000000000000000000000000
               00000000 00000000 00000000 00000000 00000000 00000000",
            Message::FeaturesReply(Features {
                dpid: Dpid(0xab),
                n_buffers: 256,
                n_tables: 254,
                auxiliary_id: 0,
                capabilities: Capabilities::FLOW_STATS
                    | Capabilities::TABLE_STATS
                    | Capabilities::PORT_STATS
                    | Capabilities::STP
                    | Capabilities::ARP_MATCH_IP,
                actions: 0xfff,
                ports: vec![port(), local()],
            }),
        )
        .may_end([32, 80]),
        vector(V1_0, "01 07 0008 00000007   # get config", Message::GetConfigRequest),
        vector(
            V1_0,
            "01 08 000c 00000007 0001 ffff   # config",
            Message::GetConfigReply(SwitchConfig { flags: 1, miss_send_len: 0xffff }),
        ),
        vector(
            V1_0,
            "01 09 000c 00000007 0000 0080   # set config",
            Message::SetConfig(SwitchConfig { flags: 0, miss_send_len: 128 }),
        ),
        vector(V1_0, "01 12 0008 00000007   # barrier request", Message::BarrierRequest),
        vector(V1_0, "01 13 0008 00000007   # barrier reply", Message::BarrierReply),
        vector(
            V1_0,
            "01 14 000c 00000007 0001 0000   # queue get config, port, pad",
            Message::QueueGetConfigRequest(QueueConfigRequest { port: PortNo(1) }),
        ),
        vector(
            V1_0,
            "01 15 0040 00000007                       # queue config
             0001 000000000000                        # port, pad
             00000003 0028 0000                       # queue, 40 bytes, pad
               0001 0010 00000000 01f4 000000000000   #   at least 50 %
               0000 0010 00000000 0000000000000000    #   none
             00000004 0008 0000",
            Message::QueueGetConfigReply(QueueConfig {
                port: PortNo(1),
                queues: vec![
                    queue(
                        3,
                        vec![
                            QueueProperty::MinRate(500),
                            QueueProperty::Unknown(UnknownProperty {
                                kind: 0,
                                body: Bytes::from_static(&[0; 8]),
                            }),
                        ],
                    ),
                    queue(4, vec![]),
                ],
            }),
        )
        .may_end([16, 56]),
    ]
}

fn queue(queue_id: u32, properties: Vec<QueueProperty>) -> QueueDesc {
    QueueDesc { port_no: PortNo(1), queue_id: QueueId(queue_id), properties }
}

fn port() -> Port {
    Port {
        port_no: PortNo(2),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        name: Text::from("p2"),
        config: PortConfig::PORT_DOWN | PortConfig::NO_FLOOD,
        state: PortState::LINK_DOWN | PortState::STP_FORWARD,
        // By the bits of later versions.
        properties: vec![PortProperty::Ethernet(EthernetPort {
            curr: 0x8040,
            advertised: 0x0800,
            supported: 0xf800,
            ..EthernetPort::default()
        })],
    }
}

fn local() -> Port {
    Port {
        port_no: PortNo::LOCAL,
        hw_addr: MacAddr([2, 0, 0, 0, 0, 2]),
        name: Text::from("br0"),
        config: PortConfig::empty(),
        state: PortState::empty(),
        properties: vec![PortProperty::Ethernet(EthernetPort::default())],
    }
}

fn asynchronous() -> Vec<Vector> {
    vec![
        vector(
            V1_0,
            "01 0a 0014 00000007      # packet-in
             00000114 0040 fffe     # buffer, length, from the local port
             01 00 abcd             # an action, pad, packet",
            Message::PacketIn(PacketIn {
                buffer_id: BufferId(0x114),
                total_len: 64,
                reason: PacketInReason::APPLY_ACTION,
                table_id: TableId(0),
                cookie: PacketIn::NO_COOKIE,
                fields: Match::any().with(key::IN_PORT, PortNo::LOCAL),
                data: Bytes::from_static(&[0xab, 0xcd]),
            }),
        )
        .may_end([18, 19]),
        vector(
            V1_0,
            &format!(
                "01 0b 0058 00000007 {TCP}          # flow-removed
                 0000000000001234 0007 02 00       # cookie, priority, deleted, pad
                 00000001 00000002 003c 0000       # seconds, nanoseconds, idle, pad
                 0000000000000003 00000000000000c8 # packets, bytes"
            ),
            Message::FlowRemoved(FlowRemoved {
                other_stats: vec![],
                cookie: 0x1234,
                priority: 7,
                reason: FlowRemovedReason::DELETE,
                table_id: TableId(0),
                duration_sec: 1,
                duration_nsec: 2,
                idle_timeout: 60,
                hard_timeout: 0,
                packet_count: 3,
                byte_count: 200,
                fields: tcp(),
            }),
        ),
        vector(
            V1_0,
            "01 0c 0040 00000007                # port-status
             02 00000000000000                 # modified
             0002 020000000001
               70320000000000000000000000000000
               00000011 00000201
               00000840 00000080 00000f80 00000000",
            Message::PortStatus(PortStatus { reason: PortReason::MODIFY, port: port() }),
        ),
    ]
}

fn commands() -> Vec<Vector> {
    let flow = FlowMod::add()
        .with_cookie(0x1234)
        .with_priority(10)
        .with_idle_timeout(60)
        .with_flags(FlowModFlags::SEND_FLOW_REM | FlowModFlags::EMERGENCY)
        .with_match(tcp())
        .with_actions(vec![Action::output(PortNo(2)), Action::PopVlan]);
    vec![
        vector(
            V1_0,
            "01 0d 001a 00000007       # packet-out
             ffffffff fffd 0008       # not buffered, from the controller, 8 bytes of actions
               0000 0008 fffb ffff    # output: flood
             abcd                     # packet",
            Message::PacketOut(PacketOut::new(
                vec![Action::output(PortNo::FLOOD)],
                Bytes::from_static(&[0xab, 0xcd]),
            )),
        )
        .may_end([24, 25]),
        vector(
            V1_0,
            &format!(
                "01 0e 0058 00000007 {TCP}        # flow-mod
                 0000000000001234 0000 003c 0000 # cookie, add, idle, hard
                 000a ffffffff ffff 0005         # priority, buffer, out port, flags
                   0000 0008 0002 ffff           # output
                   0003 0008 00000000            # strip vlan"
            ),
            Message::FlowMod(flow),
        )
        .may_end([72, 80]),
        vector(
            V1_0,
            &format!(
                "01 0e 0048 00000007 {ANY}        # flow-mod
                 0000000000000000 0003 0000 0000 # delete
                 0000 ffffffff 0002 0000         # what sends to port 2"
            ),
            Message::FlowMod(FlowMod { out_port: PortNo(2), ..FlowMod::delete() }),
        ),
        vector(
            V1_0,
            "01 0f 0020 00000007         # port-mod
             0003 020000000001          # port, address
             00000010 00000011          # config, mask
             00000080 00000000          # advertise, pad",
            Message::PortMod(PortMod {
                port_no: PortNo(3),
                hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
                config: PortConfig::NO_FLOOD,
                mask: PortConfig::PORT_DOWN | PortConfig::NO_FLOOD,
                properties: vec![PortModProperty::Ethernet { advertise: 0x800 }],
            }),
        ),
    ]
}

fn requests() -> Vec<Vector> {
    let request = |text: &str, body| {
        vector(V1_0, text, Message::MultipartRequest(MultipartRequest::new(body)))
    };
    let flows = |table| FlowStatsRequest { table_id: TableId(table), ..FlowStatsRequest::all() };
    let to_port = FlowStatsRequest { fields: tcp(), out_port: PortNo(2), ..flows(3) };
    let queues = QueueRequest { port_no: PortNo::ANY, queue_id: QueueId::ALL };
    let vendor = Experimenter { experimenter: 1, kind: 2, data: Bytes::from_static(&[3]) };
    let raw = |kind, body: &'static [u8]| {
        let (kind, body) = (MultipartType(kind), Bytes::from_static(body));
        MultipartRequestBody::Unknown { kind, body }
    };
    vec![
        request("01 10 000c 00000007 0000 0000   # desc request", MultipartRequestBody::Desc),
        request(
            &format!(
                "01 10 0038 00000007 0001 0000 {ANY}   # flow request
                 ff 00 ffff                           # all tables, pad, any port"
            ),
            MultipartRequestBody::Flow(flows(0xff)),
        ),
        request(
            &format!("01 10 0038 00000007 0002 0000 {TCP} 03 00 0002   # aggregate request"),
            MultipartRequestBody::Aggregate(to_port),
        ),
        request("01 10 000c 00000007 0003 0000   # table request", MultipartRequestBody::Table),
        request(
            "01 10 0014 00000007 0004 0000 ffff 000000000000   # port request: any",
            MultipartRequestBody::PortStats(PortNo::ANY),
        ),
        request(
            "01 10 0014 00000007 0005 0000 fffc 0000 ffffffff   # queue request: all",
            MultipartRequestBody::Queue(queues),
        ),
        request(
            "01 10 000c 00000007 000d 0000   # port-desc request, which is Open vSwitch's",
            MultipartRequestBody::PortDesc(PortNo::ANY),
        ),
        request(
            "01 10 0015 00000007 ffff 0000 00000001 00000002 03   # a vendor's",
            MultipartRequestBody::Experimenter(vendor),
        )
        .may_end(16..21),
        request(
            "01 10 0012 00000007 ffff 0000 00000001 0002   # a vendor's, of no type",
            raw(0xffff, &[0, 0, 0, 1, 0, 2]),
        )
        .may_end(16..18),
        request(
            "01 10 0014 00000007 0006 0000 00000001 00000000   # type 6 is none of 1.0's",
            raw(6, &[0, 0, 0, 1, 0, 0, 0, 0]),
        )
        .may_end(12..20),
    ]
}

fn replies() -> Vec<Vector> {
    let reply = |text: &str, body| {
        vector(V1_0, text, Message::MultipartReply(MultipartReply::new(body))).may_end([12])
    };
    let zeroes = "00".repeat(256);
    let desc = format!(
        "01 11 042c 00000007 0000 0000 332e31{} {zeroes} {zeroes} {} {zeroes}   # desc reply",
        "00".repeat(253),
        "00".repeat(32)
    );
    let desc = vector(
        V1_0,
        &desc,
        Message::MultipartReply(MultipartReply::new(MultipartReplyBody::Desc(Box::new(Desc {
            mfr_desc: Text::from("3.1"),
            ..Desc::default()
        })))),
    );
    let aggregate =
        AggregateStats { packet_count: 1, byte_count: 2, flow_count: 3, other_stats: vec![] };
    let aggregate = MultipartReplyBody::Aggregate(aggregate);
    let vendor = Experimenter { experimenter: 1, kind: 2, data: Bytes::new() };
    vec![
        desc,
        flows(),
        vector(
            V1_0,
            "01 11 0024 00000007 0002 0000   # aggregate reply
             0000000000000001 0000000000000002 00000003 00000000",
            Message::MultipartReply(MultipartReply::new(aggregate)),
        ),
        reply(
            "01 11 004c 00000007 0003 0000   # table reply
             01 000000                      # table, pad
             636c617373696669657200000000000000000000000000000000000000000000
             003fffff 000f4240              # wildcards, room
             00000002 0000000000000003 0000000000000004",
            MultipartReplyBody::Table(vec![TableStats {
                table_id: TableId(1),
                active_count: 2,
                lookup_count: 3,
                matched_count: 4,
                abilities: Some(Box::new(TableAbilities {
                    name: Text::from("classifier"),
                    wildcards: 0x3f_ffff,
                    max_entries: 1_000_000,
                })),
            }]),
        ),
        reply(
            "01 11 0074 00000007 0004 0000   # port reply
             fffe 000000000000              # port, pad
             0000000000000001 0000000000000002 0000000000000003 0000000000000004
             0000000000000005 0000000000000006 0000000000000007 0000000000000008
             0000000000000009 000000000000000a 000000000000000b 000000000000000c",
            MultipartReplyBody::PortStats(vec![PortStats {
                port_no: PortNo::LOCAL,
                duration_sec: 0,
                duration_nsec: 0,
                rx_packets: 1,
                tx_packets: 2,
                rx_bytes: 3,
                tx_bytes: 4,
                rx_dropped: 5,
                tx_dropped: 6,
                rx_errors: 7,
                tx_errors: 8,
                properties: vec![PortStatsProperty::Ethernet(EthernetStats {
                    rx_frame_err: 9,
                    rx_over_err: 10,
                    rx_crc_err: 11,
                    collisions: 12,
                })],
            }]),
        ),
        reply(
            "01 11 002c 00000007 0005 0000   # queue reply
             0002 0000 00000003             # port, pad, queue
             0000000000000001 0000000000000002 0000000000000003",
            MultipartReplyBody::Queue(vec![QueueStats {
                port_no: PortNo(2),
                queue_id: QueueId(3),
                tx_bytes: 1,
                tx_packets: 2,
                tx_errors: 3,
                duration_sec: 0,
                duration_nsec: 0,
                properties: vec![],
            }]),
        ),
        reply(
            "01 11 003c 00000007 000d 0000   # port-desc reply
             fffe 020000000002 62723000000000000000000000000000
             00000000 00000000 00000000 00000000 00000000 00000000",
            MultipartReplyBody::PortDesc(vec![local()]),
        ),
        vector(
            V1_0,
            "01 11 0014 00000007 ffff 0000 00000001 00000002   # a vendor's",
            Message::MultipartReply(MultipartReply::new(MultipartReplyBody::Experimenter(vendor))),
        )
        .may_end(16..20),
    ]
}

fn flows() -> Vector {
    let flow = FlowStats {
        flags: FlowModFlags::empty(),
        importance: 0,
        fields: tcp(),
        instructions: [Instruction::apply_actions([Action::output(PortNo::CONTROLLER)])].into(),
        ..super::multipart::flow(vec![])
    };
    let drop =
        FlowStats { fields: Match::any(), instructions: Instructions::new(), ..flow.clone() };
    let body = MultipartReplyBody::Flow(vec![flow, drop]);
    let numbers = "
        00000001 00000002 0003 0004 0005 000000000000  # sec, nsec, priority, idle, hard, pad
        0000000000000007 0000000000000008 0000000000000009 # cookie, packets, bytes";
    vector(
        V1_0,
        &format!(
            "01 11 00c4 00000007 0001 0001   # flow reply, more follow
             0060 02 00 {TCP} {numbers}     # 96 bytes, table 2, pad
               0000 0008 fffd ffff          # output: controller
             0058 02 00 {ANY} {numbers}"
        ),
        Message::MultipartReply(MultipartReply { flags: MultipartFlags::MORE, body }),
    )
    .may_end([12, 108])
}

fn vendors() -> Vec<Vector> {
    let role = |role| RoleRequest::new(role, GenerationId::UNDEFINED);
    let vendor = Experimenter { experimenter: 1, kind: 2, data: Bytes::from_static(&[3]) };
    let masks = |master, slave, kinds: [u16; 2]| {
        let kinds = kinds.map(openflow::AsyncKind);
        [(kinds[0], master), (kinds[1], slave)]
    };
    let masks = [masks(3, 0, [1, 0]), masks(7, 6, [3, 2]), masks(15, 1, [5, 4])];
    let masks = masks.into_iter().flatten();
    let masks =
        masks.fold(openflow::AsyncConfig::default(), |all, (kind, mask)| all.with(kind, mask));
    // What of a vendor is only his number stays raw.
    vec![
        vector(
            V1_0,
            "01 04 0011 00000007 00000001 00000002 03   # vendor, type, data",
            Message::Experimenter(vendor),
        )
        .may_end(12..17),
        vector(
            V1_0,
            "01 04 000e 00000007 00000001 0002   # a vendor's, of no type",
            Message::Unknown { kind: 4, body: Bytes::from_static(&[0, 0, 0, 1, 0, 2]) },
        )
        .may_end(12..14),
        vector(
            V1_0,
            "01 04 0014 00000007 00002320 0000000a 00000001   # role request: master",
            Message::RoleRequest(role(Role::Master)),
        )
        .may_end(12..16),
        vector(
            V1_0,
            "01 04 0014 00000007 00002320 0000000a 00000000   # role request: equal",
            Message::RoleRequest(role(Role::Equal)),
        )
        .may_end(12..16),
        vector(
            V1_0,
            "01 04 0014 00000007 00002320 0000000b 00000002   # role reply: slave",
            Message::RoleReply(role(Role::Slave)),
        )
        .may_end(12..16),
        vector(
            V1_0,
            "01 04 0028 00000007 00002320 00000013   # set-async, masks for master and slave
             00000003 00000000 00000007 00000006 0000000f 00000001",
            Message::SetAsync(masks),
        )
        .may_end(12..16),
        vector(
            V1_0,
            "01 04 0018 00000007 00002320 0000000d 0000000000000000   # NXT_FLOW_MOD, cut short",
            Message::Experimenter(Experimenter {
                experimenter: Experimenter::NICIRA,
                kind: 13,
                data: Bytes::from_static(&[0; 8]),
            }),
        )
        .may_end(12..24),
    ]
}

fn packet_out(text: &str, actions: Vec<Action>) -> Vector {
    let length = hex(text).len();
    let head = format!("01 0d {:04x} 00000007 ffffffff fffd {length:04x}", 16 + length);
    let message = Message::PacketOut(PacketOut::new(actions, Bytes::new()));
    vector(V1_0, &format!("{head} {text}"), message)
}

fn every_action() -> Vector {
    let unknown = |kind, body| Action::Unknown(Box::new(UnknownAction { kind, body }));
    let experimenter = Bytes::from_static(&[0, 0, 0, 1]);
    packet_out(
        "0000 0008 fffd 0080                  # output: controller
         0001 0008 0005 0000                  # set vlan id
         0002 0008 03 000000                  # set vlan priority
         0003 0008 00000000                   # strip vlan
         0004 0010 020000000001 000000000000  # set dl_src
         0005 0010 020000000002 000000000000  # set dl_dst
         0006 0008 0a000001                   # set nw_src
         0007 0008 0a000002                   # set nw_dst
         0008 0008 20 000000                  # set nw_tos
         0009 0008 0050 0000                  # set tp_src
         000a 0008 0051 0000                  # set tp_dst
         000b 0010 0002 000000000000 00000003 # enqueue: port, pad, queue
         000c 0008 00000001                   # one that nobody knows
         ffff 0008 00000001                   # a vendor's
         ffff 0010 00002320 0004 0000 00000003 # Nicira's: set queue
         ffff 0010 00002320 0012 000000000000  # dec ttl
         ffff 0010 00002320 0017 8847 00000000 # push mpls
         ffff 0010 00002320 0018 0800 00000000 # pop mpls
         ffff 0010 00002320 0019 40 0000000000 # set mpls ttl
         ffff 0010 00002320 001a 000000000000  # dec mpls ttl",
        vec![
            Action::Output { port: PortNo::CONTROLLER, max_len: 128 },
            Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | 5),
            Action::set_field(key::VLAN_PCP, 3),
            Action::PopVlan,
            Action::set_field(key::ETH_SRC, MacAddr([2, 0, 0, 0, 0, 1])),
            Action::set_field(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 2])),
            Action::set_field(key::IPV4_SRC, [10, 0, 0, 1].into()),
            Action::set_field(key::IPV4_DST, [10, 0, 0, 2].into()),
            Action::set_field(key::IP_DSCP, 8),
            Action::set_field(TP_SRC, 80),
            Action::set_field(TP_DST, 81),
            Action::Enqueue { port: PortNo(2), queue_id: QueueId(3) },
            unknown(12, Bytes::from_static(&[0, 0, 0, 1])),
            unknown(Action::EXPERIMENTER, experimenter),
            Action::SetQueue(3),
            Action::DecNwTtl,
            Action::PushMpls(0x8847),
            Action::PopMpls(0x0800),
            Action::SetMplsTtl(64),
            Action::DecMplsTtl,
        ],
    )
}

/// Those that hold actions of their own are read too, but these are others in OpenFlow 1.0.
fn every_action_of_nicira() -> Vector {
    let holds_none = |action: &NiciraAction| match action {
        NiciraAction::Clone(_) => false,
        NiciraAction::Ct(conntrack) => conntrack.actions.len() < 2,
        _ => true,
    };
    let known = nicira::actions().into_iter().filter(|(_, action, _)| holds_none(action));
    let (mut texts, mut actions): (Vec<_>, Vec<_>) =
        known.map(|(text, action, _)| (text, Action::Nicira(Box::new(action)))).unzip();
    texts.push("ffff 0018 00002320 002a 000000000000 0000 0008 0002 0000   # clone, output");
    let output = Action::Output { port: PortNo(2), max_len: 0 };
    actions.push(Action::Nicira(Box::new(NiciraAction::Clone(vec![output]))));
    packet_out(&texts.join("\n"), actions)
}

/// They are the same in every version, but for those that say what has a message of its own.
fn every_message_of_nicira() -> Vec<Vector> {
    let in_1_0 = |vector: Vector| {
        let Message::Nicira(message) = &vector.frame.message else { return None };
        if matches!(
            **message,
            NiciraMessage::RoleRequest(_)
                | NiciraMessage::RoleReply(_)
                | NiciraMessage::SetAsyncConfig(_)
        ) {
            return None;
        }
        let mut bytes = vector.bytes.to_vec();
        bytes[0] = V1_0.wire();
        let frame = Frame { version: V1_0, ..vector.frame };
        let vector = Vector { bytes: bytes.into(), frame, ..vector };
        Some(vector.may_end(12..16))
    };
    nicira::vectors().into_iter().filter_map(in_1_0).collect()
}

#[test]
fn a_message_of_nicira_s_is_written_the_same_whatever_it_is_called_here() {
    let nicira = [
        (
            NiciraMessage::RoleRequest(NiciraRole::Master),
            "01 04 0014 00000007 00002320 0000000a 00000001",
        ),
        (
            NiciraMessage::SetFlowFormat(FlowFormat::NXM),
            "01 04 0014 00000007 00002320 0000000c 00000002",
        ),
    ];
    for (message, text) in nicira {
        let vector = vector(V1_0, text, Message::Nicira(Box::new(message)));
        assert_eq!(crate::encoded(&vector.frame), vector.bytes);
    }
}
