//! Whether all is well in the end: once nothing fails any more, the world must come to rest, and answer.

use super::{Event, World};
use crate::sim::agenda::Micros;
use crate::vswitch::ConnectionId;
use openflow::Role;

/// Time that the world may take to come to rest.
const REST_LIMIT: Micros = 40_000_000;
/// Packet-ins of a trial.
const TRIAL: usize = 5;
const TRIAL_TIME: Micros = 1_000_000;
const LOOK_EVERY: Micros = 100_000;

impl World {
    /// All errands are done: looks whether the world has come to rest, and whether it answers.
    pub(super) fn settle(&mut self) {
        let now = self.now();
        if let Some((firsts, due)) = self.trial.take() {
            if now < due {
                self.trial = Some((firsts, due));
                return self.agenda.at(due, Event::Settle);
            }
            return self.end_trial(&firsts);
        }
        match self.unrest() {
            None => self.begin_trial(),
            Some(what) => {
                let since = self.done_at.unwrap_or(now);
                if now - since > REST_LIMIT + self.log.outage {
                    self.violate(format!("P6/P7: the world does not come to rest: {what}"));
                    self.over = true;
                }
                self.agenda.after(LOOK_EVERY, Event::Settle);
            }
        }
    }

    fn begin_trial(&mut self) {
        let firsts = self.switches.iter().map(|switch| switch.books.next_number()).collect();
        for switch in 0..self.switches.len() {
            self.switches[switch].raises = false;
            for _ in 0..TRIAL {
                self.raise(switch);
            }
        }
        let due = self.now() + TRIAL_TIME;
        self.trial = Some((firsts, due));
        self.agenda.at(due, Event::Settle);
    }

    fn end_trial(&mut self, firsts: &[u64]) {
        self.over = true;
        for (switch, &first) in firsts.iter().enumerate() {
            let books = &self.switches[switch].books;
            let raised = books.next_number() - first;
            let amiss = books.first_amiss_from(first);
            if raised != TRIAL as u64 {
                self.violate(format!("P6: switch {} asks nobody", switch + 1));
            } else if let Some((number, answers)) = amiss {
                self.violate(format!(
                    "P6: at rest, packet-in {number} of switch {} was answered {answers} times",
                    switch + 1
                ));
            }
        }
        if let Some(what) = self.unrest().filter(|what| !what.contains("lease")) {
            self.violate(format!("P6/P7: the world does not stay at rest: {what}"));
        }
    }

    /// Returns what is not yet as it should be in the end.
    pub(super) fn unrest(&self) -> Option<String> {
        let now = self.now();
        for node in &self.nodes {
            if !node.reaches_log(now) || node.applied < self.log.entries.len() {
                return Some(format!("node {} is behind", node.id));
            }
            if node.lease_until <= now {
                return Some(format!("node {} has no lease", node.id));
            }
            if node.admission.taken() > 0 {
                return Some(format!("node {} has given away a place", node.id));
            }
            if let Some(what) = node.sessions.values().find_map(|session| session.residue()) {
                return Some(format!("node {}: {what}", node.id));
            }
        }
        (0..self.switches.len()).find_map(|switch| self.amiss_at(switch))
    }

    /// Returns what at a switch is not as the log says.
    pub(super) fn amiss_at(&self, switch: usize) -> Option<String> {
        let (number, inner) = (switch + 1, &self.switches[switch].inner);
        let Some(record) = self.log.truth.switches().get(&inner.dpid()) else {
            return Some(format!("the log does not know switch {number}"));
        };
        if let Some(id) = record.migration {
            return Some(format!("migration {id} of switch {number} is not over"));
        }
        let connections = self.connections_where(|c| c.switch == switch && c.open_at_switch);
        for node in &self.nodes {
            let of = |by| self.connection(by).node == node.id;
            let whole = |by: ConnectionId| !self.connection(by).deaf;
            let Some(&by) = connections.iter().find(|&&by| of(by) && whole(by)) else {
                return Some(format!("node {} has no connection with switch {number}", node.id));
            };
            if !record.connected.contains_key(&node.id) {
                return Some(format!(
                    "the log knows no session of node {} with switch {number}",
                    node.id
                ));
            }
            let wanted = if record.equals.contains(&node.id) {
                Role::Equal
            } else if record.owner == Some(node.id) {
                Role::Master
            } else {
                Role::Slave
            };
            let role = inner.role(by);
            if role != Some(wanted) {
                return Some(format!(
                    "node {} is {role:?} at switch {number}, and should be {wanted:?}",
                    node.id
                ));
            }
        }
        if inner.flows().is_empty() {
            return Some(format!("switch {number} has no flow that asks"));
        }
        let stray = self.switches[switch].stray_flow();
        stray.map(|flow| format!("switch {number} has a flow with cookie {:#x}", flow.cookie))
    }

    /// Books a violation that only an exact protocol can be blamed for.
    pub(super) fn violate_if_exact(&mut self, what: String) {
        if self.scenario.protocol.is_none_or(migration::ownership::Protocol::is_exact) {
            self.violate(what);
        }
    }

    /// Adds up what the switches have on their books.
    pub(super) fn sum_up(&mut self) {
        for switch in 0..self.switches.len() {
            let books = &self.switches[switch].books;
            let tally = &mut self.tally;
            tally.raised += books.raised();
            tally.lost += books.lost();
            tally.twice += books.twice;
            tally.reordered += books.reordered;
            tally.unheard += books.unheard;
            tally.longest_gap_us = tally.longest_gap_us.max(books.longest);
            self.judge(switch);
        }
        self.tally.hash = self.trace.hash();
    }

    fn judge(&mut self, switch: usize) {
        let number = switch + 1;
        let books = &self.switches[switch].books;
        let (lost, longest) = (books.lost(), books.longest);
        if self.is_faultless() {
            let missing = books.first_amiss_from(0);
            if lost > 0 {
                self.violate_if_exact(format!(
                    "P2: switch {number} has {lost} packet-ins without an answer: {missing:?}"
                ));
            }
        } else if self.violations.is_empty() && books.overflowed == 0 && !self.scenario.power_cuts {
            let owed = books.owed(|node, at| self.node(node).sound_since < at);
            if let Some((first, by)) = owed.first() {
                self.violate_if_exact(format!(
                    "P2: packet-in {first} of switch {number}, which sound nodes {by:?} heard, has no answer ({} such)",
                    owed.len()
                ));
            }
        }
        let bound = match self.is_faultless() {
            true => FAULTLESS_GAP,
            false => GAP + self.log.outage * 2,
        };
        if longest > bound {
            self.violate_if_exact(format!(
                "P4: switch {number} waited {} ms for an answer",
                longest / 1_000
            ));
        }
    }
}

/// Longest wait for an answer when nothing fails: an early marker's patience at most.
const FAULTLESS_GAP: Micros = 1_500_000;
/// Longest wait for an answer when something fails: a deadline, detection, and what an heir waits for.
const GAP: Micros = 20_000_000;
