//! Annotated messages, read and written.

use bytes::Bytes;
use openflow::{
    Action, AsyncConfig, AsyncKind, BufferId, Capabilities, Desc, Dpid, ErrorCode, ErrorMessage,
    EthernetPort, Experimenter, Features, Field, FieldId, FlowMod, FlowModFlags, FlowRemoved,
    FlowRemovedReason, FlowStats, FlowStatsRequest, Frame, GenerationId, GroupId, Hello,
    HelloElement, Instruction, MacAddr, Match, Message, MultipartFlags, MultipartReply,
    MultipartReplyBody, MultipartRequest, MultipartRequestBody, MultipartType, PacketIn,
    PacketInReason, PacketOut, Port, PortConfig, PortNo, PortProperty, PortReason, PortState,
    PortStatus, Role, RoleReason, RoleRequest, RoleStatus, SwitchConfig, TableId, TableStats, Text,
    UnknownAction, UnknownProperty, Version, Xid, key,
};

use crate::{encoded, hex, stamped};

use Version::{V1_3, V1_4};

/// A message as bytes and as a value.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) bytes: Bytes,
    pub(crate) frame: Frame,
    /// Where the message may end before its end, and be another valid message: where a list or raw
    /// data starts whose elements it may have fewer of.
    may_end: Vec<usize>,
}

fn vector(version: Version, text: &str, message: Message) -> Vector {
    Vector { bytes: hex(text), frame: Frame { version, xid: Xid(7), message }, may_end: vec![] }
}

impl Vector {
    fn may_end(mut self, at: impl IntoIterator<Item = usize>) -> Self {
        self.may_end.extend(at);
        self
    }
}

pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = symmetric();
    all.extend(configuration());
    all.extend(asynchronous());
    all.extend(commands());
    all.extend(multipart());
    all.extend(roles());
    all
}

fn symmetric() -> Vec<Vector> {
    vec![
        vector(
            V1_4,
            "05 00 0018 00000007   # hello in 1.4
             0001 0008 00000030   # bitmap: 1.3, 1.4
             0009 0005 ff 000000  # an unknown element, padded",
            Message::Hello(Hello {
                highest: 5,
                elements: vec![
                    HelloElement::VersionBitmap(vec![0x30]),
                    HelloElement::Unknown { kind: 9, body: Bytes::from_static(&[0xff]) },
                ],
            }),
        )
        .may_end([8, 16]),
        vector(
            V1_4,
            "06 00 0010 00000007   # hello in 1.5, which this crate does not speak
             0001 0008 00000070",
            Message::Hello(Hello {
                highest: 6,
                elements: vec![HelloElement::VersionBitmap(vec![0x70])],
            }),
        )
        .may_end([8]),
        vector(
            V1_3,
            "01 00 0008 00000007   # hello in 1.0",
            Message::Hello(Hello { highest: 1, elements: vec![] }),
        ),
        vector(
            V1_3,
            "04 01 0010 00000007   # error
             0001 000a            # bad request, is slave
             050e0038             # what it is about",
            Message::Error(ErrorMessage {
                code: ErrorCode::BAD_REQUEST_IS_SLAVE,
                data: Bytes::from_static(&[5, 0x0e, 0, 0x38]),
            }),
        )
        .may_end(12..16),
        vector(
            V1_3,
            "04 02 000a 00000007 abcd   # echo request",
            Message::EchoRequest(Bytes::from_static(&[0xab, 0xcd])),
        )
        .may_end([8, 9]),
        vector(
            V1_4,
            "05 03 000a 00000007 abcd   # echo reply",
            Message::EchoReply(Bytes::from_static(&[0xab, 0xcd])),
        )
        .may_end([8, 9]),
        vector(
            V1_4,
            "05 04 0012 00000007   # experimenter
             00002320 0000000b    # Nicira's type 11
             0001",
            Message::Experimenter(Experimenter {
                experimenter: 0x2320,
                kind: 11,
                data: Bytes::from_static(&[0, 1]),
            }),
        )
        .may_end([16, 17]),
        vector(
            V1_3,
            "04 0f 000a 00000007 0102   # group-mod, which this crate does not model",
            Message::Unknown { kind: 15, body: Bytes::from_static(&[1, 2]) },
        )
        .may_end([8, 9]),
        vector(
            V1_3,
            "04 1e 0008 00000007   # type 30 is none of 1.3's",
            Message::Unknown { kind: 30, body: Bytes::new() },
        ),
    ]
}

