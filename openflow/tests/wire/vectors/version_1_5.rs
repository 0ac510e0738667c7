//! What OpenFlow 1.5 says in another way than 1.4, or has alone; multipart messages are beside it.

use bytes::Bytes;
use openflow::{
    Action, AsyncConfig, AsyncKind, Bucket, BucketId, BundleControl, BundleControlType,
    BundleFlags, BundleProperty, ChannelStatus, ControllerReason, ControllerStatus, CopyField,
    FlowMod, FlowRemoved, FlowRemovedReason, Frame, GenerationId, GroupId, GroupMod, GroupType,
    Hello, HelloElement, Instruction, MacAddr, Match, Message, MeterId, OxmHeader, PacketOut, Port,
    PortConfig, PortNo, PortProperty, PortReason, PortState, PortStatus, Role, RoleRequest,
    ShortId, StatTriggerFlags, StatsField, TableId, Text, Time, UnknownProperty, Version, Xid, key,
    nxm,
};

use super::{Vector, vector};
use crate::encoded;

use Version::{V1_4, V1_5};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = vec![hello(), port_status(), flow_mod(), scheduled_bundle()];
    all.extend(controllers());
    all.extend(packet_outs());
    all.extend(flows_removed());
    all.extend(groups());
    all
}

fn hello() -> Vector {
    vector(
        V1_5,
        "06 00 0010 00000007   # hello
         0001 0008 00000070   # bitmap: 1.3, 1.4, 1.5",
        Message::Hello(Hello {
            highest: 6,
            elements: vec![HelloElement::VersionBitmap(vec![0x70])],
        }),
    )
    .may_end([8])
}

fn controllers() -> Vec<Vector> {
    let uri = UnknownProperty { kind: 0, body: Bytes::from_static(b"tcp:1") };
    let master = RoleRequest::new(Role::Master, GenerationId(3));
    vec![
        vector(
            V1_5,
            "06 18 0018 00000007   # role request
             00000002 1234 0000   # master, short id, pad
             0000000000000003     # generation id",
            Message::RoleRequest(RoleRequest { short_id: ShortId(0x1234), ..master }),
        ),
        vector(
            V1_5,
            "06 19 0018 00000007   # role reply
             00000002 0000 0000   # master, no short id, pad
             0000000000000003",
            Message::RoleReply(master),
        ),
        vector(
            V1_5,
            "06 23 0028 00000007   # controller-status
             0020 1234            # length, short id
             00000001             # equal
             02 01 000000000000   # its role changed, down, pad
             0000 0009 7463703a31 # where it is
               00000000000000     #   pad",
            Message::ControllerStatus(ControllerStatus {
                short_id: ShortId(0x1234),
                role: Role::Equal,
                reason: ControllerReason::ROLE,
                channel_status: ChannelStatus::DOWN,
                properties: vec![uri],
            }),
        ),
        vector(
            V1_4,
            "05 23 0008 00000007   # type 35 is none of 1.4's",
            Message::Unknown { kind: 35, body: Bytes::new() },
        ),
        vector(
            V1_5,
            "06 1c 0018 00000007   # set async
             000c 0008 00000002   # flow statistics to a slave: thresholds
             000f 0008 0000007f   # controller-status to a master",
            Message::SetAsync(
                AsyncConfig::default()
                    .with(AsyncKind::FLOW_STATS_SLAVE, 2)
                    .with(AsyncKind::CONTROLLER_STATUS_MASTER, 0x7f),
            ),
        )
        .may_end([8, 16]),
    ]
}

