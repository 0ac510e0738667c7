//! Switches, cables and hosts in memory: each switch has an application of its own, at one of two nodes that
//! share nothing but the log. A frame takes a millisecond along a cable; all else takes no time.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// Switches with flow tables, the cables between them, and hosts.
pub(super) struct Network {
    pub(super) now: Duration,
    switches: BTreeMap<u64, Switch>,
    cables: BTreeMap<End, End>,
    hosts: BTreeMap<End, u8>,
    /// Frames under way, by when they arrive.
    wire: BTreeMap<(Duration, u64), (End, Bytes)>,
    sent: u64,
    /// What the log says of links.
    links: BTreeSet<Link>,
    /// How long each node takes to learn what the log says.
    log_delay: [Duration; 2],
    /// News of links under way to each node, by when they arrive.
    news: BTreeMap<(Duration, u64), (usize, Topology)>,
    topologies: [Topology; 2],
    /// Until when cables lose every frame of the switches themselves.
    probes_lost_until: Duration,
    /// How often each host got each frame.
    got: BTreeMap<(u8, u32), u32>,
    /// Frames of hosts that went from switch to switch.
    pub(super) hops: u64,
}

type End = (u64, u32);

struct Switch {
    node: usize,
    app: Forwarding,
    ports: PortTable,
    /// What the log says of its ports.
    probed: bool,
    flows: Vec<FlowMod>,
    owned_from: Duration,
    ticks_at: Duration,
}

const CABLE: Duration = Duration::from_millis(1);
const TICK: Duration = Duration::from_millis(100);
const ETHERTYPE: u16 = 0x0800;
/// Port of each switch that its host is at; host n is at switch n.
const HOST_PORT: u32 = 10;

impl Network {
    /// Returns switches 1 to `switches`, odd ones at one node and even ones at the other, with a host each;
    /// the cables are given by the switches that they connect, and each takes the next free port.
    pub(super) fn new(switches: u64, cables: &[(u64, u64)]) -> Self {
        let mut network = Self {
            now: Duration::ZERO,
            switches: BTreeMap::new(),
            cables: BTreeMap::new(),
            hosts: BTreeMap::new(),
            wire: BTreeMap::new(),
            sent: 0,
            links: BTreeSet::new(),
            log_delay: [Duration::from_millis(10), Duration::from_millis(40)],
            news: BTreeMap::new(),
            topologies: [Topology::default(), Topology::default()],
            probes_lost_until: Duration::ZERO,
            got: BTreeMap::new(),
            hops: 0,
        };
        let mut next_port = BTreeMap::new();
        let mut free_port = |dpid: u64| {
            let port = next_port.entry(dpid).or_insert(0);
            *port += 1;
            (dpid, *port)
        };
        for &(a, b) in cables {
            let (a, b) = (free_port(a), free_port(b));
            network.cables.extend([(a, b), (b, a)]);
        }
        for dpid in 1..=switches {
            network.hosts.insert((dpid, HOST_PORT), dpid as u8);
            let linked = network.cables.keys().filter(|end| end.0 == dpid).map(|end| end.1);
            let ports = linked.chain([HOST_PORT]).map(|number| port(number, true));
            let switch = Switch {
                node: (dpid % 2) as usize,
                app: Forwarding::default(),
                ports: PortTable::new(ports, Duration::ZERO),
                probed: false,
                flows: Vec::new(),
                owned_from: Duration::ZERO,
                ticks_at: Duration::ZERO,
            };
            network.switches.insert(dpid, switch);
        }
        network
    }

    pub(super) fn with_log_delay(mut self, delay: Duration) -> Self {
        self.log_delay = [delay; 2];
        self
    }

    pub(super) fn with_probes_lost_until(mut self, time: Duration) -> Self {
        self.probes_lost_until = time;
        self
    }

    /// Has a switch get its first owner only at `time`.
    pub(super) fn own_from(&mut self, dpid: u64, time: Duration) {
        let switch = self.switches.get_mut(&dpid).expect("the switch exists");
        (switch.owned_from, switch.ticks_at) = (time, time);
    }

