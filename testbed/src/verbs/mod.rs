//! The verbs of the `testbed` binary.

pub mod demo;
pub mod model;
pub mod switches;
