//! What the nodes say to each other, and how.

mod lend;
mod network;
mod peers;
mod service;
pub(crate) mod wire;

pub(crate) use network::Network;
pub(crate) use peers::{Lane, Peers, never_sent, open};
pub use service::Service;
