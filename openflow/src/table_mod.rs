use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{TableConfig, TableId, TableProperty, Version};

/// Body of `OFPT_TABLE_MOD`: a change to how a table works (OpenFlow 1.4 §7.3.3).
///
/// ```text
/// table_id 1 | pad 3 | config 4 | properties (1.4 on)
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableMod {
    /// Table to change, or [`TableId::ALL`].
    pub table_id: TableId,
    /// What to set; 1.3 defines nothing.
    pub config: TableConfig,
    /// Properties, from OpenFlow 1.4 on; never sent before.
    pub properties: Vec<TableProperty>,
}

impl Wire for TableMod {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let table_id = TableId(r.u8()?);
        r.pad::<3>()?;
        let config = TableConfig::from_bits_retain(r.u32()?);
        let properties = match r.version() {
            Version::V1_0 | Version::V1_3 => Vec::new(),
            Version::V1_4 | Version::V1_5 => r.bounded_list(Structure::Property)?,
        };
        Ok(TableMod { table_id, config, properties })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.table_id.0);
        w.pad::<3>();
        w.u32(self.config.bits());
        match w.version() {
            Version::V1_0 | Version::V1_3 => {}
            Version::V1_4 | Version::V1_5 => w.list(&self.properties),
        }
    }
}
