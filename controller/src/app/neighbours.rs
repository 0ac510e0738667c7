//! Who is at the other end of a switch's ports, by the discovery frames that came in.

use migration::ownership::Link;
use openflow::{Dpid, PortNo};
use std::collections::BTreeMap;
use std::time::Duration;

/// Links that one switch has heard, at most [`MAX_NEIGHBOURS`].
#[derive(Clone, Debug, Default)]
pub(super) struct Neighbours {
    /// By the port that they end at, then by where they begin.
    heard: BTreeMap<(PortNo, Dpid, PortNo), Heard>,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    first: Duration,
    last: Duration,
}

/// Links that are kept for one switch; made-up frames cost no more than this.
const MAX_NEIGHBOURS: usize = 4_096;

impl Neighbours {
    /// Takes note that a frame has crossed `link`; returns whether there was room.
    pub(super) fn hear(&mut self, link: Link, now: Duration) -> bool {
        let key = (link.to_port, link.from, link.from_port);
        if self.heard.len() >= MAX_NEIGHBOURS && !self.heard.contains_key(&key) {
            return false;
        }
        self.heard.entry(key).or_insert(Heard { first: now, last: now }).last = now;
        true
    }

    /// Takes note of a link that another node has heard, which gets a full life here.
    pub(super) fn expect(&mut self, link: Link, now: Duration) {
        let key = (link.to_port, link.from, link.from_port);
        self.heard.entry(key).or_insert(Heard { first: now, last: now });
    }

    /// Returns whether a link was first heard by `port` no longer ago than `patience`.
    pub(super) fn is_fresh(&self, port: PortNo, now: Duration, patience: Duration) -> bool {
        let ends = (port, Dpid(0), PortNo(0))..=(port, Dpid(u64::MAX), PortNo(u32::MAX));
        self.heard.range(ends).any(|(_, heard)| now < heard.first + patience)
    }

    /// Forgets links that no frame has crossed for `age`, and returns them.
    pub(super) fn expire(&mut self, to: Dpid, now: Duration, age: Duration) -> Vec<Link> {
        let old = |heard: &mut Heard| now.saturating_sub(heard.last) > age;
        let expired = self.heard.extract_if(.., |_, heard| old(heard));
        expired
            .map(|((to_port, from, from_port), _)| Link { from, from_port, to, to_port })
            .collect()
    }

    /// Forgets what is at the other end of `port`.
    pub(super) fn forget_port(&mut self, port: PortNo) {
        self.heard.retain(|(to_port, _, _), _| *to_port != port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::link;

    const AT: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn a_link_lives_as_long_as_frames_cross_it() {
        let mut neighbours = Neighbours::default();
        let (here, there) = (link(1, 1, 2, 1), link(3, 1, 2, 2));
        neighbours.expect(here, AT(0));
        assert!(neighbours.hear(there, AT(0)) && neighbours.hear(there, AT(5)));
        assert!(neighbours.is_fresh(PortNo(2), AT(1), AT(2)));
        assert!(!neighbours.is_fresh(PortNo(2), AT(2), AT(2)), "first heard too long ago");
        assert_eq!(neighbours.expire(Dpid(2), AT(9), AT(9)), []);
        assert_eq!(neighbours.expire(Dpid(2), AT(10), AT(9)), [here]);
        neighbours.forget_port(PortNo(2));
        assert_eq!(neighbours.expire(Dpid(2), AT(99), AT(9)), []);
    }

    #[test]
    fn made_up_links_are_bounded() {
        let mut neighbours = Neighbours::default();
        for dpid in 0..MAX_NEIGHBOURS as u64 {
            assert!(neighbours.hear(link(dpid, 1, 2, 1), AT(0)));
        }
        assert!(!neighbours.hear(link(u64::MAX, 1, 2, 1), AT(0)));
        assert!(neighbours.hear(link(0, 1, 2, 1), AT(0)), "a known one is heard again");
    }
}
