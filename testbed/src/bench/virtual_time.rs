//! A hand-over in virtual time: the engines themselves, and nothing else that takes time but what a cell asks for.
//!
//! ```text
//!   Conditions, Draw --> World: engines, a switch, one queue of arrivals --> marks --> Sample
//! ```
//!
//! Every message arrives after the delay of whoever receives it, in the order of its channel; the log commits after
//! four of Raft's delays (to the leader, to a follower and back, to everybody). There are no packet-ins, no processing
//! and no machine that pauses: what is left is what the protocol costs, the same at each run of a seed.

use super::cell::{Cell, Conditions};
use super::chance::Draw;
use super::sample::Sample;
use crate::seeded::Seeded;
use migration::engine::{
    Action, Barrier, Engine, Event, PeerMessage, Proposal, Standing, SwitchEvent, Terms,
};
use migration::ownership::{NodeId, Rule, Token};
use migration::report::{Mark, Message, Report, What};
use migration::{MigrationId, gate::Order};
use openflow::Role;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Returns hand-over `number` of a cell; nothing if it does not come to an end.
pub(super) fn measure(cell: &Cell, seed: u64, number: u64) -> Option<Sample> {
    let conditions = &cell.conditions;
    let targets: Vec<u64> = (SOURCE.0 + 1..=conditions.nodes).collect();
    let draw = Draw::of(seed, number, conditions, &targets);
    let chance = Seeded::of(seed, &[PURPOSE, number]);
    let (report, winner) = World::new(cell, &draw, chance).run()?;
    let phases = report.phases(SOURCE, winner);
    let probe = |&node: &u64| Some((report.probe_us(SOURCE, NodeId(node))?, draw.is_slow(node)));
    Some(Sample {
        // Opening and finishing take a commit each.
        waited: phases.total_us + 2 * commit_us(conditions),
        total: phases.total_us,
        window: phases.window_us,
        invite: phases.invite_us,
        drain: phases.drain_us,
        take_over: phases.take_over_us,
        commit_wait: commit_wait(&report),
        messages: report.messages().iter().map(|(_, count)| count).sum(),
        probes: draw.candidates.iter().filter_map(probe).collect(),
        ..Sample::default()
    })
}

fn commit_us(conditions: &Conditions) -> u64 {
    4 * conditions.raft_delay_us
}

/// Returns how long the source waited for the commit alone.
fn commit_wait(report: &Report) -> u64 {
    let Some(ended) = report.at(SOURCE, What::Sent(Message::EndMigration)) else { return 0 };
    let reply = What::Got(Message::BarrierReply);
    let replies = report.marks.iter().filter(|mark| (mark.node, mark.what) == (SOURCE, reply));
    let answered = replies.map(|mark| mark.at_us).filter(|&at_us| at_us <= ended).max();
    answered.map_or(0, |answered| ended - answered)
}

/// Who receives.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Place {
    Node(NodeId),
    Switch,
}

/// What arrives somewhere.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Arrival {
    Event(Event),
    /// At the switch, from a node.
    Request(NodeId, Request),
    /// At the log.
    Proposal(NodeId, Proposal),
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Request {
    Role(Role),
    Marker(NodeId),
    Barrier(Barrier),
    /// A flow whose removal is told.
    Cut,
}

/// How a place receives.
struct Ear {
    mean_us: f64,
    /// Before this time it hears nothing.
    deaf_until: u64,
}

struct World<'a> {
    conditions: &'a Conditions,
    parties: BTreeMap<NodeId, Engine>,
    ears: BTreeMap<Place, Ear>,
    /// Who hears packet-ins besides the source.
    hearing: Vec<NodeId>,
    chance: Seeded,
    now: u64,
    /// By time, then by the order in which they were sent.
    arrivals: BinaryHeap<Reverse<(u64, u64, Place, Arrival)>>,
    sent: u64,
    /// When the last message of each channel arrives: none overtakes another.
    last: BTreeMap<(Place, Place), u64>,
    standing: Standing,
    report: Report,
}

