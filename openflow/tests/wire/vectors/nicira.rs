//! Nicira's actions and messages.

use bytes::Bytes;
use openflow::nicira::{
    Bundle, Conntrack, ControllerId, ControllerProperty, CtFlags, CtZone, FieldHeader, FieldOffset,
    FlowFormat, Learn, LearnFlags, LearnLimit, LearnSource, LearnSpec, LearnTarget, Multipath, Nat,
    NatFlags, NiciraRole, OutputReg, PacketIn2, PacketIn2Property, PacketInFormat, RegLoad,
    RegMove, Sample, SampleDirection, ShortPort, Subfield, TlvMap, TlvTable, TlvTableCommand,
    TlvTableMod,
};
use openflow::{
    Action, AsyncConfig, AsyncKind, BufferId, Field, Match, Message, NiciraAction, NiciraMessage,
    PacketIn, PacketInReason, PacketOut, PortNo, TableId, UnknownAction, UnknownProperty, Version,
    key, nxm,
};

use super::{Vector, vector};
use crate::hex;

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = vec![every_action(V1_3), every_action(V1_4), at_the_deepest()];
    all.extend(messages());
    all.extend(packet_ins());
    all
}

/// An action as bytes and as a value, and how `ovs-ofctl ofp-print` of Open vSwitch 3.1 prints it; not
/// at all if it refuses it where it stands.
pub(crate) type Known = (&'static str, NiciraAction, &'static str);

pub(crate) fn actions() -> Vec<Known> {
    let mut all = forwarding();
    all.extend(fields());
    all.extend(choices());
    all.extend(learning());
    all.extend(controllers());
    all.extend(tracking());
    all.extend(others());
    all
}

fn forwarding() -> Vec<Known> {
    let [in_port, table] = [ShortPort(3), ShortPort::IN_PORT];
    vec![
        (
            "ffff 0010 00002320 0001 0003 00000000   # resubmit, port",
            NiciraAction::Resubmit { in_port },
            "resubmit:3",
        ),
        (
            "ffff 0010 00002320 000e fff8 02 000000  # resubmit_table, port, table",
            NiciraAction::ResubmitTable { in_port: table, table: TableId(2) },
            "resubmit(,2)",
        ),
        (
            "ffff 0010 00002320 002c 0003 02 000000  # resubmit_table_ct",
            NiciraAction::ResubmitTableCt { in_port, table: TableId(2) },
            "resubmit(3,2,ct)",
        ),
        (
            "ffff 0018 00002320 000f 000f            # output_reg, 16 bits from 0 on
               00010004 ffff 000000000000            #   reg0, max_len",
            NiciraAction::OutputReg(OutputReg {
                source: Subfield::of(nxm::REG0, 0, 16),
                max_len: 0xffff,
            }),
            "output:NXM_NX_REG0[0..15]",
        ),
        (
            "ffff 0018 00002320 0020 041f ffff       # output_reg2, 32 bits from 16 on, max_len
               80010008 000000000000                 #   xreg0",
            NiciraAction::OutputReg2(OutputReg {
                source: Subfield::of(nxm::XREG0, 16, 32),
                max_len: 0xffff,
            }),
            "output:OXM_OF_PKT_REG0[16..47]",
        ),
        (
            "ffff 0018 00002320 0020 001f ffff       # output_reg2
               ffff5608 4f4e4600 0000                #   actset_output, which the ONF has defined",
            NiciraAction::OutputReg2(OutputReg {
                source: Subfield::all(nxm::ACTSET_OUTPUT),
                max_len: 0xffff,
            }),
            "output:ONFOXM_ET_ACTSET_OUTPUT[]",
        ),
        (
            "ffff 0010 00002320 0027 0002 00000064   # output_trunc, port, max_len",
            NiciraAction::OutputTrunc { port: ShortPort(2), max_len: 100 },
            "output(port=2,max_len=100)",
        ),
        (
            "ffff 0010 00002320 0005 000000000000    # pop_queue",
            NiciraAction::PopQueue,
            "pop_queue",
        ),
        ("ffff 0010 00002320 0011 000000000000    # exit", NiciraAction::Exit, "exit"),
    ]
}

