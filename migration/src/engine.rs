//! One party of one hand-over: runs the tables of [`crate::protocol`], and holds what all protocols share.
//!
//! Events come in, actions go out; the engine knows no clock, no socket and no log. What all protocols
//! share:
//!
//! - **Before the commit, presume abort.** The source gives up when no marker comes home; whoever holds
//!   back too much gives up; when the log says `Aborted` the source replays its shadow buffer, and the
//!   target drops its own and asks for `SLAVE` with the reserved token (with an older one the switch
//!   would answer `STALE` and leave it `EQUAL`, able to write).
//! - **After the commit, roll forward.** A hand-over that lost a party ends with an *heir*, which claims the
//!   switch and processes all that it heard: whoever the log names winner with a newer token than the
//!   reserved one, and a winner whose source has fallen silent.
//! - **A proposal is repeated** until the log shows its effect: commands of the log are idempotent.
//! - **With several candidates, the source chooses.** It invites all, and each candidate's first answer is a
//!   probe; the rule says which answer decides. The others learn from the log that they have lost.

mod event;
#[cfg(test)]
mod tests;

pub use event::{
    Action, Barrier, Event, Outcome, PeerMessage, Proposal, Standing, SwitchEvent, Timer,
};

use crate::gate::Order;
use crate::ownership::{
    AbortReason, Migration, MigrationId, NodeId, Protocol, Rule as Choice, Token,
};
use crate::protocol::{Fact, HEIR, KEEPER, Probe, Rule, Step, Table};
use openflow::Role;
use serde::{Deserialize, Serialize};

/// One party's place in one hand-over.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Engine {
    terms: Terms,
    me: NodeId,
    /// Whom the switch goes to, as far as this party knows.
    target: NodeId,
    /// At the source: what is known of each candidate.
    candidates: Vec<Candidate>,
    table: &'static Table,
    /// Token that the switch is to be claimed with; newer than the reserved one once a party was lost.
    token: Token,
    side: Side,
    facts: Bits,
    fired: Bits,
    proposed: Option<Proposal>,
    /// Whether it has asked the switch for `MASTER`.
    claiming: bool,
    /// At the winner: who holds packet-ins back besides, as far as the log knows.
    keeper: Option<NodeId>,
    /// At a source: whom the log had named winner by the time that it asked for what is held back here, which
    /// this party may have yet to read.
    asked_by: Option<NodeId>,
    /// At a target: whether the source has said that it hands nothing over.
    alone: bool,
    /// How often it has waited in vain for what another party keeps.
    waited: u8,
    /// Whether the switch tells the others of this party's change of role.
    told: bool,
    /// Whether the flow whose removal is the marker is on the switch.
    planted: bool,
    over: bool,
}

/// What all parties of a hand-over agree on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Terms {
    /// The migration.
    pub id: MigrationId,
    /// Which table runs it.
    pub protocol: Protocol,
    /// How the source chooses.
    pub rule: Choice,
    /// Owner at the start.
    pub source: NodeId,
    /// Token reserved for it.
    pub token: Token,
}

impl Terms {
    /// Returns the terms of `migration`.
    pub fn of(id: MigrationId, migration: &Migration) -> Self {
        let &Migration { protocol, rule, source, reserved, .. } = migration;
        Self { id, protocol, rule, source, token: reserved }
    }
}

/// How often an heir asks again for what another party keeps, before it goes on without.
const MAX_WAITS: u8 = 2;

/// Which table a party runs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Side {
    /// Owner at the start.
    Source,
    /// Owner in the end, or a candidate for that.
    Target,
    /// Owner because another party was lost.
    Heir,
    /// Owner at the start, whose switch goes to another than it had chosen.
    Keeper,
}

/// What the source knows of a candidate.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Candidate {
    node: NodeId,
    marked: bool,
    ready: bool,
    /// Its driver's reckoning of how well it would serve; less is better.
    score: u64,
    /// Whether it has declined.
    out: bool,
}

