use bytes::Bytes;

use crate::oxm::{Field, OxmHeader};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{TableId, UnknownProperty, Version};

/// Something that the flows of a table can match or do (OpenFlow 1.3.5 §7.3.5.5.2).
///
/// What ends in `Miss` is about the flow that takes what no other takes; where it is absent, that
/// flow can do what the others can.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum TableFeatureProperty {
    /// Instructions.
    Instructions(Vec<ElementHeader>),
    /// Instructions of the table-miss flow.
    InstructionsMiss(Vec<ElementHeader>),
    /// Tables that flows can go on to.
    NextTables(Vec<TableId>),
    /// Tables that the table-miss flow can go on to.
    NextTablesMiss(Vec<TableId>),
    /// Actions that can be merged into the action set.
    WriteActions(Vec<ElementHeader>),
    /// Actions that the table-miss flow can merge into the action set.
    WriteActionsMiss(Vec<ElementHeader>),
    /// Actions that can be applied at once.
    ApplyActions(Vec<ElementHeader>),
    /// Actions that the table-miss flow can apply at once.
    ApplyActionsMiss(Vec<ElementHeader>),
    /// Fields that can be matched; one with a mask can be matched in part.
    Match(Vec<OxmHeader>),
    /// Fields that a match may leave out.
    Wildcards(Vec<OxmHeader>),
    /// Fields that a set-field of the action set can write.
    WriteSetField(Vec<OxmHeader>),
    /// Fields that a set-field of the table-miss flow's action set can write.
    WriteSetFieldMiss(Vec<OxmHeader>),
    /// Fields that a set-field can write at once.
    ApplySetField(Vec<OxmHeader>),
    /// Fields that a set-field of the table-miss flow can write at once.
    ApplySetFieldMiss(Vec<OxmHeader>),
    /// Tables whose flows this one follows (1.4 on).
    TableSyncFrom(Vec<TableId>),
    /// Fields that a copy-field of the action set can write (1.5 on).
    WriteCopyField(Vec<OxmHeader>),
    /// Fields that a copy-field of the table-miss flow's action set can write (1.5 on).
    WriteCopyFieldMiss(Vec<OxmHeader>),
    /// Fields that a copy-field can write at once (1.5 on).
    ApplyCopyField(Vec<OxmHeader>),
    /// Fields that a copy-field of the table-miss flow can write at once (1.5 on).
    ApplyCopyFieldMiss(Vec<OxmHeader>),
    /// Types of packet that it takes, as fields with values (1.5 on).
    PacketTypes(Vec<Field>),
    /// Experimenters', with or without the table-miss flow, and the rest.
    Unknown(UnknownProperty),
}

/// The header of an instruction or action, without what it is to do: how a table says which it
/// knows.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ElementHeader {
    /// Type of the instruction or action.
    pub kind: u16,
    /// What tells an experimenter's from his others; empty for the rest.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub body: Bytes,
}

impl ElementHeader {
    /// Returns the header of an instruction or action that no experimenter defines.
    pub fn of(kind: u16) -> Self {
        ElementHeader { kind, body: Bytes::new() }
    }
}

impl TableFeatureProperty {
    /// Returns what a fault in a property is a fault in: OpenFlow 1.4 has one type of error for the
    /// properties of all messages, 1.3 one for these.
    pub(super) fn structure(version: Version) -> Structure {
        match version {
            Version::V1_0 | Version::V1_3 => Structure::TableFeatureProperty,
            Version::V1_4 | Version::V1_5 => Structure::Property,
        }
    }
}

