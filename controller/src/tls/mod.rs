//! TLS on every port: who is at the other end, and whether they may be there.
//!
//! ```text
//! port       shows        demands                versions   then
//! switches   the node's   one of the switch CA   1.2, 1.3   OpenFlow
//! peers      the node's   one of the node CA     1.3        gRPC
//! admin      the node's   one of the admin CA    1.3        gRPC
//! ```
//!
//! Whoever dials a node checks that it is a node of the cluster, and the one that was meant ([`Tls::peers_client`]).
//! What a peer may do is told by its certificate: [`identity_of`].

mod accept;
mod client;
mod config;
mod error;
mod explain;
mod facts;
mod identity;
mod material;
mod revocation;
#[cfg(test)]
mod tests;
mod trusted;
mod verifier;

pub use accept::{Refused, accept};
pub use client::ClientMaterial;
pub use error::{MaterialError, Problem};
pub use explain::{explain, handshake};
pub use facts::Facts;
pub use identity::{Identity, IdentityError, Role, RoleError, identity_of, name};
pub use material::Material;
pub use verifier::WrongServer;

use crate::clock::moment;
use crate::pki::subject::CERTIFICATE;
use migration::NodeId;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ServerConfig};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use verifier::NodeVerifier;

/// The TLS of a node: a handle that all of it shares.
///
/// Whoever accepts or dials asks for the configuration each time, and so has the newest; sessions keep the one that
/// they began with.
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    dir: PathBuf,
    node: NodeId,
    in_use: RwLock<Arc<InUse>>,
}

/// Configurations made of one reading of the folder.
struct InUse {
    not_after_ms: u64,
    switches: Arc<ServerConfig>,
    peers: Arc<ServerConfig>,
    admin: Arc<ServerConfig>,
    own: Arc<CertifiedKey>,
    nodes: Arc<WebPkiServerVerifier>,
}

impl Tls {
    /// Reads the folder of `node`.
    pub fn load(dir: &Path, node: NodeId) -> Result<Self, MaterialError> {
        let in_use = RwLock::new(Arc::new(InUse::load(dir, node)?));
        Ok(Self(Arc::new(Shared { dir: dir.to_owned(), node, in_use })))
    }

    /// Reads the folder again, for handshakes from now on; live sessions go on. Something that cannot be used
    /// changes nothing.
    pub fn reload(&self) -> Result<(), MaterialError> {
        let Shared { dir, node, in_use } = &*self.0;
        let read = InUse::load(dir, *node).inspect_err(|error| {
            let until = moment(self.not_after_ms());
            tracing::warn!(%error, %until, "the certificates were not changed: the old ones stay in use");
        })?;
        let until = moment(read.not_after_ms);
        *in_use.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        tracing::info!(dir = %dir.display(), %until, "new certificates are in use for new connections");
        Ok(())
    }

    /// Returns how switches are let in.
    pub fn switches(&self) -> Arc<ServerConfig> {
        self.in_use().switches.clone()
    }

    /// Returns how other nodes are let in.
    pub fn peers_server(&self) -> Arc<ServerConfig> {
        self.in_use().peers.clone()
    }

    /// Returns how the node `server` is dialled; `None` if its number is not known yet, as when joining.
    pub fn peers_client(&self, server: Option<NodeId>) -> Arc<ClientConfig> {
        let in_use = self.in_use();
        let verifier = NodeVerifier { chain: in_use.nodes.clone(), expected: server };
        Arc::new(config::client(in_use.own.clone(), verifier))
    }

    /// Returns how people are let in.
    pub fn admin_server(&self) -> Arc<ServerConfig> {
        self.in_use().admin.clone()
    }

    /// Returns until when the certificate in use counts, in milliseconds since 1970.
    pub fn not_after_ms(&self) -> u64 {
        self.in_use().not_after_ms
    }

    fn in_use(&self) -> Arc<InUse> {
        self.0.in_use.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Says whose it is, and nothing of the key.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { dir, node, .. } = &*self.0;
        f.debug_struct("Tls").field("dir", dir).field("node", node).finish_non_exhaustive()
    }
}

impl InUse {
    fn load(dir: &Path, node: NodeId) -> Result<Self, MaterialError> {
        let Material { node: found, not_after_ms, own, switches, peers, people, nodes } =
            Material::load(dir)?;
        if found != node {
            let (found, expected) = (Identity::Node(found), format!("node {node}"));
            return Err(Problem::Another { found, expected }.at(&dir.join(CERTIFICATE)));
        }
        Ok(Self {
            not_after_ms,
            switches: Arc::new(config::switches(own.clone(), switches)),
            peers: Arc::new(config::grpc(own.clone(), peers)),
            admin: Arc::new(config::grpc(own.clone(), people)),
            own,
            nodes,
        })
    }
}

/// The one provider of cryptography, always named: the default of a process is somebody else's choice.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
