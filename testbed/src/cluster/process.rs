//! A node's process, for whoever must signal it at an exact moment.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A process that runs a node; to be forgotten once the cluster has killed or stopped that node.
#[derive(Clone, Copy, Debug)]
pub struct Process(Pid);

impl Process {
    pub(super) fn new(pid: Pid) -> Self {
        Self(pid)
    }

    /// Returns its number.
    pub fn pid(self) -> Pid {
        self.0
    }

    /// Ends it at once (SIGKILL); the cluster is to be told with [`super::Cluster::kill`].
    pub fn kill(self) {
        self.signal(Signal::SIGKILL);
    }

    /// Freezes it (SIGSTOP).
    pub fn freeze(self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(self, signal: Signal) {
        // Of a process that has ended there is nothing more to want.
        let _ = kill(self.0, signal);
    }
}
