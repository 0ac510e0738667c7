//! The match of OpenFlow 1.0, 40 bytes in which every field has its place (OpenFlow 1.0 §5.2.3), as
//! a list of OXM fields and back.
//!
//! ```text
//! +-----------+---------+--------+--------+---------+-------------+-----+
//! | wildcards | in_port | dl_src | dl_dst | dl_vlan | dl_vlan_pcp | pad |   wildcards: a bit for
//! |     4     |    2    |   6    |   6    |    2    |      1      |  1  |   each field that does
//! +---------+-+------+--+-------+--------+--------+--------+--------+-+-+   not count; of nw_src
//! | dl_type | nw_tos | nw_proto | pad | nw_src | nw_dst | tp_src | tp_dst |   and nw_dst how many
//! |    2    |   1    |    1     |  2  |   4    |   4    |   2    |   2    |   low bits do not
//! +---------+--------+----------+-----+--------+--------+--------+--------+
//! ```
//!
//! It means what it means to Open vSwitch (`ofputil_match_from_ofp10_match`):
//!
//! ```text
//! dl_vlan, dl_vlan_pcp     vlan_vid and vlan_pcp; 0xffff is no tag, whatever the priority; a priority
//!                          of any VLAN has vlan_vid=0x1000/0x1000 beside it: some tag
//! nw_tos                   ip_dscp, without the two low bits
//! nw_proto, nw_src, nw_dst arp_op, arp_spa and arp_tpa if dl_type is ARP or RARP;
//!                          ip_proto, ipv4_src and ipv4_dst if not
//! tp_src, tp_dst           the field of the transport that nw_proto names, type and code of ICMP too;
//!                          if it names none, TP_SRC and TP_DST, which are Baton's
//! ```
//!
//! What does not count is padding: the value of a field that is wildcarded, the bits of an address
//! beyond its prefix, wildcards that have no field. Everything else comes back as it was.

use std::net::Ipv4Addr;

use super::key::{self, Key};
use super::registry::{Entry, Format, exact};
use super::{Field, FieldId, Match};
use crate::nicira::ShortPort;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Experimenter, MacAddr};

/// Source port of whatever transport, or type of ICMP: only OpenFlow 1.0 can ask for it, and set it.
pub const TP_SRC: Key<u16> = own(0);
/// Destination port of whatever transport, or code of ICMP: only OpenFlow 1.0 can ask for it, and set
/// it.
pub const TP_DST: Key<u16> = own(1);

/// What is fixed about the fields of Baton's own.
pub(super) static ENTRIES: [Entry; 2] =
    [exact(TP_SRC, "tp_src", 16, Format::Decimal), exact(TP_DST, "tp_dst", 16, Format::Decimal)];

const fn own(number: u8) -> Key<u16> {
    let class = FieldId::EXPERIMENTER;
    Key::of(FieldId { class, number, experimenter: Experimenter::BATON })
}

/// Reads a match of OpenFlow 1.0.
pub(super) fn decode(r: &mut Reader<'_>) -> Result<Match, DecodeError> {
    Ok(FixedMatch::decode(r)?.fields())
}

/// Writes a match of OpenFlow 1.0; a field that is not read back from it is one that it cannot ask
/// for.
pub(super) fn encode(fields: &Match, w: &mut Writer<'_>) {
    let mut fixed = FixedMatch::ANY;
    if fields.fields.iter().all(|field| fixed.ask_for_link(field)) {
        return fixed.encode(w);
    }
    let fields = without_idle_masks(fields);
    let fixed = FixedMatch::of(&fields);
    fixed.encode(w);
    let said = fixed.fields();
    if let Some(lost) = fields.fields.iter().find(|field| !said.fields.contains(field)) {
        w.cannot_match(lost.id());
    }
}

/// `struct ofp_match`.
#[derive(Clone, Copy, Debug)]
struct FixedMatch {
    wildcards: u32,
    in_port: ShortPort,
    dl_src: MacAddr,
    dl_dst: MacAddr,
    dl_vlan: u16,
    dl_vlan_pcp: u8,
    dl_type: u16,
    nw_tos: u8,
    nw_proto: u8,
    nw_src: u32,
    nw_dst: u32,
    tp_src: u16,
    tp_dst: u16,
}

