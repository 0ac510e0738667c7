//! How messages look in JSON: an interface, which `baton decode` prints.

use bytes::Bytes;
use openflow::nicira::{NiciraRole, ShortPort, Subfield};
use openflow::{
    Action, BandEffect, Bucket, BundleAdd, BundleFlags, BundleProperty, ChannelStatus,
    ControllerReason, ControllerStatus, CopyField, Dpid, ElementHeader, Field, FieldId, FlowMod,
    FlowUpdate, Frame, GenerationId, GroupDesc, GroupId, GroupMod, GroupType, MacAddr, Match,
    Message, MeterBand, MeterFlags, MeterId, MeterMod, MultipartReply, MultipartReplyBody,
    NiciraAction, NiciraMessage, OxmHeader, PacketOut, PortNo, PortProperty, Role, RoleRequest,
    ShortId, StatsField, TableFeatureProperty, TableId, Time, Version, Xid, key, nxm,
};
use serde_json::{json, to_value};

#[test]
fn a_frame_has_version_xid_and_what_the_message_says() {
    let message = Message::RoleRequest(RoleRequest::new(Role::Master, GenerationId::UNDEFINED));
    let frame = Frame { version: Version::V1_3, xid: Xid(7), message };
    let expected = json!({
        "version": "1.3",
        "xid": 7,
        "message": {"role": "master", "short_id": 0, "generation_id": u64::MAX},
    });
    assert_eq!(to_value(frame).unwrap(), expected);
    assert_eq!(to_value(Message::BarrierRequest).unwrap(), json!(null));
    assert_eq!(to_value(Message::EchoRequest(Bytes::from_static(b"\x01\xff"))).unwrap(), "01ff");
}

#[test]
fn a_flow_reads_as_people_write_it() {
    let flow = FlowMod::add()
        .with_priority(10)
        .with_match(
            Match::any()
                .with(key::IN_PORT, PortNo(1))
                .with(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 1])),
        )
        .with_actions(vec![Action::output(PortNo(2)), Action::set_field(key::VLAN_PCP, 3)]);
    let value = to_value(Message::FlowMod(flow)).unwrap();
    assert_eq!(value["command"], "Add");
    assert_eq!(value["priority"], 10);
    assert_eq!(value["fields"], json!(["in_port=1", "eth_dst=02:00:00:00:00:01"]));
    assert_eq!(
        value["instructions"],
        json!([{"ApplyActions": [
            {"Output": {"port": 2, "max_len": 0xffff}},
            {"SetField": "vlan_pcp=3"},
        ]}])
    );
}

#[test]
fn what_is_nicira_s_reads_as_open_vswitch_names_it() {
    let actions = [
        NiciraAction::ResubmitTable { in_port: ShortPort::IN_PORT, table: TableId(2) },
        NiciraAction::StackPush(Subfield::of(nxm::REG0, 0, 16)),
        NiciraAction::RegLoad2(Field::masked(nxm::REG3, 5, 0xff)),
    ];
    let actions = actions.map(|action| Action::Nicira(Box::new(action)));
    assert_eq!(
        to_value(actions).unwrap(),
        json!([
            {"Nicira": {"ResubmitTable": {"in_port": 65528, "table": 2}}},
            {"Nicira": {"StackPush": "reg0[0..15]"}},
            {"Nicira": {"RegLoad2": "reg3=0x5/0xff"}},
        ])
    );
    let message = NiciraMessage::RoleRequest(NiciraRole::Master);
    assert_eq!(to_value(Message::Nicira(Box::new(message))).unwrap(), "master");
}

#[test]
fn errors_and_packets_have_the_names_that_scripts_rely_on() {
    let refusal = Frame::decode(&Bytes::from_static(&[4, 5, 0, 9, 0, 0, 0, 1, 0])).unwrap_err();
    assert_eq!(
        to_value(refusal.reply()).unwrap(),
        json!({"type": 1, "code": 6, "data": "040500090000000100"})
    );
    let packet_out = PacketOut::new(vec![], Bytes::from_static(&[0xab]));
    let value = to_value(Message::PacketOut(packet_out)).unwrap();
    assert_eq!(value["data"], "ab");
    assert_eq!(to_value(Field::exact(key::ETH_TYPE, 0x806)).unwrap(), "eth_type=0x806");
}

#[test]
fn a_controller_status_reads_as_its_fields() {
    let status = ControllerStatus {
        short_id: ShortId(7),
        role: Role::Equal,
        reason: ControllerReason::ROLE,
        channel_status: ChannelStatus::UP,
        properties: vec![],
    };
    let expected =
        json!({"short_id": 7, "role": "equal", "reason": 2, "channel_status": 0, "properties": []});
    assert_eq!(to_value(Message::ControllerStatus(status)).unwrap(), expected);
    assert_eq!(to_value(Message::ShortId(ShortId(7))).unwrap(), json!(7));
}

#[test]
fn a_bundle_says_what_it_holds() {
    let drop = MeterBand { rate: 1000, burst_size: 0, effect: BandEffect::Drop };
    let bucket = Bucket::new(vec![Action::Group(GroupId(2))]);
    let group = GroupMod::add(GroupType::FastFailover, GroupId(1), vec![bucket]);
    let value = to_value(Message::BundleAdd(BundleAdd {
        bundle_id: 9,
        flags: BundleFlags::ATOMIC,
        message: Box::new(Message::GroupMod(group)),
        properties: vec![],
    }));
    let body = json!({
        "command": "Add",
        "kind": "FastFailover",
        "group_id": 1,
        "command_bucket_id": u32::MAX,
        "buckets": [{
            "bucket_id": 0,
            "weight": 0,
            "watch_port": u32::MAX,
            "watch_group": u32::MAX,
            "actions": [{"Group": 2}],
            "properties": [],
        }],
        "properties": [],
    });
    let expected = json!({
        "bundle_id": 9,
        "flags": 1,
        "message": {"type": "OFPT_GROUP_MOD", "body": body},
        "properties": [],
    });
    assert_eq!(value.unwrap(), expected);

    let value =
        to_value(Message::MeterMod(MeterMod::add(MeterId(5), MeterFlags::KBPS, vec![drop])));
    let expected = json!({
        "command": "Add",
        "flags": 1,
        "meter_id": 5,
        "bands": [{"rate": 1000, "burst_size": 0, "effect": "Drop"}],
    });
    assert_eq!(value.unwrap(), expected);
}

