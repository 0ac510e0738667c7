//! The administrator of one switch: asks for one migration after the other, and cancels some.

use super::{Event, World};
use crate::sim::agenda::Micros;
use crate::sim::log::Asker;
use crate::sim::rng::Rng;
use migration::ownership::{AbortReason, Op, Protocol, Rule, State, Wish};
use migration::protocol::Probe;
use migration::{MigrationId, NodeId};

/// What is left to ask for, and how far the last wish is.
#[derive(Debug)]
pub(super) struct Errand {
    left: u32,
    /// What is to be had next; another move may have to come first.
    wanted: Option<(Protocol, Rule, u64)>,
    progress: Progress,
    rng: Rng,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    Thinking { until: Micros },
    Asked { at: Micros, last: Option<MigrationId> },
    Running { id: MigrationId, since: Micros, outage: Micros, cancel_at: Option<Micros> },
    Done,
}

/// Time that an exact migration takes at most when nothing fails.
const FAULTLESS_LIMIT: Micros = 1_500_000;
/// Time that a migration may take beyond its deadline and the log's outages: detection, and what the engine
/// and its heirs wait for.
const MARGIN: Micros = 14_000_000;
/// Time that the cluster may take to be able to open a migration.
const PATIENCE: Micros = 60_000_000;

impl Errand {
    /// Shares `migrations` out among switches.
    pub(super) fn share(migrations: u32, switches: usize, seed: &Rng) -> Vec<Self> {
        let errand = |switch: usize| {
            let left = (migrations as usize + switch) / switches;
            let progress = Progress::Thinking { until: 0 };
            Self { left: left as u32, wanted: None, progress, rng: seed.fork(200 + switch as u64) }
        };
        (0..switches).map(errand).collect()
    }

    pub(super) fn is_done(&self) -> bool {
        self.progress == Progress::Done
    }

    fn think(&mut self, now: Micros) -> Micros {
        let pause = if self.rng.one_in(3) {
            self.rng.between(0, 2_000)
        } else {
            self.rng.between(2_000, 60_000)
        };
        self.progress = Progress::Thinking { until: now + pause };
        pause
    }
}

impl World {
    /// The administrator of a switch looks how things stand.
    pub(super) fn errand(&mut self, switch: usize) {
        let now = self.now();
        match self.errands[switch].progress {
            Progress::Thinking { until } if now >= until => self.ask_for_migration(switch),
            Progress::Thinking { .. } | Progress::Done => {}
            Progress::Asked { at, last } => self.await_opening(switch, at, last),
            Progress::Running { id, since, outage, cancel_at } => {
                self.await_end(switch, id, (since, outage), cancel_at);
            }
        }
    }

    fn ask_for_migration(&mut self, switch: usize) {
        let now = self.now();
        if self.errands[switch].left == 0 {
            self.errands[switch].progress = Progress::Done;
            if self.errands.iter().all(Errand::is_done) {
                self.faults.disarm();
                self.done_at = Some(now);
                self.agenda.after(0, Event::Settle);
            }
            return;
        }
        if self.is_unready(switch) {
            if now > self.progress_since + PATIENCE + self.log.outage * 2 {
                self.violate(format!("no migration of switch {} can open", switch + 1));
                self.over = true;
            }
            return self.agenda.after(20_000, Event::Errand(switch));
        }
        self.progress_since = now;
        let Some(wish) = self.draw_wish(switch) else {
            return self.agenda.after(20_000, Event::Errand(switch));
        };
        let lives = self.nodes.iter().filter(|node| node.reaches_log(now)).map(|node| node.id);
        let Some(asked) = self.rng.pick(&lives.collect::<Vec<_>>()) else {
            return self.agenda.after(20_000, Event::Errand(switch));
        };
        let last = self.log.truth.migrations().last_key_value().map(|(&id, _)| id);
        self.errands[switch].progress = Progress::Asked { at: now, last };
        self.propose(asked, Op::Open(wish), Asker::Nobody);
        self.agenda.after(7_000_000, Event::Errand(switch));
    }

    /// Returns whether the switch has no owner that answers, or not all nodes at the very beginning.
    fn is_unready(&self, switch: usize) -> bool {
        let dpid = self.switches[switch].dpid();
        let Some(record) = self.log.truth.switches().get(&dpid) else { return true };
        let served = record.owner.is_some_and(|owner| self.log.truth.can_serve(owner, dpid));
        let first = self.log.truth.migrations().is_empty();
        !served || record.migration.is_some() || (first && self.unrest().is_some())
    }

