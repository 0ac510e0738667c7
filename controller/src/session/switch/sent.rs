//! Commands that the switch may yet refuse: an answer that is on its way when the switch changes hands comes
//! too late, and whoever takes over sends it again.

use openflow::{Message, Xid};

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
            let place = generation.iter().position(|(sent, _)| *sent == xid)?;
            Some(generation.remove(place).1)
        })
    }

    /// Forgets what is older than the last turn.
    pub(super) fn turn(&mut self) {
        self.old = std::mem::take(&mut self.new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
