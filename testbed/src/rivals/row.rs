//! From turns to rows: medians, and ratios within rounds.

use super::subject::BATON;
use crate::load::{Mode, Version};
use crate::oracle::Percentiles;
use serde::Serialize;

/// One turn of one controller.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// Which round, from 0.
    pub round: usize,
    /// Whose.
    pub controller: String,
    /// What it spoke.
    pub version: Version,
    /// What was measured.
    pub mode: Mode,
    /// Emulated switches.
    pub switches: usize,
    /// Answers a second.
    pub rate: f64,
    /// Time from a packet-in to its answer, in nanoseconds; in latency mode.
    pub latency_ns: Option<Percentiles>,
    /// Packet-ins that had no answer within a second; in latency mode.
    pub unanswered: u64,
    /// Most memory that its processes had resident, in bytes.
    pub memory_bytes: u64,
}

/// What the turns of one controller came to with one number of switches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Emulated switches.
    pub switches: usize,
    /// Whose.
    pub controller: String,
    /// What it spoke.
    pub version: Version,
    /// Answers a second with as many packet-ins on their way as connections hold.
    pub rate: Option<Figure>,
    /// Answers a second with one packet-in of each switch on its way.
    pub rate_one_by_one: Option<Figure>,
    /// Median time to an answer with one packet-in of each switch on its way, in microseconds.
    pub p50_us: Option<Figure>,
    /// The 99th percentile of the same.
    pub p99_us: Option<Figure>,
    /// Most memory that its processes had resident in any turn, in bytes.
    pub memory_bytes: u64,
}

/// A figure of several rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Median of the rounds.
    pub median: f64,
    /// Lowest.
    pub min: f64,
    /// Highest.
    pub max: f64,
    /// Median of its ratios to Baton's figure of the same round, if Baton took part.
    pub to_baton: Option<f64>,
}

/// Returns a row for each controller under each number of switches, in the order in which they first had a turn.
pub fn rows(samples: &[Sample]) -> Vec<Row> {
    let mut rows: Vec<Row> = vec![];
    let mut first_round: Vec<&Sample> = samples.iter().collect();
    first_round.sort_by_key(|it| (it.switches, it.round));
    for sample in first_round {
        let is_this =
            |it: &Row| (it.switches, &it.controller) == (sample.switches, &sample.controller);
        if !rows.iter().any(is_this) {
            rows.push(row(samples, sample));
        }
    }
    rows
}

fn row(samples: &[Sample], first: &Sample) -> Row {
    let of = |controller: &str| -> Vec<&Sample> {
        let is_its = |it: &&Sample| it.switches == first.switches && it.controller == controller;
        samples.iter().filter(is_its).collect()
    };
    let (its, baton_s) = (of(&first.controller), of(BATON));
    let figure = |mode, value: &dyn Fn(&Sample) -> Option<f64>| {
        let in_mode = |of: &[&Sample]| -> Vec<(usize, f64)> {
            let of = of.iter().filter(|it| it.mode == mode);
            of.filter_map(|it| Some((it.round, value(it)?))).collect()
        };
        summary(&in_mode(&its), &in_mode(&baton_s))
    };
    let us = |ns: u64| ns as f64 / 1_000.0;
    Row {
        switches: first.switches,
        controller: first.controller.clone(),
        version: first.version,
        rate: figure(Mode::Throughput, &|it| Some(it.rate)),
        rate_one_by_one: figure(Mode::Latency, &|it| Some(it.rate)),
        p50_us: figure(Mode::Latency, &|it| it.latency_ns.map(|it| us(it.p50))),
        p99_us: figure(Mode::Latency, &|it| it.latency_ns.map(|it| us(it.p99))),
        memory_bytes: its.iter().map(|it| it.memory_bytes).max().unwrap_or(0),
    }
}

/// Sums values up that belong to rounds; none if there are none.
fn summary(values: &[(usize, f64)], baton_s: &[(usize, f64)]) -> Option<Figure> {
    let ratios = values.iter().filter_map(|(round, value)| {
        let (_, baton) = baton_s.iter().find(|(other, _)| other == round)?;
        (*baton > 0.0).then(|| value / baton)
    });
    let all = || values.iter().map(|(_, value)| *value);
    Some(Figure {
        median: median(all().collect())?,
        min: all().fold(f64::INFINITY, f64::min),
        max: all().fold(0.0, f64::max),
        to_baton: median(ratios.collect()),
    })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[half]),
        _ => Some(f64::midpoint(values[half - 1], values[half])),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::rivals) fn sample(
        round: usize,
        controller: &str,
        mode: Mode,
        rate: f64,
    ) -> Sample {
        let ns = (1e9 / rate) as u64;
        Sample {
            round,
            controller: controller.to_owned(),
            version: Version::V1_3,
            mode,
            switches: 16,
            rate,
            latency_ns: (mode == Mode::Latency).then(|| Percentiles::of([ns])),
            unanswered: 0,
            memory_bytes: (round as u64 + 1) << 20,
        }
    }

    #[test]
    fn ratios_are_of_one_round_and_figures_are_medians() {
        // The machine is half as fast in the second round, for both.
        let samples = [
            sample(0, "baton", Mode::Throughput, 200.0),
            sample(0, "other", Mode::Throughput, 100.0),
            sample(1, "other", Mode::Throughput, 50.0),
            sample(1, "baton", Mode::Throughput, 100.0),
            sample(2, "baton", Mode::Throughput, 200.0),
            sample(2, "other", Mode::Throughput, 120.0),
        ];
        let rows = rows(&samples);
        let names: Vec<&str> = rows.iter().map(|row| &*row.controller).collect();
        assert_eq!(names, ["baton", "other"]);
        let other = rows[1].rate.unwrap();
        assert_eq!((other.median, other.min, other.max), (100.0, 50.0, 120.0));
        assert_eq!(other.to_baton, Some(0.5));
        assert_eq!((rows[0].rate.unwrap().to_baton, rows[1].p50_us), (Some(1.0), None));
        assert_eq!(rows[1].memory_bytes, 3 << 20);
    }

    #[test]
    fn the_median_of_two_is_between_them() {
        assert_eq!(median(vec![3.0, 1.0]), Some(2.0));
        assert_eq!(median(vec![]), None);
    }
}