    /// Returns what to ask for: what is wanted next, or the move that makes it possible.
    fn draw_wish(&mut self, switch: usize) -> Option<Wish> {
        let dpid = self.switches[switch].dpid();
        let only = self.scenario.protocol;
        let errand = &mut self.errands[switch];
        let rng = &mut errand.rng;
        let (wanted, rule, many) = *errand.wanted.get_or_insert_with(|| {
            let protocol = only.or_else(|| rng.pick(&EXACT)).unwrap_or_default();
            (protocol, rng.pick(&Rule::ALL).unwrap_or_default(), rng.between(1, 4))
        });
        let truth = &self.log.truth;
        let exchange = wanted.table().exchange;
        let prepared = |protocol: Protocol| truth.willing(dpid, protocol);
        let mut protocol = wanted;
        if prepared(wanted).is_empty() {
            protocol = if exchange.target_was_equal { Protocol::ErcM2eS2m } else { Protocol::Erc };
        }
        let mut candidates = prepared(protocol);
        if candidates.is_empty() {
            return None;
        }
        for place in (1..candidates.len()).rev() {
            candidates.swap(place, rng.below(place as u64 + 1) as usize);
        }
        let many = if protocol.table().probe == Probe::None { 1 } else { many };
        candidates.truncate(many as usize);
        let deadline_ms = rng.between(2_500, 5_000);
        let nonce = rng.bits();
        let reason = String::new();
        if protocol == wanted {
            errand.wanted = None;
        }
        Some(Wish { dpid, candidates, protocol, rule, reason, deadline_ms, nonce })
    }

    fn await_opening(&mut self, switch: usize, at: Micros, last: Option<MigrationId>) {
        let now = self.now();
        let dpid = self.switches[switch].dpid();
        let news = |(&id, m): (&MigrationId, &migration::ownership::Migration)| {
            (m.dpid == dpid && Some(id) > last).then_some(id)
        };
        let Some(id) = self.log.truth.migrations().iter().find_map(news) else {
            if now >= at + 7_000_000 {
                let pause = self.errands[switch].think(now);
                self.agenda.after(pause, Event::Errand(switch));
            }
            return;
        };
        self.faults.arm();
        let errand = &mut self.errands[switch];
        let cancels = errand.rng.one_in(16);
        let cancel_at = cancels.then(|| now + errand.rng.between(0, 15_000));
        let outage = self.log.outage;
        errand.progress = Progress::Running { id, since: now, outage, cancel_at };
        self.agenda.after(cancel_at.map_or(100_000, |at| at - now), Event::Errand(switch));
    }

    fn await_end(
        &mut self,
        switch: usize,
        id: MigrationId,
        (since, outage): (Micros, Micros),
        cancel_at: Option<Micros>,
    ) {
        let now = self.now();
        if self.log.is_final(id) {
            self.book_end(id, now - since);
            self.errands[switch].left -= 1;
            let pause = self.errands[switch].think(now);
            return self.agenda.after(pause, Event::Errand(switch));
        }
        if cancel_at.is_some_and(|at| now >= at) {
            let progress = Progress::Running { id, since, outage, cancel_at: None };
            self.errands[switch].progress = progress;
            let reason = AbortReason::Cancelled("the administrator".to_owned());
            let node = NodeId(1 + self.rng.below(self.nodes.len() as u64));
            self.propose(node, Op::Abort { id, reason }, Asker::Nobody);
        }
        let deadline = self.log.truth.migrations().get(&id).map_or(0, |m| m.deadline_ms * 1_000);
        let limit = match self.is_faultless() {
            true => FAULTLESS_LIMIT,
            false => deadline + MARGIN + (self.log.outage - outage) * 2,
        };
        if now - since > limit {
            self.violate(format!(
                "P5: migration {id} is not over after {} ms",
                (now - since) / 1_000
            ));
            self.over = true;
        }
        self.agenda.after(100_000, Event::Errand(switch));
    }

    fn book_end(&mut self, id: MigrationId, took: Micros) {
        self.tally.migrations += 1;
        let Some(migration) = self.log.truth.migrations().get(&id).cloned() else { return };
        let protocol = self.tally.protocols.entry(migration.protocol.name()).or_default();
        match &migration.state {
            State::Done => {
                protocol.done += 1;
                self.tally.longest_us = self.tally.longest_us.max(took);
            }
            State::Aborted(reason) => {
                protocol.aborted += 1;
                let excused =
                    matches!(reason, AbortReason::Cancelled(_) | AbortReason::Refused(..));
                if self.is_faultless() && !excused {
                    self.violate(format!(
                        "P5: migration {id} was aborted, and nothing failed: {reason}"
                    ));
                }
            }
            State::Open | State::Committed => {}
        }
    }
}

/// Protocols that a run draws from, if none is named.
const EXACT: [Protocol; 9] = [
    Protocol::Erc,
    Protocol::ErcEarly,
    Protocol::ErcM2eS2m,
    Protocol::ErcE2sS2e,
    Protocol::ErcM2sE2m,
    Protocol::ErcM2eE2m,
    Protocol::Elasticon,
    // On the virtual switch a flow-removed is in order with all else.
    Protocol::ElasticonFlowRemoved,
    Protocol::Direct,
];
