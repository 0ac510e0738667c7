//! One cluster, one switch, and everything that can be done to them between two hand-overs.

use super::bridge::Bridge;
use super::cell::{Cell, Conditions};
use super::chance::Draw;
use super::floor::{Commits, Floor};
use super::plan::Stage;
use super::preparation::{Preparation, Roles};
use super::run::Request;
use super::sample::{Sample, Trouble};
use super::study::is_sound;
use super::subject::Subject;
use crate::cluster::{self, Cluster, Migrated, Network, Seen};
use crate::oracle::Tally;
use crate::proxy::Delay;
use crate::switches::{self, VirtualSwitch};
use crate::wait::Failure;
use hdrhistogram::Histogram;
use openflow::Role;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A running stage.
#[derive(Debug)]
pub(super) struct Lab {
    // The switch goes first, so that nodes do not log its loss.
    pub(super) subject: Subject,
    pub(super) cluster: Cluster,
    network: Network,
    seed: u64,
    hosts: u64,
    announced: Option<Instant>,
    owner: Option<u64>,
    /// Counts up to the last hand-over's end.
    pub(super) counted: Tally,
}

/// What one turn came to.
#[derive(Debug)]
pub(super) struct Turnout {
    /// The sample, or why there is none.
    pub(super) sample: Result<Sample, Failure>,
    /// What the oracle counted, with or without a sample.
    pub(super) trouble: Trouble,
}

impl Lab {
    pub(super) async fn start(stage: &Stage, request: &Request) -> Result<Self, Failure> {
        let network = Network::new(stage.nodes, request.seed);
        let delayed = request.cells.iter().any(|cell| cell.conditions.is_delayed());
        let unsound = request.cells.iter().any(|cell| cell.protocol.name() == "naive");
        let extra = if unsound { "[lab]\nunsafe_protocols = true\n" } else { "" };
        let options = cluster::Options {
            nodes: stage.nodes,
            network: delayed.then(|| network.clone()),
            place: request.place.clone(),
            baton: request.baton.clone(),
            extra: extra.to_owned(),
            ..cluster::Options::default()
        };
        let cluster = Cluster::start(options).await?;
        let subject = if request.ovs {
            Subject::Bridge(Bridge::start(&cluster.controllers()).await?)
        } else {
            let options = switches::Options::new(DPID, cluster.controllers());
            Subject::Virtual(VirtualSwitch::start(options))
        };
        let (seed, hosts, counted) = (request.seed, stage.hosts, Tally::default());
        let mut lab =
            Self { subject, cluster, network, seed, hosts, announced: None, owner: None, counted };
        lab.settled().await?;
        Ok(lab)
    }

    /// Waits until the switch is owned, connected to every node, and answered.
    pub(super) async fn settled(&mut self) -> Result<(), Failure> {
        let nodes = self.cluster.ids().count();
        let everywhere = |seen: &Seen| seen.owner.is_some() && seen.connected.len() == nodes;
        let what = "owned, and connected to all nodes";
        let dpid = self.subject.dpid();
        let seen = self.cluster.wait_for_switch(dpid, what, START_LIMIT, everywhere).await?;
        if let Subject::Virtual(switch) = &self.subject {
            switch.ready(START_LIMIT).await?;
        }
        self.owner = seen.owner;
        Ok(())
    }

    /// Makes one hand-over of a cell, and measures it.
    pub(super) async fn measure(&mut self, cell: &Cell, number: u64) -> Turnout {
        let sample = self.hand_over(cell, number).await;
        if sample.is_err() {
            self.owner = None;
        }
        let copies = self.counted.copies;
        let trouble = self.settle_accounts(cell).await;
        let copies = self.counted.copies - copies;
        let sample = sample.map(|sample| Sample { copies, trouble, ..sample });
        Turnout { sample, trouble }
    }

    /// Keeps the cluster's logs, and says what went wrong and where they are.
    pub(super) fn tell_of(&mut self, trouble: &Trouble) -> String {
        let at = self.cluster.keep().map(|path| format!("; logs in {}", path.display()));
        let missing = match &self.subject {
            Subject::Virtual(switch) => switch.missing(),
            Subject::Bridge(_) => String::new(),
        };
        let Trouble { lost, twice, reordered } = trouble;
        let at = at.unwrap_or_default();
        format!("{lost} LOST, {twice} TWICE, {reordered} OUT OF ORDER{missing}{at}")
    }

