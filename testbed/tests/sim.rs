//! The simulator itself: that a seed decides everything, that nothing goes wrong, and that it would be noticed.
//!
//! A run that goes wrong prints the command that does it again.

#![allow(clippy::unwrap_used)]

use clap::ValueEnum;
use migration::ownership::Protocol;
use testbed::sim::{self, Mutant, Scenario};
use testbed::verbs::sim::{Options, Outcome, campaign};

fn run(options: Options) -> Outcome {
    campaign(&options, |_, _| {})
}

fn assert_faultless(outcome: &Outcome) {
    let told = outcome.failures.iter().take(5).map(|failure| format!("{failure:#?}"));
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{} runs went wrong:\n{}", outcome.failures.len(), told.join("\n"));
}

#[test]
fn a_seed_decides_everything() {
    for seed in 1..=20 {
        let scenario = Scenario { seed, ..Scenario::default() };
        let first = sim::run(&scenario);
        let second = sim::run(&Scenario { trace: true, ..scenario.clone() });
        assert_eq!(first.tally, second.tally, "seed {seed}");
        assert!(first.trace.lines().is_empty() && !second.trace.lines().is_empty());
        let other = sim::run(&Scenario { seed: seed + 1_000, ..scenario });
        assert_ne!(first.tally.hash, other.tally.hash);
    }
}

#[test]
fn without_a_fault_each_packet_in_is_answered_once_and_in_order() {
    let outcome = run(Options { runs: 500, faults: 0, ..Options::default() });
    assert_faultless(&outcome);
    let tally = &outcome.tally;
    assert_eq!((tally.migrations, tally.lost, tally.twice, tally.reordered), (3_000, 0, 0, 0));
    assert!(tally.raised > 50_000, "there was hardly any traffic: {tally:?}");
    let exact = Protocol::ALL.into_iter().filter(|protocol| protocol.is_exact());
    for protocol in exact {
        let done = tally.protocols.get(protocol.name()).map_or(0, |ends| ends.done);
        assert!(done > 50, "{protocol} was hardly tried: {done}");
    }
}

#[test]
fn with_faults_everything_ends_and_nobody_forgets_what_it_heard() {
    let outcome = run(Options { runs: 500, ..Options::default() });
    assert_faultless(&outcome);
    assert!(outcome.tally.faults > 1_000, "hardly anything failed: {:?}", outcome.struck);
    let unseen: Vec<_> = outcome.struck.iter().filter(|(_, count)| **count == 0).collect();
    assert!(unseen.iter().all(|(fault, _)| *fault == "PowerCut"), "never struck: {unseen:?}");
}

#[test]
fn naive_loses_under_load_and_the_simulator_sees_it() {
    let naive = Some(Protocol::Naive);
    let outcome = run(Options { runs: 50, faults: 0, protocol: naive, ..Options::default() });
    assert_faultless(&outcome);
    assert!(outcome.tally.lost > 50, "{:?}", outcome.tally);
}

#[test]
fn what_is_broken_on_purpose_is_found_out() {
    // The fence is a second line: gate and lease stop everything before it does.
    let second_lines = [Mutant::NoFence];
    for &mutant in Mutant::value_variants().iter().filter(|mutant| !second_lines.contains(mutant)) {
        let found = [0, 2].into_iter().find_map(|faults| {
            let scenario =
                |seed| Scenario { seed, faults, mutant: Some(mutant), ..Scenario::default() };
            (1..=1_000).find_map(|seed| {
                let violation = sim::run(&scenario(seed)).violations.into_iter().next()?;
                Some(format!("seed {seed}, at most {faults} faults: {violation}"))
            })
        });
        let found = found.unwrap_or_else(|| panic!("{mutant:?} goes unnoticed"));
        println!("{mutant:?}: {found}");
    }
}
