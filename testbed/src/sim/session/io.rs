//! What a session may use, and what it wants done.

use super::Timer;
use crate::sim::agenda::Micros;
use crate::sim::faults::Boundary;
use crate::sim::mutant::Mutant;
use bytes::Bytes;
use migration::engine::Terms;
use migration::ownership::{Op, Ownership};
use migration::{MigrationId, NodeId, Token};
use openflow::{Dpid, Message};
use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

/// The node around a session.
#[derive(Debug)]
pub(in crate::sim) struct Io<'a> {
    pub(in crate::sim) now: Micros,
    pub(in crate::sim) me: NodeId,
    /// The log, as far as this node has applied it.
    pub(in crate::sim) log: &'a Ownership,
    pub(in crate::sim) lease_until: Micros,
    pub(in crate::sim) admission: &'a Admission,
    pub(in crate::sim) mutant: Option<Mutant>,
    pub(in crate::sim) out: &'a mut Vec<Effect>,
}

impl Io<'_> {
    pub(super) fn lease_is_valid(&self) -> bool {
        self.lease_until > self.now || self.mutant == Some(Mutant::LeaseNotChecked)
    }

    pub(super) fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    pub(super) fn cross(&mut self, boundary: Boundary) {
        self.out.push(Effect::Cross(boundary));
    }
}

/// What a session does, in order.
#[derive(Clone, Debug)]
pub(in crate::sim) enum Effect {
    /// Nothing: here a process may die.
    Cross(Boundary),
    /// Writes one message to the switch.
    Write {
        bytes: Bytes,
        stamp: Stamp,
    },
    /// Ends the connection.
    Close,
    Tell {
        to: NodeId,
        message: HandOver,
    },
    Propose(Op),
    /// Looks at the timers at this time.
    Wake(Micros),
    /// The registry has news for the node's presence round.
    Touch,
    /// The session should look at the log.
    Nudge,
    /// A numbered packet-in has come.
    Heard {
        number: u64,
        fate: Fate,
    },
    /// The switch is another's now, and what this node held back is forgotten.
    Lost {
        /// Who owes what this node has handed over.
        heir: Option<NodeId>,
        /// Packet-ins that this node has answered in vain: the switch refused, and the heir answers again.
        handed_over: Vec<u64>,
    },
}

/// What a written message is, to whoever watches over the writers of a switch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::sim) struct Stamp {
    pub(in crate::sim) kind: Kind,
    /// Token under which the writer answers for the switch.
    pub(in crate::sim) token: Token,
}

/// What a written message is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::sim) enum Kind {
    /// An application's: only the owner may.
    Answer,
    /// A step of a hand-over.
    Step,
    /// Changes nothing.
    Other,
}

/// What became of a packet-in at a node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::sim) enum Fate {
    Processed,
    Held,
    Discarded,
    Overflowed,
}

/// A message between two parties; mirrors `controller::handover::HandOver`.
#[derive(Clone, Debug)]
pub(in crate::sim) struct HandOver {
    pub(in crate::sim) dpid: Dpid,
    pub(in crate::sim) migration: MigrationId,
    pub(in crate::sim) from: NodeId,
    pub(in crate::sim) body: Body,
}

/// What a party says.
#[derive(Clone, Debug)]
pub(in crate::sim) enum Body {
    Start { terms: Terms, nonce: u64 },
    Refuse(String),
    Ready { load: u32 },
    LocalState { last: bool },
    Taken,
    End,
    Collect,
    Kept(Vec<Message>),
    Rest,
    Nothing,
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { terms, .. } => write!(f, "Start({}, {})", terms.id, terms.protocol),
            Self::Kept(messages) => write!(f, "Kept({} messages)", messages.len()),
            other => write!(f, "{other:?}"),
        }
    }
}

/// The node's places for inbound hand-overs; mirrors `controller::handover::Admission`.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Admission {
    taken: Rc<Cell<usize>>,
    limit: usize,
}

/// A place, taken until it is dropped.
#[derive(Debug)]
pub(in crate::sim) struct Slot(Rc<Cell<usize>>);

impl Admission {
    pub(in crate::sim) fn new(limit: usize) -> Self {
        Self { taken: Rc::default(), limit }
    }

    /// Returns as many places, none of them taken: those of a new process.
    pub(in crate::sim) fn anew(&self) -> Self {
        Self::new(self.limit)
    }

    pub(in crate::sim) fn taken(&self) -> usize {
        self.taken.get()
    }

    pub(super) fn enter(&self) -> Result<Slot, String> {
        if self.taken.get() == self.limit {
            return Err(format!("it takes part in {} migrations already", self.limit));
        }
        self.taken.set(self.taken.get() + 1);
        Ok(Slot(Rc::clone(&self.taken)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Timers by what they wait for.
pub(super) fn expired(
    timers: &mut std::collections::BTreeMap<Timer, Micros>,
    now: Micros,
) -> Option<Timer> {
    let timer = timers.iter().find(|(_, at)| **at <= now).map(|(timer, _)| *timer)?;
    timers.remove(&timer);
    Some(timer)
}
