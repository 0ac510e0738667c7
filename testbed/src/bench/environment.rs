//! Where an experiment ran: what figures depend on besides the protocols.

use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The machine and the build.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Environment {
    /// Processors.
    pub cores: usize,
    /// Its model.
    pub processor: String,
    /// The kernel's release.
    pub kernel: String,
    /// How the executables were built.
    pub profile: &'static str,
    /// Where nodes keep their logs: `tmpfs`, or `disk`.
    pub disk: &'static str,
    /// What stood for the switch.
    pub switch: &'static str,
}

impl Environment {
    /// Looks around.
    pub fn here(disk: &'static str, switch: &'static str) -> Self {
        let first = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpu = first("/proc/cpuinfo");
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: model.map(|(_, model)| model.to_owned()).unwrap_or_default(),
            kernel: first("/proc/sys/kernel/osrelease").trim().to_owned(),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            disk,
            switch,
        }
    }
}

/// Returns the place for nodes' data and its kind: memory if that is wanted and there is any.
pub fn place(fast: bool) -> (Option<PathBuf>, &'static str) {
    let memory = Path::new("/dev/shm");
    if fast && memory.is_dir() { (Some(memory.to_owned()), "tmpfs") } else { (None, "disk") }
}
