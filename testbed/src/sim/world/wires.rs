//! Connections between switches and nodes, streams between nodes, and what travels on them.

use super::{Event, SWITCH_TICK_EVERY, World};
use crate::numbered::Numbered;
use crate::sim::agenda::Micros;
use crate::sim::faults::Boundary;
use crate::sim::link::Link;
use crate::sim::log::Asker;
use crate::sim::session::{Body, Effect, HandOver, Io, Kind, Session, Stamp};
use crate::vswitch::{Change, ConnectionId, Output};
use bytes::Bytes;
use migration::NodeId;
use openflow::{Dpid, Frame, Message};

/// One connection of a switch with one run of a node.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) switch: usize,
    pub(super) node: NodeId,
    pub(super) run: u32,
    to_switch: Link,
    to_node: Link,
    pub(super) open_at_switch: bool,
    pub(super) open_at_node: bool,
    /// What is on the way is lost.
    pub(super) deaf: bool,
}

/// The stream from one node to another.
#[derive(Debug)]
pub(super) struct Stream {
    link: Link,
    /// Number of this stream; what was sent on an older one is lost.
    pub(super) epoch: u32,
    pub(super) broken_until: Micros,
}

impl Stream {
    pub(super) fn new(mean: Micros) -> Self {
        Self { link: Link::new(mean), epoch: 0, broken_until: 0 }
    }
}

impl World {
    pub(super) fn connection(&self, by: ConnectionId) -> &Connection {
        &self.connections[by.0 as usize]
    }

    pub(super) fn connection_mut(&mut self, by: ConnectionId) -> &mut Connection {
        &mut self.connections[by.0 as usize]
    }

    /// Returns the open connections of a node or a switch, as `of` says.
    pub(super) fn connections_where(&self, of: impl Fn(&Connection) -> bool) -> Vec<ConnectionId> {
        let mine = |(_, c): &(u64, &Connection)| (c.open_at_switch || c.open_at_node) && of(c);
        (0..).zip(&self.connections).filter(mine).map(|(id, _)| ConnectionId(id)).collect()
    }

    // Between switches and nodes.

    pub(super) fn dial(&mut self, switch: usize, node: NodeId) {
        let there = |c: &Connection| (c.switch, c.node) == (switch, node) && c.open_at_switch;
        if self.connections.iter().any(there) {
            return;
        }
        if !self.node(node).up {
            let backoff = self.rng.between(100_000, 1_000_000);
            return self.agenda.after(backoff, Event::Dial { switch, node });
        }
        let by = ConnectionId(self.connections.len() as u64);
        let mean = self.distances[&(switch, node)];
        let mut to_node = Link::new(mean);
        let accepted_at = to_node.arrival(self.now(), &mut self.rng);
        self.connections.push(Connection {
            switch,
            node,
            run: self.node(node).run,
            to_switch: Link::new(mean),
            to_node,
            open_at_switch: true,
            open_at_node: false,
            deaf: false,
        });
        self.agenda.at(accepted_at, Event::Accept(by));
        let mut out = Vec::new();
        self.switches[switch].inner.connect(by, &mut out);
        self.emit(switch, out);
    }

    pub(super) fn accept(&mut self, by: ConnectionId) {
        let &Connection { switch, node, run, open_at_switch, .. } = self.connection(by);
        if !self.is_run(node, run) {
            return self.end_at_switch(by);
        }
        if !open_at_switch {
            return;
        }
        self.connection_mut(by).open_at_node = true;
        let (version, limit) = (self.switches[switch].version, self.limit);
        let mut effects = Vec::new();
        let mut io = self.io(node, &mut effects);
        let session = Session::open(&mut io, version, limit);
        self.node_mut(node).sessions.insert(by, session);
        self.perform(node, Some(by), effects);
    }

    pub(super) fn arrive_at_node(&mut self, by: ConnectionId, frame: Frame) {
        let &Connection { node, switch, open_at_node, deaf, .. } = self.connection(by);
        if !open_at_node || deaf {
            return;
        }
        let dpid = self.switches[switch].dpid();
        let other = self.node(node).session_with(dpid).filter(|&other| other != by);
        if let Message::MultipartReply(_) = frame.message
            && let Some(other) = other
        {
            // A second connection is refused, and the first one asked to prove itself.
            self.with_session(other, |session, io| session.probe(io));
        }
        self.with_session(by, |session, io| session.receive(io, frame, other.is_some()));
    }

    pub(super) fn arrive_at_switch(&mut self, by: ConnectionId, bytes: &Bytes, stamp: Stamp) {
        let &Connection { switch, open_at_switch, deaf, .. } = self.connection(by);
        if !open_at_switch || deaf {
            return;
        }
        let (now, mut out) = (self.now(), Vec::new());
        self.switches[switch].handle(by, bytes, now, &mut out);
        for output in &out {
            if let Output::Changed { by, what } = output {
                self.book(switch, *by, what, stamp);
            }
        }
        self.emit(switch, out);
    }