const SOURCE: NodeId = NodeId(1);
const TOKEN: Token = Token(2);
/// Sets this use of a seed apart.
const PURPOSE: u64 = 0x7669_7274;

impl<'a> World<'a> {
    fn new(cell: &'a Cell, draw: &Draw, chance: Seeded) -> Self {
        let (conditions, protocol) = (&cell.conditions, cell.protocol);
        let terms =
            Terms { id: MigrationId(1), protocol, rule: Rule::First, source: SOURCE, token: TOKEN };
        let candidates: Vec<NodeId> = draw.candidates.iter().map(|&node| NodeId(node)).collect();
        let targets = candidates.iter().map(|&node| (node, Engine::target(terms, node)));
        let source = (SOURCE, Engine::source(terms, &candidates));
        let was_equal = protocol.table().exchange.target_was_equal;
        Self {
            parties: targets.chain([source]).collect(),
            ears: ears(conditions, draw),
            hearing: if was_equal { candidates } else { vec![] },
            conditions,
            chance,
            now: 0,
            arrivals: BinaryHeap::new(),
            sent: 0,
            last: BTreeMap::new(),
            standing: Standing::Open,
            report: Report::default(),
        }
    }

    fn run(mut self) -> Option<(Report, NodeId)> {
        self.tell_all();
        while let Some(Reverse((at, _, place, arrival))) = self.arrivals.pop() {
            self.now = at;
            match (arrival, place) {
                (Arrival::Event(event), Place::Node(node)) => self.happen(node, event),
                (Arrival::Request(from, request), _) => self.answer(from, &request),
                (Arrival::Proposal(by, proposal), _) => self.commit(by, &proposal),
                (Arrival::Event(_), Place::Switch) => {}
            }
        }
        match self.standing {
            Standing::Done { winner, .. } => Some((self.report, winner)),
            Standing::Open | Standing::Committed { .. } | Standing::Aborted => None,
        }
    }

    /// Everybody reads the log.
    fn tell_all(&mut self) {
        let nodes: Vec<NodeId> = self.parties.keys().copied().collect();
        for node in nodes {
            self.push(self.now, Place::Node(node), Arrival::Event(Event::Log(self.standing)));
        }
    }

    fn push(&mut self, at: u64, to: Place, arrival: Arrival) {
        self.sent += 1;
        self.arrivals.push(Reverse((at, self.sent, to, arrival)));
    }

    fn send(&mut self, from: Place, to: Place, arrival: Arrival) {
        let Some(ear) = self.ears.get(&to) else { return };
        let delay = ear.mean_us * self.conditions.distribution.factor(&mut self.chance);
        let last = self.last.entry((from, to)).or_default();
        let at = (self.now + delay as u64).max(ear.deaf_until).max(*last);
        *last = at;
        self.push(at, to, arrival);
    }

    fn happen(&mut self, node: NodeId, event: Event) {
        self.mark(node, event.what());
        let Some(engine) = self.parties.get_mut(&node) else { return };
        let mut actions = Vec::new();
        engine.handle(event, &mut actions);
        for action in actions {
            self.mark(node, action.what());
            self.carry_out(node, action);
        }
    }

    fn mark(&mut self, node: NodeId, what: Option<(What, Option<NodeId>)>) {
        if let Some((what, peer)) = what {
            self.report.marks.push(Mark { at_us: self.now, node, what, peer });
        }
    }

