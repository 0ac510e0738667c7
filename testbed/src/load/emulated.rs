//! One connection of an emulated switch: bytes in, bytes out, and what they mean for the benchmark.

use super::Version;
use super::packets::{NO_BUFFER, PORTS};

/// The switch's end of one connection.
#[derive(Debug)]
pub(super) struct Emulated {
    version: Version,
    dpid: u64,
    role: Role,
    generation: [u8; 8],
    /// Whether it was asked who it is: until then there is no controller to raise packet-ins to.
    is_known: bool,
    /// A message whose end has not come yet.
    partial: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    /// Nobody has asked for one.
    None,
    Equal,
    Master,
    Slave,
}

impl Emulated {
    /// Opens a connection; what is to be sent first goes to `out`.
    pub(super) fn open(version: Version, dpid: u64, out: &mut Vec<u8>) -> Self {
        out.extend([version.wire(), HELLO, 0, 8, 0, 0, 0, 0]);
        let (role, generation) = (Role::None, [0xff; 8]);
        Self { version, dpid, role, generation, is_known: false, partial: vec![] }
    }

    /// Returns whether packet-ins go to this controller: it is master, or knows of no roles.
    pub(super) fn is_master(&self) -> bool {
        self.is_known && matches!(self.role, Role::None | Role::Master)
    }

