use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Writer};
use crate::{EncodeError, ErrorCode, Message, MessageType, Refusal, Version, Xid};

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
        Frame::decode_part(bytes, bytes)
    }

    /// As [`Self::decode`], of a message that is a part of `bytes`.
    pub(crate) fn decode_part(message: &[u8], bytes: &Bytes) -> Result<Frame, Refusal> {
        decode(message, bytes).map_err(|error| Refusal::new(error, message))
    }

    /// Appends the message to `out`, whatever that holds.
    ///
    /// # Errors
    /// Returns why the message cannot be written, with `out` as it was: it is too long, or its
    /// version cannot say it.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        encode(self.version, self.xid, &self.message, out)
    }
}

/// Appends one whole message to `out`, whatever that holds.
///
/// # Errors
/// Returns why the message cannot be written, with `out` as it was: it is too long, or the version
/// cannot say it.
pub fn encode(
    version: Version,
    xid: Xid,
    message: &Message,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = out.len();
    let mut w = Writer::new(out, version);
    let wire_version = match message {
        Message::Hello(hello) => hello.highest,
        _ => version.wire(),
    };
    let kind = message.kind(version);
    let length = encode_whole(wire_version, kind, xid, &mut w, |w| message.encode(w));
    let too_long = u16::try_from(length).is_err();
    let fault = w.fault().or(too_long.then_some(EncodeError::TooLong { version, length }));
    if let Some(error) = fault {
        out.truncate(start);
        return Err(error);
    }
    Ok(())
}

/// Writes a message that stands in another.
pub(crate) fn encode_enclosed(
    kind: MessageType,
    xid: Xid,
    w: &mut Writer<'_>,
    body: impl FnOnce(&mut Writer<'_>),
) {
    encode_whole(w.version().wire(), kind, xid, w, body);
}

/// Writes a header and a body; returns how long they are together.
fn encode_whole(
    wire_version: u8,
    kind: MessageType,
    xid: Xid,
    w: &mut Writer<'_>,
    body: impl FnOnce(&mut Writer<'_>),
) -> usize {
    let start = w.position();
    w.u8(wire_version);
    w.u8(kind.0);
    w.u16(0);
    w.u32(xid.0);
    body(w);
    let length = w.position() - start;
    w.fill(start + 2, length);
    length
}

fn decode(message: &[u8], bytes: &Bytes) -> Result<Frame, DecodeError> {
    let mut header = Reader::new(message, bytes, Version::V1_3, Structure::Header);
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

/// Reads a message that stands in another, of the same version; one that holds a third is refused.
pub(crate) fn decode_enclosed(r: &mut Reader<'_>) -> Result<(Xid, Message), DecodeError> {
    let (structure, offset) = (Structure::Enclosed, r.offset());
    let mut header = r.within(structure, HEADER)?;
    let wire_version = header.u8()?;
    let kind = MessageType(header.u8()?);
    let length = usize::from(header.u16()?);
    let xid = Xid(header.u32()?);
    if wire_version != r.version().wire() {
        return Err(DecodeError::Version { version: wire_version });
    }
    if length < HEADER {
        return Err(DecodeError::TooShort { structure, offset, length, minimum: HEADER });
    }
    if r.is_enclosed() {
        let code = ErrorCode::BUNDLE_MESSAGE_UNSUPPORTED;
        let (field, value) = ("third message", kind.0.into());
        return Err(DecodeError::Value { structure, field, offset, value, code });
    }
    let mut body = r.enclosed(length - HEADER)?;
    let message = Message::decode(kind, wire_version, &mut body)?;
    body.finish()?;
    Ok((xid, message))
}

/// Returns the version whose codecs read the message: a hello may come in any.
fn version_of(wire_version: u8, kind: MessageType) -> Result<Version, DecodeError> {
    match Version::from_wire(wire_version) {
        Some(version) => Ok(version),
        None if kind != MessageType::HELLO => Err(DecodeError::Version { version: wire_version }),
        None if wire_version < Version::V1_3.wire() => Ok(Version::V1_3),
        None => Ok(Version::V1_5),
    }
}

/// Length of a header, in bytes.
pub(crate) const HEADER: usize = 8;
