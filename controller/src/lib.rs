//! A Baton controller node and its admin CLI.
//!
//! - [`node`] is the outline: what a node is made of.
//! - `session` speaks OpenFlow with switches, one task for each; `handover` is its part in a migration.
//! - `presence`, `links` and `placement` keep the replicated state true to the world; `drain` carries out what
//!   an operator wants of a node, `membership` and `joining` let nodes in and out, `departure` is a node's end.
//! - [`disk`] is what happens when the disk is full.
//! - [`pki`] makes the certificates, [`tls`] is what the ports do with them.
//! - `grpc` lets nodes and people in, and dials them; [`security`] says what each port demands.
//! - [`admin`], [`cli`], [`http`] and [`metrics`] are the operator's side.

pub mod admin;
pub mod app;
pub mod cli;
mod clock;
pub mod config;
pub mod decode;
mod departure;
pub mod disk;
mod drain;
mod founding;
mod grpc;
pub mod handover;
pub mod http;
pub mod joining;
mod links;
mod load;
mod membership;
pub mod metrics;
pub mod node;
mod peers;
pub mod pki;
mod placement;
mod presence;
pub mod proto;
pub mod security;
pub mod session;
pub mod tls;
