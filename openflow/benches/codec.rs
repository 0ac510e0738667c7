//! What the codec costs: one packet-in read, its answers written, and a big reply read.

// Of what the macros make.
#![allow(missing_docs)]

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use openflow::{
    Action, BufferId, FlowMod, FlowModFlags, FlowStats, Frame, Instruction, MacAddr, Match,
    Message, MultipartFlags, MultipartReply, MultipartReplyBody, PacketIn, PacketInReason,
    PacketOut, PortNo, TableId, Version, Xid, encode, key,
};
use std::hint::black_box;

fn packet_in(criterion: &mut Criterion) {
    let message = encoded(&Message::PacketIn(PacketIn {
        buffer_id: BufferId(1),
        total_len: 64,
        reason: PacketInReason::TABLE_MISS,
        table_id: TableId(0),
        cookie: 0,
        fields: Match::any().with(key::IN_PORT, PortNo(3)),
        data: Bytes::from_static(&[0xab; 64]),
    }));
    criterion.bench_function("decode packet-in", |bencher| {
        bencher.iter(|| Frame::decode(black_box(&message)));
    });
}

fn answers(criterion: &mut Criterion) {
    let flow_mod = Message::FlowMod(
        FlowMod::add().with_priority(10).with_match(fields(1)).with_actions(to_port()),
    );
    let packet_out = PacketOut::new(to_port(), Bytes::from_static(&[0xab; 64]));
    let packet_out = Message::PacketOut(packet_out);
    let mut out = Vec::with_capacity(1_000);
    for (name, message) in [("encode flow-mod", flow_mod), ("encode packet-out", packet_out)] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                encode(Version::V1_3, Xid(1), black_box(&message), &mut out)
            });
        });
    }
}

fn flow_stats(criterion: &mut Criterion) {
    let flow = |n| FlowStats {
        table_id: TableId(0),
        duration_sec: 7,
        duration_nsec: 0,
        priority: 10,
        idle_timeout: 60,
        hard_timeout: 240,
        flags: FlowModFlags::empty(),
        importance: 0,
        cookie: 9,
        packet_count: 100,
        byte_count: 6_400,
        other_stats: vec![],
        fields: fields(n),
        instructions: [Instruction::apply_actions(to_port())].into(),
    };
    let body = MultipartReplyBody::Flow((0..FLOWS as u8).map(flow).collect());
    let flags = MultipartFlags::empty();
    let message = encoded(&Message::MultipartReply(MultipartReply { flags, body }));
    let mut group = criterion.benchmark_group("multipart");
    group.throughput(Throughput::Elements(FLOWS));
    group.bench_function("decode flow statistics", |bencher| {
        bencher.iter(|| Frame::decode(black_box(&message)));
    });
    group.finish();
}

fn fields(host: u8) -> Match {
    let mac = |last| MacAddr([2, 0, 0, 0, host, last]);
    Match::any().with(key::IN_PORT, PortNo(3)).with(key::ETH_DST, mac(1)).with(key::ETH_SRC, mac(2))
}

fn to_port() -> Vec<Action> {
    vec![Action::output(PortNo(2))]
}

fn encoded(message: &Message) -> Bytes {
    let mut out = vec![];
    encode(Version::V1_3, Xid(1), message, &mut out).expect("it fits");
    out.into()
}

/// Flows in one reply.
const FLOWS: u64 = 100;

criterion_group!(benches, packet_in, answers, flow_stats);
criterion_main!(benches);
