//! What is wrong, and what the specification says to answer.

mod multipart;

use bytes::Bytes;
use openflow::{ErrorCode, ErrorMessage, Frame, Xid};

use crate::hex;

mod nicira;
mod version_1_0;
mod version_1_5;

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
        assert_refused(what, &message, code);
    }
}

fn assert_refused(what: &str, message: &Bytes, code: ErrorCode) {
    let refusal = Frame::decode(message).expect_err(what);
    assert_eq!(refusal.reply().code, code, "{what}: {refusal}");
    assert_eq!(refusal.xid, Xid(7), "{what}");
    assert!(!refusal.loses_framing(), "{what}");
}

#[test]
fn every_fault_of_a_change_has_its_answer() {
    let cases = [
        (
            "a group command of the future",
            "04 0f 0010 00000007 0003 00 00 00000004",
            ErrorCode::GROUP_MOD_COMMAND,
        ),
        (
            "a group of no type",
            "04 0f 0010 00000007 0000 04 00 00000004",
            ErrorCode::GROUP_MOD_TYPE,
        ),
        (
            "a bucket of 20 bytes",
            "04 0f 0024 00000007 0000 00 00 00000004
             0014 0000 ffffffff ffffffff 00000000 00000000",
            ErrorCode::GROUP_MOD_BUCKET,
        ),
        (
            "a bucket beyond the group-mod",
            "04 0f 0020 00000007 0000 00 00 00000004 0018 0000 ffffffff ffffffff 00000000",
            ErrorCode::GROUP_MOD_BUCKET,
        ),
        (
            "a meter command of the future",
            "04 1d 0010 00000007 0003 0001 00000004",
            ErrorCode::METER_MOD_COMMAND,
        ),
        (
            "a drop band that goes on",
            "04 1d 0024 00000007 0000 0001 00000004 0001 0014 00000001 00000000 00000000 00000000",
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a port-mod of 1.3 in the form of 1.4",
            "04 10 0020 00000007 00000003 00000000 020000000001 0000 00000001 00000001",
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a port-mod of 1.4 in the form of 1.3",
            "05 10 0028 00000007 00000003 00000000 020000000001 0000 00000001 00000001
             00000020 00000000",
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "a table-mod of 1.3 with a property",
            "04 11 0018 00000007 02 000000 00000000 0002 0008 00000001",
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "queues of 1.3 with a property of 1.4",
            "04 17 0028 00000007 00000001 00000000 00000003 00000001 0018 000000000000
             0001 0008 01f4 0000",
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
    ];
    for (what, message, code) in cases {
        assert_refused(what, &hex(message), code);
    }
}

/// A bundle-add of 1.4 that holds this, its length in place of `LLLL`.
fn bundle_add(held: &str) -> Bytes {
    let length = hex(&held.replace("LLLL", "0000")).len();
    let held = held.replace("LLLL", &format!("{length:04x}"));
    hex(&format!("05 22 {:04x} 00000007 00000009 0000 0001 {held}", 16 + length))
}

#[test]
fn every_fault_of_a_bundle_has_its_answer() {
    let control = "05 21 LLLL 00000007 00000009 0000 0001";
    let group_mod = "05 0f 0010 00000007 0002 00 00 00000004";
    let cases = [
        (
            "a bundle-control of no type",
            hex("05 21 0010 00000007 00000009 0008 0001"),
            ErrorCode::BUNDLE_TYPE,
        ),
        ("no message", bundle_add(""), ErrorCode::BUNDLE_MESSAGE_LENGTH),
        ("half a header", bundle_add("05 0f 0010"), ErrorCode::BUNDLE_MESSAGE_LENGTH),
        (
            "another version",
            bundle_add("04 0f LLLL 00000007 0002 00 00 00000004"),
            ErrorCode::BAD_REQUEST_VERSION,
        ),
        (
            "another transaction",
            bundle_add("05 0f LLLL 00000008 0002 00 00 00000004"),
            ErrorCode::BUNDLE_MESSAGE_XID,
        ),
        (
            "a message that goes on",
            bundle_add("05 14 LLLL 00000007 00000000"),
            ErrorCode::BUNDLE_MESSAGE_LENGTH,
        ),
        (
            "padding before no property",
            bundle_add("05 63 0009 00000007 ab 00000000000000"),
            ErrorCode::BUNDLE_MESSAGE_LENGTH,
        ),
        (
            "less than the padding",
            bundle_add("05 63 0009 00000007 ab 0000"),
            ErrorCode::BUNDLE_MESSAGE_LENGTH,
        ),
        (
            "a fault of the message inside",
            bundle_add("05 0f LLLL 00000007 0003 00 00 00000004"),
            ErrorCode::GROUP_MOD_COMMAND,
        ),
        ("a hello", bundle_add("05 00 LLLL 00000007"), ErrorCode::BUNDLE_MESSAGE_UNSUPPORTED),
        ("an answer", bundle_add("05 15 LLLL 00000007"), ErrorCode::BUNDLE_MESSAGE_UNSUPPORTED),
        ("another control", bundle_add(control), ErrorCode::BUNDLE_MESSAGE_UNSUPPORTED),
        (
            "another bundle-add",
            bundle_add(&format!("05 22 LLLL 00000007 00000009 0000 0001 {group_mod}")),
            ErrorCode::BUNDLE_MESSAGE_UNSUPPORTED,
        ),
        (
            "a request forwarded",
            bundle_add(&format!("05 20 LLLL 00000007 {group_mod}")),
            ErrorCode::BUNDLE_MESSAGE_UNSUPPORTED,
        ),
        (
            "a bundle-add forwarded",
            hex(&format!("05 20 0028 00000007 05 22 0020 00000007 00000009 0000 0001 {group_mod}")),
            ErrorCode::BUNDLE_MESSAGE_UNSUPPORTED,
        ),
        (
            "a barrier forwarded",
            hex("05 20 0010 00000007 05 14 0008 00000007"),
            ErrorCode::BAD_REQUEST_TYPE,
        ),
        (
            "a forwarded request and more",
            hex(&format!("05 20 0020 00000007 {group_mod} 0000000000000000")),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
    ];
    for (what, message, code) in cases {
        assert_refused(what, &message, code);
    }
}

#[test]
fn in_1_3_faults_of_bundles_are_the_onfs() {
    let cases = [
        ("a control of no type", "0018", "000008fc 00000009 0008 0001", 2306),
        (
            "a bundle in a bundle",
            "0038",
            "000008fd 00000009 0000 0001
             04 04 0020 00000007 4f4e4600 000008fd 00000009 0000 0001 04 14 0008 00000007",
            2310,
        ),
        (
            "a control in a bundle",
            "0030",
            "000008fd 00000009 0000 0001
             04 04 0018 00000007 4f4e4600 000008fc 00000009 0000 0001",
            2310,
        ),
    ];
    for (what, length, body, code) in cases {
        let message = hex(&format!("04 04 {length} 00000007 4f4e4600 {body}"));
        assert_refused(what, &message, ErrorCode { kind: ErrorCode::EXPERIMENTER, code });
        let reply = Frame::decode(&message).unwrap_err().reply();
        assert_eq!(reply.data[..4], hex("4f4e4600"), "{what}");
        assert_eq!(reply.data[4..], message, "{what}");
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
