//! What the busiest messages cost: neither decoding a packet-in nor answering it allocates anything.

#[path = "fuzz/counting.rs"]
mod counting;

use bytes::{Bytes, BytesMut};
use openflow::{
    Action, BufferId, FlowMod, Frame, MacAddr, Match, Message, PacketIn, PacketInReason, PacketOut,
    PortNo, TableId, Version, Xid, framing, key,
};

use counting::counted;

fn packet_in(length: usize) -> Vec<u8> {
    let message = Message::PacketIn(PacketIn {
        buffer_id: BufferId::NO_BUFFER,
        total_len: length as u16,
        reason: PacketInReason::APPLY_ACTION,
        table_id: TableId(0),
        cookie: 7,
        fields: Match::any().with(key::IN_PORT, PortNo(3)).with(key::TUNNEL_ID, 9),
        data: Bytes::from(vec![0xab; length]),
    });
    let mut out = Vec::new();
    openflow::encode(Version::V1_3, Xid(0), &message, &mut out).expect("it fits");
    out
}

#[test]
fn decoding_a_packet_in_allocates_nothing() {
    let mut buffer = BytesMut::from(&[packet_in(64), packet_in(9_000)].concat()[..]);
    // The first cut of a buffer makes it shareable, once.
    let small = framing::next_frame(&mut buffer).expect("a frame").expect("all of it");
    let (large, cost) = counted(|| framing::next_frame(&mut buffer));
    assert_eq!(cost.times, 0, "cutting a message off the stream copies nothing");
    for message in [small, large.expect("a frame").expect("all of it")] {
        let (frame, cost) = counted(|| Frame::decode(&message).expect("it is valid"));
        assert_eq!(cost.times, 0, "the packet is a slice, and the fields are in place");
        drop(frame);
    }
}

