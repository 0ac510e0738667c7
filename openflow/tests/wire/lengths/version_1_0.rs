//! The lists of OpenFlow 1.0.

use openflow::ErrorCode;

use super::List;

pub(super) fn lists(base: &List) -> Vec<List> {
    vec![
        List {
            name: "actions of a packet-out of 1.0",
            head: "01 0d 0000 00000007 ffffffff fffd 0000",
            element: "0000 0008 0001 ffff",
            minimum: 8,
            aligned: true,
            cover: Some((14, 0)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..*base
        },
        List {
            name: "long actions of a packet-out of 1.0",
            head: "01 0d 0000 00000007 ffffffff fffd 0000",
            element: "000b 0010 0002 000000000000 00000003",
            minimum: 16,
            aligned: true,
            cover: Some((14, 0)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..*base
        },
        List {
            name: "Nicira's actions for 1.0",
            head: "01 0d 0000 00000007 ffffffff fffd 0000",
            element: "ffff 0010 00002320 0001 0003 00000000",
            minimum: 16,
            aligned: true,
            cover: Some((14, 0)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..*base
        },
        List {
            name: "actions of a flow-mod of 1.0",
            head:
                "01 0e 0000 00000007 003820ff 0000 000000000000 000000000000 0000 00 00 0000 00 00
                0000 00000000 00000000 0000 0000 0000000000000000 0000 0000 0000 0000 ffffffff ffff
                0000",
            element: "0003 0008 00000000",
            minimum: 8,
            aligned: true,
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..*base
        },
        List {
            name: "entries of flow statistics of 1.0",
            head: "01 11 0000 00000007 0001 0000",
            element: "0058 00 00 003820ff 0000 000000000000 000000000000 0000 00 00 0000 00 00 0000
                00000000 00000000 0000 0000 00000000 00000000 0000 0000 0000 000000000000
                0000000000000000 0000000000000000 0000000000000000",
            length_at: 0,
            minimum: 88,
            ..*base
        },
        List {
            name: "actions of flow statistics of 1.0",
            head: "01 11 0000 00000007 0001 0000
                0000 00 00 003820ff 0000 000000000000 000000000000 0000 00 00 0000 00 00 0000
                00000000 00000000 0000 0000 00000000 00000000 0000 0000 0000 000000000000
                0000000000000000 0000000000000000 0000000000000000",
            element: "0001 0008 0005 0000",
            minimum: 8,
            aligned: true,
            cover: Some((12, 88)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..*base
        },
        List {
            name: "queues of 1.0",
            head: "01 15 0000 00000007 0001 000000000000",
            element: "00000003 0008 0000",
            length_at: 4,
            minimum: 8,
            ..*base
        },
        List {
            name: "properties of a queue of 1.0",
            head: "01 15 0000 00000007 0001 000000000000 00000003 0000 0000",
            element: "0001 0010 00000000 01f4 000000000000",
            minimum: 16,
            cover: Some((20, 8)),
            ..*base
        },
        List {
            name: "properties of Nicira's packet-in by 1.0",
            head: "01 04 0000 00000007 00002320 0000001e",
            element: "0001 0008 00000040",
            minimum: 8,
            ..*base
        },
    ]
}
