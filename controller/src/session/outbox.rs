//! Bytes on their way to a switch: messages are encoded as they are sent, written in one go, and kept for a
//! moment: an answer that is on its way when the switch changes hands comes too late, the switch refuses it, and
//! whoever takes over sends it again.
//!
//! ```text
//! chunks   [ written, kept ] [ written, kept ] [ written | waiting ] [ waiting   ... ]
//!            forgotten first                              ^ pending()     ^ messages are appended
//! ```
//!
//! A message stands in one chunk. Nothing is copied to be kept, and what the switch reads slowly moves no bytes.

use bytes::Bytes;
use openflow::{Frame, Message, Version, Xid, framing};
use std::collections::VecDeque;
use std::ops::Range;

/// What waits to be written to one switch, and what was written in the last moments.
#[derive(Debug)]
pub(crate) struct Outbox {
    version: Version,
    last_number: u32,
    /// Never empty.
    chunks: VecDeque<Chunk>,
    /// How many chunks are written to their end, the last one never among them.
    done: usize,
    /// How many bytes of the next are.
    written: usize,
    /// Bytes that wait.
    waiting: usize,
    /// How many of the chunks that are done were so a turn ago.
    old: usize,
}

/// Whole messages.
#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    /// The last number before those in this chunk.
    after: u32,
}

/// Bytes that may wait for a switch that reads slowly; beyond it nothing more is read from that switch.
pub(crate) const HIGH_WATER: usize = 256 << 10;
/// Bytes of a chunk, as long as no message is longer.
const CHUNK: usize = 32 << 10;
/// Bytes that there must be room for, or the next chunk begins.
const ROOM: usize = 2 << 10;
/// Chunks that are kept at most.
const KEPT: usize = 16;
/// What a transaction id counts with: the top bit is the channel's own.
const NUMBER: u32 = 0x3fff_ffff;
/// Bit of a command's transaction id.
const COMMAND: u32 = 0x4000_0000;
/// Where a message has its transaction id.
const XID: Range<usize> = 4..8;

impl Outbox {
    pub(crate) fn new(version: Version) -> Self {
        let chunks = VecDeque::from([Chunk::default()]);
        Self { version, last_number: 0, chunks, done: 0, written: 0, waiting: 0, old: 0 }
    }

    /// Appends `message` under the next transaction id, and returns that.
    pub(crate) fn send(&mut self, message: &Message) -> Xid {
        self.send_marked(0, message)
    }

    /// As [`Self::send`]; if the switch refuses it soon, it can be taken back.
    pub(crate) fn send_command(&mut self, message: &Message) -> Xid {
        self.send_marked(COMMAND, message)
    }

    /// Appends a frame that has its transaction id already.
    pub(crate) fn send_frame(&mut self, frame: &Frame) {
        self.append(frame.version, frame.xid, &frame.message);
    }

    /// Returns the command that was sent with `xid`, once, if it is still known.
    pub(crate) fn take_back(&mut self, xid: Xid) -> Option<Message> {
        let number = xid.0.checked_sub(COMMAND).filter(|number| *number <= NUMBER)?;
        let ago = |of: u32| self.last_number.wrapping_sub(of) & NUMBER;
        // Numbers grow, until they start again.
        let later = self.chunks.partition_point(|chunk| ago(chunk.after) > ago(number));
        let index = later.checked_sub(1).filter(|index| *index <= self.done)?;
        let bytes = &mut self.chunks[index].bytes;
        let written = if index == self.done { self.written } else { bytes.len() };
        let place = find(&bytes[..written], xid)?;
        let command = Frame::decode(&Bytes::copy_from_slice(&bytes[place.clone()])).ok()?.message;
        bytes[place][XID].fill(0);
        Some(command)
    }

    /// Forgets commands that were written before the last turn.
    pub(crate) fn turn(&mut self) {
        if self.waiting == 0 && self.written > 0 {
            self.begin_chunk(Vec::new());
        }
        self.chunks.drain(..self.old);
        self.done -= self.old;
        self.old = self.done;
    }

    pub(crate) fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Returns how many bytes are still to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Returns what is to be written next; empty only if nothing waits.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.chunks[self.done].bytes[self.written..]
    }

    /// Takes note that the first `n` pending bytes are written.
    pub(crate) fn advance(&mut self, n: usize) {
        self.written += n;
        self.waiting -= n;
        if self.waiting > 0 && self.pending().is_empty() {
            self.next_chunk();
        }
    }

    fn send_marked(&mut self, mark: u32, message: &Message) -> Xid {
        let number = (self.last_number + 1) & NUMBER;
        let xid = Xid(number | mark);
        self.append(self.version, xid, message);
        self.last_number = number;
        xid
    }

    fn append(&mut self, version: Version, xid: Xid, message: &Message) {
        if self.chunks.back().is_none_or(|chunk| chunk.bytes.len() + ROOM > CHUNK) {
            let spare = if self.done < KEPT { None } else { self.forget() };
            self.begin_chunk(spare.unwrap_or_else(|| Vec::with_capacity(CHUNK)));
        }
        let Some(Chunk { bytes, .. }) = self.chunks.back_mut() else { return };
        let before = bytes.len();
        if let Err(error) = openflow::encode(version, xid, message, bytes) {
            // No message of ours is too long, nor says what a version lacks that it is sent in.
            tracing::error!(%error, kind = message.type_name(), "message not sent");
        }
        self.waiting += bytes.len() - before;
    }

    fn begin_chunk(&mut self, bytes: Vec<u8>) {
        self.chunks.push_back(Chunk { bytes, after: self.last_number });
        if self.waiting == 0 {
            self.next_chunk();
        }
    }

    /// Goes on with the next chunk, as one is written to its end.
    fn next_chunk(&mut self) {
        self.done += 1;
        self.written = 0;
    }

    /// Forgets the oldest chunk, and returns its memory.
    fn forget(&mut self) -> Option<Vec<u8>> {
        let mut bytes = self.chunks.pop_front()?.bytes;
        self.done -= 1;
        self.old = self.old.saturating_sub(1);
        bytes.clear();
        Some(bytes)
    }
}

