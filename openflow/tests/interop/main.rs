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

mod capture;
mod docket;
mod os_ken;
mod reading;
mod said;
mod tshark;
#[path = "../wire/vectors/mod.rs"]
mod vectors;

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

/// Returns the byte vectors, what Open vSwitch said, and what os-ken says as we write it.
pub(crate) fn messages() -> Vec<Judged> {
    let vectors = vectors::vectors().into_iter();
    let mut all: Vec<Judged> =
        vectors.map(|vector| Judged { bytes: vector.bytes, frame: vector.frame }).collect();
    let heard = include_str!("../wire/open_vswitch_3_1.hex").lines();
    all.extend(heard.filter(|line| !line.starts_with('#')).map(|line| {
        let bytes = hex(line);
        Judged { frame: Frame::decode(&bytes).unwrap(), bytes }
    }));
    all.extend(said::said().into_iter().map(|((version, _), message)| {
        let frame = Frame { version, xid: Xid(7), message };
        Judged { bytes: encoded(&frame).into(), frame }
    }));
    all
}

/// Reads annotated hex: what follows a `#` on a line is for people.
fn hex(text: &str) -> Bytes {
    let digits: Vec<u8> = text
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().bytes())
        .filter(u8::is_ascii_hexdigit)
        .collect();
    let pair = |pair: &[u8]| std::str::from_utf8(pair).unwrap().to_owned();
    digits.chunks(2).map(|digits| u8::from_str_radix(&pair(digits), 16).unwrap()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encoded(frame: &Frame) -> Vec<u8> {
    let mut out = Vec::new();
    frame.encode(&mut out).unwrap();
    out
}

/// Returns the message with the length in its header set to its own.
fn stamped(message: &[u8]) -> Bytes {
    let mut message = message.to_vec();
    let length = message.len() as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
    message.into()
}