fn configuration() -> Vec<Vector> {
    vec![
        vector(V1_3, "04 05 0008 00000007   # features request", Message::FeaturesRequest),
        vector(
            V1_3,
            "04 06 0020 00000007   # features reply
             00000000000000ab     # datapath id
             00000100 fe 01 0000  # buffers, tables, auxiliary id, pad
             0000004f 00000000    # capabilities, reserved",
            Message::FeaturesReply(Features {
                dpid: Dpid(0xab),
                n_buffers: 256,
                n_tables: 254,
                auxiliary_id: 1,
                capabilities: Capabilities::FLOW_STATS
                    | Capabilities::TABLE_STATS
                    | Capabilities::PORT_STATS
                    | Capabilities::GROUP_STATS
                    | Capabilities::QUEUE_STATS,
            }),
        ),
        vector(V1_3, "04 07 0008 00000007   # get config", Message::GetConfigRequest),
        vector(
            V1_3,
            "04 08 000c 00000007   # config
             0001 ffff            # drop fragments, whole packets",
            Message::GetConfigReply(SwitchConfig { flags: 1, miss_send_len: 0xffff }),
        ),
        vector(
            V1_4,
            "05 09 000c 00000007   # set config
             0000 0080",
            Message::SetConfig(SwitchConfig { flags: 0, miss_send_len: 128 }),
        ),
        vector(V1_3, "04 14 0008 00000007   # barrier request", Message::BarrierRequest),
        vector(V1_3, "04 15 0008 00000007   # barrier reply", Message::BarrierReply),
        vector(V1_3, "04 1a 0008 00000007   # get async", Message::GetAsyncRequest),
        vector(
            V1_3,
            "04 1c 0020 00000007   # set async, masks for master and slave
             00000003 00000000    # packet-in
             00000007 00000006    # port-status
             0000000f 00000001    # flow-removed",
            Message::SetAsync(
                AsyncConfig::default()
                    .with(AsyncKind::PACKET_IN_MASTER, 3)
                    .with(AsyncKind::PACKET_IN_SLAVE, 0)
                    .with(AsyncKind::PORT_STATUS_MASTER, 7)
                    .with(AsyncKind::PORT_STATUS_SLAVE, 6)
                    .with(AsyncKind::FLOW_REMOVED_MASTER, 15)
                    .with(AsyncKind::FLOW_REMOVED_SLAVE, 1),
            ),
        ),
        vector(
            V1_4,
            "05 1b 0018 00000007   # async reply
             0004 0008 00000001   # flow-removed to a slave
             0007 0008 00000003   # role-status to a master",
            Message::GetAsyncReply(
                AsyncConfig::default()
                    .with(AsyncKind::FLOW_REMOVED_SLAVE, 1)
                    .with(AsyncKind::ROLE_STATUS_MASTER, 3),
            ),
        )
        .may_end([8, 16]),
    ]
}

