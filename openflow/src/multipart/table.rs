use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{TableId, Text, Version};

/// Counters of a flow table.
///
/// ```text
/// 1.0   number, padding, name, wildcards, room, counters: 64 bytes
/// 1.3   number, padding, counters: 24 bytes
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
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
    /// What the table can do, in OpenFlow 1.0; later table features say it.
    pub abilities: Option<Box<TableAbilities>>,
}

/// What a table of OpenFlow 1.0 can do.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableAbilities {
    /// What people call it.
    pub name: Text<32>,
    /// Which fields need not count in a match, as the wildcards of OpenFlow 1.0.
    pub wildcards: u32,
    /// How many flows it has room for.
    pub max_entries: u32,
}

impl Wire for TableStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let table_id = TableId(r.u8()?);
        r.pad::<3>()?;
        let abilities = match r.version() {
            Version::V1_0 => Some(Box::new(TableAbilities::decode(r)?)),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => None,
        };
        let active_count = r.u32()?;
        let lookup_count = r.u64()?;
        let matched_count = r.u64()?;
        Ok(TableStats { table_id, active_count, lookup_count, matched_count, abilities })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.table_id.0);
        w.pad::<3>();
        if w.version() == Version::V1_0 {
            self.abilities.as_deref().copied().unwrap_or_default().encode(w);
        }
        w.u32(self.active_count);
        w.u64(self.lookup_count);
        w.u64(self.matched_count);
    }
}

impl Wire for TableAbilities {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(TableAbilities { name: Text::decode(r)?, wildcards: r.u32()?, max_entries: r.u32()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.name.encode(w);
        w.u32(self.wildcards);
        w.u32(self.max_entries);
    }
}
