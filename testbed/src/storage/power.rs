//! Power cuts: a file system that loses everything that was not made durable, under a process that was promised
//! otherwise.
//!
//! ```text
//!  child      writes to an ext4 on a loop device, and prints each number once it is acknowledged
//!  parent     freezes the child, shuts the file system down without a flush of its journal (FS_IOC_SHUTDOWN),
//!             kills the child, mounts again: the journal is replayed, what was only in memory is gone
//!             starts a node there: is everything there that was acknowledged?
//! ```
//!
//! Needs root, a loop device, mkfs.ext4 and python3, whose `fcntl` makes the request to the kernel.

use super::{propose, start};
use crate::wait::Failure;
use migration::NodeId;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// An ext4 in a file, mounted while it lives.
#[derive(Debug)]
pub struct Disk {
    dir: TempDir,
}

impl Disk {
    /// Makes and mounts it.
    pub fn make() -> Result<Self, Failure> {
        let dir = tempfile::tempdir().map_err(|e| Failure::new("make a directory", e))?;
        let disk = Self { dir };
        let image = fs::File::create(disk.image()).and_then(|file| file.set_len(IMAGE_BYTES));
        image.map_err(|e| Failure::new("make an image", e))?;
        fs::create_dir(disk.mounted()).map_err(|e| Failure::new("make a directory", e))?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(disk.image()))?;
        disk.mount()?;
        Ok(disk)
    }

    /// Returns where a node may keep its data.
    pub fn data(&self) -> PathBuf {
        self.mounted().join("data")
    }

    fn mount(&self) -> Result<(), Failure> {
        let mut mount = Command::new("mount");
        run(mount.args(["-o", "loop"]).arg(self.image()).arg(self.mounted())).map_err(|failure| {
            Failure(format!("{failure}; a power cut needs root and a free loop device"))
        })
    }

    /// Takes the power away, and gives it back.
    fn cut(&self, then: impl FnOnce()) -> Result<(), Failure> {
        run(Command::new("python3").args(["-c", SHUTDOWN]).arg(self.mounted()))?;
        then();
        let start = Instant::now();
        loop {
            match run(Command::new("umount").arg(self.mounted())) {
                Ok(()) => return self.mount(),
                Err(failure) if start.elapsed() > PATIENCE => return Err(failure),
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    fn mounted(&self) -> PathBuf {
        self.dir.path().join("mounted")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It may not be mounted; a lazy one always succeeds otherwise.
        let _ = Command::new("umount").arg("-l").arg(self.mounted()).stderr(Stdio::null()).status();
    }
}

/// What one cut came to.
#[derive(Debug)]
pub struct Round {
    /// Numbers that were acknowledged before the cut.
    pub acknowledged: BTreeSet<u64>,
}

/// Writes numbers from `first` on until `enough` are acknowledged, and takes the power away.
pub fn round(disk: &Disk, first: u64, enough: usize) -> Result<Round, Failure> {
    let mut child = spawn(&disk.data(), first)?;
    let pid = Pid::from_raw(child.id().cast_signed());
    let output = child.stdout.take().ok_or_else(|| Failure("no output".to_owned()))?;
    let mut lines = BufReader::new(output).lines();
    let mut acknowledged = BTreeSet::new();
    let mut hear = |lines: &mut dyn Iterator<Item = std::io::Result<String>>| {
        acknowledged
            .extend(lines.map_while(Result::ok).filter_map(|line| line.parse::<u64>().ok()));
    };
    hear(&mut lines.by_ref().take(enough));
    freeze(pid)?;
    let end = || {
        // It is there until it is waited for.
        let _ = kill(pid, Signal::SIGKILL);
        let _ = child.wait();
    };
    disk.cut(end)?;
    hear(&mut lines);
    Ok(Round { acknowledged })
}

/// Starts a node on what is left, and returns which of `acknowledged` are not there, and how long the start took.
pub async fn missing(
    disk: &Disk,
    acknowledged: &BTreeSet<u64>,
) -> Result<(Vec<u64>, Duration), Failure> {
    let begin = Instant::now();
    let node = start(&disk.data()).await?;
    let opened_in = begin.elapsed();
    node.read_linearizable().await.map_err(|e| Failure::new("read", e))?;
    let lost = |n: &&u64| !node.read(|state| state.nodes().contains_key(&NodeId(1_000 + **n)));
    let lost = acknowledged.iter().filter(lost).copied().collect();
    node.shutdown().await;
    Ok((lost, opened_in))
}

/// The child: proposes without pause, eight at a time, and prints what is acknowledged.
pub async fn write(dir: &Path, first: u64) -> Result<(), Failure> {
    let node = start(dir).await?;
    let lanes = (0..LANES).map(|lane| {
        let node = node.clone();
        tokio::spawn(async move {
            for n in (first + lane..).step_by(LANES as usize) {
                if propose(&node, n).await.is_err() {
                    return;
                }
                // One write, so that a line is whole or absent; nobody listens only at the end.
                let _ = std::io::stdout().write_all(format!("{n}\n").as_bytes());
            }
        })
    });
    for lane in lanes.collect::<Vec<_>>() {
        lane.await.map_err(|e| Failure::new("a writer", e))?;
    }
    Ok(())
}

fn spawn(dir: &Path, first: u64) -> Result<Child, Failure> {
    let program = std::env::current_exe().map_err(|e| Failure::new("find this program", e))?;
    let mut command = Command::new(program);
    command.args(["faults", "power", "--writer"]).arg(dir).args(["--first", &first.to_string()]);
    let spawned = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    spawned.map_err(|e| Failure::new("start the writer", e))
}

/// Stops a process, and waits until none of its threads is in the kernel any more: a write that is being
/// acknowledged ends before or after the cut, not at it.
fn freeze(pid: Pid) -> Result<(), Failure> {
    kill(pid, Signal::SIGSTOP).map_err(|e| Failure::new("freeze the writer", e))?;
    let start = Instant::now();
    while !is_frozen(pid) {
        if start.elapsed() > PATIENCE {
            return Err(Failure("the writer does not stop".to_owned()));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn is_frozen(pid: Pid) -> bool {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return true };
    let stopped = |stat: String| {
        let after_name = stat.rsplit_once(") ").map(|(_, rest)| rest.starts_with('T'));
        after_name.unwrap_or(true)
    };
    let mut stats = tasks.flatten().map(|task| fs::read_to_string(task.path().join("stat")));
    stats.all(|stat| stat.map_or(true, stopped))
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let output = command.output();
    let output = output.map_err(|e| Failure::new(format!("{command:?}"), e))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{command:?}"), said.trim()))
}

/// `FS_IOC_SHUTDOWN` with `FS_SHUTDOWN_FLAGS_NOLOGFLUSH` (linux/fs.h).
const SHUTDOWN: &str = "import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";
const IMAGE_BYTES: u64 = 256 << 20;
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);
const LANES: u64 = 8;
