use crate::wire::{DecodeError, Reader, Wire, Writer};

/// What a switch can do with meters (`ofp_meter_features`, OpenFlow 1.4 §7.3.5.16).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MeterFeatures {
    /// How many meters there can be.
    pub max_meter: u32,
    /// Which types of band there are, a bit for each `OFPMBT_*`.
    pub band_types: u32,
    /// How meters can measure, as a set of the bits of [`MeterFlags`](crate::MeterFlags).
    pub capabilities: u32,
    /// How many bands a meter can have.
    pub max_bands: u8,
    /// The highest colour.
    pub max_color: u8,
}

impl Wire for MeterFeatures {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (max_meter, band_types, capabilities) = (r.u32()?, r.u32()?, r.u32()?);
        let [max_bands, max_color, _, _] = r.array()?;
        Ok(MeterFeatures { max_meter, band_types, capabilities, max_bands, max_color })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.max_meter);
        w.u32(self.band_types);
        w.u32(self.capabilities);
        w.u8(self.max_bands);
        w.u8(self.max_color);
        w.pad::<2>();
    }
}
