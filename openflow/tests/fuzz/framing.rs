use bytes::{Bytes, BytesMut};
use openflow::framing::{next_frame, take_frames};
use openflow::{Frame, Refusal};

/// A stream gives the same messages in pieces of any sizes as in one, and loses no byte.
///
/// ```text
/// input  | how many sizes 1 | sizes, 1 each | stream
/// ```
pub(crate) fn framing(input: &[u8]) {
    let Some((&count, rest)) = input.split_first() else { return };
    let (sizes, stream) = rest.split_at(usize::from(count).min(rest.len()));
    let whole = cut([stream]);
    assert_eq!([&whole.messages.concat(), &whole.left[..]].concat(), stream);
    for message in &whole.messages {
        assert_eq!(usize::from(u16::from_be_bytes([message[2], message[3]])), message.len());
    }
    let mut frames = take_frames(&mut BytesMut::from(stream));
    assert!(
        frames.by_ref().take(whole.messages.len()).eq(whole.messages.iter().map(Frame::decode))
    );
    assert_eq!(frames.next().map(Result::unwrap_err), whole.refusal);
    assert_eq!(frames.next(), None);
    compare(&whole, &cut(pieces(sizes, stream)));
    compare(&whole, &cut(stream.chunks(1)));
}

/// What became of a stream.
struct Cut {
    messages: Vec<Bytes>,
    /// Why it ended, if it did before its end.
    refusal: Option<Refusal>,
    left: BytesMut,
}

fn cut<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Cut {
    let mut cut = Cut { messages: vec![], refusal: None, left: BytesMut::new() };
    for piece in pieces {
        cut.left.extend_from_slice(piece);
        while cut.refusal.is_none() {
            match next_frame(&mut cut.left) {
                Ok(Some(message)) => cut.messages.push(message),
                Ok(None) => break,
                Err(refusal) => cut.refusal = Some(refusal),
            }
        }
    }
    cut
}

/// A refusal quotes what was there when it came, which may be less.
fn compare(whole: &Cut, pieces: &Cut) {
    assert_eq!(whole.messages, pieces.messages);
    assert_eq!(whole.left, pieces.left);
    match (&whole.refusal, &pieces.refusal) {
        (None, None) => {}
        (Some(whole), Some(pieces)) => {
            assert!(whole.loses_framing() && pieces.loses_framing());
            assert_eq!(whole.error, pieces.error);
            assert!(whole.quote.starts_with(&pieces.quote));
        }
        other => panic!("{other:?}"),
    }
}

/// Returns pieces of these sizes, then what is left.
fn pieces<'a>(sizes: &[u8], mut stream: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = vec![];
    for &size in sizes {
        let Some((piece, rest)) = stream.split_at_checked(size.into()) else { break };
        pieces.push(piece);
        stream = rest;
    }
    pieces.push(stream);
    pieces
}
