use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// What a meter does with packets above a rate (OpenFlow 1.3.5 §7.3.4.4).
///
/// Rates are in kbit/s, or in packets a second if the meter says so; bursts in kbit or packets.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum MeterBand {
    /// Drop them.
    Drop {
        /// Rate above which it does.
        rate: u32,
        /// Size of the bursts that it lets through.
        burst: u32,
    },
    /// Raise the drop precedence in their DSCP field.
    DscpRemark {
        /// Rate above which it does.
        rate: u32,
        /// Size of the bursts that it lets through.
        burst: u32,
        /// By how much it raises the precedence.
        prec_level: u8,
    },
    /// A band of a type that this crate does not know, experimenters' included.
    Unknown {
        /// Type of the band.
        kind: u16,
        /// What follows type and length: rate and burst come first.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
        body: Bytes,
    },
}

bitflags::bitflags! {
    /// How a meter measures; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct MeterFlags: u16 {
        /// Rates are in kbit/s.
        const KBPS = 1 << 0;
        /// Rates are in packets a second.
        const PKTPS = 1 << 1;
        /// The sizes of bursts count.
        const BURST = 1 << 2;
        /// The meter counts packets.
        const STATS = 1 << 3;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(MeterFlags);

impl Wire for MeterBand {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, _, mut body) = r.element(Structure::MeterBand)?;
        let band = match kind {
            DROP => {
                let band = MeterBand::Drop { rate: body.u32()?, burst: body.u32()? };
                body.pad::<4>()?;
                band
            }
            DSCP_REMARK => {
                let (rate, burst, prec_level) = (body.u32()?, body.u32()?, body.u8()?);
                body.pad::<3>()?;
                MeterBand::DscpRemark { rate, burst, prec_level }
            }
            kind => MeterBand::Unknown { kind, body: body.rest() },
        };
        body.finish()?;
        Ok(band)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            MeterBand::Drop { rate, burst } => w.element(DROP, |w| {
                w.u32(*rate);
                w.u32(*burst);
                w.pad::<4>();
            }),
            MeterBand::DscpRemark { rate, burst, prec_level } => w.element(DSCP_REMARK, |w| {
                w.u32(*rate);
                w.u32(*burst);
                w.u8(*prec_level);
                w.pad::<3>();
            }),
            MeterBand::Unknown { kind, body } => w.element(*kind, |w| w.slice(body)),
        }
    }
}

const DROP: u16 = 1;
const DSCP_REMARK: u16 = 2;
