//! Actions that choose by a hash of the packet.

use super::{FieldHeader, ShortPort, Subfield, bad_argument, counted_list};
use crate::nxm;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Writes the number of one of several links into a field (`struct nx_action_multipath`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Multipath {
    /// What of the packet is hashed (`NX_HASH_FIELDS_*`).
    pub fields: u16,
    /// Makes one hash differ from another.
    pub basis: u16,
    /// How the hash becomes a link (`NX_MP_ALG_*`).
    pub algorithm: u16,
    /// Number of links, less one.
    pub max_link: u16,
    /// Argument of the algorithm.
    pub argument: u32,
    /// Where to; not an experimenter's field.
    pub target: Subfield,
}

impl Wire for Multipath {
    fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let [fields, basis] = [body.u16()?, body.u16()?];
        body.pad::<2>()?;
        let [algorithm, max_link] = [body.u16()?, body.u16()?];
        let argument = body.u32()?;
        body.pad::<2>()?;
        let packed = body.u16()?;
        let target = Subfield::from_packed(FieldHeader::decode_short(body)?, packed);
        Ok(Multipath { fields, basis, algorithm, max_link, argument, target })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.fields);
        w.u16(self.basis);
        w.pad::<2>();
        w.u16(self.algorithm);
        w.u16(self.max_link);
        w.u32(self.argument);
        w.pad::<2>();
        w.u16(self.target.packed());
        self.target.field.encode_short(w);
    }
}

/// Chooses one of several ports (`struct nx_action_bundle`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bundle {
    /// How it is chosen (`NX_BD_ALG_*`).
    pub algorithm: u16,
    /// What of the packet is hashed (`NX_HASH_FIELDS_*`).
    pub fields: u16,
    /// Makes one hash differ from another.
    pub basis: u16,
    /// The ports.
    pub members: Vec<ShortPort>,
}

impl Bundle {
    /// Reads a bundle that sends the packet: where one that loads has a field, it has padding.
    pub(super) fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (bundle, count) = Bundle::decode_start(body)?;
        body.pad::<10>()?;
        Ok(Bundle { members: counted_list(body, count)?, ..bundle })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        self.encode_start(w);
        w.pad::<10>();
        w.list(&self.members);
    }

    /// Reads a bundle that writes the port's number into a field.
    pub(super) fn decode_load(body: &mut Reader<'_>) -> Result<(Self, Subfield), DecodeError> {
        let (bundle, count) = Bundle::decode_start(body)?;
        let packed = body.u16()?;
        let target = Subfield::from_packed(FieldHeader::decode_short(body)?, packed);
        body.pad::<4>()?;
        Ok((Bundle { members: counted_list(body, count)?, ..bundle }, target))
    }

    pub(super) fn encode_load(&self, target: Subfield, w: &mut Writer<'_>) {
        self.encode_start(w);
        w.u16(target.packed());
        target.field.encode_short(w);
        w.pad::<4>();
        w.list(&self.members);
    }

    /// Reads what both have, and how many members will follow.
    fn decode_start(body: &mut Reader<'_>) -> Result<(Self, u16), DecodeError> {
        let [algorithm, fields, basis] = [body.u16()?, body.u16()?, body.u16()?];
        let offset = body.offset();
        let member = FieldHeader::decode_short(body)?;
        // "NXM_OF_IN_PORT": no other type of member is defined, and its width is that of a member.
        if member != FieldHeader::from(nxm::IN_PORT) {
            return Err(bad_argument(
                "type of a bundle's members",
                offset,
                member.id.number.into(),
            ));
        }
        Ok((Bundle { algorithm, fields, basis, members: vec![] }, body.u16()?))
    }

    fn encode_start(&self, w: &mut Writer<'_>) {
        w.u16(self.algorithm);
        w.u16(self.fields);
        w.u16(self.basis);
        FieldHeader::from(nxm::IN_PORT).encode_short(w);
        w.u16(self.members.len() as u16);
    }
}
