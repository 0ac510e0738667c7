//! What a protocol costs, computed from its table: the engine itself runs it in a world where every
//! message takes one hop and the log answers at once.

use crate::engine::{Action, Engine, Event, PeerMessage, Proposal, Standing, SwitchEvent};
use crate::gate::Order;
use crate::ownership::{Migration, MigrationId, NodeId, Protocol, Rule, State, Token};
use openflow::{Dpid, Role};
use std::collections::VecDeque;

/// Cost of one hand-over without failures.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// Messages sent, the switch's answers included, the application's state counted once.
    pub messages: usize,
    /// One-way messages on the critical path, from the start to the target's release.
    pub hops: Hops,
    /// Hops from the target's cut to its release: how long it holds packet-ins back.
    pub window: u32,
}

/// One-way messages on a path, by who receives them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Hops {
    /// Received by the source.
    pub source: u32,
    /// Received by the target.
    pub target: u32,
    /// Received by the switch.
    pub switch: u32,
}

impl Hops {
    /// Returns the length of the path.
    pub fn total(self) -> u32 {
        self.source + self.target + self.switch
    }

    fn then(mut self, to: Party) -> Self {
        match to {
            Party::Source => self.source += 1,
            Party::Target => self.target += 1,
            Party::Switch => self.switch += 1,
        }
        self
    }
}

impl Protocol {
    /// Returns what a hand-over costs without failures.
    pub fn cost(self) -> Cost {
        World::new(self).run()
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Party {
    Source,
    Target,
    Switch,
}

enum Arrival {
    Event(Event),
    Request(Request),
}

enum Request {
    Role(Role),
    Marker,
    Barrier,
}

struct World {
    source: Engine,
    target: Engine,
    /// What is under way, in order of arrival: hops are all alike, so a queue is a clock.
    wire: VecDeque<(Hops, Party, Party, Arrival)>,
    standing: Standing,
    cost: Cost,
    cut: Option<Hops>,
}

const SOURCE: NodeId = NodeId(1);
const TARGET: NodeId = NodeId(2);
const TOKEN: Token = Token(2);

impl World {
    fn new(protocol: Protocol) -> Self {
        let id = MigrationId(1);
        let migration = Migration {
            dpid: Dpid(1),
            protocol,
            rule: Rule::First,
            source: SOURCE,
            candidates: vec![TARGET],
            token: TOKEN,
            state: State::Open,
            winner: None,
            actor: String::new(),
            reason: String::new(),
            deadline_ms: 0,
            started_at_ms: 0,
            report: None,
        };
        Self {
            source: Engine::source(id, &migration),
            target: Engine::target(id, TARGET, SOURCE, protocol, TOKEN),
            wire: VecDeque::new(),
            standing: Standing::Open,
            cost: Cost::default(),
            cut: None,
        }
    }

    fn run(mut self) -> Cost {
        self.happen(Party::Source, Hops::default(), Event::Log(Standing::Open));
        while let Some((path, from, to, arrival)) = self.wire.pop_front() {
            match arrival {
                Arrival::Event(event) => self.happen(to, path, event),
                Arrival::Request(request) => self.answer(from, path, &request),
            }
        }
        self.cost
    }

    fn send(&mut self, from: Party, to: Party, path: Hops, arrival: Arrival) {
        self.cost.messages += 1;
        self.wire.push_back((path.then(to), from, to, arrival));
    }

    fn happen(&mut self, at: Party, path: Hops, event: Event) {
        let mut actions = Vec::new();
        let engine = if at == Party::Source { &mut self.source } else { &mut self.target };
        engine.handle(event, &mut actions);
        for action in actions {
            self.carry_out(at, path, action);
        }
    }

    fn carry_out(&mut self, at: Party, path: Hops, action: Action) {
        let peer = if at == Party::Source { Party::Target } else { Party::Source };
        match action {
            Action::AskRole { role, .. } => self.request(at, path, Request::Role(role)),
            Action::SendMarker => self.request(at, path, Request::Marker),
            Action::SendBarrier => self.request(at, path, Request::Barrier),
            Action::Tell { message, .. } => self.tell(at, peer, path, message),
            Action::Propose(proposal) => self.propose(path, &proposal),
            Action::Gate(Order::Cut) => self.cut = Some(path),
            Action::Gate(Order::Release | Order::ReleaseAll) => {
                self.cost.hops = path;
                self.cost.window = path.total() - self.cut.unwrap_or(path).total();
            }
            Action::Gate(Order::Buffer | Order::Shadow | Order::Drop)
            | Action::SetTimer(_)
            | Action::ClearTimer(_)
            | Action::Over(_) => {}
        }
    }

    fn request(&mut self, from: Party, path: Hops, request: Request) {
        self.send(from, Party::Switch, path, Arrival::Request(request));
    }

    fn tell(&mut self, from: Party, to: Party, path: Hops, message: PeerMessage) {
        self.send(from, to, path, Arrival::Event(Event::Peer(message)));
    }

    fn propose(&mut self, path: Hops, proposal: &Proposal) {
        self.standing = match *proposal {
            Proposal::Commit { winner } => Standing::Committed { winner, token: TOKEN },
            Proposal::Finish => Standing::Done { winner: TARGET },
            Proposal::Abort(_) => Standing::Aborted,
        };
        for party in [Party::Source, Party::Target] {
            self.happen(party, path, Event::Log(self.standing));
        }
    }

    /// The switch answers, as Open vSwitch would.
    fn answer(&mut self, from: Party, path: Hops, request: &Request) {
        let mut reply = |to, event| {
            self.send(Party::Switch, to, path, Arrival::Event(Event::Switch(event)));
        };
        match request {
            Request::Role(role) => {
                reply(from, SwitchEvent::RoleReply(*role));
                if (*role, from) == (Role::Master, Party::Target) {
                    reply(Party::Source, SwitchEvent::RoleStatus);
                }
            }
            Request::Marker => {
                reply(Party::Source, SwitchEvent::Marker);
                reply(Party::Target, SwitchEvent::Marker);
            }
            Request::Barrier => reply(from, SwitchEvent::BarrierReply),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Fact;

    #[test]
    fn erc_takes_13_messages_8_hops_and_a_window_of_5() {
        let hops = Hops { source: 2, target: 3, switch: 3 };
        assert_eq!(Protocol::Erc.cost(), Cost { messages: 13, hops, window: 5 });
        assert_eq!(hops.total(), 8);
    }

    #[test]
    fn both_parties_are_over_and_have_used_every_rule() {
        let mut world = World::new(Protocol::Erc);
        world.happen(Party::Source, Hops::default(), Event::Log(Standing::Open));
        while let Some((path, from, to, arrival)) = world.wire.pop_front() {
            match arrival {
                Arrival::Event(event) => world.happen(to, path, event),
                Arrival::Request(request) => world.answer(from, path, &request),
            }
        }
        assert!(world.source.is_over() && world.target.is_over());
        assert!(world.source.knows(Fact::Done) && world.target.knows(Fact::Granted));
    }
}