    /// Returns the network after every link was found and every port has settled.
    pub(super) fn settled(mut self) -> Self {
        self.run(Duration::from_secs(1));
        self
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let frame = self.wire.first_key_value().map(|(key, _)| key.0);
            let news = self.news.first_key_value().map(|(key, _)| key.0);
            let tick = self.switches.iter().map(|(&dpid, switch)| (switch.ticks_at, dpid)).min();
            let next = [frame, news, tick.map(|tick| tick.0)].into_iter().flatten().min();
            let Some(next) = next.filter(|&next| next < end) else { break };
            self.now = next;
            if news == Some(next) {
                let (_, (node, topology)) = self.news.pop_first().expect("it was looked at");
                self.topologies[node] = topology;
            } else if frame == Some(next) {
                let (_, (to, data)) = self.wire.pop_first().expect("it was looked at");
                self.arrive(to, data);
            } else if let Some((_, dpid)) = tick {
                self.tick(dpid);
            }
        }
        self.now = end;
    }

    fn tick(&mut self, dpid: u64) {
        let switch = self.switches.get_mut(&dpid).expect("it ticked");
        let first = switch.ticks_at == switch.owned_from;
        switch.ticks_at += TICK;
        if first {
            self.call(dpid, |app, cx, out| app.owned(cx, out));
        }
        self.call(dpid, |app, cx, out| app.tick(cx, out));
    }

    fn call(
        &mut self,
        dpid: u64,
        what: impl FnOnce(&mut Forwarding, &Context<'_>, &mut Vec<Command>),
    ) {
        let switch = self.switches.get_mut(&dpid).expect("the switch exists");
        let (ports, topology) = (&switch.ports, &self.topologies[switch.node]);
        let mut out = Vec::new();
        let probed = switch.probed;
        let cx = Context { dpid: Dpid(dpid), now: self.now, ports, probed, topology };
        what(&mut switch.app, &cx, &mut out);
        switch.probed |= switch.app.has_probed();
        for command in out {
            match command {
                Command::Send(Message::FlowMod(change)) => {
                    let flows = &mut self.switches.get_mut(&dpid).expect("it exists").flows;
                    change_flows(flows, change);
                }
                Command::Send(Message::PacketOut(packet)) => {
                    for port in output_ports(&packet.actions) {
                        assert_ne!(PortNo(port), packet.in_port, "a switch would not send it back");
                        self.emit((dpid, port), packet.data.clone());
                    }
                }
                Command::Send(other) => panic!("not expected: {other:?}"),
                Command::LinkSeen(link) => self.log(|links| links.insert(link)),
                Command::LinkLost(link) => self.log(|links| links.remove(&link)),
            }
        }
    }

    fn log(&mut self, change: impl FnOnce(&mut BTreeSet<Link>) -> bool) {
        if change(&mut self.links) {
            for (node, delay) in self.log_delay.into_iter().enumerate() {
                self.sent += 1;
                let topology = Topology::new(self.links.iter().copied());
                self.news.insert((self.now + delay, self.sent), (node, topology));
            }
        }
    }

    /// A frame leaves a switch by a port.
    fn emit(&mut self, from: End, data: Bytes) {
        if self.switches[&from.0].ports.up_since(PortNo(from.1)).is_none() {
            return;
        }
        if let Some(host) = self.hosts.get(&from) {
            if let Some(number) = number_of(&data) {
                *self.got.entry((*host, number)).or_default() += 1;
            }
        } else if let Some(&to) = self.cables.get(&from) {
            let is_probe = number_of(&data).is_none();
            self.hops += u64::from(!is_probe);
            if !is_probe || self.now >= self.probes_lost_until {
                self.put(to, data);
            }
        }
    }

    fn put(&mut self, to: End, data: Bytes) {
        self.sent += 1;
        self.wire.insert((self.now + CABLE, self.sent), (to, data));
    }

    /// A frame comes to a switch.
    fn arrive(&mut self, at: End, data: Bytes) {
        let (dpid, port) = at;
        let switch = &self.switches[&dpid];
        let packet = packet_in(port, data);
        if switch.ports.up_since(PortNo(port)).is_none() {
            return;
        }
        let taken = switch.flows.iter().filter(|flow| takes(flow, &packet));
        let Some(flow) = taken.max_by_key(|flow| flow.priority) else { return };
        for out in flow_outputs(flow) {
            if PortNo(out) == PortNo::CONTROLLER {
                self.call(dpid, |app, cx, out| app.packet_in(cx, &packet, out));
            } else {
                self.emit((dpid, out), packet.data.clone());
            }
        }
    }

    /// A host sends a frame with a number, to another host or to all.
    pub(super) fn send(&mut self, from: u8, to: Option<u8>, number: u32) {
        let found = self.hosts.iter().find(|(_, host)| **host == from);
        let at = *found.expect("the host is somewhere").0;
        let dst = to.map_or(MacAddr::BROADCAST, host);
        self.put(at, frame(dst, host(from), ETHERTYPE, &number.to_be_bytes()));
    }

    /// Returns how often each host has got the frame with a number.
    pub(super) fn receivers(&self, number: u32) -> Vec<(u8, u32)> {
        let got = self.got.iter().filter(|((_, of), _)| *of == number);
        got.map(|((host, _), times)| (*host, *times)).collect()
    }

    /// Returns the highest number of times that a host has got the same frame.
    pub(super) fn most_copies(&self) -> u32 {
        self.got.values().copied().max().unwrap_or(0)
    }

    /// Every host asks for every other with a broadcast, is answered, and goes on talking.
    pub(super) fn assert_pingall(&mut self, numbers_from: u32) {
        let mut hosts: Vec<u8> = self.hosts.values().copied().collect();
        hosts.sort_unstable();
        let pairs = hosts.iter().flat_map(|a| hosts.iter().map(move |b| (*a, *b)));
        let mut number = numbers_from;
        for (a, b) in pairs.filter(|(a, b)| a != b) {
            for (from, to) in [(a, None), (b, Some(a)), (a, Some(b)), (b, Some(a))] {
                number += 1;
                self.send(from, to, number);
                self.run(Duration::from_millis(20));
                let all = hosts.iter().copied().filter(|host| *host != from);
                let wanted: Vec<_> = match to {
                    Some(to) => vec![(to, 1)],
                    None => all.map(|host| (host, 1)).collect(),
                };
                assert_eq!(self.receivers(number), wanted, "{from} to {to:?}");
            }
        }
    }

    /// Returns how many packet-ins there have been, discovery not counted.
    pub(super) fn packet_ins(&self) -> u64 {
        let stats = self.switches.values().map(|switch| switch.app.stats());
        stats.map(|stats| stats.packet_ins - stats.discovered).sum()
    }

    /// Moves a switch to the other node, as a migration does.
    pub(super) fn migrate(&mut self, dpid: u64) {
        let switch = self.switches.get_mut(&dpid).expect("the switch exists");
        let mut target = Forwarding::default();
        target.import(&switch.app.export()).expect("it was just exported");
        switch.app = target;
        switch.node = 1 - switch.node;
    }

    /// Has the other node, which has just connected, take a switch over whose owner died.
    pub(super) fn fail_over(&mut self, dpid: u64) {
        let switch = self.switches.get_mut(&dpid).expect("the switch exists");
        switch.app = Forwarding::default();
        let ports: Vec<Port> = switch.ports.iter().map(|watched| watched.port.clone()).collect();
        switch.ports = PortTable::new(ports, self.now);
        switch.node = 1 - switch.node;
        self.call(dpid, |app, cx, out| app.owned(cx, out));
    }

    /// Unplugs the host of one switch and plugs it into another switch's port 11.
    pub(super) fn move_host(&mut self, number: u8, from: u64, to: u64) {
        self.hosts.remove(&(from, HOST_PORT));
        self.set_port(from, HOST_PORT, false);
        self.hosts.insert((to, HOST_PORT + 1), number);
        self.set_port(to, HOST_PORT + 1, true);
        self.run(HOLD_DOWN);
    }

    /// Cuts or mends the cable at a port.
    pub(super) fn set_cable(&mut self, end: End, up: bool) {
        let other = self.cables[&end];
        for (dpid, port) in [end, other] {
            self.set_port(dpid, port, up);
        }
    }

    fn set_port(&mut self, dpid: u64, number: u32, up: bool) {
        let status = PortStatus { reason: PortReason::MODIFY, port: port(number, up) };
        let now = self.now;
        self.switches.get_mut(&dpid).expect("it exists").ports.update(&status, now);
        self.call(dpid, |app, cx, out| app.port_status(cx, &status, out));
    }
}

