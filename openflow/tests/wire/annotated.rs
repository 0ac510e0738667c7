//! Bytes as text that people annotate.

use bytes::Bytes;
use openflow::Frame;

/// Reads annotated hex: what follows a `#` on a line is for people.
pub(crate) fn hex(text: &str) -> Bytes {
    let digits: Vec<u8> = text
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().bytes())
        .filter(u8::is_ascii_hexdigit)
        .collect();
    let pair = |pair: &[u8]| std::str::from_utf8(pair).unwrap().to_owned();
    digits.chunks(2).map(|digits| u8::from_str_radix(&pair(digits), 16).unwrap()).collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn encoded(frame: &Frame) -> Vec<u8> {
    let mut out = Vec::new();
    frame.encode(&mut out).unwrap();
    out
}

/// Returns the message with the length in its header set to its own.
pub(crate) fn stamped(message: &[u8]) -> Bytes {
    let mut message = message.to_vec();
    let length = message.len() as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
    message.into()
}