/// A small set of small numbers.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
struct Bits(u32);

impl Bits {
    fn has(self, bit: usize) -> bool {
        self.0 & (1 << bit) != 0
    }

    /// Adds `bit`; returns whether it is new.
    fn add(&mut self, bit: usize) -> bool {
        let new = !self.has(bit);
        self.0 |= 1 << bit;
        new
    }
}

impl Engine {
    /// Returns the source's engine; [`Standing::Open`] starts it.
    pub fn source(terms: Terms, candidates: &[NodeId]) -> Self {
        let target = candidates.first().copied().unwrap_or(terms.source);
        let unknown = |&node| Candidate { node, marked: false, ready: false, score: 0, out: false };
        let candidates = candidates.iter().map(unknown).collect();
        Self { candidates, target, ..Self::new(terms, terms.source, Side::Source) }
    }

    /// Returns a candidate's engine; [`PeerMessage::Start`] or [`Standing::Open`] starts it.
    pub fn target(terms: Terms, me: NodeId) -> Self {
        let mut engine = Self::new(terms, me, Side::Target);
        if terms.rule != Choice::First {
            engine.facts.add(Fact::Polled as usize);
        }
        engine
    }

    /// Returns the engine of a winner that has none; [`Standing::Committed`] starts it.
    ///
    /// Where there is no choice the commit comes before the invitation, and is waited for; in all other cases
    /// the winner has restarted, or was no candidate, and is an heir.
    pub fn winner(id: MigrationId, migration: &Migration, me: NodeId) -> Self {
        let terms = Terms::of(id, migration);
        let invited_later =
            terms.protocol.table().probe == Probe::None && migration.token == migration.reserved;
        if invited_later { Self::target(terms, me) } else { Self::heir(terms, me) }
    }

    /// Returns the engine of a winner that takes part in a hand-over that lost a party;
    /// [`Standing::Committed`] starts it.
    pub fn heir(terms: Terms, me: NodeId) -> Self {
        Self::new(terms, me, Side::Heir)
    }

    fn new(terms: Terms, me: NodeId, side: Side) -> Self {
        Self {
            terms,
            me,
            target: me,
            candidates: Vec::new(),
            table: terms.protocol.table(),
            token: terms.token,
            side,
            facts: Bits::default(),
            fired: Bits::default(),
            proposed: None,
            claiming: false,
            keeper: None,
            asked_by: None,
            alone: false,
            waited: 0,
            told: false,
            planted: false,
            over: false,
        }
    }

    /// Returns an engine that has done nothing yet with another table than its protocol's: a draft, or one
    /// broken on purpose to see that a test notices.
    pub fn with_table(self, table: &'static Table) -> Self {
        Self { table, ..self }
    }

    /// Returns the same engine at a switch that tells the other parties of this one's change of role, as
    /// OpenFlow 1.5 has it, or does not.
    pub fn with_controller_status(self, told: bool) -> Self {
        Self { told, ..self }
    }

    /// Returns whether this party's change of role is to be its marker.
    pub fn marks_by_role(&self) -> bool {
        self.told && self.side == Side::Target && self.table.marks_by_role()
    }

    /// Returns whom the source has invited.
    pub fn candidates(&self) -> impl Iterator<Item = NodeId> {
        self.candidates.iter().map(|candidate| candidate.node)
    }

    /// Returns the migration that this is a party of.
    pub fn id(&self) -> MigrationId {
        self.terms.id
    }

    /// Returns what all parties agree on.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Returns which table it runs.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Returns the token that the switch is to be claimed with.
    pub fn token(&self) -> Token {
        self.token
    }

    /// Returns whom the switch goes to, as far as this party knows.
    pub fn target_node(&self) -> NodeId {
        self.target
    }

    /// Returns the role that a winner has at the switch once it has taken over.
    pub fn role(&self) -> Role {
        if self.knows(Fact::Granted) { Role::Master } else { Role::Equal }
    }

