//! Four controllers and a switch that is some way off from each of them.
//!
//! ```text
//!            +-- 20 ms -- the candidate that is to win
//!   switch --+-- 30 ms -- the source, and who takes no part
//!            +-- 60 ms -- the candidate that is to lose
//! ```
//!
//! The way makes a hand-over long enough to be hit between any two of its messages, and decides the race.

use super::plan::{Case, Fault, Victim};
use crate::cluster::{self, Cluster, Migrated, Seen};
use crate::proxy::{Mode, Proxy};
use crate::switches::{self, VirtualSwitch};
use crate::wait::{Failure, wait_until};
use migration::ownership::Protocol;
use openflow::{Match, PortNo, Role, key};
use std::path::PathBuf;
use std::time::Duration;

/// A cluster, a switch, and the ways between them.
#[derive(Debug)]
pub struct Lab {
    // The switch goes first, so that nodes do not log its loss.
    pub(super) switch: VirtualSwitch,
    ways: Vec<Proxy>,
    pub(super) cluster: Cluster,
}

/// Who plays which part; numbers of nodes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Cast {
    pub(super) source: u64,
    pub(super) winner: u64,
    pub(super) loser: u64,
    pub(super) leader: u64,
    /// Whom the fault befalls.
    pub(super) victim: Option<u64>,
    /// A node that nothing befalls.
    pub(super) witness: u64,
}

impl Cast {
    /// Returns the parts of a case; `turn` chooses among those that could be.
    fn new(case: &Case, leader: u64, turn: u64) -> Self {
        let others: Vec<u64> = (1..=NODES).filter(|&node| node != leader).collect();
        let other = |at: u64| others[((turn + at) % (NODES - 1)) as usize];
        let leads = case.victim == Victim::LeadingSource;
        let source = if leads { leader } else { other(0) };
        let (winner, loser) = (other(1), other(2));
        let victim = match case.victim {
            Victim::Source | Victim::LeadingSource => Some(source),
            Victim::Winner => Some(winner),
            Victim::Loser => Some(loser),
            Victim::Leader => Some(leader),
            Victim::Nobody => None,
        };
        let parties = [other(0), winner, loser, leader];
        let witness = parties.into_iter().find(|&node| Some(node) != victim && node != source);
        Self { source, winner, loser, leader, victim, witness: witness.unwrap_or(leader) }
    }

    fn way(&self, node: u64) -> Mode {
        let millis = match node {
            node if node == self.winner => 20,
            node if node == self.loser => 60,
            _ => 30,
        };
        Mode::Delay(Duration::from_millis(millis))
    }
}

impl Lab {
    /// Starts everything and waits until a node answers for the switch.
    pub async fn start(baton: Option<PathBuf>, extra: &str) -> Result<Self, Failure> {
        let extra = format!("{extra}\n[lab]\nunsafe_protocols = true\n");
        let base = cluster::Options::default();
        let options = cluster::Options { nodes: NODES, proxied: true, baton, extra, ..base };
        let cluster = Cluster::start(options).await?;
        let mut ways = vec![];
        for address in cluster.controllers() {
            let way = Proxy::start(address).await;
            ways.push(way.map_err(|e| Failure::new("start a proxy", e))?);
        }
        let controllers = ways.iter().map(Proxy::address).collect();
        let switch = VirtualSwitch::start(switches::Options::new(1, controllers));
        let lab = Self { switch, ways, cluster };
        lab.serves().await?;
        Ok(lab)
    }

    /// Keeps the directory of logs and data, and returns its path.
    pub fn keep(&mut self) -> Option<PathBuf> {
        self.cluster.keep()
    }

    /// Waits until the switch is connected to every node, and its owner answers.
    pub(super) async fn serves(&self) -> Result<(), Failure> {
        let everywhere =
            |seen: &Seen| seen.owner.is_some() && seen.connected.len() == NODES as usize;
        let what = "owned and connected to every node";
        self.cluster.wait_for_switch(self.switch.dpid(), what, LONG, everywhere).await?;
        self.switch.ready(LONG).await?;
        Ok(())
    }

    /// Brings everybody into the place that `case` needs, and returns who is who.
    pub(super) async fn cast(&self, case: &Case, turn: u64) -> Result<Cast, Failure> {
        self.way_is(|_| Mode::Forward);
        let cast = Cast::new(case, self.cluster.leader().await?, turn);
        self.without_peers().await?;
        let hot = matches!(case.protocol, Protocol::ErcM2sE2m | Protocol::ErcM2eE2m);
        if hot {
            self.place_at(cast.winner).await?;
            self.move_by(Protocol::ErcM2eS2m, cast.source).await?;
        } else {
            self.place_at(cast.source).await?;
        }
        self.agrees().await?;
        self.way_is(|node| cast.way(node));
        Ok(cast)
    }

    /// Moves the switch until its owner is its master, and no other node is to be `EQUAL`.
    async fn without_peers(&self) -> Result<(), Failure> {
        loop {
            let seen = self.seen().await?;
            let Some(owner) = seen.owner else { return Ok(()) };
            match seen.equals.iter().find(|&&node| node != owner) {
                Some(&peer) => self.place_at(peer).await?,
                None if seen.equals.is_empty() => return Ok(()),
                None => self.place_at(owner % NODES + 1).await?,
            }
        }
    }

    async fn place_at(&self, node: u64) -> Result<(), Failure> {
        if self.seen().await?.owner == Some(node) {
            return Ok(());
        }
        self.move_by(Protocol::Erc, node).await
    }

