//! How many hand-overs this node takes part in at once as a candidate, so that several sources cannot
//! stampede one fast target.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The node's places for inbound hand-overs.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    limit: usize,
}

/// A place, taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    _permit: OwnedSemaphorePermit,
}

impl Admission {
    pub(crate) fn new(limit: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(limit)), limit }
    }

    /// Returns a place, or says why there is none.
    pub(crate) fn enter(&self) -> Result<Slot, String> {
        let full = || format!("it takes part in {} migrations already", self.limit);
        let permit = Arc::clone(&self.places).try_acquire_owned();
        permit.map(|permit| Slot { _permit: permit }).map_err(|_| full())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_given_back_can_be_taken_again() {
        let admission = Admission::new(1);
        let slot = admission.enter().expect("there is one");
        assert!(admission.enter().is_err());
        drop(slot);
        assert!(admission.enter().is_ok());
    }
}
