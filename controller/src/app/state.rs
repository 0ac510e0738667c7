//! What a switch's owner hands over to the next: addresses, and that the ports have been probed.
//!
//! ```text
//! version 1 | postcard: settled, topology, then address 6, port, age in seconds for each host
//! ```
//!
//! Links need no handing over: every node knows them, and the new owner gives each a full life.

use super::hosts::{Host, Hosts, MAX_HOSTS};
use openflow::{MacAddr, PortNo};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// State of one switch between two owners.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct State {
    /// Whether the last owner had probed the ports, so that flooding is safe at once.
    pub(super) settled: bool,
    /// Digest of the topology that the hosts were learnt in.
    pub(super) topology: u64,
    hosts: Vec<(MacAddr, PortNo, u16)>,
}

/// State that cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is not even a version.
    #[error("the application state is empty")]
    Empty,
    /// A version of Baton wrote it that is not known here.
    #[error("the application state has version {0}; version {VERSION} is known")]
    Version(u8),
    /// It is longer than any owner would write.
    #[error("the application state has {0} bytes; {MAX_BYTES} are the most")]
    TooLong(usize),
    /// It is not what its version says.
    #[error("the application state is malformed")]
    Malformed(#[from] postcard::Error),
}

const VERSION: u8 = 1;
/// Six bytes of address, at most five of port and three of age.
const MAX_HOST_BYTES: usize = 14;
/// One message between nodes holds that much: state is never taken over in pieces.
const MAX_BYTES: usize = 16 + MAX_HOSTS * MAX_HOST_BYTES;

impl State {
    pub(super) fn new(settled: bool, topology: u64, hosts: &Hosts, now: Duration) -> Self {
        let age = |host: Host| now.saturating_sub(host.seen).as_secs().try_into();
        let hosts =
            hosts.iter().map(|(address, host)| (address, host.port, age(host).unwrap_or(u16::MAX)));
        Self { settled, topology, hosts: hosts.collect() }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        // Only a type that postcard cannot write at all fails: numbers, lists and tuples are none.
        postcard::to_extend(self, vec![VERSION]).unwrap_or_default()
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let (&version, body) = bytes.split_first().ok_or(ImportError::Empty)?;
        if version != VERSION {
            return Err(ImportError::Version(version));
        }
        if bytes.len() > MAX_BYTES {
            return Err(ImportError::TooLong(bytes.len()));
        }
        Ok(postcard::from_bytes(body)?)
    }

    /// Returns the hosts as of `now`.
    pub(super) fn hosts(&self, now: Duration) -> impl Iterator<Item = (MacAddr, Host)> {
        self.hosts.iter().map(move |&(address, port, age_s)| {
            (address, Host { port, seen: now.saturating_sub(Duration::from_secs(age_s.into())) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> State {
        let mut hosts = Hosts::default();
        for number in 0..MAX_HOSTS as u64 {
            let [_, _, address @ ..] = number.to_be_bytes();
            hosts.hear(MacAddr(address), PortNo::MAX, Duration::ZERO);
        }
        State::new(true, u64::MAX, &hosts, Duration::MAX)
    }

    #[test]
    fn the_longest_state_fits_its_bound_and_survives() {
        let state = full();
        let bytes = state.write();
        assert!((MAX_BYTES - 32..=MAX_BYTES).contains(&bytes.len()), "{}", bytes.len());
        assert!(State::read(&bytes).expect("it was just written") == state);
    }

    #[test]
    fn ages_carry_over_between_clocks() {
        let (address, at) = (MacAddr([2, 0, 0, 0, 0, 1]), Duration::from_secs);
        let mut hosts = Hosts::default();
        hosts.hear(address, PortNo(1), at(1_000));
        let state = State::new(true, 0, &hosts, at(1_030));
        let told: Vec<_> = state.hosts(at(50)).collect();
        assert_eq!(told, [(address, Host { port: PortNo(1), seen: at(20) })]);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(matches!(State::read(&[]), Err(ImportError::Empty)));
        assert!(matches!(State::read(&[9]), Err(ImportError::Version(9))));
        let long = vec![VERSION; MAX_BYTES + 1];
        assert!(matches!(State::read(&long), Err(ImportError::TooLong(_))));
        let bytes = full().write();
        for len in 1..100 {
            assert!(matches!(State::read(&bytes[..len]), Err(ImportError::Malformed(_))), "{len}");
        }
    }
}
