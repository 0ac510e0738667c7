//! What an experiment came to: each cell summed up, and compared with its neighbours.

use super::cell::{Cell, Conditions};
use super::crash::Crashes;
use super::environment::Environment;
use super::floor::Floors;
use super::sample::{Sample, Trouble};
use super::stats::{Summary, mean};
use super::study::is_sound;
use crate::oracle::Percentiles;
use crate::proxy::Distribution;
use serde::Serialize;
use std::collections::BTreeMap;

/// A whole experiment.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Packet-ins answered.
    pub answered: u64,
    /// What went wrong with packet-ins of sound protocols and of those measured to show what goes wrong.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// Hand-overs done and measured.
    pub migrations: usize,
    /// Hand-overs that were refused, or did not end well.
    pub failed: u64,
    /// What decided the order and every draw.
    pub seed: u64,
    /// All hand-overs from start to release, in microseconds.
    pub migration_us: Percentiles,
    /// How long targets held packet-ins back, in microseconds.
    pub window_us: Percentiles,
    /// By how much later than asked for things arrived, in microseconds.
    pub delay_error_us: Percentiles,
    /// What went wrong, by protocol.
    pub protocols: BTreeMap<&'static str, Trouble>,
    /// Owners killed in the middle; `null` if that was not asked for.
    pub crashes: Option<Crashes>,
    /// Where it ran.
    pub environment: Environment,
    /// Every cell; left out of the last line of talk.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<Measured>,
}

/// A cell and its samples, summed up; times in microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// The study that it belongs to.
    pub study: &'static str,
    /// The protocol.
    pub protocol: &'static str,
    /// Under which it was measured.
    #[serde(flatten)]
    pub conditions: Conditions,
    /// What the protocol's table says that it costs.
    pub cost: Cost,
    /// From the operator's request, sent by `baton migrate`, until its outcome came back.
    pub waited_us: Summary,
    /// How quick that could have been; only with Open vSwitch.
    pub floor: Option<Floors>,
    /// From start to release.
    pub total_us: Summary,
    /// How long the target held packet-ins back.
    pub window_us: Summary,
    /// From start to release, without the wait for the commit alone.
    pub without_commit_us: Summary,
    /// Mean length of each phase.
    pub phases_us: PhaseMeans,
    /// Mean number of messages.
    pub messages: f64,
    /// Mean number of packet-ins that the target held back.
    pub buffered: f64,
    /// Mean number of packet-ins that the source held back.
    pub shadowed: f64,
    /// Mean number of packet-ins that more than one controller was sent, once for each but the first.
    pub copies: f64,
    /// Mean size of the application's state.
    pub state_bytes: f64,
    /// Hand-overs that were refused, or did not end well.
    pub failed: u64,
    /// Why the first of them was.
    pub failure: Option<String>,
    /// What the oracle counted.
    #[serde(flatten)]
    pub trouble: Trouble,
    /// By how much the median (the mean where delays are random) is below ElastiCon's, in percent of that.
    pub saving_percent: Option<f64>,
    /// What the delays alone cost.
    pub beyond: Option<Beyond>,
    /// Every hand-over from start to release.
    pub totals_us: Vec<u64>,
    /// Every marker's way home, of candidates that were not slow.
    pub probes_us: Vec<u64>,
    /// The same, of those that were.
    pub slow_probes_us: Vec<u64>,
}

/// What a protocol's table says that it costs; the critical path by who receives.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Cost {
    /// Messages.
    pub messages: usize,
    /// Hops of the critical path.
    pub hops: u32,
    /// Of those, received by the source.
    pub source: u32,
    /// By the target.
    pub target: u32,
    /// By the switch.
    pub switch: u32,
    /// Hops during which the target holds packet-ins back.
    pub window: u32,
}

/// Where the time went, on average; the wait for the commit is part of draining.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PhaseMeans {
    /// From the start to the cut.
    pub invite: f64,
    /// From the cut to `end_migration`, without the wait for the commit alone.
    pub drain: f64,
    /// The wait for the commit alone.
    pub commit_wait: f64,
    /// From `end_migration` to its arrival.
    pub between: f64,
    /// From that to the release.
    pub take_over: f64,
}

/// What delays cost beyond processing: the difference to the same at rest, waits for the commit left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Beyond {
    /// Measured.
    pub net_us: f64,
    /// Computed from the protocol's hops.
    pub computed_us: f64,
    /// Measured, as a part of ElastiCon's.
    pub of_elasticon: Option<f64>,
    /// Computed, as a part of ElastiCon's.
    pub computed_of_elasticon: Option<f64>,
}

