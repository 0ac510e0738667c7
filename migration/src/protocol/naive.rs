//! The naive take-over, for comparison only: the target asks for `MASTER`, and nobody hands anything over.
//!
//! ```text
//!       S                      W                      T
//!       |-------------------- start ------------------>|   dT   the log holds the commit
//!       |                      |<- ROLE_REQ(MASTER,t+1)|   dW
//!       |<- ROLE_STATUS -------|-- ROLE_REPLY -------->|   dT
//! ```
//!
//! What the source answers too late the switch refuses, and no one answers it again.

use super::direct;
use super::{Fact, Rule, Step, Table};
use crate::gate::Order;

pub(super) const TABLE: Table = Table {
    source: &[
        Rule { needs: &[Fact::Opened], steps: &[Step::Commit] },
        Rule { needs: &[Fact::Committed], steps: &[Step::TellStart] },
        Rule { needs: &[Fact::Done], steps: &[Step::Gate(Order::Drop)] },
    ],
    target: &[
        Rule { needs: &[Fact::Started], steps: &[Step::AskMaster] },
        Rule { needs: &[Fact::Granted], steps: &[Step::Gate(Order::ReleaseAll), Step::Finish] },
    ],
    ..direct::TABLE
};
