//! The controller's side of a switch connection, from the open socket on.
//!
//! ```text
//!         switch                         controller
//!   Hello    |<--------- HELLO, bitmap ------|   SetTimer(Handshake)
//!            |---------- HELLO, bitmap ----->|   the highest version in common
//! Features   |<--------- FEATURES_REQUEST ---|
//!            |---------- FEATURES_REPLY ---->|
//!    Role    |<--------- ROLE_REQUEST -------|   NOCHANGE: learn the generation id before anything
//!            |---------- ROLE_REPLY -------->|   may change the switch
//!   Ports    |<--------- MULTIPART_REQUEST --|   port-desc
//!            |---------- MULTIPART_REPLY --->|   as many parts as it takes
//!     Up     |                               |   Up, SetTimer(Idle)
//!            |---------- all the rest ------>|   Deliver
//!            |<--------- ECHO_REQUEST -------|   when Idle passes in silence; SetTimer(Echo)
//! ```
//!
//! By OpenFlow 1.0 the features tell the ports, and there is no role to ask for: every controller is an
//! equal until it asks to be more, and no generation id says who asked last.
//!
//! ```text
//! Features   |<--------- FEATURES_REQUEST ---|
//!            |---------- FEATURES_REPLY ---->|   Up, SetTimer(Idle)
//! ```
//!
//! Before `Up` what a switch sends unasked is dropped and counted: a controller that does not know
//! its role yet owes it nothing, and the state that the messages tell of is asked for later.

#[cfg(test)]
mod tests;
mod vocabulary;

pub use vocabulary::{Action, CloseReason, Event, MAX_PORTS, MAX_REFUSED, SwitchInfo, Timer};

use bytes::Bytes;

use crate::{
    ErrorCode, ErrorMessage, Features, Frame, GenerationId, Hello, Message, MessageType,
    MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody, PortNo, Refusal,
    Role, RoleRequest, Sender, Version, Xid,
};

/// One connection to a switch, as a state machine without I/O.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Channel {
    allowed: Vec<Version>,
    /// Version of what the channel sends: the highest allowed, then the one agreed on.
    version: Version,
    state: State,
    next_xid: u32,
    refused: u32,
    dropped: u64,
}

/// What the channel awaits.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum State {
    Open,
    Hello,
    Features {
        xid: Xid,
    },
    Role {
        xid: Xid,
        features: Features,
    },
    /// The features have the ports that were told so far.
    Ports {
        xid: Xid,
        features: Features,
        role: RoleRequest,
        parts: usize,
    },
    Up(Life),
    Closed,
}

/// Whether the switch is known to live.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Life {
    /// It has said nothing since the last look.
    Silent,
    /// It has said something since the last look.
    Heard,
    /// It has said nothing for long, and was asked for an echo.
    Asked,
}

impl Channel {
    /// Returns a channel that speaks these versions.
    pub fn new(allowed: &[Version]) -> Self {
        Channel {
            allowed: allowed.to_vec(),
            version: allowed.iter().copied().max().unwrap_or(Version::V1_3),
            state: State::Open,
            next_xid: 0,
            refused: 0,
            dropped: 0,
        }
    }

    /// Does what an event calls for; one that means nothing now changes nothing.
    pub fn handle(&mut self, event: Event, actions: &mut Vec<Action>) {
        match event {
            Event::Opened => self.open(actions),
            Event::Frame(frame) => self.receive(frame, actions),
            Event::Refused(refusal) => self.refuse(&refusal, actions),
            Event::Timeout(timer) => self.time_out(timer, actions),
        }
    }

    /// Returns whether [`handle`](Self::handle) would deliver `frame` and do nothing else: the way of packet-ins, which
    /// are many, round the channel.
    pub fn passes(&mut self, frame: &Frame) -> bool {
        match &mut self.state {
            State::Up(life @ (Life::Silent | Life::Heard)) => {
                let passes = matches!(frame.message, Message::PacketIn(_));
                *life = Life::Heard;
                passes && frame.version == self.version
            }
            _ => false,
        }
    }

    /// Returns the version that the channel sends in: final once the hellos are exchanged.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns whether the handshake is done and the channel not closed.
    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// Returns how many messages came unasked before the handshake was done.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns how many messages of the switch were refused.
    pub fn refused(&self) -> u32 {
        self.refused
    }

    fn open(&mut self, actions: &mut Vec<Action>) {
        if self.state != State::Open {
            return;
        }
        let Some(hello) = Hello::offering(&self.allowed) else {
            return self.close(CloseReason::Incompatible { highest: 0 }, actions);
        };
        self.request(Message::Hello(hello), actions);
        actions.push(Action::SetTimer(Timer::Handshake));
        self.state = State::Hello;
    }

