//! Matches in the extensible form (OXM, OpenFlow 1.3.5 §7.2.3).
//!
//! ```text
//! match  +----------+--------+--------------------+---------+   length counts type, length and
//!        | type = 1 | length | OXM fields         | padding |   fields; the padding brings all
//!        +----------+--------+--------------------+---------+   of it to a multiple of 8
//!
//! field  +-------+--------+-----+--------+------------+----------+------+
//!        | class | number | has | length | experi-    | value    | mask |
//!        |  16   |   7    |mask |   8    | menter 32  |          |      |
//!        +-------+--------+-----+--------+------------+----------+------+
//!                                         class 0xffff            has mask
//! ```
//!
//! OpenFlow 1.0 has another form, which is in `fixed`.

mod field;
mod fixed;
mod header;
pub mod key;
pub mod nxm;
mod octets;
mod registry;
mod value;

pub use field::{Field, FieldId};
pub use fixed::{TP_DST, TP_SRC};
pub use header::OxmHeader;
pub use key::Key;
pub use value::FieldValue;

use std::fmt;

use smallvec::SmallVec;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{ErrorCode, PortNo, Version};

/// Which packets a flow takes, or what is known of a packet: a list of OXM fields, in order.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Match {
    /// In place, as long as there are no more than a learning bridge asks for.
    fields: SmallVec<[Field; 3]>,
}

impl Match {
    /// Returns the match of every packet.
    pub fn any() -> Self {
        Match::default()
    }

    /// Adds the demand that a field has exactly this value, in place of what was asked of it.
    #[must_use]
    pub fn with<T: FieldValue>(self, key: Key<T>, value: T) -> Self {
        self.with_field(Field::exact(key, value))
    }

    /// Adds the demand that a field agrees with `value` where `mask` has ones.
    #[must_use]
    pub fn with_masked<T: FieldValue>(self, key: Key<T>, value: T, mask: T) -> Self {
        self.with_field(Field::masked(key, value, mask))
    }

    /// As [`Self::with`], in place.
    #[inline(always)]
    pub fn set<T: FieldValue>(&mut self, key: Key<T>, value: T) {
        self.set_field(Field::exact(key, value));
    }

    /// Adds a field, in place of one with the same id.
    #[must_use]
    pub fn with_field(mut self, field: Field) -> Self {
        self.set_field(field);
        self
    }

    /// Returns the value of a field that is matched exactly, without a mask.
    pub fn get<T: FieldValue>(&self, key: Key<T>) -> Option<T> {
        self.fields.iter().find_map(|field| field.get(key))
    }

    #[inline(always)]
    fn set_field(&mut self, field: Field) {
        match self.fields.iter_mut().find(|known| known.id() == field.id()) {
            Some(known) => *known = field,
            None => self.fields.push(field),
        }
    }

    /// Returns the value of a field that is matched exactly, and takes the field off if it is the first.
    pub(crate) fn take_first<T: FieldValue>(&mut self, key: Key<T>) -> Option<T> {
        let value = self.get(key)?;
        if self.fields.first().is_some_and(|field| field.id() == key.id()) {
            self.fields.remove(0);
        }
        Some(value)
    }

    /// Returns the port where the packet came in.
    pub fn in_port(&self) -> Option<PortNo> {
        self.get(key::IN_PORT)
    }

    /// Returns the fields in the order in which they stand in the message.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns the same match with its fields in the order of their ids, so that two ways to write
    /// one match compare equal.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.fields.sort();
        self
    }
}

impl FromIterator<Field> for Match {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        let mut all = Match::any();
        fields.into_iter().for_each(|field| all.set_field(field));
        all
    }
}

impl fmt::Display for Match {
    /// Prints `in_port=1,eth_dst=02:00:00:00:00:01`, and `any` for the match of every packet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fields.is_empty() {
            return f.write_str("any");
        }
        for (index, field) in self.fields.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{field}")?;
        }
        Ok(())
    }
}

impl Match {
    /// Reads fields to the end, without the header that makes a match of them.
    pub(crate) fn decode_fields(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let mut list = r.within(Structure::Match, r.remaining())?;
        let fields: SmallVec<_> = list.bounded_list(Structure::Match)?;
        refuse_duplicates(&fields, offset)?;
        Ok(Match { fields })
    }

    /// Writes the fields without a header and padding.
    pub(crate) fn encode_fields(&self, w: &mut Writer<'_>) {
        w.list(&self.fields);
    }
}

impl Match {
    /// Writes the match with one more field: in place of its own of that kind, or before the others.
    pub(crate) fn encode_behind(&self, first: &Field, w: &mut Writer<'_>) {
        let is_first = |field: &Field| field.id() == first.id();
        w.padded_element(OFPMT_OXM, |w| {
            if !self.fields.iter().any(is_first) {
                first.encode(w);
            }
            for field in &self.fields {
                if is_first(field) { first.encode(w) } else { field.encode(w) }
            }
        });
    }
}

impl Wire for Match {
    #[inline(always)]
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 => fixed::decode(r),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => Match::decode_oxm(r),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 => fixed::encode(self, w),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => {
                w.padded_element(OFPMT_OXM, |w| w.list(&self.fields));
            }
        }
    }
}

impl Match {
    #[inline(always)]
    pub(crate) fn decode_oxm(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let mut header = r.within(Structure::Match, MATCH_HEADER)?;
        let kind = header.u16()?;
        let length = usize::from(header.u16()?);
        if kind != OFPMT_OXM {
            return Err(DecodeError::Value {
                structure: Structure::Match,
                field: "match type",
                offset,
                value: kind.into(),
                code: ErrorCode::BAD_MATCH_TYPE,
            });
        }
        let structure = Structure::Match;
        let Some(fields_length) = length.checked_sub(MATCH_HEADER) else {
            let minimum = MATCH_HEADER;
            return Err(DecodeError::TooShort { structure, offset, length, minimum });
        };
        let mut list = r.within(structure, fields_length)?;
        let fields: SmallVec<_> = list.bounded_list(structure)?;
        r.skip_padding(structure, length)?;
        refuse_duplicates(&fields, offset)?;
        Ok(Match { fields })
    }
}

/// Refuses a field that stands in the match twice (OpenFlow 1.3.5 §7.2.3.4), for the standard
/// fields; what a repeated field of another class means is that class's business.
fn refuse_duplicates(fields: &[Field], offset: usize) -> Result<(), DecodeError> {
    if fields.len() < 2 {
        return Ok(());
    }
    let mut seen = 0_u128;
    for field in fields.iter().map(Field::id).filter(|id| id.class == FieldId::BASIC) {
        let bit = 1 << (field.number & 0x7f);
        if seen & bit != 0 {
            return Err(DecodeError::Value {
                structure: Structure::Match,
                field: "second field of its kind",
                offset,
                value: field.number.into(),
                code: ErrorCode::BAD_MATCH_DUPLICATE,
            });
        }
        seen |= bit;
    }
    Ok(())
}

const OFPMT_OXM: u16 = 1;
const MATCH_HEADER: usize = 4;
