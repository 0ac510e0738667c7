//! Who lets faults happen, and ends them.
//!
//! What the network does is always computed anew from all weather that there is, so that faults may overlap and end
//! in any order.

use super::blow::{Blow, short_ms};
use super::history::{Event, History};
use super::operator::Operator;
use super::weather::{Fate, Weather, fate};
use super::{Kind, Wired};
use crate::cluster::{Cluster, SmallDisk};
use crate::oracle::Hearers;
use crate::proxy::Mode;
use crate::seeded::Seeded;
use crate::wait::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// One who carries a batch of faults out.
#[derive(Debug)]
pub(super) struct Nemesis<'a> {
    cluster: &'a mut Cluster,
    switches: &'a [Wired],
    operator: &'a Operator,
    history: &'a History,
    small_disk: Option<&'a SmallDisk>,
    chance: Seeded,
    active: Vec<Active>,
    /// Nodes that were struck, for each switch.
    struck: Vec<Hearers>,
    /// How often each kind has begun.
    begun: BTreeMap<Kind, u64>,
}

/// A fault that lasts.
#[derive(Debug)]
struct Active {
    ends: Instant,
    what: What,
    words: String,
}

#[derive(Debug)]
enum What {
    Down(Vec<u64>),
    Frozen(u64),
    Weather(Weather),
    Channel { switch: usize, node: u64 },
    Full(u64),
}

/// What has happened in a batch.
#[derive(Debug)]
pub(super) struct Aftermath {
    /// Nodes that were struck, for each switch.
    pub(super) struck: Vec<Hearers>,
    /// How often each kind has begun.
    pub(super) begun: BTreeMap<Kind, u64>,
}

impl<'a> Nemesis<'a> {
    /// Returns one who has done nothing yet.
    pub(super) fn new(
        cluster: &'a mut Cluster,
        switches: &'a [Wired],
        operator: &'a Operator,
        history: &'a History,
        small_disk: Option<&'a SmallDisk>,
    ) -> Self {
        let struck = vec![Hearers::default(); switches.len()];
        let (active, begun) = (vec![], BTreeMap::new());
        let chance = Seeded::new(0);
        Self { cluster, switches, operator, history, small_disk, chance, active, struck, begun }
    }

    /// Lets all of `blows` begin and end, and heals what is left.
    pub(super) async fn strike(mut self, blows: &[Blow]) -> Result<Aftermath, Failure> {
        let start = Instant::now();
        let mut coming = blows.iter().copied().peekable();
        loop {
            let now = Instant::now();
            let over = |active: &Active| active.ends <= now;
            while let Some(place) = self.active.iter().position(over) {
                let active = self.active.swap_remove(place);
                self.end(active)?;
            }
            let due = |blow: &Blow| start + Duration::from_millis(blow.begins_ms) <= now;
            while let Some(blow) = coming.next_if(due) {
                self.begin(blow).await?;
            }
            if self.active.is_empty() && coming.peek().is_none() {
                break;
            }
            self.blow_on()?;
            let ends = self.active.iter().map(|active| active.ends).min();
            let begins = coming.peek().map(|blow| start + Duration::from_millis(blow.begins_ms));
            let next = ends.into_iter().chain(begins).min().unwrap_or(now);
            sleep_until(next.min(now + GUST)).await;
        }
        self.cluster.heal();
        self.cluster.run_all()?;
        Ok(Aftermath { struck: self.struck, begun: self.begun })
    }

    async fn begin(&mut self, blow: Blow) -> Result<(), Failure> {
        self.chance = Seeded::new(blow.dice);
        let Some(what) = self.what(blow).await? else { return Ok(()) };
        let words = match &what {
            What::Down(nodes) => format!("{} {nodes:?}", blow.kind),
            What::Frozen(node) => format!("{} {node} for {} ms", blow.kind, blow.lasts_ms),
            What::Weather(weather) => format!("{}: {weather}", blow.kind),
            What::Full(node) => format!("{} {node}", blow.kind),
            What::Channel { switch, node } => {
                format!("{}: {} and {node}", blow.kind, self.switches[*switch].switch.dpid())
            }
        };
        *self.begun.entry(blow.kind).or_default() += 1;
        self.mark(&what, blow);
        self.history.note(Event::Fault { fault: words.clone(), begins: true });
        let ends = Instant::now() + Duration::from_millis(blow.lasts_ms);
        self.active.push(Active { ends, what, words });
        self.set_weather()
    }

