//! A switch that has greeted us: its role, its hand-over, its packet-ins.
//!
//! What the log says decides; the switch is brought in line with it. Outside of hand-overs the reconciler
//! claims `MASTER` or `SLAVE`; during one, its [`Party`] decides, and the reconciler keeps its hands off.

use super::fence::{self, Right};
use super::masks::masks;
use super::registry::Card;
use super::task::Io;
use super::timers::Timer;
use crate::app::{App, Command as AppCommand, Context, Forwarding, PortTable, Topology};
use crate::handover::{Body, HandOver, Marker, Party};
use migration::engine::{self, Engine, Outcome, PeerMessage, Proposal, Side, Standing, SwitchEvent};
use migration::gate::{Gate, Mode, Order, Verdict};
use migration::ownership::{Migration, Op, Ownership, State};
use migration::reconcile::{self, Reconciler, Wanted};
use migration::{MigrationId, NodeId, Token};
use openflow::channel::SwitchInfo;
use openflow::{Dpid, Frame, GenerationId, Message, PacketIn, Role, RoleRequest, Xid};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// One switch, as this node's session with it sees it.
pub(crate) struct Switch {
    dpid: Dpid,
    card: Arc<Card>,
    gate: Gate<Held>,
    /// Whether an owner holds back only because its lease has lapsed.
    suspended: bool,
    party: Option<Party>,
    reconciler: Reconciler,
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
}

/// A packet-in that is held back.
#[derive(Debug)]
struct Held {
    packet: PacketIn,
    sequence: u64,
}

/// What the log says of one switch.
#[derive(Clone, Debug, Default)]
struct LogView {
    owner: Option<NodeId>,
    token: Token,
    /// The running migration.
    running: Option<(MigrationId, Migration)>,
    /// The migration that this session is a party of, which may be over.
    ours: Option<Migration>,
}

/// Time between looks at the role that the switch gives us.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Time between the application's regular rounds.
const TICK_EVERY: Duration = Duration::from_millis(100);
/// Time between looks at a lapsed lease.
const LEASE_EVERY: Duration = Duration::from_millis(10);
/// Bytes of application state in one message between nodes.
const STATE_CHUNK: usize = 256 << 10;

impl Switch {
    /// Takes over a connection once its switch is known.
    pub(crate) fn new(io: &mut Io, info: SwitchInfo, card: Arc<Card>) -> Self {
        let now = io.node.clock.elapsed();
        let mut switch = Self {
            dpid: info.dpid,
            card,
            gate: Gate::new(io.node.config.limits.held),
            suspended: false,
            party: None,
            reconciler: Reconciler::new(info.role),
            role_request: None,
            app: Forwarding::default(),
            ports: PortTable::new(info.ports, now),
            topology: io.node.topology.borrow().clone(),
            sequence: 0,
            log: LogView::default(),
            claimed_at: None,
            commands: Vec::new(),
        };
        // A standby hears what a later owner must know: ports, and flows that are gone.
        io.out.send(&Message::SetAsync(masks(info.version)));
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
    }

    /// Becomes a party of the running migration, if the log wants that of this node.
    fn join_running(&mut self, io: &mut Io) {
        let me = io.node.id;
        let Some((id, migration)) = self.log.running.clone() else { return };
        let target = migration.candidates.first().copied().unwrap_or(me);
        let engine = match migration.state {
            // A source that is not settled as master yet has nothing to hand over: it joins once it is.
            State::Open if migration.source == me && self.gate.mode() == Mode::Process => {
                Engine::source(id, &migration)
            }
            State::Committed if migration.winner == Some(me) => Engine::heir(id, me, &migration),
            State::Open | State::Committed | State::Done | State::Aborted(_) => return,
        };
        let nonce = io.node.nonce();
        tracing::info!(dpid = %self.dpid, migration = %id, side = ?engine.side(), "joined a migration");
        self.party = Some(Party::new(engine, migration.protocol, me, target, nonce));
        self.want(io, Wanted::HandsOff);
        self.drive(io, engine::Event::Log(Standing::of(&migration)));
    }

