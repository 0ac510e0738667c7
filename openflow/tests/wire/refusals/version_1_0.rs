//! What OpenFlow 1.0 refuses, with its own numbers, and what it cannot say.

use bytes::Bytes;
use openflow::{
    Action, AsyncConfig, EncodeError, ErrorCode, FlowMod, FlowModFlags, FlowStatsRequest, Frame,
    GenerationId, GroupId, GroupMod, GroupModCommand, GroupType, Instruction, MacAddr, Match,
    Message, MultipartRequest, MultipartRequestBody, PacketIn, PacketInReason, PacketOut, PortNo,
    QueueId, Role, RoleRequest, TableId, Version, Xid, key, nxm,
};

use super::assert_refused;
use crate::{encoded, hex, stamped};

use Version::{V1_0, V1_3};

const ANY: &str = "003820ff 0000 000000000000 000000000000 0000 00 00 0000 00 00 0000
    00000000 00000000 0000 0000";

#[test]
fn every_fault_has_its_answer() {
    let flow_mod = |command: &str, tail: &str| {
        format!(
            "01 0e 0000 00000007 {ANY} 0000000000000000 {command} 0000 0000 0000 ffffffff ffff \
             0000 {tail}"
        )
    };
    let action = |action: &str| flow_mod("0000", action);
    let cases = [
        ("a command that does not exist", flow_mod("0005", ""), ErrorCode::FLOW_MOD_COMMAND),
        ("a command with a table", flow_mod("0203", ""), ErrorCode::FLOW_MOD_COMMAND),
        ("half a match", "01 0e 0000 00000007 003820ff".into(), ErrorCode::BAD_REQUEST_LENGTH),
        ("a VLAN id of 13 bits", action("0001 0008 1000 0000"), ErrorCode::BAD_ACTION_ARGUMENT),
        (
            "a VLAN priority of 4 bits",
            action("0002 0008 08 000000"),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "congestion in the type of service",
            action("0008 0008 21 000000"),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "an output in the form of 1.3",
            action("0000 0010 00000001 ffff 000000000000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "an enqueue without its queue",
            action("000b 0008 0001 0000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "actions beyond the packet-out",
            "01 0d 0000 00000007 ffffffff fffd 0010 0003 0008 00000000".into(),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "half a port",
            "01 06 0000 00000007 0000000000000001 00000000 01 000000 00000000 00000000
             0001 020000000001"
                .into(),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a port in the form of 1.3",
            "01 0c 0000 00000007 00 00000000000000 00000001 00000000 020000000001 0000
             00000000000000000000000000000000 00000000 00000000 00000000 00000000 00000000 00000000
             00000000 00000000"
                .into(),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "statistics padded as in 1.3",
            "01 10 0000 00000007 0000 0000 00000000".into(),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a role that does not exist",
            "01 04 0000 00000007 00002320 0000000a 00000003".into(),
            ErrorCode::BAD_REQUEST_EXPERIMENTER_TYPE,
        ),
        (
            "a role with a generation",
            "01 04 0000 00000007 00002320 0000000a 00000001 00000000 0000000000000001".into(),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a vendor's message without the vendor",
            "01 04 0000 00000007 0000".into(),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a property of Nicira's that is too short",
            "01 04 0000 00000007 00002320 0000001e 0001 0003 00000000".into(),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
    ];
    for (what, message, code) in cases {
        assert_refused(what, &stamped(&hex(&message)), code);
    }
}

#[test]
fn a_refusal_is_sent_with_the_numbers_of_the_version() {
    let reply = |message: &Bytes, version| {
        let error = Frame::decode(message).unwrap_err().reply();
        encoded(&Frame { version, xid: Xid(7), message: Message::Error(error) })
    };
    let command = stamped(&hex(&format!(
        "01 0e 0000 00000007 {ANY} 0000000000000000 0005 0000 0000 0000 ffffffff ffff 0000"
    )));
    assert_eq!(reply(&command, V1_0)[8..12], [0, 3, 0, 4]);
    let in_1_3 = "04 0e 0038 00000007 0000000000000000 0000000000000000 00 05 0000 0000 0000
        ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000";
    assert_eq!(reply(&hex(in_1_3), V1_3)[8..12], [0, 5, 0, 6]);
}

#[test]
fn what_1_0_cannot_say_is_not_written() {
    let flow = FlowMod::add();
    let matching = |fields| Message::FlowMod(FlowMod::add().with_match(fields));
    let doing = |action| Message::FlowMod(FlowMod::add().with_actions(vec![action]));
    let request = |body| Message::MultipartRequest(MultipartRequest::new(body));
    let any = Match::any;
    let group_mod = GroupMod {
        command_bucket_id: openflow::BucketId::ALL,
        properties: vec![],
        command: GroupModCommand::Add,
        kind: GroupType::All,
        group_id: GroupId(1),
        buckets: vec![],
    };
    let packet_in = PacketIn {
        buffer_id: openflow::BufferId::NO_BUFFER,
        total_len: 0,
        reason: PacketInReason::TABLE_MISS,
        table_id: TableId(0),
        cookie: PacketIn::NO_COOKIE,
        fields: any(),
        data: Bytes::new(),
    };
    let no_change = RoleRequest::new(Role::NoChange, GenerationId(0));
    let mask = MacAddr([0xff, 0, 0, 0, 0, 0]);
    let cases = [
        (Message::GroupMod(group_mod), "has no group-mod"),
        (Message::GetAsyncRequest, "has no get-async"),
        (Message::GetAsyncReply(AsyncConfig::default()), "has no get-async"),
        (Message::RoleRequest(no_change), "has no role NOCHANGE"),
        (request(MultipartRequestBody::GroupDesc(GroupId::ALL)), "has no statistics of this type"),
        (request(MultipartRequestBody::TableFeatures(vec![])), "has no statistics of this type"),
        (
            request(MultipartRequestBody::Flow(FlowStatsRequest {
                cookie_mask: 1,
                ..FlowStatsRequest::all()
            })),
            "has no mask of cookies",
        ),
        (Message::FlowMod(flow.clone().with_table(TableId(1))), "has no table in a flow-mod"),
        (Message::FlowMod(FlowMod::delete().with_cookie_filter(1, 1)), "has no mask of cookies"),
        (Message::FlowMod(FlowMod { out_group: GroupId(1), ..flow.clone() }), "has no groups"),
        (
            Message::FlowMod(flow.clone().with_instructions(vec![Instruction::ClearActions])),
            "has no instructions but for one apply-actions",
        ),
        (
            Message::FlowMod(FlowMod { out_port: PortNo(0x1_0000), ..flow }),
            "has no port with a number of more than 16 bits",
        ),
        (doing(Action::Group(GroupId(1))), "has no groups"),
        (doing(Action::PushVlan(0x8100)), "has no action that pushes a VLAN tag"),
        (doing(Action::SetNwTtl(1)), "has no action that sets the IP TTL"),
        (doing(Action::set_field(key::VLAN_VID, 5)), "has no action that sets this field"),
        (doing(Action::set_field(key::ARP_OP, 1)), "has no action that sets this field"),
        (doing(Action::set_field(nxm::REG0, 1)), "has no action that sets this field"),
        (matching(any().with(key::METADATA, 1)), "has no match that asks this of metadata"),
        (matching(any().with(nxm::REG0, 1)), "has no match that asks this of reg0"),
        (
            matching(any().with_masked(key::ETH_DST, mask, mask)),
            "has no match that asks this of eth_dst",
        ),
        (
            matching(any().with_masked(key::IPV4_SRC, 1.into(), 0x00ff_00ff.into())),
            "has no match that asks this of ipv4_src",
        ),
        (
            matching(any().with_masked(key::VLAN_VID, 0x1000, 0x1000)),
            "has no match that asks this of vlan_vid",
        ),
        (
            matching(any().with(key::VLAN_VID, 0).with(key::VLAN_PCP, 1)),
            "has no match that asks this of vlan_pcp",
        ),
        // A field without what it requires is another field.
        (matching(any().with(key::ARP_SPA, 1.into())), "has no match that asks this of arp_spa"),
        (matching(any().with(key::TCP_DST, 80)), "has no match that asks this of tcp_dst"),
        (
            matching(any().with(key::IN_PORT, PortNo(0x1_0000))),
            "has no match that asks this of in_port",
        ),
        (Message::PacketIn(packet_in.clone()), "has no packet-in without a port"),
        (
            Message::PacketIn(PacketIn {
                fields: any().with(key::IN_PORT, PortNo(1)).with(key::TUNNEL_ID, 1),
                ..packet_in
            }),
            "has no match that asks this of tunnel_id",
        ),
    ];
    for (message, text) in cases {
        let mut out = b"dirt".to_vec();
        let error = openflow::encode(V1_0, Xid(7), &message, &mut out).expect_err(text);
        assert_eq!(error.to_string(), format!("OpenFlow 1.0 {text}"));
        assert_eq!(out, b"dirt");
    }
}

#[test]
fn what_1_0_alone_can_say_is_not_written_in_another_version() {
    let enqueue = Action::Enqueue { port: PortNo(1), queue_id: QueueId(1) };
    let message = Message::PacketOut(PacketOut::new(vec![enqueue], Bytes::new()));
    let error = openflow::encode(V1_3, Xid(7), &message, &mut Vec::new()).unwrap_err();
    let what = "action that sends out of a queue";
    assert_eq!(error, EncodeError::Lacking { version: V1_3, what });
}

#[test]
fn a_mask_that_says_nothing_is_not_missed() {
    let said = |fields| {
        let message = Message::FlowMod(FlowMod::add().with_match(fields));
        encoded(&Frame { version: V1_0, xid: Xid(7), message })
    };
    let [address, all, none] = [[2; 6], [0xff; 6], [0; 6]].map(MacAddr);
    let exact = said(Match::any().with(key::ETH_DST, address));
    assert_eq!(said(Match::any().with_masked(key::ETH_DST, address, all)), exact);
    assert_eq!(said(Match::any().with_masked(key::METADATA, 0, 0)), said(Match::any()));
    assert_eq!(said(Match::any().with_masked(key::ETH_DST, none, none)), said(Match::any()));
}

#[test]
fn a_flow_of_one_table_is_the_same_in_all() {
    for flow in [FlowMod::delete().with_table(TableId(0)), FlowMod::delete()] {
        let flow = flow.with_flags(FlowModFlags::SEND_FLOW_REM);
        let message = Message::FlowMod(flow.clone());
        let bytes = encoded(&Frame { version: V1_0, xid: Xid(7), message });
        let read = Frame::decode(&bytes.into()).unwrap();
        assert_eq!(read.message, Message::FlowMod(flow.with_table(TableId::ALL)));
    }
}

#[test]
fn set_fields_of_tcp_are_those_of_every_transport() {
    let said = |action| {
        let message = Message::PacketOut(PacketOut::new(vec![action], Bytes::new()));
        encoded(&Frame { version: V1_0, xid: Xid(7), message })
    };
    let any = said(Action::set_field(openflow::TP_DST, 80));
    for key in [key::TCP_DST, key::UDP_DST, key::SCTP_DST] {
        assert_eq!(said(Action::set_field(key, 80)), any);
    }
}
