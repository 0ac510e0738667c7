//! Somebody whom everything reaches late.

use super::Distribution;
use crate::seeded::Seeded;
use hdrhistogram::Histogram;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// One who receives, over any number of connections; a cheap handle.
#[derive(Clone, Debug)]
pub struct Receiver(Arc<Mutex<State>>);

/// How late things arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delay {
    /// Mean.
    pub mean: Duration,
    /// How single delays are spread about the mean.
    pub distribution: Distribution,
    /// The next arrival is held for at least this long, and all that comes meanwhile with it.
    pub stall: Duration,
}

#[derive(Debug)]
struct State {
    delay: Delay,
    chance: Seeded,
    held_until: Option<Instant>,
    late_us: Histogram<u64>,
}

impl Receiver {
    /// Returns a receiver without delay.
    pub fn new(seed: u64) -> Self {
        let late_us = Histogram::new_with_bounds(1, HIGHEST_US, 3);
        Self(Arc::new(Mutex::new(State {
            delay: Delay::default(),
            chance: Seeded::new(seed),
            held_until: None,
            late_us: late_us.expect("1 <= HIGHEST_US / 2 and 3 <= 5 digits"),
        })))
    }

    /// Sets how late things arrive from now on; what is on its way stays as it is.
    pub fn set(&self, delay: Delay) {
        let mut state = self.lock();
        state.delay = delay;
        state.held_until = None;
    }

    /// Returns by how many microseconds arrivals missed the delay that was asked for.
    pub fn errors_us(&self) -> Histogram<u64> {
        self.lock().late_us.clone()
    }

    /// Returns when what came in at `came` arrives; `None` if at once.
    pub(super) fn due(&self, came: Instant) -> Option<Instant> {
        let mut state = self.lock();
        let Delay { mean, distribution, stall } = state.delay;
        if !stall.is_zero() {
            state.held_until = Some(came + stall);
            state.delay.stall = Duration::ZERO;
        }
        let delay = match mean {
            Duration::ZERO => None,
            mean => Some(came + mean.mul_f64(distribution.factor(&mut state.chance))),
        };
        delay.max(state.held_until.filter(|&until| until > came))
    }

    /// Books that something that was due at `due` arrives now.
    pub(super) fn arrives(&self, due: Instant) {
        let late = due.elapsed().as_micros();
        self.lock().late_us.saturating_record(u64::try_from(late).unwrap_or(u64::MAX));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Highest error recorded; what is above it counts as this.
const HIGHEST_US: u64 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_mean_delays_everything_alike() {
        let receiver = Receiver::new(1);
        let now = Instant::now();
        assert_eq!(receiver.due(now), None);
        receiver.set(Delay { mean: MS, ..Delay::default() });
        assert_eq!(receiver.due(now), Some(now + MS));
        receiver.set(Delay::default());
        assert_eq!(receiver.due(now), None);
    }

    #[test]
    fn a_stall_begins_with_the_next_arrival_and_holds_what_comes_meanwhile() {
        let receiver = Receiver::new(1);
        let came = Instant::now();
        receiver.set(Delay { mean: MS, stall: 10 * MS, ..Delay::default() });
        assert_eq!(receiver.due(came), Some(came + 10 * MS));
        assert_eq!(receiver.due(came + 4 * MS), Some(came + 10 * MS));
        assert_eq!(receiver.due(came + 11 * MS), Some(came + 12 * MS));
    }

    #[test]
    fn the_seed_decides_what_is_drawn() {
        let now = Instant::now();
        let drawn = |seed| {
            let receiver = Receiver::new(seed);
            let distribution = Distribution::Exponential;
            receiver.set(Delay { mean: MS, distribution, ..Delay::default() });
            [receiver.due(now), receiver.due(now)]
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }
}