impl Measured {
    /// Sums the samples of a cell up.
    pub fn of(cell: &Cell, samples: &[Sample], failed: u64, failure: Option<String>) -> Self {
        let summary = |of: fn(&Sample) -> u64| Summary::of(samples.iter().map(of));
        let mean_of = |of: fn(&Sample) -> u64| mean(samples.iter().map(|sample| of(sample) as f64));
        let probes = |slow: bool| {
            let all = samples.iter().flat_map(|sample| &sample.probes);
            all.filter(move |probe| probe.1 == slow).map(|probe| probe.0).collect()
        };
        let mut trouble = Trouble::default();
        samples.iter().for_each(|sample| trouble += sample.trouble);
        Self {
            study: cell.study,
            protocol: cell.protocol.name(),
            conditions: cell.conditions.clone(),
            cost: cost_of(cell),
            waited_us: summary(|sample| sample.waited),
            floor: Floors::of(
                &samples.iter().filter_map(|sample| sample.floor).collect::<Vec<_>>(),
            ),
            total_us: summary(|sample| sample.total),
            window_us: summary(|sample| sample.window),
            without_commit_us: summary(Sample::without_commit),
            phases_us: PhaseMeans {
                invite: mean_of(|sample| sample.invite),
                drain: mean_of(|sample| sample.drain.saturating_sub(sample.commit_wait)),
                commit_wait: mean_of(|sample| sample.commit_wait),
                between: mean_of(Sample::between),
                take_over: mean_of(|sample| sample.take_over),
            },
            messages: mean_of(|sample| sample.messages),
            buffered: mean_of(|sample| sample.buffered),
            shadowed: mean_of(|sample| sample.shadowed),
            copies: mean_of(|sample| sample.copies),
            state_bytes: mean_of(|sample| sample.state_bytes),
            failed,
            failure,
            trouble,
            saving_percent: None,
            beyond: None,
            totals_us: samples.iter().map(|sample| sample.total).collect(),
            probes_us: probes(false),
            slow_probes_us: probes(true),
        }
    }

    /// Returns the middle of some of its times: the median where delays are constant, so that a processor that was
    /// busy elsewhere does not count; the mean where they are not, since only means add up.
    fn middle(&self, of: &Summary) -> f64 {
        match self.conditions.distribution {
            Distribution::Constant => of.p50 as f64,
            _ => of.mean,
        }
    }
}

/// Compares every cell with ElastiCon under the same conditions, and with itself at rest.
pub fn compare(cells: &mut [Measured]) {
    let others = cells.to_vec();
    let measured = |study: &str, protocol: &str, conditions: &Conditions| {
        let is = |other: &&Measured| {
            (other.study, other.protocol) == (study, protocol)
                && other.conditions == *conditions
                && other.total_us.n > 0
        };
        others.iter().find(is)
    };
    let net = |cell: &Measured| {
        let rest = measured(cell.study, cell.protocol, &cell.conditions.at_rest())?;
        let delayed = cell.conditions.is_plain() && !cell.conditions.delays.is_zero();
        delayed.then(|| cell.middle(&cell.without_commit_us) - rest.middle(&rest.without_commit_us))
    };
    for cell in cells.iter_mut().filter(|cell| cell.total_us.n > 0) {
        let elasticon = measured(cell.study, BASELINE, &cell.conditions);
        let of_all = |cell: &Measured| cell.middle(&cell.total_us);
        let saving = |other: &Measured| 100.0 * (1.0 - of_all(cell) / of_all(other));
        let comparable = |other: &&Measured| cell.protocol != BASELINE && of_all(other) > 0.0;
        cell.saving_percent = elasticon.filter(comparable).map(saving);
        cell.beyond = net(cell).map(|net_us| {
            let computed_us = computed(cell);
            let base_net = elasticon.and_then(net).filter(|&us| us > 0.0);
            let base_computed = elasticon.map(computed).filter(|&us| us > 0.0);
            Beyond {
                net_us,
                computed_us,
                of_elasticon: base_net.map(|base| net_us / base),
                computed_of_elasticon: base_computed.map(|base| computed_us / base),
            }
        });
    }
}

/// Returns what a protocol's hops cost under a cell's delays, in microseconds.
fn computed(cell: &Measured) -> f64 {
    let (cost, delays) = (&cell.cost, &cell.conditions.delays);
    let sum = u64::from(cost.source) * delays.source_us
        + u64::from(cost.target) * delays.target_us
        + u64::from(cost.switch) * delays.switch_us;
    sum as f64
}

