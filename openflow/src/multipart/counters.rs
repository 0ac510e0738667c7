use crate::wire::{DecodeError, Reader, Wire, Writer};

/// How much a bucket of a group or a band of a meter has had to do with (`ofp_bucket_counter` and
/// `ofp_meter_band_stats`, OpenFlow 1.4 §7.3.5.11, §7.3.5.14); all ones where the switch does not
/// count.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Counters {
    /// How many packets.
    pub packet_count: u64,
    /// How many bytes they had.
    pub byte_count: u64,
}

impl Wire for Counters {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Counters { packet_count: r.u64()?, byte_count: r.u64()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.packet_count);
        w.u64(self.byte_count);
    }
}
