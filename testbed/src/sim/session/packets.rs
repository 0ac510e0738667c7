//! The way of a packet-in: gate, application, fence.

use super::party::Party;
use super::{Desk, Effect, Fate, Held, Kind, Switch, Timer};
use crate::numbered::Numbered;
use crate::sim::agenda::Micros;
use crate::sim::faults::Boundary;
use crate::sim::mutant::Mutant;
use controller::handover::Marker;
use migration::Token;
use migration::engine::{self, Side};
use migration::gate::{Mode, Order, Verdict};
use openflow::{Action, FlowMod, Message, PacketIn, PacketOut, PortNo, Xid};
use std::collections::VecDeque;

const LEASE_EVERY: Micros = 10_000;
const PACKET_BYTES: usize = 128;
/// Commands that are remembered in case that the switch refuses them.
const MAX_WRITTEN: usize = 16_384;

impl Switch {
    pub(super) fn handle_packet_in(&mut self, desk: &mut Desk<'_, '_>, packet: PacketIn) {
        if self.gate.mode() == Mode::Process && !desk.io.lease_is_valid() {
            self.suspend(desk);
        }
        if let Some(marker) = Marker::of(&packet) {
            return self.handle_marker(desk, marker);
        }
        let number = Numbered::decode(&packet.data).map(|numbered| numbered.number);
        let verdict = self.gate.offer(Held::Packet(packet), PACKET_BYTES);
        if let Some(number) = number {
            let fate = match &verdict {
                Verdict::Process(_) => Fate::Processed,
                Verdict::Held => Fate::Held,
                Verdict::Discarded(_) => Fate::Discarded,
                Verdict::Overflow(_) => Fate::Overflowed,
            };
            desk.io.out.push(Effect::Heard { number, fate });
        }
        match verdict {
            Verdict::Process(held) => self.process(desk, &held),
            Verdict::Held | Verdict::Discarded(_) => {}
            Verdict::Overflow(_) => self.drive(desk, engine::Event::Overflow),
        }
    }

    /// The application answers each packet-in with one packet-out.
    fn process(&mut self, desk: &mut Desk<'_, '_>, held: &Held) {
        let Held::Packet(packet) = held else { return };
        let answer = PacketOut {
            in_port: packet.in_port().unwrap_or(PortNo::CONTROLLER),
            ..PacketOut::new(vec![Action::output(PortNo::FLOOD)], packet.data.clone())
        };
        self.command(desk, Message::PacketOut(answer));
    }

    /// The application has packets without a flow sent to the controller.
    pub(super) fn app_owned(&mut self, desk: &mut Desk<'_, '_>) {
        let miss = FlowMod::add().with_actions(vec![Action::output(PortNo::CONTROLLER)]);
        self.command(desk, Message::FlowMod(miss));
    }

    fn command(&mut self, desk: &mut Desk<'_, '_>, message: Message) {
        let Some(xid) = self.write(desk, &message, self.as_party, Kind::Answer) else { return };
        if self.written.len() == MAX_WRITTEN {
            self.written.pop_front();
        }
        self.written.push_back((xid, message));
        if desk.io.is(Mutant::OldAnswersForgotten) && self.party.is_none() {
            self.written.clear();
        }
    }

    pub(super) fn suspend(&mut self, desk: &mut Desk<'_, '_>) {
        self.order(desk, Order::Shadow);
        self.await_lease(desk, Order::Release);
    }

    fn await_lease(&mut self, desk: &mut Desk<'_, '_>, then: Order) {
        if self.gate.mode() == Mode::Discard {
            drop(self.gate.order(Order::Buffer));
        }
        self.suspended = Some(then);
        desk.set_timer(Timer::Lease, LEASE_EVERY);
    }

    pub(super) fn has_lease(&self, desk: &mut Desk<'_, '_>) -> bool {
        let valid = desk.io.lease_is_valid();
        if !valid {
            desk.set_timer(Timer::Lease, LEASE_EVERY);
        }
        valid
    }

