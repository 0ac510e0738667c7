//! The fields that the specification does not define and Open vSwitch knows (`meta-flow.h`), each with
//! the type of its value.
//!
//! ```text
//! class 0x0000   OpenFlow 1.0's fields in Nicira's form     class 0x8001   the 64-bit registers
//! class 0x0001   what Nicira added                          class 0xffff   the ONF's, Nicira's, the
//! class 0x1000   Ericsson's                                                service function chain's
//! ```
//!
//! A field that is standard too, such as `eth_dst`, has its standard number in what Open vSwitch
//! sends by OpenFlow 1.3: that in class 0 or 1 stands in actions, and in messages of Nicira's own.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::registry::{Entry, Format, exact, maskable};
use super::{FieldId, Key};
use crate::{Experimenter, MacAddr, PortNo};

use Format::{Decimal, Hex, Ipv4, Ipv6, Mac, Octets, Port};

/// Returns what is fixed about a field of these classes.
pub(super) fn entry(id: FieldId) -> Option<&'static Entry> {
    let table: &[Entry] = match (id.class, id.experimenter) {
        (FieldId::NXM_0, 0) => &NXM_0,
        (FieldId::NXM_1, 0) if TUN_METADATA_NUMBERS.contains(&id.number) => &TUN_METADATA,
        (FieldId::NXM_1, 0) => &NXM_1,
        (ERICSSON_CLASS, 0) => &ERICSSON,
        (FieldId::PACKET_REGISTERS, 0) if id.number >= XREGS => &MORE_PACKET_REGISTERS,
        (FieldId::PACKET_REGISTERS, 0) => &PACKET_REGISTERS,
        (FieldId::EXPERIMENTER, Experimenter::ONF) => &ONF,
        (FieldId::EXPERIMENTER, Experimenter::NICIRA) => &NICIRA,
        (FieldId::EXPERIMENTER, SERVICE_HEADERS) => &NETWORK_SERVICE_HEADER,
        (FieldId::EXPERIMENTER, Experimenter::BATON) => &super::fixed::ENTRIES,
        _ => return None,
    };
    let at = table.binary_search_by_key(&id.number, |entry| entry.id.number).ok()?;
    table.get(at)
}

/// Defines a class's fields by number: their keys, and what is fixed about them.
macro_rules! fields {
    ($table:ident in ($class:expr, $experimenter:expr);
     $($number:literal $name:ident: $type:ty = $text:literal, $bits:literal, $kind:ident, $format:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub const $name: Key<$type> =
                Key::of(FieldId { class: $class, number: $number, experimenter: $experimenter });
        )*

        static $table: [Entry; [$($number),*].len()] = [$($kind($name, $text, $bits, $format)),*];
    };
}

/// Defines the fields whose width depends on the options of a tunnel that the controller mapped them to
/// (`NXT_TLV_TABLE_MOD`): they have no key.
macro_rules! tunnel_metadata {
    ($($index:literal)*) => {
        static TUN_METADATA: [Entry; [$($index),*].len()] = [$(Entry {
            id: FieldId {
                class: FieldId::NXM_1,
                number: *TUN_METADATA_NUMBERS.start() + $index,
                experimenter: 0,
            },
            name: concat!("tun_metadata", $index),
            bytes: Entry::ANY_WIDTH,
            bits: u32::MAX,
            maskable: true,
            format: Octets,
        }),*];
    };
}

/// Defines the registers that Open vSwitch does not have, and OpenFlow 1.5 does: they have no key.
macro_rules! more_packet_registers {
    ($($number:literal)*) => {
        static MORE_PACKET_REGISTERS: [Entry; [$($number),*].len()] = [$(Entry {
            id: FieldId { class: FieldId::PACKET_REGISTERS, number: $number, experimenter: 0 },
            name: concat!("pkt_reg", $number),
            bytes: 8,
            bits: 64,
            maskable: true,
            format: Hex,
        }),*];
    };
}

