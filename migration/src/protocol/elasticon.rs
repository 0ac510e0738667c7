//! ElastiCon's hand-over, the baseline (Dixit et al., ANCS 2014). Four phases, 15 messages, 13 hops.
//!
//! ```text
//!       S                      W                      T
//!       |-------------------- start ------------------>|   dT
//!       |                      |<- ROLE_REQ(EQUAL) ----|   dW
//!       |                      |-- ROLE_REPLY -------->|   dT
//!       |<------------------- ready -------------------|   dS
//!       |-- FLOW_MOD(add) ---->|                       |   dW   a flow that matches nothing, and a barrier
//!       |-- BARRIER_REQ ------>|                       |
//!       |<- BARRIER_REPLY -----|                       |   dS
//!       |-- FLOW_MOD(delete) ->|                       |   dW
//!       |<- FLOW_REMOVED ------|-- FLOW_REMOVED ------>|   dS   the cut
//!       |-- BARRIER_REQ ------>|                       |   dW   in parallel with the commit
//!       |<- BARRIER_REPLY -----|                       |   dS
//!       |---------------- end_migration -------------->|   dT   T processes what it held back, being EQUAL
//!       |                      |<- ROLE_REQ(MASTER,t+1)|   dW
//!       |                      |-- ROLE_REPLY -------->|   dT
//! ```
//!
//! On Open vSwitch a `FLOW_REMOVED` is in no order with packet-ins, so that the two controllers can cut at
//! different places. The sound form has the source send the marker as a packet-out instead of the flow:
//! one message less, the same hops.
//!
//! As published, no message hands the application's state over: it is supposed to be in a store that all
//! share. Here it travels with `end_migration`.

use super::erc::{CUT, END, PUBLISHED};
use super::{Exchange, Fact, Probe, Rule, Step, Table};
use crate::engine::Barrier;
use crate::gate::Order;

pub(super) const FLOW_REMOVED: Table = Table {
    source: &[
        START,
        Rule {
            needs: &[Fact::Chosen],
            steps: &[Step::PlantFlow, Step::SendBarrier(Barrier::Fence)],
        },
        Rule { needs: &[Fact::Fenced], steps: &[Step::CutFlow] },
        DRAIN,
        END,
        LEAVE,
    ],
    target: TARGET,
    probe: Probe::Ready,
    exchange: Exchange { ..PUBLISHED.exchange },
    ..PUBLISHED
};

pub(super) const PACKET_IN: Table = Table {
    source: &[
        START,
        Rule { needs: &[Fact::Chosen], steps: &[Step::SendBarrier(Barrier::Fence)] },
        Rule { needs: &[Fact::Fenced], steps: &[Step::SendMarker] },
        DRAIN,
        END,
        LEAVE,
    ],
    ..FLOW_REMOVED
};

const TARGET: &[Rule] = &[
    Rule { needs: &[Fact::Started], steps: &[Step::Gate(Order::Buffer), Step::AskEqual] },
    Rule { needs: &[Fact::Joined], steps: &[Step::TellReady] },
    CUT,
    Rule {
        needs: &[Fact::Marked, Fact::Ended],
        steps: &[Step::Gate(Order::Release), Step::AskMaster],
    },
    Rule { needs: &[Fact::Granted], steps: &[Step::Finish] },
];

const START: Rule = Rule { needs: &[Fact::Opened], steps: &[Step::TellStart] };

const DRAIN: Rule = Rule {
    needs: &[Fact::Marked],
    steps: &[Step::Gate(Order::Shadow), Step::SendBarrier(Barrier::Drain), Step::Commit],
};

const LEAVE: Rule = Rule { needs: &[Fact::Done], steps: &[Step::Gate(Order::Drop)] };
