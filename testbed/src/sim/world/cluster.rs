//! The log among the nodes: proposals, elections, leases, and the rounds that a node does beside its sessions.

use super::{Event, PULSE_EVERY, World};
use crate::sim::agenda::Micros;
use crate::sim::faults::Boundary;
use crate::sim::log::{Asker, Tenure};
use crate::sim::node::{FIRST_BOOT, LEASE, Watch};
use migration::NodeId;
use migration::ownership::{Command, Op};
use openflow::Dpid;

const RENEW_EVERY: Micros = LEASE / 4;
const PRESENCE_EVERY: Micros = 500_000;
const GATHER: Micros = 5_000;
const PLACEMENT_EVERY: Micros = 50_000;
const ASK_AGAIN: Micros = 20_000;

impl World {
    pub(super) fn start_rounds(&mut self, node: NodeId) {
        let run = self.node(node).run;
        let offset = self.rng.below(RENEW_EVERY);
        self.agenda.after(offset, Event::Renew { node, run });
        self.plan_presence(node, 0);
    }

    // Proposals.

    pub(super) fn propose(&mut self, by: NodeId, op: Op, asker: Asker) {
        let (now, run) = (self.now(), self.node(by).run);
        self.trace.say(now, || format!("node {by} proposes {}", brief(&op)));
        let number = self.log.propose((by, run), op, asker, now);
        let delay = if self.log.leader == Some(by) { 10 } else { self.rng.around(800) };
        self.agenda.after(delay, Event::Ask(number));
    }

    pub(super) fn ask(&mut self, number: u64) {
        let now = self.now();
        let term = self.log.term;
        let leads = self.log.leader.filter(|&leader| self.node(leader).reaches_log(now));
        let Some(proposal) = self.log.proposal(number) else { return };
        let (by, run, late) = (proposal.by, proposal.run, now >= proposal.deadline);
        proposal.tries += 1;
        let first = proposal.tries == 1;
        let decision = proposal.asker == Asker::Placement;
        let lives = self.is_run(by, run);
        // What a leader decides nobody else carries out; mirrors `propose_as_leader`.
        let void = decision && self.log.leader != Some(by);
        if late || void || (!lives && !first) {
            return self.answer(number);
        }
        let reaches = leads.is_some() && (!lives || self.node(by).reaches_log(now));
        if !reaches {
            return self.agenda.after(ASK_AGAIN, Event::Ask(number));
        }
        if let Some(proposal) = self.log.proposal(number) {
            proposal.taken = true;
        }
        let delay = 200 + self.rng.around(1_500);
        self.agenda.after(delay, Event::Commit { number, term });
    }

    pub(super) fn commit(&mut self, number: u64, term: u64) {
        if self.log.term != term || self.log.leader.is_none() {
            return;
        }
        if !self.can_commit() {
            return self.agenda.after(ASK_AGAIN, Event::Commit { number, term });
        }
        let Some(proposal) = self.log.forget(number) else { return };
        self.append(proposal.command);
        let delay = self.rng.around(800);
        let (node, run, asker) = (proposal.by, proposal.run, proposal.asker);
        self.agenda.after(delay, Event::Reply { node, run, asker });
    }

    /// Gives a proposal up, and tells whoever asked.
    fn answer(&mut self, number: u64) {
        if let Some(proposal) = self.log.forget(number) {
            let (node, run, asker) = (proposal.by, proposal.run, proposal.asker);
            self.agenda.after(0, Event::Reply { node, run, asker });
        }
    }

