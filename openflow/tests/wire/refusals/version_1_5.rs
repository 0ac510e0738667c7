//! What is wrong in OpenFlow 1.5.

use openflow::{DecodeError, ErrorCode, Frame, Structure, Xid};

use crate::{hex, stamped};

/// A flow-mod of 1.5 with this version byte and these instructions.
fn flow_mod(version: u8, instructions: &str) -> bytes::Bytes {
    stamped(&hex(&format!(
        "{version:02x} 0e 0000 00000007 0000000000000000 0000000000000000 00 00 0000 0000 0000
         ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000 {instructions}"
    )))
}

/// Actions to apply.
fn apply(actions: &str) -> String {
    format!("0004 {:04x} 00000000 {actions}", 8 + hex(actions).len())
}

#[test]
fn every_fault_of_1_5_has_its_answer() {
    let in_port = "0001 000c 80000004 00000001 00000000";
    let packet_out = |rest: &str| stamped(&hex(&format!("06 0d 0000 00000007 ffffffff {rest}")));
    let group_mod = |rest: &str| stamped(&hex(&format!("06 0f 0000 00000007 {rest}")));
    let multipart = |head: &str, rest: &str| stamped(&hex(&format!("{head} 0000 00000007 {rest}")));
    let zeroes = "00".repeat(56);
    let table = |properties: &str, command: u8| {
        let length = 64 + hex(properties).len();
        let table = format!("{length:04x} 01 {command:02x} 00000000 {zeroes} {properties}");
        multipart("06 12", &format!("000c 0000 00000000 {table}"))
    };
    let cases = [
        (
            "a packet-out without its port",
            packet_out("0000 0000 0001 0004 00000000"),
            ErrorCode::BAD_REQUEST_PORT,
        ),
        (
            "a packet-out with an Ethernet type",
            packet_out("0000 0000 0001 0012 80000004 00000001 80000a02 0800 000000000000"),
            ErrorCode::BAD_REQUEST_PIPELINE_FIELDS,
        ),
        (
            "actions beyond the packet-out",
            packet_out(&format!("0008 0000 {in_port}")),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "a packet-out in the form of 1.4",
            packet_out("fffffffd 0000 000000000000"),
            ErrorCode::BAD_MATCH_TYPE,
        ),
        (
            "a group command that nobody has",
            group_mod("0004 00 00 00000004 0000 0000 ffffffff"),
            ErrorCode::GROUP_MOD_COMMAND,
        ),
        (
            "a command for buckets in 1.4",
            stamped(&hex("05 0f 0000 00000007 0003 00 00 00000004")),
            ErrorCode::GROUP_MOD_COMMAND,
        ),
        (
            "a group-mod in the form of 1.4",
            group_mod("0002 00 00 fffffffc"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "buckets beyond the group-mod",
            group_mod("0000 00 00 00000004 0008 0000 ffffffff"),
            ErrorCode::GROUP_MOD_BUCKET,
        ),
        (
            "actions beyond the bucket",
            group_mod("0000 00 00 00000004 0008 0000 ffffffff 0008 0008 00000000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "two weights of a bucket",
            group_mod(
                "0000 01 00 00000004 0018 0000 ffffffff 0018 0000 00000000
                 0000 0008 0001 0000 0000 0008 0002 0000",
            ),
            ErrorCode::BAD_PROPERTY_DUPLICATE,
        ),
        (
            "a weight without its padding",
            group_mod(
                "0000 01 00 00000004 0010 0000 ffffffff 0010 0000 00000000 0000 0006 0001 0000",
            ),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "a set-field with a mask where none can be",
            flow_mod(6, &apply("0019 0010 80000108 00000001 ffffffff")),
            ErrorCode::BAD_ACTION_SET_MASK,
        ),
        (
            "a set-field of bits that its mask excludes",
            flow_mod(6, &apply("0019 0010 80001908 0a000001 ff000000")),
            ErrorCode::BAD_ACTION_SET_MASK,
        ),
        (
            "a set-field with a mask in 1.4",
            flow_mod(5, &apply("0019 0010 80001908 0a000000 ff000000")),
            ErrorCode::BAD_ACTION_SET_ARGUMENT,
        ),
        (
            "a copy-field with a mask",
            flow_mod(6, &apply("001c 0018 0020 0000 0000 0000 80000706 80000806 00000000")),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a copy-field to nowhere",
            flow_mod(6, &apply("001c 0010 0020 0000 0000 0000 80000606")),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "a meter that goes on",
            flow_mod(6, &apply("001d 0010 00000005 0000000000000000")),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "a trigger without thresholds",
            flow_mod(6, "0007 0008 00000001"),
            ErrorCode::BAD_INSTRUCTION_LENGTH,
        ),
        (
            "a threshold of the wrong width",
            flow_mod(6, "0007 0018 00000001 0000 000c 80020804 00000001 00000000"),
            ErrorCode::BAD_INSTRUCTION_LENGTH,
        ),
        (
            "a flow-removed without statistics",
            stamped(&hex(
                "06 0b 0000 00000007 01 02 0007 003c 0000 0000000000001234 0001 0004 00000000",
            )),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a role that does not exist",
            stamped(&hex("06 18 0000 00000007 00000004 0001 0000 0000000000000000")),
            ErrorCode::ROLE_BAD,
        ),
        (
            "two controllers in a controller-status",
            stamped(&hex(&format!(
                "06 23 0000 00000007 {}",
                "0010 0001 00000001 00 00 000000000000".repeat(2)
            ))),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a message of 1.4 in a bundle",
            stamped(&hex(
                "06 22 0000 00000007 00000009 0000 0001 05 0f 0010 00000007 0002 00 00 00000004",
            )),
            ErrorCode::BAD_REQUEST_VERSION,
        ),
        (
            "a time without its padding",
            stamped(&hex("06 21 0000 00000007 00000009 0004 0004
                 0001 0014 00000000 0000000000000001 00000002 00000000")),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "a port-desc request without a port",
            multipart("06 12", "000d 0000 00000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a port-desc request with a port in 1.4",
            multipart("05 12", "000d 0000 00000000 ffffffff 00000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a group-desc request with a group in 1.4",
            multipart("05 12", "0007 0000 00000000 fffffffc 00000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "half the features of meters",
            multipart("06 13", "000b 0000 00000000 00000100 00000006 0000000f 08020000 00000001"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a flow's counters that go on",
            multipart(
                "06 13",
                "0011 0000 00000000 0020 0000 02 00 0003 0001 0004 00000000
                 0000 0004 00000000 0000000000000000",
            ),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        ("a command for tables that nobody has", table("", 4), ErrorCode::TABLE_FEATURES_COMMAND),
        (
            "a type of packet of 2 bytes",
            table("0016 000a 80005802 0001 000000000000", 0),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "a type of packet with a mask",
            table("0016 0010 80005908 00010800 ffffffff", 0),
            ErrorCode::BAD_PROPERTY_VALUE,
        ),
        ("half a field to copy", table("0012 0006 8000 0000", 0), ErrorCode::BAD_PROPERTY_LENGTH),
    ];
    for (what, message, code) in cases {
        let refusal = Frame::decode(&message).expect_err(what);
        assert_eq!(refusal.reply().code, code, "{what}: {refusal}");
        assert_eq!(refusal.xid, Xid(7), "{what}");
    }
}

#[test]
fn the_lists_of_1_5_are_bounded() {
    let buckets = |times: usize| {
        let length = 8 * times;
        let head = format!("06 0f 0000 00000007 0000 00 00 00000004 {length:04x} 0000 ffffffff");
        Frame::decode(&stamped(
            &[&hex(&head)[..], &hex("0008 0000 00000000").repeat(times)].concat(),
        ))
    };
    assert!(buckets(4096).is_ok());
    let refusal = buckets(4097).unwrap_err();
    assert_eq!(refusal.reply().code, ErrorCode::GROUP_MOD_BUCKET);
    assert!(matches!(refusal.error, DecodeError::TooMany { structure: Structure::Bucket, .. }));

    let fields = |times: usize| {
        let length = 4 + 4 * times;
        let padding = vec![0; length.next_multiple_of(8) - length];
        let head = format!("06 13 0000 00000007 0002 0000 00000000 0000 {length:04x}");
        let fields = hex("80021200").repeat(times);
        Frame::decode(&stamped(&[&hex(&head)[..], &fields, &padding].concat()))
    };
    assert!(fields(256).is_ok());
    assert!(matches!(fields(257).unwrap_err().error, DecodeError::TooMany { .. }));
}
