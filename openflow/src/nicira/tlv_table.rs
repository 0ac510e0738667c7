use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Which option of a tunnel is which `tun_metadata` field (`struct nx_tlv_map`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TlvMap {
    /// Class of the option.
    pub option_class: u16,
    /// Type of the option.
    pub option_type: u8,
    /// Length of the option's data, in bytes.
    pub option_len: u8,
    /// Number of the field among the `tun_metadata`.
    pub index: u16,
}

impl Wire for TlvMap {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let map = TlvMap {
            option_class: r.u16()?,
            option_type: r.u8()?,
            option_len: r.u8()?,
            index: r.u16()?,
        };
        r.pad::<2>()?;
        Ok(map)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.option_class);
        w.u8(self.option_type);
        w.u8(self.option_len);
        w.u16(self.index);
        w.pad::<2>();
    }
}

/// A change to the switch's table of options (`struct nx_tlv_table_mod`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TlvTableMod {
    /// What to do.
    pub command: TlvTableCommand,
    /// To what.
    pub maps: Vec<TlvMap>,
}

impl Wire for TlvTableMod {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let command = TlvTableCommand(r.u16()?);
        r.pad::<6>()?;
        Ok(TlvTableMod { command, maps: r.list()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.command.0);
        w.pad::<6>();
        w.list(&self.maps);
    }
}

/// What a [`TlvTableMod`] does: an open registry (`enum nx_tlv_table_mod_command`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TlvTableCommand(pub u16);

impl TlvTableCommand {
    /// Map options to fields.
    pub const ADD: TlvTableCommand = TlvTableCommand(0);
    /// Map these fields to nothing.
    pub const DELETE: TlvTableCommand = TlvTableCommand(1);
    /// Map nothing to nothing.
    pub const CLEAR: TlvTableCommand = TlvTableCommand(2);
}

/// The switch's table of options (`struct nx_tlv_table_reply`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TlvTable {
    /// How long all options may be together, in bytes.
    pub max_option_space: u32,
    /// How many there may be.
    pub max_fields: u16,
    /// Those that there are.
    pub maps: Vec<TlvMap>,
}

impl Wire for TlvTable {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (max_option_space, max_fields) = (r.u32()?, r.u16()?);
        r.pad::<10>()?;
        Ok(TlvTable { max_option_space, max_fields, maps: r.list()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.max_option_space);
        w.u16(self.max_fields);
        w.pad::<10>();
        w.list(&self.maps);
    }
}
