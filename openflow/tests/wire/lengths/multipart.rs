//! The lists of multipart messages.

use openflow::ErrorCode;

use super::List;

pub(super) fn lists(base: &List) -> Vec<List> {
    vec![
        List {
            name: "ports' statistics of 1.4",
            head: "05 13 0000 00000007 0004 0000 00000000",
            element: "0050 0000 00000001 00000000 00000000
                0000000000000000 0000000000000000 0000000000000000 0000000000000000
                0000000000000000 0000000000000000 0000000000000000 0000000000000000",
            length_at: 0,
            minimum: 80,
            ..*base
        },
        List {
            name: "properties of a port's statistics",
            head: "05 13 0000 00000007 0004 0000 00000000 0000 0000 00000001 00000000 00000000
                0000000000000000 0000000000000000 0000000000000000 0000000000000000
                0000000000000000 0000000000000000 0000000000000000 0000000000000000",
            element: "0000 0028 00000000
                0000000000000000 0000000000000000 0000000000000000 0000000000000000",
            minimum: 40,
            cover: Some((16, 80)),
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..*base
        },
        List {
            name: "queues' statistics of 1.4",
            head: "05 13 0000 00000007 0005 0000 00000000",
            element: "0030 000000000000 00000001 00000002 0000000000000000 0000000000000000
                0000000000000000 00000000 00000000",
            length_at: 0,
            minimum: 48,
            ..*base
        },
        List {
            name: "properties of a queue's statistics",
            head: "05 13 0000 00000007 0005 0000 00000000 0000 000000000000 00000001 00000002
                0000000000000000 0000000000000000 0000000000000000 00000000 00000000",
            element: "ffff 0008 00000001",
            cover: Some((16, 48)),
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..*base
        },
        List {
            name: "groups' statistics",
            head: "04 13 0000 00000007 0006 0000 00000000",
            element: "0028 0000 00000001 00000000 00000000 0000000000000000 0000000000000000
                00000000 00000000",
            length_at: 0,
            minimum: 40,
            ..*base
        },
        List {
            name: "groups",
            head: "04 13 0000 00000007 0007 0000 00000000",
            element: "0008 00 00 00000001",
            length_at: 0,
            minimum: 8,
            ..*base
        },
        List {
            name: "buckets of a described group",
            head: "05 13 0000 00000007 0007 0000 00000000 0000 00 00 00000001",
            element: "0010 0000 ffffffff ffffffff 00000000",
            length_at: 0,
            minimum: 16,
            aligned: true,
            cover: Some((16, 8)),
            code: ErrorCode::GROUP_MOD_BUCKET,
            ..*base
        },
        List {
            name: "actions of a described bucket",
            head: "04 13 0000 00000007 0007 0000 00000000 0020 00 00 00000001
                0000 0000 ffffffff ffffffff 00000000",
            element: "0012 0008 00000000",
            minimum: 8,
            aligned: true,
            cover: Some((24, 16)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..*base
        },
        List {
            name: "meters' statistics",
            head: "04 13 0000 00000007 0009 0000 00000000",
            element: "00000001 0028 000000000000 00000000 0000000000000000 0000000000000000
                00000000 00000000",
            length_at: 4,
            minimum: 40,
            ..*base
        },
        List {
            name: "meters",
            head: "04 13 0000 00000007 000a 0000 00000000",
            element: "0008 0001 00000001",
            length_at: 0,
            minimum: 8,
            ..*base
        },
        List {
            name: "bands of a meter",
            head: "04 13 0000 00000007 000a 0000 00000000 0000 0001 00000001",
            element: "0001 0010 00000001 00000000 00000000",
            minimum: 16,
            cover: Some((16, 8)),
            ..*base
        },
        List {
            name: "tables' features",
            head: "04 12 0000 00000007 000c 0000 00000000",
            element: "0040 01 0000000000
                0000000000000000000000000000000000000000000000000000000000000000
                0000000000000000 0000000000000000 00000000 00000000",
            length_at: 0,
            minimum: 64,
            ..*base
        },
        List {
            name: "properties of a table's features in 1.3",
            head: "04 12 0000 00000007 000c 0000 00000000 0000 01 0000000000
                0000000000000000000000000000000000000000000000000000000000000000
                0000000000000000 0000000000000000 00000000 00000000",
            element: "0002 0007 010203 00",
            cover: Some((16, 64)),
            code: ErrorCode::TABLE_FEATURES_LENGTH,
            ..*base
        },
        List {
            name: "properties of a table's features in 1.4",
            head: "05 12 0000 00000007 000c 0000 00000000 0000 01 0000000000
                0000000000000000000000000000000000000000000000000000000000000000
                0000000000000000 0000000000000000 00000000 00000000",
            element: "0002 0007 010203 00",
            cover: Some((16, 64)),
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..*base
        },
        List {
            name: "instructions of a table's features",
            head: "04 12 0000 00000007 000c 0000 00000000 0048 01 0000000000
                0000000000000000000000000000000000000000000000000000000000000000
                0000000000000000 0000000000000000 00000000 00000000 0000 0000",
            element: "0001 0004",
            cover: Some((82, 4)),
            code: ErrorCode::TABLE_FEATURES_LENGTH,
            ..*base
        },
        List {
            name: "tables",
            head: "05 13 0000 00000007 000e 0000 00000000",
            element: "0008 01 00 00000000",
            length_at: 0,
            minimum: 8,
            ..*base
        },
        List {
            name: "properties of a table",
            head: "05 13 0000 00000007 000e 0000 00000000 0000 01 00 00000000",
            element: "0002 0008 00000001",
            minimum: 8,
            cover: Some((16, 8)),
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..*base
        },
        List {
            name: "queues of 1.4",
            head: "05 13 0000 00000007 000f 0000 00000000",
            element: "00000001 00000002 0010 000000000000",
            length_at: 8,
            minimum: 16,
            ..*base
        },
        List {
            name: "properties of a queue of 1.4",
            head: "05 13 0000 00000007 000f 0000 00000000 00000001 00000002 0000 000000000000",
            element: "0001 0008 0064 0000",
            minimum: 8,
            cover: Some((24, 16)),
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..*base
        },
        List {
            name: "flow updates",
            head: "05 13 0000 00000007 0010 0000 00000000",
            element: "0008 0004 00000009",
            length_at: 0,
            minimum: 8,
            ..*base
        },
        List {
            name: "instructions of a flow update",
            head: "05 13 0000 00000007 0010 0000 00000000 0000 0001 00 00 0000 0000 0000 00000000
                0000000000000000 0001 0004 00000000",
            element: "0006 0008 00000001",
            minimum: 8,
            aligned: true,
            cover: Some((16, 32)),
            code: ErrorCode::BAD_INSTRUCTION_LENGTH,
            ..*base
        },
    ]
}
