//! A TCP proxy whose connections can be slowed, silenced and cut: partitions without root.
//!
//! ```text
//! dialler --> | listener  task: read, stamp --> bounded queue --> task: wait for the mode, write | --> target
//!             |                     and the same the other way                                   |
//! ```
//!
//! Connections belong to classes, such as "dialled by node 2", so that one proxy in front of a node can treat
//! each of the others differently.
//!
//! A blackhole holds bytes back instead of losing them: when it heals they arrive, as TCP's own
//! retransmissions would. The queues are bounded, so a held sender soon feels back-pressure.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// A proxy in front of one target; dropping it cuts all its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: AbortHandle,
}

/// What becomes of bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mode {
    /// They pass.
    #[default]
    Forward,
    /// They pass, this much later.
    Delay(Duration),
    /// They are held back, and connections stay: half-open, as behind a router that died.
    Blackhole,
    /// Connections are reset, and new ones are too.
    Cut,
}

/// Number of a connection through a proxy, counted from 0.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId(pub u64);

/// Kind of a connection, in the words of whoever classifies.
pub type Class = u64;

/// Tells the class of a connection by the addresses of its dialler and of the proxy.
pub type Classify = Arc<dyn Fn(SocketAddr, SocketAddr) -> Class + Send + Sync>;

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Mode of connections to come, unless their class has its own.
    mode: Mode,
    by_class: BTreeMap<Class, Mode>,
    accepted: u64,
    live: BTreeMap<ConnectionId, Live>,
}

#[derive(Debug)]
struct Live {
    class: Class,
    mode: watch::Sender<Mode>,
}

impl Proxy {
    /// Listens on a loopback port that the kernel chooses, and forwards to `target`; there is one class, 0.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        Self::start_classified(target, Arc::new(|_, _| 0)).await
    }

    /// The same, with classes.
    pub async fn start_classified(target: SocketAddr, classify: Classify) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accept = accept(listener, target, shared.clone(), classify);
        Ok(Self { address, shared, task: tokio::spawn(accept).abort_handle() })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the mode of every connection, those to come included.
    pub fn set(&self, mode: Mode) {
        let mut state = self.shared.lock();
        state.mode = mode;
        state.by_class.clear();
        for connection in state.live.values() {
            connection.mode.send_replace(mode);
        }
    }

    /// Sets the mode of every connection of one class, those to come included.
    pub fn set_class(&self, class: Class, mode: Mode) {
        let mut state = self.shared.lock();
        state.by_class.insert(class, mode);
        for connection in state.live.values().filter(|connection| connection.class == class) {
            connection.mode.send_replace(mode);
        }
    }

    /// Sets the mode of one connection; returns whether it is still there.
    pub fn set_connection(&self, id: ConnectionId, mode: Mode) -> bool {
        let state = self.shared.lock();
        state.live.get(&id).map(|connection| connection.mode.send_replace(mode)).is_some()
    }

    /// Returns the live connections, the oldest first.
    pub fn connections(&self) -> Vec<ConnectionId> {
        self.shared.lock().live.keys().copied().collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.set(Mode::Cut);
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, class: Class) -> (ConnectionId, watch::Receiver<Mode>) {
        let mut state = self.lock();
        let id = ConnectionId(state.accepted);
        state.accepted += 1;
        let mode = state.by_class.get(&class).copied().unwrap_or(state.mode);
        let (mode, receiver) = watch::channel(mode);
        state.live.insert(id, Live { class, mode });
        (id, receiver)
    }

    fn close(&self, id: ConnectionId) {
        self.lock().live.remove(&id);
    }
}

async fn accept(
    listener: TcpListener,
    target: SocketAddr,
    shared: Arc<Shared>,
    classify: Classify,
) {
    // An accept that fails concerns one connection that was never there.
    loop {
        let Ok((dialler, from)) = listener.accept().await else { continue };
        let class = dialler.local_addr().map_or(0, |to| classify(from, to));
        let shared = shared.clone();
        let (id, mode) = shared.open(class);
        tokio::spawn(async move {
            // Either end's failure ends the connection, which is all that the other end may know of it.
            let _ = serve(dialler, target, mode).await;
            shared.close(id);
        });
    }
}

async fn serve(
    mut dialler: TcpStream,
    target: SocketAddr,
    mut mode: watch::Receiver<Mode>,
) -> io::Result<()> {
    if !passes(&mut mode, Instant::now()).await {
        return dialler.set_zero_linger();
    }
    let mut server = TcpStream::connect(target).await?;
    dialler.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_dialler, to_dialler) = dialler.split();
    let (from_server, to_server) = server.split();
    let there = pump(from_dialler, to_server, mode.clone());
    let back = pump(from_server, to_dialler, mode.clone());
    tokio::select! {
        ended = async { tokio::try_join!(there, back) } => ended.map(drop),
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => {
            dialler.set_zero_linger()?;
            server.set_zero_linger()
        }
    }
}

/// Carries one direction until its end of stream; after a cut, leaves the ending to the caller.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut mode: watch::Receiver<Mode>,
) -> io::Result<()> {
    let (sender, mut queue) = mpsc::channel::<(Instant, Vec<u8>)>(QUEUED_CHUNKS);
    let read = async move {
        let mut buffer = vec![0; CHUNK];
        loop {
            let length = from.read(&mut buffer).await?;
            let chunk = (Instant::now(), buffer[..length].to_vec());
            if length == 0 || sender.send(chunk).await.is_err() {
                return io::Result::Ok(());
            }
        }
    };
    let write = async move {
        while let Some((stamp, chunk)) = queue.recv().await {
            if !passes(&mut mode, stamp).await {
                return std::future::pending().await;
            }
            to.write_all(&chunk).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(read, write).map(drop)
}

/// Waits until bytes that came at `stamp` may pass; returns `false` if they never will.
async fn passes(mode: &mut watch::Receiver<Mode>, stamp: Instant) -> bool {
    loop {
        let now = *mode.borrow_and_update();
        let changed = match now {
            Mode::Forward => return true,
            Mode::Cut => return false,
            Mode::Delay(delay) => tokio::select! {
                () = sleep_until(stamp + delay) => return true,
                changed = mode.changed() => changed,
            },
            Mode::Blackhole => mode.changed().await,
        };
        if changed.is_err() {
            return false;
        }
    }
}

const CHUNK: usize = 16 << 10;
const QUEUED_CHUNKS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait::wait_until;
    use std::sync::atomic::{AtomicU64, Ordering};
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
}
