//! Discovery frames (IEEE 802.1AB), from a port of one switch to whatever is at the other end.
//!
//! ```text
//! dst 01:80:c2:00:00:0e | src | 0x88cc
//! chassis id  type 1: subtype 7 (locally assigned), the dpid in hexadecimal
//! port id     type 2: subtype 7, the port's number in decimal
//! ttl         type 3: seconds
//! Baton's     type 127: OUI 62-61-74, subtype 1, dpid 8, port 4       what Baton itself reads
//! end         type 0
//! ```
//!
//! Each field begins with 7 bits of type and 9 of length. A frame without Baton's field is foreign.

use openflow::{Dpid, MacAddr, PortNo};

/// What a frame says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lldp {
    /// It left this port of this switch.
    Ours(Dpid, PortNo),
    /// Another device's.
    Foreign,
    /// Not what the standard says.
    Malformed,
}

const NEAREST_BRIDGE: [u8; 6] = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e];
const ETHERTYPE: [u8; 2] = [0x88, 0xcc];
const HEADER: usize = 14;
/// Bytes of the shortest Ethernet frame, its checksum not counted.
const MIN_FRAME: usize = 60;

const END: u8 = 0;
const CHASSIS_ID: u8 = 1;
const PORT_ID: u8 = 2;
const TTL: u8 = 3;
const ORGANISATION: u8 = 127;
const LOCALLY_ASSIGNED: u8 = 7;
/// A locally administered OUI ("bat"), and the only subtype under it.
const BATON: [u8; 4] = [0x62, 0x61, 0x74, 0x01];

/// Returns the frame that leaves `port` of `dpid`.
pub(super) fn encode(dpid: Dpid, port: PortNo, src: MacAddr, ttl_s: u16) -> Vec<u8> {
    let mut frame = Vec::with_capacity(2 * MIN_FRAME);
    frame.extend_from_slice(&NEAREST_BRIDGE);
    frame.extend_from_slice(&src.0);
    frame.extend_from_slice(&ETHERTYPE);
    let chassis = format!("{:016x}", dpid.0);
    field(&mut frame, CHASSIS_ID, &[&[LOCALLY_ASSIGNED], chassis.as_bytes()]);
    let number = port.0.to_string();
    field(&mut frame, PORT_ID, &[&[LOCALLY_ASSIGNED], number.as_bytes()]);
    field(&mut frame, TTL, &[&ttl_s.to_be_bytes()]);
    field(&mut frame, ORGANISATION, &[&BATON, &dpid.0.to_be_bytes(), &port.0.to_be_bytes()]);
    field(&mut frame, END, &[]);
    frame.resize(frame.len().max(MIN_FRAME), 0);
    frame
}

fn field(frame: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Each of our fields is shorter than 256 bytes, so that the length's ninth bit is never set.
    frame.extend_from_slice(&[kind << 1, length as u8]);
    for part in parts {
        frame.extend_from_slice(part);
    }
}

/// Returns what `frame`, which has LLDP's ethertype, says.
pub(super) fn decode(frame: &[u8]) -> Lldp {
    parse(frame).unwrap_or(Lldp::Malformed)
}

fn parse(frame: &[u8]) -> Option<Lldp> {
    let mut rest = frame.get(HEADER..)?;
    let mut origin = Lldp::Foreign;
    // The first three fields are mandatory, in this order.
    for expected in [CHASSIS_ID, PORT_ID, TTL] {
        let (kind, _, after) = next_field(rest)?;
        if kind != expected {
            return None;
        }
        rest = after;
    }
    loop {
        let (kind, value, after) = next_field(rest)?;
        rest = after;
        match kind {
            END => return Some(origin),
            ORGANISATION => {
                if let Some(value) = value.strip_prefix(&BATON) {
                    let (dpid, value) = value.split_first_chunk()?;
                    let port = PortNo(u32::from_be_bytes(value.try_into().ok()?));
                    origin = Lldp::Ours(Dpid(u64::from_be_bytes(*dpid)), port);
                }
            }
            _ => {}
        }
    }
}

/// Returns a field's type and value, and what follows it.
fn next_field(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    let head = u16::from_be_bytes(*head);
    let (value, rest) = rest.split_at_checked(usize::from(head & 0x1ff))?;
    Some(((head >> 9) as u8, value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DPID: Dpid = Dpid(0x1_0002);
    const SRC: MacAddr = MacAddr([2, 0, 0, 0, 0, 9]);

    #[rustfmt::skip]
    const FRAME: [u8; 65] = [
        0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e,                         // dst: nearest bridge
        0x02, 0x00, 0x00, 0x00, 0x00, 0x09,                         // src
        0x88, 0xcc,                                                 // LLDP
        0x02, 0x11, 0x07,                                           // chassis id, 17, locally assigned
        b'0', b'0', b'0', b'0', b'0', b'0', b'0', b'0',
        b'0', b'0', b'0', b'1', b'0', b'0', b'0', b'2',             // dpid
        0x04, 0x02, 0x07, b'5',                                     // port id, 2, locally assigned
        0x06, 0x02, 0x00, 0x09,                                     // ttl, 2: 9 s
        0xfe, 0x10, 0x62, 0x61, 0x74, 0x01,                         // organisation, 16, Baton's
        0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x02,             // dpid
        0x00, 0x00, 0x00, 0x05,                                     // port
        0x00, 0x00,                                                 // end
        0x00, 0x00, 0x00, 0x00,
    ];

    fn frame() -> &'static [u8] {
        // The last four bytes of the array above are not the frame's.
        &FRAME[..FRAME.len() - 4]
    }

    #[test]
    fn a_frame_says_where_it_comes_from() {
        assert_eq!(encode(DPID, PortNo(5), SRC, 9), frame());
        assert_eq!(decode(frame()), Lldp::Ours(DPID, PortNo(5)));
    }

    #[test]
    fn every_proper_prefix_is_malformed() {
        for len in 0..frame().len() {
            assert_eq!(decode(&frame()[..len]), Lldp::Malformed, "{len}");
        }
    }

    #[test]
    fn a_frame_without_batons_field_is_foreign() {
        let mut foreign = frame().to_vec();
        foreign[HEADER + 27 + 2] ^= 1;
        assert_eq!(decode(&foreign), Lldp::Foreign);
    }

    #[test]
    fn mandatory_fields_out_of_order_are_malformed() {
        let mut disordered = frame().to_vec();
        disordered[HEADER] = PORT_ID << 1;
        assert_eq!(decode(&disordered), Lldp::Malformed);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn any_origin_survives(dpid: u64, port: u32, src: [u8; 6], ttl_s: u16) {
            let (dpid, port) = (Dpid(dpid), PortNo(port));
            prop_assert_eq!(decode(&encode(dpid, port, MacAddr(src), ttl_s)), Lldp::Ours(dpid, port));
        }
    }
}
