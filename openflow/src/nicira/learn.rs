//! `NXAST_LEARN`: a flow that adds flows.
//!
//! ```text
//! learn  | timeouts, priority, cookie, flags, table | specs | padding
//!
//! spec   | 0 2 | source 1 | target 2 | 0 1 | bits 10 | source          | target
//!                                                      field, offset     field, offset
//!                                                      or a value        or nothing: output
//! ```

use bytes::Bytes;

use super::{FieldHeader, FieldOffset, bad_argument};
use crate::TableId;
use crate::wire::{DecodeError, MAX_ELEMENTS, Reader, Structure, Wire, Writer};

/// Adds a flow to a table, or changes it (`struct nx_action_learn`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Learn {
    /// Seconds without a packet after which the flow expires; 0 for never.
    pub idle_timeout: u16,
    /// Seconds after which the flow expires; 0 for never.
    pub hard_timeout: u16,
    /// Priority of the flow.
    pub priority: u16,
    /// Cookie of the flow.
    pub cookie: u64,
    /// Options.
    pub flags: LearnFlags,
    /// Table to add it to.
    pub table_id: TableId,
    /// Idle timeout once a FIN or RST was seen, unless 0.
    pub fin_idle_timeout: u16,
    /// Hard timeout once a FIN or RST was seen, unless 0.
    pub fin_hard_timeout: u16,
    /// What the flow matches and does, in order.
    pub specs: Vec<LearnSpec>,
}

/// How many flows a learn may add, and where it says whether it did: what `struct nx_action_learn2` has
/// beside a [`Learn`].
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LearnLimit {
    /// Most flows that there may be; 0 for no bound.
    pub limit: u32,
    /// Bit that is set if the flow could be added, if any.
    pub result: Option<FieldOffset>,
}

/// One part of what a learnt flow matches or does (`flow_mod_spec`).
///
/// A spec of no bits that copies a field to a match ends the list, as padding does.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LearnSpec {
    /// How many bits, at most 1023.
    pub bits: u16,
    /// Where they come from.
    pub source: LearnSource,
    /// What becomes of them.
    pub target: LearnTarget,
}

/// Where the bits of a [`LearnSpec`] come from.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum LearnSource {
    /// From a field of the packet that is learnt from.
    Field(FieldOffset),
    /// They are these: the low bits of a number as long as they take in units of two bytes.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    Value(Bytes),
}

/// What becomes of the bits of a [`LearnSpec`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum LearnTarget {
    /// The flow matches a field with them.
    Match(FieldOffset),
    /// The flow loads them into a field.
    Load(FieldOffset),
    /// The flow outputs to the port that they are; from a field only.
    Output,
}

bitflags::bitflags! {
    /// Options of a learn; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct LearnFlags: u16 {
        /// Send a flow-removed when a learnt flow is gone.
        const SEND_FLOW_REM = 1 << 0;
        /// Delete the learnt flows with the flow that learnt them.
        const DELETE_LEARNED = 1 << 1;
        /// There is a result; [`LearnLimit::result`] says so, and not this bit.
        const WRITE_RESULT = 1 << 2;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(LearnFlags);

impl Learn {
    /// Reads the second form, in which the limit stands before the specs.
    pub(super) fn decode_limited(body: &mut Reader<'_>) -> Result<(Self, LearnLimit), DecodeError> {
        let mut learn = Learn::decode_start(body)?;
        let limit = body.u32()?;
        let offset = body.u16()?;
        body.pad::<2>()?;
        let result = if learn.flags.contains(LearnFlags::WRITE_RESULT) {
            Some(FieldOffset { field: FieldHeader::decode(body)?, offset })
        } else if offset == 0 {
            None
        } else {
            return Err(bad_argument("offset of no result", body.offset(), offset.into()));
        };
        learn.flags.remove(LearnFlags::WRITE_RESULT);
        learn.specs = decode_specs(body)?;
        Ok((learn, LearnLimit { limit, result }))
    }

    pub(super) fn encode_limited(&self, limit: LearnLimit, w: &mut Writer<'_>) {
        let mut flags = self.flags;
        flags.set(LearnFlags::WRITE_RESULT, limit.result.is_some());
        self.encode_start(flags, w);
        w.u32(limit.limit);
        w.u16(limit.result.map_or(0, |result| result.offset));
        w.pad::<2>();
        if let Some(result) = limit.result {
            result.field.encode(w);
        }
        w.list(&self.specs);
    }

    fn decode_start(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let [idle_timeout, hard_timeout, priority] = [body.u16()?, body.u16()?, body.u16()?];
        let cookie = body.u64()?;
        let flags = LearnFlags::from_bits_retain(body.u16()?);
        let table_id = TableId(body.u8()?);
        body.pad::<1>()?;
        Ok(Learn {
            idle_timeout,
            hard_timeout,
            priority,
            cookie,
            flags,
            table_id,
            fin_idle_timeout: body.u16()?,
            fin_hard_timeout: body.u16()?,
            specs: vec![],
        })
    }

    fn encode_start(&self, flags: LearnFlags, w: &mut Writer<'_>) {
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.u16(self.priority);
        w.u64(self.cookie);
        w.u16(flags.bits());
        w.u8(self.table_id.0);
        w.pad::<1>();
        w.u16(self.fin_idle_timeout);
        w.u16(self.fin_hard_timeout);
    }
}

impl Wire for Learn {
    fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let learn = Learn::decode_start(body)?;
        Ok(Learn { specs: decode_specs(body)?, ..learn })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.encode_start(self.flags, w);
        w.list(&self.specs);
    }
}

