//! Waiting to within tens of microseconds: tokio's timers have a grain of a millisecond, the kernel's a
//! nanosecond, and a `timerfd` brings them to where tokio waits for sockets.
//!
//! ```text
//!   now ------------ the kernel's timer ------------> due - LEAD -- wake-up, and turns of other tasks --> due
//! ```
//!
//! A wake-up takes some tens of microseconds itself, so the timer rings that much early; what is left of it is
//! spent in letting other tasks run.

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::yield_now;
use tokio::time::Instant;

/// One kernel timer.
#[derive(Debug)]
pub(super) struct Alarm(AsyncFd<Timer>);

#[derive(Debug)]
struct Timer(TimerFd);

impl AsRawFd for Timer {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Alarm {
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe; this descriptor is owned, and stays"
        )]
        let ready = AsyncFd::with_interest(Timer(timer), Interest::READABLE)?;
        Ok(Self(ready))
    }

    /// Waits until `due`; returns at once if that is over.
    pub(super) async fn until(&self, due: Instant) -> io::Result<()> {
        let left = due.saturating_duration_since(Instant::now()).saturating_sub(LEAD);
        // An expiration of 0 would disarm the timer.
        if !left.is_zero() {
            let once = Expiration::OneShot(TimeSpec::from_duration(left));
            self.0.get_ref().0.set(once, TimerSetTimeFlags::empty())?;
            let read = |timer: &Timer| timer.0.wait().map_err(io::Error::from);
            self.0.async_io(Interest::READABLE, read).await?;
        }
        while Instant::now() < due {
            yield_now().await;
        }
        Ok(())
    }
}

/// How long a wake-up takes, about.
const LEAD: Duration = Duration::from_micros(80);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_never_rings_early_and_rings_again() {
        let alarm = Alarm::new().unwrap();
        for micros in [1, 100, 700, 3_000, 0] {
            let due = Instant::now() + Duration::from_micros(micros);
            alarm.until(due).await.unwrap();
            assert!(Instant::now() >= due, "{micros}");
        }
    }
}
