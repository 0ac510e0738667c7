//! ERC: efficient, resilient, consistent. Three phases, 13 messages, 8 hops.
//!
//! ```text
//!       S                      W                      T
//!       |------------------ start(id, nonce) --------->|   dT
//!       |                      |<- ROLE_REQ(EQUAL) ----|   dW   one write: the role, then the marker
//!       |                      |<- PACKET_OUT(nonce) --|
//!       |                      |-- ROLE_REPLY -------->|
//!       |<- PACKET_IN(nonce) --|                       |   dS   the cut at S: it proposes the commit
//!       |                      |-- PACKET_IN(nonce) -->|        the cut at T
//!       |------------------ local_state x k ---------->|
//!       |-- BARRIER_REQ ------>|                       |   dW   in parallel with the commit
//!       |<- BARRIER_REPLY -----|                       |   dS
//!       |------------------ end_migration ------------>|   dT   once barrier and commit are both in
//!       |                      |<- ROLE_REQ(MASTER,t+1)|   dW
//!       |                      |-- ROLE_REPLY -------->|   dT   T processes what it held back
//!       |<- ROLE_STATUS -------|                       |        S drops its shadow buffer at Done
//! ```
//!
//! The published protocol marks the cut with OpenFlow 1.5's `CONTROLLER_STATUS`, which Open vSwitch does not
//! have. A packet-in that the target makes itself serves instead: it comes to every `EQUAL` and `MASTER`
//! controller at the same place among all other packet-ins.

use super::{Fact, Rule, Step, Table};
use crate::gate::Order;

pub(super) static TABLE: Table = Table {
    source: &[
        Rule { needs: &[Fact::Opened], steps: &[Step::TellStart] },
        Rule {
            needs: &[Fact::Marked],
            steps: &[Step::Gate(Order::Shadow), Step::SendBarrier, Step::Commit, Step::TellState],
        },
        Rule { needs: &[Fact::Drained, Fact::Committed], steps: &[Step::TellEnd] },
        Rule { needs: &[Fact::Done], steps: &[Step::Gate(Order::Drop)] },
    ],
    target: &[
        Rule {
            needs: &[Fact::Started],
            steps: &[Step::Gate(Order::Buffer), Step::AskEqual, Step::SendMarker],
        },
        Rule { needs: &[Fact::Marked], steps: &[Step::Gate(Order::Cut)] },
        Rule { needs: &[Fact::Marked, Fact::Ended], steps: &[Step::AskMaster] },
        Rule { needs: &[Fact::Granted], steps: &[Step::Gate(Order::Release), Step::Finish] },
    ],
};
