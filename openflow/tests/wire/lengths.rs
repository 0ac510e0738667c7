//! Every list of every message with every bad length, as in CVE-2024-34483 to 34489: a length of
//! zero must end the message, and not the controller.

mod multipart;
mod nicira;
mod version_1_0;
mod version_1_5;

use std::time::{Duration, Instant};

use openflow::{ErrorCode, Frame, Structure};

use crate::{hex, stamped};

/// A list whose elements have a length field.
pub(crate) struct List {
    pub(crate) name: &'static str,
    /// What stands before the list.
    head: &'static str,
    /// One valid element.
    element: &'static str,
    /// What stands after the list.
    tail: &'static str,
    /// Where in the element its length stands, and how many bytes that takes.
    length_at: usize,
    length_width: usize,
    /// The shortest that such an element can say it is.
    minimum: usize,
    /// Whether lengths are multiples of 8.
    aligned: bool,
    /// Length field of the head that covers the list, and what else it covers.
    cover: Option<(usize, usize)>,
    code: ErrorCode,
}

pub(crate) fn lists() -> Vec<List> {
    let base = List {
        name: "",
        head: "",
        element: "",
        tail: "",
        length_at: 2,
        length_width: 2,
        minimum: 4,
        aligned: false,
        cover: None,
        code: ErrorCode::BAD_REQUEST_LENGTH,
    };
    let mut all = vec![
        List {
            name: "hello elements",
            head: "05 00 0000 00000007",
            element: "0001 0008 00000030",
            ..base
        },
        List {
            name: "actions of a packet-out",
            head: "04 0d 0000 00000007 ffffffff fffffffd 0000 000000000000",
            element: "0000 0010 00000001 ffff 000000000000",
            minimum: 16,
            aligned: true,
            cover: Some((16, 0)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..base
        },
        List {
            name: "actions of an instruction",
            head: "04 0e 0000 00000007 0000000000000000 0000000000000000 00 00 0000 0000 0000
                ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000 0004 0000 00000000",
            element: "0012 0008 00000000",
            minimum: 8,
            aligned: true,
            cover: Some((58, 8)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..base
        },
        List {
            name: "instructions of a flow-mod",
            head: "04 0e 0000 00000007 0000000000000000 0000000000000000 00 00 0000 0000 0000
                ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000",
            element: "0006 0008 00000001",
            minimum: 8,
            aligned: true,
            code: ErrorCode::BAD_INSTRUCTION_LENGTH,
            ..base
        },
        List {
            name: "the match of a flow-mod",
            head: "04 0e 0000 00000007 0000000000000000 0000000000000000 00 00 0000 0000 0000
                ffffffff ffffffff ffffffff 0000 0000",
            element: "0001 0008 8000c800",
            code: ErrorCode::BAD_MATCH_LENGTH,
            ..base
        },
        List {
            name: "OXM fields",
            head: "04 0e 0000 00000007 0000000000000000 0000000000000000 00 00 0000 0000 0000
                ffffffff ffffffff ffffffff 0000 0000 0001 0000",
            element: "80000004 00000001",
            tail: "00000000",
            length_at: 3,
            length_width: 1,
            minimum: 4,
            cover: Some((50, 4)),
            code: ErrorCode::BAD_MATCH_LENGTH,
            ..base
        },
        List {
            name: "entries of flow statistics",
            head: "04 13 0000 00000007 0001 0000 00000000",
            element: "0038 0000 00000000 00000000 0000 0000 0000 0000 00000000
                0000000000000000 0000000000000000 0000000000000000 0001 0004 00000000",
            length_at: 0,
            minimum: 56,
            ..base
        },
        List {
            name: "ports of 1.4",
            head: "05 13 0000 00000007 000d 0000 00000000",
            element: "00000001 0028 0000 020000000001 0000 00000000000000000000000000000000
                00000000 00000000",
            length_at: 4,
            minimum: 40,
            ..base
        },
        List {
            name: "properties of a port",
            head: "05 0c 0000 00000007 02 00000000000000 00000001 0000 0000 020000000001 0000
                00000000000000000000000000000000 00000000 00000000",
            element: "0000 0020 00000000 00000000 00000000 00000000 00000000 00000000 00000000",
            minimum: 32,
            cover: Some((20, 40)),
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "properties of async",
            head: "05 1c 0000 00000007",
            element: "0000 0008 00000001",
            minimum: 8,
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "properties of role-status",
            head: "05 1e 0000 00000007 00000003 00 000000 0000000000000006",
            element: "ffff 0008 00000001",
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "properties of role-status in 1.3",
            head: "04 04 0000 00000007 4f4e4600 00000777 00000003 00 000000 0000000000000006",
            element: "ffff 0008 00000001",
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "buckets",
            head: "04 0f 0000 00000007 0000 00 00 00000004",
            element: "0010 0000 ffffffff ffffffff 00000000",
            length_at: 0,
            minimum: 16,
            aligned: true,
            code: ErrorCode::GROUP_MOD_BUCKET,
            ..base
        },
        List {
            name: "actions of a bucket",
            head: "04 0f 0000 00000007 0000 00 00 00000004 0000 0000 ffffffff ffffffff 00000000",
            element: "0012 0008 00000000",
            minimum: 8,
            aligned: true,
            cover: Some((16, 16)),
            code: ErrorCode::BAD_ACTION_LENGTH,
            ..base
        },
        List {
            name: "bands",
            head: "04 1d 0000 00000007 0000 0001 00000005",
            element: "0001 0010 000003e8 00000000 00000000",
            minimum: 16,
            ..base
        },
        List {
            name: "bands that nobody knows",
            head: "04 1d 0000 00000007 0000 0001 00000005",
            element: "ffff 000c 00000001 00000002",
            minimum: 12,
            ..base
        },
        List {
            name: "optical properties of a port",
            head: "05 0c 0000 00000007 02 00000000000000 00000001 0000 0000 020000000001 0000
                00000000000000000000000000000000 00000000 00000000",
            element: "0001 0028 00000000 00000000 00000000 00000000 00000000 00000000 00000000
                00000000 0000 0000",
            minimum: 40,
            cover: Some((20, 40)),
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "properties of a port-mod",
            head: "05 10 0000 00000007 00000003 00000000 020000000001 0000 00000000 00000000",
            element: "0000 0008 00000020",
            minimum: 8,
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "optical properties of a port-mod",
            head: "05 10 0000 00000007 00000003 00000000 020000000001 0000 00000000 00000000",
            element: "0001 0018 00000000 00000000 00000000 00000000 00000000",
            minimum: 24,
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "evictions of a table-mod",
            head: "05 11 0000 00000007 00 000000 00000000",
            element: "0002 0008 00000001",
            minimum: 8,
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "vacancies of a table-mod",
            head: "05 11 0000 00000007 00 000000 00000000",
            element: "0003 0008 14 50 00 00",
            minimum: 8,
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "the table of a table-status",
            head: "05 1f 0000 00000007 03 00000000000000",
            element: "0008 05 00 00000000",
            length_at: 0,
            minimum: 8,
            ..base
        },
        List {
            name: "properties of a table-status",
            head: "05 1f 0000 00000007 03 00000000000000 0000 05 00 00000000",
            element: "0003 0008 14 50 13 00",
            minimum: 8,
            cover: Some((16, 8)),
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "queues",
            head: "04 17 0000 00000007 00000001 00000000",
            element: "00000003 00000001 0010 000000000000",
            length_at: 8,
            minimum: 16,
            ..base
        },
        List {
            name: "properties of a queue",
            head: "04 17 0000 00000007 00000001 00000000 00000003 00000001 0000 000000000000",
            element: "0001 0010 00000000 01f4 000000000000",
            minimum: 16,
            cover: Some((24, 16)),
            ..base
        },
        List {
            name: "properties of a queue that nobody knows",
            head: "04 17 0000 00000007 00000001 00000000 00000003 00000001 0000 000000000000",
            element: "ffff 0008 00000000",
            minimum: 8,
            cover: Some((24, 16)),
            ..base
        },
        List {
            name: "properties of a bundle-control",
            head: "05 21 0000 00000007 00000009 0000 0001",
            element: "ffff 0008 00000001",
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "properties of a bundle-control in 1.3",
            head: "04 04 0000 00000007 4f4e4600 000008fc 00000009 0000 0001",
            element: "ffff 0008 00000001",
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "the message of a bundle-add",
            head: "05 22 0000 00000007 00000009 0000 0001",
            element: "05 0f 0010 00000007 0002 00 00 fffffffc",
            minimum: 16,
            code: ErrorCode::BUNDLE_MESSAGE_LENGTH,
            ..base
        },
        List {
            name: "properties of a bundle-add",
            head: "05 22 0000 00000007 00000009 0000 0001 05 0f 0010 00000007 0002 00 00 fffffffc",
            element: "ffff 0008 00000001",
            code: ErrorCode::BAD_PROPERTY_LENGTH,
            ..base
        },
        List {
            name: "buckets of a group-mod in a bundle",
            head: "05 22 0000 00000007 00000009 0000 0001 05 0f 0000 00000007 0000 00 00 00000004",
            element: "0010 0000 ffffffff ffffffff 00000000",
            length_at: 0,
            minimum: 16,
            aligned: true,
            cover: Some((18, 16)),
            code: ErrorCode::GROUP_MOD_BUCKET,
            ..base
        },
        List {
            name: "the message of a requestforward",
            head: "05 20 0000 00000007",
            element: "05 1d 0010 00000063 0002 0000 00000004",
            minimum: 16,
            code: ErrorCode::BUNDLE_MESSAGE_LENGTH,
            ..base
        },
    ];
    all.extend(multipart::lists(&base));
    all.extend(nicira::lists(&base));
    all.extend(version_1_0::lists(&base));
    all.extend(version_1_5::lists(&base));
    all
}

impl List {
    /// Returns the message with the list holding `element` this many times, the last one saying it
    /// has `length`.
    pub(crate) fn message(&self, times: usize, length: Option<usize>) -> bytes::Bytes {
        let element = hex(self.element);
        let mut message = hex(self.head).to_vec();
        message.extend_from_slice(&element.repeat(times));
        let end = message.len();
        message.extend_from_slice(&hex(self.tail));
        if let Some((at, beside)) = self.cover {
            let covered = (times * element.len() + beside) as u16;
            message[at..at + 2].copy_from_slice(&covered.to_be_bytes());
        }
        if let Some(length) = length {
            let at = end - element.len() + self.length_at;
            let bytes = (length as u16).to_be_bytes();
            message[at..at + self.length_width].copy_from_slice(&bytes[2 - self.length_width..]);
        }
        stamped(&message)
    }
}

#[test]
fn every_list_ends_at_every_bad_length() {
    for list in lists() {
        let name = list.name;
        let valid = list.message(1, None);
        assert!(Frame::decode(&valid).is_ok(), "{name}: {:?}", Frame::decode(&valid));

        let room = hex(list.element).len();
        let mut bad = vec![0, 1, list.minimum - 1, room + 1, 0xffff];
        if list.aligned {
            bad.extend([list.minimum + 1, list.minimum + 7]);
        }
        for length in bad {
            let refusal = Frame::decode(&list.message(1, Some(length)))
                .expect_err(&format!("{name} with length {length}"));
            assert_eq!(refusal.reply().code, list.code, "{name} with length {length}: {refusal}");
        }
    }
}

#[test]
fn a_message_full_of_the_smallest_elements_is_read_or_refused_at_once() {
    for list in lists() {
        let room = usize::from(u16::MAX) - hex(list.head).len() - 64;
        let times = room / hex(list.element).len();
        let message = list.message(times, None);
        let start = Instant::now();
        let _ = Frame::decode(&message);
        let _ = Frame::decode(&list.message(times, Some(0)));
        assert!(start.elapsed() < Duration::from_secs(1), "{}", list.name);
    }
}

#[test]
fn an_open_list_is_bounded() {
    let element = "0009 0004 00000000";
    let hello = |times: usize| {
        Frame::decode(&stamped(&hex(&format!("05 00 0000 00000007 {}", element.repeat(times)))))
    };
    assert!(hello(256).is_ok());
    let refusal = hello(257).unwrap_err();
    assert!(refusal.to_string().contains("too many"), "{refusal}");
    assert_eq!(refusal.reply().code, ErrorCode::BAD_REQUEST_LENGTH);
    assert!(matches!(
        refusal.error,
        openflow::DecodeError::TooMany { structure: Structure::HelloElement, .. }
    ));
}