fn asynchronous() -> Vec<Vector> {
    let tcp_80 = Match::any().with(key::ETH_TYPE, 0x0800).with(key::TCP_DST, 80);
    vec![
        vector(
            V1_3,
            "04 0a 002c 00000007       # packet-in
             ffffffff 0002 00 01      # not buffered, 2 bytes, table miss, table 1
             0000000000000099         # cookie
             0001 000c                # match: 12 bytes
               80000004 00000003      #   in_port
             00000000                 #   pad
             0000 abcd                # pad, packet",
            Message::PacketIn(PacketIn {
                buffer_id: BufferId::NO_BUFFER,
                total_len: 2,
                reason: PacketInReason::TABLE_MISS,
                table_id: TableId(1),
                cookie: 0x99,
                fields: Match::any().with(key::IN_PORT, PortNo(3)),
                data: Bytes::from_static(&[0xab, 0xcd]),
            }),
        )
        .may_end([42, 43]),
        vector(
            V1_3,
            "04 0b 0040 00000007              # flow-removed
             0000000000001234 0007 02 00     # cookie, priority, deleted, table 0
             00000001 00000002 003c 0000     # seconds, nanoseconds, idle, hard
             0000000000000003 00000000000000c8  # packets, bytes
             0001 0010                       # match: 16 bytes
               80000a02 0800 80001c02 0050   #   eth_type, tcp_dst",
            Message::FlowRemoved(FlowRemoved {
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
                fields: tcp_80,
            }),
        ),
        vector(
            V1_3,
            "04 0c 0050 00000007              # port-status
             02 00000000000000               # modified
             00000002 00000000               # port 2
             020000000001 0000               # address
             70320000000000000000000000000000 # p2
             00000001 00000004               # config down, state live
             00002820 00000000 00000000 00000000 # curr, advertised, supported, peer
             00989680 00989680               # 10 Gbit/s",
            Message::PortStatus(PortStatus { reason: PortReason::MODIFY, port: port() }),
        ),
        vector(
            V1_4,
            "05 0c 0060 00000007              # port-status
             02 00000000000000               # modified
             00000002 0050 0000              # port 2, 80 bytes
             020000000001 0000               # address
             70320000000000000000000000000000 # p2
             00000001 00000004               # config down, state live
             0000 0020 00000000              # ethernet
             00002820 00000000 00000000 00000000
             00989680 00989680
             0001 0005 ff 000000             # a property that this crate does not know",
            Message::PortStatus(PortStatus {
                reason: PortReason::MODIFY,
                port: {
                    let body = Bytes::from_static(&[0xff]);
                    let unknown = UnknownProperty { kind: 1, body };
                    let mut port = port();
                    port.properties.push(PortProperty::Unknown(unknown));
                    port
                },
            }),
        ),
    ]
}

fn port() -> Port {
    Port {
        port_no: PortNo(2),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        name: Text::from("p2"),
        config: PortConfig::PORT_DOWN,
        state: PortState::LIVE,
        properties: vec![PortProperty::Ethernet(EthernetPort {
            curr: 0x2820,
            curr_speed: 10_000_000,
            max_speed: 10_000_000,
            ..EthernetPort::default()
        })],
    }
}

fn commands() -> Vec<Vector> {
    let flow = FlowMod::add()
        .with_cookie(0x1234)
        .with_priority(10)
        .with_idle_timeout(60)
        .with_flags(FlowModFlags::SEND_FLOW_REM)
        .with_match(Match::any().with(key::IN_PORT, PortNo(1)))
        .with_actions(vec![Action::output(PortNo(2))]);
    vec![
        vector(
            V1_3,
            "04 0d 002a 00000007       # packet-out
             ffffffff fffffffd        # not buffered, from the controller
             0010 000000000000        # 16 bytes of actions, pad
               0000 0010 fffffffb ffff 000000000000  # output: flood
             abcd                     # packet",
            Message::PacketOut(PacketOut::new(
                vec![Action::output(PortNo::FLOOD)],
                Bytes::from_static(&[0xab, 0xcd]),
            )),
        )
        .may_end([40, 41]),
        vector(
            V1_3,
            "04 0e 0058 00000007                  # flow-mod
             0000000000001234 0000000000000000   # cookie, mask
             00 00 003c 0000 000a                # table 0, add, idle, hard, priority
             ffffffff ffffffff ffffffff          # buffer, out port, out group
             0001 0000                           # send flow-removed, pad
             0001 000c 80000004 00000001 00000000 # match: in_port=1
             0004 0018 00000000                  # apply actions
               0000 0010 00000002 ffff 000000000000",
            Message::FlowMod(flow.clone()),
        )
        .may_end([64]),
        vector(
            V1_4,
            "05 0e 0058 00000007                  # flow-mod
             0000000000001234 0000000000000000
             00 00 003c 0000 000a
             ffffffff ffffffff ffffffff
             0001 0005                           # importance 5
             0001 000c 80000004 00000001 00000000
             0004 0018 00000000
               0000 0010 00000002 ffff 000000000000",
            Message::FlowMod(FlowMod { importance: 5, ..flow }),
        )
        .may_end([64]),
        vector(
            V1_3,
            "04 0e 0038 00000007                  # flow-mod
             0000000000000010 00000000000000f0   # cookie, mask
             ff 03 0000 0000 0000                # all tables, delete
             ffffffff ffffffff ffffffff
             0000 0000
             0001 0004 00000000                  # match: any",
            Message::FlowMod(FlowMod::delete().with_cookie_filter(0x10, 0xf0)),
        ),
        every_instruction(),
        every_action(),
        every_kind_of_field(),
    ]
}

