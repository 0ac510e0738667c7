//! Keeps every node's copy of [`migration::ownership`] the same, and tells a node whether it may act on it.
//!
//! A [`Consensus`] is one node: it puts commands into a Raft log (openraft), keeps the log in sled, speaks to
//! the other nodes by gRPC, and applies what is committed. It never looks inside a command.
//!
//! - [`Consensus::propose`] works at every node; an error says whether the outcome is unknown.
//! - [`Consensus::read`] sees what this node has applied; [`Consensus::read_linearizable`] catches up first.
//! - [`Lease`] says whether this node was in touch with a majority a moment ago. A node whose lease has lapsed
//!   must leave switches alone; a leader holds another node for dead only after
//!   [`Timing::detection`] of silence in [`Status::silence`], when that node's lease has surely lapsed.
//!
//! A proposal is acknowledged once a majority has it on disk, by fdatasync. Heartbeats and leases never wait
//! for the disk.

mod config;
mod consensus;
mod core;
mod digest;
mod lease;
mod membership;
mod metrics;
mod net;
mod propose;
mod renewal;
mod status;
mod store;
mod support;
mod tenure;
mod types;

/// Messages and services of `proto/raft.proto`.
mod proto {
    #![allow(missing_docs, unreachable_pub, unused_qualifications)]
    tonic::include_proto!("baton.consensus.v1");
}

pub use config::{Config, ConfigError, Dial, Timing};
pub use consensus::{Consensus, Failed, PeerService, StartError};
pub use digest::digest;
pub use lease::Lease;
pub use membership::{Admitted, Newcomer};
pub use metrics::{Counter, Histogram, HistogramSnapshot, Metrics};
pub use net::Service;
pub use propose::{MAX_COMMAND_BYTES, ProposeError};
pub use status::{Leader, Member, Status};
pub use store::{
    Archive, ArchiveError, Audit, Change, Damage, Flaw, IdentityError, Observer, Origin,
    RESERVE_BYTES, RestoreError, StoreError, check_restore, free_bytes, restore,
};