fn packet_outs() -> Vec<Vector> {
    let flood = vec![Action::output(PortNo::FLOOD)];
    let packet = Bytes::from_static(&[0xab, 0xcd]);
    let fields = Match::any().with(key::METADATA, 9).with(key::PACKET_TYPE, 0x0001_0800);
    vec![
        vector(
            V1_5,
            "06 0d 0032 00000007                   # packet-out
             ffffffff 0010 0000                   # not buffered, 16 bytes of actions, pad
             0001 000c 80000004 fffffffd 00000000 # match: in_port is the controller
               0000 0010 fffffffb ffff 000000000000 # output: flood
             abcd                                 # packet",
            Message::PacketOut(PacketOut::new(flood.clone(), packet.clone())),
        )
        .may_end([48, 49]),
        vector(
            V1_5,
            "06 0d 0042 00000007                   # packet-out
             ffffffff 0010 0000
             0001 0020 80000004 00000003          # match: in_port
               80000408 0000000000000009          #   metadata
               80005804 00010800                  #   packet_type: IPv4
               0000 0010 fffffffb ffff 000000000000
             abcd",
            Message::PacketOut(PacketOut {
                in_port: PortNo(3),
                fields,
                ..PacketOut::new(flood, packet)
            }),
        )
        .may_end([64, 65]),
    ]
}

fn flows_removed() -> Vec<Vector> {
    let removed = FlowRemoved {
        cookie: 0x1234,
        priority: 7,
        reason: FlowRemovedReason::DELETE,
        table_id: TableId(1),
        duration_sec: 1,
        duration_nsec: 2,
        idle_timeout: 60,
        hard_timeout: 0,
        packet_count: 5,
        byte_count: 200,
        fields: Match::any().with(key::ETH_TYPE, 0x0800).with(key::TCP_FLAGS, 2),
        other_stats: vec![StatsField::IdleTime { sec: 3, nsec: 4 }],
    };
    vec![
        vector(
            V1_5,
            "06 0b 0060 00000007                # flow-removed
             01 02 0007 003c 0000              # table 1, deleted, priority, idle, hard
             0000000000001234                  # cookie
             0001 0010                         # match: 16 bytes
               80000a02 0800 80005402 0002     #   eth_type, tcp_flags
             0000 0034                         # statistics: 52 bytes
               80020008 00000001 00000002      #   duration
               80020208 00000003 00000004      #   idle time
               80020808 0000000000000005       #   packets
               80020a08 00000000000000c8       #   bytes
               00000000                        #   pad",
            Message::FlowRemoved(removed.clone()),
        ),
        vector(
            V1_5,
            "06 0b 0028 00000007                # flow-removed
             01 02 0007 003c 0000 0000000000001234
             0001 0004 00000000
             0000 0004 00000000                # statistics: none",
            Message::FlowRemoved(FlowRemoved {
                duration_sec: u32::MAX,
                duration_nsec: u32::MAX,
                packet_count: u64::MAX,
                byte_count: u64::MAX,
                fields: Match::any(),
                other_stats: vec![],
                ..removed
            }),
        ),
    ]
}

fn port_status() -> Vector {
    let properties = vec![
        PortProperty::PipelineInput {
            pipeline_input: vec![
                OxmHeader::exact(key::PACKET_TYPE),
                OxmHeader::exact(key::METADATA),
            ],
        },
        PortProperty::PipelineOutput { pipeline_output: vec![OxmHeader::masked(nxm::XREG1)] },
        PortProperty::Recirculate { recirculate: vec![PortNo(3), PortNo(4)] },
    ];
    let port = Port {
        port_no: PortNo(2),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        name: Text::from("p2"),
        config: PortConfig::empty(),
        state: PortState::LIVE,
        properties,
    };
    vector(
        V1_5,
        "06 0c 0060 00000007              # port-status
         00 00000000000000               # added
         00000002 0050 0000              # port 2, 80 bytes
         020000000001 0000               # address
         70320000000000000000000000000000 # p2
         00000000 00000004               # state live
         0002 000c 80005804 80000408     # pipeline input: packet_type, metadata
           00000000                      #   pad
         0003 0008 80010310              # pipeline output: a register in part
         0004 000c 00000003 00000004     # recirculates to ports 3 and 4
           00000000                      #   pad",
        Message::PortStatus(PortStatus { reason: PortReason::ADD, port }),
    )
}

