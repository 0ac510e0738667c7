//! Judges that share no code with us: Wireshark's dissector and os-ken's codec.
//!
//! Both read every byte vector, and what a real Open vSwitch said; os-ken also says things that we must read. A judge
//! names most of what it reads as the specification does, and so do we in JSON: what has the same name must have the
//! same value. What a judge is known not to read, or to read wrongly, is listed beside it with the reason, and the
//! test fails when that is no longer so.
//!
//! `openflow/interop/setup.sh` installs the judges, and `make interop` runs this.

// The lint knows test functions, but not what helps them.
#![allow(clippy::unwrap_used)]

#[path = "../wire/annotated.rs"]
mod annotated;
mod capture;
mod docket;
mod os_ken;
mod reading;
mod said;
mod tshark;
#[path = "../wire/vectors/mod.rs"]
mod vectors;

use annotated::{encoded, hex, stamped, to_hex};
use bytes::Bytes;
use openflow::{Frame, Message, Version, Xid};

/// A message that is judged.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) bytes: Bytes,
    pub(crate) frame: Frame,
}

impl Judged {
    fn version(&self) -> Version {
        self.frame.version
    }

    fn message(&self) -> &Message {
        &self.frame.message
    }

    /// Returns whether the message names something: a part of how Rust prints it.
    fn says(&self, part: &str) -> bool {
        format!("{:?}", self.frame.message).contains(part)
    }
}

/// Returns the byte vectors and what Open vSwitch said, as we read it, and what os-ken says, as we write it.
pub(crate) fn messages() -> Vec<Judged> {
    let heard = include_str!("../wire/open_vswitch_3_1.hex").lines();
    let heard = heard.filter(|line| !line.starts_with('#')).map(hex);
    let read = vectors::vectors().into_iter().map(|vector| vector.bytes).chain(heard);
    let read = read.map(|bytes| Judged { frame: Frame::decode(&bytes).unwrap(), bytes });
    let said = said::said().into_iter().map(|((version, _), message)| {
        let frame = Frame { version, xid: Xid(7), message };
        Judged { bytes: encoded(&frame).into(), frame }
    });
    read.chain(said).collect()
}