impl Wire for TableFeatureProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(TableFeatureProperty::structure(r.version()))?;
        let version = body.version();
        Ok(match kind {
            INSTRUCTIONS => TableFeatureProperty::Instructions(headers(&mut body)?),
            INSTRUCTIONS_MISS => TableFeatureProperty::InstructionsMiss(headers(&mut body)?),
            NEXT_TABLES => TableFeatureProperty::NextTables(tables(&mut body)),
            NEXT_TABLES_MISS => TableFeatureProperty::NextTablesMiss(tables(&mut body)),
            WRITE_ACTIONS => TableFeatureProperty::WriteActions(headers(&mut body)?),
            WRITE_ACTIONS_MISS => TableFeatureProperty::WriteActionsMiss(headers(&mut body)?),
            APPLY_ACTIONS => TableFeatureProperty::ApplyActions(headers(&mut body)?),
            APPLY_ACTIONS_MISS => TableFeatureProperty::ApplyActionsMiss(headers(&mut body)?),
            MATCH => TableFeatureProperty::Match(headers(&mut body)?),
            WILDCARDS => TableFeatureProperty::Wildcards(headers(&mut body)?),
            WRITE_SETFIELD => TableFeatureProperty::WriteSetField(headers(&mut body)?),
            WRITE_SETFIELD_MISS => TableFeatureProperty::WriteSetFieldMiss(headers(&mut body)?),
            APPLY_SETFIELD => TableFeatureProperty::ApplySetField(headers(&mut body)?),
            APPLY_SETFIELD_MISS => TableFeatureProperty::ApplySetFieldMiss(headers(&mut body)?),
            TABLE_SYNC_FROM if version >= Version::V1_4 => {
                TableFeatureProperty::TableSyncFrom(tables(&mut body))
            }
            WRITE_COPYFIELD if version >= Version::V1_5 => {
                TableFeatureProperty::WriteCopyField(headers(&mut body)?)
            }
            WRITE_COPYFIELD_MISS if version >= Version::V1_5 => {
                TableFeatureProperty::WriteCopyFieldMiss(headers(&mut body)?)
            }
            APPLY_COPYFIELD if version >= Version::V1_5 => {
                TableFeatureProperty::ApplyCopyField(headers(&mut body)?)
            }
            APPLY_COPYFIELD_MISS if version >= Version::V1_5 => {
                TableFeatureProperty::ApplyCopyFieldMiss(headers(&mut body)?)
            }
            PACKET_TYPES if version >= Version::V1_5 => {
                TableFeatureProperty::PacketTypes(headers(&mut body)?)
            }
            kind => TableFeatureProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        use TableFeatureProperty as Property;
        match self {
            Property::Instructions(list) => encode(w, INSTRUCTIONS, list),
            Property::InstructionsMiss(list) => encode(w, INSTRUCTIONS_MISS, list),
            Property::NextTables(tables) => encode_tables(w, NEXT_TABLES, tables),
            Property::NextTablesMiss(tables) => encode_tables(w, NEXT_TABLES_MISS, tables),
            Property::WriteActions(list) => encode(w, WRITE_ACTIONS, list),
            Property::WriteActionsMiss(list) => encode(w, WRITE_ACTIONS_MISS, list),
            Property::ApplyActions(list) => encode(w, APPLY_ACTIONS, list),
            Property::ApplyActionsMiss(list) => encode(w, APPLY_ACTIONS_MISS, list),
            Property::Match(list) => encode(w, MATCH, list),
            Property::Wildcards(list) => encode(w, WILDCARDS, list),
            Property::WriteSetField(list) => encode(w, WRITE_SETFIELD, list),
            Property::WriteSetFieldMiss(list) => encode(w, WRITE_SETFIELD_MISS, list),
            Property::ApplySetField(list) => encode(w, APPLY_SETFIELD, list),
            Property::ApplySetFieldMiss(list) => encode(w, APPLY_SETFIELD_MISS, list),
            Property::TableSyncFrom(tables) => encode_tables(w, TABLE_SYNC_FROM, tables),
            Property::WriteCopyField(list) => encode(w, WRITE_COPYFIELD, list),
            Property::WriteCopyFieldMiss(list) => encode(w, WRITE_COPYFIELD_MISS, list),
            Property::ApplyCopyField(list) => encode(w, APPLY_COPYFIELD, list),
            Property::ApplyCopyFieldMiss(list) => encode(w, APPLY_COPYFIELD_MISS, list),
            Property::PacketTypes(list) => encode(w, PACKET_TYPES, list),
            Property::Unknown(property) => property.encode(w),
        }
    }
}

/// Non-experimenter ones "are 4 bytes" (1.3.5 §7.3.5.5.2); some switches send 8, which survives.
impl Wire for ElementHeader {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.bare_element(r.structure())?;
        Ok(ElementHeader { kind, body: body.rest() })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.bare_element(self.kind, |w| w.slice(&self.body));
    }
}

fn headers<T: Wire>(body: &mut Reader<'_>) -> Result<Vec<T>, DecodeError> {
    body.bounded_list(body.structure())
}

fn tables(body: &mut Reader<'_>) -> Vec<TableId> {
    body.rest().iter().copied().map(TableId).collect()
}

fn encode<T: Wire>(w: &mut Writer<'_>, kind: u16, list: &[T]) {
    w.padded_element(kind, |w| w.list(list));
}

fn encode_tables(w: &mut Writer<'_>, kind: u16, tables: &[TableId]) {
    w.padded_element(kind, |w| tables.iter().for_each(|table| w.u8(table.0)));
}

const INSTRUCTIONS: u16 = 0;
const INSTRUCTIONS_MISS: u16 = 1;
const NEXT_TABLES: u16 = 2;
const NEXT_TABLES_MISS: u16 = 3;
const WRITE_ACTIONS: u16 = 4;
const WRITE_ACTIONS_MISS: u16 = 5;
const APPLY_ACTIONS: u16 = 6;
const APPLY_ACTIONS_MISS: u16 = 7;
const MATCH: u16 = 8;
const WILDCARDS: u16 = 10;
const WRITE_SETFIELD: u16 = 12;
const WRITE_SETFIELD_MISS: u16 = 13;
const APPLY_SETFIELD: u16 = 14;
const APPLY_SETFIELD_MISS: u16 = 15;
const TABLE_SYNC_FROM: u16 = 16;
const WRITE_COPYFIELD: u16 = 18;
const WRITE_COPYFIELD_MISS: u16 = 19;
const APPLY_COPYFIELD: u16 = 20;
const APPLY_COPYFIELD_MISS: u16 = 21;
const PACKET_TYPES: u16 = 22;