/// The longest lists of the smallest elements that one message can hold.
#[test]
fn no_list_allocates_out_of_proportion_to_its_message() {
    let full = |head: &[u8], element: &[u8]| {
        let times = (usize::from(u16::MAX) - head.len()) / element.len();
        let mut message = [head, &element.repeat(times)].concat();
        let length = message.len() as u16;
        message[2..4].copy_from_slice(&length.to_be_bytes());
        (Bytes::from(message), times)
    };
    let pop_vlan = [0, 18, 0, 8, 0, 0, 0, 0];
    let mut packet_out = [&[4, 13, 0, 0, 0, 0, 0, 1][..], &[0xff; 8], &[0; 8]].concat();
    let (_, times) = full(&packet_out, &pop_vlan);
    packet_out[16..18].copy_from_slice(&(8 * times as u16).to_be_bytes());

    let mut packet_out_1_0 = [&[1, 13, 0, 0, 0, 0, 0, 1][..], &[0xff; 6], &[0; 2]].concat();
    let (_, times) = full(&packet_out_1_0, &pop_vlan);
    packet_out_1_0[14..16].copy_from_slice(&(8 * times as u16).to_be_bytes());
    let features_1_0 = [&[1, 6, 0, 0, 0, 0, 0, 1][..], &[0; 24]].concat();
    let mut flow_1_0 = [0; 88];
    flow_1_0[1] = 88;

    let mut port = [0; 40];
    port[5] = 40;
    let mut flow = [0; 56];
    flow[1] = 56;
    flow[49] = 1;
    flow[51] = 4;
    let mut bucket = [0; 16];
    bucket[1] = 16;
    let mut queue = [0; 16];
    queue[9] = 16;
    let mut bucket_1_5 = [0; 16];
    bucket_1_5[1] = 16;
    bucket_1_5[3] = 8;
    bucket_1_5[8..].copy_from_slice(&pop_vlan);
    let mut group_mod =
        [&[6, 15, 0, 0, 0, 0, 0, 1][..], &[0, 0, 0, 0, 0, 0, 0, 1], &[0; 8]].concat();
    let (_, times) = full(&group_mod, &bucket_1_5);
    group_mod[16..18].copy_from_slice(&(16 * times as u16).to_be_bytes());
    let mut flow_1_5 = [0; 40];
    flow_1_5[1] = 40;
    flow_1_5[25] = 1;
    flow_1_5[27] = 4;
    flow_1_5[35] = 4;
    let mut counters = [0; 24];
    counters[1] = 24;
    counters[9] = 1;
    counters[11] = 4;
    counters[19] = 4;
    let mut controller = [0; 16];
    controller[1] = 16;
    let mut group_1_5 = [0; 16];
    group_1_5[1] = 16;
    let mut group = [0; 40];
    group[1] = 40;
    let reply = |version, kind| [version, 19, 0, 0, 0, 0, 0, 1, 0, kind, 0, 0, 0, 0, 0, 0];
    let cases = [
        ("actions", full(&packet_out, &pop_vlan)),
        ("ports of 1.4", full(&reply(5, 13), &port)),
        ("ports of 1.3", full(&reply(4, 13), &[0; 64])),
        ("flows", full(&reply(4, 1), &flow)),
        ("tables", full(&reply(4, 3), &[0; 24])),
        ("buckets", full(&[4, 15, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], &bucket)),
        ("queues", full(&[4, 23, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0], &queue)),
        ("actions of 1.0", full(&packet_out_1_0, &[0, 3, 0, 8, 0, 0, 0, 0])),
        ("ports of 1.0", full(&features_1_0, &[0; 48])),
        ("flows of 1.0", full(&[1, 17, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0], &flow_1_0)),
        ("tables of 1.0", full(&[1, 17, 0, 0, 0, 0, 0, 1, 0, 3, 0, 0], &[0; 64])),
        ("port statistics of 1.3", full(&reply(4, 4), &[0; 112])),
        ("queue statistics of 1.3", full(&reply(4, 5), &[0; 40])),
        ("group statistics", full(&reply(4, 6), &group)),
        ("buckets of 1.5", full(&group_mod, &bucket_1_5)),
        ("flows of 1.5", full(&reply(6, 1), &flow_1_5)),
        ("flows' counters", full(&reply(6, 17), &counters)),
        ("controllers", full(&reply(6, 18), &controller)),
        ("groups of 1.5", full(&reply(6, 7), &group_1_5)),
        ("flow updates", full(&reply(5, 16), &[0, 8, 0, 5, 0, 0, 0, 0])),
    ];
    for (name, (message, _)) in cases {
        let (frame, cost) = counted(|| Frame::decode(&message));
        assert!(frame.is_ok(), "{name}: {frame:?}");
        assert!(cost.largest <= 10 * message.len(), "{name}: {cost:?}");
    }
}

/// What a learning switch does once it knows both hosts: the busiest path that there is.
#[test]
fn answering_a_packet_in_with_a_flow_allocates_nothing() {
    let message = Bytes::from(packet_in(64));
    let mac = |last| MacAddr([2, 0, 0, 0, 0, last]);
    let mut out = Vec::with_capacity(1_000);
    let answer = |out: &mut Vec<u8>| {
        let frame = Frame::decode(&message).expect("it is valid");
        let Message::PacketIn(packet) = frame.message else { panic!("it is a packet-in") };
        let to_port = || [Action::output(PortNo(2))];
        let fields = Match::any()
            .with(key::IN_PORT, PortNo(3))
            .with(key::ETH_DST, mac(1))
            .with(key::ETH_SRC, mac(2));
        let flow = FlowMod::add().with_priority(10).with_match(fields).with_actions(to_port());
        let packet_out = PacketOut::new(to_port(), packet.data);
        for message in [Message::FlowMod(flow), Message::PacketOut(packet_out)] {
            openflow::encode(Version::V1_3, frame.xid, &message, out).expect("it fits");
        }
    };
    let ((), cost) = counted(|| answer(&mut out));
    assert_eq!(cost.times, 0);
}

#[test]
fn encoding_into_a_buffer_with_room_allocates_nothing() {
    let frame = Frame::decode(&packet_in(1_500).into()).expect("it is valid");
    let mut out = Vec::with_capacity(2_000);
    let ((), cost) = counted(|| frame.encode(&mut out).expect("it fits"));
    assert_eq!(cost.times, 0);
}
