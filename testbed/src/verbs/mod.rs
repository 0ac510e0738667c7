//! The verbs of the `testbed` binary.

pub mod bench;
pub mod controllers;
pub mod demo;
pub mod faults;
pub mod load;
pub mod model;
pub mod restart;
pub mod sim;
pub mod switches;
