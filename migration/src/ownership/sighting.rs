//! What tells a switch from another that says the same of itself.

use openflow::{Dpid, GenerationId, MacAddr, Port, PortNo};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a node saw of a switch that it has a session with.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Sighting {
    /// Who the switch says it is.
    pub dpid: Dpid,
    /// Newest generation id that it told.
    pub generation: GenerationId,
    /// By what it would be known again.
    pub identity: Identity,
    /// Whether the node answers for it, and has probed its ports for long enough to know where links end.
    pub probed: bool,
}

impl From<(Dpid, GenerationId)> for Sighting {
    /// Returns a sighting of a switch that shows no ports.
    fn from((dpid, generation): (Dpid, GenerationId)) -> Self {
        Self { dpid, generation, identity: Identity::default(), probed: false }
    }
}

/// The addresses that some ports of a switch have, or had since its session began.
///
/// A datapath id is what a switch says of itself; ports' addresses differ from switch to switch. The local port is no
/// help: its address is the datapath id, often.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Identity(BTreeSet<(PortNo, [u8; 6])>);

impl Identity {
    /// Returns the identity of a switch with these ports.
    pub fn of<'a>(ports: impl IntoIterator<Item = &'a Port>) -> Self {
        let ports = ports.into_iter().map(|port| (port.port_no, port.hw_addr));
        let known: BTreeSet<_> = ports.filter_map(known).collect();
        // The lowest numbers: two nodes that see one switch choose the same.
        Self(known.into_iter().take(FIRST_PORTS).collect())
    }

    /// Takes note of a port that the switch has told of since.
    pub fn note(&mut self, port: &Port) {
        if self.0.len() < MAX_PORTS {
            self.0.extend(known((port.port_no, port.hw_addr)));
        }
    }

    /// Returns whether these are certainly two switches: they have ports of the same number, and none of those has
    /// the same address at both.
    pub fn contradicts(&self, other: &Self) -> bool {
        let shares = |number: PortNo| other.0.iter().any(|(one, _)| *one == number);
        self.0.iter().any(|(number, _)| shares(*number)) && self.0.is_disjoint(&other.0)
    }
}

fn known((number, MacAddr(address)): (PortNo, MacAddr)) -> Option<(PortNo, [u8; 6])> {
    (number.is_ordinary() && address != [0; 6]).then_some((number, address))
}

/// Ports that tell a switch, and how many they may become while its session lasts.
const FIRST_PORTS: usize = 8;
const MAX_PORTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(ports: &[(u32, u8)]) -> Identity {
        Identity(
            ports.iter().map(|&(number, last)| (PortNo(number), [2, 0, 0, 0, 0, last])).collect(),
        )
    }

    #[test]
    fn only_ports_of_one_number_and_different_addresses_tell_two_switches() {
        let one = switch(&[(1, 0xa1), (2, 0xa2)]);
        assert!(one.contradicts(&switch(&[(1, 0xb1), (2, 0xb2)])));
        assert!(one.contradicts(&switch(&[(2, 0xb2), (3, 0xb3)])));
        for same in [
            one.clone(),
            switch(&[(1, 0xa1)]),
            // A port was replaced.
            switch(&[(1, 0xb1), (2, 0xa2)]),
            // No port to compare.
            switch(&[(3, 0xb3)]),
            switch(&[]),
        ] {
            assert!(!one.contradicts(&same), "{same:?}");
            assert!(!same.contradicts(&one), "{same:?}");
        }
    }

    #[test]
    fn a_port_that_was_replaced_does_not_make_another_switch() {
        let before = switch(&[(1, 0xa1)]);
        let mut session = before.clone();
        session.0.extend(known((PortNo(1), MacAddr([2, 0, 0, 0, 0, 0xb1]))));
        assert!(!session.contradicts(&before), "those that have not heard of it");
        assert!(!session.contradicts(&switch(&[(1, 0xb1)])), "a session that begins after it");
        assert_eq!(known((PortNo::LOCAL, MacAddr([2; 6]))), None);
    }
}
