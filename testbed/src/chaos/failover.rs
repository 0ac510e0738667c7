//! How long a failover takes: from the death of a switch's owner to the first answer by another.

use super::check::packets::Verdict;
use super::stage::{self, Stage};
use crate::oracle::Percentiles;
use crate::switches::VirtualSwitch;
use crate::wait::{Failure, wait_until};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What a run is like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Nodes of the cluster.
    pub nodes: u64,
    /// Owners to kill.
    pub times: u64,
    /// Packet-ins a second of the switch.
    pub rate: u64,
    /// The `baton` executable; the one beside the running one if not given.
    pub baton: Option<PathBuf>,
}

/// What a run came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Owners killed.
    pub times: u64,
    /// From the kill to the first answer to a packet-in that was raised after it, in microseconds.
    pub failover_us: Percentiles,
    /// The same, of owners that led the log besides: an election comes before anybody notices.
    pub leading_us: Percentiles,
    /// The same, of owners that did not.
    pub following_us: Percentiles,
    /// What the nodes say that it took, by stage: how often, and the mean in microseconds.
    pub stages: BTreeMap<String, (u64, u64)>,
    /// Migrations asked for: none.
    pub migrations: u64,
    /// Nothing is random here.
    pub seed: u64,
    /// What became of packet-ins, and violations.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Directory of everything, kept if something is wrong.
    pub kept: Option<PathBuf>,
}

impl Outcome {
    /// Returns whether everything held.
    pub fn is_good(&self) -> bool {
        self.verdict.wrong.is_empty()
    }
}

/// Carries a plan out; ends at the first violation. `say` hears of every failover.
pub async fn run(plan: &Plan, say: impl Fn(String)) -> Result<Outcome, Failure> {
    let (nodes, rate, baton) = (plan.nodes, plan.rate, plan.baton.clone());
    let base = stage::Options::default();
    let options = stage::Options { nodes, switches: 1, rate, clients: (1, 0), baton, ..base };
    let mut stage = Stage::start(options).await?;
    let mut outcome = Outcome::default();
    let (mut leading, mut following) = (vec![], vec![]);
    let mut stages = BTreeMap::new();
    while outcome.times < plan.times && outcome.verdict.wrong.is_empty() {
        outcome.times += 1;
        match once(&mut stage, &mut outcome, &mut stages).await {
            Ok((us, led)) => {
                say(format!(
                    "{}: {} ms{}",
                    outcome.times,
                    us / 1_000,
                    if led { ", it led" } else { "" }
                ));
                if led { leading.push(us) } else { following.push(us) }
            }
            Err(failure) => outcome.verdict.wrong.push(failure.to_string()),
        }
    }
    outcome.failover_us = Percentiles::of(leading.iter().chain(&following).copied());
    outcome.leading_us = Percentiles::of(leading);
    outcome.following_us = Percentiles::of(following);
    outcome.stages =
        stages.into_iter().map(|(name, (n, sum))| (name, (n, mean_us(n, sum)))).collect();
    if !outcome.verdict.wrong.is_empty() {
        outcome.kept = stage.cluster.keep();
    }
    Ok(outcome)
}

/// One failover; returns how long it took, and whether the owner led the log.
async fn once(
    stage: &mut Stage,
    outcome: &mut Outcome,
    stages: &mut BTreeMap<String, (u64, f64)>,
) -> Result<(u64, bool), Failure> {
    stage.flows().await?;
    let owner = stage.switches[0].switch.master().ok_or_else(|| Failure("no master".to_owned()))?;
    let led = stage.operator.leader().await == Some(owner);
    let before = observed(stage, owner).await;
    let (process, killed_at) = (stage.cluster.process(owner)?, stage.clocks());
    process.kill();
    stage.cluster.kill(owner).await?;
    let us = answered_after(&stage.switches[0].switch, killed_at[0]).await?;
    for (name, (n, sum)) in observed(stage, owner).await {
        let (n_before, sum_before) = before.get(&name).copied().unwrap_or_default();
        let total = stages.entry(name).or_default();
        *total = (total.0 + n.saturating_sub(n_before), total.1 + sum - sum_before);
    }
    stage.cluster.run(owner)?;
    let struck = [[owner].into_iter().collect()];
    let verdict = stage.settle(&struck, Some(&killed_at)).await?.verdict;
    outcome.verdict.add(verdict);
    Ok((us, led))
}

/// Waits for an answer to a packet-in that was raised later, and returns how long that took.
async fn answered_after(switch: &VirtualSwitch, killed_at: Duration) -> Result<u64, Failure> {
    wait_until("an answer after the kill", stage::CALM_LIMIT, async || {
        let took = switch.answered_after(killed_at);
        let took = took.ok_or_else(|| format!("{} wait", switch.waiting()))?;
        Ok(took.as_micros() as u64)
    })
    .await
}

/// Returns what the nodes but for one have observed of failovers, by stage: how often, and seconds in all.
async fn observed(stage: &Stage, but: u64) -> BTreeMap<String, (u64, f64)> {
    let mut found: BTreeMap<String, (u64, f64)> = BTreeMap::new();
    for node in stage.cluster.ids().filter(|&node| node != but) {
        let Ok((_, text)) = stage.cluster.http(node, "/metrics").await else { continue };
        for (name, n, sum) in text.lines().filter_map(stage_of) {
            let total = found.entry(name).or_default();
            *total = (total.0 + n, total.1 + sum);
        }
    }
    found
}

/// Reads a line such as `baton_failover_seconds_sum{stage="detection"} 0.8`: stage, count, sum.
fn stage_of(line: &str) -> Option<(String, u64, f64)> {
    let rest = line.strip_prefix("baton_failover_seconds_")?;
    let (kind, rest) = rest.split_once('{').or_else(|| rest.split_once(' '))?;
    let value: f64 = line.rsplit(' ').next()?.parse().ok()?;
    let stage = rest.split("stage=\"").nth(1).and_then(|rest| rest.split('"').next());
    let stage = stage.unwrap_or("all").to_owned();
    match kind {
        "count" => Some((stage, value as u64, 0.0)),
        "sum" => Some((stage, 0, value)),
        _ => None,
    }
}

fn mean_us(n: u64, seconds: f64) -> u64 {
    if n == 0 { 0 } else { (seconds * 1e6 / n as f64) as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_read_from_the_exposition() {
        let line = "baton_failover_seconds_sum{stage=\"detection\"} 0.8";
        assert_eq!(stage_of(line), Some(("detection".to_owned(), 0, 0.8)));
        let line = "baton_failover_seconds_count{stage=\"take_over\"} 3";
        assert_eq!(stage_of(line), Some(("take_over".to_owned(), 3, 0.0)));
        assert_eq!(stage_of("baton_failover_seconds_count 2"), Some(("all".to_owned(), 2, 0.0)));
        assert_eq!(stage_of("baton_failover_seconds_bucket{le=\"1\"} 2"), None);
        assert_eq!(mean_us(2, 1.0), 500_000);
    }
}
