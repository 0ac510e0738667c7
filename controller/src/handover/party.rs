//! One party of one hand-over, as a session's task carries it: the engine, and what the engine does not
//! know: the nonce, the transaction ids of requests under way, what another party has kept, and what was seen
//! when.

use super::{Account, Marker, Slot};
use migration::engine::{Action, Barrier, Engine, Event};
use migration::report::{Mark, Message as Kind, Report, What};
use migration::{MigrationId, NodeId};
use openflow::{Message, PacketIn, Xid};

/// A party of one hand-over.
#[derive(Debug)]
pub(crate) struct Party {
    /// The pure part.
    pub(crate) engine: Engine,
    /// What the hand-over's markers carry.
    pub(crate) nonce: u64,
    /// The last role request.
    pub(crate) role_request: Option<Xid>,
    /// The last barrier, and what it waits for.
    pub(crate) barrier: Option<(Xid, Barrier)>,
    /// What was measured; at the target it holds the source's part too, once that has come.
    pub(crate) report: Report,
    /// Packet-ins that another party has kept for this one.
    pub(crate) kept: Vec<PacketIn>,
    /// Commands that the switch refused: this party's own, or those of another that has kept them for it.
    pub(crate) refused: Vec<Message>,
    /// Whether the application's state is on its way to the target.
    pub(crate) state_told: bool,
    me: NodeId,
    /// The application's state, as far as it has come.
    state: Vec<u8>,
    /// A candidate's place among those that this node takes part in at once.
    _slot: Option<Slot>,
}

/// Bytes of application state that a target takes; a source that sends more is not believed.
const MAX_STATE: usize = 16 << 20;

impl Party {
    pub(crate) fn new(engine: Engine, me: NodeId, nonce: u64, slot: Option<Slot>) -> Self {
        Self {
            engine,
            nonce,
            role_request: None,
            barrier: None,
            report: Report::default(),
            kept: Vec::new(),
            refused: Vec::new(),
            state_told: false,
            me,
            state: Vec::new(),
            _slot: slot,
        }
    }

    pub(crate) fn id(&self) -> MigrationId {
        self.engine.id()
    }

    /// Returns whether `marker` is one of this hand-over's.
    pub(crate) fn expects(&self, marker: &Marker) -> bool {
        (marker.migration, marker.nonce) == (self.id(), self.nonce)
    }

    /// Returns the marker that stands for candidate `of`.
    pub(crate) fn marker(&self, of: NodeId) -> Marker {
        Marker { migration: self.id(), target: of, nonce: self.nonce }
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

    /// Takes in the source's part of the report.
    pub(crate) fn take_account(&mut self, account: Account) {
        self.report.shadowed = account.shadowed;
        self.report.marks.splice(0..0, account.marks);
    }

    /// Returns how long the answer of candidate `of` has taken, up to now.
    pub(crate) fn probe_us(&self, of: NodeId, now_us: u64) -> u64 {
        let invited = |mark: &&Mark| {
            (mark.what, mark.peer) == (What::Sent(Kind::Start), Some(of))
                || mark.what == What::Opened
        };
        let since = self.report.marks.iter().rfind(invited).map_or(now_us, |mark| mark.at_us);
        now_us.saturating_sub(since)
    }

    /// Feeds the engine, and notes what it saw and does.
    pub(crate) fn handle(&mut self, event: Event, now_us: u64) -> Vec<Action> {
        if let Some((what, peer)) = event.what() {
            self.note(what, peer, now_us);
        }
        let mut actions = Vec::new();
        self.engine.handle(event, &mut actions);
        for (what, peer) in actions.iter().filter_map(Action::what) {
            self.note(what, peer, now_us);
        }
        actions
    }

    fn note(&mut self, what: What, peer: Option<NodeId>, at_us: u64) {
        // The log says the same thing many times; the first time is the one that counts.
        let from_log = matches!(what, What::Opened | What::Committed);
        if from_log && self.report.at(self.me, what).is_some() {
            return;
        }
        if self.report.marks.len() < migration::report::MAX_MARKS {
            self.report.marks.push(Mark { at_us, node: self.me, what, peer });
        }
    }
}