fn fields() -> Vec<Known> {
    vec![
        (
            "ffff 0010 00002320 0002 0000 00001234   # set_tunnel, pad, key",
            NiciraAction::SetTunnel(0x1234),
            "set_tunnel:0x1234",
        ),
        (
            "ffff 0018 00002320 0009 000000000000    # set_tunnel64
               000000123456789a",
            NiciraAction::SetTunnel64(0x0012_3456_789a),
            "set_tunnel64:0x123456789a",
        ),
        (
            "ffff 0018 00002320 0006 0008 0000 0008  # reg_move, 8 bits, offsets
               00010004 00010204                     #   reg0, reg1",
            NiciraAction::RegMove(RegMove {
                bits: 8,
                source: nxm::REG0.into(),
                target: FieldOffset { field: nxm::REG1.into(), offset: 8 },
            }),
            "move:NXM_NX_REG0[0..7]->NXM_NX_REG1[8..15]",
        ),
        (
            "ffff 0020 00002320 0006 000c 0000 0000  # reg_move
               ffff5406 4f4e4600 00010004 00000000   #   tcp_flags as the ONF has it, reg0",
            NiciraAction::RegMove(RegMove {
                bits: 12,
                source: nxm::ONF_TCP_FLAGS.into(),
                target: nxm::REG0.into(),
            }),
            "move:NXM_NX_TCP_FLAGS[]->NXM_NX_REG0[0..11]",
        ),
        (
            "ffff 0018 00002320 0007 01c7 00010204   # reg_load, 8 bits from 7 on, reg1
               00000000000000ab",
            NiciraAction::RegLoad(RegLoad { target: Subfield::of(nxm::REG1, 7, 8), value: 0xab }),
            "load:0xab->NXM_NX_REG1[7..14]",
        ),
        (
            "ffff 0018 00002320 0021                 # reg_load2
               00010708 00000005 000000ff 0000       #   reg3=5/0xff",
            NiciraAction::RegLoad2(Field::masked(nxm::REG3, 5, 0xff)),
            "set_field:0x5/0xff->reg3",
        ),
        (
            "ffff 0018 00002320 001b 0000 00010004 0020 000000000000 # stack_push, offset, reg0, bits",
            NiciraAction::StackPush(Subfield::all(nxm::REG0)),
            "push:NXM_NX_REG0[]",
        ),
        (
            "ffff 0018 00002320 001c 0004 0001de10 0064 000000000000 # stack_pop, xxreg0",
            NiciraAction::StackPop(Subfield::of(nxm::XXREG0, 4, 100)),
            "pop:NXM_NX_XXREG0[4..103]",
        ),
        (
            "ffff 0018 00002320 0031 05dc 0003       # check_pkt_larger, length, offset
               00010004 000000000000                 #   reg0",
            NiciraAction::CheckPktLarger {
                length: 1_500,
                target: FieldOffset { field: nxm::REG0.into(), offset: 3 },
            },
            "check_pkt_larger(1500)->NXM_NX_REG0[3]",
        ),
        (
            "ffff 0018 00002320 0032 0001507c 00000000000000000000 # delete_field, tun_metadata0",
            NiciraAction::DeleteField(tun_metadata_0()),
            "delete_field:tun_metadata0",
        ),
        (
            "ffff 0018 00002320 0032 ffff1608 00002320 000000000000 # delete_field, tun_erspan_idx",
            NiciraAction::DeleteField(nxm::ERSPAN_IDX.into()),
            "delete_field:tun_erspan_idx",
        ),
    ]
}

pub(crate) fn tun_metadata_0() -> FieldHeader {
    let id = openflow::FieldId { number: 40, ..nxm::REG0.id() };
    FieldHeader { id, width: 124 }
}

