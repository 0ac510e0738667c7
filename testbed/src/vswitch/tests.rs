//! Each test is a sentence about the switch; `Lab` is a switch with controllers that speak to it.

mod flows;
mod packets;
mod roles;
mod told;

use super::*;
use openflow::{Action, Hello, Match, PacketIn, PacketOut, key};

/// A switch with four ports, and what it has done since it was last asked.
struct Lab {
    switch: Switch,
    now: Duration,
    version: Version,
    out: Vec<Output>,
}

const A: ConnectionId = ConnectionId(1);
const B: ConnectionId = ConnectionId(2);
const C: ConnectionId = ConnectionId(3);

impl Lab {
    /// Returns a switch that `controllers` have said hello to.
    fn new(version: Version, controllers: &[ConnectionId]) -> Self {
        let switch = Switch::new(Dpid(7), 4);
        let mut lab = Self { switch, now: Duration::ZERO, version, out: vec![] };
        for &controller in controllers {
            lab.connect(controller);
        }
        lab
    }

    fn connect(&mut self, controller: ConnectionId) {
        self.switch.connect(controller, &mut self.out);
        let hello = Hello::offering(&[self.version]).unwrap();
        self.send(controller, Message::Hello(hello));
        self.out.clear();
    }

    /// Sends a message with xid 9.
    fn send(&mut self, from: ConnectionId, message: Message) {
        let mut bytes = vec![];
        Frame { version: self.version, xid: Xid(9), message }.encode(&mut bytes).unwrap();
        self.send_bytes(from, &bytes);
    }

    fn send_bytes(&mut self, from: ConnectionId, bytes: &[u8]) {
        self.switch.handle(from, &Bytes::copy_from_slice(bytes), self.now, &mut self.out);
    }

    /// Returns what controllers were sent since the last call, and forgets all other output.
    fn sent(&mut self) -> Vec<(ConnectionId, Message)> {
        let sent = self.out.drain(..).filter_map(|output| match output {
            Output::Send { to, frame } => Some((to, frame.message)),
            _ => None,
        });
        sent.collect()
    }

    /// Sends a message and returns the only answer, or nothing if there is none.
    fn ask(&mut self, from: ConnectionId, message: Message) -> Option<Message> {
        self.out.clear();
        self.send(from, message);
        let mut sent = self.sent().into_iter().filter(|(to, _)| *to == from);
        let answer = sent.next().map(|(_, message)| message);
        assert!(sent.next().is_none(), "more than one answer");
        answer
    }

    fn error(&mut self, from: ConnectionId, message: Message) -> Option<ErrorCode> {
        match self.ask(from, message) {
            Some(Message::Error(error)) => Some(error.code),
            _ => None,
        }
    }

    /// Returns the ports by which packets went out since the last call.
    fn emitted(&mut self) -> Vec<u32> {
        let emitted = self.out.drain(..).filter_map(|output| match output {
            Output::Emit { port, .. } => Some(port.0),
            _ => None,
        });
        emitted.collect()
    }

    /// Returns who got packet-ins since the last call, and why.
    fn packet_ins(&mut self) -> Vec<(ConnectionId, PacketIn)> {
        let sent = self.sent().into_iter();
        sent.filter_map(|(to, message)| match message {
            Message::PacketIn(packet) => Some((to, packet)),
            _ => None,
        })
        .collect()
    }

    fn receive(&mut self, port: u32, packet: &[u8]) {
        self.out.clear();
        let data = Bytes::copy_from_slice(packet);
        self.switch.receive(PortNo(port), data, self.now, &mut self.out);
    }

    fn tick(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.switch.tick(self.now, &mut self.out);
    }
}

fn role(role: Role, generation_id: u64) -> Message {
    Message::RoleRequest(RoleRequest::new(role, GenerationId(generation_id)))
}

fn granted(role: Role, generation_id: GenerationId) -> Option<Message> {
    Some(Message::RoleReply(RoleRequest::new(role, generation_id)))
}

fn out_of(port: PortNo) -> Message {
    Message::PacketOut(PacketOut::new(vec![Action::output(port)], Bytes::from_static(PACKET)))
}

fn table_miss() -> Message {
    Message::FlowMod(FlowMod::add().with_actions(vec![Action::output(PortNo::CONTROLLER)]))
}

/// From 02:..:01 to 02:..:02, of no known ethertype.
const PACKET: &[u8] = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x88\xb6payload";
