//! How a node is recognised by whoever dials it: by its number, not by its address.
//!
//! The authority of the nodes vouches for nothing but nodes, so a certificate of its own with the right number is
//! that node, wherever it was reached. Host names would add nothing, and stand in the way of forwarded ports.

use super::facts::Facts;
use super::identity::Identity;
use migration::NodeId;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use std::sync::Arc;

/// Takes a certificate of the node that was dialled, or of any node.
#[derive(Debug)]
pub(super) struct NodeVerifier {
    /// Checks all but the identity: signatures, time, purpose, revocation.
    pub(super) chain: Arc<WebPkiServerVerifier>,
    /// The node that was dialled; `None` if any will do.
    pub(super) expected: Option<NodeId>,
}

/// The server is not the node that was dialled.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{found} answers, not {}", meant(*.expected))]
pub struct WrongServer {
    /// The node that was dialled; `None` if any would have done.
    pub expected: Option<NodeId>,
    /// Who answers.
    pub found: String,
}

impl ServerCertVerifier for NodeVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _dialled: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let facts = Facts::of(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        // The chain's verifier insists on a name: with the certificate's own it says nothing about names.
        let own = facts.hosts.iter().find_map(|host| ServerName::try_from(host.as_str()).ok());
        let own = own.ok_or(CertificateError::NotValidForName)?;
        self.chain.verify_server_cert(end_entity, intermediates, &own, ocsp_response, now)?;
        let found = match facts.identity() {
            Ok(Identity::Node(id)) if self.expected.is_none_or(|it| it == id) => {
                return Ok(ServerCertVerified::assertion());
            }
            Ok(another) => another.to_string(),
            Err(_) => "somebody without a name".to_owned(),
        };
        let wrong = WrongServer { expected: self.expected, found };
        Err(CertificateError::Other(OtherError(Arc::new(wrong))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

fn meant(node: Option<NodeId>) -> String {
    node.map_or_else(|| "a node".to_owned(), |id| format!("node {id}"))
}
