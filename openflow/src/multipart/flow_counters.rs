use crate::oxs::{decode_stats, encode_stats};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Match, StatsField, TableId};

/// What a flow has done, without what it does (`ofp_flow_stats`, OpenFlow 1.5.1): asked for, or told
/// because a threshold was passed.
///
/// ```text
/// length 2 | pad 2 | table_id 1 | reason 1 | priority 2 | match | statistics
/// ```
///
/// What OpenFlow 1.4 calls flow statistics is a [`FlowStats`](crate::FlowStats) in every version.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowCounters {
    /// Table that it is in.
    pub table_id: TableId,
    /// Why the switch tells.
    pub reason: FlowStatsReason,
    /// Its priority.
    pub priority: u16,
    /// Its match.
    pub fields: Match,
    /// What it has done.
    pub stats: Vec<StatsField>,
}

/// Why a switch tells what a flow has done: an open registry (`ofp_flow_stats_reason`, OpenFlow 1.5.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowStatsReason(pub u8);

impl FlowStatsReason {
    /// Somebody asked.
    pub const STATS_REQUEST: FlowStatsReason = FlowStatsReason(0);
    /// A threshold was passed.
    pub const STAT_TRIGGER: FlowStatsReason = FlowStatsReason(1);
}

impl Wire for FlowCounters {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::FlowStats, MINIMUM)?;
        r.pad::<2>()?;
        let counters = FlowCounters {
            table_id: TableId(r.u8()?),
            reason: FlowStatsReason(r.u8()?),
            priority: r.u16()?,
            fields: Match::decode(&mut r)?,
            stats: decode_stats(&mut r)?,
        };
        r.finish()?;
        Ok(counters)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            w.pad::<2>();
            w.u8(self.table_id.0);
            w.u8(self.reason.0);
            w.u16(self.priority);
            self.fields.encode(w);
            encode_stats(&self.stats, w);
        });
    }
}

/// An entry with a match of no fields and no statistics.
const MINIMUM: usize = 24;
