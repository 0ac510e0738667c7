//! Which figures an experiment can draw, and from which cells: pure.

use super::bars::Bars;
use super::heat::Heat;
use super::lines::{Axis, Lines, Series};
use super::{Figure, Plot, Sketch};
use crate::bench::cell::{Choice, Conditions, Delays};
use crate::bench::outcome::{BASELINE, Measured, Outcome};

/// Draws every figure that there is data for.
pub fn figures(outcome: &Outcome) -> Vec<Figure> {
    sketches(outcome).into_iter().map(Sketch::draw).collect()
}

pub(super) fn sketches(outcome: &Outcome) -> Vec<Sketch> {
    let mut studies: Vec<&str> = outcome.cells.iter().map(|cell| cell.study).collect();
    studies.dedup();
    let mut sketches = vec![];
    for study in studies {
        let cells: Vec<&Measured> = outcome
            .cells
            .iter()
            .filter(|cell| cell.study == study && cell.total_us.n > 0)
            .collect();
        match study {
            "meta" => sketches.extend([tails(&cells), probes(&cells)]),
            "state" => sketches.push(over(&cells, study, &STATE)),
            "rate" => sketches.push(over(&cells, study, &RATE)),
            "nodes" => sketches.push(over(&cells, study, &NODES)),
            "raft" => sketches.push(over(&cells, study, &RAFT)),
            _ => {
                sketches.extend([
                    times(&cells, study),
                    phases(&cells, study),
                    probes_of(&cells, study),
                ]);
                sketches.extend(savings(&cells, study));
            }
        }
    }
    let tail = format!(" Seed {}, logs on {}.", outcome.seed, outcome.environment.disk);
    sketches
        .into_iter()
        .flatten()
        .map(|sketch| Sketch { caption: sketch.caption + &tail, ..sketch })
        .collect()
}

/// Distributions of hand-over times, a curve for each protocol.
fn times(cells: &[&Measured], study: &str) -> Option<Sketch> {
    let (at, cells) = busiest(cells)?;
    let curve = |cell: &&Measured| Series {
        name: cell.protocol.to_owned(),
        points: distribution(&cell.totals_us),
        has_dots: false,
    };
    let series: Vec<Series> = cells.iter().map(curve).collect();
    let y =
        Axis { range: Some((0.0, 1.0)), ..Axis::linear("share of hand-overs that took no longer") };
    Some(Sketch {
        name: format!("{study}-times"),
        title: "Hand-over time by protocol".to_owned(),
        caption: format!(
            "From start to the target's release, {}; {} hand-overs each.",
            words(at),
            least(&cells)
        ),
        plot: Plot::Lines(Lines { x: Axis::log("milliseconds"), y, series }),
    })
}

/// Where the time goes, a bar for each protocol.
fn phases(cells: &[&Measured], study: &str) -> Option<Sketch> {
    let (at, cells) = busiest(cells)?;
    let bar = |cell: &&Measured| {
        let us = &cell.phases_us;
        let lengths =
            [us.invite, us.drain, us.commit_wait, us.between, us.take_over].map(|us| us / 1_000.0);
        (cell.protocol.to_owned(), lengths.to_vec())
    };
    Some(Sketch {
        name: format!("{study}-phases"),
        title: "Where the time of a hand-over goes".to_owned(),
        caption: format!(
            "Mean lengths of the phases, {}; {} hand-overs each. Waiting for the commit: Raft alone, after the \
             switch's last answer.",
            words(at),
            least(&cells)
        ),
        plot: Plot::Bars(Bars {
            label: "milliseconds".to_owned(),
            parts: vec![
                "to the cut",
                "draining",
                "waiting for the commit",
                "end_migration on its way",
                "taking over",
            ],
            bars: cells.iter().map(bar).collect(),
        }),
    })
}

/// What each protocol saves, over delays and loads.
fn savings(cells: &[&Measured], study: &str) -> Vec<Option<Sketch>> {
    let mut protocols: Vec<&str> = cells.iter().map(|cell| cell.protocol).collect();
    protocols.sort_unstable();
    protocols.dedup();
    protocols.into_iter().map(|protocol| savings_of(cells, study, protocol)).collect()
}

