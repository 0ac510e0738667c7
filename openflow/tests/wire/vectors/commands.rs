//! Packet-outs and flow-mods, with every action, instruction and kind of field.

use bytes::Bytes;
use openflow::{
    Action, Field, FieldId, FlowMod, FlowModFlags, GroupId, Instruction, MacAddr, Match, Message,
    MeterId, PacketOut, PortNo, TableId, UnknownAction, Version, key,
};

use super::{Vector, vector};
use crate::hex;

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
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
        Instruction::write_actions([Action::PopVlan]),
        Instruction::ClearActions,
        Instruction::Meter(MeterId(12)),
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
        ffff 0010 00002320 00fe000000000000  # one of Nicira's that is not modelled
        0063 0008 00000001                   # one that nobody knows
    ";
    let length = hex(actions).len();
    let text = format!("04 0d {:04x} 00000007", 24 + length)
        + &format!("ffffffff fffffffd {length:04x} 000000000000 {actions}");
    let unknown = |kind, body| Action::Unknown(Box::new(UnknownAction { kind, body }));
    let experimenter = Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0xfe, 0, 0, 0, 0, 0, 0]);
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
