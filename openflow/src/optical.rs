use crate::wire::{DecodeError, Reader, Wire, Writer};

/// What an optical port does and can do (`ofp_port_desc_prop_optical`, OpenFlow 1.4 §7.2.1).
///
/// Frequencies are in MHz and wavelengths in units of 0.01 nm; which of them a field holds is up to
/// [`OpticalFeatures::USE_FREQ`]. Powers are in units of 0.1 dBm.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OpticalPort {
    /// What of it can be configured.
    pub supported: OpticalFeatures,
    /// Lowest frequency or wavelength to send on.
    pub tx_min_freq_lmda: u32,
    /// Highest frequency or wavelength to send on.
    pub tx_max_freq_lmda: u32,
    /// Spacing of those to send on.
    pub tx_grid_freq_lmda: u32,
    /// Lowest frequency or wavelength to receive on.
    pub rx_min_freq_lmda: u32,
    /// Highest frequency or wavelength to receive on.
    pub rx_max_freq_lmda: u32,
    /// Spacing of those to receive on.
    pub rx_grid_freq_lmda: u32,
    /// Lowest power to send with.
    pub tx_pwr_min: u16,
    /// Highest power to send with.
    pub tx_pwr_max: u16,
}

/// How an optical port shall be configured (`ofp_port_mod_prop_optical`, OpenFlow 1.4 §7.3.4.3).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OpticalPortMod {
    /// Which fields to heed.
    pub configure: OpticalFeatures,
    /// Center frequency or wavelength, in MHz or units of 0.01 nm.
    pub freq_lmda: u32,
    /// Signed offset from it, in MHz.
    pub fl_offset: i32,
    /// Width of the channel, in MHz.
    pub grid_span: u32,
    /// Power to send with, in units of 0.1 dBm.
    pub tx_pwr: u32,
}

bitflags::bitflags! {
    /// What of an optical port can be configured; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct OpticalFeatures: u32 {
        /// What it receives on.
        const RX_TUNE = 1 << 0;
        /// What it sends on.
        const TX_TUNE = 1 << 1;
        /// The power that it sends with.
        const TX_PWR = 1 << 2;
        /// By frequency, not wavelength.
        const USE_FREQ = 1 << 3;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(OpticalFeatures);

impl Wire for OpticalPort {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(OpticalPort {
            supported: OpticalFeatures::from_bits_retain(r.u32()?),
            tx_min_freq_lmda: r.u32()?,
            tx_max_freq_lmda: r.u32()?,
            tx_grid_freq_lmda: r.u32()?,
            rx_min_freq_lmda: r.u32()?,
            rx_max_freq_lmda: r.u32()?,
            rx_grid_freq_lmda: r.u32()?,
            tx_pwr_min: r.u16()?,
            tx_pwr_max: r.u16()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.supported.bits());
        w.u32(self.tx_min_freq_lmda);
        w.u32(self.tx_max_freq_lmda);
        w.u32(self.tx_grid_freq_lmda);
        w.u32(self.rx_min_freq_lmda);
        w.u32(self.rx_max_freq_lmda);
        w.u32(self.rx_grid_freq_lmda);
        w.u16(self.tx_pwr_min);
        w.u16(self.tx_pwr_max);
    }
}

impl Wire for OpticalPortMod {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(OpticalPortMod {
            configure: OpticalFeatures::from_bits_retain(r.u32()?),
            freq_lmda: r.u32()?,
            fl_offset: r.u32()?.cast_signed(),
            grid_span: r.u32()?,
            tx_pwr: r.u32()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.configure.bits());
        w.u32(self.freq_lmda);
        w.u32(self.fl_offset.cast_unsigned());
        w.u32(self.grid_span);
        w.u32(self.tx_pwr);
    }
}