    fn receive(&mut self, frame: Frame, actions: &mut Vec<Action>) {
        self.note_life(actions);
        match (&self.state, &frame.message) {
            (State::Open | State::Closed, _) => {}
            (State::Hello, _) => self.greet(frame, actions),
            // Only the first hello has a meaning.
            (_, Message::Hello(_)) => {}
            _ if frame.version != self.version => {
                self.object(&frame, ErrorCode::BAD_REQUEST_VERSION, actions);
            }
            (_, Message::EchoRequest(data)) => {
                self.send(Message::EchoReply(data.clone()), frame.xid, actions);
            }
            (_, Message::EchoReply(_)) if is_own(frame.xid) => {}
            (_, message) if !may_come_from_switch(message, frame.version) => {
                self.object(&frame, ErrorCode::BAD_REQUEST_TYPE, actions);
            }
            (State::Up(_), _) => actions.push(Action::Deliver(frame)),
            _ => self.shake_hands(frame, actions),
        }
    }

    fn greet(&mut self, frame: Frame, actions: &mut Vec<Action>) {
        let hello = match frame.message {
            Message::Hello(hello) => hello,
            Message::Error(error) => {
                let request = MessageType::HELLO.name();
                return self.close(CloseReason::Rejected { request, code: error.code }, actions);
            }
            other => return self.close(CloseReason::NoHello(other.type_name()), actions),
        };
        let Some(version) = hello.negotiate(&self.allowed) else {
            self.send(Message::Error(incompatible(&self.allowed)), frame.xid, actions);
            return self.close(CloseReason::Incompatible { highest: hello.highest }, actions);
        };
        self.version = version;
        let xid = self.request(Message::FeaturesRequest, actions);
        self.state = State::Features { xid };
    }

    /// Takes the answer that is awaited; drops the rest.
    fn shake_hands(&mut self, frame: Frame, actions: &mut Vec<Action>) {
        if self.state.awaited() != Some(frame.xid) {
            self.dropped += 1;
            return;
        }
        match (&self.state, frame.message) {
            (State::Features { .. }, Message::FeaturesReply(features)) => match self.version {
                Version::V1_0 => self.come_up(features, Role::Equal, None, actions),
                Version::V1_3 | Version::V1_4 | Version::V1_5 => {
                    self.ask_for_role(features, actions);
                }
            },
            (State::Role { features, .. }, Message::RoleReply(role)) => {
                let features = features.clone();
                self.ask_for_ports(features, role, actions);
            }
            (State::Ports { .. }, Message::MultipartReply(reply)) => {
                self.learn_ports(reply, actions);
            }
            (State::Role { .. }, Message::Error(error)) => {
                self.close(CloseReason::NoRoles(error.code), actions);
            }
            (State::Features { .. }, Message::Error(error)) => {
                let request = MessageType::FEATURES_REQUEST.name();
                self.close(CloseReason::Rejected { request, code: error.code }, actions);
            }
            (State::Ports { .. }, Message::Error(error)) => {
                let request = "OFPMP_PORT_DESC";
                self.close(CloseReason::Rejected { request, code: error.code }, actions);
            }
            _ => self.dropped += 1,
        }
    }

    fn ask_for_role(&mut self, features: Features, actions: &mut Vec<Action>) {
        if features.auxiliary_id != 0 {
            return self.close(CloseReason::Auxiliary(features.auxiliary_id), actions);
        }
        // Nothing that may change the switch goes before the answer to this.
        let ask = RoleRequest::new(Role::NoChange, GenerationId(0));
        let xid = self.request(Message::RoleRequest(ask), actions);
        self.state = State::Role { xid, features };
    }

    fn ask_for_ports(&mut self, features: Features, role: RoleRequest, actions: &mut Vec<Action>) {
        let ask = MultipartRequest::new(MultipartRequestBody::PortDesc(PortNo::ANY));
        let xid = self.request(Message::MultipartRequest(ask), actions);
        self.state = State::Ports { xid, features, role, parts: 0 };
    }

    fn learn_ports(&mut self, reply: MultipartReply, actions: &mut Vec<Action>) {
        let State::Ports { features, role, parts, .. } = &mut self.state else { return };
        let more = reply.has_more();
        let MultipartReplyBody::PortDesc(described) = reply.body else {
            self.dropped += 1;
            return;
        };
        features.ports.extend(described);
        *parts += 1;
        if *parts > MAX_PORTS || features.ports.len() > MAX_PORTS {
            return self.close(CloseReason::TooManyPorts, actions);
        }
        if more {
            return;
        }
        let RoleRequest { role, generation_id, .. } = *role;
        let ports = std::mem::take(&mut features.ports);
        let features = Features { ports, ..features.clone() };
        self.come_up(features, role, Some(generation_id), actions);
    }

    fn come_up(
        &mut self,
        features: Features,
        role: Role,
        generation_id: Option<GenerationId>,
        actions: &mut Vec<Action>,
    ) {
        let info = SwitchInfo {
            dpid: features.dpid,
            version: self.version,
            auxiliary_id: features.auxiliary_id,
            n_tables: features.n_tables,
            capabilities: features.capabilities,
            role,
            generation_id,
            ports: features.ports,
        };
        self.state = State::Up(Life::Silent);
        actions.push(Action::ClearTimer(Timer::Handshake));
        actions.push(Action::Up(Box::new(info)));
        actions.push(Action::SetTimer(Timer::Idle));
    }

