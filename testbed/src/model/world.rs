//! A whole hand-over as one value, with every move that could come next.
//!
//! ```text
//!   node ──requests──> switch ──replies──> node     each arrow is a FIFO of its own, for each node
//!   node ──words──> node                            FIFO for each pair
//!   nodes ──proposals──> log                        taken up in any order
//!   log ──entries──> nodes                          each reads at its own pace, and may skip to the last
//! ```
//!
//! Processing a packet-in means sending its effect to the switch, so what counts is what the switch accepted.
//! Every move uses something up, so that no run goes on for ever: what holds in every last state is what
//! every run comes to.

use super::log::{Log, node_id, number};
use super::node::{Doings, Node, Reply, Setting, Word};
use super::scenario::{Mishap, Scenario};
use super::switch::Switch;
use migration::engine::{Event, PeerMessage, Proposal, Side, Terms, Timer};
use migration::gate::Mode;
use migration::ownership::{AbortReason, Op, State};
use migration::report::Report;
use openflow::{GenerationId, Role};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// A source, its candidates, a switch and the log.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct World {
    pub(crate) log: Log,
    pub(crate) nodes: Vec<Arc<Node>>,
    pub(crate) switch: Switch,
    words: Vec<Word>,
    proposals: BTreeSet<(usize, Proposal)>,
    /// Deaths and lost sessions that the log does not know of.
    unnoticed: BTreeSet<usize>,
    /// Mishaps that may still happen.
    faults: u8,
    /// Whether nothing has failed yet, so that all must be exact.
    pub(crate) exact: bool,
    /// Whether a winner lost what it had written, after it had told that it has finished: the price of a
    /// finish that does not wait for the switch.
    pub(crate) hasty_finish: bool,
    /// How many packet-ins the switch had raised when the source had a session again.
    pub(crate) lost_with_source: usize,
    /// Whether the switch has restarted.
    pub(crate) restarted: bool,
    /// Whether nothing more can happen.
    pub(crate) ended: bool,
}

/// What happens next.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Move {
    /// The switch raises a packet-in.
    Raise,
    /// The switch takes a node's next request.
    Take(usize),
    /// A node hears the switch's next message.
    Hear(usize),
    /// A node hears that the marker's flow is gone, which is in no order with the rest.
    HearRemoved(usize),
    /// A node hears another's next word.
    Listen {
        /// Whose.
        from: usize,
        /// Who hears it.
        to: usize,
    },
    /// A node reads the log's next entry.
    Read(usize),
    /// A node reads the log's last entry, and none of those before.
    Skip(usize),
    /// The log takes up one of the proposals that are under way.
    TakeUp(usize),
    /// The log learns that a node is dead, or has lost its session.
    Notice(usize),
    /// A node that has lost its session has a new one.
    Reconnect(usize),
    /// A timer runs out.
    Fire(usize, Timer),
    /// An owner gives up waiting for the log to tell of the migration whose marker came.
    Forget(usize),
    /// A node's reconciler has its regular round.
    Look(usize),
    /// Something goes wrong.
    Suffer(Mishap),
    /// Nothing more happens.
    End,
}

/// Rounds of timers and looks that change nothing, before a node is given up on.
const MAX_RETRIES: u8 = 5;

