//! The default application: learning bridges that together flood along a spanning tree.
//!
//! A frame to an address that was heard goes out by the port it was heard on, and a flow takes those that
//! follow. Anything else is sent out of every port that floods, without a flow. Both leave the switch by
//! explicit ports, in exactly one `OFPT_PACKET_OUT`, or with the flow if the switch has kept the frame; one that is
//! dropped instead is counted by reason.
//!
//! # Loops
//!
//! Links are discovered with frames of our own, and the tree is computed from the links that the cluster
//! knows. The danger is the time before it knows them. Picture a ring of four switches that powers up at
//! once, with hosts that broadcast from the first moment:
//!
//! ```text
//!   0 ms  s1 gets an owner, which probes every port; s2, s3 and s4 within some 100 ms, at other nodes
//!         a port that has not been probed for HOLD_DOWN takes part in nothing: frames from it are dropped
//!  ~5 ms  each probe that meets a switch with an owner comes in there: LinkSeen, and the port is blocked
//!         for PATIENCE, unless the cluster's tree takes it in before
//! ~40 ms  the log has the links of the switches that have owners; all nodes compute the same tree
//! 500 ms  s1 floods, along the tree. The link to a switch that gets its owner only now is found by *its*
//!         probes: a link counts in both directions as soon as it was crossed in one
//! ```
//!
//! So a port floods only once both ends have had the time to hear of each other. Should a link stay hidden
//! longer, because probes were lost or the log was slow, a budget of floods bounds the storm, and it ends
//! with the link's discovery: floods leave no flows behind, and addresses learnt by a port that turns out to
//! lead elsewhere are forgotten together with the flows to it.
//!
//! Hosts that wait for an answer to ARP ask again after a second, so `HOLD_DOWN` costs one retry at most.
//! It does not apply to who takes over after an owner has probed the ports, but for a port that came up lately.
//! Such an owner tells the log, once, and the log keeps it as long as the switch's links: until nobody has a
//! session with the switch. A migration's source tells the target besides, as of that moment. An owner whose own
//! session begins anew probes all ports again: the switch may have restarted.
//!
//! # Stale flows
//!
//! A flow may lead to an address only where the table of addresses says it is: flows go whenever the table
//! changes, and a host that moved is noticed since flows match the port that it sends from. Flows of an
//! earlier owner are unknown; until the last has timed out, an address that is new to this one drops them.