#[test]
fn what_a_table_can_do_reads_as_names() {
    let unknown = |class, experimenter| OxmHeader {
        id: FieldId { class, number: 42, experimenter },
        has_mask: false,
        length: 6,
    };
    let fields = TableFeatureProperty::Match(vec![
        OxmHeader::exact(key::IN_PORT),
        OxmHeader::masked(key::ETH_DST),
        OxmHeader::exact(nxm::CT_STATE),
        unknown(7, 0),
        unknown(FieldId::EXPERIMENTER, 1),
    ]);
    assert_eq!(
        to_value(fields).unwrap(),
        json!({"Match": ["in_port", "eth_dst/mask", "ct_state", "oxm_0007_42", "oxm_00000001_42"]})
    );
    let tables = TableFeatureProperty::NextTablesMiss(vec![TableId(2)]);
    assert_eq!(to_value(tables).unwrap(), json!({"NextTablesMiss": [2]}));
    let actions = TableFeatureProperty::ApplyActions(vec![ElementHeader::of(25)]);
    assert_eq!(to_value(actions).unwrap(), json!({"ApplyActions": [{"kind": 25, "body": ""}]}));
}

#[test]
fn a_multipart_reply_has_the_name_of_its_type() {
    let group = GroupDesc {
        kind: GroupType::Select,
        group_id: GroupId(9),
        buckets: vec![Bucket::new(vec![]).with_weight(1).with_watch_port(PortNo(2))],
        properties: vec![],
    };
    let groups = MultipartReply::new(MultipartReplyBody::GroupDesc(vec![group]));
    let bucket = json!({
        "bucket_id": 0,
        "weight": 1,
        "watch_port": 2,
        "watch_group": u32::MAX,
        "actions": [],
        "properties": [],
    });
    assert_eq!(
        to_value(Message::MultipartReply(groups)).unwrap(),
        json!({"flags": 0, "body": {"GroupDesc": [
            {"kind": "Select", "group_id": 9, "buckets": [bucket], "properties": []},
        ]}})
    );
    let updates = vec![FlowUpdate::Abbreviated(Xid(7)), FlowUpdate::Paused];
    let updates = MultipartReply::new(MultipartReplyBody::FlowMonitor(updates));
    assert_eq!(
        to_value(Message::MultipartReply(updates)).unwrap(),
        json!({"flags": 0, "body": {"FlowMonitor": [{"Abbreviated": 7}, "Paused"]}})
    );
}

#[test]
fn what_openflow_1_5_adds_says_what_it_is() {
    let copy = CopyField { bits: 16, source: key::ETH_DST.into(), target: nxm::XREG0.into() };
    let actions = [Action::CopyField(Box::new(copy)), Action::Meter(MeterId(3))];
    assert_eq!(
        to_value(actions).unwrap(),
        json!([
            {"CopyField": {
                "bits": 16,
                "source": {"field": "eth_dst", "offset": 0},
                "target": {"field": "xreg0", "offset": 0},
            }},
            {"Meter": 3},
        ])
    );
    let stats = [StatsField::IdleTime { sec: 1, nsec: 2 }, StatsField::PacketCount(3)];
    assert_eq!(
        to_value(stats).unwrap(),
        json!([{"IdleTime": {"sec": 1, "nsec": 2}}, {"PacketCount": 3}])
    );
    let input =
        PortProperty::PipelineInput { pipeline_input: vec![OxmHeader::exact(key::METADATA)] };
    assert_eq!(to_value(input).unwrap(), json!({"pipeline_input": ["metadata"]}));
    let time = BundleProperty::Time(Time { sec: 1, nsec: 2 });
    assert_eq!(to_value(time).unwrap(), json!({"Time": {"sec": 1, "nsec": 2}}));
    assert_eq!(serde_json::from_value::<Version>(json!("1.5")).unwrap(), Version::V1_5);
}

#[test]
fn identifiers_come_back() {
    assert_eq!(to_value(Dpid(0x10)).unwrap(), "0000000000000010");
    assert_eq!(serde_json::from_value::<Dpid>(json!("10")).unwrap(), Dpid(0x10));
    assert!(serde_json::from_value::<Dpid>(json!(10)).is_err(), "10 is hexadecimal or nothing");
    let mac = MacAddr([2, 0, 0, 0, 0, 1]);
    assert_eq!(serde_json::from_value::<MacAddr>(to_value(mac).unwrap()).unwrap(), mac);
    assert_eq!(serde_json::from_value::<Version>(json!("1.4")).unwrap(), Version::V1_4);
    assert_eq!(serde_json::from_value::<PortNo>(json!(3)).unwrap(), PortNo(3));
    assert_eq!(serde_json::from_value::<Xid>(json!(3)).unwrap(), Xid(3));
    let undefined = json!(u64::MAX);
    let id = serde_json::from_value::<GenerationId>(undefined).unwrap();
    assert_eq!(id, GenerationId::UNDEFINED);
}