    async fn hand_over(&mut self, cell: &Cell, number: u64) -> Result<Sample, Failure> {
        let at = &cell.conditions;
        self.network.raft().set(delay_of(at.raft_delay_us, at, 1.0, false));
        self.learn_hosts().await?;
        let (owner, draw) = self.prepare(cell, number).await?;
        self.disturb(at, owner, &draw);
        self.subject.set_rate(at.rate).await?;
        self.subject.flows(lead(at.rate), at.rate).await?;
        let before = self.before(cell).await?;
        let migrated = self.move_to(&draw.candidates, cell.protocol.name(), &at.rule).await?;
        self.owner = migrated.winner;
        let floor = self.floor(before).await?;
        self.subject.flows(lead(at.rate), at.rate).await?;
        let sample = Sample::of(&migrated, &draw).map(|sample| Sample { floor, ..sample });
        sample.ok_or_else(|| Failure(format!("migration {} has no times", migrated.id)))
    }

    /// Measures the switch's round trips that a protocol waits for, where they can be, and looks at the commits.
    async fn before(&self, cell: &Cell) -> Result<Option<(u64, Commits)>, Failure> {
        let Subject::Bridge(bridge) = &self.subject else { return Ok(None) };
        let took = bridge.round_trips(cell.protocol.cost().hops.switch).await?;
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        Ok(Some((took_us, Commits::counted(&self.cluster).await?)))
    }

    async fn floor(&self, before: Option<(u64, Commits)>) -> Result<Option<Floor>, Failure> {
        let Some((switch, before)) = before else { return Ok(None) };
        let commit = Commits::counted(&self.cluster).await?.mean_us_since(before);
        Ok(commit.map(|commit| Floor { switch, commit }))
    }

    /// Moves the switch to one of `candidates`; an empty rule is the default of `baton`.
    pub(super) async fn move_to(
        &self,
        candidates: &[u64],
        protocol: &str,
        rule: &str,
    ) -> Result<Migrated, Failure> {
        let candidates: Vec<_> = candidates.iter().map(ToString::to_string).collect();
        let candidates = candidates.join(",");
        let mut how = vec!["--candidates", candidates.as_str(), "--protocol", protocol];
        if !rule.is_empty() {
            how.extend(["--rule", rule]);
        }
        self.cluster.migrate_by(self.subject.dpid(), &how).await
    }

    /// Stops the load, waits for its end, and returns what went wrong since the last time.
    pub(super) async fn settle_accounts(&mut self, cell: &Cell) -> Trouble {
        // An Open vSwitch whose load cannot be stopped cannot be loaded either, which is told then.
        let _ = self.subject.set_rate(0).await;
        self.calm();
        self.subject.drained(self.counted.waiting).await;
        if !is_sound(cell.protocol) {
            // Late duplicates are to be counted where they belong.
            sleep(ECHO).await;
        }
        let before = std::mem::replace(&mut self.counted, self.subject.tally());
        Trouble::between(&before, &self.counted)
    }

    async fn learn_hosts(&mut self) -> Result<(), Failure> {
        if self.hosts > 0 && self.announced.is_none_or(|at| at.elapsed() > HOSTS_LAST) {
            self.subject.announce(self.hosts).await?;
            self.announced = Some(Instant::now());
        }
        Ok(())
    }

    /// Brings the roles about that a protocol needs; returns the owner, and where the switch can move.
    async fn prepare(&mut self, cell: &Cell, number: u64) -> Result<(u64, Draw), Failure> {
        let protocol = cell.protocol.name();
        for _ in 0..MOST_PREPARATIONS {
            let (roles, step) = self.roles_for(protocol, cell.conditions.candidates).await?;
            let Some(Preparation { protocol, target }) = step else {
                let draw = Draw::of(self.seed, number, &cell.conditions, &roles.targets(protocol));
                if draw.candidates.is_empty() {
                    return Err(Failure(format!("nowhere to move the switch: {roles:?}")));
                }
                return Ok((roles.owner, draw));
            };
            let moved = self.move_to(&[target], protocol, "").await?;
            self.owner = moved.winner;
        }
        Err(Failure(format!("{protocol} finds no fitting roles at the switch")))
    }

