//! Against Open vSwitch: its own extensions.

use std::process::Command;

use bytes::Bytes;
use openflow::nicira::{MAX_NESTING, ShortPort};
use openflow::{
    Action, Field, FieldId, Frame, Instruction, Match, Message, NiciraAction, PacketOut, Version,
    Xid, key, nxm,
};

use crate::open_vswitch::ofctl;
use crate::vectors::nicira::actions;
use crate::vectors::vectors;
use crate::{encoded, hex, to_hex};

/// `nicira_flows.txt` has a flow as `ovs-ofctl` takes it, and the flow-mod that it sends for it, in turn.
#[test]
fn flows_of_ovs_ofctl_are_read_to_the_last_action_and_written_again() {
    let mut lines = include_str!("nicira_flows.txt").lines().filter(|line| !line.starts_with('#'));
    let mut read = 0;
    while let (Some(flow), Some(bytes)) = (lines.next(), lines.next()) {
        let frame =
            Frame::decode(&hex(bytes)).unwrap_or_else(|refusal| panic!("{flow}: {refusal}"));
        assert_eq!(to_hex(&encoded(&frame)), bytes, "{flow}");
        let Message::FlowMod(flow_mod) = frame.message else { panic!("{flow}") };
        for instruction in &flow_mod.instructions {
            if let Instruction::ApplyActions(actions) = instruction {
                assert!(actions.iter().all(is_known), "{flow}: {actions:?}");
            }
        }
        read += 1;
    }
    assert!(read >= 59, "{read}");
}

fn is_known(action: &Action) -> bool {
    match action {
        Action::Unknown(_) => false,
        Action::Nicira(action) => match &**action {
            NiciraAction::Clone(actions) => actions.iter().all(is_known),
            NiciraAction::Ct(conntrack) => conntrack.actions.iter().all(is_known),
            _ => true,
        },
        _ => true,
    }
}

