//! Rounds and turns: starts a controller, loads it, weighs it, and ends it.

use super::process::{Group, memory, pinned};
use super::row::{Sample, rows};
use super::{Contestant, Outcome, Request};
use crate::bench::environment::Environment;
use crate::cluster::{self, Cluster, Pki, Tls};
use crate::load::{self, Mode, Plan, Shape};
use crate::ports::PortBlock;
use crate::wait::Failure;
use rustls::ClientConfig;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Gives everybody their turns; a turn that comes to nothing is noted, and the rest goes on.
pub async fn run(request: &Request, tell: impl Fn(String)) -> Result<Outcome, Failure> {
    let mut outcome = Outcome {
        environment: Environment::here("disk", "emulated"),
        rounds: request.rounds,
        seconds: request.seconds,
        hosts: request.hosts,
        nodes: request.nodes,
        rows: vec![],
        samples: vec![],
        failures: vec![],
    };
    if outcome.environment.cores < 2 {
        return Err(Failure(
            "two processors are needed: the controller's and the generator's".to_owned(),
        ));
    }
    for turn in turns(request) {
        let Turn { round, contestant, mode, switches } = turn;
        let name = &contestant.subject.name;
        match measure(request, &turn).await {
            Ok(sample) => {
                let (round, rounds, rate) = (round + 1, request.rounds, sample.rate);
                tell(format!(
                    "{round}/{rounds} {switches} {mode:?} {name}: {rate:.0} answers a second"
                ));
                if rate == 0.0 {
                    let nothing = "it answered nothing while it was measured";
                    outcome
                        .failures
                        .push(format!("{name}, {switches} switches, {mode:?}: {nothing}"));
                }
                outcome.samples.push(sample);
            }
            Err(failure) => {
                let failure = format!("{name}, {switches} switches, {mode:?}: {failure}");
                tell(failure.clone());
                outcome.failures.push(failure);
            }
        }
    }
    outcome.rows = rows(&outcome.samples);
    Ok(outcome)
}

/// One controller under one load, in one round.
#[derive(Clone, Copy, Debug)]
struct Turn<'a> {
    round: usize,
    contestant: &'a Contestant,
    mode: Mode,
    switches: usize,
}

/// Returns all turns in their order.
fn turns(request: &Request) -> Vec<Turn<'_>> {
    let mut turns = vec![];
    let contestants = &request.contestants;
    for round in 0..request.rounds {
        for &switches in &request.switches {
            for &mode in &request.modes {
                let order =
                    (0..contestants.len()).map(|n| &contestants[(n + round) % contestants.len()]);
                let serves =
                    |it: &&Contestant| it.subject.most_switches.is_none_or(|most| switches <= most);
                turns.extend(order.filter(serves).map(|contestant| Turn {
                    round,
                    contestant,
                    mode,
                    switches,
                }));
            }
        }
    }
    turns
}

async fn measure(request: &Request, turn: &Turn<'_>) -> Result<Sample, Failure> {
    let Turn { round, contestant, mode, switches } = *turn;
    let version = contestant.version;
    let (outcome, memory_bytes) = match &contestant.subject.command {
        Some(command) => measure_command(request, turn, command).await?,
        None => measure_baton(request, turn).await?,
    };
    if !outcome.served {
        return Err(Failure("not every switch was served to the end".to_owned()));
    }
    Ok(Sample {
        round,
        controller: contestant.subject.name.clone(),
        version,
        mode,
        switches,
        rate: outcome.rate,
        latency_ns: outcome.latency_ns,
        unanswered: outcome.unanswered,
        memory_bytes,
    })
}

/// Measures Baton's first node: no switch knows of the others, so that it owns them all.
async fn measure_baton(
    request: &Request,
    turn: &Turn<'_>,
) -> Result<(load::Outcome, u64), Failure> {
    let mut cluster = Cluster::prepare(cluster::Options {
        nodes: request.nodes,
        baton: request.baton.clone(),
        extra: format!("[openflow]\nversions = [\"{}\"]\n", turn.contestant.version),
        tls: if turn.contestant.subject.tls { Tls::Everywhere } else { Tls::Off },
        ..cluster::Options::default()
    })
    .await?;
    for node in cluster.ids() {
        let processor = if node == MEASURED { request.processor } else { request.processor + 1 };
        pinned(processor, || cluster.run(node))??;
    }
    cluster.healthy().await?;
    let tls = match turn.contestant.subject.tls {
        true => Some(switches_credentials(cluster.pki()?).await?),
        false => None,
    };
    let outcome = load(request, turn, cluster.openflow(MEASURED), tls).await?;
    Ok((outcome, memory(cluster.process(MEASURED)?.pid())))
}

async fn switches_credentials(pki: &Pki) -> Result<Arc<ClientConfig>, Failure> {
    pki.call(&["issue", "switch", "generator"]).await?;
    load::credentials(&pki.folder("switch-generator"))
}

async fn measure_command(
    request: &Request,
    turn: &Turn<'_>,
    command: &str,
) -> Result<(load::Outcome, u64), Failure> {
    let mut ports = PortBlock::reserve().map_err(|e| Failure::new("reserve ports", e))?;
    let port = ports.take().ok_or_else(|| Failure("a block without ports".to_owned()))?;
    let directory = tempfile::tempdir().map_err(|e| Failure::new("a temporary directory", e))?;
    let command = command.replace("{port}", &port.to_string());
    let mut group = Group::start(&command, request.processor, &directory.path().join("log"))?;
    group.listening(port).await?;
    let outcome = load(request, turn, (Ipv4Addr::LOCALHOST, port).into(), None).await?;
    Ok((outcome, group.memory()))
}

async fn load(
    request: &Request,
    turn: &Turn<'_>,
    at: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
) -> Result<load::Outcome, Failure> {
    let plan = Plan {
        controllers: vec![at],
        mode: turn.mode,
        version: turn.contestant.version,
        switches: turn.switches,
        shape: Shape { hosts: request.hosts, ..Shape::default() },
        seconds: request.seconds,
        threads: 1,
        processor: Some(request.processor + 1),
        tls,
    };
    let loaded = tokio::task::spawn_blocking(move || load::run(&plan)).await;
    loaded.map_err(|e| Failure::new("the generator", e))?
}

/// The node that is measured.
const MEASURED: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Version;
    use crate::rivals::{baton, os_ken, ovs};

    #[test]
    fn everybody_has_a_turn_under_each_load_and_another_begins_each_round() {
        let contestants = [baton(), ovs(), os_ken()];
        let contestants = contestants.map(|subject| Contestant { subject, version: Version::V1_3 });
        let request = Request {
            contestants: contestants.to_vec(),
            modes: vec![Mode::Throughput, Mode::Latency],
            switches: vec![1, 64],
            hosts: 2,
            rounds: 2,
            seconds: 1,
            nodes: 3,
            processor: 0,
            baton: None,
        };
        let turns = turns(&request);
        let names: Vec<&str> = turns.iter().map(|it| &*it.contestant.subject.name).collect();
        assert_eq!(turns.len(), 2 * (2 * 3 + 2 * 2), "the test controller serves 16 switches");
        assert_eq!(names[..3], ["baton", "ovs-testcontroller", "os-ken"]);
        assert_eq!(names[10..13], ["ovs-testcontroller", "os-ken", "baton"]);
    }
}
