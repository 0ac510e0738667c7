//! What becomes of a node's data when the disk lies: flipped bits, files that are too short, power cuts.
//!
//! A real data directory is made by a real log (one node, several starts, snapshots, purges). Then, again and
//! again, a copy of it is damaged at one place and read as a node would at its start ([`consensus::Audit`]). There
//! are two good ends: the start is refused, with the record and the remedy; or the audit is what it was before,
//! because nothing that counts was hit. A shorter log, another vote, or another state would be silent damage.

mod case;
pub mod power;

pub use case::{Case, Ending, Kind};

use crate::wait::Failure;
use consensus::{Audit, Config, Consensus, ProposeError, Timing};
use migration::NodeId;
use migration::ownership::{Addresses, Command, Op};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// A data directory, and what it says while it is whole.
#[derive(Debug)]
pub struct Original {
    dir: TempDir,
    audit: Audit,
}

impl Original {
    /// Makes a log of some hundred entries, most of them in a snapshot.
    pub async fn make() -> Result<Self, Failure> {
        let dir = tempfile::tempdir().map_err(|e| Failure::new("make a directory", e))?;
        for run in 0..STARTS {
            let node = start(dir.path()).await?;
            for n in 0..ENTRIES_A_START {
                propose(&node, run * ENTRIES_A_START + n).await?;
            }
            node.shutdown().await;
        }
        let audit = Audit::of(&config(dir.path())).map_err(|e| Failure::new("audit", e))?;
        Ok(Self { dir, audit })
    }

    /// Returns what the directory says.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Damages a copy, and returns what a start would make of it.
    pub fn try_case(&self, case: &Case) -> Result<Ending, Failure> {
        let copy = tempfile::tempdir().map_err(|e| Failure::new("make a directory", e))?;
        copy_dir(self.dir.path(), copy.path()).map_err(|e| Failure::new("copy", e))?;
        case.apply(copy.path()).map_err(|e| Failure::new(case, e))?;
        Ok(match Audit::of(&config(copy.path())) {
            Err(error) => Ending::refused(error.to_string()),
            Ok(audit) if audit == self.audit => Ending::Unharmed,
            Ok(audit) => Ending::Silent { found: Box::new(audit) },
        })
    }

    /// Returns where the directory is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// Returns the configuration of a lone node that is quick to elect itself.
pub(crate) fn config(dir: &Path) -> Config {
    let ms = Duration::from_millis;
    let members = [(NodeId(1), "127.0.0.1:1".to_owned())].into();
    let mut config = Config::new(NodeId(1), dir.to_owned(), members);
    let (election_min, election_max, lease) = (ms(60), ms(80), ms(100));
    config.timing =
        Timing { heartbeat: ms(10), election_min, election_max, lease, ..Timing::default() };
    config.snapshot_every = 50;
    config
}

pub(crate) async fn start(dir: &Path) -> Result<Consensus, Failure> {
    let started = Consensus::start(config(dir), Box::new(|_, _| {})).await;
    started.map(|(node, _)| node).map_err(|e| Failure::new("start a node", e))
}

/// Registers node `n`, so that it leaves a trace.
pub(crate) async fn propose(node: &Consensus, n: u64) -> Result<(), Failure> {
    let [openflow, peer, admin, http] =
        [1, 2, 3, 4].map(|port| format!("10.0.0.{}:{port}", n % 256));
    let addresses = Addresses { openflow, peer, admin, http };
    let op = Op::Register { node: NodeId(1_000 + n), boot: 1, addresses };
    let proposed = node.propose(Command { actor: "test".to_owned(), at_ms: n, op }).await;
    proposed.map(drop).map_err(|error: ProposeError| Failure::new("propose", error))
}

/// Copies a directory with all that is in it.
pub(crate) fn copy_dir(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for item in fs::read_dir(from)? {
        let (item, name) = item.map(|item| (item.path(), item.file_name()))?;
        if item.is_dir() {
            copy_dir(&item, &to.join(name))?;
        } else {
            fs::copy(item, to.join(name))?;
        }
    }
    Ok(())
}

const STARTS: u64 = 4;
const ENTRIES_A_START: u64 = 60;