fn choices() -> Vec<Known> {
    let sample =
        Sample { probability: 1_000, collector_set_id: 1, obs_domain_id: 2, obs_point_id: 3 };
    vec![
        (
            "ffff 0020 00002320 000a 0001 0400 0000  # multipath, fields, basis, pad
               0002 00ff 00000000 0000 001f 00010404 #   hrw, links - 1, argument, pad, 32 bits, reg2",
            NiciraAction::Multipath(Multipath {
                fields: 1,
                basis: 1_024,
                algorithm: 2,
                max_link: 255,
                argument: 0,
                target: Subfield::all(nxm::REG2),
            }),
            "multipath(symmetric_l4,1024,hrw,256,0,NXM_NX_REG2[])",
        ),
        (
            "ffff 0028 00002320 000c 0001 0000 0005  # bundle, hrw, fields, basis
               00000002 0003 0000 00000000 00000000  #   in_port, members, pad
               0004 0008 000c 0000                   #   the members, pad",
            NiciraAction::Bundle(Bundle {
                algorithm: 1,
                fields: 0,
                basis: 5,
                members: vec![ShortPort(4), ShortPort(8), ShortPort(12)],
            }),
            "bundle(eth_src,5,hrw,ofport,members:4,8,12)",
        ),
        (
            "ffff 0028 00002320 000d 0000 0001 003c  # bundle_load, active_backup, fields, basis
               00000002 0002 000f 00010004 00000000  #   in_port, members, 16 bits, reg0, pad
               0001 0002 00000000                    #   the members, pad",
            NiciraAction::BundleLoad {
                bundle: Bundle {
                    algorithm: 0,
                    fields: 1,
                    basis: 60,
                    members: vec![ShortPort(1), ShortPort(2)],
                },
                target: Subfield::of(nxm::REG0, 0, 16),
            },
            "bundle_load(symmetric_l4,60,active_backup,ofport,NXM_NX_REG0[0..15],members:1,2)",
        ),
        (
            "ffff 0018 00002320 001d 03e8 00000001 00000002 00000003 # sample",
            NiciraAction::Sample(sample),
            "sample(probability=1000,collector_set_id=1,obs_domain_id=2,obs_point_id=3)",
        ),
        (
            "ffff 0020 00002320 0026 03e8 00000001 00000002 00000003
               0004 000000000000                     # sample2, port",
            NiciraAction::Sample2 { sample, port: ShortPort(4) },
            "sample(probability=1000,collector_set_id=1,obs_domain_id=2,obs_point_id=3,\
             sampling_port=4)",
        ),
        (
            "ffff 0020 00002320 0029 03e8 00000001 00000002 00000003
               0004 02 0000000000                    # sample3, port, direction",
            NiciraAction::Sample3 {
                sample,
                port: ShortPort(4),
                direction: SampleDirection::EGRESS,
            },
            "sample(probability=1000,collector_set_id=1,obs_domain_id=2,obs_point_id=3,\
             sampling_port=4,egress)",
        ),
        (
            "ffff 0010 00002320 0022 00 02 0000000a  # conjunction, clause, clauses, id",
            NiciraAction::Conjunction { clause: 0, n_clauses: 2, id: 10 },
            "conjunction(10,1/2)",
        ),
    ]
}

pub(crate) fn learn() -> Learn {
    let spec = |bits, source, target| LearnSpec { bits, source, target };
    let from = |field: FieldOffset| LearnSource::Field(field);
    Learn {
        idle_timeout: 10,
        hard_timeout: 20,
        priority: 5,
        cookie: 0x99,
        flags: LearnFlags::SEND_FLOW_REM | LearnFlags::DELETE_LEARNED,
        table_id: TableId(1),
        fin_idle_timeout: 2,
        fin_hard_timeout: 4,
        specs: vec![
            spec(12, from(nxm::VLAN_TCI.into()), LearnTarget::Match(nxm::VLAN_TCI.into())),
            spec(48, from(nxm::ETH_SRC.into()), LearnTarget::Match(nxm::ETH_DST.into())),
            spec(
                16,
                LearnSource::Value(Bytes::from_static(&[8, 0])),
                LearnTarget::Match(nxm::ETH_TYPE.into()),
            ),
            spec(
                20,
                LearnSource::Value(Bytes::from_static(&[0, 1, 2, 3])),
                LearnTarget::Load(nxm::REG0.into()),
            ),
            spec(
                16,
                from(nxm::IN_PORT.into()),
                LearnTarget::Load(FieldOffset { field: nxm::REG1.into(), offset: 16 }),
            ),
            spec(16, from(nxm::IN_PORT.into()), LearnTarget::Output),
        ],
    }
}

