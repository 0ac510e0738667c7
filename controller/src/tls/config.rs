//! What the handshakes of each port demand.
//!
//! No session is ever resumed: a resumed one skips the look at the certificate, and so would outlive its end, its
//! revocation and the authority that signed it. Connections live long here, and a full handshake takes a millisecond.

use super::provider;
use super::verifier::NodeVerifier;
use rustls::client::Resumption;
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion};
use std::sync::Arc;

/// Returns how switches are let in. Old ones speak TLS 1.2.
pub(super) fn switches(
    own: Arc<CertifiedKey>,
    clients: Arc<dyn ClientCertVerifier>,
) -> ServerConfig {
    server(own, clients, &[&TLS13, &TLS12])
}

/// Returns how those are let in who speak gRPC: nodes and people.
pub(super) fn grpc(own: Arc<CertifiedKey>, clients: Arc<dyn ClientCertVerifier>) -> ServerConfig {
    let mut config = server(own, clients, &[&TLS13]);
    config.alpn_protocols = vec![H2.to_vec()];
    config
}

/// Returns how a node is dialled, by another one or by a person.
pub(super) fn client(own: Arc<CertifiedKey>, verifier: NodeVerifier) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .expect(SPEAKS)
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![H2.to_vec()];
    config
}

fn server(
    own: Arc<CertifiedKey>,
    clients: Arc<dyn ClientCertVerifier>,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .expect(SPEAKS)
        .with_client_cert_verifier(clients)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config
}

const SPEAKS: &str = "the provider has cipher suites of TLS 1.2 and 1.3";
/// HTTP/2, as gRPC demands it (RFC 9113 §3.1).
const H2: &[u8] = b"h2";
