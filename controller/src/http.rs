//! Metrics and health over HTTP, for machines that watch a node.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` | every metric, in the OpenMetrics text format |
//! | `/livez` | 200 while the process works |
//! | `/readyz` | 200 while the node can do its part, else 503 with the reasons, one a line |
//! | `/` | this list, as JSON |
//!
//! While a node waits for room on its disk there is nothing behind these but that fact ([`serve_waiting`]).

use crate::admin::{Health, Node};
use crate::disk::Shortage;
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
use std::path::{Path, PathBuf};
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
    axum::serve(Bounded { listener, places, lifetime: LIFETIME }, router(node, metrics)).await
}

/// Answers on `listener` for ever, for a node that waits for room under `dir`.
pub async fn serve_waiting(
    listener: TcpListener,
    dir: PathBuf,
    metrics: Metrics,
) -> io::Result<()> {
    let shortage = |dir: &Path| Shortage::under(dir);
    let (asked, scraped) = (dir.clone(), dir);
    let ready = async move || (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", shortage(&asked)));
    let expose = async move || {
        metrics.disk(shortage(&scraped).free, true);
        ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.exposition())
    };
    let router = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(expose));
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    axum::serve(Bounded { listener, places, lifetime: LIFETIME }, router).await
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
    metrics.disk(node.consensus.free_bytes(), node.consensus.is_disk_full());
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
    if node.consensus.is_held_back() {
        reasons.push("the disk is empty: waiting for the cluster to let this node in".to_owned());
    }
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
    lifetime: Duration,
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let place = Arc::clone(&self.places).acquire_owned().await;
            let Ok(place) = place else { continue };
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            let end = Box::pin(tokio::time::sleep(self.lifetime));
            return (Connection { stream, end, _place: place }, peer);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends at a certain age.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::tests::Bench;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Serves the bench's node, and returns what `GET path` answers: the head, and the body.
    async fn get(bench: &Bench, path: &str) -> (String, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener, bench.node.clone(), Metrics::new()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        server.abort();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_lowercase(), body.to_owned())
    }

    #[tokio::test]
    async fn a_registered_node_with_a_lease_is_ready() {
        let bench = Bench::with_switch().await;
        let (head, body) = get(&bench, "/readyz").await;
        assert_eq!((head.split("\r\n").next(), body.as_str()), (Some("http/1.1 200 ok"), "ok\n"));
    }

    #[tokio::test]
    async fn an_unready_node_says_why_and_is_alive_all_the_same() {
        let bench = Bench::start().await;
        let (head, body) = get(&bench, "/readyz").await;
        assert!(head.starts_with("http/1.1 503"), "{head}");
        assert!(body.ends_with("the node is not registered\n"), "{body}");
        let (head, body) = get(&bench, "/livez").await;
        assert!(head.starts_with("http/1.1 200") && body == "ok\n", "{head}");
    }

    #[tokio::test]
    async fn a_node_without_a_majority_gives_every_reason() {
        let bench = Bench::alone_of_two().await;
        let (_, body) = get(&bench, "/readyz").await;
        let expected = "the log has no leader\n\
                        the lease has lapsed: no contact with a majority\n\
                        the node is not registered\n";
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn metrics_show_the_log_as_it_is_now() {
        let bench = Bench::with_switch().await;
        let (head, body) = get(&bench, "/metrics").await;
        assert!(
            head.contains("content-type: application/openmetrics-text; version=1.0.0"),
            "{head}"
        );
        for line in
            ["baton_lease_valid 1\n", "baton_raft_leader 1\n", "baton_raft_elections_won_total 1\n"]
        {
            assert!(body.contains(line), "{line} in {body}");
        }
        let fsyncs = body.lines().find_map(|it| it.strip_prefix("baton_raft_fsync_seconds_count "));
        assert!(fsyncs.unwrap().parse::<u64>().unwrap() > 0);
    }

    #[tokio::test]
    async fn the_index_names_the_paths_and_others_do_not_exist() {
        let bench = Bench::start().await;
        let (_, body) = get(&bench, "/").await;
        let index: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&index["node"], &index["paths"][1]), (&json!(1), &json!("/livez")));
        assert!(get(&bench, "/etc/passwd").await.0.starts_with("http/1.1 404"));
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let places = Arc::new(Semaphore::new(1));
        let lifetime = Duration::from_millis(50);
        let bounded = Bounded { listener, places, lifetime };
        tokio::spawn(async { axum::serve(bounded, Router::new()).await });
        let mut silent = TcpStream::connect(address).await.unwrap();
        let closed = tokio::time::timeout(Duration::from_secs(10), silent.read(&mut [0])).await;
        assert_eq!(closed.unwrap().unwrap(), 0);
    }
}
