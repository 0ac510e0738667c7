//! What a session carries for a hand-over besides its engine; mirrors `controller::handover::Party`.

use super::io::Slot;
use crate::sim::agenda::Micros;
use controller::handover::Marker;
use migration::engine::{Barrier, Engine};
use migration::{MigrationId, NodeId};
use openflow::{Message, PacketIn, Xid};

/// A party of one hand-over.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) engine: Engine,
    pub(super) nonce: u64,
    pub(super) role_request: Option<Xid>,
    pub(super) barrier: Option<(Xid, Barrier)>,
    pub(super) kept: Vec<PacketIn>,
    pub(super) refused: Vec<Message>,
    pub(super) state_told: bool,
    /// When its candidates were invited.
    pub(super) invited_at: Micros,
    _slot: Option<Slot>,
}

impl Party {
    pub(super) fn new(engine: Engine, nonce: u64, slot: Option<Slot>, now: Micros) -> Self {
        Self {
            engine,
            nonce,
            role_request: None,
            barrier: None,
            kept: Vec::new(),
            refused: Vec::new(),
            state_told: false,
            invited_at: now,
            _slot: slot,
        }
    }

    pub(super) fn id(&self) -> MigrationId {
        self.engine.id()
    }

    pub(super) fn expects(&self, marker: &Marker) -> bool {
        (marker.migration, marker.nonce) == (self.id(), self.nonce)
    }

    pub(super) fn marker(&self, of: NodeId) -> Marker {
        Marker { migration: self.id(), target: of, nonce: self.nonce }
    }
}
