//! What goes wrong, carried out.

use super::{Event, World};
use crate::sim::agenda::Micros;
use crate::sim::faults::{Boundary, Fault, Plan, Whom};
use migration::NodeId;

/// Time that a node has, after a fault, to be its old self again.
const CONVALESCENCE: Micros = 3_000_000;

impl World {
    /// A node is at a boundary; returns whether its process is dead now.
    pub(super) fn cross(
        &mut self,
        node: NodeId,
        switch: Option<usize>,
        boundary: Boundary,
        after: bool,
    ) -> bool {
        let (now, run) = (self.now(), self.node(node).run);
        if let Some(switch) = switch.filter(|_| boundary != Boundary::Answer) {
            self.switches[switch].stir(now);
        }
        if !after {
            self.trace.mix(&[now, node.0, boundary as u64]);
            if boundary != Boundary::Answer {
                self.trace.say(now, || {
                    let place = switch.map_or(String::new(), |s| format!(" of switch {}", s + 1));
                    format!("node {node}: {boundary:?}{place}")
                });
            }
        }
        if let Some(plan) = self.faults.cross(boundary, after) {
            let word = if after { "after" } else { "before" };
            let plan_ = plan;
            self.trace.say(now, || {
                format!(
                    "FAULT {:?} ({:?}) {word} {boundary:?} at node {node}",
                    plan_.fault, plan_.whom
                )
            });
            self.strike(plan, node, switch);
        }
        !self.is_run(node, run)
    }

    fn strike(&mut self, plan: Plan, here: NodeId, switch: Option<usize>) {
        let switch = switch.unwrap_or_else(|| self.rng.below(self.switches.len() as u64) as usize);
        let others = self.node_ids().into_iter().filter(|&node| node != here);
        let other = self.rng.pick(&others.collect::<Vec<_>>()).unwrap_or(here);
        let whom = if plan.whom == Whom::Here { here } else { other };
        let (now, until) = (self.now(), self.now() + plan.lasts);
        for switch in &mut self.switches {
            switch.stir(now);
        }
        self.tally.faults += 1;
        match plan.fault {
            Fault::Kill | Fault::PowerCut => self.kill(whom, until, plan.fault),
            Fault::Pause => {
                self.node_mut(whom).paused_until = until;
                self.harm(whom, until);
            }
            Fault::CutOff => {
                self.node_mut(whom).cut_off_until = until;
                self.harm(whom, until);
            }
            Fault::ChannelLost => self.lose_channel(switch, whom),
            Fault::PeerStreamLost => self.lose_streams(here, other, until),
            Fault::SwitchRestart => self.restart_switch(switch),
            Fault::LeaderLost => {
                if let Some(leader) = self.log.leader {
                    self.node_mut(leader).tenure = None;
                }
                self.lose_leader();
            }
            Fault::QuorumLost => self.log.quorum_lost_until = until,
        }
    }

    /// From now until some time after `until`, a node owes nothing.
    fn harm(&mut self, node: NodeId, until: Micros) {
        let node = self.node_mut(node);
        node.sound_since = node.sound_since.max(until + CONVALESCENCE);
    }

    fn kill(&mut self, node: NodeId, until: Micros, fault: Fault) {
        if !self.node(node).up {
            return;
        }
        self.harm(node, until);
        let connections = self.connections_where(|c| c.node == node);
        let run = self.node(node).run;
        self.node_mut(node).die();
        for by in connections {
            if self.connection(by).run != run {
                continue;
            }
            if fault == Fault::PowerCut {
                // What is on the way is lost, and the switch waits for an answer to its probe.
                self.connection_mut(by).open_at_node = false;
                self.lose_what_is_on_the_way(by);
            } else {
                self.end_at_node(by);
            }
        }
        let lost = if fault == Fault::PowerCut { 1 } else { 2 };
        for other in self.node_ids() {
            let down = until + self.rng.between(0, 300_000);
            for pair in [(node, other), (other, node)] {
                let outbound = pair.0 == node;
                let Some(stream) = self.streams.get_mut(&pair) else { continue };
                stream.broken_until = stream.broken_until.max(down);
                if !outbound || self.rng.one_in(lost) {
                    stream.epoch += 1;
                }
            }
        }
        if self.log.leader == Some(node) {
            self.lose_leader();
        }
        self.agenda.at(until, Event::Start(node));
    }

    /// What the node has written and the switch not read is no more; the switch notices late.
    fn lose_what_is_on_the_way(&mut self, by: crate::vswitch::ConnectionId) {
        let late = self.rng.between(2_000_000, 6_000_000);
        self.connection_mut(by).deaf = true;
        self.agenda.after(late, Event::EndAtSwitch(by));
    }

    pub(super) fn start(&mut self, node: NodeId) {
        let now = self.now();
        self.trace.say(now, || format!("node {node} starts again"));
        // The log's own state machine may come up behind where it was.
        let behind = self.rng.below(4) as usize;
        let entries = self.node(node).applied.saturating_sub(behind);
        let mut view = migration::ownership::Ownership::default();
        for command in &self.log.entries[..entries] {
            view.apply(command.clone());
        }
        let record = self.node_mut(node);
        (record.view, record.applied) = (view, entries);
        record.start(now);
        let run = record.run;
        self.start_rounds(node);
        for missing in entries..self.log.entries.len() {
            let delay = 1_000 * (missing - entries + 1) as Micros;
            self.agenda.after(delay, Event::Apply { node, run });
        }
    }

    fn lose_channel(&mut self, switch: usize, node: NodeId) {
        let until = self.now();
        self.harm(node, until);
        for by in self.connections_where(|c| (c.switch, c.node) == (switch, node)) {
            if self.rng.one_in(2) {
                // Reset: what is on the way is lost in both directions.
                self.connection_mut(by).deaf = true;
                let (one, other) = (self.rng.between(0, 50_000), self.rng.between(0, 50_000));
                self.agenda.after(one, Event::EndAtSwitch(by));
                self.agenda.after(other, Event::EndAtNode(by));
            } else {
                self.end_at_switch(by);
            }
        }
    }

    fn lose_streams(&mut self, one: NodeId, other: NodeId, until: Micros) {
        for pair in [(one, other), (other, one)] {
            if let Some(stream) = self.streams.get_mut(&pair) {
                stream.broken_until = until;
                stream.epoch += 1;
            }
        }
    }

    fn restart_switch(&mut self, switch: usize) {
        let until = self.now();
        for node in self.node_ids() {
            self.harm(node, until);
        }
        self.switches[switch].inner.restart();
        for by in self.connections_where(|c| c.switch == switch) {
            self.end_at_switch(by);
        }
    }
}
