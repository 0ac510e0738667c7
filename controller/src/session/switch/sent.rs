//! Commands that the switch may yet refuse: an answer that is on its way when the switch changes hands comes
//! too late, and whoever takes over sends it again.

use openflow::{BufferId, FlowMod, Instruction, Message, PacketOut, Xid};

/// The commands of the last moments, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Sent {
    old: Vec<(Xid, Message)>,
    new: Vec<(Xid, Message)>,
}

/// Commands of one generation; more are not remembered.
const MAX: usize = 8_192;

impl Sent {
    /// Remembers a command for at least one and at most two turns.
    pub(super) fn remember(&mut self, xid: Xid, command: Message) {
        if self.new.len() < MAX {
            self.new.push((xid, command));
        }
    }

    /// Returns the command that was sent with `xid`, if it is remembered.
    pub(super) fn take(&mut self, xid: Xid) -> Option<Message> {
        [&mut self.old, &mut self.new].into_iter().find_map(|generation| {
            // Transaction ids grow.
            let place = generation.binary_search_by_key(&xid, |(sent, _)| *sent).ok()?;
            Some(generation.remove(place).1)
        })
    }

    /// Forgets what is older than the last turn.
    pub(super) fn turn(&mut self) {
        self.old = std::mem::take(&mut self.new);
    }
}

/// Returns what still answers the packet that `command` was to answer besides adding a flow, if it was.
pub(super) fn without_flow(command: Message) -> Option<Message> {
    let Message::FlowMod(FlowMod { buffer_id, fields, instructions, .. }) = command else {
        return None;
    };
    let in_port = fields.in_port().filter(|_| buffer_id != BufferId::NO_BUFFER)?;
    let actions = instructions.into_iter().find_map(|instruction| match instruction {
        Instruction::ApplyActions(actions) => Some(actions),
        _ => None,
    })?;
    Some(Message::PacketOut(PacketOut {
        buffer_id,
        in_port,
        ..PacketOut::new(actions, bytes::Bytes::new())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use openflow::{Action, Match, PortNo, key};

    #[test]
    fn only_a_flow_that_takes_a_kept_packet_leaves_one_behind() {
        let actions = vec![Action::output(PortNo(2))];
        let from = Match::any().with(key::IN_PORT, PortNo(1));
        let flow = FlowMod::add().with_match(from).with_actions(actions.clone());
        assert_eq!(without_flow(Message::FlowMod(flow.clone())), None);
        let buffer_id = BufferId(7);
        let left = without_flow(Message::FlowMod(FlowMod { buffer_id, ..flow }));
        let answer = PacketOut::new(actions, bytes::Bytes::new());
        let answer = PacketOut { buffer_id, in_port: PortNo(1), ..answer };
        assert_eq!(left, Some(Message::PacketOut(answer)));
        assert_eq!(without_flow(Message::BarrierRequest), None);
    }

    #[test]
    fn a_command_is_remembered_for_a_turn_and_taken_once() {
        let mut sent = Sent::default();
        for xid in 1..=3 {
            sent.remember(Xid(xid), Message::BarrierRequest);
        }
        sent.turn();
        assert_eq!(sent.take(Xid(2)), Some(Message::BarrierRequest));
        assert_eq!(sent.take(Xid(2)), None);
        sent.turn();
        assert_eq!(sent.take(Xid(1)), None);
    }
}
