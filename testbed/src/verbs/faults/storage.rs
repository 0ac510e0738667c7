//! `testbed faults storage`: flipped bits and short files, each in a copy of a real data directory.

use crate::output::Form;
use crate::storage::{Case, Ending, Kind, Original};
use crate::wait::Failure;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// Damages a node's data at one place at a time, and starts on it: refused, or nothing changed?
///
/// Needs no root and starts no process.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Bits to flip, each in a copy of its own.
    #[arg(long, default_value_t = 100)]
    pub flips: u64,
    /// Files to cut short, each in a copy of its own.
    #[arg(long, default_value_t = 50)]
    pub truncations: u64,
    /// Chooses the places.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How output looks.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

/// What a campaign came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// What chose the places.
    pub seed: u64,
    /// Bits flipped.
    pub flips: u64,
    /// Files cut short.
    pub truncations: u64,
    /// Starts that were refused.
    pub refused: u64,
    /// Refusals that do not name the record or the remedy.
    pub unhelpful: Vec<String>,
    /// Starts that found everything as it was.
    pub unharmed: u64,
    /// Starts that took something else for the truth.
    pub silent: Vec<String>,
    /// The same, by file: refused, unharmed, silent.
    pub files: BTreeMap<String, [u64; 3]>,
    /// Longest time that a start took, in milliseconds.
    pub longest_ms: u64,
}

impl Outcome {
    /// Returns whether nothing was taken for what it is not, and every refusal helps.
    pub fn is_good(&self) -> bool {
        self.silent.is_empty() && self.unhelpful.is_empty() && self.refused > 0
    }

    fn add(&mut self, case: &Case, ending: &Ending) {
        match case.kind {
            Kind::Flip { .. } => self.flips += 1,
            Kind::Cut { .. } => self.truncations += 1,
        }
        let counts = self.files.entry(name_of(case)).or_default();
        match ending {
            Ending::Refused { words, helpful } => {
                counts[0] += 1;
                self.refused += 1;
                if !helpful {
                    self.unhelpful.push(format!("{case}: {words}"));
                }
            }
            Ending::Unharmed => {
                counts[1] += 1;
                self.unharmed += 1;
            }
            Ending::Silent { found } => {
                counts[2] += 1;
                self.silent.push(format!("{case}: {found:?}"));
            }
        }
    }
}

/// The engine gives some of its files a number.
fn name_of(case: &Case) -> String {
    let name = case.file.display().to_string();
    if name.starts_with("log/snap.") { "log/snap.*".to_owned() } else { name }
}

/// Runs the campaign.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    let original = Original::make().await?;
    let cases = Case::draw(&original, options.flips, options.truncations, options.seed)?;
    options.output.say(format!("whole: {:?}", original.audit()));
    let (options, all) = (options.clone(), cases.len());
    let campaign = tokio::task::spawn_blocking(move || {
        let mut outcome = Outcome { seed: options.seed, ..Outcome::default() };
        for (done, case) in cases.iter().enumerate() {
            let start = Instant::now();
            let ending = original.try_case(case)?;
            let took = start.elapsed().as_millis();
            outcome.longest_ms = outcome.longest_ms.max(u64::try_from(took).unwrap_or(u64::MAX));
            if let Ending::Silent { found } = &ending {
                options.output.say(format!("SILENT: {case}: {found:?}"));
            }
            outcome.add(case, &ending);
            if (done + 1).is_multiple_of(100) {
                options.output.say(format!("{} of {all}", done + 1));
            }
        }
        Ok(outcome)
    });
    campaign.await.map_err(|e| Failure::new("the campaign", e))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn no_damage_passes_for_something_else() {
        let options = Options { flips: 30, truncations: 15, seed: 7, output: Form::Json };
        let outcome = run(&options).await.unwrap();
        assert!(outcome.is_good(), "{outcome:#?}");
        assert_eq!(outcome.refused + outcome.unharmed, 45);
        assert!(outcome.refused > 15, "{outcome:#?}");
        for file in ["identity", "log/db", "log.mark", "snapshot"] {
            assert!(outcome.files.contains_key(file), "{file} was spared: {outcome:#?}");
        }
    }
}
