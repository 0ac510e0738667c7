//! Chance that a seed replays: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).

/// A sequence of numbers that its seed determines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seeded(u64);

impl Seeded {
    /// Returns the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a sequence of its own for each list of `words`, such as a purpose and a number.
    pub fn of(seed: u64, words: &[u64]) -> Self {
        let mix = |mixed: u64, &word: &u64| Self(mixed ^ word.wrapping_mul(GOLDEN)).bits();
        Self(words.iter().fold(Self(seed).bits(), mix))
    }

    /// Returns the next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 up to, but not, 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((self.unit() * end as f64) as usize).min(end.saturating_sub(1))
    }

    /// Returns `true` with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Returns a number of the standard normal distribution (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Puts `items` into an order in which every one is as likely anywhere (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_paper() {
        let mut seeded = Seeded::new(1_234_567);
        let first = [seeded.bits(), seeded.bits(), seeded.bits()];
        let published =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(first, published);
    }

    #[test]
    fn each_purpose_has_its_own_sequence() {
        let first = |words: &[u64]| Seeded::of(7, words).bits();
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), Seeded::of(8, &[1]).bits());
    }

    #[test]
    fn chances_and_normals_are_as_they_say() {
        let mut seeded = Seeded::new(1);
        let n = 100_000;
        let heads = (0..n).filter(|_| seeded.chance(0.1)).count();
        assert!((9_500..10_500).contains(&heads), "{heads}");
        let normals: Vec<f64> = (0..n).map(|_| seeded.normal()).collect();
        let mean = normals.iter().sum::<f64>() / f64::from(n);
        let variance = normals.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }

    #[test]
    fn a_shuffle_loses_nothing_and_favours_no_place() {
        let mut seeded = Seeded::new(1);
        let mut firsts = [0; 5];
        for _ in 0..10_000 {
            let mut items = [0, 1, 2, 3, 4];
            seeded.shuffle(&mut items);
            firsts[items[0]] += 1;
            items.sort_unstable();
            assert_eq!(items, [0, 1, 2, 3, 4]);
        }
        assert!(firsts.iter().all(|first| (1_800..2_200).contains(first)), "{firsts:?}");
    }
}
