use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Bucket, ErrorCode, GroupId};

/// Body of `OFPT_GROUP_MOD`: a change to the group table (OpenFlow 1.3.5 §7.3.4.2).
///
/// ```text
/// command 2 | type 1 | pad 1 | group_id 4 | buckets
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GroupMod {
    /// What to do.
    pub command: GroupModCommand,
    /// What the group does with its buckets.
    pub kind: GroupType,
    /// Group to change; [`GroupId::ALL`] in a deletion.
    pub group_id: GroupId,
    /// Ways that packets may take; a deletion has none.
    pub buckets: Vec<Bucket>,
}

/// What a group-mod does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum GroupModCommand {
    /// Add a group, which must not be there yet.
    Add = 0,
    /// Replace the type and the buckets of a group, which must be there.
    Modify = 1,
    /// Delete the group, or all of them, and the flows that send to it.
    Delete = 2,
}

/// What a group does with its buckets (OpenFlow 1.3.5 §5.6.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum GroupType {
    /// A copy of the packet takes each.
    All = 0,
    /// The packet takes one, by the switch's own choice.
    Select = 1,
    /// There is one only.
    Indirect = 2,
    /// The packet takes the first that is live (`OFPGT_FF`).
    FastFailover = 3,
}

impl GroupMod {
    /// Returns the addition of a group.
    pub fn add(kind: GroupType, group_id: GroupId, buckets: Vec<Bucket>) -> Self {
        GroupMod { command: GroupModCommand::Add, kind, group_id, buckets }
    }

    /// Returns the replacement of a group's type and buckets.
    pub fn modify(kind: GroupType, group_id: GroupId, buckets: Vec<Bucket>) -> Self {
        GroupMod { command: GroupModCommand::Modify, kind, group_id, buckets }
    }

    /// Returns the deletion of a group, or with [`GroupId::ALL`] of all.
    pub fn delete(group_id: GroupId) -> Self {
        let (command, kind) = (GroupModCommand::Delete, GroupType::All);
        GroupMod { command, kind, group_id, buckets: Vec::new() }
    }
}

impl Wire for GroupMod {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let command = GroupModCommand::decode(r)?;
        let kind = GroupType::decode(r)?;
        r.pad::<1>()?;
        Ok(GroupMod { command, kind, group_id: GroupId(r.u32()?), buckets: r.list()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.command.encode(w);
        self.kind.encode(w);
        w.pad::<1>();
        w.u32(self.group_id.0);
        w.list(&self.buckets);
    }
}

impl Wire for GroupModCommand {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        Ok(match r.u16()? {
            0 => GroupModCommand::Add,
            1 => GroupModCommand::Modify,
            2 => GroupModCommand::Delete,
            unknown => {
                return Err(DecodeError::Value {
                    structure: Structure::Body,
                    field: "group-mod command",
                    offset,
                    value: unknown.into(),
                    code: ErrorCode::GROUP_MOD_COMMAND,
                });
            }
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(*self as u16);
    }
}

impl Wire for GroupType {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        Ok(match r.u8()? {
            0 => GroupType::All,
            1 => GroupType::Select,
            2 => GroupType::Indirect,
            3 => GroupType::FastFailover,
            unknown => {
                return Err(DecodeError::Value {
                    structure: r.structure(),
                    field: "group type",
                    offset,
                    value: unknown.into(),
                    code: ErrorCode::GROUP_MOD_TYPE,
                });
            }
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(*self as u8);
    }
}
