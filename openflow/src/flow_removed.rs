use crate::oxs::FlowTotals;
use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{Match, StatsField, TableId, Version};

/// Body of `OFPT_FLOW_REMOVED`: a flow that is no more.
///
/// ```text
/// 1.3   cookie 8 | priority 2 | reason 1 | table_id 1 | seconds 4 | nanoseconds 4 | idle 2 | hard 2
///       | packets 8 | bytes 8 | match
/// 1.5   table_id 1 | reason 1 | priority 2 | idle 2 | hard 2 | cookie 8 | match | statistics
/// ```
///
/// What the statistics of OpenFlow 1.5 do not say is all ones here.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowRemoved {
    /// Cookie of the flow.
    pub cookie: u64,
    /// Its priority.
    pub priority: u16,
    /// Why it is no more.
    pub reason: FlowRemovedReason,
    /// Table that it was in; 0 in OpenFlow 1.0, which does not tell.
    pub table_id: TableId,
    /// How long it was there, in whole seconds.
    pub duration_sec: u32,
    /// How long it was there beyond `duration_sec`, in nanoseconds.
    pub duration_nsec: u32,
    /// Its idle timeout, in seconds.
    pub idle_timeout: u16,
    /// Its hard timeout, in seconds; 0 in OpenFlow 1.0, which does not tell.
    pub hard_timeout: u16,
    /// How many packets it took.
    pub packet_count: u64,
    /// How many bytes they had.
    pub byte_count: u64,
    /// Its match.
    pub fields: Match,
    /// What else the switch says of it; nothing before OpenFlow 1.5.
    pub other_stats: Vec<StatsField>,
}

impl FlowRemoved {
    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (fields, cookie, priority) = (Match::decode(r)?, r.u64()?, r.u16()?);
        let reason = FlowRemovedReason(r.u8()?);
        r.pad::<1>()?;
        let (duration_sec, duration_nsec, idle_timeout) = (r.u32()?, r.u32()?, r.u16()?);
        r.pad::<2>()?;
        Ok(FlowRemoved {
            cookie,
            priority,
            reason,
            table_id: TableId(0),
            duration_sec,
            duration_nsec,
            idle_timeout,
            hard_timeout: 0,
            packet_count: r.u64()?,
            byte_count: r.u64()?,
            fields,
            other_stats: Vec::new(),
        })
    }

    fn encode_1_0(&self, w: &mut Writer<'_>) {
        self.fields.encode(w);
        w.u64(self.cookie);
        w.u16(self.priority);
        w.u8(self.reason.0);
        w.pad::<1>();
        w.u32(self.duration_sec);
        w.u32(self.duration_nsec);
        w.u16(self.idle_timeout);
        w.pad::<2>();
        w.u64(self.packet_count);
        w.u64(self.byte_count);
    }

    fn decode_1_3(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(FlowRemoved {
            cookie: r.u64()?,
            priority: r.u16()?,
            reason: FlowRemovedReason(r.u8()?),
            table_id: TableId(r.u8()?),
            duration_sec: r.u32()?,
            duration_nsec: r.u32()?,
            idle_timeout: r.u16()?,
            hard_timeout: r.u16()?,
            packet_count: r.u64()?,
            byte_count: r.u64()?,
            fields: Match::decode(r)?,
            other_stats: Vec::new(),
        })
    }

    fn decode_1_5(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let table_id = TableId(r.u8()?);
        let reason = FlowRemovedReason(r.u8()?);
        let (priority, idle_timeout, hard_timeout) = (r.u16()?, r.u16()?, r.u16()?);
        let cookie = r.u64()?;
        let fields = Match::decode(r)?;
        let (totals, other_stats) = FlowTotals::decode(r)?;
        let FlowTotals { duration_sec, duration_nsec, packet_count, byte_count } = totals;
        Ok(FlowRemoved {
            cookie,
            priority,
            reason,
            table_id,
            duration_sec,
            duration_nsec,
            idle_timeout,
            hard_timeout,
            packet_count,
            byte_count,
            fields,
            other_stats,
        })
    }

    fn encode_1_3(&self, w: &mut Writer<'_>) {
        w.u64(self.cookie);
        w.u16(self.priority);
        w.u8(self.reason.0);
        w.u8(self.table_id.0);
        w.u32(self.duration_sec);
        w.u32(self.duration_nsec);
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.u64(self.packet_count);
        w.u64(self.byte_count);
        self.fields.encode(w);
    }

    fn encode_1_5(&self, w: &mut Writer<'_>) {
        let Self { duration_sec, duration_nsec, packet_count, byte_count, .. } = *self;
        w.u8(self.table_id.0);
        w.u8(self.reason.0);
        w.u16(self.priority);
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.u64(self.cookie);
        self.fields.encode(w);
        let totals = FlowTotals { duration_sec, duration_nsec, packet_count, byte_count };
        totals.encode(&self.other_stats, w);
    }
}

impl Wire for FlowRemoved {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 => FlowRemoved::decode_1_0(r),
            Version::V1_3 | Version::V1_4 => FlowRemoved::decode_1_3(r),
            Version::V1_5 => FlowRemoved::decode_1_5(r),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 => self.encode_1_0(w),
            Version::V1_3 | Version::V1_4 => self.encode_1_3(w),
            Version::V1_5 => self.encode_1_5(w),
        }
    }
}

/// Why a flow is no more: an open registry (OpenFlow 1.4 §7.4.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowRemovedReason(pub u8);

impl FlowRemovedReason {
    /// No packet for its idle timeout.
    pub const IDLE_TIMEOUT: FlowRemovedReason = FlowRemovedReason(0);
    /// Its hard timeout passed.
    pub const HARD_TIMEOUT: FlowRemovedReason = FlowRemovedReason(1);
    /// Deleted by a flow-mod.
    pub const DELETE: FlowRemovedReason = FlowRemovedReason(2);
    /// Its group was deleted.
    pub const GROUP_DELETE: FlowRemovedReason = FlowRemovedReason(3);
    /// Its meter was deleted (1.4 on).
    pub const METER_DELETE: FlowRemovedReason = FlowRemovedReason(4);
    /// Evicted to make room (1.4 on).
    pub const EVICTION: FlowRemovedReason = FlowRemovedReason(5);
}