fn learning() -> Vec<Known> {
    let limit =
        LearnLimit { limit: 10, result: Some(FieldOffset { field: nxm::REG0.into(), offset: 3 }) };
    let few = Learn { specs: learn().specs[1..2].to_vec(), ..learn() };
    vec![
        (
            "ffff 0068 00002320 0010 000a 0014 0005  # learn, idle, hard, priority
               0000000000000099 0003 01 00 0002 0004 #   cookie, flags, table, pad, idle, hard after FIN
               000c 00000802 0000 00000802 0000      #   12 bits of vlan_tci match
               0030 00000406 0000 00000206 0000      #   48 of eth_src match eth_dst
               2010 0800 00000602 0000               #   a value matches eth_type
               2814 00010203 00010004 0000           #   a value of 20 bits is loaded to reg0
               0810 00000002 0000 00010204 0010      #   in_port is loaded to the upper half of reg1
               1010 00000002 0000                    #   output to in_port",
            NiciraAction::Learn(learn()),
            "learn(table=1,idle_timeout=10,hard_timeout=20,fin_idle_timeout=2,fin_hard_timeout=4,\
             priority=5,send_flow_rem,delete_learned,cookie=0x99,NXM_OF_VLAN_TCI[0..11],\
             NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],eth_type=0x800,\
             load:0x10203->NXM_NX_REG0[0..19],load:NXM_OF_IN_PORT[]->NXM_NX_REG1[16..31],\
             output:NXM_OF_IN_PORT[])",
        ),
        (
            "ffff 0040 00002320 002d 000a 0014 0005  # learn2
               0000000000000099 0007 01 00 0002 0004 #   as above, and a result
               0000000a 0003 0000 00010004           #   limit, offset, pad, reg0
               0030 00000406 0000 00000206 0000      #   48 of eth_src match eth_dst
               000000000000                          #   pad",
            NiciraAction::Learn2 { learn: few.clone(), limit },
            "learn(table=1,idle_timeout=10,hard_timeout=20,fin_idle_timeout=2,fin_hard_timeout=4,\
             priority=5,send_flow_rem,delete_learned,cookie=0x99,limit=10,\
             result_dst=NXM_NX_REG0[3],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[])",
        ),
        (
            "ffff 0038 00002320 002d 000a 0014 0005  # learn2 without a result
               0000000000000099 0003 01 00 0002 0004
               0000000a 0000 0000
               0030 00000406 0000 00000206 0000
               0000",
            NiciraAction::Learn2 { learn: few, limit: LearnLimit { result: None, ..limit } },
            "learn(table=1,idle_timeout=10,hard_timeout=20,fin_idle_timeout=2,fin_hard_timeout=4,\
             priority=5,send_flow_rem,delete_learned,cookie=0x99,limit=10,\
             NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[])",
        ),
        (
            "ffff 0010 00002320 0013 0005 000f 0000  # fin_timeout, idle, hard",
            NiciraAction::FinTimeout { idle: 5, hard: 15 },
            "fin_timeout(idle_timeout=5,hard_timeout=15)",
        ),
    ]
}