fields! {
    NXM_0 in (FieldId::NXM_0, 0);
    0 IN_PORT: u16 = "in_port", 16, exact, Decimal, "Port where the packet came in, in the 16 bits of OpenFlow 1.0.";
    1 ETH_DST: MacAddr = "eth_dst", 48, maskable, Mac, "Ethernet destination.";
    2 ETH_SRC: MacAddr = "eth_src", 48, maskable, Mac, "Ethernet source.";
    3 ETH_TYPE: u16 = "eth_type", 16, exact, Hex, "Ethernet type of the payload, after VLAN tags.";
    4 VLAN_TCI: u16 = "vlan_tci", 16, maskable, Hex, "VLAN tag: 3 bits of priority, 1 that says there is a tag, 12 of the VLAN id.";
    5 IP_TOS: u8 = "nw_tos", 8, exact, Decimal, "IP type of service: the code point in its high 6 bits.";
    6 IP_PROTO: u8 = "nw_proto", 8, exact, Decimal, "IP protocol.";
    7 IP_SRC: Ipv4Addr = "ip_src", 32, maskable, Ipv4, "IPv4 source.";
    8 IP_DST: Ipv4Addr = "ip_dst", 32, maskable, Ipv4, "IPv4 destination.";
    9 TCP_SRC: u16 = "tcp_src", 16, maskable, Decimal, "TCP source port.";
    10 TCP_DST: u16 = "tcp_dst", 16, maskable, Decimal, "TCP destination port.";
    11 UDP_SRC: u16 = "udp_src", 16, maskable, Decimal, "UDP source port.";
    12 UDP_DST: u16 = "udp_dst", 16, maskable, Decimal, "UDP destination port.";
    13 ICMP_TYPE: u8 = "icmp_type", 8, exact, Decimal, "ICMP type.";
    14 ICMP_CODE: u8 = "icmp_code", 8, exact, Decimal, "ICMP code.";
    15 ARP_OP: u16 = "arp_op", 16, exact, Decimal, "ARP operation.";
    16 ARP_SPA: Ipv4Addr = "arp_spa", 32, maskable, Ipv4, "ARP sender's IPv4 address.";
    17 ARP_TPA: Ipv4Addr = "arp_tpa", 32, maskable, Ipv4, "ARP target's IPv4 address.";
}

