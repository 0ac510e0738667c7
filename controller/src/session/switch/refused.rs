//! What becomes of a command that the switch has refused outside of hand-overs.

use openflow::{BufferId, FlowMod, Instruction, Message, PacketOut};

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
}
