//! `testbed faults`: things that fail on purpose, and what becomes of everything else.

pub mod calm;
pub mod cluster;
pub mod failover;
pub mod leader;
pub mod migrations;
pub mod power;
pub mod storage;

use crate::chaos;
use crate::output::Form;
use crate::wait::Failure;
use serde::Serialize;
use std::path::Path;

/// Lets things fail on purpose.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum What {
    Migrations(migrations::Options),
    Cluster(cluster::Options),
    Leader(leader::Options),
    Failover(failover::Options),
    Calm(calm::Options),
    Power(power::Options),
    Storage(storage::Options),
}

/// What a campaign came to.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Of faults within hand-overs.
    Migrations(Box<migrations::Outcome>),
    /// Of randomised faults.
    Cluster(Box<chaos::Outcome>),
    /// Of leaders killed one after the other.
    Leader(Box<chaos::leader::Outcome>),
    /// Of owners killed one after the other.
    Failover(Box<chaos::failover::Outcome>),
    /// Of nothing at all.
    Calm(Box<chaos::idle::Outcome>),
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
            Self::Cluster(outcome) => outcome.is_good(),
            Self::Leader(outcome) => outcome.is_good(),
            Self::Failover(outcome) => outcome.is_good(),
            Self::Calm(outcome) => outcome.is_good(),
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
            What::Cluster(options) => options.output,
            What::Leader(options) => options.output,
            What::Failover(options) => options.output,
            What::Calm(options) => options.output,
            What::Power(options) => options.output,
            What::Storage(options) => options.output,
        }
    }
}

/// Runs the campaign that was asked for.
pub async fn run(options: &Options) -> Result<Outcome, Failure> {
    Ok(match &options.what {
        What::Migrations(options) => Outcome::Migrations(Box::new(migrations::run(options).await?)),
        What::Cluster(options) => Outcome::Cluster(Box::new(cluster::run(options).await?)),
        What::Leader(options) => Outcome::Leader(Box::new(leader::run(options).await?)),
        What::Failover(options) => Outcome::Failover(Box::new(failover::run(options).await?)),
        What::Calm(options) => Outcome::Calm(Box::new(calm::run(options).await?)),
        What::Power(options) => Outcome::Power(power::run(options).await?),
        What::Storage(options) => Outcome::Storage(storage::run(options).await?),
    })
}

/// Tells what is wrong, and where everything is kept.
fn say_wrong(form: Form, wrong: &[String], kept: Option<&Path>) {
    for what in wrong {
        form.say(format!("WRONG: {what}"));
    }
    if let Some(kept) = kept {
        form.say(format!("kept {}", kept.display()));
    }
}
