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

mod event;
#[cfg(test)]
mod tests;

pub use event::{Action, Event, Outcome, PeerMessage, Proposal, Standing, SwitchEvent, Timer};

use crate::gate::Order;
use crate::ownership::{AbortReason, Migration, MigrationId, NodeId, Protocol, Token};
use crate::protocol::{Fact, HEIR, Rule, Step, Table};
use openflow::Role;

/// One party's place in one hand-over.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Engine {
    id: MigrationId,
    me: NodeId,
    source: NodeId,
    target: NodeId,
    protocol: Protocol,
    table: &'static Table,
    token: Token,
    side: Side,
    facts: Bits,
    fired: Bits,
    proposed: Option<Proposal>,
    /// Whether it has asked the switch for `MASTER`.
    claiming: bool,
    over: bool,
}

/// Which table a party runs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Side {
    /// Owner at the start.
    Source,
    /// Owner in the end.
    Target,
    /// Owner because another party was lost.
    Heir,
}

/// A small set of small numbers.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
struct Bits(u16);

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
    /// Returns the source's engine for `migration`; [`Standing::Open`] starts it.
    pub fn source(id: MigrationId, migration: &Migration) -> Self {
        let target = migration.candidates.first().copied().unwrap_or(migration.source);
        let (me, protocol, token) = (migration.source, migration.protocol, migration.token);
        Self::new(id, me, migration.source, target, protocol, token, Side::Source)
    }

    /// Returns a candidate's engine; [`PeerMessage::Start`] starts it.
    pub fn target(
        id: MigrationId,
        me: NodeId,
        source: NodeId,
        protocol: Protocol,
        token: Token,
    ) -> Self {
        Self::new(id, me, source, me, protocol, token, Side::Target)
    }

    /// Returns the engine of a winner that has none: one that restarted, or was no candidate;
    /// [`Standing::Committed`] starts it.
    pub fn heir(id: MigrationId, me: NodeId, migration: &Migration) -> Self {
        let (source, protocol, token) = (migration.source, migration.protocol, migration.token);
        Self::new(id, me, source, me, protocol, token, Side::Heir)
    }

    fn new(
        id: MigrationId,
        me: NodeId,
        source: NodeId,
        target: NodeId,
        protocol: Protocol,
        token: Token,
        side: Side,
    ) -> Self {
        Self {
            id,
            me,
            source,
            target,
            protocol,
            table: protocol.table(),
            token,
            side,
            facts: Bits::default(),
            fired: Bits::default(),
            proposed: None,
            claiming: false,
            over: false,
        }
    }

    /// Returns an engine that has done nothing yet with another table than its protocol's: a draft, or one
    /// broken on purpose to see that a test notices.
    pub fn with_table(self, table: &'static Table) -> Self {
        Self { table, ..self }
    }

    /// Returns the migration that this is a party of.
    pub fn id(&self) -> MigrationId {
        self.id
    }

    /// Returns which table it runs.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Returns the protocol that the migration runs.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Returns the owner at the start.
    pub fn source_node(&self) -> NodeId {
        self.source
    }

    /// Returns the token that the switch is to be claimed with.
    pub fn token(&self) -> Token {
        self.token
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
            Event::Peer(PeerMessage::Start) => self.learn(Fact::Started, actions),
            Event::Peer(PeerMessage::LocalState) => {}
            Event::Peer(PeerMessage::End) => self.learn(Fact::Ended, actions),
            Event::Peer(PeerMessage::Refuse(reason)) => {
                self.give_up(AbortReason::Refused(self.target, reason), actions);
            }
            Event::Switch(SwitchEvent::Marker) => {
                if self.side == Side::Source {
                    actions.push(Action::ClearTimer(Timer::Answer));
                }
                self.learn(Fact::Marked, actions);
            }
            Event::Switch(SwitchEvent::BarrierReply) => self.learn(Fact::Drained, actions),
            Event::Switch(SwitchEvent::RoleReply(Role::Equal)) => self.learn(Fact::Joined, actions),
            Event::Switch(SwitchEvent::RoleReply(Role::Master)) => {
                if self.claiming {
                    actions.push(Action::ClearTimer(Timer::Claim));
                    self.learn(Fact::Granted, actions);
                }
            }
            Event::Switch(SwitchEvent::RoleReply(Role::Slave | Role::NoChange)) => {}
            // A newer election than ours: the log will tell, or the next claim succeeds.
            Event::Switch(SwitchEvent::RoleRefused) => {
                if self.claiming {
                    actions.push(Action::SetTimer(Timer::Claim));
                }
            }
            Event::Switch(SwitchEvent::RoleStatus) => self.learn(Fact::Demoted, actions),
            Event::Timeout(timer) => self.handle_timeout(timer, actions),
            Event::Overflow => self.give_up(AbortReason::Overflow(self.me), actions),
        }
    }

    fn handle_log(&mut self, standing: Standing, actions: &mut Vec<Action>) {
        match standing {
            Standing::Open => {
                if self.side == Side::Source && !self.knows(Fact::Opened) {
                    actions.push(Action::SetTimer(Timer::Answer));
                    self.learn(Fact::Opened, actions);
                }
            }
            Standing::Committed { winner, token } => self.handle_commit(winner, token, actions),
            Standing::Done { winner } => {
                self.settle_proposal(actions);
                if self.side != Side::Source && winner != self.me {
                    self.leave_as_loser(actions);
                    return;
                }
                self.learn(Fact::Done, actions);
                self.end(Outcome::Done, actions);
            }
            Standing::Aborted => {
                self.settle_proposal(actions);
                if self.side == Side::Source {
                    actions.push(Action::Gate(Order::Release));
                    self.end(Outcome::Aborted, actions);
                } else {
                    self.leave_as_loser(actions);
                }
            }
        }
    }

    fn handle_commit(&mut self, winner: NodeId, token: Token, actions: &mut Vec<Action>) {
        if matches!(self.proposed, Some(Proposal::Commit { .. } | Proposal::Abort(_))) {
            self.settle_proposal(actions);
        }
        let planned = token == self.token;
        match self.side {
            _ if winner == self.me && !planned => self.inherit(token, actions),
            Side::Source if winner != self.target => self.leave_as_loser(actions),
            Side::Target | Side::Heir if winner != self.me => self.leave_as_loser(actions),
            Side::Target => {
                if !self.knows(Fact::Ended) && !self.knows(Fact::Committed) {
                    actions.push(Action::SetTimer(Timer::Forward));
                }
                self.learn(Fact::Committed, actions);
            }
            Side::Source | Side::Heir => self.learn(Fact::Committed, actions),
        }
    }

    /// Starts anew as the heir of a hand-over that lost a party.
    fn inherit(&mut self, token: Token, actions: &mut Vec<Action>) {
        (self.token, self.side, self.claiming) = (token, Side::Heir, false);
        (self.facts, self.fired) = (Bits::default(), Bits::default());
        self.learn(Fact::Committed, actions);
    }

    fn handle_timeout(&mut self, timer: Timer, actions: &mut Vec<Action>) {
        match timer {
            Timer::Answer => self.give_up(AbortReason::NoAnswer, actions),
            Timer::Proposal => {
                if let Some(proposal) = self.proposed.clone() {
                    actions.push(Action::Propose(proposal));
                    actions.push(Action::SetTimer(Timer::Proposal));
                }
            }
            // Without the source's word nobody knows whether what it did before its cut has taken effect.
            Timer::Forward => {
                let waits = self.knows(Fact::Committed) && !self.knows(Fact::Ended);
                if self.side == Side::Target && waits {
                    self.inherit(self.token, actions);
                }
            }
            Timer::Claim => {
                if self.claiming && !self.knows(Fact::Granted) {
                    self.take(Step::AskMaster, actions);
                }
            }
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
        let tell = |to, message| Action::Tell { to, message };
        let action = match step {
            Step::TellStart => tell(self.target, PeerMessage::Start),
            Step::TellState => tell(self.target, PeerMessage::LocalState),
            Step::TellEnd => tell(self.target, PeerMessage::End),
            Step::AskEqual => Action::AskRole { role: Role::Equal, token: self.token },
            Step::AskMaster => {
                self.claiming = true;
                actions.push(Action::ClearTimer(Timer::Forward));
                Action::AskRole { role: Role::Master, token: self.token }
            }
            Step::SendMarker => Action::SendMarker,
            Step::SendBarrier => Action::SendBarrier,
            Step::Gate(order) => Action::Gate(order),
            Step::Commit => {
                return self.propose(Proposal::Commit { winner: self.target }, actions);
            }
            Step::Finish => return self.propose(Proposal::Finish, actions),
        };
        actions.push(action);
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
        let committed = self.knows(Fact::Committed) || self.side == Side::Heir;
        if !committed && self.proposed.is_none() {
            self.propose(Proposal::Abort(reason), actions);
        }
    }

    fn leave_as_loser(&mut self, actions: &mut Vec<Action>) {
        actions.push(Action::Gate(Order::Drop));
        actions.push(Action::AskRole { role: Role::Slave, token: self.token });
        self.end(Outcome::Lost, actions);
    }

    fn end(&mut self, outcome: Outcome, actions: &mut Vec<Action>) {
        self.over = true;
        actions.push(Action::Over(outcome));
    }
}