fn flow_mod() -> Vector {
    let copy = CopyField { bits: 32, source: key::ETH_DST.into(), target: key::ETH_SRC.into() };
    let mut experimental = copy;
    experimental.target = nxm::NSH_C1.into();
    experimental.target.offset = 4;
    let apply = vec![
        Action::CopyField(Box::new(copy)),
        Action::CopyField(Box::new(experimental)),
        Action::Meter(MeterId(5)),
        Action::set_field_masked(
            key::ETH_DST,
            MacAddr([2, 0, 0, 0, 0, 0]),
            MacAddr([0xff, 0, 0, 0, 0, 0]),
        ),
    ];
    let trigger = Instruction::StatTrigger {
        flags: StatTriggerFlags::PERIODIC,
        thresholds: vec![StatsField::PacketCount(1000)],
    };
    let meter = Instruction::Unknown { kind: 6, body: Bytes::from_static(&[0, 0, 0, 12]) };
    vector(
        V1_5,
        "06 0e 00b0 00000007                   # flow-mod
         0000000000000000 0000000000000000
         00 00 0000 0000 0000
         ffffffff ffffffff ffffffff
         0000 0000
         0001 0004 00000000
         0007 0018 00000001                   # statistics trigger, periodic
           0000 0010 80020808 00000000000003e8 # every 1000 packets
         0004 0058 00000000                   # apply actions
           001c 0018 0020 0000 0000 0000      #   copy 32 bits
             80000606 80000806 00000000       #     of eth_dst to eth_src, pad
           001c 0018 0020 0000 0004 0000      #   copy 32 bits
             80000606 ffff0c08 005ad650       #     of eth_dst to nsh_c1, from bit 4 on
           001d 0008 00000005                 #   meter 5
           0019 0018 8000070c                 #   set-field: eth_dst
             020000000000 ff0000000000        #     in its first byte
             00000000                         #     pad
         0006 0008 0000000c                   # what was the meter instruction",
        Message::FlowMod(FlowMod::add().with_instructions(vec![
            trigger,
            Instruction::apply_actions(apply),
            meter,
        ])),
    )
    .may_end([56, 80, 168])
}

fn groups() -> Vec<Vector> {
    let select = vec![
        Bucket::new(vec![Action::PopVlan, Action::output(PortNo(1))]).with_weight(100),
        Bucket::new(vec![]).with_weight(200),
    ];
    let exotic = |number| UnknownProperty {
        kind: 0xffff,
        body: Bytes::copy_from_slice(&[0, 0, 0x23, 0x20, 0, 0, 0, number]),
    };
    let none = UnknownProperty { kind: 0, body: Bytes::from_static(&[0; 4]) };
    let watching = Bucket {
        watch_group: GroupId(7),
        properties: [exotic(1), none].into(),
        ..Bucket::new(vec![Action::Group(GroupId(7))]).with_watch_port(PortNo(1))
    };
    let watching = watching.with_id(BucketId(7));
    let insert =
        GroupMod::insert(GroupType::FastFailover, GroupId(5), BucketId::FIRST, vec![watching]);
    vec![
        vector(
            V1_5,
            "06 0f 0050 00000007                    # group-mod
             0000 01 00 00000004                   # add, select, pad, group 4
             0038 0000 ffffffff                    # 56 bytes of buckets, pad, no bucket named
             0028 0018 00000000                    # bucket 0: 40 bytes, 24 of actions
               0012 0008 00000000                  #   pop vlan
               0000 0010 00000001 ffff 000000000000
               0000 0008 0064 0000                 #   weight 100
             0010 0000 00000001                    # bucket 1: drops
               0000 0008 00c8 0000                 #   weight 200",
            Message::GroupMod(GroupMod::add(GroupType::Select, GroupId(4), select)),
        ),
        vector(
            V1_5,
            "06 0f 0060 00000007                    # group-mod
             0003 03 00 00000005                   # insert buckets, fast failover, group 5
             0038 0000 fffffffd                    # 56 bytes of buckets, before the first
             0038 0008 00000007                    # bucket 7
               0016 0008 00000007                  #   group 7
               0001 0008 00000001                  #   watches port 1
               0002 0008 00000007                  #   watches group 7
               ffff 000c 00002320 00000001 00000000 #  an experimenter's property
               0000 0008 00000000                  #   a weight of 0, which is none
             ffff 000c 00002320 00000002 00000000  # an experimenter's property",
            Message::GroupMod(GroupMod { properties: vec![exotic(2)], ..insert }),
        )
        .may_end([80]),
        vector(
            V1_5,
            "06 0f 0018 00000007                    # group-mod
             0005 01 00 00000004                   # remove buckets, select, group 4
             0000 0000 fffffffe                    # no buckets, pad; the last",
            Message::GroupMod(GroupMod::remove(GroupType::Select, GroupId(4), BucketId::LAST)),
        ),
    ]
}