    /// Returns the roles, and what must be done first; roles on their way get some time to arrive.
    async fn roles_for(
        &mut self,
        protocol: &str,
        targets: usize,
    ) -> Result<(Roles, Option<Preparation>), Failure> {
        let end = Instant::now() + ROLES_LAST;
        loop {
            let roles = self.roles().await?;
            let step = roles.preparation(protocol, targets);
            let owned = matches!(roles.by_node.get(&roles.owner), Some(Role::Master | Role::Equal));
            let ready = owned && step.is_none() && !roles.targets(protocol).is_empty();
            if (ready && self.agrees(&roles).await?) || Instant::now() > end {
                return Ok((roles, step));
            }
            sleep(BETWEEN).await;
        }
    }

    /// Returns whether whoever is `EQUAL` at the switch is to be, and not on its way to another role.
    async fn agrees(&self, roles: &Roles) -> Result<bool, Failure> {
        let peers = roles.by_node.iter().filter(|(node, _)| **node != roles.owner);
        let equals: Vec<u64> =
            peers.filter(|(_, role)| **role == Role::Equal).map(|(node, _)| *node).collect();
        if equals.is_empty() {
            return Ok(true);
        }
        let wanted = self.cluster.switch(self.subject.dpid()).await?.equals;
        Ok(equals.iter().all(|node| wanted.contains(node)))
    }

    async fn roles(&mut self) -> Result<Roles, Failure> {
        let owner = match self.owner {
            Some(owner) => owner,
            None => {
                let seen = self.cluster.switch(self.subject.dpid()).await?;
                seen.owner.ok_or_else(|| Failure("the switch has no owner".to_owned()))?
            }
        };
        self.owner = Some(owner);
        let by_node = match self.subject.roles(self.cluster.ids().count() as u64) {
            Some(roles) => roles,
            None => self.roles_told().await?,
        };
        Ok(Roles { owner, by_node })
    }

    /// Asks the nodes for their roles.
    async fn roles_told(&self) -> Result<BTreeMap<u64, Role>, Failure> {
        let dpid = self.subject.dpid().to_string();
        let shown = self.cluster.baton(&["switch", "show", &dpid]).await?.done()?;
        let seats = shown["seats"].as_array().cloned().unwrap_or_default();
        let role = |seat: &serde_json::Value| {
            let role = match seat["session"]["role"].as_str()? {
                "master" => Role::Master,
                "slave" => Role::Slave,
                "equal" => Role::Equal,
                _ => return None,
            };
            Some((seat["node"].as_u64()?, role))
        };
        Ok(seats.iter().filter_map(role).collect())
    }

    /// Sets the delays of one hand-over.
    fn disturb(&self, at: &Conditions, owner: u64, draw: &Draw) {
        let delays = at.delays;
        self.network.switch().set(delay_of(delays.switch_us, at, 1.0, false));
        if let Some(source) = self.network.node(owner) {
            source.set(delay_of(delays.source_us, at, 1.0, false));
        }
        for drawn in &draw.pool {
            let factor = if drawn.is_slow { at.glitch.factor } else { 1.0 };
            if let Some(target) = self.network.node(drawn.node) {
                target.set(delay_of(delays.target_us, at, factor, drawn.stalls));
            }
        }
    }

    /// Takes all delays away but Raft's.
    pub(super) fn calm(&self) {
        self.network.switch().set(Delay::default());
        self.network.nodes().values().for_each(|node| node.set(Delay::default()));
    }

    /// Returns by how many microseconds arrivals missed their delays.
    pub(super) fn errors_us(&self) -> Histogram<u64> {
        let mut all = self.network.switch().errors_us();
        for node in self.network.nodes().values() {
            // The bounds are the same by construction.
            let _ = all.add(node.errors_us());
        }
        all
    }
}

fn delay_of(mean_us: u64, at: &Conditions, factor: f64, stalls: bool) -> Delay {
    Delay {
        mean: Duration::from_micros(mean_us).mul_f64(factor),
        distribution: at.distribution,
        stall: Duration::from_micros(if stalls { at.stall.length_us } else { 0 }),
    }
}

/// Returns how many packet-ins are answered before and after a hand-over: enough to see that they flow.
fn lead(rate: u64) -> u64 {
    if rate == 0 { 0 } else { (rate / 50).clamp(2, 60) }
}

const DPID: u64 = 1;
const START_LIMIT: Duration = Duration::from_secs(30);
const MOST_PREPARATIONS: usize = 6;
const BETWEEN: Duration = Duration::from_millis(2);
const ROLES_LAST: Duration = Duration::from_millis(300);
const ECHO: Duration = Duration::from_millis(50);
/// Hosts are announced again before they would be forgotten.
const HOSTS_LAST: Duration = Duration::from_secs(120);