impl FixedMatch {
    /// Asks nothing of a packet.
    const ANY: FixedMatch = FixedMatch {
        wildcards: ALL_WILDCARDS,
        in_port: ShortPort(0),
        dl_src: MacAddr([0; 6]),
        dl_dst: MacAddr([0; 6]),
        dl_vlan: 0,
        dl_vlan_pcp: 0,
        dl_type: 0,
        nw_tos: 0,
        nw_proto: 0,
        nw_src: 0,
        nw_dst: 0,
        tp_src: 0,
        tp_dst: 0,
    };

    /// Returns the fields that count, in the order of their ids.
    fn fields(&self) -> Match {
        let fields = [
            self.counts(IN_PORT).then(|| Field::exact(key::IN_PORT, self.in_port.into())),
            self.counts(DL_DST).then(|| Field::exact(key::ETH_DST, self.dl_dst)),
            self.counts(DL_SRC).then(|| Field::exact(key::ETH_SRC, self.dl_src)),
            self.counts(DL_TYPE).then(|| Field::exact(key::ETH_TYPE, self.dl_type)),
            self.vlan_vid(),
            self.vlan_pcp(),
            self.counts(NW_TOS).then(|| Field::exact(key::IP_DSCP, self.nw_tos >> 2)),
            self.protocol(),
            self.address(self.nw_src, NW_SRC_SHIFT, key::IPV4_SRC, key::ARP_SPA),
            self.address(self.nw_dst, NW_DST_SHIFT, key::IPV4_DST, key::ARP_TPA),
            self.counts(TP_SRC_BIT).then(|| SOURCE.field(self.transport(), self.tp_src)),
            self.counts(TP_DST_BIT).then(|| DESTINATION.field(self.transport(), self.tp_dst)),
        ];
        Match { fields: fields.into_iter().flatten().collect() }
    }

    /// Returns the match that asks for these fields, but for those that it has no place for.
    fn of(fields: &Match) -> Self {
        let mut fixed = FixedMatch::ANY;
        for field in &fields.fields {
            fixed.ask_for_link(field);
        }
        fixed.ask_for_vlan(fields);
        fixed.ask_for_network(fields);
        if let Some(port) = SOURCE.value(fields) {
            fixed.tp_src = port;
            fixed.count(TP_SRC_BIT);
        }
        if let Some(port) = DESTINATION.value(fields) {
            fixed.tp_dst = port;
            fixed.count(TP_DST_BIT);
        }
        fixed
    }

    /// Asks for a field that means the same whatever else is asked for; returns whether it is one.
    fn ask_for_link(&mut self, field: &Field) -> bool {
        if let Some(port) = field.get(key::IN_PORT).and_then(ShortPort::of) {
            self.in_port = port;
            self.count(IN_PORT);
        } else if let Some(address) = field.get(key::ETH_DST) {
            self.dl_dst = address;
            self.count(DL_DST);
        } else if let Some(address) = field.get(key::ETH_SRC) {
            self.dl_src = address;
            self.count(DL_SRC);
        } else if let Some(kind) = field.get(key::ETH_TYPE) {
            self.dl_type = kind;
            self.count(DL_TYPE);
        } else {
            return false;
        }
        true
    }

    fn ask_for_vlan(&mut self, fields: &Match) {
        match fields.get(key::VLAN_VID) {
            // Open vSwitch has the priority of no tag count, as 0.
            Some(0) => {
                self.dl_vlan = NO_VLAN;
                self.count(DL_VLAN | DL_VLAN_PCP);
                return;
            }
            Some(vid) => {
                self.dl_vlan = vid & VLAN_ID;
                self.count(DL_VLAN);
            }
            None => {}
        }
        if let Some(priority) = fields.get(key::VLAN_PCP) {
            self.dl_vlan_pcp = priority;
            self.count(DL_VLAN_PCP);
        }
    }