fn scheduled_bundle() -> Vector {
    vector(
        V1_5,
        "06 21 0028 00000007     # bundle-control
         00000009 0004 0005     # bundle 9, commit request, atomic and at a time
         0001 0018 00000000     # time
           0000000065e0b3c0     #   seconds
           0000000a 00000000    #   nanoseconds, pad",
        Message::BundleControl(BundleControl {
            bundle_id: 9,
            kind: BundleControlType::CommitRequest,
            flags: BundleFlags::ATOMIC | BundleFlags::TIME,
            properties: vec![BundleProperty::Time(Time { sec: 0x65e0_b3c0, nsec: 10 })],
        }),
    )
    .may_end([16])
}

/// The meter instruction of earlier versions is the first of the actions to apply.
#[test]
fn a_meter_instruction_is_written_as_an_action() {
    let written = |instructions| {
        let message = Message::FlowMod(FlowMod::add().with_instructions(instructions));
        let frame = Frame { version: V1_5, xid: Xid(7), message };
        let Message::FlowMod(flow) = Frame::decode(&encoded(&frame).into()).unwrap().message else {
            panic!("no flow-mod")
        };
        flow.instructions.into_vec()
    };
    let meter = Instruction::Meter(MeterId(3));
    let goto = Instruction::GotoTable(TableId(1));
    let apply =
        |more: &[Action]| Instruction::apply_actions([&[Action::Meter(MeterId(3))], more].concat());
    let pop = vec![Action::PopVlan];
    assert_eq!(
        written(vec![
            meter.clone(),
            Instruction::write_actions(pop.clone()),
            Instruction::apply_actions(pop.clone()),
            goto.clone(),
        ]),
        [Instruction::write_actions(pop.clone()), apply(&pop), goto.clone()]
    );
    assert_eq!(written(vec![meter.clone(), goto.clone()]), [goto, apply(&[])]);
    assert_eq!(written(vec![meter]), [apply(&[])]);
    assert_eq!(written(vec![]), []);
}

#[test]
fn a_controller_says_where_it_is() {
    let uri = |kind, body: &'static [u8]| {
        let property = UnknownProperty { kind, body: Bytes::from_static(body) };
        let status = ControllerStatus {
            short_id: ShortId::UNDEFINED,
            role: Role::Equal,
            reason: ControllerReason::REQUEST,
            channel_status: ChannelStatus::UP,
            properties: vec![property],
        };
        status.uri().map(str::to_owned)
    };
    assert_eq!(uri(0, b"tcp:192.0.2.1:6653").as_deref(), Some("tcp:192.0.2.1:6653"));
    assert_eq!(uri(0, &[0xff]), None);
    assert_eq!(uri(0xffff, b"tcp:192.0.2.1:6653"), None);
}
