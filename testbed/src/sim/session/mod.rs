//! One node's session with one switch: a mirror of `controller::session`, decision by decision, around the
//! real [`Channel`], [`Gate`], [`Engine`](engine::Engine) and [`Reconciler`].
//!
//! What the controller does with sockets, clocks and tasks comes out here as [`Effect`]s, in order, each with
//! the boundaries beside it at which a process may die. The files have the controller's names: `packets` is
//! the way of a packet-in through gate, application and fence; `hand_over` carries out what the engine of a
//! migration wants; `party` is what the engine does not know.

mod hand_over;
mod io;
mod packets;
mod party;

pub(super) use io::{Admission, Body, Effect, Fate, HandOver, Io, Kind, Stamp};

use super::agenda::Micros;
use super::faults::Boundary;
use super::mutant::Mutant;
use bytes::Bytes;
use controller::handover::Marker;
use migration::engine::{self, Standing, SwitchEvent};
use migration::gate::{Gate, Limit, Mode, Order};
use migration::ownership::{Migration, Ownership};
use migration::reconcile::{self, Reconciler, Wanted};
use migration::{MigrationId, NodeId, Token};
use openflow::channel::{self, Channel, SwitchInfo};
use openflow::{
    AsyncConfig, AsyncKind, Dpid, Frame, GenerationId, Message, PacketIn, Role, RoleRequest,
    Version, Xid,
};
use party::Party;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A connection with a switch, from the handshake on.
#[derive(Debug)]
pub(super) struct Session {
    channel: Channel,
    limit: Limit,
    timers: BTreeMap<Timer, Micros>,
    last_xid: u32,
    switch: Option<Switch>,
}

/// What a timer of a session waits for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Timer {
    Channel(channel::Timer),
    Engine(engine::Timer),
    Tick,
    Look,
    Early,
    Lease,
}

const LOOK_EVERY: Micros = 2_000_000;
const TICK_EVERY: Micros = 100_000;
const CHANNEL_TIME: Micros = 5_000_000;

impl Session {
    /// Returns the session of a connection that has just opened, and greets.
    pub(super) fn open(io: &mut Io<'_>, version: Version, limit: Limit) -> Self {
        let (channel, timers) = (Channel::new(&[version]), BTreeMap::new());
        let mut session = Self { channel, limit, timers, last_xid: 0, switch: None };
        session.drive_channel(io, channel::Event::Opened, false);
        session
    }

    /// Returns the switch that it speaks for.
    pub(super) fn dpid(&self) -> Option<Dpid> {
        self.switch.as_ref().map(|switch| switch.dpid)
    }

    /// Returns the generation id that the switch last told.
    pub(super) fn generation(&self) -> Option<GenerationId> {
        self.switch.as_ref().map(|switch| switch.told.1)
    }

    /// Returns what is not as it should be long after the last hand-over.
    pub(super) fn residue(&self) -> Option<String> {
        self.switch.as_ref().and_then(Switch::residue)
    }

    /// Takes in one message; `taken` says that another session of this node speaks for the switch.
    pub(super) fn receive(&mut self, io: &mut Io<'_>, frame: Frame, taken: bool) {
        self.drive_channel(io, channel::Event::Frame(frame), taken);
    }

    /// Another connection claims the same switch: asks whether this one is still alive.
    pub(super) fn probe(&mut self, io: &mut Io<'_>) {
        self.drive_channel(io, channel::Event::Timeout(channel::Timer::Idle), false);
    }

    /// Takes in what the timers waited for.
    pub(super) fn wake(&mut self, io: &mut Io<'_>) {
        while let Some(timer) = io::expired(&mut self.timers, io.now) {
            match timer {
                Timer::Channel(timer) => {
                    self.drive_channel(io, channel::Event::Timeout(timer), false);
                }
                other => self.with_switch(io, |switch, io| switch.handle_timer(io, other)),
            }
        }
    }

    /// The log has something new.
    pub(super) fn follow_log(&mut self, io: &mut Io<'_>) {
        self.with_switch(io, Switch::follow_log);
    }

    /// Another party says something.
    pub(super) fn hear(&mut self, io: &mut Io<'_>, message: HandOver) {
        self.with_switch(io, |switch, io| switch.handle_peer(io, message));
    }

    fn with_switch(&mut self, io: &mut Io<'_>, f: impl FnOnce(&mut Switch, &mut Desk<'_, '_>)) {
        let Some(switch) = &mut self.switch else { return };
        let version = self.channel.version();
        let mut desk = Desk { io, version, last_xid: &mut self.last_xid, timers: &mut self.timers };
        f(switch, &mut desk);
    }