const FLOW_MOD_TO_ANY: &str = "
    0000000000000000 0000000000000000
    00 00 0000 0000 0000
    ffffffff ffffffff ffffffff
    0000 0000
    0001 0004 00000000
";

fn every_instruction() -> Vector {
    let text = format!(
        "04 0e 0080 00000007 {FLOW_MOD_TO_ANY}
         0001 0008 02 000000                  # goto table 2
         0002 0018 00000000                   # write metadata
           0000000000000001 00000000000000ff
         0003 0010 00000000 0012 0008 00000000 # write actions: pop vlan
         0005 0008 00000000                   # clear actions
         0006 0008 0000000c                   # meter 12
         ffff 0008 00002320                   # an experimenter's"
    );
    let flow = FlowMod::add().with_instructions(vec![
        Instruction::GotoTable(TableId(2)),
        Instruction::WriteMetadata { metadata: 1, mask: 0xff },
        Instruction::WriteActions(vec![Action::PopVlan]),
        Instruction::ClearActions,
        Instruction::Meter(12),
        Instruction::Unknown { kind: 0xffff, body: Bytes::from_static(&[0, 0, 0x23, 0x20]) },
    ]);
    vector(V1_3, &text, Message::FlowMod(flow)).may_end([56, 64, 88, 104, 112, 120])
}

fn every_action() -> Vector {
    let actions = "
        0000 0010 fffffffd ffff 000000000000 # output: controller
        000b 0008 00000000                   # copy ttl out
        000c 0008 00000000                   # copy ttl in
        000f 0008 40 000000                  # set mpls ttl
        0010 0008 00000000                   # dec mpls ttl
        0011 0008 8100 0000                  # push vlan
        0012 0008 00000000                   # pop vlan
        0013 0008 8847 0000                  # push mpls
        0014 0008 0800 0000                  # pop mpls
        0015 0008 00000003                   # set queue
        0016 0008 00000004                   # group
        0017 0008 40 000000                  # set ip ttl
        0018 0008 00000000                   # dec ip ttl
        0019 0010 80000606 020000000009 0000 # set field: eth_dst
        0019 0010 80000c02 1005 000000000000 # set field: vlan_vid
        001a 0008 88e7 0000                  # push pbb
        001b 0008 00000000                   # pop pbb
        ffff 0010 00002320 0010000000000000  # an experimenter's
        0063 0008 00000001                   # one that nobody knows
    ";
    let length = hex(actions).len();
    let text = format!("04 0d {:04x} 00000007", 24 + length)
        + &format!("ffffffff fffffffd {length:04x} 000000000000 {actions}");
    let unknown = |kind, body| Action::Unknown(Box::new(UnknownAction { kind, body }));
    let experimenter = Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0x10, 0, 0, 0, 0, 0, 0]);
    let actions = vec![
        Action::output(PortNo::CONTROLLER),
        Action::CopyTtlOut,
        Action::CopyTtlIn,
        Action::SetMplsTtl(64),
        Action::DecMplsTtl,
        Action::PushVlan(0x8100),
        Action::PopVlan,
        Action::PushMpls(0x8847),
        Action::PopMpls(0x0800),
        Action::SetQueue(3),
        Action::Group(GroupId(4)),
        Action::SetNwTtl(64),
        Action::DecNwTtl,
        Action::set_field(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 9])),
        Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | 5),
        Action::PushPbb(0x88e7),
        Action::PopPbb,
        unknown(Action::EXPERIMENTER, experimenter),
        unknown(0x63, Bytes::from_static(&[0, 0, 0, 1])),
    ];
    vector(V1_3, &text, Message::PacketOut(PacketOut::new(actions, Bytes::new())))
}