    /// Chooses whom it befalls, and does it, but for the network; nothing if there is nobody left.
    async fn what(&mut self, blow: Blow) -> Result<Option<What>, Failure> {
        let nodes: Vec<u64> = self.cluster.ids().collect();
        let standing = self.standing();
        let leads = matches!(blow.kind, Kind::KillLeader | Kind::StopLeader)
            || matches!(blow.kind, Kind::MinorityLeader | Kind::MajorityLeader);
        let leader = if leads { self.operator.leader().await } else { None };
        let leader = leader.filter(|leader| standing.contains(leader));
        let any = self.pick(&standing);
        let one = leader.or(any);
        Ok(match (blow.kind, one) {
            (Kind::KillAll, _) => {
                // All of them first, as the power goes at once.
                for &node in &nodes {
                    let _ = self.cluster.kill_at_once(node);
                }
                for &node in &nodes {
                    self.cluster.kill(node).await?;
                }
                Some(What::Down(nodes))
            }
            (Kind::Kill | Kind::KillLeader, Some(node)) => {
                self.cluster.kill(node).await?;
                Some(What::Down(vec![node]))
            }
            (Kind::Restart, Some(node)) => {
                self.cluster.stop(node).await?;
                Some(What::Down(vec![node]))
            }
            (Kind::Stop | Kind::StopLeader, Some(node)) => {
                self.cluster.pause(node)?;
                Some(What::Frozen(node))
            }
            (Kind::Channel, _) => {
                let switch = self.chance.below(self.switches.len());
                let master = self.switches[switch].switch.master();
                // Where it hurts most, every other time.
                let node = master.filter(|_| self.chance.chance(0.5)).or(self.pick(&nodes));
                node.map(|node| What::Channel { switch, node })
            }
            (Kind::DiskFull, _) => {
                let is_full = self.active.iter().any(|it| matches!(it.what, What::Full(_)));
                let Some(disk) = self.small_disk.filter(|_| !is_full) else { return Ok(None) };
                disk.fill()?;
                nodes.last().copied().map(What::Full)
            }
            (kind, one) => self.weather(kind, one, nodes).map(What::Weather),
        })
    }

    fn weather(&mut self, kind: Kind, one: Option<u64>, mut nodes: Vec<u64>) -> Option<Weather> {
        self.chance.shuffle(&mut nodes);
        let one = one.or(nodes.first().copied())?;
        let others: Vec<u64> = nodes.iter().copied().filter(|&node| node != one).collect();
        let minority = others.len() / 2;
        Some(match kind {
            Kind::Isolate => Weather::Halves(BTreeSet::from([one])),
            Kind::MinorityLeader => {
                let with = others.iter().copied().take(minority.saturating_sub(1));
                Weather::Halves(with.chain([one]).collect())
            }
            Kind::MajorityLeader => Weather::Halves(others.into_iter().take(minority).collect()),
            Kind::Bridge => Weather::Bridge(one, others.into_iter().take(minority).collect()),
            Kind::Ring => Weather::Ring(nodes),
            Kind::OneWay => Weather::OneWay(one, *others.first()?),
            Kind::Mute => Weather::Mute(one),
            Kind::Deaf => Weather::Deaf(one),
            Kind::Delay => Weather::Delay,
            Kind::Reset => Weather::Reset,
            _ => return None,
        })
    }

