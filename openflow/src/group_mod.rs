use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Bucket, BucketId, ErrorCode, GroupId, UnknownProperty, Version};

/// Body of `OFPT_GROUP_MOD`: a change to the group table (OpenFlow 1.3.5 §7.3.4.2).
///
/// ```text
/// 1.3   command 2 | type 1 | pad 1 | group_id 4 | buckets
/// 1.5   command 2 | type 1 | pad 1 | group_id 4 | bucket_array_len 2 | pad 2 | command_bucket_id 4
///       | buckets | properties
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
    /// Which bucket to remove, or where to insert; [`BucketId::ALL`] in other commands, and before
    /// OpenFlow 1.5.
    pub command_bucket_id: BucketId,
    /// Ways that packets may take; a deletion has none.
    pub buckets: Vec<Bucket>,
    /// Properties; only experimenters define any, and not before OpenFlow 1.5.
    pub properties: Vec<UnknownProperty>,
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
    /// Insert buckets before or behind those of a group (1.5 on).
    InsertBucket = 3,
    /// Remove a bucket of a group, or all of them (1.5 on).
    RemoveBucket = 5,
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
    /// Returns the addition of a group, its buckets numbered in their order.
    pub fn add(kind: GroupType, group_id: GroupId, buckets: Vec<Bucket>) -> Self {
        GroupMod::new(GroupModCommand::Add, kind, group_id, Bucket::numbered(buckets))
    }

    /// Returns the replacement of a group's type and buckets, numbered in their order.
    pub fn modify(kind: GroupType, group_id: GroupId, buckets: Vec<Bucket>) -> Self {
        GroupMod::new(GroupModCommand::Modify, kind, group_id, Bucket::numbered(buckets))
    }

    /// Returns the deletion of a group, or with [`GroupId::ALL`] of all.
    pub fn delete(group_id: GroupId) -> Self {
        GroupMod::new(GroupModCommand::Delete, GroupType::All, group_id, Vec::new())
    }

    /// Returns the insertion of buckets behind another one or [`BucketId::LAST`], or with
    /// [`BucketId::FIRST`] before all others; they need numbers that no other has (1.5 on).
    pub fn insert(
        kind: GroupType,
        group_id: GroupId,
        behind: BucketId,
        buckets: Vec<Bucket>,
    ) -> Self {
        let insert = GroupMod::new(GroupModCommand::InsertBucket, kind, group_id, buckets);
        GroupMod { command_bucket_id: behind, ..insert }
    }

    /// Returns the removal of a bucket, or with [`BucketId::ALL`] of all (1.5 on).
    pub fn remove(kind: GroupType, group_id: GroupId, bucket_id: BucketId) -> Self {
        let remove = GroupMod::new(GroupModCommand::RemoveBucket, kind, group_id, Vec::new());
        GroupMod { command_bucket_id: bucket_id, ..remove }
    }

    fn new(
        command: GroupModCommand,
        kind: GroupType,
        group_id: GroupId,
        buckets: Vec<Bucket>,
    ) -> Self {
        let (command_bucket_id, properties) = (BucketId::ALL, Vec::new());
        GroupMod { command, kind, group_id, command_bucket_id, buckets, properties }
    }
}

impl Wire for GroupMod {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let command = GroupModCommand::decode(r)?;
        let kind = GroupType::decode(r)?;
        r.pad::<1>()?;
        let group_id = GroupId(r.u32()?);
        match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => {
                Ok(GroupMod::new(command, kind, group_id, Bucket::decode_list(r)?))
            }
            Version::V1_5 => {
                let length = usize::from(r.u16()?);
                r.pad::<2>()?;
                let command_bucket_id = BucketId(r.u32()?);
                let buckets = Bucket::decode_list(&mut r.within(Structure::Bucket, length)?)?;
                let properties = r.bounded_list(Structure::Property)?;
                Ok(GroupMod { command, kind, group_id, command_bucket_id, buckets, properties })
            }
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.command.encode(w);
        self.kind.encode(w);
        w.pad::<1>();
        w.u32(self.group_id.0);
        match w.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => w.list(&self.buckets),
            Version::V1_5 => {
                let length = w.position();
                w.u16(0);
                w.pad::<2>();
                w.u32(self.command_bucket_id.0);
                let start = w.position();
                w.list(&self.buckets);
                w.fill(length, w.position() - start);
                w.list(&self.properties);
            }
        }
    }
}

impl Wire for GroupModCommand {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let knows_buckets = r.version() >= Version::V1_5;
        Ok(match r.u16()? {
            0 => GroupModCommand::Add,
            1 => GroupModCommand::Modify,
            2 => GroupModCommand::Delete,
            3 if knows_buckets => GroupModCommand::InsertBucket,
            5 if knows_buckets => GroupModCommand::RemoveBucket,
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