fn every_kind_of_field() -> Vector {
    let fields = "
        80000408 0000000000000001            # metadata
        8000070c 020000000000 ff0000000000   # eth_dst, masked
        80000c02 1005                        # vlan_vid
        80000e01 03                          # vlan_pcp
        80001708 0a000000 ff000000           # ipv4_src, masked
        80003520 20010db8000000000000000000000000 ffffffff000000000000000000000000 # ipv6_src
        80003804 000fffff                    # ipv6_flabel, 20 bits in 4 bytes
        80004a03 00abcd                      # pbb_isid, 3 bytes
        00010604 00000007                    # one of Nicira's, class 1
        ffff0008 00002320 deadbeef           # an experimenter's
        8000c800                             # a standard one of the future, without a value
    ";
    let length = 4 + hex(fields).len();
    let padding = "00".repeat(length.next_multiple_of(8) - length);
    let text = format!(
        "04 0e {:04x} 00000007
         0000000000000000 0000000000000000
         00 00 0000 0000 0000
         ffffffff ffffffff ffffffff
         0000 0000
         0001 {length:04x} {fields} {padding}",
        48 + length.next_multiple_of(8)
    );
    let id = |class, number, experimenter| FieldId { class, number, experimenter };
    let nicira = Field::raw(id(1, 3, 0), &[0, 0, 0, 7], None).unwrap();
    let experimental = id(FieldId::EXPERIMENTER, 0, 0x2320);
    let experimental = Field::raw(experimental, &[0xde, 0xad, 0xbe, 0xef], None).unwrap();
    let future = Field::raw(id(FieldId::BASIC, 100, 0), &[], None).unwrap();
    let fields = Match::any()
        .with(key::METADATA, 1)
        .with_masked(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 0]), MacAddr([0xff, 0, 0, 0, 0, 0]))
        .with(key::VLAN_VID, key::VLAN_PRESENT | 5)
        .with(key::VLAN_PCP, 3)
        .with_masked(key::IPV4_SRC, [10, 0, 0, 0].into(), [255, 0, 0, 0].into())
        .with_masked(key::IPV6_SRC, "2001:db8::".parse().unwrap(), "ffff:ffff::".parse().unwrap())
        .with(key::IPV6_FLABEL, 0xfffff)
        .with(key::PBB_ISID, [0, 0xab, 0xcd])
        .with_field(nicira)
        .with_field(experimental)
        .with_field(future);
    vector(V1_3, &text, Message::FlowMod(FlowMod::add().with_match(fields)))
}

fn multipart() -> Vec<Vector> {
    let request = |body| Message::MultipartRequest(MultipartRequest::new(body));
    let reply = |body| Message::MultipartReply(MultipartReply::new(body));
    let raw = Bytes::from_static(&[0xff; 3]);
    let unknown = MultipartType(4);
    let table =
        TableStats { table_id: TableId(1), active_count: 2, lookup_count: 3, matched_count: 4 };
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
            request(MultipartRequestBody::PortDesc),
        ),
        vector(
            V1_4,
            "05 12 0013 00000007 0004 0000 00000000   # port-stats request, kept raw
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
                body: MultipartReplyBody::Flow(vec![FlowStats {
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
                    fields: Match::any(),
                    instructions: vec![Instruction::GotoTable(TableId(3))],
                }]),
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
            "05 13 0013 00000007 0004 0000 00000000   # port-stats reply, kept raw
             ffffff",
            reply(MultipartReplyBody::Unknown { kind: unknown, body: raw }),
        )
        .may_end(16..19),
    ]
}