    /// Books what a switch has carried out.
    fn book(&mut self, switch: usize, by: ConnectionId, what: &Change, stamp: Stamp) {
        let (now, node) = (self.now(), self.connection(by).node);
        self.trace.mix(&[now, by.0, stamp.token.0]);
        if let Change::Role(role, generation) = what {
            self.trace.say(now, || {
                format!("switch {}: node {node} is {role:?} ({generation:?})", switch + 1)
            });
        }
        if let Change::FlowMod(flow) = what {
            self.trace.say(now, || {
                format!("switch {}: node {node}: {:?} a flow", switch + 1, flow.command)
            });
        }
        if stamp.kind != Kind::Answer {
            return;
        }
        let books = &mut self.switches[switch].books;
        if books.is_out_of_turn(stamp.token) {
            self.violate_if_exact(format!(
                "P1: switch {} takes a change of node {node} under token {}, after one under a newer token",
                switch + 1,
                stamp.token,
            ));
        }
        let Change::PacketOut(data) = what else { return };
        let Some(Numbered { number, .. }) = Numbered::decode(data) else { return };
        self.trace.mix(&[number]);
        self.trace.say(now, || {
            format!("switch {}: packet-in {number} answered by node {node}", switch + 1)
        });
        let amiss = self.switches[switch].books.answered(number, now);
        if let Some(amiss) = amiss.filter(|_| self.is_faultless()) {
            self.violate_if_exact(format!("P2/P3: switch {}: {amiss}, by node {node}", switch + 1));
        }
    }

