//! Metrics and health over HTTP, for machines that watch a node.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` | every metric, in the OpenMetrics text format |
//! | `/livez` | 200 while the process works |
//! | `/readyz` | 200 while the node can do its part, else 503 with the reasons, one a line |
//! | `/` | this list, as JSON |

use crate::admin::{Health, Node};
use crate::metrics::Metrics;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use migration::ownership::Ownership;
use serde_json::json;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

/// Answers on `listener` for ever.
pub async fn serve(listener: TcpListener, node: Node, metrics: Metrics) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    axum::serve(Bounded { listener, places }, router(node, metrics)).await
}

fn router(node: Node, metrics: Metrics) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/metrics", get(expose))
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state((node, metrics))
}

async fn index(State((node, _)): State<(Node, Metrics)>) -> Response {
    let paths = ["/metrics", "/livez", "/readyz"];
    let version = env!("CARGO_PKG_VERSION");
    let index = json!({ "program": "baton", "version": version, "node": node.id, "paths": paths });
    ([(header::CONTENT_TYPE, "application/json")], index.to_string()).into_response()
}

async fn expose(State((node, metrics)): State<(Node, Metrics)>) -> Response {
    metrics.refresh(&Health::of(&node.consensus), node.consensus.metrics());
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.exposition()).into_response()
}

async fn ready(State((node, _)): State<(Node, Metrics)>) -> Response {
    let health = Health::of(&node.consensus);
    let reasons = node.consensus.read(|state| unready(&node, &health, state));
    match reasons.as_slice() {
        [] => "ok\n".into_response(),
        reasons => (StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n").into_response(),
    }
}

/// Returns what keeps the node from doing its part.
fn unready(node: &Node, health: &Health, state: &Ownership) -> Vec<String> {
    let mut reasons = Vec::new();
    if health.leader.is_none() {
        reasons.push("the log has no leader".to_owned());
    }
    if !health.lease_valid {
        reasons.push("the lease has lapsed: no contact with a majority".to_owned());
    }
    if !state.nodes().get(&node.id).is_some_and(migration::ownership::Node::is_up) {
        reasons.push("the node is not registered".to_owned());
    }
    reasons
}

/// A listener whose connections are few and short-lived, whatever the other end does.
struct Bounded {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let place = Arc::clone(&self.places).acquire_owned().await;
            let Ok(place) = place else { continue };
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            let end = Box::pin(tokio::time::sleep(LIFETIME));
            return (Connection { stream, end, _place: place }, peer);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends after [`LIFETIME`].
struct Connection {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn check_end(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.end.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check_end(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_end(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Connections at a time; one more waits.
const MAX_CONNECTIONS: usize = 64;
/// Age at which a connection is closed: a scraper opens another.
const LIFETIME: Duration = Duration::from_secs(60);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