    fn drive_channel(&mut self, io: &mut Io<'_>, event: channel::Event, taken: bool) {
        let mut actions = Vec::new();
        self.channel.handle(event, &mut actions);
        for action in actions {
            match action {
                channel::Action::Deliver(frame) => {
                    self.with_switch(io, |switch, desk| switch.handle_frame(desk, frame));
                }
                channel::Action::Send(frame) => {
                    io.out.push(write(&frame, Stamp { kind: Kind::Other, token: Token(0) }));
                }
                channel::Action::SetTimer(timer) => {
                    self.timers.insert(Timer::Channel(timer), io.now + CHANNEL_TIME);
                    io.out.push(Effect::Wake(io.now + CHANNEL_TIME));
                }
                channel::Action::ClearTimer(timer) => {
                    self.timers.remove(&Timer::Channel(timer));
                }
                channel::Action::Up(_) | channel::Action::Close(_) if taken => {
                    io.out.push(Effect::Close);
                }
                channel::Action::Up(info) => self.up(io, &info),
                channel::Action::Close(_) => io.out.push(Effect::Close),
            }
        }
    }

    fn up(&mut self, io: &mut Io<'_>, info: &SwitchInfo) {
        self.switch = Some(Switch::new(io, info, self.limit));
        io.out.push(Effect::Touch);
        self.with_switch(io, |switch, desk| {
            desk.send(&Message::SetAsync(masks(desk.version)), Kind::Other, Token(0));
            switch.follow_log(desk);
            desk.set_timer(Timer::Look, LOOK_EVERY);
            desk.set_timer(Timer::Tick, TICK_EVERY);
        });
    }
}

/// A switch that has greeted; mirrors `controller::session::switch::Switch`.
#[derive(Debug)]
struct Switch {
    dpid: Dpid,
    gate: Gate<Held>,
    suspended: Option<Order>,
    party: Option<Party>,
    /// The migration that was running when this session began.
    began_in: Option<MigrationId>,
    /// What parties of migrations said that this node is no party of yet.
    words: Vec<HandOver>,
    overdue: VecDeque<Held>,
    /// What a source asks of the switch once it has answered that.
    postponed: Vec<engine::Action>,
    /// Commands that the switch may yet refuse, the oldest first.
    written: VecDeque<(Xid, Message)>,
    /// Commands to send again before all that is held, once the lease is back.
    refused: Vec<Message>,
    /// Whether the application's commands are sent as a party's steps.
    as_party: bool,
    reconciler: Reconciler,
    role_request: Option<Xid>,
    log: LogView,
    /// Role and generation id, as the switch last told.
    told: (Role, GenerationId),
    /// Token under which this node last owned the switch.
    reign: Token,
}

/// What is held back, in the switch's order.
#[derive(Clone, Debug)]
enum Held {
    Packet(PacketIn),
    /// A marker whose migration this node is no party of yet: what comes after it may be another's.
    Marker(Marker),
}

/// What the log says of one switch.
#[derive(Clone, Debug, Default)]
struct LogView {
    owner: Option<NodeId>,
    token: Token,
    equals: BTreeSet<NodeId>,
    last: Option<MigrationId>,
    running: Option<(MigrationId, Migration)>,
    ours: Option<Migration>,
}

/// What the switch's half of a session works with.
struct Desk<'a, 'b> {
    io: &'a mut Io<'b>,
    version: Version,
    last_xid: &'a mut u32,
    timers: &'a mut BTreeMap<Timer, Micros>,
}

impl Desk<'_, '_> {
    fn send(&mut self, message: &Message, kind: Kind, token: Token) -> Xid {
        *self.last_xid = (*self.last_xid + 1) & 0x7fff_ffff;
        let (xid, version) = (Xid(*self.last_xid), self.version);
        let frame = Frame { version, xid, message: message.clone() };
        self.io.out.push(write(&frame, Stamp { kind, token }));
        xid
    }

    fn set_timer(&mut self, timer: Timer, after: Micros) {
        let at = self.io.now + after;
        self.timers.insert(timer, at);
        self.io.out.push(Effect::Wake(at));
    }

    fn clear_timer(&mut self, timer: Timer) {
        self.timers.remove(&timer);
    }
}

