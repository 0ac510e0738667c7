//! What becomes of a packet: the tables, then the output actions.

use super::header::fields;
use super::{Change, ConnectionId, Output, Switch};
use bytes::Bytes;
use openflow::{
    Action, Actions, BufferId, ErrorCode, Instruction, Match, Message, PacketIn, PacketInReason,
    PacketOut, PortNo, TableId, Version, key,
};
use std::time::Duration;

/// Where a packet is, and why it is there.
struct Packet<'a> {
    in_port: PortNo,
    data: &'a Bytes,
    /// Table and cookie of the flow whose actions apply, and why the controller is told.
    table_id: TableId,
    cookie: u64,
    reason: PacketInReason,
}

impl Switch {
    /// A packet has come in by a port.
    pub fn receive(&mut self, in_port: PortNo, data: Bytes, now: Duration, out: &mut Vec<Output>) {
        if self.ports.get(&in_port).is_some_and(openflow::Port::is_up) {
            self.run_tables(in_port, &data, now, out);
        }
    }

    pub(super) fn packet_out(
        &mut self,
        from: ConnectionId,
        packet_out: PacketOut,
        now: Duration,
        out: &mut Vec<Output>,
    ) -> Result<(), ErrorCode> {
        if packet_out.buffer_id != BufferId::NO_BUFFER {
            return Err(BUFFER_UNKNOWN);
        }
        check_actions(&packet_out.actions)?;
        out.push(Output::Changed { by: from, what: Change::PacketOut(packet_out.data.clone()) });
        let packet = Packet {
            in_port: packet_out.in_port,
            data: &packet_out.data,
            table_id: TableId(0),
            cookie: u64::MAX,
            reason: PacketInReason::PACKET_OUT,
        };
        for action in &packet_out.actions {
            match action {
                Action::Output { port: PortNo::TABLE, .. } => {
                    self.run_tables(packet.in_port, packet.data, now, out);
                }
                Action::Output { port, .. } => self.output(*port, &packet, out),
                _ => {}
            }
        }
        Ok(())
    }

    fn run_tables(&mut self, in_port: PortNo, data: &Bytes, now: Duration, out: &mut Vec<Output>) {
        let fields = fields(in_port, data);
        let mut table = TableId(0);
        let mut written = Actions::new();
        loop {
            // "If there is no table-miss flow, packets unmatched are dropped" (OpenFlow 1.3.5 §5.4).
            let Some(flow) = self.flows.take(table, &fields, data.len(), now) else { return };
            let reason = if flow.is_table_miss() {
                PacketInReason::TABLE_MISS
            } else {
                PacketInReason::APPLY_ACTION
            };
            let packet = Packet { in_port, data, table_id: table, cookie: flow.cookie, reason };
            let instructions = flow.instructions.clone();
            let mut next = None;
            for instruction in &instructions {
                match instruction {
                    Instruction::ApplyActions(actions) => self.apply(actions, &packet, out),
                    Instruction::WriteActions(actions) => written.clone_from(actions),
                    Instruction::ClearActions => written.clear(),
                    Instruction::GotoTable(later) => next = Some(*later),
                    _ => {}
                }
            }
            match next {
                // Only ever onwards, so this ends.
                Some(later) if later > table => table = later,
                _ => return self.apply(&written, &packet, out),
            }
        }
    }

    fn apply(&self, actions: &[Action], packet: &Packet<'_>, out: &mut Vec<Output>) {
        for action in actions {
            if let Action::Output { port, .. } = action {
                self.output(*port, packet, out);
            }
        }
    }

    fn output(&self, port: PortNo, packet: &Packet<'_>, out: &mut Vec<Output>) {
        match port {
            PortNo::CONTROLLER => self.packet_in(packet, out),
            PortNo::IN_PORT => self.emit(packet.in_port, packet.data, out),
            PortNo::ALL | PortNo::FLOOD => {
                for &port in self.ports.keys().filter(|&&port| port != packet.in_port) {
                    self.emit(port, packet.data, out);
                }
            }
            // Back by where it came only if IN_PORT says so (OpenFlow 1.3.5 §7.2.5).
            port if port == packet.in_port => {}
            port => self.emit(port, packet.data, out),
        }
    }

    fn emit(&self, port: PortNo, data: &Bytes, out: &mut Vec<Output>) {
        if self.ports.get(&port).is_some_and(openflow::Port::is_up) {
            out.push(Output::Emit { port, data: data.clone() });
        }
    }

    fn packet_in(&self, packet: &Packet<'_>, out: &mut Vec<Output>) {
        for (&to, connection) in &self.connections {
            let Some(version) = connection.version else { continue };
            let reason = reason_in(version, packet.reason);
            if connection.masks.packet_in(connection.role, reason) {
                let message = Message::PacketIn(PacketIn {
                    buffer_id: BufferId::NO_BUFFER,
                    total_len: u16::try_from(packet.data.len()).unwrap_or(u16::MAX),
                    reason,
                    table_id: packet.table_id,
                    cookie: packet.cookie,
                    fields: Match::any().with(key::IN_PORT, packet.in_port),
                    data: packet.data.clone(),
                });
                out.extend(connection.send(to, message));
            }
        }
    }
}

/// Returns the reason as a version knows it: before 1.4, all that is no table miss is an action.
fn reason_in(version: Version, reason: PacketInReason) -> PacketInReason {
    match (version, reason) {
        (Version::V1_0 | Version::V1_3, PacketInReason::PACKET_OUT) => PacketInReason::APPLY_ACTION,
        (_, reason) => reason,
    }
}

/// Refuses what this switch cannot do.
pub(super) fn check(instructions: &[Instruction]) -> Result<(), ErrorCode> {
    for instruction in instructions {
        match instruction {
            Instruction::ApplyActions(actions) | Instruction::WriteActions(actions) => {
                check_actions(actions)?;
            }
            Instruction::GotoTable(_) | Instruction::ClearActions => {}
            Instruction::WriteMetadata { .. }
            | Instruction::Meter(_)
            | Instruction::StatTrigger { .. }
            | Instruction::Unknown { .. } => return Err(UNSUPPORTED_INSTRUCTION),
        }
    }
    Ok(())
}

fn check_actions(actions: &[Action]) -> Result<(), ErrorCode> {
    let outputs = actions.iter().all(|action| matches!(action, Action::Output { .. }));
    if outputs { Ok(()) } else { Err(ErrorCode::BAD_ACTION_TYPE) }
}

/// `OFPBRC_BUFFER_UNKNOWN`: this switch buffers nothing.
const BUFFER_UNKNOWN: ErrorCode = ErrorCode { kind: 1, code: 8 };
/// `OFPBIC_UNSUP_INST`.
const UNSUPPORTED_INSTRUCTION: ErrorCode = ErrorCode { kind: 3, code: 1 };