fn roles() -> Vec<Vector> {
    let status = RoleStatus {
        role: Role::Slave,
        reason: RoleReason::MASTER_REQUEST,
        generation_id: GenerationId(6),
        properties: vec![],
    };
    let property = UnknownProperty { kind: 0xffff, body: Bytes::from_static(&[1, 2, 3, 4]) };
    vec![
        vector(
            V1_3,
            "04 18 0018 00000007   # role request
             00000002 00000000    # master, pad
             0000000000000003     # generation id",
            Message::RoleRequest(RoleRequest {
                role: Role::Master,
                generation_id: GenerationId(3),
            }),
        ),
        vector(
            V1_4,
            "05 19 0018 00000007   # role reply
             00000001 00000000    # equal, pad
             ffffffffffffffff     # generation id: undefined",
            Message::RoleReply(RoleRequest {
                role: Role::Equal,
                generation_id: GenerationId::UNDEFINED,
            }),
        ),
        vector(
            V1_3,
            "04 04 0020 00000007   # experimenter
             4f4e4600 00000777    # ONF, role-status
             00000003 00 000000   # slave, another became master
             0000000000000006     # generation id",
            Message::RoleStatus(status.clone()),
        ),
        vector(
            V1_4,
            "05 1e 0020 00000007   # role-status
             00000003 00 000000
             0000000000000006
             ffff 0008 01020304   # an experimenter's property",
            Message::RoleStatus(RoleStatus { properties: vec![property], ..status }),
        )
        .may_end([24]),
    ]
}

#[test]
fn bytes_are_read_as_the_value() {
    for vector in vectors() {
        assert_eq!(Frame::decode(&vector.bytes), Ok(vector.frame));
    }
}

#[test]
fn the_value_is_written_as_the_bytes() {
    for vector in vectors() {
        assert_eq!(encoded(&vector.frame), vector.bytes, "{:?}", vector.frame);
    }
}

#[test]
fn what_the_buffer_holds_already_stays() {
    for vector in vectors() {
        let mut out = b"dirt".to_vec();
        vector.frame.encode(&mut out).unwrap();
        assert_eq!((&out[..4], &out[4..]), (&b"dirt"[..], &vector.bytes[..]));
    }
}

/// A message cut off, with its header's length as it was, and with one that admits to it.
#[test]
fn every_proper_prefix_is_refused() {
    for vector in vectors() {
        for length in 0..vector.bytes.len() {
            let cut = vector.bytes.slice(..length);
            assert!(Frame::decode(&cut).is_err(), "{length} bytes of {:?}", vector.frame);
            if length >= 8 {
                let read = Frame::decode(&stamped(&cut));
                let valid = vector.may_end.contains(&length);
                assert_eq!(read.is_ok(), valid, "{length} bytes of {:?}", vector.frame);
            }
        }
    }
}

