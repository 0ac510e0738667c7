//! What is going to happen in a batch, drawn from a seed: kinds, times, and dice for whatever is left to choose when
//! the time comes, such as which of the nodes that still stand.

use super::Kind;
use crate::seeded::Seeded;
use serde::Serialize;

/// One fault as it is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Blow {
    /// What.
    pub kind: Kind,
    /// When it begins, in milliseconds of the batch.
    pub begins_ms: u64,
    /// For how long.
    pub lasts_ms: u64,
    /// Decides whom it befalls.
    pub dice: u64,
}

/// Kinds of faults, of which every one comes before any comes again.
#[derive(Clone, Debug)]
pub struct Deck {
    kinds: Vec<Kind>,
    left: Vec<Kind>,
    chance: Seeded,
}

impl Deck {
    /// Returns a deck of `kinds`, shuffled by a seed.
    pub fn new(kinds: &[Kind], seed: u64) -> Self {
        Self { kinds: kinds.to_vec(), left: vec![], chance: Seeded::of(seed, &[CHAOS]) }
    }

    /// Draws the faults of one batch, by the time at which they begin: at least one and at most `most`.
    pub fn batch(&mut self, most: usize) -> Vec<Blow> {
        let number = 1 + self.chance.below(most.max(1));
        let mut blows: Vec<Blow> = (0..number).filter_map(|nth| self.draw(nth)).collect();
        blows.sort_by_key(|blow| blow.begins_ms);
        blows
    }

    fn draw(&mut self, nth: usize) -> Option<Blow> {
        if self.left.is_empty() {
            self.left.clone_from(&self.kinds);
            self.chance.shuffle(&mut self.left);
        }
        let kind = self.left.pop()?;
        let (least, most) = kind.lasts_ms();
        // Every other freeze is over before the lease is.
        let is_short = matches!(kind, Kind::Stop | Kind::StopLeader) && self.chance.chance(0.5);
        let most = if is_short { SHORT_MS } else { most };
        let lasts_ms = least + self.chance.below((most - least) as usize + 1) as u64;
        let begins_ms = if nth == 0 { 0 } else { self.chance.below(WITHIN_MS) as u64 };
        Some(Blow { kind, begins_ms, lasts_ms, dice: self.chance.bits() })
    }
}

/// Sets the seed's use here apart from others.
const CHAOS: u64 = 0xc405;
/// Faults of a batch begin within this time.
const WITHIN_MS: usize = 2_500;
/// Less than `timing.lease_ms` by so much that a busy machine makes no more of it.
pub(super) const SHORT_MS: u64 = 350;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_comes_before_any_comes_again_and_the_seed_decides() {
        let drawn = |seed| {
            let mut deck = Deck::new(&Kind::ALL, seed);
            (0..100).flat_map(|_| deck.batch(3)).collect::<Vec<_>>()
        };
        let mut deck = Deck::new(&Kind::ALL, 7);
        let first: Vec<Blow> = (0..Kind::ALL.len()).flat_map(|nth| deck.draw(nth)).collect();
        let kinds: BTreeSet<Kind> = first.iter().map(|blow| blow.kind).collect();
        assert_eq!(kinds.len(), Kind::ALL.len());
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        for Blow { kind, lasts_ms, .. } in drawn(3) {
            let (least, most) = kind.lasts_ms();
            assert!((least..=most).contains(&lasts_ms), "{kind} {lasts_ms}");
        }
    }
}
