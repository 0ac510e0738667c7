//! Applications: what becomes of a switch's packet-ins, once this node answers for it.
//!
//! An application is called from the session of one switch and keeps state of that switch only. It knows no
//! socket and no clock, and nothing waits for it.

mod budget;
mod ethernet;
mod forwarding;
mod hosts;
mod lldp;
mod neighbours;
mod ports;
mod state;
mod stats;
#[cfg(test)]
mod tests;
mod topology;

pub use forwarding::Forwarding;
pub use ports::{PortTable, Watched};
pub use state::ImportError;
pub use stats::{DropReason, Stats};
pub use topology::Topology;

use migration::ownership::Link;
use openflow::{Dpid, Message, PacketIn, PortStatus};
use std::time::Duration;

/// What an application may know when it is called.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The switch.
    pub dpid: Dpid,
    /// Time since the process started; never goes back.
    pub now: Duration,
    /// The switch's ports.
    pub ports: &'a PortTable,
    /// Whether an owner had probed the ports before this node took the switch over.
    pub probed: bool,
    /// Links between switches, as the cluster knows them.
    pub topology: &'a Topology,
}

/// What an application wants done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Command {
    /// Send this to the switch.
    Send(Message),
    /// A discovery frame has crossed this link, of which the cluster does not know.
    LinkSeen(Link),
    /// Nothing has crossed this link for long, or an end of it is down.
    LinkLost(Link),
}

/// An application, for one switch.
///
/// Commands are appended to `out` in the order in which they must be carried out.
pub trait App: Send {
    /// This node is the switch's master, newly or still; the switch may have lost its flows.
    fn owned(&mut self, cx: &Context<'_>, out: &mut Vec<Command>);

    /// The switch asks about a packet.
    fn packet_in(&mut self, cx: &Context<'_>, packet: &PacketIn, out: &mut Vec<Command>);

    /// A port came, went or changed; `cx.ports` shows it already.
    fn port_status(&mut self, cx: &Context<'_>, status: &PortStatus, out: &mut Vec<Command>);

    /// Some time has passed: called every 100 ms or so while this node is master.
    fn tick(&mut self, cx: &Context<'_>, out: &mut Vec<Command>);

    /// Returns what the switch's next owner should know.
    fn export(&self) -> Vec<u8>;

    /// Takes over what the switch's last owner knew.
    fn import(&mut self, bytes: &[u8]) -> Result<(), ImportError>;

    /// Another node answers for the switch now.
    fn disowned(&mut self);
}
