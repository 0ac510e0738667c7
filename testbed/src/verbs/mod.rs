//! The verbs of the `testbed` binary.

pub mod demo;
pub mod sim;
pub mod switches;
