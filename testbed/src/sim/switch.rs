//! A switch of the simulated network: the testbed's virtual switch, its traffic and its books.

use super::agenda::Micros;
use super::check::Books;
use super::rng::Rng;
use crate::numbered::Numbered;
use crate::vswitch::{self, ConnectionId, Output};
use bytes::Bytes;
use openflow::{Dpid, Message, PortNo, Version};
use std::time::Duration;

/// A switch with its traffic and its books.
#[derive(Debug)]
pub(super) struct Switch {
    pub(super) inner: vswitch::Switch,
    pub(super) version: Version,
    pub(super) books: Books,
    rng: Rng,
    /// Mean time between packets while something is going on.
    busy_interval: Micros,
    busy_until: Micros,
    pub(super) raises: bool,
}

/// How long traffic stays dense after something has happened.
const BUSY_FOR: Micros = 15_000;
const IDLE_INTERVAL: Micros = 30_000;

impl Switch {
    pub(super) fn new(dpid: Dpid, mut rng: Rng) -> Self {
        let version = if rng.one_in(2) { Version::V1_3 } else { Version::V1_4 };
        let busy_interval = rng.between(100, 1_500);
        let inner = vswitch::Switch::new(dpid, 2).with_versions(&[version]);
        let books = Books::default();
        Self { inner, version, books, rng, busy_interval, busy_until: 0, raises: true }
    }

    pub(super) fn dpid(&self) -> Dpid {
        self.inner.dpid()
    }

    /// Something is going on: this is when packets should come.
    pub(super) fn stir(&mut self, now: Micros) {
        self.busy_until = now + BUSY_FOR;
    }

    /// Returns how long it is until the next packet, and how many come then.
    pub(super) fn next_packets(&mut self, now: Micros) -> (Micros, u64) {
        let burst = if self.rng.one_in(16) { self.rng.between(2, 6) } else { 1 };
        if now < self.busy_until {
            (self.rng.around(self.busy_interval).max(1), burst)
        } else {
            (self.rng.around(IDLE_INTERVAL).max(1), burst)
        }
    }

    /// Lets the next numbered packet come in.
    pub(super) fn raise(&mut self, now: Micros, out: &mut Vec<Output>) {
        let packet = Numbered { source: self.dpid().0, number: self.books.next_number() };
        let before = out.len();
        self.inner.receive(PortNo(1), Bytes::from(packet.encode()), time(now), out);
        let asked = |output: &Output| match output {
            Output::Send { frame, .. } => matches!(frame.message, Message::PacketIn(_)),
            _ => false,
        };
        if out[before..].iter().any(asked) {
            self.books.raise(now);
        } else {
            self.books.unheard += 1;
        }
    }

    pub(super) fn handle(
        &mut self,
        from: ConnectionId,
        bytes: &Bytes,
        now: Micros,
        out: &mut Vec<Output>,
    ) {
        self.inner.handle(from, bytes, time(now), out);
    }

    pub(super) fn tick(&mut self, now: Micros, out: &mut Vec<Output>) {
        self.inner.tick(time(now), out);
    }

    /// Returns a flow that no application has asked for.
    pub(super) fn stray_flow(&self) -> Option<&vswitch::Flow> {
        self.inner.flows().iter().find(|flow| !flow.is_table_miss())
    }
}

fn time(now: Micros) -> Duration {
    Duration::from_micros(now)
}
