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
//!
//! Besides, each direction can have a [`Receiver`], who gets everything as much later as a named distribution
//! says. A chunk never overtakes the one before it.

mod alarm;
mod distribution;
mod pump;
mod receiver;
mod route;
#[cfg(test)]
mod tests;

pub use distribution::Distribution;
pub use receiver::{Delay, Receiver};
pub use route::{Ends, Route, Routes, Special};

use pump::{Pump, passes};
use route::{Line, Way};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

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
        Self::start_routed(target, classify, Arc::new(|_| Route::default())).await
    }

    /// The same, with receivers, by class.
    pub async fn start_routed(
        target: SocketAddr,
        classify: Classify,
        routes: Routes,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accept = accept(listener, target, shared.clone(), classify, routes);
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
    routes: Routes,
) {
    // An accept that fails concerns one connection that was never there.
    loop {
        let Ok((dialler, from)) = listener.accept().await else { continue };
        let class = dialler.local_addr().map_or(0, |to| classify(from, to));
        let shared = shared.clone();
        let (id, mode) = shared.open(class);
        let line = Arc::new(Line::new(routes(class)));
        tokio::spawn(async move {
            // Either end's failure ends the connection, which is all that the other end may know of it.
            let _ = serve(dialler, target, mode, line).await;
            shared.close(id);
        });
    }
}

async fn serve(
    mut dialler: TcpStream,
    target: SocketAddr,
    mut mode: watch::Receiver<Mode>,
    line: Arc<Line>,
) -> io::Result<()> {
    if !passes(&mut mode, Instant::now()).await {
        return dialler.set_zero_linger();
    }
    let mut server = TcpStream::connect(target).await?;
    dialler.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_dialler, to_dialler) = dialler.split();
    let (from_server, to_server) = server.split();
    let pump = |way| Pump { mode: mode.clone(), line: line.clone(), way };
    let there = pump(Way::There).carry(from_dialler, to_server);
    let back = pump(Way::Back).carry(from_server, to_dialler);
    tokio::select! {
        ended = async { tokio::try_join!(there, back) } => ended.map(drop),
        _ = mode.wait_for(|mode| *mode == Mode::Cut) => {
            dialler.set_zero_linger()?;
            server.set_zero_linger()
        }
    }
}