use super::budget::Budget;
use super::ethernet::{EXPERIMENTAL, Header, LLDP};
use super::hosts::{Heard, Hosts};
use super::lldp::{self, Lldp};
use super::neighbours::Neighbours;
use super::state::State;
use super::stats::{DropReason, Stats};
use super::{App, Command, Context, ImportError};
use bytes::Bytes;
use migration::ownership::Link;
use openflow::{
    Action, Actions, BufferId, Dpid, FlowMod, Instruction, MacAddr, Match, Message, PacketIn,
    PacketOut, Port, PortNo, PortStatus, key,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Bridges one switch.
#[derive(Debug)]
pub struct Forwarding {
    hosts: Hosts,
    neighbours: Neighbours,
    tenure: Option<Tenure>,
    /// State of the last owner, until the clock and the ports are known that it is to be seen with.
    inherited: Option<State>,
    /// Until when there may be flows that an earlier owner has left.
    strange_flows_until: Duration,
    now: Duration,
    announced: BTreeMap<PortNo, Duration>,
    aged_at: Duration,
    view: View,
    floods: Budget,
    stats: Stats,
}

/// Since when this node answers for the switch.
#[derive(Clone, Copy, Debug)]
struct Tenure {
    since: Duration,
    /// Ports that are up since then or before were probed by an earlier owner, if any were.
    probed: Option<Duration>,
}

/// What the topology means to this switch.
#[derive(Clone, Debug, Default)]
struct View {
    digest: u64,
    links: BTreeSet<PortNo>,
    blocked: BTreeSet<PortNo>,
    /// Which port leads to which switch, once an address was learnt on a link.
    ways: Option<BTreeMap<Dpid, PortNo>>,
}

impl Default for Forwarding {
    fn default() -> Self {
        Self {
            hosts: Hosts::default(),
            neighbours: Neighbours::default(),
            tenure: None,
            inherited: None,
            strange_flows_until: Duration::ZERO,
            now: Duration::ZERO,
            announced: BTreeMap::new(),
            aged_at: Duration::ZERO,
            view: View::default(),
            floods: Budget::new(FLOODS_PER_SECOND, FLOOD_BURST),
            stats: Stats::default(),
        }
    }
}

impl App for Forwarding {
    fn owned(&mut self, cx: &Context<'_>, out: &mut Vec<Command>) {
        self.arrive(cx, out);
        let to_controller = [Action::output(PortNo::CONTROLLER)];
        let miss = FlowMod::add().with_cookie(COOKIE).with_actions(to_controller);
        out.push(Command::Send(Message::FlowMod(miss)));
        self.announced.clear();
        self.announce(cx, out);
    }

    fn packet_in(&mut self, cx: &Context<'_>, packet: &PacketIn, out: &mut Vec<Command>) {
        self.arrive(cx, out);
        self.stats.packet_ins += 1;
        if let Err(reason) = self.answer(cx, packet, out) {
            self.stats.drop(reason);
        }
    }

    fn port_status(&mut self, cx: &Context<'_>, status: &PortStatus, out: &mut Vec<Command>) {
        self.arrive(cx, out);
        let port = status.port.port_no;
        if cx.ports.up_since(port).is_some() {
            self.announce(cx, out);
            return;
        }
        self.announced.remove(&port);
        self.neighbours.forget_port(port);
        self.forget_port(port, out);
        out.extend(cx.topology.links_at(cx.dpid, port).map(Command::LinkLost));
    }

    fn tick(&mut self, cx: &Context<'_>, out: &mut Vec<Command>) {
        self.arrive(cx, out);
        self.announce(cx, out);
        if self.now < self.aged_at + AGE_EVERY {
            return;
        }
        self.aged_at = self.now;
        for address in self.hosts.expire(self.now) {
            delete_flows_of(address, out);
        }
        let lost = self.neighbours.expire(cx.dpid, self.now, LINK_AGE);
        out.extend(lost.into_iter().map(Command::LinkLost));
    }

    fn export(&self) -> Vec<u8> {
        // A switch that moves on before anything happened at it.
        if let Some(inherited) = &self.inherited {
            return inherited.write();
        }
        State::new(self.has_probed(), self.view.digest, &self.hosts, self.now).write()
    }

    fn import(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        self.inherited = Some(State::read(bytes)?);
        Ok(())
    }

    fn disowned(&mut self) {
        let (floods, stats) = (self.floods.clone(), self.stats);
        *self = Self { floods, stats, ..Self::default() };
    }
}

impl Forwarding {
    /// Returns what it has done so far, under every owner's term of this session.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Returns whether the ports that this owner found have been probed for long enough, by it or before it.
    pub fn has_probed(&self) -> bool {
        self.tenure.is_some_and(|tenure| tenure.has_settled(Duration::ZERO, self.now))
    }

    /// Takes note of what may have changed since the last call.
    fn arrive(&mut self, cx: &Context<'_>, out: &mut Vec<Command>) {
        self.now = cx.now;
        if self.tenure.is_none() {
            self.begin(cx, out);
        }
        if self.view.digest != cx.topology.digest() {
            self.follow_topology(cx, out);
        }
    }

    fn begin(&mut self, cx: &Context<'_>, out: &mut Vec<Command>) {
        self.strange_flows_until = self.now + Duration::from_secs(HARD_TIMEOUT_S.into());
        self.view = View::of(cx, false);
        for link in cx.topology.links_to(cx.dpid) {
            self.neighbours.expect(link, self.now);
        }
        let (mut probed, mut gap) = (cx.probed, FAILOVER);
        if let Some(state) = self.inherited.take() {
            for (address, host) in state.hosts(self.now) {
                self.hosts.inherit(address, host);
            }
            self.view.ways = Some(cx.topology.ways(cx.dpid));
            if state.topology != cx.topology.digest() {
                // What has changed on the way is not known.
                for port in self.view.links.clone() {
                    self.forget_port(port, out);
                }
            }
            // A source that has just restarted holds down what the log knows to be probed.
            probed |= state.settled;
            gap = Duration::ZERO;
        }
        let lately = self.now.saturating_sub(gap + HOLD_DOWN);
        // When a port came up that was up as the session began is not known.
        let probed = probed.then(|| lately.max(cx.ports.since()));
        self.tenure = Some(Tenure { since: self.now, probed });
    }

    fn answer(
        &mut self,
        cx: &Context<'_>,
        packet: &PacketIn,
        out: &mut Vec<Command>,
    ) -> Result<(), DropReason> {
        let header = Header::of(&packet.data).ok_or(DropReason::Malformed)?;
        let in_port = packet.in_port().ok_or(DropReason::Malformed)?;
        let up_since = cx.ports.up_since(in_port).ok_or(DropReason::NoPort)?;
        if header.ethertype == LLDP {
            return self.discover(cx, in_port, &packet.data, out);
        }
        if header.is_link_local() || header.ethertype == EXPERIMENTAL {
            return Err(DropReason::Reserved);
        }
        if header.src.is_multicast() {
            return Err(DropReason::Malformed);
        }
        let is_whole = packet.data.len() >= usize::from(packet.total_len);
        if packet.buffer_id == BufferId::NO_BUFFER && !is_whole {
            return Err(DropReason::Truncated);
        }
        if !self.is_settled(up_since) {
            return Err(DropReason::NotSettled);
        }
        if !self.is_open(in_port) {
            return Err(DropReason::Blocked);
        }
        self.learn(cx, header.src, in_port, out);
        match self.way_to(cx, header.dst) {
            Some(port) if port == in_port => Err(DropReason::Hairpin),
            Some(port) => {
                self.stats.forwarded += 1;
                let buffer_id = packet.buffer_id;
                let flow = FlowMod { buffer_id, ..flow(&header, in_port, port) };
                out.push(Command::Send(Message::FlowMod(flow)));
                // A packet that the switch keeps follows its flow.
                if buffer_id == BufferId::NO_BUFFER {
                    out.push(Command::Send(packet_out(packet, in_port, [Action::output(port)])));
                }
                Ok(())
            }
            None => self.flood(cx, packet, in_port, out),
        }
    }

    /// Takes note of where `address` is, and takes back what was said of it before.
    fn learn(&mut self, cx: &Context<'_>, address: MacAddr, port: PortNo, out: &mut Vec<Command>) {
        let heard = self.hosts.hear(address, port, self.now);
        match heard {
            Heard::Known => return,
            Heard::Refused => self.stats.refused += 1,
            Heard::New if self.now >= self.strange_flows_until => {}
            Heard::New => {
                delete_flows(Match::any().with(key::ETH_DST, address), PortNo::ANY, out);
            }
            Heard::Moved => {
                self.stats.moved += 1;
                delete_flows_of(address, out);
            }
        }
        if self.view.ways.is_none() && self.view.links.contains(&port) {
            self.view.ways = Some(cx.topology.ways(cx.dpid));
        }
    }

    /// Returns the port that leads to `address`, if it is known and takes frames.
    fn way_to(&self, cx: &Context<'_>, address: MacAddr) -> Option<PortNo> {
        let port = self.hosts.find(address)?;
        let up_since = cx.ports.up_since(port)?;
        (self.is_settled(up_since) && self.is_open(port)).then_some(port)
    }

    fn flood(
        &mut self,
        cx: &Context<'_>,
        packet: &PacketIn,
        in_port: PortNo,
        out: &mut Vec<Command>,
    ) -> Result<(), DropReason> {
        if !self.floods.spend(self.now) {
            return Err(DropReason::OverBudget);
        }
        let floods = |&(port, up_since): &(&Port, Duration)| {
            port.port_no != in_port && self.is_settled(up_since) && self.is_open(port.port_no)
        };
        let ports = cx.ports.up().filter(floods);
        let actions: Actions = ports.map(|(port, _)| Action::output(port.port_no)).collect();
        if actions.is_empty() {
            return Err(DropReason::Nowhere);
        }
        self.stats.flooded += 1;
        out.push(Command::Send(packet_out(packet, in_port, actions)));
        Ok(())
    }

    /// Returns whether a port that has been up since then has been probed for long enough.
    fn is_settled(&self, up_since: Duration) -> bool {
        self.tenure.is_some_and(|tenure| tenure.has_settled(up_since, self.now))
    }

    /// Returns whether a port is at an edge or in the tree, as far as is known.
    fn is_open(&self, port: PortNo) -> bool {
        if self.view.links.contains(&port) {
            !self.view.blocked.contains(&port)
        } else {
            // The cluster may be about to learn that it is a link.
            !self.neighbours.is_fresh(port, self.now, PATIENCE)
        }
    }

    fn discover(
        &mut self,
        cx: &Context<'_>,
        in_port: PortNo,
        frame: &[u8],
        out: &mut Vec<Command>,
    ) -> Result<(), DropReason> {
        let (from, from_port) = match lldp::decode(frame) {
            Lldp::Ours(from, from_port) => (from, from_port),
            Lldp::Foreign => return Err(DropReason::Reserved),
            Lldp::Malformed => return Err(DropReason::Malformed),
        };
        self.stats.discovered += 1;
        let link = Link { from, from_port, to: cx.dpid, to_port: in_port };
        if !self.neighbours.hear(link, self.now) {
            self.stats.refused += 1;
        } else if !cx.topology.contains(&link) {
            out.push(Command::LinkSeen(link));
        }
        Ok(())
    }

    /// Sends discovery frames out of ports that are due: all of them every now and then, and those that may
    /// still hide a loop at every opportunity.
    fn announce(&mut self, cx: &Context<'_>, out: &mut Vec<Command>) {
        for (port, up_since) in cx.ports.up() {
            let last = self.announced.get(&port.port_no).filter(|&&last| last >= up_since);
            let every = if self.is_settled(up_since) { ANNOUNCE_EVERY } else { PROBE_EVERY };
            if last.is_none_or(|&last| last + every <= self.now) {
                let ttl_s = LINK_AGE.as_secs() as u16;
                let frame = lldp::encode(cx.dpid, port.port_no, port.hw_addr, ttl_s);
                let actions = [Action::output(port.port_no)];
                let probe = PacketOut::new(actions, Bytes::from(frame));
                out.push(Command::Send(Message::PacketOut(probe)));
                self.announced.insert(port.port_no, self.now);
            }
        }
    }

    /// Takes in what the cluster knows of links now, and forgets addresses that may have moved by that.
    fn follow_topology(&mut self, cx: &Context<'_>, out: &mut Vec<Command>) {
        let view = View::of(cx, self.view.ways.is_some());
        let before = std::mem::replace(&mut self.view, view);
        for port in self.view.upset_since(&before) {
            self.forget_port(port, out);
        }
        for link in cx.topology.links_to(cx.dpid) {
            self.neighbours.expect(link, self.now);
        }
    }

    /// Forgets the addresses behind `port`, and the flows that lead there; those that come from there too,
    /// or the addresses would not be learnt again as long as the flows last.
    fn forget_port(&mut self, port: PortNo, out: &mut Vec<Command>) {
        if self.hosts.forget_port(port) || self.now < self.strange_flows_until {
            delete_flows(Match::any(), port, out);
            delete_flows(Match::any().with(key::IN_PORT, port), PortNo::ANY, out);
        }
    }
}

impl View {
    fn of(cx: &Context<'_>, with_ways: bool) -> Self {
        let links: BTreeSet<PortNo> = cx.topology.link_ports(cx.dpid).collect();
        let floods = |port: &&PortNo| cx.topology.floods(cx.dpid, **port);
        let blocked = links.iter().filter(|port| !floods(port)).copied().collect();
        let ways = with_ways.then(|| cx.topology.ways(cx.dpid));
        Self { digest: cx.topology.digest(), links, blocked, ways }
    }

    /// Returns the ports behind which an address may be no more that was there in the view before.
    fn upset_since(&self, before: &Self) -> BTreeSet<PortNo> {
        let mut upset = &(&self.links - &before.links) | &(&self.blocked - &before.blocked);
        if let (Some(before), Some(ways)) = (&before.ways, &self.ways) {
            let other_way = before.iter().filter(|(dpid, port)| ways.get(dpid) != Some(port));
            upset.extend(other_way.map(|(_, port)| *port));
        }
        upset
    }
}

impl Tenure {
    /// Returns whether a port that has been up since then has been probed for long enough.
    fn has_settled(self, up_since: Duration, now: Duration) -> bool {
        self.probed.is_some_and(|probed| up_since <= probed)
            || self.since.max(up_since) + HOLD_DOWN <= now
    }
}

fn flow(header: &Header, in_port: PortNo, out_port: PortNo) -> FlowMod {
    // In place: it is made for every packet.
    let mut flow = FlowMod::add();
    flow.cookie = COOKIE;
    flow.priority = PRIORITY;
    flow.idle_timeout = IDLE_TIMEOUT_S;
    flow.hard_timeout = HARD_TIMEOUT_S;
    flow.fields.set(key::IN_PORT, in_port);
    flow.fields.set(key::ETH_DST, header.dst);
    flow.fields.set(key::ETH_SRC, header.src);
    flow.instructions.push(Instruction::apply_actions([Action::output(out_port)]));
    flow
}

fn packet_out(
    packet: &PacketIn,
    in_port: PortNo,
    actions: impl IntoIterator<Item = Action>,
) -> Message {
    let buffer_id = packet.buffer_id;
    let is_here = buffer_id == BufferId::NO_BUFFER;
    let data = if is_here { packet.data.clone() } else { Bytes::new() };
    Message::PacketOut(PacketOut { buffer_id, in_port, ..PacketOut::new(actions, data) })
}

/// Deletes our flows to and from `address`: with the latter gone, it is noticed when it sends again.
fn delete_flows_of(address: MacAddr, out: &mut Vec<Command>) {
    delete_flows(Match::any().with(key::ETH_DST, address), PortNo::ANY, out);
    delete_flows(Match::any().with(key::ETH_SRC, address), PortNo::ANY, out);
}

/// Deletes our flows that match `fields` and lead to `out_port`.
fn delete_flows(fields: Match, out_port: PortNo, out: &mut Vec<Command>) {
    let delete = FlowMod::delete().with_cookie_filter(COOKIE, u64::MAX).with_match(fields);
    out.push(Command::Send(Message::FlowMod(FlowMod { out_port, ..delete })));
}

/// Cookie of every flow of this application: "baton", then its number.
const COOKIE: u64 = 0x6261_746f_6e00_0001;
/// Above the flow that asks the controller, below what an operator would add.
const PRIORITY: u16 = 10;
/// Life of a flow that nothing uses.
const IDLE_TIMEOUT_S: u16 = 60;
/// Life of any flow: a mistake lasts no longer, and a host that talks all the time is heard before its address
/// grows old.
const HARD_TIMEOUT_S: u16 = 240;

/// How long a port is probed before it takes part in flooding and learning.
pub(super) const HOLD_DOWN: Duration = Duration::from_millis(500);
/// How long a port is blocked behind which a switch was found, while the cluster does not know of the link.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time from the death of an owner until another answers, after an election: nobody probes a port that comes up
/// meanwhile.
pub(super) const FAILOVER: Duration = Duration::from_millis(1_500);
/// Time between discovery frames by a port that is held down.
const PROBE_EVERY: Duration = Duration::from_millis(100);
/// Time between discovery frames otherwise.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(3);
/// Life of a link that no frame crosses: three of them may be lost.
pub(super) const LINK_AGE: Duration = Duration::from_secs(9);
/// Time between looks for what has grown old.
const AGE_EVERY: Duration = Duration::from_secs(1);
/// Frames flooded by one switch, on average at most.
const FLOODS_PER_SECOND: u32 = 20_000;
/// Frames flooded by one switch at once.
pub(super) const FLOOD_BURST: u32 = 4_000;
