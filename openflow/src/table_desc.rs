use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{TableConfig, TableId, TableProperty};

/// How a table works (`ofp_table_desc`, OpenFlow 1.4 §7.3.5).
///
/// ```text
/// length 2 | table_id 1 | pad 1 | config 4 | properties
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableDesc {
    /// Which table.
    pub table_id: TableId,
    /// What is set.
    pub config: TableConfig,
    /// Properties.
    pub properties: Vec<TableProperty>,
}

impl Wire for TableDesc {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::TableDesc, MINIMUM)?;
        let table_id = TableId(r.u8()?);
        r.pad::<1>()?;
        let config = TableConfig::from_bits_retain(r.u32()?);
        Ok(TableDesc { table_id, config, properties: r.bounded_list(Structure::Property)? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            w.u8(self.table_id.0);
            w.pad::<1>();
            w.u32(self.config.bits());
            w.list(&self.properties);
        });
    }
}

/// A description without properties.
const MINIMUM: usize = 8;
