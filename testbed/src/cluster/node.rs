//! One `baton run` process.

use super::{Listen, Tls};
use crate::ports::PortBlock;
use crate::wait::Failure;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Child;
use tokio::time::timeout;

/// One node: its place on disk, its addresses, and its process while it is started.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: u64,
    directory: PathBuf,
    pub(super) listen: Listen,
    pub(super) is_member: bool,
    /// What `baton run` is told beside the configuration.
    pub(super) arguments: Vec<String>,
    child: Option<Child>,
}

impl Node {
    pub(super) fn new(id: u64, directory: &Path, ports: &mut PortBlock) -> Result<Self, Failure> {
        let listen = Listen::reserve(ports);
        let listen = listen.ok_or_else(|| Failure("too many nodes for a port block".to_owned()))?;
        fs::create_dir_all(directory).map_err(|e| Failure::new(directory.display(), e))?;
        let directory = directory.to_owned();
        Ok(Self { id, directory, listen, is_member: false, arguments: vec![], child: None })
    }

    pub(super) fn write_configuration(
        &self,
        members: &BTreeMap<u64, SocketAddr>,
        tls: Option<(&Path, Tls)>,
        extra: &str,
    ) -> Result<(), Failure> {
        let Listen { openflow, peer, admin, http } = self.listen;
        let members: Vec<_> = members.iter().map(|(id, at)| format!("{id} = \"{at}\"")).collect();
        let text = format!(
            "[node]\nid = {id}\ndata_dir = {data:?}\n\n\
             [listen]\nopenflow = \"{openflow}\"\npeer = \"{peer}\"\nadmin = \"{admin}\"\nhttp = \"{http}\"\n\n\
             {tls}{cluster}{extra}\n",
            id = self.id,
            data = self.data(),
            tls = tls.map_or_else(String::new, |(dir, tls)| {
                let plain = if tls == Tls::Everywhere { "" } else { "\"openflow\"" };
                format!("[tls]\ndir = {dir:?}\nplain = [{plain}]\n\n")
            }),
            cluster = if members.is_empty() {
                String::new()
            } else {
                format!("[cluster]\nmembers = {{ {} }}\n\n", members.join(", "))
            },
        );
        fs::write(self.configuration(), text)
            .map_err(|e| Failure::new(self.configuration().display(), e))
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.directory.join("node.toml")
    }

    pub(super) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    pub(super) fn log_tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
    }

    pub(super) fn is_started(&self) -> bool {
        self.child.is_some()
    }

    pub(super) fn run(&mut self, baton: &Path) -> Result<(), Failure> {
        let doing = format!("start node {}", self.id);
        let log = OpenOptions::new().create(true).append(true).open(self.log());
        let log = log.map_err(|e| Failure::new(&doing, e))?;
        let errors = log.try_clone().map_err(|e| Failure::new(&doing, e))?;
        let child = super::cli::command(baton)
            .args(["run", "--config"])
            .arg(self.configuration())
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn();
        self.child = Some(child.map_err(|e| Failure::new(&doing, e))?);
        Ok(())
    }

    pub(super) fn check_alive(&mut self) -> Result<(), Failure> {
        let Some(child) = &mut self.child else { return Ok(()) };
        match child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                let (id, tail) = (self.id, self.log_tail());
                Err(Failure(format!(
                    "node {id} ended ({status}); the last lines of its log:\n{tail}"
                )))
            }
            Err(error) => Err(Failure::new(format!("watch node {}", self.id), error)),
        }
    }

    pub(super) async fn stop(&mut self) -> Result<(), Failure> {
        self.signal(Signal::SIGTERM)?;
        self.ended().await.map(drop)
    }

    /// Waits for the process to end; returns whether it said that all is well.
    pub(super) async fn ended(&mut self) -> Result<bool, Failure> {
        let Some(child) = &mut self.child else { return Ok(true) };
        let ended = timeout(STOP_LIMIT, child.wait()).await;
        let ended = ended
            .map_err(|_| Failure(format!("node {} did not stop in {STOP_LIMIT:?}", self.id)))?;
        self.child = None;
        Ok(ended.is_ok_and(|status| status.success()))
    }

    /// Asks the process to end (SIGTERM) without waiting for it.
    pub(super) fn terminate(&self) -> Result<(), Failure> {
        self.signal(Signal::SIGTERM)
    }

    pub(super) fn reload(&self) -> Result<(), Failure> {
        self.signal(Signal::SIGHUP)
    }

    pub(super) async fn kill(&mut self) -> Result<(), Failure> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        child.kill().await.map_err(|e| Failure::new(format!("kill node {}", self.id), e))
    }

    pub(super) fn kill_at_once(&self) -> Result<(), Failure> {
        self.signal(Signal::SIGKILL)
    }

    pub(super) fn pause(&self) -> Result<(), Failure> {
        self.signal(Signal::SIGSTOP)
    }

    pub(super) fn resume(&self) -> Result<(), Failure> {
        self.signal(Signal::SIGCONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let doing = || format!("send {signal} to node {}", self.id);
        let pid = self.pid().ok_or_else(|| Failure::new(doing(), "it is not running"))?;
        kill(pid, signal).map_err(|e| Failure::new(doing(), e))
    }

    /// Returns the process's id, which is there only until the process is waited for, so that it cannot be
    /// another's.
    pub(super) fn pid(&self) -> Option<Pid> {
        let id = self.child.as_ref()?.id()?;
        i32::try_from(id).ok().map(Pid::from_raw)
    }
}

const TAIL_LINES: usize = 30;
/// A node that is asked to stop hands its switches over first.
const STOP_LIMIT: Duration = Duration::from_secs(40);
