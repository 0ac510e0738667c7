//! Actions on registers and other fields.

use super::{FieldHeader, FieldOffset, Subfield};
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Copies bits from one field to another (`struct nx_action_reg_move`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RegMove {
    /// How many bits.
    pub bits: u16,
    /// Where from.
    pub source: FieldOffset,
    /// Where to.
    pub target: FieldOffset,
}

impl Wire for RegMove {
    fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bits = body.u16()?;
        let [source, target] = [body.u16()?, body.u16()?];
        let source = FieldOffset { field: FieldHeader::decode(body)?, offset: source };
        let target = FieldOffset { field: FieldHeader::decode(body)?, offset: target };
        Ok(RegMove { bits, source, target })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.bits);
        w.u16(self.source.offset);
        w.u16(self.target.offset);
        self.source.field.encode(w);
        self.target.field.encode(w);
    }
}

/// Writes a number into a field (`struct nx_action_reg_load`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RegLoad {
    /// Where to; not an experimenter's field.
    pub target: Subfield,
    /// The number, in as many low bits as the target has.
    pub value: u64,
}

impl Wire for RegLoad {
    fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let packed = body.u16()?;
        let target = Subfield::from_packed(FieldHeader::decode_short(body)?, packed);
        Ok(RegLoad { target, value: body.u64()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.target.packed());
        self.target.field.encode_short(w);
        w.u64(self.value);
    }
}

/// Sends the packet out of the port whose number a field holds (`struct nx_action_output_reg`,
/// `struct nx_action_output_reg2`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OutputReg {
    /// Where the number is; an experimenter's field only in the second form.
    pub source: Subfield,
    /// How many bytes go to the controller, if that is the port.
    pub max_len: u16,
}

impl OutputReg {
    pub(super) fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let packed = body.u16()?;
        let source = Subfield::from_packed(FieldHeader::decode_short(body)?, packed);
        let max_len = body.u16()?;
        body.pad::<6>()?;
        Ok(OutputReg { source, max_len })
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.source.packed());
        self.source.field.encode_short(w);
        w.u16(self.max_len);
        w.pad::<6>();
    }

    pub(super) fn decode_second(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let packed = body.u16()?;
        let max_len = body.u16()?;
        let source = Subfield::from_packed(FieldHeader::decode(body)?, packed);
        Ok(OutputReg { source, max_len })
    }

    pub(super) fn encode_second(&self, w: &mut Writer<'_>) {
        w.u16(self.source.packed());
        w.u16(self.max_len);
        self.source.field.encode(w);
    }
}

/// Reads `struct nx_action_stack`, whose number of bits stands behind the field.
pub(super) fn decode_stack(body: &mut Reader<'_>) -> Result<Subfield, DecodeError> {
    let offset = body.u16()?;
    let field = FieldHeader::decode(body)?;
    let bits = body.u16()?;
    Ok(Subfield { field, offset, bits })
}

pub(super) fn encode_stack(subfield: Subfield, w: &mut Writer<'_>) {
    w.u16(subfield.offset);
    subfield.field.encode(w);
    w.u16(subfield.bits);
}

/// Reads `struct nx_action_delete_field`, whose padding makes up for a short header.
pub(super) fn decode_delete(body: &mut Reader<'_>) -> Result<FieldHeader, DecodeError> {
    let field = FieldHeader::decode(body)?;
    body.slice(DELETE_BODY - field.length())?;
    Ok(field)
}

pub(super) fn encode_delete(field: FieldHeader, w: &mut Writer<'_>) {
    let start = w.position();
    field.encode(w);
    while w.position() - start < DELETE_BODY {
        w.u8(0);
    }
}

/// Length of what follows the subtype of a delete-field, in bytes.
const DELETE_BODY: usize = 14;
