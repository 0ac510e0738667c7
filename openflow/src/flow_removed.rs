use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{Match, TableId, Version};

/// Body of `OFPT_FLOW_REMOVED`: a flow that is no more.
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
}

impl Wire for FlowRemoved {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.version() == Version::V1_0 {
            return FlowRemoved::decode_1_0(r);
        }
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
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        if w.version() == Version::V1_0 {
            return self.encode_1_0(w);
        }
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
