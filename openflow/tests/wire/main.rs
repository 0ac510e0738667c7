//! The wire format, from outside the crate: bytes to messages and back.

// The lint knows test functions, but not what helps them.
#![allow(clippy::unwrap_used)]

mod annotated;
mod corpus;
mod documented;
#[path = "../fuzz/mod.rs"]
mod fuzz;
mod lengths;
mod linear;
mod messages;
mod nested;
mod nicira;
mod open_vswitch;
mod refusals;
mod roundtrip;
mod seeds;
mod vectors;

use annotated::{encoded, hex, stamped, to_hex};
