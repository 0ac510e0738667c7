use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{FlowRemovedReason, Instruction, Instructions, Match, TableId, Xid};

/// What a flow monitor tells (`ofp_flow_update_header`, OpenFlow 1.4 §7.3.5.17.2).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum FlowUpdate {
    /// What happened to a flow.
    Full(Box<FlowChange>),
    /// The controller's own request with this transaction id changed flows.
    Abbreviated(Xid),
    /// The switch has no room for more: until it resumes, changes go untold.
    Paused,
    /// The switch tells of changes again, and has told of those in between.
    Resumed,
    /// An event that this crate does not know.
    Unknown(Box<UnknownFlowUpdate>),
}

/// An update kept as it stood in the message.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UnknownFlowUpdate {
    /// The event.
    pub event: u16,
    /// What follows length and event.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub body: Bytes,
}

/// What happened to a flow (`ofp_flow_update_full`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowChange {
    /// What happened.
    pub event: FlowEvent,
    /// Table that the flow is in, or was.
    pub table_id: TableId,
    /// Why it was removed; 0 if it was not.
    pub reason: FlowRemovedReason,
    /// Seconds without a packet after which it expires.
    pub idle_timeout: u16,
    /// Seconds after which it expires.
    pub hard_timeout: u16,
    /// Its priority.
    pub priority: u16,
    /// Its cookie.
    pub cookie: u64,
    /// Its match.
    pub fields: Match,
    /// What becomes of the packets; empty if it was removed or if nobody asked.
    pub instructions: Instructions,
}

/// What can happen to a flow (`ofp_flow_update_event`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum FlowEvent {
    /// It was there when the monitor started.
    Initial = 0,
    /// It was added.
    Added = 1,
    /// It was removed.
    Removed = 2,
    /// Its instructions changed.
    Modified = 3,
}

impl Wire for FlowUpdate {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::FlowUpdate, MINIMUM)?;
        let update = match r.u16()? {
            0 => FlowUpdate::full(FlowEvent::Initial, &mut r)?,
            1 => FlowUpdate::full(FlowEvent::Added, &mut r)?,
            2 => FlowUpdate::full(FlowEvent::Removed, &mut r)?,
            3 => FlowUpdate::full(FlowEvent::Modified, &mut r)?,
            ABBREVIATED => FlowUpdate::Abbreviated(Xid(r.u32()?)),
            PAUSED => {
                r.pad::<4>()?;
                FlowUpdate::Paused
            }
            RESUMED => {
                r.pad::<4>()?;
                FlowUpdate::Resumed
            }
            event => FlowUpdate::Unknown(Box::new(UnknownFlowUpdate { event, body: r.rest() })),
        };
        r.finish()?;
        Ok(update)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| match self {
            FlowUpdate::Full(change) => change.encode(w),
            FlowUpdate::Abbreviated(xid) => {
                w.u16(ABBREVIATED);
                w.u32(xid.0);
            }
            FlowUpdate::Paused => {
                w.u16(PAUSED);
                w.pad::<4>();
            }
            FlowUpdate::Resumed => {
                w.u16(RESUMED);
                w.pad::<4>();
            }
            FlowUpdate::Unknown(update) => {
                w.u16(update.event);
                w.slice(&update.body);
            }
        });
    }
}

impl FlowUpdate {
    fn full(event: FlowEvent, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(FlowUpdate::Full(Box::new(FlowChange::decode(event, r)?)))
    }
}

impl FlowChange {
    /// Reads what follows the event.
    fn decode(event: FlowEvent, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let table_id = TableId(r.u8()?);
        let reason = FlowRemovedReason(r.u8()?);
        let (idle_timeout, hard_timeout, priority) = (r.u16()?, r.u16()?, r.u16()?);
        r.pad::<4>()?;
        Ok(FlowChange {
            event,
            table_id,
            reason,
            idle_timeout,
            hard_timeout,
            priority,
            cookie: r.u64()?,
            fields: Match::decode(r)?,
            instructions: Instruction::decode_list(r)?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.event as u16);
        w.u8(self.table_id.0);
        w.u8(self.reason.0);
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.u16(self.priority);
        w.pad::<4>();
        w.u64(self.cookie);
        self.fields.encode(w);
        Instruction::encode_list(&self.instructions, w);
    }
}

const ABBREVIATED: u16 = 4;
const PAUSED: u16 = 5;
const RESUMED: u16 = 6;
/// An update of which only the event is known.
const MINIMUM: usize = 4;
