//! Calls of `baton`'s admin verbs.

use crate::wait::Failure;
use serde_json::Value;
use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

/// What a call of `baton` came to.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was asked, for messages.
    pub arguments: String,
    /// Exit code; -1 if a signal ended it.
    pub code: i32,
    /// Data, if it is one JSON value; `null` otherwise.
    pub json: Value,
    /// Data as it came.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Call {
    /// Returns the data, or a failure if the exit code is not 0.
    pub fn done(self) -> Result<Value, Failure> {
        if self.code == 0 { Ok(self.json) } else { Err(Failure(self.to_string())) }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { arguments, code, stdout, stderr, .. } = self;
        write!(f, "baton {arguments}: exit code {code}\n{}\n{}", stdout.trim(), stderr.trim())
    }
}

/// Returns a command of `baton` that inherits no `BATON_*` setting and dies with its handle.
pub(super) fn command(baton: &Path) -> Command {
    let mut command = Command::new(baton);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BATON_") {
            command.env_remove(name);
        }
    }
    command.env("NO_COLOR", "1").kill_on_drop(true);
    command
}

pub(super) async fn run(
    baton: &Path,
    admin: &str,
    tls: Option<&Path>,
    arguments: &[&str],
) -> Result<Call, Failure> {
    let words = arguments.join(" ");
    let mut command = command(baton);
    command.args(arguments).stdin(Stdio::null());
    // Whoever asks for another form than JSON gets it.
    if !arguments.contains(&"-o") {
        command.args(["-o", "json"]);
    }
    if let Some(dir) = tls {
        command.env("BATON_TLS", dir);
    }
    let output = timeout(LIMIT, command.env("BATON_ADMIN", admin).output()).await;
    let output = output.map_err(|_| Failure(format!("baton {words}: no end in {LIMIT:?}")))?;
    let output = output.map_err(|e| Failure::new(format!("baton {words}"), e))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(Call {
        arguments: words,
        code: output.status.code().unwrap_or(-1),
        json: serde_json::from_str(&stdout).unwrap_or_default(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        stdout,
    })
}

const LIMIT: Duration = Duration::from_secs(60);
