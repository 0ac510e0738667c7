use super::Counters;
use crate::MeterId;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// Counters of a meter (`ofp_meter_stats`, OpenFlow 1.4 §7.3.5.14); all ones where the switch does
/// not count.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MeterStats {
    /// Which meter.
    pub meter_id: MeterId,
    /// How many flows send through it; from OpenFlow 1.5 on, how many flows and groups.
    pub flow_count: u32,
    /// How many packets came in.
    pub packet_in_count: u64,
    /// How many bytes they had.
    pub byte_in_count: u64,
    /// How long it has been there, in whole seconds.
    pub duration_sec: u32,
    /// How long it has been there beyond `duration_sec`, in nanoseconds.
    pub duration_nsec: u32,
    /// What each of its bands was applied to, in their order.
    pub band_stats: Vec<Counters>,
}

impl Wire for MeterStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let mut head = r.within(Structure::MeterStats, 6)?;
        let meter_id = MeterId(head.u32()?);
        let length = usize::from(head.u16()?);
        let mut r = r.rest_of_entry(Structure::MeterStats, offset, length, MINIMUM)?;
        r.pad::<6>()?;
        Ok(MeterStats {
            meter_id,
            flow_count: r.u32()?,
            packet_in_count: r.u64()?,
            byte_in_count: r.u64()?,
            duration_sec: r.u32()?,
            duration_nsec: r.u32()?,
            band_stats: r.list()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let start = w.position();
        w.u32(self.meter_id.0);
        w.u16(0);
        w.pad::<6>();
        w.u32(self.flow_count);
        w.u64(self.packet_in_count);
        w.u64(self.byte_in_count);
        w.u32(self.duration_sec);
        w.u32(self.duration_nsec);
        w.list(&self.band_stats);
        w.fill(start + 4, w.position() - start);
    }
}

/// A meter without bands.
const MINIMUM: usize = 40;
