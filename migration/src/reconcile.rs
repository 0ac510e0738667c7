//! Keeps a session's role at the switch in step with the log.
//!
//! Wanted comes from the log, seen from the switch; what differs is claimed again. A switch that restarts
//! forgets its `generation_id` (Open vSwitch keeps it in memory), so an id that is undefined or older than
//! the one this session has claimed with means a restart: masks and flows are gone too.

use crate::ownership::Token;
use openflow::{GenerationId, Role};

/// Reconciles one session with one switch.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Reconciler {
    wanted: Wanted,
    /// What the request under way asks for; `NoChange` only looks.
    asking: Option<Role>,
    /// Newest token that the switch has granted this session a role with.
    granted: Option<Token>,
    seen: Option<Role>,
}

/// What the log wants of this session.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Wanted {
    /// A hand-over decides: look at nothing, claim nothing.
    HandsOff,
    /// This node owns the switch.
    Master(Token),
    /// Another node owns it, or nobody does.
    Slave(Token),
    /// This node owns it in a group that has no master, or is a hot peer of its owner.
    Equal(Token),
}

/// What happened.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Event {
    /// The log wants this.
    Wanted(Wanted),
    /// The switch answered a role request.
    Seen(Role, GenerationId),
    /// The switch refused a role request.
    Refused,
    /// Time to look.
    Tick,
}

/// What must be done.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// Sends `OFPT_ROLE_REQUEST(NOCHANGE)`.
    Look,
    /// Sends a role request.
    Claim(Role, Token),
    /// The switch gives this session the wanted role; said again at every look.
    Settled(Role),
    /// The switch has restarted: its masks and flows must be set again.
    Restarted,
    /// The switch has heard of a newer election than the log: the log's token must grow beyond this.
    Newer(GenerationId),
}

impl Reconciler {
    /// Returns the reconciler of a session whose switch has just told this role.
    pub fn new(seen: Role) -> Self {
        Self { wanted: Wanted::HandsOff, asking: None, granted: None, seen: Some(seen) }
    }

    /// Takes note that a hand-over ended with this role, granted with this token.
    pub fn assume(&mut self, role: Role, token: Token) {
        (self.seen, self.granted, self.asking) = (Some(role), Some(token), None);
        self.wanted = match role {
            Role::Master => Wanted::Master(token),
            Role::Slave => Wanted::Slave(token),
            Role::Equal => Wanted::Equal(token),
            Role::NoChange => Wanted::HandsOff,
        };
    }

    /// Takes in what happened and appends what must be done, in order.
    pub fn handle(&mut self, event: Event, actions: &mut Vec<Action>) {
        match event {
            Event::Wanted(wanted) => {
                if wanted != self.wanted {
                    self.wanted = wanted;
                    self.claim(actions);
                }
            }
            Event::Tick => {
                if self.wanted != Wanted::HandsOff && self.asking.is_none() {
                    self.look(actions);
                }
            }
            Event::Refused => {
                self.asking = None;
                if self.wanted != Wanted::HandsOff {
                    self.look(actions);
                }
            }
            Event::Seen(role, generation) => self.handle_seen(role, generation, actions),
        }
    }

    fn handle_seen(&mut self, role: Role, generation: GenerationId, actions: &mut Vec<Action>) {
        let asked = self.asking.take();
        self.seen = Some(role);
        let Some((wanted, token)) = self.wanted.role() else { return };
        if asked == Some(wanted) && role == wanted {
            self.granted = wanted_token(wanted, token, generation);
            actions.push(Action::Settled(role));
            return;
        }
        let newest = GenerationId::from(token);
        let forgotten = generation == GenerationId::UNDEFINED
            || self.granted.is_some_and(|granted| generation.is_older_than(granted.into()));
        if forgotten && self.granted.take().is_some() {
            actions.push(Action::Restarted);
        }
        if generation != GenerationId::UNDEFINED && newest.is_older_than(generation) {
            actions.push(Action::Newer(generation));
        } else if role != wanted || (forgotten && wanted != Role::Equal) {
            self.claim(actions);
        } else if wanted == Role::Equal || generation == newest {
            self.granted = wanted_token(wanted, token, generation);
            actions.push(Action::Settled(role));
        }
    }

    fn claim(&mut self, actions: &mut Vec<Action>) {
        if let Some((role, token)) = self.wanted.role() {
            self.asking = Some(role);
            actions.push(Action::Claim(role, token));
        }
    }

    fn look(&mut self, actions: &mut Vec<Action>) {
        self.asking = Some(Role::NoChange);
        actions.push(Action::Look);
    }
}

impl Wanted {
    fn role(self) -> Option<(Role, Token)> {
        match self {
            Self::HandsOff => None,
            Self::Master(token) => Some((Role::Master, token)),
            Self::Slave(token) => Some((Role::Slave, token)),
            Self::Equal(token) => Some((Role::Equal, token)),
        }
    }
}

