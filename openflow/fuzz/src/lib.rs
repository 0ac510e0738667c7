//! The fuzz targets, which ordinary tests share.

#[path = "../../tests/fuzz/mod.rs"]
mod targets;

/// Checks what holds for any bytes read as one message.
pub fn decode(input: &[u8]) {
    targets::decode(input);
}

/// Checks that what is read can be written, and read as the same.
pub fn roundtrip(input: &[u8]) {
    targets::roundtrip(input);
}

/// Checks that a channel keeps its promises, whatever a switch says.
pub fn channel(input: &[u8]) {
    targets::channel(input);
}

/// Checks that a stream gives the same messages however it arrives.
pub fn framing(input: &[u8]) {
    targets::framing(input);
}
