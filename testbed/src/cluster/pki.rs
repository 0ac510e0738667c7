//! The certificates of a cluster, made by `baton pki`.

use crate::wait::Failure;
use std::path::{Path, PathBuf};

/// A folder of authorities, and of whom they vouch for.
#[derive(Clone, Debug)]
pub struct Pki {
    baton: PathBuf,
    dir: PathBuf,
}

impl Pki {
    /// Makes the authorities of a cluster in `dir`, and a person of each role, named after it.
    pub(super) async fn make(baton: &Path, dir: PathBuf) -> Result<Self, Failure> {
        let pki = Self { baton: baton.to_owned(), dir };
        pki.call(&["init"]).await?;
        for role in ["viewer", "operator", "admin"] {
            pki.call(&["issue", "person", role, "--role", role]).await?;
        }
        Ok(pki)
    }

    /// Runs `baton pki` with `arguments` on this folder.
    pub async fn call(&self, arguments: &[&str]) -> Result<(), Failure> {
        let mut command = super::cli::command(&self.baton);
        let output = command.arg("pki").args(arguments).env("BATON_PKI", &self.dir).output().await;
        let doing = || format!("baton pki {}", arguments.join(" "));
        let output = output.map_err(|error| Failure::new(doing(), error))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Failure::new(doing(), String::from_utf8_lossy(&output.stderr)))
    }

    /// Returns the folder of a node, a person or the authorities: `node-1`, `person-viewer`, `ca`.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}
