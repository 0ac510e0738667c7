//! Virtual switches behind real sockets: each dials its controllers, and raises numbered packet-ins.
//!
//! ```text
//!  controller 1 <--> connection task --+
//!  controller 2 <--> connection task --+--> Core (a lock): vswitch::Switch, Ledger, queues to write
//!  controller 3 <--> connection task --+      ^
//!                     traffic, clock tasks ---+
//! ```
//!
//! The lock makes one order of everything that the switch hears and says, as in a real one.

mod chronicle;
mod connection;
mod core;
#[cfg(test)]
mod tests;
mod watch;

pub use self::core::Deeds;
pub use chronicle::{Act, Deed};
pub use watch::{Moment, What};

use self::core::Core;
use crate::numbered::Numbered;
use crate::oracle::{Ledger, Report, Tally};
use crate::vswitch::{ConnectionId, DEFAULT_SERIAL, Switch};
use crate::wait::{Failure, wait_until};
use openflow::{Dpid, PortNo, Role, Version};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// A running virtual switch; dropping it closes its connections.
#[derive(Debug)]
pub struct VirtualSwitch {
    dpid: Dpid,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

/// What a virtual switch is like.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    /// Its identity.
    pub dpid: Dpid,
    /// Host ports, numbered from 1.
    pub ports: u32,
    /// Where its controllers listen; they are numbered from 1 in this order.
    pub controllers: Vec<SocketAddr>,
    /// OpenFlow versions that it speaks.
    pub versions: Vec<Version>,
    /// Whether it tells controllers of each other, as OpenFlow 1.5 has it.
    pub tells_controllers: bool,
    /// Part of its ports' addresses.
    pub serial: u8,
}

impl Options {
    /// Returns a switch with four host ports that speaks OpenFlow 1.3, 1.4 and 1.5.
    pub fn new(dpid: u64, controllers: Vec<SocketAddr>) -> Self {
        Self {
            dpid: Dpid(dpid),
            ports: 4,
            controllers,
            versions: vec![Version::V1_3, Version::V1_4],
            tells_controllers: false,
            serial: DEFAULT_SERIAL,
        }
    }
}

impl VirtualSwitch {
    /// Starts the switch; it dials its controllers until it is dropped.
    pub fn start(options: Options) -> Self {
        let switch = Switch::new(options.dpid, options.ports)
            .with_serial(options.serial)
            .with_versions(&options.versions)
            .with_controller_status(options.tells_controllers);
        let shared = Arc::new(Shared::new(Core::new(switch)));
        let mut tasks = JoinSet::new();
        for (number, address) in (1..).zip(options.controllers) {
            tasks.spawn(connection::keep(ConnectionId(number), address, shared.clone()));
        }
        tasks.spawn(raise_at_rate(shared.clone()));
        tasks.spawn(tell_time(shared.clone()));
        Self { dpid: options.dpid, shared, _tasks: tasks }
    }

    /// Returns the switch's identity.
    pub fn dpid(&self) -> Dpid {
        self.dpid
    }

    /// Raises this many numbered packet-ins a second from now on; 0 stops.
    pub fn set_rate(&self, per_second: u64) {
        self.shared.lock().set_rate(per_second, self.shared.now());
    }

    /// Returns in words what was never answered: how many, how long ago, and who was sent the last of them.
    pub fn missing(&self) -> String {
        let now = self.now().as_micros() as u64;
        let core = self.shared.lock();
        let all: Vec<_> = core.ledger().unanswered().collect();
        let Some((&(first, _), &(last, hearers))) = all.first().zip(all.last()) else {
            return String::new();
        };
        let ms_ago = |at: u64| now.saturating_sub(at) / 1_000;
        let (n, from, to) = (all.len(), ms_ago(first), ms_ago(last));
        format!("; {n} missing from {from} to {to} ms ago, the last sent to {hearers:?}")
    }

    /// Returns how long after `at` the first answer came to a packet-in that was raised later, if one came.
    pub fn answered_after(&self, at: Duration) -> Option<Duration> {
        let (ledger, since) = (self.ledger(), at.as_micros() as u64);
        let later = |number| ledger.raised_at(number).is_some_and(|raised| raised > since);
        let is_answer = |moment: &Moment| match moment.what {
            What::Answer(number) => later(number),
            _ => false,
        };
        self.moments().into_iter().find(is_answer).map(|answer| answer.at - at)
    }

    /// Looks at the switch itself.
    pub fn look<R>(&self, at: impl FnOnce(&Switch) -> R) -> R {
        at(self.shared.lock().switch())
    }

    /// Returns the number of the controller that is master.
    pub fn master(&self) -> Option<u64> {
        self.look(Switch::master).map(|id| id.0)
    }

    /// Returns the number of a controller that is `EQUAL`.
    fn equal(&self) -> Option<u64> {
        (1..=MOST_CONTROLLERS).find(|&controller| self.role(controller) == Some(Role::Equal))
    }

    /// Returns the role that a controller has at the switch; nothing if it is not connected.
    pub fn role(&self, controller: u64) -> Option<Role> {
        self.look(|switch| switch.role(ConnectionId(controller)))
    }

    /// Returns what a controller has done to the switch.
    pub fn deeds(&self, controller: u64) -> Deeds {
        self.shared.lock().deeds(ConnectionId(controller))
    }

    /// Returns every claim and every write that the switch has accepted, in its order.
    pub fn chronicle(&self) -> Vec<Deed> {
        self.shared.lock().chronicle()
    }

    /// Returns how long the switch has been running, the clock of [`Deeds`].
    pub fn now(&self) -> Duration {
        self.shared.now()
    }

