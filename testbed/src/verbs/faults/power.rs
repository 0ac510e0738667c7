//! `testbed faults power`: the power fails under a log that is being written.

use crate::output::Form;
use crate::seeded::Seeded;
use crate::storage::power::{self, Disk};
use crate::wait::Failure;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Takes the power away from a log under full load, and counts what was acknowledged and is gone.
///
/// Needs root and a free loop device.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Power cuts.
    #[arg(long, default_value_t = 10)]
    pub rounds: u64,
    /// Chooses the moments.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
    /// The other end: writes there.
    #[arg(long, hide = true)]
    writer: Option<PathBuf>,
    /// The other end: begins with this number.
    #[arg(long, hide = true, default_value_t = 0)]
    first: u64,
}

/// What a campaign came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// What chose the moments.
    pub seed: u64,
    /// Power cuts.
    pub rounds: u64,
    /// Proposals that were acknowledged before a cut.
    pub acknowledged: u64,
    /// Those that were gone after it.
    pub lost: u64,
    /// Cuts after which something was lost, or no node started.
    pub bad: Vec<String>,
    /// Longest time that opening took after a cut, in milliseconds.
    pub longest_open_ms: u64,
}

impl Outcome {
    /// Returns whether nothing was lost.
    pub fn is_good(&self) -> bool {
        self.bad.is_empty()
    }
}

/// Runs the campaign, or its other end.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    if let Some(dir) = &options.writer {
        power::write(dir, options.first).await?;
        return Ok(Outcome::default());
    }
    let mut disk = Disk::make()?;
    let mut outcome = Outcome { seed: options.seed, ..Outcome::default() };
    let mut chance = Seeded::new(options.seed);
    let mut acknowledged = BTreeSet::new();
    for round in 1..=options.rounds {
        if round.is_multiple_of(ROUNDS_A_DISK) {
            disk = Disk::make()?;
            acknowledged.clear();
        }
        let enough = chance.below(MOST_A_ROUND);
        let cut = tokio::task::block_in_place(|| power::round(&disk, round * 1_000_000, enough))?;
        outcome.acknowledged += cut.acknowledged.len() as u64;
        acknowledged.extend(cut.acknowledged);
        outcome.rounds = round;
        match power::missing(&disk, &acknowledged).await {
            Ok((lost, opened_in)) => {
                let ms = u64::try_from(opened_in.as_millis()).unwrap_or(u64::MAX);
                outcome.longest_open_ms = outcome.longest_open_ms.max(ms);
                if lost.is_empty() {
                    options.output.say(format!(
                        "cut {round}: {} acknowledged, none lost, opened in {ms} ms",
                        acknowledged.len()
                    ));
                    continue;
                }
                outcome.lost += lost.len() as u64;
                outcome.bad.push(format!(
                    "cut {round}: {} lost, from {:?}",
                    lost.len(),
                    lost.first()
                ));
            }
            Err(failure) => outcome.bad.push(format!("cut {round}: {failure}")),
        }
        options.output.say(format!("cut {round}: {:?}", outcome.bad.last()));
        // What is damaged is damaged: the next cut needs a disk of its own.
        disk = Disk::make()?;
        acknowledged.clear();
    }
    Ok(outcome)
}

const MOST_A_ROUND: usize = 400;
/// The state grows with each: small ones make for many snapshots and purges.
const ROUNDS_A_DISK: u64 = 10;