    /// Returns whether `fact` is known.
    pub fn knows(&self, fact: Fact) -> bool {
        self.facts.has(fact as usize)
    }

    /// Returns whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Takes in what happened and appends what must be done, in order.
    pub fn handle(&mut self, event: Event, actions: &mut Vec<Action>) {
        if self.over {
            return;
        }
        match event {
            Event::Log(standing) => self.handle_log(standing, actions),
            Event::Peer { from, message } => self.handle_peer(from, message, actions),
            Event::Switch(event) => self.handle_switch(event, actions),
            Event::Timeout(timer) => self.handle_timeout(timer, actions),
            Event::Overflow => self.give_up(AbortReason::Overflow(self.me), actions),
        }
    }

    fn handle_peer(&mut self, from: NodeId, message: PeerMessage, actions: &mut Vec<Action>) {
        match message {
            PeerMessage::Start => self.learn(Fact::Started, actions),
            PeerMessage::Ready { score } => self.hear_ready(from, score, actions),
            PeerMessage::LocalState => self.learn(Fact::Handed, actions),
            PeerMessage::Taken => self.learn(Fact::Taken, actions),
            // Meant for the target of the plan that was: it does not bring what an heir waits for.
            PeerMessage::End if self.side == Side::Heir => {}
            PeerMessage::End | PeerMessage::Rest => self.learn(Fact::Ended, actions),
            PeerMessage::Nothing => self.hear_nothing(actions),
            PeerMessage::Collect => self.hear_collect(from, actions),
            PeerMessage::Refuse(reason) => self.hear_refusal(from, reason, actions),
        }
    }

    fn handle_switch(&mut self, event: SwitchEvent, actions: &mut Vec<Action>) {
        match event {
            SwitchEvent::Marker { of } => self.hear_marker(of, actions),
            SwitchEvent::BarrierReply(Barrier::Fence) => self.learn(Fact::Fenced, actions),
            // Sent before it was a keeper: what the switch had raised since is still to come.
            SwitchEvent::BarrierReply(Barrier::Drain)
                if self.side == Side::Keeper && !self.knows(Fact::Collected) => {}
            SwitchEvent::BarrierReply(Barrier::Drain) => self.learn(Fact::Drained, actions),
            SwitchEvent::RoleReply(Role::Equal) => {
                self.learn(Fact::Joined, actions);
                self.end_if_settled(actions);
            }
            SwitchEvent::RoleReply(Role::Slave) => self.learn(Fact::Yielded, actions),
            SwitchEvent::RoleReply(Role::Master) => {
                if self.claiming {
                    actions.push(Action::ClearTimer(Timer::Claim));
                    self.learn(Fact::Granted, actions);
                }
            }
            SwitchEvent::RoleReply(Role::NoChange) => {}
            // A newer election than ours: the log will tell, or the next claim succeeds.
            SwitchEvent::RoleRefused => {
                if self.claiming {
                    actions.push(Action::SetTimer(Timer::Claim));
                }
            }
            SwitchEvent::RoleStatus => self.learn(Fact::Demoted, actions),
        }
    }

    fn handle_log(&mut self, standing: Standing, actions: &mut Vec<Action>) {
        match standing {
            Standing::Open => {
                if self.side == Side::Source && !self.knows(Fact::Opened) {
                    actions.push(Action::SetTimer(Timer::Answer));
                }
                self.learn(Fact::Opened, actions);
            }
            Standing::Committed { winner, token, keeper } => {
                self.handle_commit(winner, token, keeper, actions);
            }
            Standing::Done { winner, token } => self.handle_done(winner, token, actions),
            Standing::Aborted => {
                self.settle_proposal(actions);
                if self.side == Side::Source {
                    self.cut_flow(actions);
                    actions.push(Action::Gate(Order::Release));
                    self.end(Outcome::Aborted, actions);
                } else {
                    self.leave_as_loser(self.token, actions);
                }
            }
        }
    }