impl Outcome {
    /// Returns whether every sound protocol lost nothing and doubled nothing, and something was measured.
    pub fn is_good(&self) -> bool {
        let is_sound = |name: &str| name.parse().is_ok_and(is_sound);
        let mut sound = self.protocols.iter().filter(|(name, _)| is_sound(name));
        self.migrations > 0 && sound.all(|(_, t)| (t.lost, t.twice) == (0, 0))
    }
}

fn cost_of(cell: &Cell) -> Cost {
    let cost = cell.protocol.cost();
    Cost {
        messages: cost.messages,
        hops: cost.hops.total(),
        source: cost.hops.source,
        target: cost.hops.target,
        switch: cost.hops.switch,
        window: cost.window,
    }
}

/// What others are compared with.
pub const BASELINE: &str = "elasticon";

#[cfg(test)]
pub(super) mod tests {
    use super::super::cell::Delays;
    use super::*;
    use migration::ownership::Protocol;

    /// A cell as a protocol of any name would leave it: `hops` of the delay at each party, and 500 us besides.
    pub(crate) fn measured(protocol: &'static str, delays: Delays, hops: [u32; 3]) -> Measured {
        let conditions = Conditions { delays, ..Conditions::default() };
        let cell = Cell { study: "own", protocol: Protocol::Erc, conditions };
        let [source, target, switch] = hops;
        let cost = Cost { hops: hops.iter().sum(), source, target, switch, ..Cost::default() };
        let mut one = Measured { protocol, cost, ..Measured::of(&cell, &[], 0, None) };
        let total = computed(&one) as u64 + 500;
        let sample = Sample { total: total + 70, commit_wait: 70, ..Sample::default() };
        let samples = vec![sample; 3];
        one.total_us = Summary::of(samples.iter().map(|sample| sample.total));
        one.without_commit_us = Summary::of(samples.iter().map(Sample::without_commit));
        one.totals_us = samples.iter().map(|sample| sample.total).collect();
        one
    }

    #[test]
    fn the_cost_beyond_processing_is_that_of_the_hops() {
        let mut cells = vec![];
        for delays in [Delays::default(), Delays::symmetric(1_000)] {
            cells.push(measured("erc", delays, [2, 3, 3]));
            cells.push(measured("elasticon", delays, [4, 4, 5]));
        }
        compare(&mut cells);
        let beyond = cells[2].beyond.unwrap();
        assert_eq!((beyond.net_us, beyond.computed_us), (8_000.0, 8_000.0));
        assert!((beyond.of_elasticon.unwrap() - 8.0 / 13.0).abs() < 1e-9);
        assert_eq!(beyond.computed_of_elasticon, Some(8.0 / 13.0));
        let saving = cells[2].saving_percent.unwrap();
        assert!((saving - 100.0 * (1.0 - 8_570.0 / 13_570.0)).abs() < 1e-9, "{saving}");
        assert_eq!((cells[0].beyond, cells[3].saving_percent), (None, None));
    }

    #[test]
    fn without_elasticon_or_a_rest_nothing_is_compared() {
        let mut cells = vec![measured("erc", Delays::symmetric(1_000), [2, 3, 3])];
        compare(&mut cells);
        assert_eq!((cells[0].saving_percent, cells[0].beyond), (None, None));
    }

    #[test]
    fn only_sound_protocols_must_lose_nothing() {
        let with = |protocol, lost| {
            let trouble = Trouble { lost, ..Trouble::default() };
            let protocols = BTreeMap::from([(protocol, trouble)]);
            Outcome { migrations: 1, protocols, ..Outcome::default() }
        };
        assert!(with("erc", 0).is_good() && !with("erc", 1).is_good());
        assert!(with("naive", 9).is_good());
        assert!(!Outcome::default().is_good(), "nothing was measured");
    }

    #[test]
    fn the_result_has_what_scripts_rely_on() {
        let cells = vec![measured("erc", Delays::default(), [2, 3, 3])];
        let json = serde_json::to_value(Outcome { cells, ..Outcome::default() }).unwrap();
        for key in ["lost", "twice", "answered", "migrations", "seed", "environment"] {
            assert!(json.get(key).is_some(), "{key}");
        }
        for key in ["p50", "p99", "p99.9"] {
            assert!(json["migration_us"].get(key).is_some(), "{key}");
            assert!(json["cells"][0]["total_us"].get(key).is_some(), "{key}");
        }
    }
}