    fn ask_for_network(&mut self, fields: &Match) {
        if let Some(code_point) = fields.get(key::IP_DSCP) {
            self.nw_tos = code_point << 2;
            self.count(NW_TOS);
        }
        let operation = || u8::try_from(fields.get(key::ARP_OP)?).ok();
        if let Some(protocol) = fields.get(key::IP_PROTO).or_else(operation) {
            self.nw_proto = protocol;
            self.count(NW_PROTO);
        }
        if let Some((address, ignored)) = prefix(fields, [key::IPV4_SRC, key::ARP_SPA]) {
            self.nw_src = address;
            self.wildcards = self.wildcards & !(BITS << NW_SRC_SHIFT) | ignored << NW_SRC_SHIFT;
        }
        if let Some((address, ignored)) = prefix(fields, [key::IPV4_DST, key::ARP_TPA]) {
            self.nw_dst = address;
            self.wildcards = self.wildcards & !(BITS << NW_DST_SHIFT) | ignored << NW_DST_SHIFT;
        }
    }

    fn counts(&self, wildcards: u32) -> bool {
        self.wildcards & wildcards == 0
    }

    fn count(&mut self, wildcards: u32) {
        self.wildcards &= !wildcards;
    }

    fn vlan_vid(&self) -> Option<Field> {
        let some_tag = || Field::masked(key::VLAN_VID, key::VLAN_PRESENT, key::VLAN_PRESENT);
        if !self.counts(DL_VLAN) {
            return self.counts(DL_VLAN_PCP).then(some_tag);
        }
        let vid = if self.has_no_tag() { 0 } else { key::VLAN_PRESENT | self.dl_vlan & VLAN_ID };
        Some(Field::exact(key::VLAN_VID, vid))
    }

    fn vlan_pcp(&self) -> Option<Field> {
        let counts = self.counts(DL_VLAN_PCP) && !self.has_no_tag();
        counts.then(|| Field::exact(key::VLAN_PCP, self.dl_vlan_pcp & 0b111))
    }

    fn has_no_tag(&self) -> bool {
        self.counts(DL_VLAN) && self.dl_vlan == NO_VLAN
    }

    fn is_arp(&self) -> bool {
        self.counts(DL_TYPE) && [ARP, REVERSE_ARP].contains(&self.dl_type)
    }

    fn protocol(&self) -> Option<Field> {
        self.counts(NW_PROTO).then(|| match self.is_arp() {
            true => Field::exact(key::ARP_OP, self.nw_proto.into()),
            false => Field::exact(key::IP_PROTO, self.nw_proto),
        })
    }

    fn address(
        &self,
        address: u32,
        shift: u32,
        ip: Key<Ipv4Addr>,
        arp: Key<Ipv4Addr>,
    ) -> Option<Field> {
        let key = if self.is_arp() { arp } else { ip };
        match self.wildcards >> shift & BITS {
            0 => Some(Field::exact(key, address.into())),
            ignored => {
                let mask = u32::MAX.checked_shl(ignored)?;
                Some(Field::masked(key, address.into(), mask.into()))
            }
        }
    }

    /// Returns the number of the transport whose ports are asked for.
    fn transport(&self) -> Option<u8> {
        (self.counts(NW_PROTO) && !self.is_arp()).then_some(self.nw_proto)
    }
}

impl Wire for FixedMatch {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.within(Structure::Match, LENGTH)?;
        let wildcards = r.u32()?;
        let in_port = ShortPort(r.u16()?);
        let (dl_src, dl_dst) = (MacAddr(r.array()?), MacAddr(r.array()?));
        let (dl_vlan, dl_vlan_pcp) = (r.u16()?, r.u8()?);
        r.pad::<1>()?;
        let (dl_type, nw_tos, nw_proto) = (r.u16()?, r.u8()?, r.u8()?);
        r.pad::<2>()?;
        Ok(FixedMatch {
            wildcards,
            in_port,
            dl_src,
            dl_dst,
            dl_vlan,
            dl_vlan_pcp,
            dl_type,
            nw_tos,
            nw_proto,
            nw_src: r.u32()?,
            nw_dst: r.u32()?,
            tp_src: r.u16()?,
            tp_dst: r.u16()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.wildcards);
        w.u16(self.in_port.0);
        w.slice(&self.dl_src.0);
        w.slice(&self.dl_dst.0);
        w.u16(self.dl_vlan);
        w.u8(self.dl_vlan_pcp);
        w.pad::<1>();
        w.u16(self.dl_type);
        w.u8(self.nw_tos);
        w.u8(self.nw_proto);
        w.pad::<2>();
        w.u32(self.nw_src);
        w.u32(self.nw_dst);
        w.u16(self.tp_src);
        w.u16(self.tp_dst);
    }
}

