//! The connection itself, packets in, packets out.

use super::*;
use openflow::{MultipartReplyBody, MultipartRequest, MultipartRequestBody, PacketInReason};

#[test]
fn versions_are_negotiated_by_bitmap() {
    let mut lab = Lab::new(Version::V1_4, &[A]);
    assert_eq!(lab.switch.connections[&A].version, Some(Version::V1_4));
    lab.version = Version::V1_3;
    lab.connect(B);
    assert_eq!(lab.switch.connections[&B].version, Some(Version::V1_3));
}

#[test]
fn no_version_in_common_closes_the_connection() {
    let mut lab = Lab::new(Version::V1_3, &[]);
    lab.switch = Switch::new(Dpid(7), 1).with_versions(&[Version::V1_4]);
    lab.switch.connect(A, &mut lab.out);
    lab.out.clear();
    lab.send(A, Message::Hello(Hello::offering(&[Version::V1_3]).unwrap()));
    assert!(matches!(
        lab.out[..],
        [Output::Send { frame: Frame { message: Message::Error(_), .. }, .. }, Output::Close(A)]
    ));
}

#[test]
fn nothing_is_done_before_the_hello() {
    let mut lab = Lab::new(Version::V1_3, &[]);
    lab.switch.connect(A, &mut lab.out);
    lab.send(A, out_of(PortNo(1)));
    assert!(lab.out.contains(&Output::Close(A)));
    assert!(lab.emitted().is_empty());
}

#[test]
fn the_switch_says_who_it_is() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    let Some(Message::FeaturesReply(features)) = lab.ask(A, Message::FeaturesRequest) else {
        panic!("no features");
    };
    assert_eq!((features.dpid, features.auxiliary_id), (Dpid(7), 0));
    let data = Bytes::from_static(b"are you there");
    assert_eq!(lab.ask(A, Message::EchoRequest(data.clone())), Some(Message::EchoReply(data)));
    let ask = Message::MultipartRequest(MultipartRequest::new(MultipartRequestBody::PortDesc(
        PortNo::ANY,
    )));
    let Some(Message::MultipartReply(reply)) = lab.ask(A, ask) else { panic!("no ports") };
    let MultipartReplyBody::PortDesc(ports) = reply.body else { panic!("no ports") };
    assert_eq!(ports.iter().map(|port| port.port_no.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(ports.iter().all(Port::is_up));
}

#[test]
fn a_bad_message_gets_its_error_and_the_next_one_is_served() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    lab.send_bytes(A, &[4, 14, 0, 12, 0, 0, 0, 9, 1, 2, 3, 4]);
    lab.send_bytes(A, &[5, 2, 0, 8, 0, 0, 0, 9]);
    lab.send(A, Message::BarrierReply);
    let codes: Vec<_> = lab.sent().into_iter().map(|(_, message)| message).collect();
    let code = |message: &Message| match message {
        Message::Error(error) => error.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(&codes[0]), ErrorCode::BAD_REQUEST_LENGTH);
    assert_eq!(code(&codes[1]), ErrorCode::BAD_REQUEST_VERSION);
    assert_eq!(code(&codes[2]), ErrorCode::BAD_REQUEST_TYPE);
    assert_eq!(lab.ask(A, Message::BarrierRequest), Some(Message::BarrierReply));
}

#[test]
fn a_packet_without_a_flow_is_dropped_and_with_a_table_miss_flow_goes_up() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    lab.receive(1, PACKET);
    assert!(lab.out.is_empty());
    lab.send(A, table_miss());
    lab.receive(3, PACKET);
    let (_, packet) = lab.packet_ins().remove(0);
    assert_eq!((packet.in_port(), packet.reason), (Some(PortNo(3)), PacketInReason::TABLE_MISS));
    assert_eq!((&packet.data[..], usize::from(packet.total_len)), (PACKET, PACKET.len()));
}

#[test]
fn a_packet_out_floods_all_ports_but_the_one_it_came_by() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    let out = |in_port, port| {
        Message::PacketOut(PacketOut {
            in_port,
            ..PacketOut::new(vec![Action::output(port)], Bytes::from_static(PACKET))
        })
    };
    for (in_port, port, expected) in [
        (PortNo(2), PortNo::FLOOD, vec![1, 3, 4]),
        (PortNo::CONTROLLER, PortNo::ALL, vec![1, 2, 3, 4]),
        (PortNo(2), PortNo::IN_PORT, vec![2]),
        (PortNo(2), PortNo(2), vec![]),
        (PortNo(2), PortNo(4), vec![4]),
        (PortNo(2), PortNo(99), vec![]),
    ] {
        lab.send(A, out(in_port, port));
        assert_eq!(lab.emitted(), expected, "from {in_port} to {port}");
    }
    lab.switch.set_port(PortNo(1), false, &mut lab.out);
    lab.out.clear();
    lab.send(A, out(PortNo(2), PortNo::FLOOD));
    assert_eq!(lab.emitted(), [3, 4], "a port without a link sends nothing");
}

#[test]
fn a_packet_out_counts_once_whatever_its_number_of_ports() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    let actions = [1, 2, 3].map(|port| Action::output(PortNo(port))).to_vec();
    lab.send(A, Message::PacketOut(PacketOut::new(actions, Bytes::from_static(PACKET))));
    let changes = lab.out.iter().filter(|output| matches!(output, Output::Changed { .. })).count();
    assert_eq!((changes, lab.emitted().len()), (1, 3));
}

#[test]
fn a_packet_out_can_go_through_the_tables() {
    let mut lab = Lab::new(Version::V1_4, &[A]);
    lab.send(A, table_miss());
    lab.out.clear();
    lab.send(A, out_of(PortNo::TABLE));
    assert_eq!(lab.packet_ins()[0].1.reason, PacketInReason::TABLE_MISS);
    lab.send(A, out_of(PortNo::CONTROLLER));
    assert_eq!(lab.packet_ins()[0].1.reason, PacketInReason::PACKET_OUT);
}

#[test]
fn what_the_switch_cannot_do_it_refuses() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    let pop = Message::PacketOut(PacketOut::new(vec![Action::PopVlan], Bytes::from_static(PACKET)));
    assert_eq!(lab.error(A, pop), Some(ErrorCode::BAD_ACTION_TYPE));
    let buffered = Message::PacketOut(PacketOut {
        buffer_id: openflow::BufferId(1),
        ..PacketOut::new(vec![], Bytes::new())
    });
    assert_eq!(lab.error(A, buffered), Some(ErrorCode { kind: 1, code: 8 }));
}

#[test]
fn a_restarted_switch_hears_of_nobody_until_they_connect() {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    lab.switch.restart();
    lab.send(A, out_of(PortNo(1)));
    assert!(lab.out.is_empty());
}
