//! The whole world of one run, in virtual time: nodes, switches, what connects them, and the log.
//!
//! ```text
//!   agenda --> Event --> a node's session, the log, a switch --> Effect, Output --> agenda
//!                                                  ^
//!                                    faults strike at the boundaries between effects
//! ```
//!
//! `wires` carries messages, `cluster` is the log and the leases, `strike` is what goes wrong, `errand` is the
//! administrator, `verdict` looks whether all is well in the end.

mod cluster;
mod errand;
mod strike;
mod verdict;
mod wires;

use super::agenda::{Agenda, Micros};
use super::faults::FaultPlan;
use super::link::Link;
use super::log::{Asker, Log};
use super::node::Node;
use super::rng::Rng;
use super::session::{HandOver, Stamp};
use super::switch::Switch;
use super::trace::Trace;
use super::{Scenario, Tally};
use crate::vswitch::ConnectionId;
use bytes::Bytes;
use errand::Errand;
use migration::NodeId;
use migration::gate::Limit;
use openflow::{Dpid, Frame};
use std::collections::BTreeMap;
use wires::{Connection, Stream};

/// The world of one run.
#[derive(Debug)]
pub(super) struct World {
    scenario: Scenario,
    agenda: Agenda<Event>,
    /// Delays, and which of several things happens.
    rng: Rng,
    nodes: Vec<Node>,
    switches: Vec<Switch>,
    connections: Vec<Connection>,
    streams: BTreeMap<(NodeId, NodeId), Stream>,
    /// Mean delays between a switch and a node.
    distances: BTreeMap<(usize, NodeId), Micros>,
    log: Log,
    faults: FaultPlan,
    errands: Vec<Errand>,
    /// What a gate may hold back in this run.
    limit: Limit,
    tally: Tally,
    trace: Trace,
    violations: Vec<String>,
    /// Since when all errands are done.
    done_at: Option<Micros>,
    /// When a migration could last be asked for.
    progress_since: Micros,
    /// For each switch, the first packet-in of the last trial, and when its result is looked at.
    trial: Option<(Vec<u64>, Micros)>,
    over: bool,
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    /// A switch tries to connect to a node.
    Dial {
        switch: usize,
        node: NodeId,
    },
    /// A node's process sees a new connection.
    Accept(ConnectionId),
    ToSwitch {
        by: ConnectionId,
        bytes: Bytes,
        stamp: Stamp,
    },
    ToNode {
        by: ConnectionId,
        frame: Box<Frame>,
    },
    EndAtSwitch(ConnectionId),
    EndAtNode(ConnectionId),
    /// A session looks at its timers.
    Wake(ConnectionId),
    /// A session looks at the log.
    Nudge {
        node: NodeId,
        run: u32,
        dpid: Dpid,
    },
    /// A message between two nodes arrives.
    Letter {
        to: NodeId,
        run: u32,
        epoch: u32,
        message: Box<HandOver>,
    },
    /// A proposal arrives where the leader was thought to be.
    Ask(u64),
    /// A majority has a proposal.
    Commit {
        number: u64,
        term: u64,
    },
    /// A node hears what came of its proposal.
    Reply {
        node: NodeId,
        run: u32,
        asker: Asker,
    },
    /// A node applies entries.
    Apply {
        node: NodeId,
        run: u32,
    },
    /// A node renews its lease.
    Renew {
        node: NodeId,
        run: u32,
    },
    Presence {
        node: NodeId,
        run: u32,
        round: u64,
    },
    Placement {
        node: NodeId,
        term: u64,
    },
    /// Somebody looks whether the log has a leader.
    Pulse,
    /// A node's process starts again.
    Start(NodeId),
    /// Packets come in at a switch.
    Packets(usize),
    SwitchTick(usize),
    Errand(usize),
    Settle,
}

/// Virtual time at which a run begins: every node has been up for longer than a cold start takes.
const BEGINNING: Micros = 20_000_000;
/// Events after which a run is given up: something goes round in circles.
const MAX_EVENTS: u64 = 3_000_000;