    /// Returns the nodes that are started and not frozen.
    fn standing(&self) -> Vec<u64> {
        let frozen = |node: u64| {
            self.active.iter().any(|active| matches!(active.what, What::Frozen(it) if it == node))
        };
        let nodes = self.cluster.ids();
        nodes.filter(|&node| self.cluster.is_started(node) && !frozen(node)).collect()
    }

    fn pick(&mut self, nodes: &[u64]) -> Option<u64> {
        (!nodes.is_empty()).then(|| nodes[self.chance.below(nodes.len())])
    }

    /// Takes note of whom it befalls.
    fn mark(&mut self, what: &What, blow: Blow) {
        let nodes = match what {
            What::Down(nodes) => nodes.clone(),
            What::Frozen(_) if blow.lasts_ms <= short_ms() => vec![],
            What::Frozen(node) | What::Full(node) => vec![*node],
            What::Weather(weather) => weather.strikes(self.cluster.ids().count() as u64),
            What::Channel { switch, node } => {
                self.struck[*switch] = self.struck[*switch].with(*node);
                return;
            }
        };
        for struck in &mut self.struck {
            *struck = nodes.iter().fold(*struck, |struck, &node| struck.with(node));
        }
    }

    fn end(&mut self, Active { what, words, .. }: Active) -> Result<(), Failure> {
        match what {
            What::Down(nodes) => {
                for node in nodes {
                    if !self.cluster.is_started(node) {
                        self.cluster.run(node)?;
                    }
                }
            }
            What::Full(_) => self.small_disk.map_or(Ok(()), SmallDisk::free)?,
            // It may have been killed meanwhile.
            What::Frozen(node) => drop(self.cluster.resume(node)),
            What::Weather(_) | What::Channel { .. } => self.set_weather()?,
        }
        self.history.note(Event::Fault { fault: words, begins: false });
        Ok(())
    }

    /// Makes the network as the weather is.
    fn set_weather(&mut self) -> Result<(), Failure> {
        let weather: Vec<Weather> = self.all_weather().cloned().collect();
        let pairs: Vec<(u64, u64)> = self.pairs().collect();
        for (from, to) in pairs {
            let mode = match fate(&weather, from, to) {
                Fate::Arrives => Mode::Forward,
                Fate::Late => {
                    Mode::Delay(Duration::from_millis(25 + self.chance.below(101) as u64))
                }
                Fate::Vanishes => Mode::Blackhole,
            };
            self.cluster.direct(from, to, mode)?;
        }
        for (place, wired) in self.switches.iter().enumerate() {
            for (node, way) in (1..).zip(&wired.ways) {
                let is_cut = |active: &Active| matches!(active.what, What::Channel { switch, node: n } if (switch, n) == (place, node));
                let mode = if self.active.iter().any(is_cut) { Mode::Cut } else { Mode::Forward };
                way.set(mode);
            }
        }
        Ok(())
    }

    /// Does what some weather does again and again.
    fn blow_on(&mut self) -> Result<(), Failure> {
        if self.all_weather().any(|weather| *weather == Weather::Delay) {
            self.set_weather()?;
        }
        if self.all_weather().any(|weather| *weather == Weather::Reset) {
            let pairs: Vec<(u64, u64)> = self.pairs().collect();
            for (one, other) in pairs {
                if self.chance.chance(RESETS) {
                    self.cluster.reset(one, other)?;
                }
            }
        }
        Ok(())
    }

    fn all_weather(&self) -> impl Iterator<Item = &Weather> {
        self.active.iter().filter_map(|active| match &active.what {
            What::Weather(weather) => Some(weather),
            _ => None,
        })
    }

    fn pairs(&self) -> impl Iterator<Item = (u64, u64)> + use<> {
        let nodes = self.cluster.ids().count() as u64;
        let pairs = (1..=nodes).flat_map(move |from| (1..=nodes).map(move |to| (from, to)));
        pairs.filter(|(from, to)| from != to)
    }
}

/// Period at which delays are drawn anew, and connections reset.
const GUST: Duration = Duration::from_millis(100);
/// Share of the links that are reset in each gust.
const RESETS: f64 = 0.15;
