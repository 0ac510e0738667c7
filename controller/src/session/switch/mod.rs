//! A switch that has greeted us: its role, its hand-over, its packet-ins.
//!
//! What the log says decides; the switch is brought in line with it. Outside of hand-overs the reconciler
//! claims `MASTER` or `SLAVE`; during one, its [`Party`] decides, and the reconciler keeps its hands off.
//! `packets` is the way of a packet-in through gate, application and fence; `hand_over` carries out what
//! the engine of a migration wants.

mod hand_over;
mod packets;
mod refused;

use super::fence::Right;
use super::masks::masks;
use super::registry::Card;
use super::task::Io;
use super::timers::Timer;
use crate::app::{App, Command as AppCommand, DropReason, Forwarding, PortTable, Topology};
use crate::handover::{HandOver, Marker, Party};
use migration::engine::{self, Standing, SwitchEvent};
use migration::gate::{Gate, Mode, Order};
use migration::ownership::{Migration, Ownership};
use migration::reconcile::{self, Reconciler, Wanted};
use migration::{MigrationId, NodeId, Token};
use openflow::channel::SwitchInfo;
use openflow::{Dpid, Frame, GenerationId, Message, PacketIn, Role, RoleRequest, Version, Xid};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One switch, as this node's session with it sees it.
pub(crate) struct Switch {
    dpid: Dpid,
    card: Arc<Card>,
    gate: Gate<Held>,
    /// What to do with the gate once the lease is back: this node may process, but for that.
    suspended: Option<Order>,
    party: Option<Party>,
    /// The migration that was running when this session began: an earlier session may have taken part in it.
    began_in: Option<MigrationId>,
    /// Whether this node was not the owner at some time since this session began. An owner whose session begins anew
    /// may face a switch that has restarted.
    stood_by: bool,
    /// What parties of migrations said that this node is no party of yet.
    words: Vec<HandOver>,
    /// What this node is to answer before its cut, once the lease is back.
    overdue: VecDeque<Held>,
    /// What a source asks of the switch once it has answered that.
    postponed: Vec<engine::Action>,
    /// What the switch had refused another party, to be sent before what is released once the lease is back.
    unsent: Vec<Message>,
    /// In what capacity the application's commands are sent.
    right: Right,
    reconciler: Reconciler,
    /// Whether the switch tells controllers of each other: it has done so.
    tells_controllers: bool,
    role_request: Option<Xid>,
    app: Forwarding,
    ports: PortTable,
    topology: Arc<Topology>,
    /// Packet-ins on this session so far: with switch and token, the name of one.
    sequence: u64,
    /// What the log said of the switch, when last looked at.
    log: LogView,
    /// When this node learnt that the switch is its own, until the switch agrees.
    claimed_at: Option<Instant>,
    commands: Vec<AppCommand>,
    /// Floods over the budget, as far as they are counted in the node's metrics.
    refused_floods: u64,
}

/// What is held back, in the switch's order.
#[derive(Debug)]
enum Held {
    /// A packet-in, and its number on this session.
    Packet(PacketIn, u64),
    /// A marker whose time has not come: of a migration that is not in this node's log yet, or without a lease.
    /// What comes after it may be another's.
    Marker(Marker),
}

/// What the log says of one switch.
#[derive(Clone, Debug, Default)]
struct LogView {
    owner: Option<NodeId>,
    token: Token,
    /// Nodes that are to be `EQUAL`.
    equals: BTreeSet<NodeId>,
    /// Whether an owner has probed the ports.
    probed: bool,
    /// The newest migration of any switch.
    last: Option<MigrationId>,
    /// The running migration.
    running: Option<(MigrationId, Migration)>,
    /// The migration that this session is a party of, which may be over.
    ours: Option<Migration>,
}

/// Time between looks at the role that the switch gives us.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Time between the application's regular rounds.
const TICK_EVERY: Duration = Duration::from_millis(100);