    /// Takes in what came, appends what the switch answers to `out`, and returns how many packet-ins that answered.
    pub(super) fn read(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<u64, Nonsense> {
        let mut answers = 0;
        while !self.partial.is_empty() {
            let missing = match length_of(&self.partial)? {
                Some(length) if self.partial.len() >= length => {
                    let message = std::mem::take(&mut self.partial);
                    answers += u64::from(self.message(&message, out));
                    break;
                }
                Some(length) => length - self.partial.len(),
                None => HEADER - self.partial.len(),
            };
            if bytes.is_empty() {
                return Ok(answers);
            }
            let (head, rest) = bytes.split_at(missing.min(bytes.len()));
            self.partial.extend(head);
            bytes = rest;
        }
        while let Some(length) = length_of(bytes)?.filter(|length| bytes.len() >= *length) {
            let (message, rest) = bytes.split_at(length);
            answers += u64::from(self.message(message, out));
            bytes = rest;
        }
        self.partial.extend(bytes);
        Ok(answers)
    }

    /// Takes in one message; returns whether it answers a packet-in.
    fn message(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        let body = &message[HEADER..];
        let kind = message[1];
        match (self.version, kind) {
            (_, PACKET_OUT) => return self.is_answer(body),
            (Version::V1_0, FLOW_MOD) => return word(body, 56).is_some_and(|it| it != NO_BUFFER),
            (Version::V1_3, FLOW_MOD) => return word(body, 24).is_some_and(|it| it != NO_BUFFER),
            (_, ECHO_REQUEST) => self.reply(message, ECHO_REPLY, body, out),
            (_, FEATURES_REQUEST) => {
                self.is_known = true;
                let features = self.features();
                self.reply(message, FEATURES_REPLY, &features, out);
            }
            (_, GET_CONFIG_REQUEST) => self.reply(message, GET_CONFIG_REPLY, &[0, 0, 0, 128], out),
            (Version::V1_0, STATS_REQUEST_1_0) => self.stats(message, STATS_REPLY_1_0, out),
            (Version::V1_3, MULTIPART_REQUEST) => self.stats(message, MULTIPART_REPLY, out),
            (Version::V1_0, BARRIER_REQUEST_1_0) => {
                self.reply(message, BARRIER_REPLY_1_0, &[], out);
            }
            (Version::V1_3, BARRIER_REQUEST) => self.reply(message, BARRIER_REPLY, &[], out),
            (Version::V1_3, ROLE_REQUEST) if body.len() == 16 => self.role(message, out),
            (Version::V1_0, VENDOR) if body.starts_with(&NICIRA_ROLE_REQUEST) => {
                self.nicira_role(message, out);
            }
            _ => {}
        }
        false
    }

    /// Returns whether a packet-out is none of the controller's own discovery frames.
    fn is_answer(&self, body: &[u8]) -> bool {
        let (actions_at, data_at) = match self.version {
            Version::V1_0 => (6, 8),
            Version::V1_3 => (8, 16),
        };
        let Some(&[high, low]) = body[actions_at.min(body.len())..].first_chunk() else {
            return false;
        };
        let data = data_at + usize::from(u16::from_be_bytes([high, low]));
        body.get(data + 12..data + 14) != Some(&LLDP)
    }

    fn features(&self) -> Vec<u8> {
        let mut body = self.dpid.to_be_bytes().to_vec();
        // Buffers, one table.
        body.extend([0, 1, 0, 0, 1, 0, 0, 0]);
        // Capabilities; then actions, or what is reserved.
        body.extend([0, 0, 0, 0x87]);
        match self.version {
            Version::V1_0 => {
                body.extend([0, 0, 0x0f, 0xff]);
                (1..=PORTS).for_each(|port| body.extend(self.port(port as u16)));
            }
            Version::V1_3 => body.extend([0; 4]),
        }
        body
    }

    /// Returns a port that is up, at 10 Gb/s.
    fn port(&self, number: u16) -> Vec<u8> {
        let [.., a, b] = self.dpid.to_be_bytes();
        let mut port = vec![];
        match self.version {
            Version::V1_0 => port.extend(number.to_be_bytes()),
            Version::V1_3 => port.extend([&u32::from(number).to_be_bytes()[..], &[0; 4]].concat()),
        }
        port.extend([6, a, b, 0, 0, number as u8]);
        if self.version == Version::V1_3 {
            port.extend([0; 2]);
        }
        let mut name = format!("p{number}").into_bytes();
        name.resize(16, 0);
        port.extend(name);
        // Config, state, and what it can do.
        port.extend([0; 8]);
        port.extend([0, 0, 0, 0x40].repeat(4));
        if self.version == Version::V1_3 {
            port.extend([0, 0x98, 0x96, 0x80].repeat(2));
        }
        port
    }

    fn stats(&self, message: &[u8], kind: u8, out: &mut Vec<u8>) {
        let Some(&asked) = message[HEADER..].first_chunk::<2>() else { return };
        let mut body = [&asked[..], &[0, 0]].concat();
        if self.version == Version::V1_3 {
            body.extend([0; 4]);
        }
        match (self.version, u16::from_be_bytes(asked)) {
            (_, DESC) => body.resize(body.len() + DESC_BYTES, 0),
            (Version::V1_3, PORT_DESC) => {
                (1..=PORTS).for_each(|port| body.extend(self.port(port as u16)));
            }
            _ => {}
        }
        self.reply(message, kind, &body, out);
    }

    fn role(&mut self, message: &[u8], out: &mut Vec<u8>) {
        let mut body = message[HEADER..].to_vec();
        let asked = match body[3] {
            1 => Role::Equal,
            2 => Role::Master,
            3 => Role::Slave,
            _ => self.role,
        };
        if matches!(asked, Role::Master | Role::Slave) && body[3] != 0 {
            self.generation.copy_from_slice(&body[8..16]);
        }
        self.role = asked;
        body[3] = match asked {
            Role::None | Role::Equal => 1,
            Role::Master => 2,
            Role::Slave => 3,
        };
        body[8..16].copy_from_slice(&self.generation);
        self.reply(message, ROLE_REPLY, &body, out);
    }

    /// Nicira's roles on OpenFlow 1.0: other, master, slave.
    fn nicira_role(&mut self, message: &[u8], out: &mut Vec<u8>) {
        let mut body = message[HEADER..].to_vec();
        let Some(role) = body.get(11) else { return };
        self.role = match role {
            1 => Role::Master,
            2 => Role::Slave,
            _ => Role::Equal,
        };
        body[7] = NICIRA_ROLE_REPLY;
        self.reply(message, VENDOR, &body, out);
    }

    fn reply(&self, asked: &[u8], kind: u8, body: &[u8], out: &mut Vec<u8>) {
        let [high, low] = ((HEADER + body.len()) as u16).to_be_bytes();
        out.extend([self.version.wire(), kind, high, low]);
        out.extend(&asked[4..8]);
        out.extend(body);
    }
}

/// A length that no message has.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the controller has sent a message of {0} bytes")]
pub(super) struct Nonsense(usize);

/// Returns how long the message is that `bytes` begins with, once that is there.
fn length_of(bytes: &[u8]) -> Result<Option<usize>, Nonsense> {
    let Some(&[_, _, high, low, ..]) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < HEADER { Err(Nonsense(length)) } else { Ok(Some(length)) }
}

fn word(body: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*body.get(at..)?.first_chunk()?))
}

