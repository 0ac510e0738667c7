use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Samples packets to a set of collectors (`struct nx_action_sample`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Sample {
    /// How many of 65535 packets are sampled.
    pub probability: u16,
    /// To which collectors, by their number in the switch's database.
    pub collector_set_id: u32,
    /// Observation domain that the samples say they are from.
    pub obs_domain_id: u32,
    /// Observation point that the samples say they are from.
    pub obs_point_id: u32,
}

impl Wire for Sample {
    fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Sample {
            probability: body.u16()?,
            collector_set_id: body.u32()?,
            obs_domain_id: body.u32()?,
            obs_point_id: body.u32()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.probability);
        w.u32(self.collector_set_id);
        w.u32(self.obs_domain_id);
        w.u32(self.obs_point_id);
    }
}

/// On which side of a port packets are sampled: an open registry (`enum nx_action_sample_direction`).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SampleDirection(pub u8);

impl SampleDirection {
    /// As the switch sees fit.
    pub const DEFAULT: SampleDirection = SampleDirection(0);
    /// As they come in.
    pub const INGRESS: SampleDirection = SampleDirection(1);
    /// As they go out.
    pub const EGRESS: SampleDirection = SampleDirection(2);
}