/// Reads specs up to the padding, which is shorter than the shortest of them.
fn decode_specs(body: &mut Reader<'_>) -> Result<Vec<LearnSpec>, DecodeError> {
    let mut specs = Vec::new();
    while body.remaining() >= SHORTEST_SPEC {
        if specs.len() == MAX_ELEMENTS {
            return Err(DecodeError::TooMany {
                structure: Structure::Action,
                offset: body.offset(),
            });
        }
        specs.push(LearnSpec::decode(body)?);
    }
    Ok(specs)
}

impl Wire for LearnSpec {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let header = r.u16()?;
        let bits = header & BITS;
        let source = match header & VALUE {
            0 => LearnSource::Field(decode_field(r)?),
            _ => {
                let length = value_length(bits);
                LearnSource::Value(r.within(Structure::Action, length)?.rest())
            }
        };
        let target = match header & !BITS & !VALUE {
            MATCH if header != 0 => LearnTarget::Match(decode_field(r)?),
            LOAD => LearnTarget::Load(decode_field(r)?),
            OUTPUT if header & VALUE == 0 => LearnTarget::Output,
            _ => return Err(bad_argument("header of a flow_mod_spec", offset, header.into())),
        };
        Ok(LearnSpec { bits, source, target })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let source = match self.source {
            LearnSource::Field(_) => 0,
            LearnSource::Value(_) => VALUE,
        };
        let target = match self.target {
            LearnTarget::Match(_) => MATCH,
            LearnTarget::Load(_) => LOAD,
            LearnTarget::Output => OUTPUT,
        };
        w.u16(self.bits & BITS | source | target);
        match &self.source {
            LearnSource::Field(field) => encode_field(*field, w),
            LearnSource::Value(value) => w.slice(value),
        }
        match self.target {
            LearnTarget::Match(field) | LearnTarget::Load(field) => encode_field(field, w),
            LearnTarget::Output => {}
        }
    }
}

fn decode_field(r: &mut Reader<'_>) -> Result<FieldOffset, DecodeError> {
    Ok(FieldOffset { field: FieldHeader::decode_short(r)?, offset: r.u16()? })
}

fn encode_field(field: FieldOffset, w: &mut Writer<'_>) {
    field.field.encode_short(w);
    w.u16(field.offset);
}

/// Returns how many bytes a value of so many bits takes.
fn value_length(bits: u16) -> usize {
    2 * usize::from(bits).div_ceil(16)
}

const SHORTEST_SPEC: usize = 8;
const BITS: u16 = 0x03ff;
const VALUE: u16 = 1 << 13;
const MATCH: u16 = 0;
const LOAD: u16 = 1 << 11;
const OUTPUT: u16 = 2 << 11;
