use crate::wire::{DecodeError, Reader, Wire, Writer};

/// What the flows that were asked for have done together (`ofp_aggregate_stats_reply`, OpenFlow
/// 1.4 §7.3.5.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AggregateStats {
    /// How many packets they took.
    pub packet_count: u64,
    /// How many bytes these had.
    pub byte_count: u64,
    /// How many flows there are.
    pub flow_count: u32,
}

impl Wire for AggregateStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (packet_count, byte_count, flow_count) = (r.u64()?, r.u64()?, r.u32()?);
        r.pad::<4>()?;
        Ok(AggregateStats { packet_count, byte_count, flow_count })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.packet_count);
        w.u64(self.byte_count);
        w.u32(self.flow_count);
        w.pad::<4>();
    }
}
