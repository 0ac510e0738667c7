//! Bytes through proxies.

use super::*;
use crate::wait::wait_until;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(50);

async fn echo_server() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.into_split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    address
}

async fn proxied() -> (Proxy, TcpStream) {
    let proxy = Proxy::start(echo_server().await).await.unwrap();
    let stream = TcpStream::connect(proxy.address()).await.unwrap();
    (proxy, stream)
}

async fn echo(stream: &mut TcpStream, byte: u8) -> io::Result<u8> {
    stream.write_all(&[byte]).await?;
    stream.read_u8().await
}

/// A reset may come while the connection is made, or later.
async fn dial_and_echo(proxy: &Proxy) -> io::Result<u8> {
    echo(&mut TcpStream::connect(proxy.address()).await?, 1).await
}

#[tokio::test]
async fn bytes_pass_both_ways() {
    let (_proxy, mut stream) = proxied().await;
    assert_eq!(echo(&mut stream, 7).await.unwrap(), 7);
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "the end of the stream passes too");
}

#[tokio::test]
async fn a_blackhole_holds_bytes_back_until_it_heals() {
    let (proxy, mut stream) = proxied().await;
    assert_eq!(echo(&mut stream, 1).await.unwrap(), 1);
    proxy.set(Mode::Blackhole);
    stream.write_all(&[2]).await.unwrap();
    assert!(timeout(SHORT, stream.read_u8()).await.is_err(), "nothing passes");
    proxy.set(Mode::Forward);
    assert_eq!(timeout(LONG, stream.read_u8()).await.unwrap().unwrap(), 2);
}