/// Returns where the message with this transaction id stands among whole messages.
fn find(bytes: &[u8], xid: Xid) -> Option<Range<usize>> {
    let mut at = 0;
    while let Ok(Some(length)) = framing::first_length(&bytes[at..]) {
        let place = at..at + length;
        if bytes[place.clone()][XID] == xid.0.to_be_bytes() {
            return Some(place);
        }
        at = place.end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use openflow::{Action, FlowMod, PacketOut, PortNo};

    fn command(number: u16) -> Message {
        Message::FlowMod(FlowMod::add().with_priority(number))
    }

    /// Writes `at_once` bytes at a time, and returns all of them.
    fn write(out: &mut Outbox, at_once: usize) -> Vec<u8> {
        let mut written = Vec::new();
        while out.waiting() > 0 {
            let n = out.pending().len().min(at_once);
            written.extend_from_slice(&out.pending()[..n]);
            out.advance(n);
        }
        written
    }

    #[test]
    fn what_is_sent_is_written_in_order_whatever_its_size() {
        let big = PacketOut::new(vec![Action::output(PortNo(1))], vec![7; 60_000].into());
        for at_once in [1_000, usize::MAX] {
            let mut out = Outbox::new(Version::V1_3);
            let (mut expected, mut written) = (Vec::new(), Vec::new());
            for number in 0..2_000 {
                let message = if number % 500 == 3 {
                    Message::PacketOut(big.clone())
                } else {
                    command(number)
                };
                let xid = out.send_command(&message);
                Frame { version: Version::V1_3, xid, message }.encode(&mut expected).unwrap();
                if number % 700 == 0 {
                    written.extend(write(&mut out, at_once));
                }
            }
            written.extend(write(&mut out, at_once));
            assert!(written == expected, "{at_once} bytes at a time");
        }
    }

    #[test]
    fn a_command_is_taken_back_once_it_is_written_and_once() {
        let mut out = Outbox::new(Version::V1_3);
        let xids: Vec<Xid> = (0..2_000).map(|number| out.send_command(&command(number))).collect();
        let own = out.send(&Message::BarrierRequest);
        assert_eq!(out.take_back(xids[0]), None, "the switch has not seen it");
        write(&mut out, usize::MAX);
        for number in [0, 700, 701, 1_999] {
            assert_eq!(out.take_back(xids[usize::from(number)]), Some(command(number)));
            assert_eq!(out.take_back(xids[usize::from(number)]), None);
        }
        for other in [own, Xid(0), Xid(own.0 | COMMAND), Xid(xids[1_999].0 + 1), Xid(u32::MAX)] {
            assert_eq!(out.take_back(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_command_is_known_for_a_turn_at_least_and_for_two_at_most() {
        let mut out = Outbox::new(Version::V1_3);
        let (first, second) = (out.send_command(&command(1)), out.send_command(&command(2)));
        write(&mut out, usize::MAX);
        out.turn();
        let third = out.send_command(&command(3));
        assert_eq!(out.take_back(first), Some(command(1)));
        write(&mut out, usize::MAX);
        out.turn();
        assert_eq!(out.take_back(second), None);
        assert_eq!(out.take_back(third), Some(command(3)));
        out.turn();
        out.turn();
        assert_eq!((out.chunks.len(), out.done, out.waiting()), (1, 0, 0));
    }

    #[test]
    fn what_waits_outlives_every_turn() {
        let mut out = Outbox::new(Version::V1_3);
        let xid = out.send_command(&command(1));
        out.advance(10);
        for _ in 0..3 {
            out.turn();
        }
        write(&mut out, usize::MAX);
        assert_eq!(out.take_back(xid), Some(command(1)));
    }

    #[test]
    fn a_flood_is_remembered_within_bounds() {
        let mut out = Outbox::new(Version::V1_3);
        let mut last = Xid(0);
        let fewest = KEPT * (CHUNK - ROOM) / 56;
        for number in 0..3 * fewest {
            last = out.send_command(&command(number as u16));
            write(&mut out, usize::MAX);
            assert!(out.chunks.len() <= KEPT + 2);
        }
        let kept = |ago: usize| Xid(last.0 - ago as u32);
        assert!(out.take_back(kept(fewest - 1)).is_some(), "it is within the bound");
        assert_eq!(out.take_back(kept(2 * fewest)), None);
    }

    #[test]
    fn numbers_start_again() {
        let mut out = Outbox { last_number: NUMBER - 1_000, ..Outbox::new(Version::V1_3) };
        out.chunks[0].after = out.last_number;
        let xids: Vec<Xid> = (0..2_000).map(|number| out.send_command(&command(number))).collect();
        write(&mut out, usize::MAX);
        for (number, xid) in xids.into_iter().enumerate() {
            assert_eq!(out.take_back(xid), Some(command(number as u16)));
        }
    }
}
