//! Numbered packets: what the laboratory sends so that every answer can be counted.
//!
//! ```text
//! eth_dst 6 | eth_src 6 | 0x88b6 2 | "NUMBERED" 8 | source 8 | number 8 | zeroes up to 60 bytes
//! ```
//!
//! The destination is a unicast address that no host has, so a learning controller floods each packet
//! once and installs no flow: one packet-in, one packet-out.

/// One numbered packet.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Numbered {
    /// Who sent it; its low 32 bits are part of the source address.
    pub source: u64,
    /// Its number among those of the source, from 0.
    pub number: u64,
}

impl Numbered {
    /// Returns the whole Ethernet frame, 60 bytes.
    pub fn encode(self) -> Vec<u8> {
        let mut frame = Vec::with_capacity(MIN_FRAME);
        frame.extend_from_slice(&UNKNOWN_HOST);
        frame.extend_from_slice(&[0x02, 0xba]);
        frame.extend_from_slice(&(self.source as u32).to_be_bytes());
        frame.extend_from_slice(&ETHERTYPE.to_be_bytes());
        frame.extend_from_slice(&MAGIC);
        frame.extend_from_slice(&self.source.to_be_bytes());
        frame.extend_from_slice(&self.number.to_be_bytes());
        frame.resize(MIN_FRAME, 0);
        frame
    }

    /// Returns what `frame` carries, if it is a numbered packet.
    pub fn decode(frame: &[u8]) -> Option<Self> {
        let rest = frame.get(12..)?.strip_prefix(&ETHERTYPE.to_be_bytes())?;
        let rest = rest.strip_prefix(&MAGIC)?;
        let (source, rest) = rest.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        Some(Self { source: u64::from_be_bytes(*source), number: u64::from_be_bytes(*number) })
    }
}

/// Local experimental ethertype 2 (IEEE 802); number 1, 0x88b5, belongs to the hand-over's marker.
pub const ETHERTYPE: u16 = 0x88b6;

const MAGIC: [u8; 8] = *b"NUMBERED";
const UNKNOWN_HOST: [u8; 6] = [0x02, 0xff, 0xff, 0xff, 0xff, 0xfe];
const MIN_FRAME: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_carries_its_number() {
        let packet = Numbered { source: 7, number: 1 << 40 };
        let frame = packet.encode();
        assert_eq!(frame.len(), 60);
        assert_eq!(frame[..14], [2, 255, 255, 255, 255, 254, 2, 0xba, 0, 0, 0, 7, 0x88, 0xb6]);
        assert_eq!(Numbered::decode(&frame), Some(packet));
    }

    #[test]
    fn other_frames_carry_none() {
        let frame = Numbered { source: 7, number: 1 }.encode();
        for length in 0..38 {
            assert_eq!(Numbered::decode(&frame[..length]), None, "{length}");
        }
        let mut arp = frame;
        arp[12..14].copy_from_slice(&[0x08, 0x06]);
        assert_eq!(Numbered::decode(&arp), None);
    }
}
