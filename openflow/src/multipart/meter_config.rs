use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{MeterBand, MeterFlags, MeterId};

/// Configuration of a meter (`ofp_meter_config`, OpenFlow 1.4 §7.3.5.15; `ofp_meter_desc`,
/// 1.5.1).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MeterConfig {
    /// How it measures.
    pub flags: MeterFlags,
    /// Which meter.
    pub meter_id: MeterId,
    /// What it does above which rates.
    pub bands: Vec<MeterBand>,
}

impl Wire for MeterConfig {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::MeterConfig, MINIMUM)?;
        let flags = MeterFlags::from_bits_retain(r.u16()?);
        let meter_id = MeterId(r.u32()?);
        let bands = r.bounded_list(Structure::MeterBand)?;
        Ok(MeterConfig { flags, meter_id, bands })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            w.u16(self.flags.bits());
            w.u32(self.meter_id.0);
            w.list(&self.bands);
        });
    }
}

/// A meter without bands.
const MINIMUM: usize = 8;
