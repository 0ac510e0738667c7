use crate::Text;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Who made the switch, and what its owner calls it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Desc {
    /// Manufacturer.
    pub mfr_desc: Text<256>,
    /// Hardware.
    pub hw_desc: Text<256>,
    /// Software.
    pub sw_desc: Text<256>,
    /// Serial number.
    pub serial_num: Text<32>,
    /// What people call this datapath.
    pub dp_desc: Text<256>,
}

impl Wire for Desc {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Desc {
            mfr_desc: Text::decode(r)?,
            hw_desc: Text::decode(r)?,
            sw_desc: Text::decode(r)?,
            serial_num: Text::decode(r)?,
            dp_desc: Text::decode(r)?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.mfr_desc.encode(w);
        self.hw_desc.encode(w);
        self.sw_desc.encode(w);
        self.serial_num.encode(w);
        self.dp_desc.encode(w);
    }
}
