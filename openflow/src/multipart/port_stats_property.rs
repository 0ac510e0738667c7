use crate::UnknownProperty;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// Counters of one kind of port (OpenFlow 1.4 §7.3.5.7).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum PortStatsProperty {
    /// What an Ethernet port counts.
    Ethernet(EthernetStats),
    /// What an optical port measures (1.4 on).
    Optical(Box<OpticalStats>),
    /// Experimenters' and the rest (1.4 on).
    Unknown(UnknownProperty),
}

/// What an Ethernet port counts (`ofp_port_stats_prop_ethernet`); all ones where it does not.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct EthernetStats {
    /// How many received frames were not aligned.
    pub rx_frame_err: u64,
    /// How many received packets overran the receiver.
    pub rx_over_err: u64,
    /// How many received frames had a wrong checksum.
    pub rx_crc_err: u64,
    /// How many collisions there were.
    pub collisions: u64,
}

/// What an optical port measures (`ofp_port_stats_prop_optical`).
///
/// Tuning is a frequency in MHz, or a wavelength in hundredths of a nanometre.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OpticalStats {
    /// Which of the fields are valid.
    pub flags: OpticalFlags,
    /// Frequency or wavelength to send on.
    pub tx_freq_lmda: u32,
    /// Offset from it.
    pub tx_offset: u32,
    /// Span of the grid.
    pub tx_grid_span: u32,
    /// Frequency or wavelength to receive on.
    pub rx_freq_lmda: u32,
    /// Offset from it.
    pub rx_offset: u32,
    /// Span of the grid.
    pub rx_grid_span: u32,
    /// Power of what it sends, in tenths of dBm, as two's complement.
    pub tx_pwr: u16,
    /// Power of what it receives, in tenths of dBm, as two's complement.
    pub rx_pwr: u16,
    /// Bias current of the laser, in tenths of mA.
    pub bias_current: u16,
    /// Temperature of the laser, in tenths of degrees Celsius.
    pub temperature: u16,
}

bitflags::bitflags! {
    /// Which fields of an [`OpticalStats`] are valid; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct OpticalFlags: u32 {
        /// Tuning of the receiver.
        const RX_TUNE = 1 << 0;
        /// Tuning of the sender.
        const TX_TUNE = 1 << 1;
        /// Power of what it sends.
        const TX_PWR = 1 << 2;
        /// Power of what it receives.
        const RX_PWR = 1 << 4;
        /// Bias current of the laser.
        const TX_BIAS = 1 << 5;
        /// Temperature of the laser.
        const TX_TEMP = 1 << 6;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(OpticalFlags);

impl EthernetStats {
    /// What a port says that counts none of it.
    pub const UNSUPPORTED: EthernetStats = EthernetStats {
        rx_frame_err: u64::MAX,
        rx_over_err: u64::MAX,
        rx_crc_err: u64::MAX,
        collisions: u64::MAX,
    };
}

impl Wire for PortStatsProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let property = match kind {
            ETHERNET => {
                body.pad::<4>()?;
                PortStatsProperty::Ethernet(EthernetStats::decode(&mut body)?)
            }
            OPTICAL => {
                body.pad::<4>()?;
                PortStatsProperty::Optical(Box::new(OpticalStats::decode(&mut body)?))
            }
            kind => PortStatsProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            PortStatsProperty::Ethernet(ethernet) => w.padded_element(ETHERNET, |w| {
                w.pad::<4>();
                ethernet.encode(w);
            }),
            PortStatsProperty::Optical(optical) => w.padded_element(OPTICAL, |w| {
                w.pad::<4>();
                optical.encode(w);
            }),
            PortStatsProperty::Unknown(property) => property.encode(w),
        }
    }
}

impl Wire for EthernetStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(EthernetStats {
            rx_frame_err: r.u64()?,
            rx_over_err: r.u64()?,
            rx_crc_err: r.u64()?,
            collisions: r.u64()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.rx_frame_err);
        w.u64(self.rx_over_err);
        w.u64(self.rx_crc_err);
        w.u64(self.collisions);
    }
}

impl Wire for OpticalStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(OpticalStats {
            flags: OpticalFlags::from_bits_retain(r.u32()?),
            tx_freq_lmda: r.u32()?,
            tx_offset: r.u32()?,
            tx_grid_span: r.u32()?,
            rx_freq_lmda: r.u32()?,
            rx_offset: r.u32()?,
            rx_grid_span: r.u32()?,
            tx_pwr: r.u16()?,
            rx_pwr: r.u16()?,
            bias_current: r.u16()?,
            temperature: r.u16()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.flags.bits());
        w.u32(self.tx_freq_lmda);
        w.u32(self.tx_offset);
        w.u32(self.tx_grid_span);
        w.u32(self.rx_freq_lmda);
        w.u32(self.rx_offset);
        w.u32(self.rx_grid_span);
        w.u16(self.tx_pwr);
        w.u16(self.rx_pwr);
        w.u16(self.bias_current);
        w.u16(self.temperature);
    }
}

const ETHERNET: u16 = 0;
const OPTICAL: u16 = 1;
