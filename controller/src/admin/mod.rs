//! What an operator asks of a cluster, and the answers. Any node answers.

mod client;
mod convert;
mod follow;
mod guard;
mod health;
mod nodes;
mod seats;
mod service;
mod snapshot;
#[cfg(test)]
pub(crate) mod tests;
mod unready;

pub(crate) use client::{Client, Trouble, Unreachable, connect};
pub(crate) use convert::marks_from;
pub use health::{Health, Problem, Verdict, judge};
pub(crate) use seats::own_session;
pub use service::serve;

use crate::metrics::Metrics;
use crate::security::Security;
use crate::session::Registry;
use consensus::Consensus;
use migration::NodeId;
use std::sync::Arc;
use tokio::sync::watch;

/// What the admin service and the HTTP server know of the node that they run in.
#[derive(Clone)]
pub struct Node {
    /// This node.
    pub id: NodeId,
    /// The replicated state.
    pub consensus: Consensus,
    /// This node's sessions with switches.
    pub registry: Arc<Registry>,
    /// What its ports demand, and how it dials others.
    pub security: Security,
    /// What it counts.
    pub metrics: Metrics,
    /// Whether migrations may run by protocols that lose packet-ins.
    pub unsafe_protocols: bool,
    /// Counts entries of the log as they are applied.
    pub revision: watch::Receiver<u64>,
}
