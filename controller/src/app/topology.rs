//! The graph of switches, and the tree that floods follow.
//!
//! Every node computes it from the same replicated links and gets the same: one tree in each connected
//! component, breadth first from the lowest dpid, lowest ports first. A link counts in both directions as
//! soon as a discovery frame has crossed it in one: a tree edge is one for both of its ends.

use migration::ownership::Link;
use openflow::{Dpid, PortNo};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;

/// Links between switches, and their spanning forest.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// Ports that links end at.
    ends: BTreeMap<End, Wire>,
    /// Ports whose links are in a tree.
    tree: BTreeSet<End>,
    digest: u64,
}

type End = (Dpid, PortNo);

/// What a port is linked to.
#[derive(Clone, Debug)]
struct Wire {
    /// The other end; for a port with several neighbours, as behind a hub, one of them.
    peer: End,
    /// The links themselves, in either direction.
    links: Vec<Link>,
}

impl Topology {
    /// Returns the graph of `links`.
    pub fn new(links: impl IntoIterator<Item = Link>) -> Self {
        let links: BTreeSet<Link> = links.into_iter().collect();
        let mut ends = BTreeMap::new();
        for &link in &links {
            let (from, to) = ((link.from, link.from_port), (link.to, link.to_port));
            for (end, peer) in [(from, to), (to, from)] {
                let wire = ends.entry(end).or_insert(Wire { peer, links: Vec::new() });
                wire.peer = wire.peer.min(peer);
                wire.links.push(link);
            }
        }
        let mut hasher = DefaultHasher::new();
        links.hash(&mut hasher);
        let digest = hasher.finish();
        let tree = spanning_forest(&ends);
        Self { ends, tree, digest }
    }

    /// Returns whether the cluster knows of `link` in just this direction.
    pub fn contains(&self, link: &Link) -> bool {
        self.links_at(link.to, link.to_port).any(|known| known == *link)
    }

    /// Returns whether another switch is at the other end of a port.
    pub fn is_link(&self, dpid: Dpid, port: PortNo) -> bool {
        self.ends.contains_key(&(dpid, port))
    }

    /// Returns whether a port takes part in flooding: one of a tree, or one that hosts are at.
    pub fn floods(&self, dpid: Dpid, port: PortNo) -> bool {
        !self.is_link(dpid, port) || self.tree.contains(&(dpid, port))
    }

    /// Returns the ports of a switch that links end at, by number.
    pub fn link_ports(&self, dpid: Dpid) -> impl Iterator<Item = PortNo> {
        self.ends.range(ports_of(dpid)).map(|((_, port), _)| *port)
    }

    /// Returns the links that end at a switch, in the direction that its own owner hears.
    pub fn links_to(&self, dpid: Dpid) -> impl Iterator<Item = Link> {
        let wires = self.ends.range(ports_of(dpid));
        wires.flat_map(move |((_, port), wire)| {
            let ends_here = move |link: &&Link| (link.to, link.to_port) == (dpid, *port);
            wire.links.iter().filter(ends_here).copied()
        })
    }

    /// Returns the links of a port, both directions.
    pub fn links_at(&self, dpid: Dpid, port: PortNo) -> impl Iterator<Item = Link> {
        self.ends.get(&(dpid, port)).into_iter().flat_map(|wire| &wire.links).copied()
    }

    /// Returns by which port of `dpid` the tree leads to each other switch.
    pub fn ways(&self, dpid: Dpid) -> BTreeMap<Dpid, PortNo> {
        let mut ways = BTreeMap::new();
        let mut open = VecDeque::from([(dpid, None)]);
        while let Some((at, way)) = open.pop_front() {
            for &(_, port) in self.tree.range(ports_of(at)) {
                let (next, _) = self.ends[&(at, port)].peer;
                let way = way.unwrap_or(port);
                if next != dpid && !ways.contains_key(&next) {
                    ways.insert(next, way);
                    open.push_back((next, Some(way)));
                }
            }
        }
        ways
    }

    /// Returns a number that differs when the links do.
    pub fn digest(&self) -> u64 {
        self.digest
    }
}

fn ports_of(dpid: Dpid) -> RangeInclusive<End> {
    (dpid, PortNo(0))..=(dpid, PortNo(u32::MAX))
}

