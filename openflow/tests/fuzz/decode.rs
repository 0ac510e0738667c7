use std::fmt::{self, Write};

use bytes::Bytes;
use openflow::{DecodeError, ErrorMessage, Frame, Message, Refusal, Version, encode};

use super::counting::counted;

/// Any bytes are read or refused, at a cost in proportion to their number; what was read can be shown,
/// and what was refused can be answered.
pub(crate) fn decode(input: &[u8]) {
    let message = Bytes::copy_from_slice(input);
    let (read, cost) = counted(|| Frame::decode(&message));
    let most = MOST_PER_BYTE * input.len() + MOST_AT_LEAST;
    assert!(cost.bytes <= most && cost.largest <= most, "{cost:?} for {} bytes", input.len());
    assert!(cost.times <= input.len() / 4 + 4, "{cost:?} for {} bytes", input.len());
    match read {
        Ok(frame) => check_frame(&frame, input),
        Err(refusal) => check_refusal(&refusal, input),
    }
}

fn check_frame(frame: &Frame, input: &[u8]) {
    let [version, kind, high, low, xid @ ..] = *input.first_chunk::<8>().expect("a whole header");
    assert_eq!(usize::from(u16::from_be_bytes([high, low])), input.len());
    assert_eq!(frame.xid.0, u32::from_be_bytes(xid));
    assert_eq!(frame.message.kind(frame.version).0, kind);
    if let Message::Hello(hello) = &frame.message {
        assert_eq!(hello.highest, version);
    } else {
        assert_eq!(frame.version.wire(), version);
    }
    // What logs, metrics and the fence ask of whatever a switch sends.
    write!(Nowhere, "{frame:?}").expect("it can be shown");
    let _ = (frame.message.type_name(), frame.message.changes_switch());
    #[cfg(feature = "serde")]
    serde_json::to_writer(std::io::sink(), frame).expect("it can be printed");
}

fn check_refusal(refusal: &Refusal, input: &[u8]) {
    assert_eq!(refusal.quote, input[..input.len().min(ErrorMessage::MAX_QUOTE)]);
    assert!(fault_offset(&refusal.error) <= input.len(), "{refusal}");
    write!(Nowhere, "{refusal} {refusal:?}").expect("it can be shown");
    let answer = Message::Error(refusal.reply());
    for version in Version::ALL {
        let mut out = Vec::new();
        encode(version, refusal.xid, &answer, &mut out).expect("an error is short");
        assert!(out.len() <= LONGEST_ERROR, "{} bytes answer {}", out.len(), input.len());
        let read = Frame::decode(&out.into()).expect("the answer is valid");
        assert!(matches!(read.message, Message::Error(_)), "{read:?}");
    }
}

fn fault_offset(error: &DecodeError) -> usize {
    match *error {
        DecodeError::Version { .. } => 0,
        DecodeError::Truncated { offset, .. }
        | DecodeError::TooShort { offset, .. }
        | DecodeError::Unaligned { offset, .. }
        | DecodeError::Trailing { offset, .. }
        | DecodeError::TooMany { offset, .. }
        | DecodeError::Value { offset, .. } => offset,
    }
}

/// Takes any text, and keeps none of it.
struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

/// How many bytes a byte of a message may make us allocate: the first element of a list makes room for
/// four, and a list that grows is copied.
const MOST_PER_BYTE: usize = 64;
/// What even the shortest message may make us allocate, in bytes.
const MOST_AT_LEAST: usize = 1024;
/// Header, type, code, the ONF's number and the quote, in bytes.
const LONGEST_ERROR: usize = 8 + 4 + 4 + ErrorMessage::MAX_QUOTE;
