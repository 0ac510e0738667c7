//! Direct: the final `MASTER` request is itself the cut. 7 messages, 6 hops, a window of 3.
//!
//! ```text
//!       S                      W                      T
//!       |-------------------- start ------------------>|   dT   in parallel with the commit
//!       |                      |<- ROLE_REQ(MASTER,t+1)|   dW   the cut, once the log holds the commit
//!       |<- ROLE_STATUS -------|-- ROLE_REPLY -------->|   dS   the end of S's stream, the start of T's
//!       |-- BARRIER_REQ ------>|                       |   dW
//!       |<- BARRIER_REPLY -----|                       |   dS   after the IS_SLAVE errors of what came too late
//!       |-------------------- rest ------------------->|   dT   what S could not finish, and its state
//! ```
//!
//! A switch sends each packet-in to the master of the moment, and `ROLE_STATUS` follows the old master's last
//! one. What the old master had answered too late the switch refuses (OpenFlow 1.3.5 §6.3.4), and the target
//! sends it again, verbatim, before it answers anything of its own.

use super::erc::PUBLISHED;
use super::{Exchange, Fact, Probe, Rule, Step, Table};
use crate::engine::Barrier;
use crate::gate::Order;

pub(super) const TABLE: Table = Table {
    source: &[
        Rule { needs: &[Fact::Opened], steps: &[Step::Commit, Step::TellStart] },
        Rule {
            needs: &[Fact::Demoted],
            steps: &[Step::Gate(Order::Shadow), Step::SendBarrier(Barrier::Drain)],
        },
        Rule { needs: &[Fact::Drained], steps: &[Step::TellRest] },
        Rule { needs: &[Fact::Done], steps: &[Step::Gate(Order::Drop)] },
    ],
    target: &[
        Rule { needs: &[Fact::Started], steps: &[Step::Gate(Order::Buffer)] },
        // The log may name it before it is invited; what it hears from then on, as `EQUAL`, is its own.
        Rule { needs: &[Fact::Committed], steps: &[Step::Gate(Order::Buffer)] },
        Rule { needs: &[Fact::Started, Fact::Committed], steps: &[Step::AskMaster] },
        Rule { needs: &[Fact::Granted], steps: &[Step::Gate(Order::Cut)] },
        Rule {
            needs: &[Fact::Granted, Fact::Ended],
            steps: &[Step::Gate(Order::Release), Step::Finish],
        },
    ],
    probe: Probe::None,
    exchange: Exchange { needs_master: true, ..PUBLISHED.exchange },
    ..PUBLISHED
};
