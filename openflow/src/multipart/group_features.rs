use crate::wire::{DecodeError, Reader, Wire, Writer};

/// What a switch can do with groups (`ofp_group_features`, OpenFlow 1.4 §7.3.5.13).
///
/// Arrays have one element for each type of group: all, select, indirect, fast failover.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GroupFeatures {
    /// Which types of group there are, a bit for each [`GroupType`](crate::GroupType).
    pub types: u32,
    /// What they can do.
    pub capabilities: GroupCapabilities,
    /// How many groups of each type there can be.
    pub max_groups: [u32; 4],
    /// Which actions each type supports, a bit for each type of action.
    pub actions: [u32; 4],
}

bitflags::bitflags! {
    /// What groups can do; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct GroupCapabilities: u32 {
        /// Buckets of a select group have weights.
        const SELECT_WEIGHT = 1 << 0;
        /// A select group leaves out buckets that are not live.
        const SELECT_LIVENESS = 1 << 1;
        /// Groups can send to groups.
        const CHAINING = 1 << 2;
        /// The switch refuses loops of groups, and to delete a group that others send to.
        const CHAINING_CHECKS = 1 << 3;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(GroupCapabilities);

impl Wire for GroupFeatures {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(GroupFeatures {
            types: r.u32()?,
            capabilities: GroupCapabilities::from_bits_retain(r.u32()?),
            max_groups: [r.u32()?, r.u32()?, r.u32()?, r.u32()?],
            actions: [r.u32()?, r.u32()?, r.u32()?, r.u32()?],
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.types);
        w.u32(self.capabilities.bits());
        for number in self.max_groups.into_iter().chain(self.actions) {
            w.u32(number);
        }
    }
}