impl World {
    /// Returns the world after the migration was opened, of which nobody knows yet.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let log = Log::new(scenario.protocol, scenario.rule, scenario.candidates);
        let view = log.last();
        let role = |node: usize| match view.equals & (1 << node) != 0 {
            true => Role::Equal,
            false if node == 0 => Role::Master,
            false => Role::Slave,
        };
        let roles: Vec<_> = (0..=scenario.candidates).map(|node| Some(role(node))).collect();
        let mut nodes: Vec<_> =
            (0..roles.len()).map(|node| Node::new(node, roles[node], view.token)).collect();
        nodes[0].serve();
        if scenario.table().starts == Side::Source {
            // Until it is invited, a candidate does nothing about an open migration.
            for node in &mut nodes[1..] {
                (node.read, node.view) = (1, Some(view));
            }
        }
        Self {
            log,
            nodes: nodes.into_iter().map(Arc::new).collect(),
            switch: Switch::new(roles, view.token),
            words: Vec::new(),
            proposals: BTreeSet::new(),
            unnoticed: BTreeSet::new(),
            faults: scenario.faults,
            exact: true,
            hasty_finish: false,
            lost_with_source: 0,
            restarted: false,
            ended: false,
        }
    }

    /// Appends every move that could be next.
    pub(crate) fn moves(&self, scenario: &Scenario, moves: &mut Vec<Move>) {
        if self.ended {
            return;
        }
        self.usual_moves(scenario, moves);
        // What is detected may be detected sooner or later than a timer runs out.
        let stuck = moves.iter().all(|next| matches!(next, Move::Notice(_)));
        if self.switch.raised.len() < usize::from(scenario.packets) {
            moves.push(Move::Raise);
        }
        self.timers(stuck, moves);
        if stuck && moves.is_empty() && !self.exact {
            let looks = (0..self.nodes.len()).filter(|&node| self.would_look(node));
            moves.extend(looks.map(Move::Look));
        }
        let over = moves.is_empty();
        if self.faults > 0 {
            let mishaps = scenario.mishaps.iter().filter(|mishap| self.may_suffer(**mishap));
            moves.extend(mishaps.map(|&mishap| Move::Suffer(mishap)));
        }
        if over {
            moves.push(Move::End);
        }
    }

    fn usual_moves(&self, scenario: &Scenario, moves: &mut Vec<Move>) {
        let entries = self.log.entries().len();
        for (n, node) in self.nodes.iter().enumerate() {
            let reads = node.alive && !self.is_retired(n) && self.may_begin(n, scenario);
            let possible = [
                (Move::Take(n), !node.requests.is_empty()),
                (Move::Hear(n), !node.replies.is_empty()),
                (Move::HearRemoved(n), node.removed),
                (Move::Read(n), reads && node.read < entries),
                (Move::Skip(n), reads && node.read + 1 < entries),
                (Move::Reconnect(n), node.alive && !node.connected && self.may_reconnect(n)),
            ];
            moves.extend(possible.into_iter().filter(|(_, could)| *could).map(|(next, _)| next));
        }
        let mut invited = false;
        for (place, word) in self.words.iter().enumerate() {
            let channel = (word.from, word.to);
            let first =
                self.words[..place].iter().all(|before| (before.from, before.to) != channel);
            let starts = word.message == PeerMessage::Start;
            // Equal candidates are invited in their order.
            if first && !(starts && invited && scenario.is_symmetric()) {
                moves.push(Move::Listen { from: word.from, to: word.to });
            }
            invited |= starts;
        }
        moves.extend((0..self.proposals.len()).map(Move::TakeUp));
        // Detection takes longer than what a node has written takes to arrive: a lease and a margin.
        let silent = |n: &&usize| self.nodes[**n].requests.is_empty();
        if !self.log.state().is_final() {
            moves.extend(self.unnoticed.iter().filter(silent).map(|&n| Move::Notice(n)));
        }
    }

    /// Returns whether nothing that a node still hears or reads can matter: its part is over, and nothing can
    /// fail any more that would give it another.
    fn is_retired(&self, n: usize) -> bool {
        let discards = self.nodes[n].gate.mode() == Mode::Discard;
        self.nodes[n].over && discards && self.exact && self.faults == 0
    }

    /// Equal candidates that start by themselves do so in their order.
    fn may_begin(&self, n: usize, scenario: &Scenario) -> bool {
        let begun = |before: usize| self.nodes[before].read > 0;
        n == 0 || begun(n) || !scenario.is_symmetric() || (1..n).all(begun)
    }

    /// A session that was lost comes back at once or not at all; a switch that restarts is found again.
    fn may_reconnect(&self, node: usize) -> bool {
        self.unnoticed.contains(&node) || self.restarted
    }

    /// A driver waits longer than anything takes that has not failed.
    fn timers(&self, stuck: bool, moves: &mut Vec<Move>) {
        for (n, node) in self.nodes.iter().enumerate() {
            let may_fire = |timer: &&Timer| match timer {
                Timer::Poll => true,
                Timer::Answer | Timer::Forward => stuck,
                Timer::Proposal | Timer::Claim => stuck && node.retries < MAX_RETRIES,
            };
            if stuck && node.waits_for_news() {
                moves.push(Move::Forget(n));
            }
            moves.extend(node.timers.iter().filter(may_fire).map(|&timer| Move::Fire(n, timer)));
        }
    }

    fn would_look(&self, n: usize) -> bool {
        let node = &self.nodes[n];
        let out_of_step = |role| node.is_out_of_step(role) && node.retries < MAX_RETRIES;
        node.alive && node.connected && self.switch.roles[n].is_some_and(out_of_step)
    }

    fn may_suffer(&self, mishap: Mishap) -> bool {
        let running = !self.log.state().is_final();
        let node = |n: usize| &self.nodes[n];
        let serves = |n: usize| node(n).alive && node(n).connected;
        match mishap {
            Mishap::Killed(n) | Mishap::PowerCut(n) => running && node(n).alive,
            Mishap::SessionLost(n) => running && serves(n),
            Mishap::SwitchRestarted => running && !self.restarted,
            Mishap::WordsLost { from, to } => {
                self.words.iter().any(|word| (word.from, word.to) == (from, to))
            }
            Mishap::ProposalsLost => !self.proposals.is_empty(),
            Mishap::Cancelled => running,
            Mishap::Declined(n) => n > 0 && serves(n) && node(n).is_new(),
            Mishap::Overflow(n) => {
                node(n).engine.is_some()
                    && matches!(node(n).gate.mode(), Mode::Buffer | Mode::Shadow)
            }
            Mishap::Hasty(n, timer) => node(n).timers.contains(&timer),
        }
    }

    /// Makes `next` happen.
    pub(crate) fn take(&mut self, next: Move, scenario: &Scenario) {
        match next {
            Move::Raise => {
                let sent = self.switch.raise();
                self.deliver(sent, scenario);
            }
            Move::Take(n) => {
                let request = self.node(n).requests.pop_front();
                let sent = self.switch.take(n, request.expect("the move was offered"));
                self.deliver(sent, scenario);
            }
            Move::Hear(n) => {
                let reply = self.node(n).replies.pop_front().expect("the move was offered");
                if let Reply::PacketIn(packet) = reply
                    && self.nodes[n].is_concerned()
                {
                    self.switch.raised[usize::from(packet) - 1] |= 1 << n;
                }
                self.happen(n, scenario, |node, setting| node.hear(reply, setting));
            }
            Move::HearRemoved(n) => {
                self.node(n).removed = false;
                self.happen(n, scenario, |node, setting| node.hear(Reply::FlowRemoved, setting));
            }
            Move::Listen { from, to } => self.listen(from, to, scenario),
            Move::Read(n) => self.read(n, self.nodes[n].read + 1, scenario),
            Move::Skip(n) => self.read(n, self.log.entries().len(), scenario),
            Move::TakeUp(place) => self.take_up(place),
            Move::Notice(n) => self.notice(n),
            Move::Reconnect(n) => self.reconnect(n, scenario),
            Move::Fire(n, timer) => {
                self.node(n).retries += u8::from(matches!(timer, Timer::Proposal | Timer::Claim));
                self.fire(n, timer, scenario);
            }
            Move::Forget(n) => self.node(n).forget_early(),
            Move::Look(n) => {
                let role = self.switch.roles[n].expect("the move was offered");
                let generation = self.switch.generation;
                self.happen(n, scenario, |node, setting| node.look(role, generation, setting));
            }
            Move::Suffer(mishap) => self.suffer(mishap, scenario),
            Move::End => self.ended = true,
        }
        self.close_drained_channels();
    }

    fn node(&mut self, n: usize) -> &mut Node {
        Arc::make_mut(&mut self.nodes[n])
    }

    fn deliver(&mut self, sent: Vec<(usize, Reply)>, scenario: &Scenario) {
        let log = self.log.clone();
        let setting = setting(&log, scenario);
        for (n, reply) in sent {
            if !self.nodes[n].alive || self.is_retired(n) || !setting.concerns(node_id(n), reply) {
                continue;
            }
            match reply {
                Reply::FlowRemoved => self.node(n).removed = true,
                reply => self.node(n).replies.push_back(reply),
            }
        }
    }

    fn happen(
        &mut self,
        n: usize,
        scenario: &Scenario,
        what: impl FnOnce(&mut Node, Setting<'_>) -> Doings,
    ) {
        // One count up keeps the record in reach while the node changes.
        let log = self.log.clone();
        let setting = setting(&log, scenario);
        let doings = what(self.node(n), setting);
        self.proposals.extend(doings.proposals.into_iter().map(|proposal| (n, proposal)));
        self.forget_void_proposals();
        let heard = doings.words.into_iter().filter(|word| self.nodes[word.to].alive);
        self.words.extend(heard);
        if n > 0 && self.nodes[n].over && self.nodes[n].gate.mode() == Mode::Discard {
            // A loser is told to forget what it has heard.
            self.forget_what_was_heard(n);
        }
        if self.is_retired(n) {
            let node = self.node(n);
            node.replies.clear();
            node.removed = false;
        }
    }

    fn listen(&mut self, from: usize, to: usize, scenario: &Scenario) {
        let first = self.words.iter().position(|word| (word.from, word.to) == (from, to));
        let word = self.words.remove(first.expect("the move was offered"));
        if self.nodes[to].connected {
            self.happen(to, scenario, |node, setting| node.listen(word, setting));
        } else if word.message == PeerMessage::Start {
            let refusal = PeerMessage::Refuse(String::new());
            let (kept, refused) = (Vec::new(), Vec::new());
            self.words.push(Word { from: to, to: from, message: refusal, kept, refused });
        }
    }

    fn read(&mut self, n: usize, number: usize, scenario: &Scenario) {
        let view = self.log.entries()[number - 1];
        self.happen(n, scenario, |node, setting| node.read(number, view, setting));
    }

    fn fire(&mut self, n: usize, timer: Timer, scenario: &Scenario) {
        self.node(n).timers.remove(&timer);
        self.happen(n, scenario, |node, setting| node.drive(Event::Timeout(timer), setting));
    }

    fn take_up(&mut self, place: usize) {
        let taken = self.proposals.iter().nth(place).cloned();
        let (n, proposal) = taken.expect("the move was offered");
        self.proposals.remove(&(n, proposal.clone()));
        let id = self.log.id();
        let token = self.log.reserved();
        self.log.apply(match proposal {
            Proposal::Commit { winner } => Op::Commit { id, token, winner },
            Proposal::Abort(reason) => Op::Abort { id, reason },
            Proposal::Finish => Op::Finish { id, winner: node_id(n), report: Report::default() },
        });
        self.forget_void_proposals();
    }

    /// Forgets what the log would only refuse, now and for ever.
    fn forget_void_proposals(&mut self) {
        let state = self.log.state();
        let (open, over) = (*state == State::Open, state.is_final());
        self.proposals.retain(|(_, proposal)| match proposal {
            Proposal::Commit { .. } | Proposal::Abort(_) => open,
            Proposal::Finish => !over,
        });
    }

    fn notice(&mut self, n: usize) {
        self.unnoticed.remove(&n);
        if self.nodes[n].alive {
            self.log.session_down(n);
        } else {
            self.log.node_down(n);
        }
        self.forget_void_proposals();
    }

    fn reconnect(&mut self, n: usize, scenario: &Scenario) {
        if n == 0 {
            // A source that is back in time goes on, and nobody knows what its lost session held.
            self.lost_with_source = self.switch.raised.len();
        }
        self.switch.roles[n] = Some(Role::Equal);
        if !self.unnoticed.remove(&n) {
            let seen = self.switch.generation.map_or(GenerationId::UNDEFINED, GenerationId::from);
            self.log.session_up(n, seen);
        }
        self.happen(n, scenario, Node::reconnect);
    }

    fn suffer(&mut self, mishap: Mishap, scenario: &Scenario) {
        self.faults -= 1;
        self.exact &= !mishap.is_failure();
        self.hasty_finish |= self.loses_what_is_finished(mishap, scenario);
        match mishap {
            Mishap::Killed(n) => self.die(n),
            Mishap::PowerCut(n) => {
                self.die(n);
                self.node(n).requests.clear();
                self.words.retain(|word| word.from != n);
            }
            Mishap::SessionLost(n) => self.lose_session(n),
            Mishap::SwitchRestarted => {
                self.switch.restart();
                self.restarted = true;
                for n in 0..self.nodes.len() {
                    if self.nodes[n].alive && self.nodes[n].connected {
                        self.lose_session(n);
                    }
                    self.node(n).requests.clear();
                }
            }
            Mishap::WordsLost { from, to } => {
                self.words.retain(|word| (word.from, word.to) != (from, to));
            }
            Mishap::ProposalsLost => self.proposals.clear(),
            Mishap::Cancelled => {
                let reason = AbortReason::Cancelled(String::new());
                self.log.apply(Op::Abort { id: self.log.id(), reason });
            }
            Mishap::Declined(n) => self.node(n).declines = true,
            Mishap::Overflow(n) => {
                self.happen(n, scenario, |node, setting| node.drive(Event::Overflow, setting));
            }
            Mishap::Hasty(n, timer) => self.fire(n, timer, scenario),
        }
    }

    /// In a group without a master, the winner may not even have heard all that the source has.
    fn loses_what_is_finished(&self, mishap: Mishap, scenario: &Scenario) -> bool {
        let finished = |n: usize| self.proposals.contains(&(n, Proposal::Finish));
        match mishap {
            Mishap::PowerCut(n) | Mishap::SessionLost(n) => finished(n),
            Mishap::Killed(n) => finished(n) && scenario.table().exchange.target_is_equal,
            _ => false,
        }
    }

    fn die(&mut self, n: usize) {
        let node = self.node(n);
        node.alive = false;
        node.forget();
        self.unnoticed.insert(n);
        self.words.retain(|word| word.to != n);
        self.forget_what_was_heard(n);
    }

    fn lose_session(&mut self, n: usize) {
        self.node(n).lose_session();
        self.switch.roles[n] = None;
        self.unnoticed.insert(n);
        self.forget_what_was_heard(n);
    }

    fn forget_what_was_heard(&mut self, n: usize) {
        for heard_by in &mut self.switch.raised {
            *heard_by &= !(1 << n);
        }
    }

    /// The switch sees the end of a dead node's stream once it has taken what was written.
    fn close_drained_channels(&mut self) {
        for n in 0..self.nodes.len() {
            if !self.nodes[n].alive && self.nodes[n].requests.is_empty() {
                self.switch.roles[n] = None;
            }
        }
    }

    /// Returns the number of the node that the log names owner.
    pub(crate) fn owner(&self) -> Option<usize> {
        self.log.owner().map(number)
    }
}

fn setting<'a>(log: &'a Log, scenario: &Scenario) -> Setting<'a> {
    let migration = log.migration();
    Setting {
        terms: Terms { token: log.reserved(), ..Terms::of(log.id(), migration) },
        candidates: &migration.candidates,
        table: scenario.table(),
        tells_state: scenario.table().exchange.target_is_equal,
        flaw: scenario.flaw,
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.log.last();
        write!(f, "log {:?} token {}", last.standing, last.token)?;
        for (n, node) in self.nodes.iter().enumerate() {
            let role = self.switch.roles[n].map_or("-".to_owned(), |role| format!("{role:?}"));
            let side = node.engine.as_ref().map(|engine| engine.side());
            let side = side.map_or("-".to_owned(), |side| format!("{side:?}"));
            let life = if node.alive { "" } else { " dead" };
            write!(f, " | {n}{life} {role} {side} {:?} {}", node.gate.mode(), node.gate.held())?;
        }
        let effects: Vec<_> =
            self.switch.effects.iter().map(|e| format!("{}by{}", e.packet, e.node)).collect();
        write!(f, " | effects {effects:?}")
    }
}
