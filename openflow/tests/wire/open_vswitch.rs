//! Against another implementation: what Open vSwitch says, and what it makes of what we say.

mod commands;
mod multipart;
mod version_1_0;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use bytes::{Bytes, BytesMut};
use openflow::{
    Action, CopyField, ErrorCode, ErrorMessage, FlowMod, FlowModCommand, FlowModFlags, FlowRemoved,
    FlowRemovedReason, Frame, GenerationId, Hello, Instruction, MacAddr, Match, Message, MeterId,
    MultipartRequest, MultipartRequestBody, PacketOut, PortNo, Role, RoleReason, RoleRequest,
    RoleStatus, StatsField, TableId, Version, Xid, framing, key, nxm,
};

use crate::{encoded, hex, to_hex};

use Version::{V1_3, V1_4, V1_5};

#[test]
fn what_a_switch_said_is_read_and_written_again() {
    let mut kinds = BTreeSet::new();
    for line in include_str!("open_vswitch_3_1.hex").lines().filter(|line| !line.starts_with('#')) {
        let bytes = hex(line);
        let frame = Frame::decode(&bytes).unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
        assert_eq!(to_hex(&encoded(&frame)), line);
        kinds.insert((frame.version, frame.message.type_name()));
    }
    for version in Version::ALL {
        for kind in ["FEATURES_REPLY", "PACKET_IN", "PORT_STATUS", "FLOW_REMOVED", "ERROR"] {
            let name = format!("OFPT_{kind}");
            assert!(kinds.iter().any(|kind| *kind == (version, name.as_str())), "{version} {name}");
        }
    }
    assert!(kinds.contains(&(V1_3, "OFPT_ROLE_STATUS")), "the ONF's extension");
}

#[test]
fn a_switch_reads_what_we_say_as_we_mean_it() {
    let Some(ofctl) = ofctl() else { return };
    let sayings = sayings().into_iter().chain(commands::sayings()).chain(multipart::sayings());
    let sayings = sayings.chain(version_1_0::sayings());
    for (version, message, text) in sayings {
        let bytes = encoded(&Frame { version, xid: Xid(7), message });
        let output = Command::new(ofctl).args(["ofp-print", &to_hex(&bytes)]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), text);
    }
}

