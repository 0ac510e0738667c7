//! Which node dialled a connection: told by the process that holds its other end.
//!
//! The first members of a cluster must be the same list at every node, so nodes cannot be told apart by the
//! address that they dial; but on one machine the kernel knows whose socket it is.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// Processes of the nodes, which come and go.
#[derive(Clone, Debug, Default)]
pub(super) struct Diallers {
    processes: Arc<Mutex<BTreeMap<u64, i32>>>,
}

impl Diallers {
    /// Takes note of the process that runs a node.
    pub(super) fn set(&self, node: u64, pid: i32) {
        self.lock().insert(node, pid);
    }

    /// Returns the node whose process has a socket from `from` to `to`; 0 if none has.
    pub(super) fn find(&self, from: SocketAddr, to: SocketAddr) -> u64 {
        let Some(inode) = inode_of(from, to) else { return 0 };
        let socket = format!("socket:[{inode}]");
        let processes = self.lock().clone();
        let found = processes.iter().find(|(_, pid)| holds(**pid, &socket));
        found.map_or(0, |(node, _)| *node)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, i32>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds a socket in the kernel's table: `sl local remote st tx:rx tr:when retr uid timeout inode …`.
fn inode_of(from: SocketAddr, to: SocketAddr) -> Option<u64> {
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let (from, to) = (in_table(from)?, in_table(to)?);
    // The table is long on a machine that has had many connections: words are looked at only where it matters.
    table.lines().filter(|line| line.contains(&from)).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ours = words.get(1) == Some(&&*from) && words.get(2) == Some(&&*to);
        ours.then(|| words.get(9)?.parse().ok())?
    })
}

/// An address as the table has it: the bytes of the address in the machine's order, and the port.
fn in_table(address: SocketAddr) -> Option<String> {
    let IpAddr::V4(ip) = address.ip() else { return None };
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), address.port()))
}

fn holds(pid: i32, socket: &str) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let mut targets = open.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.any(|target| target.as_os_str() == socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    #[test]
    fn a_connection_is_its_process_s() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (from, to) = (stream.local_addr().unwrap(), stream.peer_addr().unwrap());
        let diallers = Diallers::default();
        assert_eq!(diallers.find(from, to), 0, "nobody's");
        diallers.set(1, 1);
        diallers.set(7, std::process::id() as i32);
        assert_eq!(diallers.find(from, to), 7);
        drop(stream);
        assert_eq!(diallers.find(from, to), 0, "gone");
    }
}
