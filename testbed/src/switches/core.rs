//! The switch, its books and its send queues: everything behind the lock.

use super::chronicle::{Chronicle, Deed};
use super::watch::{Moment, Watch, What};
use crate::numbered::Numbered;
use crate::oracle::{Hearers, Ledger};
use crate::vswitch::{Change, ConnectionId, Output, Switch};
use bytes::Bytes;
use openflow::{Frame, Message, PortNo, Role, Xid};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Everything that the tasks of one virtual switch share.
#[derive(Debug)]
pub(super) struct Core {
    switch: Switch,
    ledger: Ledger,
    queues: BTreeMap<ConnectionId, Queue>,
    deeds: BTreeMap<ConnectionId, Deeds>,
    traffic: Traffic,
    trials_answered: u64,
    watch: Watch,
    chronicle: Chronicle,
    /// Where the switch puts what it does, kept for its memory.
    outputs: Vec<Output>,
}

/// What one controller has done to the switch, accepted by it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Deeds {
    /// Packet-outs carried out.
    pub packet_outs: u64,
    /// Of those, answers to numbered packet-ins.
    pub answers: u64,
    /// Flow-mods carried out.
    pub flow_mods: u64,
    /// Times that it became master, or claimed to be again.
    pub masters: u64,
    /// Errors that it was sent.
    pub errors: u64,
    /// When the last packet-out or flow-mod was carried out, on the switch's clock.
    pub last_write: Option<Duration>,
}

/// Bytes that wait to be written to one controller.
#[derive(Debug, Default)]
pub(super) struct Queue {
    bytes: Vec<u8>,
    wake: Arc<Notify>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Traffic {
    per_second: u64,
    since: Duration,
    raised: u64,
}

impl Core {
    pub(super) fn new(switch: Switch) -> Self {
        Self {
            switch,
            ledger: Ledger::default(),
            queues: BTreeMap::new(),
            deeds: BTreeMap::new(),
            traffic: Traffic::default(),
            trials_answered: 0,
            watch: Watch::default(),
            chronicle: Chronicle::default(),
            outputs: vec![],
        }
    }

    pub(super) fn switch(&self) -> &Switch {
        &self.switch
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Closes the books and opens new ones, whose numbers go on; what was noted is forgotten.
    pub(super) fn open_books(&mut self) -> Ledger {
        let new = Ledger::starting_at(self.ledger.next_number());
        self.watch.forget();
        std::mem::replace(&mut self.ledger, new)
    }

    pub(super) fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }

    pub(super) fn chronicle(&self) -> Vec<Deed> {
        self.chronicle.deeds()
    }

    pub(super) fn deeds(&self, id: ConnectionId) -> Deeds {
        self.deeds.get(&id).copied().unwrap_or_default()
    }

    /// Returns how many numbered packets came back, those that came twice included.
    pub(super) fn answers_seen(&self) -> u64 {
        self.deeds.values().map(|deeds| deeds.answers).sum()
    }

    pub(super) fn set_rate(&mut self, per_second: u64, now: Duration) {
        self.traffic = Traffic { per_second, since: now, raised: 0 };
    }

    /// Returns how many packets are to be raised now to keep the rate.
    pub(super) fn due(&mut self, now: Duration) -> u64 {
        let micros = now.saturating_sub(self.traffic.since).as_micros() as u64;
        let due =
            (micros * self.traffic.per_second / 1_000_000).saturating_sub(self.traffic.raised);
        self.traffic.raised += due;
        due
    }

    /// Lets a numbered packet come in by port 1.
    pub(super) fn raise(&mut self, packet: Numbered, now: Duration) {
        let mut outputs = std::mem::take(&mut self.outputs);
        self.switch.receive(PortNo(1), Bytes::from(packet.encode()), now, &mut outputs);
        let asked = outputs.iter().filter_map(|output| match output {
            Output::Send { to, frame } => {
                matches!(frame.message, Message::PacketIn(_)).then_some(to.0)
            }
            _ => None,
        });
        let hearers = Hearers::from_iter(asked);
        if hearers == Hearers::default() {
            self.ledger.unheard();
        } else {
            self.ledger.raise_to(now.as_micros() as u64, hearers);
        }
        self.carry_out(outputs, now);
    }

    /// Lets a packet come in that is on no books, to see whether it is answered.
    pub(super) fn try_out(&mut self, now: Duration) {
        let packet = Numbered { source: self.switch.dpid().0 | TRIAL, number: 0 };
        let data = Bytes::from(packet.encode());
        self.run(now, |switch, out| switch.receive(PortNo(1), data, now, out));
    }

    /// Lets a frame of one of many hosts come in by port 2.
    pub(super) fn announce(&mut self, host: u64, now: Duration) {
        let mut frame = Numbered { source: host, number: 0 }.encode();
        // Bytes 6 to 11 are the source; no numbered packet has this prefix.
        frame[6..8].copy_from_slice(&HOSTS);
        // Nor is it one: what follows the ethertype is not their magic.
        frame[14..].fill(0);
        self.run(now, |switch, out| switch.receive(PortNo(2), Bytes::from(frame), now, out));
    }