    async fn move_by(&self, protocol: Protocol, to: u64) -> Result<(), Failure> {
        let to_text = to.to_string();
        let how = ["--to", &to_text, "--protocol", protocol.name()];
        // A lease that lapses on a busy machine aborts a hand-over, which is not what is tried here.
        wait_until("everybody in their places", LONG, async || {
            let moved = self.cluster.migrate_by(self.switch.dpid(), &how).await;
            let owner = self.seen().await.map_err(|e| e.to_string())?.owner;
            if owner == Some(to) { Ok(()) } else { Err(format!("{moved:?}")) }
        })
        .await?;
        self.agrees().await
    }

    async fn seen(&self) -> Result<Seen, Failure> {
        self.cluster.switch(self.switch.dpid()).await
    }

    fn way_is(&self, mode: impl Fn(u64) -> Mode) {
        for (node, way) in (1..).zip(&self.ways) {
            way.set(mode(node));
        }
    }

    /// Opens the case's migration by asking `cast`'s witness.
    pub(super) async fn open(&self, case: &Case, cast: &Cast) -> Result<Migrated, Failure> {
        let (winner, loser) = (cast.winner.to_string(), cast.loser.to_string());
        let both = format!("{winner},{loser}");
        let alone = matches!(
            case.protocol,
            Protocol::Direct | Protocol::Naive | Protocol::ErcM2sE2m | Protocol::ErcM2eE2m
        );
        let to = if alone { ["--to", &winner] } else { ["--candidates", &both] };
        let name = case.protocol.name();
        let how = [&to[..], &["--protocol", name, "--timeout", "5s"]].concat();
        self.cluster.open_migration_at(cast.witness, self.switch.dpid(), &how).await
    }

    /// Lets a fault begin that is not a process's.
    pub(super) async fn begin(&self, fault: Fault, cast: &Cast, id: u64) -> Result<(), Failure> {
        match (fault, cast.victim) {
            (Fault::Channel, Some(node)) => self.ways[node as usize - 1].set(Mode::Cut),
            (Fault::Isolate, Some(node)) => self.cluster.isolate(node)?,
            (Fault::Sever, _) => {
                self.cluster.link(cast.source, cast.winner, Mode::Blackhole)?;
                self.cluster.link(cast.winner, cast.source, Mode::Blackhole)?;
            }
            (Fault::NoMajority, _) => {
                self.cluster.ids().try_for_each(|node| self.cluster.isolate(node))?;
            }
            (Fault::SwitchRestart, _) => self.switch.restart(),
            (Fault::Cancel, _) => {
                // Refused after the commit, which is as it should be.
                let cancel = ["migration", "cancel", &id.to_string()];
                self.cluster.baton_at(cast.witness, &cancel).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends what [`Self::begin`] began.
    pub(super) fn end(&self, cast: &Cast) {
        self.cluster.heal();
        self.way_is(|node| cast.way(node));
    }

    /// Waits until the migration is over, as the witness tells, and returns its record.
    pub(super) async fn over(
        &self,
        cast: &Cast,
        id: u64,
        limit: Duration,
    ) -> Result<Migrated, Failure> {
        wait_until(&format!("the end of migration {id}"), limit, async || {
            let asked = self.cluster.migration_at(cast.witness, id).await;
            let record = asked.map_err(|e| e.to_string())?;
            if record.outcome.is_some() { Ok(record) } else { Err(record.state) }
        })
        .await
    }

    /// Waits until log and switch agree about every node's role, and nothing of a hand-over is left there.
    pub(super) async fn agrees(&self) -> Result<(), Failure> {
        wait_until("log and switch to agree, and no residue", LONG, async || {
            let seen = self.seen().await.map_err(|e| e.to_string())?;
            let owner = seen.owner.ok_or("no owner")?;
            for node in 1..=NODES {
                let wanted = match node {
                    node if seen.equals.contains(&node) => Role::Equal,
                    node if node == owner => Role::Master,
                    _ => Role::Slave,
                };
                let role = self.switch.role(node);
                if role != Some(wanted) {
                    return Err(format!("node {node} is {role:?}, to be {wanted:?}: {seen:?}"));
                }
            }
            let generation = self.switch.look(|switch| switch.generation());
            if seen.equals.is_empty() && generation.map(|g| g.0) != Some(seen.token) {
                return Err(format!("the switch's generation is {generation:?}: {seen:?}"));
            }
            let own = Match::any().with(key::IN_PORT, PortNo::CONTROLLER);
            let marked = self.switch.look(|s| s.flows().iter().any(|flow| flow.fields == own));
            if marked { Err("a marker's flow is left".to_owned()) } else { Ok(()) }
        })
        .await
    }
}

/// Nodes of the cluster: three that take part, and one that leads the log or stands by.
pub(super) const NODES: u64 = 4;
/// For what should take a second.
pub(super) const LONG: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::super::plan::Phase;
    use super::*;

    #[test]
    fn parts_are_four_nodes_and_the_witness_is_spared() {
        for (victim, leader, turn) in Victim::NODES
            .into_iter()
            .flat_map(|victim| (1..=4).flat_map(move |l| (0..7).map(move |t| (victim, l, t))))
        {
            let phase = Phase::all(Protocol::Erc)[0];
            let case = Case { protocol: Protocol::Erc, victim, fault: Fault::Kill, phase };
            let cast = Cast::new(&case, leader, turn);
            let parties = std::collections::BTreeSet::from([cast.source, cast.winner, cast.loser]);
            assert_eq!(parties.len(), 3, "{cast:?}");
            assert_eq!(cast.source == leader, victim == Victim::LeadingSource, "{cast:?}");
            assert_ne!(Some(cast.witness), cast.victim);
            let leads = matches!(victim, Victim::Leader | Victim::LeadingSource);
            assert_eq!(cast.victim == Some(leader), leads, "{cast:?}");
        }
    }
}