fields! {
    NXM_1 in (FieldId::NXM_1, 0);
    0 REG0: u32 = "reg0", 32, maskable, Hex, "Register 0.";
    1 REG1: u32 = "reg1", 32, maskable, Hex, "Register 1.";
    2 REG2: u32 = "reg2", 32, maskable, Hex, "Register 2.";
    3 REG3: u32 = "reg3", 32, maskable, Hex, "Register 3.";
    4 REG4: u32 = "reg4", 32, maskable, Hex, "Register 4.";
    5 REG5: u32 = "reg5", 32, maskable, Hex, "Register 5.";
    6 REG6: u32 = "reg6", 32, maskable, Hex, "Register 6.";
    7 REG7: u32 = "reg7", 32, maskable, Hex, "Register 7.";
    8 REG8: u32 = "reg8", 32, maskable, Hex, "Register 8.";
    9 REG9: u32 = "reg9", 32, maskable, Hex, "Register 9.";
    10 REG10: u32 = "reg10", 32, maskable, Hex, "Register 10.";
    11 REG11: u32 = "reg11", 32, maskable, Hex, "Register 11.";
    12 REG12: u32 = "reg12", 32, maskable, Hex, "Register 12.";
    13 REG13: u32 = "reg13", 32, maskable, Hex, "Register 13.";
    14 REG14: u32 = "reg14", 32, maskable, Hex, "Register 14.";
    15 REG15: u32 = "reg15", 32, maskable, Hex, "Register 15.";
    16 TUN_ID: u64 = "tun_id", 64, maskable, Hex, "Key of the tunnel.";
    17 ARP_SHA: MacAddr = "arp_sha", 48, maskable, Mac, "ARP sender's Ethernet address.";
    18 ARP_THA: MacAddr = "arp_tha", 48, maskable, Mac, "ARP target's Ethernet address.";
    19 IPV6_SRC: Ipv6Addr = "ipv6_src", 128, maskable, Ipv6, "IPv6 source.";
    20 IPV6_DST: Ipv6Addr = "ipv6_dst", 128, maskable, Ipv6, "IPv6 destination.";
    21 ICMPV6_TYPE: u8 = "icmpv6_type", 8, exact, Decimal, "ICMPv6 type.";
    22 ICMPV6_CODE: u8 = "icmpv6_code", 8, exact, Decimal, "ICMPv6 code.";
    23 ND_TARGET: Ipv6Addr = "nd_target", 128, maskable, Ipv6, "Target of an IPv6 neighbour discovery.";
    24 ND_SLL: MacAddr = "nd_sll", 48, maskable, Mac, "Source link-layer address of an IPv6 neighbour discovery.";
    25 ND_TLL: MacAddr = "nd_tll", 48, maskable, Mac, "Target link-layer address of an IPv6 neighbour discovery.";
    26 IP_FRAG: u8 = "ip_frag", 2, maskable, Hex, "Whether the packet is a fragment (1), and a later one (2).";
    27 IPV6_LABEL: u32 = "ipv6_label", 20, maskable, Hex, "IPv6 flow label, 20 bits.";
    28 IP_ECN: u8 = "nw_ecn", 2, exact, Decimal, "Explicit congestion notification, 2 bits.";
    29 IP_TTL: u8 = "nw_ttl", 8, exact, Decimal, "IP TTL or hop limit.";
    30 MPLS_TTL: u8 = "mpls_ttl", 8, exact, Decimal, "MPLS TTL.";
    31 TUN_IPV4_SRC: Ipv4Addr = "tun_src", 32, maskable, Ipv4, "IPv4 source of the tunnel.";
    32 TUN_IPV4_DST: Ipv4Addr = "tun_dst", 32, maskable, Ipv4, "IPv4 destination of the tunnel.";
    33 PKT_MARK: u32 = "pkt_mark", 32, maskable, Hex, "Mark that the packet has in the switch's operating system.";
    34 TCP_FLAGS: u16 = "tcp_flags", 12, maskable, Hex, "TCP flags, 12 bits.";
    35 DP_HASH: u32 = "dp_hash", 32, maskable, Hex, "Hash that the datapath computed.";
    36 RECIRC_ID: u32 = "recirc_id", 32, exact, Decimal, "Where in the datapath the packet came back from.";
    37 CONJ_ID: u32 = "conj_id", 32, exact, Decimal, "Conjunction whose clauses all matched.";
    38 TUN_GBP_ID: u16 = "tun_gbp_id", 16, maskable, Decimal, "Group policy of a VXLAN tunnel.";
    39 TUN_GBP_FLAGS: u8 = "tun_gbp_flags", 8, maskable, Hex, "Group policy flags of a VXLAN tunnel.";
    104 TUN_FLAGS: u16 = "tun_flags", 1, maskable, Hex, "Flags of the tunnel.";
    105 CT_STATE: u32 = "ct_state", 32, maskable, Hex, "What connection tracking says of the packet.";
    106 CT_ZONE: u16 = "ct_zone", 16, exact, Hex, "Zone in which the connection is tracked.";
    107 CT_MARK: u32 = "ct_mark", 32, maskable, Hex, "Mark of the connection.";
    108 CT_LABEL: u128 = "ct_label", 128, maskable, Hex, "Label of the connection.";
    109 TUN_IPV6_SRC: Ipv6Addr = "tun_ipv6_src", 128, maskable, Ipv6, "IPv6 source of the tunnel.";
    110 TUN_IPV6_DST: Ipv6Addr = "tun_ipv6_dst", 128, maskable, Ipv6, "IPv6 destination of the tunnel.";
    111 XXREG0: u128 = "xxreg0", 128, maskable, Hex, "Registers 0 to 3 as one.";
    112 XXREG1: u128 = "xxreg1", 128, maskable, Hex, "Registers 4 to 7 as one.";
    113 XXREG2: u128 = "xxreg2", 128, maskable, Hex, "Registers 8 to 11 as one.";
    114 XXREG3: u128 = "xxreg3", 128, maskable, Hex, "Registers 12 to 15 as one.";
    119 CT_NW_PROTO: u8 = "ct_nw_proto", 8, exact, Decimal, "IP protocol of the connection's first packet.";
    120 CT_NW_SRC: Ipv4Addr = "ct_nw_src", 32, maskable, Ipv4, "IPv4 source of the connection's first packet.";
    121 CT_NW_DST: Ipv4Addr = "ct_nw_dst", 32, maskable, Ipv4, "IPv4 destination of the connection's first packet.";
    122 CT_IPV6_SRC: Ipv6Addr = "ct_ipv6_src", 128, maskable, Ipv6, "IPv6 source of the connection's first packet.";
    123 CT_IPV6_DST: Ipv6Addr = "ct_ipv6_dst", 128, maskable, Ipv6, "IPv6 destination of the connection's first packet.";
    124 CT_TP_SRC: u16 = "ct_tp_src", 16, maskable, Decimal, "Source port of the connection's first packet.";
    125 CT_TP_DST: u16 = "ct_tp_dst", 16, maskable, Decimal, "Destination port of the connection's first packet.";
}

tunnel_metadata! {
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
}

fields! {
    ERICSSON in (ERICSSON_CLASS, 0);
    1 ND_RESERVED: u32 = "nd_reserved", 32, exact, Decimal, "Reserved word of an IPv6 neighbour discovery.";
    2 ND_OPTIONS_TYPE: u8 = "nd_options_type", 8, exact, Decimal, "Type of an option of an IPv6 neighbour discovery.";
}

