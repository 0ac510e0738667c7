//! Hand-over of a switch from one controller to another: who owns what, how it changes hands, and what
//! becomes of the packet-ins meanwhile.
//!
//! Everything here is pure: no sockets, no clock, no randomness, no logging. The same code runs behind
//! real sockets, in a seeded simulator and under a model checker.
//!
//! - [`ownership`] is the state that Raft replicates: nodes, switches, tokens, migrations.
//! - [`protocol`] holds the hand-over protocols as tables; [`engine`] runs any of them for one party.
//! - [`gate`] decides what becomes of a packet-in: processed, buffered, shadowed or discarded.
//! - [`reconcile`] compares the role seen at the switch with the log, and repairs it.

pub mod engine;
pub mod gate;
pub mod ownership;
pub mod protocol;
pub mod reconcile;
pub mod report;

pub use ownership::{MigrationId, NodeId, Token};
