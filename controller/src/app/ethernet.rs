//! The head of an Ethernet frame (IEEE 802.3, with at most one tag of IEEE 802.1Q).

use openflow::MacAddr;

/// Who sends what to whom.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Header {
    pub(super) dst: MacAddr,
    pub(super) src: MacAddr,
    /// Type of the payload, behind the VLAN tag if there is one.
    pub(super) ethertype: u16,
}

/// Ethertype of the link layer discovery protocol.
pub(super) const LLDP: u16 = 0x88cc;
/// Ethertype for experiments: Baton's hand-over markers.
pub(super) const EXPERIMENTAL: u16 = 0x88b5;
const VLAN: u16 = 0x8100;
const PROVIDER_VLAN: u16 = 0x88a8;

impl Header {
    /// Returns the head of `frame`; `None` if it is cut short.
    pub(super) fn of(frame: &[u8]) -> Option<Self> {
        let (dst, rest) = frame.split_first_chunk()?;
        let (src, rest) = rest.split_first_chunk()?;
        let (ethertype, rest) = rest.split_first_chunk()?;
        let ethertype = match u16::from_be_bytes(*ethertype) {
            VLAN | PROVIDER_VLAN => u16::from_be_bytes(*rest.get(2..)?.first_chunk()?),
            untagged => untagged,
        };
        Some(Self { dst: MacAddr(*dst), src: MacAddr(*src), ethertype })
    }

    /// Returns whether no bridge may forward the frame (IEEE 802.1Q §8.6.3: 01-80-C2-00-00-00 to -0F).
    pub(super) fn is_link_local(&self) -> bool {
        let [head @ .., last] = self.dst.0;
        head == [0x01, 0x80, 0xc2, 0x00, 0x00] && last < 0x10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip]
    const TAGGED_ARP: [u8; 18] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, // dst
        0x02, 0x00, 0x00, 0x00, 0x00, 0x01, // src
        0x81, 0x00, 0x00, 0x05,             // VLAN 5
        0x08, 0x06,                         // ARP
    ];

    #[test]
    fn the_ethertype_is_behind_a_tag() {
        let header = Header::of(&TAGGED_ARP).expect("it is whole");
        let src = MacAddr([2, 0, 0, 0, 0, 1]);
        assert_eq!(header, Header { dst: MacAddr::BROADCAST, src, ethertype: 0x0806 });
        for len in 0..TAGGED_ARP.len() {
            assert_eq!(Header::of(&TAGGED_ARP[..len]), None, "{len}");
        }
    }

    #[test]
    fn what_bridges_keep_to_themselves_is_link_local() {
        let to = |dst| Header { dst: MacAddr(dst), src: MacAddr::default(), ethertype: 0 };
        assert!(to([0x01, 0x80, 0xc2, 0, 0, 0x0e]).is_link_local());
        assert!(!to([0x01, 0x80, 0xc2, 0, 0, 0x10]).is_link_local());
        assert!(!to([0xff; 6]).is_link_local());
    }
}
