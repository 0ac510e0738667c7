//! The marker: a packet-in that the target makes itself, with `OFPT_PACKET_OUT(output: CONTROLLER)`. It
//! comes to every `EQUAL` and `MASTER` controller at the same place in the switch's stream.
//!
//! ```text
//! dst 6 | src 6 | ethertype 0x88b5 | "BATON\0" | migration 8 | target 8 | nonce 8 | zeros up to 60
//! ```

use bytes::Bytes;
use migration::{MigrationId, NodeId};
use openflow::{
    Action, FlowMod, FlowModFlags, FlowRemoved, FlowRemovedReason, Match, Message, PacketIn,
    PacketOut, PortNo, key,
};

/// What a marker says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Marker {
    /// The migration.
    pub migration: MigrationId,
    /// The node that had the switch send it.
    pub target: NodeId,
    /// A number that only the parties know, so that no host can end a hand-over early.
    pub nonce: u64,
}

/// IEEE 802 local experimental ethertype 1.
const ETHERTYPE: [u8; 2] = [0x88, 0xb5];
const MAGIC: &[u8; 6] = b"BATON\0";
const HEADER: usize = 14;
/// How long the flow whose removal is the marker may stay, in seconds.
const FLOW_SECONDS: u16 = 10;
const MIN_FRAME: usize = 60;

impl Marker {
    /// Returns the packet-out that makes the switch send this marker.
    pub fn packet_out(self) -> Message {
        let mut data = Vec::with_capacity(MIN_FRAME);
        data.extend_from_slice(&[0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x02]);
        data.extend_from_slice(&ETHERTYPE);
        data.extend_from_slice(MAGIC);
        data.extend_from_slice(&self.migration.0.to_be_bytes());
        data.extend_from_slice(&self.target.0.to_be_bytes());
        data.extend_from_slice(&self.nonce.to_be_bytes());
        data.resize(MIN_FRAME, 0);
        let to_controllers = vec![Action::output(PortNo::CONTROLLER)];
        Message::PacketOut(PacketOut::new(to_controllers, Bytes::from(data)))
    }

    /// Returns the command that adds the flow whose removal is the marker: it matches nothing that has a port.
    pub fn plant(self) -> Message {
        let flow = FlowMod::add()
            .with_match(Match::any().with(key::IN_PORT, PortNo::CONTROLLER))
            .with_cookie(self.nonce)
            // Whoever planted it may die: the switch itself sees to it that no such flow stays.
            .with_hard_timeout(FLOW_SECONDS)
            .with_flags(FlowModFlags::SEND_FLOW_REM);
        Message::FlowMod(flow)
    }

    /// Returns the command that deletes that flow.
    pub fn cut(self) -> Message {
        Message::FlowMod(FlowMod::delete().with_cookie_filter(self.nonce, u64::MAX))
    }

    /// Returns whether `removed` is the end of that flow, as a marker: a flow that timed out marks nothing.
    pub fn is_cut(nonce: u64, removed: &FlowRemoved) -> bool {
        removed.cookie == nonce && removed.reason == FlowRemovedReason::DELETE
    }

    /// Returns the marker that `packet` carries; `None` for all that came in by a real port, whatever it
    /// says.
    pub fn of(packet: &PacketIn) -> Option<Self> {
        let body = packet.data.get(HEADER..)?;
        if packet.data.get(12..HEADER)? != ETHERTYPE || packet.in_port()? != PortNo::CONTROLLER {
            return None;
        }
        let numbers = body.strip_prefix(MAGIC)?;
        let number = |at: usize| {
            let bytes = numbers.get(at..at + 8)?;
            Some(u64::from_be_bytes(bytes.try_into().ok()?))
        };
        Some(Self {
            migration: MigrationId(number(0)?),
            target: NodeId(number(8)?),
            nonce: number(16)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_as_it_was_written_unless_a_host_sent_it() {
        let marker = Marker { migration: MigrationId(3), target: NodeId(2), nonce: 9 };
        let Message::PacketOut(out) = marker.packet_out() else { panic!("no packet-out") };
        let packet = |port| PacketIn {
            buffer_id: openflow::BufferId::NO_BUFFER,
            total_len: 60,
            reason: openflow::PacketInReason::APPLY_ACTION,
            table_id: openflow::TableId(0),
            cookie: 0,
            fields: Match::any().with(key::IN_PORT, port),
            data: out.data.clone(),
        };
        assert_eq!(Marker::of(&packet(PortNo::CONTROLLER)), Some(marker));
        assert_eq!(Marker::of(&packet(PortNo(1))), None);
    }
}
