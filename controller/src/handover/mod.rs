//! Hand-overs between real nodes: the messages between parties, the marker, and what a party's engine
//! needs besides its table.

mod admission;
mod marker;
mod party;
mod wire;

pub(crate) use admission::{Admission, Slot};
pub use marker::Marker;
pub(crate) use party::Party;
pub(crate) use wire::{Account, Body, HandOver};
