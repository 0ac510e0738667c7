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

/// Returns a moment, given in milliseconds since 1970, as UTC.
pub(crate) fn moment(at_ms: u64) -> String {
    let (days, ms) = (at_ms / DAY_MS, at_ms % DAY_MS);
    // Howard Hinnant's civil_from_days, for days since 1970.
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    let ms = ms % 1_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Milliseconds of a day.
pub(crate) const DAY_MS: u64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_utc() {
        assert_eq!(moment(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(moment(951_827_696_789), "2000-02-29T12:34:56.789Z");
        assert_eq!(moment(1_795_260_000_000), "2026-11-21T11:20:00.000Z");
    }
}
