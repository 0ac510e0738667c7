//! What becomes of a packet-in: the one place that decides it.
//!
//! ```text
//! owner   Process ──marker──> Shadow ──done──> Discard   aborted: Shadow ──release──> Process
//! target  Discard ──start──> Buffer ─cut─> Buffer ──release──> Process
//! ```
//!
//! A target buffers from the moment that it may hear packet-ins, and remembers where its cut is: what
//! came before the cut is the source's to process, and is needed only if the source dies.
//!
//! An owner with several candidates shadows from the first marker, and marks the place of each: once it has
//! chosen, it processes what came before that candidate's marker, and goes on holding the rest.

use crate::NodeId;
use std::collections::VecDeque;

/// Holds packet-ins back, in the switch's order, or lets them through.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Gate<P> {
    mode: Mode,
    /// What is held back, each with the memory that it takes.
    held: VecDeque<(P, usize)>,
    /// How many of `held` came before the cut.
    early: usize,
    /// What another party kept: it comes after the early ones and before all others.
    taken: Vec<P>,
    /// How many of `held` came before each candidate's marker.
    marks: Vec<(NodeId, usize)>,
    bytes: usize,
    limit: Limit,
}

/// What a gate does with the next packet-in.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Mode {
    /// This node answers for the switch.
    Process,
    /// This node may have to answer: as the target of a hand-over that is under way.
    Buffer,
    /// This node may have to answer again: as a source past its cut, or an owner without a lease.
    Shadow,
    /// Another node answers.
    Discard,
}

/// Bounds of what a gate holds back.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Limit {
    /// Packet-ins.
    pub packets: usize,
    /// Bytes of packet-ins.
    pub bytes: usize,
}

impl Default for Limit {
    fn default() -> Self {
        Self { packets: 100_000, bytes: 64 << 20 }
    }
}

/// What becomes of one packet-in.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub enum Verdict<P> {
    /// To be processed now.
    Process(P),
    /// Held back.
    Held,
    /// Another node's.
    Discarded(P),
    /// It should have been held back, but a bound is reached.
    Overflow(P),
}

/// A change of what a gate does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Order {
    /// Holds back what comes, as a target.
    Buffer,
    /// What is held was the source's; what comes is the target's.
    Cut,
    /// Holds back what comes, as a source past its cut.
    Shadow,
    /// Here is a candidate's marker; the first of each counts.
    Mark(NodeId),
    /// Lets through what came before a candidate's marker, and goes on holding the rest back.
    Choose(NodeId),
    /// Lets through what came since the cut, forgets the rest, and processes from now on.
    Release,
    /// Lets through all that is held, and processes from now on.
    ReleaseAll,
    /// Forgets what is held, and discards from now on.
    Drop,
}

impl<P> Gate<P> {
    /// Returns a gate that discards everything.
    pub fn new(limit: Limit) -> Self {
        Self {
            mode: Mode::Discard,
            held: VecDeque::new(),
            early: 0,
            taken: Vec::new(),
            marks: Vec::new(),
            bytes: 0,
            limit,
        }
    }

    /// Returns what becomes of the next packet-in.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns how many packet-ins are held back that came since the cut, what was taken over included.
    pub fn held(&self) -> usize {
        self.taken.len() + self.held.len() - self.early
    }

    /// Returns what is held back since the cut, in the switch's order.
    pub fn kept(&self) -> impl Iterator<Item = &P> {
        self.taken.iter().chain(self.held.iter().skip(self.early).map(|(packet, _)| packet))
    }

    /// Takes in what another party kept: it came before all that is held back here since the cut, wherever
    /// that will be.
    ///
    /// Its bound was the other party's, which held no more than its own limit allows. What comes when nothing is
    /// held back any more has come before, or too late.
    pub fn take_over(&mut self, kept: Vec<P>) {
        if self.mode == Mode::Buffer {
            self.taken.extend(kept);
        }
    }

    /// Decides what becomes of `packet`, which takes `bytes` bytes of memory.
    pub fn offer(&mut self, packet: P, bytes: usize) -> Verdict<P> {
        match self.mode {
            Mode::Process => Verdict::Process(packet),
            Mode::Discard => Verdict::Discarded(packet),
            Mode::Buffer | Mode::Shadow => {
                let full = self.held.len() >= self.limit.packets
                    || self.bytes.saturating_add(bytes) > self.limit.bytes;
                if full {
                    return Verdict::Overflow(packet);
                }
                self.bytes += bytes;
                self.held.push_back((packet, bytes));
                Verdict::Held
            }
        }
    }

    /// Carries `order` out; returns the packet-ins to process now, in the switch's order.
    #[must_use = "what is returned is held nowhere else"]
    pub fn order(&mut self, order: Order) -> VecDeque<P> {
        match order {
            Order::Buffer => self.mode = Mode::Buffer,
            Order::Shadow => self.mode = Mode::Shadow,
            Order::Cut => self.early = self.held.len(),
            Order::Mark(candidate) => {
                if self.marks.iter().all(|(marked, _)| *marked != candidate) {
                    self.marks.push((candidate, self.held.len()));
                }
            }
            Order::Choose(candidate) => {
                let chosen = self.marks.iter().find(|(marked, _)| *marked == candidate);
                let before = chosen.map_or(0, |(_, before)| *before);
                self.marks.clear();
                self.bytes -= self.held.iter().take(before).map(|(_, bytes)| bytes).sum::<usize>();
                return self.held.drain(..before).map(|(packet, _)| packet).collect();
            }
            Order::Release => {
                self.held.drain(..self.early);
                self.early = 0;
                return self.empty(Mode::Process);
            }
            Order::ReleaseAll => return self.empty(Mode::Process),
            Order::Drop => drop(self.empty(Mode::Discard)),
        }
        VecDeque::new()
    }

