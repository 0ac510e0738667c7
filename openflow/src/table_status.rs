use crate::TableDesc;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Body of `OFPT_TABLE_STATUS`: a table has little room, or more again (OpenFlow 1.4 §7.4.5).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableStatus {
    /// What happened to it.
    pub reason: TableReason,
    /// The table as it is now.
    pub table: TableDesc,
}

impl Wire for TableStatus {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let reason = TableReason(r.u8()?);
        r.pad::<7>()?;
        Ok(TableStatus { reason, table: TableDesc::decode(r)? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.reason.0);
        w.pad::<7>();
        self.table.encode(w);
    }
}

/// What happened to a table: an open registry (OpenFlow 1.4 §7.4.5).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TableReason(pub u8);

impl TableReason {
    /// There is less room than the lower threshold.
    pub const VACANCY_DOWN: TableReason = TableReason(3);
    /// There is more room than the upper threshold.
    pub const VACANCY_UP: TableReason = TableReason(4);
}
