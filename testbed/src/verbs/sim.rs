//! `testbed sim`: seeded migrations in virtual time, with faults at every boundary.

use crate::output::Form;
use crate::sim::{self, Boundary, Coverage, Fault, Mutant, Scenario, Tally};
use crate::wait::Failure;
use migration::ownership::Protocol;
use serde::Serialize;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Simulates whole clusters in virtual time, from a seed, and asserts that no hand-over goes wrong.
///
/// Runs the very code of hand-overs, and crashes nodes, cuts streams, restarts switches and takes the log away
/// before and after every step. Any failure prints the command that replays it.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Seed of the first run; the others count up from it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Runs.
    #[arg(long, default_value_t = 1)]
    pub runs: u64,
    /// Migrations of each run.
    #[arg(long, default_value_t = sim::MIGRATIONS)]
    pub migrations: u32,
    /// Most faults for each migration; with 0 nothing may go wrong at all.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=4))]
    pub faults: u64,
    /// Protocol of every migration; any exact one if not given.
    #[arg(long)]
    pub protocol: Option<Protocol>,
    /// Lets machines lose their power, too: what they had sent may be lost.
    #[arg(long)]
    pub power_cuts: bool,
    /// Breaks a rule on purpose.
    #[arg(long, value_enum)]
    pub mutant: Option<Mutant>,
    /// Prints the time line of each run.
    #[arg(long)]
    pub trace: bool,
    /// Fails unless faults have struck on both sides of every boundary.
    #[arg(long)]
    pub everywhere: bool,
    /// Threads; as many as there are processors if not given.
    #[arg(long)]
    pub threads: Option<NonZero<usize>>,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

impl Default for Options {
    fn default() -> Self {
        let Scenario { seed, migrations, faults, power_cuts, protocol, mutant, trace } =
            Scenario::default();
        Self {
            seed,
            runs: 1,
            migrations,
            faults,
            protocol,
            power_cuts,
            mutant,
            trace,
            everywhere: false,
            threads: None,
            output: Form::Text,
        }
    }
}

/// What a campaign came to.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Seed of the first run.
    pub seed: u64,
    /// Runs.
    pub runs: u64,
    /// What was counted in all of them.
    #[serde(flatten)]
    pub tally: Tally,
    /// Faults that have struck, by kind.
    pub struck: BTreeMap<String, u64>,
    /// What was to be met, and was not.
    pub missing: Vec<String>,
    /// Runs that went wrong, the lowest seeds first.
    pub failures: Vec<RunFailure>,
    /// Where faults struck.
    #[serde(skip)]
    pub coverage: Coverage,
    /// Real time that it took, in milliseconds.
    pub took_ms: u64,
}

/// A run that went wrong.
#[derive(Clone, Debug, Serialize)]
pub struct RunFailure {
    /// Its seed.
    pub seed: u64,
    /// What is wrong.
    pub violations: Vec<String>,
    /// The command that does it again.
    pub replay: String,
}

impl Outcome {
    /// Returns whether nothing went wrong, and all was met that was to be met.
    pub fn is_good(&self) -> bool {
        self.failures.is_empty() && self.missing.is_empty()
    }
}

/// Runs a campaign; the outcome is there whatever went wrong.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let form = options.output;
    let outcome = campaign(options, |seed, run| {
        for line in run.trace.lines() {
            form.say(line);
        }
        for violation in &run.violations {
            form.say(format!("seed {seed}: {violation}"));
        }
        if !run.violations.is_empty() {
            form.say(format!("replay: {}", options.replay(seed)));
        }
    });
    let tally = &outcome.tally;
    form.say(format!(
        "{} migrations in {} runs, {} faults struck; {} packet-ins, {} lost / {} twice / {} out of order; {} s",
        tally.migrations,
        outcome.runs,
        tally.faults,
        tally.raised,
        tally.lost,
        tally.twice,
        tally.reordered,
        Duration::from_millis(outcome.took_ms).as_secs_f32(),
    ));
    if options.faults > 0 {
        form.say(table(&outcome.coverage));
    }
    Ok(outcome)
}

/// Runs every seed, and hands each outcome to `look`, in no order.
pub fn campaign(options: &Options, look: impl Fn(u64, &sim::Outcome) + Sync) -> Outcome {
    let started = Instant::now();
    let next = AtomicU64::new(0);
    let threads = options.threads.or_else(|| std::thread::available_parallelism().ok());
    let work = || {
        let (mut tally, mut coverage) = (Tally::default(), Coverage::default());
        let mut failures = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= options.runs {
                return (tally, coverage, failures);
            }
            let seed = options.seed + number;
            let run = sim::run(&options.scenario(seed));
            look(seed, &run);
            tally.add(&run.tally);
            coverage.add(&run.coverage);
            if !run.violations.is_empty() {
                let (violations, replay) = (run.violations, options.replay(seed));
                failures.push(RunFailure { seed, violations, replay });
            }
        }
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> =
            (0..threads.map_or(1, NonZero::get)).map(|_| scope.spawn(work)).collect();
        handles.into_iter().filter_map(|handle| handle.join().ok()).collect()
    });
    let (mut tally, mut coverage, mut failures) =
        (Tally::default(), Coverage::default(), Vec::new());
    for (part, covered, failed) in results {
        tally.add(&part);
        coverage.add(&covered);
        failures.extend(failed);
    }
    failures.sort_by_key(|failure| failure.seed);
    let missing = match options.everywhere {
        true => coverage.missing(options.power_cuts),
        false => Vec::new(),
    };
    let struck = Fault::ALL.map(|fault| (format!("{fault:?}"), coverage.faults(fault)));
    Outcome {
        seed: options.seed,
        runs: options.runs,
        tally,
        struck: struck.into(),
        missing,
        failures,
        coverage,
        took_ms: started.elapsed().as_millis() as u64,
    }
}

impl Options {
    fn scenario(&self, seed: u64) -> Scenario {
        let &Self { migrations, faults, power_cuts, protocol, mutant, trace, .. } = self;
        Scenario { seed, migrations, faults, power_cuts, protocol, mutant, trace }
    }

    /// Returns the command that does the run of `seed` again, and prints its time line.
    fn replay(&self, seed: u64) -> String {
        let mut command = format!(
            "testbed sim --seed {seed} --migrations {} --faults {} --trace",
            self.migrations, self.faults
        );
        if let Some(protocol) = self.protocol {
            command += &format!(" --protocol {protocol}");
        }
        if self.power_cuts {
            command += " --power-cuts";
        }
        if let Some(mutant) = self.mutant.and_then(|m| clap::ValueEnum::to_possible_value(&m)) {
            command += &format!(" --mutant {}", mutant.get_name());
        }
        command
    }
}

/// Returns how often what has struck where.
fn table(coverage: &Coverage) -> String {
    let mut lines =
        vec![format!("{:16}{:>10}{:>9}{:>9}", "boundary", "crossed", "before", "after")];
    for boundary in Boundary::ALL {
        let crossed = coverage.crossed.get(&boundary).copied().unwrap_or_default();
        let (before, after) = (coverage.strikes(boundary, false), coverage.strikes(boundary, true));
        lines.push(format!("{:16}{crossed:>10}{before:>9}{after:>9}", format!("{boundary:?}")));
    }
    let faults = Fault::ALL.map(|fault| format!("{fault:?} {}", coverage.faults(fault)));
    lines.push(faults.join(", "));
    lines.join("\n")
}
