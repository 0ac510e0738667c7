//! The sessions that this node has: who speaks for which switch, and how to reach that task.

use crate::handover::HandOver;
use migration::gate::Mode;
use migration::ownership::{Identity, Sighting};
use openflow::{Dpid, GenerationId, Port, Role, Version};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};

/// Every live session of this node, by switch.
#[derive(Debug, Default)]
pub struct Registry {
    sessions: Mutex<BTreeMap<Dpid, Session>>,
    changed: Notify,
}

/// What an operator can see of one session.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// The switch.
    pub dpid: Dpid,
    /// Where its connection comes from.
    pub peer_addr: String,
    /// OpenFlow version that was negotiated.
    pub version: Version,
    /// Role, as the switch last told it.
    pub role: Role,
    /// Generation id, as the switch last told it.
    pub generation: GenerationId,
    /// What this node does with packet-ins.
    pub gate: Mode,
    /// Age of the session.
    pub connected_for: Duration,
    /// Packet-ins received on this session.
    pub packet_ins: u64,
    /// Messages that the fence kept from the switch.
    pub fenced: u64,
    /// Ports that the switch has.
    pub n_ports: usize,
}

/// Something for a session's task to deal with.
#[derive(Debug)]
pub(crate) enum Letter {
    /// A party of a hand-over has sent this.
    HandOver(HandOver),
    /// A second connection claims the same switch: see whether this one is still alive.
    Probe,
    /// Other nodes have sessions with another switch that says the same of itself.
    Stranger,
}

/// What a session's task shows to the rest of the node; written by that task alone.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) peer_addr: String,
    pub(crate) version: Version,
    pub(crate) since: Instant,
    pub(crate) packet_ins: AtomicU64,
    pub(crate) fenced: AtomicU64,
    pub(crate) face: Mutex<Face>,
    /// By what the switch is told from another with the same datapath id.
    pub(crate) identity: Mutex<Identity>,
}

/// The part of a [`Card`] that changes rarely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Face {
    pub(crate) role: Role,
    pub(crate) generation: GenerationId,
    pub(crate) gate: Mode,
    pub(crate) n_ports: usize,
    /// Whether the application has probed the ports.
    pub(crate) probed: bool,
}

#[derive(Clone, Debug)]
struct Session {
    letters: mpsc::Sender<Letter>,
    nudge: Arc<Notify>,
    card: Arc<Card>,
}

/// A session's place in the registry; giving it up takes the session out.
#[derive(Debug)]
pub(crate) struct Claim {
    registry: Arc<Registry>,
    dpid: Dpid,
    pub(crate) letters: mpsc::Receiver<Letter>,
    pub(crate) nudge: Arc<Notify>,
}

/// Letters that may wait for one session's task.
const MAX_LETTERS: usize = 1_024;

impl Registry {
    /// Returns what can be seen of the session with `dpid`.
    pub fn session(&self, dpid: Dpid) -> Option<SessionView> {
        self.lock().get(&dpid).map(|session| session.card.view(dpid))
    }

    /// Returns what can be seen of every session, by switch.
    pub fn all(&self) -> Vec<SessionView> {
        self.lock().iter().map(|(&dpid, session)| session.card.view(dpid)).collect()
    }

    /// Returns what is seen of every session's switch.
    pub(crate) fn present(&self) -> BTreeMap<Dpid, Sighting> {
        self.lock().iter().map(|(&dpid, session)| (dpid, session.card.sighting(dpid))).collect()
    }

    /// Enters a session; `None` while another session with the same switch lives.
    pub(crate) fn claim(self: &Arc<Self>, dpid: Dpid, card: Arc<Card>) -> Option<Claim> {
        let (sender, letters) = mpsc::channel(MAX_LETTERS);
        let nudge = Arc::new(Notify::new());
        let mut sessions = self.lock();
        if sessions.contains_key(&dpid) {
            return None;
        }
        sessions.insert(dpid, Session { letters: sender, nudge: Arc::clone(&nudge), card });
        drop(sessions);
        self.changed.notify_one();
        Some(Claim { registry: Arc::clone(self), dpid, letters, nudge })
    }

    /// Hands `letter` to the session with `dpid`; gives it back if there is none, or it is overwhelmed.
    pub(crate) fn post(&self, dpid: Dpid, letter: Letter) -> Result<(), Letter> {
        let session = self.lock().get(&dpid).cloned();
        match session {
            Some(session) => session.letters.try_send(letter).map_err(|error| error.into_inner()),
            None => Err(letter),
        }
    }

    /// Tells the session with `dpid` that the log has something new about its switch.
    pub(crate) fn nudge(&self, dpid: Dpid) {
        if let Some(session) = self.lock().get(&dpid) {
            session.nudge.notify_one();
        }
    }

    /// Tells every session that the log has something new.
    pub(crate) fn nudge_all(&self) {
        self.lock().values().for_each(|session| session.nudge.notify_one());
    }

    /// Waits until a session has come or gone, or shows something new, since the last wait.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Says that a session's card shows something that the log should know.
    pub(crate) fn touch(&self) {
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Dpid, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.dpid);
        self.registry.changed.notify_one();
    }
}

impl Card {
    pub(crate) fn face(&self) -> Face {
        *self.face.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn show(&self, change: impl FnOnce(&mut Face)) {
        change(&mut self.face.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes note of a port that the switch has told of.
    pub(crate) fn note_port(&self, port: &Port) {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner).note(port);
    }

    fn sighting(&self, dpid: Dpid) -> Sighting {
        let identity = self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Face { generation, probed, .. } = self.face();
        Sighting { dpid, generation, identity, probed }
    }

    fn view(&self, dpid: Dpid) -> SessionView {
        let face = self.face();
        SessionView {
            dpid,
            peer_addr: self.peer_addr.clone(),
            version: self.version,
            role: face.role,
            generation: face.generation,
            gate: face.gate,
            connected_for: self.since.elapsed(),
            packet_ins: self.packet_ins.load(Ordering::Relaxed),
            fenced: self.fenced.load(Ordering::Relaxed),
            n_ports: face.n_ports,
        }
    }
}
