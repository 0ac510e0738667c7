//! What of an old cluster's state a new cluster starts with.
//!
//! A snapshot is a picture of the past. Since it was taken, the old cluster may have gone on, and its nodes may
//! even be running: what the picture says of *now* is worth nothing, what it says of *then* is kept.
//!
//! - **Tokens must not go back**: switches refuse a claim with an older one, and an old controller with a newer
//!   one would win. Each change of ownership takes one token more, and each is an entry of the log, so that 2^32
//!   of them for one switch are more than any cluster gets through: every token is raised by [`RESTORE_JUMP`].
//!   That is a rule of the snapshot alone, so that all nodes that restore from it agree. A switch that has heard
//!   of a still newer one (the same snapshot was restored before) tells so when it connects, and the log follows.
//! - **Sessions are gone**: nobody is up until it registers, and nobody is connected. A switch has no owner, so
//!   that the switches are spread over those who come, as at the first start.
//! - **Unfinished migrations are aborted**, committed or not: nobody holds packet-ins back for them any more.
//! - History, finished migrations and the numbers of migrations go on.

use super::{AbortReason, Life, NodeId, Ownership, State, Switch, Token};
use std::collections::BTreeSet;

/// How far a restore raises every token.
pub const RESTORE_JUMP: u64 = 1 << 32;

impl Ownership {
    /// Returns the state that a new cluster of `members` starts with.
    #[must_use]
    pub fn restored(mut self, members: &BTreeSet<NodeId>) -> Self {
        self.nodes.retain(|node, _| members.contains(node));
        for node in self.nodes.values_mut() {
            (node.life, node.drain) = (Life::Down, None);
        }
        self.switches.values_mut().for_each(forget_the_present);
        for migration in self.migrations.values_mut().filter(|it| !it.state.is_final()) {
            migration.state = State::Aborted(AbortReason::Restored);
            (migration.winner, migration.keeper) = (None, None);
        }
        self.links.clear();
        self
    }
}

fn forget_the_present(switch: &mut Switch) {
    let Switch { owner, token, standbys, equals, connected, probed, migration, history: _ } =
        switch;
    // The upper half would count as older (`Switch::is_outdated_by`).
    *token = Token(token.0.saturating_add(RESTORE_JUMP).min(u64::MAX / 2));
    (*owner, *migration, *probed) = (None, None, false);
    standbys.clear();
    equals.clear();
    connected.clear();
}
