//! A switch's ports, and since when each has been up.

use openflow::{Port, PortNo, PortReason, PortStatus};
use std::collections::BTreeMap;
use std::time::Duration;

/// The ports of one switch, as its session has heard of them.
#[derive(Clone, Debug, Default)]
pub struct PortTable {
    since: Duration,
    ports: BTreeMap<PortNo, Watched>,
}

/// One port.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Watched {
    /// The port as the switch last described it.
    pub port: Port,
    /// Since when it has been up, as far as the session has seen it; `None` while it is down.
    pub up_since: Option<Duration>,
}

impl PortTable {
    /// Returns the ports that a switch has at the start of a session.
    pub fn new(ports: impl IntoIterator<Item = Port>, now: Duration) -> Self {
        let mut table = Self { since: now, ports: BTreeMap::new() };
        for port in ports {
            table.insert(port, now);
        }
        table
    }

    /// Takes in what the switch tells of a port.
    pub fn update(&mut self, status: &PortStatus, now: Duration) {
        if status.reason == PortReason::DELETE {
            self.ports.remove(&status.port.port_no);
        } else {
            self.insert(status.port.clone(), now);
        }
    }

    fn insert(&mut self, port: Port, now: Duration) {
        let before = self.ports.get(&port.port_no).and_then(|watched| watched.up_since);
        let up_since = port.is_up().then_some(before.unwrap_or(now));
        self.ports.insert(port.port_no, Watched { port, up_since });
    }

    /// Returns when the session began.
    pub fn since(&self) -> Duration {
        self.since
    }

    /// Returns how many ports there are, reserved ones included.
    pub fn len(&self) -> usize {
        self.ports.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ports.is_empty()
    }

    /// Returns a port by its number.
    pub fn get(&self, port_no: PortNo) -> Option<&Watched> {
        self.ports.get(&port_no)
    }

    /// Returns every port, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Watched> {
        self.ports.values()
    }

    /// Returns ports that are up and no reserved ones, by number, and since when they have been up.
    pub fn up(&self) -> impl Iterator<Item = (&Port, Duration)> {
        let ordinary = self.iter().filter(|watched| watched.port.port_no.is_ordinary());
        ordinary.filter_map(|watched| Some((&watched.port, watched.up_since?)))
    }

    /// Returns since when an ordinary port has been up, if it is.
    pub fn up_since(&self, port_no: PortNo) -> Option<Duration> {
        self.get(port_no).filter(|_| port_no.is_ordinary())?.up_since
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::port;

    #[test]
    fn a_port_is_up_since_it_last_came_up() {
        let at = Duration::from_secs;
        let mut table = PortTable::new([port(1, true), port(2, false)], at(1));
        let mut tell = |port, reason, now| {
            table.update(&PortStatus { reason, port }, at(now));
            (table.up_since(PortNo(1)), table.len())
        };
        assert_eq!(tell(port(1, true), PortReason::MODIFY, 2), (Some(at(1)), 2), "up all the time");
        assert_eq!(tell(port(1, false), PortReason::MODIFY, 3), (None, 2));
        assert_eq!(tell(port(1, true), PortReason::MODIFY, 4), (Some(at(4)), 2));
        assert_eq!(tell(port(1, true), PortReason::DELETE, 5), (None, 1));
        assert_eq!(tell(port(1, true), PortReason::ADD, 6), (Some(at(6)), 2));
    }

    #[test]
    fn reserved_ports_are_never_up() {
        let table = PortTable::new([port(PortNo::LOCAL.0, true)], Duration::ZERO);
        assert_eq!((table.up().count(), table.up_since(PortNo::LOCAL)), (0, None));
    }
}