const HEADER: usize = 8;
const HELLO: u8 = 0;
const ECHO_REQUEST: u8 = 2;
const ECHO_REPLY: u8 = 3;
const VENDOR: u8 = 4;
const FEATURES_REQUEST: u8 = 5;
const FEATURES_REPLY: u8 = 6;
const GET_CONFIG_REQUEST: u8 = 7;
const GET_CONFIG_REPLY: u8 = 8;
const PACKET_OUT: u8 = 13;
const FLOW_MOD: u8 = 14;
const STATS_REQUEST_1_0: u8 = 16;
const STATS_REPLY_1_0: u8 = 17;
const BARRIER_REQUEST_1_0: u8 = 18;
const BARRIER_REPLY_1_0: u8 = 19;
const MULTIPART_REQUEST: u8 = 18;
const MULTIPART_REPLY: u8 = 19;
const BARRIER_REQUEST: u8 = 20;
const BARRIER_REPLY: u8 = 21;
const ROLE_REQUEST: u8 = 24;
const ROLE_REPLY: u8 = 25;
const NICIRA_ROLE_REQUEST: [u8; 8] = [0, 0, 0x23, 0x20, 0, 0, 0, 10];
const NICIRA_ROLE_REPLY: u8 = 11;
const DESC: u16 = 0;
const DESC_BYTES: usize = 1_056;
const PORT_DESC: u16 = 13;
const LLDP: [u8; 2] = [0x88, 0xcc];

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use openflow::channel::{Action, Channel, Event};
    use openflow::{
        Action as Do, Frame, GenerationId, Message, PacketOut, PortNo, Role as Wanted, RoleRequest,
        Xid,
    };

    fn encoded(message: Message) -> Vec<u8> {
        let mut bytes = vec![];
        let frame = Frame { version: openflow::Version::V1_3, xid: Xid(3), message };
        frame.encode(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_crate_s_own_channel_shakes_hands_with_it() {
        let mut to_controller = vec![];
        let mut switch = Emulated::open(Version::V1_3, 9, &mut to_controller);
        let mut channel = Channel::new(&[openflow::Version::V1_3]);
        let mut events = vec![Event::Opened];
        let mut up = None;
        while let Some(event) = events.pop() {
            let mut actions = vec![];
            channel.handle(event, &mut actions);
            for action in actions {
                match action {
                    Action::Send(frame) => {
                        let mut bytes = vec![];
                        frame.encode(&mut bytes).unwrap();
                        switch.read(&bytes, &mut to_controller).unwrap();
                    }
                    Action::Up(info) => up = Some(info),
                    _ => {}
                }
            }
            let mut buffer = bytes::BytesMut::from(&to_controller[..]);
            to_controller.clear();
            while let Some(bytes) = openflow::framing::next_frame(&mut buffer).unwrap() {
                events.insert(0, Event::Frame(Frame::decode(&bytes).unwrap()));
            }
        }
        let up = up.unwrap();
        assert_eq!((up.dpid.0, up.ports.len()), (9, PORTS));
        assert!(switch.is_master(), "nobody has asked for a role yet: {switch:?}");
    }

    #[test]
    fn roles_decide_who_is_asked() {
        let mut out = vec![];
        let mut switch = Emulated::open(Version::V1_3, 9, &mut out);
        assert!(!switch.is_master(), "nobody is there yet");
        switch.read(&encoded(Message::FeaturesRequest), &mut out).unwrap();
        for (role, is_master) in
            [(Wanted::Slave, false), (Wanted::Master, true), (Wanted::Equal, false)]
        {
            let ask = RoleRequest::new(role, GenerationId(5));
            out.clear();
            switch.read(&encoded(Message::RoleRequest(ask)), &mut out).unwrap();
            assert_eq!(switch.is_master(), is_master, "{role:?}");
            let reply = Frame::decode(&Bytes::from(out.clone())).unwrap().message;
            assert_eq!(reply, Message::RoleReply(ask));
        }
    }

    #[test]
    fn answers_are_counted_however_they_arrive_and_discovery_is_none() {
        let answer = PacketOut::new(vec![Do::output(PortNo(2))], Bytes::from_static(&[0; 60]));
        let mut probe = vec![0; 60];
        probe[12..14].copy_from_slice(&LLDP);
        let probe = PacketOut::new(vec![Do::output(PortNo(2))], probe.into());
        let stream = [answer.clone(), probe, answer].map(|it| encoded(Message::PacketOut(it)));
        let stream = stream.concat();
        for chunk in 1..stream.len() {
            let mut out = vec![];
            let mut switch = Emulated::open(Version::V1_3, 9, &mut out);
            let read = |bytes| switch.read(bytes, &mut out).unwrap();
            assert_eq!(stream.chunks(chunk).map(read).sum::<u64>(), 2, "in chunks of {chunk}");
        }
    }

    #[test]
    fn a_length_that_cannot_be_ends_it() {
        let mut switch = Emulated::open(Version::V1_3, 9, &mut vec![]);
        assert_eq!(switch.read(&[4, 13, 0, 7, 0, 0, 0, 0], &mut vec![]), Err(Nonsense(7)));
    }
}
