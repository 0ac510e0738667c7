//! The fence: what may leave this process for a switch.

use consensus::Lease;
use migration::gate::Mode;
use openflow::Message;
use std::time::Instant;

/// In what capacity a message is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Right {
    /// As the node that answers for the switch.
    Owner,
    /// As a party of an open migration, in a step of its protocol.
    Party,
}

/// Returns whether `message` may be written at `now`, which has just been read off the clock: what changes a switch goes out only under a live lease, and
/// only from the node whose gate lets packet-ins through, or as a step of an open migration.
pub(crate) fn permits(
    message: &Message,
    right: Right,
    gate: Mode,
    lease: &Lease,
    now: Instant,
) -> bool {
    !message.changes_switch()
        || (lease.is_valid_at(now) && (right == Right::Party || gate == Mode::Process))
}