fn savings_of(cells: &[&Measured], study: &str, protocol: &str) -> Option<Sketch> {
    let own: Vec<_> = cells.iter().filter(|cell| cell.protocol == protocol).collect();
    let mut delays: Vec<Delays> = own.iter().map(|cell| cell.conditions.delays).collect();
    let mut rates: Vec<u64> = own.iter().map(|cell| cell.conditions.rate).collect();
    rates.sort_unstable();
    rates.dedup();
    delays.sort_unstable_by_key(|d| (*d != Delays::symmetric(d.source_us), *d));
    delays.dedup();
    let at = |rate: &u64, delays: &Delays| {
        let is =
            |cell: &&&&Measured| (cell.conditions.rate, cell.conditions.delays) == (*rate, *delays);
        own.iter().find(is)?.saving_percent
    };
    let row = |rate| delays.iter().map(|delays| at(rate, delays)).collect();
    let percent: Vec<Vec<Option<f64>>> = rates.iter().map(row).collect();
    percent.iter().flatten().flatten().next()?;
    Some(Sketch {
        name: format!("{study}-savings-{protocol}"),
        title: format!("What {protocol} saves against {BASELINE}, in percent of the median hand-over time"),
        caption: "Each field compares two medians of the same run, measured in turns; blue: faster, orange: slower. \
                  One figure: the same delay at source, target and switch."
            .to_owned(),
        plot: Plot::Heat(Heat {
            x_label: "one-way delays dS,dT,dW in milliseconds".to_owned(),
            y_label: "packet-ins a second".to_owned(),
            columns: delays.iter().map(ToString::to_string).collect(),
            rows: rates.iter().map(ToString::to_string).collect(),
            percent,
        }),
    })
}

/// Fixed against Meta: how many hand-overs take longer than so and so.
fn tails(cells: &[&Measured]) -> Option<Sketch> {
    let delayed = cells.iter().filter(|cell| cell.conditions.glitch.probability > 0.0);
    let curve = |cell: &&Measured| Series {
        name: format!("{}, {}", cell.protocol, choice(&cell.conditions)),
        points: exceedance(&cell.totals_us),
        has_dots: false,
    };
    let chosen: Vec<&Measured> = delayed.copied().collect();
    let at = &chosen.first()?.conditions;
    let glitch = at.glitch;
    Some(Sketch {
        name: "meta-tail".to_owned(),
        title: "Fixed against Meta: the tail of hand-over times".to_owned(),
        caption: format!(
            "{} hand-overs each, {}. Each candidate is slow in {} % of the hand-overs, independently: its delays are \
             then {} times as long. All meet the same draws.",
            least(&chosen),
            words(at),
            glitch.probability * 100.0,
            glitch.factor,
        ),
        plot: Plot::Lines(Lines {
            x: Axis::log("milliseconds"),
            y: Axis::log("share of hand-overs that took longer"),
            series: chosen.iter().map(curve).collect(),
        }),
    })
}

/// Times of markers: those of slow candidates stand out.
fn probes(cells: &[&Measured]) -> Option<Sketch> {
    let all = |of: fn(&Measured) -> &Vec<u64>| -> Vec<u64> {
        let delayed = cells.iter().filter(|cell| !cell.conditions.delays.is_zero());
        delayed.flat_map(|cell| of(cell).clone()).collect()
    };
    let (usual, slow) = (all(|cell| &cell.probes_us), all(|cell| &cell.slow_probes_us));
    let curve = |name: &str, values: &[u64]| Series {
        name: format!("{name} ({})", values.len()),
        points: distribution(values),
        has_dots: false,
    };
    let mut series = vec![curve("as usual", &usual), curve("slow", &slow)];
    series.retain(|series| !series.points.is_empty());
    (!series.is_empty()).then(|| Sketch {
        name: "meta-probes".to_owned(),
        title: "What the probes saw".to_owned(),
        caption: "From the source's start to a candidate's marker coming home, by whether the candidate was slow in \
                  that hand-over: the farther apart the curves, the better a choice can be."
            .to_owned(),
        plot: Plot::Lines(Lines {
            x: Axis::log("milliseconds"),
            y: Axis { range: Some((0.0, 1.0)), ..Axis::linear("share of probes that took no longer") },
            series,
        }),
    })
}