impl Switch {
    /// Takes over a connection once its switch is known.
    pub(crate) fn new(io: &mut Io, info: SwitchInfo, card: Arc<Card>) -> Self {
        let now = io.node.clock.elapsed();
        let mut switch = Self {
            dpid: info.dpid,
            card,
            gate: Gate::new(io.node.config.limits.held),
            suspended: None,
            party: None,
            began_in: None,
            stood_by: false,
            words: Vec::new(),
            overdue: VecDeque::new(),
            postponed: Vec::new(),
            unsent: Vec::new(),
            right: Right::Owner,
            reconciler: Reconciler::new(info.role),
            tells_controllers: false,
            role_request: None,
            app: Forwarding::default(),
            ports: PortTable::new(info.ports, now),
            topology: io.node.topology.borrow().clone(),
            sequence: 0,
            log: LogView::default(),
            claimed_at: None,
            commands: Vec::new(),
            refused_floods: 0,
        };
        // A standby hears what a later owner must know: ports, and flows that are gone.
        io.send(&Message::SetAsync(masks(info.version)));
        let running = |state: &Ownership| state.switches().get(&switch.dpid)?.migration;
        switch.began_in = io.node.consensus.read(running);
        switch.follow_log(io);
        io.timers.set(Timer::Look, LOOK_EVERY);
        io.timers.set(Timer::Tick, TICK_EVERY);
        switch
    }

    pub(crate) fn dpid(&self) -> Dpid {
        self.dpid
    }

    /// Looks at what the log says now, and follows.
    pub(crate) fn follow_log(&mut self, io: &mut Io) {
        let ours = self.party.as_ref().map(Party::id);
        self.topology = io.node.topology.borrow().clone();
        self.log = io.node.consensus.read(|state| LogView::of(state, self.dpid, ours));
        self.stood_by |= self.log.owner != Some(io.node.id);
        if let Some(migration) = &self.log.ours {
            let standing = Standing::of(migration);
            self.drive(io, engine::Event::Log(standing));
        }
        if self.party.is_none() {
            self.join_running(io);
        }
        if self.party.is_none() {
            self.follow_owner(io);
        }
        self.hear_waiting(io);
        self.show_probed(io);
    }

    /// Brings the switch's view of this node in line with who owns it.
    fn follow_owner(&mut self, io: &mut Io) {
        let owns = self.log.owner == Some(io.node.id);
        let (token, equal) = (self.log.token, self.log.equals.contains(&io.node.id));
        io.node.metrics.owned(self.dpid, owns);
        if owns {
            // Until the switch agrees, it may send us packet-ins that nobody else will answer.
            if self.gate.mode() == Mode::Discard {
                self.claimed_at = Some(Instant::now());
                self.order(io, Order::Buffer);
            }
            // A log that is behind may name an owner of long ago, and a switch that has restarted believes any
            // token: the claim waits until this node knows what was decided without it.
            if self.has_lease(io) && !self.is_undecided(io.node.id) {
                self.want(io, if equal { Wanted::Equal(token) } else { Wanted::Master(token) });
            }
        } else {
            self.claimed_at = None;
            if self.gate.mode() != Mode::Discard {
                self.app.disowned();
            }
            self.overdue.clear();
            self.unsent.clear();
            self.order(io, Order::Drop);
            self.want(io, if equal { Wanted::Equal(token) } else { Wanted::Slave(token) });
        }
    }

    fn want(&mut self, io: &mut Io, wanted: Wanted) {
        self.reconcile(io, reconcile::Event::Wanted(wanted));
    }

