//! What is wrong, and what the specification says to answer.

mod multipart;

use bytes::Bytes;
use openflow::{ErrorCode, ErrorMessage, Frame, Xid};

use crate::hex;

/// A packet-out with these actions.
fn packet_out(actions: &str) -> Bytes {
    let length = hex(actions).len();
    hex(&format!(
        "04 0d {:04x} 00000007 ffffffff fffffffd {length:04x} 000000000000 {actions}",
        24 + length
    ))
}

/// A flow-mod that ends with this match and these instructions.
fn flow_mod(command: u8, tail: &str) -> Bytes {
    hex(&format!(
        "04 0e {:04x} 00000007 0000000000000000 0000000000000000 00 {command:02x} 0000 0000 0000
         ffffffff ffffffff ffffffff 0000 0000 {tail}",
        48 + hex(tail).len()
    ))
}

#[test]
fn every_fault_has_its_answer() {
    let any = "0001 0004 00000000";
    let cases = [
        ("a version from the future", hex("07 05 0008 00000007"), ErrorCode::BAD_REQUEST_VERSION),
        ("no version", hex("00 05 0008 00000007"), ErrorCode::BAD_REQUEST_VERSION),
        ("a body where none is due", hex("04 05 0009 00000007 00"), ErrorCode::BAD_REQUEST_LENGTH),
        ("a length beyond the bytes", hex("04 05 0009 00000007"), ErrorCode::BAD_REQUEST_LENGTH),
        (
            "a length short of the bytes",
            hex("04 05 0008 00000007 00"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a role that does not exist",
            hex("04 18 0018 00000007 00000004 00000000 0000000000000000"),
            ErrorCode::ROLE_BAD,
        ),
        (
            "a controller status with a role that does not exist",
            hex("04 04 0020 00000007 0002ba70 00000023 0010 0001 00000004 0200 000000000000"),
            ErrorCode::ROLE_BAD,
        ),
        (
            "a controller status shorter than its fixed part",
            hex("04 04 0020 00000007 0002ba70 00000023 000f 0001 00000001 0200 000000000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a controller status beyond its message",
            hex("04 04 0020 00000007 0002ba70 00000023 0018 0001 00000001 0200 000000000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a controller status before the end of its message",
            hex("04 04 0028 00000007 0002ba70 00000023 0010 0001 00000001 0200 000000000000
                 0000000000000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a short id without its padding",
            hex("04 04 0012 00000007 0002ba70 00000001 0001"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        ("a command that does not exist", flow_mod(5, any), ErrorCode::FLOW_MOD_COMMAND),
        ("a match of the old kind", flow_mod(0, "0000 0004 00000000"), ErrorCode::BAD_MATCH_TYPE),
        (
            "a match without its padding",
            flow_mod(0, "0001 000c 80000004 00000001"),
            ErrorCode::BAD_MATCH_LENGTH,
        ),
        (
            "a field wider than its match",
            flow_mod(0, "0001 000c 80000005 00000001 00000000"),
            ErrorCode::BAD_MATCH_LENGTH,
        ),
        (
            "an in_port of 3 bytes",
            flow_mod(0, "0001 000b 80000003 000001 0000000000"),
            ErrorCode::BAD_MATCH_LENGTH,
        ),
        (
            "a masked value of odd length",
            flow_mod(0, "0001 000b 00010303 000001 0000000000"),
            ErrorCode::BAD_MATCH_LENGTH,
        ),
        (
            "an in_port with a mask",
            flow_mod(0, "0001 0010 80000108 00000001 ffffffff"),
            ErrorCode::BAD_MATCH_MASK,
        ),
        (
            "a value beyond its mask",
            flow_mod(0, "0001 0010 80001908 0a000001 ff000000"),
            ErrorCode::BAD_MATCH_WILDCARDS,
        ),
        (
            "a vlan priority of 4 bits",
            flow_mod(0, "0001 0009 80000e01 08 00000000000000"),
            ErrorCode::BAD_MATCH_VALUE,
        ),
        (
            "a flow label of 21 bits",
            flow_mod(0, "0001 000c 80003804 00100000 00000000"),
            ErrorCode::BAD_MATCH_VALUE,
        ),
        (
            "the same field twice",
            flow_mod(0, "0001 0010 80000a02 0800 80000a02 0800"),
            ErrorCode::BAD_MATCH_DUPLICATE,
        ),
        (
            "an experimenter's field without the experimenter",
            flow_mod(0, "0001 000b ffff0003 000001 0000000000"),
            ErrorCode::BAD_MATCH_LENGTH,
        ),
        (
            "a goto-table that goes on",
            flow_mod(0, &format!("{any} 0001 0010 01 000000 0000000000000000")),
            ErrorCode::BAD_INSTRUCTION_LENGTH,
        ),
        (
            "an action beyond its instruction",
            flow_mod(0, &format!("{any} 0004 0010 00000000 0000 0010 00000001")),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "an output that ends early",
            packet_out("0000 0008 00000001"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "actions beyond the packet-out",
            hex("04 0d 0018 00000007 ffffffff fffffffd 0008 000000000000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "an unknown action of 12 bytes",
            packet_out("0063 000c 0000000000000000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "an unknown instruction of 12 bytes",
            flow_mod(0, &format!("{any} 0063 000c 0000000000000000")),
            ErrorCode::BAD_INSTRUCTION_LENGTH,
        ),
        (
            "a set-field with a mask",
            packet_out("0019 0018 8000070c 020000000000 ff0000000000 00000000"),
            ErrorCode::BAD_ACTION_SET_ARGUMENT,
        ),
        (
            "a set-field of the wrong width",
            packet_out("0019 0010 80000604 02000000 00000000"),
            ErrorCode::BAD_ACTION_SET_LENGTH,
        ),
        (
            "a set-field with a field's worth of padding",
            packet_out("0019 0018 80000606 020000000009 0000 0000000000000000"),
            ErrorCode::BAD_ACTION_SET_LENGTH,
        ),
        (
            "a set-field without a field",
            packet_out("0019 0008 80000606"),
            ErrorCode::BAD_ACTION_SET_LENGTH,
        ),
        (
            "a property of another length than its mask",
            hex("05 1c 0010 00000007 0000 0006 0000 0000"),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "a hello element without its padding",
            hex("05 00 000d 00000007 0009 0005 ff"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
    ];
    for (what, message, code) in cases {
        let refusal = Frame::decode(&message).expect_err(what);
        assert_eq!(refusal.reply().code, code, "{what}: {refusal}");
        assert_eq!(refusal.xid, Xid(7), "{what}");
        assert!(!refusal.loses_framing(), "{what}");
    }
}

#[test]
fn a_refusal_quotes_the_start_of_the_message() {
    let long = hex(&format!("04 05 0100 00000007 {}", "ab".repeat(248)));
    let reply = Frame::decode(&long).unwrap_err().reply();
    assert_eq!(reply.data, long.slice(..ErrorMessage::MAX_QUOTE));
}

#[test]
fn a_message_without_a_whole_header_is_refused() {
    for length in 0..8 {
        let message = Bytes::from(vec![4; length]);
        let refusal = Frame::decode(&message).unwrap_err();
        assert_eq!(refusal.xid, Xid(0));
        assert_eq!(refusal.reply().data, message);
    }
}

#[test]
fn a_refusal_says_what_and_where() {
    let message = packet_out("0000 0008 00000001");
    let refusal = Frame::decode(&message).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "refused a message (type 13, xid 7): action: 2 bytes expected at byte 32, 0 left"
    );
}