    /// Sends out what a switch wants sent.
    pub(super) fn emit(&mut self, _switch: usize, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send { to, frame } => {
                    let now = self.now();
                    let connection = &mut self.connections[to.0 as usize];
                    let at = connection.to_node.arrival(now, &mut self.rng);
                    self.agenda.at(at, Event::ToNode { by: to, frame: Box::new(frame) });
                }
                Output::Close(by) => self.end_at_switch(by),
                Output::Emit { .. } | Output::Changed { .. } => {}
            }
        }
    }

    pub(super) fn packets(&mut self, switch: usize) {
        let now = self.now();
        let (delay, burst) = self.switches[switch].next_packets(now);
        self.agenda.after(delay, Event::Packets(switch));
        if self.switches[switch].raises {
            for _ in 0..burst {
                self.raise(switch);
            }
        }
    }

    pub(super) fn raise(&mut self, switch: usize) {
        let (now, mut out) = (self.now(), Vec::new());
        self.switches[switch].raise(now, &mut out);
        self.emit(switch, out);
    }

    pub(super) fn switch_tick(&mut self, switch: usize) {
        let (now, mut out) = (self.now(), Vec::new());
        self.switches[switch].tick(now, &mut out);
        self.emit(switch, out);
        self.agenda.after(SWITCH_TICK_EVERY, Event::SwitchTick(switch));
    }

    /// The switch's end of a connection closes: it will dial again.
    pub(super) fn end_at_switch(&mut self, by: ConnectionId) {
        let connection = self.connection_mut(by);
        if !std::mem::replace(&mut connection.open_at_switch, false) {
            return;
        }
        let (switch, node) = (connection.switch, connection.node);
        self.switches[switch].inner.disconnect(by);
        let end = self.connections[by.0 as usize].to_node.arrival(self.agenda.now(), &mut self.rng);
        self.agenda.at(end, Event::EndAtNode(by));
        let backoff = if self.rng.one_in(4) {
            self.rng.between(200_000, 2_000_000)
        } else {
            self.rng.between(1_000, 200_000)
        };
        self.agenda.after(backoff, Event::Dial { switch, node });
    }

    /// The node's end of a connection closes.
    pub(super) fn end_at_node(&mut self, by: ConnectionId) {
        let connection = self.connection_mut(by);
        if !std::mem::replace(&mut connection.open_at_node, false) {
            return;
        }
        let node = connection.node;
        self.node_mut(node).sessions.remove(&by);
        self.touch(node);
        let end =
            self.connections[by.0 as usize].to_switch.arrival(self.agenda.now(), &mut self.rng);
        self.agenda.at(end, Event::EndAtSwitch(by));
    }

    // Within a node.

    /// Lets a session do something, and carries out what it wants.
    pub(super) fn with_session(
        &mut self,
        by: ConnectionId,
        f: impl FnOnce(&mut Session, &mut Io<'_>),
    ) {
        let &Connection { node, open_at_node, .. } = self.connection(by);
        if !open_at_node {
            return;
        }
        let Some(mut session) = self.node_mut(node).sessions.remove(&by) else { return };
        let mut effects = Vec::new();
        let mut io = self.io(node, &mut effects);
        f(&mut session, &mut io);
        self.node_mut(node).sessions.insert(by, session);
        self.perform(node, Some(by), effects);
    }

    /// Carries out what a node's process wants, unless it dies in the middle of it.
    fn perform(&mut self, node: NodeId, by: Option<ConnectionId>, effects: Vec<Effect>) {
        let switch = by.map(|by| self.connection(by).switch);
        let mut inside: Option<Boundary> = None;
        for effect in effects {
            if let Effect::Cross(boundary) = effect {
                let left = inside.replace(boundary);
                if left.is_some_and(|left| self.cross(node, switch, left, true))
                    || self.cross(node, switch, boundary, false)
                {
                    return;
                }
                continue;
            }
            self.carry_out(node, by, effect);
        }
        if let Some(left) = inside {
            self.cross(node, switch, left, true);
        }
    }

    fn carry_out(&mut self, node: NodeId, by: Option<ConnectionId>, effect: Effect) {
        match (effect, by) {
            (Effect::Write { bytes, stamp }, Some(by)) => self.write(by, bytes, stamp),
            (Effect::Close, Some(by)) => self.end_at_node(by),
            (Effect::Wake(at), Some(by)) => self.agenda.at(at, Event::Wake(by)),
            (Effect::Nudge, Some(by)) => {
                let dpid = self.switches[self.connection(by).switch].dpid();
                self.nudge_soon(node, dpid);
            }
            (Effect::Heard { number, fate }, Some(by)) => {
                let switch = self.connection(by).switch;
                self.switches[switch].books.heard(number, node, fate);
                self.trace.say(self.agenda.now(), || {
                    format!("node {node}: packet-in {number} of switch {} {fate:?}", switch + 1)
                });
            }
            (Effect::Lost { heir, handed_over }, Some(by)) => {
                let switch = self.connection(by).switch;
                let sound_since = self.node(node).sound_since;
                let books = &mut self.switches[switch].books;
                books.forgive(node, heir, sound_since, &handed_over);
            }
            (Effect::Tell { to, message }, _) => self.send_letter(node, to, message),
            (Effect::Propose(op), _) => self.propose(node, op, Asker::Nobody),
            (Effect::Touch, _) => self.touch(node),
            (_, None) | (Effect::Cross(_), _) => {}
        }
    }

    fn write(&mut self, by: ConnectionId, bytes: Bytes, stamp: Stamp) {
        let now = self.now();
        let &Connection { node, open_at_node, .. } = self.connection(by);
        if !open_at_node {
            return;
        }
        if stamp.kind != Kind::Other && self.node(node).lease_until <= now {
            self.violate_if_exact(format!("P1: node {node} changes a switch without a lease"));
        }
        let at = self.connections[by.0 as usize].to_switch.arrival(now, &mut self.rng);
        self.agenda.at(at, Event::ToSwitch { by, bytes, stamp });
    }

    // Between nodes.

    fn send_letter(&mut self, from: NodeId, to: NodeId, message: HandOver) {
        let (now, run, up) = (self.now(), self.node(to).run, self.node(to).up);
        self.trace.say(now, || format!("node {from} -> node {to}: {}", message.body));
        let Some(stream) = self.streams.get_mut(&(from, to)) else { return };
        if !up || stream.broken_until > now {
            return;
        }
        let (at, epoch) = (stream.link.arrival(now, &mut self.rng), stream.epoch);
        self.agenda.at(at, Event::Letter { to, run, epoch, message: Box::new(message) });
    }

    pub(super) fn deliver(&mut self, to: NodeId, run: u32, epoch: u32, message: HandOver) {
        let (from, dpid, migration) = (message.from, message.dpid, message.migration);
        let same = self.streams.get(&(from, to)).is_some_and(|stream| stream.epoch == epoch);
        if !same || !self.is_run(to, run) {
            return;
        }
        match self.node(to).session_with(dpid) {
            Some(by) => self.with_session(by, |session, io| session.hear(io, message)),
            None if matches!(message.body, Body::Start { .. }) => {
                let body = Body::Refuse(format!("node {to} has no session with {dpid}"));
                self.send_letter(to, from, HandOver { dpid, migration, from: to, body });
            }
            None => {}
        }
    }

    // News of the log.

    pub(super) fn nudge_soon(&mut self, node: NodeId, dpid: Dpid) {
        if self.node_mut(node).nudged.insert(dpid) {
            let (delay, run) = (self.rng.around(100), self.node(node).run);
            self.agenda.after(delay, Event::Nudge { node, run, dpid });
        }
    }

    pub(super) fn nudge(&mut self, node: NodeId, run: u32, dpid: Dpid) {
        if !self.is_run(node, run) {
            return;
        }
        self.node_mut(node).nudged.remove(&dpid);
        if let Some(by) = self.node(node).session_with(dpid) {
            self.with_session(by, |session, io| session.follow_log(io));
        }
    }

    /// Returns what a session of `node` works with at this moment.
    fn io<'a>(&'a self, node: NodeId, out: &'a mut Vec<Effect>) -> Io<'a> {
        let node = &self.nodes[node.0 as usize - 1];
        Io {
            now: self.agenda.now(),
            me: node.id,
            log: &node.view,
            lease_until: node.lease_until,
            admission: &node.admission,
            mutant: self.scenario.mutant,
            out,
        }
    }
}
