//! A run: stage after stage, turn after turn.

use super::cell::Cell;
use super::crash::Crashes;
use super::environment::Environment;
use super::lab::Lab;
use super::outcome::{Measured, Outcome, compare};
use super::plan::{Stage, stages};
use super::sample::{Sample, Trouble};
use super::study::is_sound;
use super::virtual_time;
use crate::oracle::Percentiles;
use crate::wait::Failure;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What to run.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to measure.
    pub cells: Vec<Cell>,
    /// How often each, by index.
    pub migrations: Vec<u64>,
    /// Decides the order and every draw.
    pub seed: u64,
    /// The `baton` executable; the one beside this executable if not given.
    pub baton: Option<PathBuf>,
    /// Where nodes keep their data; where temporary files go if not given.
    pub place: Option<PathBuf>,
    /// Whether Open vSwitch stands for the switch.
    pub ovs: bool,
    /// Whether there are only the engines, in virtual time.
    pub virtual_time: bool,
    /// Owners to kill in the middle of hand-overs, after everything else.
    pub crashes: u64,
    /// Where it runs.
    pub environment: Environment,
}

/// What a cell has come to so far.
#[derive(Clone, Debug, Default)]
struct Tried {
    samples: Vec<Sample>,
    failed: u64,
    failure: Option<String>,
}

#[derive(Debug, Default)]
struct Books {
    tried: Vec<Tried>,
    protocols: BTreeMap<&'static str, Trouble>,
    answered: u64,
    errors_us: Option<Histogram<u64>>,
    crashes: Option<Crashes>,
}

/// Runs everything; `say` is told how far it has come.
pub async fn run(request: &Request, say: impl Fn(String)) -> Result<Outcome, Failure> {
    let mut books =
        Books { tried: vec![Tried::default(); request.cells.len()], ..Books::default() };
    if request.virtual_time {
        run_in_virtual_time(request, &mut books);
        return Ok(sum_up(request, books));
    }
    let stages = stages(&request.cells, &request.migrations, request.seed);
    for (number, stage) in (1..).zip(&stages) {
        let Stage { nodes, hosts, turns } = stage;
        say(format!(
            "stage {number} of {}: {nodes} nodes, {hosts} hosts, {} hand-overs",
            stages.len(),
            turns.len()
        ));
        run_stage(request, stage, &mut books, &say).await?;
    }
    if request.crashes > 0 {
        say(format!("killing {} owners", request.crashes));
        run_crashes(request, &stages, &mut books).await?;
    }
    Ok(sum_up(request, books))
}

fn run_in_virtual_time(request: &Request, books: &mut Books) {
    let cells = request.cells.iter().zip(&request.migrations).zip(&mut books.tried);
    for ((cell, &migrations), tried) in cells {
        let samples = (0..migrations).map(|n| virtual_time::measure(cell, request.seed, n));
        tried.samples = samples.flatten().collect();
        tried.failed = migrations - tried.samples.len() as u64;
    }
}

async fn run_stage(
    request: &Request,
    stage: &Stage,
    books: &mut Books,
    say: impl Fn(String),
) -> Result<(), Failure> {
    let mut lab = Lab::start(stage, request).await?;
    let mut failed_in_a_row = 0;
    for (done, turn) in stage.turns.iter().enumerate() {
        let cell = &request.cells[turn.cell];
        let turnout = lab.measure(cell, turn.number).await;
        lab.cluster.check_alive()?;
        *books.protocols.entry(cell.protocol.name()).or_default() += turnout.trouble;
        if is_sound(cell.protocol) && !turnout.trouble.is_none() {
            say(format!("{} {}: {}", cell.protocol, turn.number, lab.tell_of(&turnout.trouble)));
        }
        let tried = &mut books.tried[turn.cell];
        match turnout.sample {
            Ok(sample) => {
                tried.samples.push(sample);
                failed_in_a_row = 0;
            }
            Err(failure) => {
                tried.failed += 1;
                tried.failure.get_or_insert(failure.to_string());
                failed_in_a_row += 1;
                if failed_in_a_row == MOST_FAILED_IN_A_ROW {
                    return Err(Failure(format!(
                        "{failed_in_a_row} hand-overs in a row failed: {failure}"
                    )));
                }
            }
        }
        if (done + 1) % PROGRESS == 0 {
            say(format!("  {} of {}", done + 1, stage.turns.len()));
        }
    }
    books.answered += lab.subject.tally().answered;
    let errors = lab.errors_us();
    match &mut books.errors_us {
        // The bounds are the same by construction.
        Some(all) => all.add(errors).unwrap_or_default(),
        none => *none = Some(errors),
    }
    Ok(())
}

async fn run_crashes(
    request: &Request,
    stages: &[Stage],
    books: &mut Books,
) -> Result<(), Failure> {
    let Some((stage, cell)) = stages.first().zip(request.cells.first()) else { return Ok(()) };
    let mut lab = Lab::start(stage, request).await?;
    let mut crashes = Crashes::default();
    for number in 0..request.crashes {
        lab.crash(cell, number, request.seed, &mut crashes).await?;
    }
    books.answered += lab.subject.tally().answered;
    books.crashes = Some(crashes);
    Ok(())
}

fn sum_up(request: &Request, books: Books) -> Outcome {
    let tried = request.cells.iter().zip(&books.tried);
    let mut cells: Vec<Measured> = tried
        .map(|(cell, tried)| {
            Measured::of(cell, &tried.samples, tried.failed, tried.failure.clone())
        })
        .collect();
    compare(&mut cells);
    let samples = || books.tried.iter().flat_map(|tried| &tried.samples);
    let mut trouble = Trouble::default();
    books.protocols.values().for_each(|more| trouble += *more);
    Outcome {
        answered: books.answered,
        trouble,
        migrations: samples().count(),
        failed: books.tried.iter().map(|tried| tried.failed).sum(),
        seed: request.seed,
        migration_us: Percentiles::of(samples().map(|sample| sample.total)),
        window_us: Percentiles::of(samples().map(|sample| sample.window)),
        delay_error_us: books.errors_us.as_ref().map(Percentiles::of_histogram).unwrap_or_default(),
        protocols: books.protocols,
        crashes: books.crashes,
        environment: request.environment.clone(),
        cells,
    }
}

/// After so many failures without a success between them, there is nothing to learn from more.
const MOST_FAILED_IN_A_ROW: u32 = 20;
/// Hand-overs between two words of progress.
const PROGRESS: usize = 100;