/// Messages, and how `ovs-ofctl ofp-print` of Open vSwitch prints them.
fn sayings() -> Vec<(Version, Message, &'static str)> {
    let address = MacAddr([2, 0, 0, 0, 0, 1]);
    let web = Match::any()
        .with(key::IN_PORT, PortNo(1))
        .with_masked(key::ETH_DST, address, MacAddr([0xff, 0xff, 0xff, 0, 0, 0]))
        .with(key::ETH_TYPE, 0x0800)
        .with(key::IP_PROTO, 6)
        .with_masked(key::IPV4_SRC, [10, 0, 0, 0].into(), [255, 0, 0, 0].into())
        .with(key::TCP_DST, 80);
    let tagged = vec![
        Action::set_field(key::ETH_SRC, address),
        Action::PushVlan(0x8100),
        Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | 5),
        Action::Output { port: PortNo::CONTROLLER, max_len: 128 },
        Action::output(PortNo(2)),
    ];
    let v6 = Match::any()
        .with(key::ETH_TYPE, 0x86dd)
        .with(key::IPV6_DST, "2001:db8::1".parse().unwrap());
    let arp = Match::any().with(key::ETH_TYPE, 0x0806).with(key::ARP_TPA, [10, 0, 0, 2].into());
    vec![
        (V1_5, Message::Hello(Hello::offering(&Version::ALL).unwrap()), {
            "OFPT_HELLO (OF1.5) (xid=0x7):\n version bitmap: 0x01, 0x04, 0x05, 0x06"
        }),
        (
            V1_3,
            Message::FlowMod(
                FlowMod::add()
                    .with_priority(10)
                    .with_cookie(0x12)
                    .with_idle_timeout(60)
                    .with_flags(FlowModFlags::SEND_FLOW_REM)
                    .with_match(web)
                    .with_actions(tagged),
            ),
            "OFPT_FLOW_MOD (OF1.3) (xid=0x7): ADD priority=10,tcp,in_port=1,\
             dl_dst=02:00:00:00:00:00/ff:ff:ff:00:00:00,nw_src=10.0.0.0/8,tp_dst=80 cookie:0x12 \
             idle:60 send_flow_rem actions=set_field:02:00:00:00:00:01->eth_src,push_vlan:0x8100,\
             set_field:4101->vlan_vid,CONTROLLER:128,output:2",
        ),
        (
            V1_4,
            Message::FlowMod(
                FlowMod { importance: 5, ..FlowMod::add() }.with_match(v6).with_instructions(vec![
                    Instruction::Meter(MeterId(3)),
                    Instruction::apply_actions([Action::DecNwTtl]),
                    Instruction::ClearActions,
                    Instruction::write_actions([Action::output(PortNo::FLOOD)]),
                    Instruction::WriteMetadata { metadata: 1, mask: 0xff },
                    Instruction::GotoTable(TableId(3)),
                ]),
            ),
            "OFPT_FLOW_MOD (OF1.4) (xid=0x7): ADD priority=0,ipv6,ipv6_dst=2001:db8::1 importance:5 \
             actions=meter:3,dec_ttl,clear_actions,write_actions(FLOOD),write_metadata:0x1/0xff,\
             goto_table:3",
        ),
        (
            V1_3,
            Message::FlowMod(FlowMod::delete().with_match(arp).with_cookie_filter(0x10, 0xf0)),
            "OFPT_FLOW_MOD (OF1.3) (xid=0x7): DEL table:255 priority=0,arp,arp_tpa=10.0.0.2 \
             cookie:0x10/0xf0 actions=drop",
        ),
        (
            V1_3,
            Message::PacketOut(PacketOut::new(vec![Action::output(PortNo::TABLE)], Bytes::new())),
            "OFPT_PACKET_OUT (OF1.3) (xid=0x7): in_port=CONTROLLER actions=TABLE data_len=0",
        ),
        (
            V1_5,
            Message::PacketOut(PacketOut {
                in_port: PortNo(3),
                fields: Match::any().with(key::METADATA, 9),
                ..PacketOut::new(vec![Action::output(PortNo::TABLE)], Bytes::new())
            }),
            "OFPT_PACKET_OUT (OF1.5) (xid=0x7): metadata=0x9,in_port=3 actions=TABLE data_len=0",
        ),
        (V1_5, Message::FlowMod(newest_flow()), {
            "OFPT_FLOW_MOD (OF1.5) (xid=0x7): ADD table:2 priority=0,tcp,tcp_flags=syn \
             actions=meter:3,set_field:02:00:00:00:00:00/ff:00:00:00:00:00->eth_dst,\
             move:NXM_OF_ETH_DST[0..31]->NXM_NX_XXREG0[0..31],meter:5,goto_table:3"
        }),
        (V1_5, removed_flow(), {
            "OFPT_FLOW_REMOVED (OF1.5) (xid=0x7): priority=7,metadata=0x9 reason=delete \
             table_id=1 cookie:0x1234 duration1.000000002s idle60 pkts5 bytes200"
        }),
        (
            V1_3,
            Message::RoleRequest(RoleRequest::new(Role::Master, GenerationId(3))),
            "OFPT_ROLE_REQUEST (OF1.3) (xid=0x7): role=primary generation_id=3",
        ),
        (V1_3, role_status(), {
            "ONFT_ROLE_STATUS (OF1.3) (xid=0x7): role=secondary generation_id=6 \
             reason=primary_request"
        }),
        (V1_4, role_status(), {
            "OFPT_ROLE_STATUS (OF1.4) (xid=0x7): role=secondary generation_id=6 \
             reason=primary_request"
        }),
        (
            V1_4,
            Message::MultipartRequest(MultipartRequest::new(MultipartRequestBody::PortDesc(
                PortNo::ANY,
            ))),
            "OFPST_PORT_DESC request (OF1.4) (xid=0x7): port=ANY",
        ),
        (
            V1_3,
            Message::Error(ErrorMessage {
                code: ErrorCode::ROLE_STALE,
                data: Bytes::from_static(&[4, 24, 0, 8, 0, 0, 0, 7]),
            }),
            "OFPT_ERROR (OF1.3) (xid=0x7): OFPRRFC_STALE\n\
             ***decode error: OFPBRC_BAD_LEN***\n\
             00000000  04 18 00 08 00 00 00 07-                        |........        |",
        ),
    ]
}

fn newest_flow() -> FlowMod {
    let syn = Match::any().with(key::ETH_TYPE, 0x0800).with(key::IP_PROTO, 6);
    let copy = CopyField { bits: 32, source: key::ETH_DST.into(), target: nxm::XXREG0.into() };
    let first_byte = MacAddr([0xff, 0, 0, 0, 0, 0]);
    let apply = vec![
        Action::set_field_masked(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 0]), first_byte),
        Action::CopyField(Box::new(copy)),
        Action::Meter(MeterId(5)),
    ];
    FlowMod::add().with_table(TableId(2)).with_match(syn.with(key::TCP_FLAGS, 2)).with_instructions(
        vec![
            Instruction::Meter(MeterId(3)),
            Instruction::apply_actions(apply),
            Instruction::GotoTable(TableId(3)),
        ],
    )
}

fn removed_flow() -> Message {
    Message::FlowRemoved(FlowRemoved {
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
        fields: Match::any().with(key::METADATA, 9),
        other_stats: vec![StatsField::IdleTime { sec: 3, nsec: 4 }],
    })
}

fn role_status() -> Message {
    Message::RoleStatus(RoleStatus {
        role: Role::Slave,
        reason: RoleReason::MASTER_REQUEST,
        generation_id: GenerationId(6),
        properties: vec![],
    })
}

