//! What holds for any bytes that reach this crate from a socket: they never harm.
//!
//! Each target is a function of bytes that panics if something does not hold. A fuzzer calls it with
//! bytes of its own making (`openflow/fuzz`), and an ordinary test with those that were kept.

mod channel;
pub(crate) mod counting;
mod decode;
mod driver;
mod framing;
mod roundtrip;

pub(crate) use channel::channel;
pub(crate) use decode::decode;
pub(crate) use framing::framing;
pub(crate) use roundtrip::roundtrip;