    /// Takes in one message from the switch.
    pub(crate) fn handle_frame(&mut self, io: &mut Io, frame: Frame) {
        io.tally.received(&io.node.metrics, frame.message.type_name());
        match frame.message {
            Message::PacketIn(packet) => return self.handle_packet_in(io, packet),
            Message::RoleReply(reply) => {
                self.handle_role(io, frame.xid, reply.role, reply.generation_id);
            }
            Message::Error(error) => self.handle_error(io, frame.xid, &error),
            Message::BarrierReply => {
                let waited = self.party.as_ref().and_then(|party| party.barrier);
                if let Some((_, barrier)) = waited.filter(|(xid, _)| *xid == frame.xid) {
                    self.drive(io, engine::Event::Switch(SwitchEvent::BarrierReply(barrier)));
                }
            }
            Message::RoleStatus(status) => {
                tracing::debug!(dpid = %self.dpid, role = ?status.role, "role status");
                self.card.show(|face| face.role = status.role);
                if self.party.is_some() {
                    self.drive(io, engine::Event::Switch(SwitchEvent::RoleStatus));
                } else {
                    self.reconcile(io, reconcile::Event::Tick);
                }
            }
            Message::ControllerStatus(status) => self.handle_controller_status(io, &status),
            Message::FlowRemoved(removed) => self.handle_flow_removed(io, &removed),
            Message::PortStatus(status) => {
                self.ports.update(&status, io.node.clock.elapsed());
                self.card.note_port(&status.port);
                let n_ports = self.ports.len();
                self.card.show(|face| face.n_ports = n_ports);
                if self.gate.mode() == Mode::Process {
                    self.with_app(io, |app, cx, out| app.port_status(cx, &status, out));
                }
            }
            other => {
                tracing::trace!(dpid = %self.dpid, kind = other.type_name(), "message not used");
            }
        }
        io.look_at_clock();
    }

    fn handle_role(&mut self, io: &mut Io, xid: Xid, role: Role, generation: GenerationId) {
        let told = self.card.face().generation;
        self.card.show(|face| (face.role, face.generation) = (role, generation));
        if told != generation {
            io.node.registry.touch();
        }
        if self.party.as_ref().is_some_and(|party| party.role_request == Some(xid)) {
            self.drive(io, engine::Event::Switch(SwitchEvent::RoleReply(role)));
        } else if self.role_request == Some(xid) {
            self.role_request = None;
            self.reconcile(io, reconcile::Event::Seen(role, generation));
        }
    }

    fn handle_error(&mut self, io: &mut Io, xid: Xid, error: &openflow::ErrorMessage) {
        if self.party.as_ref().is_some_and(|party| party.role_request == Some(xid)) {
            tracing::warn!(dpid = %self.dpid, code = %error.code, "the switch refused a role during a migration");
            self.drive(io, engine::Event::Switch(SwitchEvent::RoleRefused));
        } else if self.role_request == Some(xid) {
            tracing::warn!(dpid = %self.dpid, code = %error.code, "the switch refused a role");
            self.role_request = None;
            self.reconcile(io, reconcile::Event::Refused);
        } else if let Some(party) = &mut self.party
            && let Some(command) = io.out.take_back(xid)
        {
            tracing::debug!(dpid = %self.dpid, code = %error.code, "the switch refused a command during a migration");
            party.refused.push(command);
        } else {
            tracing::debug!(dpid = %self.dpid, code = %error.code, "the switch refused a message");
            // A full table is no reason to leave the packet where it is.
            if let Some(answer) = io.out.take_back(xid).and_then(refused::without_flow) {
                self.write(io, &answer, Right::Owner);
            }
        }
    }

    /// Takes in what a timer waited for.
    pub(crate) fn handle_timer(&mut self, io: &mut Io, timer: Timer) {
        match timer {
            Timer::Engine(timer) => self.drive(io, engine::Event::Timeout(timer)),
            Timer::Lease => self.resume(io),
            Timer::Early => self.forget_early(io),
            Timer::Look => {
                self.reconcile(io, reconcile::Event::Tick);
                if self.party.is_none() {
                    io.out.turn();
                    // What it told another node or the log of a migration may have been lost.
                    self.join_running(io);
                }
                io.timers.set(Timer::Look, LOOK_EVERY);
            }
            Timer::Tick => {
                if self.gate.mode() == Mode::Process {
                    if io.node.lease.is_valid() {
                        self.with_app(io, |app, cx, out| app.tick(cx, out));
                        self.count_refused_floods(io);
                        self.show_probed(io);
                    } else {
                        self.suspend(io);
                    }
                }
                io.timers.set(Timer::Tick, TICK_EVERY);
            }
            Timer::Channel(_) => {}
        }
    }