fields! {
    PACKET_REGISTERS in (FieldId::PACKET_REGISTERS, 0);
    0 XREG0: u64 = "xreg0", 64, maskable, Hex, "Registers 0 and 1 as one.";
    1 XREG1: u64 = "xreg1", 64, maskable, Hex, "Registers 2 and 3 as one.";
    2 XREG2: u64 = "xreg2", 64, maskable, Hex, "Registers 4 and 5 as one.";
    3 XREG3: u64 = "xreg3", 64, maskable, Hex, "Registers 6 and 7 as one.";
    4 XREG4: u64 = "xreg4", 64, maskable, Hex, "Registers 8 and 9 as one.";
    5 XREG5: u64 = "xreg5", 64, maskable, Hex, "Registers 10 and 11 as one.";
    6 XREG6: u64 = "xreg6", 64, maskable, Hex, "Registers 12 and 13 as one.";
    7 XREG7: u64 = "xreg7", 64, maskable, Hex, "Registers 14 and 15 as one.";
}

more_packet_registers! {
    8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38
    39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69
    70 71 72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99
    100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122
    123 124 125 126 127
}

fields! {
    ONF in (FieldId::EXPERIMENTER, Experimenter::ONF);
    42 ONF_TCP_FLAGS: u16 = "tcp_flags", 12, maskable, Hex, "TCP flags, 12 bits, by the ONF's number.";
    43 ACTSET_OUTPUT: PortNo = "actset_output", 32, exact, Port, "Port that the action set outputs to.";
}

fields! {
    NICIRA in (FieldId::EXPERIMENTER, Experimenter::NICIRA);
    0 ET_DP_HASH: u32 = "dp_hash", 32, maskable, Hex, "Hash that the datapath computed, by its number for experiments.";
    11 ERSPAN_IDX: u32 = "tun_erspan_idx", 20, maskable, Hex, "Index of an ERSPAN tunnel, 20 bits.";
    12 ERSPAN_VER: u8 = "tun_erspan_ver", 4, maskable, Decimal, "Version of an ERSPAN tunnel, 4 bits.";
    13 ERSPAN_DIR: u8 = "tun_erspan_dir", 1, maskable, Decimal, "Direction of an ERSPAN tunnel, 1 bit.";
    14 ERSPAN_HWID: u8 = "tun_erspan_hwid", 6, maskable, Hex, "Hardware id of an ERSPAN tunnel, 6 bits.";
    15 GTPU_FLAGS: u8 = "tun_gtpu_flags", 8, maskable, Hex, "Flags of a GTP-U tunnel.";
    16 GTPU_MSGTYPE: u8 = "tun_gtpu_msgtype", 8, maskable, Decimal, "Message type of a GTP-U tunnel.";
}

fields! {
    NETWORK_SERVICE_HEADER in (FieldId::EXPERIMENTER, SERVICE_HEADERS);
    1 NSH_FLAGS: u8 = "nsh_flags", 8, maskable, Decimal, "Flags of a network service header.";
    2 NSH_MDTYPE: u8 = "nsh_mdtype", 8, exact, Decimal, "Metadata type of a network service header.";
    3 NSH_NP: u8 = "nsh_np", 8, exact, Decimal, "Next protocol of a network service header.";
    4 NSH_SPI: u32 = "nsh_spi", 24, exact, Hex, "Path of a network service header, 24 bits.";
    5 NSH_SI: u8 = "nsh_si", 8, exact, Decimal, "Index of a network service header.";
    6 NSH_C1: u32 = "nsh_c1", 32, maskable, Hex, "Context 1 of a network service header.";
    7 NSH_C2: u32 = "nsh_c2", 32, maskable, Hex, "Context 2 of a network service header.";
    8 NSH_C3: u32 = "nsh_c3", 32, maskable, Hex, "Context 3 of a network service header.";
    9 NSH_C4: u32 = "nsh_c4", 32, maskable, Hex, "Context 4 of a network service header.";
    10 NSH_TTL: u8 = "nsh_ttl", 8, exact, Decimal, "TTL of a network service header.";
}

const TUN_METADATA_NUMBERS: std::ops::RangeInclusive<u8> = 40..=103;
const ERICSSON_CLASS: u16 = 0x1000;
/// How many registers Open vSwitch has.
const XREGS: u8 = 8;
const SERVICE_HEADERS: u32 = 0x005a_d650;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_found_by_its_id() {
        let tables: [&[Entry]; 9] = [
            &NXM_0,
            &NXM_1,
            &TUN_METADATA,
            &ERICSSON,
            &PACKET_REGISTERS,
            &MORE_PACKET_REGISTERS,
            &ONF,
            &NICIRA,
            &NETWORK_SERVICE_HEADER,
        ];
        for known in tables.into_iter().flatten() {
            assert_eq!(entry(known.id).map(|found| found.name), Some(known.name));
        }
        for number in [115, 118, 126, 127] {
            assert!(entry(FieldId { number, ..REG0.id() }).is_none(), "{number}");
        }
        assert!(entry(FieldId { number: 18, ..IN_PORT.id() }).is_none());
        assert!(entry(FieldId { experimenter: 1, ..ACTSET_OUTPUT.id() }).is_none());
    }
}
