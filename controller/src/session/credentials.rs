//! Who is at the other end, by the certificate that it shows.

use crate::tls::{self, Identity, IdentityError, explain};
use openflow::Dpid;
use rustls::ServerConfig;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Whose certificate a switch has shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Holder {
    pub(super) name: String,
    /// Datapath ids that the certificate is bound to, if it is to any.
    dpids: Vec<Dpid>,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("no TLS handshake within {} s", HANDSHAKE.as_secs())]
    Slow,
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
    #[error("the certificate is that of {0}, and no switch's")]
    NoSwitch(Identity),
    #[error("{0}")]
    Nobody(#[from] IdentityError),
}

/// Time that a switch has to show its certificate.
const HANDSHAKE: Duration = Duration::from_secs(5);

impl Holder {
    /// Returns whether it may be the switch with this datapath id.
    pub(super) fn may_be(&self, dpid: Dpid) -> bool {
        self.dpids.is_empty() || self.dpids.contains(&dpid)
    }
}

impl Refused {
    /// Returns the reason as metrics tell it.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Slow | Self::Handshake(_) => "handshake",
            Self::NoSwitch(_) | Self::Nobody(_) => "certificate",
        }
    }
}

/// Lets a switch in that shows a certificate of the switches' authority.
pub(super) async fn shake_hands(
    stream: TcpStream,
    config: Arc<ServerConfig>,
) -> Result<(TlsStream<TcpStream>, Holder), Refused> {
    let shaken = timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await;
    let stream = shaken.map_err(|_| Refused::Slow)?.map_err(|error| failed(&error))?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let own = chain.first().ok_or_else(|| Refused::Handshake("no certificate".to_owned()))?;
    match tls::identity_of(own)? {
        Identity::Switch { name, dpids } => Ok((stream, Holder { name, dpids })),
        other => Err(Refused::NoSwitch(other)),
    }
}

fn failed(error: &io::Error) -> Refused {
    Refused::Handshake(explain(error).unwrap_or_else(|| error.to_string()))
}
