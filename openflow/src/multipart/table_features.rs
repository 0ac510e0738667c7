use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{TableConfig, TableFeatureProperty, TableId, Text};

/// What a flow table can do, or shall do (`ofp_table_features`, OpenFlow 1.3.5 §7.3.5.5).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableFeatures {
    /// Which table.
    pub table_id: TableId,
    /// Its name.
    pub name: Text<32>,
    /// Which bits of the metadata flows can match.
    pub metadata_match: u64,
    /// Which bits of the metadata flows can write.
    pub metadata_write: u64,
    /// Which ways to configure it there are; none before OpenFlow 1.4.
    pub config: TableConfig,
    /// How many flows it holds at most.
    pub max_entries: u32,
    /// What its flows can match and do.
    pub properties: Vec<TableFeatureProperty>,
}

impl Wire for TableFeatures {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::TableFeatures, MINIMUM)?;
        let table_id = TableId(r.u8()?);
        r.pad::<5>()?;
        Ok(TableFeatures {
            table_id,
            name: Text::decode(&mut r)?,
            metadata_match: r.u64()?,
            metadata_write: r.u64()?,
            config: TableConfig::from_bits_retain(r.u32()?),
            max_entries: r.u32()?,
            properties: r.bounded_list(TableFeatureProperty::structure(r.version()))?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            w.u8(self.table_id.0);
            w.pad::<5>();
            self.name.encode(w);
            w.u64(self.metadata_match);
            w.u64(self.metadata_write);
            w.u32(self.config.bits());
            w.u32(self.max_entries);
            w.list(&self.properties);
        });
    }
}

/// A table without properties.
const MINIMUM: usize = 64;
