//! `testbed bench controllers`: Baton and other controllers side by side.

use crate::load::{Mode, Version};
use crate::output::{Form, save, save_json};
use crate::rivals::{self, Outcome, Request, Subject, contestants, table};
use crate::wait::Failure;
use std::path::PathBuf;

/// Measures controllers side by side, each on one processor: how many packet-ins they answer, and how fast.
///
/// Every controller has a turn under each load in every round, and is started for it. Needs two processors.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// Who takes part, besides rivals
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NAME,…",
        default_value = "baton,ovs-testcontroller,os-ken"
    )]
    pub only: Vec<Known>,
    /// A further controller, as NAME=COMMAND, or NAME@VERSION=COMMAND if it speaks one version only; the command says
    /// {port}, and listens there; several are separated by semicolons
    #[arg(long, env = "RIVAL", value_delimiter = ';', value_name = "NAME=COMMAND;…")]
    pub rival: Vec<Subject>,
    /// OpenFlow version [default: the highest that all of them speak; each its highest if there is none]
    #[arg(long, value_enum)]
    pub version: Option<Version>,
    /// What is measured
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "throughput,latency",
        value_name = "MODE,…"
    )]
    pub modes: Vec<Mode>,
    /// Emulated switches
    #[arg(long, value_delimiter = ',', default_value = "1,16,64,256", value_name = "N,…",
          value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub switches: Vec<u64>,
    /// Addresses behind each switch; they talk in pairs
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(2..=100_000))]
    pub hosts: u64,
    /// Turns of each controller under each load
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub rounds: u64,
    /// Seconds of each turn, after one to warm up
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub seconds: u64,
    /// Nodes of Baton's cluster
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=9))]
    pub nodes: u64,
    /// Processor of the controller; the generator has the next
    #[arg(long, default_value_t = 0)]
    pub processor: usize,
    /// Write the whole result as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the table as Markdown
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// The `baton` executable; the one beside this executable if not given
    #[arg(long)]
    pub baton: Option<PathBuf>,
    /// How output looks
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// A controller that needs no command.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Known {
    /// Three nodes of ours.
    Baton,
    /// The same, with switches and nodes in TLS.
    BatonTls,
    /// Open vSwitch's.
    OvsTestcontroller,
    /// A learning switch in Python.
    OsKen,
}

/// Runs it.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    let form = options.output;
    let request = request(options)?;
    for it in &request.contestants {
        form.say(format!("{} speaks OpenFlow {}", it.subject.name, it.version));
    }
    let mut outcome = rivals::run(&request, |line| eprintln!("{line}")).await?;
    form.say(format!("\n{}", table::text(&outcome)));
    for failure in &outcome.failures {
        form.say(format!("failed: {failure}"));
    }
    write_files(options, &outcome)?;
    if form == Form::Text {
        outcome.samples.clear();
    }
    Ok(outcome)
}

fn request(options: &Options) -> Result<Request, Failure> {
    let known = options.only.iter().map(|known| match known {
        Known::Baton => rivals::baton(),
        Known::BatonTls => rivals::baton_in_tls(),
        Known::OvsTestcontroller => rivals::ovs(),
        Known::OsKen => rivals::os_ken(),
    });
    let subjects: Vec<Subject> = known.chain(options.rival.iter().cloned()).collect();
    if let Some((subject, program)) = subjects.iter().find_map(|it| Some((it, it.missing()?))) {
        return Err(Failure(format!(
            "{}: there is no {program}; nothing was measured. Install it (testbed/rivals/setup.sh), or leave it out \
             (--only)",
            subject.name
        )));
    }
    Ok(Request {
        contestants: contestants(subjects, options.version),
        modes: options.modes.clone(),
        switches: options.switches.iter().map(|&switches| switches as usize).collect(),
        hosts: (options.hosts as usize).next_multiple_of(2),
        rounds: options.rounds as usize,
        seconds: options.seconds,
        nodes: options.nodes,
        processor: options.processor,
        baton: options.baton.clone(),
    })
}

fn write_files(options: &Options, outcome: &Outcome) -> Result<(), Failure> {
    if let Some(path) = &options.json {
        save_json(path, outcome)?;
    }
    match &options.markdown {
        Some(path) => save(path, table::markdown(outcome)),
        None => Ok(()),
    }
}

const EXAMPLES: &str = "Examples:
  testbed bench controllers
  testbed bench controllers --only baton,ovs-testcontroller --version 1.3 --switches 16 --rounds 9
  RIVAL='mine@1.0=/opt/mine/controller --listen {port}' testbed bench controllers --json controllers.json

Only compare figures of one run, and run nothing beside it.
Exit codes: 0 every controller had its turns, 1 otherwise, 2 usage";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn request_of(line: &str) -> Result<Request, Failure> {
        let words = std::iter::once("bench").chain(line.split_whitespace());
        request(&Line::parse_from(words).options)
    }

    #[test]
    fn rivals_take_part_beside_the_known() {
        let line =
            "--only baton --rival true=true{port};old@1.0=true{port} --hosts 3 --switches 1,2";
        assert!(request_of(line).is_err(), "there is no such program");
        let line = "--only baton --rival sh=sh;{port}";
        assert!(Line::try_parse_from(std::iter::once("bench").chain(line.split(' '))).is_err());
        let request = request_of("--only baton --version 1.3 --hosts 3 --switches 1,2").unwrap();
        assert_eq!((request.contestants.len(), request.hosts), (1, 4));
        assert_eq!(request.switches, [1, 2]);
    }
}