fn controllers() -> Vec<Known> {
    vec![
        (
            "ffff 0010 00002320 0014 007b 004d 02 00 # controller, max_len, id, reason",
            NiciraAction::Controller {
                max_len: 123,
                controller_id: ControllerId(77),
                reason: PacketInReason::INVALID_TTL,
            },
            "controller(reason=invalid_ttl,max_len=123,id=77)",
        ),
        (
            "ffff 0048 00002320 0025 000000000000    # controller2
               0000 0008 0080 0000                   #   max_len
               0001 0008 0007 0000                   #   id
               0002 0005 02 000000                   #   reason
               0003 0009 0102030405 00000000000000   #   userdata
               0004 0004 00000000                    #   pause
               0005 0008 00000005                    #   meter",
            NiciraAction::Controller2(vec![
                ControllerProperty::MaxLen(128),
                ControllerProperty::ControllerId(ControllerId(7)),
                ControllerProperty::Reason(PacketInReason::INVALID_TTL),
                ControllerProperty::Userdata(Bytes::from_static(&[1, 2, 3, 4, 5])),
                ControllerProperty::Pause,
                ControllerProperty::MeterId(5),
            ]),
            "controller(reason=invalid_ttl,max_len=128,id=7,userdata=01.02.03.04.05,pause,\
             meter_id=5)",
        ),
        (
            "ffff 0018 00002320 0025 000000000000 0063 0005 ff 000000 # controller2, unknown property",
            NiciraAction::Controller2(vec![ControllerProperty::Unknown(UnknownProperty {
                kind: 0x63,
                body: Bytes::from_static(&[0xff]),
            })]),
            "",
        ),
        (
            "ffff 0018 00002320 0015 0003 00000000   # dec_ttl_cnt_ids, how many, pad
               0001 0002 0003 0000                   #   the ids, pad",
            NiciraAction::DecTtlCntIds(vec![ControllerId(1), ControllerId(2), ControllerId(3)]),
            "dec_ttl(1,2,3)",
        ),
    ]
}

fn tracking() -> Vec<Known> {
    let nat = Nat {
        flags: NatFlags::SRC | NatFlags::PROTO_RANDOM,
        ipv4_min: Some([10, 0, 0, 1].into()),
        ipv4_max: Some([10, 0, 0, 9].into()),
        proto_min: Some(1_000),
        proto_max: Some(2_000),
        ..Nat::default()
    };
    let v6 = Nat {
        flags: NatFlags::DST | NatFlags::PERSISTENT | NatFlags::PROTO_HASH,
        ipv6_min: Some("2001:db8::1".parse().unwrap()),
        ipv6_max: Some("2001:db8::2".parse().unwrap()),
        ..Nat::default()
    };
    vec![
        (
            "ffff 0018 00002320 0023 0000 00000000   # ct, flags, zone of no field
               0005 01 000000 0000                   #   zone, table, pad, alg",
            NiciraAction::Ct(Conntrack {
                flags: CtFlags::empty(),
                zone: CtZone::Number(5),
                table: Some(TableId(1)),
                alg: 0,
                actions: vec![],
            }),
            "ct(table=1,zone=5)",
        ),
        (
            "ffff 0048 00002320 0023 0003 00010004   # ct, commit and force, zone in reg0
               000f ff 000000 0015                   #   16 bits, no table, pad, FTP
               ffff 0020 00002320 0024 0000          #   nat, pad
                 0011 0033 0a000001 0a000009         #     flags, what there is, addresses
                 03e8 07d0 00000000                  #     ports, pad
               0019 0010 0001d604 00000001 00000000  #   set-field: ct_mark",
            NiciraAction::Ct(Conntrack {
                flags: CtFlags::COMMIT | CtFlags::FORCE,
                zone: CtZone::Field(Subfield::of(nxm::REG0, 0, 16)),
                table: None,
                alg: 21,
                actions: vec![
                    Action::Nicira(Box::new(NiciraAction::Nat(nat))),
                    Action::set_field(nxm::CT_MARK, 1),
                ],
            }),
            "ct(commit,force,zone=NXM_NX_REG0[0..15],nat(src=10.0.0.1-10.0.0.9:1000-2000,random),\
             exec(set_field:0x1->ct_mark),alg=ftp)",
        ),
        (
            "ffff 0048 00002320 0023 0001 00000000 0000 ff 000000 0000
               ffff 0030 00002320 0024 0000 000e 000c # nat of IPv6
                 20010db8000000000000000000000001 20010db8000000000000000000000002",
            NiciraAction::Ct(Conntrack {
                flags: CtFlags::COMMIT,
                zone: CtZone::Number(0),
                table: None,
                alg: 0,
                actions: vec![Action::Nicira(Box::new(NiciraAction::Nat(v6)))],
            }),
            "ct(commit,nat(dst=2001:db8::1-2001:db8::2,persistent,hash))",
        ),
        (
            "ffff 0010 00002320 0024 0000 0000 0000  # nat as the connection's first packet was",
            NiciraAction::Nat(Nat::default()),
            "",
        ),
        ("ffff 0010 00002320 002b 000000000000    # ct_clear", NiciraAction::CtClear, "ct_clear"),
    ]
}

