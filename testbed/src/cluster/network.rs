//! How late messages arrive, by who receives them.
//!
//! ```text
//!   switch <== OpenFlow ==> node          to the node: the node's receiver; to the switch: the switch's
//!   node   <== hand-over ==> node         to each: its own receiver
//!   node   <== Raft, leases ==> node      either way: one receiver for all of it
//! ```
//!
//! Raft and the hand-over stream share a port, but no connection.

use crate::proxy::{Ends, Receiver, Route, Routes, Special};
use crate::seeded::Seeded;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everybody who receives in a cluster and its switch; a cheap handle.
#[derive(Clone, Debug)]
pub struct Network {
    nodes: BTreeMap<u64, Receiver>,
    switch: Receiver,
    raft: Receiver,
}

impl Network {
    /// Returns a network without delays for this many nodes.
    pub fn new(nodes: u64, seed: u64) -> Self {
        let receiver = |number| Receiver::new(Seeded::of(seed, &[PURPOSE, number]).bits());
        let nodes_of = (1..=nodes).map(|id| (id, receiver(id))).collect();
        Self { nodes: nodes_of, switch: receiver(nodes + 1), raft: receiver(nodes + 2) }
    }

    /// Returns a node as a receiver of OpenFlow and hand-over messages.
    pub fn node(&self, id: u64) -> Option<&Receiver> {
        self.nodes.get(&id)
    }

    /// Returns the nodes' receivers by their numbers.
    pub fn nodes(&self) -> &BTreeMap<u64, Receiver> {
        &self.nodes
    }

    /// Returns the switch.
    pub fn switch(&self) -> &Receiver {
        &self.switch
    }

    /// Returns every node as a receiver of what Raft and leases send.
    pub fn raft(&self) -> &Receiver {
        &self.raft
    }

    /// Returns the routes of what is dialled at `to`'s port for switches.
    pub(super) fn routes_from_switch(&self, to: u64) -> Routes {
        let ends = Ends { there: self.node(to).cloned(), back: Some(self.switch.clone()) };
        Arc::new(move |_| Route { usual: ends.clone(), special: None })
    }

    /// Returns the routes of what is dialled at `to`'s port for nodes; the class is the node that dials.
    pub(super) fn routes_from_nodes(&self, to: u64) -> Routes {
        let network = self.clone();
        Arc::new(move |from| {
            let raft = Some(network.raft.clone());
            let ends = Ends { there: network.node(to).cloned(), back: network.node(from).cloned() };
            Route {
                usual: Ends { there: raft.clone(), back: raft },
                special: Some(Special { sign: HAND_OVER, ends }),
            }
        })
    }
}

/// Sets this use of a seed apart.
const PURPOSE: u64 = 0x6e65_7477;

/// `/baton.peer.v1.Peer/HandOver`, the path of hand-over streams, Huffman-coded as in HTTP/2's headers
/// (RFC 7541 §5.2).
const HAND_OVER: &[u8] = &[
    0x62, 0x31, 0xa4, 0xf5, 0x2f, 0x59, 0x4b, 0x62, 0xfd, 0xc2, 0xbe, 0xb2, 0x96, 0xc6, 0x31, 0x8e,
    0xa9, 0x35, 0x77, 0x2d, 0x9f,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of the characters of the path (RFC 7541, appendix B), and their lengths.
    const CODES: [(char, u32, usize); 16] = [
        ('.', 0x17, 6),
        ('/', 0x18, 6),
        ('1', 0x1, 5),
        ('H', 0x63, 7),
        ('O', 0x6a, 7),
        ('P', 0x6b, 7),
        ('a', 0x3, 5),
        ('b', 0x23, 6),
        ('d', 0x24, 6),
        ('e', 0x5, 5),
        ('n', 0x2a, 6),
        ('o', 0x7, 5),
        ('p', 0x2b, 6),
        ('r', 0x2c, 6),
        ('t', 0x9, 5),
        ('v', 0x77, 7),
    ];

    #[test]
    fn the_sign_is_the_path() {
        let code = |wanted: char| {
            let found = CODES.into_iter().find(|(character, _, _)| *character == wanted).unwrap();
            format!("{:0width$b}", found.1, width = found.2)
        };
        let bits: String = "/baton.peer.v1.Peer/HandOver".chars().map(code).collect();
        let sign: String = HAND_OVER.iter().map(|byte| format!("{byte:08b}")).collect();
        assert!(sign.starts_with(&bits), "{sign}\n{bits}");
        assert!(sign[bits.len()..].chars().all(|bit| bit == '1') && sign.len() < bits.len() + 8);
    }

    #[test]
    fn raft_and_hand_overs_have_receivers_of_their_own() {
        let network = Network::new(3, 1);
        assert_eq!(network.nodes().len(), 3);
        let route = network.routes_from_nodes(2)(1);
        assert!(route.usual.there.is_some() && route.special.is_some());
        let stranger = network.routes_from_nodes(2)(0).special.unwrap().ends;
        assert!(stranger.there.is_some() && stranger.back.is_none());
    }
}
