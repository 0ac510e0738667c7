//! How connections are made.

use super::guarded::Wire;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::AsyncBufReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::codegen::http::Uri;
use tonic::codegen::{BoxFuture, Service};
use tonic::transport::{Channel, Endpoint, Error};

/// Connects to an endpoint, and again whenever the connection broke; `tls` is asked each time, and says `None` for plain
/// text.
pub(crate) async fn connect(
    endpoint: &Endpoint,
    tls: impl Fn() -> Option<Arc<ClientConfig>> + Send + 'static,
) -> Result<Channel, Error> {
    endpoint.connect_with_connector(Connector(tls)).await
}

/// The same, but connects only when it is used.
pub(crate) fn connect_lazy(
    endpoint: &Endpoint,
    tls: impl Fn() -> Option<Arc<ClientConfig>> + Send + 'static,
) -> Channel {
    endpoint.connect_with_connector_lazy(Connector(tls))
}

struct Connector<F>(F);

impl<F: Fn() -> Option<Arc<ClientConfig>>> Service<Uri> for Connector<F> {
    type Response = TokioIo<Box<dyn Wire>>;
    type Error = io::Error;
    type Future = BoxFuture<Self::Response, io::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let tls = (self.0)();
        Box::pin(async move { reach(&uri, tls).await.map(TokioIo::new) })
    }
}

pub(super) async fn reach(uri: &Uri, tls: Option<Arc<ClientConfig>>) -> io::Result<Box<dyn Wire>> {
    let host_port = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let stream = TcpStream::connect(host_port).await?;
    stream.set_nodelay(true)?;
    let Some(tls) = tls else { return Ok(Box::new(stream)) };
    // Nodes are known by their numbers, wherever they are reached: no name is looked at, and for an address none is sent.
    let unnamed = ServerName::IpAddress(IpAddr::from(Ipv4Addr::LOCALHOST).into());
    let mut stream = TlsConnector::from(tls).connect(unnamed, stream).await?;
    // In TLS 1.3 the other side looks at our certificate after we have finished, and in HTTP/2 it then speaks first. Its
    // refusal is found here, since the layers above keep of an error only its words.
    if stream.fill_buf().await?.is_empty() {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "hung up after the handshake"));
    }
    Ok(Box::new(stream))
}
