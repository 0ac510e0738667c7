//! `testbed load`: a controller benchmark in the manner of cbench.

use crate::load::{self, Mode, Outcome, Plan, Shape, Version};
use crate::output::Form;
use crate::wait::Failure;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Measures how many packet-ins a controller answers, or how fast, with emulated switches.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  testbed load --controllers 127.0.0.1:6653
  testbed load --controllers 127.0.0.1:6653,127.0.0.1:7653,127.0.0.1:8653 --mode latency --switches 64
  testbed load --controllers 127.0.0.1:6633 --version 1.0 --processor 1
  testbed load --controllers 127.0.0.1:6653 --tls pki/switch-s1")]
pub struct Options {
    /// Where controllers listen for switches; every switch connects to all of them
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', required = true)]
    pub controllers: Vec<SocketAddr>,
    /// What is measured
    #[arg(long, value_enum, default_value_t)]
    pub mode: Mode,
    /// OpenFlow version that switches speak
    #[arg(long, value_enum, default_value_t)]
    pub version: Version,
    /// Emulated switches
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=20_000))]
    pub switches: u64,
    /// Addresses behind each switch; they talk in pairs
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(2..=100_000))]
    pub hosts: u64,
    /// Have packet-ins carry packets that the switch does not keep, as Open vSwitch's do
    #[arg(long)]
    pub unbuffered: bool,
    /// Seconds to measure, after one to warm up
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,
    /// Threads that play switches
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=64))]
    pub threads: u64,
    /// Pin threads to processors from this one on
    #[arg(long)]
    pub processor: Option<usize>,
    /// Speak TLS, with a switch's folder as `baton pki issue switch` makes it
    #[arg(long, value_name = "DIR")]
    pub tls: Option<PathBuf>,
    /// How output looks
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// Runs it.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let plan = Plan {
        controllers: options.controllers.clone(),
        mode: options.mode,
        version: options.version,
        switches: options.switches as usize,
        shape: Shape {
            hosts: (options.hosts as usize).next_multiple_of(2),
            buffered: !options.unbuffered,
            ..Shape::default()
        },
        seconds: options.seconds,
        threads: options.threads as usize,
        processor: options.processor,
        tls: options.tls.as_deref().map(load::credentials).transpose()?,
    };
    let outcome = load::run(&plan)?;
    let Outcome { rate, deviation, ready_s, .. } = outcome;
    options.output.say(format!(
        "{} switches served after {ready_s:.2} s; {rate:.0} answers a second, ±{deviation:.0}",
        plan.switches
    ));
    if let Some(latency) = outcome.latency_ns {
        let us = |ns: u64| ns as f64 / 1_000.0;
        options.output.say(format!(
            "to each answer: {:.1} us in the median, {:.1} at 99 %, {:.1} at most; {} unanswered within a second",
            us(latency.p50),
            us(latency.p99),
            us(latency.max),
            outcome.unanswered
        ));
    }
    Ok(outcome)
}
