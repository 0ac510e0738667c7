//! A controller's processes: pinned from their first thread on, weighed, and ended together.

use crate::load::pin;
use crate::wait::{Failure, wait_until};
use nix::sched::{sched_getaffinity, sched_setaffinity};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// All that one command has started.
#[derive(Debug)]
pub(super) struct Group {
    /// The first of them, whose number is the group's.
    leader: Pid,
    child: Child,
    log: PathBuf,
}

impl Group {
    /// Starts the shell's words on `processor`; what they print goes to `log`.
    pub(super) fn start(words: &str, processor: usize, log: &Path) -> Result<Self, Failure> {
        let failed = |e| Failure::new(format!("start {words:?}"), e);
        let output = File::create(log).map_err(failed)?;
        let errors = output.try_clone().map_err(failed)?;
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("exec {words}")).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let child = pinned(processor, || command.spawn())?.map_err(failed)?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let leader =
            id.map(Pid::from_raw).ok_or_else(|| failed(std::io::Error::last_os_error()))?;
        Ok(Self { leader, child, log: log.to_owned() })
    }

    /// Waits until someone listens at a port.
    pub(super) async fn listening(&mut self, port: u16) -> Result<(), Failure> {
        wait_until("a listening controller", START_LIMIT, async || {
            if let Ok(Some(status)) = self.child.try_wait() {
                let said = fs::read_to_string(&self.log).unwrap_or_default();
                return Ok(Err(Failure(format!("it has ended ({status}): {}", said.trim()))));
            }
            if listens(port) { Ok(Ok(())) } else { Err(format!("nobody at port {port}")) }
        })
        .await?
    }

    /// Returns the most memory that they had resident, together, in bytes.
    pub(super) fn memory(&self) -> u64 {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = processes.filter_map(|it| it.file_name().to_str()?.parse().ok());
        let ours = numbers.map(Pid::from_raw).filter(|&pid| group_of(pid) == Some(self.leader));
        ours.map(memory).sum()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The leader is not waited for yet, so that the number cannot be another group's.
        let _ = killpg(self.leader, Signal::SIGKILL);
    }
}

/// Does `work` on `processor`, where whatever it starts stays.
pub(super) fn pinned<T>(processor: usize, work: impl FnOnce() -> T) -> Result<T, Failure> {
    let this_thread = Pid::from_raw(0);
    let failed = |e| Failure::new("the processors of a thread", e);
    let before = sched_getaffinity(this_thread).map_err(failed)?;
    pin(this_thread, processor)?;
    let done = work();
    sched_setaffinity(this_thread, &before).map_err(failed)?;
    Ok(done)
}

/// Returns the most memory that a process had resident, in bytes; 0 of one that is gone.
pub(super) fn memory(process: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn group_of(process: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before it is in brackets, and may hold anything. After it: state, parent, group.
    let (_, after) = stat.rsplit_once(')')?;
    after.split_whitespace().nth(2)?.parse().ok().map(Pid::from_raw)
}

/// Returns whether anyone listens at a port, without the connection that some would count as a switch.
fn listens(port: u16) -> bool {
    let suffix = format!(":{port:04X}");
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().any(|table| {
        let table = fs::read_to_string(table).unwrap_or_default();
        table.lines().any(|line| {
            // Number, local address, remote address, state.
            let words: Vec<&str> = line.split_whitespace().take(4).collect();
            words.len() == 4 && words[1].ends_with(&suffix) && words[3] == LISTEN
        })
    })
}

/// A socket's state in the kernel's tables.
const LISTEN: &str = "0A";
const START_LIMIT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_listener_is_seen_and_its_end_too() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(listens(port));
        drop(listener);
        assert!(!listens(port));
    }

    #[tokio::test]
    async fn a_group_stays_on_its_processor_and_ends_as_a_whole() {
        let directory = tempfile::tempdir().unwrap();
        let before = sched_getaffinity(Pid::from_raw(0)).unwrap();
        let words = "sh -c 'sleep 1000 & echo $!; wait'";
        let log = directory.path().join("log");
        let group = Group::start(words, 0, &log).unwrap();
        assert_eq!(sched_getaffinity(Pid::from_raw(0)).unwrap(), before);
        let sleeper = wait_until("its child", START_LIMIT, async || {
            let said = fs::read_to_string(&log).map_err(|e| e.to_string())?;
            said.trim().parse().map(Pid::from_raw).map_err(|e| e.to_string())
        });
        let sleeper = sleeper.await.unwrap();
        assert_eq!(group_of(sleeper), Some(group.leader));
        let allowed = sched_getaffinity(sleeper).unwrap();
        assert!(allowed.is_set(0).unwrap() && !allowed.is_set(1).unwrap());
        assert!(group.memory() > 0);
        drop(group);
        wait_until("the end of its child", START_LIMIT, async || {
            let stat = fs::read_to_string(format!("/proc/{sleeper}/stat")).unwrap_or_default();
            if stat.is_empty() || stat.contains(" Z ") { Ok(()) } else { Err(stat) }
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn one_that_ends_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let mut group = Group::start("sh -c 'echo no such thing; exit 3'", 0, &log).unwrap();
        let failure = group.listening(1).await.unwrap_err().to_string();
        assert!(failure.contains("no such thing"), "{failure}");
    }
}