/// Returns the token that a switch which grants `wanted` has heard of: `EQUAL` tells it none.
fn wanted_token(wanted: Role, token: Token, generation: GenerationId) -> Option<Token> {
    match wanted {
        Role::Equal => Some(Token(generation.0)).filter(|_| generation != GenerationId::UNDEFINED),
        Role::Master | Role::Slave | Role::NoChange => Some(token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hot_peer_is_settled_whatever_the_generation_and_notices_a_restart() {
        let mut reconciler = Reconciler::new(Role::Slave);
        let claim = Action::Claim(Role::Equal, Token(7));
        assert_eq!(handle(&mut reconciler, Event::Wanted(Wanted::Equal(Token(7)))), [claim]);
        let granted = Event::Seen(Role::Equal, GenerationId(5));
        assert_eq!(handle(&mut reconciler, granted), [Action::Settled(Role::Equal)]);
        assert_eq!(handle(&mut reconciler, Event::Tick), [Action::Look]);
        assert_eq!(handle(&mut reconciler, granted), [Action::Settled(Role::Equal)]);
        assert_eq!(handle(&mut reconciler, Event::Tick), [Action::Look]);
        let restarted = Event::Seen(Role::Equal, GenerationId::UNDEFINED);
        let actions = handle(&mut reconciler, restarted);
        assert_eq!(actions, [Action::Restarted, Action::Settled(Role::Equal)]);
    }

    fn handle(reconciler: &mut Reconciler, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        reconciler.handle(event, &mut actions);
        actions
    }

    fn settled(role: Role, token: u64) -> Reconciler {
        let mut reconciler = Reconciler::new(Role::Equal);
        reconciler.assume(role, Token(token));
        reconciler
    }

    #[test]
    fn an_owner_claims_and_settles() {
        let mut reconciler = Reconciler::new(Role::Equal);
        let wanted = Event::Wanted(Wanted::Master(Token(3)));
        assert_eq!(handle(&mut reconciler, wanted), [Action::Claim(Role::Master, Token(3))]);
        let seen = Event::Seen(Role::Master, GenerationId(3));
        assert_eq!(handle(&mut reconciler, seen), [Action::Settled(Role::Master)]);
        assert_eq!(handle(&mut reconciler, wanted), []);
    }

    #[test]
    fn a_lost_role_is_claimed_again() {
        let mut reconciler = settled(Role::Slave, 3);
        assert_eq!(handle(&mut reconciler, Event::Tick), [Action::Look]);
        assert_eq!(handle(&mut reconciler, Event::Tick), [], "one request at a time");
        let seen = Event::Seen(Role::Equal, GenerationId(3));
        assert_eq!(handle(&mut reconciler, seen), [Action::Claim(Role::Slave, Token(3))]);
    }

    #[test]
    fn a_switch_that_forgot_its_generation_has_restarted() {
        for generation in [GenerationId::UNDEFINED, GenerationId(2)] {
            let mut reconciler = settled(Role::Master, 3);
            handle(&mut reconciler, Event::Tick);
            let actions = handle(&mut reconciler, Event::Seen(Role::Master, generation));
            assert_eq!(actions, [Action::Restarted, Action::Claim(Role::Master, Token(3))]);
        }
    }

    #[test]
    fn every_look_says_that_all_is_well() {
        let mut reconciler = settled(Role::Master, 3);
        handle(&mut reconciler, Event::Tick);
        let seen = Event::Seen(Role::Master, GenerationId(3));
        assert_eq!(handle(&mut reconciler, seen), [Action::Settled(Role::Master)]);
    }

    #[test]
    fn a_newer_election_goes_to_the_log_and_is_not_fought() {
        let mut reconciler = settled(Role::Master, 3);
        assert_eq!(handle(&mut reconciler, Event::Refused), [Action::Look]);
        let seen = Event::Seen(Role::Slave, GenerationId(9));
        assert_eq!(handle(&mut reconciler, seen), [Action::Newer(GenerationId(9))]);
    }

    #[test]
    fn a_hot_peer_that_was_demoted_claims_equal_again() {
        let mut reconciler = settled(Role::Equal, 3);
        handle(&mut reconciler, Event::Tick);
        let seen = Event::Seen(Role::Slave, GenerationId(3));
        assert_eq!(handle(&mut reconciler, seen), [Action::Claim(Role::Equal, Token(3))]);
    }

    #[test]
    fn during_a_hand_over_it_keeps_its_hands_off() {
        let mut reconciler = settled(Role::Master, 3);
        assert_eq!(handle(&mut reconciler, Event::Wanted(Wanted::HandsOff)), []);
        assert_eq!(handle(&mut reconciler, Event::Tick), []);
        assert_eq!(handle(&mut reconciler, Event::Seen(Role::Slave, GenerationId(9))), []);
    }
}