    fn carry_out(&mut self, node: NodeId, action: Action) {
        match action {
            Action::AskRole { role, .. } => self.request(node, Request::Role(role)),
            Action::SendMarker { of } => self.request(node, Request::Marker(of)),
            Action::SendBarrier(barrier) => self.request(node, Request::Barrier(barrier)),
            Action::CutFlow => self.request(node, Request::Cut),
            Action::Tell { to, message } => self.tell(node, to, message),
            Action::Propose(proposal) => {
                let at = self.now + commit_us(self.conditions);
                self.push(at, Place::Node(node), Arrival::Proposal(node, proposal));
            }
            Action::PlantFlow
            | Action::Gate(
                Order::Buffer
                | Order::Cut
                | Order::Shadow
                | Order::Mark(_)
                | Order::Choose(_)
                | Order::Drop
                | Order::Release
                | Order::ReleaseAll,
            )
            | Action::SetTimer(_)
            | Action::ClearTimer(_)
            | Action::Over(_) => {}
        }
    }

    fn request(&mut self, from: NodeId, request: Request) {
        self.send(Place::Node(from), Place::Switch, Arrival::Request(from, request));
    }

    fn tell(&mut self, from: NodeId, to: NodeId, message: PeerMessage) {
        let event = Event::Peer { from, message };
        self.send(Place::Node(from), Place::Node(to), Arrival::Event(event));
    }

    fn commit(&mut self, by: NodeId, proposal: &Proposal) {
        self.standing = match (proposal, self.standing) {
            (&Proposal::Commit { winner }, Standing::Open) => {
                Standing::Committed { winner, token: TOKEN, keeper: Some(SOURCE) }
            }
            (Proposal::Finish, Standing::Committed { winner, .. }) if winner == by => {
                Standing::Done { winner, token: TOKEN }
            }
            (Proposal::Abort(_), Standing::Open) => Standing::Aborted,
            (_, other) => other,
        };
        self.tell_all();
    }

    /// The switch answers, as Open vSwitch would.
    fn answer(&mut self, from: NodeId, request: &Request) {
        match *request {
            Request::Role(role) => self.change_role(from, role),
            Request::Marker(of) => self.tell_listeners(of),
            Request::Barrier(barrier) => self.reply(from, SwitchEvent::BarrierReply(barrier)),
            Request::Cut => self.tell_of_cut(),
        }
    }

    fn reply(&mut self, to: NodeId, event: SwitchEvent) {
        self.send(Place::Switch, Place::Node(to), Arrival::Event(Event::Switch(event)));
    }

    fn tell_listeners(&mut self, of: NodeId) {
        for to in std::iter::once(SOURCE).chain(self.hearing.clone()) {
            self.reply(to, SwitchEvent::Marker { of });
        }
    }

    /// A removed flow names nobody: the source knows whom it has chosen, and a candidate takes it for its own.
    fn tell_of_cut(&mut self) {
        let chosen = self.parties.get(&SOURCE).map(Engine::target_node);
        self.reply(SOURCE, SwitchEvent::Marker { of: chosen.unwrap_or(SOURCE) });
        for of in self.hearing.clone() {
            self.reply(of, SwitchEvent::Marker { of });
        }
    }

    fn change_role(&mut self, from: NodeId, role: Role) {
        self.reply(from, SwitchEvent::RoleReply(role));
        if from == SOURCE {
            return;
        }
        self.hearing.retain(|&node| node != from);
        if role != Role::Slave {
            self.hearing.push(from);
        }
        if role == Role::Master {
            self.reply(SOURCE, SwitchEvent::RoleStatus);
        }
    }
}

fn ears(conditions: &Conditions, draw: &Draw) -> BTreeMap<Place, Ear> {
    let delays = conditions.delays;
    let ear = |mean_us: f64| Ear { mean_us, deaf_until: 0 };
    let target = |drawn: &super::chance::Drawn| {
        let factor = if drawn.is_slow { conditions.glitch.factor } else { 1.0 };
        let deaf_until = if drawn.stalls { conditions.stall.length_us } else { 0 };
        let mean_us = delays.target_us as f64 * factor;
        (Place::Node(NodeId(drawn.node)), Ear { mean_us, deaf_until })
    };
    let fixed = [
        (Place::Node(SOURCE), ear(delays.source_us as f64)),
        (Place::Switch, ear(delays.switch_us as f64)),
    ];
    draw.pool.iter().map(target).chain(fixed).collect()
}