fn spanning_forest(ends: &BTreeMap<End, Wire>) -> BTreeSet<End> {
    let mut tree = BTreeSet::new();
    let mut reached = BTreeSet::new();
    for &(root, _) in ends.keys() {
        let mut open = VecDeque::from([root]);
        if !reached.insert(root) {
            continue;
        }
        while let Some(at) = open.pop_front() {
            for (&end, &Wire { peer, .. }) in ends.range(ports_of(at)) {
                // Behind a hub the other end may have another peer: then this is no edge for both.
                let mutual = ends.get(&peer).is_some_and(|wire| wire.peer == end);
                if mutual && reached.insert(peer.0) {
                    tree.extend([end, peer]);
                    open.push_back(peer.0);
                }
            }
        }
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::link;
    use proptest::prelude::*;

    fn flooding(topology: &Topology, dpid: u64) -> Vec<u32> {
        let ports = (1..5).filter(|&port| topology.floods(Dpid(dpid), PortNo(port)));
        ports.collect()
    }

    #[test]
    fn a_ring_has_one_link_too_many() {
        let ring = [link(1, 1, 2, 2), link(2, 1, 3, 2), link(3, 1, 1, 2)];
        let topology = Topology::new(ring);
        assert_eq!(flooding(&topology, 1), [1, 2, 3, 4], "the root floods everywhere");
        assert_eq!(flooding(&topology, 2), [2, 3, 4]);
        assert_eq!(flooding(&topology, 3), [1, 3, 4]);
        assert!(topology.is_link(Dpid(3), PortNo(2)) && !topology.is_link(Dpid(3), PortNo(3)));
    }

    #[test]
    fn of_two_links_between_the_same_switches_one_floods() {
        let topology = Topology::new([link(1, 2, 2, 1), link(1, 1, 2, 2)]);
        assert_eq!(flooding(&topology, 1), [1, 3, 4]);
        assert_eq!(flooding(&topology, 2), [2, 3, 4]);
    }

    #[test]
    fn a_cable_from_a_switch_to_itself_floods_at_neither_end() {
        let topology = Topology::new([link(1, 1, 1, 2)]);
        assert_eq!(flooding(&topology, 1), [3, 4]);
    }

    #[test]
    fn ways_lead_through_the_tree() {
        let topology = Topology::new([link(1, 1, 2, 1), link(2, 2, 3, 1), link(3, 2, 1, 2)]);
        let ways: Vec<_> = topology.ways(Dpid(3)).into_iter().collect();
        assert_eq!(ways, [(Dpid(1), PortNo(2)), (Dpid(2), PortNo(2))]);
        assert!(topology.ways(Dpid(9)).is_empty());
    }

    #[test]
    fn links_are_found_by_where_they_end() {
        let there = link(1, 1, 2, 1);
        let topology = Topology::new([there, there.reversed(), link(2, 2, 3, 1)]);
        assert_eq!(topology.links_to(Dpid(2)).collect::<Vec<_>>(), [there]);
        assert_eq!(topology.links_at(Dpid(2), PortNo(1)).count(), 2);
        assert_eq!(topology.link_ports(Dpid(2)).collect::<Vec<_>>(), [PortNo(1), PortNo(2)]);
    }

    proptest! {
        #[test]
        fn every_component_gets_a_tree(
            pairs in prop::collection::btree_set((1..7_u64, 1..7_u64), 0..20),
        ) {
            // Each cable has ports of its own.
            let numbered = pairs.into_iter().filter(|(a, b)| a != b).zip(1..);
            let links: Vec<Link> = numbered.map(|((a, b), n)| link(a, n, b, 100 + n)).collect();
            let topology = Topology::new(links.iter().copied());
            let turned = Topology::new(links.iter().map(|link| link.reversed()));
            prop_assert_eq!(&topology.tree, &turned.tree, "either direction will do");
            for dpid in (1..7).map(Dpid) {
                let mut linked = BTreeSet::from([dpid]);
                while links.iter().any(|link| match (linked.contains(&link.from), linked.contains(&link.to)) {
                    (true, false) => linked.insert(link.to),
                    (false, true) => linked.insert(link.from),
                    _ => false,
                }) {}
                let reached = topology.ways(dpid).len() + 1;
                prop_assert_eq!(reached, linked.len(), "the tree reaches all that links do");
            }
            let switches: BTreeSet<Dpid> = topology.ends.keys().map(|end| end.0).collect();
            let roots: BTreeSet<Option<Dpid>> = switches
                .iter()
                .map(|&dpid| topology.ways(dpid).into_keys().chain([dpid]).min())
                .collect();
            prop_assert_eq!(topology.tree.len() / 2, switches.len() - roots.len(), "without a loop");
        }
    }
}
