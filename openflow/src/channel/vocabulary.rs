//! What a channel hears and what it asks for.

use crate::{
    Capabilities, DecodeError, Dpid, ErrorCode, Frame, GenerationId, Port, Refusal, Role, Version,
};

/// What happened to the connection.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Event {
    /// It is open: the switch can be written to.
    Opened,
    /// A message came.
    Frame(Frame),
    /// A message came that could not be read.
    Refused(Refusal),
    /// A timer fired.
    Timeout(Timer),
}

/// What must be done, in order.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// Send this to the switch.
    Send(Frame),
    /// Start a timer.
    SetTimer(Timer),
    /// Stop a timer.
    ClearTimer(Timer),
    /// The handshake is done: this is the switch.
    Up(Box<SwitchInfo>),
    /// A message for the rest of the controller; only after `Up`.
    Deliver(Frame),
    /// Send what is to be sent, then close the connection; nothing follows, all timers are void.
    Close(CloseReason),
}

/// A time that the driver keeps.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Timer {
    /// How long a switch may take from the open connection to `Up`.
    Handshake,
    /// How often the channel looks whether the switch has said anything.
    Idle,
    /// How long a switch may take to answer an echo request.
    Echo,
}

/// What the handshake learns of a switch.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SwitchInfo {
    /// Who it says it is.
    pub dpid: Dpid,
    /// Version that both sides speak.
    pub version: Version,
    /// Number of the connection; always 0, that of the main one.
    pub auxiliary_id: u8,
    /// How many tables it has.
    pub n_tables: u8,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Role that this controller has.
    pub role: Role,
    /// Newest generation id that the switch has seen; none in OpenFlow 1.0, whose roles have none.
    pub generation_id: Option<GenerationId>,
    /// Its ports.
    pub ports: Vec<Port>,
}

/// Why a channel ends.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
pub enum CloseReason {
    /// There is no version that both sides speak.
    #[error("no OpenFlow version in common: the switch speaks up to wire version {highest}")]
    Incompatible {
        /// Highest version of the switch, as on the wire.
        highest: u8,
    },
    /// The first message is not a hello.
    #[error("the switch began with {0} and not with OFPT_HELLO")]
    NoHello(&'static str),
    /// The switch took too long to come up.
    #[error("the switch did not finish the handshake in time")]
    HandshakeTimeout,
    /// The switch is gone.
    #[error("the switch did not answer an echo request in time")]
    EchoTimeout,
    /// The switch refused a request of the handshake.
    #[error("the switch refused {request}: {code}")]
    Rejected {
        /// What it refused.
        request: &'static str,
        /// Why.
        code: ErrorCode,
    },
    /// The switch does not have roles, without which nothing fences its controllers.
    #[error("the switch does not support controller roles: {0}")]
    NoRoles(ErrorCode),
    /// The connection is an auxiliary one.
    #[error("auxiliary connections are not supported (auxiliary id {0})")]
    Auxiliary(u8),
    /// The switch describes more ports than any switch has.
    #[error("the switch describes more ports than {MAX_PORTS}")]
    TooManyPorts,
    /// The stream of messages cannot be followed any more.
    #[error("the message stream is lost: {0}")]
    StreamLost(DecodeError),
    /// Too many messages were refused.
    #[error("more than {MAX_REFUSED} messages of the switch were refused")]
    TooManyRefused,
}

/// How many ports a switch may describe, or messages it may take to describe them.
pub const MAX_PORTS: usize = 16_384;

/// How many messages of a switch are refused before the channel gives it up.
pub const MAX_REFUSED: u32 = 64;
