//! The way of a packet-in: gate, application, fence.

use super::super::fence::{self, Right};
use super::super::task::Io;
use super::super::timers::Timer;
use super::{Held, Switch};
use crate::app::{App, Command, Context, Forwarding};
use crate::handover::Marker;
use migration::engine::{self, Side};
use migration::gate::{Mode, Order, Verdict};
use openflow::{Message, PacketIn, Xid};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Time between looks at a lapsed lease.
const LEASE_EVERY: Duration = Duration::from_millis(10);

/// Bytes that a held packet-in takes besides its data.
const PACKET_OVERHEAD: usize = size_of::<Held>() + 64;

impl Switch {
    pub(super) fn handle_packet_in(&mut self, io: &mut Io, packet: PacketIn) {
        let marker = Marker::of(&packet);
        if self.gate.mode() == Mode::Process && !io.node.lease.is_valid() {
            self.suspend(io);
        }
        if let Some(marker) = marker {
            return self.handle_marker(io, marker);
        }
        let bytes = packet.data.len() + PACKET_OVERHEAD;
        let held = self.number(packet);
        self.card.packet_ins.store(self.sequence, Ordering::Relaxed);
        match self.gate.offer(held, bytes) {
            Verdict::Process(held) => self.process(io, &held),
            Verdict::Held => {}
            Verdict::Discarded(_) => io.node.metrics.discarded(1),
            Verdict::Overflow(_) => {
                io.node.metrics.overflowed(1);
                self.drive(io, engine::Event::Overflow);
            }
        }
    }

    fn process(&mut self, io: &mut Io, held: &Held) {
        let started = Instant::now();
        self.with_app(io, |app, cx, out| app.packet_in(cx, &held.packet, out));
        let took = started.elapsed();
        io.node.load.add(took);
        io.node.metrics.packet_in(took.as_secs_f64());
        tracing::trace!(dpid = %self.dpid, token = %self.log.token, sequence = held.sequence, "packet-in answered");
    }

    /// Holds back, as an owner whose lease has lapsed: it may be the owner no more.
    pub(super) fn suspend(&mut self, io: &mut Io) {
        self.order(io, Order::Shadow);
        self.await_lease(io, Order::Release);
    }

    pub(super) fn await_lease(&mut self, io: &mut Io, then: Order) {
        tracing::warn!(dpid = %self.dpid, "no lease: packet-ins are held back");
        if self.gate.mode() == Mode::Discard {
            drop(self.gate.order(Order::Buffer));
        }
        self.suspended = Some(then);
        io.timers.set(Timer::Lease, LEASE_EVERY);
    }

    /// Returns whether this node may act on what it knows; if not, looks again in a moment.
    pub(super) fn has_lease(&self, io: &mut Io) -> bool {
        let valid = io.node.lease.is_valid();
        if !valid {
            io.timers.set(Timer::Lease, LEASE_EVERY);
        }
        valid
    }

    /// Goes on as owner, if the lease is back and the log still says so.
    pub(super) fn resume(&mut self, io: &mut Io) {
        if !self.has_lease(io) {
            return;
        }
        // What was decided meanwhile comes first: it may take the switch away.
        self.follow_log(io);
        if !self.overdue.is_empty() {
            let overdue = std::mem::take(&mut self.overdue);
            self.answer_before_the_cut(io, overdue);
        }
        if let Some(order) = self.suspended.take() {
            tracing::info!(dpid = %self.dpid, held = self.gate.held(), "the lease is back");
            self.order(io, order);
        }
    }

    /// Changes what becomes of packet-ins, and processes what is let go.
    pub(super) fn order(&mut self, io: &mut Io, order: Order) {
        let releases = matches!(order, Order::Release | Order::ReleaseAll);
        if releases && !io.node.lease.is_valid() {
            return self.await_lease(io, order);
        }
        self.suspended = None;
        let held = self.gate.held() as u64;
        let released = self.gate.order(order);
        let mode = self.gate.mode();
        self.card.show(|face| face.gate = mode);
        io.node.metrics.released(order, released.len() as u64, held);
        if !releases {
            return self.answer_before_the_cut(io, released);
        }
        let mut refused = Vec::new();
        if let Some(party) = &mut self.party {
            refused = std::mem::take(&mut party.refused);
            if party.engine.side() != Side::Source {
                party.report.buffered = released.len() as u64;
            }
        }
        // What the switch refused was answered before all that is held.
        for command in refused {
            self.write(io, &command, Right::Owner);
        }
        if order == Order::ReleaseAll {
            self.with_app(io, |app, cx, out| app.owned(cx, out));
        }
        self.process_all(io, released);
    }

    /// Processes what was let go, as far as the lease goes: what the fence would stop is held back again.
    fn process_all(&mut self, io: &mut Io, mut released: VecDeque<Held>) {
        while io.node.lease.is_valid() {
            let Some(held) = released.pop_front() else { return };
            self.process(io, &held);
        }
        if !released.is_empty() {
            drop(self.gate.order(Order::Shadow));
            self.gate.take_over(released.into());
            self.await_lease(io, Order::Release);
        }
    }

    /// Answers what a source has held back until it had chosen, and is its own after all.
    fn answer_before_the_cut(&mut self, io: &mut Io, mut released: VecDeque<Held>) {
        if released.is_empty() {
            return;
        }
        if !self.has_lease(io) {
            self.overdue.extend(released);
            return;
        }
        self.right = Right::Party;
        while io.node.lease.is_valid() {
            let Some(held) = released.pop_front() else { break };
            self.process(io, &held);
        }
        self.right = Right::Owner;
        if !released.is_empty() {
            self.overdue.extend(released);
            io.timers.set(Timer::Lease, LEASE_EVERY);
        }
    }

    /// Lets the application see something, and sends what it wants sent.
    pub(super) fn with_app(
        &mut self,
        io: &mut Io,
        see: impl FnOnce(&mut Forwarding, &Context<'_>, &mut Vec<Command>),
    ) {
        let (dpid, now) = (self.dpid, io.node.clock.elapsed());
        let cx = Context { dpid, now, ports: &self.ports, topology: &self.topology };
        let mut commands = std::mem::take(&mut self.commands);
        see(&mut self.app, &cx, &mut commands);
        for command in commands.drain(..) {
            match command {
                Command::Send(message) => {
                    let xid = self.write(io, &message, self.right);
                    if let (Some(xid), Some(party)) = (xid, &mut self.party) {
                        party.wrote(xid, &message);
                    }
                }
                Command::LinkSeen(link) => io.node.links.seen(link),
                Command::LinkLost(link) => io.node.links.lost(link),
            }
        }
        self.commands = commands;
    }

    /// Sends `message`, if the fence lets it through.
    pub(super) fn write(&mut self, io: &mut Io, message: &Message, right: Right) -> Option<Xid> {
        if fence::permits(message, right, self.gate.mode(), &io.node.lease) {
            io.node.metrics.sent(message.type_name());
            return Some(io.out.send(message));
        }
        self.card.fenced.fetch_add(1, Ordering::Relaxed);
        io.node.metrics.fenced(message.type_name());
        None
    }
}
