//! Two parties, one switch and the log, as one value with every step that it could take next.
//!
//! ```text
//!   S ──requests──> W ──replies──> S        each arrow is a FIFO of its own
//!   T ──requests──> W ──replies──> T
//!   S ──messages──> T ──messages──> S
//!   S, T ──proposals──> log                 taken up in any order
//!   log ──entries──> S, T                   each reads at its own pace, and misses none
//! ```
//!
//! Processing a packet-in means sending its effect to the switch, so what counts is what the switch accepted.

use migration::engine::{
    Action, Engine, Event, PeerMessage, Proposal, Standing, SwitchEvent, Timer,
};
use migration::gate::{Gate, Limit, Mode, Order, Verdict};
use migration::ownership::{
    Command, Migration, MigrationId, NodeId, Op, Ownership, Protocol, Rule, Token,
};
use migration::protocol::Table;
use migration::report::Report;
use openflow::{Dpid, GenerationId, Role};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

/// What may happen, besides the hand-over itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) table: &'static Table,
    /// Packet-ins that the switch raises, at any time.
    pub(crate) packets: u8,
    pub(crate) failure: Failure,
}

/// The one failure that may happen, at any time or never.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    None,
    /// A party's process dies; what it has written still arrives.
    Killed(usize),
    /// A party's machine dies; what it has written may be lost.
    PowerCut(usize),
    /// A message between the parties is lost, and with it those that follow.
    PeerStreamLost,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Step {
    /// The switch raises a packet-in.
    Raise,
    /// The switch takes a party's next request.
    Request(usize),
    /// A party hears the switch's next reply.
    Reply(usize),
    /// A party hears the other party's next message.
    Message(usize),
    /// A party reads the log's next entry.
    Read(usize),
    /// The log takes up one of the proposals that are under way.
    TakeUp(usize),
    /// The log learns that a party is dead.
    NoticeDeath,
    /// A party's timer runs out.
    Fire(usize, Timer),
    /// What the scenario has in store happens.
    Fail,
}

pub(crate) const SOURCE: usize = 0;
pub(crate) const TARGET: usize = 1;
const NODES: [NodeId; 2] = [NodeId(1), NodeId(2)];
const BOOT: u64 = 1;
const SWITCH: Dpid = Dpid(7);
const ID: MigrationId = MigrationId(1);

#[derive(Clone, Eq, Hash, PartialEq)]
pub(crate) struct World {
    ownership: Rc<Ownership>,
    entries: Vec<Standing>,
    proposals: BTreeSet<(usize, Proposal)>,
    parties: [Party; 2],
    roles: [Option<Role>; 2],
    generation: Token,
    /// Who heard each packet-in that was raised.
    heard: Vec<[bool; 2]>,
    effects: Vec<u8>,
    failed: bool,
    death_noticed: bool,
}

#[derive(Clone, Eq, Hash, PartialEq)]
struct Party {
    alive: bool,
    engine: Option<Engine>,
    gate: Gate<u8>,
    timers: BTreeSet<Timer>,
    read: usize,
    requests: VecDeque<Request>,
    replies: VecDeque<Reply>,
    messages: VecDeque<PeerMessage>,
}

#[derive(Clone, Copy, Eq, Hash, PartialEq)]
enum Request {
    Role(Role, Token),
    Marker,
    Barrier,
    Effect(u8),
}

#[derive(Clone, Copy, Eq, Hash, PartialEq)]
enum Reply {
    PacketIn(u8),
    Event(SwitchEvent),
}

