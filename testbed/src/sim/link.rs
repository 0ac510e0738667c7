//! One direction of a connection: what is sent arrives later, in the order in which it was sent.

use super::agenda::Micros;
use super::rng::Rng;

/// One direction of a connection.
#[derive(Clone, Debug)]
pub(super) struct Link {
    mean: Micros,
    last_arrival: Micros,
}

impl Link {
    pub(super) fn new(mean: Micros) -> Self {
        Self { mean, last_arrival: 0 }
    }

    /// Returns a mean delay: mostly as within a data centre, sometimes as across a country.
    pub(super) fn draw_mean(rng: &mut Rng) -> Micros {
        match rng.below(4) {
            0 => rng.between(20, 100),
            1 | 2 => rng.between(100, 1_000),
            _ => rng.between(1_000, 5_000),
        }
    }

    /// Returns when what is sent now arrives.
    pub(super) fn arrival(&mut self, now: Micros, rng: &mut Rng) -> Micros {
        let mut delay = self.mean / 2 + rng.around(self.mean / 2);
        if rng.one_in(256) {
            // A retransmission, or a reader that was busy.
            delay += rng.between(1_000, 30_000);
        }
        self.last_arrival = self.last_arrival.max(now + delay);
        self.last_arrival
    }
}
