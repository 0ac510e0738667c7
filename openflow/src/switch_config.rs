use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Body of `OFPT_SET_CONFIG` and `OFPT_GET_CONFIG_REPLY`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SwitchConfig {
    /// What to do with IP fragments: 0 nothing special, 1 drop, 2 reassemble.
    pub flags: u16,
    /// How many bytes of a packet go into a packet-in that no output action caused.
    pub miss_send_len: u16,
}

impl Wire for SwitchConfig {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(SwitchConfig { flags: r.u16()?, miss_send_len: r.u16()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.flags);
        w.u16(self.miss_send_len);
    }
}
