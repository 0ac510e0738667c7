//! Changes to groups, meters, ports and tables, queues, and bundles.

use openflow::{
    Action, BandEffect, Bucket, BucketId, BundleAdd, BundleControl, BundleControlType, BundleFlags,
    FlowMod, ForwardedRequest, GroupId, GroupMod, GroupType, MacAddr, Message, MeterBand,
    MeterFlags, MeterId, MeterMod, PortConfig, PortMod, PortModProperty, PortNo, QueueConfig,
    QueueDesc, QueueId, QueueProperty, RequestForward, TableConfig, TableDesc, TableId, TableMod,
    TableProperty, TableReason, TableStatus, Version, Xid,
};

use super::{ofctl, said_by};

use Version::{V1_3, V1_4, V1_5};

/// Messages, and how `ovs-ofctl ofp-print` of Open vSwitch prints them.
pub(super) fn sayings() -> Vec<(Version, Message, &'static str)> {
    let mut all = groups_and_meters();
    all.extend(ports_tables_and_queues());
    all.extend(bundles());
    all
}

fn groups_and_meters() -> Vec<(Version, Message, &'static str)> {
    let select = vec![
        Bucket::new(vec![Action::PopVlan, Action::output(PortNo(1))]).with_weight(100),
        Bucket::new(vec![]).with_weight(200),
    ];
    let spare = Bucket::new(vec![Action::output(PortNo(2))]).with_watch_port(PortNo(2));
    let chained =
        Bucket { watch_group: GroupId(7), ..Bucket::new(vec![Action::Group(GroupId(7))]) };
    let bands = vec![
        MeterBand { rate: 1000, burst_size: 200, effect: BandEffect::Drop },
        MeterBand { rate: 500, burst_size: 0, effect: BandEffect::DscpRemark(1) },
    ];
    let flags = MeterFlags::KBPS | MeterFlags::BURST | MeterFlags::STATS;
    vec![
        (V1_3, Message::GroupMod(GroupMod::add(GroupType::Select, GroupId(4), select.clone())), {
            "OFPT_GROUP_MOD (OF1.3) (xid=0x7):\n ADD group_id=4,type=select,\
             bucket=weight:100,actions=pop_vlan,output:1,bucket=weight:200,actions=drop"
        }),
        (
            V1_4,
            Message::GroupMod(GroupMod::modify(
                GroupType::FastFailover,
                GroupId(5),
                vec![spare.clone(), chained.clone()],
            )),
            "OFPT_GROUP_MOD (OF1.4) (xid=0x7):\n MOD group_id=5,type=ff,\
             bucket=watch_port:2,actions=output:2,bucket=watch_group:7,actions=group:7",
        ),
        (V1_5, Message::GroupMod(GroupMod::add(GroupType::Select, GroupId(4), select.clone())), {
            "OFPT_GROUP_MOD (OF1.5) (xid=0x7):\n ADD group_id=4,type=select,\
             bucket=bucket_id:0,weight:100,actions=pop_vlan,output:1,\
             bucket=bucket_id:1,weight:200,actions=drop"
        }),
        (
            V1_5,
            Message::GroupMod(GroupMod::insert(
                GroupType::FastFailover,
                GroupId(5),
                BucketId(3),
                vec![spare.clone().with_id(BucketId(4)), chained.clone().with_id(BucketId(9))],
            )),
            "OFPT_GROUP_MOD (OF1.5) (xid=0x7):\n \
             INSERT_BUCKET command_bucket_id:3,group_id=5,\
             bucket=bucket_id:4,watch_port:2,actions=output:2,\
             bucket=bucket_id:9,watch_group:7,actions=group:7",
        ),
        (
            V1_5,
            Message::GroupMod(GroupMod::remove(GroupType::All, GroupId(5), BucketId::ALL)),
            "OFPT_GROUP_MOD (OF1.5) (xid=0x7):\n \
             REMOVE_BUCKET command_bucket_id:all,group_id=5",
        ),
        (V1_3, Message::MeterMod(MeterMod::add(MeterId(5), flags, bands)), {
            "OFPT_METER_MOD (OF1.3) (xid=0x7): ADD meter=5 kbps burst stats bands=\n\
             type=drop rate=1000 burst_size=200\n\
             type=dscp_remark rate=500 burst_size=0 prec_level=1"
        }),
        (V1_4, Message::MeterMod(MeterMod::delete(MeterId::ALL)), {
            "OFPT_METER_MOD (OF1.4) (xid=0x7): DEL meter=all bands="
        }),
        (V1_3, forwarded(), {
            "ONFT_REQUESTFORWARD (OF1.3) (xid=0x7): reason=group_mod\n DEL group_id=3,type=all"
        }),
        (V1_4, forwarded(), {
            "OFPT_REQUESTFORWARD (OF1.4) (xid=0x7): reason=group_mod\n DEL group_id=3,type=all"
        }),
    ]
}

