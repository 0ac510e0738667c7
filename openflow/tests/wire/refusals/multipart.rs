//! What is wrong in multipart messages.

use bytes::Bytes;
use openflow::{DecodeError, ErrorCode, Frame, Structure};

use crate::{hex, stamped};

/// A multipart message of this version, 4 or 5: a request or a reply with this type and body.
fn message(version: u8, message_type: u8, kind: u16, body: &str) -> Bytes {
    let head = hex(&format!("0000 00000007 {kind:04x} 0000 00000000"));
    stamped(&[&[version, message_type], &head[..], &hex(body)[..]].concat())
}

fn request(version: u8, kind: u16, body: &str) -> Bytes {
    message(version, 0x12, kind, body)
}

fn reply(version: u8, kind: u16, body: &str) -> Bytes {
    message(version, 0x13, kind, body)
}

/// A request to set the features of one table, with these properties.
fn table_features(version: u8, properties: &str) -> Bytes {
    let length = 64 + hex(properties).len();
    let zeroes = "00".repeat(56);
    request(version, 12, &format!("{length:04x} 01 0000000000 {zeroes} {properties}"))
}

#[test]
fn every_fault_in_a_multipart_message_has_its_answer() {
    let cases = [
        (
            "a body where none is due",
            request(4, 7, "00000001 00000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        ("a port without its padding", request(4, 4, "ffffffff"), ErrorCode::BAD_REQUEST_LENGTH),
        (
            "a group that goes on",
            request(5, 6, "fffffffc 00000000 00"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "an experimenter's request without a type",
            request(4, 0xffff, "00002320"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a monitor command that does not exist",
            request(5, 16, "00000001 ffffffff ffffffff 0000 ff 03 0001 0004 00000000"),
            ErrorCode::FLOW_MONITOR_COMMAND,
        ),
        (
            "a monitor that ends before its command",
            request(5, 16, "00000001 ffffffff ffffffff 0000 ff"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a monitor without a match",
            request(5, 16, "00000001 ffffffff ffffffff 0000 ff 00"),
            ErrorCode::BAD_MATCH_LENGTH,
        ),
        (
            "the last port cut short",
            reply(4, 4, &"00".repeat(112 + 111)),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "the last queue cut short",
            reply(4, 5, &"00".repeat(40 + 39)),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "half the counters of a bucket",
            reply(4, 6, &format!("0030 {}", "00".repeat(46))),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a group of a type that does not exist",
            reply(4, 7, "0008 04 00 00000001"),
            ErrorCode::GROUP_MOD_TYPE,
        ),
        (
            "a band that goes on",
            reply(4, 10, "001c 0001 00000001 0001 0014 00000001 00000000 00000000 00000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a rate without its padding",
            reply(5, 15, "00000001 00000002 0018 000000000000 0001 0006 0064 0000"),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "a vacancy without its padding",
            reply(5, 14, "0010 01 00 00000000 0003 0007 145032 00"),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "a pause that goes on",
            reply(5, 16, "0010 0005 00000000 0000000000000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "half a field in 1.3",
            table_features(4, "0008 0006 8000 0000"),
            ErrorCode::TABLE_FEATURES_LENGTH,
        ),
        (
            "half a field in 1.4",
            table_features(5, "0008 0006 8000 0000"),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "an experimenter's field without the experimenter",
            table_features(4, "0008 0008 ffff0206"),
            ErrorCode::TABLE_FEATURES_LENGTH,
        ),
        (
            "a property without its padding",
            table_features(4, "0002 0005 01"),
            ErrorCode::TABLE_FEATURES_LENGTH,
        ),
        (
            "an action shorter than its header",
            table_features(4, "0004 0008 0000 0003"),
            ErrorCode::TABLE_FEATURES_LENGTH,
        ),
        (
            "an instruction beyond its property",
            table_features(5, "0000 0008 0001 0008"),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
    ];
    for (what, message, code) in cases {
        let refusal = Frame::decode(&message).expect_err(what);
        assert_eq!(refusal.reply().code, code, "{what}: {refusal}");
    }
}

#[test]
fn the_lists_of_table_features_are_bounded() {
    let properties =
        |times| Frame::decode(&table_features(4, &"0002 0005 01 000000".repeat(times)));
    let headers = |kind: u16, header: &str, times: usize| {
        let length = 4 + 4 * times;
        let padding = "00".repeat(length.next_multiple_of(8) - length);
        let property = format!("{kind:04x} {length:04x} {} {padding}", header.repeat(times));
        Frame::decode(&table_features(4, &property))
    };
    assert!(properties(256).is_ok());
    assert!(headers(6, "0000 0004", 256).is_ok());
    assert!(headers(8, "80000606", 256).is_ok());
    let refused = [properties(257), headers(6, "0000 0004", 257), headers(8, "80000606", 257)];
    for refusal in refused.map(Result::unwrap_err) {
        assert_eq!(refusal.reply().code, ErrorCode::TABLE_FEATURES_LENGTH);
        let structure = Structure::TableFeatureProperty;
        assert!(
            matches!(refusal.error, DecodeError::TooMany { structure: s, .. } if s == structure),
            "{refusal}"
        );
    }
}
