//! How busy this node is with packet-ins: what candidates of a migration report.

use crate::node::Shared;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, interval};

/// Time that is spent on packet-ins, over all sessions.
#[derive(Debug, Default)]
pub(crate) struct Load {
    busy_ns: AtomicU64,
    permille: AtomicU32,
}

/// Time over which the load is taken.
const WINDOW: Duration = Duration::from_millis(500);

impl Load {
    /// Adds time that was spent on a packet-in.
    pub(crate) fn add(&self, time: Duration) {
        // Half a millennium fits.
        self.busy_ns.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    /// Returns the share of the last window that was spent on packet-ins, in thousandths of one core.
    pub(crate) fn permille(&self) -> u32 {
        self.permille.load(Ordering::Relaxed)
    }

    fn sample(&self, elapsed: Duration) {
        let busy = self.busy_ns.swap(0, Ordering::Relaxed);
        let share = busy.saturating_mul(1_000) / (elapsed.as_nanos() as u64).max(1);
        self.permille.store(u32::try_from(share).unwrap_or(u32::MAX), Ordering::Relaxed);
    }
}

/// Takes the load, for the life of the process.
pub(crate) async fn keep(node: Arc<Shared>) {
    let mut rounds = interval(WINDOW);
    let mut last = Instant::now();
    loop {
        let now = rounds.tick().await;
        node.load.sample(now - last);
        last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_is_that_of_the_last_window() {
        let load = Load::default();
        load.add(Duration::from_millis(100));
        load.sample(Duration::from_millis(500));
        assert_eq!(load.permille(), 200);
        load.sample(Duration::from_millis(500));
        assert_eq!(load.permille(), 0);
    }
}