    /// Lets go of everything: what came before the cut, what was taken over, what came since.
    fn empty(&mut self, mode: Mode) -> VecDeque<P> {
        let mut early = std::mem::take(&mut self.held);
        let since = early.split_off(self.early);
        let taken = std::mem::take(&mut self.taken);
        (self.mode, self.early, self.bytes) = (mode, 0, 0);
        self.marks.clear();
        let bare = |(packet, _)| packet;
        early.into_iter().map(bare).chain(taken).chain(since.into_iter().map(bare)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate_with(orders: &[Order]) -> Gate<u32> {
        let mut gate = Gate::new(Limit { packets: 3, bytes: 1_000 });
        for &order in orders {
            assert!(gate.order(order).is_empty());
        }
        gate
    }

    #[test]
    fn a_target_processes_what_came_since_its_cut_in_order() {
        let mut gate = gate_with(&[Order::Buffer]);
        assert_eq!(gate.offer(1, 10), Verdict::Held);
        assert!(gate.order(Order::Cut).is_empty());
        assert_eq!((gate.offer(2, 10), gate.offer(3, 10)), (Verdict::Held, Verdict::Held));
        assert_eq!(gate.held(), 2);
        assert_eq!(gate.order(Order::Release), [2, 3]);
        assert_eq!(gate.offer(4, 10), Verdict::Process(4));
    }

    #[test]
    fn an_heir_processes_all_that_it_heard() {
        let mut gate = gate_with(&[Order::Buffer]);
        let _ = gate.offer(1, 10);
        let _ = gate.order(Order::Cut);
        let _ = gate.offer(2, 10);
        assert_eq!(gate.order(Order::ReleaseAll), [1, 2]);
    }

    #[test]
    fn a_source_that_stays_owner_replays_its_shadow() {
        let mut gate = gate_with(&[Order::ReleaseAll]);
        assert_eq!(gate.offer(1, 10), Verdict::Process(1));
        assert!(gate.order(Order::Shadow).is_empty());
        assert_eq!(gate.offer(2, 10), Verdict::Held);
        assert_eq!(gate.order(Order::Release), [2]);
        assert_eq!(gate.mode(), Mode::Process);
    }

    #[test]
    fn a_source_that_chooses_processes_what_came_before_that_marker() {
        let mut gate = gate_with(&[Order::Shadow, Order::Mark(NodeId(1))]);
        let _ = gate.offer(1, 10);
        assert!(gate.order(Order::Mark(NodeId(2))).is_empty());
        let _ = gate.offer(2, 10);
        assert!(gate.order(Order::Mark(NodeId(1))).is_empty(), "the first counts");
        assert_eq!(gate.order(Order::Choose(NodeId(2))), [1]);
        assert_eq!((gate.mode(), gate.held()), (Mode::Shadow, 1));
        assert_eq!(gate.order(Order::Release), [2]);
    }

    #[test]
    fn what_another_kept_comes_before_what_was_heard_since_the_cut() {
        let mut gate = gate_with(&[Order::Buffer]);
        let _ = gate.offer(1, 10);
        let _ = gate.order(Order::Cut);
        let _ = gate.offer(4, 10);
        gate.take_over(vec![2, 3]);
        assert!(gate.kept().eq(&[2, 3, 4]));
        assert_eq!(gate.order(Order::Release), [2, 3, 4]);
    }

    #[test]
    fn what_another_kept_may_come_before_the_cut_is_known() {
        let mut gate = gate_with(&[Order::Buffer]);
        gate.take_over(vec![1, 2]);
        let _ = gate.offer(2, 10);
        assert!(gate.order(Order::Cut).is_empty());
        let _ = gate.offer(3, 10);
        assert_eq!(
            gate.order(Order::Release),
            [1, 2, 3],
            "only what was heard before the cut is dropped"
        );
    }

    #[test]
    fn what_another_kept_and_tells_again_is_not_kept_for_the_next_time() {
        for order in [Order::ReleaseAll, Order::Drop] {
            let mut gate = gate_with(&[Order::Buffer, order]);
            gate.take_over(vec![1]);
            assert!(gate.order(Order::Buffer).is_empty());
            assert_eq!(gate.held(), 0, "{order:?}");
        }
    }

    #[test]
    fn what_a_choice_lets_through_makes_room() {
        let mut gate = gate_with(&[Order::Shadow]);
        assert_eq!(gate.offer(1, 900), Verdict::Held);
        assert!(gate.order(Order::Mark(NodeId(1))).is_empty());
        assert_eq!(gate.order(Order::Choose(NodeId(1))), [1]);
        assert_eq!(gate.offer(2, 900), Verdict::Held);
    }

    #[test]
    fn both_bounds_hold_and_what_is_refused_comes_back() {
        let mut gate = gate_with(&[Order::Shadow]);
        assert_eq!(gate.offer(1, 1_001), Verdict::Overflow(1));
        for packet in 0..3 {
            assert_eq!(gate.offer(packet, 10), Verdict::Held);
        }
        assert_eq!(gate.offer(9, 10), Verdict::Overflow(9));
        assert_eq!(gate.order(Order::Release), [0, 1, 2]);
    }

    #[test]
    fn a_standby_discards_and_forgets() {
        let mut gate = gate_with(&[Order::Buffer]);
        let _ = gate.offer(1, 10);
        assert!(gate.order(Order::Drop).is_empty());
        assert_eq!(gate.offer(2, 10), Verdict::Discarded(2));
        assert!(gate.order(Order::ReleaseAll).is_empty());
    }
}
