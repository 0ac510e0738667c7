//! Lists in Nicira's messages, and in its actions.

use std::time::{Duration, Instant};

use bytes::Bytes;
use openflow::{ErrorCode, Frame};

use super::List;
use crate::{hex, stamped};

pub(super) fn lists(base: &List) -> Vec<List> {
    let base = List { code: ErrorCode::BAD_PROPERTY_LENGTH, ..*base };
    vec![
        List {
            name: "properties of a packet-in 2",
            head: "04 04 0000 00000007 00002320 0000001e",
            element: "0001 0008 00000040",
            minimum: 8,
            ..base
        },
        List {
            name: "properties of a resume",
            head: "04 04 0000 00000007 00002320 0000001c",
            element: "0063 0004 00000000",
            ..base
        },
        List {
            name: "properties of an async config",
            head: "04 04 0000 00000007 00002320 0000001b",
            element: "0000 0008 00000001",
            minimum: 8,
            ..base
        },
        List {
            name: "fields of a packet-in",
            head: "04 04 0000 00000007 00002320 00000011 00000114 0040 01 02 fedcba9876543210 0000
                000000000000",
            element: "00010004 00000001",
            tail: "0000",
            length_at: 3,
            length_width: 1,
            minimum: 4,
            cover: Some((32, 0)),
            code: ErrorCode::BAD_MATCH_LENGTH,
            ..base
        },
        List {
            name: "fields of a packet-in 2",
            head: "04 04 0000 00000007 00002320 0000001e 0006 0000",
            element: "00010004 00000001",
            tail: "00000000",
            length_at: 3,
            length_width: 1,
            minimum: 4,
            cover: Some((18, 4)),
            code: ErrorCode::BAD_MATCH_LENGTH,
            ..base
        },
    ]
}

/// A list in an action, whose length covers it, as does that of the packet-out's actions.
struct Inner {
    name: &'static str,
    /// The action up to the list, its length left out.
    head: &'static str,
    element: &'static str,
    minimum: usize,
    aligned: bool,
    code: ErrorCode,
}

const INNER: [Inner; 3] = [
    Inner {
        name: "properties of a controller2",
        head: "00002320 0025 000000000000",
        element: "0005 0008 00000001",
        minimum: 8,
        aligned: false,
        code: ErrorCode::BAD_PROPERTY_LENGTH,
    },
    Inner {
        name: "actions of a ct",
        head: "00002320 0023 0001 00000000 0000 ff 000000 0000",
        element: "0012 0008 00000000",
        minimum: 8,
        aligned: true,
        code: ErrorCode::BAD_ACTION_LENGTH,
    },
    Inner {
        name: "actions of a clone",
        head: "00002320 002a 000000000000",
        element: "0000 0010 00000001 ffff 000000000000",
        minimum: 16,
        aligned: true,
        code: ErrorCode::BAD_ACTION_LENGTH,
    },
];

fn packet_out(head: &str, list: &[u8]) -> Bytes {
    let head = hex(head);
    let length = ((4 + head.len() + list.len()) as u16).to_be_bytes();
    let start = hex("04 0d 0000 00000007 ffffffff fffffffd");
    let message =
        [&start, &length[..], &[0; 6], &[0xff, 0xff], &length[..], &head[..], list].concat();
    stamped(&message)
}

#[test]
fn every_list_in_an_action_ends_at_every_bad_length() {
    for Inner { name, head, element, minimum, aligned, code } in INNER {
        let element = hex(element);
        let valid = packet_out(head, &element);
        assert!(Frame::decode(&valid).is_ok(), "{name}: {:?}", Frame::decode(&valid));

        let mut bad = vec![0, 1, minimum - 1, element.len() + 1, 0xffff];
        if aligned {
            bad.extend([minimum + 1, minimum + 7]);
        }
        for length in bad {
            let mut element = element.to_vec();
            element[2..4].copy_from_slice(&(length as u16).to_be_bytes());
            let refusal = Frame::decode(&packet_out(head, &element))
                .expect_err(&format!("{name} with length {length}"));
            assert_eq!(refusal.reply().code, code, "{name} with length {length}: {refusal}");
        }
    }
}

#[test]
fn an_action_full_of_the_smallest_elements_is_read_or_refused_at_once() {
    let spec = "2000 00000002 0000"; // matches in_port with a value of no bits
    let learn = "00002320 0010 000a 0014 0005 0000000000000099 0000 01 00 0000 0000";
    let lists = INNER.iter().map(|inner| (inner.head, inner.element)).chain([(learn, spec)]);
    for (head, element) in lists {
        let element = hex(element);
        let times = (usize::from(u16::MAX) - 64) / element.len();
        let start = Instant::now();
        let _ = Frame::decode(&packet_out(head, &element.repeat(times)));
        assert!(start.elapsed() < Duration::from_secs(1), "{head}");
    }
    assert!(Frame::decode(&packet_out(learn, &hex(spec).repeat(256))).is_ok());
    let refusal = Frame::decode(&packet_out(learn, &hex(spec).repeat(257))).unwrap_err();
    assert!(refusal.to_string().contains("too many"), "{refusal}");
}

/// The count of a list says no more than there are bytes for.
#[test]
fn a_count_beyond_the_action_is_refused() {
    let bundle = |members: &str| {
        format!("00002320 000c 0001 0000 0005 00000002 {members} 0000 00000000 00000000")
    };
    let dec_ttl = |ids: &str| format!("00002320 0015 {ids} 00000000");
    for (head, list) in [
        (bundle("0005"), "0004 0008 000c 0000"),
        (bundle("ffff"), "0004 0008 000c 0000"),
        (dec_ttl("0005"), "0001 0002 0003 0000"),
        (dec_ttl("ffff"), "0001 0002 0003 0000"),
        // What is left of the list is more than padding.
        (dec_ttl("0000"), "0001 0002 0003 0000"),
    ] {
        let refusal = Frame::decode(&packet_out(&head, &hex(list))).expect_err(&head);
        assert_eq!(refusal.reply().code, ErrorCode::BAD_ACTION_LENGTH, "{head}: {refusal}");
    }
}
