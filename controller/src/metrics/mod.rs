//! What a node counts, as Prometheus scrapes it. Names and labels are an interface: the test holds the
//! whole exposition.

mod histogram;
mod raft;
mod tally;
#[cfg(test)]
mod tests;

use crate::admin::Health;
use crate::config::Port;
use histogram::Histogram;
use migration::gate::Order;
use migration::ownership::{Migration, State};
use migration::report::Phases;
use openflow::Dpid;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use raft::Raft;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
pub(crate) use tally::Tally;

/// Every metric of a node. Clones share their counts.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    migrations: Migrations,
    switches: Switches,
    raft: Raft,
    disk: Disk,
    doors: Doors,
}

impl Metrics {
    /// Returns metrics that count from zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("baton");
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "This program", Info::new(version));
        Self(Arc::new(Inner {
            migrations: Migrations::register(&mut registry),
            switches: Switches::register(&mut registry),
            raft: Raft::register(&mut registry),
            disk: Disk::register(&mut registry),
            doors: Doors::register(&mut registry),
            registry,
        }))
    }

    /// Counts a session with a switch that has come up.
    pub fn session_opened(&self) {
        self.0.switches.sessions.inc();
    }

    /// Counts a session with a switch that has ended.
    pub fn session_closed(&self) {
        self.0.switches.sessions.dec();
    }

    /// Counts a connection of a switch that was refused, by why.
    pub fn switch_refused(&self, reason: &'static str) {
        self.0.switches.refused.get_or_create(&Reason { reason }).inc();
    }

    /// Counts a message that the fence held back, by its type.
    pub fn fenced(&self, kind: &'static str) {
        self.0.switches.fenced.get_or_create(&Kind { kind }).inc();
    }

    /// Counts floods beyond a switch's budget.
    pub fn floods_refused(&self, n: u64) {
        self.0.switches.floods_refused.inc_by(n);
    }

    /// Notes whether this node owns a switch.
    pub fn owned(&self, dpid: Dpid, owned: bool) {
        self.0.switches.owned.get_or_create(&Switch { dpid: DpidLabel(dpid) }).set(owned.into());
    }

    /// Observes for how long a node had been silent when this leader had declared it dead.
    pub fn detected(&self, seconds: f64) {
        self.0.switches.failover.get_or_create(&Stage { stage: "detection" }).observe(seconds);
    }

    /// Observes the time from learning that a switch is this node's to being its master, outside of
    /// migrations.
    pub fn taken_over(&self, seconds: f64) {
        self.0.switches.failover.get_or_create(&Stage { stage: "take-over" }).observe(seconds);
    }

    /// Counts packet-ins that another node answers.
    pub fn discarded(&self, n: u64) {
        self.0.switches.discarded.inc_by(n);
    }

    /// Counts packet-ins that should have been held back, but were lost to a bound.
    pub fn overflowed(&self, n: u64) {
        self.0.migrations.dropped.inc_by(n);
    }

    /// Counts what became of `held` packet-ins of which an order let `released` go.
    pub fn released(&self, order: Order, released: u64, held: u64) {
        match order {
            Order::Release | Order::ReleaseAll | Order::Drop => {
                self.0.migrations.replayed.inc_by(released);
                self.0.migrations.dropped.inc_by(held.saturating_sub(released));
            }
            Order::Buffer | Order::Cut | Order::Shadow | Order::Mark(_) | Order::Choose(_) => {}
        }
    }

    /// Counts a message to another node that could not be sent.
    pub fn peer_dropped(&self) {
        self.0.raft.peer_dropped.inc();
    }

    /// Observes how long a proposal of this node took, from asking to its answer.
    pub fn committed(&self, seconds: f64) {
        self.0.raft.proposal.observe(seconds);
    }

    /// Counts a migration that has ended; to be called once in the cluster, by its winner if it is done,
    /// by its source if it was aborted.
    pub fn migration_finished(&self, migration: &Migration) {
        self.0.migrations.finished(migration);
    }

    /// Takes over what is known only at the moment of a scrape.
    pub fn refresh(&self, health: &Health, log: &consensus::Metrics) {
        self.0.raft.refresh(health, log);
    }

    /// Notes how much room is left on the disk, and whether the node waits for more.
    pub fn disk(&self, free_bytes: u64, full: bool) {
        self.0.disk.free.set(free_bytes);
        self.0.disk.full.set(full.into());
    }

    /// Counts a connection that no handshake of TLS came of, by the port of this node.
    pub fn handshake_failed(&self, port: Port) {
        self.0.doors.failed.get_or_create(&Door { port: port.to_string() }).inc();
    }

    /// Counts a message in the name of another node than the one whose certificate was shown.
    pub fn impostor_refused(&self) {
        self.0.doors.impostors.inc();
    }

    /// Returns every metric in the OpenMetrics text format.
    pub fn exposition(&self) -> String {
        let mut text = String::new();
        text::encode(&mut text, &self.0.registry)
            .expect("a String takes all that is written to it");
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// About hand-overs.
#[derive(Debug)]
struct Migrations {
    total: Family<Ended, Counter>,
    duration: Family<Run, Histogram>,
    phase: Family<Phase, Histogram>,
    window: Family<Protocol, Histogram>,
    probe: Family<Candidate, Histogram>,
    buffered: Counter,
    shadowed: Counter,
    replayed: Counter,
    dropped: Counter,
}

impl Migrations {
    fn register(registry: &mut Registry) -> Self {
        let packets = Family::<Packets, Counter>::default();
        let disposed = |disposition| packets.get_or_create_owned(&Packets { disposition });
        let metrics = Self {
            total: Family::default(),
            duration: Family::default(),
            phase: Family::default(),
            window: Family::default(),
            probe: Family::default(),
            buffered: disposed("buffered"),
            shadowed: disposed("shadowed"),
            replayed: disposed("replayed"),
            dropped: disposed("dropped"),
        };
        let s = || Unit::Seconds;
        let help = "Migrations that have ended";
        registry.register("migrations", help, metrics.total.clone());
        let help = "From the source's start to the winner's release";
        registry.register_with_unit("migration_duration", help, s(), metrics.duration.clone());
        let help = "Where the time of a migration went";
        registry.register_with_unit("migration_phase", help, s(), metrics.phase.clone());
        let help = "How long the winner held packet-ins back";
        registry.register_with_unit("migration_window", help, s(), metrics.window.clone());
        let help = "From the source's start to the candidate's answer";
        registry.register_with_unit("migration_probe", help, s(), metrics.probe.clone());
        let help = "Packet-ins that a hand-over held back, by what became of them";
        registry.register("migration_packets", help, packets);
        metrics
    }

    fn finished(&self, migration: &Migration) {
        let outcome = migration.state.name();
        let (protocol, rule) = (migration.protocol.name(), migration.rule.name());
        self.total.get_or_create(&Ended { protocol, outcome }).inc();
        let (State::Done, Some(winner), Some(report)) =
            (&migration.state, migration.winner, &migration.report)
        else {
            return;
        };
        let Phases { invite_us, drain_us, take_over_us, commit_us, window_us, total_us } =
            report.phases(migration.source, winner);
        self.buffered.inc_by(report.buffered);
        self.shadowed.inc_by(report.shadowed);
        // What was skipped has no duration.
        let observe = |histogram: &Histogram, us: u64| {
            if us > 0 {
                histogram.observe_us(us);
            }
        };
        let run = Run { protocol, rule, outcome };
        observe(&self.duration.get_or_create(&run), total_us);
        observe(&self.window.get_or_create(&Protocol { protocol }), window_us);
        // Whoever had not answered in time has no probe.
        for &candidate in &migration.candidates {
            if let Some(us) = report.probe_us(migration.source, candidate) {
                self.probe.get_or_create(&Candidate { candidate: candidate.0 }).observe_us(us);
            }
        }
        for (phase, us) in [
            ("invite", invite_us),
            ("drain", drain_us),
            ("take-over", take_over_us),
            ("commit", commit_us),
        ] {
            observe(&self.phase.get_or_create(&Phase { protocol, phase }), us);
        }
    }
}

/// About sessions with switches.
#[derive(Debug)]
struct Switches {
    sessions: Gauge,
    owned: Family<Switch, Gauge>,
    messages: Family<Message, Counter>,
    packet_ins: Counter,
    packet_in: Histogram,
    discarded: Counter,
    refused: Family<Reason, Counter>,
    fenced: Family<Kind, Counter>,
    floods_refused: Counter,
    failover: Family<Stage, Histogram>,
}

impl Switches {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            sessions: Gauge::default(),
            owned: Family::default(),
            messages: Family::default(),
            packet_ins: Counter::default(),
            packet_in: Histogram::default(),
            discarded: Counter::default(),
            refused: Family::default(),
            fenced: Family::default(),
            floods_refused: Counter::default(),
            failover: Family::default(),
        };
        let s = || Unit::Seconds;
        registry.register("sessions", "Sessions with switches", metrics.sessions.clone());
        let help = "Whether this node owns the switch";
        registry.register("switch_owned", help, metrics.owned.clone());
        let help = "OpenFlow messages, in from switches or out to them";
        registry.register("openflow_messages", help, metrics.messages.clone());
        registry.register("packet_ins", "Packet-ins answered", metrics.packet_ins.clone());
        let help = "From a packet-in's arrival to its answer";
        registry.register_with_unit("packet_in", help, s(), metrics.packet_in.clone());
        let help = "Packet-ins that another node answers";
        registry.register("packet_ins_discarded", help, metrics.discarded.clone());
        let help = "Connections of switches that were refused";
        registry.register("switches_refused", help, metrics.refused.clone());
        let help = "Messages to switches that the fence held back";
        registry.register("fenced", help, metrics.fenced.clone());
        let help = "Floods beyond a switch's budget";
        registry.register("floods_refused", help, metrics.floods_refused.clone());
        let help = "Leader: silence of a node until it was declared dead; new owner: from learning that a switch is its own to being master";
        registry.register_with_unit("failover", help, s(), metrics.failover.clone());
        metrics
    }
}