    pub(super) fn append(&mut self, command: Command) {
        let now = self.now();
        let line = brief(&command.op);
        let by = command.actor.clone();
        // Until the log has taken from the old process all that it had, the new one owes nothing.
        let restarted = match command.op {
            Op::Register { node, boot, .. } if boot > FIRST_BOOT && boot % FIRST_BOOT == 0 => {
                Some(node)
            }
            _ => None,
        };
        let reply = self.log.append(command);
        self.trace.mix(&[now, self.log.entries.len() as u64, u64::from(reply.result.is_ok())]);
        self.trace.say(now, || format!("log: {line} of {by}: {:?}", reply.result));
        if let Some(node) = restarted {
            let node = self.node_mut(node);
            node.sound_since = node.sound_since.max(now);
        }
        for dpid in &reply.touched {
            let switch = self.switch_of(*dpid);
            self.switches[switch].stir(now);
            self.agenda.after(0, Event::Errand(switch));
        }
        let leader = self.log.leader;
        for node in self.node_ids() {
            let lag = self.node(node).lag;
            let delay = if Some(node) == leader { 20 } else { self.rng.around(lag) };
            let run = self.node(node).run;
            self.agenda.after(delay, Event::Apply { node, run });
        }
    }

    /// A node applies all that it can know of; a leader's word is what brings it.
    pub(super) fn apply(&mut self, id: NodeId, run: u32) {
        let now = self.now();
        if !self.is_run(id, run) {
            return;
        }
        let cut_off_until = self.node(id).cut_off_until;
        if cut_off_until > now {
            return self.agenda.at(cut_off_until, Event::Apply { node: id, run });
        }
        let Some(command) = self.log.entries.get(self.node(id).applied).cloned() else { return };
        let boundary = Boundary::of_entry(&command.op);
        if self.cross(id, None, boundary, false) {
            return;
        }
        let node = self.node_mut(id);
        node.applied += 1;
        let reply = node.view.apply(command);
        for dpid in reply.touched {
            self.nudge_soon(id, dpid);
        }
        self.cross(id, None, boundary, true);
    }

    pub(super) fn reply(&mut self, node: NodeId, run: u32, asker: Asker) {
        if !self.is_run(node, run) {
            return;
        }
        match asker {
            Asker::Nobody => {}
            Asker::Presence => {
                let presence = &mut self.node_mut(node).presence;
                presence.waits_for_log = false;
                let touched = std::mem::take(&mut presence.touched);
                self.plan_presence(node, if touched { GATHER } else { ASK_AGAIN });
            }
            Asker::Placement => {
                self.node_mut(node).watch.waits_for_log = false;
                self.decide_next(node);
            }
        }
    }

    // Leadership.

    /// Returns whether the leader reaches a majority.
    fn can_commit(&self) -> bool {
        let now = self.now();
        let leads = self.log.leader.is_some_and(|leader| self.node(leader).reaches_log(now));
        leads && self.has_majority()
    }

    fn has_majority(&self) -> bool {
        let now = self.now();
        let there = self.nodes.iter().filter(|node| node.reaches_log(now)).count();
        there > self.nodes.len() / 2 && self.log.quorum_lost_until <= now
    }

    pub(super) fn pulse(&mut self) {
        self.agenda.after(PULSE_EVERY, Event::Pulse);
        let (now, can_commit) = (self.now(), self.can_commit());
        if self.log.watch(can_commit, now, PULSE_EVERY, &mut self.rng) && self.has_majority() {
            self.lose_leader();
            self.elect();
        }
    }

    /// Nobody leads any more; what the leader had taken is in the log, or it is not.
    pub(super) fn lose_leader(&mut self) {
        let now = self.now();
        for proposal in self.log.lose_leader(now, &mut self.rng) {
            if self.rng.one_in(2) {
                self.append(proposal.command);
            }
            let (node, run, asker) = (proposal.by, proposal.run, proposal.asker);
            self.agenda.after(0, Event::Reply { node, run, asker });
        }
    }

    pub(super) fn elect(&mut self) {
        let now = self.now();
        let there = self.nodes.iter().filter(|node| node.reaches_log(now)).map(|node| node.id);
        let Some(leader) = self.rng.pick(&there.collect::<Vec<_>>()) else { return };
        self.log.elect(leader);
        let term = self.log.term;
        self.trace.say(now, || format!("log: node {leader} leads term {term}"));
        self.node_mut(leader).tenure = Some(Tenure::new(term, now));
        self.node_mut(leader).watch = Watch::default();
        self.agenda.after(PLACEMENT_EVERY, Event::Placement { node: leader, term });
    }