/// `ovs-ofctl` takes us for a switch and installs flows.
#[test]
fn what_a_controller_says_is_read_and_written_again() {
    let Some(ofctl) = ofctl() else { return };
    for (version, option) in [(V1_3, "OpenFlow13"), (V1_4, "OpenFlow14"), (V1_5, "OpenFlow15")] {
        let added = said_by(ofctl, version, &["-O", option, "add-flows"], FLOWS);
        let flows: Vec<FlowMod> = added.into_iter().filter_map(flow_mod).collect();
        assert_eq!(flows.len(), FLOWS.lines().count());
        let FlowMod { fields, instructions, priority, flags, .. } = &flows[0];
        assert_eq!(
            fields.to_string(),
            "eth_dst=02:00:00:00:00:01,eth_type=0x800,ipv4_src=10.0.0.0/255.0.0.0,ip_proto=6,tcp_dst=80"
        );
        assert_eq!((*priority, *flags), (7, FlowModFlags::SEND_FLOW_REM));
        let apply = Instruction::apply_actions([
            Action::set_field(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 9])),
            Action::PushVlan(0x8100),
            Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | 5),
            Action::Output { port: PortNo(2), max_len: 0 },
        ]);
        assert_eq!(instructions[0], apply);
        assert!(flows.iter().all(|flow| flow.command == FlowModCommand::Add));
    }
}

const FLOWS: &str = "\
priority=7,send_flow_rem,tcp,nw_src=10.0.0.0/8,tp_dst=80,dl_dst=02:00:00:00:00:01,actions=set_field:02:00:00:00:00:09->eth_dst,push_vlan:0x8100,set_field:4101->vlan_vid,output:2
priority=0,actions=CONTROLLER:65535
in_port=1,dl_vlan=5,dl_vlan_pcp=3,actions=pop_vlan,NORMAL
ipv6,ipv6_src=2001:db8::/32,ipv6_label=0x12345,actions=dec_ttl,ALL
icmp6,icmp_type=135,nd_target=fe80::1,nd_sll=02:00:00:00:00:01,actions=FLOOD
arp,arp_op=1,arp_spa=10.0.0.1,arp_tha=02:00:00:00:00:01,actions=LOCAL
mpls,mpls_label=7,mpls_bos=1,actions=pop_mpls:0x0800,goto_table:1
udp,nw_tos=32,tp_src=53,tun_id=0x1/0xff,metadata=0x5,actions=set_queue:3,group:4,write_metadata:0x1/0xff
reg0=0x5,ct_state=+trk,ip,actions=resubmit(,2),ct(commit),move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]
tcp,tcp_flags=+syn,in_port=2,actions=IN_PORT,learn(table=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])
ip,actions=clear_actions,write_actions(output:3,set_field:10.0.0.9->ip_dst),goto_table:2
";

fn flow_mod(message: Message) -> Option<FlowMod> {
    match message {
        Message::FlowMod(flow) => Some(flow),
        _ => None,
    }
}

/// Serves one connection of a command of `ovs-ofctl` and returns what it said.
fn said_by(ofctl: &str, version: Version, command: &[&str], input: &str) -> Vec<Message> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let switch = std::thread::spawn(move || serve(listener.accept().unwrap().0, version));
    let mut child = Command::new(ofctl)
        .args(["-t", "20", "--no-names"])
        .args(command)
        .args([&format!("tcp:{address}"), "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let status = child.wait().unwrap();
    // Wakes a switch that `ovs-ofctl` never connected to.
    let _ = TcpStream::connect(address);
    let said = switch.join().unwrap();
    assert!(status.success());
    said
}

/// Does what a switch does until the other side hangs up.
fn serve(mut stream: TcpStream, version: Version) -> Vec<Message> {
    let say = |stream: &mut TcpStream, xid, message| {
        stream.write_all(&encoded(&Frame { version, xid, message })).unwrap();
    };
    say(&mut stream, Xid(0), Message::Hello(Hello::offering(&[version]).unwrap()));
    let mut buffer = BytesMut::new();
    let mut said = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).unwrap_or_default();
        if read == 0 {
            return said;
        }
        buffer.extend_from_slice(&chunk[..read]);
        while let Some(bytes) = framing::next_frame(&mut buffer).unwrap() {
            let frame = Frame::decode(&bytes).unwrap();
            assert_eq!(to_hex(&encoded(&frame)), to_hex(&bytes));
            match &frame.message {
                Message::BarrierRequest => say(&mut stream, frame.xid, Message::BarrierReply),
                Message::EchoRequest(data) => {
                    say(&mut stream, frame.xid, Message::EchoReply(data.clone()));
                }
                Message::BundleControl(control) => {
                    say(&mut stream, frame.xid, commands::answer(control));
                }
                _ => {}
            }
            said.push(frame.message);
        }
    }
}

pub(crate) fn ofctl() -> Option<&'static str> {
    let version = Command::new("ovs-ofctl").arg("--version").stdout(Stdio::null()).status();
    if version.is_ok() {
        return Some("ovs-ofctl");
    }
    assert!(std::env::var_os("CI").is_none(), "CI must have ovs-ofctl");
    eprintln!("SKIPPED: there is no ovs-ofctl here");
    None
}