#[tokio::test]
async fn a_cut_resets_what_lives_and_what_comes() {
    let (proxy, mut stream) = proxied().await;
    assert_eq!(echo(&mut stream, 1).await.unwrap(), 1);
    proxy.set(Mode::Cut);
    let error = timeout(LONG, stream.read_u8()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert!(timeout(LONG, dial_and_echo(&proxy)).await.unwrap().is_err());
    wait_until("no connection", LONG, async || match proxy.connections() {
        left if left.is_empty() => Ok(()),
        left => Err(format!("{left:?}")),
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_delay_is_the_least_that_a_byte_takes() {
    let (proxy, mut stream) = proxied().await;
    proxy.set(Mode::Delay(SHORT));
    let start = Instant::now();
    assert_eq!(echo(&mut stream, 1).await.unwrap(), 1);
    assert!(start.elapsed() >= 2 * SHORT, "once each way");
}

#[tokio::test]
async fn one_connection_can_be_cut_alone() {
    let (proxy, mut first) = proxied().await;
    assert_eq!(echo(&mut first, 1).await.unwrap(), 1);
    let mut second = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(echo(&mut second, 2).await.unwrap(), 2);
    assert!(proxy.set_connection(proxy.connections()[0], Mode::Cut));
    assert!(timeout(LONG, first.read_u8()).await.unwrap().is_err());
    assert_eq!(echo(&mut second, 3).await.unwrap(), 3);
}

#[tokio::test]
async fn a_class_can_be_cut_alone_before_and_after_it_connects() {
    let dialled = AtomicU64::new(0);
    let in_turn: Classify = Arc::new(move |_, _| dialled.fetch_add(1, Ordering::Relaxed) % 2);
    let proxy = Proxy::start_classified(echo_server().await, in_turn).await.unwrap();
    let dial = async || TcpStream::connect(proxy.address()).await.unwrap();
    let mut one = dial().await;
    assert_eq!(echo(&mut one, 1).await.unwrap(), 1);
    let mut other = dial().await;
    assert_eq!(echo(&mut other, 1).await.unwrap(), 1);

    proxy.set_class(1, Mode::Cut);
    assert!(timeout(LONG, echo(&mut other, 2)).await.unwrap().is_err());
    assert!(timeout(LONG, dial_and_echo(&proxy)).await.unwrap().is_ok());
    assert!(timeout(LONG, dial_and_echo(&proxy)).await.unwrap().is_err());
    assert_eq!(echo(&mut one, 2).await.unwrap(), 2);
}

#[tokio::test]
async fn one_direction_of_a_class_can_be_silenced_alone() {
    for way in [Way::There, Way::Back] {
        let (proxy, mut stream) = proxied().await;
        assert_eq!(echo(&mut stream, 1).await.unwrap(), 1);
        proxy.set_class_way(0, way, Mode::Blackhole);
        stream.write_all(&[2]).await.unwrap();
        assert!(timeout(SHORT, stream.read_u8()).await.is_err(), "nothing comes back");
        let other = if way == Way::There { Way::Back } else { Way::There };
        proxy.set_class_way(0, other, Mode::Delay(SHORT));
        assert!(timeout(SHORT, stream.read_u8()).await.is_err(), "still nothing");
        proxy.set_class_way(0, way, Mode::Forward);
        assert_eq!(timeout(LONG, stream.read_u8()).await.unwrap().unwrap(), 2);
    }
}

#[tokio::test]
async fn a_reset_ends_what_lives_and_nothing_that_comes() {
    let (proxy, mut stream) = proxied().await;
    assert_eq!(echo(&mut stream, 1).await.unwrap(), 1);
    proxy.reset_class(0);
    assert!(timeout(LONG, stream.read_u8()).await.unwrap().is_err());
    assert_eq!(timeout(LONG, dial_and_echo(&proxy)).await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn a_dropped_proxy_is_gone() {
    let (proxy, mut stream) = proxied().await;
    assert_eq!(echo(&mut stream, 1).await.unwrap(), 1);
    let address = proxy.address();
    drop(proxy);
    assert!(timeout(LONG, stream.read_u8()).await.unwrap().is_err());
    wait_until("the listener's end", LONG, async || match TcpStream::connect(address).await {
        Err(_) => Ok(()),
        Ok(_) => Err("still listening".to_owned()),
    })
    .await
    .unwrap();
}

/// A receiver at each end, both in the way only of connections that say "slow".
async fn routed() -> (Proxy, Receiver, Receiver) {
    let (there, back) = (Receiver::new(1), Receiver::new(2));
    let ends = Ends { there: Some(there.clone()), back: Some(back.clone()) };
    let special = Special { sign: b"slow", ends };
    let route = Route { usual: Ends::default(), special: Some(special) };
    let proxy = Proxy::start_routed(
        echo_server().await,
        Arc::new(|_, _| 0),
        Arc::new(move |_| route.clone()),
    );
    (proxy.await.unwrap(), there, back)
}

#[tokio::test]
async fn each_direction_has_its_own_delay() {
    let (proxy, there, back) = routed().await;
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(b"slow").await.unwrap();
    stream.read_exact(&mut [0; 4]).await.unwrap();
    for (to, fro) in [(SHORT, Duration::ZERO), (Duration::ZERO, SHORT), (SHORT, SHORT)] {
        there.set(Delay { mean: to, ..Delay::default() });
        back.set(Delay { mean: fro, ..Delay::default() });
        let start = Instant::now();
        assert_eq!(echo(&mut stream, 1).await.unwrap(), 1);
        assert!(start.elapsed() >= to + fro);
    }
    assert_eq!((there.errors_us().len(), back.errors_us().len()), (2, 2), "each was booked");
}

#[tokio::test]
async fn a_connection_without_the_sign_is_not_delayed() {
    let (proxy, there, back) = routed().await;
    for receiver in [&there, &back] {
        receiver.set(Delay { mean: LONG, ..Delay::default() });
    }
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(timeout(LONG, echo(&mut stream, 1)).await.unwrap().unwrap(), 1);
    assert_eq!(there.errors_us().len() + back.errors_us().len(), 0);
}

#[tokio::test]
async fn no_byte_overtakes_another_however_delays_are_spread() {
    let (proxy, there, back) = routed().await;
    let mean = Duration::from_micros(300);
    for receiver in [&there, &back] {
        receiver.set(Delay { mean, distribution: Distribution::Pareto, ..Delay::default() });
    }
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(b"slow").await.unwrap();
    stream.read_exact(&mut [0; 4]).await.unwrap();
    let (mut from, mut to) = stream.split();
    let send = async {
        for byte in 0..200 {
            to.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let mut received = [0; 200];
    let (_, read) = tokio::join!(send, timeout(LONG, from.read_exact(&mut received)));
    read.unwrap().unwrap();
    assert!((0..200).eq(received), "{received:?}");
    assert!(there.errors_us().len() > 1, "there was more than one chunk");
}
