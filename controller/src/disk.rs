//! What a node does about a full disk: it steps aside in good order, and comes back by itself.
//!
//! ```text
//!           less than 32 MiB                    64 MiB or more
//!  serving ------------------> stopping --exec--> waiting ---------------> serving
//!     |  hands leadership over, gives its lease up   HTTP only
//!     |
//!     \-- a write finds no room: the log has ended, and nothing of that write was acknowledged
//! ```
//!
//! The first way is the usual one: the log still has room for its last words, its leader hands over, and other
//! nodes take the switches. The second is for a disk that fills at once; a failed write is never tried again.
//! Either way the process then replaces itself by a new one, as after a crash: nothing of the old run survives
//! in memory, the log is read back from the disk and checked as at every start, and the restart that an operator
//! would ask for needs nobody. The new process first waits for room. Meanwhile it keeps no switch and no vote,
//! and its HTTP port says what is the matter; switches and the other nodes see a node that is down.
//!
//! Two marks keep it from going to and fro: a node starts with twice the room that makes it stop.

use crate::config::Config;
use crate::http;
use crate::metrics::Metrics;
use crate::node::{RunError, bind};
use consensus::{RESERVE_BYTES, free_bytes};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::interval;

/// Too little room under a directory.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("disk full: {dir} has {free} bytes free, and {needed} are needed", dir = .dir.display())]
pub struct Shortage {
    /// Data directory of the node.
    pub dir: PathBuf,
    /// Bytes that are free.
    pub free: u64,
    /// Bytes with which the node starts.
    pub needed: u64,
}

impl Shortage {
    pub(crate) fn under(dir: &Path) -> Self {
        // What cannot be asked is not known to be full; opening it will say what is wrong.
        let free = free_bytes(dir).unwrap_or(u64::MAX);
        Self { dir: dir.to_owned(), free, needed: ENOUGH_BYTES }
    }

    fn is_over(&self) -> bool {
        self.free >= self.needed
    }

    /// Tells the operator, who has something to do.
    pub(crate) fn log(&self) {
        tracing::error!(
            dir = %self.dir.display(), free_bytes = self.free, needed_bytes = self.needed,
            "the disk is full: this node acknowledges nothing and leaves its switches to others until there is \
             room; free space there, nothing else is needed"
        );
    }
}

/// Waits until the room under `dir` runs low.
pub(crate) async fn runs_low(dir: &Path) {
    let mut rounds = interval(ROUND_EVERY);
    loop {
        rounds.tick().await;
        if Shortage::under(dir).free < LITTLE_BYTES {
            return;
        }
    }
}

/// Waits for room in the data directory, if there is too little, and says so over HTTP meanwhile. Returns whether
/// the node shall start; otherwise `stop` came first.
pub(crate) async fn wait_for_room(
    config: &Config,
    stop: impl Future<Output = ()>,
) -> Result<bool, RunError> {
    let shortage = Shortage::under(&config.data_dir);
    if shortage.is_over() {
        return Ok(true);
    }
    shortage.log();
    let listener = bind("metrics and health", config.listen.http).await?;
    let server = http::serve_waiting(listener, config.data_dir.clone(), Metrics::new());
    tokio::select! {
        error = server => Err(RunError::Server { what: "the HTTP server", error: ended(error) }),
        () = stop => Ok(false),
        () = room(&config.data_dir) => Ok(true),
    }
}

fn ended(end: io::Result<()>) -> String {
    end.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string())
}

async fn room(dir: &Path) {
    let mut rounds = interval(ROUND_EVERY);
    loop {
        rounds.tick().await;
        let now = Shortage::under(dir);
        if now.is_over() {
            tracing::info!(dir = %dir.display(), free_bytes = now.free, "there is room again: starting");
            return;
        }
    }
}

/// Replaces this process by a new one with the same command line; returns only why it could not.
pub(crate) fn start_anew() -> io::Error {
    // A disk that fills up again as soon as the node starts shall not be met in a busy loop.
    std::thread::sleep(PAUSE);
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    // By this name it is the same program even if its file was replaced meanwhile.
    std::process::Command::new("/proc/self/exe").arg0(name).args(arguments).exec()
}

/// With less than this the node steps aside: the log's reserve, and as much for its last words.
const LITTLE_BYTES: u64 = 2 * RESERVE_BYTES;
/// With this much it starts.
const ENOUGH_BYTES: u64 = 2 * LITTLE_BYTES;
const ROUND_EVERY: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_secs(1);
