//! The standard OXM fields (`OFPXMC_OPENFLOW_BASIC`, OpenFlow 1.4 §7.2.3.7), each with the type of
//! its value.

use std::marker::PhantomData;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::FieldId;
use crate::{MacAddr, PortNo};

/// Name of an OXM field whose value is a `T`.
#[derive(Debug)]
pub struct Key<T> {
    id: FieldId,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> Key<T> {
    const fn new(number: u8) -> Self {
        Key::of(FieldId { class: FieldId::BASIC, number, experimenter: 0 })
    }

    pub(super) const fn of(id: FieldId) -> Self {
        Key { id, value: PhantomData }
    }

    /// Returns the field's id on the wire.
    pub const fn id(self) -> FieldId {
        self.id
    }
}

/// Port where the packet came in.
pub const IN_PORT: Key<PortNo> = Key::new(0);
/// Physical port where the packet came in, if `IN_PORT` is a logical one.
pub const IN_PHY_PORT: Key<PortNo> = Key::new(1);
/// What earlier tables wrote.
pub const METADATA: Key<u64> = Key::new(2);
/// Ethernet destination.
pub const ETH_DST: Key<MacAddr> = Key::new(3);
/// Ethernet source.
pub const ETH_SRC: Key<MacAddr> = Key::new(4);
/// Ethernet type of the payload, after VLAN tags.
pub const ETH_TYPE: Key<u16> = Key::new(5);
/// VLAN id with [`VLAN_PRESENT`] set, or 0 for an untagged frame.
pub const VLAN_VID: Key<u16> = Key::new(6);
/// VLAN priority, 3 bits.
pub const VLAN_PCP: Key<u8> = Key::new(7);
/// Differentiated services code point, 6 bits.
pub const IP_DSCP: Key<u8> = Key::new(8);
/// Explicit congestion notification, 2 bits.
pub const IP_ECN: Key<u8> = Key::new(9);
/// IP protocol.
pub const IP_PROTO: Key<u8> = Key::new(10);
/// IPv4 source.
pub const IPV4_SRC: Key<Ipv4Addr> = Key::new(11);
/// IPv4 destination.
pub const IPV4_DST: Key<Ipv4Addr> = Key::new(12);
/// TCP source port.
pub const TCP_SRC: Key<u16> = Key::new(13);
/// TCP destination port.
pub const TCP_DST: Key<u16> = Key::new(14);
/// UDP source port.
pub const UDP_SRC: Key<u16> = Key::new(15);
/// UDP destination port.
pub const UDP_DST: Key<u16> = Key::new(16);
/// SCTP source port.
pub const SCTP_SRC: Key<u16> = Key::new(17);
/// SCTP destination port.
pub const SCTP_DST: Key<u16> = Key::new(18);
/// ICMP type.
pub const ICMPV4_TYPE: Key<u8> = Key::new(19);
/// ICMP code.
pub const ICMPV4_CODE: Key<u8> = Key::new(20);
/// ARP operation.
pub const ARP_OP: Key<u16> = Key::new(21);
/// ARP sender's IPv4 address.
pub const ARP_SPA: Key<Ipv4Addr> = Key::new(22);
/// ARP target's IPv4 address.
pub const ARP_TPA: Key<Ipv4Addr> = Key::new(23);
/// ARP sender's Ethernet address.
pub const ARP_SHA: Key<MacAddr> = Key::new(24);
/// ARP target's Ethernet address.
pub const ARP_THA: Key<MacAddr> = Key::new(25);
/// IPv6 source.
pub const IPV6_SRC: Key<Ipv6Addr> = Key::new(26);
/// IPv6 destination.
pub const IPV6_DST: Key<Ipv6Addr> = Key::new(27);
/// IPv6 flow label, 20 bits.
pub const IPV6_FLABEL: Key<u32> = Key::new(28);
/// ICMPv6 type.
pub const ICMPV6_TYPE: Key<u8> = Key::new(29);
/// ICMPv6 code.
pub const ICMPV6_CODE: Key<u8> = Key::new(30);
/// Target of an IPv6 neighbour discovery.
pub const IPV6_ND_TARGET: Key<Ipv6Addr> = Key::new(31);
/// Source link-layer address of an IPv6 neighbour discovery.
pub const IPV6_ND_SLL: Key<MacAddr> = Key::new(32);
/// Target link-layer address of an IPv6 neighbour discovery.
pub const IPV6_ND_TLL: Key<MacAddr> = Key::new(33);
/// MPLS label, 20 bits.
pub const MPLS_LABEL: Key<u32> = Key::new(34);
/// MPLS traffic class, 3 bits.
pub const MPLS_TC: Key<u8> = Key::new(35);
/// MPLS bottom of stack, 1 bit.
pub const MPLS_BOS: Key<u8> = Key::new(36);
/// Provider backbone bridge service instance, 24 bits.
pub const PBB_ISID: Key<[u8; 3]> = Key::new(37);
/// Metadata of the logical port, such as a tunnel's key.
pub const TUNNEL_ID: Key<u64> = Key::new(38);
/// Which IPv6 extension headers the packet has, 9 bits.
pub const IPV6_EXTHDR: Key<u16> = Key::new(39);
/// Provider backbone bridge use-customer-address, 1 bit (OpenFlow 1.4 on).
pub const PBB_UCA: Key<u8> = Key::new(41);
/// TCP flags, 12 bits (OpenFlow 1.5 on).
pub const TCP_FLAGS: Key<u16> = Key::new(42);
/// Port that the action set outputs to, or [`PortNo::UNSET`] (OpenFlow 1.5 on).
pub const ACTSET_OUTPUT: Key<PortNo> = Key::new(43);
/// What the packet starts with: namespace and type, 16 bits each; 0 for Ethernet (OpenFlow 1.5 on).
pub const PACKET_TYPE: Key<u32> = Key::new(44);

/// The bit in a [`VLAN_VID`] that says that the frame has a tag (`OFPVID_PRESENT`).
pub const VLAN_PRESENT: u16 = 0x1000;