#[test]
fn padding_is_read_as_anything_and_written_as_zeroes() {
    let dirty = hex("04 18 0018 00000007
         00000002 deadbeef    # master, pad
         0000000000000003");
    let clean = hex("04180018 00000007 00000002 00000000 0000000000000003");
    assert_eq!(encoded(&Frame::decode(&dirty).unwrap()), clean);
}

#[test]
fn payloads_are_slices_of_the_message() {
    let inside = |message: &Bytes, part: &Bytes| {
        let (message, part) = (message.as_ptr_range(), part.as_ptr_range());
        message.start <= part.start && part.end <= message.end
    };
    let mut seen = 0;
    for vector in vectors() {
        let part = match Frame::decode(&vector.bytes).unwrap().message {
            Message::PacketIn(PacketIn { data, .. })
            | Message::PacketOut(PacketOut { data, .. })
            | Message::Error(ErrorMessage { data, .. })
            | Message::Experimenter(Experimenter { data, .. })
            | Message::EchoRequest(data)
            | Message::Unknown { body: data, .. }
                if !data.is_empty() =>
            {
                data
            }
            _ => continue,
        };
        assert!(inside(&vector.bytes, &part), "{:?}", vector.frame);
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn a_message_that_is_too_long_leaves_the_buffer_alone() {
    let data = Bytes::from(vec![0; 65_536 - 8]);
    let mut out = b"dirt".to_vec();
    let frame = Frame { version: V1_3, xid: Xid(1), message: Message::EchoRequest(data) };
    let error = frame.encode(&mut out).unwrap_err();
    assert_eq!((error.length, &out[..]), (65_536, &b"dirt"[..]));

    let data = Bytes::from(vec![0; 65_535 - 8]);
    let frame = Frame { message: Message::EchoRequest(data), ..frame };
    assert!(frame.encode(&mut out).is_ok());

    let actions = vec![Action::PopVlan; 8_192];
    let message = Message::FlowMod(FlowMod::add().with_actions(actions));
    out.truncate(4);
    assert!(Frame { message, ..frame }.encode(&mut out).is_err());
    assert_eq!(out, b"dirt");
}

/// The names are an interface: logs, metrics and `baton decode` show them.
#[test]
fn every_message_has_its_name() {
    let mut names: Vec<&str> = vectors().iter().map(|v| v.frame.message.type_name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names,
        [
            "OFPT_BARRIER_REPLY",
            "OFPT_BARRIER_REQUEST",
            "OFPT_ECHO_REPLY",
            "OFPT_ECHO_REQUEST",
            "OFPT_ERROR",
            "OFPT_EXPERIMENTER",
            "OFPT_FEATURES_REPLY",
            "OFPT_FEATURES_REQUEST",
            "OFPT_FLOW_MOD",
            "OFPT_FLOW_REMOVED",
            "OFPT_GET_ASYNC_REPLY",
            "OFPT_GET_ASYNC_REQUEST",
            "OFPT_GET_CONFIG_REPLY",
            "OFPT_GET_CONFIG_REQUEST",
            "OFPT_GROUP_MOD",
            "OFPT_HELLO",
            "OFPT_MULTIPART_REPLY",
            "OFPT_MULTIPART_REQUEST",
            "OFPT_PACKET_IN",
            "OFPT_PACKET_OUT",
            "OFPT_PORT_STATUS",
            "OFPT_ROLE_REPLY",
            "OFPT_ROLE_REQUEST",
            "OFPT_ROLE_STATUS",
            "OFPT_SET_ASYNC",
            "OFPT_SET_CONFIG",
        ]
    );
}

#[test]
fn the_fence_stops_what_changes_a_switch() {
    let mut stopped: Vec<&str> = vectors()
        .iter()
        .filter(|vector| vector.frame.message.changes_switch())
        .map(|vector| vector.frame.message.type_name())
        .collect();
    stopped.sort_unstable();
    stopped.dedup();
    let changes = [
        "OFPT_EXPERIMENTER",
        "OFPT_FLOW_MOD",
        "OFPT_GROUP_MOD",
        "OFPT_PACKET_OUT",
        "OFPT_ROLE_STATUS", // type 30 in a 1.3 header: nobody knows what it is there
        "OFPT_SET_CONFIG",
    ];
    assert_eq!(stopped, changes);

    let table_features = |body: &'static [u8]| {
        let (kind, body) = (MultipartType::TABLE_FEATURES, Bytes::from_static(body));
        MultipartRequest::new(MultipartRequestBody::Unknown { kind, body }).changes_switch()
    };
    assert!(!table_features(&[]));
    assert!(table_features(&[0]));
}
