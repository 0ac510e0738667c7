//! The four variants of ERC, by the roles that they exchange, each with the packet-in marker.
//!
//! On a switch that tells controllers of each other, `erc-m2e-s2m` is marked as ERC is. The others are started
//! by the target, perhaps before the source knows of the migration, and a change of role does not say which
//! migration it belongs to.
//!
//! ```text
//! erc-m2e-s2m   ERC, and then S asks for EQUAL and stays as a hot peer: scale-out, easy undo
//!
//! erc-m2s-e2m   T is EQUAL already: it hears every packet-in, and starts with the marker
//!       S                      W                      T
//!       |                      |<- PACKET_OUT(nonce) --|   dW
//!       |<- PACKET_IN(nonce) --|-- PACKET_IN(nonce) -->|   dS   from here on as ERC
//! erc-m2e-e2m   the same, and S stays EQUAL: swaps leadership within an active group
//!
//! erc-e2s-s2e   nobody is MASTER: a member of an all-EQUAL group is replaced; the lease is the only fence
//!       |                      |<- ROLE_REQ(EQUAL) ----|   dW   one write: the role, then the marker
//!       |                      |<- PACKET_OUT(nonce) --|
//!       |<- PACKET_IN(nonce) --|-- PACKET_IN(nonce) -->|   dS   the cut
//!       |------------------ local_state x k ---------->|   dT
//!       |<----------------------- taken ---------------|   dS
//!       |-- ROLE_REQ(SLAVE) -->|                       |   dW   once the commit is in, too
//!       |<- ROLE_REPLY --------|                       |   dS   all that S sent has taken effect
//!       |------------------ end_migration ------------>|   dT   T processes what it held back
//! ```

use super::erc::{CUT, END, HAND_OVER, PUBLISHED, READY, SHADOW};
use super::{Exchange, Fact, Rule, Step, Table};
use crate::engine::Side;
use crate::gate::Order;

pub(super) const M2E_S2M: Table = Table {
    source: &[PUBLISHED.source[0], SHADOW, HAND_OVER, END, STAY],
    exchange: Exchange { source_stays: true, ..PUBLISHED.exchange },
    ..PUBLISHED
};

pub(super) const M2S_E2M: Table = Table {
    source: &[SHADOW, HAND_OVER, END, LEAVE],
    target: &[
        Rule { needs: &[Fact::Opened], steps: &[Step::Gate(Order::Buffer), Step::SendMarker] },
        CUT,
        READY,
        PUBLISHED.target[3],
        PUBLISHED.target[4],
    ],
    starts: Side::Target,
    exchange: Exchange { target_was_equal: true, ..PUBLISHED.exchange },
    ..PUBLISHED
};

pub(super) const M2E_E2M: Table = Table {
    source: &[SHADOW, HAND_OVER, END, STAY],
    exchange: Exchange { source_stays: true, ..M2S_E2M.exchange },
    ..M2S_E2M
};

pub(super) const E2S_S2E: Table = Table {
    source: &[
        SHADOW,
        Rule { needs: &[Fact::Chosen], steps: &[Step::Choose, Step::Commit, Step::TellState] },
        Rule { needs: &[Fact::Taken, Fact::Committed], steps: &[Step::AskSlave] },
        Rule { needs: &[Fact::Yielded], steps: &[Step::TellEnd] },
        LEAVE,
    ],
    target: &[
        Rule {
            needs: &[Fact::Opened],
            steps: &[Step::Gate(Order::Buffer), Step::AskEqual, Step::SendMarker],
        },
        CUT,
        READY,
        Rule { needs: &[Fact::Handed], steps: &[Step::TellTaken] },
        Rule {
            needs: &[Fact::Marked, Fact::Ended],
            steps: &[Step::Gate(Order::Release), Step::Finish],
        },
    ],
    starts: Side::Target,
    exchange: Exchange { target_is_equal: true, ..PUBLISHED.exchange },
    ..PUBLISHED
};

/// Source: it is done with the switch.
const LEAVE: Rule = Rule { needs: &[Fact::Done], steps: &[Step::Gate(Order::Drop)] };

/// Source: it is done with the switch, and goes on hearing it.
const STAY: Rule = Rule { needs: &[Fact::Done], steps: &[Step::Gate(Order::Drop), Step::AskEqual] };