impl World {
    /// Returns the world of a scenario, at its beginning.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let seed = Rng::new(scenario.seed);
        let mut rng = seed.fork(1);
        let node_ids: Vec<NodeId> = (1..=rng.between(3, 5)).map(NodeId).collect();
        let places = if rng.one_in(8) { 1 } else { 16 };
        let mut node = |id| {
            let lag =
                if rng.one_in(4) { rng.between(2_000, 60_000) } else { rng.between(50, 2_000) };
            Node::new(id, lag, places, 0)
        };
        let nodes: Vec<Node> = node_ids.iter().map(|&id| node(id)).collect();
        let count = if rng.one_in(3) { 2 } else { 1 };
        let switches: Vec<Switch> =
            (1..=count).map(|dpid| Switch::new(Dpid(dpid), seed.fork(100 + dpid))).collect();
        let tight = scenario.faults > 0 && rng.one_in(10);
        let limit = Limit { packets: if tight { 12 } else { 100_000 }, ..Limit::default() };
        let mut world = Self {
            agenda: Agenda::new(BEGINNING),
            nodes,
            connections: Vec::new(),
            streams: BTreeMap::new(),
            distances: BTreeMap::new(),
            log: Log::default(),
            faults: FaultPlan::new(seed.fork(2), scenario.faults, scenario.power_cuts),
            errands: Errand::share(scenario.migrations, switches.len(), &seed),
            switches,
            limit,
            tally: Tally::default(),
            trace: Trace::new(scenario.trace),
            violations: Vec::new(),
            done_at: None,
            progress_since: BEGINNING,
            trial: None,
            over: false,
            scenario: scenario.clone(),
            rng,
        };
        world.lay_wires(&node_ids);
        world.begin();
        world
    }

    fn lay_wires(&mut self, nodes: &[NodeId]) {
        for &from in nodes {
            for switch in 0..self.switches.len() {
                let mean = Link::draw_mean(&mut self.rng);
                self.distances.insert((switch, from), mean);
            }
            for &to in nodes.iter().filter(|&&to| to != from) {
                let stream = Stream::new(Link::draw_mean(&mut self.rng));
                self.streams.insert((from, to), stream);
            }
        }
    }

    fn begin(&mut self) {
        self.elect();
        for id in self.node_ids() {
            self.start_rounds(id);
            for switch in 0..self.switches.len() {
                let delay = self.rng.between(0, 20_000);
                self.agenda.after(delay, Event::Dial { switch, node: id });
            }
        }
        self.agenda.after(PULSE_EVERY, Event::Pulse);
        for switch in 0..self.switches.len() {
            self.agenda.after(0, Event::Packets(switch));
            self.agenda.after(SWITCH_TICK_EVERY, Event::SwitchTick(switch));
            self.agenda.after(0, Event::Errand(switch));
        }
    }

    /// Lets time pass until all errands are done and all is quiet.
    pub(super) fn run(mut self) -> (Vec<String>, Tally, Trace, super::faults::Coverage) {
        let mut events = 0;
        while !self.over
            && let Some(event) = self.agenda.next()
        {
            events += 1;
            if events > MAX_EVENTS {
                self.violate("the run does not come to an end".to_owned());
                break;
            }
            self.happen(event);
        }
        self.tally.events = events;
        self.sum_up();
        (self.violations, self.tally, self.trace, self.faults.coverage)
    }

    fn happen(&mut self, event: Event) {
        let now = self.agenda.now();
        if let Some(node) = self.process_of(&event) {
            let paused_until = self.node(node).paused_until;
            if paused_until > now {
                return self.agenda.at(paused_until, event);
            }
        }
        match event {
            Event::Dial { switch, node } => self.dial(switch, node),
            Event::Accept(by) => self.accept(by),
            Event::ToSwitch { by, bytes, stamp } => self.arrive_at_switch(by, &bytes, stamp),
            Event::ToNode { by, frame } => self.arrive_at_node(by, *frame),
            Event::EndAtSwitch(by) => self.end_at_switch(by),
            Event::EndAtNode(by) => self.end_at_node(by),
            Event::Wake(by) => self.with_session(by, |session, io| session.wake(io)),
            Event::Nudge { node, run, dpid } => self.nudge(node, run, dpid),
            Event::Letter { to, run, epoch, message } => self.deliver(to, run, epoch, *message),
            Event::Ask(number) => self.ask(number),
            Event::Commit { number, term } => self.commit(number, term),
            Event::Reply { node, run, asker } => self.reply(node, run, asker),
            Event::Apply { node, run } => self.apply(node, run),
            Event::Renew { node, run } => self.renew(node, run),
            Event::Presence { node, run, round } => self.presence(node, run, round),
            Event::Placement { node, term } => self.placement(node, term),
            Event::Pulse => self.pulse(),
            Event::Start(node) => self.start(node),
            Event::Packets(switch) => self.packets(switch),
            Event::SwitchTick(switch) => self.switch_tick(switch),
            Event::Errand(switch) => self.errand(switch),
            Event::Settle => self.settle(),
        }
    }

    /// Returns the node whose process the event happens to.
    fn process_of(&self, event: &Event) -> Option<NodeId> {
        match event {
            Event::Accept(by) | Event::EndAtNode(by) | Event::Wake(by) => {
                Some(self.connection(*by).node)
            }
            Event::ToNode { by, .. } => Some(self.connection(*by).node),
            Event::Nudge { node, .. }
            | Event::Reply { node, .. }
            | Event::Apply { node, .. }
            | Event::Renew { node, .. }
            | Event::Presence { node, .. }
            | Event::Placement { node, .. } => Some(*node),
            Event::Letter { to, .. } => Some(*to),
            _ => None,
        }
    }

    fn now(&self) -> Micros {
        self.agenda.now()
    }

    fn node_ids(&self) -> Vec<NodeId> {
        self.nodes.iter().map(|node| node.id).collect()
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize - 1]
    }

    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize - 1]
    }

    fn is_run(&self, node: NodeId, run: u32) -> bool {
        self.node(node).up && self.node(node).run == run
    }

    fn switch_of(&self, dpid: Dpid) -> usize {
        dpid.0 as usize - 1
    }

    fn violate(&mut self, what: String) {
        let now = self.now();
        self.trace.say(now, || format!("VIOLATION {what}"));
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(format!("at {:.3} ms: {what}", now as f64 / 1_000.0));
        }
    }

    /// Returns whether nothing may fail in this run.
    fn is_faultless(&self) -> bool {
        self.scenario.faults == 0
    }
}

const PULSE_EVERY: Micros = 50_000;
const SWITCH_TICK_EVERY: Micros = 1_000_000;
const MAX_VIOLATIONS: usize = 20;
