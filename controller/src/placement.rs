//! What only the leader of the log does: declares nodes dead, gives ownerless switches an owner, and ends
//! migrations that overrun their deadline.
//!
//! All of it is counted on a monotonic clock, so that an old owner has fallen silent before a new one speaks: a lease ends
//! at most `lease` after a leader last granted it, and a node is declared dead no earlier than `detect` after that.
//! A new leader knows from a majority how old its predecessors' grants are at least ([`consensus::Status::silence`]), so
//! that it need not count from its own election on; but whoever lives gets the time to be heard by it. For the same reason
//! a decision is void once its leader is none any more, and nobody that is about to be declared dead gets a lease.
//!
//! Who falls silent together is declared dead together: while some node may be about to follow, the others' switches are
//! not given to it.

use crate::node::Shared;
use consensus::Status;
use migration::ownership::{AbortReason, NodeId, Op, Ownership, State};
use migration::{MigrationId, Token};
use openflow::Dpid;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, interval};

/// Time between rounds.
const ROUND_EVERY: Duration = Duration::from_millis(50);
/// Between two rounds that are further apart this process stood still, and did not hear who spoke.
const STOOD_STILL: Duration = Duration::from_millis(100);
/// Longer than any silence that is looked at.
const PAUSES_COUNT_FOR: Duration = Duration::from_secs(10);
/// Decisions that one round carries out.
const MOST_DECISIONS: usize = 16;
/// Time after the start of this process in which owners that are not back yet are waited for: Open vSwitch
/// dials a controller that it has lost every 8 s at the latest.
const COLD_START: Duration = Duration::from_secs(10);

/// What this leader has been watching, and since when.
#[derive(Default)]
struct Watch {
    /// When this leader began to hold a lease without a break: a silence before that is nobody's fault.
    since: Option<Instant>,
    last_round: Option<Instant>,
    /// Times at which this process stood still: when each ended, and how long it was.
    pauses: VecDeque<(Instant, Duration)>,
    /// When a node was first found dead that is not declared so yet.
    mourning_since: Option<Instant>,
    orphans: BTreeMap<(Dpid, Token), Instant>,
    migrations: BTreeMap<MigrationId, Instant>,
}

/// Does the leader's rounds whenever this node leads, for the life of the process.
pub(crate) async fn keep(node: Arc<Shared>) {
    let mut rounds = interval(ROUND_EVERY);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut watch = Watch::default();
    loop {
        rounds.tick().await;
        let status = node.consensus.status();
        if !status.leader.is_me || !node.lease.is_valid() {
            watch = Watch::default();
            continue;
        }
        let dead = node.consensus.read(|state| watch.dead(&node, state, &status));
        declare_dead(&node, dead, &status).await;
        let ops = node.consensus.read(|state| watch.round(&node, state));
        // The rest waits for the next round: somebody may have died meanwhile.
        for op in ops.into_iter().take(MOST_DECISIONS) {
            decide(&node, op).await;
        }
    }
}

