//! A virtual OpenFlow switch, pure: messages and packets in, messages and packets out.
//!
//! ```text
//!  connect, disconnect, handle --> +--------+ --> Send      to a controller
//!  receive (a packet)          --> | Switch | --> Emit      out of a port
//!  tick, set_port, restart     --> +--------+ --> Changed   what an oracle wants to know
//! ```
//!
//! It speaks OpenFlow 1.3, 1.4 and 1.5, and has the role semantics of Open vSwitch 3.1: whoever connects is
//! `EQUAL`; only `MASTER` and `SLAVE` requests carry a generation id, and an equal one is accepted; a new
//! master demotes the other master and nobody else; the demoted one is told whatever its masks say; a
//! restart forgets the generation. Packets are never buffered.
//!
//! Unlike there, a flow-removed is sent at once, so it is in order with barriers and packet-ins; and of all
//! actions there is only `OUTPUT`. With [`Switch::with_controller_status`] it tells controllers of each other,
//! as OpenFlow 1.5 has it and Open vSwitch has not: whoever hears packet-ins is told of a change of role at its
//! place among them.

mod actions;
mod connection;
mod flow_table;
mod header;
mod masks;
mod replies;
#[cfg(test)]
mod tests;

pub use connection::ConnectionId;
pub use flow_table::Flow;

use bytes::Bytes;
use connection::Connection;
use flow_table::{FlowTable, Removed};
use openflow::{
    ChannelStatus, ControllerReason, ControllerStatus, Dpid, ErrorCode, ErrorMessage, FlowMod,
    FlowRemoved, Frame, GenerationId, MacAddr, Message, Port, PortConfig, PortNo, PortReason,
    PortState, PortStatus, Role, RoleReason, RoleRequest, RoleStatus, SwitchConfig, Version, Xid,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// A switch with its ports, flows and controller connections.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Switch {
    dpid: Dpid,
    versions: Vec<Version>,
    ports: BTreeMap<PortNo, Port>,
    connections: BTreeMap<ConnectionId, Connection>,
    /// Newest generation id seen, unless there was none since the last start.
    generation: Option<GenerationId>,
    flows: FlowTable,
    config: SwitchConfig,
    /// Whether it tells controllers of each other.
    tells_controllers: bool,
}

/// What the switch does.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Output {
    /// Sends a message to a controller.
    Send {
        /// The connection.
        to: ConnectionId,
        /// The message.
        frame: Frame,
    },
    /// Ends a connection.
    Close(ConnectionId),
    /// Sends a packet out of a port.
    Emit {
        /// The port.
        port: PortNo,
        /// The packet.
        data: Bytes,
    },
    /// Has carried out what a controller asked for: nothing on the wire, but what tests and oracles count.
    Changed {
        /// Who asked.
        by: ConnectionId,
        /// What was done.
        what: Change,
    },
}

/// A request of a controller that the switch carried out.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Change {
    /// A packet-out with this packet, whatever its number of output actions.
    PacketOut(Bytes),
    /// A flow-mod.
    FlowMod(Box<FlowMod>),
    /// A change of role to this one.
    Role(Role, GenerationId),
}

impl Switch {
    /// Returns a switch that has just started, with `ports` ports numbered from 1, all up.
    pub fn new(dpid: Dpid, ports: u32) -> Self {
        Self {
            dpid,
            versions: vec![Version::V1_3, Version::V1_4],
            ports: (1..=ports).map(|n| (PortNo(n), port(dpid, n))).collect(),
            connections: BTreeMap::new(),
            generation: None,
            flows: FlowTable::default(),
            config: SwitchConfig { flags: 0, miss_send_len: DEFAULT_MISS_SEND_LEN },
            tells_controllers: false,
        }
    }

    /// Returns the same switch, whose ports have other addresses: another device with the same datapath id.
    #[must_use]
    pub fn with_serial(mut self, serial: u8) -> Self {
        for port in self.ports.values_mut() {
            port.hw_addr.0[1] = serial;
        }
        self
    }

    /// Returns the same switch, speaking only these versions.
    #[must_use]
    pub fn with_versions(mut self, versions: &[Version]) -> Self {
        self.versions = versions.to_vec();
        self
    }

    /// Returns the same switch, which tells controllers of each other, or does not.
    #[must_use]
    pub fn with_controller_status(self, tells_controllers: bool) -> Self {
        Self { tells_controllers, ..self }
    }

