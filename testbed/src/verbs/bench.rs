//! `testbed bench`: experiments.

use crate::bench::cell::{self, Conditions, Delays, Glitch, Stall};
use crate::bench::environment::{self, Environment};
use crate::bench::study::{self, Study, Wanted};
use crate::bench::{Cell, Outcome, Request, figure, table};
use crate::output::{Form, save, save_json};
use crate::proxy::Distribution;
use crate::verbs::controllers;
use crate::wait::Failure;
use migration::ownership::Protocol;
use std::path::PathBuf;

/// What can be measured.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    /// Measures hand-over protocols side by side, under the oracle
    Migration(Box<Options>),
    /// Measures controllers side by side, each on one processor
    Controllers(Box<controllers::Options>),
}

/// Measures hand-over protocols side by side in one run: real processes, real sockets, chosen delays.
///
/// Each direction of each connection gets the one-way delay of whoever receives: dS at the source, dT at the
/// target, dW at the switch. Hand-overs of all cells are made in one shuffled order, and every packet-in is
/// counted by the oracle.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// A ready-made study; several separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME,…")]
    pub study: Vec<Study>,
    /// Fewer points and fewer hand-overs: minutes instead of hours
    #[arg(long)]
    pub quick: bool,
    /// Protocols to compare [default: erc, or what the study asks for]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub protocols: Vec<Protocol>,
    /// One-way delays in milliseconds: dS,dT,dW, or one figure for all three; more than one may follow [default:
    /// 1, or what the study asks for]
    #[arg(long, num_args = 1.., value_name = "dS,dT,dW")]
    pub delays: Vec<Delays>,
    /// The grid of the paper instead: symmetric, slow target, slow source, slow switch
    #[arg(long, conflicts_with = "delays")]
    pub grid: bool,
    /// Packet-ins a second
    #[arg(long, default_value_t = 1_000)]
    pub rate: u64,
    /// Several loads, in packet-ins a second
    #[arg(long, value_delimiter = ',', conflicts_with = "rate", value_name = "RATE,…")]
    pub loads: Vec<u64>,
    /// Nodes that the switch may move to; the source probes them all
    #[arg(long, default_value_t = 1, value_name = "K", value_parser = clap::value_parser!(u64).range(1..=8))]
    pub candidates: u64,
    /// How the source chooses among candidates
    #[arg(long, default_value = "", hide_default_value = true)]
    pub rule: String,
    /// Probability that a candidate is slow during a hand-over, and how much longer its delays then are
    #[arg(long, value_name = "P,FACTOR")]
    pub glitch: Option<Glitch>,
    /// Probability that a candidate stalls when a hand-over begins, and for how many milliseconds
    #[arg(long, value_name = "P,MS")]
    pub stall: Option<Stall>,
    /// How delays are spread about their means
    #[arg(long, value_enum, default_value_t)]
    pub distribution: Distribution,
    /// Hosts that the application has learnt
    #[arg(long, value_delimiter = ',', default_value = "0", value_name = "N,…")]
    pub state_hosts: Vec<u64>,
    /// Nodes of the cluster [default: 3, or one more than candidates]
    #[arg(long, value_delimiter = ',', value_name = "N,…", value_parser = clap::value_parser!(u64).range(2..=9))]
    pub nodes: Vec<u64>,
    /// One-way delays of Raft and leases, in milliseconds
    #[arg(long, value_delimiter = ',', default_value = "0", value_name = "MS,…")]
    pub raft_delay: Vec<f64>,
    /// Hand-overs of each cell [default: 100, or what the study asks for]
    #[arg(long, value_name = "N")]
    pub migrations: Option<u64>,
    /// Owners to kill at random points of hand-overs, in the end; only counted
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub crash: u64,
    /// Open vSwitch with the user-space datapath instead of virtual switches (root; times only)
    #[arg(long)]
    pub ovs: bool,
    /// Only the engines, in virtual time: what the messages cost by themselves, the same at each run of a seed
    #[arg(long = "virtual", conflicts_with_all = ["ovs", "crash", "rule", "fast_disk", "baton"])]
    pub virtual_time: bool,
    /// Keep nodes' data in memory where there is a tmpfs, so that Raft does not wait for a disk
    #[arg(long)]
    pub fast_disk: bool,
    /// Decides the order and every draw
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Write the whole result as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write figures as SVG
    #[arg(long, value_name = "DIR")]
    pub plots: Option<PathBuf>,
    /// Write the tables as Markdown, with the figures if there are any
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// The `baton` executable; the one beside this executable if not given
    #[arg(long)]
    pub baton: Option<PathBuf>,
    /// How output looks
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// Runs the experiment; the outcome is there whatever the oracle's verdict.
pub async fn migration(options: &Options) -> Result<Outcome, Failure> {
    let request = request(options)?;
    let total: u64 = request.migrations.iter().sum();
    let form = options.output;
    form.say(format!("{} cells, {total} hand-overs", request.cells.len()));
    let mut outcome = crate::bench::run(&request, |line| eprintln!("{line}")).await?;
    form.say(table::text(&outcome.cells));
    let (legend, floors) = (table::legend(&outcome), table::floors(&outcome));
    form.say(format!("\n{legend}\n\n{floors}{}", table::verdict(&outcome)));
    for cell in outcome.cells.iter().filter(|cell| cell.failed > 0) {
        let why = cell.failure.as_deref().unwrap_or_default();
        form.say(format!("{} of {} failed, the first: {why}", cell.failed, cell.protocol));
    }
    write_files(options, &outcome)?;
    if form == Form::Text {
        outcome.cells.clear();
    }
    Ok(outcome)
}

