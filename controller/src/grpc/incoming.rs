//! How connections are let in.

use super::guarded::{Caller, Guarded, Wire};
use crate::config::Port;
use crate::metrics::Metrics;
use crate::tls::{Identity, Refused, accept};
use rustls::ServerConfig;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;
use tokio_stream::wrappers::ReceiverStream;

/// A port, and whom it lets in.
pub(crate) struct Door<F> {
    pub(crate) port: Port,
    /// Asked at each connection; `None` for plain text.
    pub(crate) tls: F,
    /// Connections at once.
    pub(crate) places: usize,
    pub(crate) metrics: Metrics,
}

impl<F: Fn() -> Option<Arc<ServerConfig>> + Send + Sync + 'static> Door<F> {
    /// Returns the connections that are let in, for as long as somebody takes them.
    pub(crate) fn incoming(
        self,
        listener: TcpListener,
    ) -> ReceiverStream<Result<Guarded, Infallible>> {
        let (server, connections) = mpsc::channel(1);
        tokio::spawn(async move {
            tokio::select! {
                () = Arc::new(self).accept(listener, server.clone()) => {}
                () = server.closed() => {}
            }
        });
        ReceiverStream::new(connections)
    }

    async fn accept(
        self: Arc<Self>,
        listener: TcpListener,
        server: mpsc::Sender<Result<Guarded, Infallible>>,
    ) {
        let port = self.port;
        let places = Arc::new(Semaphore::new(self.places));
        let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
        loop {
            // Who comes while all are busy waits in the listener's queue.
            let handshake = Arc::clone(&handshakes).acquire_owned().await;
            let (stream, address) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%port, %error, "a connection could not be accepted");
                    // Out of file descriptors, most likely: trying at once would only spin.
                    if error.kind() != io::ErrorKind::ConnectionAborted {
                        sleep(ACCEPT_PAUSE).await;
                    }
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!(%port, %address, limit = self.places, "refused a connection: too many");
                continue;
            };
            let (door, server) = (Arc::clone(&self), server.clone());
            tokio::spawn(async move {
                if let Some((wire, identity)) = door.let_in(stream, address).await {
                    let caller = Caller { address, identity };
                    // If nobody takes it, the server has ended.
                    let _ = server.send(Ok(Guarded { wire, caller, _place: place })).await;
                }
                drop(handshake);
            });
        }
    }

    /// Returns the connection and whose certificate was shown; none if it was refused, which is told.
    async fn let_in(
        &self,
        stream: TcpStream,
        address: SocketAddr,
    ) -> Option<(Box<dyn Wire>, Option<Identity>)> {
        if stream.set_nodelay(true).is_err() {
            return None;
        }
        let Some(tls) = (self.tls)() else { return Some((Box::new(stream), None)) };
        let port = self.port;
        let why = match accept(stream, tls, port).await {
            Ok((stream, identity)) => return Some((Box::new(stream), Some(identity))),
            Err(why) => why,
        };
        self.metrics.handshake_failed(port);
        match why {
            Refused::Silent(_) => tracing::debug!(%port, %address, %why, "refused a connection"),
            Refused::Handshake(_) | Refused::Nobody(_) | Refused::Stranger(_) => {
                tracing::warn!(%port, %address, %why, "refused a connection");
            }
        }
        None
    }
}

/// Handshakes at once.
const HANDSHAKES: usize = 64;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