fn others() -> Vec<Known> {
    vec![
        (
            "ffff 0018 00002320 0008 0011223344556677000000000000 # note",
            NiciraAction::Note(Bytes::from_static(&[
                0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0, 0, 0, 0, 0, 0,
            ])),
            "note:00.11.22.33.44.55.66.77.00.00.00.00.00.00",
        ),
        (
            "ffff 0028 00002320 002a 000000000000    # clone
               0011 0008 8100 0000                   #   push vlan
               0000 0010 00000002 0000 000000000000  #   output",
            NiciraAction::Clone(vec![
                Action::PushVlan(0x8100),
                Action::Output { port: PortNo(2), max_len: 0 },
            ]),
            "clone(push_vlan:0x8100,output:2)",
        ),
        (
            "ffff 0028 00002320 002e 0000 0001894f   # encap, size, type: a service header
               0004 01 05 02 000000                  #   its metadata type, padded
               0004 02 10 1000 0a04 12345678 00000000 #  one of its options, padded",
            NiciraAction::Encap {
                header_size: 0,
                packet_type: 0x0001_894f,
                properties: hex("0004010502000000 000402101000 0a04 12345678 00000000"),
            },
            "encap(nsh(md_type=2,tlv(0x1000,10,0x12345678)))",
        ),
        (
            "ffff 0010 00002320 002f 0000 0000fffe   # decap, pad, type: whatever follows",
            NiciraAction::Decap { packet_type: 0xfffe },
            "decap()",
        ),
        (
            "ffff 0010 00002320 0030 000000000000    # dec_nsh_ttl",
            NiciraAction::DecNshTtl,
            "dec_nsh_ttl",
        ),
    ]
}

/// A packet-out with every action.
fn every_action(version: Version) -> Vector {
    let (texts, actions): (Vec<_>, Vec<_>) = actions()
        .into_iter()
        .map(|(text, action, _)| (text, Action::Nicira(Box::new(action))))
        .unzip();
    packet_out(version, &texts.join("\n"), actions)
}

fn packet_out(version: Version, text: &str, actions: Vec<Action>) -> Vector {
    let length = hex(text).len();
    let head = format!(
        "{:02x} 0d {:04x} 00000007 ffffffff fffffffd {length:04x} 000000000000",
        version.wire(),
        24 + length
    );
    let message = Message::PacketOut(PacketOut::new(actions, Bytes::new()));
    vector(version, &format!("{head} {text}"), message)
}

/// As many clones within each other as are read, and one more.
fn at_the_deepest() -> Vector {
    let text = "
        ffff 0060 00002320 002a 000000000000
          ffff 0050 00002320 002a 000000000000
            ffff 0040 00002320 002a 000000000000
              ffff 0030 00002320 002a 000000000000
                ffff 0020 00002320 002a 000000000000 # it stays as it is
                  ffff 0010 00002320 0011 000000000000";
    let body = hex("00002320 002a 000000000000 ffff 0010 00002320 0011 000000000000");
    let unknown = UnknownAction { kind: Action::EXPERIMENTER, body };
    let nested = (0..4).fold(Action::Unknown(Box::new(unknown)), |inner, _| {
        Action::Nicira(Box::new(NiciraAction::Clone(vec![inner])))
    });
    packet_out(V1_3, text, vec![nested])
}

fn nicira(version: Version, text: &str, message: NiciraMessage) -> Vector {
    vector(version, text, Message::Nicira(Box::new(message)))
}

