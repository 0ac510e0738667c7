use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Writer};
use crate::{Message, MessageType, Refusal, TooLong, Version, Xid};

/// One whole message.
///
/// ```text
/// +---------+------+--------+------------+------+
/// | version | type | length |    xid     | body |    length counts all of it, at least 8 bytes
/// +---------+------+--------+------------+------+
///      1        1       2          4
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Frame {
    /// Version in the header. A [`Hello`](crate::Hello) in a version that this crate does not speak
    /// has the nearest that it does; what stood in the header is in the hello.
    pub version: Version,
    /// Transaction id.
    pub xid: Xid,
    /// What the message says.
    pub message: Message,
}

impl Frame {
    /// Reads exactly one message. Packets, the data of errors and all that is kept raw are slices
    /// of `bytes`, not copies, and keep them alive.
    ///
    /// # Errors
    /// Returns what is wrong with the message, and what to answer.
    pub fn decode(bytes: &Bytes) -> Result<Frame, Refusal> {
        decode(bytes).map_err(|error| Refusal::new(error, bytes))
    }

    /// Appends the message to `out`, whatever that holds.
    ///
    /// # Errors
    /// Returns [`TooLong`], with `out` as it was, if the message does not fit in its length field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        encode(self.version, self.xid, &self.message, out)
    }
}

/// Appends one whole message to `out`, whatever that holds.
///
/// # Errors
/// Returns [`TooLong`], with `out` as it was, if the message does not fit in its length field.
pub fn encode(
    version: Version,
    xid: Xid,
    message: &Message,
    out: &mut Vec<u8>,
) -> Result<(), TooLong> {
    let start = out.len();
    let mut w = Writer::new(out, version);
    w.u8(match message {
        Message::Hello(hello) => hello.highest,
        _ => version.wire(),
    });
    w.u8(message.kind(version).0);
    w.u16(0);
    w.u32(xid.0);
    message.encode(&mut w);
    let length = w.position() - start;
    if u16::try_from(length).is_err() {
        out.truncate(start);
        return Err(TooLong { version, length });
    }
    w.fill(start + 2, length);
    Ok(())
}

fn decode(bytes: &Bytes) -> Result<Frame, DecodeError> {
    let mut header = Reader::new(bytes, Version::V1_3, Structure::Header);
    let wire_version = header.u8()?;
    let kind = MessageType(header.u8()?);
    let version = version_of(wire_version, kind)?;
    let length = usize::from(header.u16()?);
    if length < HEADER {
        let (structure, minimum) = (Structure::Header, HEADER);
        return Err(DecodeError::TooShort { structure, offset: 0, length, minimum });
    }
    let xid = Xid(header.u32()?);
    let mut body = header.within(Structure::Body, length - HEADER)?;
    header.finish()?;
    body.set_version(version);
    let message = Message::decode(kind, wire_version, &mut body)?;
    body.finish()?;
    Ok(Frame { version, xid, message })
}

/// Returns the version whose codecs read the message: a hello may come in any.
fn version_of(wire_version: u8, kind: MessageType) -> Result<Version, DecodeError> {
    match Version::from_wire(wire_version) {
        Some(version) => Ok(version),
        None if kind != MessageType::HELLO => Err(DecodeError::Version { version: wire_version }),
        None if wire_version < Version::V1_3.wire() => Ok(Version::V1_3),
        None => Ok(Version::V1_4),
    }
}

/// Length of a header, in bytes.
pub(crate) const HEADER: usize = 8;
