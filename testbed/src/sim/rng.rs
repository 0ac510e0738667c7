//! Chance, from a seed: xoshiro256++, seeded by splitmix64 (Blackman and Vigna).

use crate::seeded::Seeded;

/// A generator of numbers that look like chance and are the same for the same seed.
#[derive(Clone, Debug)]
pub(super) struct Rng([u64; 4]);

impl Rng {
    /// Returns the generator of `seed`.
    pub(super) fn new(seed: u64) -> Self {
        let mut state = Seeded::new(seed);
        Self(std::array::from_fn(|_| state.bits()))
    }

    /// Returns a generator of its own for `purpose`, so that one purpose's draws do not shift another's.
    pub(super) fn fork(&self, purpose: u64) -> Self {
        let state = self.0[0] ^ self.0[2].rotate_left(17) ^ purpose;
        Self::new(Seeded::new(state).bits())
    }

    /// Returns the next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Returns a number below `bound`; 0 if that is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Returns a number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Returns whether what happens once in `n` times happens.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Returns one of `items`.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        items.get(self.below(items.len() as u64) as usize).copied()
    }

    /// Returns a number whose mean is `mean`, mostly below it, and seldom up to seven times as much.
    pub(super) fn around(&mut self, mean: u64) -> u64 {
        // The exponential distribution by its bits: the number of leading zeros is geometric.
        let bits = self.bits();
        let (halvings, fraction) = (u64::from(bits.leading_zeros()).min(9), bits & 0xffff);
        (mean * (halvings * 0x1_0000 + fraction) * 7 / 10) >> 16
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn a_seed_gives_one_sequence_and_another_seed_another() {
        let draw = |seed| {
            let mut rng = Rng::new(seed);
            [(); 8].map(|()| rng.bits())
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn bounds_hold_and_the_mean_is_about_right() {
        let mut rng = Rng::new(7);
        assert_eq!(rng.below(0), 0);
        assert!((0..1_000).all(|_| (3..=5).contains(&rng.between(3, 5))));
        let sum: u64 = (0..20_000).map(|_| rng.around(1_000)).sum();
        assert!((900..1_100).contains(&(sum / 20_000)), "{}", sum / 20_000);
    }
}