    fn refuse(&mut self, refusal: &Refusal, actions: &mut Vec<Action>) {
        if matches!(self.state, State::Open | State::Closed) {
            return;
        }
        self.note_life(actions);
        // An error about an error could go on for ever.
        if refusal.kind != MessageType::ERROR.0 {
            self.send(Message::Error(refusal.reply()), refusal.xid, actions);
        }
        if refusal.loses_framing() || self.state == State::Hello {
            return self.close(CloseReason::StreamLost(refusal.error), actions);
        }
        self.count_refusal(actions);
    }

    /// Refuses a message that could be read, but should not have been sent.
    fn object(&mut self, frame: &Frame, code: ErrorCode, actions: &mut Vec<Action>) {
        if !matches!(frame.message, Message::Error(_)) {
            let error = ErrorMessage { code, data: quote(frame) };
            self.send(Message::Error(error), frame.xid, actions);
        }
        self.count_refusal(actions);
    }

    fn count_refusal(&mut self, actions: &mut Vec<Action>) {
        self.refused += 1;
        if self.refused > MAX_REFUSED {
            self.close(CloseReason::TooManyRefused, actions);
        }
    }

    fn time_out(&mut self, timer: Timer, actions: &mut Vec<Action>) {
        match (timer, &self.state) {
            (Timer::Handshake, State::Open | State::Up(_) | State::Closed) => {}
            (Timer::Handshake, _) => self.close(CloseReason::HandshakeTimeout, actions),
            (Timer::Idle, State::Up(Life::Heard)) => {
                self.state = State::Up(Life::Silent);
                actions.push(Action::SetTimer(Timer::Idle));
            }
            (Timer::Idle, State::Up(Life::Silent)) => {
                self.request(Message::EchoRequest(Bytes::new()), actions);
                self.state = State::Up(Life::Asked);
                actions.push(Action::SetTimer(Timer::Echo));
            }
            (Timer::Echo, State::Up(Life::Asked)) => self.close(CloseReason::EchoTimeout, actions),
            (Timer::Idle | Timer::Echo, _) => {}
        }
    }

    /// Takes any message as a sign of life: the answer to an echo request may stand behind many
    /// others. That it sets no timer keeps the busy case cheap.
    fn note_life(&mut self, actions: &mut Vec<Action>) {
        let State::Up(life) = &mut self.state else { return };
        if std::mem::replace(life, Life::Heard) == Life::Asked {
            actions.push(Action::ClearTimer(Timer::Echo));
            actions.push(Action::SetTimer(Timer::Idle));
        }
    }

    /// Sends under a transaction id of the channel's own.
    fn request(&mut self, message: Message, actions: &mut Vec<Action>) -> Xid {
        let xid = Xid(self.next_xid | OWN_XID);
        self.next_xid = (self.next_xid + 1) & !OWN_XID;
        self.send(message, xid, actions);
        xid
    }

    fn send(&self, message: Message, xid: Xid, actions: &mut Vec<Action>) {
        actions.push(Action::Send(Frame { version: self.version, xid, message }));
    }

    fn close(&mut self, reason: CloseReason, actions: &mut Vec<Action>) {
        self.state = State::Closed;
        actions.push(Action::Close(reason));
    }
}

impl State {
    /// Returns the transaction id that the awaited answer carries.
    fn awaited(&self) -> Option<Xid> {
        match self {
            State::Features { xid } | State::Role { xid, .. } | State::Ports { xid, .. } => {
                Some(*xid)
            }
            State::Open | State::Hello | State::Up(_) | State::Closed => None,
        }
    }
}

/// Returns whether a transaction id is one that only channels give: drivers' requests must leave
/// the top bit clear.
pub fn is_own(xid: Xid) -> bool {
    xid.0 & OWN_XID != 0
}

/// Returns whether switches send such messages: a type that the version does not have nobody sends, though
/// another version may have it.
fn may_come_from_switch(message: &Message, version: Version) -> bool {
    let known = !matches!(message, Message::Unknown { .. });
    known && matches!(message.sender(version), Sender::Both | Sender::Switch)
}

fn incompatible(allowed: &[Version]) -> ErrorMessage {
    let names: Vec<String> = allowed.iter().map(Version::to_string).collect();
    let text = format!("this controller speaks OpenFlow {}", names.join(", "));
    ErrorMessage { code: ErrorCode::HELLO_INCOMPATIBLE, data: text.into() }
}

fn quote(frame: &Frame) -> Bytes {
    let mut bytes = Vec::new();
    // What was decoded fits when it is encoded again; if not, the error goes without a quote.
    if frame.encode(&mut bytes).is_err() {
        return Bytes::new();
    }
    bytes.truncate(ErrorMessage::MAX_QUOTE);
    bytes.into()
}

/// The bit that tells the channel's transaction ids from the driver's.
const OWN_XID: u32 = 1 << 31;
