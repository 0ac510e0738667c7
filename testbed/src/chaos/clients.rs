//! Clients that read who owns what and move switches about, all the time, whatever happens.

use super::history::{Event, History, Migrate, Owned, Read};
use super::operator::{Operator, owned};
use crate::seeded::Seeded;
use controller::proto::admin::MigrateRequest;
use migration::ownership::{Protocol, Rule};
use openflow::Dpid;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Running clients; they end with it.
#[derive(Debug)]
pub(super) struct Clients {
    _tasks: JoinSet<()>,
    /// Held for reading during each migration.
    moves: Arc<RwLock<()>>,
}

/// What all clients share.
#[derive(Clone, Debug)]
struct Shared {
    operator: Operator,
    history: History,
    nodes: u64,
    dpids: Vec<Dpid>,
    moves: Arc<RwLock<()>>,
    /// Owners as last read: whom to move a switch away from.
    owners: Arc<Mutex<BTreeMap<Dpid, Owned>>>,
}

impl Clients {
    /// Starts as many readers, and as many who move switches.
    pub(super) fn start(
        operator: &Operator,
        history: &History,
        nodes: u64,
        dpids: &[Dpid],
        (readers, movers): (u64, u64),
        seed: u64,
    ) -> Self {
        let moves = Arc::new(RwLock::new(()));
        let shared = Shared {
            operator: operator.clone(),
            history: history.clone(),
            nodes,
            dpids: dpids.to_vec(),
            moves: moves.clone(),
            owners: Arc::default(),
        };
        let mut tasks = JoinSet::new();
        for number in 0..readers {
            tasks.spawn(read(shared.clone(), Seeded::of(seed, &[READER, number])));
        }
        for number in 0..movers {
            tasks.spawn(migrate(shared.clone(), number, Seeded::of(seed, &[MOVER, number])));
        }
        Self { _tasks: tasks, moves }
    }

    /// Waits until no client moves anything, and lets none begin while the guard lives; reads go on.
    pub(super) async fn pause(&self) -> OwnedRwLockWriteGuard<()> {
        self.moves.clone().write_owned().await
    }
}

async fn read(shared: Shared, mut chance: Seeded) {
    loop {
        let node = shared.any_node(&mut chance);
        let called_us = shared.history.now_us();
        let reply = shared.operator.switches(node, true).await;
        let returned_us = shared.history.now_us();
        match reply {
            Ok(reply) => {
                let switches = owned(&reply);
                shared.learn(&switches);
                shared.history.note(Event::Read(Read { node, called_us, returned_us, switches }));
            }
            Err(status) => {
                let why = format!("{:?}: {}", status.code(), status.message());
                shared.history.note(Event::Unread { node, called_us, why });
            }
        }
        sleep(pause(&mut chance, BETWEEN_READS)).await;
    }
}

async fn migrate(shared: Shared, number: u64, mut chance: Seeded) {
    for nth in 1_u64.. {
        {
            let _moves = shared.moves.read().await;
            let node = shared.any_node(&mut chance);
            let request = shared.request(&mut chance, format!("mover {number}, move {nth}"));
            let Ok(dpid) = request.dpid.parse() else { continue };
            let reason = request.reason.clone();
            let called_us = shared.history.now_us();
            let outcome = shared.operator.migrate(node, request).await;
            let returned_us = shared.history.now_us();
            let asked = Migrate { reason, dpid, node, called_us, returned_us, outcome };
            shared.history.note(Event::Migrate(asked));
        }
        sleep(pause(&mut chance, BETWEEN_MOVES)).await;
    }
}

impl Shared {
    fn any_node(&self, chance: &mut Seeded) -> u64 {
        1 + chance.below(self.nodes as usize) as u64
    }

    fn learn(&self, switches: &[Owned]) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.extend(switches.iter().map(|owned| (owned.dpid, *owned)));
    }

    fn request(&self, chance: &mut Seeded, reason: String) -> MigrateRequest {
        let dpid = self.dpids[chance.below(self.dpids.len())];
        let owner = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = owner.get(&dpid).and_then(|owned| owned.owner);
        let mut others: Vec<u64> = (1..=self.nodes).filter(|node| Some(*node) != owner).collect();
        chance.shuffle(&mut others);
        let (protocol, most) = match chance.below(4) {
            0 => (Protocol::Erc, 1),
            1 => (Protocol::Erc, 2),
            2 => (Protocol::Elasticon, 1),
            _ => (Protocol::Direct, 1),
        };
        others.truncate(most);
        MigrateRequest {
            dpid: dpid.to_string(),
            candidates: others,
            protocol: protocol.name().to_owned(),
            rule: Rule::default().name().to_owned(),
            reason,
            deadline_ms: DEADLINE_MS,
            actor: "chaos".to_owned(),
            ..MigrateRequest::default()
        }
    }
}

/// Returns about this time, so that clients do not keep step.
fn pause(chance: &mut Seeded, about: Duration) -> Duration {
    about.mul_f64(0.5 + chance.unit())
}

/// Set the seeds of clients apart.
const READER: u64 = 0x4ead;
const MOVER: u64 = 0x303e;
const BETWEEN_READS: Duration = Duration::from_millis(120);
const BETWEEN_MOVES: Duration = Duration::from_millis(250);
/// Time to a migration's commit.
pub(super) const DEADLINE_MS: u64 = 2_000;
