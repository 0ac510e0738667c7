//! Packet-ins as bytes, made once and sent again and again.

use super::Version;

/// What packet-ins look like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Addresses behind each switch, an even number: they talk in pairs, across ports.
    pub hosts: usize,
    /// Length of the Ethernet frames, in bytes.
    pub frame: usize,
    /// Whether the switch keeps the packet and names its buffer, as cbench's do and Open vSwitch does not.
    pub buffered: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self { hosts: 1_000, frame: 64, buffered: true }
    }
}

/// The packet-ins of one switch, all of one length.
#[derive(Clone, Debug)]
pub(super) struct Packets {
    bytes: Vec<u8>,
    each: usize,
}

impl Packets {
    /// Returns one packet-in from each host to the other of its pair.
    pub(super) fn new(version: Version, switch: u64, shape: Shape) -> Self {
        let mut bytes = vec![];
        for host in 0..shape.hosts {
            let buffer = if shape.buffered { host as u32 } else { NO_BUFFER };
            packet_in(version, &mut bytes, buffer, port_of(host), |frame| {
                frame.extend(address(switch, host ^ 1));
                frame.extend(address(switch, host));
                frame.extend(IPV4);
                frame.resize(frame.len() + shape.frame.max(MIN_FRAME) - 14, 0);
            });
        }
        let each = bytes.len() / shape.hosts;
        Self { bytes, each }
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.each
    }

    /// Returns the bytes of as many as fit into `bytes`, from the n-th on, and how many those are: at least one, and
    /// none beyond the last.
    pub(super) fn some(&self, n: usize, bytes: usize) -> (&[u8], usize) {
        let first = n % self.len();
        let number = (bytes / self.each).clamp(1, self.len() - first);
        (&self.bytes[first * self.each..][..number * self.each], number)
    }

    /// Returns one of them.
    pub(super) fn nth(&self, n: usize) -> &[u8] {
        let start = n % self.len() * self.each;
        &self.bytes[start..start + self.each]
    }
}

/// Returns the port behind which a host is: its pair is behind another.
fn port_of(host: usize) -> u32 {
    1 + (host % PORTS) as u32
}

fn address(switch: u64, host: usize) -> [u8; 6] {
    let ([.., a, b], [.., c, d, e]) = (switch.to_be_bytes(), host.to_be_bytes());
    [2, a, b, c, d, e]
}

fn packet_in(
    version: Version,
    out: &mut Vec<u8>,
    buffer: u32,
    port: u32,
    fill: impl FnOnce(&mut Vec<u8>),
) {
    let mut frame = vec![];
    fill(&mut frame);
    let length = frame.len() as u16;
    let start = out.len();
    out.extend([version.wire(), PACKET_IN, 0, 0, 0, 0, 0, 0]);
    out.extend(buffer.to_be_bytes());
    out.extend(length.to_be_bytes());
    match version {
        Version::V1_0 => {
            out.extend((port as u16).to_be_bytes());
            out.extend([NO_MATCH, 0]);
        }
        Version::V1_3 => {
            // Reason, table, cookie; a match on the port, padded.
            out.extend([NO_MATCH, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            out.extend([0, 1, 0, 12, 0x80, 0, 0, 4]);
            out.extend(port.to_be_bytes());
            out.extend([0; 6]);
        }
    }
    out.extend(frame);
    let length = (out.len() - start) as u16;
    out[start + 2..start + 4].copy_from_slice(&length.to_be_bytes());
}

impl Version {
    /// Returns the first byte of every header.
    pub(super) fn wire(self) -> u8 {
        match self {
            Self::V1_0 => 1,
            Self::V1_3 => 4,
        }
    }
}

/// Ports of an emulated switch, as of cbench's.
pub(super) const PORTS: usize = 4;
pub(super) const NO_BUFFER: u32 = u32::MAX;
const MIN_FRAME: usize = 34;
const PACKET_IN: u8 = 10;
const NO_MATCH: u8 = 0;
/// Ethernet type, and the start of a header that says there are no options.
const IPV4: [u8; 2] = [8, 0];

#[cfg(test)]
mod tests {
    use super::*;
    use openflow::{BufferId, Frame, Message, PortNo};

    #[test]
    fn packet_ins_of_1_3_are_what_the_codec_reads() {
        let shape = Shape { hosts: 6, ..Shape::default() };
        let packets = Packets::new(Version::V1_3, 7, shape);
        assert_eq!(packets.len(), 6);
        for n in 0..6 {
            let bytes = bytes::Bytes::copy_from_slice(packets.nth(n));
            let Message::PacketIn(packet) = Frame::decode(&bytes).unwrap().message else {
                panic!("no packet-in");
            };
            assert_eq!(packet.in_port(), Some(PortNo(1 + (n as u32 % 4))));
            assert_eq!(packet.buffer_id, BufferId(n as u32));
            assert_eq!((packet.data.len(), usize::from(packet.total_len)), (64, 64));
            assert_eq!(packet.data[..6], address(7, n ^ 1));
            assert_eq!(packet.data[6..12], address(7, n));
        }
    }

    #[test]
    fn packet_ins_of_1_0_have_the_length_of_their_header() {
        let packets = Packets::new(Version::V1_0, 7, Shape::default());
        let first = packets.nth(0);
        assert_eq!(first.len(), 18 + 64);
        assert_eq!(usize::from(u16::from_be_bytes([first[2], first[3]])), first.len());
        assert_eq!(packets.nth(1_000), first, "they go round");
        let whole =
            |n, bytes| (packets.some(n, bytes).0.len() / first.len(), packets.some(n, bytes).1);
        assert_eq!([whole(0, 1), whole(0, 200), whole(1_999, 200)], [(1, 1), (2, 2), (1, 1)]);
    }
}
