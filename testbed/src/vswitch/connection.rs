use super::Output;
use super::masks::Masks;
use bytes::Bytes;
use openflow::{ErrorCode, ErrorMessage, Frame, Hello, Message, Role, ShortId, Version, Xid};

/// Number of a controller connection of a switch.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId(pub u64);

/// One controller connection, as the switch sees it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Connection {
    /// Version agreed on; nothing before the controller's hello.
    pub(super) version: Option<Version>,
    pub(super) role: Role,
    pub(super) short_id: ShortId,
    pub(super) masks: Masks,
}

impl Connection {
    /// Returns a connection that awaits the controller's hello, and the switch's own.
    pub(super) fn open(versions: &[Version]) -> (Self, Frame) {
        let version = versions.iter().copied().max().unwrap_or(Version::V1_3);
        let hello = Hello::offering(versions)
            .unwrap_or(Hello { highest: version.wire(), elements: vec![] });
        // "Equal is the default role" (OpenFlow 1.3.5 §6.3.4).
        let connection = Self {
            version: None,
            role: Role::Equal,
            short_id: ShortId::UNDEFINED,
            masks: Masks::default(),
        };
        (connection, Frame { version, xid: Xid(0), message: Message::Hello(hello) })
    }

    /// Agrees on a version, or refuses the connection (OpenFlow 1.3.5 §6.3.1).
    pub(super) fn handle_hello(
        &mut self,
        id: ConnectionId,
        bytes: &Bytes,
        versions: &[Version],
        out: &mut Vec<Output>,
    ) {
        let frame = Frame::decode(bytes).ok();
        let agreed = frame.as_ref().and_then(|frame| match &frame.message {
            Message::Hello(hello) => hello.negotiate(versions),
            _ => None,
        });
        if let Some(version) = agreed {
            self.version = Some(version);
            self.masks = Masks::of(version);
            return;
        }
        let message = Message::Error(ErrorMessage {
            code: ErrorCode::HELLO_INCOMPATIBLE,
            data: Bytes::from_static(b"no version in common"),
        });
        let version = versions.iter().copied().max().unwrap_or(Version::V1_3);
        let xid = frame.map_or(Xid(0), |frame| frame.xid);
        out.push(Output::Send { to: id, frame: Frame { version, xid, message } });
        out.push(Output::Close(id));
    }

    /// Returns the message in the version agreed on.
    pub(super) fn frame(&self, xid: Xid, message: Message) -> Option<Frame> {
        self.version.map(|version| Frame { version, xid, message })
    }

    /// Returns the output that sends a message that nobody asked for.
    pub(super) fn send(&self, to: ConnectionId, message: Message) -> Option<Output> {
        self.frame(Xid(0), message).map(|frame| Output::Send { to, frame })
    }
}
