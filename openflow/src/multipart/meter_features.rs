use crate::Version;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// What a switch can do with meters (`ofp_meter_features`, OpenFlow 1.4 §7.3.5.16).
///
/// ```text
/// max_meter 4 | band_types 4 | capabilities 4 | max_bands 1 | max_color 1 | pad 2
/// 1.5 on      | features 4 | pad 4
/// ```
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
    /// Where meters can stand among actions, from OpenFlow 1.5 on; Open vSwitch 3.1 does not say it.
    pub features: Option<MeterFeatureFlags>,
}

bitflags::bitflags! {
    /// Where meters can stand among actions; bits that have no name are kept (OpenFlow 1.5.1).
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct MeterFeatureFlags: u32 {
        /// In the action set.
        const ACTION_SET = 1 << 0;
        /// Anywhere in a list.
        const ANY_POSITION = 1 << 1;
        /// More than once in a list.
        const MULTI_LIST = 1 << 2;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(MeterFeatureFlags);

impl Wire for MeterFeatures {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (max_meter, band_types, capabilities) = (r.u32()?, r.u32()?, r.u32()?);
        let [max_bands, max_color, _, _] = r.array()?;
        let features = match r.version() {
            Version::V1_5 if !r.is_empty() => {
                let features = MeterFeatureFlags::from_bits_retain(r.u32()?);
                r.pad::<4>()?;
                Some(features)
            }
            Version::V1_0 | Version::V1_3 | Version::V1_4 | Version::V1_5 => None,
        };
        Ok(MeterFeatures { max_meter, band_types, capabilities, max_bands, max_color, features })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.max_meter);
        w.u32(self.band_types);
        w.u32(self.capabilities);
        w.u8(self.max_bands);
        w.u8(self.max_color);
        w.pad::<2>();
        if let (Version::V1_5, Some(features)) = (w.version(), self.features) {
            w.u32(features.bits());
            w.pad::<4>();
        }
    }
}