    /// Returns how many packet-ins wait for their first answer.
    pub fn waiting(&self) -> u64 {
        self.shared.lock().ledger().waiting()
    }

    /// Returns how many packet-ins were answered.
    pub fn answered(&self) -> u64 {
        self.shared.lock().ledger().answers()
    }

    /// Returns the counts of the books.
    pub fn tally(&self) -> Tally {
        self.shared.lock().ledger().tally()
    }

    /// Lets a frame come in from each of `hosts`, which are on no books, so that they are learnt.
    pub fn announce(&self, hosts: std::ops::Range<u64>) {
        let now = self.shared.now();
        hosts.for_each(|host| self.shared.lock().announce(host, now));
    }

    /// Returns a copy of the books.
    pub fn ledger(&self) -> Ledger {
        self.shared.lock().ledger().clone()
    }

    /// Closes the books and opens new ones, whose numbers go on; returns the old ones.
    pub fn open_books(&self) -> Ledger {
        self.shared.lock().open_books()
    }

    /// Has `act` done at the first moment that is `wanted`, before the switch answers; drop the receiver to
    /// give the trap up.
    pub fn trap(
        &self,
        wanted: impl FnMut(&Moment) -> bool + Send + 'static,
        act: impl FnOnce() + Send + 'static,
    ) -> oneshot::Receiver<Moment> {
        self.shared.lock().watch().set(Box::new(wanted), Box::new(act))
    }

    /// Returns what controllers asked for since the books were opened, the latest 131,072 of it.
    pub fn moments(&self) -> Vec<Moment> {
        self.shared.lock().watch().moments()
    }

    /// Forgets flows, generation id and connections, as a switch that lost its power.
    pub fn restart(&self) {
        self.shared.lock().restart(self.shared.now());
    }

    /// Brings a port's link up or down.
    pub fn set_port(&self, port: u32, up: bool) {
        self.shared.lock().set_port(PortNo(port), up);
    }

    /// Waits until a controller is master, or `EQUAL` in a group without one, and packet-ins are answered; returns its
    /// number.
    ///
    /// A controller may well answer none at first: one that finds links must not flood before it knows them.
    pub async fn ready(&self, limit: Duration) -> Result<u64, Failure> {
        let what = format!("an answer to switch {}", self.dpid);
        let before = self.shared.lock().trials_answered();
        wait_until(&what, limit, async || {
            self.shared.lock().try_out(self.shared.now());
            let answered = self.shared.lock().trials_answered() > before;
            match self.master().or_else(|| self.equal()) {
                Some(controller) if answered => Ok(controller),
                controller => Err(format!("in charge {controller:?}, answered {answered}")),
            }
        })
        .await
    }

    /// Stops the traffic and waits until every packet-in is answered, and for a while nothing more comes.
    pub async fn settle(&self, limit: Duration) -> Result<(), Failure> {
        self.set_rate(0);
        let mut quiet_since = (self.shared.lock().answers_seen(), Instant::now());
        let waited = wait_until("all answers", limit, async || {
            let seen = self.shared.lock().answers_seen();
            if seen != quiet_since.0 {
                quiet_since = (seen, Instant::now());
            }
            let missing = self.shared.lock().ledger().missing(8);
            if !missing.is_empty() {
                return Err(format!("{} packet-ins wait, such as {missing:?}", self.waiting()));
            }
            if quiet_since.1.elapsed() < QUIET {
                Err("answers still come".to_owned())
            } else {
                Ok(())
            }
        });
        waited.await
    }

    /// Stops the traffic and waits until everything is answered, or no answer has come for `quiet`.
    pub async fn calm_down(&self, quiet: Duration) {
        self.set_rate(0);
        let mut last = (self.shared.lock().answers_seen(), Instant::now());
        loop {
            let seen = self.shared.lock().answers_seen();
            if seen != last.0 {
                last = (seen, Instant::now());
            }
            let patience = if self.waiting() == 0 { QUIET.min(quiet) } else { quiet };
            if last.1.elapsed() >= patience {
                return;
            }
            tokio::time::sleep(BETWEEN_PACKETS * 20).await;
        }
    }

    /// Returns the oracle's verdict over some switches, at this moment.
    pub fn verdict<'a>(switches: impl IntoIterator<Item = &'a Self>) -> Report {
        let ledgers: Vec<Ledger> = switches.into_iter().map(Self::ledger).collect();
        Report::of(&ledgers)
    }
}

/// What the tasks of a switch share.
#[derive(Debug)]
struct Shared {
    started: Instant,
    core: Mutex<Core>,
}

impl Shared {
    fn new(core: Core) -> Self {
        Self { started: Instant::now(), core: Mutex::new(core) }
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

async fn raise_at_rate(shared: Arc<Shared>) {
    let mut clock = interval(BETWEEN_PACKETS);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        clock.tick().await;
        let mut core = shared.lock();
        let source = core.switch().dpid().0;
        for _ in 0..core.due(shared.now()) {
            let packet = Numbered { source, number: core.ledger().next_number() };
            core.raise(packet, shared.now());
        }
    }
}

async fn tell_time(shared: Arc<Shared>) {
    let mut clock = interval(BETWEEN_TICKS);
    loop {
        clock.tick().await;
        shared.lock().tick(shared.now());
    }
}

/// Numbers of controllers that are looked at.
const MOST_CONTROLLERS: u64 = 16;
const BETWEEN_PACKETS: Duration = Duration::from_millis(1);
const BETWEEN_TICKS: Duration = Duration::from_millis(250);
/// How long no answer may come before a run counts as over: duplicates come late.
const QUIET: Duration = Duration::from_millis(500);