    fn handle_done(&mut self, winner: NodeId, token: Token, actions: &mut Vec<Action>) {
        self.settle_proposal(actions);
        let may_end_well = matches!(self.side, Side::Source | Side::Keeper);
        if !may_end_well && winner != self.me {
            return self.leave_as_loser(token, actions);
        }
        self.learn(Fact::Done, actions);
        self.end_if_settled(actions);
    }

    /// Ends a party that knows of the end, unless its last step waits for the switch's answer.
    fn end_if_settled(&mut self, actions: &mut Vec<Action>) {
        let stays = self.side == Side::Source && self.table.exchange.source_stays;
        if self.knows(Fact::Done) && (!stays || self.knows(Fact::Joined)) {
            self.end(Outcome::Done, actions);
        }
    }

    fn handle_commit(
        &mut self,
        winner: NodeId,
        token: Token,
        keeper: Option<NodeId>,
        actions: &mut Vec<Action>,
    ) {
        if matches!(self.proposed, Some(Proposal::Commit { .. } | Proposal::Abort(_))) {
            self.settle_proposal(actions);
        }
        let planned = token == self.terms.token;
        if winner != self.me {
            return match self.side {
                Side::Source if planned && self.has_chosen(winner) => {
                    self.learn(Fact::Committed, actions);
                }
                Side::Keeper if token == self.token => {}
                Side::Source | Side::Keeper => self.keep_for(winner, token, actions),
                Side::Target | Side::Heir => self.leave_as_loser(token, actions),
            };
        }
        match self.side {
            Side::Target if planned => {
                self.keeper = keeper;
                if !self.knows(Fact::Committed) && self.proposed.is_none() {
                    actions.push(Action::SetTimer(Timer::Forward));
                }
                self.learn(Fact::Committed, actions);
                // The cluster has declared the source dead: it has been silent for long enough.
                if keeper.is_none() {
                    self.roll_forward(actions);
                }
                self.go_on_alone(actions);
            }
            Side::Heir if token == self.token && self.knows(Fact::Committed) => {
                if keeper.is_none() {
                    self.learn(Fact::Ended, actions);
                }
            }
            Side::Source | Side::Target | Side::Heir | Side::Keeper => {
                self.inherit(token, keeper, actions);
            }
        }
    }

    /// Returns whether this party has chosen `winner`: an earlier session of its node may have chosen, and asked for
    /// the commit, and what that one knew is gone.
    fn has_chosen(&self, winner: NodeId) -> bool {
        let chosen = self.knows(Fact::Chosen) || self.table.probe == Probe::None;
        chosen && self.target == winner
    }

    /// Starts anew as the heir of a hand-over that lost a party; `keeper` holds what this one has not heard.
    fn inherit(&mut self, token: Token, keeper: Option<NodeId>, actions: &mut Vec<Action>) {
        self.start_anew(Side::Heir, self.me, token, actions);
        match keeper {
            Some(keeper) => {
                self.target = keeper;
                self.facts.add(Fact::Kept as usize);
                actions.push(Action::SetTimer(Timer::Forward));
            }
            None => self.learn(Fact::Ended, actions),
        }
        self.learn(Fact::Committed, actions);
    }

    /// Starts anew as a source that keeps for `winner` what it holds back.
    fn keep_for(&mut self, winner: NodeId, token: Token, actions: &mut Vec<Action>) {
        self.start_anew(Side::Keeper, winner, token, actions);
        self.learn(Fact::Committed, actions);
        if self.asked_by.take() == Some(winner) {
            self.learn(Fact::Collected, actions);
        }
    }

