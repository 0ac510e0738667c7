use super::FieldId;
use super::key::{self, Key};
use super::nxm;

/// What is fixed about an OXM field.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: FieldId,
    /// Name without `OXM_OF_`, in lower case; of fields that are not standard, Open vSwitch's name.
    pub(super) name: &'static str,
    /// Width of the value on the wire, or [`Entry::ANY_WIDTH`].
    pub(super) bytes: usize,
    /// How many of its low bits the value uses; the others are zero.
    pub(super) bits: u32,
    pub(super) maskable: bool,
    pub(super) format: Format,
}

/// How people write a field's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    Decimal,
    Hex,
    Port,
    Mac,
    Ipv4,
    Ipv6,
    /// All octets, however many.
    Octets,
}

impl Entry {
    /// Stands for a width that the switch decides on.
    pub(super) const ANY_WIDTH: usize = usize::MAX;

    pub(super) fn has_width(&self, bytes: usize) -> bool {
        self.bytes == bytes || self.bytes == Entry::ANY_WIDTH
    }

    pub(super) fn of(id: FieldId) -> Option<&'static Entry> {
        if id.class != FieldId::BASIC {
            return nxm::entry(id);
        }
        // All fields but one are assigned: the gap is before PBB_UCA.
        let number = usize::from(id.number);
        let at = if id.number < key::PBB_UCA.id().number { number } else { number - 1 };
        ENTRIES.get(at).filter(|entry| entry.id == id)
    }
}

pub(super) const fn exact<T>(key: Key<T>, name: &'static str, bits: u32, format: Format) -> Entry {
    Entry { id: key.id(), name, bytes: size_of::<T>(), bits, maskable: false, format }
}

pub(super) const fn maskable<T>(
    key: Key<T>,
    name: &'static str,
    bits: u32,
    format: Format,
) -> Entry {
    Entry { id: key.id(), name, bytes: size_of::<T>(), bits, maskable: true, format }
}

use Format::{Decimal, Hex, Ipv4, Ipv6, Mac, Port};

/// By number (OpenFlow 1.4 table 12, and what 1.5 adds).
static ENTRIES: [Entry; 44] = [
    exact(key::IN_PORT, "in_port", 32, Port),
    exact(key::IN_PHY_PORT, "in_phy_port", 32, Port),
    maskable(key::METADATA, "metadata", 64, Hex),
    maskable(key::ETH_DST, "eth_dst", 48, Mac),
    maskable(key::ETH_SRC, "eth_src", 48, Mac),
    exact(key::ETH_TYPE, "eth_type", 16, Hex),
    maskable(key::VLAN_VID, "vlan_vid", 13, Hex),
    exact(key::VLAN_PCP, "vlan_pcp", 3, Decimal),
    exact(key::IP_DSCP, "ip_dscp", 6, Decimal),
    exact(key::IP_ECN, "ip_ecn", 2, Decimal),
    exact(key::IP_PROTO, "ip_proto", 8, Decimal),
    maskable(key::IPV4_SRC, "ipv4_src", 32, Ipv4),
    maskable(key::IPV4_DST, "ipv4_dst", 32, Ipv4),
    exact(key::TCP_SRC, "tcp_src", 16, Decimal),
    exact(key::TCP_DST, "tcp_dst", 16, Decimal),
    exact(key::UDP_SRC, "udp_src", 16, Decimal),
    exact(key::UDP_DST, "udp_dst", 16, Decimal),
    exact(key::SCTP_SRC, "sctp_src", 16, Decimal),
    exact(key::SCTP_DST, "sctp_dst", 16, Decimal),
    exact(key::ICMPV4_TYPE, "icmpv4_type", 8, Decimal),
    exact(key::ICMPV4_CODE, "icmpv4_code", 8, Decimal),
    exact(key::ARP_OP, "arp_op", 16, Decimal),
    maskable(key::ARP_SPA, "arp_spa", 32, Ipv4),
    maskable(key::ARP_TPA, "arp_tpa", 32, Ipv4),
    maskable(key::ARP_SHA, "arp_sha", 48, Mac),
    maskable(key::ARP_THA, "arp_tha", 48, Mac),
    maskable(key::IPV6_SRC, "ipv6_src", 128, Ipv6),
    maskable(key::IPV6_DST, "ipv6_dst", 128, Ipv6),
    maskable(key::IPV6_FLABEL, "ipv6_flabel", 20, Hex),
    exact(key::ICMPV6_TYPE, "icmpv6_type", 8, Decimal),
    exact(key::ICMPV6_CODE, "icmpv6_code", 8, Decimal),
    exact(key::IPV6_ND_TARGET, "ipv6_nd_target", 128, Ipv6),
    exact(key::IPV6_ND_SLL, "ipv6_nd_sll", 48, Mac),
    exact(key::IPV6_ND_TLL, "ipv6_nd_tll", 48, Mac),
    exact(key::MPLS_LABEL, "mpls_label", 20, Decimal),
    exact(key::MPLS_TC, "mpls_tc", 3, Decimal),
    exact(key::MPLS_BOS, "mpls_bos", 1, Decimal),
    maskable(key::PBB_ISID, "pbb_isid", 24, Hex),
    maskable(key::TUNNEL_ID, "tunnel_id", 64, Hex),
    maskable(key::IPV6_EXTHDR, "ipv6_exthdr", 9, Hex),
    exact(key::PBB_UCA, "pbb_uca", 1, Decimal),
    maskable(key::TCP_FLAGS, "tcp_flags", 12, Hex),
    exact(key::ACTSET_OUTPUT, "actset_output", 32, Port),
    exact(key::PACKET_TYPE, "packet_type", 32, Hex),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_found_by_its_id() {
        for entry in &ENTRIES {
            assert_eq!(Entry::of(entry.id).map(|found| found.name), Some(entry.name));
        }
        for number in [40, 45, 127] {
            let id = FieldId { number, ..key::IN_PORT.id() };
            assert!(Entry::of(id).is_none(), "{number}");
        }
        assert!(Entry::of(FieldId { class: 2, ..key::IN_PORT.id() }).is_none());
    }
}
