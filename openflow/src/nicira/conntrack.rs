//! `NXAST_CT` and `NXAST_NAT`: connection tracking.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{FieldHeader, Subfield, bad_argument};
use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{Action, TableId};

/// Sends the packet through connection tracking (`struct nx_action_conntrack`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Conntrack {
    /// Options.
    pub flags: CtFlags,
    /// Which of the connection tables.
    pub zone: CtZone,
    /// Table in which the packet goes on with its `ct_state`, if any; not [`TableId::ALL`].
    pub table: Option<TableId>,
    /// Port of the protocol whose control connections to follow; 0 for none.
    pub alg: u16,
    /// What to do to the connection: NAT, and writing its mark and label.
    pub actions: Vec<Action>,
}

/// Where a [`Conntrack`] has its zone from.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum CtZone {
    /// It is this one.
    Number(u16),
    /// 16 bits of a field hold it; not an experimenter's field.
    Field(Subfield),
}

bitflags::bitflags! {
    /// Options of a [`Conntrack`] (`NX_CT_F_*`); bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct CtFlags: u16 {
        /// Keep the connection.
        const COMMIT = 1 << 0;
        /// Start the connection anew if the packet goes against its direction.
        const FORCE = 1 << 1;
    }

    /// Options of a [`Nat`] (`NX_NAT_F_*`); bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct NatFlags: u16 {
        /// Translate the source.
        const SRC = 1 << 0;
        /// Translate the destination.
        const DST = 1 << 1;
        /// Choose the same address after a restart.
        const PERSISTENT = 1 << 2;
        /// Choose the port by a hash.
        const PROTO_HASH = 1 << 3;
        /// Choose the port at random.
        const PROTO_RANDOM = 1 << 4;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(CtFlags);
#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(NatFlags);

impl Wire for Conntrack {
    fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let flags = CtFlags::from_bits_retain(body.u16()?);
        let zone = CtZone::decode(body)?;
        let table = Some(TableId(body.u8()?)).filter(|&table| table != TableId::ALL);
        body.pad::<3>()?;
        let alg = body.u16()?;
        body.nest();
        Ok(Conntrack { flags, zone, table, alg, actions: body.list()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.flags.bits());
        self.zone.encode(w);
        w.u8(self.table.unwrap_or(TableId::ALL).0);
        w.pad::<3>();
        w.u16(self.alg);
        w.list(&self.actions);
    }
}

impl Wire for CtZone {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.peek() == Some([0; 4]) {
            r.pad::<4>()?;
            return Ok(CtZone::Number(r.u16()?));
        }
        let field = FieldHeader::decode_short(r)?;
        Ok(CtZone::Field(Subfield::from_packed(field, r.u16()?)))
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match *self {
            CtZone::Number(zone) => {
                w.u32(0);
                w.u16(zone);
            }
            CtZone::Field(subfield) => {
                subfield.field.encode_short(w);
                w.u16(subfield.packed());
            }
        }
    }
}

/// Translates the addresses of a connection (`struct nx_action_nat`): to a range, or, without one, as
/// the connection's first packet was.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Nat {
    /// Options.
    pub flags: NatFlags,
    /// The lowest IPv4 address.
    pub ipv4_min: Option<Ipv4Addr>,
    /// The highest IPv4 address; the lowest if absent.
    pub ipv4_max: Option<Ipv4Addr>,
    /// The lowest IPv6 address.
    pub ipv6_min: Option<Ipv6Addr>,
    /// The highest IPv6 address; the lowest if absent.
    pub ipv6_max: Option<Ipv6Addr>,
    /// The lowest port.
    pub proto_min: Option<u16>,
    /// The highest port; the lowest if absent.
    pub proto_max: Option<u16>,
}

impl Wire for Nat {
    fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        body.pad::<2>()?;
        let flags = NatFlags::from_bits_retain(body.u16()?);
        let offset = body.offset();
        let present = body.u16()?;
        if present & !RANGE != 0 {
            return Err(bad_argument("range of addresses to translate to", offset, present.into()));
        }
        let has = |bit| present & bit != 0;
        let nat = Nat {
            flags,
            ipv4_min: has(IPV4_MIN).then(|| body.u32()).transpose()?.map(Ipv4Addr::from),
            ipv4_max: has(IPV4_MAX).then(|| body.u32()).transpose()?.map(Ipv4Addr::from),
            ipv6_min: has(IPV6_MIN).then(|| body.array::<16>()).transpose()?.map(Ipv6Addr::from),
            ipv6_max: has(IPV6_MAX).then(|| body.array::<16>()).transpose()?.map(Ipv6Addr::from),
            proto_min: has(PROTO_MIN).then(|| body.u16()).transpose()?,
            proto_max: has(PROTO_MAX).then(|| body.u16()).transpose()?,
        };
        Ok(nat)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.pad::<2>();
        w.u16(self.flags.bits());
        w.u16(self.present());
        for address in [self.ipv4_min, self.ipv4_max].into_iter().flatten() {
            w.slice(&address.octets());
        }
        for address in [self.ipv6_min, self.ipv6_max].into_iter().flatten() {
            w.slice(&address.octets());
        }
        for port in [self.proto_min, self.proto_max].into_iter().flatten() {
            w.u16(port);
        }
    }
}

impl Nat {
    /// Returns which parts of the range there are (`NX_NAT_RANGE_*`).
    fn present(&self) -> u16 {
        let parts = [
            (IPV4_MIN, self.ipv4_min.is_some()),
            (IPV4_MAX, self.ipv4_max.is_some()),
            (IPV6_MIN, self.ipv6_min.is_some()),
            (IPV6_MAX, self.ipv6_max.is_some()),
            (PROTO_MIN, self.proto_min.is_some()),
            (PROTO_MAX, self.proto_max.is_some()),
        ];
        parts.into_iter().filter(|(_, present)| *present).map(|(bit, _)| bit).sum()
    }
}

const IPV4_MIN: u16 = 1 << 0;
const IPV4_MAX: u16 = 1 << 1;
const IPV6_MIN: u16 = 1 << 2;
const IPV6_MAX: u16 = 1 << 3;
const PROTO_MIN: u16 = 1 << 4;
const PROTO_MAX: u16 = 1 << 5;
/// All parts of a range, which stand in the order of their bits.
const RANGE: u16 = 0x3f;