    /// What was planned counts no more: neither the marker's flow nor what the log was asked for.
    fn start_anew(&mut self, side: Side, other: NodeId, token: Token, actions: &mut Vec<Action>) {
        self.cut_flow(actions);
        self.settle_proposal(actions);
        (self.side, self.target, self.token, self.claiming) = (side, other, token, false);
        (self.waited, self.alone) = (0, false);
        (self.facts, self.fired) = (Bits::default(), Bits::default());
    }

    fn handle_timeout(&mut self, timer: Timer, actions: &mut Vec<Action>) {
        match timer {
            Timer::Answer => self.give_up(AbortReason::NoAnswer, actions),
            Timer::Poll => self.choose(actions),
            Timer::Proposal => {
                if let Some(proposal) = self.proposed.clone() {
                    actions.push(Action::Propose(proposal));
                    actions.push(Action::SetTimer(Timer::Proposal));
                }
            }
            Timer::Forward => self.roll_forward(actions),
            Timer::Claim => {
                if self.claiming && !self.knows(Fact::Granted) {
                    self.take(Step::AskMaster, actions);
                }
            }
        }
    }

    /// Goes on without the source's word, that has not come in time or will not come.
    ///
    /// Without it nobody knows whether what the source did before its cut has taken effect: it has been waited for
    /// long enough for that. A source that lives may hold what a target has not heard, even one that has its
    /// own cut: it may have lost its session and begun anew. So it asks for that, and asks again in case that
    /// the stream between them broke.
    fn roll_forward(&mut self, actions: &mut Vec<Action>) {
        match self.side {
            // A target that has claimed and has the source's word waits for the switch alone.
            Side::Target if self.claiming && self.knows(Fact::Ended) => {}
            Side::Target if self.knows(Fact::Committed) => {
                self.inherit(self.token, self.keeper, actions);
            }
            Side::Heir if self.knows(Fact::Ended) => {}
            Side::Heir if self.waited < MAX_WAITS => {
                self.waited += 1;
                actions.push(Action::SetTimer(Timer::Forward));
                if self.knows(Fact::Granted) {
                    self.take(Step::TellCollect, actions);
                }
            }
            Side::Heir => self.learn(Fact::Ended, actions),
            Side::Source | Side::Target | Side::Keeper => {}
        }
    }

    /// The source lost what it held and cannot vouch for what it did: its session with the switch is a new one.
    fn hear_nothing(&mut self, actions: &mut Vec<Action>) {
        match self.side {
            // It had handed over before: all that it did has taken effect.
            Side::Target if self.knows(Fact::Ended) => {}
            Side::Target => {
                self.alone = true;
                self.go_on_alone(actions);
            }
            Side::Heir => self.learn(Fact::Ended, actions),
            Side::Source | Side::Keeper => {}
        }
    }

    /// Inherits from a source that hands nothing over, once the log says that there is something to inherit.
    fn go_on_alone(&mut self, actions: &mut Vec<Action>) {
        if self.alone && self.side == Side::Target && self.knows(Fact::Committed) {
            self.inherit(self.token, None, actions);
        }
    }

    // The choice among candidates.

    fn hear_marker(&mut self, of: NodeId, actions: &mut Vec<Action>) {
        match self.side {
            Side::Source => {
                let Some(candidate) = self.candidates.iter_mut().find(|c| c.node == of) else {
                    return;
                };
                // A switch may mark in more than one way: the first is the cut.
                if std::mem::replace(&mut candidate.marked, true) {
                    return;
                }
                self.learn(Fact::Marked, actions);
                if self.table.probe == Probe::Marker && !self.knows(Fact::Chosen) {
                    actions.push(Action::Gate(Order::Mark(of)));
                    self.consider(of, actions);
                }
            }
            Side::Target if of == self.me => self.learn(Fact::Marked, actions),
            Side::Target | Side::Heir | Side::Keeper => {}
        }
    }

    fn hear_ready(&mut self, from: NodeId, score: u64, actions: &mut Vec<Action>) {
        if self.side != Side::Source {
            return;
        }
        if let Some(candidate) = self.candidates.iter_mut().find(|c| c.node == from) {
            (candidate.ready, candidate.score) = (true, score);
            self.consider(from, actions);
        }
    }