#[cfg(test)]
mod tests {
    use super::super::cell::{Choice, Delays, Glitch, grid};
    use super::super::outcome::{Measured, compare};
    use super::*;
    use migration::ownership::Protocol;

    fn measured(cell: &Cell, migrations: u64) -> Measured {
        let samples: Vec<Sample> =
            (0..migrations).map(|number| measure(cell, SEED, number).expect("it ends")).collect();
        Measured::of(cell, &samples, 0, None)
    }

    fn cell(protocol: Protocol, delays: Delays) -> Cell {
        Cell { study: "own", protocol, conditions: Conditions { delays, ..Conditions::default() } }
    }

    fn meta(protocol: Protocol, candidates: usize, choice: Choice) -> Cell {
        let mut cell = cell(protocol, Delays::symmetric(1_000));
        let glitch = Glitch { probability: 0.1, factor: 4.0 };
        let nodes = candidates as u64 + 1;
        cell.conditions = Conditions { candidates, choice, glitch, nodes, ..cell.conditions };
        cell
    }

    #[test]
    fn a_hand_over_takes_as_long_as_its_hops() {
        for protocol in Protocol::ALL {
            let sample = measure(&cell(protocol, Delays::symmetric(1_000)), SEED, 0);
            let hops = protocol.cost().hops;
            // Where the source stays, its part goes on after the target has finished.
            let stays = protocol.table().exchange.source_stays;
            let total = sample.unwrap_or_else(|| panic!("{protocol} does not end")).total;
            let computed = u64::from(hops.total()) * 1_000;
            assert!(total == computed || (stays && total < computed), "{protocol}: {total}");
        }
    }

    #[test]
    fn the_whole_grid_saves_what_was_published() {
        for delays in grid(false) {
            let of = |protocol| measured(&cell(protocol, delays), 1);
            let mut cells = [of(Protocol::Erc), of(Protocol::Elasticon), of(Protocol::Direct)];
            compare(&mut cells);
            let saving = |cell: &Measured| cell.saving_percent.expect("there is a baseline");
            assert!((23.0..=50.0).contains(&saving(&cells[0])), "{delays}: {}", saving(&cells[0]));
            assert!(saving(&cells[2]) > saving(&cells[0]), "{delays}");
        }
    }

    #[test]
    fn three_candidates_halve_the_tail_of_one() {
        for protocol in [Protocol::Erc, Protocol::Elasticon] {
            let fixed = measured(&meta(protocol, 3, Choice::Fixed), 5_000).total_us;
            let raced = measured(&meta(protocol, 3, Choice::Meta), 5_000).total_us;
            let saved = 1.0 - raced.p99 as f64 / fixed.p99 as f64;
            assert!(saved >= 0.45, "{protocol}: {} instead of {}", raced.p99, fixed.p99);
            assert!(raced.mean < fixed.mean, "{protocol}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_figures_for_ever_and_another_others() {
        let cell = meta(Protocol::Erc, 3, Choice::Meta);
        let of = |seed| (0..100).map(|n| measure(&cell, seed, n)).collect::<Vec<_>>();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn a_stall_and_a_slow_log_take_their_time() {
        let mut cell = cell(Protocol::Erc, Delays::symmetric(1_000));
        cell.conditions.stall = "1,20".parse().expect("a stall");
        assert_eq!(measure(&cell, SEED, 0).expect("it ends").total, 20_000 + 7_000);
        cell.conditions.stall = Default::default();
        cell.conditions.raft_delay_us = 1_000;
        let sample = measure(&cell, SEED, 0).expect("it ends");
        // The barrier's two hops hide half of the commit.
        assert_eq!((sample.total, sample.commit_wait, sample.waited), (10_000, 2_000, 18_000));
    }

    const SEED: u64 = 7;
}