    /// Returns the switch's identity.
    pub fn dpid(&self) -> Dpid {
        self.dpid
    }

    /// Returns the newest generation id seen since the last start.
    pub fn generation(&self) -> Option<GenerationId> {
        self.generation
    }

    /// Returns the role of a controller; nothing before it has said hello.
    pub fn role(&self, of: ConnectionId) -> Option<Role> {
        let connection = self.connections.get(&of)?;
        connection.version.map(|_| connection.role)
    }

    /// Returns the version agreed on with a controller.
    pub fn version(&self, with: ConnectionId) -> Option<Version> {
        self.connections.get(&with)?.version
    }

    /// Returns the connection that is master.
    pub fn master(&self) -> Option<ConnectionId> {
        let mut roles = self.connections.iter();
        roles.find(|(_, connection)| connection.role == Role::Master).map(|(&id, _)| id)
    }

    /// Returns the flows of all tables, each table's in the order in which they are tried.
    pub fn flows(&self) -> &[Flow] {
        self.flows.all()
    }

    /// Returns the ports by their numbers.
    pub fn ports(&self) -> &BTreeMap<PortNo, Port> {
        &self.ports
    }

    /// A controller connection is there: the switch says hello.
    pub fn connect(&mut self, id: ConnectionId, out: &mut Vec<Output>) {
        let (connection, hello) = Connection::open(&self.versions);
        self.connections.insert(id, connection);
        out.push(Output::Send { to: id, frame: hello });
    }

    /// A controller connection is gone.
    pub fn disconnect(&mut self, id: ConnectionId) {
        self.connections.remove(&id);
    }

    /// Forgets what lives in memory: connections, generation id and flows.
    pub fn restart(&mut self) {
        self.connections.clear();
        self.generation = None;
        self.flows = FlowTable::default();
        self.config.miss_send_len = DEFAULT_MISS_SEND_LEN;
    }

    /// A controller has sent one whole message.
    pub fn handle(
        &mut self,
        from: ConnectionId,
        bytes: &Bytes,
        now: Duration,
        out: &mut Vec<Output>,
    ) {
        let Some(connection) = self.connections.get_mut(&from) else { return };
        let Some(version) = connection.version else {
            connection.handle_hello(from, bytes, &self.versions, out);
            self.tell_of(from, ControllerReason::CHANNEL_STATUS, out);
            return;
        };
        let request = match Frame::decode(bytes) {
            Ok(frame) if frame.version == version => frame,
            Ok(Frame { xid, .. }) => {
                self.refuse(from, xid, ErrorCode::BAD_REQUEST_VERSION, bytes, out);
                return;
            }
            Err(refusal) => {
                self.reply(from, refusal.xid, Message::Error(refusal.reply()), out);
                return;
            }
        };
        let xid = request.xid;
        if let Err(code) = self.answer(from, request, now, out) {
            self.refuse(from, xid, code, bytes, out);
        }
    }

