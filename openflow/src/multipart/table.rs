use crate::TableId;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Counters of a flow table.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableStats {
    /// Which table.
    pub table_id: TableId,
    /// How many flows it holds.
    pub active_count: u32,
    /// How many packets were looked up in it.
    pub lookup_count: u64,
    /// How many of them hit a flow.
    pub matched_count: u64,
}

impl Wire for TableStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let table_id = TableId(r.u8()?);
        r.pad::<3>()?;
        let active_count = r.u32()?;
        let lookup_count = r.u64()?;
        let matched_count = r.u64()?;
        Ok(TableStats { table_id, active_count, lookup_count, matched_count })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.table_id.0);
        w.pad::<3>();
        w.u32(self.active_count);
        w.u64(self.lookup_count);
        w.u64(self.matched_count);
    }
}
