//! What a protocol costs, computed from its table: the engine itself runs it in a world where every
//! message takes one hop and the log answers at once.

use crate::engine::{
    Action, Barrier, Engine, Event, PeerMessage, Proposal, Standing, SwitchEvent, Terms,
};
use crate::gate::Order;
use crate::ownership::{MigrationId, NodeId, Protocol, Rule, Token};
use crate::protocol::Fact;
use openflow::Role;
use std::collections::VecDeque;

/// Cost of one hand-over without failures.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cost {
    /// Messages sent, the switch's answers included, the application's state counted once.
    pub messages: usize,
    /// How many of them tell of a master that came and one that went, which a switch sends unasked if it can.
    pub notices: usize,
    /// One-way messages on the critical path, from the start until both parties are where they are to be.
    pub hops: Hops,
    /// Hops from the target's cut to its release: how long it holds packet-ins back.
    pub window: u32,
}

/// One-way messages on a path, by who receives them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Hops {
    /// Received by the source.
    pub source: u32,
    /// Received by a candidate.
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
            Party::Target(_) => self.target += 1,
            Party::Switch => self.switch += 1,
        }
        self
    }

    fn max(self, other: Self) -> Self {
        if other.total() > self.total() { other } else { self }
    }
}

impl Protocol {
    /// Returns what a hand-over costs without failures.
    pub fn cost(self) -> Cost {
        self.cost_among(1, Rule::First)
    }

    /// Returns what a hand-over among `candidates` equals costs without failures.
    pub fn cost_among(self, candidates: usize, rule: Rule) -> Cost {
        World::new(self, candidates, rule).run()
    }

