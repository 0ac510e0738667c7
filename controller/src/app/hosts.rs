//! Where hosts are: addresses that one switch has heard, each by the port that it came in by.
//!
//! Addresses are told apart without their VLAN: a host that is in several has one place in all of them.

use openflow::{MacAddr, PortNo};
use std::collections::HashMap;
use std::time::Duration;

/// Learnt addresses, at most [`MAX_HOSTS`].
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    /// With a quick hash, seeded at random: whoever makes addresses collide slows down one switch, within the bound.
    by_address: HashMap<MacAddr, Host, foldhash::fast::RandomState>,
}

/// Where an address was last heard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Host {
    pub(super) port: PortNo,
    pub(super) seen: Duration,
}

/// Addresses that are kept for one switch; one more is not learnt, and frames to it are flooded.
pub(super) const MAX_HOSTS: usize = 10_000;
/// How long an address is remembered that is not heard any more, as bridges do (IEEE 802.1Q §8.8.3).
pub(super) const HOST_AGE: Duration = Duration::from_secs(300);

/// What hearing an address came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Heard {
    Known,
    New,
    Moved,
    Refused,
}

impl Hosts {
    /// Takes note that `address` is behind `port`.
    pub(super) fn hear(&mut self, address: MacAddr, port: PortNo, now: Duration) -> Heard {
        let host = Host { port, seen: now };
        if let Some(known) = self.by_address.get_mut(&address) {
            let moved = known.port != port;
            *known = host;
            return if moved { Heard::Moved } else { Heard::Known };
        }
        if self.by_address.len() >= MAX_HOSTS {
            return Heard::Refused;
        }
        self.by_address.insert(address, host);
        Heard::New
    }

    /// Takes note of what another node has learnt, unless this one knows better.
    pub(super) fn inherit(&mut self, address: MacAddr, host: Host) {
        if self.by_address.len() < MAX_HOSTS {
            self.by_address.entry(address).or_insert(host);
        }
    }

    /// Returns the port that leads to `address`.
    pub(super) fn find(&self, address: MacAddr) -> Option<PortNo> {
        self.by_address.get(&address).map(|host| host.port)
    }

    /// Forgets what is behind `port`; returns whether there was anything.
    pub(super) fn forget_port(&mut self, port: PortNo) -> bool {
        let before = self.by_address.len();
        self.by_address.retain(|_, host| host.port != port);
        self.by_address.len() < before
    }

    /// Forgets addresses that have not been heard for [`HOST_AGE`], and returns them.
    pub(super) fn expire(&mut self, now: Duration) -> Vec<MacAddr> {
        let old = |host: &Host| now.saturating_sub(host.seen) > HOST_AGE;
        let expired = self.by_address.extract_if(|_, host| old(host));
        expired.map(|(address, _)| address).collect()
    }

    /// Returns every address and where it is, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (MacAddr, Host)> {
        self.by_address.iter().map(|(&address, &host)| (address, host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(u64) -> Duration = Duration::from_secs;

    fn address(number: usize) -> MacAddr {
        let [.., a, b, c] = number.to_be_bytes();
        MacAddr([2, 0, 0, a, b, c])
    }

    #[test]
    fn the_last_place_counts() {
        let mut hosts = Hosts::default();
        assert_eq!(hosts.hear(address(1), PortNo(1), AT(0)), Heard::New);
        assert_eq!(hosts.hear(address(1), PortNo(1), AT(1)), Heard::Known);
        assert_eq!(hosts.hear(address(1), PortNo(2), AT(2)), Heard::Moved);
        hosts.inherit(address(1), Host { port: PortNo(3), seen: AT(3) });
        assert_eq!(hosts.find(address(1)), Some(PortNo(2)));
        assert!(!hosts.forget_port(PortNo(1)) && hosts.forget_port(PortNo(2)));
        assert_eq!(hosts.find(address(1)), None);
    }

    #[test]
    fn only_silent_addresses_expire() {
        let mut hosts = Hosts::default();
        hosts.hear(address(1), PortNo(1), AT(0));
        hosts.hear(address(2), PortNo(1), AT(1));
        assert_eq!(hosts.expire(HOST_AGE), []);
        assert_eq!(hosts.expire(HOST_AGE + AT(1)), [address(1)]);
        assert_eq!(hosts.find(address(2)), Some(PortNo(1)));
    }

    #[test]
    fn one_address_too_many_is_refused() {
        let mut hosts = Hosts::default();
        for number in 0..MAX_HOSTS {
            assert_eq!(hosts.hear(address(number), PortNo(1), AT(0)), Heard::New);
        }
        assert_eq!(hosts.hear(address(MAX_HOSTS), PortNo(1), AT(0)), Heard::Refused);
        hosts.inherit(address(MAX_HOSTS), Host { port: PortNo(1), seen: AT(0) });
        assert_eq!(hosts.iter().count(), MAX_HOSTS);
        assert_eq!(hosts.hear(address(0), PortNo(2), AT(0)), Heard::Moved, "known ones may move");
    }
}
