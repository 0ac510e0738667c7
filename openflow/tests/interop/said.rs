//! What os-ken means by what it says (`openflow/interop/os_ken_sayings.py`), name by name.

mod nicira;
mod requests;
mod version_1_0;

use std::collections::BTreeMap;

use bytes::Bytes;
use openflow::{
    Action, AsyncConfig, AsyncKind, BandEffect, Bucket, BucketId, BundleAdd, BundleControl,
    BundleControlType, BundleFlags, BundleProperty, CopyField, ErrorCode, ErrorMessage,
    EvictionFlags, Experimenter, FlowMod, FlowModCommand, FlowModFlags, GenerationId, GroupId,
    GroupMod, GroupType, Hello, Instruction, MacAddr, Match, Message, MeterBand, MeterFlags,
    MeterId, MeterMod, OpticalFeatures, OpticalPortMod, PacketOut, PortConfig, PortMod,
    PortModProperty, PortNo, Role, RoleRequest, ShortId, StatTriggerFlags, StatsField,
    SwitchConfig, TableConfig, TableId, TableMod, TableProperty, Time, Version, key,
};

use Version::{V1_0, V1_3, V1_4, V1_5};

/// A name, and what is meant by it.
type Meant = (&'static str, Message);

/// Returns the messages by their versions and names.
pub(crate) fn said() -> BTreeMap<(Version, &'static str), Message> {
    let mut all = BTreeMap::new();
    for version in Version::ALL {
        let more = match version {
            V1_0 => vec![version_1_0::meant()],
            V1_3 => vec![since_1_3(version), requests::since_1_3(version), groups(), only_1_3()],
            V1_4 => vec![since_1_3(version), requests::since_1_3(version), groups(), since_1_4()],
            V1_5 => vec![
                since_1_3(version),
                requests::since_1_3(version),
                groups_1_5(),
                since_1_4(),
                only_1_5(),
            ],
        };
        let meant = symmetric(version).into_iter().chain(more.into_iter().flatten());
        all.extend(meant.map(|(name, message)| ((version, name), message)));
    }
    all
}

fn symmetric(version: Version) -> Vec<Meant> {
    let code = ErrorCode { kind: 1, code: 5 };
    let data = Bytes::from_static(&[1, 2]);
    vec![
        ("hello", Message::Hello(Hello { highest: version.wire(), elements: vec![] })),
        ("error", Message::Error(ErrorMessage { code, data: data.clone() })),
        ("echo-request", Message::EchoRequest(data)),
        ("echo-reply", Message::EchoReply(Bytes::from_static(&[3]))),
        ("features-request", Message::FeaturesRequest),
        ("get-config", Message::GetConfigRequest),
        ("set-config", Message::SetConfig(SwitchConfig { flags: 1, miss_send_len: 128 })),
        ("barrier", Message::BarrierRequest),
    ]
}

fn since_1_3(version: Version) -> Vec<Meant> {
    let data = Bytes::from_static(&[6]);
    let role = RoleRequest::new(Role::Master, GenerationId(3));
    let short_id = if version == V1_5 { ShortId(9) } else { role.short_id };
    let kbps = MeterFlags::KBPS | MeterFlags::BURST;
    let drop = MeterBand { rate: 1000, burst_size: 200, effect: BandEffect::Drop };
    let remark = MeterBand { rate: 500, burst_size: 100, effect: BandEffect::DscpRemark(1) };
    vec![
        (
            "experimenter",
            Message::Experimenter(Experimenter { experimenter: 0x1234, kind: 5, data }),
        ),
        ("role-request", Message::RoleRequest(RoleRequest { short_id, ..role })),
        ("get-async", Message::GetAsyncRequest),
        (
            "match",
            Message::FlowMod(
                FlowMod::add()
                    .with_cookie(0x1234)
                    .with_table(TableId(1))
                    .with_idle_timeout(60)
                    .with_hard_timeout(90)
                    .with_priority(10)
                    .with_flags(FlowModFlags::SEND_FLOW_REM | FlowModFlags::CHECK_OVERLAP)
                    .with_match(every_field(version)),
            ),
        ),
        (
            "instructions",
            Message::FlowMod(
                FlowMod { command: FlowModCommand::ModifyStrict, ..FlowMod::add() }
                    .with_cookie_filter(0x10, 0xf0)
                    .with_instructions(instructions()),
            ),
        ),
        ("actions", Message::PacketOut(packet_out(actions(), PACKET))),
        ("nicira-actions", Message::PacketOut(packet_out(nicira::actions(), b""))),
        ("meter-add", Message::MeterMod(MeterMod::add(MeterId(5), kbps, vec![drop, remark]))),
        ("meter-delete", Message::MeterMod(MeterMod::delete(MeterId::ALL))),
    ]
}

fn every_field(version: Version) -> Match {
    let all = Match::any()
        .with(key::IN_PORT, PortNo(1))
        .with(key::IN_PHY_PORT, PortNo(2))
        .with_masked(key::METADATA, 0x12, 0xff)
        .with_masked(key::ETH_DST, MAC, MAC_PART)
        .with(key::ETH_SRC, MAC)
        .with(key::ETH_TYPE, 0x800)
        .with(key::VLAN_VID, key::VLAN_PRESENT | 5)
        .with(key::VLAN_PCP, 3)
        .with(key::IP_DSCP, 46)
        .with(key::IP_ECN, 1)
        .with(key::IP_PROTO, 6)
        .with_masked(key::IPV4_SRC, [10, 0, 0, 0].into(), [255, 0, 0, 0].into())
        .with(key::IPV4_DST, [10, 0, 0, 2].into())
        .with(key::TCP_SRC, 1000)
        .with(key::TCP_DST, 80)
        .with(key::UDP_SRC, 1001)
        .with(key::UDP_DST, 53)
        .with(key::SCTP_SRC, 1002)
        .with(key::SCTP_DST, 54)
        .with(key::ICMPV4_TYPE, 8)
        .with(key::ICMPV4_CODE, 1)
        .with(key::ARP_OP, 1)
        .with(key::ARP_SPA, [10, 0, 0, 3].into())
        .with(key::ARP_TPA, [10, 0, 0, 4].into())
        .with(key::ARP_SHA, MAC)
        .with_masked(key::ARP_THA, MAC, MAC_PART)
        .with_masked(key::IPV6_SRC, v6("2001:db8::"), v6("ffff:ffff::"))
        .with(key::IPV6_DST, v6("2001:db8::1"))
        .with(key::IPV6_FLABEL, 0xfffff)
        .with(key::ICMPV6_TYPE, 135)
        .with(key::ICMPV6_CODE, 2)
        .with(key::IPV6_ND_TARGET, v6("2001:db8::2"))
        .with(key::IPV6_ND_SLL, MAC)
        .with(key::IPV6_ND_TLL, MAC)
        .with(key::MPLS_LABEL, 0xabcde)
        .with(key::MPLS_TC, 5)
        .with(key::MPLS_BOS, 1)
        .with(key::PBB_ISID, [0xab, 0xcd, 0xef])
        .with_masked(key::TUNNEL_ID, 7, 0xff)
        .with_masked(key::IPV6_EXTHDR, 1, 0x1ff);
    let since_1_4 = |fields: Match| fields.with(key::PBB_UCA, 1);
    match version {
        V1_0 | V1_3 => all,
        V1_4 => since_1_4(all),
        V1_5 => since_1_4(all)
            .with_masked(key::TCP_FLAGS, 2, 0xfff)
            .with(key::ACTSET_OUTPUT, PortNo(3))
            .with(key::PACKET_TYPE, 0x10800),
    }
}

fn instructions() -> Vec<Instruction> {
    let output = Action::Output { port: PortNo(2), max_len: 0 };
    vec![
        Instruction::GotoTable(TableId(2)),
        Instruction::WriteMetadata { metadata: 1, mask: 0xff },
        Instruction::WriteActions(vec![output.clone()].into()),
        Instruction::ApplyActions(vec![Action::PopVlan, output].into()),
        Instruction::ClearActions,
    ]
}

fn actions() -> Vec<Action> {
    vec![
        Action::Output { port: PortNo::CONTROLLER, max_len: 128 },
        Action::Group(GroupId(7)),
        Action::SetQueue(3),
        Action::SetMplsTtl(64),
        Action::DecMplsTtl,
        Action::SetNwTtl(32),
        Action::DecNwTtl,
        Action::CopyTtlOut,
        Action::CopyTtlIn,
        Action::PushVlan(0x8100),
        Action::PushMpls(0x8847),
        Action::PopVlan,
        Action::PopMpls(0x800),
        Action::PushPbb(0x88e7),
        Action::PopPbb,
        Action::set_field(key::ETH_SRC, MAC),
        Action::set_field(key::VLAN_VID, key::VLAN_PRESENT | 5),
        Action::set_field(key::IPV6_DST, v6("2001:db8::1")),
        Action::set_field(key::TUNNEL_ID, 7),
    ]
}

fn groups() -> Vec<Meant> {
    let select = vec![
        Bucket::new(untag_and_output()).with_weight(100),
        Bucket::new(vec![]).with_weight(200),
    ];
    let watching = Bucket::new(vec![Action::Group(GroupId(7))]).with_watch_port(PortNo(1));
    let watching = Bucket { watch_group: GroupId(7), ..watching };
    vec![
        ("group-add", Message::GroupMod(GroupMod::add(GroupType::Select, GroupId(4), select))),
        (
            "group-modify",
            Message::GroupMod(GroupMod::modify(
                GroupType::FastFailover,
                GroupId(5),
                vec![watching],
            )),
        ),
        ("group-delete", Message::GroupMod(GroupMod::delete(GroupId::ALL))),
    ]
}

fn only_1_3() -> Vec<Meant> {
    let masks = [
        (AsyncKind::PACKET_IN_MASTER, 1),
        (AsyncKind::PACKET_IN_SLAVE, 2),
        (AsyncKind::PORT_STATUS_MASTER, 3),
        (AsyncKind::PORT_STATUS_SLAVE, 4),
        (AsyncKind::FLOW_REMOVED_MASTER, 5),
        (AsyncKind::FLOW_REMOVED_SLAVE, 6),
    ];
    let table = TableMod {
        table_id: TableId(2),
        config: TableConfig::from_bits_retain(3),
        properties: vec![],
    };
    vec![
        ("port-mod", port_mod(vec![PortModProperty::Ethernet { advertise: 0x20 }])),
        ("table-mod", Message::TableMod(table)),
        ("set-async", set_async(&masks)),
        ("bundle-open", bundle_open()),
        ("bundle-add", bundle_add(Message::BarrierRequest)),
    ]
}

fn since_1_4() -> Vec<Meant> {
    let optical = OpticalPortMod {
        configure: OpticalFeatures::TX_TUNE | OpticalFeatures::USE_FREQ,
        freq_lmda: 193_100_000,
        fl_offset: 2,
        grid_span: 50_000,
        tx_pwr: 15,
    };
    let ethernet = PortModProperty::Ethernet { advertise: 0x20 };
    let eviction = EvictionFlags::IMPORTANCE | EvictionFlags::LIFETIME;
    let table = TableMod {
        table_id: TableId::ALL,
        config: TableConfig::EVICTION | TableConfig::VACANCY_EVENTS,
        properties: vec![
            TableProperty::Eviction(eviction),
            TableProperty::Vacancy { down: 20, up: 80, vacancy: 0 },
        ],
    };
    let masks = [(AsyncKind::PACKET_IN_MASTER, 3), (AsyncKind::ROLE_STATUS_SLAVE, 1)];
    let important = FlowMod { importance: 5, ..FlowMod::add() };
    vec![
        ("importance", Message::FlowMod(important.with_priority(0x8000))),
        ("port-mod", port_mod(vec![ethernet, PortModProperty::Optical(optical)])),
        ("table-mod", Message::TableMod(table)),
        ("set-async", set_async(&masks)),
        ("bundle-open", bundle_open()),
        ("bundle-add", bundle_add(Message::MeterMod(MeterMod::delete(MeterId(4))))),
    ]
}

fn groups_1_5() -> Vec<Meant> {
    let select = Bucket::new(untag_and_output()).with_id(BucketId(1)).with_weight(100);
    let watching = Bucket::new(vec![Action::Group(GroupId(7))])
        .with_id(BucketId(7))
        .with_watch_port(PortNo(1));
    let select =
        GroupMod { buckets: vec![select], ..GroupMod::add(GroupType::Select, GroupId(4), vec![]) };
    vec![
        ("group-add", Message::GroupMod(select)),
        (
            "group-insert",
            Message::GroupMod(GroupMod::insert(
                GroupType::FastFailover,
                GroupId(5),
                BucketId::FIRST,
                vec![watching],
            )),
        ),
        (
            "group-remove",
            Message::GroupMod(GroupMod::remove(GroupType::Select, GroupId(4), BucketId::LAST)),
        ),
    ]
}

fn only_1_5() -> Vec<Meant> {
    let copy = CopyField {
        bits: 16,
        source: openflow::nicira::FieldOffset { offset: 4, ..key::ETH_DST.into() },
        target: openflow::nicira::FieldOffset { offset: 8, ..key::METADATA.into() },
    };
    let actions = vec![
        Action::CopyField(Box::new(copy)),
        Action::Meter(MeterId(3)),
        Action::set_field_masked(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, 0]), MAC_PART),
    ];
    let trigger = Instruction::StatTrigger {
        flags: StatTriggerFlags::PERIODIC,
        thresholds: vec![StatsField::PacketCount(1000)],
    };
    let flow = FlowMod::add().with_priority(0x8000).with_instructions(vec![trigger]);
    let commit = BundleControl {
        bundle_id: 9,
        kind: BundleControlType::CommitRequest,
        flags: BundleFlags::ATOMIC | BundleFlags::TIME,
        properties: vec![BundleProperty::Time(Time { sec: 0x65e0_b3c0, nsec: 10 })],
    };
    vec![
        ("new-actions", Message::PacketOut(packet_out(actions, b""))),
        ("stat-trigger", Message::FlowMod(flow)),
        ("bundle-commit", Message::BundleControl(commit)),
    ]
}