/// About the disk under the data directory.
#[derive(Debug, Default)]
struct Disk {
    free: Gauge<u64, AtomicU64>,
    full: Gauge,
}

impl Disk {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Room where the node keeps its data";
        registry.register_with_unit("disk_free", help, Unit::Bytes, metrics.free.clone());
        let help = "Whether the node serves nobody for want of room on its disk";
        registry.register("disk_full", help, metrics.full.clone());
        metrics
    }
}

/// About who is let in.
#[derive(Debug, Default)]
struct Doors {
    failed: Family<Door, Counter>,
    impostors: Counter,
}

impl Doors {
    fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Connections refused because their TLS handshake failed";
        registry.register("tls_handshakes_failed", help, metrics.failed.clone());
        let help = "What nodes said in the name of another node";
        registry.register("impostors_refused", help, metrics.impostors.clone());
        metrics
    }
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Door {
    port: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Ended {
    protocol: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Run {
    protocol: &'static str,
    rule: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Phase {
    protocol: &'static str,
    phase: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Protocol {
    protocol: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Candidate {
    candidate: u64,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Packets {
    disposition: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Switch {
    dpid: DpidLabel,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Message {
    r#type: &'static str,
    direction: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Stage {
    stage: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Kind {
    kind: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct DpidLabel(Dpid);

impl EncodeLabelValue for DpidLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        write!(encoder, "{}", self.0)
    }
}
