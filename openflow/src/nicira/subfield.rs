//! How actions name a field, or some of its bits.
//!
//! ```text
//! header     | class 16 | number 7 | 0 | length 8 |              a short header has no room for
//!            | class 16 | number 7 | 0 | length 8 | experi-      an experimenter
//!                                                   menter 32 |
//!
//! ofs_nbits  | offset 10 | bits - 1  6 |                         1 to 64 bits
//! ```

use std::fmt;

use super::bad_argument;
use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{FieldId, Key};

/// A field without a value: the header of an NXM or OXM field.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FieldHeader {
    /// Which field.
    pub id: FieldId,
    /// Width of its value, in bytes.
    pub width: u8,
}

impl FieldHeader {
    /// Returns how long the header is, in bytes.
    pub(super) fn length(self) -> usize {
        if self.id.class == FieldId::EXPERIMENTER { SHORT + EXPERIMENTER } else { SHORT }
    }

    /// Reads a header where there is no room for an experimenter.
    pub(super) fn decode_short(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let header = FieldHeader::decode_start(r)?;
        if header.id.class == FieldId::EXPERIMENTER {
            return Err(bad_argument("field of 32 bits", offset, header.id.number.into()));
        }
        Ok(header)
    }

    /// Writes a header where there is no room for an experimenter.
    pub(super) fn encode_short(self, w: &mut Writer<'_>) {
        w.u16(self.id.class);
        w.u8(self.id.number << 1);
        w.u8(self.width);
    }

    fn decode_start(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let class = r.u16()?;
        let [number_and_mask, width] = r.array()?;
        if number_and_mask & 1 == 1 {
            return Err(bad_argument("field without a mask", offset, number_and_mask.into()));
        }
        let id = FieldId { class, number: number_and_mask >> 1, experimenter: 0 };
        Ok(FieldHeader { id, width })
    }
}

impl<T> From<Key<T>> for FieldHeader {
    fn from(key: Key<T>) -> Self {
        FieldHeader { id: key.id(), width: size_of::<T>() as u8 }
    }
}

impl Wire for FieldHeader {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let mut header = FieldHeader::decode_start(r)?;
        if header.id.class == FieldId::EXPERIMENTER {
            let length = header.width;
            header.width = length
                .checked_sub(EXPERIMENTER as u8)
                .ok_or_else(|| bad_argument("length of a field", offset, length.into()))?;
            header.id.experimenter = r.u32()?;
        }
        Ok(header)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        if self.id.class != FieldId::EXPERIMENTER {
            return self.encode_short(w);
        }
        let width = self.width.wrapping_add(EXPERIMENTER as u8);
        FieldHeader { width, ..*self }.encode_short(w);
        w.u32(self.id.experimenter);
    }
}

impl fmt::Display for FieldHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

/// Some bits of a field, counted from the lowest.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Subfield {
    /// The field.
    pub field: FieldHeader,
    /// The lowest of the bits; below 1024.
    pub offset: u16,
    /// How many; at least 1, and at most 64 except on the stack.
    pub bits: u16,
}

impl Subfield {
    /// Returns all bits of a field.
    pub fn all<T>(key: Key<T>) -> Self {
        let field = FieldHeader::from(key);
        Subfield { field, offset: 0, bits: 8 * u16::from(field.width) }
    }

    /// Returns `bits` bits of a field from `offset` on.
    pub fn of<T>(key: Key<T>, offset: u16, bits: u16) -> Self {
        Subfield { field: key.into(), offset, bits }
    }

    /// Returns the bits of `field` that an `ofs_nbits` names.
    pub(super) fn from_packed(field: FieldHeader, packed: u16) -> Self {
        Subfield { field, offset: packed >> 6, bits: (packed & 0x3f) + 1 }
    }

    /// Returns the `ofs_nbits`.
    pub(super) fn packed(self) -> u16 {
        self.offset << 6 | (self.bits.wrapping_sub(1) & 0x3f)
    }
}

impl fmt::Display for Subfield {
    /// Prints `reg0[]`, `reg0[3]` or `reg0[0..15]`, as `ovs-ofctl` does but for the field's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subfield { field, offset, bits } = *self;
        match bits {
            bits if offset == 0 && bits == 8 * u16::from(field.width) => write!(f, "{field}[]"),
            1 => write!(f, "{field}[{offset}]"),
            bits => {
                let last = (u32::from(offset) + u32::from(bits)).saturating_sub(1);
                write!(f, "{field}[{offset}..{last}]")
            }
        }
    }
}

/// Bits of a field from one on; how many, something else says.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FieldOffset {
    /// The field.
    pub field: FieldHeader,
    /// The lowest of the bits.
    pub offset: u16,
}

impl<T> From<Key<T>> for FieldOffset {
    fn from(key: Key<T>) -> Self {
        FieldOffset { field: key.into(), offset: 0 }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for FieldHeader {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Subfield {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Length of a header without an experimenter, in bytes.
const SHORT: usize = 4;
/// Length of the experimenter id, in bytes; a header's length field counts it.
const EXPERIMENTER: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nxm;

    #[test]
    fn bits_print_as_ovs_ofctl_prints_them() {
        assert_eq!(Subfield::all(nxm::REG0).to_string(), "reg0[]");
        assert_eq!(Subfield::of(nxm::REG0, 3, 1).to_string(), "reg0[3]");
        assert_eq!(Subfield::of(nxm::VLAN_TCI, 0, 12).to_string(), "vlan_tci[0..11]");
        let unknown = FieldId { class: 7, number: 8, experimenter: 0 };
        let field = FieldHeader { id: unknown, width: 1 };
        assert_eq!(Subfield { field, offset: 0, bits: 8 }.to_string(), "oxm_0007_8[]");
    }
}