#[test]
fn a_switch_reads_every_action_as_we_mean_it() {
    let Some(ofctl) = ofctl() else { return };
    let mut wrong = Vec::new();
    for (_, action, text) in actions() {
        if text.is_empty() {
            continue;
        }
        let message = PacketOut::new(vec![Action::Nicira(Box::new(action))], Bytes::new());
        let message = Message::PacketOut(message);
        let bytes = encoded(&Frame { version: Version::V1_3, xid: Xid(7), message });
        let output = Command::new(ofctl).args(["ofp-print", &to_hex(&bytes)]).output().unwrap();
        let expected = format!(
            "OFPT_PACKET_OUT (OF1.3) (xid=0x7): in_port=CONTROLLER actions={text} data_len=0"
        );
        let printed = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if printed != expected {
            wrong.push((printed, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Messages are known to Open vSwitch by the same names.
#[test]
fn a_switch_reads_every_message_as_we_mean_it() {
    let Some(ofctl) = ofctl() else { return };
    let mut read = 0;
    for vector in vectors() {
        let Message::Nicira(message) = &vector.frame.message else { continue };
        let name = message.type_name();
        // For OpenFlow 1.0 to 1.2 alone; and a resume with a property that nobody knows.
        let not_here = name.starts_with("NXT_FLOW_MONITOR") || name == "NXT_SET_FLOW_FORMAT";
        if not_here || name == "NXT_RESUME" {
            continue;
        }
        let output = Command::new(ofctl).args(["ofp-print", &to_hex(&vector.bytes)]).output();
        let printed = String::from_utf8(output.unwrap().stdout).unwrap();
        let version = match vector.frame.version {
            Version::V1_0 => String::new(),
            version => format!("(OF{version}) "),
        };
        assert!(printed.starts_with(&format!("{name} {version}(xid=0x7)")), "{printed}");
        assert!(!printed.contains("error"), "{printed}");
        if name == "NXT_PACKET_IN2" {
            assert!(printed.contains(PACKET_IN_2), "{printed}");
        }
        read += 1;
    }
    assert!(read >= 13, "{read}");
}

const PACKET_IN_2: &str = "\
    table_id=2 cookie=0xfedcba9876543210 total_len=64 reg1=0x5,in_port=3 (via action) data_len=14 \
    buffer=0x00000114\n userdata=01.02\n continuation.bridge=03020100-0706-0504-0b0a-09080f0e0d0c";

#[test]
fn fields_are_printed_by_the_names_that_ovs_ofctl_has() {
    let tun_metadata = FieldId { number: 41, ..nxm::REG0.id() };
    let fields = Match::any()
        .with(key::IN_PORT, openflow::PortNo(1))
        .with(nxm::REG0, 5)
        .with_masked(nxm::REG15, 1, 0xff)
        .with(nxm::TUN_ID, 7)
        .with(nxm::TUN_IPV4_DST, [10, 0, 0, 1].into())
        .with_masked(nxm::CT_STATE, 0x21, 0x21)
        .with(nxm::CT_LABEL, 1 << 100)
        .with(nxm::XREG1, 9)
        .with(nxm::ONF_TCP_FLAGS, 2)
        .with(nxm::ACTSET_OUTPUT, openflow::PortNo::LOCAL)
        .with(nxm::NSH_SPI, 0x1234)
        .with_field(Field::raw(tun_metadata, &[0x12, 0x34], None).unwrap());
    assert_eq!(
        fields.to_string(),
        "in_port=1,reg0=0x5,reg15=0x1/0xff,tun_id=0x7,tun_dst=10.0.0.1,ct_state=0x21/0x21,\
         ct_label=0x10000000000000000000000000,xreg1=0x9,tcp_flags=0x2,actset_output=LOCAL,\
         nsh_spi=0x1234,tun_metadata1=0x1234"
    );
}

#[test]
fn a_known_field_is_as_wide_as_it_is_defined() {
    let raw = |id, value: &[u8], mask: Option<&[u8]>| Field::raw(id, value, mask).is_some();
    assert!(raw(nxm::REG0.id(), &[0; 4], Some(&[0; 4])));
    assert!(!raw(nxm::REG0.id(), &[0; 8], None));
    assert!(!raw(nxm::CT_ZONE.id(), &[0; 2], Some(&[0; 2])), "it has no mask");
    assert!(!raw(nxm::TCP_FLAGS.id(), &[0x10, 0], None), "it has 12 bits");
    assert!(raw(FieldId { number: 103, ..nxm::REG0.id() }, &[1; 77], Some(&[0xff; 77])));
}

/// Nesting costs depth of the stack, and so has a bound that a message of any length keeps.
#[test]
fn actions_are_read_down_to_a_depth_and_kept_below() {
    let clone_of = |inner: &[u8]| {
        let length = (16 + inner.len()) as u16;
        [&[0xff, 0xff], &length.to_be_bytes()[..], &hex("00002320 002a 000000000000"), inner]
            .concat()
    };
    let deep = (0..4_000).fold(Vec::new(), |inner, _| clone_of(&inner));
    let length = deep.len() as u16;
    let head = [&hex("04 0d 0000 00000007 ffffffff fffffffd")[..], &length.to_be_bytes(), &[0; 6]];
    let message = crate::stamped(&[&head.concat()[..], &deep].concat());
    let frame = Frame::decode(&message).unwrap();
    assert_eq!(encoded(&frame), message);

    let Message::PacketOut(PacketOut { actions, .. }) = frame.message else { panic!() };
    let mut depth = 0;
    let mut action = &actions[0];
    while let Action::Nicira(nested) = action {
        let NiciraAction::Clone(inner) = &**nested else { panic!("{nested:?}") };
        depth += 1;
        action = &inner[0];
    }
    assert!(matches!(action, Action::Unknown(_)));
    assert_eq!(depth, MAX_NESTING);
}

#[test]
fn what_is_not_nicira_s_or_not_known_stays_as_it_is() {
    for action in [
        "ffff 0010 00002320 0004 0000 00000003", // set_queue, for OpenFlow 1.0 alone
        "ffff 0010 00002320 ffff 000000000000",
        "ffff 0010 00002321 0001 000300000000",
        "ffff 0008 00002320",
    ] {
        let length = hex(action).len();
        let message = hex(&format!(
            "04 0d {:04x} 00000007 ffffffff fffffffd {length:04x} 000000000000 {action}",
            24 + length
        ));
        let frame = Frame::decode(&message).unwrap();
        assert_eq!(encoded(&frame), message);
        let Message::PacketOut(PacketOut { actions, .. }) = frame.message else { panic!() };
        assert!(matches!(actions[..], [Action::Unknown(_)]), "{action}");
    }
}

/// Lists of actions are long: one of Nicira's must not make the others take more.
#[test]
fn an_action_takes_sixteen_bytes() {
    assert_eq!(size_of::<Action>(), 16);
    assert!(size_of::<NiciraAction>() <= 96, "{}", size_of::<NiciraAction>());
    assert_eq!(openflow::PortNo::from(ShortPort::CONTROLLER), openflow::PortNo::CONTROLLER);
}
