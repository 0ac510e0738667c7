//! What may be wrong with Nicira's actions, messages and fields.

use openflow::{ErrorCode, Frame};

use super::{flow_mod, packet_out};
use crate::hex;

#[test]
fn every_fault_has_its_answer() {
    let cases = [
        (
            "a resubmit that goes on",
            packet_out("ffff 0018 00002320 0001 0003 00000000 0000000000000000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "an exit that goes on",
            packet_out("ffff 0018 00002320 0011 000000000000 0000000000000000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "a reg_load that ends early",
            packet_out("ffff 0010 00002320 0007 001f 00010004"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "a reg_load to a masked field",
            packet_out("ffff 0018 00002320 0007 001f 00010104 0000000000000001"),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a reg_load to a field that its header has no room for",
            packet_out("ffff 0018 00002320 0007 001f ffff5608 0000000000000001"),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a reg_load2 of the wrong width",
            packet_out("ffff 0018 00002320 0021 00010702 0005 0000 0000 0000 0000"),
            ErrorCode::BAD_ACTION_SET_LENGTH,
        ),
        (
            "a reg_load2 of a field and more",
            packet_out("ffff 0018 00002320 0021 00003a01 40 00 0000000000000000"),
            ErrorCode::BAD_ACTION_SET_LENGTH,
        ),
        (
            "an experimenter's field shorter than the experimenter",
            packet_out("ffff 0018 00002320 0020 001f ffff ffff5603 4f4e4600 0000"),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a delete_field of 16 bytes",
            packet_out("ffff 0010 00002320 0032 0001507c 0000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "a bundle whose members are not ports",
            packet_out(
                "ffff 0020 00002320 000c 0001 0000 0005 00010004 0000 0000 00000000 00000000",
            ),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a spec that outputs to a value",
            packet_out(&learn("3010 0001 00000000")),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a spec of the kind that is not defined",
            packet_out(&learn("1810 00000002 0000")),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a spec with a bit that is not defined",
            packet_out(&learn("9010 00000002 0000")),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "padding as long as a spec",
            packet_out(&learn("0000000000000000")),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a value beyond its learn",
            packet_out(&learn("23ff 0000 00000000")),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "where to put a result that there is not",
            packet_out(
                "ffff 0028 00002320 002d 000a 0014 0005 0000000000000099 0003 01 00 0002 0004
                 0000000a 0003 0000",
            ),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a nat to a range of a kind that is not defined",
            packet_out("ffff 0010 00002320 0024 0000 0000 0040"),
            ErrorCode::BAD_ACTION_ARGUMENT,
        ),
        (
            "a nat without the addresses that it says it has",
            packet_out("ffff 0010 00002320 0024 0000 0001 0001"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "an action beyond its clone",
            packet_out("ffff 0018 00002320 002a 000000000000 0012 0010 00000000"),
            ErrorCode::BAD_ACTION_LENGTH,
        ),
        (
            "a role that does not exist",
            hex("04 04 0014 00000007 00002320 0000000a 00000003"),
            ErrorCode::ROLE_BAD,
        ),
        (
            "a controller id without its padding",
            hex("04 04 0012 00000007 00002320 00000014 0001"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a flow age with a body",
            hex("04 04 0018 00000007 00002320 00000012 0000000000000000"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a map that ends early",
            hex("04 04 001c 00000007 00002320 00000018 0000 000000000000 ffff 01 04"),
            ErrorCode::BAD_REQUEST_LENGTH,
        ),
        (
            "a packet-in whose fields go beyond it",
            hex("04 04 0028 00000007 00002320 00000011 00000114 0040 01 02 fedcba9876543210 0012
                 000000000000"),
            ErrorCode::BAD_MATCH_LENGTH,
        ),
        (
            "a reason of two bytes",
            hex("04 04 0018 00000007 00002320 0000001e 0005 0006 0100 0000"),
            ErrorCode::BAD_PROPERTY_LENGTH,
        ),
        (
            "a register of 8 bytes",
            flow_mod(0, "0001 0010 00010008 0000000000000001"),
            ErrorCode::BAD_MATCH_LENGTH,
        ),
        (
            "a connection's zone with a mask",
            flow_mod(0, "0001 000c 0001d504 0005 ffff 00000000"),
            ErrorCode::BAD_MATCH_MASK,
        ),
        (
            "TCP flags of 13 bits",
            flow_mod(0, "0001 000e ffff5406 4f4e4600 1000 0000"),
            ErrorCode::BAD_MATCH_VALUE,
        ),
        (
            "a register's value beyond its mask",
            flow_mod(0, "0001 0010 00010108 00000100 000000ff"),
            ErrorCode::BAD_MATCH_WILDCARDS,
        ),
    ];
    for (what, message, code) in cases {
        let refusal = Frame::decode(&message).expect_err(what);
        assert_eq!(refusal.reply().code, code, "{what}: {refusal}");
    }
}

/// A learn with this of its specs.
fn learn(spec: &str) -> String {
    format!("ffff 0028 00002320 0010 000a 0014 0005 0000000000000099 0000 01 00 0000 0000 {spec}")
}
