//! The marker, as a node writes and reads it: mirrors `controller::handover::Marker`.

use bytes::Bytes;
use migration::{MigrationId, NodeId};
use openflow::{
    Action, FlowMod, FlowModFlags, FlowRemoved, FlowRemovedReason, Match, Message, PacketIn,
    PacketOut, PortNo, key,
};

/// What a marker says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Marker {
    pub(super) migration: MigrationId,
    /// The node that it stands for.
    pub(super) target: NodeId,
    pub(super) nonce: u64,
}

/// Destination, source, IEEE 802 local experimental ethertype 1, and the magic.
const PREFIX: &[u8; 20] = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x88\xb5BATON\0";
const FLOW_SECONDS: u16 = 10;

impl Marker {
    pub(super) fn packet_out(self) -> Message {
        let mut data = PREFIX.to_vec();
        for number in [self.migration.0, self.target.0, self.nonce] {
            data.extend_from_slice(&number.to_be_bytes());
        }
        data.resize(60, 0);
        Message::PacketOut(PacketOut::new(
            vec![Action::output(PortNo::CONTROLLER)],
            Bytes::from(data),
        ))
    }

    pub(super) fn plant(self) -> Message {
        let flow = FlowMod::add()
            .with_match(Match::any().with(key::IN_PORT, PortNo::CONTROLLER))
            .with_cookie(self.nonce)
            .with_hard_timeout(FLOW_SECONDS)
            .with_flags(FlowModFlags::SEND_FLOW_REM);
        Message::FlowMod(flow)
    }

    pub(super) fn cut(self) -> Message {
        Message::FlowMod(FlowMod::delete().with_cookie_filter(self.nonce, u64::MAX))
    }

    pub(super) fn is_cut(nonce: u64, removed: &FlowRemoved) -> bool {
        removed.cookie == nonce && removed.reason == FlowRemovedReason::DELETE
    }

    pub(super) fn of(packet: &PacketIn) -> Option<Self> {
        let rest = packet.data.strip_prefix(PREFIX)?;
        if packet.in_port()? != PortNo::CONTROLLER {
            return None;
        }
        let number = |at: usize| Some(u64::from_be_bytes(rest.get(at..at + 8)?.try_into().ok()?));
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
