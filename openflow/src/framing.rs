//! Cuts a stream of bytes into messages.

use bytes::{Bytes, BytesMut};

use crate::frame::HEADER;
use crate::wire::{DecodeError, Structure};
use crate::{Frame, Refusal};

/// Takes all whole messages off the front of `buffer`, to be read one by one.
///
/// The length in a header makes nobody allocate, and no message is copied: what is kept of one keeps all that
/// was taken at once.
pub fn take_frames(buffer: &mut BytesMut) -> Frames {
    let mut whole = 0;
    let all = loop {
        match first_length(&buffer[whole..]) {
            Ok(Some(length)) => whole += length,
            Ok(None) => break whole,
            // Nothing that comes can be read: this tells.
            Err(_) => break buffer.len(),
        }
    };
    Frames { bytes: buffer.split_to(all).freeze(), at: 0 }
}

/// Whole messages, read as they are asked for; ends after a [`Refusal`] that
/// [loses the framing](Refusal::loses_framing).
#[derive(Clone, Debug)]
pub struct Frames {
    bytes: Bytes,
    at: usize,
}

impl Iterator for Frames {
    type Item = Result<Frame, Refusal>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.bytes[self.at..];
        match first_length(rest) {
            Ok(length) => {
                let length = length?;
                self.at += length;
                Some(Frame::decode_part(&rest[..length], &self.bytes))
            }
            Err(refusal) => {
                self.at = self.bytes.len();
                Some(Err(refusal))
            }
        }
    }
}

/// Takes the next whole message off the front of `buffer`; nothing if it is not all there yet.
///
/// The length in a header makes nobody allocate: the message is a slice of `buffer`.
///
/// # Errors
/// Returns a [`Refusal`] if the length in the header is impossible, after which there is no telling
/// where the next message starts.
pub fn next_frame(buffer: &mut BytesMut) -> Result<Option<Bytes>, Refusal> {
    Ok(first_length(buffer)?.map(|length| buffer.split_to(length).freeze()))
}

/// Returns how long the whole message is that `buffer` begins with, in bytes; nothing if it is not all there.
///
/// # Errors
/// As [`next_frame`].
pub fn first_length(buffer: &[u8]) -> Result<Option<usize>, Refusal> {
    let Some(&[_, _, high, low]) = buffer.first_chunk::<4>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < HEADER {
        let (structure, minimum) = (Structure::Header, HEADER);
        let error = DecodeError::TooShort { structure, offset: 0, length, minimum };
        return Err(Refusal::new(error, buffer));
    }
    Ok((buffer.len() >= length).then_some(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCode, Xid};

    const ECHO: [u8; 10] = [4, 2, 0, 10, 0, 0, 0, 7, 0xab, 0xcd];

    #[test]
    fn a_stream_gives_the_same_messages_however_it_arrives() {
        let stream = ECHO.repeat(3);
        for chunk in 1..stream.len() {
            let mut buffer = BytesMut::new();
            let mut messages = 0;
            for bytes in stream.chunks(chunk) {
                buffer.extend_from_slice(bytes);
                while let Some(message) = next_frame(&mut buffer).unwrap() {
                    assert_eq!(message, ECHO[..]);
                    messages += 1;
                }
            }
            assert_eq!((messages, buffer.len()), (3, 0), "in chunks of {chunk}");
        }
    }

    #[test]
    fn frames_are_taken_as_far_as_they_are_whole() {
        let stream = ECHO.repeat(3);
        for cut in 0..=stream.len() {
            let mut buffer = BytesMut::from(&stream[..cut]);
            let read: Vec<_> = take_frames(&mut buffer).collect();
            assert_eq!(buffer, stream[cut / ECHO.len() * ECHO.len()..cut], "the rest stays");
            let expected = Frame::decode(&Bytes::from_static(&ECHO));
            assert_eq!(read, vec![expected; cut / ECHO.len()]);
        }
    }

    #[test]
    fn frames_end_where_the_stream_is_lost() {
        let stream = [&ECHO[..], &[4, 2, 0, 7, 0, 0, 0, 7], &ECHO].concat();
        let mut frames = take_frames(&mut BytesMut::from(&stream[..]));
        assert!(frames.next().is_some_and(|frame| frame.is_ok()));
        assert!(frames.next().is_some_and(|frame| frame.unwrap_err().loses_framing()));
        assert_eq!(frames.next(), None);
    }

    #[test]
    fn a_length_below_the_header_loses_the_stream() {
        for length in 0..8 {
            let bytes = [4, 2, 0, length, 0, 0, 0, 7, 0xff];
            let refusal = next_frame(&mut BytesMut::from(&bytes[..])).unwrap_err();
            assert!(refusal.loses_framing());
            assert_eq!(refusal.xid, Xid(7));
            assert_eq!(refusal.reply().code, ErrorCode::BAD_REQUEST_LENGTH);
        }
    }

    #[test]
    fn a_length_to_come_reserves_nothing() {
        let mut buffer = BytesMut::from(&[4, 2, 0xff, 0xff][..]);
        let before = buffer.capacity();
        assert_eq!(next_frame(&mut buffer), Ok(None));
        assert_eq!(buffer.capacity(), before);
    }
}