fn messages() -> Vec<Vector> {
    let masks = AsyncConfig::default()
        .with(AsyncKind::PACKET_IN_MASTER, 3)
        .with(AsyncKind::PACKET_IN_SLAVE, 0)
        .with(AsyncKind::PORT_STATUS_MASTER, 7)
        .with(AsyncKind::PORT_STATUS_SLAVE, 6)
        .with(AsyncKind::FLOW_REMOVED_MASTER, 15)
        .with(AsyncKind::FLOW_REMOVED_SLAVE, 1);
    let map = TlvMap { option_class: 0xffff, option_type: 1, option_len: 4, index: 2 };
    vec![
        nicira(
            V1_3,
            "04 04 0014 00000007 00002320 0000000a 00000001   # role request: master",
            NiciraMessage::RoleRequest(NiciraRole::Master),
        ),
        nicira(
            V1_4,
            "05 04 0014 00000007 00002320 0000000b 00000002   # role reply: slave",
            NiciraMessage::RoleReply(NiciraRole::Slave),
        ),
        nicira(
            V1_3,
            "04 04 0014 00000007 00002320 0000000c 00000002   # set flow format: NXM",
            NiciraMessage::SetFlowFormat(FlowFormat::NXM),
        ),
        nicira(
            V1_3,
            "04 04 0018 00000007 00002320 0000000f 01 00000000000000 # flow-mod table id, pad",
            NiciraMessage::FlowModTableId(1),
        ),
        nicira(
            V1_3,
            "04 04 0014 00000007 00002320 00000010 00000002   # set packet-in format",
            NiciraMessage::SetPacketInFormat(PacketInFormat::NXT_PACKET_IN2),
        ),
        nicira(
            V1_3,
            "04 04 0010 00000007 00002320 00000012            # flow age",
            NiciraMessage::FlowAge,
        ),
        nicira(
            V1_4,
            "05 04 0028 00000007 00002320 00000013            # set async config, as in 1.3
             00000003 00000000                               # packet-in
             00000007 00000006                               # port-status
             0000000f 00000001                               # flow-removed",
            NiciraMessage::SetAsyncConfig(masks),
        ),
        nicira(
            V1_3,
            "04 04 0020 00000007 00002320 0000001b            # set async config, as in 1.4
             0004 0008 00000001                              # flow-removed to a slave
             0007 0008 00000003                              # role-status to a master",
            NiciraMessage::SetAsyncConfig2(
                AsyncConfig::default()
                    .with(AsyncKind::FLOW_REMOVED_SLAVE, 1)
                    .with(AsyncKind::ROLE_STATUS_MASTER, 3),
            ),
        )
        .may_end([16, 24]),
        nicira(
            V1_3,
            "04 04 0018 00000007 00002320 00000014 000000000000 004d # set controller id",
            NiciraMessage::SetControllerId(ControllerId(77)),
        ),
        nicira(
            V1_3,
            "04 04 0014 00000007 00002320 00000015 00000009   # flow monitor cancel",
            NiciraMessage::FlowMonitorCancel(9),
        ),
        nicira(
            V1_3,
            "04 04 0010 00000007 00002320 00000016            # flow monitor paused",
            NiciraMessage::FlowMonitorPaused,
        ),
        nicira(
            V1_3,
            "04 04 0010 00000007 00002320 00000017            # flow monitor resumed",
            NiciraMessage::FlowMonitorResumed,
        ),
        nicira(
            V1_3,
            "04 04 0020 00000007 00002320 00000018            # tlv table mod
             0000 000000000000                               # add, pad
             ffff 01 04 0002 0000                            # class, type, length, index, pad",
            NiciraMessage::TlvTableMod(TlvTableMod {
                command: TlvTableCommand::ADD,
                maps: vec![map],
            }),
        )
        .may_end([24]),
        nicira(
            V1_3,
            "04 04 0010 00000007 00002320 00000019            # tlv table request",
            NiciraMessage::TlvTableRequest,
        ),
        nicira(
            V1_3,
            "04 04 0028 00000007 00002320 0000001a            # tlv table reply
             00000100 0040 00000000000000000000              # space, fields, pad
             ffff 01 04 0002 0000",
            NiciraMessage::TlvTableReply(TlvTable {
                max_option_space: 256,
                max_fields: 64,
                maps: vec![map],
            }),
        )
        .may_end([32]),
        nicira(
            V1_3,
            "04 04 0018 00000007 00002320 0000001d 000000000000 000d # ct flush zone",
            NiciraMessage::CtFlushZone(13),
        ),
    ]
}