/// Declares nodes dead, each with its run, unless it speaks up at the last moment.
async fn declare_dead(node: &Shared, dead: Vec<(NodeId, u64)>, status: &Status) {
    if dead.is_empty() {
        return;
    }
    let started = Instant::now();
    let silent = node.consensus.condemn(&dead.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    let nodes: Vec<_> = dead.into_iter().filter(|(id, _)| silent.contains(id)).collect();
    if !nodes.is_empty() && decide(node, Op::NodesDown { nodes }).await.is_none() {
        // It may yet be in the log: they get no lease from this leader, and the next round declares them dead again.
        return;
    }
    node.consensus.pardon();
    for id in silent {
        let silence = status.silence.get(&id).copied().unwrap_or_default() + started.elapsed();
        node.metrics.detected(silence.as_secs_f64());
    }
}

/// Decides as the leader; nothing if it is not known whether that is in the log.
async fn decide(node: &Shared, op: Op) -> Option<()> {
    tracing::info!(?op, "the leader decides");
    match node.decide(op).await {
        Ok(reply) => {
            if let Err(refusal) = reply.result {
                tracing::debug!(%refusal, "overtaken by events");
            }
            Some(())
        }
        Err(error) => {
            tracing::warn!(%error, "the leader could not decide");
            (!error.outcome_unknown()).then_some(())
        }
    }
}

impl Watch {
    fn note_pause(&mut self, now: Instant) {
        let since = self.last_round.replace(now).map_or(Duration::ZERO, |at| now - at);
        if since > STOOD_STILL {
            self.pauses.push_back((now, since - ROUND_EVERY));
        }
        while self.pauses.front().is_some_and(|(end, _)| now - *end > PAUSES_COUNT_FOR) {
            self.pauses.pop_front();
        }
    }

    /// Returns the nodes to be declared dead now.
    fn dead(&mut self, node: &Shared, state: &Ownership, status: &Status) -> Vec<(NodeId, u64)> {
        let now = Instant::now();
        self.note_pause(now);
        let watched_for = now - *self.since.get_or_insert(now);
        let timing = &node.config.timing;
        let (lease, detect) = (timing.lease, timing.detect);
        let watch = Silence { status, watched_for, lease, detect, now, pauses: &self.pauses };
        let up = || state.nodes().iter().filter(|(id, it)| it.is_up() && **id != node.id);
        let dead: Vec<_> = up().filter(|(id, _)| watch.is_dead(**id)).collect();
        if dead.is_empty() {
            self.mourning_since = None;
            return vec![];
        }
        let waited = now - *self.mourning_since.get_or_insert(now);
        let doubtful = up().any(|(id, _)| !watch.is_dead(*id) && watch.is_doubtful(*id));
        if doubtful && waited < timing.lease / 2 {
            return vec![];
        }
        dead.into_iter().map(|(&id, record)| (id, record.boot)).collect()
    }

    fn round(&mut self, node: &Shared, state: &Ownership) -> Vec<Op> {
        let now = Instant::now();
        let mut ops = Vec::new();
        let orphans: Vec<(Dpid, Token)> = state.orphans().collect();
        self.orphans.retain(|orphan, _| orphans.contains(orphan));
        for orphan in orphans {
            let since = *self.orphans.entry(orphan).or_insert(now);
            if now - since >= patience(node, state, orphan.0) {
                ops.push(Op::Assign { dpid: orphan.0, token: orphan.1 });
            }
        }
        let open = state.migrations().iter().filter(|(_, m)| m.state == State::Open);
        let open: BTreeMap<MigrationId, u64> = open.map(|(&id, m)| (id, m.deadline_ms)).collect();
        self.migrations.retain(|id, _| open.contains_key(id));
        for (id, deadline_ms) in open {
            let since = *self.migrations.entry(id).or_insert(now);
            if now - since >= Duration::from_millis(deadline_ms) {
                ops.push(Op::Abort { id, reason: AbortReason::Deadline });
            }
        }
        ops
    }
}

/// Returns how long a switch may go without an owner that serves it.
fn patience(node: &Shared, state: &Ownership, dpid: Dpid) -> Duration {
    let timing = &node.config.timing;
    let owner = state.switches().get(&dpid).and_then(|switch| switch.owner);
    match owner.and_then(|owner| state.nodes().get(&owner)) {
        // Time for the other nodes to connect, so that the switches are spread evenly.
        None => timing.settle,
        Some(owner) if !owner.is_up() => Duration::ZERO,
        // After a cold start the old owner is likely to be back, and its switches dial it when they will.
        Some(_) if node.clock.elapsed() < COLD_START => COLD_START,
        Some(_) => timing.grace,
    }
}

/// What a leader knows of who is silent.
struct Silence<'a> {
    status: &'a Status,
    /// For how long it has watched without a break.
    watched_for: Duration,
    lease: Duration,
    detect: Duration,
    now: Instant,
    pauses: &'a VecDeque<(Instant, Duration)>,
}