    fn reconcile(&mut self, io: &mut Io, event: reconcile::Event) {
        let mut actions = Vec::new();
        self.reconciler.handle(event, &mut actions);
        for action in actions {
            match action {
                // OpenFlow 1.0 has no way to ask: what the switch last said stands.
                reconcile::Action::Look if self.card.version == Version::V1_0 => {
                    let told = self.card.face().role;
                    self.reconcile(io, reconcile::Event::Seen(told, self.log.token.into()));
                }
                reconcile::Action::Look => {
                    self.role_request =
                        Some(self.ask_role(io, Role::NoChange, GenerationId(self.log.token.0)));
                }
                reconcile::Action::Claim(role, token) => {
                    self.role_request = Some(self.ask_role(io, role, token.into()));
                }
                reconcile::Action::Settled(role) => self.settled(io, role),
                reconcile::Action::Restarted => {
                    tracing::warn!(dpid = %self.dpid, "the switch has restarted");
                    io.send(&Message::SetAsync(masks(self.card.version)));
                    if self.gate.mode() == Mode::Process {
                        self.with_app(io, |app, cx, out| app.owned(cx, out));
                    }
                }
                // The node's presence round tells the log, whose token then grows beyond it.
                reconcile::Action::Newer(generation) => {
                    tracing::warn!(dpid = %self.dpid, generation = generation.0, token = %self.log.token,
                        "the switch has heard of a newer election than the log");
                    io.node.registry.touch();
                }
            }
        }
    }

    /// The switch agrees with the log about this node's role.
    fn settled(&mut self, io: &mut Io, role: Role) {
        let equal = self.log.equals.contains(&io.node.id);
        let answers = role == if equal { Role::Equal } else { Role::Master };
        if !answers || self.log.owner != Some(io.node.id) {
            return;
        }
        if self.gate.mode() == Mode::Process || self.suspended.is_some() {
            return;
        }
        if let Some(claimed_at) = self.claimed_at.take() {
            io.node.metrics.taken_over(claimed_at.elapsed().as_secs_f64());
        }
        tracing::info!(dpid = %self.dpid, token = %self.log.token, ?role, "answers for the switch");
        self.order(io, Order::ReleaseAll);
        // A migration that opened meanwhile waits for this.
        self.join_running(io);
    }

    /// Shows whether the application has probed the ports: the log keeps it for who takes over.
    fn show_probed(&mut self, io: &mut Io) {
        let probed = self.app.has_probed();
        if self.card.face().probed != probed {
            self.card.show(|face| face.probed = probed);
            io.node.registry.touch();
        }
    }

    fn count_refused_floods(&mut self, io: &mut Io) {
        let refused = self.app.stats().dropped(DropReason::OverBudget);
        let news = refused - std::mem::replace(&mut self.refused_floods, refused);
        if news > 0 {
            tracing::warn!(dpid = %self.dpid, floods = news, "more floods than the budget allows were dropped");
            io.node.metrics.floods_refused(news);
        }
    }

    fn ask_role(&mut self, io: &mut Io, role: Role, generation_id: GenerationId) -> Xid {
        io.send(&Message::RoleRequest(RoleRequest::new(role, generation_id)))
    }
}

impl LogView {
    fn of(state: &Ownership, dpid: Dpid, ours: Option<MigrationId>) -> Self {
        let switch = state.switches().get(&dpid);
        let running = switch.and_then(|switch| switch.migration);
        let record = |id: MigrationId| state.migrations().get(&id).cloned();
        Self {
            owner: switch.and_then(|switch| switch.owner),
            token: switch.map(|switch| switch.token).unwrap_or_default(),
            equals: switch.map(|switch| switch.equals.clone()).unwrap_or_default(),
            probed: switch.is_some_and(|switch| switch.probed),
            last: state.migrations().last_key_value().map(|(&id, _)| id),
            running: running.and_then(|id| Some((id, record(id)?))),
            ours: ours.and_then(record),
        }
    }
}
