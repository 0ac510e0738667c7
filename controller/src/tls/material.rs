//! What a folder of certificates holds, read and checked before any of it is used.

use super::error::{MaterialError, Problem};
use super::explain::meaning;
use super::facts::Facts;
use super::identity::Identity;
use super::provider;
use super::revocation::Revoked;
use super::trusted::{Trusted, certificates, damaged, read};
use super::verifier::NodeVerifier;
use crate::clock::unix_ms;
use crate::pki::subject::{ADMIN_CA, CERTIFICATE, KEY, NODE_CA, SWITCH_CA};
use migration::NodeId;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

/// A node's folder: who it is, and whom it believes.
pub struct Material {
    /// The node.
    pub node: NodeId,
    /// Until when its certificate counts, in milliseconds since 1970.
    pub not_after_ms: u64,
    pub(super) own: Arc<CertifiedKey>,
    pub(super) switches: Arc<dyn ClientCertVerifier>,
    pub(super) peers: Arc<dyn ClientCertVerifier>,
    pub(super) people: Arc<dyn ClientCertVerifier>,
    pub(super) nodes: Arc<WebPkiServerVerifier>,
}

impl Material {
    /// Reads a node's folder, and checks that others would take its certificate.
    pub fn load(dir: &Path) -> Result<Self, MaterialError> {
        again(|| Self::read(dir))
    }

    fn read(dir: &Path) -> Result<Self, MaterialError> {
        let own = Own::read(dir)?;
        let node = match own.identity {
            Identity::Node(node) => node,
            found => {
                let expected = "a node".to_owned();
                return Err(Problem::Another { found, expected }.at(&dir.join(CERTIFICATE)));
            }
        };
        let trusted = |file: &str| Trusted::read(&dir.join(file));
        let (nodes, switches, people) =
            (trusted(NODE_CA)?, trusted(SWITCH_CA)?, trusted(ADMIN_CA)?);
        let revoked = Revoked::read(dir, &[&nodes, &switches, &people])?;
        let material = Self {
            node,
            not_after_ms: own.not_after_ms,
            own: own.key,
            switches: revoked.clients(&switches)?,
            peers: revoked.clients(&nodes)?,
            people: revoked.clients(&people)?,
            nodes: revoked.servers(&nodes)?,
        };
        let refused = |error: rustls::Error| Problem::Refused(meaning(&error));
        material.is_taken().map_err(|error| refused(error).at(&dir.join(CERTIFICATE)))?;
        Ok(material)
    }

    /// Checks whether this node would take itself for the node that it is, whoever dials.
    fn is_taken(&self) -> Result<(), rustls::Error> {
        let (own, rest) =
            self.own.cert.split_first().ok_or(rustls::Error::NoCertificatesPresented)?;
        let now = UnixTime::now();
        self.peers.verify_client_cert(own, rest, now)?;
        let verifier = NodeVerifier { chain: self.nodes.clone(), expected: Some(self.node) };
        let anywhere = ServerName::from(IpAddr::from(Ipv4Addr::UNSPECIFIED));
        verifier.verify_server_cert(own, rest, &anywhere, &[], now).map(drop)
    }
}

/// Says whose it is, and nothing of the key.
impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Material").field("node", &self.node).finish_non_exhaustive()
    }
}

/// Somebody's own key and certificate.
pub(super) struct Own {
    pub(super) identity: Identity,
    pub(super) not_after_ms: u64,
    pub(super) key: Arc<CertifiedKey>,
}

impl Own {
    pub(super) fn read(dir: &Path) -> Result<Self, MaterialError> {
        let (path, key_path) = (dir.join(CERTIFICATE), dir.join(KEY));
        let chain = certificates(&path)?;
        let key = PrivateKeyDer::from_pem_slice(&read(&key_path)?)
            .map_err(|error| damaged("private key", &error).at(&key_path))?;
        let key = provider().key_provider.load_private_key(key);
        let key = key.map_err(|error| damaged("private key", &error).at(&key_path))?;
        let facts = Facts::of(&chain[0]).map_err(|error| Problem::Nobody(error).at(&path))?;
        let key = CertifiedKey::new(chain, key);
        key.keys_match().map_err(|_| Problem::Mismatch.at(&key_path))?;
        let Facts { not_before_ms, not_after_ms, .. } = facts;
        let identity = facts.identity().map_err(|error| Problem::Nobody(error).at(&path))?;
        match unix_ms() {
            now_ms if now_ms > not_after_ms => {
                Err(Problem::Ended { whose: identity, not_after_ms }.at(&path))
            }
            now_ms if now_ms < not_before_ms => Err(Problem::NotYet { not_before_ms }.at(&path)),
            _ => Ok(Self { identity, not_after_ms, key: Arc::new(key) }),
        }
    }
}

/// Reads until what was read fits together: whoever reads while a folder changes places has a half of each.
pub(super) fn again<T>(read: impl Fn() -> Result<T, MaterialError>) -> Result<T, MaterialError> {
    (1..READS).find_map(|_| read().ok()).map_or_else(read, Ok)
}

/// A folder changes places in an instant, and a new key takes milliseconds to make.
const READS: usize = 5;
