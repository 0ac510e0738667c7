//! How a connection is let in.

use super::{Identity, IdentityError, explain, identity_of};
use crate::config::Port;
use rustls::ServerConfig;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Why a connection was not let in.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// It broke, or nothing came.
    #[error("no TLS handshake: {0}")]
    Silent(String),
    /// The two could not agree, or the certificate is one that does not count here.
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
    /// The certificate names nobody.
    #[error(transparent)]
    Nobody(#[from] IdentityError),
    /// The certificate is somebody's for whom the port is not.
    #[error("{0} has no business here")]
    Stranger(Identity),
}

/// Lets somebody in who shows a certificate for `port`, and returns whose it is.
pub async fn accept(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    port: Port,
) -> Result<(TlsStream<TcpStream>, Identity), Refused> {
    let late = |_| Refused::Silent(format!("not within {WITHIN:?}"));
    let handshake = TlsAcceptor::from(config).accept(stream);
    let stream = timeout(WITHIN, handshake).await.map_err(late)?.map_err(|e| failed(&e))?;
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let shown = shown.ok_or_else(|| Refused::Handshake("no certificate was shown".to_owned()))?;
    match identity_of(shown)? {
        identity if is_for(port, &identity) => Ok((stream, identity)),
        identity => Err(Refused::Stranger(identity)),
    }
}

fn failed(error: &io::Error) -> Refused {
    match explain(error) {
        Some(meaning) => Refused::Handshake(meaning),
        None => Refused::Silent(error.to_string()),
    }
}

/// Returns whether somebody belongs to a port. Its authority should have signed nobody else.
fn is_for(port: Port, identity: &Identity) -> bool {
    match port {
        Port::Peer => matches!(identity, Identity::Node(_)),
        Port::Admin => matches!(identity, Identity::Person { .. }),
        Port::Openflow => matches!(identity, Identity::Switch { .. }),
        Port::Http => false,
    }
}

/// Time that somebody has to show a certificate.
const WITHIN: Duration = Duration::from_secs(5);