    fn answer(
        &mut self,
        from: ConnectionId,
        request: Frame,
        now: Duration,
        out: &mut Vec<Output>,
    ) -> Result<(), ErrorCode> {
        let xid = request.xid;
        let reply = match request.message {
            Message::Hello(_) | Message::Error(_) | Message::EchoReply(_) => return Ok(()),
            Message::EchoRequest(data) => Message::EchoReply(data),
            Message::FeaturesRequest => replies::features(self),
            Message::GetConfigRequest => Message::GetConfigReply(self.config),
            Message::SetConfig(config) => {
                // Open vSwitch takes a slave's miss_send_len, and silently leaves the rest.
                self.config.miss_send_len = config.miss_send_len;
                if !self.is_slave(from) {
                    self.config.flags = config.flags;
                }
                return Ok(());
            }
            Message::PacketOut(packet_out) => {
                self.refuse_slave(from)?;
                return self.packet_out(from, packet_out, now, out);
            }
            Message::FlowMod(flow_mod) => {
                self.refuse_slave(from)?;
                return self.flow_mod(from, flow_mod, now, out);
            }
            Message::MultipartRequest(request) => {
                let parts = replies::multipart(self, &request, now)?;
                for part in parts {
                    self.reply(from, xid, Message::MultipartReply(part), out);
                }
                return Ok(());
            }
            Message::BarrierRequest => Message::BarrierReply,
            Message::RoleRequest(request) => self.change_role(from, request, out)?,
            Message::GetAsyncRequest => match self.connections.get(&from) {
                Some(connection) => Message::GetAsyncReply(connection.masks.to_config()),
                None => return Ok(()),
            },
            Message::SetAsync(config) => {
                if let Some(connection) = self.connections.get_mut(&from) {
                    connection.masks.set(&config);
                }
                return Ok(());
            }
            Message::ShortId(id) if self.tells_controllers => {
                if let Some(connection) = self.connections.get_mut(&from) {
                    connection.short_id = id;
                }
                self.tell_of(from, ControllerReason::SHORT_ID, out);
                return Ok(());
            }
            Message::Experimenter(_)
            | Message::Nicira(_)
            | Message::ControllerStatus(_)
            | Message::ShortId(_) => return Err(ErrorCode::BAD_REQUEST_EXPERIMENTER),
            Message::FeaturesReply(_)
            | Message::GetConfigReply(_)
            | Message::PacketIn(_)
            | Message::FlowRemoved(_)
            | Message::PortStatus(_)
            | Message::MultipartReply(_)
            | Message::BarrierReply
            | Message::RoleReply(_)
            | Message::RoleStatus(_)
            | Message::GetAsyncReply(_)
            | Message::GroupMod(_)
            | Message::PortMod(_)
            | Message::TableMod(_)
            | Message::MeterMod(_)
            | Message::QueueGetConfigRequest(_)
            | Message::QueueGetConfigReply(_)
            | Message::TableStatus(_)
            | Message::RequestForward(_)
            | Message::BundleControl(_)
            | Message::BundleAdd(_)
            | Message::Unknown { .. } => return Err(ErrorCode::BAD_REQUEST_TYPE),
        };
        self.reply(from, xid, reply, out);
        Ok(())
    }

    /// Changes a controller's role (OpenFlow 1.3.5 §6.3.5); returns the reply.
    fn change_role(
        &mut self,
        from: ConnectionId,
        RoleRequest { role, generation_id, .. }: RoleRequest,
        out: &mut Vec<Output>,
    ) -> Result<Message, ErrorCode> {
        let version = self.connections.get(&from).and_then(|connection| connection.version);
        // Roles of OpenFlow 1.0 have no generation id.
        if matches!(role, Role::Master | Role::Slave) && version != Some(Version::V1_0) {
            if self.generation.is_some_and(|newest| generation_id.is_older_than(newest)) {
                return Err(ErrorCode::ROLE_STALE);
            }
            self.generation = Some(generation_id);
        }
        let mut changed = vec![];
        if role == Role::Master {
            changed.extend(self.demote_master_but(from, out));
        }
        let generation_id = self.generation.unwrap_or(GenerationId::UNDEFINED);
        let connection = self.connections.get_mut(&from).ok_or(ErrorCode::ROLE_UNSUPPORTED)?;
        if role != Role::NoChange {
            if std::mem::replace(&mut connection.role, role) != role {
                changed.push(from);
            }
            out.push(Output::Changed { by: from, what: Change::Role(role, generation_id) });
        }
        let role = connection.role;
        for id in changed {
            self.tell_of(id, ControllerReason::ROLE, out);
        }
        Ok(Message::RoleReply(RoleRequest::new(role, generation_id)))
    }

    /// Tells who a controller is now: itself, and the others that hear packet-ins; all of them if it is new.
    fn tell_of(&self, id: ConnectionId, reason: ControllerReason, out: &mut Vec<Output>) {
        let subject = self.connections.get(&id).filter(|subject| subject.version.is_some());
        let Some(subject) = subject.filter(|_| self.tells_controllers) else { return };
        let status = ControllerStatus {
            short_id: subject.short_id,
            role: subject.role,
            reason,
            channel_status: ChannelStatus::UP,
            properties: vec![],
        };
        for (&to, connection) in &self.connections {
            let hears = connection.role != Role::Slave || to == id;
            if hears || reason == ControllerReason::CHANNEL_STATUS {
                out.extend(connection.send(to, Message::ControllerStatus(status.clone())));
            }
        }
    }

