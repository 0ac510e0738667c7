//! Roles, generation ids, masks: what Open vSwitch 3.1 was measured to do.

use super::*;
use openflow::{AsyncConfig, AsyncKind, FlowModFlags};

const BOTH: [Version; 2] = [Version::V1_3, Version::V1_4];

#[test]
fn whoever_connects_is_equal_and_may_write_at_once() {
    let mut lab = Lab::new(Version::V1_3, &[A, B]);
    assert_eq!(lab.ask(A, role(Role::NoChange, 0)), granted(Role::Equal, GenerationId::UNDEFINED));
    assert_eq!(lab.error(B, table_miss()), None);
    lab.receive(1, PACKET);
    assert_eq!(lab.packet_ins().iter().map(|(to, _)| *to).collect::<Vec<_>>(), [A, B]);
}

#[test]
fn a_new_master_demotes_the_other_master_and_nobody_else() {
    for version in BOTH {
        let mut lab = Lab::new(version, &[A, B, C]);
        assert_eq!(lab.ask(A, role(Role::Master, 1)), granted(Role::Master, GenerationId(1)));
        lab.send(B, role(Role::Master, 2));
        let status = RoleStatus {
            role: Role::Slave,
            reason: RoleReason::MASTER_REQUEST,
            generation_id: GenerationId(2),
            properties: vec![],
        };
        let reply = granted(Role::Master, GenerationId(2)).unwrap();
        assert_eq!(lab.sent(), [(A, Message::RoleStatus(status)), (B, reply)], "{version}");
        let roles = [A, B, C].map(|id| lab.switch.role(id).unwrap());
        assert_eq!(roles, [Role::Slave, Role::Master, Role::Equal]);
        assert_eq!(lab.switch.master(), Some(B));
    }
}

#[test]
fn an_old_generation_is_refused_and_an_equal_one_accepted() {
    let mut lab = Lab::new(Version::V1_3, &[A, B]);
    lab.send(A, role(Role::Master, 5));
    assert_eq!(lab.error(B, role(Role::Master, 4)), Some(ErrorCode::ROLE_STALE));
    assert_eq!(lab.error(B, role(Role::Slave, 4)), Some(ErrorCode::ROLE_STALE));
    assert_eq!(lab.switch.role(B), Some(Role::Equal), "a refused slave stays able to write");
    assert_eq!(lab.ask(B, role(Role::Slave, 5)), granted(Role::Slave, GenerationId(5)));
    assert_eq!(lab.ask(B, role(Role::Master, 5)), granted(Role::Master, GenerationId(5)));
    assert_eq!(lab.switch.role(A), Some(Role::Slave));
}

#[test]
fn equal_and_nochange_requests_carry_no_generation() {
    let mut lab = Lab::new(Version::V1_3, &[A, B]);
    lab.send(A, role(Role::Slave, 5));
    assert_eq!(lab.ask(B, role(Role::Equal, 1)), granted(Role::Equal, GenerationId(5)));
    assert_eq!(lab.ask(A, role(Role::Equal, 1)), granted(Role::Equal, GenerationId(5)));
    assert_eq!(lab.ask(A, role(Role::NoChange, 9)), granted(Role::Equal, GenerationId(5)));
    assert_eq!(lab.switch.generation(), Some(GenerationId(5)));
}

#[test]
fn a_slave_may_read_and_change_nothing() {
    let mut lab = Lab::new(Version::V1_3, &[A, B]);
    lab.send(A, role(Role::Slave, 1));
    for message in [out_of(PortNo(1)), table_miss()] {
        assert_eq!(lab.error(A, message), Some(ErrorCode::BAD_REQUEST_IS_SLAVE));
        assert!(lab.emitted().is_empty());
    }
    assert!(lab.switch.flows().is_empty());
    assert_eq!(lab.ask(A, Message::BarrierRequest), Some(Message::BarrierReply));
    assert!(matches!(lab.ask(A, Message::FeaturesRequest), Some(Message::FeaturesReply(_))));
}

#[test]
fn a_restart_forgets_the_generation_so_an_old_claim_is_accepted() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    lab.send(A, role(Role::Master, 9));
    lab.send(A, table_miss());
    lab.switch.restart();
    assert_eq!((lab.switch.role(A), lab.switch.generation()), (None, None));
    assert!(lab.switch.flows().is_empty());
    lab.connect(B);
    assert_eq!(lab.ask(B, role(Role::NoChange, 0)), granted(Role::Equal, GenerationId::UNDEFINED));
    assert_eq!(lab.ask(B, role(Role::Master, 1)), granted(Role::Master, GenerationId(1)));
}