impl Switch {
    fn new(io: &Io<'_>, info: &SwitchInfo, limit: Limit) -> Self {
        Self {
            dpid: info.dpid,
            gate: Gate::new(limit),
            suspended: None,
            party: None,
            began_in: io.log.switches().get(&info.dpid).and_then(|switch| switch.migration),
            words: Vec::new(),
            overdue: VecDeque::new(),
            postponed: Vec::new(),
            written: VecDeque::new(),
            refused: Vec::new(),
            as_party: false,
            reconciler: Reconciler::new(info.role),
            role_request: None,
            log: LogView::default(),
            told: (info.role, info.generation_id.unwrap_or(GenerationId::UNDEFINED)),
            reign: Token::default(),
        }
    }

    fn follow_log(&mut self, desk: &mut Desk<'_, '_>) {
        let ours = self.party.as_ref().map(Party::id);
        self.log = LogView::of(desk.io.log, self.dpid, ours);
        if self.log.owner == Some(desk.io.me) {
            self.reign = self.log.token;
        }
        if let Some(migration) = &self.log.ours {
            let standing = Standing::of(migration);
            self.drive(desk, engine::Event::Log(standing));
        }
        if self.party.is_none() {
            self.join_running(desk);
        }
        if self.party.is_none() {
            self.follow_owner(desk);
        }
        self.hear_waiting(desk);
    }

    fn follow_owner(&mut self, desk: &mut Desk<'_, '_>) {
        let me = desk.io.me;
        let (token, equal) = (self.log.token, self.log.equals.contains(&me));
        if self.log.owner == Some(me) {
            if self.gate.mode() == Mode::Discard {
                self.order(desk, Order::Buffer);
            }
            if self.has_lease(desk) && !self.is_undecided(me) {
                self.want(desk, if equal { Wanted::Equal(token) } else { Wanted::Master(token) });
            }
        } else {
            self.overdue.clear();
            self.refused.clear();
            self.order(desk, Order::Drop);
            self.want(desk, if equal { Wanted::Equal(token) } else { Wanted::Slave(token) });
        }
    }

    fn want(&mut self, desk: &mut Desk<'_, '_>, wanted: Wanted) {
        self.reconcile(desk, reconcile::Event::Wanted(wanted));
    }

    fn handle_frame(&mut self, desk: &mut Desk<'_, '_>, frame: Frame) {
        match frame.message {
            Message::PacketIn(packet) => self.handle_packet_in(desk, packet),
            Message::RoleReply(reply) => {
                self.handle_role(desk, frame.xid, reply.role, reply.generation_id);
            }
            Message::Error(_) => self.handle_error(desk, frame.xid),
            Message::BarrierReply => {
                let waited = self.party.as_ref().and_then(|party| party.barrier);
                if let Some((_, barrier)) = waited.filter(|(xid, _)| *xid == frame.xid) {
                    self.drive(desk, engine::Event::Switch(SwitchEvent::BarrierReply(barrier)));
                }
            }
            Message::RoleStatus(status) => {
                self.told.0 = status.role;
                if self.party.is_some() {
                    self.drive(desk, engine::Event::Switch(SwitchEvent::RoleStatus));
                } else {
                    self.reconcile(desk, reconcile::Event::Tick);
                }
            }
            Message::FlowRemoved(removed) => self.handle_flow_removed(desk, &removed),
            _ => {}
        }
    }

    fn handle_role(
        &mut self,
        desk: &mut Desk<'_, '_>,
        xid: Xid,
        role: Role,
        generation: GenerationId,
    ) {
        if self.told.1 != generation {
            desk.io.out.push(Effect::Touch);
        }
        self.told = (role, generation);
        if self.party.as_ref().is_some_and(|party| party.role_request == Some(xid)) {
            self.drive(desk, engine::Event::Switch(SwitchEvent::RoleReply(role)));
        } else if self.role_request == Some(xid) {
            self.role_request = None;
            self.reconcile(desk, reconcile::Event::Seen(role, generation));
        }
    }

    fn handle_error(&mut self, desk: &mut Desk<'_, '_>, xid: Xid) {
        if self.party.as_ref().is_some_and(|party| party.role_request == Some(xid)) {
            self.drive(desk, engine::Event::Switch(SwitchEvent::RoleRefused));
        } else if self.role_request == Some(xid) {
            self.role_request = None;
            self.reconcile(desk, reconcile::Event::Refused);
        } else if let Some(party) = &mut self.party
            && let Some(place) = self.written.iter().position(|(written, _)| *written == xid)
        {
            // It may have been written before this node became a party.
            let refused = self.written.remove(place).map(|(_, message)| message);
            party.refused.extend(refused);
        }
    }

