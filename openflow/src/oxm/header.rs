use std::fmt;

use super::field::EXPERIMENTER_ID;
use super::{FieldId, FieldValue, Key};
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// The header of an OXM field, without a value: how a table says which fields it can match or
/// write (OpenFlow 1.3.5 §7.3.5.5.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OxmHeader {
    /// Which field.
    pub id: FieldId,
    /// Whether it may have a mask.
    pub has_mask: bool,
    /// Length that value and mask would have, in bytes, an experimenter's id included.
    pub length: u8,
}

impl OxmHeader {
    /// Returns the header of a field without a mask.
    pub fn exact<T: FieldValue>(key: Key<T>) -> Self {
        OxmHeader::of(key.id(), false, size_of::<T>())
    }

    /// Returns the header of a field with a mask.
    pub fn masked<T: FieldValue>(key: Key<T>) -> Self {
        OxmHeader::of(key.id(), true, 2 * size_of::<T>())
    }

    fn of(id: FieldId, has_mask: bool, payload: usize) -> Self {
        let length = match id.class {
            FieldId::EXPERIMENTER => EXPERIMENTER_ID + payload,
            _ => payload,
        };
        OxmHeader { id, has_mask, length: length as u8 }
    }
}

impl fmt::Display for OxmHeader {
    /// Prints `eth_dst`, or `eth_dst/mask` if it has one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mask = if self.has_mask { "/mask" } else { "" };
        write!(f, "{}{mask}", self.id)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for OxmHeader {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Wire for OxmHeader {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let class = r.u16()?;
        let [number_and_mask, length] = r.array()?;
        let experimenter = if class == FieldId::EXPERIMENTER { r.u32()? } else { 0 };
        let id = FieldId { class, number: number_and_mask >> 1, experimenter };
        Ok(OxmHeader { id, has_mask: number_and_mask & 1 == 1, length })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.id.class);
        w.u8(self.id.number << 1 | u8::from(self.has_mask));
        w.u8(self.length);
        if self.id.class == FieldId::EXPERIMENTER {
            w.u32(self.id.experimenter);
        }
    }
}