fn forwarded() -> Message {
    let request = ForwardedRequest::GroupMod(GroupMod::delete(GroupId(3)));
    Message::RequestForward(RequestForward { xid: Xid(0x63), request })
}

fn ports_tables_and_queues() -> Vec<(Version, Message, &'static str)> {
    let port_mod = Message::PortMod(PortMod {
        port_no: PortNo(3),
        hw_addr: MacAddr([2, 0, 0, 0, 0, 1]),
        config: PortConfig::PORT_DOWN,
        mask: PortConfig::PORT_DOWN | PortConfig::NO_FWD,
        properties: vec![PortModProperty::Ethernet { advertise: 0x20 }],
    });
    let vacancy = |vacancy| TableProperty::Vacancy { down: 20, up: 80, vacancy };
    let table_mod = TableMod {
        table_id: TableId(2),
        config: TableConfig::VACANCY_EVENTS,
        // Open vSwitch 3.1 takes the flags of an eviction for whether there is any.
        properties: vec![vacancy(0)],
    };
    let table = TableDesc {
        table_id: TableId(5),
        config: TableConfig::VACANCY_EVENTS,
        properties: vec![vacancy(19)],
    };
    let rates = vec![QueueProperty::MinRate(500), QueueProperty::MaxRate(1001)];
    let queue = QueueDesc { port_no: PortNo(1), queue_id: QueueId(3), properties: rates };
    vec![
        (V1_3, port_mod.clone(), {
            "OFPT_PORT_MOD (OF1.3) (xid=0x7): port: 3: addr:02:00:00:00:00:01\n     \
             config: PORT_DOWN\n     mask:   PORT_DOWN NO_FWD\n     advertise: 1GB-FD"
        }),
        (V1_4, port_mod, {
            "OFPT_PORT_MOD (OF1.4) (xid=0x7): port: 3: addr:02:00:00:00:00:01\n     \
             config: PORT_DOWN\n     mask:   PORT_DOWN NO_FWD\n     advertise: 1GB-FD"
        }),
        (V1_4, Message::TableMod(table_mod), {
            "OFPT_TABLE_MOD (OF1.4) (xid=0x7): table_id=2, eviction=off, vacancy=on vacancy:20,80"
        }),
        (
            V1_4,
            Message::TableStatus(TableStatus { reason: TableReason::VACANCY_DOWN, table }),
            "OFPT_TABLE_STATUS (OF1.4) (xid=0x7): reason=VACANCY_DOWN\ntable_desc:-\n  table 5:\n   \
             eviction=off eviction_flags=(default)\n   \
             vacancy=on vacancy_down=20% vacancy_up=80% vacancy=19%",
        ),
        (
            V1_3,
            Message::QueueGetConfigReply(QueueConfig { port: PortNo(1), queues: vec![queue] }),
            "OFPT_QUEUE_GET_CONFIG_REPLY (OF1.3) (xid=0x7): port=1\n\
             queue 3: min_rate:50.0% max_rate:(disabled)",
        ),
    ]
}