    pub(super) fn trials_answered(&self) -> u64 {
        self.trials_answered
    }

    /// A connection is there; returns what wakes its writer.
    pub(super) fn connect(&mut self, id: ConnectionId, now: Duration) -> Arc<Notify> {
        let queue = Queue::default();
        let wake = queue.wake.clone();
        self.queues.insert(id, queue);
        self.run(now, |switch, out| switch.connect(id, out));
        wake
    }

    pub(super) fn disconnect(&mut self, id: ConnectionId) {
        self.queues.remove(&id);
        self.switch.disconnect(id);
    }

    pub(super) fn handle(&mut self, id: ConnectionId, bytes: &Bytes, now: Duration) {
        if let Some(what) = What::asked(bytes) {
            self.watch.note(Moment { at: now, by: id.0, what });
        }
        self.run(now, |switch, out| switch.handle(id, bytes, now, out));
    }

    pub(super) fn tick(&mut self, now: Duration) {
        self.run(now, |switch, out| switch.tick(now, out));
    }

    pub(super) fn set_port(&mut self, port: PortNo, up: bool) {
        self.run(Duration::ZERO, |switch, out| switch.set_port(port, up, out));
    }

    pub(super) fn restart(&mut self, now: Duration) {
        self.chronicle.forget(now);
        self.switch.restart();
        for queue in self.queues.values_mut() {
            queue.close();
        }
    }

    /// Asks a silent controller whether it is there.
    pub(super) fn probe(&mut self, id: ConnectionId) {
        let Some(version) = self.switch.version(id) else { return };
        let frame = Frame { version, xid: Xid(0), message: Message::EchoRequest(Bytes::new()) };
        if let Some(queue) = self.queues.get_mut(&id) {
            queue.push(&frame);
        }
    }

    /// Takes what waits to be written; nothing if the connection is to end.
    pub(super) fn take(&mut self, id: ConnectionId) -> Option<Vec<u8>> {
        let queue = self.queues.get_mut(&id)?;
        (!queue.closed || !queue.bytes.is_empty()).then(|| std::mem::take(&mut queue.bytes))
    }

    fn run(&mut self, now: Duration, action: impl FnOnce(&mut Switch, &mut Vec<Output>)) {
        let mut outputs = std::mem::take(&mut self.outputs);
        action(&mut self.switch, &mut outputs);
        self.carry_out(outputs, now);
    }

    fn carry_out(&mut self, mut outputs: Vec<Output>, now: Duration) {
        for output in outputs.drain(..) {
            match output {
                Output::Send { to, frame } => {
                    if matches!(frame.message, Message::Error(_)) {
                        self.deeds.entry(to).or_default().errors += 1;
                    }
                    if let Some(queue) = self.queues.get_mut(&to) {
                        queue.push(&frame);
                    }
                }
                Output::Close(id) => {
                    if let Some(queue) = self.queues.get_mut(&id) {
                        queue.close();
                    }
                }
                // No host listens.
                Output::Emit { .. } => {}
                Output::Changed { by, what } => self.book(by, &what, now),
            }
        }
        self.outputs = outputs;
    }

    fn book(&mut self, by: ConnectionId, what: &Change, now: Duration) {
        self.chronicle.note(now, by.0, what);
        if let Some(what) = What::done(what, self.switch.dpid().0) {
            self.watch.note(Moment { at: now, by: by.0, what });
        }
        let deeds = self.deeds.entry(by).or_default();
        match what {
            Change::PacketOut(data) => {
                deeds.packet_outs += 1;
                deeds.last_write = Some(now);
                let own = self.switch.dpid().0;
                match Numbered::decode(data) {
                    Some(packet) if packet.source == own => {
                        deeds.answers += 1;
                        self.ledger.answered(packet.number, now.as_micros() as u64, by.0);
                    }
                    Some(packet) if packet.source == own | TRIAL => self.trials_answered += 1,
                    _ => {}
                }
            }
            Change::FlowMod(_) => {
                deeds.flow_mods += 1;
                deeds.last_write = Some(now);
            }
            Change::Role(role, _) => deeds.masters += u64::from(*role == Role::Master),
        }
    }
}

impl Queue {
    /// Appends a message; a controller that does not read loses its connection.
    fn push(&mut self, frame: &Frame) {
        if frame.encode(&mut self.bytes).is_err() || self.bytes.len() > MAX_QUEUED_BYTES {
            self.close();
        }
        self.wake.notify_one();
    }

    fn close(&mut self) {
        self.closed = true;
        self.wake.notify_one();
    }
}

/// What sets the source of a trial packet apart: a bit that is no part of its Ethernet address.
const TRIAL: u64 = 1 << 63;
/// How addresses of announced hosts begin.
const HOSTS: [u8; 2] = [0x02, 0x05];
const MAX_QUEUED_BYTES: usize = 64 << 20;
