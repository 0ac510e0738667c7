//! Gives the switches of draining nodes away, by ordinary live migrations: what only the leader of the log does.
//!
//! All that lasts is in the log: which node is draining, and each migration. Whoever leads next goes on; it only
//! counts the drain's time anew, and forgets which candidates have declined.

use crate::node::Shared;
use migration::ownership::{
    Done, Drain, DrainId, Migration, Occasion, Op, Ownership, Protocol, Rule, State, Wish,
};
use migration::{MigrationId, NodeId};
use openflow::Dpid;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Longest time between two rounds; a change of the log brings one at once.
const ROUND_EVERY: Duration = Duration::from_millis(100);
/// Time that one move has at most, to its commit.
const MOVE_WITHIN: Duration = Duration::from_secs(5);
/// Least time for one move: what is begun shortly before the end of a drain may be brought to an end.
const MOVE_AT_LEAST: Duration = Duration::from_millis(500);
/// Time between two attempts at one switch, after every candidate has declined.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What this leader remembers of one drain.
struct Effort {
    since: Instant,
    opened: BTreeMap<MigrationId, (Dpid, NodeId)>,
    /// Candidates that were tried in vain, and when the last one was.
    avoided: BTreeMap<(Dpid, NodeId), Instant>,
}

/// What is to be done for one drain now.
enum Errand {
    Open { drain: DrainId, actor: String, wish: Wish },
    End { node: NodeId, drain: DrainId },
}

/// Carries out every drain whenever this node leads, for the life of the process.
pub(crate) async fn keep(node: Arc<Shared>) {
    let mut efforts = BTreeMap::<DrainId, Effort>::new();
    let mut revision = node.revision.clone();
    loop {
        // Either is reason enough for a round.
        let _ = timeout(ROUND_EVERY, revision.changed()).await;
        if !node.consensus.status().leader.is_me || !node.lease.is_valid() {
            efforts.clear();
            continue;
        }
        let errands = node.consensus.read(|state| round(state, &mut efforts));
        for errand in errands {
            carry_out(&node, &mut efforts, errand).await;
        }
    }
}

fn round(state: &Ownership, efforts: &mut BTreeMap<DrainId, Effort>) -> Vec<Errand> {
    let running = || {
        let nodes = state.nodes().iter();
        nodes.filter_map(|(&id, node)| Some((id, node.running_drain()?)))
    };
    let ids: BTreeSet<DrainId> = running().map(|(_, drain)| drain.id).collect();
    efforts.retain(|id, _| ids.contains(id));
    let mut errands = Vec::new();
    for (node, drain) in running() {
        let effort = efforts.entry(drain.id).or_insert_with(Effort::new);
        effort.learn(state);
        errands.extend(effort.next(state, node, drain));
    }
    errands
}

impl Effort {
    fn new() -> Self {
        Self { since: Instant::now(), opened: BTreeMap::new(), avoided: BTreeMap::new() }
    }

    /// Remembers who has not taken what it was offered.
    fn learn(&mut self, state: &Ownership) {
        let over = |id: &MigrationId| {
            state.migrations().get(id).is_none_or(|migration| migration.state.is_final())
        };
        let (over, running) =
            std::mem::take(&mut self.opened).into_iter().partition(|(id, _)| over(id));
        let over: BTreeMap<MigrationId, (Dpid, NodeId)> = over;
        self.opened = running;
        for (id, offer) in over {
            let aborted = |it: &Migration| matches!(it.state, State::Aborted(_));
            if state.migrations().get(&id).is_some_and(aborted) {
                self.avoided.insert(offer, Instant::now());
            }
        }
    }

    fn next(&self, state: &Ownership, node: NodeId, drain: &Drain) -> Vec<Errand> {
        let under_way = state.moves_of(node);
        let end = || vec![Errand::End { node, drain: drain.id }];
        if state.is_drained(node) || !state.nodes().get(&node).is_some_and(|it| it.is_up()) {
            return end();
        }
        let left =
            Duration::from_millis(drain.order.deadline_ms).saturating_sub(self.since.elapsed());
        if left.is_zero() {
            // What is under way has its own deadline.
            return if under_way == 0 { end() } else { Vec::new() };
        }
        let plan = state.drain_plan(node, |dpid, to| self.avoided.contains_key(&(dpid, to)));
        if drain.occasion == Occasion::Leaving && under_way == 0 && plan.moves.is_empty() {
            return end();
        }
        let places = (drain.order.parallel as usize).saturating_sub(under_way);
        let ripe = |offer: &&(Dpid, NodeId)| {
            self.avoided.get(offer).is_none_or(|declined| declined.elapsed() >= RETRY_AFTER)
        };
        let deadline = left.clamp(MOVE_AT_LEAST, MOVE_WITHIN);
        let open = |&(dpid, to): &(Dpid, NodeId)| Errand::Open {
            drain: drain.id,
            actor: drain.actor.clone(),
            wish: Wish {
                dpid,
                candidates: vec![to],
                protocol: Protocol::Erc,
                rule: Rule::default(),
                reason: reason(node, drain),
                deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
                nonce: 0,
            },
        };
        plan.moves.iter().filter(ripe).take(places).map(open).collect()
    }
}

fn reason(node: NodeId, drain: &Drain) -> String {
    match drain.order.reason.as_str() {
        "" => format!("drain of node {node}"),
        reason => format!("drain of node {node}: {reason}"),
    }
}

async fn carry_out(node: &Arc<Shared>, efforts: &mut BTreeMap<DrainId, Effort>, errand: Errand) {
    match errand {
        Errand::Open { drain, actor, mut wish } => {
            let Ok(nonce) = getrandom::u64() else { return };
            wish.nonce = nonce;
            let offer = (wish.dpid, wish.candidates[0]);
            let reply = node.decide_for(actor, Op::Open(wish)).await;
            match reply.map(|reply| reply.result) {
                Ok(Ok(Done::Opened(id))) => {
                    if let Some(effort) = efforts.get_mut(&drain) {
                        effort.opened.insert(id, offer);
                    }
                }
                Ok(other) => tracing::debug!(?other, "a drain was overtaken by events"),
                Err(error) => tracing::warn!(%error, "a drain could not open a migration"),
            }
        }
        Errand::End { node: drained, drain } => {
            let result = node.decide(Op::EndDrain { node: drained, id: drain }).await;
            tracing::info!(node = %drained, %drain, ?result, "a drain is over");
        }
    }
}
