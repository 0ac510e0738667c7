//! The verbs of the `testbed` binary.

pub mod demo;
pub mod faults;
pub mod switches;
