//! TLS of the command line: a person's folder, towards any node.

use super::config::client;
use super::error::{MaterialError, Problem};
use super::identity::Identity;
use super::material::{Own, again};
use super::revocation::Revoked;
use super::trusted::Trusted;
use super::verifier::NodeVerifier;
use crate::pki::subject::{CA, CERTIFICATE};
use rustls::ClientConfig;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A person's folder, read and checked.
pub struct ClientMaterial {
    /// Who asks: a person.
    pub person: Identity,
    /// How a node's admin port is dialled. Any node of the cluster will do, under whatever name it is reached.
    pub config: Arc<ClientConfig>,
}

impl ClientMaterial {
    /// Reads a person's folder.
    pub fn load(dir: &Path) -> Result<Self, MaterialError> {
        again(|| Self::read(dir))
    }

    fn read(dir: &Path) -> Result<Self, MaterialError> {
        let Own { identity: person, key, .. } = Own::read(dir)?;
        if !matches!(person, Identity::Person { .. }) {
            let expected = "a person".to_owned();
            return Err(Problem::Another { found: person, expected }.at(&dir.join(CERTIFICATE)));
        }
        let nodes = Trusted::read(&dir.join(CA))?;
        let chain = Revoked::read(dir, &[&nodes])?.servers(&nodes)?;
        let config = client(key, NodeVerifier { chain, expected: None });
        Ok(Self { person, config: Arc::new(config) })
    }
}

/// Says whose it is, and nothing of the key.
impl fmt::Debug for ClientMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientMaterial").field("person", &self.person).finish_non_exhaustive()
    }
}
