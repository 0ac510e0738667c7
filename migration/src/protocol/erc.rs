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
//! The published protocol marks the cut with OpenFlow 1.5's `CONTROLLER_STATUS`: the switch tells everybody
//! of the target's new role, and that is the cut. A switch that has it runs the protocol so:
//!
//! ```text
//!       |                      |<- ROLE_REQ(EQUAL) ----|   dW   and no packet-out
//!       |                      |-- ROLE_REPLY -------->|
//!       |<- CONTROLLER_STATUS -|-- CONTROLLER_STATUS ->|   dS   the cut at both
//!       |                      |  ...                  |
//!       |                      |<- ROLE_REQ(MASTER,t+1)|   dW
//!       |                      |-- ROLE_REPLY -------->|   dT
//!       |<- CONTROLLER_STATUS -|-- CONTROLLER_STATUS ->|
//! ```
//!
//! Open vSwitch does not. A packet-in that the target makes itself serves there: it comes to every `EQUAL` and
//! `MASTER` controller at the same place among all other packet-ins.

use super::{Exchange, Fact, Probe, Rule, Step, Table};
use crate::engine::{Barrier, Side};
use crate::gate::Order;

/// The target processes what it held back once it is master.
pub(super) const PUBLISHED: Table = Table {
    source: SOURCE,
    target: &[
        Rule {
            needs: &[Fact::Started],
            steps: &[Step::Gate(Order::Buffer), Step::AskEqual, Step::MarkByRole],
        },
        CUT,
        READY,
        Rule { needs: &[Fact::Marked, Fact::Ended], steps: &[Step::AskMaster] },
        Rule { needs: &[Fact::Granted], steps: &[Step::Gate(Order::Release), Step::Finish] },
    ],
    probe: Probe::Marker,
    starts: Side::Source,
    exchange: Exchange {
        needs_master: false,
        source_stays: false,
        target_was_equal: false,
        target_is_equal: false,
    },
};

/// The target processes what it held back as soon as the source has ended, being `EQUAL`: the window is two
/// hops shorter.
pub(super) const EARLY: Table = Table {
    target: &[
        PUBLISHED.target[0],
        CUT,
        READY,
        Rule {
            needs: &[Fact::Marked, Fact::Ended],
            steps: &[Step::Gate(Order::Release), Step::AskMaster],
        },
        Rule { needs: &[Fact::Granted], steps: &[Step::Finish] },
    ],
    ..PUBLISHED
};

/// Steps of the source: it invites, cuts, drains and hands over.
const SOURCE: &[Rule] = &[
    Rule { needs: &[Fact::Opened], steps: &[Step::TellStart] },
    SHADOW,
    HAND_OVER,
    END,
    Rule { needs: &[Fact::Done], steps: &[Step::Gate(Order::Drop)] },
];

/// Source: what comes after a marker may be another's.
pub(super) const SHADOW: Rule =
    Rule { needs: &[Fact::Marked], steps: &[Step::Gate(Order::Shadow)] };

/// Source: the second phase, its three parts side by side.
pub(super) const HAND_OVER: Rule = Rule {
    needs: &[Fact::Chosen],
    steps: &[Step::Choose, Step::SendBarrier(Barrier::Drain), Step::Commit, Step::TellState],
};

/// Source: what it sent has taken effect, and the log knows the new owner.
pub(super) const END: Rule =
    Rule { needs: &[Fact::Drained, Fact::Committed], steps: &[Step::TellEnd] };

/// Target: what comes after its marker is its own.
pub(super) const CUT: Rule = Rule { needs: &[Fact::Marked], steps: &[Step::Gate(Order::Cut)] };

/// Target: it tells that it has seen its marker, where that is asked for.
pub(super) const READY: Rule =
    Rule { needs: &[Fact::Marked, Fact::Polled], steps: &[Step::TellReady] };
