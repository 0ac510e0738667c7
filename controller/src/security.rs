//! How each port of a node speaks: TLS, or plain text.

use crate::config::{self, Config, Port};
use crate::tls::{MaterialError, Tls};
use migration::NodeId;
use rustls::{ClientConfig, ServerConfig};
use std::sync::Arc;

/// What the ports of a node demand; a cheap handle.
///
/// Whoever accepts or dials asks each time, so that certificates can be changed at any time.
#[derive(Clone, Debug, Default)]
pub struct Security {
    tls: Option<Tls>,
    config: config::Tls,
}

impl Security {
    /// Reads the node's certificates, if it has any.
    pub fn load(config: &Config) -> Result<Self, MaterialError> {
        let tls = config.tls.dir.as_ref().map(|dir| Tls::load(dir, config.node)).transpose()?;
        for (port, address) in config.listen.all() {
            if config.tls.is_plain(port) && !address.ip().is_loopback() {
                tracing::warn!(%port, %address, "speaks plain text to the network, as tls.plain asks for");
            }
        }
        Ok(Self { tls, config: config.tls.clone() })
    }

    /// Returns how switches are let in; `None` for plain text, here as below.
    pub fn switches(&self) -> Option<Arc<ServerConfig>> {
        self.of(Port::Openflow).map(Tls::switches)
    }

    /// Returns how other nodes are let in.
    pub fn peers(&self) -> Option<Arc<ServerConfig>> {
        self.of(Port::Peer).map(Tls::peers_server)
    }

    /// Returns how people are let in.
    pub fn people(&self) -> Option<Arc<ServerConfig>> {
        self.of(Port::Admin).map(Tls::admin_server)
    }

    /// Returns how another node is dialled, if its number is known.
    pub fn dial(&self, node: Option<NodeId>) -> Option<Arc<ClientConfig>> {
        self.of(Port::Peer).map(|tls| tls.peers_client(node))
    }

    /// Reads the certificates again, for connections from now on; those that cannot be used change nothing.
    pub fn reload(&self) -> Result<(), MaterialError> {
        self.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    fn of(&self, port: Port) -> Option<&Tls> {
        self.tls.as_ref().filter(|_| !self.config.is_plain(port))
    }
}