fn bundles() -> Vec<(Version, Message, &'static str)> {
    let control = |kind| {
        let flags = BundleFlags::ATOMIC | BundleFlags::ORDERED;
        Message::BundleControl(BundleControl { bundle_id: 9, kind, flags, properties: vec![] })
    };
    let add = |message| {
        let (flags, message) = (BundleFlags::ATOMIC, Box::new(message));
        Message::BundleAdd(BundleAdd { bundle_id: 9, flags, message, properties: vec![] })
    };
    let flow = Message::FlowMod(FlowMod::delete());
    vec![
        (V1_3, control(BundleControlType::OpenRequest), {
            "ONFT_BUNDLE_CONTROL (OF1.3) (xid=0x7):\n \
             bundle_id=0x9 type=OPEN_REQUEST flags=atomic ordered"
        }),
        (V1_4, control(BundleControlType::CommitReply), {
            "OFPT_BUNDLE_CONTROL (OF1.4) (xid=0x7):\n \
             bundle_id=0x9 type=COMMIT_REPLY flags=atomic ordered"
        }),
        (V1_3, add(flow.clone()), {
            "ONFT_BUNDLE_ADD_MESSAGE (OF1.3) (xid=0x7):\n bundle_id=0x9 flags=atomic\n\
             OFPT_FLOW_MOD (OF1.3) (xid=0x7): DEL table:255 priority=0 actions=drop"
        }),
        (V1_4, add(flow), {
            "OFPT_BUNDLE_ADD_MESSAGE (OF1.4) (xid=0x7):\n bundle_id=0x9 flags=atomic\n\
             OFPT_FLOW_MOD (OF1.4) (xid=0x7): DEL table:255 priority=0 actions=drop"
        }),
    ]
}

/// `ovs-ofctl` takes us for a switch and adds groups, and flows in a bundle.
#[test]
fn what_a_controller_changes_is_read_and_written_again() {
    let Some(ofctl) = ofctl() else { return };
    for (version, option) in [(V1_3, "OpenFlow13"), (V1_4, "OpenFlow14"), (V1_5, "OpenFlow15")] {
        let said = said_by(ofctl, version, &["-O", option, "add-groups"], GROUPS);
        let groups: Vec<&GroupMod> = said.iter().filter_map(group_mod).collect();
        assert_eq!(groups.len(), GROUPS.lines().count(), "{said:?}");
        assert_eq!(*groups[0], GroupMod::add(GroupType::All, GroupId(1), flood()));

        let said = said_by(ofctl, version, &["-O", option, "--bundle", "add-flows"], BUNDLED);
        let added: Vec<&BundleAdd> = said.iter().filter_map(bundle_add).collect();
        assert_eq!(added.len(), BUNDLED.lines().count(), "{said:?}");
        assert!(added.iter().all(|add| matches!(*add.message, Message::FlowMod(_))));
        let steps: Vec<BundleControlType> = said.iter().filter_map(bundle_control).collect();
        assert_eq!(steps, [BundleControlType::OpenRequest, BundleControlType::CommitRequest]);
    }
}

const GROUPS: &str = "\
group_id=1,type=all,bucket=output:1,bucket=output:2
group_id=2,type=select,bucket=weight:10,output:1,bucket=weight:20,set_field:02:00:00:00:00:09->eth_dst,output:2
group_id=3,type=indirect,bucket=group:1
group_id=4,type=ff,bucket=watch_port:1,output:1,bucket=watch_group:3,group:3
";

const BUNDLED: &str = "\
priority=7,tcp,tp_dst=80,actions=group:2
priority=6,udp,actions=meter:5,output:1
priority=5,reg0=0x5,actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],IN_PORT
";

fn flood() -> Vec<Bucket> {
    let output = |port| Action::Output { port: PortNo(port), max_len: 0 };
    vec![Bucket::new(vec![output(1)]), Bucket::new(vec![output(2)])]
}

/// Returns what a switch answers to a step of a bundle.
pub(super) fn answer(control: &BundleControl) -> Message {
    let kind = match control.kind {
        BundleControlType::OpenRequest => BundleControlType::OpenReply,
        BundleControlType::CloseRequest => BundleControlType::CloseReply,
        BundleControlType::CommitRequest => BundleControlType::CommitReply,
        _ => BundleControlType::DiscardReply,
    };
    Message::BundleControl(BundleControl { kind, ..control.clone() })
}

fn group_mod(message: &Message) -> Option<&GroupMod> {
    match message {
        Message::GroupMod(group_mod) => Some(group_mod),
        _ => None,
    }
}

fn bundle_add(message: &Message) -> Option<&BundleAdd> {
    match message {
        Message::BundleAdd(add) => Some(add),
        _ => None,
    }
}

fn bundle_control(message: &Message) -> Option<BundleControlType> {
    match message {
        Message::BundleControl(control) => Some(control.kind),
        _ => None,
    }
}