#[test]
fn a_connection_that_comes_back_is_equal_again() {
    let mut lab = Lab::new(Version::V1_3, &[A, B]);
    lab.send(A, role(Role::Master, 3));
    lab.switch.disconnect(A);
    assert_eq!(lab.switch.master(), None);
    lab.connect(A);
    assert_eq!(lab.ask(A, role(Role::NoChange, 0)), granted(Role::Equal, GenerationId(3)));
}

#[test]
fn a_slave_hears_of_ports_only_until_it_asks_for_more() {
    for version in BOTH {
        let mut lab = Lab::new(version, &[A, B]);
        lab.send(A, role(Role::Slave, 1));
        lab.send(B, table_miss());
        let flow = FlowMod::add().with_priority(5).with_flags(FlowModFlags::SEND_FLOW_REM);
        let delete = FlowMod::delete().with_cookie_filter(0, 0);
        lab.send(B, Message::FlowMod(flow.clone()));
        lab.out.clear();
        lab.send(B, Message::FlowMod(delete.clone()));
        assert_eq!(lab.sent().iter().map(|(to, _)| *to).collect::<Vec<_>>(), [B], "flow-removed");
        lab.switch.set_port(PortNo(1), false, &mut lab.out);
        assert_eq!(lab.sent().iter().map(|(to, _)| *to).collect::<Vec<_>>(), [A, B], "ports");

        let Some(Message::GetAsyncReply(masks)) = lab.ask(A, Message::GetAsyncRequest) else {
            panic!("no masks");
        };
        assert_eq!(masks.mask(AsyncKind::FLOW_REMOVED_SLAVE), Some(0));
        assert_eq!(masks.mask(AsyncKind::PORT_STATUS_SLAVE), Some(7));
        let asked = masks.with(AsyncKind::FLOW_REMOVED_SLAVE, 0xf);
        assert_eq!(lab.ask(A, Message::SetAsync(asked)), None);
        lab.send(B, Message::FlowMod(flow));
        lab.out.clear();
        lab.send(B, Message::FlowMod(delete));
        assert_eq!(lab.sent().iter().map(|(to, _)| *to).collect::<Vec<_>>(), [A, B], "{version}");
    }
}

#[test]
fn masks_belong_to_one_connection_and_one_kind() {
    let mut lab = Lab::new(Version::V1_4, &[A, B]);
    lab.send(A, table_miss());
    let deaf = AsyncConfig::default().with(AsyncKind::PACKET_IN_MASTER, 0);
    lab.send(A, Message::SetAsync(deaf));
    lab.receive(1, PACKET);
    assert_eq!(lab.packet_ins().iter().map(|(to, _)| *to).collect::<Vec<_>>(), [B]);
    lab.switch.set_port(PortNo(1), false, &mut lab.out);
    assert_eq!(lab.sent().len(), 2, "1.4 leaves the masks that it does not name");
}

#[test]
fn a_marker_comes_to_master_and_equal_at_the_same_place_and_not_to_slaves() {
    let mut lab = Lab::new(Version::V1_3, &[A, B, C]);
    lab.send(A, role(Role::Master, 1));
    lab.send(C, role(Role::Slave, 1));
    lab.send(A, table_miss());
    lab.out.clear();
    let mut streams: [Vec<Bytes>; 2] = Default::default();
    for step in 0..3 {
        match step {
            1 => lab.send(B, out_of(PortNo::CONTROLLER)),
            _ => lab.receive(1, &[PACKET, &[step]].concat()),
        }
        for (to, packet) in lab.packet_ins() {
            streams[if to == A { 0 } else { 1 }].push(packet.data);
            assert_ne!(to, C);
        }
    }
    assert_eq!(streams[0].len(), 3);
    assert_eq!(streams[0], streams[1]);
}

#[test]
fn a_change_of_role_cuts_the_packet_ins_exactly() {
    let mut lab = Lab::new(Version::V1_3, &[A, B]);
    lab.send(A, role(Role::Master, 1));
    lab.send(B, role(Role::Slave, 1));
    lab.send(A, table_miss());
    lab.receive(1, PACKET);
    assert_eq!(lab.packet_ins().iter().map(|(to, _)| *to).collect::<Vec<_>>(), [A]);
    lab.send(B, role(Role::Master, 2));
    lab.receive(1, PACKET);
    assert_eq!(lab.packet_ins().iter().map(|(to, _)| *to).collect::<Vec<_>>(), [B]);
}