fn number_of(data: &Bytes) -> Option<u32> {
    let (head, number) = data.split_at_checked(14)?;
    let is_ours = head[12..] == ETHERTYPE.to_be_bytes();
    is_ours.then_some(u32::from_be_bytes(number.try_into().ok()?))
}

fn takes(flow: &FlowMod, packet: &PacketIn) -> bool {
    let head = ethernet::Header::of(&packet.data).expect("hosts send whole frames");
    flow.fields.get(key::IN_PORT).is_none_or(|port| Some(port) == packet.in_port())
        && flow.fields.get(key::ETH_DST).is_none_or(|dst| dst == head.dst)
        && flow.fields.get(key::ETH_SRC).is_none_or(|src| src == head.src)
}

fn flow_outputs(flow: &FlowMod) -> Vec<u32> {
    match &flow.instructions[..] {
        [Instruction::ApplyActions(actions)] => output_ports(actions),
        others => panic!("one list of actions is expected: {others:?}"),
    }
}

fn change_flows(flows: &mut Vec<FlowMod>, change: FlowMod) {
    match change.command {
        FlowModCommand::Add => {
            flows.retain(|flow| (flow.priority, &flow.fields) != (change.priority, &change.fields));
            flows.push(change);
        }
        FlowModCommand::Delete => flows.retain(|flow| {
            let included = change.fields.fields().iter().all(|f| flow.fields.fields().contains(f));
            let to_port =
                change.out_port == PortNo::ANY || flow_outputs(flow).contains(&change.out_port.0);
            let cookie = (flow.cookie ^ change.cookie) & change.cookie_mask == 0;
            !(included && to_port && cookie)
        }),
        other => panic!("not expected: {other:?}"),
    }
}
