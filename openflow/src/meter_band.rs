use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// What a meter does to the packets over a rate (OpenFlow 1.3.5 §7.3.4.4).
///
/// ```text
/// type 2 | length 2 | rate 4 | burst_size 4 | drop:        pad 4
///                                           | dscp-remark: prec_level 1 | pad 3
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MeterBand {
    /// Rate above which the band is used, in the meter's unit: kbit/s or packets per second.
    pub rate: u32,
    /// How much may go at once before it is, in kbit or packets, if the meter counts bursts.
    pub burst_size: u32,
    /// What happens to the packets.
    pub effect: BandEffect,
}

/// What a band of a meter does to a packet.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum BandEffect {
    /// Drop it.
    Drop,
    /// Raise the drop precedence in its DSCP field by so many levels.
    DscpRemark(u8),
    /// Something that this crate does not know, experimenters' included.
    Unknown {
        /// Type of the band.
        kind: u16,
        /// What follows the burst size.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
        body: Bytes,
    },
}

impl Wire for MeterBand {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut band) = r.bare_element(Structure::MeterBand)?;
        let rate = band.u32()?;
        let burst_size = band.u32()?;
        let effect = match kind {
            DROP => {
                band.pad::<4>()?;
                BandEffect::Drop
            }
            DSCP_REMARK => {
                let levels = band.u8()?;
                band.pad::<3>()?;
                BandEffect::DscpRemark(levels)
            }
            kind => BandEffect::Unknown { kind, body: band.rest() },
        };
        band.finish()?;
        Ok(MeterBand { rate, burst_size, effect })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let kind = match self.effect {
            BandEffect::Drop => DROP,
            BandEffect::DscpRemark(_) => DSCP_REMARK,
            BandEffect::Unknown { kind, .. } => kind,
        };
        w.bare_element(kind, |w| {
            w.u32(self.rate);
            w.u32(self.burst_size);
            match &self.effect {
                BandEffect::Drop => w.pad::<4>(),
                BandEffect::DscpRemark(levels) => {
                    w.u8(*levels);
                    w.pad::<3>();
                }
                BandEffect::Unknown { body, .. } => w.slice(body),
            }
        });
    }
}

const DROP: u16 = 1;
const DSCP_REMARK: u16 = 2;