    pub(super) fn resume(&mut self, desk: &mut Desk<'_, '_>) {
        if !self.has_lease(desk) {
            return;
        }
        self.follow_log(desk);
        // A keeper hands it over instead: another may answer for the switch by now.
        let keeps = |party: &Party| party.engine.side() == Side::Keeper;
        if !self.party.as_ref().is_some_and(keeps) {
            let overdue = std::mem::take(&mut self.overdue);
            self.answer_before_the_cut(desk, overdue);
        }
        if self.overdue.is_empty() {
            for action in std::mem::take(&mut self.postponed) {
                if self.is_source() {
                    self.carry_out(desk, action);
                }
            }
        }
        if let Some(order) = self.suspended.take() {
            self.order(desk, order);
            // A migration that opened meanwhile waits for this, and the end of one that this node has won.
            if self.party.is_none() {
                self.join_running(desk);
            } else {
                self.drive(desk, engine::Event::Timeout(engine::Timer::Proposal));
            }
        }
    }

    pub(super) fn order(&mut self, desk: &mut Desk<'_, '_>, order: Order) {
        let releases = matches!(order, Order::Release | Order::ReleaseAll);
        if releases && !desk.io.lease_is_valid() {
            // The party may be gone by then, and what it was to send again must not be.
            self.refused.extend(self.party.iter_mut().flat_map(|party| party.refused.drain(..)));
            return self.await_lease(desk, order);
        }
        self.suspended = None;
        let released = self.gate.order(order);
        if !releases {
            return self.answer_before_the_cut(desk, released);
        }
        self.refused.extend(self.party.iter_mut().flat_map(|party| party.refused.drain(..)));
        for command in std::mem::take(&mut self.refused) {
            if let Some(xid) = self.write(desk, &command, false, Kind::Answer) {
                self.written.push_back((xid, command));
            }
        }
        // A session that began in the midst of it may be that of a switch that has restarted.
        let anew = self.party.as_ref().is_some_and(|party| self.began_in == Some(party.id()));
        if order == Order::ReleaseAll || anew {
            self.app_owned(desk);
        }
        // It came before all that is held.
        let mut overdue = std::mem::take(&mut self.overdue);
        overdue.extend(released);
        self.pass_all(desk, overdue);
    }

    /// Processes what was let out, as far as the gate goes: a marker that has waited in the midst of it closes the
    /// gate for what comes after.
    fn pass_all(&mut self, desk: &mut Desk<'_, '_>, released: VecDeque<Held>) {
        for held in released {
            if let Held::Marker(marker) = held {
                self.handle_marker(desk, marker);
            } else if self.gate.mode() == Mode::Process {
                self.process(desk, &held);
            } else {
                // A release let it in already: it is within the bounds.
                let _ = self.gate.offer(held, 0);
            }
        }
    }

    /// Holds back what was let go and is nothing else's yet, in its order.
    pub(super) fn shadow(&mut self, packets: impl IntoIterator<Item = Held>) {
        drop(self.gate.order(Order::Shadow));
        for held in packets {
            // It was held back before: it is within the bounds.
            let _ = self.gate.offer(held, 0);
        }
    }

    fn answer_before_the_cut(&mut self, desk: &mut Desk<'_, '_>, released: VecDeque<Held>) {
        if released.is_empty() {
            return;
        }
        if !self.has_lease(desk) {
            self.overdue.extend(released);
            return;
        }
        self.as_party = true;
        for held in &released {
            self.process(desk, held);
        }
        self.as_party = false;
    }

    /// Sends `message`, if the fence lets it through; mirrors `controller::session::fence`.
    pub(super) fn write(
        &mut self,
        desk: &mut Desk<'_, '_>,
        message: &Message,
        as_party: bool,
        kind: Kind,
    ) -> Option<Xid> {
        let permitted = !message.changes_switch()
            || (desk.io.lease_is_valid() && (as_party || self.gate.mode() == Mode::Process))
            || desk.io.is(Mutant::NoFence);
        if !permitted {
            return None;
        }
        let kind = if message.changes_switch() { kind } else { Kind::Other };
        if kind == Kind::Answer {
            desk.io.cross(Boundary::Answer);
        }
        Some(desk.send(message, kind, self.standing()))
    }

    /// Returns the token under which this node answers for the switch.
    fn standing(&self) -> Token {
        match &self.party {
            Some(party) if matches!(party.engine.side(), Side::Target | Side::Heir) => {
                party.engine.token()
            }
            _ => self.reign,
        }
    }
}
