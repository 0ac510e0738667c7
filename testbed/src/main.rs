//! The laboratory's command: `testbed VERB`.

use clap::{Parser, Subcommand};
use serde::Serialize;
use std::process::ExitCode;
use testbed::output::Form;
use testbed::verbs::{bench, controllers, demo, faults, load, model, restart, sim, switches};
use testbed::wait::Failure;
use tokio::signal::unix::{SignalKind, signal};

/// Runs Baton's experiments: real controllers, virtual switches, and an oracle.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 nothing lost and nothing twice, 1 otherwise, 2 usage"
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Experiments: real processes and sockets, chosen delays, figures
    #[command(subcommand)]
    Bench(bench::Verb),
    Demo(demo::Options),
    Faults(faults::Options),
    Load(load::Options),
    Restart(restart::Options),
    Sim(sim::Options),
    Model(model::Options),
    Switches(switches::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    match Arguments::parse().verb {
        Verb::Demo(options) => {
            // Dropping the demo's future ends every process that it started.
            let outcome = tokio::select! {
                outcome = demo::run(&options) => outcome,
                () = interruption() => Err(Failure("interrupted; every controller is ended".to_owned())),
            };
            finish(options.output, outcome, |outcome| outcome.report.is_exactly_once())
        }
        Verb::Bench(bench::Verb::Migration(options)) => {
            let outcome = tokio::select! {
                outcome = bench::migration(&options) => outcome,
                () = interruption() => Err(Failure("interrupted; every controller is ended".to_owned())),
            };
            finish(options.output, outcome, testbed::bench::Outcome::is_good)
        }
        Verb::Bench(bench::Verb::Controllers(options)) => {
            // As above.
            let outcome = tokio::select! {
                outcome = controllers::run(&options) => outcome,
                () = interruption() => Err(Failure("interrupted; every controller is ended".to_owned())),
            };
            finish(options.output, outcome, testbed::rivals::Outcome::is_good)
        }
        Verb::Faults(options) => {
            // As above.
            let outcome = tokio::select! {
                outcome = faults::run(&options) => outcome,
                () = interruption() => Err(Failure("interrupted; every controller is ended".to_owned())),
            };
            finish(options.output(), outcome, faults::Outcome::is_good)
        }
        Verb::Load(options) => {
            // The threads that play switches are the generator's own.
            let outcome = tokio::task::block_in_place(|| load::run(&options));
            finish(options.output, outcome, |outcome| outcome.served)
        }
        Verb::Restart(options) => {
            // As above.
            let outcome = tokio::select! {
                outcome = restart::run(&options) => outcome,
                () = interruption() => Err(Failure("interrupted; every controller is ended".to_owned())),
            };
            finish(options.output, outcome, |outcome| outcome.report.is_exactly_once())
        }
        Verb::Sim(options) => finish(options.output, sim::run(&options), sim::Outcome::is_good),
        Verb::Model(options) => {
            let outcome = model::run(&options);
            finish(options.output, outcome, |outcome| outcome.found.is_good())
        }
        Verb::Switches(options) => {
            let outcome = switches::run(&options, interruption()).await;
            finish(options.output, outcome, |outcome| outcome.report.is_exactly_once())
        }
    }
}

fn finish<T: Serialize>(
    form: Form,
    outcome: Result<T, Failure>,
    is_good: impl Fn(&T) -> bool,
) -> ExitCode {
    match outcome {
        Ok(outcome) => {
            form.end_with(&outcome);
            if is_good(&outcome) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(failure) => {
            eprintln!("testbed: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn interruption() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => signals.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}
