//! The default application, one switch at a time; whole networks of it are in `networks`.

mod network;
mod networks;

use super::ethernet::EXPERIMENTAL;
use super::forwarding::{FAILOVER, FLOOD_BURST, HOLD_DOWN, LINK_AGE};
use super::hosts::HOST_AGE;
use super::*;
use bytes::Bytes;
use openflow::{
    Action, BufferId, FlowMod, FlowModCommand, Instruction, MacAddr, Match, PacketInReason,
    PacketOut, Port, PortConfig, PortNo, PortReason, PortState, TableId, Text, key,
};

/// Returns a port, up or without a link.
pub(super) fn port(number: u32, up: bool) -> Port {
    Port {
        port_no: PortNo(number),
        hw_addr: MacAddr([2, 0xff, 0, 0, 0, number as u8]),
        name: Text::default(),
        config: PortConfig::empty(),
        state: if up { PortState::LIVE } else { PortState::LINK_DOWN },
        properties: Vec::new(),
    }
}

/// Returns the link from a port of one switch to a port of another.
pub(super) fn link(from: u64, from_port: u32, to: u64, to_port: u32) -> Link {
    let (from_port, to_port) = (PortNo(from_port), PortNo(to_port));
    Link { from: Dpid(from), from_port, to: Dpid(to), to_port }
}

fn host(number: u8) -> MacAddr {
    MacAddr([2, 0, 0, 0, 0, number])
}

fn frame(dst: MacAddr, src: MacAddr, ethertype: u16, payload: &[u8]) -> Bytes {
    [&dst.0[..], &src.0, &ethertype.to_be_bytes(), payload].concat().into()
}

fn packet_in(in_port: u32, data: Bytes) -> PacketIn {
    PacketIn {
        buffer_id: BufferId::NO_BUFFER,
        total_len: data.len() as u16,
        reason: PacketInReason::TABLE_MISS,
        table_id: TableId(0),
        cookie: 0,
        fields: Match::any().with(key::IN_PORT, PortNo(in_port)),
        data,
    }
}

/// Switch 1 with four ports, the clock in milliseconds.
struct Bench {
    app: Forwarding,
    ports: PortTable,
    topology: Topology,
    /// Whether the log says that an owner has probed the ports.
    probed: bool,
    now: Duration,
}

const SELF: u64 = 1;

impl Bench {
    /// Returns a switch that has just got its first owner.
    fn new() -> Self {
        let ports = PortTable::new((1..5).map(|number| port(number, true)), Duration::ZERO);
        let (app, topology) = (Forwarding::default(), Topology::default());
        let mut bench = Self { app, ports, topology, probed: false, now: Duration::ZERO };
        bench.call(|app, cx, out| app.owned(cx, out));
        bench
    }

    /// Returns a switch that this node is about to take over, after it has watched its ports for some time.
    fn standby(probed: bool, watched: Duration) -> Self {
        Self { app: Forwarding::default(), probed, now: watched, ..Self::new() }
    }

    /// Returns a switch whose ports have been probed, at a time when it has probed again.
    fn settled() -> Self {
        let mut bench = Self::new();
        bench.pass(HOLD_DOWN);
        bench.tick();
        bench
    }

