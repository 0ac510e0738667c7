//! The queues of a port, as 1.3 asks for them.

use bytes::Bytes;
use openflow::{
    Message, PortNo, QueueConfig, QueueConfigRequest, QueueDesc, QueueId, QueueProperty,
    UnknownProperty, Version,
};

use super::{Vector, vector};

use Version::{V1_3, V1_4};

pub(super) fn vectors() -> Vec<Vector> {
    let body = Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 0]);
    let unknown = QueueProperty::Unknown(UnknownProperty { kind: 0xffff, body });
    let queue = |queue_id, properties| QueueDesc {
        port_no: PortNo(1),
        queue_id: QueueId(queue_id),
        properties,
    };
    vec![
        vector(
            V1_3,
            "04 16 0010 00000007                       # queue get config
             ffffffff 00000000                        # any port, pad",
            Message::QueueGetConfigRequest(QueueConfigRequest { port: PortNo::ANY }),
        ),
        vector(
            V1_3,
            "04 17 0060 00000007                       # queue config
             00000001 00000000                        # port 1, pad
             00000003 00000001 0040 000000000000      # queue 3 of port 1, 64 bytes, pad
               0001 0010 00000000 01f4 000000000000   #   at least 50 %
               0002 0010 00000000 03e9 000000000000   #   at most: no limit
               ffff 0010 00000000 00002320 00000000   #   an experimenter's property
             00000004 00000001 0010 000000000000      # queue 4",
            Message::QueueGetConfigReply(QueueConfig {
                port: PortNo(1),
                queues: vec![
                    queue(
                        3,
                        vec![QueueProperty::MinRate(500), QueueProperty::MaxRate(1001), unknown],
                    ),
                    queue(4, vec![]),
                ],
            }),
        )
        .may_end([16, 80]),
        vector(
            V1_4,
            "05 16 0010 00000007 ffffffff 00000000     # type 22 is none of 1.4's",
            Message::Unknown {
                kind: 22,
                body: Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
            },
        )
        .may_end(8..16),
    ]
}
