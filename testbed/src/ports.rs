//! Blocks of TCP ports for processes that are started, killed and started again.
//!
//! A port that the kernel hands out (bind to 0) lies in the range that outgoing connections use too. While
//! its process is down, a dialling switch may be given that very port as its own, and then connects to
//! *itself*; or another test may take it. So ports come from below that range, and whoever uses a block
//! keeps its first port open as a lock for as long as it lives.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A block of loopback ports that no other block of this machine holds.
#[derive(Debug)]
pub struct PortBlock {
    lock: TcpListener,
    next: u16,
    end: u16,
}

impl PortBlock {
    /// Reserves a block with [`PortBlock::SIZE`] ports.
    pub fn reserve() -> io::Result<Self> {
        // Where the search starts only spreads those who start together.
        let start = std::process::id() % BLOCKS;
        for step in 0..BLOCKS {
            let base = FIRST + (((start + step) % BLOCKS) as u16) * SPAN;
            let Ok(lock) = TcpListener::bind((Ipv4Addr::LOCALHOST, base)) else { continue };
            let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
            if (base + 1..base + SPAN).all(free) {
                return Ok(Self { lock, next: base + 1, end: base + SPAN });
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "every block of loopback ports is in use"))
    }

    /// Ports in a block.
    pub const SIZE: usize = SPAN as usize - 1;

    /// Returns the next port of the block, or `None` after the last.
    pub fn take(&mut self) -> Option<u16> {
        let port = self.next;
        (port < self.end).then(|| {
            self.next += 1;
            port
        })
    }

    /// Returns the port that is held open as the block's lock.
    pub fn lock(&self) -> io::Result<u16> {
        self.lock.local_addr().map(|addr| addr.port())
    }
}

const FIRST: u16 = 12_000;
const SPAN: u16 = 64;
/// 12,000 + 320 * 64 = 32,480, below Linux's first ephemeral port, 32,768.
const BLOCKS: u32 = 320;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn two_blocks_share_no_port() {
        let mut blocks = [PortBlock::reserve().unwrap(), PortBlock::reserve().unwrap()];
        assert_ne!(blocks[0].lock().unwrap(), blocks[1].lock().unwrap());
        let mut seen = BTreeSet::new();
        for block in &mut blocks {
            for _ in 0..PortBlock::SIZE {
                assert!(seen.insert(block.take().unwrap()));
            }
            assert_eq!(block.take(), None);
        }
    }
}