    fn hear_refusal(&mut self, from: NodeId, reason: String, actions: &mut Vec<Action>) {
        if self.side != Side::Source {
            return;
        }
        if let Some(candidate) = self.candidates.iter_mut().find(|c| c.node == from) {
            candidate.out = true;
        }
        if self.candidates.iter().all(|c| c.out) {
            self.give_up(AbortReason::Refused(from, reason), actions);
        } else if self.all_have_answered() {
            self.choose(actions);
        }
    }

    /// Decides by `node`'s answer, if that is all that the rule needs.
    fn consider(&mut self, node: NodeId, actions: &mut Vec<Action>) {
        let answered = self.candidates.iter().any(|c| c.node == node && self.has_answered(c));
        if !answered || self.knows(Fact::Chosen) {
            return;
        }
        match self.terms.rule {
            Choice::First | Choice::ReadyFirst => self.choose_one(node, actions),
            Choice::Score if self.all_have_answered() => self.choose(actions),
            Choice::Score => {
                if self.candidates.iter().filter(|c| self.has_answered(c)).count() == 1 {
                    actions.push(Action::SetTimer(Timer::Poll));
                }
            }
        }
    }

    fn has_answered(&self, candidate: &Candidate) -> bool {
        let first = self.terms.rule == Choice::First;
        match self.table.probe {
            Probe::Marker => candidate.marked && (candidate.ready || first),
            Probe::Ready => candidate.ready,
            Probe::None => false,
        }
    }

    fn all_have_answered(&self) -> bool {
        self.candidates.iter().all(|c| c.out || self.has_answered(c))
    }

    /// Chooses the best of those that have answered.
    fn choose(&mut self, actions: &mut Vec<Action>) {
        let answered = self.candidates.iter().filter(|c| self.has_answered(c));
        if let Some(best) = answered.min_by_key(|c| c.score).map(|c| c.node) {
            self.choose_one(best, actions);
        }
    }

    fn choose_one(&mut self, node: NodeId, actions: &mut Vec<Action>) {
        if self.side != Side::Source || self.knows(Fact::Chosen) {
            return;
        }
        self.target = node;
        if self.terms.rule == Choice::Score {
            actions.push(Action::ClearTimer(Timer::Poll));
        }
        self.learn(Fact::Chosen, actions);
    }

    /// The winner wants what this party holds back.
    ///
    /// Only the log's winner asks, so that being asked by the node that it has chosen tells a source of the
    /// commit, even before it has read of it. Another winner is remembered until the log tells of it here.
    fn hear_collect(&mut self, from: NodeId, actions: &mut Vec<Action>) {
        match self.side {
            Side::Source if from == self.target && !self.knows(Fact::Done) => {
                self.asked_by = Some(from);
                self.keep_for(from, self.token, actions);
            }
            // It has told before, and that was lost.
            Side::Keeper if from == self.target && self.knows(Fact::Drained) => {
                self.take(Step::TellRest, actions);
            }
            Side::Keeper if from == self.target => self.learn(Fact::Collected, actions),
            Side::Source | Side::Keeper => self.asked_by = Some(from),
            Side::Target | Side::Heir => {}
        }
    }

    /// Adds what has become known, and takes the steps for which it was the last thing missing.
    fn learn(&mut self, fact: Fact, actions: &mut Vec<Action>) {
        if !self.facts.add(fact as usize) {
            return;
        }
        let rules: &[Rule] = match self.side {
            Side::Source => self.table.source,
            Side::Target => self.table.target,
            Side::Heir => HEIR,
            Side::Keeper => KEEPER,
        };
        for (number, rule) in rules.iter().enumerate() {
            let ready = rule.needs.iter().all(|need| self.knows(*need));
            if ready && self.fired.add(number) {
                for &step in rule.steps {
                    self.take(step, actions);
                }
            }
        }
    }