    /// Brings the switch's view of this node in line with who owns it.
    fn follow_owner(&mut self, io: &mut Io) {
        let owns = self.log.owner == Some(io.node.id);
        io.node.metrics.owned(self.dpid, owns);
        if owns {
            if self.gate.mode() != Mode::Process && self.claimed_at.is_none() {
                self.claimed_at = Some(Instant::now());
            }
            self.want(io, Wanted::Master(self.log.token));
        } else {
            self.claimed_at = None;
            if self.gate.mode() != Mode::Discard {
                self.app.disowned();
            }
            self.order(io, Order::Drop);
            self.want(io, Wanted::Slave(self.log.token));
        }
    }

    fn want(&mut self, io: &mut Io, wanted: Wanted) {
        self.reconcile(io, reconcile::Event::Wanted(wanted));
    }

    /// Takes in one message from the switch.
    pub(crate) fn handle_frame(&mut self, io: &mut Io, frame: Frame) {
        io.node.metrics.received(frame.message.type_name());
        match frame.message {
            Message::PacketIn(packet) => self.handle_packet_in(io, packet),
            Message::RoleReply(reply) => {
                self.handle_role(io, frame.xid, reply.role, reply.generation_id);
            }
            Message::Error(error) => self.handle_error(io, frame.xid, &error),
            Message::BarrierReply => {
                if self.party.as_ref().is_some_and(|party| party.barrier == Some(frame.xid)) {
                    self.drive(io, engine::Event::Switch(SwitchEvent::BarrierReply));
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
            Message::PortStatus(status) => {
                self.ports.update(&status, io.node.clock.elapsed());
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
        } else {
            tracing::debug!(dpid = %self.dpid, code = %error.code, "the switch refused a message");
        }
    }

    fn handle_packet_in(&mut self, io: &mut Io, packet: PacketIn) {
        if let Some(marker) = Marker::of(&packet) {
            if self.party.as_ref().is_some_and(|party| party.marker == marker) {
                self.drive(io, engine::Event::Switch(SwitchEvent::Marker));
            }
            return;
        }
        self.sequence += 1;
        self.card.packet_ins.store(self.sequence, Ordering::Relaxed);
        if self.gate.mode() == Mode::Process && !io.node.lease.is_valid() {
            self.suspend(io);
        }
        let bytes = packet.data.len() + PACKET_OVERHEAD;
        match self.gate.offer(Held { packet, sequence: self.sequence }, bytes) {
            Verdict::Process(held) => self.process(io, &held),
            Verdict::Held => {}
            Verdict::Discarded(_) => io.node.metrics.discarded(1),
            Verdict::Overflow(_) => {
                io.node.metrics.overflowed(1);
                self.drive(io, engine::Event::Overflow);
            }
        }
    }

    fn process(&mut self, io: &mut Io, held: &Held) {
        let started = Instant::now();
        self.with_app(io, |app, cx, out| app.packet_in(cx, &held.packet, out));
        io.node.metrics.packet_in(started.elapsed().as_secs_f64());
        tracing::trace!(dpid = %self.dpid, token = %self.log.token, sequence = held.sequence, "packet-in answered");
    }

    /// Holds back, as an owner whose lease has lapsed: it may be the owner no more.
    fn suspend(&mut self, io: &mut Io) {
        tracing::warn!(dpid = %self.dpid, "the lease has lapsed: packet-ins are held back");
        self.suspended = true;
        self.order(io, Order::Shadow);
        io.timers.set(Timer::Lease, LEASE_EVERY);
    }

    /// Goes on as owner, if the lease is back and the log still says so.
    fn resume(&mut self, io: &mut Io) {
        if !self.suspended || self.party.is_some() || self.gate.mode() != Mode::Shadow {
            self.suspended = false;
        } else if !io.node.lease.is_valid() {
            io.timers.set(Timer::Lease, LEASE_EVERY);
        } else {
            self.suspended = false;
            self.follow_log(io);
            if self.log.owner == Some(io.node.id) && self.gate.mode() == Mode::Shadow {
                tracing::info!(dpid = %self.dpid, held = self.gate.held(), "the lease is back");
                self.order(io, Order::Release);
            }
        }
    }

    /// Takes in what a timer waited for.
    pub(crate) fn handle_timer(&mut self, io: &mut Io, timer: Timer) {
        match timer {
            Timer::Engine(timer) => self.drive(io, engine::Event::Timeout(timer)),
            Timer::Lease => self.resume(io),
            Timer::Look => {
                self.reconcile(io, reconcile::Event::Tick);
                io.timers.set(Timer::Look, LOOK_EVERY);
            }
            Timer::Tick => {
                if self.gate.mode() == Mode::Process {
                    if io.node.lease.is_valid() {
                        self.with_app(io, |app, cx, out| app.tick(cx, out));
                    } else {
                        self.suspend(io);
                    }
                }
                io.timers.set(Timer::Tick, TICK_EVERY);
            }
            Timer::Channel(_) => {}
        }
    }

    /// Takes in what another party says.
    pub(crate) fn handle_peer(&mut self, io: &mut Io, message: HandOver) {
        let HandOver { migration: id, from, body, .. } = message;
        if let Body::Start { protocol, token, nonce } = body {
            return match self.may_join(io, id, from) {
                Ok(()) => {
                    let me = io.node.id;
                    let engine = Engine::target(id, me, from, protocol, token);
                    self.party = Some(Party::new(engine, protocol, me, me, nonce));
                    self.want(io, Wanted::HandsOff);
                    self.drive(io, engine::Event::Peer(PeerMessage::Start));
                    self.follow_log(io);
                }
                Err(reason) => {
                    tracing::warn!(dpid = %self.dpid, migration = %id, %from, reason, "refused to take part");
                    self.tell(io, from, id, Body::Refuse(reason));
                }
            };
        }
        let Some(party) = self.party.as_mut().filter(|party| party.id() == id) else { return };
        let event = match body {
            Body::Start { .. } => return,
            Body::Refuse(reason) => PeerMessage::Refuse(reason),
            Body::LocalState(bytes) => {
                party.report.state_bytes += bytes.len() as u64;
                if let Err(error) = self.app.import(&bytes) {
                    // Addresses are learnt again from traffic: a hand-over does not fail for want of them.
                    tracing::warn!(dpid = %self.dpid, migration = %id, %error, "application state not taken over");
                }
                PeerMessage::LocalState
            }
            Body::End { marks, shadowed, state_bytes: _ } => {
                party.report.shadowed = shadowed;
                party.report.marks.splice(0..0, marks);
                PeerMessage::End
            }
        };
        self.drive(io, engine::Event::Peer(event));
    }

    /// Returns whether this node can take part in migration `id`, and if not, why not.
    fn may_join(&self, io: &Io, id: MigrationId, source: NodeId) -> Result<(), String> {
        if let Some(party) = &self.party {
            return Err(format!("migration {} of the switch is not over here", party.id()));
        }
        // The log may not have got here yet; what it holds already must not contradict.
        io.node.consensus.read(|state| match state.migrations().get(&id) {
            None => Ok(()),
            Some(migration) if migration.state != State::Open => {
                Err(format!("migration {id} is {}", migration.state.name()))
            }
            Some(migration) if migration.source != source => {
                Err(format!("node {source} is not the source of migration {id}"))
            }
            Some(migration) if !migration.candidates.contains(&io.node.id) => {
                Err(format!("node {} is no candidate of migration {id}", io.node.id))
            }
            Some(_) => Ok(()),
        })
    }

    /// Feeds the hand-over's engine and carries out what it wants.
    fn drive(&mut self, io: &mut Io, event: engine::Event) {
        let now_us = io.node.clock.unix_us();
        let Some(party) = &mut self.party else { return };
        for action in party.handle(event, now_us) {
            self.carry_out(io, action);
        }
    }

    fn carry_out(&mut self, io: &mut Io, action: engine::Action) {
        match action {
            engine::Action::AskRole { role, token } => {
                let xid = self.ask_role(io, role, token.into());
                if let Some(party) = &mut self.party {
                    party.role_request = Some(xid);
                }
            }
            engine::Action::SendMarker => {
                if let Some(marker) = self.party.as_ref().map(|party| party.marker) {
                    self.write(io, &marker.packet_out(), Right::Party);
                }
            }
            engine::Action::SendBarrier => {
                let xid = self.write(io, &Message::BarrierRequest, Right::Party);
                if let Some(party) = &mut self.party {
                    party.barrier = xid;
                }
            }
            engine::Action::Tell { to, message } => self.tell_party(io, to, message),
            engine::Action::Propose(proposal) => self.propose(io, proposal),
            engine::Action::Gate(order) => self.order(io, order),
            engine::Action::SetTimer(timer) => {
                io.timers.set(Timer::Engine(timer), engine_time(timer));
            }
            engine::Action::ClearTimer(timer) => io.timers.clear(Timer::Engine(timer)),
            engine::Action::Over(outcome) => self.leave(io, outcome),
        }
    }

    fn tell_party(&mut self, io: &mut Io, to: NodeId, message: PeerMessage) {
        let Some(party) = &mut self.party else { return };
        let id = party.id();
        match message {
            PeerMessage::Start => {
                let (nonce, token) = (party.marker.nonce, party.engine.token());
                let body = Body::Start { protocol: party.protocol, token, nonce };
                self.tell(io, to, id, body);
            }
            PeerMessage::LocalState => {
                let state = self.app.export();
                party.report.state_bytes = state.len() as u64;
                for chunk in state.chunks(STATE_CHUNK) {
                    self.tell(io, to, id, Body::LocalState(chunk.to_vec()));
                }
            }
            PeerMessage::End => {
                party.report.shadowed = self.gate.held() as u64;
                let report = &party.report;
                let (marks, shadowed) = (report.marks.clone(), report.shadowed);
                let body = Body::End { marks, shadowed, state_bytes: report.state_bytes };
                self.tell(io, to, id, body);
            }
            PeerMessage::Refuse(reason) => self.tell(io, to, id, Body::Refuse(reason)),
        }
    }

    fn tell(&self, io: &Io, to: NodeId, migration: MigrationId, body: Body) {
        io.node.peers.send(to, HandOver { dpid: self.dpid, migration, from: io.node.id, body });
    }

    fn propose(&mut self, io: &mut Io, proposal: Proposal) {
        let Some(party) = &self.party else { return };
        let (id, me) = (party.id(), io.node.id);
        let op = match proposal {
            Proposal::Commit { winner } => Op::Commit { id, token: party.engine.token(), winner },
            Proposal::Finish => Op::Finish { id, winner: me, report: party.report.clone() },
            Proposal::Abort(reason) => Op::Abort { id, reason },
        };
        io.node.propose_aside(op);
    }

    /// A hand-over is over for this node: back to what the log says.
    fn leave(&mut self, io: &mut Io, outcome: Outcome) {
        let Some(party) = self.party.take() else { return };
        let id = party.id();
        tracing::info!(dpid = %self.dpid, migration = %id, side = ?party.engine.side(), ?outcome, "left a migration");
        for timer in engine::Timer::ALL {
            io.timers.clear(Timer::Engine(timer));
        }
        let token = self.log.token;
        let won = outcome == Outcome::Done && party.engine.side() != Side::Source;
        if won {
            self.reconciler.assume(Role::Master, token);
            self.claimed_at = None;
        }
        if won || (outcome == Outcome::Aborted && party.engine.side() == Side::Source) {
            if let Some(migration) = &self.log.ours {
                io.node.metrics.migration_finished(migration);
            }
        }
        if outcome != Outcome::Aborted && !won {
            self.app.disowned();
        }
        self.follow_owner(io);
        // A migration may have opened while this one ended.
        io.node.registry.nudge(self.dpid);
    }

    /// Changes what becomes of packet-ins, and processes what is let go.
    fn order(&mut self, io: &mut Io, order: Order) {
        let held = self.gate.held() as u64;
        let released = self.gate.order(order);
        let mode = self.gate.mode();
        self.card.show(|face| face.gate = mode);
        if let Some(party) = &mut self.party
            && matches!(order, Order::Release | Order::ReleaseAll)
            && party.engine.side() != Side::Source
        {
            party.report.buffered = released.len() as u64;
        }
        if matches!(order, Order::Release | Order::ReleaseAll) && self.owns_anew() {
            self.with_app(io, |app, cx, out| app.owned(cx, out));
        }
        io.node.metrics.released(order, released.len() as u64, held);
        for held in &released {
            self.process(io, held);
        }
    }

    /// Returns whether this session takes a switch over that lost its owner, so that nothing of the old
    /// owner's state has come with it.
    fn owns_anew(&self) -> bool {
        self.party.as_ref().is_none_or(|party| party.engine.side() == Side::Heir) && !self.suspended
    }

    fn reconcile(&mut self, io: &mut Io, event: reconcile::Event) {
        let mut actions = Vec::new();
        self.reconciler.handle(event, &mut actions);
        for action in actions {
            match action {
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
                    io.out.send(&Message::SetAsync(masks(self.card.version)));
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
        if role != Role::Master || self.log.owner != Some(io.node.id) {
            return;
        }
        if self.gate.mode() == Mode::Process || self.suspended {
            return;
        }
        if let Some(claimed_at) = self.claimed_at.take() {
            io.node.metrics.taken_over(claimed_at.elapsed().as_secs_f64());
        }
        tracing::info!(dpid = %self.dpid, token = %self.log.token, "master");
        self.order(io, Order::ReleaseAll);
        // A migration that opened meanwhile waits for this.
        self.join_running(io);
    }

    fn ask_role(&mut self, io: &mut Io, role: Role, generation_id: GenerationId) -> Xid {
        let request = Message::RoleRequest(RoleRequest { role, generation_id });
        io.node.metrics.sent(request.type_name());
        io.out.send(&request)
    }

    /// Lets the application see something, and sends what it wants sent.
    fn with_app(
        &mut self,
        io: &mut Io,
        see: impl FnOnce(&mut Forwarding, &Context<'_>, &mut Vec<AppCommand>),
    ) {
        let (dpid, now) = (self.dpid, io.node.clock.elapsed());
        let cx = Context { dpid, now, ports: &self.ports, topology: &self.topology };
        let mut commands = std::mem::take(&mut self.commands);
        see(&mut self.app, &cx, &mut commands);
        for command in commands.drain(..) {
            match command {
                AppCommand::Send(message) => {
                    self.write(io, &message, Right::Owner);
                }
                AppCommand::LinkSeen(link) => io.node.links.seen(link),
                AppCommand::LinkLost(link) => io.node.links.lost(link),
            }
        }
        self.commands = commands;
    }

    /// Sends `message`, if the fence lets it through.
    fn write(&mut self, io: &mut Io, message: &Message, right: Right) -> Option<Xid> {
        if fence::permits(message, right, self.gate.mode(), &io.node.lease) {
            io.node.metrics.sent(message.type_name());
            return Some(io.out.send(message));
        }
        self.card.fenced.fetch_add(1, Ordering::Relaxed);
        io.node.metrics.fenced(message.type_name());
        None
    }
}

/// How long a hand-over waits.
fn engine_time(timer: engine::Timer) -> Duration {
    match timer {
        engine::Timer::Answer => Duration::from_secs(2),
        engine::Timer::Proposal => Duration::from_secs(1),
        engine::Timer::Forward => Duration::from_secs(1),
        engine::Timer::Claim => Duration::from_millis(500),
    }
}

/// Bytes that a held packet-in takes besides its data.
const PACKET_OVERHEAD: usize = size_of::<Held>() + 64;

impl LogView {
    fn of(state: &Ownership, dpid: Dpid, ours: Option<MigrationId>) -> Self {
        let switch = state.switches().get(&dpid);
        let running = switch.and_then(|switch| switch.migration);
        let record = |id: MigrationId| state.migrations().get(&id).cloned();
        Self {
            owner: switch.and_then(|switch| switch.owner),
            token: switch.map(|switch| switch.token).unwrap_or_default(),
            running: running.and_then(|id| Some((id, record(id)?))),
            ours: ours.and_then(record),
        }
    }
}
