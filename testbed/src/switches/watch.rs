//! What a switch has just heard from its controllers, for tests that must act at an exact moment.
//!
//! A trap's action runs under the switch's lock, before the switch answers the message that sprang it: a
//! process that is killed there has never seen what the switch says next.

use crate::numbered::Numbered;
use crate::vswitch::Change;
use bytes::Bytes;
use openflow::{Frame, Message, MessageType, Role};
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;
use tokio::sync::oneshot;

/// Something that a controller asked for, and when the switch heard it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// On the switch's clock.
    pub at: Duration,
    /// Number of the controller.
    pub by: u64,
    /// What it asked for.
    pub what: What,
}

/// What a controller asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// A role, whether granted or not.
    Role(Role),
    /// An answer to all that it sent before.
    Barrier,
    /// A packet-in for the controllers; the switch has carried it out.
    Marker,
    /// A packet that answers the packet-in of this number; the switch has carried it out.
    Answer(u64),
    /// A change of flows; the switch has carried it out.
    FlowMod,
}

impl What {
    /// Returns what a request asks for, if it is one that is noted when it comes and not when it is done.
    pub(super) fn asked(request: &Bytes) -> Option<Self> {
        let kind = MessageType(*request.get(1)?);
        if ![MessageType::ROLE_REQUEST, MessageType::BARRIER_REQUEST].contains(&kind) {
            return None;
        }
        match Frame::decode(request).ok()?.message {
            Message::RoleRequest(request) => Some(Self::Role(request.role)),
            Message::BarrierRequest => Some(Self::Barrier),
            _ => None,
        }
    }

    /// Returns what the switch with this identity has carried out.
    pub(super) fn done(change: &Change, dpid: u64) -> Option<Self> {
        match change {
            Change::PacketOut(data) if is_marker(data) => Some(Self::Marker),
            Change::PacketOut(data) => {
                let packet = Numbered::decode(data).filter(|packet| packet.source == dpid)?;
                Some(Self::Answer(packet.number))
            }
            Change::FlowMod(_) => Some(Self::FlowMod),
            Change::Role(..) => None,
        }
    }
}

/// Returns whether a packet is what hand-overs send around: Baton's own, of the first local ethertype.
pub(super) fn is_marker(packet: &[u8]) -> bool {
    packet.get(12..20) == Some(b"\x88\xb5BATON\0")
}

/// What has been noted, and what waits for it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    moments: VecDeque<Moment>,
    traps: Vec<Trap>,
}

/// Something to do at the first moment that is wanted.
struct Trap {
    wanted: Box<dyn FnMut(&Moment) -> bool + Send>,
    act: Box<dyn FnOnce() + Send>,
    tell: oneshot::Sender<Moment>,
}

impl fmt::Debug for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trap").finish_non_exhaustive()
    }
}

impl Watch {
    /// Has `act` done at the first moment that is `wanted`; a trap whose receiver is dropped does nothing.
    pub(super) fn set(
        &mut self,
        wanted: Box<dyn FnMut(&Moment) -> bool + Send>,
        act: Box<dyn FnOnce() + Send>,
    ) -> oneshot::Receiver<Moment> {
        let (tell, told) = oneshot::channel();
        self.traps.push(Trap { wanted, act, tell });
        told
    }

    pub(super) fn note(&mut self, moment: Moment) {
        if self.moments.len() == MAX_MOMENTS {
            self.moments.pop_front();
        }
        self.moments.push_back(moment);
        self.traps.retain(|trap| !trap.tell.is_closed());
        for mut trap in std::mem::take(&mut self.traps) {
            if (trap.wanted)(&moment) {
                (trap.act)();
                // Whoever waited may have gone.
                let _ = trap.tell.send(moment);
            } else {
                self.traps.push(trap);
            }
        }
    }

    pub(super) fn moments(&self) -> Vec<Moment> {
        self.moments.iter().copied().collect()
    }

    pub(super) fn forget(&mut self) {
        self.moments.clear();
    }
}

/// The oldest are forgotten.
const MAX_MOMENTS: usize = 1 << 17;