/// The fields that a port of a transport can be.
struct TransportPort {
    tcp: Key<u16>,
    udp: Key<u16>,
    sctp: Key<u16>,
    icmp: Key<u8>,
    icmpv6: Key<u8>,
    any: Key<u16>,
}

impl TransportPort {
    fn field(&self, transport: Option<u8>, value: u16) -> Field {
        match (transport, u8::try_from(value)) {
            (Some(TCP), _) => Field::exact(self.tcp, value),
            (Some(UDP), _) => Field::exact(self.udp, value),
            (Some(SCTP), _) => Field::exact(self.sctp, value),
            (Some(ICMP), Ok(value)) => Field::exact(self.icmp, value),
            (Some(ICMPV6), Ok(value)) => Field::exact(self.icmpv6, value),
            _ => Field::exact(self.any, value),
        }
    }

    fn value(&self, fields: &Match) -> Option<u16> {
        let ports = [self.tcp, self.udp, self.sctp, self.any];
        let icmp = || [self.icmp, self.icmpv6].into_iter().find_map(|key| fields.get(key));
        ports.into_iter().find_map(|key| fields.get(key)).or_else(|| icmp().map(u16::from))
    }
}

/// Returns the match without masks of all ones, which need not be said, and without fields of which
/// no bit counts.
fn without_idle_masks(fields: &Match) -> Match {
    let kept = fields.fields.iter().filter_map(|field| match field.mask() {
        Some(mask) if mask.iter().all(|octet| *octet == 0) => None,
        Some(mask) if mask.iter().all(|octet| *octet == 0xff) => {
            Field::raw(field.id(), field.value(), None)
        }
        _ => Some(field.clone()),
    });
    Match { fields: kept.collect() }
}

/// Returns the address of the first of these fields that is there, and how many of its low bits do not
/// count.
fn prefix(fields: &Match, keys: [Key<Ipv4Addr>; 2]) -> Option<(u32, u32)> {
    let is_one = |field: &&Field| keys.iter().any(|key| key.id() == field.id());
    let field = fields.fields.iter().find(is_one)?;
    let address = u32::from_be_bytes(field.value().try_into().ok()?);
    let Some(mask) = field.mask() else { return Some((address, 0)) };
    let mask = u32::from_be_bytes(mask.try_into().ok()?);
    Some((address, mask.trailing_zeros()))
}

const SOURCE: TransportPort = TransportPort {
    tcp: key::TCP_SRC,
    udp: key::UDP_SRC,
    sctp: key::SCTP_SRC,
    icmp: key::ICMPV4_TYPE,
    icmpv6: key::ICMPV6_TYPE,
    any: TP_SRC,
};
const DESTINATION: TransportPort = TransportPort {
    tcp: key::TCP_DST,
    udp: key::UDP_DST,
    sctp: key::SCTP_DST,
    icmp: key::ICMPV4_CODE,
    icmpv6: key::ICMPV6_CODE,
    any: TP_DST,
};

/// Length of the match, in bytes.
const LENGTH: usize = 40;

// Wildcards.
const IN_PORT: u32 = 1 << 0;
const DL_VLAN: u32 = 1 << 1;
const DL_SRC: u32 = 1 << 2;
const DL_DST: u32 = 1 << 3;
const DL_TYPE: u32 = 1 << 4;
const NW_PROTO: u32 = 1 << 5;
const TP_SRC_BIT: u32 = 1 << 6;
const TP_DST_BIT: u32 = 1 << 7;
const NW_SRC_SHIFT: u32 = 8;
const NW_DST_SHIFT: u32 = 14;
/// How many low bits of an address do not count; 32 and more are all.
const BITS: u32 = 0x3f;
const DL_VLAN_PCP: u32 = 1 << 20;
const NW_TOS: u32 = 1 << 21;
const ALL_WILDCARDS: u32 = 0xff | 32 << NW_SRC_SHIFT | 32 << NW_DST_SHIFT | DL_VLAN_PCP | NW_TOS;

/// What stands for no tag in `dl_vlan` (`OFP_VLAN_NONE`).
const NO_VLAN: u16 = 0xffff;
const VLAN_ID: u16 = 0x0fff;
const ARP: u16 = 0x0806;
const REVERSE_ARP: u16 = 0x8035;
const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
const SCTP: u8 = 132;
