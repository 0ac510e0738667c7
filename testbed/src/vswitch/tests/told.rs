//! A switch that tells controllers of each other, as OpenFlow 1.5 has it.

use super::*;
use openflow::ShortId;

const ID: ShortId = ShortId(77);

impl Lab {
    fn telling(controllers: &[ConnectionId]) -> Self {
        let mut lab = Lab::new(Version::V1_3, &[]);
        lab.switch = lab.switch.with_controller_status(true);
        for &controller in controllers {
            lab.connect(controller);
        }
        lab
    }

    /// Returns who was told what since the last call: short id, role and reason.
    fn told(&mut self) -> Vec<(ConnectionId, ShortId, Role, ControllerReason)> {
        let sent = self.sent().into_iter();
        sent.filter_map(|(to, message)| match message {
            Message::ControllerStatus(status) => {
                assert_eq!(status.channel_status, ChannelStatus::UP);
                Some((to, status.short_id, status.role, status.reason))
            }
            _ => None,
        })
        .collect()
    }
}

#[test]
fn whoever_is_connected_is_told_of_a_newcomer_and_so_is_it() {
    let mut lab = Lab::telling(&[A]);
    lab.send(A, role(Role::Slave, 1));
    lab.switch.connect(B, &mut lab.out);
    lab.out.clear();
    lab.send(B, Message::Hello(Hello::offering(&[Version::V1_3]).unwrap()));
    let told = |to| (to, ShortId::UNDEFINED, Role::Equal, ControllerReason::CHANNEL_STATUS);
    assert_eq!(lab.told(), [told(A), told(B)]);
}

#[test]
fn a_short_id_is_taken_and_told() {
    let mut lab = Lab::telling(&[A, B, C]);
    lab.send(A, role(Role::Slave, 1));
    lab.send(C, role(Role::Slave, 1));
    lab.out.clear();
    lab.send(A, Message::ShortId(ID));
    let told = |to| (to, ID, Role::Slave, ControllerReason::SHORT_ID);
    assert_eq!(lab.told(), [told(A), told(B)], "a slave hears of itself only");
    lab.send(A, role(Role::Equal, 1));
    let told = |to| (to, ID, Role::Equal, ControllerReason::ROLE);
    assert_eq!(lab.told(), [told(A), told(B)]);
}

#[test]
fn a_new_master_and_the_one_that_it_demotes_are_told_of_and_a_role_kept_is_not() {
    let mut lab = Lab::telling(&[A, B, C]);
    lab.send(A, role(Role::Master, 1));
    lab.out.clear();
    lab.send(B, role(Role::Master, 2));
    let told = |to, role| (to, ShortId::UNDEFINED, role, ControllerReason::ROLE);
    let demoted = [A, B, C].map(|to| told(to, Role::Slave));
    let elected = [B, C].map(|to| told(to, Role::Master));
    assert_eq!(lab.told(), [&demoted[..], &elected[..]].concat());
    lab.send(B, role(Role::Master, 2));
    lab.send(C, role(Role::NoChange, 2));
    assert_eq!(lab.told(), []);
}

#[test]
fn a_change_of_role_is_told_at_the_same_place_among_packet_ins_to_all_that_hear_them() {
    let mut lab = Lab::telling(&[A, B]);
    lab.send(A, role(Role::Master, 1));
    lab.send(B, role(Role::Slave, 1));
    lab.send(A, table_miss());
    lab.out.clear();
    let mut streams: [Vec<&str>; 2] = Default::default();
    for step in 0..3 {
        match step {
            1 => lab.send(B, role(Role::Equal, 1)),
            _ => lab.receive(1, PACKET),
        }
        for (to, message) in lab.sent() {
            let kind = message.type_name();
            if kind != "OFPT_ROLE_REPLY" {
                streams[if to == A { 0 } else { 1 }].push(kind);
            }
        }
    }
    let (packet, cut) = ("OFPT_PACKET_IN", "OFPT_CONTROLLER_STATUS");
    assert_eq!(streams, [vec![packet, cut, packet], vec![cut, packet]]);
}

#[test]
fn a_switch_that_does_not_tell_takes_no_short_id() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    let refused = lab.error(A, Message::ShortId(ID));
    assert_eq!(refused, Some(ErrorCode::BAD_REQUEST_EXPERIMENTER));
}