/// Times of markers, by the delays of the switch's and the parties' connections.
fn probes_of(cells: &[&Measured], study: &str) -> Option<Sketch> {
    let first = cells.iter().find(|cell| !cell.probes_us.is_empty())?;
    let same = |cell: &&&Measured| {
        let at = Conditions { delays: first.conditions.delays, ..cell.conditions.clone() };
        cell.protocol == first.protocol && at == first.conditions && !cell.probes_us.is_empty()
    };
    let curve = |cell: &&Measured| Series {
        name: format!("{} ms", cell.conditions.delays),
        points: distribution(&cell.probes_us),
        has_dots: false,
    };
    Some(Sketch {
        name: format!("{study}-probes"),
        title: format!("Probe times of {}, by delays dS,dT,dW", first.protocol),
        caption: format!(
            "From the source's start to the marker coming home, which is source to target to switch to source; {} \
             packet-ins a second.",
            first.conditions.rate
        ),
        plot: Plot::Lines(Lines {
            x: Axis::log("milliseconds"),
            y: Axis {
                range: Some((0.0, 1.0)),
                ..Axis::linear("share of probes that took no longer")
            },
            series: cells.iter().filter(same).map(curve).collect(),
        }),
    })
}

/// What a study varies.
struct Varied {
    label: &'static str,
    title: &'static str,
    of: fn(&Conditions) -> f64,
}

const STATE: Varied = Varied {
    label: "hosts learnt",
    title: "Hand-over time over the size of the application's state",
    of: |at| at.hosts as f64,
};
const RATE: Varied = Varied {
    label: "packet-ins a second",
    title: "Hand-over time over load",
    of: |at| at.rate as f64,
};
const NODES: Varied = Varied {
    label: "nodes",
    title: "Hand-over time over the size of the cluster",
    of: |at| at.nodes as f64,
};
const RAFT: Varied = Varied {
    label: "one-way delay of Raft, milliseconds",
    title: "Hand-over time over Raft's delay",
    of: |at| at.raft_delay_us as f64 / 1_000.0,
};

/// Medians and 99th percentiles over what is varied.
fn over(cells: &[&Measured], study: &str, varied: &Varied) -> Option<Sketch> {
    let delayed: Vec<&Measured> =
        cells.iter().filter(|cell| !cell.conditions.delays.is_zero()).copied().collect();
    let mut protocols: Vec<&str> = delayed.iter().map(|cell| cell.protocol).collect();
    protocols.sort_unstable();
    protocols.dedup();
    let curve = |protocol: &str, what: &str, of: fn(&Measured) -> u64| {
        let own = delayed.iter().filter(|cell| cell.protocol == protocol);
        let mut points: Vec<(f64, f64)> =
            own.map(|cell| ((varied.of)(&cell.conditions), of(cell) as f64 / 1_000.0)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Series { name: format!("{protocol}, {what}"), points, has_dots: true }
    };
    let both = |protocol: &&str| {
        [
            curve(protocol, "median", |cell| cell.total_us.p50),
            curve(protocol, "99 %", |cell| cell.total_us.p99),
        ]
    };
    let at = &delayed.first()?.conditions;
    Some(Sketch {
        name: format!("{study}-over"),
        title: varied.title.to_owned(),
        caption: format!(
            "Median and 99th percentile of {} hand-overs each, delays {} ms.",
            least(&delayed),
            at.delays
        ),
        plot: Plot::Lines(Lines {
            x: Axis::linear(varied.label),
            y: Axis::linear("milliseconds"),
            series: protocols.iter().flat_map(both).collect(),
        }),
    })
}

/// Returns the conditions under which most protocols were compared, the mildest delays first, and their cells.
fn busiest<'a>(cells: &[&'a Measured]) -> Option<(&'a Conditions, Vec<&'a Measured>)> {
    let among = |at: &Conditions| -> Vec<&'a Measured> {
        cells.iter().filter(|cell| cell.conditions == *at).copied().collect()
    };
    let rank = |cell: &&&Measured| {
        let delays = cell.conditions.delays;
        let is_alike = delays == Delays::symmetric(delays.source_us);
        let rate = cell.conditions.rate;
        let mild = u64::MAX - delays.source_us;
        (among(&cell.conditions).len(), !delays.is_zero(), is_alike, mild, rate)
    };
    let best = cells.iter().max_by_key(rank)?;
    Some((&best.conditions, among(&best.conditions)))
}

