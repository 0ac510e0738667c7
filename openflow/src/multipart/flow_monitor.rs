use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{ErrorCode, GroupId, Match, PortNo, TableId};

/// A monitor to start, change or stop: the switch tells what happens to the flows that it is about
/// (`ofp_flow_monitor_request`, OpenFlow 1.4 §7.3.5.17).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowMonitorRequest {
    /// By which number the controller knows the monitor.
    pub monitor_id: u32,
    /// Only flows that send to this port, unless [`PortNo::ANY`].
    pub out_port: PortNo,
    /// Only flows that send to this group, unless [`GroupId::ANY`].
    pub out_group: GroupId,
    /// What to tell.
    pub flags: FlowMonitorFlags,
    /// Table to look in, or all.
    pub table_id: TableId,
    /// What to do with the monitor.
    pub command: FlowMonitorCommand,
    /// Only flows that this match includes.
    pub fields: Match,
}

/// What to do with a flow monitor.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum FlowMonitorCommand {
    /// Start it.
    Add = 0,
    /// Change it.
    Modify = 1,
    /// Stop it.
    Delete = 2,
}

bitflags::bitflags! {
    /// What a flow monitor tells; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct FlowMonitorFlags: u16 {
        /// The flows that are there when the monitor starts.
        const INITIAL = 1 << 0;
        /// The flows that are added.
        const ADD = 1 << 1;
        /// The flows that are removed.
        const REMOVED = 1 << 2;
        /// The flows that change.
        const MODIFY = 1 << 3;
        /// Instructions too.
        const INSTRUCTIONS = 1 << 4;
        /// The controller's own changes in full, not just the xid that made them.
        const NO_ABBREV = 1 << 5;
        /// The controller's own changes only.
        const ONLY_OWN = 1 << 6;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(FlowMonitorFlags);

impl Wire for FlowMonitorRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut head = r.within(Structure::FlowMonitor, HEAD)?;
        Ok(FlowMonitorRequest {
            monitor_id: head.u32()?,
            out_port: PortNo(head.u32()?),
            out_group: GroupId(head.u32()?),
            flags: FlowMonitorFlags::from_bits_retain(head.u16()?),
            table_id: TableId(head.u8()?),
            command: FlowMonitorCommand::decode(&mut head)?,
            fields: Match::decode(r)?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.monitor_id);
        w.u32(self.out_port.0);
        w.u32(self.out_group.0);
        w.u16(self.flags.bits());
        w.u8(self.table_id.0);
        self.command.encode(w);
        self.fields.encode(w);
    }
}

impl Wire for FlowMonitorCommand {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        Ok(match r.u8()? {
            0 => FlowMonitorCommand::Add,
            1 => FlowMonitorCommand::Modify,
            2 => FlowMonitorCommand::Delete,
            value => {
                return Err(DecodeError::Value {
                    structure: Structure::FlowMonitor,
                    field: "command",
                    offset,
                    value: value.into(),
                    code: ErrorCode::FLOW_MONITOR_COMMAND,
                });
            }
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(*self as u8);
    }
}

/// What stands before the match.
const HEAD: usize = 16;