    fn call(
        &mut self,
        what: impl FnOnce(&mut Forwarding, &Context<'_>, &mut Vec<Command>),
    ) -> Vec<Command> {
        let Self { ports, topology, probed, now, .. } = self;
        let cx = Context { dpid: Dpid(SELF), now: *now, ports, probed: *probed, topology };
        let mut out = Vec::new();
        what(&mut self.app, &cx, &mut out);
        out
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn tick(&mut self) -> Vec<Command> {
        self.call(|app, cx, out| app.tick(cx, out))
    }

    fn hear(&mut self, packet: &PacketIn) -> Vec<Command> {
        self.call(|app, cx, out| app.packet_in(cx, packet, out))
    }

    /// A frame without much in it comes in; returns what is done about it.
    fn send(&mut self, in_port: u32, src: MacAddr, dst: MacAddr) -> Vec<Command> {
        self.hear(&packet_in(in_port, frame(dst, src, 0x0800, b"data")))
    }

    fn broadcast(&mut self, in_port: u32, src: u8) -> Vec<Command> {
        self.send(in_port, host(src), MacAddr::BROADCAST)
    }

    /// A discovery frame comes in.
    fn probe(&mut self, link: Link) -> Vec<Command> {
        let data = lldp::encode(link.from, link.from_port, host(99), 9);
        self.hear(&packet_in(link.to_port.0, data.into()))
    }

    fn set_port(&mut self, number: u32, up: bool) -> Vec<Command> {
        let status = PortStatus { reason: PortReason::MODIFY, port: port(number, up) };
        self.ports.update(&status, self.now);
        self.call(|app, cx, out| app.port_status(cx, &status, out))
    }

    fn dropped(&self, reason: DropReason) -> u64 {
        self.app.stats().dropped(reason)
    }
}

fn flow_mods(commands: &[Command]) -> Vec<&FlowMod> {
    let flow_mod = |command| match command {
        &Command::Send(Message::FlowMod(ref flow)) => Some(flow),
        _ => None,
    };
    commands.iter().filter_map(flow_mod).collect()
}

fn packet_outs(commands: &[Command]) -> Vec<&PacketOut> {
    let packet_out = |command| match command {
        &Command::Send(Message::PacketOut(ref packet)) => Some(packet),
        _ => None,
    };
    commands.iter().filter_map(packet_out).collect()
}

fn output_ports(actions: &[Action]) -> Vec<u32> {
    let port = |action| match action {
        &Action::Output { port, .. } => port.0,
        other => panic!("only outputs are expected: {other:?}"),
    };
    actions.iter().map(port).collect()
}

/// Returns the ports that the only packet-out goes to.
fn answered(commands: &[Command]) -> Vec<u32> {
    match packet_outs(commands)[..] {
        [packet] => output_ports(&packet.actions),
        ref others => panic!("one packet-out is expected: {others:?}"),
    }
}

#[test]
fn an_owner_asks_for_misses_and_probes_every_port() {
    let mut bench = Bench::new();
    let commands = bench.call(|app, cx, out| app.owned(cx, out));
    let [miss] = flow_mods(&commands)[..] else { panic!("{commands:?}") };
    assert_eq!((miss.command, miss.priority), (FlowModCommand::Add, 0));
    let asks = vec![Action::Output { port: PortNo::CONTROLLER, max_len: Action::WHOLE_PACKET }];
    assert_eq!(miss.instructions[..], [Instruction::apply_actions(asks)]);
    assert!(miss.fields.fields().is_empty());
    let probes = packet_outs(&commands);
    assert_eq!(probes.len(), 4, "again, though it has just probed: the switch may be a new one");
    for (probe, number) in probes.into_iter().zip(1..) {
        assert_eq!(output_ports(&probe.actions), [number]);
        assert_eq!(lldp::decode(&probe.data), lldp::Lldp::Ours(Dpid(SELF), PortNo(number)));
    }
}

#[test]
fn a_port_takes_part_once_it_has_been_probed_for_long_enough() {
    let mut bench = Bench::new();
    bench.pass(HOLD_DOWN - Duration::from_millis(1));
    assert_eq!(bench.broadcast(1, 1), []);
    assert_eq!(bench.dropped(DropReason::NotSettled), 1);
    bench.pass(Duration::from_millis(1));
    assert_eq!(answered(&bench.broadcast(1, 1)), [2, 3, 4]);
    bench.set_port(4, false);
    bench.set_port(4, true);
    assert_eq!(answered(&bench.broadcast(1, 1)), [2, 3], "a port that came up is probed anew");
}

#[test]
fn ports_that_may_hide_a_loop_are_probed_often_and_others_now_and_then() {
    let mut bench = Bench::new();
    let mut probes = Vec::new();
    for _ in 0..80 {
        bench.pass(Duration::from_millis(100));
        probes.push(packet_outs(&bench.tick()).len());
    }
    assert_eq!(probes[..4], [4; 4]);
    assert_eq!(probes[4..].iter().sum::<usize>(), 2 * 4, "every 3 s");
    assert_eq!(packet_outs(&bench.set_port(2, false)), Vec::<&PacketOut>::new());
    assert_eq!(answered(&bench.set_port(2, true)), [2], "at once when it comes up");
}

#[test]
fn a_frame_to_a_known_address_gets_a_flow_and_goes_out_once() {
    let mut bench = Bench::settled();
    bench.broadcast(1, 1);
    let commands = bench.send(2, host(2), host(1));
    assert_eq!(answered(&commands), [1]);
    let flows = flow_mods(&commands);
    let flow = flows.last().expect("a flow is added");
    let fields = Match::any()
        .with(key::IN_PORT, PortNo(2))
        .with(key::ETH_DST, host(1))
        .with(key::ETH_SRC, host(2));
    assert_eq!((flow.command, &flow.fields), (FlowModCommand::Add, &fields));
    assert!(flow.idle_timeout > 0 && flow.hard_timeout > 0 && flow.cookie != 0);
    let place = |wanted: fn(&Message) -> bool| {
        commands.iter().position(|c| matches!(c, Command::Send(message) if wanted(message)))
    };
    let out = place(|message| matches!(message, Message::PacketOut(_)));
    assert_eq!(out, Some(commands.len() - 1), "after the flow, so that the next frame meets it");
}

#[test]
fn group_addresses_and_unknown_ones_are_flooded_without_a_flow() {
    let mut bench = Bench::settled();
    bench.pass(Duration::from_secs(400));
    for dst in [MacAddr::BROADCAST, MacAddr([1, 0, 0x5e, 0, 0, 1]), host(9)] {
        let commands = bench.send(3, host(3), dst);
        assert_eq!(answered(&commands), [1, 2, 4]);
        assert_eq!(flow_mods(&commands), Vec::<&FlowMod>::new());
    }
}

#[test]
fn a_buffered_frame_is_sent_from_the_buffer() {
    let mut bench = Bench::settled();
    let data = frame(MacAddr::BROADCAST, host(1), 0x0800, b"");
    let mut packet = packet_in(1, data);
    packet.total_len = 1_500;
    assert_eq!(bench.hear(&packet), [], "the rest of it is nowhere");
    assert_eq!(bench.dropped(DropReason::Truncated), 1);
    packet.buffer_id = BufferId(7);
    let commands = bench.hear(&packet);
    let [out] = packet_outs(&commands)[..] else { panic!("{commands:?}") };
    assert_eq!((out.buffer_id, out.data.len(), out.in_port), (BufferId(7), 0, PortNo(1)));
}

#[test]
fn what_must_not_be_forwarded_is_dropped_and_counted() {
    let mut bench = Bench::settled();
    bench.broadcast(1, 1);
    let reserved = MacAddr([0x01, 0x80, 0xc2, 0, 0, 0]);
    let foreign = [0x02, 0x02, 7, b'x', 0x04, 0x02, 7, b'1', 0x06, 0x02, 0, 9, 0, 0];
    let cases = [
        (DropReason::Malformed, packet_in(1, Bytes::from_static(b"short"))),
        (DropReason::Malformed, packet_in(1, frame(host(1), MacAddr::BROADCAST, 0x0800, b""))),
        (DropReason::Malformed, packet_in(1, frame(reserved, host(1), 0x88cc, b"\x02"))),
        (DropReason::Reserved, packet_in(1, frame(reserved, host(1), 0x88cc, &foreign))),
        (DropReason::Reserved, packet_in(1, frame(reserved, host(1), 0x0026, b""))),
        (DropReason::Reserved, packet_in(1, frame(host(9), host(1), EXPERIMENTAL, b"BATON\0"))),
        (DropReason::NoPort, packet_in(9, frame(host(9), host(1), 0x0800, b""))),
        (DropReason::NoPort, packet_in(PortNo::LOCAL.0, frame(host(9), host(1), 0x0800, b""))),
        (DropReason::Hairpin, packet_in(1, frame(host(1), host(2), 0x0800, b""))),
    ];
    for (reason, packet) in cases {
        let before = bench.dropped(reason);
        assert_eq!(packet_outs(&bench.hear(&packet)), Vec::<&PacketOut>::new(), "{reason:?}");
        assert_eq!(bench.dropped(reason), before + 1, "{reason:?}");
    }
    for number in 2..5 {
        bench.set_port(number, false);
    }
    assert_eq!(packet_outs(&bench.broadcast(1, 1)), Vec::<&PacketOut>::new());
    assert_eq!(bench.dropped(DropReason::Nowhere), 1);
}

#[test]
fn floods_beyond_the_budget_are_refused() {
    let mut bench = Bench::settled();
    for _ in 0..FLOOD_BURST {
        assert_eq!(packet_outs(&bench.broadcast(1, 1)).len(), 1);
    }
    assert_eq!(bench.broadcast(1, 1), []);
    assert_eq!(bench.dropped(DropReason::OverBudget), 1);
    bench.pass(Duration::from_millis(1));
    assert_eq!(packet_outs(&bench.broadcast(1, 1)).len(), 1);
}

#[test]
fn a_link_is_told_until_the_cluster_knows_it_and_blocks_its_port_meanwhile() {
    let mut bench = Bench::settled();
    let found = link(2, 1, SELF, 3);
    assert_eq!(bench.probe(found), [Command::LinkSeen(found)]);
    assert_eq!(bench.probe(found), [Command::LinkSeen(found)]);
    assert_eq!(answered(&bench.broadcast(1, 1)), [2, 4]);
    bench.topology = Topology::new([found]);
    assert!(!bench.probe(found).contains(&Command::LinkSeen(found)));
    assert_eq!(answered(&bench.broadcast(1, 1)), [2, 3, 4], "it is in the tree");
    assert_eq!(bench.app.stats().discovered, 3);
}

#[test]
fn a_link_that_the_cluster_does_not_take_blocks_its_port_only_for_so_long() {
    let mut bench = Bench::settled();
    bench.probe(link(2, 1, SELF, 3));
    bench.pass(Duration::from_secs(1));
    assert_eq!(answered(&bench.broadcast(1, 1)), [2, 3, 4]);
}

#[test]
fn a_link_out_of_the_tree_neither_floods_nor_teaches() {
    let mut bench = Bench::settled();
    bench.topology = Topology::new([link(2, 1, SELF, 3), link(2, 2, SELF, 4)]);
    assert_eq!(answered(&bench.broadcast(1, 1)), [2, 3]);
    assert_eq!(bench.broadcast(4, 9), []);
    assert_eq!(bench.dropped(DropReason::Blocked), 1);
    assert_eq!(answered(&bench.send(1, host(1), host(9))), [2, 3], "9 is not known");
}

#[test]
fn a_link_that_falls_silent_is_told_lost() {
    let mut bench = Bench::settled();
    let (heard, inherited) = (link(2, 1, SELF, 3), link(3, 1, SELF, 4));
    bench.topology = Topology::new([heard, inherited]);
    bench.tick();
    bench.pass(LINK_AGE);
    bench.probe(heard);
    bench.pass(Duration::from_secs(2));
    bench.probe(heard);
    let lost = |commands: Vec<Command>| -> Vec<_> {
        commands.into_iter().filter(|c| matches!(c, Command::LinkLost(_))).collect()
    };
    assert_eq!(lost(bench.tick()), [Command::LinkLost(inherited)]);
    bench.pass(LINK_AGE + Duration::from_secs(1));
    assert_eq!(lost(bench.tick()), [Command::LinkLost(heard)]);
}

#[test]
fn a_port_that_goes_down_takes_its_links_and_addresses_along() {
    let mut bench = Bench::settled();
    let there = link(SELF, 3, 2, 1);
    bench.topology = Topology::new([there, there.reversed()]);
    bench.broadcast(3, 9);
    let commands = bench.set_port(3, false);
    let [to, from] = flow_mods(&commands)[..] else { panic!("{commands:?}") };
    assert_eq!((to.command, to.out_port), (FlowModCommand::Delete, PortNo(3)));
    assert_eq!((from.command, from.fields.in_port()), (FlowModCommand::Delete, Some(PortNo(3))));
    assert!(commands.contains(&Command::LinkLost(there)));
    assert!(commands.contains(&Command::LinkLost(there.reversed())));
    assert_eq!(answered(&bench.send(1, host(1), host(9))), [2, 4], "9 is not known");
}

#[test]
fn a_host_that_moves_takes_its_flows_along() {
    let mut bench = Bench::settled();
    bench.pass(Duration::from_secs(301));
    bench.broadcast(1, 1);
    let commands = bench.broadcast(2, 1);
    let matches: Vec<_> = flow_mods(&commands)
        .into_iter()
        .map(|delete| (delete.command, delete.fields.clone()))
        .collect();
    let deletion = |fields| (FlowModCommand::Delete, fields);
    assert_eq!(
        matches,
        [
            deletion(Match::any().with(key::ETH_DST, host(1))),
            deletion(Match::any().with(key::ETH_SRC, host(1))),
        ]
    );
    assert_eq!(bench.app.stats().moved, 1);
    assert_eq!(answered(&bench.send(3, host(3), host(1))), [2]);
}

#[test]
fn an_address_that_falls_silent_is_forgotten_with_its_flows() {
    let mut bench = Bench::settled();
    bench.broadcast(1, 1);
    bench.pass(HOST_AGE + Duration::from_secs(1));
    let commands = bench.tick();
    let [to, from] = flow_mods(&commands)[..] else { panic!("{commands:?}") };
    assert_eq!(to.fields, Match::any().with(key::ETH_DST, host(1)));
    assert_eq!(from.fields, Match::any().with(key::ETH_SRC, host(1)));
    assert_eq!(answered(&bench.send(2, host(2), host(1))), [1, 3, 4]);
}

#[test]
fn while_an_earlier_owners_flows_may_live_a_new_address_drops_them() {
    let mut bench = Bench::settled();
    assert_eq!(flow_mods(&bench.broadcast(1, 1)).len(), 1);
    assert_eq!(flow_mods(&bench.broadcast(1, 1)).len(), 0, "once");
    bench.pass(Duration::from_secs(301));
    assert_eq!(flow_mods(&bench.broadcast(1, 2)).len(), 0, "they have timed out");
}

#[test]
fn an_address_behind_a_switch_that_is_now_elsewhere_is_forgotten() {
    let mut bench = Bench::settled();
    // 3 is first behind 2, then at a port of its own; 2 stays where it is, as does what only joins.
    bench.topology = Topology::new([link(SELF, 1, 2, 1), link(2, 2, 3, 1)]);
    bench.broadcast(1, 9);
    bench.topology = Topology::new([link(SELF, 1, 2, 1), link(2, 2, 3, 1), link(3, 9, 4, 1)]);
    assert_eq!(answered(&bench.send(2, host(2), host(9))), [1], "nothing has moved");
    bench.topology = Topology::new([link(SELF, 1, 2, 1), link(SELF, 3, 3, 1)]);
    let commands = bench.send(2, host(2), host(9));
    assert_eq!(answered(&commands), [1, 3, 4]);
    assert!(flow_mods(&commands).iter().any(|delete| delete.out_port == PortNo(1)));
}

#[test]
fn the_next_owner_knows_what_the_last_one_knew_and_holds_nothing_down() {
    let mut source = Bench::settled();
    source.broadcast(1, 1);
    let state = source.app.export();
    // The target's clock has nothing to do with the source's.
    let mut target = Bench { app: Forwarding::default(), ..Bench::new() };
    target.app.import(&state).expect("it was just exported");
    assert_eq!(answered(&target.send(2, host(2), host(1))), [1]);
    assert_eq!(answered(&target.broadcast(2, 2)), [1, 3, 4]);
    assert_eq!(packet_outs(&target.tick()).len(), 4, "it probes as soon as it can");
}

#[test]
fn a_switch_that_moves_on_before_anything_happened_takes_all_along() {
    let mut source = Bench::settled();
    source.broadcast(1, 1);
    let mut between = Forwarding::default();
    between.import(&source.app.export()).expect("it was just exported");
    let mut target = Bench { app: Forwarding::default(), ..Bench::new() };
    target.app.import(&between.export()).expect("it was just exported");
    assert_eq!(answered(&target.send(2, host(2), host(1))), [1]);
    assert_eq!(answered(&target.broadcast(2, 2)), [1, 3, 4]);
}

#[test]
fn addresses_that_were_learnt_by_links_in_another_topology_are_not_taken_over() {
    let mut source = Bench::settled();
    source.topology = Topology::new([link(SELF, 1, 2, 1), link(SELF, 3, 3, 1)]);
    source.broadcast(1, 9);
    source.broadcast(2, 8);
    let state = source.app.export();
    let mut target = Bench { app: Forwarding::default(), ..Bench::new() };
    target.topology = Topology::new([link(SELF, 1, 2, 1), link(2, 2, 3, 2)]);
    target.app.import(&state).expect("it was just exported");
    assert_eq!(answered(&target.send(4, host(4), host(9))), [1, 2, 3], "9 may be elsewhere");
    assert_eq!(answered(&target.send(4, host(4), host(8))), [2], "8 is at a port of its own");
}

#[test]
fn a_switch_that_moves_while_it_is_held_down_stays_held_down() {
    let state = Bench::new().app.export();
    let mut target = Bench { app: Forwarding::default(), ..Bench::new() };
    target.app.import(&state).expect("it was just exported");
    assert_eq!(target.broadcast(1, 1), []);
}

#[test]
fn a_standby_that_is_handed_a_switch_by_a_fresh_owner_trusts_the_log() {
    let state = Bench::new().app.export();
    let mut standby = Bench::standby(true, Duration::ZERO);
    standby.app.import(&state).expect("it was just exported");
    assert_eq!(answered(&standby.broadcast(1, 1)), [2, 3, 4]);
}

#[test]
fn a_newcomer_that_takes_over_holds_nothing_down_that_an_owner_had_probed() {
    let mut newcomer = Bench::standby(true, Duration::from_millis(5));
    newcomer.call(|app, cx, out| app.owned(cx, out));
    assert_eq!(answered(&newcomer.broadcast(1, 1)), [2, 3, 4]);
    assert!(newcomer.app.has_probed());
}

#[test]
fn a_standby_holds_down_what_no_owner_had_probed_however_long_it_has_watched() {
    let mut standby = Bench::standby(false, Duration::from_secs(60));
    standby.topology = Topology::new([link(SELF, 4, 2, 1)]);
    standby.call(|app, cx, out| app.owned(cx, out));
    assert_eq!(standby.broadcast(1, 1), []);
    assert_eq!(standby.dropped(DropReason::NotSettled), 1);
    assert!(!standby.app.has_probed());
    standby.pass(HOLD_DOWN);
    assert_eq!(answered(&standby.broadcast(1, 1)), [2, 3, 4]);
    assert!(standby.app.has_probed());
}

#[test]
fn who_takes_over_holds_down_what_came_up_too_late_to_have_been_probed() {
    let state = Bench::settled().app.export();
    for (state, long_enough) in [(None, HOLD_DOWN + FAILOVER), (Some(state), HOLD_DOWN)] {
        let take_over = |up_for: Duration| {
            let mut standby = Bench::standby(true, Duration::from_secs(60));
            let status = PortStatus { reason: PortReason::ADD, port: port(5, true) };
            standby.ports.update(&status, standby.now);
            standby.pass(up_for);
            if let Some(state) = &state {
                standby.app.import(state).expect("it was just exported");
            }
            answered(&standby.broadcast(1, 1))
        };
        assert_eq!(take_over(long_enough - Duration::from_millis(1)), [2, 3, 4]);
        assert_eq!(take_over(long_enough), [2, 3, 4, 5]);
    }
}

#[test]
fn who_loses_the_switch_forgets_it() {
    let mut bench = Bench::settled();
    bench.broadcast(1, 1);
    let before = bench.app.stats();
    bench.app.disowned();
    assert_eq!(bench.app.stats(), before, "but not what it did");
    assert!(!bench.app.has_probed());
    bench.probed = true;
    assert_eq!(answered(&bench.send(2, host(2), host(1))), [1, 3, 4]);
}
