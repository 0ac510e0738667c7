//! The lists of OpenFlow 1.5.

use openflow::ErrorCode;

use super::List;

pub(super) fn lists(base: &List) -> Vec<List> {
    let mut all = commands(base);
    all.extend(properties(base));
    all.extend(multipart(base));
    all
}

fn commands(base: &List) -> Vec<List> {
    vec![
        List {
            name: "buckets of 1.5",
            head: "06 0f 0000 00000007 0000 00 00 00000004 0000 0000 ffffffff",
            element: "0008 0000 00000000",
            length_at: 0,
            minimum: 8,
            aligned: true,
            cover: Some((16, 0)),
            code: ErrorCode::GROUP_MOD_BUCKET,
            ..*base
        },
        List {
            name: "actions of a bucket of 1.5",
            head: "06 0f 0000 00000007 0000 00 00 00000004 0010 0000 ffffffff 0010 0000 00000000",
            element: "0012 0008 00000000",
            minimum: 8,
            aligned: true,
            cover: Some((26, 0)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..*base
        },
        List {
            name: "the match of a packet-out",
            head: "06 0d 0000 00000007 ffffffff 0000 0000",
            element: "0001 000c 80000004 00000001 00000000",
            code: ErrorCode::BAD_MATCH_LENGTH,
            ..*base
        },
        List {
            name: "copy-fields of a packet-out",
            head: "06 0d 0000 00000007 ffffffff 0000 0000 0001 000c 80000004 00000001 00000000",
            element: "001c 0018 0020 0000 0000 0000 80000606 80000806 00000000",
            minimum: 24,
            aligned: true,
            cover: Some((12, 0)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..*base
        },
        List {
            name: "triggers of a flow-mod",
            head: "06 0e 0000 00000007 0000000000000000 0000000000000000 00 00 0000 0000 0000
                ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000",
            element: "0007 0018 00000001 0000 0010 80020808 0000000000000001",
            minimum: 24,
            aligned: true,
            code: ErrorCode::BAD_INSTRUCTION_LENGTH,
            ..*base
        },
        List {
            name: "thresholds of a trigger",
            head: "06 0e 0000 00000007 0000000000000000 0000000000000000 00 00 0000 0000 0000
                ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000 0007 0018 00000001 0000 0000",
            element: "80020808 0000000000000001",
            length_at: 3,
            length_width: 1,
            minimum: 8,
            cover: Some((66, 4)),
            code: ErrorCode::BAD_INSTRUCTION_LENGTH,
            ..*base
        },
        List {
            name: "statistics of a flow-removed",
            head: "06 0b 0000 00000007 01 02 0007 003c 0000 0000000000001234 0001 0004 00000000",
            element: "0000 000c 80020604 00000001 00000000",
            ..*base
        },
        List {
            name: "a controller-status",
            head: "06 23 0000 00000007",
            element: "0010 0001 00000001 00 00 000000000000",
            length_at: 0,
            minimum: 16,
            ..*base
        },
    ]
}

fn properties(base: &List) -> Vec<List> {
    let base = List { code: ErrorCode::BAD_PROPERTY_LENGTH, ..*base };
    let port = "06 0c 0000 00000007 02 00000000000000 00000001 0000 0000 020000000001 0000
        00000000000000000000000000000000 00000000 00000000";
    let table = "06 12 0000 00000007 000c 0000 00000000 0000 01 00 00000000
        0000000000000000000000000000000000000000000000000000000000000000
        0000000000000000 0000000000000000 00000000 00000000";
    vec![
        List {
            name: "properties of a bucket",
            head: "06 0f 0000 00000007 0000 00 00 00000004 0010 0000 ffffffff 0010 0000 00000000",
            element: "0000 0008 0064 0000",
            minimum: 8,
            ..base
        },
        List {
            name: "properties of a group-mod",
            head: "06 0f 0000 00000007 0000 00 00 00000004 0000 0000 ffffffff",
            element: "ffff 0008 00000001",
            ..base
        },
        List {
            name: "properties of a described group",
            head: "06 13 0000 00000007 0007 0000 00000000 0000 00 00 00000001 0000 000000000000",
            element: "ffff 0008 00000001",
            cover: Some((16, 16)),
            ..base
        },
        List {
            name: "times of a bundle-control",
            head: "06 21 0000 00000007 00000009 0004 0004",
            element: "0001 0018 00000000 0000000000000001 00000002 00000000",
            minimum: 24,
            ..base
        },
        List {
            name: "pipeline fields of a port",
            head: port,
            element: "0002 0008 80000408",
            cover: Some((20, 40)),
            ..base
        },
        List {
            name: "ports that a port recirculates to",
            head: port,
            element: "0004 0008 00000003",
            cover: Some((20, 40)),
            ..base
        },
        List {
            name: "fields that a table copies",
            head: table,
            element: "0012 0008 80000606",
            cover: Some((16, 64)),
            ..base
        },
        List {
            name: "types of packet that a table takes",
            head: table,
            element: "0016 000c 80005804 00010800 00000000",
            cover: Some((16, 64)),
            ..base
        },
        List {
            name: "properties of a controller",
            head: "06 13 0000 00000007 0012 0000 00000000 0000 0001 00000001 00 00 000000000000",
            element: "0000 0009 7463703a31 00000000000000",
            cover: Some((16, 16)),
            ..base
        },
        List {
            name: "tolerances to set",
            head: "06 12 0000 00000007 0013 0000 00000000 00000002 00000000",
            element: "0001 0048 00000000 0000000000000000 00000000 00000000
                0000000000000000 00000000 00000000 0000000000000000 00000000 00000000
                0000000000000000 00000000 00000000",
            minimum: 72,
            ..base
        },
        List {
            name: "tolerances",
            head: "06 13 0000 00000007 0013 0000 00000000 0007 000000000000",
            element: "0001 0048 00000000 0000000000000000 00000000 00000000
                0000000000000000 00000000 00000000 0000000000000000 00000000 00000000
                0000000000000000 00000000 00000000",
            minimum: 72,
            ..base
        },
    ]
}

fn multipart(base: &List) -> Vec<List> {
    vec![
        List {
            name: "flows of 1.5",
            head: "06 13 0000 00000007 0001 0000 00000000",
            element: "0028 0000 00 00 0000 0000 0000 0000 0000 0000000000000000 0001 0004 00000000
                0000 0004 00000000",
            length_at: 0,
            minimum: 40,
            ..*base
        },
        List {
            name: "fields of an aggregate",
            head: "06 13 0000 00000007 0002 0000 00000000 0000 0000",
            element: "80020604 00000001",
            tail: "00000000",
            length_at: 3,
            length_width: 1,
            cover: Some((18, 4)),
            ..*base
        },
        List {
            name: "flows' counters",
            head: "06 13 0000 00000007 0011 0000 00000000",
            element: "0018 0000 00 00 0000 0001 0004 00000000 0000 0004 00000000",
            length_at: 0,
            minimum: 24,
            ..*base
        },
        List {
            name: "groups of 1.5",
            head: "06 13 0000 00000007 0007 0000 00000000",
            element: "0010 00 00 00000001 0000 000000000000",
            length_at: 0,
            minimum: 16,
            ..*base
        },
        List {
            name: "controllers",
            head: "06 13 0000 00000007 0012 0000 00000000",
            element: "0010 0001 00000001 00 00 000000000000",
            length_at: 0,
            minimum: 16,
            ..*base
        },
    ]
}