    // Leases.

    pub(super) fn renew(&mut self, id: NodeId, run: u32) {
        if !self.is_run(id, run) {
            return;
        }
        let (now, n, term) = (self.now(), self.nodes.len(), self.log.term);
        self.agenda.after(RENEW_EVERY, Event::Renew { node: id, run });
        if self.node(id).cut_off_until > now {
            return;
        }
        let node = self.node_mut(id);
        node.tenure = node.tenure.take().filter(|tenure| tenure.term == term);
        let Some(leader) = self.log.leader.filter(|&leader| self.node(leader).reaches_log(now))
        else {
            return;
        };
        if self.log.quorum_lost_until > now {
            return;
        }
        let Some(tenure) = &mut self.node_mut(leader).tenure else { return };
        tenure.contact.insert(id, now);
        let Some(majority_at) = tenure.majority_at(leader, n, now) else { return };
        let entries = self.log.entries.len();
        let node = self.node_mut(id);
        // After a gap a lease waits for the node to have applied what was decided over its head.
        if node.lease_until > now || node.applied == entries {
            node.lease_until = node.lease_until.max(majority_at + LEASE);
        }
    }

    // Rounds.

    fn plan_presence(&mut self, node: NodeId, delay: Micros) {
        let run = self.node(node).run;
        let presence = &mut self.node_mut(node).presence;
        presence.round += 1;
        let round = presence.round;
        self.agenda.after(delay, Event::Presence { node, run, round });
    }

    pub(super) fn touch(&mut self, node: NodeId) {
        let presence = &mut self.node_mut(node).presence;
        if presence.waits_for_log {
            presence.touched = true;
        } else {
            self.plan_presence(node, GATHER);
        }
    }

    pub(super) fn presence(&mut self, id: NodeId, run: u32, round: u64) {
        let now = self.now();
        if !self.is_run(id, run) || self.node(id).presence.round != round {
            return;
        }
        match self.node_mut(id).announce(now) {
            Some(op) => {
                self.node_mut(id).presence.waits_for_log = true;
                self.propose(id, op, Asker::Presence);
            }
            None => self.plan_presence(id, PRESENCE_EVERY),
        }
    }

    pub(super) fn placement(&mut self, id: NodeId, term: u64) {
        let now = self.now();
        if self.node(id).tenure.as_ref().is_none_or(|tenure| tenure.term != term) {
            return;
        }
        self.agenda.after(PLACEMENT_EVERY, Event::Placement { node: id, term });
        if self.node(id).watch.waits_for_log {
            return;
        }
        let mut ops = self.node_mut(id).decide(now);
        ops.reverse();
        let watch = &mut self.node_mut(id).watch;
        (watch.queue, watch.decided_at) = (ops, now);
        self.decide_next(id);
    }

    fn decide_next(&mut self, id: NodeId) {
        let now = self.now();
        let watch = &mut self.node_mut(id).watch;
        if let Some(op) = watch.queue.pop() {
            watch.waits_for_log = true;
            self.propose(id, op, Asker::Placement);
        } else if now - watch.decided_at > PLACEMENT_EVERY {
            // Nobody watched meanwhile whether the lease lasts.
            watch.valid_since = None;
        }
    }
}

/// Returns what people want to know of a command.
fn brief(op: &Op) -> String {
    match op {
        Op::Register { node, boot, .. } => format!("Register {{ {node}, boot {boot} }}"),
        Op::Open(wish) => {
            let (candidates, protocol, rule) = (&wish.candidates, wish.protocol, wish.rule);
            format!("Open {{ {}: {candidates:?}, {protocol}, {rule} }}", Dpid(wish.dpid.0))
        }
        Op::Finish { id, winner, .. } => format!("Finish {{ {id}, winner {winner} }}"),
        other => format!("{other:?}"),
    }
}