    fn take(&mut self, step: Step, actions: &mut Vec<Action>) {
        let source = self.terms.source;
        let tell = |to, message| Action::Tell { to, message };
        let token = self.token;
        let ask = |role| Action::AskRole { role, token };
        let action = match step {
            Step::TellStart => {
                let invite = |c: &Candidate| tell(c.node, PeerMessage::Start);
                return actions.extend(self.candidates.iter().map(invite));
            }
            Step::TellReady => tell(source, PeerMessage::Ready { score: 0 }),
            Step::TellState => tell(self.target, PeerMessage::LocalState),
            Step::TellTaken => tell(source, PeerMessage::Taken),
            Step::TellEnd => tell(self.target, PeerMessage::End),
            Step::TellRest => tell(self.target, PeerMessage::Rest),
            Step::TellCollect => tell(self.target, PeerMessage::Collect),
            Step::AskEqual => ask(Role::Equal),
            Step::AskSlave => ask(Role::Slave),
            Step::AskMaster => {
                self.claiming = true;
                ask(Role::Master)
            }
            Step::MarkByRole if self.told => return,
            Step::MarkByRole | Step::SendMarker => Action::SendMarker { of: self.target },
            Step::PlantFlow => {
                self.planted = true;
                Action::PlantFlow
            }
            Step::CutFlow => return self.cut_flow(actions),
            Step::SendBarrier(barrier) => Action::SendBarrier(barrier),
            Step::Gate(order) => Action::Gate(order),
            Step::Choose => Action::Gate(Order::Choose(self.target)),
            Step::Commit => {
                actions.push(Action::ClearTimer(Timer::Answer));
                return self.propose(Proposal::Commit { winner: self.target }, actions);
            }
            Step::Finish => {
                actions.push(Action::ClearTimer(Timer::Forward));
                return self.propose(Proposal::Finish, actions);
            }
        };
        actions.push(action);
    }

    fn cut_flow(&mut self, actions: &mut Vec<Action>) {
        if std::mem::take(&mut self.planted) {
            actions.push(Action::CutFlow);
        }
    }

    fn propose(&mut self, proposal: Proposal, actions: &mut Vec<Action>) {
        self.proposed = Some(proposal.clone());
        actions.push(Action::Propose(proposal));
        actions.push(Action::SetTimer(Timer::Proposal));
    }

    fn settle_proposal(&mut self, actions: &mut Vec<Action>) {
        if self.proposed.take().is_some() {
            actions.push(Action::ClearTimer(Timer::Proposal));
        }
    }

    /// Asks the log to abort, unless it has been asked for something already.
    fn give_up(&mut self, reason: AbortReason, actions: &mut Vec<Action>) {
        let planned = matches!(self.side, Side::Source | Side::Target);
        if planned && !self.knows(Fact::Committed) && self.proposed.is_none() {
            self.propose(Proposal::Abort(reason), actions);
        }
    }

    /// Leaves the switch to another; with an older token than the newest the switch would refuse, and leave
    /// this party `EQUAL`.
    fn leave_as_loser(&mut self, newest: Token, actions: &mut Vec<Action>) {
        self.cut_flow(actions);
        actions.push(Action::Gate(Order::Drop));
        // A hot peer that was the winner for a while is one no more: the log has taken it off the list.
        let was_peer = self.side == Side::Target && self.table.exchange.target_was_equal;
        let stays = was_peer && !self.knows(Fact::Committed);
        let role = if stays { Role::Equal } else { Role::Slave };
        actions.push(Action::AskRole { role, token: newest.max(self.token) });
        self.end(Outcome::Lost, actions);
    }

    fn end(&mut self, outcome: Outcome, actions: &mut Vec<Action>) {
        self.over = true;
        actions.push(Action::Over(outcome));
    }
}
