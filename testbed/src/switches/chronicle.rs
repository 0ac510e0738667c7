//! Who wrote to a switch, and by which claim: what the switch accepted, in its order.
//!
//! A run of writes by one controller is one entry, so that a long run is a short chronicle: it grows with changes of
//! ownership, not with traffic.

use super::watch::is_marker;
use crate::vswitch::Change;
use openflow::Role;
use serde::Serialize;
use std::collections::VecDeque;
use std::time::Duration;

/// Something that a controller did to a switch, which accepted it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Deed {
    /// When, on the switch's clock; the first time.
    pub at: Duration,
    /// Number of the controller.
    pub by: u64,
    /// What it did.
    pub what: Act,
    /// How often, with nobody else's deed in between.
    pub times: u64,
}

/// What a controller can do to a switch.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Became master, or claimed to be again, with this generation id.
    Claimed(u64),
    /// Changed flows, or had a packet sent that is no marker of a hand-over: those are a candidate's to send.
    Wrote,
    /// The switch itself has restarted: it knows of no claim any more.
    Restarted,
}

/// The latest deeds.
#[derive(Debug, Default)]
pub(super) struct Chronicle(VecDeque<Deed>);

impl Chronicle {
    pub(super) fn note(&mut self, at: Duration, by: u64, change: &Change) {
        let what = match change {
            Change::Role(Role::Master, generation) => Act::Claimed(generation.0),
            Change::PacketOut(data) if is_marker(data) => return,
            Change::Role(..) => return,
            Change::PacketOut(_) | Change::FlowMod(_) => Act::Wrote,
        };
        match self.0.back_mut() {
            Some(last) if (last.by, last.what) == (by, what) => last.times += 1,
            _ => self.push(Deed { at, by, what, times: 1 }),
        }
    }

    pub(super) fn forget(&mut self, at: Duration) {
        self.push(Deed { at, by: 0, what: Act::Restarted, times: 1 });
    }

    pub(super) fn deeds(&self) -> Vec<Deed> {
        self.0.iter().copied().collect()
    }

    fn push(&mut self, deed: Deed) {
        if self.0.len() == MAX_DEEDS {
            self.0.pop_front();
        }
        self.0.push_back(deed);
    }
}

/// The oldest are forgotten.
const MAX_DEEDS: usize = 1 << 17;

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use openflow::GenerationId;

    #[test]
    fn a_run_of_writes_is_one_deed_and_a_marker_is_none() {
        let mut chronicle = Chronicle::default();
        let mut note = |by, change: Change| chronicle.note(Duration::ZERO, by, &change);
        let packet = |data: &'static [u8]| Change::PacketOut(Bytes::from_static(data));
        note(1, Change::Role(Role::Master, GenerationId(7)));
        note(1, packet(b"x"));
        note(1, packet(b"y"));
        note(2, Change::Role(Role::Equal, GenerationId(7)));
        note(2, packet(b"0123456789ab\x88\xb5BATON\0"));
        note(1, packet(b"z"));
        note(2, packet(b"x"));
        let told: Vec<_> = chronicle.deeds().iter().map(|d| (d.by, d.what, d.times)).collect();
        assert_eq!(told, [(1, Act::Claimed(7), 1), (1, Act::Wrote, 3), (2, Act::Wrote, 1)]);
    }
}
