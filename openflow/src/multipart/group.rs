use super::Counters;
use crate::GroupId;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// Counters of a group (`ofp_group_stats`, OpenFlow 1.4 §7.3.5.11); all ones where the switch does
/// not count.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct GroupStats {
    /// Which group.
    pub group_id: GroupId,
    /// How many flows and groups send to it directly.
    pub ref_count: u32,
    /// How many packets it took.
    pub packet_count: u64,
    /// How many bytes they had.
    pub byte_count: u64,
    /// How long it has been there, in whole seconds.
    pub duration_sec: u32,
    /// How long it has been there beyond `duration_sec`, in nanoseconds.
    pub duration_nsec: u32,
    /// What went through each of its buckets, in their order.
    pub bucket_stats: Vec<Counters>,
}

impl Wire for GroupStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::GroupStats, MINIMUM)?;
        r.pad::<2>()?;
        let group_id = GroupId(r.u32()?);
        let ref_count = r.u32()?;
        r.pad::<4>()?;
        Ok(GroupStats {
            group_id,
            ref_count,
            packet_count: r.u64()?,
            byte_count: r.u64()?,
            duration_sec: r.u32()?,
            duration_nsec: r.u32()?,
            bucket_stats: r.list()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            w.pad::<2>();
            w.u32(self.group_id.0);
            w.u32(self.ref_count);
            w.pad::<4>();
            w.u64(self.packet_count);
            w.u64(self.byte_count);
            w.u32(self.duration_sec);
            w.u32(self.duration_nsec);
            w.list(&self.bucket_stats);
        });
    }
}

/// A group without buckets.
const MINIMUM: usize = 40;
