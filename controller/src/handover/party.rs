//! One party of one hand-over, as a session's task carries it: the engine, and what the engine does not
//! know: the nonce, the transaction ids of requests under way, and what was seen when.

use super::Marker;
use migration::engine::{Action, Engine, Event};
use migration::report::{Mark, Report, What};
use migration::{MigrationId, NodeId};
use openflow::Xid;

/// A party of one hand-over.
#[derive(Debug)]
pub(crate) struct Party {
    /// The pure part.
    pub(crate) engine: Engine,
    /// What the hand-over's marker says.
    pub(crate) marker: Marker,
    /// The last role request.
    pub(crate) role_request: Option<Xid>,
    /// The last barrier.
    pub(crate) barrier: Option<Xid>,
    /// What was measured; at the target it holds the source's part too, once that has come.
    pub(crate) report: Report,
    me: NodeId,
    /// The application's state, as far as it has come.
    state: Vec<u8>,
}

/// Bytes of application state that a target takes; a source that sends more is not believed.
const MAX_STATE: usize = 16 << 20;

impl Party {
    pub(crate) fn new(engine: Engine, me: NodeId, target: NodeId, nonce: u64) -> Self {
        let marker = Marker { migration: engine.id(), target, nonce };
        let report = Report::default();
        Self { engine, marker, role_request: None, barrier: None, report, me, state: Vec::new() }
    }

    pub(crate) fn id(&self) -> MigrationId {
        self.engine.id()
    }

    /// Takes in a piece of the application's state.
    pub(crate) fn take_state(&mut self, piece: &[u8]) {
        if self.state.len() + piece.len() <= MAX_STATE {
            self.state.extend_from_slice(piece);
        }
    }

    /// Returns the application's state, now that all of it has come.
    pub(crate) fn finish_state(&mut self) -> Vec<u8> {
        self.report.state_bytes = self.state.len() as u64;
        std::mem::take(&mut self.state)
    }

    /// Feeds the engine, and notes what it saw and does.
    pub(crate) fn handle(&mut self, event: Event, now_us: u64) -> Vec<Action> {
        if let Some(what) = event.what() {
            self.note(what, now_us);
        }
        let mut actions = Vec::new();
        self.engine.handle(event, &mut actions);
        for what in actions.iter().filter_map(Action::what) {
            self.note(what, now_us);
        }
        actions
    }

    fn note(&mut self, what: What, at_us: u64) {
        // The log says the same thing many times; the first time is the one that counts.
        let from_log = matches!(what, What::Opened | What::Committed);
        if from_log && self.report.at(self.me, what).is_some() {
            return;
        }
        if self.report.marks.len() < migration::report::MAX_MARKS {
            self.report.marks.push(Mark { at_us, node: self.me, what });
        }
    }
}
