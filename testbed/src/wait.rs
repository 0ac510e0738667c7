//! Waiting for conditions instead of sleeping.

use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// What went wrong in the laboratory, in words; its `Debug` is its `Display`, so that `unwrap` reads well.
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Failure {
    /// Returns a failure to do `what`, because of `error`.
    pub fn new(what: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

/// Asks `condition` again and again until it holds, and returns what it found; `Err` says what is missing
/// so far, and is part of the failure when `limit` is over.
pub async fn wait_until<T>(
    what: &str,
    limit: Duration,
    mut condition: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, Failure> {
    let deadline = Instant::now() + limit;
    let mut missing = "not asked once".to_owned();
    loop {
        match timeout_at(deadline, condition()).await {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(still)) => missing = still,
            Err(_) => {}
        }
        if Instant::now() >= deadline {
            return Err(Failure(format!("waited {limit:?} for {what}, last: {missing}")));
        }
        sleep(BETWEEN).await;
    }
}

const BETWEEN: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn asks_until_it_holds() {
        let mut asked = 0;
        let found = wait_until("three", Duration::from_secs(10), async || {
            asked += 1;
            if asked == 3 { Ok(asked) } else { Err(format!("{asked}")) }
        });
        assert_eq!(found.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn says_what_is_missing() {
        let never = wait_until("rain", Duration::ZERO, async || Err::<(), _>("sun".to_owned()));
        let failure = never.await.unwrap_err();
        assert_eq!(failure.to_string(), "waited 0ns for rain, last: sun");
    }
}
