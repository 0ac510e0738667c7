//! `baton run`: a controller node.

use super::exit::{Exit, Failure};
use super::out;
use crate::config::{Config, LogFormat, is_host_port};
use crate::disk;
use crate::joining::Join;
use crate::node::RunError;
use migration::NodeId;
use openflow::Version;
use std::io::IsTerminal;
use std::path::Path;
use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;

/// Runs a node; with addresses of members it joins their cluster first, if it has not yet. `versions` go before those of
/// the configuration, if there are any.
pub(super) fn run(
    path: &Path,
    members: Vec<String>,
    replaces: Option<NodeId>,
    versions: Vec<Version>,
) -> Result<(), Failure> {
    if let Some(wrong) = members.iter().find(|address| !is_host_port(address)) {
        let why = format!("expected HOST:PORT, like 10.0.0.1:6654, not {wrong:?}");
        return Err(Failure::new(Exit::Usage, "--join", why));
    }
    let join = (!members.is_empty()).then_some(Join { members, replaces });
    let load = if join.is_some() { Config::load_to_join } else { Config::load };
    let (_, mut config) = load(path).map_err(|error| super::config::wrong(&error))?;
    if join.is_some() {
        // Who joins founds nothing.
        config.members.clear();
    }
    if !versions.is_empty() {
        config.versions = versions;
    }
    start_log(&config);
    let failed =
        |why: String| Failure::new(Exit::Failed, format!("node {} has stopped", config.node), why);
    let threads = |name: &str| {
        let runtime = Builder::new_multi_thread().thread_name(name).enable_all().build();
        runtime.map_err(|error| failed(error.to_string()))
    };
    let (runtime, sessions) = (threads("baton")?, threads("baton-switches")?);
    match runtime.block_on(crate::node::run(config.clone(), join, sessions.handle())) {
        Ok(()) => Ok(()),
        Err(RunError::Certificates(error)) => {
            Err(Failure::new(Exit::Usage, "tls.dir", error.to_string()).hint("nothing was started"))
        }
        Err(RunError::DiskFull(shortage)) => {
            let why = disk::start_anew();
            Err(failed(format!("{shortage}; and it could not wait for room: {why}")))
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

fn start_log(config: &Config) {
    // `Config` has checked the directives.
    let filter = EnvFilter::builder().parse_lossy(&config.log.level);
    let colours = std::io::stderr().is_terminal() && out::colours_wanted();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => log.with_ansi(colours).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
