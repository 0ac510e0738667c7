//! The books of one switch: who heard each packet-in, and who answered it; and what they must add up to.
//!
//! The rules of counting are those of [`crate::oracle`]: an answer counts once the switch has carried it out.
//! Beside them stands who owed an answer, for a run in which something fails: a packet-in may go unanswered
//! only if every node that processed it, or held it back, was itself hit by a fault after it came. Who has
//! left a hand-over without winning owes nothing any more: the owner does.

use super::agenda::Micros;
use super::session::Fate;
use migration::{NodeId, Token};

/// The books of one switch.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    packets: Vec<Packet>,
    newest_answered: Option<u64>,
    newest_token: Token,
    pub(super) twice: u64,
    pub(super) reordered: u64,
    pub(super) unheard: u64,
    /// Packet-ins that some node should have held back, and could not.
    pub(super) overflowed: u64,
    /// Longest time from a packet-in to its answer.
    pub(super) longest: Micros,
}

#[derive(Clone, Copy, Debug)]
struct Packet {
    raised_at: Micros,
    answers: u32,
    /// Nodes that processed it, a bit for each.
    processed_by: u64,
    /// Nodes that held it back, a bit for each.
    held_by: u64,
}

impl Books {
    /// Returns the number of the next packet-in.
    pub(super) fn next_number(&self) -> u64 {
        self.packets.len() as u64
    }

    pub(super) fn raise(&mut self, at: Micros) {
        self.packets.push(Packet { raised_at: at, answers: 0, processed_by: 0, held_by: 0 });
    }

    pub(super) fn heard(&mut self, number: u64, by: NodeId, fate: Fate) {
        let Some(packet) = self.packets.get_mut(number as usize) else { return };
        match fate {
            Fate::Processed => packet.processed_by |= 1 << by.0,
            Fate::Held => packet.held_by |= 1 << by.0,
            Fate::Overflowed => self.overflowed += 1,
            Fate::Discarded => {}
        }
    }

    /// A node has left a hand-over without winning, and forgets what it held back.
    pub(super) fn forgive(&mut self, node: NodeId, heir: Option<NodeId>) {
        for packet in self.packets.iter_mut().filter(|packet| packet.answers == 0) {
            let held = packet.held_by & (1 << node.0) != 0;
            packet.held_by &= !(1 << node.0);
            packet.held_by |= heir.filter(|_| held).map_or(0, |heir| 1 << heir.0);
        }
    }

    /// Books an answer that the switch has carried out; returns what is wrong with it, if nothing fails.
    pub(super) fn answered(&mut self, number: u64, at: Micros) -> Option<String> {
        let packet = self.packets.get_mut(number as usize)?;
        packet.answers += 1;
        if packet.answers > 1 {
            self.twice += u64::from(packet.answers == 2);
            return Some(format!("packet-in {number} is answered twice"));
        }
        self.longest = self.longest.max(at - packet.raised_at);
        let newest = self.newest_answered.replace(number.max(self.newest_answered.unwrap_or(0)));
        if newest.is_some_and(|newest| number < newest) {
            self.reordered += 1;
            return Some(format!("packet-in {number} is answered after a later one"));
        }
        None
    }

    /// Books the token under which a change was made that the switch has carried out; returns whether it is
    /// older than one that came before.
    pub(super) fn is_out_of_turn(&mut self, token: Token) -> bool {
        let out_of_turn = token < self.newest_token;
        self.newest_token = self.newest_token.max(token);
        out_of_turn
    }

    /// Returns how many packet-ins have no answer.
    pub(super) fn lost(&self) -> u64 {
        self.packets.iter().filter(|packet| packet.answers == 0).count() as u64
    }

    pub(super) fn raised(&self) -> u64 {
        self.packets.len() as u64
    }

    /// Returns packet-ins without an answer that a node owes one which is `sound` since they came.
    pub(super) fn owed(&self, sound: impl Fn(NodeId, Micros) -> bool) -> Vec<(u64, Vec<NodeId>)> {
        let unanswered = |(_, packet): &(u64, &Packet)| packet.answers == 0;
        let by = |(number, packet): (u64, &Packet)| {
            let nodes = (1..64)
                .map(NodeId)
                .filter(|node| (packet.processed_by | packet.held_by) & (1 << node.0) != 0);
            let sound: Vec<NodeId> = nodes.filter(|&node| sound(node, packet.raised_at)).collect();
            (!sound.is_empty()).then_some((number, sound))
        };
        (0..).zip(&self.packets).filter(unanswered).filter_map(by).collect()
    }

    /// Returns the first packet-in from `number` on that was not answered exactly once.
    pub(super) fn first_amiss_from(&self, number: u64) -> Option<(u64, u32)> {
        let late = (0..).zip(&self.packets).skip(number as usize);
        late.map(|(number, packet)| (number, packet.answers)).find(|(_, answers)| *answers != 1)
    }
}
