use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Bucket, GroupId, GroupType};

/// Description of a group (`ofp_group_desc`, OpenFlow 1.4 §7.3.5.12).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GroupDesc {
    /// What it does with its buckets.
    pub kind: GroupType,
    /// Which group.
    pub group_id: GroupId,
    /// Its buckets.
    pub buckets: Vec<Bucket>,
}

impl Wire for GroupDesc {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::GroupDesc, MINIMUM)?;
        let kind = GroupType::decode(&mut r)?;
        r.pad::<1>()?;
        Ok(GroupDesc { kind, group_id: GroupId(r.u32()?), buckets: r.list()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            self.kind.encode(w);
            w.pad::<1>();
            w.u32(self.group_id.0);
            w.list(&self.buckets);
        });
    }
}

/// A group without buckets.
const MINIMUM: usize = 8;
