//! A token bucket.

use std::time::Duration;

/// Allows a rate on average, and a burst at once.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    per_second: u32,
    burst: u32,
    /// What is left, in millionths.
    left: u64,
    at: Duration,
}

const MILLION: u64 = 1_000_000;

impl Budget {
    /// Returns a full bucket.
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst, left: u64::from(burst) * MILLION, at: Duration::ZERO }
    }

    /// Spends one; returns whether there was one to spend.
    pub(super) fn spend(&mut self, now: Duration) -> bool {
        let passed_us = now.saturating_sub(self.at).as_micros().min(u128::from(MILLION)) as u64;
        let full = u64::from(self.burst) * MILLION;
        self.left = (self.left + passed_us * u64::from(self.per_second)).min(full);
        self.at = self.at.max(now);
        let enough = self.left >= MILLION;
        if enough {
            self.left -= MILLION;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_spent_at_once_and_comes_back_at_the_rate() {
        let mut budget = Budget::new(10, 3);
        let at = Duration::from_millis;
        let spent = |budget: &mut Budget, ms| (0..20).filter(|_| budget.spend(at(ms))).count();
        assert_eq!(spent(&mut budget, 0), 3);
        assert_eq!(spent(&mut budget, 99), 0);
        assert_eq!(spent(&mut budget, 100), 1);
        assert_eq!(spent(&mut budget, 50), 0, "time that goes back gives nothing");
        assert_eq!(spent(&mut budget, 10_000), 3);
    }
}
