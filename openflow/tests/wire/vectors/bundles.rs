//! Bundles, in 1.4 and as the ONF has them in 1.3.

use bytes::Bytes;
use openflow::{
    BundleAdd, BundleControl, BundleControlType, BundleFlags, BundleProperty, Experimenter,
    FlowMod, GroupId, GroupMod, Message, UnknownProperty, Version,
};

use super::{Vector, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let open = BundleControl {
        bundle_id: 9,
        kind: BundleControlType::OpenRequest,
        flags: BundleFlags::ATOMIC | BundleFlags::ORDERED,
        properties: vec![],
    };
    let body = Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 1]);
    let property = BundleProperty::Unknown(UnknownProperty { kind: 0xffff, body });
    let delete = BundleAdd {
        bundle_id: 9,
        flags: BundleFlags::ATOMIC,
        message: Box::new(Message::GroupMod(GroupMod::delete(GroupId::ALL))),
        properties: vec![],
    };
    let flow = Box::new(Message::FlowMod(FlowMod::delete()));
    let odd = Message::Experimenter(Experimenter {
        experimenter: 0x2320,
        kind: 1,
        data: Bytes::from_static(&[0xab]),
    });
    vec![
        vector(
            V1_4,
            "05 21 0010 00000007     # bundle-control
             00000009 0000 0003     # bundle 9, open request, atomic and ordered",
            Message::BundleControl(open.clone()),
        ),
        vector(
            V1_4,
            "05 21 0020 00000007     # bundle-control
             00000009 0005 0000     # bundle 9, commit reply
             ffff 000c 00002320     # an experimenter's property
               00000001 00000000    #   padded",
            Message::BundleControl(BundleControl {
                kind: BundleControlType::CommitReply,
                flags: BundleFlags::empty(),
                properties: vec![property.clone()],
                ..open.clone()
            }),
        )
        .may_end([16]),
        vector(
            V1_3,
            "04 04 0018 00000007     # experimenter
             4f4e4600 000008fc      # ONF, bundle-control
             00000009 0000 0003",
            Message::BundleControl(open),
        ),
        vector(
            V1_4,
            "05 22 0020 00000007     # bundle-add
             00000009 0000 0001     # bundle 9, pad, atomic
               05 0f 0010 00000007  #   group-mod with the same transaction id
               0002 00 00 fffffffc  #   delete, pad, all groups",
            Message::BundleAdd(delete.clone()),
        ),
        vector(
            V1_3,
            "04 04 0050 00000007     # experimenter
             4f4e4600 000008fd      # ONF, bundle-add
             00000009 0000 0001
               04 0e 0038 00000007  #   flow-mod
               0000000000000000 0000000000000000
               ff 03 0000 0000 0000 #   delete from all tables
               ffffffff ffffffff ffffffff
               0000 0000
               0001 0004 00000000",
            Message::BundleAdd(BundleAdd { message: flow, ..delete.clone() }),
        ),
        vector(
            V1_4,
            "05 22 0048 00000007     # bundle-add
             00000009 0000 0001
               05 04 0011 00000007  #   experimenter
               00002320 00000001 ab
             00000000000000         # pad, since properties follow
             ffff 000c 00002320     # an experimenter's property
               00000001 00000000    #   padded
             ffff 000c 00002320 00000001 00000000",
            Message::BundleAdd(BundleAdd {
                message: Box::new(odd),
                properties: vec![property.clone(), property],
                ..delete
            }),
        )
        .may_end([33, 56]),
    ]
}