fn packet_out(actions: Vec<Action>, data: &'static [u8]) -> PacketOut {
    PacketOut { in_port: PortNo(3), ..PacketOut::new(actions, Bytes::from_static(data)) }
}

fn untag_and_output() -> Vec<Action> {
    vec![Action::PopVlan, Action::Output { port: PortNo(1), max_len: 0 }]
}

fn port_mod(properties: Vec<PortModProperty>) -> Message {
    Message::PortMod(PortMod {
        port_no: PortNo(3),
        hw_addr: MAC,
        config: PortConfig::PORT_DOWN,
        mask: PortConfig::PORT_DOWN,
        properties,
    })
}

fn set_async(masks: &[(AsyncKind, u32)]) -> Message {
    let set = |config: AsyncConfig, (kind, mask): &(AsyncKind, u32)| config.with(*kind, *mask);
    Message::SetAsync(masks.iter().fold(AsyncConfig::default(), set))
}

fn bundle_open() -> Message {
    Message::BundleControl(BundleControl {
        bundle_id: 9,
        kind: BundleControlType::OpenRequest,
        flags: BundleFlags::ATOMIC | BundleFlags::ORDERED,
        properties: vec![],
    })
}

fn bundle_add(message: Message) -> Message {
    let message = Box::new(message);
    Message::BundleAdd(BundleAdd {
        bundle_id: 9,
        flags: BundleFlags::ATOMIC,
        message,
        properties: vec![],
    })
}

fn v6(text: &str) -> std::net::Ipv6Addr {
    text.parse().unwrap()
}

const MAC: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
const MAC_PART: MacAddr = MacAddr([0xff, 0xff, 0xff, 0, 0, 0]);
const PACKET: &[u8] = b"\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xb5data";
