//! Named timers of one session.

use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// What a session's timer is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Timer {
    /// The channel's own: greeting and keep-alive.
    Channel(openflow::channel::Timer),
    /// The hand-over engine's.
    Engine(migration::engine::Timer),
    /// Time for the application's regular work.
    Tick,
    /// Time to look at the role that the switch gives this session.
    Look,
    /// A marker's migration should be in the log.
    Early,
    /// Time to see whether the lease has come back.
    Lease,
}

/// Deadlines by timer; setting one anew moves it.
#[derive(Debug, Default)]
pub(crate) struct Timers(BTreeMap<Timer, Instant>);

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, after: Duration) {
        self.0.insert(timer, Instant::now() + after);
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        self.0.remove(&timer);
    }

    /// Returns the earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }

    /// Takes out one timer that has run out by `now`.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<Timer> {
        let timer =
            self.0.iter().find(|(_, deadline)| **deadline <= now).map(|(timer, _)| *timer)?;
        self.0.remove(&timer);
        Some(timer)
    }
}