    fn handle_timer(&mut self, desk: &mut Desk<'_, '_>, timer: Timer) {
        match timer {
            Timer::Engine(timer) => self.drive(desk, engine::Event::Timeout(timer)),
            Timer::Lease => self.resume(desk),
            Timer::Early => self.forget_early(desk),
            Timer::Look => {
                self.reconcile(desk, reconcile::Event::Tick);
                if self.party.is_none() {
                    // What it told another node or the log of a migration may have been lost.
                    self.join_running(desk);
                }
                desk.set_timer(Timer::Look, LOOK_EVERY);
            }
            Timer::Tick => {
                if self.gate.mode() == Mode::Process && !desk.io.lease_is_valid() {
                    self.suspend(desk);
                }
                desk.set_timer(Timer::Tick, TICK_EVERY);
            }
            Timer::Channel(_) => {}
        }
    }

    fn reconcile(&mut self, desk: &mut Desk<'_, '_>, event: reconcile::Event) {
        let mut actions = Vec::new();
        self.reconciler.handle(event, &mut actions);
        for action in actions {
            match action {
                reconcile::Action::Look => {
                    let asked = self.ask_role(desk, Role::NoChange, GenerationId(self.log.token.0));
                    self.role_request = Some(asked);
                }
                reconcile::Action::Claim(Role::Slave, _)
                    if desk.io.mutant.is_some_and(Mutant::leaves_roles_alone) => {}
                reconcile::Action::Claim(role, token) => {
                    desk.io.cross(Boundary::Claim);
                    self.role_request = Some(self.ask_role(desk, role, token.into()));
                }
                reconcile::Action::Settled(role) => self.settled(desk, role),
                reconcile::Action::Restarted => {
                    desk.send(&Message::SetAsync(masks(desk.version)), Kind::Other, Token(0));
                    if self.gate.mode() == Mode::Process {
                        self.app_owned(desk);
                    }
                }
                reconcile::Action::Newer(_) => desk.io.out.push(Effect::Touch),
            }
        }
    }

    fn settled(&mut self, desk: &mut Desk<'_, '_>, role: Role) {
        let equal = self.log.equals.contains(&desk.io.me);
        let answers = role == if equal { Role::Equal } else { Role::Master };
        if !answers || self.log.owner != Some(desk.io.me) {
            return;
        }
        if self.gate.mode() == Mode::Process || self.suspended.is_some() {
            return;
        }
        self.order(desk, Order::ReleaseAll);
        self.join_running(desk);
    }

    fn ask_role(&self, desk: &mut Desk<'_, '_>, role: Role, generation_id: GenerationId) -> Xid {
        let request = Message::RoleRequest(RoleRequest::new(role, generation_id));
        desk.send(&request, Kind::Other, Token(0))
    }

    fn residue(&self) -> Option<String> {
        let mode = self.gate.mode();
        let idle = matches!(mode, Mode::Process | Mode::Discard);
        let what = if let Some(party) = &self.party {
            format!("a party of migration {} as {:?}", party.id(), party.engine.side())
        } else if !idle || self.gate.held() > 0 {
            format!("its gate is in {mode:?} with {} packet-ins", self.gate.held())
        } else if self.suspended.is_some() || !self.overdue.is_empty() {
            "it is suspended".to_owned()
        } else {
            return None;
        };
        Some(format!("session with {}: {what}", self.dpid))
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
            last: state.migrations().last_key_value().map(|(&id, _)| id),
            running: running.and_then(|id| Some((id, record(id)?))),
            ours: ours.and_then(record),
        }
    }
}

fn write(frame: &Frame, stamp: Stamp) -> Effect {
    let mut bytes = Vec::new();
    // No message of these is too long for its length field.
    let _ = frame.encode(&mut bytes);
    Effect::Write { bytes: Bytes::from(bytes), stamp }
}

/// Returns the masks that every session sets; mirrors `controller::session::masks`.
fn masks(version: Version) -> AsyncConfig {
    let packet_in = if version >= Version::V1_4 { 0x3f } else { 0b111 };
    AsyncConfig::default()
        .with(AsyncKind::PACKET_IN_SLAVE, 0)
        .with(AsyncKind::PACKET_IN_MASTER, packet_in)
        .with(AsyncKind::PORT_STATUS_SLAVE, 0b111)
        .with(AsyncKind::PORT_STATUS_MASTER, 0b111)
        .with(AsyncKind::FLOW_REMOVED_SLAVE, 0b1111)
        .with(AsyncKind::FLOW_REMOVED_MASTER, 0b1111)
}
