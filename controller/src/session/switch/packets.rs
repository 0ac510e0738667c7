//! The way of a packet-in: gate, application, fence.

use super::super::fence::{self, Right};
use super::super::task::Io;
use super::super::timers::Timer;
use super::{Held, Switch};
use crate::app::{App, Command, Context, Forwarding};
use crate::handover::{Marker, Party};
use migration::engine::{self, Side};
use migration::gate::{Mode, Order, Verdict};
use openflow::{FlowMod, Message, PacketIn, PortNo, Version, Xid};
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
        if self.gate.mode() == Mode::Process && !io.node.lease.is_valid_at(io.now) {
            self.suspend(io);
        }
        if let Some(marker) = marker {
            self.handle_marker(io, marker);
            return io.look_at_clock();
        }
        let sequence = self.next_sequence();
        self.card.packet_ins.store(sequence, Ordering::Relaxed);
        // What the gate would let through is not moved about.
        if self.gate.mode() == Mode::Process && self.process(io, &packet, sequence) {
            return;
        }
        let bytes = packet.data.len() + PACKET_OVERHEAD;
        let held = Held::Packet(packet, sequence);
        match self.gate.offer(held, bytes) {
            // The fence has stopped it.
            Verdict::Process(held) => self.hold_again(io, [held]),
            Verdict::Held => {}
            Verdict::Discarded(_) => io.node.metrics.discarded(1),
            Verdict::Overflow(_) => {
                io.node.metrics.overflowed(1);
                self.drive(io, engine::Event::Overflow);
            }
        }
    }

    /// Has the application answer a packet-in; returns whether the fence let all of the answer through.
    fn process(&mut self, io: &mut Io, packet: &PacketIn, sequence: u64) -> bool {
        let fenced = self.card.fenced.load(Ordering::Relaxed);
        self.with_app_at(io, io.now, |app, cx, out| app.packet_in(cx, packet, out));
        io.tally.packet_in(io.now);
        tracing::trace!(dpid = %self.dpid, token = %self.log.token, sequence, "packet-in answered");
        self.card.fenced.load(Ordering::Relaxed) == fenced
    }

    /// As [`Self::process`], for what was held back.
    fn process_held(&mut self, io: &mut Io, held: &Held) -> bool {
        let Held::Packet(packet, sequence) = held else { return true };
        io.look_at_clock();
        self.process(io, packet, *sequence)
    }

    /// Processes packet-ins as far as the lease goes, which may lapse at any instruction; returns the rest.
    fn process_while_leased(&mut self, io: &mut Io, mut packets: VecDeque<Held>) -> VecDeque<Held> {
        while let Some(held) = packets.pop_front() {
            if !self.process_held(io, &held) {
                packets.push_front(held);
                break;
            }
        }
        packets
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
        // A keeper hands it over instead: another may answer for the switch by now.
        let keeps = |party: &Party| party.engine.side() == Side::Keeper;
        if !self.party.as_ref().is_some_and(keeps) {
            let overdue = std::mem::take(&mut self.overdue);
            self.answer_before_the_cut(io, overdue);
        }
        if self.overdue.is_empty() {
            for action in std::mem::take(&mut self.postponed) {
                if self.is_source() {
                    self.carry_out(io, action);
                }
            }
        }
        if let Some(order) = self.suspended.take() {
            tracing::info!(dpid = %self.dpid, held = self.gate.held(), "the lease is back");
            self.order(io, order);
            // A migration that opened meanwhile waits for this, and the end of one that this node has won.
            if self.party.is_none() {
                self.join_running(io);
            } else {
                self.drive(io, engine::Event::Timeout(engine::Timer::Proposal));
            }
        }
    }

    /// Changes what becomes of packet-ins, and processes what is let go.
    pub(super) fn order(&mut self, io: &mut Io, order: Order) {
        let releases = matches!(order, Order::Release | Order::ReleaseAll);
        if releases && !io.node.lease.is_valid() {
            // The party may be over by the time that the lease is back.
            self.unsent.extend(self.party.iter_mut().flat_map(|party| party.refused.drain(..)));
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
        let mut refused = std::mem::take(&mut self.unsent);
        if let Some(party) = &mut self.party {
            refused.append(&mut party.refused);
            if party.engine.side() != Side::Source {
                party.report.buffered = released.len() as u64;
            }
        }
        // What the switch refused was answered before all that is held.
        for command in refused {
            // The next hand-over may come while it is on its way.
            if !self.command(io, Instant::now(), &command, Right::Owner) {
                self.unsent.push(command);
            }
        }
        // A session that began in the midst of it may be that of a switch that has restarted.
        let anew = self.party.as_ref().is_some_and(|party| self.began_in == Some(party.id()));
        if order == Order::ReleaseAll || anew {
            self.with_app(io, |app, cx, out| app.owned(cx, out));
        }
        // It came before all that is held.
        let mut overdue = std::mem::take(&mut self.overdue);
        overdue.extend(released);
        self.pass_all(io, overdue);
    }

    /// Processes what was let out, as far as lease and gate go: the lease may lapse at any instruction, and a marker
    /// that has waited in the midst of it closes the gate for what comes after.
    fn pass_all(&mut self, io: &mut Io, mut released: VecDeque<Held>) {
        while let Some(held) = released.pop_front() {
            if let Held::Marker(marker) = held {
                self.handle_marker(io, marker);
            } else if self.gate.mode() != Mode::Process {
                // A release let it in already: it is within the bounds.
                let _ = self.gate.offer(held, 0);
            } else if !self.process_held(io, &held) {
                released.push_front(held);
                return self.hold_again(io, released);
            }
        }
    }

    /// Holds back what the fence has stopped, before all that comes, until the lease is back.
    fn hold_again(&mut self, io: &mut Io, packets: impl IntoIterator<Item = Held>) {
        self.shadow(packets);
        self.await_lease(io, Order::Release);
    }

    /// Holds back what was let go and is nothing else's yet, in its order.
    pub(super) fn shadow(&mut self, packets: impl IntoIterator<Item = Held>) {
        drop(self.gate.order(Order::Shadow));
        for held in packets {
            // It was held back before: it is within the bounds.
            let _ = self.gate.offer(held, 0);
        }
    }

    /// Answers what a source has held back until it had chosen, and is its own after all.
    fn answer_before_the_cut(&mut self, io: &mut Io, released: VecDeque<Held>) {
        if released.is_empty() {
            return;
        }
        if !self.has_lease(io) {
            self.overdue.extend(released);
            return;
        }
        self.right = Right::Party;
        let rest = self.process_while_leased(io, released);
        self.right = Right::Owner;
        if !rest.is_empty() {
            self.overdue.extend(rest);
            io.timers.set(Timer::Lease, LEASE_EVERY);
        }
    }

    /// Lets the application see something, and sends what it wants sent.
    pub(super) fn with_app(
        &mut self,
        io: &mut Io,
        see: impl FnOnce(&mut Forwarding, &Context<'_>, &mut Vec<Command>),
    ) {
        self.with_app_at(io, Instant::now(), see);
    }

    fn with_app_at(
        &mut self,
        io: &mut Io,
        at: Instant,
        see: impl FnOnce(&mut Forwarding, &Context<'_>, &mut Vec<Command>),
    ) {
        let (dpid, now) = (self.dpid, io.node.clock.at(at));
        let probed = self.stood_by && self.log.probed;
        let cx = Context { dpid, now, ports: &self.ports, probed, topology: &self.topology };
        let mut commands = std::mem::take(&mut self.commands);
        see(&mut self.app, &cx, &mut commands);
        for command in &commands {
            match command {
                Command::Send(message) => {
                    self.command(io, at, message, self.right);
                }
                Command::LinkSeen(link) => io.node.links.seen(*link),
                Command::LinkLost(link) => io.node.links.lost(*link),
            }
        }
        commands.clear();
        self.commands = commands;
    }

    /// Sends `message`, if the fence lets it through.
    pub(super) fn write(&mut self, io: &mut Io, message: &Message, right: Right) -> Option<Xid> {
        self.passes(io, Instant::now(), message, right).then(|| io.send(message))
    }

    /// Sends a command, which can be taken back, if the fence lets it through; returns whether it does.
    fn command(&mut self, io: &mut Io, now: Instant, command: &Message, right: Right) -> bool {
        let passes = self.passes(io, now, command, right);
        if passes {
            let without_cookie = match command {
                Message::FlowMod(flow) if self.card.version == Version::V1_0 => by_match(flow),
                _ => None,
            };
            io.send_command(without_cookie.as_ref().unwrap_or(command));
        }
        passes
    }

    fn passes(&self, io: &Io, now: Instant, message: &Message, right: Right) -> bool {
        let passes = fence::permits(message, right, self.gate.mode(), &io.node.lease, now);
        if !passes {
            self.card.fenced.fetch_add(1, Ordering::Relaxed);
            io.node.metrics.fenced(message.type_name());
        }
        passes
    }
}

/// Returns a change of flows told by cookie and match in the form of OpenFlow 1.0, which tells them by match alone; a change of
/// all flows of a cookie has none.
fn by_match(flow: &FlowMod) -> Option<Message> {
    let narrow = flow.out_port != PortNo::ANY || !flow.fields.fields().is_empty();
    let changed = || Message::FlowMod(FlowMod { cookie_mask: 0, ..flow.clone() });
    (flow.cookie_mask != 0 && narrow).then(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use openflow::{Match, key};

    #[test]
    fn without_cookies_only_a_narrow_change_is_made() {
        let all = FlowMod::delete().with_cookie_filter(7, u64::MAX);
        assert_eq!(by_match(&all), None);
        let narrow = all.with_match(Match::any().with(key::IN_PORT, PortNo(1)));
        let Some(Message::FlowMod(told)) = by_match(&narrow) else { panic!("it is narrow") };
        assert_eq!(told, FlowMod { cookie_mask: 0, ..narrow });
        assert_eq!(by_match(&told), None, "as it is");
    }
}