impl Silence<'_> {
    /// Returns whether nobody can have granted the node a lease for so long that it has none, by anybody's fault but its
    /// own: who was heard by this leader must have been silent while it watched; who was not, got the time to speak up.
    fn is_dead(&self, id: NodeId) -> bool {
        let Status { silence, contact, leader_for, .. } = self.status;
        let led_for = leader_for.unwrap_or_default();
        let silent_for = silence.get(&id).copied().unwrap_or(led_for);
        let unheard_for = contact.get(&id).copied().unwrap_or(led_for);
        let unheard_for = (unheard_for - self.excused(unheard_for)).min(self.watched_for);
        let was_heard = contact.get(&id).is_some_and(|&it| it < led_for);
        let least = if was_heard { self.detect } else { self.time_to_speak() };
        silent_for >= self.detect && unheard_for >= least
    }

    /// Returns how much of a silence until now is this process's own, which stood still meanwhile.
    fn excused(&self, silence: Duration) -> Duration {
        let within = |(end, _): &&(Instant, Duration)| self.now - *end < silence;
        let excused: Duration = self.pauses.iter().filter(within).map(|(_, pause)| *pause).sum();
        excused.min(silence)
    }

    /// Returns whether the node has missed renewals, and may be about to be found dead.
    fn is_doubtful(&self, id: NodeId) -> bool {
        // Leases are renewed four times as often as they run out.
        self.status.contact.get(&id).is_none_or(|&it| it > self.lease / 2)
    }

    /// An election is followed by a heartbeat at once, and that by a renewal.
    fn time_to_speak(&self) -> Duration {
        self.lease * 5 / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use consensus::Leader;

    const ID: NodeId = NodeId(2);

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// Times in milliseconds: how long the leader leads, and has watched, and for how long node 2 was silent.
    fn is_dead(led: u64, watched: u64, contact: u64, silence: u64) -> bool {
        is_dead_after([], led, watched, contact, silence)
    }

    /// The same after pauses of the leader's, each with how long ago it ended.
    fn is_dead_after<const N: usize>(
        pauses: [(u64, u64); N],
        led: u64,
        watched: u64,
        contact: u64,
        silence: u64,
    ) -> bool {
        let now = Instant::now() + ms(60_000);
        let pauses = pauses.into_iter().map(|(ago, pause)| (now - ms(ago), ms(pause))).collect();
        let status = Status {
            node: NodeId(1),
            leader: Leader::default(),
            leader_for: Some(ms(led)),
            last_log: None,
            committed: None,
            applied: None,
            snapshot: None,
            members: BTreeMap::new(),
            contact: [(ID, ms(contact))].into(),
            silence: [(ID, ms(silence))].into(),
        };
        let (watched_for, lease, detect) = (ms(watched), ms(320), ms(400));
        let status = &status;
        Silence { status, watched_for, lease, detect, now, pauses: &pauses }.is_dead(ID)
    }

    #[test]
    fn who_was_heard_is_dead_after_a_silence_that_was_watched() {
        assert!(is_dead(10_000, 9_000, 400, 400));
        assert!(!is_dead(10_000, 9_000, 399, 399));
        assert!(!is_dead(10_000, 300, 2_000, 2_000), "the leader itself had no lease meanwhile");
    }

    #[test]
    fn what_the_leader_did_not_hear_because_it_stood_still_is_no_silence() {
        assert!(!is_dead_after([(10, 200)], 10_000, 9_000, 500, 500));
        assert!(is_dead_after([(10, 200)], 10_000, 9_000, 600, 600));
        assert!(
            is_dead_after([(700, 200)], 10_000, 9_000, 450, 450),
            "that was before the silence"
        );
        assert!(!is_dead_after([(5, 1_000)], 10_000, 9_000, 900, 900));
    }

    #[test]
    fn who_a_new_leader_never_heard_gets_the_time_to_speak_up_and_no_more() {
        assert!(!is_dead(150, 150, 150, 700));
        assert!(is_dead(200, 200, 200, 700));
        assert!(!is_dead(200, 200, 200, 399), "a predecessor may have granted it a lease");
        assert!(!is_dead(200, 100, 200, 700), "the leader had no lease until a moment ago");
    }
}
