//! Messages as if they had been captured: one pcap file, each version on a TCP connection of its own.

use std::collections::BTreeMap;

use openflow::Version;

use crate::Judged;

/// Returns a capture with one packet for each message, in turn.
pub(crate) fn capture(messages: &[Judged]) -> Vec<u8> {
    let mut sent: BTreeMap<Version, u32> = BTreeMap::new();
    let mut file = file_header();
    for message in messages {
        let sent = sent.entry(message.version()).or_default();
        let packet = packet(message, *sent);
        *sent += message.bytes.len() as u32;
        let length = (packet.len() as u32).to_le_bytes();
        // Seconds and microseconds, length as captured and as sent.
        file.extend([[0; 4], [0; 4], length, length].concat());
        file.extend(packet);
    }
    file
}

fn file_header() -> Vec<u8> {
    let fields: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0xffff, RAW_IP];
    fields.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// Returns an IP packet with the message as the next bytes of its connection.
fn packet(message: &Judged, sent: u32) -> Vec<u8> {
    let length = 40 + u16::try_from(message.bytes.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let [source_high, source_low] = (50_000 + u16::from(message.version().wire())).to_be_bytes();
    let [controller_high, controller_low] = 6653_u16.to_be_bytes();
    #[rustfmt::skip]
    let ip = [
        0x45, 0, high, low, 0, 0, 0, 0,         // version, length, not fragmented
        64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,  // TCP, no checksum, addresses
        source_high, source_low, controller_high, controller_low,
    ];
    // Sequence number, acknowledged, header of 20 bytes and PSH|ACK, window, neither checksum nor urgent.
    let numbers = [(1 + sent).to_be_bytes(), [0; 4], [0x50, 0x18, 0xff, 0xff], [0; 4]];
    [&ip[..], numbers.as_flattened(), &message.bytes].concat()
}

/// `LINKTYPE_RAW`: a packet starts with its IP header.
const RAW_IP: u32 = 101;