impl World {
    /// Returns the world after the migration was opened, of which nobody knows yet.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let mut ownership = Ownership::default();
        let mut apply = |op| {
            let reply = ownership.apply(Command { actor: String::new(), at_ms: 0, op });
            assert!(reply.result.is_ok(), "{reply:?}");
        };
        for node in NODES {
            apply(Op::Register { node, boot: BOOT, addresses: Default::default() });
            let up = vec![(SWITCH, GenerationId(0))];
            apply(Op::Connected { node, boot: BOOT, up, down: Vec::new() });
        }
        apply(Op::Open {
            dpid: SWITCH,
            candidates: vec![NODES[TARGET]],
            protocol: Protocol::Erc,
            rule: Rule::First,
            reason: String::new(),
            deadline_ms: 0,
        });
        let party = Party {
            alive: true,
            engine: None,
            gate: Gate::new(Limit::default()),
            timers: BTreeSet::new(),
            read: 0,
            requests: VecDeque::new(),
            replies: VecDeque::new(),
            messages: VecDeque::new(),
        };
        let mut world = Self {
            ownership: Rc::new(ownership),
            entries: vec![Standing::Open],
            proposals: BTreeSet::new(),
            parties: [party.clone(), party],
            roles: [Some(Role::Master), Some(Role::Slave)],
            generation: Token(1),
            heard: Vec::new(),
            effects: Vec::new(),
            failed: false,
            death_noticed: false,
        };
        let engine = Engine::source(ID, world.migration()).with_table(scenario.table);
        world.parties[SOURCE].engine = Some(engine);
        world.obey(SOURCE, Order::ReleaseAll);
        world
    }

    fn migration(&self) -> &Migration {
        &self.ownership.migrations()[&ID]
    }

    /// Returns every step that could be next.
    pub(crate) fn steps(&self, scenario: &Scenario) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.heard.len() < usize::from(scenario.packets) {
            steps.push(Step::Raise);
        }
        for (p, party) in self.parties.iter().enumerate() {
            let mut could = |step, queued: bool| {
                if queued {
                    steps.push(step);
                }
            };
            could(Step::Request(p), !party.requests.is_empty());
            could(Step::Reply(p), !party.replies.is_empty());
            could(Step::Message(p), !party.messages.is_empty());
            could(Step::Read(p), party.alive && party.read < self.entries.len());
        }
        steps.extend((0..self.proposals.len()).map(Step::TakeUp));
        // Once the migration is over, a death is the next owner's business and no hand-over's.
        let running = !self.migration().state.is_final();
        if running && self.a_death().is_some() && !self.death_noticed {
            steps.push(Step::NoticeDeath);
        }
        // Waiting for an answer is the only timer that may run out although nothing failed: the hand-over
        // must be exact even so. The others are there for failures; and a driver that rolls forward waits
        // longer than the switch takes for what the source has sent, or it would be refused.
        let stuck = steps.is_empty();
        let source_is_quiet = self.parties[SOURCE].requests.is_empty();
        for (p, party) in self.parties.iter().enumerate() {
            let may_fire = |timer: &&Timer| match timer {
                Timer::Answer => true,
                Timer::Forward => self.failed && source_is_quiet,
                Timer::Proposal | Timer::Claim => self.failed || stuck,
            };
            steps.extend(party.timers.iter().filter(may_fire).map(|&timer| Step::Fire(p, timer)));
        }
        if running && scenario.failure != Failure::None && !self.failed {
            steps.push(Step::Fail);
        }
        steps
    }

    fn a_death(&self) -> Option<usize> {
        self.parties.iter().position(|party| !party.alive)
    }

    /// Takes `step`.
    pub(crate) fn take(&mut self, step: Step, scenario: &Scenario) {
        match step {
            Step::Raise => self.raise(),
            Step::Request(p) => {
                let request = self.parties[p].requests.pop_front();
                self.answer(p, request.expect("the step was offered"));
            }
            Step::Reply(p) => {
                match self.parties[p].replies.pop_front().expect("the step was offered") {
                    Reply::PacketIn(packet) => match self.parties[p].gate.offer(packet, 1) {
                        Verdict::Process(packet) => self.process(p, packet),
                        Verdict::Held | Verdict::Discarded(_) => {}
                        Verdict::Overflow(_) => unreachable!("the limit is far away"),
                    },
                    Reply::Event(event) => self.happen(p, Event::Switch(event)),
                }
            }
            Step::Message(p) => {
                let message = self.parties[p].messages.pop_front();
                self.hear(p, message.expect("the step was offered"), scenario);
            }
            Step::Read(p) => self.read(p),
            Step::TakeUp(number) => self.take_up(number),
            Step::NoticeDeath => {
                let dead = self.a_death().expect("the step was offered");
                self.death_noticed = true;
                self.apply(Op::NodesDown { nodes: vec![(NODES[dead], BOOT)] });
            }
            Step::Fire(p, timer) => {
                self.parties[p].timers.remove(&timer);
                self.happen(p, Event::Timeout(timer));
            }
            Step::Fail => self.fail(scenario.failure),
        }
        self.close_drained_channels();
    }

    fn fail(&mut self, failure: Failure) {
        self.failed = true;
        match failure {
            Failure::None => {}
            Failure::PeerStreamLost => {
                for party in &mut self.parties {
                    party.messages.clear();
                }
            }
            Failure::Killed(p) | Failure::PowerCut(p) => {
                let party = &mut self.parties[p];
                let written = std::mem::take(&mut party.requests);
                party.alive = false;
                party.engine = None;
                party.timers.clear();
                party.replies.clear();
                party.messages.clear();
                if matches!(failure, Failure::Killed(_)) {
                    party.requests = written;
                }
            }
        }
    }

    /// The switch sees the end of a dead party's stream once it has taken what was written.
    fn close_drained_channels(&mut self) {
        for (party, role) in self.parties.iter_mut().zip(&mut self.roles) {
            if !party.alive {
                party.replies.clear();
                if party.requests.is_empty() {
                    *role = None;
                }
            }
        }
    }

    fn listeners(&self) -> [bool; 2] {
        self.roles.map(|role| matches!(role, Some(Role::Equal | Role::Master)))
    }

    fn send_to_listeners(&mut self, reply: Reply) {
        let listeners = self.listeners();
        for (party, listens) in self.parties.iter_mut().zip(listeners) {
            if listens {
                party.replies.push_back(reply);
            }
        }
    }

    fn raise(&mut self) {
        self.heard.push(self.listeners());
        self.send_to_listeners(Reply::PacketIn(self.heard.len() as u8));
    }

    /// The switch answers, as Open vSwitch does.
    fn answer(&mut self, p: usize, request: Request) {
        let listens = self.listeners()[p];
        let mut reply = |p: usize, event| self.parties[p].replies.push_back(Reply::Event(event));
        match request {
            Request::Role(Role::Master | Role::Slave, token) if token < self.generation => {
                reply(p, SwitchEvent::RoleRefused);
            }
            Request::Role(role, token) => {
                reply(p, SwitchEvent::RoleReply(role));
                self.roles[p] = Some(role);
                if role != Role::Equal {
                    self.generation = token;
                }
                let other = 1 - p;
                if (role, self.roles[other]) == (Role::Master, Some(Role::Master)) {
                    self.roles[other] = Some(Role::Slave);
                    reply(other, SwitchEvent::RoleStatus);
                }
            }
            Request::Marker if listens => {
                self.send_to_listeners(Reply::Event(SwitchEvent::Marker));
            }
            Request::Barrier => reply(p, SwitchEvent::BarrierReply),
            Request::Effect(packet) if listens => self.effects.push(packet),
            // A slave may change nothing (OpenFlow 1.3.5 §6.3.4).
            Request::Marker | Request::Effect(_) => {}
        }
    }

    fn hear(&mut self, p: usize, message: PeerMessage, scenario: &Scenario) {
        let party = &mut self.parties[p];
        let over = party.read.checked_sub(1).map(|last| self.entries[last]);
        let over = matches!(over, Some(Standing::Aborted | Standing::Done { .. }));
        if message == PeerMessage::Start && party.engine.is_none() && !over {
            let engine = Engine::target(ID, NODES[p], NODES[1 - p], Protocol::Erc, Token(2));
            party.engine = Some(engine.with_table(scenario.table));
        }
        self.happen(p, Event::Peer(message));
    }

    fn read(&mut self, p: usize) {
        let standing = self.entries[self.parties[p].read];
        self.parties[p].read += 1;
        if let Standing::Committed { winner, token } = standing
            && winner == NODES[p]
            && self.parties[p].engine.is_none()
        {
            let migration = Migration { token, ..self.migration().clone() };
            self.parties[p].engine = Some(Engine::heir(ID, NODES[p], &migration));
        }
        self.happen(p, Event::Log(standing));
    }

    fn take_up(&mut self, number: usize) {
        let (p, proposal) =
            self.proposals.iter().nth(number).cloned().expect("the step was offered");
        self.proposals.remove(&(p, proposal.clone()));
        self.apply(match proposal {
            Proposal::Commit { winner } => Op::Commit { id: ID, token: Token(2), winner },
            Proposal::Abort(reason) => Op::Abort { id: ID, reason },
            Proposal::Finish => Op::Finish { id: ID, winner: NODES[p], report: Report::default() },
        });
    }

    fn apply(&mut self, op: Op) {
        let ownership = Rc::make_mut(&mut self.ownership);
        // A refusal is as good as an answer: the entry that it lost against is in the log.
        let _ = ownership.apply(Command { actor: String::new(), at_ms: 0, op });
        let standing = Standing::of(self.migration());
        if self.entries.last() != Some(&standing) {
            self.entries.push(standing);
        }
    }

    fn happen(&mut self, p: usize, event: Event) {
        let mut actions = Vec::new();
        if let Some(engine) = &mut self.parties[p].engine {
            engine.handle(event, &mut actions);
        }
        for action in actions {
            let party = &mut self.parties[p];
            match action {
                Action::AskRole { role, token } => {
                    party.requests.push_back(Request::Role(role, token));
                }
                Action::SendMarker => party.requests.push_back(Request::Marker),
                Action::SendBarrier => party.requests.push_back(Request::Barrier),
                Action::Tell { message, .. } => {
                    let other = &mut self.parties[1 - p];
                    // What the engine does with the application's state is nothing.
                    if other.alive && message != PeerMessage::LocalState {
                        other.messages.push_back(message);
                    }
                }
                Action::Propose(proposal) => drop(self.proposals.insert((p, proposal))),
                Action::Gate(order) => self.obey(p, order),
                Action::SetTimer(timer) => drop(party.timers.insert(timer)),
                Action::ClearTimer(timer) => drop(party.timers.remove(&timer)),
                Action::Over(_) => {
                    party.engine = None;
                    party.timers.clear();
                }
            }
        }
    }

    fn obey(&mut self, p: usize, order: Order) {
        for packet in self.parties[p].gate.order(order) {
            self.process(p, packet);
        }
    }

    fn process(&mut self, p: usize, packet: u8) {
        self.parties[p].requests.push_back(Request::Effect(packet));
    }

    /// Returns what may never be, if it is.
    pub(crate) fn violation(&self) -> Option<String> {
        let processing = |party: &Party| party.alive && party.gate.mode() == Mode::Process;
        if self.parties.iter().all(processing) {
            return Some("both parties process".to_owned());
        }
        let exact = self.effects.iter().zip(1..).all(|(&effect, expected)| effect == expected);
        (!self.failed && !exact).then(|| format!("effects {:?}", self.effects))
    }

    /// Returns what is wrong in the end, if anything is.
    pub(crate) fn unfinished(&self) -> Option<String> {
        let switch = &self.ownership.switches()[&SWITCH];
        // What an owner that dies outside of any hand-over had not read yet is lost.
        let owner_died = self.migration().winner.is_none() && !self.parties[SOURCE].alive;
        let lost = |packet: u8, heard: &[bool; 2]| {
            let survivor_heard = self.parties.iter().zip(heard).any(|(p, &heard)| p.alive && heard);
            survivor_heard && !owner_died && !self.effects.contains(&packet)
        };
        if !self.migration().state.is_final() {
            return Some(format!("the migration is {}", self.migration().state.name()));
        }
        if let Some((packet, _)) = (1..).zip(&self.heard).find(|(n, heard)| lost(*n, heard)) {
            return Some(format!("packet-in {packet} is lost; effects {:?}", self.effects));
        }
        for (p, party) in self.parties.iter().enumerate().filter(|(_, party)| party.alive) {
            let (mode, role) = match switch.owner == Some(NODES[p]) {
                true => (Mode::Process, Role::Master),
                false => (Mode::Discard, Role::Slave),
            };
            if party.engine.is_some() || !party.timers.is_empty() {
                return Some(format!("party {p} is not over"));
            }
            if (party.gate.mode(), self.roles[p]) != (mode, Some(role)) {
                return Some(format!(
                    "party {p} is {:?} and would {:?}",
                    self.roles[p],
                    party.gate.mode()
                ));
            }
        }
        None
    }
}

impl std::fmt::Display for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let modes = self.parties.each_ref().map(|party| party.gate.mode());
        let (standing, roles, effects) = (self.entries.last(), self.roles, &self.effects);
        write!(f, "{standing:?}, roles {roles:?}, gates {modes:?}, effects {effects:?}")
    }
}
