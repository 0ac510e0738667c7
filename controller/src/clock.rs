//! The node's clock: durations are monotonic; wall time is for people and for time lines.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock whose wall time never jumps: the system's is read once, and the rest is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    unix_us: u64,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), unix_us: u64::try_from(unix.as_micros()).unwrap_or(0) }
    }

    /// Returns the time since the process started.
    pub(crate) fn elapsed(&self) -> Duration {
        self.at(Instant::now())
    }

    /// Returns the time from the start of the process to `now`.
    pub(crate) fn at(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.started)
    }

    /// Returns microseconds since 1970.
    pub(crate) fn unix_us(&self) -> u64 {
        self.unix_us + u64::try_from(self.elapsed().as_micros()).unwrap_or(0)
    }

    /// Returns milliseconds since 1970.
    pub(crate) fn unix_ms(&self) -> u64 {
        self.unix_us() / 1_000
    }
}

/// Returns the system's wall clock, in milliseconds since 1970.
pub(crate) fn unix_ms() -> u64 {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(unix.as_millis()).unwrap_or(u64::MAX)
}
