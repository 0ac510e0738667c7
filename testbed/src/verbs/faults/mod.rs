//! `testbed faults`: things that fail on purpose, and what becomes of everything else.

pub mod migrations;
pub mod power;
pub mod storage;

use crate::output::Form;
use crate::wait::Failure;
use serde::Serialize;

/// Lets things fail on purpose.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum What {
    Migrations(migrations::Options),
    Power(power::Options),
    Storage(storage::Options),
}

/// What a campaign came to.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Of faults within hand-overs.
    Migrations(Box<migrations::Outcome>),
    /// Of power cuts.
    Power(power::Outcome),
    /// Of damages to a node's data.
    Storage(storage::Outcome),
}

impl Outcome {
    /// Returns whether everything held.
    pub fn is_good(&self) -> bool {
        match self {
            Self::Migrations(outcome) => outcome.is_good(),
            Self::Power(outcome) => outcome.is_good(),
            Self::Storage(outcome) => outcome.is_good(),
        }
    }
}

impl Options {
    /// Returns how output looks.
    pub fn output(&self) -> Form {
        match &self.what {
            What::Migrations(options) => options.output,
            What::Power(options) => options.output,
            What::Storage(options) => options.output,
        }
    }
}

/// Runs the campaign that was asked for.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    Ok(match &options.what {
        What::Migrations(options) => Outcome::Migrations(Box::new(migrations::run(options).await?)),
        What::Power(options) => Outcome::Power(power::run(options).await?),
        What::Storage(options) => Outcome::Storage(storage::run(options).await?),
    })
}
