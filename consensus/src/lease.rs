//! Whether this node is in touch with a majority, for whoever is about to write to a switch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// This node's lease: a cheap handle that always tells the present.
///
/// While it is valid, no other node can have waited long enough ([`crate::Timing::detection`]) to hold this
/// one for dead.
#[derive(Clone, Debug)]
pub struct Lease(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base: Instant,
    /// Nanoseconds after `base`; [`FOR_GOOD`] for the only voter.
    until_ns: AtomicU64,
    /// Whether it has been given up for ever.
    renounced: AtomicBool,
}

impl Lease {
    pub(crate) fn lapsed() -> Self {
        Self(Arc::new(Inner {
            base: Instant::now(),
            until_ns: AtomicU64::new(0),
            renounced: AtomicBool::new(false),
        }))
    }

    /// Returns whether this node may act on what it owns: one load and one reading of the clock.
    pub fn is_valid(&self) -> bool {
        self.is_valid_at(Instant::now())
    }

    /// Returns whether this node may act, for whoever has just read the clock.
    pub fn is_valid_at(&self, now: Instant) -> bool {
        self.0.until_ns.load(Ordering::Acquire) > self.stamp(now)
    }

    /// Returns what is left; zero once it has lapsed.
    pub fn remaining(&self) -> Duration {
        let until = self.0.until_ns.load(Ordering::Acquire);
        Duration::from_nanos(until.saturating_sub(self.stamp(Instant::now())))
    }

    /// Returns `instant` as nanoseconds of this process.
    pub(crate) fn stamp(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.0.base);
        u64::try_from(since.as_nanos()).unwrap_or(FOR_GOOD - 1)
    }

    /// Returns the instant of a stamp.
    pub(crate) fn instant(&self, stamp: u64) -> Option<Instant> {
        self.0.base.checked_add(Duration::from_nanos(stamp))
    }

    /// Makes the lease last until `instant`, if it does not last longer already.
    pub(crate) fn extend(&self, instant: Instant) {
        self.0.until_ns.fetch_max(self.stamp(instant), Ordering::SeqCst);
        self.stay_renounced();
    }

    /// Makes the lease last until [`Self::limit`] or [`Self::renounce`].
    pub(crate) fn extend_for_good(&self) {
        self.0.until_ns.store(FOR_GOOD, Ordering::SeqCst);
        self.stay_renounced();
    }

    /// Makes a lease that was for good end at `instant`; any other runs out by itself.
    pub(crate) fn limit(&self, instant: Instant) {
        let (acquired, seen) = (Ordering::AcqRel, Ordering::Acquire);
        let until = self.stamp(instant);
        let _ = self.0.until_ns.compare_exchange(FOR_GOOD, until, acquired, seen);
    }

    /// Ends the lease, whatever is left of it, and for ever.
    pub(crate) fn renounce(&self) {
        self.0.renounced.store(true, Ordering::SeqCst);
        self.0.until_ns.store(0, Ordering::SeqCst);
    }

    /// Undoes an extension by somebody who has not heard yet that the lease was renounced.
    fn stay_renounced(&self) {
        if self.0.renounced.load(Ordering::SeqCst) {
            self.0.until_ns.store(0, Ordering::SeqCst);
        }
    }
}

const FOR_GOOD: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_lasts_until_its_instant_and_never_shrinks() {
        let lease = Lease::lapsed();
        assert!(!lease.is_valid());
        assert_eq!(lease.remaining(), Duration::ZERO);

        let hour = Duration::from_secs(3_600);
        lease.extend(Instant::now() + hour);
        lease.extend(Instant::now() + Duration::from_secs(1));
        assert!(lease.is_valid());
        assert!(lease.remaining() > hour - Duration::from_secs(60));
    }

    #[test]
    fn a_lease_for_good_ends_when_there_are_others_to_ask() {
        let lease = Lease::lapsed();
        lease.extend_for_good();
        lease.extend(Instant::now());
        assert!(lease.is_valid());
        lease.limit(Instant::now());
        assert!(!lease.is_valid());

        lease.extend(Instant::now() + Duration::from_secs(60));
        lease.limit(Instant::now());
        assert!(lease.is_valid(), "it was not for good");
        lease.renounce();
        assert!(!lease.is_valid());
        lease.extend_for_good();
        lease.extend(Instant::now() + Duration::from_secs(60));
        assert!(!lease.is_valid(), "it is given up for ever");
    }
}
