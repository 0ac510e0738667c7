//! `testbed demo`: a cluster, switches under load, hand-overs, and the oracle's verdict.

use crate::cluster::{self, Cluster, Migrated, Phases};
use crate::oracle::{Percentiles, Report};
use crate::output::Form;
use crate::switches::{self, VirtualSwitch};
use crate::wait::{Failure, wait_until};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// Shows a hand-over under load: three controllers, virtual switches, and an oracle that counts answers.
///
/// Starts a cluster of real `baton` processes on free loopback ports, moves a switch between them while it
/// raises packet-ins, and counts how often each packet-in was answered. Needs no root.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Hand-overs of the loaded switch.
    #[arg(long, default_value_t = 6)]
    pub migrations: u32,
    /// Virtual switches; the first is the loaded one.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=64))]
    pub switches: u64,
    /// Packet-ins a second that the loaded switch raises.
    #[arg(long, default_value_t = 1_000)]
    pub rate: u64,
    /// Chooses where the switch moves.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The `baton` executable; the one beside this executable if not given.
    #[arg(long)]
    pub baton: Option<PathBuf>,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// What a demo came to.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The oracle's verdict.
    #[serde(flatten)]
    pub report: Report,
    /// Hand-overs done.
    pub migrations: usize,
    /// What chose the targets.
    pub seed: u64,
    /// Hand-overs from start to release, in microseconds.
    pub migration_us: Percentiles,
    /// How long the target held packet-ins back, in microseconds.
    pub window_us: Percentiles,
}

/// Runs the demo; the outcome is there whatever the oracle's verdict.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    let form = options.output;
    form.say("starting three controllers");
    let baton = options.baton.clone();
    let mut cluster =
        Cluster::start(cluster::Options { baton, ..cluster::Options::default() }).await?;
    form.say(format!("starting {} switches, each connected to all three", options.switches));
    let switches: Vec<_> = (1..=options.switches)
        .map(|dpid| VirtualSwitch::start(switches::Options::new(dpid, cluster.controllers())))
        .collect();
    for switch in &switches {
        let everywhere = |seen: &cluster::Seen| seen.owner.is_some() && seen.connected.len() == 3;
        let connected = "owned, and connected to all nodes";
        let seen =
            cluster.wait_for_switch(switch.dpid(), connected, START_LIMIT, everywhere).await?;
        switch.ready(START_LIMIT).await?;
        form.say(format!("  switch {} is node {}'s", switch.dpid(), seen.owner.unwrap_or(0)));
    }
    let loaded = &switches[0];
    form.say(format!("switch {} now raises {} packet-ins a second", loaded.dpid(), options.rate));
    loaded.set_rate(options.rate);

    let mut migrations = vec![];
    for number in 1..=options.migrations {
        let before = loaded.answered();
        traffic_flows(loaded, before + (options.rate / 4).max(1)).await?;
        let owner = cluster.switch(loaded.dpid()).await?.owner;
        let target = target_of(options.seed, number, owner);
        let migrated = cluster.migrate(loaded.dpid(), target).await?;
        if number == 1 {
            let chart = cluster
                .baton(&["migration", "show", &migrated.id.to_string(), "-o", "table"])
                .await?;
            form.say(format!("\n{}", chart.stdout.trim_end()));
            form.say(format!("\n{HEADINGS}"));
        }
        form.say(line(&migrated));
        cluster.check_alive()?;
        migrations.push(migrated);
    }
    let before = loaded.answered();
    traffic_flows(loaded, before + (options.rate / 4).max(1)).await?;
    // What is missing after this is the oracle's to tell.
    let settled = loaded.settle(SETTLE_LIMIT).await;
    cluster.check_alive()?;

    let report = VirtualSwitch::verdict(&switches);
    let phases = || migrations.iter().map(|migrated| migrated.phases.unwrap_or_default());
    let outcome = Outcome {
        report,
        migrations: migrations.len(),
        seed: options.seed,
        migration_us: Percentiles::of(phases().map(|phases| phases.total_us)),
        window_us: Percentiles::of(phases().map(|phases| phases.window_us)),
    };
    form.say(verdict(&outcome));
    if let Err(failure) = settled {
        form.say(failure);
    }
    Ok(outcome)
}

async fn traffic_flows(switch: &VirtualSwitch, until: u64) -> Result<(), Failure> {
    wait_until("answers", START_LIMIT, async || match switch.answered() {
        answered if answered >= until => Ok(()),
        answered => Err(format!("{answered} of {until}")),
    })
    .await
}

/// Returns one of the three nodes that is not the owner.
fn target_of(seed: u64, number: u32, owner: Option<u64>) -> u64 {
    let others: Vec<u64> = (1..=3).filter(|node| Some(*node) != owner).collect();
    // Some odd constant, so that neighbouring seeds differ (Knuth's multiplicative hash).
    let mixed = (seed.wrapping_add(number.into())).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    others[(mixed % others.len() as u64) as usize]
}

fn line(migrated: &Migrated) -> String {
    let Phases { invite_us, drain_us, take_over_us, commit_us, window_us, total_us } =
        migrated.phases.unwrap_or_default();
    let (id, source, winner) = (migrated.id, migrated.source, migrated.winner.unwrap_or(0));
    format!(
        "{id:>9}  {source} -> {winner} {invite_us:>9}{drain_us:>9}{commit_us:>9}{take_over_us:>11}\
         {window_us:>9}{total_us:>9}{:>10}{:>10}",
        migrated.buffered, migrated.shadowed,
    )
}

/// Over [`line`]s; times in microseconds. The cut is where inviting ends and draining starts.
const HEADINGS: &str = "migration  nodes     invite    drain  (commit)  take over   window    total  buffered  shadowed";

fn verdict(Outcome { report, migration_us, .. }: &Outcome) -> String {
    format!(
        "\n{} packet-ins raised, {} answered: {} lost / {} twice\n\
         latency: median {} us, 99 % {} us, longest {} us; longest gap between answers {} us\n\
         hand-over: median {} us, longest {} us\n",
        report.raised,
        report.answered,
        report.lost,
        report.twice,
        report.latency_us.p50,
        report.latency_us.p99,
        report.latency_us.max,
        report.longest_gap_us,
        migration_us.p50,
        migration_us.max,
    )
}

const START_LIMIT: Duration = Duration::from_secs(30);
const SETTLE_LIMIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_another_node_and_every_node_in_turn() {
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..50 {
            for owner in 1..=3 {
                let target = target_of(1, number, Some(owner));
                assert!((1..=3).contains(&target) && target != owner);
                seen.insert((owner, target));
            }
        }
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn the_result_has_what_scripts_rely_on() {
        let outcome = Outcome {
            report: Report::default(),
            migrations: 0,
            seed: 1,
            migration_us: Percentiles::default(),
            window_us: Percentiles::default(),
        };
        let json = serde_json::to_value(outcome).unwrap();
        for key in ["lost", "twice", "answered", "migrations", "seed", "latency_us"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }
}
