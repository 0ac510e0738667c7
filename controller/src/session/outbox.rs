//! Bytes on their way to a switch: messages are encoded as they are sent, and written in one go.

use openflow::{Frame, Message, Version, Xid};

/// What waits to be written to one switch.
#[derive(Debug)]
pub(crate) struct Outbox {
    version: Version,
    bytes: Vec<u8>,
    written: usize,
    last_xid: u32,
}

/// Bytes that may wait for a switch that reads slowly; beyond it nothing more is read from that switch.
pub(crate) const HIGH_WATER: usize = 1 << 20;

impl Outbox {
    pub(crate) fn new(version: Version) -> Self {
        Self { version, bytes: Vec::new(), written: 0, last_xid: 0 }
    }

    /// Appends `message` under the next transaction id, and returns that.
    pub(crate) fn send(&mut self, message: &Message) -> Xid {
        // The top bit is the channel's own.
        self.last_xid = (self.last_xid + 1) & 0x7fff_ffff;
        let xid = Xid(self.last_xid);
        self.append(self.version, xid, message);
        xid
    }

    /// Appends a frame that has its transaction id already.
    pub(crate) fn send_frame(&mut self, frame: &Frame) {
        self.append(frame.version, frame.xid, &frame.message);
    }

    fn append(&mut self, version: Version, xid: Xid, message: &Message) {
        if let Err(error) = openflow::encode(version, xid, message, &mut self.bytes) {
            // No message of ours is too long, nor says what a version lacks that it is sent in.
            tracing::error!(%error, kind = message.type_name(), "message not sent");
        }
    }

    pub(crate) fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Returns what is still to be written.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// Takes note that the first `n` pending bytes are written.
    pub(crate) fn advance(&mut self, n: usize) {
        self.written += n;
        if self.written == self.bytes.len() {
            self.bytes.clear();
            self.written = 0;
        }
    }
}