fn packet_ins() -> Vec<Vector> {
    let fields = Match::any().with(nxm::IN_PORT, 3).with(nxm::TUN_ID, 5);
    let metadata = Match::any().with(key::IN_PORT, PortNo(3)).with(nxm::REG1, 5);
    vec![
        nicira(
            V1_3,
            "04 04 0044 00000007 00002320 00000011 # packet-in
             00000114 0040 01 02                  # buffer, length, action, table
             fedcba9876543210 0012 000000000000   # cookie, length of fields, pad
               00000002 0003                      #   in_port
               00012008 0000000000000005          #   tun_id
             000000000000 0000                    # pad
             abcd",
            NiciraMessage::PacketIn(PacketIn {
                buffer_id: BufferId(0x114),
                total_len: 0x40,
                reason: PacketInReason::APPLY_ACTION,
                table_id: TableId(2),
                cookie: 0xfedc_ba98_7654_3210,
                fields,
                data: Bytes::from_static(&[0xab, 0xcd]),
            }),
        )
        .may_end([66, 67]),
        nicira(
            V1_3,
            "04 04 0098 00000007 00002320 0000001e # packet-in 2
             0000 0012 0000000000010000000000020800 000000000000 # packet, pad
             0001 0008 00000040                   # length of all of it
             0002 0008 00000114                   # buffer
             0003 0005 02 000000                  # table
             0004 0010 00000000 fedcba9876543210  # pad, cookie
             0005 0005 01 000000                  # action
             0006 0014                            # metadata
               80000004 00000003                  #   in_port
               00010204 00000005                  #   reg1
             00000000                             #   pad
             0007 0006 0102 0000                  # user data
             0008 0020 00000000                   # pad, continuation: of which bridge
               8000 0014 000102030405060708090a0b0c0d0e0f 00000000",
            NiciraMessage::PacketIn2(PacketIn2 {
                properties: vec![
                    PacketIn2Property::Packet(hex("000000000001 000000000002 0800")),
                    PacketIn2Property::FullLen(0x40),
                    PacketIn2Property::BufferId(BufferId(0x114)),
                    PacketIn2Property::TableId(TableId(2)),
                    PacketIn2Property::Cookie(0xfedc_ba98_7654_3210),
                    PacketIn2Property::Reason(PacketInReason::APPLY_ACTION),
                    PacketIn2Property::Metadata(metadata),
                    PacketIn2Property::Userdata(Bytes::from_static(&[1, 2])),
                    PacketIn2Property::Continuation(hex(
                        "8000 0014 000102030405060708090a0b0c0d0e0f 00000000",
                    )),
                ],
            }),
        )
        .may_end([16, 40, 48, 56, 64, 80, 88, 112, 120]),
        nicira(
            V1_4,
            "05 04 0030 00000007 00002320 0000001c # resume
             0008 000a 00000000 abcd 000000000000 # pad, continuation, pad
             0063 0006 0102 0000                  # a property that nobody knows
             0003 0005 02 000000                  # table",
            NiciraMessage::Resume(PacketIn2 {
                properties: vec![
                    PacketIn2Property::Continuation(Bytes::from_static(&[0xab, 0xcd])),
                    PacketIn2Property::Unknown(UnknownProperty {
                        kind: 0x63,
                        body: Bytes::from_static(&[1, 2]),
                    }),
                    PacketIn2Property::TableId(TableId(2)),
                ],
            }),
        )
        .may_end([16, 32, 40]),
    ]
}