fn request(options: &Options) -> Result<Request, Failure> {
    let wanted = wanted(options)?;
    let mut cells: Vec<Cell> = vec![];
    let studies: Vec<Study> = options.study.iter().flat_map(|study| study.each()).collect();
    for study in &studies {
        cells.extend(study.cells(&wanted));
    }
    if studies.is_empty() {
        let protocols = match &wanted.protocols[..] {
            [] => vec![Protocol::default()],
            chosen => chosen.to_vec(),
        };
        cells = study::product("own", &Wanted { protocols, ..wanted });
    }
    let cells = study::with_rest(cells);
    let often = |cell: &Cell| {
        let study = studies.iter().find(|study| study.name() == cell.study);
        let usual = study.map_or(USUAL, |study| study.migrations(options.quick));
        options.migrations.unwrap_or(usual)
    };
    let (place, disk) = match options.virtual_time {
        true => (None, "nothing"),
        false => environment::place(options.fast_disk),
    };
    let switch = match (options.ovs, options.virtual_time) {
        (true, _) => "Open vSwitch, not under the oracle",
        (_, true) => "virtual time, without packet-ins",
        (false, false) => "virtual switch",
    };
    Ok(Request {
        migrations: cells.iter().map(often).collect(),
        cells,
        seed: options.seed,
        baton: options.baton.clone(),
        place,
        ovs: options.ovs,
        virtual_time: options.virtual_time,
        crashes: options.crash,
        environment: Environment::here(disk, switch),
    })
}

fn wanted(options: &Options) -> Result<Wanted, Failure> {
    let raft_us = options.raft_delay.iter().map(|ms| cell::milliseconds(&ms.to_string()));
    let candidates = usize::try_from(options.candidates).unwrap_or(1);
    let base = Conditions {
        distribution: options.distribution,
        glitch: options.glitch.unwrap_or_default(),
        stall: options.stall.unwrap_or_default(),
        candidates,
        choice: if candidates > 1 { cell::Choice::Meta } else { cell::Choice::Fixed },
        rule: options.rule.clone(),
        ..Conditions::default()
    };
    Ok(Wanted {
        protocols: options.protocols.clone(),
        delays: if options.grid { cell::grid(options.quick) } else { options.delays.clone() },
        rates: if options.loads.is_empty() { vec![options.rate] } else { options.loads.clone() },
        hosts: options.state_hosts.clone(),
        nodes: options.nodes.clone(),
        raft_us: raft_us.collect::<Result<_, _>>().map_err(Failure)?,
        base,
        is_quick: options.quick,
    })
}

fn write_files(options: &Options, outcome: &Outcome) -> Result<(), Failure> {
    if let Some(path) = &options.json {
        save_json(path, outcome)?;
    }
    let figures = options.plots.as_ref().map(|directory| (directory, figure::figures(outcome)));
    if let Some((directory, figures)) = &figures {
        figure::save(figures, directory).map_err(|e| Failure::new(directory.display(), e))?;
        options.output.say(format!("{} figures in {}", figures.len(), directory.display()));
    }
    if let Some(path) = &options.markdown {
        let mut text = table::markdown(outcome);
        for (directory, figure) in
            figures.iter().flat_map(|(at, all)| all.iter().map(move |f| (at, f)))
        {
            let file = directory.file_name().unwrap_or_default().to_string_lossy();
            text += &format!("\n![{0}]({file}/{1}.svg)\n\n{0}\n", figure.caption, figure.name);
        }
        save(path, text)?;
    }
    Ok(())
}

/// Hand-overs of a cell that belongs to no study.
const USUAL: u64 = 100;

const EXAMPLES: &str = "Examples:
  testbed bench migration
  testbed bench migration --protocols erc,elasticon,direct --delays 1 1,4,1 --migrations 200 --fast-disk
  testbed bench migration --study grid --quick --plots figures --json grid.json
  testbed bench migration --study all --fast-disk --markdown study.md --plots figures --json study.json
  testbed bench migration --ovs --delays 0 --rate 0 --migrations 500 --json idle.json
  testbed bench migration --candidates 3 --glitch 0.1,4 --rule first --distribution pareto
  testbed bench migration --virtual --study meta --migrations 20000

Only compare figures of one run: hand-overs of all cells are interleaved in it.
Exit codes: 0 no sound protocol lost or doubled a packet-in, 1 otherwise, 2 usage";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn cells(line: &str) -> Vec<Cell> {
        let words = std::iter::once("bench").chain(line.split_whitespace());
        request(&Line::parse_from(words).options).unwrap().cells
    }

    #[test]
    fn lists_are_combined_and_compared_with_rest() {
        let cells = cells("--delays 1 1,4,1 --loads 100,200 --raft-delay 0,2.5");
        assert_eq!(cells.len(), 8 + 4);
        assert!(cells.iter().any(|cell| cell.conditions.raft_delay_us == 2_500));
    }

    #[test]
    fn candidates_bring_their_nodes() {
        let cells = cells("--candidates 4 --glitch 0.1,4");
        assert_eq!((cells.len(), cells[0].conditions.nodes), (1, 5));
    }

    #[test]
    fn studies_can_be_combined() {
        let cells = cells("--study state,raft --quick");
        assert!(cells.iter().all(|cell| ["state", "raft"].contains(&cell.study)));
        assert!(cells.iter().any(|cell| cell.study == "state"));
    }
}