/// Returns the points of a cumulative distribution, in milliseconds.
fn distribution(values_us: &[u64]) -> Vec<(f64, f64)> {
    let mut sorted = values_us.to_vec();
    sorted.sort_unstable();
    let n = sorted.len() as f64;
    sorted.iter().zip(1..).map(|(us, rank)| (*us as f64 / 1_000.0, f64::from(rank) / n)).collect()
}

/// Returns the points of what is left of one, the last value left out: nothing exceeds it.
fn exceedance(values_us: &[u64]) -> Vec<(f64, f64)> {
    let mut points = distribution(values_us);
    points.pop();
    points.into_iter().map(|(ms, share)| (ms, 1.0 - share)).collect()
}

fn choice(at: &Conditions) -> String {
    match at.choice {
        Choice::Fixed => format!("fixed, one of {}", at.candidates),
        Choice::Meta => format!("meta, k = {}", at.candidates),
    }
}

fn words(at: &Conditions) -> String {
    format!("delays {} ms, {} packet-ins a second, {} nodes", at.delays, at.rate, at.nodes)
}

/// Returns how many hand-overs the least measured of some cells has.
fn least(cells: &[&Measured]) -> usize {
    cells.iter().map(|cell| cell.total_us.n).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::outcome::{compare, tests::measured};

    fn outcome() -> Outcome {
        let mut cells = vec![];
        for delays in [Delays::default(), Delays::symmetric(1_000), Delays::symmetric(2_000)] {
            cells.push(measured("erc", delays, [2, 3, 3]));
            cells.push(measured("elasticon", delays, [4, 4, 5]));
        }
        compare(&mut cells);
        Outcome { cells, ..Outcome::default() }
    }

    #[test]
    fn an_experiment_of_ones_own_has_times_phases_and_savings() {
        let sketches = sketches(&outcome());
        let names: Vec<&str> = sketches.iter().map(|sketch| sketch.name.as_str()).collect();
        assert_eq!(names, ["own-times", "own-phases", "own-savings-erc"]);
        assert!(sketches[0].caption.contains("delays 1 ms"), "{}", sketches[0].caption);
        let Plot::Heat(heat) = &sketches[2].plot else { panic!("{:?}", sketches[2]) };
        assert_eq!((heat.columns.len(), heat.rows.len()), (3, 1));
        assert!(heat.percent[0][2].is_some_and(|percent| percent > 30.0));
    }

    #[test]
    fn every_figure_is_drawn_with_its_caption() {
        for figure in figures(&outcome()) {
            assert!(figure.svg.contains("</svg>") && figure.svg.len() > 2_000, "{}", figure.name);
            assert!(figure.svg.contains("Seed 0"), "{}", figure.name);
        }
    }

    #[test]
    fn distributions_end_at_one_and_their_rests_above_nothing() {
        assert_eq!(distribution(&[2_000, 1_000]), [(1.0, 0.5), (2.0, 1.0)]);
        assert_eq!(exceedance(&[2_000, 1_000]), [(1.0, 0.5)]);
        assert!(exceedance(&[]).is_empty());
    }

    #[test]
    fn nothing_measured_is_nothing_drawn() {
        assert!(figures(&Outcome::default()).is_empty());
    }
}
