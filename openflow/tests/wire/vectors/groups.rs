//! Changes to groups and meters, and what a switch tells others of them.

use bytes::Bytes;
use openflow::{
    Action, BandEffect, Bucket, ForwardedRequest, GroupId, GroupMod, GroupType, Message, MeterBand,
    MeterFlags, MeterId, MeterMod, MeterModCommand, PortNo, RequestForward, Version, Xid,
};

use super::{Vector, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = groups();
    all.extend(meters());
    all.extend(forwarded());
    all
}

fn groups() -> Vec<Vector> {
    let select = vec![
        Bucket::new(vec![Action::PopVlan, Action::output(PortNo(1))]).with_weight(100),
        Bucket::new(vec![]).with_weight(200),
    ];
    let watching = Bucket {
        watch_group: GroupId(7),
        ..Bucket::new(vec![Action::Group(GroupId(7))]).with_watch_port(PortNo(1))
    };
    vec![
        vector(
            V1_3,
            "04 0f 0048 00000007                    # group-mod
             0000 01 00 00000004                   # add, select, pad, group 4
             0028 0064 ffffffff ffffffff 00000000  # bucket: weight 100, watches nothing
               0012 0008 00000000                  #   pop vlan
               0000 0010 00000001 ffff 000000000000
             0010 00c8 ffffffff ffffffff 00000000  # bucket: weight 200, drops",
            Message::GroupMod(GroupMod::add(GroupType::Select, GroupId(4), select)),
        )
        .may_end([16, 56]),
        vector(
            V1_4,
            "05 0f 0028 00000007                    # group-mod
             0001 03 00 00000005                   # modify, fast failover, pad, group 5
             0018 0000 00000001 00000007 00000000  # bucket: watches port 1 and group 7
               0016 0008 00000007                  #   group 7",
            Message::GroupMod(GroupMod::modify(
                GroupType::FastFailover,
                GroupId(5),
                vec![watching],
            )),
        )
        .may_end([16]),
        vector(
            V1_3,
            "04 0f 0010 00000007                    # group-mod
             0000 02 00 00000001                   # add, indirect, pad, group 1",
            Message::GroupMod(GroupMod::add(GroupType::Indirect, GroupId(1), vec![])),
        ),
        vector(
            V1_4,
            "05 0f 0010 00000007                    # group-mod
             0002 00 00 fffffffc                   # delete, pad, all groups",
            Message::GroupMod(GroupMod::delete(GroupId::ALL)),
        ),
    ]
}

fn meters() -> Vec<Vector> {
    let drop = MeterBand { rate: 1000, burst_size: 200, effect: BandEffect::Drop };
    let remark = MeterBand { rate: 500, burst_size: 0, effect: BandEffect::DscpRemark(1) };
    let body = Bytes::from_static(&[0, 0, 0x23, 0x20, 0xab]);
    let effect = BandEffect::Unknown { kind: 0xffff, body };
    let unknown = MeterBand { rate: 1, burst_size: 2, effect };
    let flags = MeterFlags::KBPS | MeterFlags::BURST | MeterFlags::STATS;
    vec![
        vector(
            V1_3,
            "04 1d 0030 00000007                    # meter-mod
             0000 000d 00000005                    # add, kbit/s with bursts and statistics, meter 5
             0001 0010 000003e8 000000c8 00000000  # drop above 1000 kbit/s, bursts of 200 kbit
             0002 0010 000001f4 00000000 01 000000 # remark above 500 kbit/s, by one level",
            Message::MeterMod(MeterMod::add(MeterId(5), flags, vec![drop, remark])),
        )
        .may_end([16, 32]),
        vector(
            V1_4,
            "05 1d 0021 00000007                    # meter-mod
             0001 0002 fffffffe                    # modify, packets/s, of packets to the controller
             ffff 0011 00000001 00000002           # an experimenter's band
               00002320 ab",
            Message::MeterMod(MeterMod {
                command: MeterModCommand::Modify,
                flags: MeterFlags::PKTPS,
                meter_id: MeterId::CONTROLLER,
                bands: vec![unknown],
            }),
        )
        .may_end([16]),
        vector(
            V1_3,
            "04 1d 0010 00000007                    # meter-mod
             0002 0000 ffffffff                    # delete, all meters",
            Message::MeterMod(MeterMod::delete(MeterId::ALL)),
        ),
    ]
}

fn forwarded() -> Vec<Vector> {
    let deletion = |xid| RequestForward {
        xid: Xid(xid),
        request: ForwardedRequest::GroupMod(GroupMod::delete(GroupId(3))),
    };
    vec![
        vector(
            V1_4,
            "05 20 0018 00000007     # requestforward
               05 0f 0010 00000063  #   group-mod of another controller
               0002 00 00 00000003  #   delete, pad, group 3",
            Message::RequestForward(deletion(0x63)),
        ),
        vector(
            V1_4,
            "05 20 0018 00000007     # requestforward
               05 1d 0010 00000007  #   meter-mod of another controller
               0002 0000 00000004   #   delete, meter 4",
            Message::RequestForward(RequestForward {
                xid: Xid(7),
                request: ForwardedRequest::MeterMod(MeterMod::delete(MeterId(4))),
            }),
        ),
        vector(
            V1_3,
            "04 04 0020 00000007     # experimenter
             4f4e4600 0000092e      # ONF, requestforward
               04 0f 0010 00000063
               0002 00 00 00000003",
            Message::RequestForward(deletion(0x63)),
        ),
    ]
}
