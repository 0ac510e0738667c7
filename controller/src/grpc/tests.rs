//! At the door of a node, over loopback.

use super::connector::reach;
use super::guarded::Guarded;
use super::*;
use crate::config::Port;
use crate::metrics::Metrics;
use crate::pki::Pki;
use crate::pki::tests::{issue, node, person, pki};
use crate::tls::{ClientMaterial, Identity, Role, Tls};
use migration::NodeId;
use rustls::{ClientConfig, ServerConfig};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_stream::{Stream, StreamExt};

/// A folder with nodes 1 and 2 and the viewer ann.
struct Cluster {
    dir: TempDir,
    _pki: Pki,
}

impl Cluster {
    fn new() -> Self {
        let (dir, pki) = pki();
        for subject in [node(1), node(2), person("ann", Role::Viewer)] {
            issue(&pki, &subject);
        }
        Self { dir, _pki: pki }
    }

    fn node(&self, id: u64) -> Tls {
        Tls::load(&self.dir.path().join(format!("node-{id}")), NodeId(id)).unwrap()
    }

    fn ann(&self) -> Arc<ClientConfig> {
        ClientMaterial::load(&self.dir.path().join("person-ann")).unwrap().config
    }
}

/// A peer port, and who is let in there.
struct Server<S> {
    uri: tonic::codegen::http::Uri,
    metrics: Metrics,
    incoming: S,
}

async fn server(
    places: usize,
    tls: impl Fn() -> Option<Arc<ServerConfig>> + Send + Sync + 'static,
) -> Server<impl Stream<Item = Guarded> + Unpin> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let metrics = Metrics::new();
    let door = Door { port: Port::Peer, tls, places, metrics: metrics.clone() };
    let incoming = door.incoming(listener).map(|connection| connection.unwrap());
    Server { uri, metrics, incoming }
}

impl<S: Stream<Item = Guarded> + Unpin> Server<S> {
    async fn plain(&self) -> TcpStream {
        TcpStream::connect(self.uri.authority().unwrap().as_str()).await.unwrap()
    }

    /// Greets the next connection, as HTTP/2 does.
    async fn greet(&mut self) -> Guarded {
        let mut connection = self.incoming.next().await.unwrap();
        connection.write_all(b"!").await.unwrap();
        connection.flush().await.unwrap();
        connection
    }

    fn failed(&self) -> u64 {
        let exposition = self.metrics.exposition();
        let name = "baton_tls_handshakes_failed_total{port=\"peer\"} ";
        let count = exposition.lines().find_map(|line| line.strip_prefix(name));
        count.map_or(0, |count| count.parse().unwrap())
    }
}

async fn hung_up_on(stream: &mut TcpStream) {
    let read = timeout(Duration::from_secs(30), stream.read(&mut [0])).await;
    assert_eq!(read.expect("an end of the connection").unwrap(), 0);
}

#[tokio::test]
async fn whose_certificate_was_shown_is_known_and_bytes_go_both_ways() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.node(1), cluster.node(2));
    let mut server = server(8, move || Some(one.peers_server())).await;
    let uri = server.uri.clone();
    let dialled = reach(&uri, Some(two.peers_client(Some(NodeId(1)))));
    let (mut here, there) = tokio::join!(server.greet(), dialled);
    assert_eq!(here.caller.identity, Some(Identity::Node(NodeId(2))));
    let mut there = there.unwrap();
    there.write_all(b"?").await.unwrap();
    there.flush().await.unwrap();
    assert_eq!((here.read_u8().await.unwrap(), there.read_u8().await.unwrap()), (b'?', b'!'));
    assert_eq!(server.failed(), 0);
}

#[tokio::test]
async fn strangers_are_refused_counted_and_end_nothing() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let one = cluster.node(1);
    let mut server = server(8, move || Some(one.peers_server())).await;
    let two = cluster.node(2);
    let told = |refused: io::Result<_>| why(&refused.map(drop).unwrap_err());
    for (refused, expected) in [
        (
            reach(&server.uri, Some(cluster.ann())).await,
            "it does not know who signed our certificate",
        ),
        (
            reach(&server.uri, Some(two.peers_client(Some(NodeId(3))))).await,
            "node 1 answers, not node 3",
        ),
        (
            reach(&server.uri, Some(other.node(2).peers_client(None))).await,
            "the certificate is signed by nobody whom we trust here",
        ),
    ] {
        let told = told(refused);
        assert!(told.contains(expected), "{told}");
    }
    // In plain text nobody gets in either, and hears an alert.
    let mut plain = server.plain().await;
    plain.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    assert_eq!(plain.read_u8().await.unwrap(), 21);
    drop(plain);
    let uri = server.uri.clone();
    let (_, well) = tokio::join!(server.greet(), reach(&uri, Some(two.peers_client(None))));
    assert!(well.is_ok());
    assert_eq!(server.failed(), 4);
}

#[tokio::test]
async fn tls_to_a_plain_port_says_so() {
    let cluster = Cluster::new();
    let mut server = server(8, || None).await;
    let uri = server.uri.clone();
    let (mut connection, refused) = tokio::join!(server.greet(), reach(&uri, Some(cluster.ann())));
    assert_eq!(connection.caller.identity, None);
    assert_eq!(why(&refused.map(drop).unwrap_err()), "the other side does not speak TLS");
    // A record of TLS, and nothing else, was sent there (RFC 8446 §5.1).
    assert_eq!(connection.read_u8().await.unwrap(), 22);
}

#[tokio::test]
async fn who_says_nothing_keeps_nobody_waiting_and_is_hung_up_on() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.node(1), cluster.node(2));
    let mut server = server(8, move || Some(one.peers_server())).await;
    let mut silent = server.plain().await;
    let uri = server.uri.clone();
    let (_, well) = tokio::join!(server.greet(), reach(&uri, Some(two.peers_client(None))));
    assert!(well.is_ok());
    assert!(timeout(Duration::from_millis(50), silent.read_u8()).await.is_err(), "it has time");
    hung_up_on(&mut silent).await;
    assert_eq!(server.failed(), 1);
}

#[tokio::test]
async fn places_are_bounded_and_given_back() {
    let mut server = server(1, || None).await;
    let _first = server.plain().await;
    let held = server.incoming.next().await.unwrap();
    let mut second = server.plain().await;
    hung_up_on(&mut second).await;
    drop(held);
    let _third = server.plain().await;
    assert!(server.incoming.next().await.is_some());
}

#[tokio::test]
async fn certificates_are_asked_for_at_each_connection() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.node(1), cluster.node(2));
    let mut server = server(8, move || Some(one.peers_server())).await;
    let asked = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let endpoint = tonic::transport::Endpoint::from_shared(server.uri.to_string()).unwrap();
    let channel = connect_lazy(&endpoint, {
        let asked = Arc::clone(&asked);
        move || {
            asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Some(two.peers_client(None))
        }
    });
    for times in 1..=2 {
        let client = crate::proto::peer::peer_client::PeerClient::new(channel.clone());
        let request = crate::proto::peer::StandingRequest { node: 1 };
        // What greets it is no server of HTTP/2.
        let (_, answer) = tokio::join!(async { drop(server.greet().await) }, async {
            client.clone().standing(request).await
        });
        assert!(answer.is_err());
        assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), times);
    }
}