    /// Returns the same on a switch that tells controllers of each other, as OpenFlow 1.5 has it.
    pub fn cost_told(self, candidates: usize, rule: Rule) -> Cost {
        World::new(self, candidates, rule).told().run()
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Party {
    Source,
    /// A candidate, by its number.
    Target(usize),
    Switch,
}

enum Arrival {
    Event(Event),
    Request(Request),
    /// What means nothing to a hand-over.
    Notice,
}

enum Request {
    Role(Role),
    Marker(NodeId),
    Barrier(Barrier),
    /// A flow whose removal is told.
    Cut,
    /// A message that the switch does not answer.
    Silent,
}

struct World {
    source: Engine,
    targets: Vec<Engine>,
    /// Which targets hear packet-ins.
    hearing: Vec<bool>,
    /// What is under way, in order of arrival: hops are all alike, so a queue is a clock.
    wire: VecDeque<(Hops, Party, Party, Arrival)>,
    standing: Standing,
    cost: Cost,
    /// Whether the switch tells controllers of each other.
    tells: bool,
    /// Where the target's part begins, if it holds anything back.
    cut: Option<Hops>,
}

const SOURCE: NodeId = NodeId(0);
const TOKEN: Token = Token(2);

impl World {
    fn new(protocol: Protocol, candidates: usize, rule: Rule) -> Self {
        let terms = Terms { id: MigrationId(1), protocol, rule, source: SOURCE, token: TOKEN };
        let nodes: Vec<NodeId> = (1..=candidates as u64).map(NodeId).collect();
        let was_equal = protocol.table().exchange.target_was_equal;
        Self {
            source: Engine::source(terms, &nodes),
            targets: nodes.iter().map(|&node| Engine::target(terms, node)).collect(),
            hearing: vec![was_equal; candidates],
            wire: VecDeque::new(),
            standing: Standing::Open,
            cost: Cost::default(),
            tells: false,
            cut: None,
        }
    }

    fn told(mut self) -> Self {
        self.tells = true;
        self.targets =
            self.targets.into_iter().map(|engine| engine.with_controller_status(true)).collect();
        self
    }

    fn run(mut self) -> Cost {
        self.play();
        self.cost
    }

    fn play(&mut self) {
        self.tell_all(Hops::default());
        while let Some((path, from, to, arrival)) = self.wire.pop_front() {
            match arrival {
                Arrival::Event(event) => self.happen(to, path, event),
                Arrival::Request(request) => self.answer(from, path, &request),
                Arrival::Notice => {}
            }
        }
    }

    /// Everybody reads the log.
    fn tell_all(&mut self, path: Hops) {
        let targets = (0..self.targets.len()).map(Party::Target);
        for party in std::iter::once(Party::Source).chain(targets) {
            self.happen(party, path, Event::Log(self.standing));
        }
    }

    fn send(&mut self, from: Party, to: Party, path: Hops, arrival: Arrival) {
        self.cost.messages += 1;
        self.wire.push_back((path.then(to), from, to, arrival));
    }

    fn happen(&mut self, at: Party, path: Hops, event: Event) {
        let mut actions = Vec::new();
        let engine = match at {
            Party::Source => &mut self.source,
            Party::Target(number) => &mut self.targets[number],
            Party::Switch => return,
        };
        let stayed = engine.knows(Fact::Joined);
        engine.handle(event, &mut actions);
        if at == Party::Source && engine.knows(Fact::Joined) && !stayed {
            self.cost.hops = self.cost.hops.max(path);
        }
        for action in actions {
            self.carry_out(at, path, action);
        }
    }

    fn carry_out(&mut self, at: Party, path: Hops, action: Action) {
        match action {
            Action::AskRole { role, .. } => self.request(at, path, Request::Role(role)),
            Action::SendMarker { of } => self.request(at, path, Request::Marker(of)),
            Action::SendBarrier(barrier) => self.request(at, path, Request::Barrier(barrier)),
            Action::PlantFlow => self.request(at, path, Request::Silent),
            Action::CutFlow => self.request(at, path, Request::Cut),
            Action::Tell { to, message } => self.tell(at, to, path, message),
            Action::Propose(proposal) => self.propose(at, path, &proposal),
            Action::Gate(Order::Cut) => self.cut = Some(path),
            Action::Gate(Order::Release | Order::ReleaseAll) => {
                self.cost.window = self.cut.map_or(0, |cut| path.total() - cut.total());
            }
            Action::Gate(
                Order::Buffer | Order::Shadow | Order::Mark(_) | Order::Choose(_) | Order::Drop,
            )
            | Action::SetTimer(_)
            | Action::ClearTimer(_)
            | Action::Over(_) => {}
        }
    }

    fn request(&mut self, from: Party, path: Hops, request: Request) {
        self.send(from, Party::Switch, path, Arrival::Request(request));
    }

    fn tell(&mut self, from: Party, to: NodeId, path: Hops, message: PeerMessage) {
        let party = |node: NodeId| match node {
            SOURCE => Party::Source,
            NodeId(number) => Party::Target(number as usize - 1),
        };
        let node = match from {
            Party::Target(number) => NodeId(number as u64 + 1),
            Party::Source | Party::Switch => SOURCE,
        };
        self.send(from, party(to), path, Arrival::Event(Event::Peer { from: node, message }));
    }

    fn propose(&mut self, at: Party, path: Hops, proposal: &Proposal) {
        self.standing = match (proposal, at) {
            (&Proposal::Commit { winner }, _) => {
                Standing::Committed { winner, token: TOKEN, keeper: Some(SOURCE) }
            }
            (Proposal::Finish, Party::Target(number)) => {
                self.cost.hops = self.cost.hops.max(path);
                Standing::Done { winner: NodeId(number as u64 + 1), token: TOKEN }
            }
            (Proposal::Finish | Proposal::Abort(_), _) => Standing::Aborted,
        };
        self.tell_all(path);
    }

    /// The switch answers, as Open vSwitch would.
    fn answer(&mut self, from: Party, path: Hops, request: &Request) {
        match *request {
            Request::Role(role) => self.change_role(from, path, role),
            Request::Marker(of) => self.tell_listeners(path, of),
            Request::Barrier(barrier) => self.reply(from, path, SwitchEvent::BarrierReply(barrier)),
            // The source chooses before it cuts, and only the chosen one's part matters.
            Request::Cut => self.tell_listeners(path, NodeId(1)),
            Request::Silent => {}
        }
    }

    fn reply(&mut self, to: Party, path: Hops, event: SwitchEvent) {
        self.send(Party::Switch, to, path, Arrival::Event(Event::Switch(event)));
    }

    fn tell_listeners(&mut self, path: Hops, of: NodeId) {
        self.reply(Party::Source, path, SwitchEvent::Marker { of });
        for number in 0..self.targets.len() {
            if self.hearing[number] {
                self.reply(Party::Target(number), path, SwitchEvent::Marker { of });
            }
        }
    }

    fn change_role(&mut self, from: Party, path: Hops, role: Role) {
        self.reply(from, path, SwitchEvent::RoleReply(role));
        if let Party::Target(number) = from {
            self.hearing[number] = role != Role::Slave;
            if role == Role::Equal && self.targets[number].marks_by_role() {
                self.tell_listeners(path, NodeId(number as u64 + 1));
            }
            if role == Role::Master {
                self.cost.notices += 1;
                self.reply(Party::Source, path, SwitchEvent::RoleStatus);
                if self.tells {
                    self.cost.notices += 1;
                    self.send(Party::Switch, from, path, Arrival::Notice);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Side;

    /// What the authors of ERC count, and what this form of each protocol takes.
    #[test]
    fn each_table_costs_what_the_design_says() {
        let hops = |source, target, switch| Hops { source, target, switch };
        let expected = [
            (Protocol::Erc, 13, hops(2, 3, 3), 5),
            (Protocol::ErcEarly, 13, hops(2, 3, 3), 3),
            (Protocol::ErcM2eS2m, 15, hops(3, 3, 4), 5),
            (Protocol::ErcE2sS2e, 10, hops(3, 2, 2), 5),
            (Protocol::ErcM2sE2m, 10, hops(2, 2, 3), 5),
            (Protocol::ErcM2eE2m, 12, hops(3, 2, 4), 5),
            (Protocol::Elasticon, 15, hops(4, 4, 5), 3),
            (Protocol::ElasticonFlowRemoved, 16, hops(4, 4, 5), 3),
            (Protocol::Direct, 7, hops(2, 2, 2), 3),
            (Protocol::Naive, 4, hops(0, 2, 1), 0),
        ];
        for (protocol, messages, hops, window) in expected {
            let cost = protocol.cost();
            let found = (cost.messages, cost.hops, cost.window);
            assert_eq!(found, (messages, hops, window), "{protocol}");
        }
    }

    #[test]
    fn the_table_at_the_top_tells_the_same() {
        let text = include_str!("../protocol.rs");
        for protocol in Protocol::ALL {
            let row = text.lines().find(|line| line.contains(&format!("| `{protocol}` |")));
            let columns: Vec<&str> = row.expect("every protocol has a row").split('|').collect();
            let (cost, starts) = (protocol.cost(), columns[3].trim());
            let told =
                [columns[4], columns[5], columns[6]].map(|number| number.trim().parse().ok());
            let found = [cost.messages as u32, cost.hops.total(), cost.window];
            assert_eq!(told, found.map(Some), "{protocol}: messages, hops, window");
            assert_eq!(starts == "target", protocol.table().starts == Side::Target, "{protocol}");
        }
    }

    /// ElastiCon was published for switches that tell a demoted master nothing.
    #[test]
    fn elasticon_takes_15_messages_and_13_hops_as_published() {
        let cost = Protocol::ElasticonFlowRemoved.cost();
        assert_eq!((cost.messages - cost.notices, cost.hops.total()), (15, 13));
        assert_eq!(Protocol::Erc.cost().hops.total(), 8);
    }

    /// Start, EQUAL, its reply, status x2, state, barrier, its reply, end, MASTER, its reply, status x2.
    #[test]
    fn erc_costs_what_was_published_where_the_switch_tells_of_roles() {
        let cost = Protocol::Erc.cost_told(1, Rule::First);
        let hops = Hops { source: 2, target: 3, switch: 3 };
        assert_eq!((cost.messages, cost.notices, cost.hops, cost.window), (13, 2, hops, 5));
        for protocol in Protocol::ALL {
            let (told, plain) = (protocol.cost_told(1, Rule::First), protocol.cost());
            assert_eq!((told.hops, told.window), (plain.hops, plain.window), "{protocol}");
        }
    }

    #[test]
    fn a_race_costs_messages_and_no_hops() {
        for protocol in [Protocol::Erc, Protocol::Elasticon] {
            let alone = protocol.cost();
            for candidates in 2..=4 {
                let race = protocol.cost_among(candidates, Rule::First);
                assert_eq!((race.hops, race.window), (alone.hops, alone.window), "{protocol}");
                assert!(race.messages > alone.messages, "{protocol}: {race:?}");
            }
        }
    }

    #[test]
    fn both_parties_are_over_whatever_the_protocol_and_the_rule() {
        for protocol in Protocol::ALL {
            for rule in Rule::ALL {
                let mut world = World::new(protocol, 1, rule);
                world.play();
                assert!(world.source.is_over() && world.targets[0].is_over(), "{protocol} {rule}");
                assert!(world.source.knows(Fact::Done), "{protocol} {rule}");
            }
        }
    }
}
