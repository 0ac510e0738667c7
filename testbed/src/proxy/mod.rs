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
pub use route::{Ends, Route, Routes, Special, Way};

use pump::{Pump, passes};
use route::Line;
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

/// What becomes of bytes, each way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Modes {
    there: Mode,
    back: Mode,
}

impl Modes {
    fn both(mode: Mode) -> Self {
        Self { there: mode, back: mode }
    }

    fn of(self, way: Way) -> Mode {
        match way {
            Way::There => self.there,
            Way::Back => self.back,
        }
    }

    fn with(self, way: Way, mode: Mode) -> Self {
        match way {
            Way::There => Self { there: mode, ..self },
            Way::Back => Self { back: mode, ..self },
        }
    }

    /// Returns whether the connection is to end: a reset has no direction.
    fn cuts(self) -> bool {
        self.there == Mode::Cut || self.back == Mode::Cut
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Mode of connections to come, unless their class has its own.
    modes: Modes,
    by_class: BTreeMap<Class, Modes>,
    accepted: u64,
    live: BTreeMap<ConnectionId, Live>,
}

#[derive(Debug)]
struct Live {
    class: Class,
    modes: watch::Sender<Modes>,
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
        state.modes = Modes::both(mode);
        state.by_class.clear();
        for connection in state.live.values() {
            connection.modes.send_replace(Modes::both(mode));
        }
    }

    /// Sets the mode of every connection of one class, those to come included.
    pub fn set_class(&self, class: Class, mode: Mode) {
        self.change_class(class, |_| Modes::both(mode));
    }

    /// Does the same for one direction.
    pub fn set_class_way(&self, class: Class, way: Way, mode: Mode) {
        self.change_class(class, |modes| modes.with(way, mode));
    }

    fn change_class(&self, class: Class, change: impl Fn(Modes) -> Modes) {
        let mut state = self.shared.lock();
        let modes = change(state.by_class.get(&class).copied().unwrap_or(state.modes));
        state.by_class.insert(class, modes);
        for connection in state.live.values().filter(|connection| connection.class == class) {
            connection.modes.send_if_modified(|old| std::mem::replace(old, modes) != modes);
        }
    }

    /// Resets the connections of one class; others may be made at once.
    pub fn reset_class(&self, class: Class) {
        let state = self.shared.lock();
        for connection in state.live.values().filter(|connection| connection.class == class) {
            connection.modes.send_replace(Modes::both(Mode::Cut));
        }
    }

    /// Sets the mode of one connection; returns whether it is still there.
    pub fn set_connection(&self, id: ConnectionId, mode: Mode) -> bool {
        let state = self.shared.lock();
        let modes = Modes::both(mode);
        state.live.get(&id).map(|connection| connection.modes.send_replace(modes)).is_some()
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

    fn open(&self, class: Class) -> (ConnectionId, watch::Receiver<Modes>) {
        let mut state = self.lock();
        let id = ConnectionId(state.accepted);
        state.accepted += 1;
        let modes = state.by_class.get(&class).copied().unwrap_or(state.modes);
        let (modes, receiver) = watch::channel(modes);
        state.live.insert(id, Live { class, modes });
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
        let (id, modes) = shared.open(class);
        let line = Arc::new(Line::new(routes(class)));
        tokio::spawn(async move {
            // Either end's failure ends the connection, which is all that the other end may know of it.
            let _ = serve(dialler, target, modes, line).await;
            shared.close(id);
        });
    }
}

async fn serve(
    mut dialler: TcpStream,
    target: SocketAddr,
    mut modes: watch::Receiver<Modes>,
    line: Arc<Line>,
) -> io::Result<()> {
    if !passes(&mut modes, Way::There, Instant::now()).await {
        return dialler.set_zero_linger();
    }
    let mut server = TcpStream::connect(target).await?;
    dialler.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_dialler, to_dialler) = dialler.split();
    let (from_server, to_server) = server.split();
    let pump = |way| Pump { modes: modes.clone(), line: line.clone(), way };
    let there = pump(Way::There).carry(from_dialler, to_server);
    let back = pump(Way::Back).carry(from_server, to_dialler);
    tokio::select! {
        ended = async { tokio::try_join!(there, back) } => ended.map(drop),
        _ = modes.wait_for(|modes| modes.cuts()) => {
            dialler.set_zero_linger()?;
            server.set_zero_linger()
        }
    }
}