    /// Makes the other master a slave, if there is one, and returns it.
    fn demote_master_but(
        &mut self,
        elected: ConnectionId,
        out: &mut Vec<Output>,
    ) -> Option<ConnectionId> {
        let master = self.master().filter(|&id| id != elected)?;
        let generation_id = self.generation.unwrap_or(GenerationId::UNDEFINED);
        let connection = self.connections.get_mut(&master)?;
        connection.role = Role::Slave;
        let status = RoleStatus {
            role: Role::Slave,
            reason: RoleReason::MASTER_REQUEST,
            generation_id,
            properties: vec![],
        };
        // OpenFlow 1.0 has no way to say so.
        if connection.version != Some(Version::V1_0) {
            out.extend(connection.send(master, Message::RoleStatus(status)));
        }
        Some(master)
    }

    fn is_slave(&self, id: ConnectionId) -> bool {
        self.role(id) == Some(Role::Slave)
    }

    fn refuse_slave(&self, id: ConnectionId) -> Result<(), ErrorCode> {
        if self.is_slave(id) { Err(ErrorCode::BAD_REQUEST_IS_SLAVE) } else { Ok(()) }
    }

    fn flow_mod(
        &mut self,
        from: ConnectionId,
        flow_mod: FlowMod,
        now: Duration,
        out: &mut Vec<Output>,
    ) -> Result<(), ErrorCode> {
        actions::check(&flow_mod.instructions)?;
        let removed = self.flows.apply(&flow_mod, now)?;
        out.push(Output::Changed { by: from, what: Change::FlowMod(Box::new(flow_mod)) });
        self.report_removed(removed, now, out);
        Ok(())
    }

    /// Time has passed: flows expire.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<Output>) {
        let removed = self.flows.expire(now);
        self.report_removed(removed, now, out);
    }

    fn report_removed(&self, removed: Vec<Removed>, now: Duration, out: &mut Vec<Output>) {
        for Removed { flow, reason } in removed {
            let message = Message::FlowRemoved(FlowRemoved {
                cookie: flow.cookie,
                priority: flow.priority,
                reason,
                table_id: flow.table_id,
                duration_sec: flow.age(now).as_secs() as u32,
                duration_nsec: flow.age(now).subsec_nanos(),
                idle_timeout: flow.idle_timeout,
                hard_timeout: flow.hard_timeout,
                packet_count: flow.packets,
                byte_count: flow.bytes,
                fields: flow.fields,
                other_stats: vec![],
            });
            for (&to, connection) in &self.connections {
                if connection.masks.flow_removed(connection.role, reason) {
                    out.extend(connection.send(to, message.clone()));
                }
            }
        }
    }

    /// A port's link comes up or goes down.
    pub fn set_port(&mut self, number: PortNo, up: bool, out: &mut Vec<Output>) {
        let Some(port) = self.ports.get_mut(&number) else { return };
        if port.is_up() == up {
            return;
        }
        port.state.set(PortState::LINK_DOWN, !up);
        port.state.set(PortState::LIVE, up);
        let status = PortStatus { reason: PortReason::MODIFY, port: port.clone() };
        for (&to, connection) in &self.connections {
            if connection.masks.port_status(connection.role, status.reason) {
                out.extend(connection.send(to, Message::PortStatus(status.clone())));
            }
        }
    }

    fn reply(&self, to: ConnectionId, xid: Xid, message: Message, out: &mut Vec<Output>) {
        let connection = self.connections.get(&to);
        let frame = connection.and_then(|connection| connection.frame(xid, message));
        out.extend(frame.map(|frame| Output::Send { to, frame }));
    }

    fn refuse(
        &self,
        to: ConnectionId,
        xid: Xid,
        code: ErrorCode,
        request: &Bytes,
        out: &mut Vec<Output>,
    ) {
        let data = request.slice(..request.len().min(ErrorMessage::MAX_QUOTE));
        self.reply(to, xid, Message::Error(ErrorMessage { code, data }), out);
    }
}

fn port(dpid: Dpid, number: u32) -> Port {
    let [.., a, b] = dpid.0.to_be_bytes();
    let [.., c, d] = number.to_be_bytes();
    Port {
        port_no: PortNo(number),
        hw_addr: MacAddr([0x02, DEFAULT_SERIAL, a, b, c, d]),
        name: format!("v{:x}-eth{number}", dpid.0).as_str().into(),
        config: PortConfig::empty(),
        state: PortState::LIVE,
        properties: vec![],
    }
}

/// Sets the ports of two switches with one datapath id apart.
pub const DEFAULT_SERIAL: u8 = 0x5c;

/// What OpenFlow says a switch starts with (1.3.5 §7.3.2).
const DEFAULT_MISS_SEND_LEN: u16 = 128;
