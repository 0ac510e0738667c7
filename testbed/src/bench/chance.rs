//! What chance decides about one hand-over: where to, and which candidates are slow.
//!
//! It depends on the seed and on the hand-over's number, and on nothing else: two cells that differ only in
//! how they choose meet the same glitches.

use super::cell::{Choice, Conditions};
use crate::seeded::Seeded;

/// What chance decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// Nodes that could be the target, all of which are prepared as such.
    pub pool: Vec<Drawn>,
    /// Nodes that the hand-over is told of.
    pub candidates: Vec<u64>,
}

/// One node of the pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Its number.
    pub node: u64,
    /// Whether its delays are longer this time.
    pub is_slow: bool,
    /// Whether it holds everything for a while.
    pub stalls: bool,
}

impl Draw {
    /// Draws for hand-over `number` among nodes that can take the switch.
    pub fn of(seed: u64, number: u64, conditions: &Conditions, nodes: &[u64]) -> Self {
        let mut order = nodes.to_vec();
        Seeded::of(seed, &[WHERE, number]).shuffle(&mut order);
        let mut chance = Seeded::of(seed, &[GLITCHES, number]);
        let drawn = |node| Drawn {
            node,
            is_slow: chance.chance(conditions.glitch.probability),
            stalls: chance.chance(conditions.stall.probability),
        };
        let pool: Vec<Drawn> = order.into_iter().take(conditions.candidates).map(drawn).collect();
        let candidates = match conditions.choice {
            Choice::Meta => pool.iter().map(|drawn| drawn.node).collect(),
            Choice::Fixed => {
                let one = Seeded::of(seed, &[PICK, number]).below(pool.len().max(1));
                pool.get(one).map(|drawn| drawn.node).into_iter().collect()
            }
        };
        Self { pool, candidates }
    }

    /// Returns whether a node is slow this time.
    pub fn is_slow(&self, node: u64) -> bool {
        self.pool.iter().any(|drawn| drawn.node == node && (drawn.is_slow || drawn.stalls))
    }
}

const WHERE: u64 = 1;
const GLITCHES: u64 = 2;
const PICK: u64 = 3;

#[cfg(test)]
mod tests {
    use super::super::cell::Glitch;
    use super::*;

    fn conditions(candidates: usize, choice: Choice) -> Conditions {
        let glitch = Glitch { probability: 0.1, factor: 4.0 };
        Conditions { candidates, choice, glitch, ..Conditions::default() }
    }

    fn slow(draw: &Draw) -> Vec<bool> {
        draw.pool.iter().map(|drawn| drawn.is_slow).collect()
    }

    #[test]
    fn fixed_and_meta_meet_the_same_glitches_wherever_the_switch_is() {
        for number in 0..200 {
            let fixed = Draw::of(1, number, &conditions(4, Choice::Fixed), &[1, 2, 3, 4]);
            let meta = Draw::of(1, number, &conditions(4, Choice::Meta), &[2, 3, 4, 5]);
            assert_eq!(slow(&fixed), slow(&meta));
            assert_eq!((fixed.candidates.len(), meta.candidates.len()), (1, 4));
            let fewer = Draw::of(1, number, &conditions(2, Choice::Meta), &[2, 3, 4, 5]);
            assert_eq!(slow(&fewer), slow(&meta)[..2]);
        }
    }

    #[test]
    fn the_fixed_one_is_slow_as_often_as_any_and_every_node_is_drawn() {
        let draws =
            (0..5_000).map(|n| Draw::of(1, n, &conditions(4, Choice::Fixed), &[1, 2, 3, 4]));
        let (mut slow, mut chosen) = (0, [0; 5]);
        for draw in draws {
            slow += u32::from(draw.is_slow(draw.candidates[0]));
            chosen[draw.candidates[0] as usize] += 1;
        }
        assert!((400..600).contains(&slow), "{slow}");
        assert!(chosen[1..].iter().all(|n| (1_100..1_400).contains(n)), "{chosen:?}");
    }

    #[test]
    fn without_nodes_there_is_no_candidate() {
        let draw = Draw::of(1, 1, &conditions(1, Choice::Fixed), &[]);
        assert!(draw.pool.is_empty() && draw.candidates.is_empty());
    }
}
