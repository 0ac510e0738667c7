//! The books of one switch: who heard each packet-in, and who answered it; and what they must add up to.
//!
//! The rules of counting are those of [`crate::oracle`]: an answer counts once the switch has carried it out.
//! Beside them stands who owed an answer, for a run in which something fails: a packet-in may go unanswered
//! only if every node that processed it, or held it back, was itself hit by a fault after it came. Who has
//! left a hand-over without winning owes nothing any more: the owner does.

use super::agenda::Micros;
use super::session::Fate;
use migration::{NodeId, Token};
use std::collections::BTreeMap;

/// The books of one switch.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    packets: Vec<Packet>,
    /// For each node that has lost a hand-over, the first packet-in that was raised after that.
    lost_before: BTreeMap<NodeId, u64>,
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
            // What was on its way to a loser is as the rest of what it held: the owner's.
            Fate::Held if self.lost_before.get(&by).is_some_and(|&before| number < before) => {}
            Fate::Held => packet.held_by |= 1 << by.0,
            Fate::Overflowed => self.overflowed += 1,
            Fate::Discarded => {}
        }
    }

    /// A node has left a hand-over without winning, and forgets what it held back: whoever took that over owes it
    /// now, and the answers that the switch refused, which were handed over with it.
    ///
    /// Who was hit since a packet-in came owes nothing, and so hands no debt over.
    pub(super) fn forgive(
        &mut self,
        node: NodeId,
        heir: Option<NodeId>,
        sound_since: Micros,
        handed_over: &[u64],
    ) {
        let me = 1 << node.0;
        if heir.is_none() {
            self.lost_before.insert(node, self.next_number());
        }
        for (number, packet) in (0..).zip(&mut self.packets).filter(|(_, p)| p.answers == 0) {
            let mut owed = packet.held_by & me != 0;
            packet.held_by &= !me;
            if heir.is_some() && handed_over.contains(&number) {
                owed |= packet.processed_by & me != 0;
                packet.processed_by &= !me;
            }
            let sound = sound_since < packet.raised_at;
            packet.held_by |= heir.filter(|_| owed && sound).map_or(0, |heir| 1 << heir.0);
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

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: NodeId = NodeId(1);
    const TARGET: NodeId = NodeId(2);

    /// Packet-ins at 10, 20, 30, of which the source has answered the first and holds the others back.
    fn books() -> Books {
        let mut books = Books::default();
        for (number, at) in [(0, 10), (1, 20), (2, 30)] {
            books.raise(at);
            books.heard(number, SOURCE, if number == 0 { Fate::Processed } else { Fate::Held });
        }
        books
    }

    fn owed(books: &Books, hit: &[NodeId]) -> Vec<(u64, Vec<NodeId>)> {
        books.owed(|node, _| !hit.contains(&node))
    }

    #[test]
    fn who_takes_over_owes_what_was_held_and_what_was_answered_in_vain() {
        let mut books = books();
        books.forgive(SOURCE, Some(TARGET), 0, &[0]);
        assert_eq!(owed(&books, &[SOURCE]), [0, 1, 2].map(|number| (number, vec![TARGET])));
        assert!(owed(&books, &[TARGET]).is_empty());
    }

    #[test]
    fn an_answer_that_was_not_handed_over_is_still_owed() {
        let mut books = books();
        books.forgive(SOURCE, Some(TARGET), 0, &[]);
        assert_eq!(owed(&books, &[TARGET]), [(0, vec![SOURCE])]);
    }

    #[test]
    fn who_was_hit_hands_no_debt_over() {
        let mut books = books();
        books.forgive(SOURCE, Some(TARGET), 25, &[]);
        assert_eq!(owed(&books, &[SOURCE]), [(2, vec![TARGET])]);
    }

    #[test]
    fn what_comes_late_to_a_loser_is_not_its_own() {
        let mut books = books();
        books.forgive(TARGET, None, 0, &[]);
        books.raise(40);
        books.heard(2, TARGET, Fate::Held);
        books.heard(3, TARGET, Fate::Held);
        assert_eq!(owed(&books, &[SOURCE]), [(3, vec![TARGET])]);
    }
}
